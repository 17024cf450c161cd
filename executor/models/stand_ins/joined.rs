//! The joining of threads, without a limit: loom knows no time.

use std::time::Duration;

use super::thread::JoinHandle;

pub(crate) struct Ending(Vec<JoinHandle<()>>);

impl Ending {
    pub(crate) fn new(threads: Vec<JoinHandle<()>>) -> Self {
        Self(threads)
    }

    pub(crate) fn wait(&mut self, _limit: Duration) -> usize {
        for thread in self.0.drain(..) {
            thread.join().unwrap();
        }
        0
    }
}
