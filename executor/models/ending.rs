//! A shutdown with a limit of time.
//!
//! loom knows no time. The limit is over as the wait begins; and since the thread that waits
//! may stand still before that for as long as the others take, that has every order that a
//! longer limit has, but for a wait that is cut short.

use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::task::Poll;
use std::time::Duration;

use super::Preemptions::{self, Any, AtMost};
use super::pool::{AT_ONCE, NEVER, mandatory, pool, spawn};
use super::{Drops, Loop, check, poll_once};
use crate::machine::blocking::Work;
use crate::sync::blocking::drive;
use crate::sync::oneshot;

/// Whether a worker waits idly for what comes: so that a job can have been received by one
/// that has not said so yet.
#[derive(Clone, Copy, PartialEq)]
enum Worker {
    Idle,
    None,
}

/// Two jobs, one of which must run, while the time for the end is over.
fn out_of_time(
    name: &'static str,
    bound: Preemptions,
    worker: Worker,
    threads: usize,
    queue: usize,
    keep_alive: Duration,
) {
    check(name, bound, move || {
        let home = Loop::new();
        let pool = pool(&home, threads, queue, keep_alive);
        if worker == Worker::Idle {
            drive(pin!(spawn(&pool, Work::Program, || ()))).unwrap();
        }
        let ran = Arc::new([(); 2].map(|()| AtomicUsize::new(0)));
        let drops = Drops::default();
        let [mut may, mut must] = [(0, Work::Program), (1, mandatory())].map(|(job, work)| {
            let (ran, kept) = (ran.clone(), drops.one());
            spawn(&pool, work, move || {
                ran[job].fetch_add(1, Relaxed);
                drop(kept);
            })
        });
        pool.close(|| {});
        let joined = pool.join(Some(Duration::ZERO), &mut |_| panic!("it has a limit"));
        let held_by = joined.map_or_else(|error| error.held_by().len(), |()| 0);
        let have_ended = [&mut may, &mut must].map(|job| poll_once(Pin::new(job)));
        let left = have_ended.iter().filter(|ended| ended.is_pending()).count();
        // Whoever has not ended by now had not ended then.
        assert!(
            left <= held_by && held_by <= 2,
            "{left} left, {held_by} named"
        );
        for (at, (job, polled)) in [may, must].into_iter().zip(have_ended).enumerate() {
            let output = match polled {
                Poll::Ready(output) => output,
                Poll::Pending => drive(pin!(job)),
            };
            let ran = ran[at].load(Relaxed);
            assert!(ran <= 1 && output.is_ok() == (ran == 1));
            assert!(at == 0 || ran == 1, "one that must run");
        }
        assert_eq!(drops.count(), 2);
    });
}

#[test]
fn a_shutdown_that_is_out_of_time_names_whoever_has_not_ended() {
    out_of_time("limit", Any, Worker::None, 1, 2, NEVER);
    out_of_time("limit, line", Any, Worker::None, 1, 1, NEVER);
    out_of_time("limit, idle end", Any, Worker::None, 1, 1, AT_ONCE);
    out_of_time("limit, two workers", AtMost(3), Worker::None, 2, 2, NEVER);
    out_of_time("limit, idle worker", AtMost(3), Worker::Idle, 1, 2, NEVER);
}

/// What a job waits for comes after the shutdown, which has therefore to end while it waits.
#[test]
fn a_shutdown_that_is_out_of_time_waits_for_no_job_that_has_just_been_received() {
    check("limit, job that waits", Any, || {
        let home = Loop::new();
        let pool = pool(&home, 1, 2, NEVER);
        drive(pin!(spawn(&pool, Work::Program, || ()))).unwrap();
        let (release, mut released) = oneshot::channel::<()>();
        // Used once before the other thread can, as the stand-ins ask.
        assert!(released.try_recv().is_err());
        let job = spawn(&pool, Work::Program, || drive(pin!(released)).is_ok());
        pool.close(|| {});
        let joined = pool.join(Some(Duration::ZERO), &mut |_| panic!("it has a limit"));
        let begun = release.send(()).is_ok();
        // Cancelled before it began, or named.
        assert_eq!(joined.is_err(), begun);
        assert_eq!(drive(pin!(job)).is_ok(), begun);
    });
}
