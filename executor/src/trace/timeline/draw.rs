//! From records to slices, instants and arrows.
//!
//! Owns what each event becomes, in which order. What is open on the lanes is in
//! `slices.rs`.

use std::collections::HashMap;
use std::fmt::{self, Display};
use std::panic::Location;

use super::axis::Axis;
use super::events::{Args, Events};
use super::lanes::{LOOP, Lane};
use super::plan::{Cursor, Plan};
use super::queue::Queue;
use crate::machine::reactor::child_of;
use crate::record::event::{Cause, Event, Outcome, ParkedUntil, Phase, Record, WakeEffect};
use crate::record::ids::Id;
use crate::record::time::Nanos;
use crate::trace::Recording;
use crate::trace::json::Quoted;
use crate::trace::names::{Span, of_program};
use crate::trace::waits::Waits;

pub(super) struct Drawing<'a, 'f, 'o> {
    pub(super) recording: &'a Recording,
    pub(super) plan: &'a Plan<'a>,
    pub(super) axis: Axis,
    pub(super) events: Events<'f, 'o>,
    /// Where the record stands that is drawn.
    pub(super) at: Nanos,
    /// What is open on the loop's lane, from the outside in.
    pub(super) turn: Option<u64>,
    pub(super) phase: Option<Phase>,
    pub(super) parked: Option<ParkedUntil>,
    /// What is open elsewhere; the jobs by their worker.
    pub(super) poll: Option<Id>,
    pub(super) jobs: HashMap<u64, Id>,
    pub(super) mark: Option<Mark<'a>>,
    pub(super) waits: Waits,
    queue: Queue,
    /// Where `block_on` was called last.
    pub(super) main_at: Option<&'static Location<'static>>,
    leaving: Cursor,
    arriving: Cursor,
}

/// A slice of what has no length, such as a timer's firing: an arrow must begin and
/// end in a slice.
pub(super) struct Mark<'a> {
    pub(super) lane: Lane,
    pub(super) began: Nanos,
    pub(super) of: &'a Event,
}

impl<'a, 'f, 'o> Drawing<'a, 'f, 'o> {
    pub(super) fn new(
        recording: &'a Recording,
        plan: &'a Plan<'a>,
        axis: Axis,
        events: Events<'f, 'o>,
    ) -> Self {
        Self {
            recording,
            plan,
            axis,
            events,
            at: 0,
            turn: None,
            phase: None,
            parked: None,
            poll: None,
            jobs: HashMap::new(),
            mark: None,
            waits: Waits::default(),
            queue: Queue::new(recording.dropped() == 0),
            main_at: None,
            leaving: plan.leaving(),
            arriving: plan.arriving(),
        }
    }

    pub(super) fn draw(mut self) -> fmt::Result {
        let records = self.plan.records;
        let (Some(first), Some(last)) = (records.first(), records.last()) else {
            return Ok(());
        };
        if self.plan.open.is_something() {
            self.go_to(first)?;
            self.begin_what_was_open()?;
        }
        for (place, record) in records.iter().enumerate() {
            self.go_to(record)?;
            self.waits.follow(record);
            self.event(place, &record.event)?;
            self.count_queued(place, &record.event)?;
        }
        self.go_to(last)?;
        self.end_all()
    }

    /// As of this record: sampled now and then it would lag, and show tasks as queued
    /// while all sleep.
    fn count_queued(&mut self, place: usize, event: &Event) -> fmt::Result {
        if self.recording.known.end() == Some(place) {
            self.queue.runtime_ends();
        }
        self.queue.follow(event);
        match self.queue.changed() {
            Some(length) => self
                .events
                .counter(self.at, "run queue", "tasks", length as u64),
            None => Ok(()),
        }
    }

    fn go_to(&mut self, record: &Record) -> fmt::Result {
        self.at = self.axis.place(record.at);
        self.end_mark()?;
        if self.axis.is_virtual() {
            self.events.say_time(record.at);
        }
        Ok(())
    }

