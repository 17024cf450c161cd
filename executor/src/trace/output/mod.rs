//! `BUZZER_TRACE`: a recording of any program, without a change to it.
//!
//! Owns when a recording is written. A runtime asks for its [`Output`] when it is made,
//! and drops it last; then the file is written. If the process ends before that, by a
//! signal or by exit, `trace/ending.rs` has it written. And since of SIGKILL nobody is
//! told, what has happened so far is written from time to time as well, by a thread.
//!
//! - `file.rs`: the file, and how it is replaced in one step
//! - `told.rs`: the story on stderr

mod file;
mod told;

use std::fmt::{self, Display};
use std::io;
use std::path::Path;
use std::rc::Rc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use super::Recording;
use super::ending::{self, Still, Unfinished};
use super::names::Count;
use crate::machine::scheduler::schedule::Scheduler;
use crate::record::SharedRing;
use crate::sys::ending as process_end;
use crate::sys::locks::{Mutex, MutexGuard};
use crate::sys::stderr::{say, say_at_the_end};
use crate::trace::environment::{self, DEFAULT_EVENTS, EVENTS, Format, TRACE, Trace};
use file::{Target, numbered};
use told::Told;

/// Runtimes of this process that had an output.
static RUNTIMES: AtomicU32 = AtomicU32::new(0);

/// How soon after an event there is to be a file that has it, if there is time.
const SOON: Duration = Duration::from_millis(10);

/// How often is looked whether there are events.
const LOOK: Duration = Duration::from_millis(100);

/// While events come and come the file is written anew so often.
const BUSY: Duration = Duration::from_secs(1);

/// The time for writing a file again and again is at most this part of all.
const SHARE: u32 = 20;

/// Where the recording of one runtime goes. Dropping it is the end of the recording.
pub(crate) struct Output {
    scheduler: Rc<Scheduler>,
    /// If it is not told as it happens.
    file: Option<Arc<TraceFile>>,
}

impl Output {
    /// What the environment asks for, for a new runtime. Begins to record.
    pub(crate) fn of(scheduler: &Rc<Scheduler>, kept: Option<usize>) -> Option<Self> {
        let asked = environment::asked();
        let to = asked.trace.as_ref()?;
        let number = RUNTIMES.fetch_add(1, Relaxed) + 1;
        let recorder = &scheduler.recorder;
        let file = match to {
            Trace::Story => {
                recorder.add_sink(Box::new(Told::new(number, recorder.order())));
                None
            }
            Trace::File(path, format) => {
                let path = numbered(path, number);
                // Now, so that nobody runs a program for an hour to learn that there
                // is no such directory, or that the program has changed its own.
                let target = match Target::create(&path) {
                    Ok(created) => created,
                    Err(error) => {
                        cannot_write(&path, &error, say);
                        return None;
                    }
                };
                // The program may have asked for more.
                let events = asked.events.unwrap_or(DEFAULT_EVENTS);
                let ring = recorder.share(events.max(kept.unwrap_or(0)));
                let file = Arc::new(TraceFile::new(ring, target, *format));
                ending::watch_over(file.clone());
                Some(file)
            }
        };
        let scheduler = scheduler.clone();
        Some(Self { scheduler, file })
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        let recorder = &self.scheduler.recorder;
        recorder.flush();
        let Some(file) = self.file.take() else {
            return;
        };
        recorder.aside(|| drop(file.finish()));
        let file: Arc<dyn Unfinished> = file;
        ending::forget(&file);
    }
}

/// A recording on its way to a file.
struct TraceFile {
    ring: SharedRing,
    format: Format,
    state: Mutex<State>,
}

struct State {
    target: Target,
    /// All is written and told of.
    is_done: bool,
    /// How many events there were when the file was written; `None` before.
    kept: Option<u64>,
    /// How many there were at the last look.
    seen: u64,
    written_at: Instant,
    /// How long that took.
    took: Duration,
}

