//! The scenarios compiled on tokio's current_thread runtime.
//!
//! Its local form ([`tokio::runtime::LocalRuntime`]), since that is what
//! corresponds to buzzer: its tasks need not be `Send` either.

#[path = "scenarios/lib.rs"]
pub mod scenarios;

/// What the scenarios call; `on_buzzer.rs` has the same names.
mod rt {
    pub use futures::future::{join_all as gather, try_join_all as try_gather};
    pub use tokio::fs;
    pub use tokio::io as streams;
    pub use tokio::io::{AsyncBufReadExt as _, AsyncReadExt, AsyncSeekExt as _};
    pub use tokio::io::{AsyncWriteExt, BufReader, Interest, Lines};
    pub use tokio::net;
    pub use tokio::process::{Child, Command};
    pub use tokio::runtime::{Builder, Handle, LocalRuntime as Runtime};
    pub use tokio::signal::unix::{SignalKind, signal};
    pub use tokio::sync;
    pub use tokio::task::{self, AbortHandle, JoinError, JoinHandle};
    pub use tokio::task::{spawn_blocking, spawn_local as spawn, yield_now};
    pub use tokio::time::{Instant, MissedTickBehavior, advance, pause};
    pub use tokio::time::{interval, interval_at, sleep, sleep_until, timeout, timeout_at};

    pub use tokio::{join as rt_join, pin as rt_pin, task_local, try_join as rt_try_join};

    pub fn build(builder: &mut Builder) -> Runtime {
        let built = builder.enable_all().build_local(Default::default());
        built.expect("tokio starts")
    }

    pub fn lines(file: fs::File) -> Lines<BufReader<fs::File>> {
        BufReader::new(file).lines()
    }

    // tokio's macros are their own `.await`; buzzer's are futures.
    macro_rules! gather_macro {
        ($($future:expr),+ $(,)?) => { async { tokio::join!($($future),+) } };
    }
    macro_rules! try_gather_macro {
        ($($future:expr),+ $(,)?) => { async { tokio::try_join!($($future),+) } };
    }
    // `biased`: without it, `select!` begins at a random branch.
    macro_rules! race_macro {
        ($($future:expr),+ $(,)?) => {
            async { tokio::select! { biased; $(output = $future => output),+ } }
        };
    }
    pub(crate) use {gather_macro as gather, race_macro as race, try_gather_macro as try_gather};
}
