//! Waiting for threads to end with a limit, which std can't.
//!
//! Owns that call. The end of a blocking pool needs it: a thread whose work is done may
//! still be in the drop of the program's thread-locals.

use std::os::unix::thread::JoinHandleExt;
use std::ptr;
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Threads that are about to end. Those that have not are let go of when it is dropped.
pub(crate) struct Ending(Vec<JoinHandle<()>>);

impl Ending {
    pub(crate) fn new(threads: Vec<JoinHandle<()>>) -> Self {
        Self(threads)
    }

    /// Waits until all have ended, for so long at most, and says how many go on. What
    /// they return or panicked with is dropped.
    pub(crate) fn wait(&mut self, limit: Duration) -> usize {
        let began = Instant::now();
        while let Some(thread) = self.0.pop() {
            if let Err(thread) = join_within(thread, limit.saturating_sub(began.elapsed())) {
                self.0.push(thread);
                break;
            }
        }
        self.0.len()
    }
}

/// Gives the handle back if the thread goes on.
fn join_within(thread: JoinHandle<()>, limit: Duration) -> Result<(), JoinHandle<()>> {
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
