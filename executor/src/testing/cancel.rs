//! A future dropped at each of its suspensions.
//!
//! Owns [`cancel_everywhere`].

use std::cell::Cell;
use std::fmt::{self, Display};
use std::future::poll_fn;
use std::panic::Location;
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;

use super::run::{DEPENDS, attempt};
use crate::machine::scheduler::queue::Order;

/// Suspensions of a future that ends some day.
const SUSPENSIONS: usize = 1_000;

/// Drops a future at its first, its second, ... its last suspension, each time on a
/// runtime of its own, and lets a check run after each; at last it lets the future run
/// to its end, and the check once more. Gives the number of suspensions.
///
/// `make` makes both, the future and its check, and what they share: so each time
/// everything is new. It is called in the runtime, so it may spawn. A suspension is a
/// poll that says "pending". The check runs in the same runtime, where the tasks go on
/// that the future has spawned.
///
/// # Panics
///
/// When the future or the check panics or comes to a deadlock, or a task has panicked
/// and told nobody, or a run has not ended after 1,000,000 polls: with the number of the
/// suspension, and the story of that run. And when the future has not ended after 1,000
/// suspensions, or ends after fewer than it had before.
///
/// # Examples
///
/// An order is taken from the queue, and then lost, if the future is dropped before it
/// has served it:
///
/// ```should_panic
/// use std::cell::RefCell;
/// use std::rc::Rc;
/// use buzzer::task::yield_now;
///
/// buzzer::testing::cancel_everywhere(|| {
///     let orders = Rc::new(RefCell::new(vec!["mocha"]));
///     let served = Rc::new(RefCell::new(Vec::new()));
///     let (waiting, on_tables) = (orders.clone(), served.clone());
///     let future = async move {
///         let order = orders.borrow_mut().pop().unwrap();
///         yield_now().await;
///         served.borrow_mut().push(order);
///     };
///     let check = async move {
///         // Panics after suspension 1: it is in neither.
///         let left = waiting.borrow().len() + on_tables.borrow().len();
///         assert_eq!(left, 1, "the order is lost");
///     };
///     (future, check)
/// });
/// ```
#[track_caller]
pub fn cancel_everywhere<F: Future, C: Future>(mut make: impl FnMut() -> (F, C)) -> usize {
    let called_at = Location::caller();
    for suspension in 1..=SUSPENSIONS {
        let reached = Cell::new(Reached::Suspension(0));
        // The usual order, but with an end: a check may yield for what was lost.
        let order = Order::scripted(Rc::default());
        let run = attempt(called_at, order, || {
            cancel_at(suspension, &reached, &mut make)
        });
        let reached = reached.get();
        if let Err(failure) = run {
            // At the end once more: the story between is long.
            panic!("{reached}: {failure}\n\nThis run: {reached}");
        }
        if let Reached::End(suspensions) = reached {
            assert!(
                suspensions + 1 == suspension,
                "the future ended after {suspensions} suspensions, and had {} at least \
                 before: {DEPENDS}",
                suspension - 1
            );
            return suspensions;
        }
    }
    panic!("the future has not ended after {SUSPENSIONS} suspensions")
}

/// How far a future has come.
#[derive(Clone, Copy)]
enum Reached {
    /// So many suspensions, and it is polled on.
    Suspension(usize),
    /// So many, and there it was dropped.
    Drop(usize),
    /// Its end, after so many.
    End(usize),
}

impl Display for Reached {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Suspension(count) => write!(f, "not yet dropped, after {count} suspensions"),
            Self::Drop(count) => write!(f, "dropped at suspension {count}"),
            Self::End(count) => write!(f, "not dropped, ended after {count} suspensions"),
        }
    }
}

/// Makes a future and its check, drops the one at the given suspension if it gets there,
/// and runs the other.
async fn cancel_at<F: Future, C: Future>(
    suspension: usize,
    reached: &Cell<Reached>,
    make: impl FnOnce() -> (F, C),
) {
    let (future, check) = make();
    let mut suspensions = 0;
    {
        let mut future = pin!(future);
        poll_fn(|cx| {
            if future.as_mut().poll(cx).is_ready() {
                reached.set(Reached::End(suspensions));
                return Poll::Ready(());
            }
            suspensions += 1;
            if suspensions == suspension {
                reached.set(Reached::Drop(suspensions));
                return Poll::Ready(());
            }
            reached.set(Reached::Suspension(suspensions));
            Poll::Pending
        })
        .await;
    }
    check.await;
}
