//! Whether anything can ever happen again.
//!
//! Owns the way to tell a run that stands still from one that is slow, without a stopwatch.
//! Each look notes of every thread whether it sleeps in the kernel, and how often it has
//! been switched from and to. If two looks find all of them asleep, and none was switched
//! meanwhile, then there was a moment between the two at which all slept at once: nobody was
//! there who could have woken anybody. While work is left, and nobody waits for a clock, that
//! is a stall. How long lies between two looks decides only how soon it is told.

use std::collections::BTreeMap;
use std::fs;
use std::process;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::opened;

/// Between two looks.
const APART: Duration = Duration::from_millis(500);

/// The one thread that looks at a clock: the library's, which tells of shutdowns that go on for
/// a second, and ends within a second when there are none. It wakes nobody.
const BY_THE_CLOCK: &str = "buzzer-shutdown\n";

/// Each thread that was seen, and how often it had been switched; `None` if it ran.
type Look = BTreeMap<u32, Option<(u64, u64)>>;

/// Of one process or of many.
pub struct Watched {
    processes: Vec<u32>,
    /// Of this process the one who watches, and is not to be watched.
    but: Option<u32>,
    /// Whether who ends by the clock is waited for, and not looked past.
    awaits_their_end: bool,
    last: Option<Look>,
}

impl Watched {
    /// All threads of this process but the one that calls.
    fn others(awaits_their_end: bool) -> Self {
        Self {
            awaits_their_end,
            processes: vec![process::id()],
            but: u32::try_from(rustix::thread::gettid().as_raw_nonzero().get()).ok(),
            last: None,
        }
    }

    /// Those and all of other processes.
    pub fn with(processes: impl IntoIterator<Item = u32>) -> Self {
        let mut watched = Self::others(false);
        watched.processes.extend(processes);
        watched
    }

    /// Looks once more. Whether all slept at once since the look before.
    pub fn stands_still(&mut self) -> bool {
        let look = self.look();
        let all_sleep = look
            .as_ref()
            .is_some_and(|look| look.values().all(Option::is_some));
        let stands = all_sleep && self.last == look;
        self.last = look;
        stands
    }

    /// `None` if a process or a thread ended meanwhile.
    fn look(&self) -> Option<Look> {
        let _looks = opened::to_look();
        let mut look = Look::new();
        for process in &self.processes {
            for task in fs::read_dir(format!("/proc/{process}/task")).ok()? {
                let task = task.ok()?;
                let id = task.file_name().to_str()?.parse().ok()?;
                if self.but == Some(id) {
                    continue;
                }
                let read = |file| fs::read_to_string(task.path().join(file)).ok();
                match read("comm")? == BY_THE_CLOCK {
                    false => _ = look.insert(id, switches(&read("status")?)),
                    true if self.awaits_their_end => return None,
                    true => {}
                }
            }
        }
        Some(look)
    }

    /// What each thread does, for who reads of a stall.
    pub fn tell(&self) {
        for process in &self.processes {
            let tasks = fs::read_dir(format!("/proc/{process}/task"));
            for task in tasks.into_iter().flatten().flatten() {
                let read = |file| fs::read_to_string(task.path().join(file)).unwrap_or_default();
                let (name, wchan, status) = (read("comm"), read("wchan"), read("status"));
                eprintln!(
                    "thread {:?} of process {process}, {}: in {wchan:?}, switched {:?} times",
                    task.file_name(),
                    name.trim(),
                    switches(&status)
                );
            }
        }
    }
}

/// How often a thread that sleeps was switched, by its will and against it.
fn switches(status: &str) -> Option<(u64, u64)> {
    let field = |name| {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        Some(line.trim())
    };
    field("State:")?.starts_with('S').then_some(())?;
    let number = |name| field(name)?.parse().ok();
    Some((
        number("voluntary_ctxt_switches:")?,
        number("nonvoluntary_ctxt_switches:")?,
    ))
}

/// A thread that ends the process when it stands still.
pub struct Watch {
    end: Sender<()>,
    thread: JoinHandle<()>,
}

impl Watch {
    /// `left` says what is still to be done, and is told of a stall.
    pub fn begin(left: impl Fn() -> String + Send + 'static) -> Self {
        let (end, ended) = mpsc::channel();
        let thread = thread::spawn(move || {
            let mut watched = Watched::others(false);
            while ended.recv_timeout(APART) == Err(RecvTimeoutError::Timeout) {
                if watched.stands_still() {
                    eprintln!("a stall: every thread sleeps, and nobody can wake any");
                    watched.tell();
                    eprintln!("{}", left());
                    process::exit(1);
                }
            }
        });
        Self { end, thread }
    }

    /// All is done.
    pub fn end(self) {
        drop(self.end);
        self.thread.join().unwrap();
    }
}

/// Lets other threads run until `is_so`.
///
/// # Panics
///
/// If it can't become so, since all of them sleep.
#[track_caller]
pub fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let mut watched = Watched::others(true);
    while !is_so() {
        if watched.stands_still() && !is_so() {
            watched.tell();
            panic!("a stall: {what} will never be");
        }
        thread::yield_now();
    }
}