    fn event(&mut self, place: usize, event: &'a Event) -> fmt::Result {
        match event {
            Event::Turn { number } => {
                self.end_turn()?;
                self.begin_turn(*number)?;
            }
            Event::Phase(phase) => {
                self.end_phase()?;
                self.begin_phase(*phase)?;
            }
            Event::Parked { until } => self.begin_park(*until)?,
            Event::Unparked { events } => self.end_park(Some(*events))?,
            Event::MainStarted { at } => {
                self.end_turn()?;
                self.main_at = Some(at);
                self.begin_mark(LOOP, event, &[("called_at", &Quoted(at))])?;
                self.leave(place, LOOP)?;
            }
            Event::Spawned { by, at, .. } => {
                self.by(place, *by, event, &[("spawned_at", &Quoted(at))])?;
            }
            Event::JobQueued { by, at, .. } => match of_program(at) {
                true => self.by(place, *by, event, &[("spawned_at", &Quoted(at))])?,
                false => self.by(place, *by, event, &[])?,
            },
            Event::Aborted { by, .. } => self.by(place, *by, event, &[])?,
            Event::Woken { cause, effect, .. } => {
                // If its arrow begins elsewhere, at a timer's firing say, that is told.
                let is_told = *effect != WakeEffect::Nothing && !self.leaving.is_at(place);
                if !is_told {
                    self.by(place, *cause, event, &[])?;
                }
            }
            Event::PollBegan { task } => {
                let lane = self.begin_poll(*task, None)?;
                self.arrive(place, lane)?;
            }
            Event::PollEnded {
                task,
                outcome,
                requeued,
            } => {
                self.end_poll(Some((*outcome, *requeued)))?;
                if task.is_main() && *outcome != Outcome::Pending {
                    self.end_turn()?;
                }
            }
            Event::TimerFired { .. } => {
                self.begin_mark(LOOP, event, &[])?;
                self.leave(place, LOOP)?;
            }
            Event::SourceReady { source, .. } => {
                match self.plan.names.descriptor(*source) {
                    Some(fd) => self.begin_mark(LOOP, event, &[("fd", &fd)])?,
                    None => self.begin_mark(LOOP, event, &[])?,
                }
                self.leave(place, LOOP)?;
            }
            Event::JobStarted { job, worker } => {
                let lane = self.begin_job(*job, *worker, None)?;
                self.arrive(place, lane)?;
            }
            Event::JobFinished {
                worker, outcome, ..
            } => {
                self.leave(place, self.plan.lanes.worker(*worker))?;
                self.end_job(*worker, Some(*outcome))?;
            }
            Event::TimerArmed { deadline, .. } => {
                self.instant(self.here(), event, &[("due_at", &Quoted(Span(*deadline)))])?;
            }
            Event::SourceRegistered { read, write, .. } => {
                self.instant(self.here(), event, &[("read", read), ("write", write)])?;
            }
            Event::SyncStepped { .. } | Event::SyncMet { at: None, .. } => {
                self.instant(self.here(), event, &[])?;
            }
            Event::SyncMet { at: Some(at), .. } => {
                self.instant(self.here(), event, &[("made_at", &Quoted(at))])?;
            }
            Event::TimerDropped { .. }
            | Event::SourceClosed { .. }
            | Event::JobCancelled { .. }
            | Event::FileOp { .. } => self.instant(self.here(), event, &[])?,
            Event::ClockJumped { from } => self.jump(*from)?,
            // Told at the end of the poll.
            Event::Waits { .. } | Event::WaitDropped { .. } => {}
            Event::SourceCleared { .. } | Event::SyncGone { .. } | Event::InContext { .. } => {}
        }
        Ok(())
    }

    /// Draws what somebody did, where they did it, and the arrows that it causes.
    fn by(&mut self, place: usize, who: Cause, event: &'a Event, args: Args<'_>) -> fmt::Result {
        let lanes = &self.plan.lanes;
        let (lane, is_busy) = match who {
            Cause::Task(task) => (lanes.task(task), self.poll == Some(task)),
            Cause::Job(job) => match self.jobs.iter().find(|(_, running)| **running == job) {
                Some((worker, _)) => (lanes.worker(*worker), true),
                None => (LOOP, false),
            },
            Cause::Thread(_) => (lanes.threads(), false),
            Cause::Source(..) | Cause::Timer(_) | Cause::Outside => (LOOP, false),
        };
        match is_busy {
            true => self.instant(lane, event, args)?,
            // An arrow must begin in a slice.
            false => self.begin_mark(lane, event, args)?,
        }
        self.leave(place, lane)
    }

