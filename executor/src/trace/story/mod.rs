//! The story: a recording as plain numbered lines, to be read like a play.
//!
//! Owns what is told, in which order, and how a line looks; the words are in
//! `words.rs`. [`Recording::story`](super::Recording::story) tells what was recorded,
//! `output/told.rs` tells it as it happens; both through a [`Teller`], so that the text is
//! the same.

mod words;

use std::collections::BTreeSet;
use std::fmt::{self, Display, Write};

use super::Recording;
use super::names::{Count, Names};
use super::waits::Waits;
use crate::record::event::{Cause, Event, Outcome, ParkedUntil, Phase, Record};
use crate::record::ids::{Direction, Id, SourceId};
use crate::record::time::Nanos;
use crate::record::{Known, PollOrder};

/// What stands above the lines of a run in the usual order: enough for who has never
/// seen an event loop.
const HEAD: &str = "\
The story of a run. One thread runs all tasks, in a loop: it polls those that
can go on, sleeps when none can, and wakes those for which something has
happened. Each turn of the loop has five phases; what is empty is left out:

  run     poll the queued tasks, the first in first
  inject  take in what other threads have sent
  park    sleep until there is something to do
  react   wake the tasks whose sources are ready
  expire  wake the tasks whose timers are due

To poll a task is to let it run until it is ready, which is its end, or pending:
it has to wait. To wake a task is to queue it for its next poll. Task #0 is the
future given to block_on; those with other numbers were spawned. A job is work
that would hold up the loop, so it goes to a pool of threads, the workers. A
source is a socket or the like, which the kernel watches for the loop.

Each line has the number of its event, which is that of the replay's step. What
is left out has one too, so the numbers skip; of two events that are told in one
line, it is that of the second.
";

const FIRST_IN: &str = "the first in first";

/// What stands above the lines.
pub(super) fn head(order: PollOrder) -> String {
    HEAD.replace(FIRST_IN, in_order(order))
}

/// What is said instead above the lines of one more run of a process, if the head has
/// told of another order.
pub(super) fn another_order(order: PollOrder) -> String {
    let order = in_order(order);
    format!("This run polls the queued tasks, {order}.\n")
}

fn in_order(order: PollOrder) -> &'static str {
    match order {
        PollOrder::FirstIn => FIRST_IN,
        PollOrder::Seeded => "in an order that a seed draws",
        PollOrder::Scripted => "in an order that a test lays down",
    }
}

impl Recording {
    /// The recording as a story: numbered lines that say who did what, when and why,
    /// by turns of the loop. A line's number is that of its event, as that of a step of
    /// [`replay`](Self::replay).
    ///
    /// While the clock is paused the same program has the same story each time, except
    /// for what its blocking jobs do: they run on threads, and end when they end.
    ///
    /// # Examples
    ///
    /// ```
    /// let runtime = buzzer::runtime::Builder::new_current_thread()
    ///     .record(10_000)
    ///     .build()?;
    /// runtime.block_on(async { buzzer::task::yield_now().await });
    /// let story = runtime.recording().story().to_string();
    /// assert!(story.contains("#0 (block_on) is polled"));
    /// assert!(story.contains("wakes itself"));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn story(&self) -> impl Display {
        fmt::from_fn(|f| {
            f.write_str(&head(self.known.order()))?;
            self.tell_to(f)
        })
    }

    /// The same under two lines in the place of the preface: somebody's test has failed,
    /// and what happened is to be seen at once.
    pub(crate) fn story_of_a_failure(&self) -> impl Display {
        fmt::from_fn(|f| {
            f.write_str(&another_order(self.known.order()))?;
            f.write_str("(What the words mean is said above the story of BUZZER_TRACE=story.)\n")?;
            self.tell_to(f)
        })
    }

    fn tell_to(&self, out: &mut dyn Write) -> fmt::Result {
        match self.dropped() {
            0 => {}
            1 => out.write_str("\nThe first event was not kept.\n")?,
            more => writeln!(out, "\nThe first {} events were not kept.", Count(more))?,
        }
        let mut teller = Teller::default();
        for record in self.before() {
            teller.know(record);
        }
        for (place, record) in self.records().iter().enumerate() {
            if self.known.end() == Some(place) {
                teller.runtime_ends();
            }
            teller.tell(record, &self.known, out)?;
        }
        teller.end(out)
    }
}

