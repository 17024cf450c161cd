//! What is to be written of a runtime when its process ends first.
//!
//! Owns the list of that, and the thread that sees to it: it is told of Ctrl-C and its
//! like and of exit(3) by `sys/ending.rs`, and looks from time to time, since of SIGKILL
//! and abort(3) nobody is told. There is such a thread once there is such a thing: a
//! trace that goes to a file, or a ledger that is printed.
//!
//! The loop is not asked. It may be in a poll that never comes back, or have been ended
//! with its thread. So what is written is behind locks, which the loop takes for each
//! event (`record/kept.rs`, `ledger/book.rs`); while a signal takes its course they are
//! held, so the program stands still from its next event on. The lines go to stderr
//! without std's lock: whoever has called exit may hold it.

use std::sync::{Arc, PoisonError};
use std::thread;
use std::time::Duration;

use crate::machine::panics::{contain, discard};
use crate::sys::ending::{self, Endings, Told};
use crate::sys::locks::{Mutex, MutexGuard};
use crate::sys::start::named_if_refused;
use crate::sys::stderr::say;

/// Something to be written when the process ends.
pub(super) trait Unfinished: Send + Sync {
    /// Writes what there is, since nobody may be told of the end. Gives the time after
    /// which to look again.
    fn keep(&self) -> Option<Duration>;

    /// Writes all, for the last time. While what it gives lives, there is no more.
    fn finish(&self) -> Box<dyn Still + '_>;

    /// It was not the last time.
    fn go_on(&self);
}

/// Holds what has been written as it is.
pub(super) trait Still {}

impl<T> Still for MutexGuard<'_, T> {}

static LIST: Mutex<List> = Mutex::new(List {
    unfinished: Vec::new(),
    is_watched: false,
});

struct List {
    unfinished: Vec<Arc<dyn Unfinished>>,
    /// Whether there is the thread, or was an error.
    is_watched: bool,
}

/// From here on `unfinished` is written when the process ends.
pub(super) fn watch_over(unfinished: Arc<dyn Unfinished>) {
    let mut list = LIST.lock().unwrap_or_else(PoisonError::into_inner);
    list.unfinished.push(unfinished);
    if !std::mem::replace(&mut list.is_watched, true) {
        start();
    }
    drop(list);
    ending::nudge();
}

/// The runtime sees to it by itself.
pub(super) fn forget(unfinished: &Arc<dyn Unfinished>) {
    let mut list = LIST.lock().unwrap_or_else(PoisonError::into_inner);
    list.unfinished
        .retain(|other| !Arc::ptr_eq(other, unfinished));
}

fn all() -> Vec<Arc<dyn Unfinished>> {
    let list = LIST.lock().unwrap_or_else(PoisonError::into_inner);
    list.unfinished.clone()
}

/// Without the thread the runtime's own end is the only one that writes.
fn start() {
    let watch = thread::Builder::new().name("buzzer-trace".to_owned());
    // The handlers need the thread, so it installs them.
    let (installed, is_installed) = std::sync::mpsc::channel();
    let started = watch.spawn(move || {
        let endings = Endings::install();
        let failed = endings.as_ref().err().map(ToString::to_string);
        let endings = endings.ok();
        // It waits for this.
        let _ = installed.send(failed);
        if let Some(endings) = endings {
            see_to_it(&endings);
        }
    });
    let failed = match started {
        Ok(_) => is_installed.recv().unwrap_or_default(),
        Err(error) => Some(named_if_refused(error).to_string()),
    };
    if let Some(error) = failed {
        say(format_args!(
            "if a signal or exit ends the process, nothing is written: {error}"
        ));
    }
}

/// The thread's life.
fn see_to_it(endings: &Endings) {
    let mut look_again = None;
    loop {
        match endings.wait(look_again) {
            Told::Nothing => {
                let again = all().iter().filter_map(|one| keep(&**one)).min();
                look_again = again;
            }
            Told::NoMore => return,
            Told::Exit => {
                for one in all() {
                    drop(finish(&*one));
                }
                endings.let_exit();
            }
            Told::Signal(signal) => {
                let all = all();
                let still: Vec<_> = all.iter().map(|one| finish(&**one)).collect();
                endings.take_course(signal);
                drop(still);
                for one in all {
                    one.go_on();
                }
                look_again = Some(Duration::ZERO);
            }
        }
    }
}

/// Whoever exits waits for this thread, so it must not end.
fn keep(one: &dyn Unfinished) -> Option<Duration> {
    contain(|| one.keep()).map_err(discard).ok().flatten()
}

fn finish<'a>(one: &'a dyn Unfinished) -> Option<Box<dyn Still + 'a>> {
    contain(|| one.finish()).map_err(discard).ok()
}
