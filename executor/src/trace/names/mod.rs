//! What the numbers of a recording are called, in words.
//!
//! Owns the naming of tasks, jobs, timers, sources, threads and spans of time, so that
//! all views call a thing the same. Used by the views in `trace/`.

mod syncs;
mod whose;

use std::collections::{BTreeMap, VecDeque};
use std::fmt::{self, Display};
use std::panic::Location;
use std::sync::Arc;

use crate::record::Known;
use crate::record::event::{Cause, Event, Outcome, Record, WaitsOn};
use crate::record::ids::{Direction, Id, SourceId, SyncId, TimerId};
use crate::record::time::Nanos;
use syncs::Met;
pub(super) use whose::{is_told, of_program};

/// Tasks and jobs that have ended and are still known by name: what follows from an
/// end is told after it. More would grow with the run.
const ENDED: usize = 1024;

/// What is known of the tasks, jobs, timers and sources that the records so far have
/// brought forth. Feed it each record: [`learn`](Self::learn) before the record is
/// told, [`forget`](Self::forget) after.
#[derive(Clone, Default, Debug)]
pub(crate) struct Names {
    tasks: BTreeMap<Id, Named>,
    /// Where `block_on` was called last.
    main_at: Option<&'static Location<'static>>,
    ended: VecDeque<Id>,
    deadlines: BTreeMap<TimerId, Nanos>,
    descriptors: BTreeMap<SourceId, i32>,
    syncs: BTreeMap<SyncId, Met>,
}

/// A task or job.
#[derive(Clone, Debug)]
struct Named {
    /// Only tasks can have one.
    name: Option<Arc<String>>,
    /// What is shown of what it has inherited.
    context: Option<Arc<String>>,
    at: &'static Location<'static>,
}

impl Names {
    /// Takes in what `record` brings forth.
    pub(crate) fn learn(&mut self, record: &Record) {
        match &record.event {
            Event::MainStarted { at } => self.main_at = Some(at),
            Event::Spawned { task, at, name, .. } => {
                let (name, context) = (name.clone(), None);
                self.tasks.insert(*task, Named { name, context, at });
            }
            Event::JobQueued { job, at, .. } => {
                let (name, context) = (None, None);
                self.tasks.insert(*job, Named { name, context, at });
            }
            Event::InContext { task, shown } => {
                if let Some(named) = self.tasks.get_mut(task) {
                    named.context = Some(shown.clone());
                }
            }
            Event::TimerArmed {
                timer, deadline, ..
            } => {
                self.deadlines.insert(*timer, *deadline);
            }
            Event::SourceRegistered { source, fd, .. } => {
                self.descriptors.insert(*source, *fd);
            }
            Event::SyncMet {
                sync, kind, name, ..
            } => {
                self.syncs.insert(*sync, Met::of(*kind, name.clone()));
            }
            _ => {}
        }
    }

    /// Lets go of what `record` was the end of.
    pub(crate) fn forget(&mut self, record: &Record) {
        match record.event {
            Event::PollEnded { task, outcome, .. } if outcome != Outcome::Pending => {
                self.has_ended(task);
            }
            Event::JobFinished { job, .. } | Event::JobCancelled { job } => self.has_ended(job),
            Event::TimerFired { timer } | Event::TimerDropped { timer } => {
                self.deadlines.remove(&timer);
            }
            Event::SourceClosed { source } => {
                self.descriptors.remove(&source);
            }
            Event::SyncGone { sync } => {
                self.syncs.remove(&sync);
            }
            _ => {}
        }
    }

    fn has_ended(&mut self, id: Id) {
        self.ended.push_back(id);
        if self.ended.len() > ENDED
            && let Some(first) = self.ended.pop_front()
        {
            self.tasks.remove(&first);
        }
    }

    /// The name that a task was given.
    pub(crate) fn given(&self, id: Id) -> Option<&str> {
        let name = self.tasks.get(&id)?.name.as_ref();
        name.map(|name| name.as_str())
    }

    /// Where a task or job was spawned; of task 0, where `block_on` was called. `None`
    /// if its end is long past.
    pub(crate) fn spawned_at(&self, id: Id) -> Option<&'static Location<'static>> {
        match id.is_main() {
            true => self.main_at,
            false => self.tasks.get(&id).map(|named| named.at),
        }
    }

