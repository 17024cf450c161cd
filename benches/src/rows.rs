//! The rows: what each measures, in which unit, and what must hold.
//! Used by every other file here; knows none of them.

use clap::ValueEnum;

/// One row of the table. The variant's comment is its help text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Row {
    /// Spawn 1,000 trivial tasks and await them all, 1,000 times over
    Spawn,
    /// One task that wakes itself 5,000,000 times
    #[value(name = "yield-1")]
    Yield1,
    /// 1,000 tasks that each wake themselves 2,000 times
    #[value(name = "yield-1000")]
    Yield1000,
    /// Two tasks exchange a number over two async-channels of one place
    Channel,
    /// Arm a sleep of 30 s and drop it
    Arm,
    /// 200,000 tasks, each sleeping between 1 and 100,000 µs
    Sleeps,
    /// A million sleeping tasks: bytes asked of the allocator
    Bytes,
    /// Read 5,000 files of 1 KiB, one after the other
    Files,
    /// The same files, 64 at a time
    #[value(name = "files-64")]
    Files64,
    /// Read a file of 256 MiB in steps of 64 KiB
    Large,
    /// 100,000 reads of 10 bytes
    #[value(name = "ten-bytes")]
    TenBytes,
    /// Make a runtime, run nothing on it, drop it
    Runtime,
    /// `yield_now`, which also lets I/O and timers have a turn
    YieldNow,
    /// A million sleeping tasks: memory that the process really takes
    Resident,
    /// How late a sleep of 100 µs is, at the median
    #[value(name = "late-100us")]
    Late100Micros,
    /// How late a sleep of 10 ms is, at the median
    #[value(name = "late-10ms")]
    Late10Millis,
    /// A task and a thread exchange a number over two async-channels
    Thread,
}

/// How a figure is printed. Times are measured in nanoseconds throughout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    Nanos,
    Micros,
    Bytes,
}

impl Row {
    /// The row's name in the table.
    pub fn title(self) -> &'static str {
        match self {
            Row::Spawn => "spawn 1,000 trivial tasks, await all",
            Row::Yield1 => "1 task x 5,000,000 self-wakes",
            Row::Yield1000 => "1,000 tasks x 2,000 self-wakes",
            Row::Channel => "two tasks, ping-pong over two async-channel(1)",
            Row::Arm => "arm a 30 s sleep and drop it",
            Row::Sleeps => "200,000 tasks, each sleeping 1-100,000 µs",
            Row::Bytes => "1,000,000 sleeping tasks, bytes each",
            Row::Files => "5,000 cached files of 1 KiB, one by one, each",
            Row::Files64 => "the same, 64 at a time",
            Row::Large => "256 MiB cached, by 64 KiB reads, each",
            Row::TenBytes => "100,000 reads of 10 bytes, each",
            Row::Runtime => "make a runtime, run nothing, drop it",
            Row::YieldNow => "1 task, yield_now",
            Row::Resident => "1,000,000 sleeping tasks, resident bytes each",
            Row::Late100Micros => "sleep(100 µs), lateness at the median",
            Row::Late10Millis => "sleep(10 ms), lateness at the median",
            Row::Thread => "task and thread, the same ping-pong",
        }
    }

    pub fn unit(self) -> Unit {
        match self {
            Row::Bytes | Row::Resident => Unit::Bytes,
            Row::Files
            | Row::Files64
            | Row::Large
            | Row::TenBytes
            | Row::Runtime
            | Row::Late100Micros
            | Row::Late10Millis
            | Row::Thread => Unit::Micros,
            _ => Unit::Nanos,
        }
    }

    /// How many times faster (or smaller) than the second peer the first has
    /// to be; `None` where the row only informs.
    pub fn bound(self) -> Option<f64> {
        match self {
            // What a cached file costs is the reason for trying without a
            // thread first, so there it has to show. Not in Files64: there
            // tokio's threads read on all cores, at about 15 µs a file, and a
            // single thread needs 3.3 µs for the kernel's part alone, the bare
            // open, read and close. That leaves no room for five times.
            Row::Files | Row::Large | Row::TenBytes => Some(5.0),
            Row::Runtime
            | Row::YieldNow
            | Row::Resident
            | Row::Late100Micros
            | Row::Late10Millis
            | Row::Thread => None,
            _ => Some(1.0),
        }
    }

    /// Bytes do not vary from round to round, so a few rounds are enough to
    /// show that they don't.
    pub fn rounds(self, asked: usize) -> usize {
        match self.unit() {
            Unit::Bytes => asked.min(3),
            Unit::Nanos | Unit::Micros => asked,
        }
    }
}

impl Unit {
    /// A figure with about three digits that mean something.
    pub fn show(self, figure: f64) -> String {
        let (figure, name) = match self {
            Unit::Nanos => (figure, "ns"),
            Unit::Micros => (figure / 1e3, "µs"),
            Unit::Bytes => (figure, "B"),
        };
        let digits = match figure {
            f if f < 10.0 => 2,
            f if f < 100.0 => 1,
            _ => 0,
        };
        format!("{figure:.digits$} {name}")
    }
}
