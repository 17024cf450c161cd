//! The replay: a recording as one HTML page, to step through the run.
//!
//! Owns the page and how it is put together: `page.html` with `page.css`, the run's
//! data (made in `columns.rs`), and the script, whose files have one subject each and say
//! at their heads what they own. The page asks the network for nothing, and its policy
//! forbids it to.
//!
//! The script reads the run (`run.js`) if it is one (`format.js`), works out what is so after
//! each event (`state.js`) and what the thread does meanwhile (`spans.js`), and draws it
//! (`panels.js`, `arrows.js`). `controls.js` is where all meet: it holds the step that is shown.
//!
//! # The page's data
//!
//! A JSON object. Events are rows; of each row, one number stands in each column, so
//! that a run of 100,000 events is a few arrays of numbers, and text stands once.
//!
//! | key | what |
//! |---|---|
//! | `strings` | all text; other places have an index into it, or -1 for none |
//! | `tasks` | of each task and job, three numbers: its id's text, its name, and where it was spawned |
//! | `before` | so many rows at the beginning are older than the oldest event that was kept: they say which tasks and sources there were |
//! | `dropped` | so many events were not kept |
//! | `order` | in which order queued tasks are polled: the first in first, by a seed, by a script |
//! | `end` | the row with which the runtime's end begins, or -1 |
//! | `at` | nanoseconds since the row before |
//! | `kind` | which event: the order of [`Event`]'s variants, from 0 |
//! | `a`, `b`, `c`, `d` | what the event has, see below |
//! | `words` | the event in words |
//! | `place` | the function that does it |
//!
//! Tasks and jobs are named by their place in `tasks`, timers and sources by their
//! number, locks and channels too. Who takes permits is the task that is polled. A cause
//! is two numbers: its kind (task, source to read, source to write, timer, job, thread,
//! outside: from 0), and which; of a thread, its name's text. So is what a task waits for
//! (timer, source to read, source to write, handle, lock or channel).
//!
//! | kind | `a` | `b` | `c` | `d` |
//! |---|---|---|---|---|
//! | 0 turn | number | | | |
//! | 1 phase | which | if inject: the row after its last | | |
//! | 2 main started | task | | | |
//! | 3 spawned | task | cause | cause | |
//! | 4 poll began | task | | | |
//! | 5 poll ended | task | outcome | queued again | |
//! | 6 woken | task | cause | cause | effect |
//! | 7 aborted | task | cause | cause | queued |
//! | 8 waits | task | on | on | |
//! | 9 wait dropped | | on | on | |
//! | 10 parked | look, deadline, for ever | deadline | | |
//! | 11 unparked | events | | | |
//! | 12 clock jumped | from | | | |
//! | 13 source registered | source | descriptor | read | write |
//! | 14 ready, 15 cleared | source | direction | | |
//! | 16 source closed | source | | | |
//! | 17 timer armed | timer | cause | cause | deadline |
//! | 18 fired, 19 dropped | timer | | | |
//! | 20 job queued | job | cause | cause | |
//! | 21 job started | job | worker | | |
//! | 22 job finished | job | worker | outcome | |
//! | 23 job cancelled | job | | | |
//! | 24 file operation | at once | cause | cause | |
//! | 25 lock or channel met | lock | its type's text | its name's | its place's |
//! | 26 stepped | lock | taken, given, handed, told all, closed | task | permits |
//! | 27 gone | lock | | | |
//! | 28 in context | task | what is shown of it | | |
//!
//! [`Event`]: crate::trace::Event

mod columns;

use std::fmt::{self, Display};

use super::Recording;
use columns::Columns;

const PAGE: &str = include_str!("page.html");
const STYLE: [&str; 2] = [include_str!("page.css"), include_str!("tools.css")];
/// In the order in which they build on each other.
const SCRIPT: [&str; 18] = [
    include_str!("format.js"),
    include_str!("run.js"),
    include_str!("state.js"),
    include_str!("text.js"),
    include_str!("spans.js"),
    include_str!("tasks.js"),
    include_str!("panels.js"),
    include_str!("route.js"),
    include_str!("arrows.js"),
    include_str!("filter.js"),
    include_str!("list.js"),
    include_str!("hand.js"),
    include_str!("map.js"),
    include_str!("play.js"),
    include_str!("tour.js"),
    include_str!("address.js"),
    include_str!("compare.js"),
    include_str!("controls.js"),
];

impl Recording {
    /// The recording as a page: one HTML file that shows the state of the loop at each
    /// event, to be stepped through forward and back.
    ///
    /// It needs a browser and nothing else. The page has a map of the run, a search, and
    /// a tour of the first steps; and it shows another such page's run beside its own, from
    /// a file. After its address, `#step=42` opens it at the 42nd event, `#step=42&task=3`
    /// with task 3 in hand, and `#tour` with the tour. The address follows the reader, so
    /// that a step can be sent to somebody.
    ///
    /// A run of 250,000 events is a page of about 15 MB.
    ///
    /// # Examples
    ///
    /// ```
    /// let runtime = buzzer::runtime::Builder::new_current_thread()
    ///     .record(10_000)
    ///     .build()?;
    /// runtime.block_on(async { buzzer::task::yield_now().await });
    /// let page = runtime.recording().replay().to_string();
    /// assert!(page.starts_with("<!doctype html>"));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn replay(&self) -> impl Display {
        fmt::from_fn(|f| {
            let mut rest = PAGE;
            for (mark, part) in [("/* style */", Part::Style), ("/* run */", Part::Run)] {
                let (before, after) = rest.split_once(mark).unwrap_or((rest, ""));
                f.write_str(before)?;
                match part {
                    Part::Style => STYLE.iter().try_for_each(|part| f.write_str(part))?,
                    Part::Run => Columns::of(self).fmt(f)?,
                }
                rest = after;
            }
            let (before, after) = rest.split_once("/* script */").unwrap_or((rest, ""));
            f.write_str(before)?;
            for part in SCRIPT {
                f.write_str(part)?;
            }
            f.write_str(after)
        })
    }
}

enum Part {
    Style,
    Run,
}

#[cfg(test)]
mod tests;
