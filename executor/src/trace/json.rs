//! JSON, as far as the views need it: strings.
//!
//! Owns the quoting and the escaping (RFC 8259, section 7). Used by the views that
//! write JSON.

use std::fmt::{self, Display, Write};

/// What a value shows, as a JSON string with its quotes.
///
/// `<` is escaped too, which JSON allows: the string may then stand in an HTML page's
/// `<script>`, which would end at the first `</script>`, even within a string.
pub(crate) struct Quoted<T>(pub(crate) T);

impl<T: Display> Display for Quoted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("\"")?;
        write!(Escaping(f), "{}", self.0)?;
        f.write_str("\"")
    }
}

/// Escapes what is written to it.
struct Escaping<'a, 'b>(&'a mut fmt::Formatter<'b>);

impl Write for Escaping<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let mut rest = text;
        // All that is escaped is one byte long, so each cut is between two characters.
        while let Some(at) = rest.bytes().position(must_be_escaped) {
            self.0.write_str(&rest[..at])?;
            match rest.as_bytes()[at] {
                b'"' => self.0.write_str("\\\"")?,
                b'\\' => self.0.write_str("\\\\")?,
                b'\n' => self.0.write_str("\\n")?,
                other => write!(self.0, "\\u{other:04x}")?,
            }
            rest = &rest[at + 1..];
        }
        self.0.write_str(rest)
    }
}

fn must_be_escaped(byte: u8) -> bool {
    matches!(byte, 0..=0x1f | b'"' | b'\\' | b'<')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_backslashes_controls_and_the_end_of_a_script_are_escaped() {
        for (text, json) in [
            ("", r#""""#),
            ("other work", r#""other work""#),
            ("a\"b\\c", r#""a\"b\\c""#),
            (
                "\0\t\n\r\u{1f}\u{7f}",
                "\"\\u0000\\u0009\\n\\u000d\\u001f\u{7f}\"",
            ),
            ("</script>", r#""\u003c/script>""#),
            ("Grüße, 世界 🐝 \u{2028}", "\"Grüße, 世界 🐝 \u{2028}\""),
        ] {
            assert_eq!(Quoted(text).to_string(), json);
        }
        assert_eq!(Quoted(format_args!("{}{}", '"', 7)).to_string(), r#""\"7""#);
    }
}
