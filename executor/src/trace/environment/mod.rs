//! What the environment asks for: every variable of this library.
//!
//! Owns their names, who may set them, and what is said of those that can't be obeyed.
//! What each can be is read in `values.rs`. Nothing else of the library looks at the
//! environment. Whoever makes a runtime asks [`asked`]; `testing/` asks for the seed
//! and the order that it is to repeat.
//!
//! A process that may do more than who started it (set-user-id, say) obeys none of them:
//! else its caller would say where it writes, and which signals it catches.

mod values;

use std::env;
use std::ffi::{OsStr, OsString};
use std::fmt::{self, Write as _};
use std::path::PathBuf;
use std::sync::OnceLock;
use std::time::Duration;

use crate::sys::privilege::is_privileged;
use crate::sys::signal_kind::SignalKind;
use crate::sys::stderr::say;
use values::{Refused, choices, dump, events, ledger, seed, trace, watchdog};

pub(crate) const TRACE: &str = "BUZZER_TRACE";
pub(crate) const EVENTS: &str = "BUZZER_TRACE_EVENTS";
const WATCHDOG: &str = "BUZZER_WATCHDOG";
const DUMP: &str = "BUZZER_DUMP";
const LEDGER: &str = "BUZZER_LEDGER";
pub(crate) const SEED: &str = "BUZZER_SEED";
pub(crate) const SCHEDULE: &str = "BUZZER_SCHEDULE";

const ALL: [&str; 7] = [TRACE, EVENTS, WATCHDOG, DUMP, LEDGER, SEED, SCHEDULE];

/// Events that are kept for a file if nothing else is said: 12 MiB of them.
pub(crate) const DEFAULT_EVENTS: usize = 262_144;

/// What all their names begin with, and no others should.
const OURS: &str = "BUZZER_";

/// Not the library's: this project's own tests read them.
const OF_TESTS: [&str; 2] = ["BUZZER_SERVERS", "BUZZER_BROWSER"];

/// What such a test tells itself when it runs again in a process of its own.
const OF_A_TEST: &str = "BUZZER_TEST_";

/// What a runtime is asked to do by the environment.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) trace: Option<Trace>,
    /// How many events are to be kept for a file.
    pub(crate) events: Option<usize>,
    /// How long a poll may hold the loop.
    pub(crate) watchdog: Option<Duration>,
    /// The signal that asks for a dump.
    pub(crate) dump: Option<SignalKind>,
    pub(crate) ledger: bool,
}

/// Where a recording goes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Trace {
    /// Told on stderr.
    Story,
    File(PathBuf, Format),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Json,
    Html,
}

/// What the environment asks of each runtime. Read once a process, for a runtime is
/// made in microseconds; then all that can't be obeyed is said on stderr.
pub(crate) fn asked() -> &'static Asked {
    static ASKED: OnceLock<Asked> = OnceLock::new();
    ASKED.get_or_init(|| {
        let (asked, complaints) = read(&variables(is_privileged()));
        for complaint in complaints {
            say(format_args!("{complaint}"));
        }
        asked
    })
}

/// The seed that [`explore`](crate::testing::explore) is to run alone.
///
/// # Panics
///
/// When the variable is set to something else.
#[track_caller]
pub(crate) fn seed_to_repeat() -> Option<u64> {
    to_repeat(SEED, seed)
}

/// The order that [`explore_all`](crate::testing::explore_all) is to run alone.
///
/// # Panics
///
/// When the variable is set to something else.
#[track_caller]
pub(crate) fn order_to_repeat() -> Option<Vec<usize>> {
    to_repeat(SCHEDULE, choices)
}

#[track_caller]
fn to_repeat<T>(name: &str, read: impl Fn(&str) -> Result<T, Refused>) -> Option<T> {
    let variables = variables(is_privileged());
    let value = value_of(&variables, name)?;
    match as_text(value, read) {
        Ok(value) => Some(value),
        Err(refused) => panic!("{}", complaint(name, value, &refused)),
    }
}

/// All variables there are, for a process that may obey them.
fn variables(is_privileged: bool) -> Vec<Variable> {
    match is_privileged {
        true => Vec::new(),
        false => env::vars_os().collect(),
    }
}

