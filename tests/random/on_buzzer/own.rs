//! What only buzzer has. on_tokio/own.rs has the same by hand.

use crate::interpreter::strand::Future;
use tokio::runtime::Builder;

/// Has tasks polled in an order that is drawn, if there is a seed.
pub(crate) fn draw_order(builder: &mut Builder, seed: Option<u64>) {
    if let Some(seed) = seed {
        builder.rng_seed(seed);
    }
}

pub(crate) async fn gather(branches: Vec<Future>) {
    tokio::gather(branches).await;
}

/// Which of up to three ended first.
pub(crate) async fn race(branches: Vec<Future>) -> usize {
    let count = branches.len();
    let mut branches = branches.into_iter().enumerate();
    let mut next = || {
        let (position, branch) = branches.next().expect("there are so many");
        async move {
            branch.await;
            position
        }
    };
    match count {
        0 => 0,
        1 => tokio::race!(next()).await,
        2 => tokio::race!(next(), next()).await,
        _ => tokio::race!(next(), next(), next()).await,
    }
}
