//! `BUZZER_TRACE`: a recording of any program, without a change to it.
//!
//! Owns the two variables, what goes to stderr, and the files. A runtime asks for its
//! [`Output`] when it is made, and drops it last; then the file is written.

use std::env;
use std::ffi::{OsStr, OsString};
use std::fmt::{self, Display};
use std::fs::{File, TryLockError};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process;
use std::rc::Rc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use super::Recording;
use super::names::Count;
use super::story::{self, Teller};
use crate::record::event::Record;
use crate::record::{Known, PollOrder, Sink};
use crate::scheduler::schedule::Scheduler;

const TRACE: &str = "BUZZER_TRACE";
const EVENTS: &str = "BUZZER_TRACE_EVENTS";

/// Events that are kept for a file if nothing else is said: 16 MiB of them.
const DEFAULT_EVENTS: usize = 262_144;

/// Runtimes of this process that had an output.
static RUNTIMES: AtomicU32 = AtomicU32::new(0);

/// What the environment asks for.
#[derive(Debug, PartialEq, Eq)]
struct Wish {
    to: To,
    events: usize,
}

#[derive(Debug, PartialEq, Eq)]
enum To {
    Story,
    File(PathBuf, Format),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Json,
    Html,
}

/// Where the recording of one runtime goes. Dropping it is the end of the recording.
pub(crate) struct Output {
    scheduler: Rc<Scheduler>,
    /// If it is not told as it happens.
    file: Option<(File, PathBuf, Format)>,
}

impl Output {
    /// What the environment asks for, for a new runtime. Begins to record.
    pub(crate) fn of(scheduler: &Rc<Scheduler>, kept: Option<usize>) -> Option<Self> {
        // Asked once: a runtime is made in microseconds.
        static WISH: OnceLock<Option<Wish>> = OnceLock::new();
        let wish = WISH.get_or_init(|| read(env::var_os(TRACE), env::var_os(EVENTS)));
        let wish = wish.as_ref()?;
        let number = RUNTIMES.fetch_add(1, Relaxed) + 1;
        let recorder = &scheduler.recorder;
        let file = match &wish.to {
            To::Story => {
                recorder.add_sink(Box::new(Told::new(number, recorder.order())));
                None
            }
            To::File(path, format) => {
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
                recorder.keep(wish.events.max(kept.unwrap_or(0)));
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
        let (recording, written) = recorder.aside(|| {
            let recording = Recording::of(recorder);
            let written = write(&recording, file, format);
            (recording, written)
        });
        let path = path.display();
        match written {
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

/// What the variables say; `None`, after a word on stderr, if that is nothing.
fn read(trace: Option<OsString>, events: Option<OsString>) -> Option<Wish> {
    let trace = trace.filter(|value| !value.is_empty())?;
    let Some(to) = destination(&trace) else {
        say(format_args!(
            "{TRACE}={}: nothing is recorded: it must be \"story\", or a file's name that \
             ends in .json (a timeline) or .html (a replay)",
            trace.display()
        ));
        return None;
    };
    let events = match events.filter(|value| !value.is_empty()) {
        None => DEFAULT_EVENTS,
        Some(value) => match value.to_str().and_then(|value| value.parse().ok()) {
            Some(events) if events > 0 => events,
            _ => {
                say(format_args!(
                    "{EVENTS}={}: not a number from 1 up: {} are kept",
                    value.display(),
                    Count(DEFAULT_EVENTS as u64)
                ));
                DEFAULT_EVENTS
            }
        },
    };
    Some(Wish { to, events })
}

fn destination(value: &OsStr) -> Option<To> {
    if value == "story" {
        return Some(To::Story);
    }
    let path = Path::new(value);
    let format = match path.extension()?.to_str()? {
        "json" => Format::Json,
        "html" => Format::Html,
        _ => return None,
    };
    Some(To::File(path.to_owned(), format))
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

/// One line to stderr. If that can't be written, there is nobody to tell.
pub(crate) fn say(message: fmt::Arguments<'_>) {
    let _ = io::stderr().write_all(format!("buzzer: {message}\n").as_bytes());
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
    fn new(number: u32, order: PollOrder) -> Self {
        // Once a process.
        static HEAD: OnceLock<PollOrder> = OnceLock::new();
        let text = match number {
            1 => story::head(*HEAD.get_or_init(|| order)),
            _ if HEAD.get().is_some_and(|told| *told == order) => String::new(),
            _ => story::another_order(order),
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

    fn runtime_ends(&mut self) {
        self.teller.runtime_ends();
    }
}