/// A name and its value.
type Variable = (OsString, OsString);

/// The value of this name. An empty one is none.
fn value_of<'a>(variables: &'a [Variable], name: &str) -> Option<&'a OsStr> {
    let (_, value) = variables.iter().find(|(of, _)| of == name)?;
    (!value.is_empty()).then_some(value)
}

/// What `variables` ask for, and a line for each that can't be obeyed. Tests of the whole
/// call it, too: of [`asked`] a process has one answer.
pub(crate) fn read(variables: &[Variable]) -> (Asked, Vec<String>) {
    let mut complaints = Vec::new();
    let asked = Asked {
        trace: one(variables, TRACE, trace, &mut complaints),
        events: one(variables, EVENTS, on_text(events), &mut complaints),
        watchdog: one(variables, WATCHDOG, on_text(watchdog), &mut complaints),
        dump: one(variables, DUMP, on_text(dump), &mut complaints),
        ledger: one(variables, LEDGER, on_text(ledger), &mut complaints).unwrap_or_default(),
    };
    let names = variables.iter().map(|(name, _)| name.to_string_lossy());
    let mut unknown: Vec<_> = names.filter(|name| is_unknown(name)).collect();
    unknown.sort();
    complaints.extend(unknown.iter().map(|name| what_is_meant_by(name)));
    (asked, complaints)
}

/// What the variable of this name asks for.
fn one<T>(
    variables: &[Variable],
    name: &str,
    read: impl Fn(&OsStr) -> Result<T, Refused>,
    complaints: &mut Vec<String>,
) -> Option<T> {
    let value = value_of(variables, name)?;
    read(value)
        .map_err(|refused| complaints.push(complaint(name, value, &refused)))
        .ok()
}

/// All but a file's name are text.
fn on_text<T>(read: impl Fn(&str) -> Result<T, Refused>) -> impl Fn(&OsStr) -> Result<T, Refused> {
    move |value| as_text(value, &read)
}

fn as_text<T>(value: &OsStr, read: impl Fn(&str) -> Result<T, Refused>) -> Result<T, Refused> {
    // What stands for a byte that is no text is in no value that can be read.
    read(&value.to_string_lossy())
}

fn complaint(name: &str, value: &OsStr, refused: &Refused) -> String {
    format!("{name}={}: {refused}", OneLine(&value.to_string_lossy()))
}

/// A text that ends no line and turns none around, whatever is in it.
struct OneLine<'a>(&'a str);

impl fmt::Display for OneLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|c| match c {
            // Ends of lines and paragraphs, and what says in which direction text goes.
            '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
                write!(f, "{}", c.escape_unicode())
            }
            _ if c.is_control() => write!(f, "{}", c.escape_default()),
            _ => f.write_char(c),
        })
    }
}

fn is_unknown(name: &str) -> bool {
    name.starts_with(OURS)
        && !name.starts_with(OF_A_TEST)
        && !ALL.iter().chain(&OF_TESTS).any(|known| *known == name)
}

fn what_is_meant_by(name: &str) -> String {
    let own = |name: &str| name[OURS.len()..].to_ascii_uppercase();
    let written = own(name);
    let known = ALL.into_iter().chain(OF_TESTS);
    let nearest = known
        .map(|known| (distance(&written, &own(known)), known))
        // With more than half of it wrong, something else is meant.
        .filter(|(distance, known)| 2 * distance <= written.len().max(own(known).len()))
        .min_by_key(|(distance, _)| *distance);
    let name = OneLine(name);
    match nearest {
        Some((_, meant)) => format!("{name}: no such variable; {meant} may be meant"),
        None => format!("{name}: no such variable; there are {}", ALL.join(", ")),
    }
}

/// How many letters have to be put in, taken out or changed to make one of the other.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<_> = other.chars().collect();
    // From what has been read of the one to each beginning of the other.
    let mut row: Vec<_> = (0..=other.len()).collect();
    for (read, letter) in one.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = read + 1;
        for at in 0..other.len() {
            let changed = diagonal + usize::from(letter != other[at]);
            diagonal = row[at + 1];
            row[at + 1] = changed.min(diagonal + 1).min(row[at] + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests;
