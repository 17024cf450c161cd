//! A task's share of the loop: how much one poll may do.
//!
//! Owns the public face of `machine/budget.rs`, named and shaped like tokio's. Each poll of
//! a task has a budget of 128; every future of this crate takes a unit of it before it
//! says "ready". When none is left they say "pending", so that a task which never has
//! to wait still lets the others run.

use std::cell::Cell;
use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::machine::budget;
use crate::sys::pinned::Pinned;

/// Takes a unit of the budget, and lets the other tasks run if there is none left: for
/// a loop that computes and awaits nothing else.
///
/// # Cancel safety
///
/// Nothing is lost.
///
/// # Examples
///
/// ```
/// # buzzer::block_on(async {
/// let mut sum = 0_u64;
/// for number in 0..10_000 {
///     sum += number;
///     buzzer::task::coop::consume_budget().await;
/// }
/// assert_eq!(sum, 49_995_000);
/// # });
/// ```
pub async fn consume_budget() {
    poll_fn(budget::poll_proceed).await;
}

/// Whether this poll of the task has a unit of its budget left. Outside a task's poll
/// there is no limit.
///
/// # Examples
///
/// ```
/// use buzzer::task::coop::{consume_budget, has_budget_remaining};
///
/// # buzzer::block_on(async {
/// let task = buzzer::spawn(async {
///     let mut units = 0;
///     while has_budget_remaining() {
///         consume_budget().await;
///         units += 1;
///     }
///     units
/// });
/// assert_eq!(task.await.unwrap(), 128);
/// # });
/// ```
pub fn has_budget_remaining() -> bool {
    !budget::is_spent()
}

/// Takes a unit of the budget, for a future made by hand. With none left it says
/// "pending", and the task is woken to be polled again.
///
/// The unit is given back unless [`made_progress`](RestoreOnPending::made_progress) is
/// called: a future that has to wait costs nothing.
///
/// # Examples
///
/// ```
/// use std::task::{Context, Poll, ready};
///
/// fn poll_served(served: &mut Vec<u32>, cx: &mut Context<'_>) -> Poll<Option<u32>> {
///     let unit = ready!(buzzer::task::coop::poll_proceed(cx));
///     let next = served.pop();
///     unit.made_progress();
///     Poll::Ready(next)
/// }
/// # buzzer::block_on(async {
/// let mut served = vec![7];
/// assert_eq!(std::future::poll_fn(|cx| poll_served(&mut served, cx)).await, Some(7));
/// # });
/// ```
#[inline]
pub fn poll_proceed(cx: &mut Context<'_>) -> Poll<RestoreOnPending> {
    budget::poll_proceed(cx).map(|()| RestoreOnPending {
        to_give_back: Cell::new(true),
    })
}

/// A unit of the budget, which is given back when this is dropped; see [`poll_proceed`].
#[derive(Debug)]
#[must_use = "the unit is given back at once if this is dropped"]
pub struct RestoreOnPending {
    to_give_back: Cell<bool>,
}

impl RestoreOnPending {
    /// The future is about to say "ready": the unit is spent. See [`poll_proceed`].
    pub fn made_progress(&self) {
        self.to_give_back.set(false);
    }
}

impl Drop for RestoreOnPending {
    fn drop(&mut self) {
        if self.to_give_back.get() {
            budget::give_back();
        }
    }
}

/// Has `future` take a unit of the budget when it is ready, as those of this crate do.
///
/// # Examples
///
/// ```
/// # buzzer::block_on(async {
/// let always_ready = buzzer::task::coop::cooperative(async { 7 });
/// assert_eq!(always_ready.await, 7);
/// # });
/// ```
pub fn cooperative<F: Future>(future: F) -> Coop<F> {
    Pinned::beside(future, Cooperative(()))
}

/// The future of [`cooperative`].
pub type Coop<F> = Pinned<F, Cooperative>;

/// What makes a [`Coop`] of a future; see [`cooperative`].
#[derive(Debug)]
pub struct Cooperative(());

impl<F: Future> Future for Coop<F> {
    type Output = F::Output;

    #[track_caller]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let (future, _) = self.project();
        match budget::poll_left(cx) {
            Poll::Pending => return Poll::Pending,
            Poll::Ready(()) => {}
        }
        let polled = future.poll(cx);
        if polled.is_ready() {
            budget::take_one();
        }
        polled
    }
}

impl<F: fmt::Debug> fmt::Debug for Coop<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Coop").field(self.get().0).finish()
    }
}

/// Lifts the budget for `future`: it is polled for as long as it finds something ready,
/// and the other tasks wait.
///
/// # Examples
///
/// ```
/// # buzzer::block_on(async {
/// let drained = buzzer::task::unconstrained(async {
///     for _ in 0..10_000 {
///         buzzer::task::consume_budget().await; // Never lets others run.
///     }
/// });
/// drained.await;
/// # });
/// ```
pub fn unconstrained<F>(future: F) -> Unconstrained<F> {
    Pinned::beside(future, Unlimited(()))
}

/// The future of [`unconstrained`].
pub type Unconstrained<F> = Pinned<F, Unlimited>;

/// What makes an [`Unconstrained`] of a future; see [`unconstrained`].
#[derive(Debug)]
pub struct Unlimited(());

impl<F: Future> Future for Unconstrained<F> {
    type Output = F::Output;

    #[track_caller]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let (future, _) = self.project();
        let _lifted = budget::lift();
        future.poll(cx)
    }
}

impl<F: fmt::Debug> fmt::Debug for Unconstrained<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Unconstrained").field(self.get().0).finish()
    }
}
