//! The end of a runtime.
//!
//! Owns the waiting for jobs, and the telling of what holds the end up: what runs code of
//! the program through `trace/overdue.rs`, the jobs by themselves. The order in which the
//! machine's parts end is in `machine/turn/end.rs`.

use std::time::Duration;

use super::{Runtime, ShutdownTimeout};
use crate::machine::context;
use crate::sys::stderr::say;
use crate::trace::overdue::Step;

impl Runtime {
    /// Drops the runtime, but waits at most so long for blocking jobs.
    ///
    /// # Errors
    ///
    /// Names the jobs that still ran, by where they were spawned. Their threads
    /// go on until the jobs end or the process does.
    ///
    /// # Panics
    ///
    /// Never for the tasks' sake: a panic in a future's drop is contained.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let runtime = buzzer::runtime::Runtime::new()?;
    /// let (go_on, wait) = std::sync::mpsc::channel::<()>();
    /// let (tell, begun) = std::sync::mpsc::channel();
    /// let line = line!() + 1;
    /// let job = runtime.spawn_blocking(move || (tell.send(()), wait.recv()));
    /// begun.recv().unwrap(); // One that had not begun would be cancelled.
    /// let error = runtime.shutdown_timeout(Duration::from_millis(10)).unwrap_err();
    /// assert_eq!(error.held_by()[0].line(), line);
    /// drop(go_on); // Lets the thread end.
    /// # drop(job);
    /// # std::io::Result::Ok(())
    /// ```
    pub fn shutdown_timeout(mut self, timeout: Duration) -> Result<(), ShutdownTimeout> {
        self.drop_tasks();
        self.joined = true;
        self.join_pool(Some(timeout))
    }

    /// Drops the runtime without waiting for blocking jobs.
    ///
    /// # Examples
    ///
    /// ```
    /// let runtime = buzzer::runtime::Runtime::new()?;
    /// let (go_on, wait) = std::sync::mpsc::channel::<()>();
    /// let job = runtime.spawn_blocking(move || _ = wait.recv());
    /// runtime.shutdown_background(); // Returns, though the job still waits.
    /// go_on.send(()).ok();
    /// # drop(job);
    /// # std::io::Result::Ok(())
    /// ```
    pub fn shutdown_background(mut self) {
        self.drop_tasks();
        self.joined = true;
    }

    /// Drops the tasks, what had been sent, and the jobs not begun.
    pub(super) fn drop_tasks(&self) {
        let _entered = context::enter(&self.core);
        self.turning().end(|next| self.overdue.is_at(next.into()));
        self.overdue.is_done();
        self.turning().leave();
    }

    /// What the jobs tell at their end has no turn left to be taken in.
    fn join_pool(&self, limit: Option<Duration>) -> Result<(), ShutdownTimeout> {
        let joined = self.core.pool.join(limit, &mut |held| {
            say(format_args!("the drop of a runtime waits: {held}"));
        });
        self.turning().take_in_news();
        joined
    }
}

impl Drop for Runtime {
    fn drop(&mut self) {
        if !self.joined {
            self.drop_tasks();
            // Without a limit it does not fail.
            let _ = self.join_pool(None);
        }
        if let Some(watchdog) = self.watching.watchdog.take() {
            self.overdue.is_at(Step::Watchdog);
            drop(watchdog);
        }
        if self.outputs.are_any() {
            self.overdue.is_at(Step::Rest);
        }
    }
}
