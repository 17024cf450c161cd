//! What the program writes on: lines of plain text for 80 columns, coloured if
//! a person looks at them. Every other file here prints through it.

use std::env;
use std::fmt::Display;
use std::io::{self, IsTerminal, Write};
use std::time::Duration;

/// A colour, as the terminal's number for it.
#[derive(Clone, Copy)]
pub enum Colour {
    Plain = 0,
    Bold = 1,
    Dim = 2,
    Red = 31,
    Green = 32,
    Yellow = 33,
    Blue = 34,
    Cyan = 36,
}

/// Standard output and whether to colour it.
#[derive(Clone, Copy)]
pub struct Page {
    colour: bool,
}

impl Page {
    /// Colour is for a terminal, and only if the user has not asked to be spared
    /// (<https://no-color.org>: `NO_COLOR` set to anything but nothing).
    pub fn new() -> Page {
        let spared = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let dumb = env::var_os("TERM").is_some_and(|value| value == "dumb");
        Page {
            colour: io::stdout().is_terminal() && !spared && !dumb,
        }
    }

    /// Like `println!`, but a reader that has gone away is an error, no panic.
    pub fn line(self, text: impl Display) -> io::Result<()> {
        writeln!(io::stdout(), "{text}")
            .map_err(|error| io::Error::new(error.kind(), format!("standard output: {error}")))
    }

    /// A line that begins something new, with an empty one before it.
    pub fn heading(self, text: &str) -> io::Result<()> {
        self.line("")?;
        self.line(self.paint(Colour::Bold, text))
    }

    pub fn paint(self, colour: Colour, text: &str) -> String {
        if self.colour && !text.trim().is_empty() {
            format!("\x1b[{}m{text}\x1b[0m", colour as u8)
        } else {
            text.to_owned()
        }
    }
}

/// Says on standard error what is wrong. If that can't be written either, the
/// exit status still says that something was.
pub fn complain(what: impl Display) {
    let _ = writeln!(io::stderr(), "side_by_side: {what}");
}

/// Any bytes as text that does no harm to a terminal: UTF-8 stays, the rest and
/// control characters are escaped.
pub fn printable(bytes: &[u8]) -> String {
    let mut text = String::new();
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            if character.is_control() {
                text.extend(character.escape_default());
            } else {
                text.push(character);
            }
        }
        text.extend(chunk.invalid().escape_ascii().map(char::from));
    }
    text
}

/// Breaks `text` between words into lines of at most `width` characters. (A word
/// longer than that keeps a line to itself.)
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let line = lines.last_mut().expect("never empty");
        let length = line.chars().count() + 1 + word.chars().count();
        if line.is_empty() {
            line.push_str(word);
        } else if length <= width {
            line.extend([" ", word]);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines
}

/// A time in the unit that suits it, with what matters of its digits.
pub fn time(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    if time.is_zero() || seconds >= 0.0995 {
        format!("{seconds:.2} s")
    } else if seconds >= 0.000_995 {
        format!("{:.1} ms", seconds * 1e3)
    } else if seconds >= 0.000_000_995 {
        format!("{:.1} µs", seconds * 1e6)
    } else {
        format!("{:.0} ns", seconds * 1e9)
    }
}
