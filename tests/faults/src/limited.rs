//! A part within limits of descriptors, threads or memory: prlimit(2).
//!
//! Owns the limits and the runs within them. What is refused here is refused for good, and
//! not once as in `run.rs`.

use std::io::{self, Read};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Resource, Rlimit, Signal, getrlimit, kill_process_group, setrlimit};

use crate::judge::NO_MEMORY;
use crate::run::{self, End};

/// A part that has not ended by then never will.
const LIMIT: Duration = Duration::from_secs(30);

#[derive(Clone, Copy, Debug)]
pub enum Limit {
    /// As many descriptors, with the three standard ones.
    Descriptors(u64),
    /// As many threads of a user who has no others, of this number.
    Threads(u64, u32),
    /// So many bytes of addresses.
    Memory(u64),
}

/// What came of a run.
#[derive(Debug)]
pub struct Ran {
    pub lines: Vec<String>,
    pub stderr: String,
    pub end: End,
}

/// Runs `part` within `limit`. The hard limit of descriptors stays, so that what is left can be
/// looked at.
///
/// # Errors
///
/// The program can't be started, within this limit or at all.
pub fn run(program: &Path, part: &str, limit: Limit) -> io::Result<Ran> {
    let dir = tempfile::tempdir()?;
    let mut command = run::command(program, part, dir.path());
    command
        .stdin(run::input())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0);
    let (resource, current) = match limit {
        Limit::Descriptors(count) => (Resource::Nofile, count),
        Limit::Threads(count, user) => {
            std::os::unix::fs::chown(dir.path(), Some(user), Some(user))?;
            command.uid(user).gid(user);
            (Resource::Nproc, count)
        }
        Limit::Memory(bytes) => (Resource::As, bytes),
    };
    let lower = move || {
        let limit = getrlimit(resource);
        let current = Some(current);
        setrlimit(resource, Rlimit { current, ..limit })?;
        Ok(())
    };
    // SAFETY: between fork and exec it makes system calls and takes no memory.
    unsafe { command.pre_exec(lower) };
    let mut child = command.spawn()?;
    let group = Pid::from_child(&child);
    let text = |mut from: Box<dyn Read + Send>| {
        thread::spawn(move || {
            let mut text = Vec::new();
            let _ = from.read_to_end(&mut text);
            String::from_utf8_lossy(&text).into_owned()
        })
    };
    let stdout = text(Box::new(child.stdout.take().expect("a pipe")));
    let stderr = text(Box::new(child.stderr.take().expect("a pipe")));
    let began = Instant::now();
    let end = loop {
        match child.try_wait()? {
            Some(status) => break End::By(status),
            None if began.elapsed() > LIMIT => break End::Hung,
            None => thread::sleep(Duration::from_millis(1)),
        }
    };
    let _ = kill_process_group(group, Signal::KILL);
    let _ = child.wait();
    let dir = dir.path().to_string_lossy();
    let lines = stdout.join().expect("no panic");
    let lines = lines.lines().map(|line| line.replace(&*dir, "DIR"));
    Ok(Ran {
        lines: lines.collect(),
        stderr: stderr.join().expect("no panic"),
        end,
    })
}

/// The limit of descriptors is as high as it may be from here on: for who looks at what is
/// left.
pub fn lift() {
    let limit = getrlimit(Resource::Nofile);
    let current = limit.maximum;
    let _ = setrlimit(Resource::Nofile, Rlimit { current, ..limit });
}

/// What is wrong with a run, but for the errors that it tells of.
pub fn complaints(ran: &Ran) -> Vec<String> {
    let mut wrong = Vec::new();
    match ran.end {
        End::By(status) if status.success() => {}
        End::By(_) if is_for_want_of_memory(ran) => {}
        end => wrong.push(format!("{end:?}: {}", ran.stderr.trim_end())),
    }
    let is_wrong = |line: &&String| {
        line.contains(": panic: ")
            || line.starts_with("broken: ")
            || (line.starts_with("left: ")
                && !(line.contains("threads []") && line.ends_with(" and 0, tasks 0")))
    };
    wrong.extend(ran.lines.iter().filter(is_wrong).cloned());
    wrong
}

/// By the words of the allocator, of std at the start of a thread, or of the loader: nothing
/// that a library could help. Not by those of ENOMEM, which every error has and every panic.
fn is_for_want_of_memory(ran: &Ran) -> bool {
    const LOADER: &str = "error while loading shared libraries: ";
    let mut words = NO_MEMORY.iter().chain([&LOADER]);
    words.any(|words| ran.stderr.contains(words))
}
