//! The start of a program, as the system can't always make it at once.
//!
//! Owns what is done about a program that is open for writing somewhere (ETXTBSY).
//! `command.rs` starts programs by it.
//!
//! Who has written a program and closed it may still find it open: a child that was
//! forked meanwhile, for another task on another thread, has a copy of the descriptor
//! until it runs its own program. A child that waits for a processor may have it long.
//! So each start is known to the others, and a program that is busy is tried again
//! when none of them is between fork and exec. What is left then takes a moment at the
//! most, and is waited for with pauses: a child that runs its program already, of which
//! the kernel closes what is closed on exec; and children that other code forks.

use std::io;
use std::process::{Child, Command};
use std::sync::{PoisonError, RwLock};
use std::thread;
use std::time::Duration;

/// Read by each start until its child runs its own program; written to by one that has
/// to be alone.
static STARTING: RwLock<()> = RwLock::new(());

/// Each pause is twice the one before: all of them take 0.4 seconds.
const FIRST_PAUSE: Duration = Duration::from_micros(100);
const PAUSES: u32 = 12;

/// Starts the program. While it is tried again, the loop waits.
pub(super) fn start(command: &mut Command) -> io::Result<Child> {
    // There is nothing that a panic could leave half-done.
    let others = STARTING.read().unwrap_or_else(PoisonError::into_inner);
    let mut started = command.spawn();
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

fn is_busy(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::ExecutableFileBusy
}
