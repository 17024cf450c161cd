//! Threads at once: each with a runtime of its own, or with none.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use buzzer::sync::{Barrier, Mutex, Notify, OnceCell, RwLock, Semaphore};
use buzzer::sync::{broadcast, mpsc, oneshot, watch};

const THREADS: usize = 4;
const ROUNDS: usize = 2_000;

/// Runs `body` on several threads, each with a runtime of its own.
fn on_threads<F: Future<Output = ()>>(body: impl Fn(usize) -> F + Send + Sync) {
    thread::scope(|scope| {
        for number in 0..THREADS {
            let body = &body;
            scope.spawn(move || buzzer::block_on(body(number)));
        }
    });
}

#[test]
fn a_mutex_between_runtimes_loses_no_addition() {
    let count = Mutex::new(0);
    on_threads(async |_| {
        for _ in 0..ROUNDS {
            *count.lock().await += 1;
        }
    });
    assert_eq!(count.into_inner(), THREADS * ROUNDS);
}

#[test]
fn a_mutex_between_a_runtime_and_threads_that_block() {
    let count = Mutex::new(0);
    thread::scope(|scope| {
        scope.spawn(|| {
            for _ in 0..ROUNDS {
                *count.blocking_lock() += 1;
            }
        });
        buzzer::block_on(async {
            for _ in 0..ROUNDS {
                *count.lock().await += 1;
            }
        });
    });
    assert_eq!(count.into_inner(), 2 * ROUNDS);
}

#[test]
fn readers_never_see_a_half_written_pair() {
    let pair = RwLock::new((0, 0));
    on_threads(async |number| {
        for _ in 0..ROUNDS {
            if number % 2 == 0 {
                let mut pair = pair.write().await;
                pair.0 += 1;
                pair.1 += 1;
            } else {
                let pair = pair.read().await;
                assert_eq!(pair.0, pair.1);
            }
        }
    });
}

#[test]
fn permits_between_threads_come_out_even() {
    let semaphore = Semaphore::new(3);
    let inside = AtomicUsize::new(0);
    on_threads(async |number| {
        for _ in 0..ROUNDS {
            let count = 1 + number as u32 % 3;
            let _permits = semaphore.acquire_many(count).await.unwrap();
            let before = inside.fetch_add(count as usize, Ordering::SeqCst);
            assert!(before + count as usize <= 3);
            inside.fetch_sub(count as usize, Ordering::SeqCst);
        }
    });
    assert_eq!(semaphore.available_permits(), 3);
}

// Half of the waits are given up, often just when they are told.
#[test]
fn permits_survive_waits_that_are_given_up() {
    let semaphore = Semaphore::new(1);
    on_threads(async |number| {
        for round in 0..ROUNDS {
            let take = semaphore.acquire();
            if (round + number) % 2 == 0 {
                drop(take.await);
            } else {
                buzzer::race!(async { drop(take.await) }, buzzer::task::yield_now()).await;
            }
        }
    });
    assert_eq!(semaphore.available_permits(), 1);
}

#[test]
fn every_ring_is_heard_once() {
    let (bell, heard) = (Notify::new(), Notify::new());
    thread::scope(|scope| {
        scope.spawn(|| {
            buzzer::block_on(async {
                for _ in 0..ROUNDS {
                    bell.notified().await;
                    heard.notify_one();
                }
            });
        });
        buzzer::block_on(async {
            for _ in 0..ROUNDS {
                bell.notify_one();
                heard.notified().await;
            }
        });
    });
}

#[test]
fn threads_meet_at_a_barrier_round_after_round() {
    let barrier = Barrier::new(THREADS);
    let (come, leaders) = (AtomicUsize::new(0), AtomicUsize::new(0));
    on_threads(async |_| {
        for round in 1..=ROUNDS / 4 {
            come.fetch_add(1, Ordering::SeqCst);
            let leads = barrier.wait().await.is_leader();
            assert!(come.load(Ordering::SeqCst) >= round * THREADS);
            leaders.fetch_add(usize::from(leads), Ordering::SeqCst);
            barrier.wait().await;
        }
    });
    assert_eq!(leaders.into_inner(), ROUNDS / 4);
}

