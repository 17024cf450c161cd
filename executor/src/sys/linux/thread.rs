//! Waiting for threads to end with a limit, which std can't.
//!
//! Owns that call. The end of a blocking pool needs it: a thread whose work is done may
//! still be in the drop of the program's thread-locals.

use std::ffi::{c_int, c_void};
use std::mem;
use std::os::unix::thread::JoinHandleExt;
use std::ptr;
use std::sync::OnceLock;
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::super::monotonic::{self, timespec};

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
    let (id, no_result) = (thread.as_pthread_t(), ptr::null_mut());
    let joined = match *CLOCK_JOIN.get_or_init(clock_join) {
        Some(clock_join) => {
            let until = timespec(monotonic::now().saturating_add(limit));
            // SAFETY: the handle has neither been joined nor detached, so the thread's id is
            // valid; no result is asked for; `until` is borrowed past the call.
            unsafe { clock_join(id, no_result, libc::CLOCK_MONOTONIC, &raw const until) }
        }
        None => {
            // The clock by which this call counts: one that is set meanwhile makes the wait
            // shorter or longer. That of a machine set before 1970 makes it come back at once.
            let now = SystemTime::now().duration_since(UNIX_EPOCH);
            let until = timespec(now.unwrap_or_default().saturating_add(limit));
            // SAFETY: as above.
            unsafe { libc::pthread_timedjoin_np(id, no_result, &raw const until) }
        }
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

/// pthread_clockjoin_np(3).
type ClockJoin = unsafe extern "C" fn(
    libc::pthread_t,
    *mut *mut c_void,
    libc::clockid_t,
    *const libc::timespec,
) -> c_int;

static CLOCK_JOIN: OnceLock<Option<ClockJoin>> = OnceLock::new();

/// It is looked for by its name, since only glibc has it, and only from 2.31 on. A thread
/// that is joined by it lives on for ThreadSanitizer, which knows the other call alone.
fn clock_join() -> Option<ClockJoin> {
    if cfg!(buzzer_no_clock_join) {
        return None;
    }
    // SAFETY: the name is a C string; what is found is not called here.
    let found = unsafe { libc::dlsym(libc::RTLD_DEFAULT, c"pthread_clockjoin_np".as_ptr()) };
    // SAFETY: a function of this name is of this type, and null is `None`.
    unsafe { mem::transmute::<*mut c_void, Option<ClockJoin>>(found) }
}
