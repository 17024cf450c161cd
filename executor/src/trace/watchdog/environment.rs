//! `BUZZER_WATCHDOG`: a watchdog for any program, without a change to it.
//!
//! Owns the variable. The builder asks it once a process.

use std::sync::OnceLock;
use std::time::Duration;

use crate::trace::environment::asked;

const WATCHDOG: &str = "BUZZER_WATCHDOG";

/// The limit that the environment sets. What can't be one is said on stderr.
pub(crate) fn from_environment() -> Option<Duration> {
    static LIMIT: OnceLock<Option<Duration>> = OnceLock::new();
    const EXPECTED: &str = "no time for this; a number and its unit, such as 100ms, 2s or 500us";
    *LIMIT.get_or_init(|| asked(WATCHDOG, parse, EXPECTED))
}

fn parse(value: &str) -> Option<Duration> {
    let unit_at = value.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = value.split_at(unit_at);
    let number = number.parse().ok()?;
    let limit = match unit {
        "s" => Duration::from_secs(number),
        "ms" => Duration::from_millis(number),
        "us" | "µs" => Duration::from_micros(number),
        _ => return None,
    };
    (!limit.is_zero()).then_some(limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_with_their_units_and_what_is_none() {
        assert_eq!(parse("100ms"), Some(Duration::from_millis(100)));
        assert_eq!(parse("2s"), Some(Duration::from_secs(2)));
        assert_eq!(parse("500us"), Some(Duration::from_micros(500)));
        assert_eq!(parse("500µs"), Some(Duration::from_micros(500)));
        for none in [
            "",
            "100",
            "ms",
            "0s",
            "-1s",
            "1.5s",
            "1h",
            "99999999999999999999s",
        ] {
            assert_eq!(parse(none), None, "{none}");
        }
    }
}
