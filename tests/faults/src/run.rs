//! One run of one part, in a process and a sandbox of its own.
//!
//! Owns [`run`] and the marks: a call that nobody else makes, by which the program says
//! where the library begins and where it has ended. Only calls in between are counted, and
//! only those of the program's own process, or of a child of it that has not yet become
//! another program.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;
use std::{env, fs};

use libc::c_long;
use rustix::process::{Pid, Signal, getppid, kill_process_group, set_parent_process_death_signal};

use crate::calls::CALLS;
use crate::parts;
use crate::sandbox::{self, Call, Told};

/// Nothing in a part takes so long, on however slow a machine. So who is not through by
/// then never will be.
const LIMIT: Duration = Duration::from_secs(30);

/// What makes the process a part: see [`as_a_part`].
const PART: &str = "part";

/// What is to fail.
#[derive(Clone, Copy, Debug)]
pub struct Fault {
    pub call: c_long,
    pub errno: i32,
    /// Which of the part's calls of this kind; the first is 1.
    pub nth: usize,
}

/// What came of a run.
#[derive(Debug)]
pub struct Ran {
    /// What the part has said, line by line, without paths and numbers of the run's own.
    pub lines: Vec<String>,
    /// What was on standard error.
    pub stderr: String,
    pub end: End,
    /// How often each call was made between the marks.
    pub counts: BTreeMap<c_long, usize>,
    /// Those that the loop's own thread has made.
    pub on_the_loop: BTreeSet<c_long>,
    /// Whether the fault has come about.
    pub failed: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum End {
    By(ExitStatus),
    Hung,
}

/// Whether there are such sandboxes here; says so if not.
pub fn can_run() -> bool {
    sandbox::can_enter()
}

/// What `main` calls first: whether this process is a part, which has then run.
pub fn as_a_part() -> bool {
    let mut arguments = env::args().skip(1);
    if arguments.next().as_deref() != Some(PART) {
        return false;
    }
    let name = arguments.next().expect("a part's name");
    // Who would end it if it hangs may be ended before.
    set_parent_process_death_signal(Some(Signal::KILL)).expect("a signal");
    let dir = env::current_dir().expect("a directory of its own");
    parts::run(&name, &dir, mark);
    true
}

fn mark() {
    let _ = getppid();
}

const MARK: c_long = libc::SYS_getppid;

/// This part, as a command: `program` is this crate's own.
pub fn command(program: &Path, part: &str, dir: &Path) -> Command {
    let mut command = Command::new(program);
    command.args([PART, part]).current_dir(dir);
    for (name, _) in env::vars_os() {
        if name.as_encoded_bytes().starts_with(b"BUZZER_") {
            command.env_remove(name);
        }
    }
    if part == parts::TRACED {
        command.env("BUZZER_TRACE", dir.join("run.json"));
    }
    command
}

/// Its standard input.
pub fn input() -> OwnedFd {
    let (stdin, mut to_stdin) = io::pipe().expect("a pipe");
    to_stdin.write_all(b"tea\ncoffee\n").expect("it has room");
    stdin.into()
}

/// Runs `part`, with `told` told of, and with `fault` if there is one.
pub fn run(program: &Path, part: &str, fault: Option<Fault>) -> Ran {
    let calls: Vec<_> = CALLS.iter().map(|call| call.number).collect();
    let told = [&calls[..], &[MARK, libc::SYS_execve]].concat();
    run_told(program, part, fault, Told::These(&told))
}

/// The calls between the marks, whatever they are.
pub fn all_calls(program: &Path, part: &str) -> Ran {
    run_told(program, part, None, Told::AllBut(&[]))
}

fn run_told(program: &Path, part: &str, fault: Option<Fault>, told: Told<'_>) -> Ran {
    let dir = tempfile::tempdir().expect("a directory");
    let (here, there) = UnixStream::pair().expect("two sockets");
    let mut command = command(program, part, dir.path());
    command
        .stdin(input())
        .stdout(Stdio::piped())
        .stderr(OwnedFd::from(there))
        // So that all that it has started can be ended with it.
        .process_group(0);
    sandbox::enter_when_run(&mut command, told);
    let is_over = AtomicBool::new(false);
    let was_killed = AtomicBool::new(false);
    let (ended, end) = mpsc::channel::<()>();
    thread::scope(|threads| {
        // Its calls may be told of before it has become the program.
        let answering = threads.spawn(|| answer_calls(&here, fault, &is_over));
        let mut child = command.spawn().expect("the program");
        drop(command);
        let group = Pid::from_child(&child);
        let mut stdout = child.stdout.take().expect("a pipe");
        let lines = threads.spawn(move || {
            let mut text = String::new();
            let _ = stdout.read_to_string(&mut text);
            text
        });
        let was_killed = &was_killed;
        threads.spawn(move || {
            if end.recv_timeout(LIMIT) == Err(RecvTimeoutError::Timeout) {
                was_killed.store(true, Ordering::Relaxed);
                let _ = kill_process_group(group, Signal::KILL);
            }
        });
        let status = child.wait().expect("its end");
        is_over.store(true, Ordering::Relaxed);
        // What it has left behind would hold its standard output open.
        let _ = kill_process_group(group, Signal::KILL);
        drop(ended);
        let (stderr, watch) = answering.join().expect("no panic");
        let text = lines.join().expect("no panic");
        let end = match was_killed.load(Ordering::Relaxed) {
            true => End::Hung,
            false => End::By(status),
        };
        let shown = |line: &str| without_its_own(line, dir.path());
        Ran {
            lines: text.lines().map(shown).collect(),
            stderr,
            end,
            counts: watch.counts,
            on_the_loop: watch.on_the_loop,
            failed: watch.failed,
        }
    })
}

/// Without what differs from run to run: the directory, ports, and numbers of children.
fn without_its_own(line: &str, dir: &Path) -> String {
    let line = line.replace(&*dir.to_string_lossy(), "DIR");
    let mut last = "";
    let words = line.split(' ').map(|word| {
        let bare = word.trim_end_matches([':', ',']);
        let is_number = !bare.is_empty() && bare.bytes().all(|byte| byte.is_ascii_digit());
        let shown = match bare.strip_prefix("127.0.0.1:") {
            Some(port) if port != "0" => "127.0.0.1:PORT",
            _ if is_number && matches!(last, "child" | "pid") => "N",
            _ => bare,
        };
        last = word;
        [shown, &word[bare.len()..]].concat()
    });
    words.collect::<Vec<_>>().join(" ")
}

/// What was seen of the calls.
#[derive(Default)]
struct Watch {
    marks: usize,
    counts: BTreeMap<c_long, usize>,
    on_the_loop: BTreeSet<c_long>,
    /// Children that have become another program.
    others: BTreeSet<u32>,
    own: Option<u32>,
    failed: bool,
}

impl Watch {
    /// The error that this call is to have.
    fn answer(&mut self, call: Call, fault: Option<Fault>) -> Option<i32> {
        // The first that is told of is of the program itself.
        let own = *self.own.get_or_insert(call.process);
        if call.number == MARK && call.process == own {
            self.marks += 1;
        }
        let is_between = self.marks == 1 && call.number != MARK;
        if !is_between || self.others.contains(&call.process) || never_fails(call) {
            return None;
        }
        let count = self.counts.entry(call.number).or_default();
        *count += 1;
        if call.thread == own {
            self.on_the_loop.insert(call.number);
        }
        match fault {
            Some(fault) if fault.call == call.number && fault.nth == *count => {
                self.failed = true;
                Some(fault.errno)
            }
            _ => {
                if call.number == libc::SYS_execve {
                    self.others.insert(call.process);
                }
                None
            }
        }
    }
}

/// Whether it has none of the errors that others of its name have.
fn never_fails(call: Call) -> bool {
    match call.number {
        libc::SYS_read | libc::SYS_write => is_of_the_kernels_own(call),
        // By this a debug build's std asks, at each close, whether the descriptor is its own
        // still: the one error is EBADF, at which it ends the process.
        libc::SYS_fcntl => call.second == libc::F_GETFD as u64,
        _ => false,
    }
}

/// Whether it is of an eventfd or the like: what is a number in the kernel has no disk and
/// no other end.
fn is_of_the_kernels_own(call: Call) -> bool {
    let path = format!("/proc/{}/fd/{}", call.process, call.first);
    let leads_to = fs::read_link(path).unwrap_or_default();
    leads_to
        .as_os_str()
        .as_encoded_bytes()
        .starts_with(b"anon_inode:")
}

/// Answers the calls, and gives what was said on standard error, and what was seen.
fn answer_calls(
    stderr: &UnixStream,
    fault: Option<Fault>,
    is_over: &AtomicBool,
) -> (String, Watch) {
    let listener = sandbox::listener_from(stderr.as_fd());
    let mut watch = Watch::default();
    thread::scope(|threads| {
        let text = threads.spawn(move || {
            let mut bytes = Vec::new();
            let mut stderr = stderr;
            let _ = stderr.read_to_end(&mut bytes);
            String::from_utf8_lossy(&bytes).into_owned()
        });
        let is_over = || is_over.load(Ordering::Relaxed);
        if let Some(listener) = listener {
            sandbox::answer(&listener, |call| watch.answer(call, fault), is_over);
            // From here on nobody would answer: the kernel refuses what is still asked.
            drop(listener);
        }
        (text.join().expect("no panic"), watch)
    })
}