#[test]
fn one_thread_makes_the_value_and_all_have_it() {
    for _ in 0..50 {
        let (cell, made) = (OnceCell::new(), AtomicUsize::new(0));
        on_threads(async |number| {
            let make = async || {
                made.fetch_add(1, Ordering::SeqCst);
                buzzer::task::yield_now().await;
                number
            };
            let value = *cell.get_or_init(make).await;
            assert_eq!(Some(&value), cell.get());
        });
        assert_eq!(made.into_inner(), 1);
    }
}

#[test]
fn a_channel_from_many_threads_loses_nothing() {
    for bound in [1, 7, 1_000] {
        let (sender, mut receiver) = mpsc::channel(bound);
        thread::scope(|scope| {
            for number in 0..THREADS {
                let sender = sender.clone();
                scope.spawn(move || match number % 2 {
                    0 => (0..ROUNDS).for_each(|round| sender.blocking_send(round).unwrap()),
                    _ => buzzer::block_on(async {
                        for round in 0..ROUNDS {
                            sender.send(round).await.unwrap();
                        }
                    }),
                });
            }
            drop(sender);
            let mut sum = 0;
            buzzer::block_on(async {
                while let Some(round) = receiver.recv().await {
                    sum += round;
                }
            });
            assert_eq!(sum, THREADS * ROUNDS * (ROUNDS - 1) / 2);
        });
    }
}

#[test]
fn an_unbounded_channel_from_many_threads_to_one_that_blocks() {
    let (sender, mut receiver) = mpsc::unbounded_channel();
    thread::scope(|scope| {
        for _ in 0..THREADS {
            let sender = sender.clone();
            scope.spawn(move || (0..ROUNDS).for_each(|round| sender.send(round).unwrap()));
        }
        drop(sender);
        let mut received = Vec::new();
        while receiver.blocking_recv_many(&mut received, 100) > 0 {}
        assert_eq!(received.len(), THREADS * ROUNDS);
    });
}

#[test]
fn one_value_at_a_time_from_thread_to_thread() {
    for round in 0..ROUNDS / 4 {
        let (sender, receiver) = oneshot::channel();
        let sends = thread::spawn(move || match round % 3 {
            0 => drop(sender),
            _ => sender.send(round).unwrap_or_default(),
        });
        assert_eq!(
            buzzer::block_on(receiver).ok(),
            (round % 3 > 0).then_some(round)
        );
        sends.join().unwrap();
    }
}

#[test]
fn a_broadcast_between_threads_is_complete() {
    let (sender, first) = broadcast::channel(16);
    let receivers: Vec<_> = (1..THREADS).map(|_| sender.subscribe()).collect();
    let receivers: Vec<_> = receivers
        .into_iter()
        .chain([first])
        .map(|mut receiver| {
            thread::spawn(move || {
                let mut seen = 0;
                loop {
                    match buzzer::block_on(receiver.recv()) {
                        Ok(_) => seen += 1,
                        Err(broadcast::error::RecvError::Lagged(missed)) => seen += missed,
                        Err(broadcast::error::RecvError::Closed) => return seen,
                    }
                }
            })
        })
        .collect();
    for round in 0..ROUNDS / 4 {
        sender.send(Arc::new(round)).unwrap();
    }
    drop(sender);
    for receiver in receivers {
        assert_eq!(receiver.join().unwrap(), ROUNDS as u64 / 4);
    }
}

#[test]
fn a_watched_value_between_threads_grows_and_ends_with_the_last() {
    let (sender, receiver) = watch::channel(0);
    thread::scope(|scope| {
        for _ in 0..THREADS {
            let mut receiver = receiver.clone();
            scope.spawn(move || {
                buzzer::block_on(async {
                    let mut last = 0;
                    while receiver.changed().await.is_ok() {
                        let now = *receiver.borrow_and_update();
                        assert!(now > last);
                        last = now;
                    }
                    assert_eq!(last, ROUNDS);
                });
            });
        }
        for _ in 0..ROUNDS {
            sender.send_modify(|number| *number += 1);
        }
        drop(sender);
    });
}
