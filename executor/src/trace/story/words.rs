//! What a line of the story says.
//!
//! Owns the words for each event. Used by the teller in `mod.rs`, which has what they
//! depend on.

use std::collections::BTreeSet;
use std::fmt::{self, Display, Formatter};
use std::panic::Location;

use crate::machine::reactor::child_of;
use crate::record::Known;
use crate::record::event::{Cause, Event, Outcome, ParkedUntil, Phase, Record, WakeEffect};
use crate::record::ids::{Direction, Id};
use crate::record::time::Nanos;
use crate::trace::names::{Count, Moment, Names, Span, is_told, of_program};
use crate::trace::waits::Waits;

/// So many of the things that one task waits for are told: a `gather` may wait for
/// thousands.
const WAITS: usize = 4;

/// Why nothing comes of a wake or an abort.
const TOO_LATE: &str = "too late, the runtime ends";

/// What the words of an event depend on.
pub(super) struct Words<'a> {
    pub(super) names: &'a Names,
    pub(super) known: &'a Known,
    /// Those whose spawn has not been told.
    pub(super) strangers: &'a BTreeSet<Id>,
    /// Those of which the next poll is the last.
    pub(super) aborted: &'a BTreeSet<Id>,
    /// Whether no loop goes round any more.
    pub(super) ended: bool,
    /// Whether the runtime ends: nobody who is queued will be polled.
    pub(super) ending: bool,
    pub(super) polled: Option<Id>,
    pub(super) waits: &'a Waits,
    /// Since when the loop is parked, and until when it may be.
    pub(super) parked: Option<(Nanos, ParkedUntil)>,
}

pub(super) fn phase(phase: Phase) -> &'static str {
    match phase {
        Phase::Run => "run",
        Phase::Inject => "inject",
        Phase::Park => "park",
        Phase::React => "react",
        Phase::Expire => "expire",
    }
}

fn able(direction: Direction) -> &'static str {
    match direction {
        Direction::Read => "readable",
        Direction::Write => "writable",
    }
}

fn place(at: &'static Location<'static>) -> impl Display {
    fmt::from_fn(move |f| write!(f, "{}:{}", at.file(), at.line()))
}

/// Where a job comes from.
fn from_program(at: &'static Location<'static>) -> impl Display {
    fmt::from_fn(move |f| match of_program(at) {
        true => write!(f, ", from {}", place(at)),
        false => Ok(()),
    })
}

