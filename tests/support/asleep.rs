//! Knowing that another thread of the process sleeps in the kernel.

#[path = "threads.rs"]
mod threads;

/// Names the thread that made it.
#[derive(Clone, Copy)]
pub struct ThisThread(threads::Id);

impl ThisThread {
    pub fn new() -> Self {
        Self(threads::current())
    }

    /// Spins until the thread sleeps: a loop that has parked, or a worker that
    /// waits for work.
    pub fn wait_until_asleep(self) {
        while !threads::is_asleep(self.0) {
            std::thread::yield_now();
        }
    }
}
