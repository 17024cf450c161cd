//! A shutdown that hangs says where.
//!
//! Owns [`Overdue`], by which a shutdown tells what it is at, and the thread that says
//! so when it has been at it for too long: one for the process, and only for as long as
//! shutdowns go on in which code of the program runs. `runtime/` calls it. What the
//! shutdown waits for itself, the jobs, `machine/blocking/shutdown.rs` tells without a thread.

use std::cell::OnceCell;
use std::fmt::{self, Display, Formatter};
use std::panic::Location;
use std::sync::{Arc, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::machine::turn::Drops;
use crate::record::ids::Id;
use crate::sys::locks::{Condvar, Mutex, MutexGuard};
use crate::sys::stderr::say;

/// A shutdown is told of after so long, and again each time its length has doubled.
const FIRST_REPORT: Duration = Duration::from_secs(1);

/// How far one shutdown has come. The thread knows of it from the first step on.
#[derive(Default)]
pub(crate) struct Overdue(OnceCell<Arc<Shutdown>>);

/// Code of the program that a shutdown runs, or waits for.
pub(crate) enum Step {
    Task {
        id: Id,
        at: &'static Location<'static>,
        name: Option<String>,
    },
    /// What other threads had sent and the loop has not taken in.
    Sent,
    /// The jobs that had not begun.
    Jobs,
    /// The watchdog's thread, which may be in the program's listener.
    Watchdog,
    /// The recording and the ledger, and what is left of the runtime.
    Rest,
    /// Nothing that is to be told here.
    Told,
}

impl From<Drops<'_>> for Step {
    fn from(next: Drops<'_>) -> Self {
        match next {
            Drops::Task(task) => Self::Task {
                id: task.id,
                at: task.spawned_at,
                name: task.name().map(|name| String::clone(name)),
            },
            Drops::Sent => Self::Sent,
            Drops::Job => Self::Jobs,
        }
    }
}

struct Shutdown {
    began: Instant,
    step: Mutex<Step>,
}

/// The shutdowns that go on, and when each is told of next.
struct Process {
    shutdowns: Vec<(Arc<Shutdown>, Duration)>,
    has_thread: bool,
}

static PROCESS: Mutex<Process> = Mutex::new(Process {
    shutdowns: Vec::new(),
    has_thread: false,
});

/// Never notified: the thread comes by before anything can be overdue.
static PAUSE: Condvar = Condvar::new();

/// No code of the program runs under the locks of this file, so nothing poisons them.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Overdue {
    /// The shutdown comes to this step.
    pub(crate) fn is_at(&self, step: Step) {
        match self.0.get() {
            Some(shutdown) => *lock(&shutdown.step) = step,
            None => _ = self.0.set(begin(step)),
        }
    }

    /// What follows is told elsewhere, or takes no time.
    pub(crate) fn is_done(&self) {
        if self.0.get().is_some() {
            self.is_at(Step::Told);
        }
    }
}

#[cold]
fn begin(step: Step) -> Arc<Shutdown> {
    let (began, step) = (Instant::now(), Mutex::new(step));
    let shutdown = Arc::new(Shutdown { began, step });
    let mut process = lock(&PROCESS);
    process.shutdowns.push((shutdown.clone(), FIRST_REPORT));
    if !process.has_thread {
        let thread = thread::Builder::new().name("buzzer-shutdown".to_owned());
        // Without it a shutdown that hangs does so silently.
        process.has_thread = thread.spawn(watch).is_ok();
    }
    shutdown
}

impl Drop for Overdue {
    fn drop(&mut self) {
        if let Some(shutdown) = self.0.get() {
            let is_other = |other: &(Arc<Shutdown>, _)| !Arc::ptr_eq(&other.0, shutdown);
            lock(&PROCESS).shutdowns.retain(is_other);
        }
    }
}

/// The thread's life.
fn watch() {
    let mut process = lock(&PROCESS);
    loop {
        let now = Instant::now();
        let mut overdue = Vec::new();
        let mut pause = FIRST_REPORT;
        for (shutdown, report_after) in &mut process.shutdowns {
            let lasts = now.saturating_duration_since(shutdown.began);
            if lasts >= *report_after {
                overdue.extend(told(*report_after, &lock(&shutdown.step)));
                *report_after = report_after.saturating_mul(2);
            }
            pause = pause.min(report_after.saturating_sub(lasts));
        }
        if !overdue.is_empty() {
            // Standard error may be what blocks.
            drop(process);
            overdue.iter().for_each(|text| say(format_args!("{text}")));
            process = lock(&PROCESS);
            continue;
        }
        let waited = PAUSE.wait_timeout(process, pause);
        process = waited.unwrap_or_else(PoisonError::into_inner).0;
        if process.shutdowns.is_empty() {
            process.has_thread = false;
            return;
        }
    }
}

fn told(lasts: Duration, step: &Step) -> Option<String> {
    match step {
        Step::Told => None,
        step => Some(format!(
            "the shutdown of a runtime goes on for {lasts:?} and is held up by {step}"
        )),
    }
}

impl Display for Step {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Task { id, at, name } => {
                write!(f, "the drop of #{id}")?;
                if let Some(name) = name {
                    write!(f, " '{}'", name.escape_debug())?;
                }
                write!(f, " ({}:{}:{})", at.file(), at.line(), at.column())
            }
            Self::Sent => f.write_str("the drop of what another thread had sent"),
            Self::Jobs => f.write_str("the drop of a blocking job that had not begun"),
            Self::Watchdog => f.write_str("the program's listener for slow polls"),
            Self::Rest => f.write_str("the writing of its recording, or a waker's drop"),
            Self::Told => Ok(()),
        }
    }
}
