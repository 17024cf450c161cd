//! What the variables hold, against what their docs promise.
//!
//! Owns the harness. The files under test are the library's own, compiled here once more:
//! a process reads its variables once, so no harness could set them for each input. Every
//! value is obeyed, or named in one line with its variable; what is obeyed means what it
//! says, which is computed here in another way.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::time::Duration;

use crate::names::is_wild;
use library::{Format, Trace, read};

#[allow(
    dead_code,
    reason = "a file of the library, of which not all is asked for"
)]
#[path = "../../../executor/src/trace/environment/mod.rs"]
mod library;

/// For the two that are read by their own calls, whose refusal is a panic.
#[allow(
    dead_code,
    reason = "a file of the library, of which not all is asked for"
)]
#[path = "../../../executor/src/trace/environment/values.rs"]
mod values;

/// Those that a runtime is asked by.
const NAMES: [&str; 5] = [
    "BUZZER_TRACE",
    "BUZZER_TRACE_EVENTS",
    "BUZZER_WATCHDOG",
    "BUZZER_DUMP",
    "BUZZER_LEDGER",
];

/// The library's others, which `testing` asks for.
const OF_TESTING: [&str; 2] = ["BUZZER_SEED", "BUZZER_SCHEDULE"];

/// And two that the project's own tests read. Whatever else is not told of begins with
/// `BUZZER_TEST_`.
const OF_TESTS: [&str; 2] = ["BUZZER_SERVERS", "BUZZER_BROWSER"];

/// Reads a value as each variable, and a name that may be none. The first byte says which
/// variable, and a NUL, which neither can have, ends the value.
pub fn run(bytes: &[u8]) -> bool {
    let Some((&which, rest)) = bytes.split_first() else {
        return false;
    };
    let mut parts = rest.split(|&byte| byte == 0);
    let [value, unknown] = [(); 2].map(|()| parts.next().unwrap_or_default());
    one_is_obeyed_or_named(NAMES[usize::from(which) % NAMES.len()], value);
    names_that_are_none_are_told(unknown);
    if let Ok(text) = str::from_utf8(value) {
        orders_mean_what_they_say(text);
    }
    true
}

fn is_one_line(complaint: &str) -> bool {
    !complaint.chars().any(is_wild)
}

/// What a value is taken for, as a value that says the same. `None` if it is refused.
fn read_as(name: &str, value: &OsStr) -> Option<OsString> {
    let (asked, complaints) = read(&[(name.into(), value.into())]);
    let again = match name {
        "BUZZER_TRACE" => asked.trace.map(|trace| match trace {
            Trace::Story => "story".into(),
            Trace::File(path, format) => {
                let ending = match format {
                    Format::Json => ".json",
                    Format::Html => ".html",
                };
                assert!(path.as_os_str().as_bytes().ends_with(ending.as_bytes()));
                path.into_os_string()
            }
        }),
        "BUZZER_TRACE_EVENTS" => asked.events.map(|events| {
            assert!(events > 0);
            events.to_string().into()
        }),
        "BUZZER_WATCHDOG" => asked.watchdog.map(|limit| {
            assert!(!limit.is_zero());
            is_about(limit, &value.to_string_lossy());
            in_units(limit).into()
        }),
        "BUZZER_DUMP" => asked.dump.map(|signal| signal.to_string().into()),
        _ => asked.ledger.then(|| "1".into()),
    };
    let is_off = name == "BUZZER_LEDGER" && value == "0";
    let is_refused = again.is_none() && !value.is_empty() && !is_off;
    assert_eq!(complaints.len(), usize::from(is_refused), "{complaints:?}");
    if let [complaint] = &complaints[..] {
        assert!(complaint.starts_with(&format!("{name}=")), "{complaint}");
        assert!(is_one_line(complaint), "{complaint:?}");
    }
    again
}

fn one_is_obeyed_or_named(name: &str, value: &[u8]) {
    let value = OsStr::from_bytes(value);
    let Some(again) = read_as(name, value) else {
        return;
    };
    assert_eq!(
        read_as(name, &again).as_ref(),
        Some(&again),
        "what was understood is not understood again"
    );
}

/// A duration that needs no fraction of its unit, and whose number is not too large.
fn in_units(limit: Duration) -> String {
    match u64::try_from(limit.as_nanos()) {
        Ok(nanos) => format!("{nanos}ns"),
        Err(_) => format!("{}.{:09}s", limit.as_secs(), limit.subsec_nanos()),
    }
}

/// By floating point, which is right to nine digits at least. A nanosecond may be cut off.
fn is_about(limit: Duration, value: &str) {
    let number = value.trim_end_matches(|c: char| !c.is_ascii_digit() && c != '.');
    let unit = match value[number.len()..].trim() {
        "s" => 1.0,
        "ms" => 1e-3,
        "ns" => 1e-9,
        unit if unit.ends_with('s') && unit.chars().count() == 2 => 1e-6,
        unit => panic!("{unit:?} is a unit"),
    };
    let expected = number.parse::<f64>().expect("a number") * unit;
    let apart = (limit.as_secs_f64() - expected).abs();
    assert!(apart <= 2e-9 + expected * 1e-9, "{value} is {limit:?}");
}

fn names_that_are_none_are_told(rest: &[u8]) {
    let name = OsString::from_vec([b"BUZZER_", rest].concat());
    if NAMES.iter().any(|asked_by| name == *asked_by) {
        return;
    }
    let others = [OF_TESTING, OF_TESTS];
    let is_known =
        rest.starts_with(b"TEST_") || others.iter().flatten().any(|known| name == *known);
    let (asked, complaints) = read(&[(name.clone(), "1".into())]);
    assert_eq!(asked, Default::default());
    assert_eq!(
        complaints.len(),
        usize::from(!is_known),
        "{name:?}: {complaints:?}"
    );
    for complaint in complaints {
        let (_, told) = complaint.split_once(": no such variable; ").expect("why");
        // Where none can be meant all are told: the same that are known here.
        if let Some(all) = told.strip_prefix("there are ") {
            assert_eq!(all, [&NAMES[..], &OF_TESTING].concat().join(", "));
        }
        assert!(is_one_line(&complaint), "{complaint:?}");
    }
}

/// A seed and an order, which a failure has printed.
fn orders_mean_what_they_say(value: &str) {
    if let Ok(seed) = values::seed(value) {
        assert_eq!(values::seed(&seed.to_string()), Ok(seed));
        assert!(value.ends_with(&seed.to_string()));
    }
    if let Ok(choices) = values::choices(value) {
        assert_eq!(choices.len(), value.split(',').count());
        let again: Vec<_> = choices.iter().map(usize::to_string).collect();
        assert_eq!(values::choices(&again.join(",")), Ok(choices));
    }
}
