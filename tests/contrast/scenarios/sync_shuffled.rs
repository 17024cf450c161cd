//! `sync`: many who wait, and everything that can happen to them, in any order.
//!
//! The orders are drawn by a generator with a fixed seed, so both libraries and every run
//! have the same. Each step is told with what came of it, and who is woken by it.

use super::*;
use fastrand::Rng;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Wake};
use tokio::sync::futures::Notified;
use tokio::sync::{AcquireError, Notify, Semaphore, SemaphorePermit};

const ORDERS: u64 = 300;
const STEPS: usize = 100;
const PLACES: usize = 8;

struct Woken(usize);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        note!("{} is woken", self.0);
    }
}

/// Polls what waits at `place`.
fn poll<F: Future + ?Sized>(place: usize, waiting: Pin<&mut F>) -> Poll<F::Output> {
    let waker = Arc::new(Woken(place)).into();
    waiting.poll(&mut Context::from_waker(&waker))
}

/// Takes `step` as often as said, in each of the orders on what `new` makes. With a yield
/// between two, for a poll costs budget.
async fn shuffle<T>(new: impl Fn() -> T, mut order: impl AsyncFnMut(&T, &mut Rng)) {
    for seed in 0..ORDERS {
        note!("order {seed}");
        order(&new(), &mut Rng::with_seed(seed)).await;
    }
}

pub fn who_waits_for_a_bell_is_told_as_the_first_the_last_and_with_all() -> Transcript {
    run(async || {
        shuffle(Notify::new, async |bell, rng| {
            let mut places: [Option<Pin<Box<Notified<'_>>>>; PLACES] = Default::default();
            // Each seldom, or a ring is kept at most times, and nobody waits.
            let others = rng.bool();
            for _ in 0..STEPS {
                yield_now().await;
                let at = rng.usize(..PLACES);
                let place = &mut places[at];
                match (rng.u32(..20), place) {
                    (0, _) if others => {
                        note!("all are told");
                        bell.notify_waiters();
                    }
                    (1, _) if others => {
                        note!("the last is told");
                        bell.notify_last();
                    }
                    (2, _) => {
                        note!("the first is told");
                        bell.notify_one();
                    }
                    (drawn, place @ None) => {
                        let waiting = place.insert(Box::pin(bell.notified()));
                        if drawn < 15 {
                            note!("{at} is new: {:?}", poll(at, waiting.as_mut()));
                        }
                    }
                    (3, Some(waiting)) => {
                        note!("{at} is enabled: {}", waiting.as_mut().enable());
                    }
                    (4..8, Some(waiting)) => {
                        let polled = poll(at, waiting.as_mut());
                        note!("{at}: {polled:?}");
                        if polled.is_ready() {
                            places[at] = None;
                        }
                    }
                    (_, place) => {
                        note!("{at} gives up");
                        *place = None;
                    }
                }
            }
        })
        .await;
    })
}

type Permit<'a> = Result<SemaphorePermit<'a>, AcquireError>;

enum Place<'a> {
    Empty,
    Waits(Pin<Box<dyn Future<Output = Permit<'a>> + 'a>>),
    Holds(#[allow(dead_code, reason = "it is held")] SemaphorePermit<'a>),
}

pub fn who_waits_for_permits_is_given_them_in_parts_and_gives_up() -> Transcript {
    run(async || {
        shuffle(
            || Semaphore::new(2),
            async |permits, rng| {
                let mut places = [const { Place::Empty }; PLACES];
                for _ in 0..STEPS {
                    yield_now().await;
                    let at = rng.usize(..PLACES);
                    let place = &mut places[at];
                    match (rng.u32(..60), place) {
                        (0, _) => {
                            note!("closed");
                            permits.close();
                        }
                        (1..5, _) => note!("forgotten: {}", permits.forget_permits(1)),
                        (5..12, _) => {
                            note!("one more");
                            permits.add_permits(1);
                        }
                        (_, place @ Place::Empty) => {
                            let wanted = rng.u32(1..4);
                            note!("{at} wants {wanted}");
                            *place = Place::Waits(Box::pin(permits.acquire_many(wanted)));
                        }
                        (12..45, Place::Waits(waiting)) => match poll(at, waiting.as_mut()) {
                            Poll::Pending => note!("{at} waits"),
                            Poll::Ready(Err(_)) => {
                                note!("{at} sees that it is closed");
                                places[at] = Place::Empty;
                            }
                            Poll::Ready(Ok(permit)) => {
                                note!("{at} has them");
                                places[at] = Place::Holds(permit);
                            }
                        },
                        (_, Place::Holds(_) | Place::Waits(_)) => {
                            note!("{at} leaves");
                            places[at] = Place::Empty;
                        }
                    }
                    note!("free: {}", permits.available_permits());
                }
            },
        )
        .await;
    })
}
