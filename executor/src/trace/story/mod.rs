//! The story: a recording as plain numbered lines, to be read like a play.
//!
//! Owns what is told, in which order, and how a line looks; the words are in
//! `words.rs`. [`Recording::story`](super::Recording::story) tells what was recorded,
//! `output.rs` tells it as it happens; both through a [`Teller`], so that the text is
//! the same.

mod words;

use std::collections::BTreeSet;
use std::fmt::{self, Display, Write};

use super::Recording;
use super::names::{Count, Names};
use crate::clock::Nanos;
use crate::ids::Id;
use crate::record::Known;
use crate::record::event::{Event, Outcome, ParkedUntil, Phase, Record, WaitsOn};

/// What stands above the lines: enough for who has never seen an event loop.
pub(super) const HEAD: &str = "\
The story of a run. One thread runs all tasks, in a loop: it polls those that can go
on, sleeps when none can, and wakes those for which something has happened. Each turn
of the loop has five phases; those in which nothing happened are left out.

  run     poll the queued tasks, the first in first
  inject  take in what other threads have sent
  park    sleep until there is something to do
  react   wake the tasks whose sources are ready
  expire  wake the tasks whose timers are due

To poll a task is to run it until it is ready, which is its end, or pending: it has to
wait. To wake a task is to put it back into the queue, for its next poll. #0 is the
future given to block_on; #1, #2, ... are the tasks that were spawned. A job is work
that would block the loop: it goes to a pool of threads, the workers. A source is a
socket or the like, of which the kernel tells when it can be read or written.
";

impl Recording {
    /// The recording as a story: numbered lines that say who did what, when and why,
    /// by turns of the loop.
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
            f.write_str(HEAD)?;
            match self.dropped() {
                0 => {}
                1 => f.write_str("\nThe first event was not kept.\n")?,
                more => writeln!(f, "\nThe first {} events were not kept.", Count(more))?,
            }
            let mut teller = Teller::default();
            for record in self.before() {
                teller.know(record);
            }
            for record in self.records() {
                teller.tell(record, &self.known, f)?;
            }
            teller.end(f)
        })
    }
}

/// Turns records into lines, each as soon as it can be told.
#[derive(Default)]
pub(super) struct Teller {
    names: Names,
    /// Those of which the reader has not been told where they were spawned.
    strangers: BTreeSet<Id>,
    lines: u64,
    /// The turn, until a line has told of it.
    turn: Option<u64>,
    /// The phase, until a line has told of it.
    phase: Option<Phase>,
    /// Who is being polled.
    polled: Option<Id>,
    /// What it waits for, as far as this poll has found.
    waits: Vec<WaitsOn>,
    /// When the loop went to sleep, and until when it may.
    parked: Option<(Nanos, ParkedUntil)>,
    /// Told together with the record that follows, if that is its consequence.
    held: Option<Record>,
}

impl Teller {
    /// Takes in a record that is older than the story.
    fn know(&mut self, record: &Record) {
        self.names.learn(record);
        if let Event::Spawned { task, .. } = record.event {
            self.strangers.insert(task);
        }
    }

    /// Tells of `record`, which is the next.
    pub(super) fn tell(
        &mut self,
        record: &Record,
        known: &Known,
        out: &mut dyn Write,
    ) -> fmt::Result {
        if let Some(held) = self.held.take() {
            let told = self.tell_both(&held, record, known, out)?;
            self.names.forget(&held);
            if told {
                self.names.forget(record);
                return Ok(());
            }
        }
        self.names.learn(record);
        if is_held(&record.event) {
            self.held = Some(record.clone());
            return Ok(());
        }
        self.tell_one(record, known, out)?;
        self.names.forget(record);
        Ok(())
    }

    /// Tells what was held back for a record that will not come.
    pub(super) fn end(&mut self, out: &mut dyn Write) -> fmt::Result {
        match self.held.take() {
            // No thread is named in what is held.
            Some(held) => self.tell_one(&held, &Known::default(), out),
            None => Ok(()),
        }
    }

    /// Tells of `held`; together with `next` if that follows from it. Whether it did.
    fn tell_both(
        &mut self,
        held: &Record,
        next: &Record,
        known: &Known,
        out: &mut dyn Write,
    ) -> Result<bool, fmt::Error> {
        // An empty look is nothing that happened.
        if let (
            Event::Parked {
                until: ParkedUntil::Look,
            },
            Event::Unparked { events: 0 },
        ) = (&held.event, &next.event)
        {
            return Ok(true);
        }
        self.names.learn(next);
        let words = self.words(known);
        if let Some(text) = words.of_both(&held.event, &next.event) {
            let text = text.to_string();
            self.line(next.at, &text, out)?;
            return Ok(true);
        }
        self.tell_one(held, known, out)?;
        Ok(false)
    }

    fn tell_one(&mut self, record: &Record, known: &Known, out: &mut dyn Write) -> fmt::Result {
        match record.event {
            Event::Turn { number } => {
                self.turn = Some(number);
                self.phase = None;
                return Ok(());
            }
            Event::Phase(phase) => {
                self.phase = Some(phase);
                return Ok(());
            }
            Event::Waits { task, on } if self.polled == Some(task) => {
                self.waits.push(on);
                return Ok(());
            }
            _ => {}
        }
        let text = self.words(known).of(record).to_string();
        match record.event {
            Event::PollBegan { task } => {
                self.line(record.at, &text, out)?;
                self.polled = Some(task);
                self.strangers.remove(&task);
            }
            Event::PollEnded { task, outcome, .. } => {
                self.line(record.at, &text, out)?;
                self.polled = None;
                self.waits.clear();
                if task.is_main() && outcome != Outcome::Pending {
                    self.phase = None;
                }
            }
            Event::Parked { until } => {
                self.parked = Some((record.at, until));
                self.line(record.at, &text, out)?;
            }
            Event::Unparked { .. } => {
                self.line(record.at, &text, out)?;
                self.parked = None;
            }
            _ => self.line(record.at, &text, out)?,
        }
        Ok(())
    }

    fn words<'a>(&'a self, known: &'a Known) -> words::Words<'a> {
        words::Words {
            names: &self.names,
            known,
            strangers: &self.strangers,
            polled: self.polled,
            waits: &self.waits,
            parked: self.parked,
        }
    }

    fn line(&mut self, at: Nanos, text: &str, out: &mut dyn Write) -> fmt::Result {
        if let Some(number) = self.turn.take() {
            writeln!(out, "\nturn {}", Count(number))?;
        } else if self.lines == 0 {
            out.write_str("\n")?;
        }
        self.lines += 1;
        let phase = self.phase.take().map_or("", words::phase);
        let indent = match self.polled {
            Some(_) => "    ",
            None => "",
        };
        let (seconds, micros) = (at / 1_000_000_000, at % 1_000_000_000 / 1_000);
        writeln!(
            out,
            "{:>5} {seconds:>4}.{micros:06} s  {phase:<6}  {indent}{text}",
            self.lines
        )
    }
}

/// Whether the record after this may be its consequence.
fn is_held(event: &Event) -> bool {
    matches!(
        event,
        Event::TimerFired { .. }
            | Event::SourceReady { .. }
            | Event::JobFinished { .. }
            | Event::FileOp { at_once: false, .. }
            | Event::Parked {
                until: ParkedUntil::Look
            }
    )
}