    fn leave(&mut self, place: usize, lane: Lane) -> fmt::Result {
        while let Some(arrow) = self.leaving.next_at(place) {
            self.events.arrow_begins(lane, self.at, arrow)?;
        }
        Ok(())
    }

    fn arrive(&mut self, place: usize, lane: Lane) -> fmt::Result {
        while let Some(arrow) = self.arriving.next_at(place) {
            self.events.arrow_ends(lane, self.at, arrow)?;
        }
        Ok(())
    }

    /// A jump of a paused clock is as wide as it is far.
    fn jump(&mut self, from: Nanos) -> fmt::Result {
        let name = "the clock jumps";
        let args: Args<'_> = &[("from", &Quoted(Span(from)))];
        match from.max(self.events.last()) {
            began if began < self.at => {
                self.events.begin(LOOP, began, name, args)?;
                self.events.end(LOOP, self.at, name, &[])
            }
            _ => self.events.instant(LOOP, self.at, name, args),
        }
    }

    /// The lane of who is running.
    fn here(&self) -> Lane {
        self.poll.map_or(LOOP, |task| self.plan.lanes.task(task))
    }

    fn instant(&mut self, lane: Lane, event: &Event, args: Args<'_>) -> fmt::Result {
        let name = Words {
            event,
            plan: self.plan,
            recording: self.recording,
        };
        self.events.instant(lane, self.at, name, args)
    }
}

/// What an event is called that has no length.
pub(super) struct Words<'a> {
    pub(super) event: &'a Event,
    pub(super) plan: &'a Plan<'a>,
    pub(super) recording: &'a Recording,
}

impl Display for Words<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = &self.plan.names;
        // On a task's own lane, and on the loop's, it goes without saying.
        let by = |f: &mut fmt::Formatter<'_>, cause: Cause| match cause {
            Cause::Task(_) | Cause::Outside => Ok(()),
            other => write!(f, "{} ", names.cause(other, &self.recording.known)),
        };
        match self.event {
            Event::MainStarted { .. } => f.write_str("block_on"),
            Event::Spawned {
                task, by: cause, ..
            } => {
                by(f, *cause)?;
                write!(f, "spawns {}", names.task(*task))
            }
            Event::JobQueued { job, by: cause, .. } => {
                by(f, *cause)?;
                write!(f, "queues {}", names.task(*job))
            }
            Event::Aborted {
                task, by: cause, ..
            } => {
                by(f, *cause)?;
                write!(f, "aborts {}", names.task(*task))
            }
            Event::Woken {
                task,
                cause,
                effect,
            } => {
                by(f, *cause)?;
                match (effect, cause) {
                    (WakeEffect::Nothing, _) => {
                        write!(f, "wakes {}, to no effect", names.task(*task))
                    }
                    (_, Cause::Task(by)) if by == task => f.write_str("wakes itself"),
                    _ => write!(f, "wakes {}", names.task(*task)),
                }
            }
            Event::TimerArmed { timer, .. } => write!(f, "arms timer {timer}"),
            Event::TimerFired { timer } => write!(f, "timer {timer} fires"),
            Event::TimerDropped { timer } => write!(f, "drops timer {timer}"),
            Event::SourceRegistered { source, fd, .. } => match child_of(*fd) {
                Some(child) => write!(f, "registers source {source} (child {child})"),
                None => write!(f, "registers source {source} (fd {fd})"),
            },
            Event::SourceReady { source, direction } => names
                .cause(Cause::Source(*source, *direction), &self.recording.known)
                .fmt(f),
            Event::SourceClosed { source } => write!(f, "closes source {source}"),
            Event::JobCancelled { job } => write!(f, "cancels {}", names.task(*job)),
            Event::FileOp { at_once: true, .. } => f.write_str("file operation, done at once"),
            Event::FileOp { at_once: false, .. } => f.write_str("file operation, sent to the pool"),
            Event::SyncMet { sync, .. } => write!(f, "{} is used", names.sync(*sync)),
            Event::SyncStepped { sync, step } => names.step(*sync, *step).fmt(f),

            // These are slices or not drawn.
            _ => Ok(()),
        }
    }
}