impl Words<'_> {
    pub(super) fn of(&self, record: &Record) -> impl Display {
        fmt::from_fn(move |f| self.tell(record, f))
    }

    fn tell(&self, Record { at, event }: &Record, f: &mut Formatter<'_>) -> fmt::Result {
        let names = self.names;
        match event {
            Event::Turn { number } => write!(f, "turn {number}"),
            Event::Phase(phase) => f.write_str(self::phase(*phase)),
            Event::MainStarted { at } => {
                let place = place(at);
                write!(f, "block_on is called at {place}: its future is task #0")
            }
            Event::Spawned { task, by, at, .. } => {
                let (doer, given) = (self.doer(*by), names.given(*task));
                write!(f, "{doer}spawns {}", names.task(*task))?;
                if is_told(given, at) {
                    write!(f, " at {}", place(at))?;
                }
                f.write_str(": queued")
            }
            Event::PollBegan { task } => {
                names.task(*task).fmt(f)?;
                if self.strangers.contains(task)
                    && let Some(at) = names.spawned_at(*task)
                {
                    write!(f, " (spawned at {})", place(at))?;
                }
                f.write_str(match self.aborted.contains(task) {
                    true => " has its last turn",
                    // Only the end of the runtime touches tasks outside a turn.
                    false if self.ended => " is left when the runtime ends",
                    false => " is polled",
                })
            }
            Event::PollEnded {
                task,
                outcome,
                requeued,
            } => self.poll_ended(*task, *outcome, *requeued, f),
            Event::Woken {
                task,
                cause,
                effect,
            } => {
                write!(f, "{}wakes ", self.doer(*cause))?;
                self.woken(*task, *effect, f)
            }
            Event::Aborted { task, by, queued } => {
                let (doer, task) = (self.doer(*by), names.task(*task));
                match queued {
                    _ if self.ending => write!(f, "{doer}aborts {task}: {TOO_LATE}"),
                    true => write!(f, "{doer}aborts {task}: queued for its last turn"),
                    false => write!(f, "{doer}aborts {task}: its next turn is its last"),
                }
            }
            Event::Waits { task, on } => {
                write!(f, "{} waits for {}", names.task(*task), names.wait(*on))
            }
            Event::WaitDropped { on } => write!(f, "no longer waits for {}", names.wait(*on)),
            Event::Parked { until } => match until {
                ParkedUntil::Look => f.write_str("looks for events"),
                ParkedUntil::Deadline(until) => {
                    write!(f, "nothing to do until {}: the loop sleeps", Moment(*until))
                }
                ParkedUntil::ForEver => {
                    f.write_str("nothing to do until something happens: the loop sleeps")
                }
            },
            Event::Unparked { events } => self.unparked(*at, *events, f),
            Event::ClockJumped { from } => {
                let (now, jumped) = (Moment(*at), Span(at.saturating_sub(*from)));
                match self.polled {
                    Some(_) => write!(f, "moves the paused clock on by {jumped}, to {now}"),
                    None => write!(
                        f,
                        "nothing to do until {now}: the paused clock jumps {jumped}"
                    ),
                }
            }
            Event::SourceRegistered {
                source,
                fd,
                read,
                write,
            } => {
                let purpose = match (read, write) {
                    (true, true) => "reading and writing",
                    (false, true) => "writing",
                    (_, false) => "reading",
                };
                match child_of(*fd) {
                    Some(child) => write!(f, "registers source {source}: child {child}")?,
                    None => write!(f, "registers source {source}: descriptor {fd}")?,
                }
                write!(f, ", for {purpose}")
            }
            Event::SourceReady { source, direction } => {
                write!(f, "source {source} is {}", able(*direction))
            }
            Event::SourceCleared { source, direction } => match direction {
                Direction::Read => write!(f, "source {source} has nothing to read now"),
                Direction::Write => write!(f, "source {source} has no room to write now"),
            },
            Event::SourceClosed { source } => write!(f, "closes source {source}"),
            Event::TimerArmed {
                timer,
                deadline,
                by,
            } => {
                let (doer, due) = (self.doer(*by), Moment(*deadline));
                write!(f, "{doer}arms timer {timer}, due at {due}")
            }
            Event::TimerFired { timer } => write!(f, "timer {timer} is due"),
            Event::TimerDropped { timer } => write!(f, "disarms timer {timer}"),
            Event::JobQueued { job, by, at } => {
                let (doer, job) = (self.doer(*by), names.task(*job));
                write!(f, "{doer}gives {job} to the pool{}", from_program(at))
            }
            Event::JobStarted { job, worker } => {
                write!(f, "worker {worker} began {}", names.task(*job))
            }
            Event::JobFinished {
                job,
                worker,
                outcome,
            } => {
                let job = names.task(*job);
                match outcome {
                    Outcome::Panicked => write!(f, "{job} panicked on worker {worker}"),
                    _ => write!(f, "worker {worker} has done {job}"),
                }
            }
            Event::JobCancelled { job } => {
                write!(f, "{} is cancelled: it will not run", names.task(*job))
            }
            Event::FileOp { by, at_once } => {
                let doer = self.doer(*by);
                match at_once {
                    true => write!(f, "{doer}does a file operation at once: it needs no wait"),
                    false => write!(f, "{doer}sends a file operation to the pool"),
                }
            }
            Event::SyncMet { sync, at, .. } => {
                write!(f, "{} is used", names.sync(*sync))?;
                match at {
                    Some(at) => write!(f, ", made at {}", place(at)),
                    None => f.write_str(", of a static"),
                }
            }
            Event::SyncStepped { sync, step } => {
                if self.polled.is_none() {
                    f.write_str("the program, outside its tasks, ")?;
                }
                names.step(*sync, *step).fmt(f)
            }
            Event::InContext { task, .. } => {
                write!(f, "{} has that of its spawner", names.task(*task))
            }
            Event::SyncGone { sync } => write!(f, "drops {}", names.sync(*sync)),
        }
    }

    /// Words for two events of which the second follows from the first. They are
    /// empty if that is nothing: of parks, only a mere look is told so.
    pub(super) fn of_both(&self, first: &Record, second: &Record) -> Option<String> {
        match (&first.event, &second.event) {
            (
                cause,
                Event::Woken {
                    task,
                    cause: of,
                    effect,
                },
            ) if is_cause(cause, *of) => {
                let woken = fmt::from_fn(|f| self.woken(*task, *effect, f));
                Some(format!("{} -> wakes {woken}", self.of(first)))
            }
            (Event::FileOp { by, .. }, Event::JobQueued { job, at, .. }) => {
                let (doer, job) = (self.doer(*by), self.names.task(*job));
                let from = from_program(at);
                Some(format!(
                    "{doer}sends a file operation to the pool: {job}{from}"
                ))
            }
            (Event::Parked { .. }, Event::Unparked { events: 0 }) => Some(String::new()),
            (Event::Parked { .. }, Event::Unparked { events }) => {
                Some(format!("a look: {}", Events(*events)))
            }
            _ => None,
        }
    }

    /// Who does it, as a line's beginning: empty for the task whose poll it is.
    fn doer(&self, cause: Cause) -> impl Display {
        fmt::from_fn(move |f| match cause {
            Cause::Task(task) if self.polled == Some(task) => Ok(()),
            // These have a comma in them, so that they need one after them.
            Cause::Source(..) | Cause::Outside => {
                write!(f, "{}, ", self.names.cause(cause, self.known))
            }
            _ => write!(f, "{} ", self.names.cause(cause, self.known)),
        })
    }

    fn woken(&self, task: Id, effect: WakeEffect, f: &mut Formatter<'_>) -> fmt::Result {
        match self.polled == Some(task) {
            true => f.write_str("itself")?,
            false => self.names.task(task).fmt(f)?,
        }
        f.write_str(": ")?;
        f.write_str(match effect {
            WakeEffect::Queued if self.ending => TOO_LATE,
            WakeEffect::Queued => "queued",
            WakeEffect::AfterPoll => "to be queued after this poll",
            WakeEffect::Nothing => "woken already, or ended",
        })
    }

    fn poll_ended(
        &self,
        task: Id,
        outcome: Outcome,
        requeued: bool,
        f: &mut Formatter<'_>,
    ) -> fmt::Result {
        match outcome {
            Outcome::Pending if requeued => f.write_str("pending, and queued again"),
            Outcome::Pending => {
                f.write_str("pending: waits ")?;
                self.waits_of(task, f)
            }
            Outcome::Ready if task.is_main() => f.write_str("ready: block_on returns"),
            Outcome::Ready => f.write_str("ready: it has ended"),
            Outcome::Panicked if task.is_main() => f.write_str("panicked: so does block_on"),
            Outcome::Panicked => f.write_str("panicked: it has ended"),
            Outcome::Cancelled => f.write_str("cancelled: its future is dropped"),
        }
    }

    fn waits_of(&self, task: Id, f: &mut Formatter<'_>) -> fmt::Result {
        let waits = self.waits.of(task);
        let more = waits.len().saturating_sub(WAITS);
        let last = waits.len().min(WAITS) + usize::from(more > 0);
        for (index, on) in waits.take(WAITS).enumerate() {
            f.write_str(joint(index + 1, last))?;
            self.names.wait(on).fmt(f)?;
        }
        match last {
            0 => f.write_str("until something wakes it"),
            last if more > 0 => write!(f, "{}{} more", joint(last, last), Count(more as u64)),
            _ => Ok(()),
        }
    }

    fn unparked(&self, at: Nanos, events: usize, f: &mut Formatter<'_>) -> fmt::Result {
        let Some((since, until)) = self.parked else {
            return write!(f, "awake: {}", Events(events));
        };
        if until == ParkedUntil::Look {
            return match events {
                0 => f.write_str("a look: no source has an event"),
                _ => write!(f, "a look: {}", Events(events)),
            };
        }
        let slept = Span(at.saturating_sub(since));
        write!(f, "slept {slept}: ")?;
        match until {
            _ if events > 0 => Events(events).fmt(f),
            ParkedUntil::Deadline(until) if at >= until => f.write_str("the time has come"),
            _ => f.write_str("another thread has sent something, or a signal has come"),
        }
    }
}

/// What stands before the `place`-th of a list: for a, b and c.
fn joint(place: usize, last: usize) -> &'static str {
    match place {
        1 => "for ",
        _ if place == last => " and ",
        _ => ", ",
    }
}

/// So many events of sources.
struct Events(usize);

impl Display for Events {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.0 {
            1 => f.write_str("1 source has an event"),
            more => write!(f, "{more} sources have events"),
        }
    }
}

/// Whether `cause` is the event.
fn is_cause(event: &Event, cause: Cause) -> bool {
    match (event, cause) {
        (Event::PollEnded { task, .. }, Cause::Task(cause)) => *task == cause,
        (Event::TimerFired { timer }, Cause::Timer(cause)) => *timer == cause,
        (Event::SourceReady { source, direction }, Cause::Source(cause, side)) => {
            (*source, *direction) == (cause, side)
        }
        (Event::JobFinished { job, .. }, Cause::Job(cause)) => *job == cause,
        _ => false,
    }
}
