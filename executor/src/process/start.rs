//! The start of a program, as the system can't always make it at once.
//!
//! Owns what is done about a program that is open for writing somewhere (ETXTBSY), and
//! about a sandbox that refuses the way which std prefers. `command.rs` starts programs by
//! it.
//!
//! # A program that is busy
//!
//! Who has written a program and closed it may still find it open: a child that was
//! forked meanwhile, for another task on another thread, has a copy of the descriptor
//! until it runs its own program. A child that waits for a processor may have it long.
//! So each start is known to the others, and a program that is busy is tried again
//! when none of them is between fork and exec. What is left then takes a moment at the
//! most, and is waited for with pauses: a child that runs its program already, of which
//! the kernel closes what is closed on exec; and children that other code forks.
//!
//! # A call that is refused
//!
//! std has the C library start the program, which on Linux calls clone3(2). A sandbox that
//! refuses it without saying that it isn't there makes each start fail, though a plain
//! fork is allowed. So a start that may have failed on that is forked; if this helps, all
//! that follow are.

use std::io;
use std::process::{Child, Command};
use std::sync::PoisonError;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use crate::sys::locks::RwLock;
use crate::sys::process::by_fork;

/// Read by each start until its child runs its own program; written to by one that has
/// to be alone.
static STARTING: RwLock<()> = RwLock::new(());

/// Each pause is twice the one before: all of them take 0.4 seconds.
const FIRST_PAUSE: Duration = Duration::from_micros(100);
const PAUSES: u32 = 12;

/// Whether children are forked, since the way that std prefers is refused here.
static FORKS: AtomicBool = AtomicBool::new(false);

/// Starts the program. While it is tried again, the loop waits. `is_forked` says of this
/// command whether its child is.
pub(super) fn start(command: &mut Command, is_forked: &mut bool) -> io::Result<Child> {
    if FORKS.load(Ordering::Relaxed) {
        fork(command, is_forked);
    }
    // There is nothing that a panic could leave half-done.
    let others = STARTING.read().unwrap_or_else(PoisonError::into_inner);
    let mut started = command.spawn();
    if !*is_forked && matches!(&started, Err(error) if may_be_refused(error)) {
        fork(command, is_forked);
        started = command.spawn();
        FORKS.fetch_or(started.is_ok(), Ordering::Relaxed);
    }
    drop(others);
    for nth in 0..=PAUSES {
        if !matches!(&started, Err(error) if is_busy(error)) {
            break;
        }
        if nth > 0 {
            thread::sleep(FIRST_PAUSE * 2_u32.pow(nth - 1));
        }
        let alone = STARTING.write().unwrap_or_else(PoisonError::into_inner);
        started = command.spawn();
        drop(alone);
    }
    started
}

fn fork(command: &mut Command, is_forked: &mut bool) {
    if !std::mem::replace(is_forked, true) {
        by_fork(command);
    }
}

/// What a sandbox says of a call that it refuses, and exec of a program.
fn may_be_refused(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::EPERM | libc::EINVAL))
}

fn is_busy(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::ExecutableFileBusy
}
