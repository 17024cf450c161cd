//! What a variable of the environment asks for.
//!
//! Owns the one way in which a value that can't be understood is told. For the watchdog
//! and the dump.

use std::env;
use std::fmt::Display;

use super::output::say;

/// What `name` asks for, by `parse`. An empty value is none; one that can't be
/// understood is said on stderr, with what was `expected`.
pub(crate) fn asked<T>(
    name: &str,
    parse: impl Fn(&str) -> Option<T>,
    expected: impl Display,
) -> Option<T> {
    let value = env::var_os(name).filter(|value| !value.is_empty())?;
    let wish = value.to_str().and_then(parse);
    if wish.is_none() {
        say(format_args!("{name}={}: {expected}", value.display()));
    }
    wish
}
