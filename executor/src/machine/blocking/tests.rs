//! A worker and a submit that meet in the pool.

use std::sync::mpsc;
use std::time::Duration;

use super::*;
use crate::runtime::Builder;

#[test]
fn a_job_that_comes_when_a_worker_has_just_given_up_waiting_is_not_stranded() {
    let mut builder = Builder::new_current_thread();
    let builder = builder.max_blocking_threads(1);
    let builder = builder.thread_keep_alive(Duration::from_nanos(1));
    let runtime = builder.build().unwrap();
    let pool = runtime.core_pool();
    for round in 1..=50 {
        drop(runtime.spawn_blocking(|| ()));
        // A worker that waits, or has given up, and can't go on without the lock.
        let mut state = loop {
            let state = pool.lock();
            if state.idle > state.queued {
                break state;
            }
            drop(state);
            if pool.threads() == 0 {
                drop(runtime.spawn_blocking(|| ()));
            }
            thread::yield_now();
        };
        // Its time is over by now.
        (0..100).for_each(|_| thread::yield_now());
        // What a submit does that has the lock first.
        let (ran, runs) = mpsc::channel();
        let job = Box::new(move || ran.send(()).unwrap());
        let id = Id::of_runtime(0, round);
        pool.in_flight.fetch_add(1, Ordering::Relaxed);
        let queued = Queued {
            job: Arc::new(Packet::for_job(id, job, Location::caller())),
            is_mandatory: false,
            is_lookup: false,
        };
        pool.enqueue(&mut state, queued);
        assert!(state.queued <= state.idle, "it would start no thread");
        drop(state);
        loop {
            let nobody_is_left = pool.threads() == 0;
            if runs.try_recv().is_ok() {
                break;
            }
            assert!(!nobody_is_left, "the job is stranded");
            thread::yield_now();
        }
    }
}

#[test]
fn a_pool_that_runs_nothing_has_no_jobs_to_tell_of() {
    let runtime = Builder::new_current_thread().build().unwrap();
    assert_eq!(runtime.core_pool().still_running(), None);
    let (ends, runs) = mpsc::channel::<()>();
    let (begins, begun) = mpsc::channel();
    drop(runtime.spawn_blocking(move || {
        begins.send(()).unwrap();
        _ = runs.recv();
    }));
    begun.recv().unwrap();
    let told = runtime.core_pool().still_running().unwrap();
    assert!(told.starts_with("1 blocking job still running"), "{told}");
    drop(ends);
}
