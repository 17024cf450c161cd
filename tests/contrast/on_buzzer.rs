//! The scenarios compiled on buzzer.

#[path = "scenarios/lib.rs"]
pub mod scenarios;

/// What the scenarios call; `on_tokio.rs` has the same names.
mod rt {
    pub use buzzer::fs::{self, Lines};
    pub use buzzer::io as streams;
    pub use buzzer::io::{AsyncBufReadExt as _, AsyncReadExt, AsyncSeekExt as _};
    pub use buzzer::io::{AsyncWriteExt, BufReader, Interest};
    pub use buzzer::net;
    pub use buzzer::process::{Child, Command};
    pub use buzzer::runtime::{Builder, Handle, Runtime};
    pub use buzzer::signal::unix::{SignalKind, signal};
    pub use buzzer::sync;
    pub use buzzer::task::{self, AbortHandle, JoinError, JoinHandle};
    pub use buzzer::task::{spawn, spawn_blocking, yield_now};
    pub use buzzer::time::{Instant, MissedTickBehavior, advance, pause};
    pub use buzzer::time::{interval, interval_at, sleep, sleep_until, timeout, timeout_at};
    pub use buzzer::{gather, race, task_local, try_gather};
    pub use buzzer::{join as rt_join, pin as rt_pin, try_join as rt_try_join};

    pub fn build(builder: &mut Builder) -> Runtime {
        builder.build().expect("buzzer starts")
    }

    pub fn lines(file: fs::File) -> Lines {
        file.lines()
    }
}
