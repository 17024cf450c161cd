//! Settings that tokio has and that mean little or nothing here.
//!
//! Owns those of [`Builder`] that are there so that a program which sets them compiles,
//! each with what is left of its meaning.

use super::Builder;
use crate::machine::blocking::{Hook, ThreadName};

/// A thread that would run tasks besides the runtime's own. There is none.
#[derive(Clone, Copy, Debug)]
pub enum SecondWorkerThread {}

/// Names and signatures are tokio's.
impl Builder {
    /// Refused: a runtime has one thread. Use
    /// [`new_current_thread`](Self::new_current_thread), on each of as many threads as
    /// there are cores.
    ///
    /// ```compile_fail
    /// let builder = buzzer::runtime::Builder::new_multi_thread();
    /// ```
    #[deprecated(
        note = "a buzzer runtime has one thread: use `Builder::new_current_thread`, and for more \
                cores a runtime on each of several threads"
    )]
    pub fn new_multi_thread(needs: SecondWorkerThread) -> Self {
        match needs {}
    }

    /// Does nothing: I/O and time are always there.
    pub fn enable_all(&mut self) -> &mut Self {
        self
    }

    /// Does nothing: I/O is always there.
    pub fn enable_io(&mut self) -> &mut Self {
        self
    }

    /// Does nothing: time is always there.
    pub fn enable_time(&mut self) -> &mut Self {
        self
    }

    /// Does nothing, as of tokio's current_thread runtime: there is one thread that runs
    /// tasks, however many are asked for.
    ///
    /// # Panics
    ///
    /// If it is 0.
    #[track_caller]
    pub fn worker_threads(&mut self, threads: usize) -> &mut Self {
        assert!(threads > 0, "worker_threads must be at least 1");
        self
    }

    /// Does nothing: what other threads have sent is looked at in each turn, at the
    /// latest after [`event_interval`](Self::event_interval) polls.
    ///
    /// # Panics
    ///
    /// If it is 0.
    #[track_caller]
    pub fn global_queue_interval(&mut self, polls: u32) -> &mut Self {
        assert!(polls > 0, "global_queue_interval must be at least 1");
        self
    }

    /// Does nothing: the events that a look at the kernel brings are as many as fit,
    /// and the next look brings the rest.
    ///
    /// # Panics
    ///
    /// If it is 0.
    #[track_caller]
    pub fn max_io_events_per_tick(&mut self, events: usize) -> &mut Self {
        assert!(events > 0, "max_io_events_per_tick must be at least 1");
        self
    }

    /// Does nothing, as [`max_io_events_per_tick`](Self::max_io_events_per_tick).
    ///
    /// # Panics
    ///
    /// If it is 0.
    #[track_caller]
    pub fn max_io_events_per_busy_tick(&mut self, events: usize) -> &mut Self {
        assert!(events > 0, "max_io_events_per_busy_tick must be at least 1");
        self
    }

    /// The runtime's name, for [`Handle::name`](super::Handle::name).
    pub fn name(&mut self, name: impl Into<String>) -> &mut Self {
        self.limits.name = Some(name.into());
        self
    }

    /// What each thread of the blocking pool is called: `name` is asked when it is
    /// started, and must not use the runtime.
    pub fn thread_name_fn<F>(&mut self, name: F) -> &mut Self
    where
        F: Fn() -> String + Send + Sync + 'static,
    {
        self.limits.thread_name = ThreadName::By(std::sync::Arc::new(name));
        self
    }

    /// Has each thread of the blocking pool call this before its first job. A panic in it
    /// ends no more than the call.
    pub fn on_thread_start<F>(&mut self, call: F) -> &mut Self
    where
        F: Fn() + Send + Sync + 'static,
    {
        self.limits.on_start = Some(Hook::new(call));
        self
    }

    /// Has each thread of the blocking pool call this after its last job. A panic in it
    /// ends no more than the call.
    pub fn on_thread_stop<F>(&mut self, call: F) -> &mut Self
    where
        F: Fn() + Send + Sync + 'static,
    {
        self.limits.on_stop = Some(Hook::new(call));
        self
    }

    /// Has the loop call this when it has nothing to do and is about to park. It may spawn
    /// and wake: then the loop goes on. A panic in it is one of the `block_on`.
    pub fn on_thread_park<F>(&mut self, call: F) -> &mut Self
    where
        F: Fn() + Send + Sync + 'static,
    {
        self.around_park.before = Some(Hook::new(call));
        self
    }

    /// Has the loop call this when it goes on after it has parked. A panic in it is one of
    /// the `block_on`.
    pub fn on_thread_unpark<F>(&mut self, call: F) -> &mut Self
    where
        F: Fn() + Send + Sync + 'static,
    {
        self.around_park.after = Some(Hook::new(call));
        self
    }
}
