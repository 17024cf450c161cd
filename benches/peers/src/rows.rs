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
    /// The same, by the time of the processor that both take
    ThreadCpu,
    /// 200,000 tasks, each sleeping between 1 and 100,000 µs
    Sleeps,
    /// Arm a sleep of 30 s and drop it
    Arm,
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
}

impl Row {
    /// On the command line and in the JSON.
    pub fn name(self) -> String {
        let value = self.to_possible_value();
        value.map_or_else(String::new, |value| value.get_name().to_owned())
    }

    /// In the table and the picture.
    pub fn title(self) -> &'static str {
        match self {
            Self::Spawn => "spawn and await a trivial task, 1,000 at a time",
            Self::Wakes1 => "a task that wakes itself, each wake",
            Self::Wakes1000 => "1,000 tasks that wake themselves, each wake",
            Self::Channel => "ping-pong of two tasks over async-channels",
            Self::Thread => "ping-pong of a task and a thread, wall",
            Self::ThreadCpu => "ping-pong of a task and a thread, CPU",
            Self::Sleeps => "200,000 sleeping tasks, each",
            Self::Arm => "arm a sleep and drop it",
            Self::Late100Micros => "lateness of sleep(100 µs), median",
            Self::Late10Millis => "lateness of sleep(10 ms), median",
            Self::Runtime => "make a runtime and drop it",
            Self::Job => "a blocking job, one at a time",
            Self::Jobs64 => "a blocking job, 64 at a time",
        }
    }

    pub fn unit(self) -> Unit {
        match self {
            Self::Spawn
            | Self::Wakes1
            | Self::Wakes1000
            | Self::Channel
            | Self::Sleeps
            | Self::Arm => Unit::Nanos,
            _ => Unit::Micros,
        }
    }
}