impl TraceFile {
    fn new(ring: SharedRing, target: Target, format: Format) -> Self {
        let state = Mutex::new(State {
            target,
            is_done: false,
            kept: None,
            seen: 0,
            written_at: Instant::now(),
            took: Duration::ZERO,
        });
        Self {
            ring,
            format,
            state,
        }
    }

    /// Held while the file is written: who comes second finds it done.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes all for the last time, and tells of it. At a runtime's end too without
    /// std's lock: who exits on another thread may hold it, and wait for this.
    fn end(&self) -> Box<dyn Still + '_> {
        let say = say_at_the_end;
        let mut state = self.state();
        let mut stopped = self.ring.stop();
        let _writes = process_end::has_begun();
        if std::mem::replace(&mut state.is_done, true) {
            return Box::new(stopped);
        }
        let target = &mut state.target;
        let recording = Recording::of_held(stopped.held());
        let written = target.write(&recording, self.format, Some(say));
        let path = target.path().display();
        match written {
            Ok(()) => {
                say(format_args!("wrote {}", Written(&recording, &path)));
                if target.can_be_opened() {
                    say(format_args!("open {path} in {}", opened_with(self.format)));
                }
            }
            Err(error) => cannot_write(target.path(), &error, say),
        }
        Box::new(stopped)
    }
}

impl Unfinished for TraceFile {
    fn keep(&self) -> Option<Duration> {
        let mut state = self.state();
        let state = &mut *state;
        let target = &mut state.target;
        // What has gone into a pipe can't be replaced, and after the end there is no more.
        if !target.can_be_opened() || state.is_done {
            return None;
        }
        let events = self.ring.pushed();
        let is_quiet = std::mem::replace(&mut state.seen, events) == events;
        if state.kept == Some(events) {
            return Some(LOOK);
        }
        let since = state.written_at.elapsed();
        let is_time = since >= SOON && since >= state.took * SHARE;
        if is_time && (is_quiet || state.kept.is_none() || since >= BUSY) {
            let began = Instant::now();
            let recording = Recording::of_held(self.ring.copy());
            // The last time tells what can't be written.
            target.write(&recording, self.format, None).ok()?;
            state.kept = Some(events);
            state.written_at = Instant::now();
            state.took = began.elapsed();
        }
        Some(SOON)
    }

    fn go_on(&self) {
        self.state().is_done = false;
    }

    fn finish(&self) -> Box<dyn Still + '_> {
        self.end()
    }
}

fn cannot_write(path: &Path, error: &io::Error, say: fn(fmt::Arguments<'_>)) {
    let path = path.display();
    say(format_args!("{TRACE}={path}: can't write it: {error}"));
}

fn opened_with(format: Format) -> &'static str {
    match format {
        Format::Json => "ui.perfetto.dev",
        Format::Html => "a browser",
    }
}

/// How many events are in which file, and what to do if not all are.
struct Written<'a>(&'a Recording, &'a dyn Display);

impl Display for Written<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(recording, path) = self;
        let (kept, dropped) = (recording.records().len() as u64, recording.dropped());
        let events = if kept == 1 { "event" } else { "events" };
        if dropped == 0 {
            return write!(f, "{} {events} to {path}", Count(kept));
        }
        write!(
            f,
            "the last {} {events} to {path} (not the {} before: {EVENTS}={} keeps all)",
            Count(kept),
            Count(dropped),
            dropped + kept
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Recorder;
    use crate::record::event::Event;

    #[test]
    fn after_the_end_nothing_is_kept_unless_the_process_goes_on() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run.json");
        let recorder = Recorder::of_nothing(0);
        let ring = recorder.share(10);
        let target = Target::create(&path).unwrap();
        let file = TraceFile::new(ring, target, Format::Json);
        recorder.record(Event::Turn { number: 1 });
        drop(file.finish());
        let written = std::fs::read(&path).unwrap();
        recorder.record(Event::Turn { number: 2 });
        file.state().written_at -= BUSY;
        assert_eq!(file.keep(), None);
        assert_eq!(std::fs::read(&path).unwrap(), written);
        file.go_on();
        assert!(file.keep().is_some());
        assert_ne!(std::fs::read(&path).unwrap(), written);
    }
}
