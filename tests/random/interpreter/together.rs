//! Up to three branches within one task, by the macros that both runtimes have.

use super::strand::Future;

pub(crate) async fn join(branches: Vec<Future>) {
    let count = branches.len();
    let mut branches = branches.into_iter();
    let mut next = || branches.next().expect("there are so many");
    match count {
        0 => (),
        1 => drop(tokio::join!(next())),
        2 => drop(tokio::join!(next(), next())),
        _ => drop(tokio::join!(next(), next(), next())),
    }
}

/// Which of them ended first; of those that could, the first written.
pub(crate) async fn select(branches: Vec<Future>) -> usize {
    let count = branches.len();
    let mut branches = branches.into_iter();
    let mut next = || branches.next().expect("there are so many");
    match count {
        0 => 0,
        1 => tokio::select! { biased; () = next() => 0 },
        2 => tokio::select! { biased; () = next() => 0, () = next() => 1 },
        _ => tokio::select! { biased; () = next() => 0, () = next() => 1, () = next() => 2 },
    }
}
