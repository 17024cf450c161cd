//! The rows: what each measures, in which unit, against whom, and what must hold.
//! Used by every other file here.

use clap::ValueEnum;

use crate::load::{self, Counts};
use crate::setting::Setting;

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
    /// TCP echo of 64 bytes, 50 connections from another process
    #[value(name = "echo-50")]
    Echo50,
    /// The same, 500 connections
    #[value(name = "echo-500")]
    Echo500,
    /// The echo on 50 connections, with 10,000 idle ones open
    #[value(name = "echo-idle")]
    EchoAmongIdle,
    /// HTTP hello through hyper under wrk, 64 connections
    Http,
    /// 10,000 idle connections: bytes asked of the allocator
    #[value(name = "idle-bytes")]
    IdleBytes,
    /// What recording adds to `yield-1`, for each event
    #[value(name = "yield-recorded")]
    YieldRecorded,
    /// What recording adds to `spawn`, for each event
    #[value(name = "spawn-recorded")]
    SpawnRecorded,
    /// What the ledger adds to `yield-1`, for each event
    #[value(name = "yield-ledger")]
    YieldLedger,
    /// What the ledger adds to `spawn`, for each event
    #[value(name = "spawn-ledger")]
    SpawnLedger,
    /// What a watchdog adds to `yield-1`
    #[value(name = "yield-watched")]
    YieldWatched,
    /// Lock a mutex and unlock it, with nobody else about
    Lock,
    /// 100 tasks lock one mutex, each over an await
    #[value(name = "lock-handed")]
    LockHanded,
    /// Take one of 10 permits and give it back, with nobody else about
    Permit,
    /// 1,000 tasks, 10 at a time, by a semaphore
    #[value(name = "permit-handed")]
    PermitHanded,
    /// Two tasks ring for each other
    Notify,
    /// Make a oneshot, send, receive
    Oneshot,
    /// Two tasks hand each other a number and a oneshot for the next
    #[value(name = "oneshot-awaited")]
    OneshotAwaited,
    /// Two tasks exchange a number over two mpsc channels of one place
    Mpsc,
    /// 1,000,000 values through an mpsc channel of 64 places
    #[value(name = "mpsc-stream")]
    MpscStream,
    /// 1,000,000 values through an unbounded channel, 64 before the receiver's turn
    #[value(name = "mpsc-unbounded")]
    MpscUnbounded,
    /// A watched value is set, and seen by a task that waits
    Watch,
    /// A value goes to 100 tasks that wait for it
    Broadcast,
    /// A value is waited for on two channels by `select!`
    #[value(name = "select-2")]
    Select2,
    /// The same on eight
    #[value(name = "select-8")]
    Select8,
    /// Spawn 1,000 trivial tasks into a JoinSet and take them all out
    #[value(name = "join-set")]
    JoinSet,
    /// Numbers of 8 bytes through BufWriter, a pipe in memory, and BufReader
    Numbers,
    /// Copied into a pipe in memory and out of it, 64 KiB at a time
    Copy,
}

/// Whom, or what, buzzer's figure is held against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rival {
    /// tokio, at the same work.
    Tokio,
    /// Crates that belong to no runtime, on buzzer, at the same work. Which stands at the
    /// head of `on_crates.rs`.
    Crates,
    /// A loop over epoll, at the same work.
    Bare,
    /// buzzer itself, at the row of that name.
    Itself(Row),
    /// What it may come to: so many nanoseconds.
    Limit(u32),
}

/// How a figure is printed. Times are measured in nanoseconds throughout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    Nanos,
    Micros,
    Millis,
    /// Shows how many there are in a second.
    Rate,
    Bytes,
}

