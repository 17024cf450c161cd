//! Several futures at once, in one task: `gather`, `try_gather` and `race`.
//!
//! Owns what programs call. The macros only bundle their arguments into a tuple of
//! branches, and the functions theirs into a vector: what becomes of them is written
//! once, in `together.rs`. `join.rs` has tokio's `join!` and `select.rs` its `select!`, which
//! do without them.

mod join;
mod select;
mod together;

use std::future::IntoFuture;
use std::pin::Pin;

pub use join::{Poll, Turns, alive, failed, poll_fn, poll_to_end, succeeded, taken};
pub use select::{Biased, Drawn, Ended, none_left, poll, poll_budget, position};
pub use together::{
    Branch, Gather, Race, Together, TryGather, gather_together, race_together, try_gather_together,
};

use crate::sys::recycled::Recycled;

/// Awaits all futures of `futures` at once, and gives their outputs in the order
/// of the futures.
///
/// They run within the task that awaits this, not as tasks of their own, so
/// they may borrow from it. Only a child that was woken is polled: a wake costs
/// the same for ten children as for ten thousand. To run each in a task of its
/// own, gather the handles of [`spawn`](crate::spawn).
///
/// # Panics
///
/// Polled outside a runtime, outside the one that polled it first, or again after it
/// gave the outputs. A panic of one of the futures is passed on.
///
/// # Cancel safety
///
/// Dropping it drops the futures that have not ended, and the outputs of those
/// that have.
///
/// # Examples
///
/// ```
/// use buzzer::time::{Duration, sleep};
/// # buzzer::runtime::Builder::new_current_thread().start_paused(true).build().unwrap()
/// # .block_on(async {
/// let cups = buzzer::gather((1..=3).map(|cup| async move {
///     sleep(Duration::from_secs(10 - cup)).await;
///     cup
/// }));
/// assert_eq!(cups.await, [1, 2, 3]);
/// # });
/// ```
pub fn gather<I>(futures: I) -> impl Future<Output = Vec<<I::Item as IntoFuture>::Output>>
where
    I: IntoIterator<Item: IntoFuture>,
{
    gather_together("gather", branches(futures))
}

/// As [`gather`], for futures that may fail: gives all outputs, or the first
/// error. The other futures are dropped then.
///
/// # Errors
///
/// The error that came first.
///
/// # Panics
///
/// As [`gather`].
///
/// # Examples
///
/// ```
/// # buzzer::block_on(async {
/// let numbers = buzzer::try_gather(["1", "2", "x"].map(|text| async move {
///     text.parse::<u32>()
/// }));
/// assert!(numbers.await.is_err());
/// # });
/// ```
pub fn try_gather<I, T, E>(futures: I) -> impl Future<Output = Result<Vec<T>, E>>
where
    I: IntoIterator<Item: IntoFuture<Output = Result<T, E>>>,
{
    try_gather_together("try_gather", branches(futures))
}

/// A branch of every future. The iterator is run to its end before anything is polled:
/// a panic in it leaves nothing half begun.
fn branches<I>(futures: I) -> Vec<BranchOf<I::Item>>
where
    I: IntoIterator<Item: IntoFuture>,
{
    let futures = futures.into_iter();
    let mut branches = Vec::with_capacity(futures.size_hint().0);
    futures.for_each(|future| {
        branches.push(Branch::of(match const { BoxOf::<I::Item>::is_large() } {
            // Boxed here, so that it is not moved once more.
            true => Recycled::of_box(Box::pin(future.into_future())),
            false => Recycled::pin(future.into_future()),
        }));
    });
    branches
}

type BoxOf<F> = Recycled<<F as IntoFuture>::IntoFuture>;
type BranchOf<F> = Branch<Pin<BoxOf<F>>, <F as IntoFuture>::Output>;

/// Awaits up to twelve futures at once, of any types, and gives a tuple of their
/// outputs, in the order of the futures: `gather!(a, b).await`.
///
/// As the function [`gather`](crate::gather()), which takes any number of
/// futures of one type. tokio's [`join!`](crate::join!) is its own `await`, and polls
/// each future at every wake; this one is awaited like a future, as Python's
/// `asyncio.gather` is, and polls who was woken.
///
/// # Examples
///
/// ```
/// # buzzer::block_on(async {
/// let (number, text) = buzzer::gather!(async { 1 }, async { "one" }).await;
/// assert_eq!((number, text), (1, "one"));
/// # });
/// ```
#[macro_export]
macro_rules! gather {
    ($($future:expr),+ $(,)?) => {
        $crate::branches::gather_together(
            "gather!",
            ($($crate::branches::Branch::new($future),)+),
        )
    };
}

/// As [`gather!`](crate::gather!), for futures that may fail with one type of
/// error: gives the tuple, or the first error; the other futures are dropped
/// then. As the function [`try_gather`](crate::try_gather()).
///
/// # Examples
///
/// ```
/// # buzzer::block_on(async {
/// let parsed = buzzer::try_gather!(
///     async { "7".parse::<u8>() },
///     async { "seven".parse::<u8>() },
/// );
/// assert!(parsed.await.is_err());
/// # });
/// ```
#[macro_export]
macro_rules! try_gather {
    ($($future:expr),+ $(,)?) => {
        $crate::branches::try_gather_together(
            "try_gather!",
            ($($crate::branches::Branch::new($future),)+),
        )
    };
}

/// Awaits up to twelve futures of one type of output at once, and gives the
/// first output; the losers are dropped. They are polled in the order written,
/// so of two that are ready at once the first wins.
///
/// [`select!`](crate::select!) has patterns, handlers, and other types of output, and polls
/// all of them at each wake; here a branch does its work in an async block.
///
/// # Examples
///
/// ```
/// use buzzer::time::{Duration, sleep};
/// # buzzer::block_on(async {
/// let winner = buzzer::race!(
///     async { sleep(Duration::from_secs(3600)).await; "tortoise" },
///     async { "hare" },
/// );
/// assert_eq!(winner.await, "hare");
/// # });
/// ```
#[macro_export]
macro_rules! race {
    ($($future:expr),+ $(,)?) => {
        $crate::branches::race_together(
            "race!",
            ($($crate::branches::Branch::new($future),)+),
        )
    };
}
