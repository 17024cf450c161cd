//! The pool: who runs a job, and what becomes of jobs at the end.
//!
//! A worker that waits for a job ends at once if there is none, or never: see
//! `stand_ins/channel.rs`. loom has five threads at most, the model's own among them.

use std::panic::Location;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use loom::thread;

use super::Preemptions::{self, Any, AtMost};
use super::{Drops, Loop, Turns, check};
use crate::machine::blocking::{FileWork, Limits, Pool, ThreadName, Work};
use crate::machine::scheduler::inject::{Inject, Message};
use crate::machine::scheduler::join::JoinHandle;
use crate::machine::scheduler::number::TaskNumber;
use crate::sync::blocking::drive;

pub(super) const AT_ONCE: Duration = Duration::ZERO;
pub(super) const NEVER: Duration = Duration::MAX;

pub(super) fn pool(home: &Loop, threads: usize, queue: usize, keep_alive: Duration) -> Arc<Pool> {
    let limits = Limits {
        threads,
        queue,
        keep_alive,
        thread_name: ThreadName::Numbered("worker".to_owned()),
        stack_size: None,
        name: None,
        on_start: None,
        on_stop: None,
    };
    let pool = Pool::new(limits, home.inject.clone(), None, |_| {});
    assert!(pool.is_quiet() && pool.threads() == 0);
    pool.set_nudge(false);
    pool
}

pub(super) fn spawn<T: Send + 'static>(
    pool: &Arc<Pool>,
    work: Work,
    job: impl FnOnce() -> T + Send + 'static,
) -> JoinHandle<T> {
    pool.spawn(pool.inject().ids.next_job(), job, work, Location::caller())
}

pub(super) fn mandatory() -> Work {
    Work::File(FileWork {
        operation: "write",
        path: None,
        to: None,
        mandatory: true,
    })
}

pub(super) fn end(pool: &Pool) {
    pool.close(|| {});
    pool.join(None, &mut |_| {}).unwrap();
    assert_eq!(pool.threads(), 0);
    assert!(pool.is_quiet());
}

#[test]
fn a_job_that_comes_as_the_worker_ends_is_run() {
    for (keep_alive, name) in [(AT_ONCE, "idle end"), (NEVER, "claim")] {
        check(name, Any, move || {
            let home = Loop::new();
            let pool = pool(&home, 1, 1, keep_alive);
            for count in 1..=2 {
                let job = spawn(&pool, Work::Program, move || count);
                assert_eq!(drive(pin!(job)).unwrap(), count);
            }
            end(&pool);
        });
    }
}

#[test]
fn two_jobs_at_once_are_both_run_within_the_limit() {
    for (name, bound, threads, keep_alive) in [
        ("line, idle end", Any, 1, AT_ONCE),
        ("line", Any, 1, NEVER),
        ("two workers, idle end", AtMost(3), 2, AT_ONCE),
        ("two workers", AtMost(3), 2, NEVER),
    ] {
        check(name, bound, move || {
            let home = Loop::new();
            let pool = pool(&home, threads, 1, keep_alive);
            let turns = Arc::new(Turns::new());
            let jobs = [(); 2].map(|()| {
                let turns = turns.clone();
                // With one thread, one job at a time.
                spawn(&pool, Work::Program, move || {
                    if threads == 1 {
                        turns.touch();
                    }
                })
            });
            assert!(pool.threads() <= threads);
            for job in jobs {
                drive(pin!(job)).unwrap();
            }
            end(&pool);
        });
    }
}

/// How often each of two jobs was run, and whether its handle says so.
fn shutdown(name: &'static str, bound: Preemptions, queue: usize, keep_alive: Duration) {
    check(name, bound, move || {
        let home = Loop::new();
        let pool = pool(&home, 1, queue, keep_alive);
        let ran = Arc::new([(); 2].map(|()| AtomicUsize::new(0)));
        let drops = Drops::default();
        let [may, must] = [(0, Work::Program), (1, mandatory())].map(|(job, work)| {
            let (ran, kept) = (ran.clone(), drops.one());
            spawn(&pool, work, move || {
                ran[job].fetch_add(1, Relaxed);
                drop(kept);
            })
        });
        end(&pool);
        let ran = [0, 1].map(|job: usize| ran[job].load(Relaxed));
        assert_eq!(ran[1], 1, "one that must run");
        assert_eq!(drive(pin!(may)).is_ok(), ran[0] == 1);
        assert!(drive(pin!(must)).is_ok());
        assert_eq!(drops.count(), 2);
    });
}

#[test]
fn a_shutdown_runs_what_must_run_and_cancels_what_has_not_begun() {
    shutdown("shutdown", Any, 2, NEVER);
    shutdown("shutdown, line", Any, 1, NEVER);
    shutdown("shutdown, idle end", Any, 1, AT_ONCE);
}

#[test]
fn a_job_that_is_submitted_while_the_pool_closes_runs_or_says_cancelled() {
    check("submit, close", Any, || {
        let home = Loop::new();
        let pool = pool(&home, 1, 1, NEVER);
        let (theirs, drops) = (pool.clone(), Drops::default());
        let ran = Arc::new(AtomicUsize::new(0));
        let (kept, runs) = (drops.one(), ran.clone());
        let other = thread::spawn(move || {
            let job = spawn(&theirs, Work::Program, move || {
                runs.fetch_add(1, Relaxed);
                drop(kept);
            });
            drive(pin!(job)).is_ok()
        });
        end(&pool);
        let says_that_it_ran = other.join().unwrap();
        assert_eq!(ran.load(Relaxed), usize::from(says_that_it_ran));
        assert_eq!(drops.count(), 1);
    });
}

/// Wakes a task of a loop, as a waker of that loop does elsewhere.
struct Wakes(Arc<Inject>);

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        let number = TaskNumber::new(self.0.runtime(), 1, 1);
        assert!(self.0.send(Message::Wake(number)).is_ok());
    }
}

#[test]
fn a_paused_clock_jumps_only_when_a_jobs_wake_was_taken_in() {
    check("paused clock, job", Any, || {
        let home = Loop::new();
        let pool = pool(&home, 1, 1, NEVER);
        pool.set_nudge(true);
        let mut job = pin!(spawn(&pool, Work::Program, || ()));
        let waker = Waker::from(Arc::new(Wakes(home.inject.clone())));
        let awaited = job.as_mut().poll(&mut Context::from_waker(&waker));
        let mut woken = awaited.is_ready();
        // As `park_paused` has it, with a timer armed.
        loop {
            woken |= !home.take().is_empty();
            let quiet = pool.is_quiet();
            if !quiet {
                home.park();
                continue;
            }
            let nothing_sent = home.inject.prepare_park();
            home.inject.unparked();
            if nothing_sent {
                assert!(woken, "the clock jumps, and the job's wake is on its way");
                break;
            }
        }
        if awaited.is_pending() {
            assert!(matches!(
                job.as_mut().poll(&mut Context::from_waker(&waker)),
                Poll::Ready(Ok(()))
            ));
        }
        end(&pool);
    });
}
