//! What each variable can be.
//!
//! Owns the reading of one value, and the words for one that can't be read: what it is
//! not, and what is accepted. An empty value does not come here.

use std::ffi::OsStr;
use std::fmt;
use std::path::Path;
use std::time::Duration;

use super::{Format, Trace};
use crate::sys::signal_kind::SignalKind;

/// Why a value can't be obeyed, and what can.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    Trace,
    Events,
    NoDuration,
    ZeroLimit,
    SignalNumber,
    Signal,
    Ledger,
    Seed,
    Choices,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let signals = SIGNALS.map(|(name, _)| name).join(", ");
        match self {
            Self::Trace => f.write_str(
                "nothing is recorded: it must be \"story\", or a file's name that ends in \
                 .json (a timeline) or .html (a replay)",
            ),
            Self::Events => f.write_str("not a number from 1 up: 262,144 are kept"),
            Self::NoDuration => f.write_str(
                "not a duration: it must be a number and its unit, such as 100ms, 1.5s or \
                 500us",
            ),
            Self::ZeroLimit => f.write_str(
                "a limit of zero would report every poll: it must be at least 1ns, such as \
                 100ms",
            ),
            Self::SignalNumber => {
                write!(f, "a signal is asked for by its name; one of {signals}")
            }
            Self::Signal => {
                write!(f, "no signal that can be caught for this; one of {signals}")
            }
            Self::Ledger => f.write_str("no ledger; 1 asks for one"),
            Self::Seed => f.write_str("it must be a seed, such as 17"),
            Self::Choices => f.write_str("it must be choices, such as 0,2,1"),
        }
    }
}

/// Where a recording goes.
pub(super) fn trace(value: &OsStr) -> Result<Trace, Refused> {
    if value == "story" {
        return Ok(Trace::Story);
    }
    let path = Path::new(value);
    let format = match path.extension().and_then(OsStr::to_str) {
        Some("json") => Format::Json,
        Some("html") => Format::Html,
        _ => return Err(Refused::Trace),
    };
    Ok(Trace::File(path.to_owned(), format))
}

pub(super) fn events(value: &str) -> Result<usize, Refused> {
    let events = value.parse().ok().filter(|&events| events > 0);
    events.ok_or(Refused::Events)
}

/// The limit of the watchdog.
pub(super) fn watchdog(value: &str) -> Result<Duration, Refused> {
    match duration(value) {
        None => Err(Refused::NoDuration),
        Some(Duration::ZERO) => Err(Refused::ZeroLimit),
        Some(limit) => Ok(limit),
    }
}

/// A number, with or without a fraction, and its unit. What is finer than a nanosecond
/// is left out.
fn duration(value: &str) -> Option<Duration> {
    let unit_at = value.find(|c: char| !c.is_ascii_digit() && c != '.')?;
    let (number, unit) = value.split_at(unit_at);
    let nanos_of_one: u128 = match unit.trim_start() {
        "s" => 1_000_000_000,
        "ms" => 1_000_000,
        // With the sign for micro, and with the Greek letter.
        "us" | "\u{b5}s" | "\u{3bc}s" => 1_000,
        "ns" => 1,
        _ => return None,
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let has_digits = !whole.is_empty() || !fraction.is_empty();
    if !has_digits || fraction.contains('.') {
        return None;
    }
    let digits = |text: &str| match text.is_empty() {
        true => Some(0),
        false => text.parse::<u64>().ok().map(u128::from),
    };
    let fraction = &fraction[..fraction.len().min(FINEST)];
    let part = digits(fraction)? * nanos_of_one / 10_u128.pow(fraction.len() as u32);
    let nanos = digits(whole)? * nanos_of_one + part;
    let (secs, nanos) = (nanos / 1_000_000_000, nanos % 1_000_000_000);
    Some(Duration::new(u64::try_from(secs).ok()?, nanos as u32))
}

/// Digits behind the point that are looked at: the ninth of a second is a nanosecond.
const FINEST: usize = 9;

/// The signals that a dump can be asked for with.
const SIGNALS: [(&str, SignalKind); 8] = [
    ("USR1", SignalKind::user_defined1()),
    ("USR2", SignalKind::user_defined2()),
    ("QUIT", SignalKind::quit()),
    ("HUP", SignalKind::hangup()),
    ("INT", SignalKind::interrupt()),
    ("TERM", SignalKind::terminate()),
    ("ALRM", SignalKind::alarm()),
    ("WINCH", SignalKind::window_change()),
];

/// A signal by its name, with or without `SIG`. Not by its number: 1 is what one says to
/// switch a thing on, and would be SIGHUP.
pub(super) fn dump(value: &str) -> Result<SignalKind, Refused> {
    if value.parse::<i128>().is_ok() {
        return Err(Refused::SignalNumber);
    }
    let name = value.strip_prefix("SIG").unwrap_or(value);
    let named = SIGNALS.iter().find(|(known, _)| *known == name);
    named.map(|(_, signal)| *signal).ok_or(Refused::Signal)
}

pub(super) fn ledger(value: &str) -> Result<bool, Refused> {
    match value {
        "1" => Ok(true),
        "0" => Ok(false),
        _ => Err(Refused::Ledger),
    }
}

pub(super) fn seed(value: &str) -> Result<u64, Refused> {
    value.parse().map_err(|_| Refused::Seed)
}

/// Which of the queued tasks is next, each time.
pub(super) fn choices(value: &str) -> Result<Vec<usize>, Refused> {
    let choices = value.split(',').map(str::parse);
    choices
        .collect::<Result<_, _>>()
        .map_err(|_| Refused::Choices)
}