    /// When an armed timer is due.
    pub(crate) fn deadline(&self, timer: TimerId) -> Option<Nanos> {
        self.deadlines.get(&timer).copied()
    }

    /// The descriptor of a registered source.
    pub(crate) fn descriptor(&self, source: SourceId) -> Option<i32> {
        self.descriptors.get(&source).copied()
    }

    /// A task or job, as `#4 'other work'`, `#0 (block_on)` or `job j1`.
    pub(crate) fn task(&self, id: Id) -> impl Display {
        fmt::from_fn(move |f| {
            if id.is_job() {
                return write!(f, "job {id}");
            }
            write!(f, "#{id}")?;
            match self.given(id) {
                Some(name) => write!(f, " '{}'", name.escape_debug())?,
                None if id.is_main() => f.write_str(" (block_on)")?,
                None => {}
            }
            match self.tasks.get(&id).and_then(|task| task.context.as_ref()) {
                Some(context) => write!(f, " [{}]", context.escape_debug()),
                None => Ok(()),
            }
        })
    }

    /// Who did something.
    pub(crate) fn cause(&self, cause: Cause, known: &Known) -> impl Display {
        fmt::from_fn(move |f| match cause {
            Cause::Task(task) => self.task(task).fmt(f),
            Cause::Source(source, Direction::Read) => write!(f, "source {source}, readable"),
            Cause::Source(source, Direction::Write) => write!(f, "source {source}, writable"),
            Cause::Timer(timer) => write!(f, "timer {timer}"),
            Cause::Job(job) => self.task(job).fmt(f),
            Cause::Thread(thread) => match known.thread(thread) {
                Some(name) => write!(f, "thread '{}'", name.escape_debug()),
                None => f.write_str("another thread"),
            },
            Cause::Outside => f.write_str("the program, outside its tasks"),
        })
    }

    /// What a task waits for.
    pub(crate) fn wait(&self, on: WaitsOn) -> impl Display {
        fmt::from_fn(move |f| match on {
            WaitsOn::Timer(timer) => match self.deadline(timer) {
                Some(deadline) => write!(f, "timer {timer} (due at {})", Moment(deadline)),
                None => write!(f, "timer {timer}"),
            },
            WaitsOn::Source(source, direction) => {
                let able = match direction {
                    Direction::Read => "readable",
                    Direction::Write => "writable",
                };
                write!(f, "source {source} to be {able}")
            }
            WaitsOn::Handle(task) => write!(f, "{} to end", self.task(task)),
            WaitsOn::Sync(sync) => self.sync(sync).fmt(f),
        })
    }
}

/// A span of time in the unit that fits it, cut after three digits: `1.250 s`,
/// `30.000 ms`, `7.125 µs`, `80 ns`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Span(pub(crate) Nanos);

impl Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(nanos) = *self;
        let (unit, name) = match nanos {
            1_000_000_000.. => (1_000_000_000, "s"),
            1_000_000.. => (1_000_000, "ms"),
            1_000.. => (1_000, "µs"),
            0 => return f.write_str("0 s"),
            _ => return write!(f, "{nanos} ns"),
        };
        // Cut and not rounded, or 999.9996 ms would be 1000.000 ms.
        let thousandths = nanos % unit * 1_000 / unit;
        write!(f, "{}.{thousandths:03} {name}", nanos / unit)
    }
}

/// A moment on a runtime's clock, in seconds: `2.000 s`, or `2.000105 s` where the
/// microseconds matter.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Moment(pub(crate) Nanos);

impl Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(nanos) = *self;
        let (seconds, micros) = (nanos / 1_000_000_000, nanos % 1_000_000_000 / 1_000);
        match micros % 1_000 {
            0 => write!(f, "{seconds}.{:03} s", micros / 1_000),
            _ => write!(f, "{seconds}.{micros:06} s"),
        }
    }
}

/// A count, with a comma between each three digits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Count(pub(crate) u64);

impl Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.0.to_string();
        for (index, digit) in digits.chars().enumerate() {
            if index > 0 && (digits.len() - index).is_multiple_of(3) {
                f.write_str(",")?;
            }
            write!(f, "{digit}")?;
        }
        Ok(())
    }
}