/// Turns records into lines, each as soon as it can be told.
#[derive(Default)]
pub(super) struct Teller {
    names: Names,
    /// Those of which the reader has not been told where they were spawned.
    strangers: BTreeSet<Id>,
    /// How many events there were.
    events: u64,
    /// Whether a line has been told.
    begun: bool,
    /// The latest time that a line has.
    latest: Nanos,
    /// Whether a `block_on` has ended, and no turn has begun since.
    ended: bool,
    /// Whether the end of the runtime has been announced.
    end_is_next: bool,
    /// Whether what is told is of that end.
    ending: bool,
    /// What stands above the next line.
    heading: Option<Heading>,
    /// The phase, until a line has told of it.
    phase: Option<Phase>,
    /// Who is being polled.
    polled: Option<Id>,
    waits: Waits,
    /// Those of which the next poll is the last.
    aborted: BTreeSet<Id>,
    /// Directions in which a source is known to have nothing.
    drained: BTreeSet<(SourceId, Direction)>,
    /// When the loop went to sleep, and until when it may.
    parked: Option<(Nanos, ParkedUntil)>,
    /// Told together with the record that follows, if that is its consequence; with its
    /// number.
    held: Option<(u64, Record)>,
}

impl Teller {
    /// Takes in a record that is older than the story.
    pub(super) fn know(&mut self, record: &Record) {
        self.names.learn(record);
        if let Event::Spawned { task, .. } = record.event {
            self.strangers.insert(task);
        }
    }

    /// What comes next is of the runtime's end.
    pub(super) fn runtime_ends(&mut self) {
        self.end_is_next = true;
    }

    /// The words for `record` by itself, which is the next; for a view that tells
    /// every event.
    pub(super) fn each(&mut self, record: &Record, known: &Known) -> String {
        self.names.learn(record);
        self.leave_loop();
        let words = self.words(known).of(record).to_string();
        self.after(record);
        words
    }

    /// Tells of `record`, which is the next.
    pub(super) fn tell(
        &mut self,
        record: &Record,
        known: &Known,
        out: &mut dyn Write,
    ) -> fmt::Result {
        self.names.learn(record);
        self.events += 1;
        let number = self.events;
        if let Some((of_held, held)) = self.held.take() {
            let both = self.words(known).of_both(&held, record);
            match both {
                Some(text) => {
                    if !text.is_empty() {
                        self.line(number, record, &text, out)?;
                    }
                    self.after(&held);
                    self.after(record);
                    return Ok(());
                }
                None => self.tell_one(of_held, &held, known, out)?,
            }
        }
        self.leave_loop();
        if is_held(&record.event) {
            self.held = Some((number, record.clone()));
            return Ok(());
        }
        self.tell_one(number, record, known, out)
    }

    /// Tells what was held back for a record that will not come, or not soon. The
    /// beginning of a look is no news.
    pub(super) fn end(&mut self, out: &mut dyn Write) -> fmt::Result {
        match self
            .held
            .take_if(|(_, held)| !matches!(held.event, Event::Parked { .. }))
        {
            // No thread is named in what is held.
            Some((number, held)) => self.tell_one(number, &held, &Known::default(), out),
            None => Ok(()),
        }
    }

    fn tell_one(
        &mut self,
        number: u64,
        record: &Record,
        known: &Known,
        out: &mut dyn Write,
    ) -> fmt::Result {
        let untold = match record.event {
            Event::Turn { .. } | Event::Phase(_) | Event::SyncGone { .. } => true,
            Event::Waits { task, .. } => self.polled == Some(task),
            // Once is enough.
            Event::SourceCleared { source, direction } => {
                self.drained.contains(&(source, direction))
            }
            _ => false,
        };
        if !untold {
            let text = self.words(known).of(record).to_string();
            self.line(number, record, &text, out)?;
        }
        self.after(record);
        Ok(())
    }

