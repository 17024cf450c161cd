//! One run of the program, in a process and a sandbox of its own.

use std::env;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use libc::c_long;
use rustix::process::{Pid, Signal, kill_process_group};

use super::program;
use super::sandbox::{self, Call, Told};

/// Nothing in the program takes so long, on however slow a machine. So who is not
/// through by then never will be.
const LIMIT: Duration = Duration::from_secs(60);

/// What came of a run.
#[derive(Debug)]
pub struct Ran {
    /// What the parts said, line by line, what of it was found on standard error, and
    /// how the process ended if not well.
    pub lines: Vec<String>,
    /// The calls that were answered, in order: those of the program's own process and
    /// those of its children.
    pub answered: Vec<c_long>,
    pub answered_children: Vec<c_long>,
}

/// What the process is that [`run`] starts, and those that it starts.
pub fn as_the_program() {
    match env::var(program::ends::HOW) {
        Ok(how) => program::run_to_an_end(&how),
        Err(_) => program::run(&env::current_dir().unwrap()),
    }
}

/// Runs the program by `again`, in a process that is [`as_the_program`], with `told` told of
/// and answered by `answer`.
pub fn run(
    mut again: Command,
    told: Told<'_>,
    answer: impl FnMut(Call) -> Option<i32> + Send,
) -> Ran {
    let dir = tempfile::tempdir().unwrap();
    let (here, there) = UnixStream::pair().unwrap();
    let (stdin, mut to_stdin) = io::pipe().unwrap();
    to_stdin.write_all(b"tea\ncoffee\n").unwrap();
    drop(to_stdin);
    again
        .current_dir(&dir)
        .stdin(stdin)
        .stdout(Stdio::piped())
        .stderr(OwnedFd::from(there))
        // So that all that it has started can be ended with it.
        .process_group(0);
    for (name, _) in env::vars_os() {
        if name.as_encoded_bytes().starts_with(b"BUZZER_") && name != "BUZZER_TEST_CHILD" {
            again.env_remove(name);
        }
    }
    sandbox::enter_when_run(&mut again, told);
    let program = again.get_program().to_str().unwrap().to_owned();
    let is_over = AtomicBool::new(false);
    let (ended, end) = mpsc::channel::<()>();
    thread::scope(|threads| {
        // Its calls may be told of before it has become the program.
        let answering = threads.spawn(|| answer_calls(&here, answer, &is_over));
        let mut child = again.spawn().unwrap();
        drop(again);
        let group = Pid::from_child(&child);
        let mut stdout = child.stdout.take().unwrap();
        let lines = threads.spawn(move || {
            let mut text = String::new();
            let _ = stdout.read_to_string(&mut text);
            text
        });
        threads.spawn(move || {
            if end.recv_timeout(LIMIT) == Err(RecvTimeoutError::Timeout) {
                let _ = kill_process_group(group, Signal::KILL);
            }
        });
        let status = child.wait().unwrap();
        is_over.store(true, Ordering::Relaxed);
        // What it has left behind would hold its standard output open.
        let _ = kill_process_group(group, Signal::KILL);
        drop(ended);
        let (stderr, answered) = answering.join().unwrap();
        let text = lines.join().unwrap();
        let dir = dir.path().to_str().unwrap();
        let without_paths = |line: &str| line.replace(dir, "DIR").replace(&program, "PROGRAM");
        let mut lines: Vec<_> = text.lines().map(without_paths).collect();
        lines.push(found_in(&stderr));
        if !status.success() {
            lines.push(format!("the process: {status}"));
        }
        let is_own = |call: &Call| call.process == child.id();
        let (own, others): (Vec<_>, Vec<_>) = answered.into_iter().partition(is_own);
        let numbers = |calls: Vec<Call>| calls.iter().map(|call| call.number).collect();
        Ran {
            lines,
            answered: numbers(own),
            answered_children: numbers(others),
        }
    })
}

/// Of what is to be on standard error, what is there.
fn found_in(stderr: &str) -> String {
    let [line, dump, trace] = ["to standard error", "has waited", "buzzer: wrote"]
        .map(|text| stderr.lines().filter(|line| line.contains(text)).count());
    format!("stderr: {line} line, {dump} of a dump, {trace} of traces")
}

/// Answers the calls, and gives what was said on standard error, and those calls.
fn answer_calls(
    stderr: &UnixStream,
    answer: impl FnMut(Call) -> Option<i32> + Send,
    is_over: &AtomicBool,
) -> (String, Vec<Call>) {
    let listener = sandbox::listener_from(stderr.as_fd());
    thread::scope(|threads| {
        let text = threads.spawn(move || {
            let mut bytes = Vec::new();
            let mut stderr = stderr;
            let _ = stderr.read_to_end(&mut bytes);
            String::from_utf8_lossy(&bytes).into_owned()
        });
        let is_over = || is_over.load(Ordering::Relaxed);
        let answered = listener.map(|listener| sandbox::answer(&listener, answer, is_over));
        (text.join().unwrap(), answered.unwrap_or_default())
    })
}
