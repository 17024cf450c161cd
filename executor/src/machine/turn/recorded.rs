//! What the loop tells the recorder.
//!
//! Owns the making of the loop's events, and says whose doing each wake is. Only
//! `mod.rs` calls it; kept out of the way of those who read how a turn goes.

use std::io;

use super::Turning;
use crate::machine::context::Core;
use crate::machine::reactor::Wait;
use crate::machine::scheduler::number::TaskNumber;
use crate::record::event::{Cause, Event, Outcome, ParkedUntil, Phase};
use crate::record::origin::Origin;
use crate::record::watch::Loop;

/// A turn that is recorded. Between two turns nothing is the loop's doing.
pub(crate) struct Turn<'a>(&'a Core);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.recorder().set_cause(Cause::Outside);
    }
}

/// A `block_on` or a `Runtime::turn`, until it returns or panics.
pub(crate) struct InLoop<'a>(&'a Core);

impl<'a> InLoop<'a> {
    pub(crate) fn begin(core: &'a Core) -> Self {
        if core.recorder().is_on() {
            core.recorder().in_loop(true);
        }
        if let Some(watch) = core.scheduler.watch.get() {
            watch.set_loop(Loop::Running);
        }
        Self(core)
    }
}

impl Drop for InLoop<'_> {
    fn drop(&mut self) {
        if self.0.recorder().is_on() {
            self.0.recorder().in_loop(false);
        }
        if let Some(watch) = self.0.scheduler.watch.get() {
            watch.set_loop(Loop::None);
        }
    }
}

/// A poll of the main future, which may panic through the loop.
pub(crate) struct MainPoll<'a> {
    turning: &'a Turning<'a>,
    number: TaskNumber,
    outcome: Outcome,
}

impl MainPoll<'_> {
    /// It has not panicked.
    pub(crate) fn end(mut self, ended: bool) {
        self.outcome = match ended {
            true => Outcome::Ready,
            false => Outcome::Pending,
        };
    }
}

impl Drop for MainPoll<'_> {
    fn drop(&mut self) {
        let scheduler = &self.turning.core.scheduler;
        scheduler.observe_main_ended(self.number, self.outcome);
        if self.outcome == Outcome::Panicked {
            // The loop does not come to it any more.
            self.turning.after_poll();
            self.turning.leave_tasks();
        }
    }
}

impl Turning<'_> {
    pub(crate) fn is_recorded(&self) -> bool {
        self.core.recorder().is_on()
    }

    /// Out of the way of the loop that is not recorded.
    #[cold]
    #[inline(never)]
    fn record(&self, event: Event) {
        self.core.recorder().record(event);
    }

    pub(crate) fn begin_turn(&self) -> Turn<'_> {
        if self.is_recorded() {
            let number = self.core.counters.turns.get();
            self.record(Event::Turn { number });
        }
        Turn(self.core)
    }

    /// The turn goes on to `phase`. What happens from here on is no task's doing
    /// until one is polled.
    pub(crate) fn begin(&self, phase: Phase) {
        if self.is_recorded() {
            self.core.recorder().set_cause(Cause::Outside);
            self.record(Event::Phase(phase));
        }
    }

    pub(crate) fn begin_main(&self, number: TaskNumber) -> MainPoll<'_> {
        self.core.scheduler.observe_main_began(number);
        MainPoll {
            turning: self,
            number,
            outcome: Outcome::Panicked,
        }
    }

    /// What jobs have told goes before the wakes that they sent.
    pub(crate) fn take_in_news(&self) {
        if self.is_recorded() {
            self.core.take_in_news();
        }
    }

    pub(crate) fn caused_by(&self, origin: &Origin) {
        if self.is_recorded() {
            self.core.recorder().caused_by(origin);
        }
    }

    /// The wakes that the reactor hands out have their causes in the same order.
    pub(crate) fn caused_by_nth(&self, index: usize) {
        if self.is_recorded() {
            self.core.recorder().wakes_next(index);
        }
    }

    /// The reactor's sleep, with its beginning and end.
    pub(crate) fn sleep_in_reactor(&self, wait: Wait) -> io::Result<()> {
        if self.is_recorded() {
            let until = match wait {
                Wait::No => ParkedUntil::Look,
                Wait::Until(deadline, _) => ParkedUntil::Deadline(deadline),
                Wait::ForEver => ParkedUntil::ForEver,
            };
            self.core.recorder().record(Event::Parked { until });
            self.core.recorder().flush();
        }
        let slept = self.core.reactor.borrow_mut().sleep(wait);
        if self.is_recorded() {
            let events = self.core.reactor.borrow().source_events();
            self.core.recorder().record(Event::Unparked { events });
        }
        slept
    }
}

#[cfg(test)]
mod tests {
    use std::cell::OnceCell;
    use std::rc::Rc;

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
            let waits = crate::spawn(std::future::pending::<()>());
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
            let other = crate::spawn(std::future::pending::<()>());
            let aborts = Aborts(Rc::new(other.abort_handle().into()));
            let first = crate::spawn(async move {
                let _aborts = aborts;
                std::future::pending::<()>().await;
            });
            yield_now().await;
            // The last that is dropped, so the other is gone by then.
            drop(other);
            first.id()
        });
        let core = runtime.core.clone();
        let events = at_the_end_of(runtime, drop);
        let ended =
            |event: &Event| matches!(event, Event::PollEnded { task, .. } if *task == aborter);
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
            std::future::pending::<()>().await;
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
            crate::spawn(std::future::pending::<()>());
            let abort = Rc::new(OnceCell::new());
            let output = Aborts(abort.clone());
            let ended = crate::spawn(async { output });
            let last = crate::spawn(std::future::pending::<()>());
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
}
