//! The runtimes, one a file, each with what an ordinary program would have it do.

mod bare;
mod buzzer;
mod compio;
mod glommio;
mod local_pool;
mod monoio;
mod smol;
mod tokio;

use benches::setting::Setting;
use clap::ValueEnum;

use crate::rows::Row;
use crate::work::run;

/// In the order of the table's columns.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum, Debug)]
pub enum Runtime {
    Buzzer,
    /// tokio's current_thread, its tasks in a `LocalSet`
    Tokio,
    /// tokio's `LocalRuntime`
    TokioLocal,
    /// `LocalExecutor` and async-io
    Smol,
    /// By epoll
    Monoio,
    /// By io_uring
    MonoioUring,
    Glommio,
    Compio,
    /// `LocalPool` of futures, which has tasks and nothing else
    Futures,
    /// No runtime: the limit of the rows that have one
    Bare,
}

impl Runtime {
    pub fn name(self) -> String {
        let value = self.to_possible_value();
        value.map_or_else(String::new, |value| value.get_name().to_owned())
    }

    /// Nanoseconds that one operation of `row` takes; `None` if it has no such thing.
    ///
    /// # Errors
    ///
    /// If it does not run here, or not all of the work was done.
    pub fn run(self, row: Row, shrink: usize) -> anyhow::Result<Option<f64>> {
        if let Some(row) = row.of_buzzer_alone() {
            let figure = || (benches::BUZZER.run)(row, &Setting::without_files(shrink));
            return (self == Self::Buzzer).then(figure).transpose();
        }
        match self {
            Self::Buzzer => run::<buzzer::Buzzer>(row, shrink),
            Self::Tokio => run::<tokio::CurrentThread>(row, shrink),
            Self::TokioLocal => run::<tokio::Local>(row, shrink),
            Self::Smol => run::<smol::Smol>(row, shrink),
            Self::Monoio => run::<monoio::Epoll>(row, shrink),
            Self::MonoioUring => run::<monoio::Uring>(row, shrink),
            Self::Glommio => run::<glommio::Glommio>(row, shrink),
            Self::Compio => run::<compio::Compio>(row, shrink),
            Self::Futures => run::<local_pool::Futures>(row, shrink),
            Self::Bare if row.has_limit() => run::<bare::Bare>(row, shrink),
            Self::Bare => Ok(None),
        }
    }
}