impl Row {
    /// The row's name on the command line.
    pub fn name(self) -> String {
        let value = self.to_possible_value();
        value.map_or_else(String::new, |value| value.get_name().to_owned())
    }

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
            Row::Echo50 => "TCP echo of 64 bytes, 50 connections",
            Row::Echo500 => "TCP echo of 64 bytes, 500 connections",
            Row::EchoAmongIdle => "the echo on 50, among 10,000 idle connections",
            Row::Http => "HTTP hello through hyper, wrk, 64 connections",
            Row::IdleBytes => "10,000 idle connections, bytes each",
            Row::YieldRecorded => "1 task x 1,000,000 self-wakes, recorded: each event",
            Row::SpawnRecorded => "spawn 1,000 trivial tasks, recorded: each event",
            Row::YieldLedger => "1 task x 1,000,000 self-wakes, with a ledger: each event",
            Row::SpawnLedger => "spawn 1,000 trivial tasks, with a ledger: each event",
            Row::YieldWatched => "1 task x 1,000,000 self-wakes, what a watchdog adds",
            Row::Lock => "lock a free mutex, unlock it",
            Row::LockHanded => "100 tasks, one mutex held over an await",
            Row::Permit => "take a free permit, give it back",
            Row::PermitHanded => "spawn 1,000 tasks, each waits for one of 10 permits",
            Row::Notify => "two tasks, ping-pong over two Notify",
            Row::Oneshot => "oneshot: make, send, receive",
            Row::OneshotAwaited => "oneshot: make, await, be sent",
            Row::Mpsc => "two tasks, ping-pong over two mpsc(1)",
            Row::MpscStream => "1,000,000 values through mpsc(64), each",
            Row::MpscUnbounded => "1,000,000 values through an unbounded mpsc, each",
            Row::Watch => "set a watched value, wake who waits, look",
            Row::Broadcast => "broadcast to 100 that wait, each receipt",
            Row::Select2 => "select! of 2 channels, each value",
            Row::Select8 => "select! of 8 channels, each value",
            Row::JoinSet => "JoinSet of 1,000 trivial tasks, each",
            Row::Numbers => "BufWriter, duplex, BufReader: each u64",
            Row::Copy => "copy into a duplex and out of it, each 64 KiB",
        }
    }

    pub fn unit(self) -> Unit {
        match self {
            Row::Bytes | Row::Resident | Row::IdleBytes => Unit::Bytes,
            Row::Echo50 | Row::Echo500 | Row::EchoAmongIdle | Row::Http => Unit::Rate,
            Row::Files
            | Row::Files64
            | Row::Large
            | Row::TenBytes
            | Row::Runtime
            | Row::Late100Micros
            | Row::Late10Millis
            | Row::Thread
            | Row::Copy => Unit::Micros,
            _ => Unit::Nanos,
        }
    }

    /// Against whom, and how many times faster (or smaller) buzzer has to be at the
    /// median; `None` where the comparison only informs.
    pub fn rivals(self) -> &'static [(Rival, Option<f64>)] {
        match self {
            // What a cached file costs is the reason for trying without a
            // thread first, so there it has to show. Not in Files64: there
            // tokio's threads read on all cores, at about 15 µs a file, and a
            // single thread needs 3.3 µs for the kernel's part alone, the bare
            // open, read and close. That leaves no room for five times.
            Row::Files | Row::Large | Row::TenBytes => &[(Rival::Tokio, Some(5.0))],
            Row::Runtime
            | Row::YieldNow
            | Row::Resident
            | Row::Late100Micros
            | Row::Late10Millis
            | Row::Thread => &[(Rival::Tokio, None)],
            // Most of an echo is the kernel's part, so there is little to win
            // and nothing to waste.
            Row::Echo50 | Row::Echo500 => &[(Rival::Tokio, Some(1.0)), (Rival::Bare, Some(0.95))],
            // A connection that says nothing is to cost memory, and no time.
            Row::EchoAmongIdle => &[
                (Rival::Itself(Row::Echo50), Some(0.95)),
                (Rival::Tokio, None),
            ],
            // The bare loop shows the room there is: what it comes to is the most that
            // wrk and the kernel allow.
            Row::Http => &[(Rival::Tokio, Some(1.1)), (Rival::Bare, None)],
            // Half of it is the look at the clock.
            Row::YieldRecorded | Row::SpawnRecorded => &[(Rival::Limit(40), Some(1.0))],
            // It informs: what is asked of a recording is not asked of a ledger.
            Row::YieldLedger | Row::SpawnLedger => &[(Rival::Limit(40), None)],
            Row::Lock
            | Row::LockHanded
            | Row::Permit
            | Row::PermitHanded
            | Row::Notify
            | Row::Oneshot
            | Row::OneshotAwaited
            | Row::Mpsc
            | Row::MpscStream
            | Row::MpscUnbounded
            | Row::Broadcast => &[(Rival::Tokio, Some(1.0)), (Rival::Crates, Some(1.0))],
            // Some twenty instructions, and no look at the clock.
            Row::YieldWatched => &[(Rival::Limit(15), Some(1.0))],
            _ => &[(Rival::Tokio, Some(1.0))],
        }
    }

    /// What the row needs and this machine has not.
    pub fn lacks(self) -> Option<&'static str> {
        (self == Row::Http && !load::has_wrk()).then_some("wrk is not installed")
    }

    /// What the load of an echo row is.
    pub fn echo(self, setting: &Setting) -> Option<Counts> {
        let (active, idle) = match self {
            Row::Echo50 => (50, 0),
            Row::Echo500 => (500, 0),
            Row::EchoAmongIdle => (50, setting.times(10_000)),
            _ => return None,
        };
        let requests = setting.times(200_000);
        Some(Counts {
            active,
            idle,
            requests,
        })
    }

    /// Bytes do not vary from round to round, so a few rounds are enough to
    /// show that they don't.
    pub fn rounds(self, asked: usize) -> usize {
        match self.unit() {
            Unit::Bytes => asked.min(3),
            Unit::Nanos | Unit::Micros | Unit::Millis | Unit::Rate => asked,
        }
    }
}

impl Unit {
    /// A figure with about three digits that mean something.
    pub fn show(self, figure: f64) -> String {
        let (figure, name) = match self {
            Unit::Nanos => (figure, "ns"),
            Unit::Micros => (figure / 1e3, "µs"),
            Unit::Millis => (figure / 1e6, "ms"),
            Unit::Rate => (1e9 / figure, "/s"),
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
