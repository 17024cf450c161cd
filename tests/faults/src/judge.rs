//! Whether what a part got is as it should be.
//!
//! Owns the rules. What is not as it should be is told in words: [`complaints`] are none,
//! or a fault of the library.

use std::io;

use crate::calls::{Call, Error, Expected};
use crate::run::{End, Ran};

/// What a part says where it was told, and where the library panicked.
const ERROR: &str = ": error: ";
const PANIC: &str = ": panic: ";

/// The panics that are documented, by the call that fails.
const PANICS: &[(&str, &str)] = &[
    // Of `Runtime::block_on`.
    ("epoll_wait", "the runtime can't wait for events: "),
    ("epoll_pwait", "the runtime can't wait for events: "),
];

/// Calls after which a connected stream says what the system says, and no more: who calls
/// has the stream.
const BARE: &[&str] = &[
    "read", "readv", "write", "writev", "sendto", "sendmsg", "recvfrom", "recvmsg", "shutdown",
    "fcntl",
];

/// What the C library says of a lookup, whatever has failed in it.
const LOOKUP: &str = "look up localhost: failed to lookup address information: ";

/// What ends the process for want of memory: the allocator, and std at the start of a thread
/// that gets none for the stack on which it would tell of an overflow.
pub(crate) const NO_MEMORY: &[&str] = &[
    "memory allocation of ",
    "failed to allocate an alternative stack",
    "failed to set up alternative stack guard page",
];

/// What std says of a directory that was to be removed and, by an error that was told to
/// its loop over the entries, is another thing or has entries still.
const REMOVAL: &[&str] = &["Is a directory", "Directory not empty"];

/// What the other side of a failed one gets.
const CONSEQUENCES: &[&str] = &[
    "Connection reset by peer",
    "Broken pipe",
    "end of file",
    "early eof",
    "was dropped",
];

/// Without a fault every part has come to a value, and nothing is left.
pub fn is_well(ran: &Ran) -> bool {
    let is_well = |line: &String| !line.contains(ERROR) && !line.contains(PANIC);
    let is_broken = |line: &String| line.starts_with("broken: ");
    let is_left = |line: &String| {
        line.starts_with("left: ") && !line.ends_with("threads [], children 0 and 0, tasks 0")
    };
    let is_wrong = |line: &String| is_broken(line) || is_left(line);
    ended_well(ran) && ran.lines.iter().all(is_well) && !ran.lines.iter().any(is_wrong)
}

fn ended_well(ran: &Ran) -> bool {
    matches!(ran.end, End::By(status) if status.success())
}

/// What the program says that it doesn't say without, with `ERROR` for the system's words
/// for the error.
pub fn said(plain: &Ran, ran: &Ran, error: Error) -> Vec<String> {
    let words = words(error);
    let others = ran.lines.iter().filter(|line| !plain.lines.contains(line));
    let mut said: Vec<_> = others.map(|line| line.replace(&words, "ERROR")).collect();
    match ran.end {
        End::By(status) if status.success() => {}
        End::By(status) => said.push(format!("the process: {status}")),
        End::Hung => said.push("the process: hangs".to_owned()),
    }
    said
}

pub fn words(error: Error) -> String {
    io::Error::from_raw_os_error(error.number).to_string()
}

/// Everything that is wrong with `ran`, in which `call` has failed with `error`.
pub fn complaints(plain: &Ran, ran: &Ran, call: &Call, error: Error) -> Vec<String> {
    let said = said(plain, ran, error);
    let mut wrong = Vec::new();
    // By a line on standard error where there is nobody else: of a trace's file.
    let mut told = ran.stderr.contains(&words(error));
    // What the part says comes first: its runtime may not have been made.
    for line in &said {
        let is_wrong = if line.contains(LOOKUP) {
            // The C library's own calls: it asks again, or not.
            None
        } else if let Some((_, what)) = line.split_once(ERROR) {
            told = true;
            nameless(call, error, what)
        } else if let Some((_, panic)) = line.split_once(PANIC) {
            told = true;
            (!is_documented(call, panic)).then_some("an undocumented panic")
        } else if line.starts_with("left: ") {
            (!may_leave(call, line, &plain.lines)).then_some("something is left")
        } else if line.starts_with("the process: ")
            && NO_MEMORY.iter().any(|words| ran.stderr.contains(words))
        {
            // It is what Rust does.
            (!matches!(call.name, "mmap" | "mprotect")).then_some("an end for want of memory")
        } else if line.starts_with("the process: hangs") {
            Some("it hangs")
        } else if line.starts_with("the trace: ") && told {
            None
        } else {
            Some("neither what is said without, nor an error")
        };
        wrong.extend(is_wrong.map(|why| format!("{why}: {line}")));
    }
    match call.expected(error) {
        Expected::Unseen if told => wrong.push(format!("it is seen: {}", said.join("; "))),
        Expected::Told if !told && must_tell(plain) => {
            wrong.push("nobody is told of it".to_owned())
        }
        _ => {}
    }
    wrong
}

/// Not of what the C library tries in a lookup, and not where what could not be removed is
/// what a trace's writing leaves; together it may be either's call.
fn must_tell(plain: &Ran) -> bool {
    const MAY_NOT: &[&str] = &["lookup: ", "traced: ", "together: "];
    let is_one = |line: &String| MAY_NOT.iter().any(|part| line.starts_with(part));
    !plain.lines.iter().any(is_one)
}

/// An error is to name the operation, the thing and the cause.
fn nameless(call: &Call, error: Error, said: &str) -> Option<&'static str> {
    // Where memory is refused, libc says of a thread what it says of any lack.
    const NO_THREAD: &str = "Resource temporarily unavailable (os error 11)";
    let memory = matches!(call.name, "mmap" | "mprotect" | "clone3");
    let no_thread = said.strip_suffix(NO_THREAD).filter(|_| memory);
    let Some(before) = said.strip_suffix("ERROR").or(no_thread) else {
        let is_consequence = CONSEQUENCES.iter().any(|words| said.contains(words));
        let is_removal = said.starts_with("remove directory ")
            && REMOVAL.iter().any(|words| said.contains(words));
        let has_cause = said.contains("ERROR") || is_consequence || is_removal;
        return (!has_cause).then_some("an error without its cause");
    };
    // At the least `OPERATION THING: `.
    let names = before.trim_end_matches(": ").split_whitespace().count() >= 2;
    // Of a FIFO without a reader, as `pipe::OpenOptions::open_sender` says.
    let is_bare =
        BARE.contains(&call.name) || (call.name == "openat" && error.number == libc::ENXIO);
    (!names && !is_bare).then_some("an error that names nothing")
}

fn is_documented(call: &Call, panic: &str) -> bool {
    let mut known = PANICS.iter();
    known.any(|(name, words)| *name == call.name && panic.starts_with(words))
}

/// A descriptor whose close was not made is open still; and a child whom no signal reached,
/// or who was not waited for, is there. What is left without a fault may be left with one,
/// or not.
fn may_leave(call: &Call, line: &str, plain: &[String]) -> bool {
    let nothing = |of: &str| line.contains(of);
    let descriptors = nothing("descriptors []")
        || call.name == "close"
        || plain
            .iter()
            .any(|plain| plain.starts_with("left: descriptors [\""));
    // One that has ended is waited for with the next, where its runtime is gone.
    let children = nothing(" and 0, tasks") || matches!(call.name, "kill" | "wait4");
    descriptors && children && nothing("threads []") && nothing("tasks 0")
}
