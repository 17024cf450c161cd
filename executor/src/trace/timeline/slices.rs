//! The slices that are open.
//!
//! Owns how the slices of a lane nest: what is ended ends what is open within it
//! first, and nothing begins that is not ended.

use std::fmt;

use super::draw::{Drawing, Mark, Words};
use super::events::Args;
use super::lanes::{LOOP, Lane};
use crate::record::event::{Event, Outcome, ParkedUntil, Phase};
use crate::record::ids::Id;
use crate::record::time::Nanos;
use crate::trace::json::Quoted;
use crate::trace::names::{Count, Span, of_program};

/// How wide a mark is if nothing else happens.
const MARK: Nanos = 1_000;

/// So many of the things that a task waits for are named. One that waits for ten
/// thousand others is polled as many times.
const WAITS: usize = 10;

/// What is said of a slice that begins or ends where nothing was recorded of it.
const BEFORE: &str = "before the oldest event that was kept";
const AFTER: &str = "not before the end of the recording";

impl<'a> Drawing<'a, '_, '_> {
    pub(super) fn begin_mark(&mut self, lane: Lane, of: &'a Event, args: Args<'_>) -> fmt::Result {
        let began = self.at;
        self.mark = Some(Mark { lane, began, of });
        let name = Words {
            event: of,
            plan: self.plan,
            recording: self.recording,
        };
        self.events.begin(lane, began, name, args)
    }

    /// Before the next record is drawn, so that nothing begins within it.
    pub(super) fn end_mark(&mut self) -> fmt::Result {
        let Some(mark) = self.mark.take() else {
            return Ok(());
        };
        let name = Words {
            event: mark.of,
            plan: self.plan,
            recording: self.recording,
        };
        let end = self
            .at
            .min(mark.began.saturating_add(MARK.max(self.axis.step)));
        self.events.end(mark.lane, end, name, &[])
    }

    pub(super) fn begin_turn(&mut self, number: u64) -> fmt::Result {
        self.turn = Some(number);
        self.events
            .begin(LOOP, self.at, format_args!("turn {number}"), &[])
    }

    pub(super) fn end_turn(&mut self) -> fmt::Result {
        self.end_phase()?;
        match self.turn.take() {
            Some(number) => self
                .events
                .end(LOOP, self.at, format_args!("turn {number}"), &[]),
            None => Ok(()),
        }
    }

    pub(super) fn begin_phase(&mut self, phase: Phase) -> fmt::Result {
        self.phase = Some(phase);
        self.events.begin(LOOP, self.at, phase_name(phase), &[])
    }

    pub(super) fn end_phase(&mut self) -> fmt::Result {
        self.end_park(None)?;
        match self.phase.take() {
            Some(phase) => self.events.end(LOOP, self.at, phase_name(phase), &[]),
            None => Ok(()),
        }
    }

    pub(super) fn begin_park(&mut self, until: ParkedUntil) -> fmt::Result {
        self.parked = Some(until);
        let name = park_name(until);
        match until {
            ParkedUntil::Deadline(deadline) => {
                let args: Args<'_> = &[("until", &Quoted(Span(deadline)))];
                self.events.begin(LOOP, self.at, name, args)
            }
            ParkedUntil::Look | ParkedUntil::ForEver => self.events.begin(LOOP, self.at, name, &[]),
        }
    }

    /// `None` if it has not ended.
    pub(super) fn end_park(&mut self, brought: Option<usize>) -> fmt::Result {
        let Some(until) = self.parked.take() else {
            return Ok(());
        };
        let name = park_name(until);
        match brought {
            Some(events) => self.events.end(LOOP, self.at, name, &[("events", &events)]),
            None => self.events.end(LOOP, self.at, name, &[]),
        }
    }

    /// Gives back the task's lane.
    pub(super) fn begin_poll(&mut self, task: Id, began: Option<&str>) -> Result<Lane, fmt::Error> {
        self.poll = Some(task);
        let names = &self.plan.names;
        let lane = self.plan.lanes.task(task);
        let id = Quoted(task);
        let given = names.given(task).map(Quoted);
        let at = match task.is_main() {
            true => self.main_at,
            false => names.spawned_at(task),
        };
        let at = at.map(Quoted);
        let began = began.map(Quoted);
        let mut args: Vec<(&str, &dyn fmt::Display)> = vec![("task", &id)];
        if let Some(given) = &given {
            args.push(("name", given));
        }
        if let Some(at) = &at {
            args.push(("spawned_at", at));
        }
        if let Some(turn) = &self.turn {
            args.push(("turn", turn));
        }
        if let Some(began) = &began {
            args.push(("began", began));
        }
        self.events.begin(lane, self.at, names.task(task), &args)?;
        Ok(lane)
    }

