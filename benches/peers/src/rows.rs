//! What is measured, and in which unit.

use benches::rows::Unit;
use clap::ValueEnum;

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum, Debug)]
pub enum Row {
    /// Spawn 1,000 trivial tasks and await them all
    Spawn,
    /// One task that wakes itself
    #[value(name = "wakes-1")]
    Wakes1,
    /// 1,000 tasks that each wake themselves
    #[value(name = "wakes-1000")]
    Wakes1000,
    /// Two tasks exchange a number over two async-channels of one place
    Channel,
    /// A task and a thread do the same
    Thread,
    /// 200,000 tasks, each sleeping between 1 and 100,000 µs
    Sleeps,
    /// Arm a sleep of 30 s and drop it
    Arm,
    /// The memory that becomes resident with each of 500,000 sleeping tasks
    Sleeper,
    /// How late a sleep of 100 µs is, at the median
    #[value(name = "late-100us")]
    Late100Micros,
    /// How late a sleep of 10 ms is, at the median
    #[value(name = "late-10ms")]
    Late10Millis,
    /// Make a runtime, run nothing on it, drop it
    Runtime,
    /// A job on a thread that may be blocked, one after the other
    Job,
    /// 64 such jobs at a time
    #[value(name = "jobs-64")]
    Jobs64,

    /// Await 10 futures at once, each of which waits once
    #[value(name = "gather-10")]
    Gather10,
    /// The same, 1,000
    #[value(name = "gather-1000")]
    Gather1000,
    /// The same, 100,000
    #[value(name = "gather-100000")]
    Gather100000,

    /// Read 5,000 cached files of 1 KiB, one after the other
    Files,
    /// The same files, 64 at a time
    #[value(name = "files-64")]
    Files64,
    /// The same, one after the other, when the page cache does not have them
    FilesCold,
    /// The same, 64 at a time
    #[value(name = "files-cold-64")]
    FilesCold64,
    /// The same, cached, by threads alone: who can do files in another way is told so
    FilesPool,
    /// The same, 64 at a time
    #[value(name = "files-pool-64")]
    FilesPool64,
    /// Read a cached file of 256 MiB in steps of 64 KiB
    Large,
    /// 100,000 reads of 10 bytes
    TenBytes,
    /// The same through a reader that buffers
    TenBytesBuffered,
    /// The lines of a cached file of 1 GiB
    Lines,
    /// List a directory of 100,000 entries
    Entries,
    /// Run `true` and wait for its end, 1,000 times
    Children,

    /// What recording adds to `wakes-1`, for each event
    WakesRecorded,
    /// What recording adds to `spawn`, for each event
    SpawnRecorded,
    /// What the ledger adds to `wakes-1`, for each event
    WakesLedger,
    /// What the ledger adds to `spawn`, for each event
    SpawnLedger,
    /// What a watchdog adds to `wakes-1`
    WakesWatched,

    /// Accept a TCP connection and close it, 100,000 times
    Accept,
    /// TCP echo of 64 bytes, one connection from another process
    #[value(name = "echo-1")]
    Echo1,
    /// The same, 50 connections
    #[value(name = "echo-50")]
    Echo50,
    /// The same, 500 connections
    #[value(name = "echo-500")]
    Echo500,
    /// The same, 10,000 connections
    #[value(name = "echo-10000")]
    Echo10000,
    /// The same on Unix sockets, 50 connections
    Unix,
    /// The same by UDP, from 50 sockets to one
    Udp,
    /// Read 1 GiB from a TCP connection by 64 KiB
    #[value(name = "stream-in")]
    StreamIn,
    /// Write 1 GiB to a TCP connection by 64 KiB
    #[value(name = "stream-out")]
    StreamOut,
    /// HTTP hello through hyper, 20,000 requests a second on 64 connections
    Http,
}

impl Row {
    /// On the command line and in the JSON.
    pub fn name(self) -> String {
        let value = self.to_possible_value();
        value.map_or_else(String::new, |value| value.get_name().to_owned())
    }

