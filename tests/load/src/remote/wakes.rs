//! A thousand tasks are woken, again and again.
//!
//! Owns the first part of `remote`. A task that was woken is polled after it, and sees what
//! was written before.

use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;
use std::task::{Poll, Waker};

use fastrand::Rng;

use super::{Batches, FIRST};
use crate::settle::settle;

const TASKS: usize = 1_000;

/// The two threads' wakes in one batch at the most. The more, the more a queue without bound
/// would hold.
const WAKES: u64 = 500_000;

#[derive(Default)]
struct Task {
    asked: AtomicU64,
    seen: AtomicU64,
}

pub(super) fn wake(batches: &mut Batches<'_>, count: u64) -> u64 {
    let tasks: Arc<Vec<Task>> = Arc::new((0..TASKS).map(|_| Task::default()).collect());
    let (tell, told) = mpsc::channel::<Waker>();
    let handles: Vec<_> = (0..TASKS)
        .map(|number| {
            let (tasks, tell) = (tasks.clone(), tell.clone());
            let mut is_first = true;
            batches.runtime.spawn(poll_fn(move |cx| -> Poll<()> {
                let asked = tasks[number].asked.load(Ordering::Relaxed);
                tasks[number].seen.store(asked, Ordering::Relaxed);
                if std::mem::take(&mut is_first) {
                    tell.send(cx.waker().clone()).unwrap();
                }
                Poll::Pending
            }))
        })
        .collect();
    settle(batches.runtime);
    let wakers: Vec<_> = told.try_iter().collect();
    assert_eq!(wakers.len(), TASKS);
    let mut done = 0;
    while done < count {
        // Half of a small count is one flood, and the other half enough batches that the loop
        // turns in some, and that what is left can be told from what was after the first.
        let part = if batches.done == 0 { 2 } else { 4 * FIRST };
        let wakes = WAKES.min((count / part).max(2)).next_multiple_of(2);
        batches.send(|half| {
            let mut rng = Rng::with_seed(done + half as u64);
            for _ in 0..wakes / 2 {
                let number = rng.usize(..TASKS);
                tasks[number].asked.fetch_add(1, Ordering::Relaxed);
                wakers[number].wake_by_ref();
            }
        });
        for (number, Task { asked, seen }) in tasks.iter().enumerate() {
            let (asked, seen) = (asked.load(Ordering::Relaxed), seen.load(Ordering::Relaxed));
            assert_eq!(asked, seen, "a wake of task {number} was lost");
        }
        done += wakes;
        batches.end();
    }
    handles.iter().for_each(|handle| handle.abort());
    settle(batches.runtime);
    done
}