/// A place in the program's source.
pub(crate) fn site(at: &Location<'_>) -> impl Display {
    format!("{}:{}:{}", at.file(), at.line(), at.column())
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAIN: u64 = 0;

    fn task(count: u64) -> Id {
        Id::of_runtime(3, count)
    }

    fn spawned(count: u64, name: Option<&str>) -> Record {
        let event = Event::Spawned {
            task: task(count),
            by: Cause::Outside,
            at: Location::caller(),
            name: name.map(|name| Arc::new(name.to_owned())),
        };
        Record { at: 0, event }
    }

    fn ended(count: u64) -> Record {
        let event = Event::PollEnded {
            task: task(count),
            outcome: Outcome::Ready,
            requeued: false,
        };
        Record { at: 0, event }
    }

    #[test]
    fn tasks_are_called_by_number_and_name_and_main_by_what_it_is() {
        let mut names = Names::default();
        names.learn(&spawned(4, Some("other\nwork")));
        names.learn(&spawned(5, None));
        let called = |count| names.task(task(count)).to_string();
        assert_eq!(called(4), r"#4 'other\nwork'");
        assert_eq!(called(5), "#5");
        assert_eq!(called(MAIN), "#0 (block_on)");
        let job = crate::record::ids::SharedIds::of_runtime(3).next_job();
        assert_eq!(names.task(job).to_string(), "job j1");
    }

    #[test]
    fn a_name_outlives_its_task_by_a_while() {
        let mut names = Names::default();
        for count in 1..=ENDED as u64 + 1 {
            names.learn(&spawned(count, Some("guest")));
            names.forget(&ended(count));
        }
        assert_eq!(names.task(task(1)).to_string(), "#1");
        assert_eq!(names.task(task(2)).to_string(), "#2 'guest'");
        assert_eq!(names.tasks.len(), ENDED);
    }

    #[test]
    fn waits_and_causes_in_words() {
        let mut names = Names::default();
        let (timer, source) = (TimerId(2), SourceId(7));
        let armed = Event::TimerArmed {
            timer,
            deadline: 2_000_000_000,
            by: Cause::Outside,
        };
        names.learn(&Record {
            at: 0,
            event: armed,
        });
        let wait = |on| names.wait(on).to_string();
        assert_eq!(wait(WaitsOn::Timer(timer)), "timer 2 (due at 2.000 s)");
        assert_eq!(wait(WaitsOn::Timer(TimerId(3))), "timer 3");
        assert_eq!(
            wait(WaitsOn::Source(source, Direction::Write)),
            "source 7 to be writable"
        );
        assert_eq!(wait(WaitsOn::Handle(task(5))), "#5 to end");
        let known = Known::default();
        let cause = |cause| names.cause(cause, &known).to_string();
        assert_eq!(cause(Cause::Task(task(MAIN))), "#0 (block_on)");
        assert_eq!(
            cause(Cause::Source(source, Direction::Read)),
            "source 7, readable"
        );
        assert_eq!(cause(Cause::Timer(timer)), "timer 2");
        assert_eq!(cause(Cause::Outside), "the program, outside its tasks");
    }

    #[test]
    fn spans_are_cut_after_three_digits_of_the_unit_that_fits() {
        for (nanos, text) in [
            (0, "0 s"),
            (999, "999 ns"),
            (1_000, "1.000 µs"),
            (999_999, "999.999 µs"),
            (30_000_000, "30.000 ms"),
            (999_999_999, "999.999 ms"),
            (3_601_250_000_000, "3601.250 s"),
        ] {
            assert_eq!(Span(nanos).to_string(), text);
        }
    }

    #[test]
    fn moments_are_in_seconds_with_as_many_digits_as_matter() {
        for (nanos, text) in [
            (0, "0.000 s"),
            (999, "0.000 s"),
            (210_798, "0.000210 s"),
            (400_000_000, "0.400 s"),
            (3_601_000_105_000, "3601.000105 s"),
        ] {
            assert_eq!(Moment(nanos).to_string(), text);
        }
    }

    #[test]
    fn counts_have_a_comma_between_each_three_digits() {
        for (count, text) in [
            (0, "0"),
            (999, "999"),
            (1_000, "1,000"),
            (262_144, "262,144"),
            (1_000_000, "1,000,000"),
        ] {
            assert_eq!(Count(count).to_string(), text);
        }
    }
}