    /// In words.
    pub fn title(self) -> &'static str {
        match self {
            Self::Spawn => "spawn and await a trivial task, 1,000 at a time",
            Self::Wakes1 => "a task that wakes itself, each wake",
            Self::Wakes1000 => "1,000 tasks that wake themselves, each wake",
            Self::Channel => "ping-pong of two tasks over async-channels",
            Self::Thread => "ping-pong of a task and a thread",
            Self::Sleeps => "200,000 sleeping tasks, each",
            Self::Arm => "arm a sleep and drop it",
            Self::Sleeper => "a sleeping task, resident bytes",
            Self::Late100Micros => "lateness of sleep(100 µs), median",
            Self::Late10Millis => "lateness of sleep(10 ms), median",
            Self::Runtime => "make a runtime and drop it",
            Self::Job => "a blocking job, one at a time",
            Self::Jobs64 => "a blocking job, 64 at a time",
            Self::Gather10 => "gather of 10 futures, each future",
            Self::Gather1000 => "gather of 1,000 futures, each",
            Self::Gather100000 => "gather of 100,000 futures, each",
            Self::Files => "a cached file of 1 KiB, one at a time",
            Self::Files64 => "a cached file of 1 KiB, 64 at a time",
            Self::FilesCold => "a file that is not cached, one at a time",
            Self::FilesCold64 => "a file that is not cached, 64 at a time",
            Self::FilesPool => "a cached file by the pool, one at a time",
            Self::FilesPool64 => "a cached file by the pool, 64 at a time",
            Self::Large => "a cached file by 64 KiB, each read",
            Self::TenBytes => "a cached file by 10 bytes, each read",
            Self::TenBytesBuffered => "the same through a buffered reader",
            Self::Lines => "a cached file of 1 GiB by lines, each line",
            Self::Entries => "a directory of 100,000 entries, each entry",
            Self::Children => "children that run `true`, each second",
            Self::WakesRecorded => "what recording adds to a self-wake, each event",
            Self::SpawnRecorded => "what recording adds to spawn and await, each event",
            Self::WakesLedger => "what the ledger adds to a self-wake, each event",
            Self::SpawnLedger => "what the ledger adds to spawn and await, each event",
            Self::WakesWatched => "what a watchdog adds to a self-wake",
            Self::Accept => "accept a connection, close it",
            Self::Echo1 => "echo of 64 bytes, 1 connection",
            Self::Echo50 => "echo, 50 connections",
            Self::Echo500 => "echo, 500 connections",
            Self::Echo10000 => "echo, 10,000 connections",
            Self::Unix => "echo, 50 Unix connections",
            Self::Udp => "echo, UDP from 50 sockets",
            Self::StreamIn => "read 1 GiB from a connection",
            Self::StreamOut => "write 1 GiB to a connection",
            Self::Http => "HTTP hello by hyper, 20,000 /s",
        }
    }

    /// Its figures, each a line of the table, in the order in which its work gives them.
    pub fn lines(self) -> Vec<Line> {
        let figures: &[(&str, Unit)] = match self {
            Self::Thread | Self::Accept | Self::Echo1 => &[WALL, CPU],
            // By wall it is how many are served.
            Self::Echo50 | Self::Echo500 | Self::Echo10000 | Self::Unix | Self::Udp => {
                &[("wall", Unit::Rate), CPU]
            }
            Self::StreamIn | Self::StreamOut => &[("wall", Unit::Millis), ("CPU", Unit::Millis)],
            // The rate is given, so what differs is how late the answers are.
            Self::Http => &[CPU, ("median", Unit::Micros), ("99.9 %", Unit::Micros)],
            _ => {
                return vec![Line {
                    name: self.name(),
                    title: self.title().to_owned(),
                    unit: self.unit(),
                }];
            }
        };
        let lines = figures.iter().map(|(figure, unit)| Line {
            name: format!("{}-{}", self.name(), figure.to_lowercase().replace(' ', "")),
            title: format!("{}: {figure}", self.title()),
            unit: *unit,
        });
        lines.collect()
    }

    /// Of a row with one figure.
    fn unit(self) -> Unit {
        match self {
            Self::Spawn
            | Self::Wakes1
            | Self::Wakes1000
            | Self::Channel
            | Self::Sleeps
            | Self::Arm
            | Self::Gather10
            | Self::Gather1000
            | Self::Gather100000
            | Self::TenBytesBuffered
            | Self::Lines
            | Self::Entries
            | Self::WakesRecorded
            | Self::SpawnRecorded
            | Self::WakesLedger
            | Self::SpawnLedger
            | Self::WakesWatched => Unit::Nanos,
            Self::Sleeper => Unit::Bytes,
            Self::Children => Unit::Rate,
            _ => Unit::Micros,
        }
    }

    /// Whether it reads what [`Folder`](crate::folder::Folder) makes.
    pub fn needs_files(self) -> bool {
        matches!(
            self,
            Self::Files
                | Self::Files64
                | Self::FilesCold
                | Self::FilesCold64
                | Self::FilesPool
                | Self::FilesPool64
                | Self::Large
                | Self::TenBytes
                | Self::TenBytesBuffered
                | Self::Lines
                | Self::Entries
        )
    }

    /// What buzzer alone has: the row of the benches against tokio that measures it.
    pub fn of_buzzer_alone(self) -> Option<benches::rows::Row> {
        use benches::rows::Row;
        match self {
            Self::WakesRecorded => Some(Row::YieldRecorded),
            Self::SpawnRecorded => Some(Row::SpawnRecorded),
            Self::WakesLedger => Some(Row::YieldLedger),
            Self::SpawnLedger => Some(Row::SpawnLedger),
            Self::WakesWatched => Some(Row::YieldWatched),
            _ => None,
        }
    }

    /// Whether the same can be done without a runtime.
    pub fn has_limit(self) -> bool {
        self.needs_files() || self == Self::Children
    }
}

/// A figure of a row.
#[derive(Clone, PartialEq, Debug)]
pub struct Line {
    /// In the JSON.
    pub name: String,
    /// In the table and the picture.
    pub title: String,
    pub unit: Unit,
}

/// The time that passed.
const WALL: (&str, Unit) = ("wall", Unit::Micros);

/// What the process took of the processor. Where there is a load, that of the server's.
const CPU: (&str, Unit) = ("CPU", Unit::Micros);
