//! `BUZZER_DUMP`: a signal that asks any program what it waits for.
//!
//! Owns the variable. The builder asks it once a process.

use std::sync::OnceLock;

use crate::sys::signal_kind::{REFUSED, SignalKind};
use crate::trace::environment::asked;

const DUMP: &str = "BUZZER_DUMP";

/// The signal that the environment names. What it can't be is said on stderr.
pub(crate) fn from_environment() -> Option<SignalKind> {
    static SIGNAL: OnceLock<Option<SignalKind>> = OnceLock::new();
    *SIGNAL.get_or_init(|| {
        let names = NAMES.map(|(name, _)| name).join(", ");
        let expected = format!("no signal that can be caught for this; one of {names}");
        asked(DUMP, parse, expected)
    })
}

const NAMES: [(&str, SignalKind); 8] = [
    ("USR1", SignalKind::user_defined1()),
    ("USR2", SignalKind::user_defined2()),
    ("QUIT", SignalKind::quit()),
    ("HUP", SignalKind::hangup()),
    ("INT", SignalKind::interrupt()),
    ("TERM", SignalKind::terminate()),
    ("ALRM", SignalKind::alarm()),
    ("WINCH", SignalKind::window_change()),
];

/// By its name, with or without `SIG`, or by its number.
fn parse(value: &str) -> Option<SignalKind> {
    let name = value.strip_prefix("SIG").unwrap_or(value);
    let named = NAMES.iter().find(|(known, _)| *known == name);
    let signal = match named {
        Some((_, signal)) => *signal,
        None => SignalKind::from_raw(value.parse().ok()?),
    };
    let can_be = (1..=64).contains(&signal.0) && !REFUSED.contains(&signal.0);
    can_be.then_some(signal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signals_by_name_and_number_and_what_is_none() {
        let parse = |value: &str| parse(value).map(|signal| signal.0);
        assert_eq!(parse("USR1"), Some(libc::SIGUSR1));
        assert_eq!(parse("SIGQUIT"), Some(libc::SIGQUIT));
        assert_eq!(parse("12"), Some(12));
        for none in ["", "KILL", "9", "0", "65", "-1", "usr1", "SIG"] {
            assert_eq!(parse(none), None, "{none}");
        }
    }
}
