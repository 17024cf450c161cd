//! The runtimes, one a file, each with what an ordinary program would have it do.

mod bare;
pub(crate) mod buzzer;
pub(crate) mod compio;
pub(crate) mod glommio;
mod local_pool;
pub(crate) mod monoio;
pub(crate) mod smol;
pub(crate) mod tokio;

use benches::setting::Setting;
use clap::ValueEnum;

use crate::Figures;
use crate::load::Demand;
use crate::rows::Row;
use crate::sockets;
use crate::work::{run, serve};

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

    /// Whether its figures are for information, and not among those of which one is the best.
    pub fn informs(self) -> bool {
        matches!(self, Self::MonoioUring | Self::Bare)
    }

    /// The figures of `row`; `None` if it has no such thing.
    ///
    /// # Errors
    ///
    /// If it does not run here, or not all of the work was done.
    pub fn run(self, row: Row, shrink: usize) -> anyhow::Result<Option<Figures>> {
        if let Some(row) = row.of_buzzer_alone() {
            let figure = || (benches::BUZZER.run)(row, &Setting::without_files(shrink));
            let figure = (self == Self::Buzzer).then(figure).transpose()?;
            return Ok(figure.map(|figure| vec![figure]));
        }
        if let Some(demand) = Demand::of(row, shrink) {
            return self.serve(demand);
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

    /// The figures of a row of the network.
    fn serve(self, demand: Demand) -> anyhow::Result<Option<Figures>> {
        match self {
            Self::Buzzer => serve::<buzzer::Buzzer>(demand),
            Self::Tokio => serve::<tokio::CurrentThread>(demand),
            Self::TokioLocal => serve::<tokio::Local>(demand),
            Self::Smol => serve::<smol::Smol>(demand),
            Self::Monoio => serve::<monoio::Epoll>(demand),
            Self::MonoioUring => serve::<monoio::Uring>(demand),
            Self::Glommio => serve::<glommio::Glommio>(demand),
            Self::Compio => serve::<compio::Compio>(demand),
            Self::Futures => Ok(None),
            Self::Bare => sockets::bare::serve(demand).map(Some),
        }
    }
}
