//! Knowing that another thread of the process sleeps in the kernel.

use rustix::thread::{Pid, gettid};

/// Names the thread that made it.
#[derive(Clone, Copy)]
pub struct ThisThread(Pid);

impl ThisThread {
    pub fn new() -> Self {
        Self(gettid())
    }

    /// Spins until the thread sleeps: a loop that has parked, or a worker that
    /// waits for work.
    pub fn wait_until_asleep(self) {
        let path = format!("/proc/self/task/{}/stat", self.0.as_raw_nonzero());
        loop {
            let stat = std::fs::read_to_string(&path).unwrap();
            // The state follows the name, which is in parentheses.
            let (_, state) = stat.rsplit_once(") ").unwrap();
            if state.starts_with('S') {
                return;
            }
            std::thread::yield_now();
        }
    }
}
