//! The watchdog's reports in words.
//!
//! Owns the `Display` of [`SlowPoll`].

use std::fmt::{self, Display, Formatter};
use std::time::Duration;

use super::{Kept, SlowPoll, Victim};
use crate::record::ids::{Direction, Id};
use crate::record::time::Nanos;
use crate::record::watch::About;
use crate::trace::names::{Count, Span};

/// Victims that are named. The others are counted.
const NAMED: usize = 20;

impl Display for SlowPoll {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let task = task(self.task, &self.about);
        let held = span(self.held);
        let Some(victims) = &self.victims else {
            write!(
                f,
                "watchdog: {task} has held the loop for {held}, and still does: nobody else \
                 can run. Await in it, or hand the work to `spawn_blocking`"
            )?;
            if self.about.name.is_none() && !self.task.is_main() {
                write!(
                    f,
                    ". Of the tasks spawned there it is the one whose `JoinHandle::id` is {}; \
                     `task::Builder` gives names",
                    self.task
                )?;
            }
            return Ok(());
        };
        write!(f, "watchdog: {task} held the loop for {held}")?;
        if victims.is_empty() {
            return f.write_str("; nobody had to wait");
        }
        f.write_str("; these had to wait:")?;
        for victim in victims.iter().take(NAMED) {
            write!(f, "\n- {victim}")?;
        }
        match victims.len().checked_sub(NAMED) {
            None | Some(0) => Ok(()),
            Some(more) => write!(f, "\n- and {} more", Count(more as u64)),
        }
    }
}

impl Display for Victim {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.task {
            Some(id) => write!(f, "{}", task(id, &self.about))?,
            None => f.write_str("somebody")?,
        }
        let waited = span(self.waited);
        match self.by {
            Kept::AtTimer(timer) => write!(f, ", by timer {timer}: {waited}"),
            Kept::InRunQueue => write!(f, ", in the run queue: up to {waited}"),
            Kept::InInjectQueue => {
                write!(f, ", woken or spawned by another thread: up to {waited}")
            }
            Kept::AtSource(source, direction) => {
                let ready = match direction {
                    Direction::Read => "readable",
                    Direction::Write => "writable",
                };
                write!(f, ", by source {source}, {ready}: up to {waited}")
            }
        }
    }
}

/// Of the poll that keeps the loop from answering.
pub(super) fn holds_the_loop(id: Id, about: &About, held: Duration) -> String {
    let (task, held) = (task(id, about), span(held));
    format!(
        "{task} has held the loop for {held}, and still does: nobody else can run. The dump \
         follows when that poll has ended"
    )
}

fn task(id: Id, about: &About) -> impl Display {
    fmt::from_fn(move |f| {
        write!(f, "#{id}")?;
        if let Some(name) = &about.name {
            write!(f, " '{}'", name.escape_debug())?;
        }
        let place = if id.is_main() { "block_on at " } else { "" };
        match about.at {
            Some(at) => write!(f, " ({place}{}:{}:{})", at.file(), at.line(), at.column()),
            None => Ok(()),
        }
    })
}

fn span(duration: Duration) -> Span {
    Span(duration.as_nanos() as Nanos)
}