    /// If the runtime has begun to end: what was held back is told by now.
    fn leave_loop(&mut self) {
        if !std::mem::take(&mut self.end_is_next) {
            return;
        }
        self.ending = true;
        if !self.ended {
            self.end_loop();
        }
    }

    fn end_loop(&mut self) {
        self.ended = true;
        self.heading = Some(Heading::Outside);
        self.phase = None;
    }

    /// What is so from here on.
    fn after(&mut self, record: &Record) {
        self.names.forget(record);
        self.waits.follow(record);
        match record.event {
            Event::Turn { number } => {
                self.ended = false;
                self.heading = Some(Heading::Turn(number));
                self.phase = None;
            }
            Event::Phase(phase) => self.phase = Some(phase),
            Event::PollBegan { task } => {
                self.polled = Some(task);
                self.strangers.remove(&task);
            }
            Event::Aborted { task, .. } => {
                self.aborted.insert(task);
            }
            Event::PollEnded { task, outcome, .. } => {
                self.polled = None;
                if outcome != Outcome::Pending {
                    self.aborted.remove(&task);
                    if task.is_main() {
                        self.end_loop();
                    }
                }
            }
            Event::SourceCleared { source, direction } => {
                self.drained.insert((source, direction));
            }
            Event::SourceReady { source, direction } => {
                self.drained.remove(&(source, direction));
            }
            Event::SourceClosed { source } => {
                for direction in [Direction::Read, Direction::Write] {
                    self.drained.remove(&(source, direction));
                }
            }
            Event::Parked { until } => self.parked = Some((record.at, until)),
            Event::Unparked { .. } => self.parked = None,
            _ => {}
        }
    }

    fn words<'a>(&'a self, known: &'a Known) -> words::Words<'a> {
        words::Words {
            names: &self.names,
            known,
            strangers: &self.strangers,
            aborted: &self.aborted,
            ended: self.ended,
            ending: self.ending,
            polled: self.polled,
            waits: &self.waits,
            parked: self.parked,
        }
    }

    fn line(
        &mut self,
        number: u64,
        record: &Record,
        text: &str,
        out: &mut dyn Write,
    ) -> fmt::Result {
        let at = record.at;
        match self.heading.take() {
            Some(Heading::Turn(number)) => writeln!(out, "\nturn {}", Count(number))?,
            Some(Heading::Outside) => out.write_str("\noutside the loop\n")?,
            None if !self.begun => out.write_str("\n")?,
            None => {}
        }
        self.begun = true;
        let phase = self.phase.take().map_or("", words::phase);
        let indent = match self.polled {
            Some(_) if !is_beside_the_loop(&record.event) => "    ",
            _ => "",
        };
        // Told as it happens, what a thread did comes after what the loop did meanwhile.
        let late = match at < self.latest {
            true => " (the loop learns of it only now)",
            false => "",
        };
        self.latest = self.latest.max(at);
        let (seconds, micros) = (at / 1_000_000_000, at % 1_000_000_000 / 1_000);
        writeln!(
            out,
            "{number:>5} {seconds:>4}.{micros:06} s  {phase:<6}  {indent}{text}{late}"
        )
    }
}

enum Heading {
    Turn(u64),
    Outside,
}

/// Whether it is no doing of the task that is polled at that time.
fn is_beside_the_loop(event: &Event) -> bool {
    match event {
        Event::JobStarted { .. } | Event::JobFinished { .. } | Event::JobCancelled { .. } => true,
        Event::JobQueued { by, .. } => matches!(by, Cause::Job(_) | Cause::Thread(_)),
        _ => false,
    }
}

/// Whether the record after this may be its consequence.
fn is_held(event: &Event) -> bool {
    matches!(
        event,
        Event::PollEnded {
            outcome: Outcome::Ready | Outcome::Panicked | Outcome::Cancelled,
            ..
        } | Event::TimerFired { .. }
            | Event::SourceReady { .. }
            | Event::JobFinished { .. }
            | Event::FileOp { at_once: false, .. }
            | Event::Parked {
                until: ParkedUntil::Look
            }
    )
}

#[cfg(test)]
mod tests;
