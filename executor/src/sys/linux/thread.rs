//! Joining a thread with a limit, which std can't.
//!
//! Owns that call. The end of a blocking pool needs it: a thread whose work is done may
//! still be in the drop of the program's thread-locals.

use std::os::unix::thread::JoinHandleExt;
use std::ptr;
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Waits until `thread` has ended, for so long at most. What it returns or panicked with
/// is dropped.
///
/// # Errors
///
/// Gives the handle back if it goes on.
pub(crate) fn join_within(thread: JoinHandle<()>, limit: Duration) -> Result<(), JoinHandle<()>> {
    // The clock by which the call counts. That of a machine set before 1970 makes it
    // come back at once.
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let until = now.unwrap_or_default().saturating_add(limit);
    let until = libc::timespec {
        tv_sec: libc::time_t::try_from(until.as_secs()).unwrap_or(libc::time_t::MAX),
        tv_nsec: until.subsec_nanos().into(),
    };
    // SAFETY: the handle has neither been joined nor detached, so the thread's id is
    // valid; no result is asked for; `until` is borrowed past the call.
    let joined = unsafe {
        libc::pthread_timedjoin_np(thread.as_pthread_t(), ptr::null_mut(), &raw const until)
    };
    match joined {
        0 => {
            // The id is not valid any more, and this gives it up without another join or
            // a detach.
            let _ = thread.into_pthread_t();
            Ok(())
        }
        _ => Err(thread),
    }
}