    /// `None` if it has not ended.
    pub(super) fn end_poll(&mut self, how: Option<(Outcome, bool)>) -> fmt::Result {
        let Some(task) = self.poll.take() else {
            return Ok(());
        };
        let names = &self.plan.names;
        let lane = self.plan.lanes.task(task);
        let name = names.task(task);
        let Some((outcome, requeued)) = how else {
            let args: Args<'_> = &[("ended", &Quoted(AFTER))];
            return self.events.end(lane, self.at, name, args);
        };
        let many = self.waits.of(task).len();
        let waits = fmt::from_fn(|f| {
            for (index, on) in self.waits.of(task).take(WAITS).enumerate() {
                let comma = if index > 0 { "; " } else { "" };
                write!(f, "{comma}{}", names.wait(on))?;
            }
            match many.saturating_sub(WAITS) {
                0 => Ok(()),
                more => write!(f, "; and {} more", Count(more as u64)),
            }
        });
        let (outcome_said, waits) = (Quoted(outcome_name(outcome)), Quoted(waits));
        let mut args: Vec<(&str, &dyn fmt::Display)> = vec![("outcome", &outcome_said)];
        if outcome == Outcome::Pending {
            args.push(("queued_again", &requeued));
            if many > 0 {
                args.push(("waits_for", &waits));
            }
        }
        self.events.end(lane, self.at, name, &args)
    }

    /// Gives back the worker's lane.
    pub(super) fn begin_job(
        &mut self,
        job: Id,
        worker: u64,
        began: Option<&str>,
    ) -> Result<Lane, fmt::Error> {
        self.jobs.insert(worker, job);
        let names = &self.plan.names;
        let lane = self.plan.lanes.worker(worker);
        let at = names.spawned_at(job).filter(|at| of_program(at));
        let at = at.map(Quoted);
        let began = began.map(Quoted);
        let mut args: Vec<(&str, &dyn fmt::Display)> = Vec::new();
        if let Some(at) = &at {
            args.push(("spawned_at", at));
        }
        if let Some(began) = &began {
            args.push(("began", began));
        }
        self.events.begin(lane, self.at, names.task(job), &args)?;
        Ok(lane)
    }

    /// `None` if it has not ended.
    pub(super) fn end_job(&mut self, worker: u64, how: Option<Outcome>) -> fmt::Result {
        let Some(job) = self.jobs.remove(&worker) else {
            return Ok(());
        };
        let lane = self.plan.lanes.worker(worker);
        let name = self.plan.names.task(job);
        match how {
            Some(outcome) => {
                let args: Args<'_> = &[("outcome", &Quoted(outcome_name(outcome)))];
                self.events.end(lane, self.at, name, args)
            }
            None => self
                .events
                .end(lane, self.at, name, &[("ended", &Quoted(AFTER))]),
        }
    }

    pub(super) fn begin_what_was_open(&mut self) -> fmt::Result {
        if let Some(task) = self.plan.open.poll {
            self.begin_poll(task, Some(BEFORE))?;
        }
        for (job, worker) in &self.plan.open.jobs {
            self.begin_job(*job, *worker, Some(BEFORE))?;
        }
        Ok(())
    }

    pub(super) fn end_all(&mut self) -> fmt::Result {
        self.end_poll(None)?;
        self.end_turn()?;
        let mut workers: Vec<_> = self.jobs.keys().copied().collect();
        workers.sort();
        for worker in workers {
            self.end_job(worker, None)?;
        }
        Ok(())
    }
}

fn phase_name(phase: Phase) -> &'static str {
    match phase {
        Phase::Run => "run",
        Phase::Inject => "inject",
        Phase::Park => "park",
        Phase::React => "react",
        Phase::Expire => "expire",
    }
}

fn park_name(until: ParkedUntil) -> &'static str {
    match until {
        ParkedUntil::Look => "looks for events",
        ParkedUntil::Deadline(_) => "sleeps until a deadline",
        ParkedUntil::ForEver => "sleeps until something happens",
    }
}

fn outcome_name(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Pending => "pending",
        Outcome::Ready => "ready",
        Outcome::Panicked => "panicked",
        Outcome::Cancelled => "cancelled",
    }
}
