//! Writing down what happened, and laying two such accounts side by side.
//!
//! Owns the transcript that is being written on this thread. The scenarios, whichever
//! runtime they are compiled on, write to it with [`note!`]; `scenarios/lib.rs` opens
//! and closes it; only `main.rs` compares.

use std::cell::RefCell;
use std::fmt::Write;
use std::time::Duration;

/// What one runtime made of one scenario: a line for each thing that happened,
/// headed by the virtual time at which it did.
#[derive(Debug)]
pub struct Transcript {
    lines: Vec<String>,
    expected: Expected,
}

/// What the scenario says of the two transcripts.
#[derive(Debug)]
enum Expected {
    Equal,
    Differing(Difference),
    UnorderedOnTokio(UnorderedOnTokio),
}

/// A difference between the two runtimes that is meant to be there.
///
/// Both transcripts are stated in full, so a reader need not run the test to
/// see the difference, and a change on either side is noticed.
#[derive(Clone, Copy, Debug)]
pub struct Difference {
    pub because: &'static str,
    pub buzzer: &'static [&'static str],
    pub tokio: &'static [&'static str],
}

/// The same lines on both runtimes, but in an order that tokio does not promise
/// and does not always repeat. Buzzer's order is stated in full.
#[derive(Clone, Copy, Debug)]
pub struct UnorderedOnTokio {
    pub because: &'static str,
    pub buzzer: &'static [&'static str],
}

impl Transcript {
    /// States that this scenario ends differently on the two runtimes.
    pub fn differs(mut self, difference: Difference) -> Transcript {
        self.expected = Expected::Differing(difference);
        self
    }

    /// States that only buzzer's order can be relied on.
    pub fn unordered_on_tokio(mut self, unordered: UnorderedOnTokio) -> Transcript {
        self.expected = Expected::UnorderedOnTokio(unordered);
        self
    }
}

/// Tells the virtual time since the start, or `None` outside of the runtime.
type Stamp = Box<dyn Fn() -> Option<Duration>>;

struct Writing {
    stamp: Stamp,
    lines: Vec<String>,
}

// A thread-local, so that a scenario's tasks can write without each of them
// having to carry a handle. Blocking jobs run on other threads and would write
// in an order that is not repeatable: they return what they have to say.
thread_local! {
    static WRITING: RefCell<Option<Writing>> = const { RefCell::new(None) };
}

/// Opens the transcript of this thread.
pub fn open(stamp: impl Fn() -> Option<Duration> + 'static) {
    let writing = Writing {
        stamp: Box::new(stamp),
        lines: Vec::new(),
    };
    WRITING.set(Some(writing));
}

/// Closes the transcript of this thread and hands it over.
pub fn close() -> Transcript {
    let writing = WRITING.take().expect("no transcript is open");
    Transcript {
        lines: writing.lines,
        expected: Expected::Equal,
    }
}

/// Writes one line; called by [`note!`].
pub fn write_line(text: String) {
    WRITING.with_borrow_mut(|writing| {
        let Some(writing) = writing else {
            panic!("{text:?} was noted on a thread that has no transcript open");
        };
        let line = match (writing.stamp)() {
            // Milliseconds, with what is below them only where there is any.
            Some(time) => format!("{} ms: {text}", time.as_nanos() as f64 / 1e6),
            None => format!("outside: {text}"),
        };
        writing.lines.push(line);
    });
}

/// Like `println!`, onto the transcript.
#[macro_export]
macro_rules! note {
    ($($text:tt)+) => { $crate::write_line(format!($($text)+)) };
}

/// Notes `{name} dropped` when it is dropped.
#[derive(Debug)]
pub struct NoteOnDrop(pub &'static str);

impl Drop for NoteOnDrop {
    fn drop(&mut self) {
        note!("{} dropped", self.0);
    }
}

/// Fails unless both runtimes wrote what they should have: the same lines, or
/// exactly the stated difference.
pub fn compare(buzzer: Transcript, tokio: Transcript) {
    // Shown by `cargo test --test contrast -- --nocapture`, and on a failure.
    println!("{}", side_by_side(&buzzer.lines, &tokio.lines));
    assert!(!buzzer.lines.is_empty(), "nothing was noted");

    // Both were compiled from one source, so either could be asked.
    match buzzer.expected {
        Expected::Equal => assert!(
            buzzer.lines == tokio.lines,
            "the runtimes differ, see the lines marked with !"
        ),
        Expected::Differing(stated) => {
            println!("differs on purpose: {}", stated.because);
            expect("buzzer", &buzzer.lines, stated.buzzer);
            expect("tokio", &tokio.lines, stated.tokio);
            assert!(
                stated.buzzer != stated.tokio,
                "the runtimes agree, so there is no difference to state"
            );
        }
        Expected::UnorderedOnTokio(stated) => {
            println!("the order differs: {}", stated.because);
            expect("buzzer", &buzzer.lines, stated.buzzer);
            let mut in_any_order = stated.buzzer.to_vec();
            in_any_order.sort_unstable();
            let mut tokio = tokio.lines;
            tokio.sort_unstable();
            expect("tokio, once sorted,", &tokio, &in_any_order);
        }
    }
}

fn expect(runtime: &str, found: &[String], stated: &[&str]) {
    assert!(
        found == stated,
        "{runtime} did not write what the scenario states, which is:\n{stated:#?}"
    );
}

/// Two columns, with a `!` before each line in which they differ.
fn side_by_side(left: &[String], right: &[String]) -> String {
    let longest = left.iter().map(|line| line.chars().count()).max();
    let width = longest.unwrap_or(0).max("buzzer".len());
    let mut table = format!("  {:width$} | tokio\n", "buzzer");
    for row in 0..left.len().max(right.len()) {
        let cell = |column: &[String]| column.get(row).cloned().unwrap_or_default();
        let (left, right) = (cell(left), cell(right));
        let mark = if left == right { ' ' } else { '!' };
        writeln!(table, "{mark} {left:width$} | {right}").expect("a String takes any text");
    }
    table
}
