//! A future dropped at each of its suspensions.
//!
//! Owns [`cancel_everywhere`].

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use super::run::attempt;
use crate::scheduler::queue::Order;

/// Suspensions of a future that ends some day.
const SUSPENSIONS: usize = 10_000;

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
/// and told nobody: with the number of the suspension, and the story of that run. And
/// when the future has not ended after 10,000 suspensions, or ends after fewer than it
/// had before.
///
/// # Examples
///
/// An item is taken out of a channel, and then lost, if the future is dropped before it
/// has passed it on:
///
/// ```should_panic
/// use buzzer::task::yield_now;
///
/// buzzer::testing::cancel_everywhere(|| {
///     let (put, take) = async_channel::unbounded();
///     let (pass_on, passed_on) = async_channel::unbounded();
///     put.try_send("mocha").unwrap();
///     let rest = take.clone();
///     let future = async move {
///         let item = take.recv().await.unwrap();
///         yield_now().await;
///         pass_on.send(item).await.unwrap();
///     };
///     let check = async move {
///         // Panics after suspension 1: it is in neither.
///         assert_eq!(rest.len() + passed_on.len(), 1, "the item is lost");
///     };
///     (future, check)
/// });
/// ```
#[track_caller]
pub fn cancel_everywhere<F: Future, C: Future>(mut make: impl FnMut() -> (F, C)) -> usize {
    for suspension in 1..=SUSPENSIONS {
        let run = attempt(Order::Fifo, || cancel_at(suspension, &mut make));
        match run {
            Ok(None) => {}
            Ok(Some(suspensions)) => {
                assert!(
                    suspensions + 1 == suspension,
                    "the future ended after {suspensions} suspensions, and before it had \
                     {} at least: it depends on more than the order of its tasks (real time, \
                     threads, the order of a hash map)",
                    suspension - 1
                );
                return suspensions;
            }
            Err(failure) => panic!("dropped at suspension {suspension}: {failure}"),
        }
    }
    panic!("the future has not ended after {SUSPENSIONS} suspensions")
}

/// Makes a future and its check, drops the one at the given suspension, and runs the
/// other. `Some` if the future ended before: after so many.
async fn cancel_at<F: Future, C: Future>(
    suspension: usize,
    make: impl FnOnce() -> (F, C),
) -> Option<usize> {
    let (future, check) = make();
    let mut suspensions = 0;
    let ended = {
        let mut future = pin!(future);
        poll_fn(|cx| match future.as_mut().poll(cx) {
            Poll::Ready(_) => Poll::Ready(Some(suspensions)),
            Poll::Pending => {
                suspensions += 1;
                match suspensions == suspension {
                    true => Poll::Ready(None),
                    false => Poll::Pending,
                }
            }
        })
        .await
    };
    check.await;
    ended
}
