//! A process that hangs until a test has read what it says of that: no stopwatch is
//! needed to see that it says so while it hangs.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::Stdio;

use crate::child;

/// Blocks until the test has read what it waits for, which is when it closes the pipe.
pub fn until_told() {
    let _ = std::io::stdin().read_to_end(&mut Vec::new());
}

/// A line, by its beginning and its end.
type Line<'a> = (&'a str, &'a str);

/// Runs `body` in a process of its own, whose standard input stays open until it has
/// said each of the lines, in this order.
pub fn says(lines: &[Line<'_>], body: impl FnOnce()) {
    says_and_then(lines, &[], body);
}

/// As [`says`]; and when the input is closed, it says the others.
pub fn says_and_then(lines: &[Line<'_>], then: &[Line<'_>], body: impl FnOnce()) {
    let Some(mut again) = child::again() else {
        return body();
    };
    let mut child = again
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(child.stderr.take().unwrap()).lines();
    let mut heard = Vec::new();
    let mut hear = |lines: &[Line<'_>]| {
        for (begins, ends) in lines {
            loop {
                let line = said.next().unwrap_or_else(|| panic!("only {heard:#?}"));
                let line = line.unwrap();
                let is_it = line.starts_with(begins) && line.ends_with(ends);
                heard.push(line);
                if is_it {
                    break;
                }
            }
        }
    };
    hear(lines);
    drop(child.stdin.take());
    hear(then);
    // What else it says must not fill the pipe.
    heard.extend(said.map_while(Result::ok));
    assert!(child.wait().unwrap().success(), "{heard:#?}");
}
