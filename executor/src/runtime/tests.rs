//! What a runtime has told of itself when it has ended, and what its word for the
//! watchdog says then.

use std::cell::OnceCell;
use std::future::pending;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::time::Duration;

use crate::record::watch::Polled;
use crate::runtime::{Builder, Runtime};
use crate::task::{AbortHandle, spawn_blocking, yield_now};
use crate::trace::{Cause, Event, Outcome, Recording};

/// Aborts a task when it is dropped.
struct Aborts(Rc<OnceCell<AbortHandle>>);

impl Drop for Aborts {
    fn drop(&mut self) {
        self.0.get().unwrap().abort();
    }
}

/// What a runtime records while it ends.
fn at_the_end_of(runtime: Runtime, end: impl FnOnce(Runtime)) -> Vec<Event> {
    let core = runtime.core.clone();
    let before = runtime.recording().records().len();
    end(runtime);
    let recording = Recording::of(core.recorder());
    let events = recording.records()[before..].iter();
    events.map(|record| record.event.clone()).collect()
}

#[test]
fn every_task_that_has_not_ended_is_cancelled_at_the_end_of_the_runtime() {
    let runtime = Builder::new_current_thread().record(100).build().unwrap();
    let (ended, waits) = runtime.block_on(async {
        let ended = crate::spawn(async {});
        let waits = crate::spawn(pending::<()>());
        yield_now().await;
        // It has not been polled yet.
        crate::spawn(async {});
        (ended, waits)
    });
    let id = waits.id();
    let events = at_the_end_of(runtime, drop);
    let mut lasts = Vec::new();
    for event in &events {
        if let Event::PollEnded { task, outcome, .. } = event {
            assert_eq!(*outcome, Outcome::Cancelled);
            lasts.push(task.to_string());
        }
    }
    assert_eq!(lasts, ["2", "3"]);
    assert!(events.contains(&Event::PollBegan { task: id }));
    drop((ended, waits));
}

#[test]
fn what_a_task_does_when_the_runtime_drops_it_is_its_doing_and_then_nobodys() {
    let runtime = Builder::new_current_thread().record(100).build().unwrap();
    let aborter = runtime.block_on(async {
        let other = crate::spawn(pending::<()>());
        let aborts = Aborts(Rc::new(other.abort_handle().into()));
        let first = crate::spawn(async move {
            let _aborts = aborts;
            pending::<()>().await;
        });
        yield_now().await;
        // The last that is dropped, so the other is gone by then.
        drop(other);
        first.id()
    });
    let core = runtime.core.clone();
    let events = at_the_end_of(runtime, drop);
    let ended = |event: &Event| matches!(event, Event::PollEnded { task, .. } if *task == aborter);
    assert!(events.iter().any(ended));
    assert_eq!(core.recorder().cause(), Cause::Outside);
}

#[test]
fn a_job_that_no_thread_has_begun_is_cancelled_at_the_end_of_the_runtime() {
    let runtime = Builder::new_current_thread()
        .max_blocking_threads(1)
        .record(100)
        .build()
        .unwrap();
    let (to_first, at_first) = std::sync::mpsc::channel::<()>();
    let (to_us, from_first) = std::sync::mpsc::channel::<()>();
    let job = runtime.block_on(async {
        spawn_blocking(move || {
            to_us.send(()).unwrap();
            // Ends when its sender is dropped.
            let _ = at_first.recv();
        });
        let second = spawn_blocking(|| {});
        from_first.recv().unwrap();
        second.id()
    });
    let events = at_the_end_of(runtime, Runtime::shutdown_background);
    drop(to_first);
    let of_second: Vec<_> = events
        .iter()
        .filter(|event| match event {
            Event::JobStarted { job: other, .. } | Event::JobCancelled { job: other } => {
                *other == job
            }
            _ => false,
        })
        .collect();
    assert_eq!(of_second, [&Event::JobCancelled { job }]);
}

#[test]
fn a_job_that_ends_while_the_runtime_is_dropped_has_ended_in_the_recording() {
    let runtime = Builder::new_current_thread().record(100).build().unwrap();
    let (to_job, at_job) = std::sync::mpsc::channel::<()>();
    let (to_us, from_job) = std::sync::mpsc::channel::<()>();
    let job = runtime.spawn_blocking(move || {
        to_us.send(()).unwrap();
        // Ends when its sender is dropped.
        let _ = at_job.recv();
    });
    let id = job.id();
    runtime.spawn(async move {
        let _lets_it_end = to_job;
        pending::<()>().await;
    });
    from_job.recv().unwrap();
    let events = at_the_end_of(runtime, drop);
    let ended = |event: &Event| matches!(event, Event::JobFinished { job, .. } if *job == id);
    assert!(events.iter().any(ended), "{events:?}");
}

#[test]
fn what_the_output_of_an_ended_task_does_when_the_runtime_drops_it_is_nobodys_doing() {
    let runtime = Builder::new_current_thread().record(100).build().unwrap();
    let (ended, last) = runtime.block_on(async {
        crate::spawn(pending::<()>());
        let abort = Rc::new(OnceCell::new());
        let output = Aborts(abort.clone());
        let ended = crate::spawn(async { output });
        let last = crate::spawn(pending::<()>());
        assert!(abort.set(last.abort_handle()).is_ok());
        yield_now().await;
        (ended, last)
    });
    let task = last.id();
    let events = at_the_end_of(runtime, drop);
    let aborted = Event::Aborted {
        task,
        by: Cause::Outside,
        queued: true,
    };
    assert!(events.contains(&aborted), "{events:?}");
    drop((ended, last));
}

/// With a watchdog that will not look.
fn watched() -> Runtime {
    let mut builder = Builder::new_current_thread();
    builder.watchdog(Duration::from_secs(1_000_000));
    builder.build().unwrap()
}

#[test]
fn nobody_is_polled_any_more_after_a_block_on_that_panicked() {
    let runtime = watched();
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        runtime.block_on(async { panic!("burnt") });
    }));
    assert!(panicked.is_err());
    let watch = runtime.core.scheduler.watch.get().unwrap();
    assert_eq!(watch.look(), Polled::Nothing);
}

#[test]
fn nobody_is_polled_any_more_when_the_shutdown_waits_for_jobs() {
    let runtime = watched();
    drop(runtime.spawn(pending::<()>()));
    runtime.drop_tasks();
    let watch = runtime.core.scheduler.watch.get().unwrap();
    assert_eq!(watch.look(), Polled::Nothing);
}
