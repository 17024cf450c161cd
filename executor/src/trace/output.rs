//! `BUZZER_TRACE`: a recording of any program, without a change to it.
//!
//! Owns what goes to stderr, and the files. A runtime asks for its
//! [`Output`] when it is made, and drops it last; then the file is written.

use std::fmt::{self, Display};
use std::fs::{File, TryLockError};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process;
use std::rc::Rc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use super::Recording;
use super::names::Count;
use super::story::{self, Teller};
use crate::environment::{self, DEFAULT_EVENTS, EVENTS, Format, TRACE, Trace};
use crate::record::event::Record;
use crate::record::{Known, Sink};
use crate::scheduler::schedule::Scheduler;
use crate::stderr::say;

/// Runtimes of this process that had an output.
static RUNTIMES: AtomicU32 = AtomicU32::new(0);

/// Where the recording of one runtime goes. Dropping it is the end of the recording.
pub(crate) struct Output {
    scheduler: Rc<Scheduler>,
    /// If it is not told as it happens.
    file: Option<(File, PathBuf, Format)>,
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
                recorder.add_sink(Box::new(Told::new(number)));
                None
            }
            Trace::File(path, format) => {
                let path = numbered(path, number);
                // Now, so that nobody runs a program for an hour to learn that there
                // is no such directory, or that the program has changed its own.
                let (file, path) = match create(&path) {
                    Ok(created) => created,
                    Err(error) => {
                        say(format_args!(
                            "{TRACE}={}: can't write it: {error}",
                            path.display()
                        ));
                        return None;
                    }
                };
                // The program may have asked for more.
                recorder.keep(
                    asked
                        .events
                        .unwrap_or(DEFAULT_EVENTS)
                        .max(kept.unwrap_or(0)),
                );
                Some((file, path, *format))
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
        let Some((file, path, format)) = self.file.take() else {
            return;
        };
        let recording = Recording::of(recorder);
        let path = path.display();
        match write(&recording, file, format) {
            Ok(()) => say(format_args!("wrote {}", Written(&recording, &path))),
            Err(error) => say(format_args!("{TRACE}={path}: can't write it: {error}")),
        }
    }
}

/// Makes the file, or another beside it if a process that was started by this one, or
/// that has started it, is about to write it: they have the same variable.
fn create(path: &Path) -> io::Result<(File, PathBuf)> {
    // Not emptied before it is known to be nobody's.
    let open = |path: &Path| {
        let mut options = File::options();
        options.write(true).create(true).truncate(false).open(path)
    };
    let (mut file, mut path) = (open(path)?, path.to_owned());
    if let Err(TryLockError::WouldBlock) = file.try_lock() {
        path = marked(&path, format_args!("pid{}", process::id()));
        file = open(&path)?;
    }
    // A pipe or a device can't be.
    if file.metadata()?.is_file() {
        file.set_len(0)?;
    }
    Ok((file, path))
}

fn write(recording: &Recording, file: File, format: Format) -> io::Result<()> {
    let mut file = BufWriter::new(file);
    match format {
        Format::Json => write!(file, "{}", recording.timeline())?,
        Format::Html => write!(file, "{}", recording.replay())?,
    }
    file.flush()
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

/// The second runtime's file is `run-2.json`, if the first one's is `run.json`.
fn numbered(path: &Path, number: u32) -> PathBuf {
    match number {
        2.. => marked(path, format_args!("{number}")),
        _ => path.to_owned(),
    }
}

/// `run.json` with its mark: `run-mark.json`.
fn marked(path: &Path, mark: fmt::Arguments<'_>) -> PathBuf {
    let mut name = path.file_stem().unwrap_or_default().to_owned();
    name.push(format!("-{mark}."));
    name.push(path.extension().unwrap_or_default());
    path.with_file_name(name)
}

/// A story, told on stderr as it happens. Each line is written at once, so that the
/// program's own output stands where it belongs, and so that of a poll that does not
/// come back, or of a process that ends in it, all was told.
struct Told {
    number: u32,
    teller: Teller,
    text: String,
}

impl Told {
    fn new(number: u32) -> Self {
        let text = match number {
            1 => story::HEAD.to_owned(),
            // Once a process.
            _ => String::new(),
        };
        let teller = Teller::default();
        let mut told = Self {
            number,
            teller,
            text,
        };
        told.write();
        told
    }

    /// Writes what has been told; while there were several runtimes, with the
    /// runtime's number before each line. If that can't be written, there is nobody
    /// to tell.
    fn write(&mut self) {
        if self.text.is_empty() {
            return;
        }
        if self.number > 1 || RUNTIMES.load(Relaxed) > 1 {
            let mut numbered = String::new();
            for line in self.text.split_inclusive('\n') {
                numbered.push_str(&format!("{}| {line}", self.number));
            }
            self.text = numbered;
        }
        let _ = io::stderr().write_all(self.text.as_bytes());
        self.text.clear();
    }
}

impl Sink for Told {
    fn take(&mut self, record: &Record, known: &Known) {
        // Writing to a string does not fail.
        let _ = self.teller.tell(record, known, &mut self.text);
        self.write();
    }

    fn flush(&mut self) {
        let _ = self.teller.end(&mut self.text);
        self.write();
    }
}
