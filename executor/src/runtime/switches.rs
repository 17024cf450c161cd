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
    ///
    /// # Examples
    ///
    /// A program for tokio's current_thread runtime, as it stands:
    ///
    /// ```
    /// let runtime = buzzer::runtime::Builder::new_current_thread()
    ///     .worker_threads(1)
    ///     .enable_all()
    ///     .build()?;
    /// runtime.block_on(buzzer::task::yield_now());
    /// # std::io::Result::Ok(())
    /// ```
    pub fn enable_all(&mut self) -> &mut Self {
        self
    }

    /// Does nothing: I/O is always there.
    ///
    /// # Examples
    ///
    /// ```
    /// let runtime = buzzer::runtime::Builder::new_current_thread().enable_io().build()?;
    /// runtime.block_on(async { buzzer::net::TcpListener::bind("127.0.0.1:0").await })?;
    /// # std::io::Result::Ok(())
    /// ```
    pub fn enable_io(&mut self) -> &mut Self {
        self
    }

    /// Does nothing: time is always there.
    ///
    /// # Examples
    ///
    /// ```
    /// let runtime = buzzer::runtime::Builder::new_current_thread().enable_time().build()?;
    /// runtime.block_on(async { buzzer::time::sleep(std::time::Duration::ZERO).await });
    /// # std::io::Result::Ok(())
    /// ```
    pub fn enable_time(&mut self) -> &mut Self {
        self
    }

    /// Does nothing, as of tokio's current_thread runtime: there is one thread that runs
    /// tasks, however many are asked for.
    ///
    /// # Panics
    ///
    /// If it is 0.
    ///
    /// # Examples
    ///
    /// ```
    /// let runtime = buzzer::runtime::Builder::new_current_thread().worker_threads(8).build()?;
    /// assert_eq!(runtime.metrics().num_workers(), 1);
    /// # std::io::Result::Ok(())
    /// ```
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
    ///
    /// # Examples
    ///
    /// ```
    /// let runtime = buzzer::runtime::Builder::new_current_thread()
    ///     .global_queue_interval(31)
    ///     .event_interval(31) // This one says it here.
    ///     .build()?;
    /// # runtime.block_on(async {});
    /// # std::io::Result::Ok(())
    /// ```
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
    ///
    /// # Examples
    ///
    /// ```
    /// let runtime = buzzer::runtime::Builder::new_current_thread()
    ///     .max_io_events_per_tick(64)
    ///     .max_io_events_per_busy_tick(64)
    ///     .build()?;
    /// # runtime.block_on(async {});
    /// # std::io::Result::Ok(())
    /// ```
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
    ///
    /// # Examples
    ///
    /// ```
    /// let runtime = buzzer::runtime::Builder::new_current_thread().name("shop").build()?;
    /// assert_eq!(runtime.handle().name(), Some("shop"));
    /// # std::io::Result::Ok(())
    /// ```
    pub fn name(&mut self, name: impl Into<String>) -> &mut Self {
        self.limits.name = Some(name.into());
        self
    }

    /// What each thread of the blocking pool is called: `name` is asked when it is
    /// started, and must not use the runtime.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::atomic::{AtomicUsize, Ordering};
    ///
    /// static NEXT: AtomicUsize = AtomicUsize::new(0);
    /// let runtime = buzzer::runtime::Builder::new_current_thread()
    ///     .thread_name_fn(|| format!("cook {}", NEXT.fetch_add(1, Ordering::Relaxed)))
    ///     .build()?;
    /// let job = runtime.spawn_blocking(|| std::thread::current().name().unwrap().to_owned());
    /// assert_eq!(runtime.block_on(job).unwrap(), "cook 0");
    /// # std::io::Result::Ok(())
    /// ```
    pub fn thread_name_fn<F>(&mut self, name: F) -> &mut Self
    where
        F: Fn() -> String + Send + Sync + 'static,
    {
        self.limits.thread_name = ThreadName::By(std::sync::Arc::new(name));
        self
    }

    /// Has each thread of the blocking pool call this before its first job. A panic in it
    /// ends no more than the call.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    /// use std::sync::atomic::{AtomicUsize, Ordering};
    ///
    /// let threads = Arc::new(AtomicUsize::new(0));
    /// let (up, down) = (threads.clone(), threads.clone());
    /// let runtime = buzzer::runtime::Builder::new_current_thread()
    ///     .on_thread_start(move || _ = up.fetch_add(1, Ordering::Relaxed))
    ///     .on_thread_stop(move || _ = down.fetch_sub(1, Ordering::Relaxed))
    ///     .build()?;
    /// runtime.block_on(runtime.spawn_blocking(|| ())).unwrap();
    /// assert_eq!(threads.load(Ordering::Relaxed), 1);
    /// drop(runtime);
    /// assert_eq!(threads.load(Ordering::Relaxed), 0);
    /// # std::io::Result::Ok(())
    /// ```
    pub fn on_thread_start<F>(&mut self, call: F) -> &mut Self
    where
        F: Fn() + Send + Sync + 'static,
    {
        self.limits.on_start = Some(Hook::new(call));
        self
    }

    /// Has each thread of the blocking pool call this after its last job. A panic in it
    /// ends no more than the call.
    ///
    /// # Examples
    ///
    /// See [`on_thread_start`](Self::on_thread_start), whose example has both; alone:
    ///
    /// ```
    /// use std::sync::mpsc;
    ///
    /// let (tell, told) = mpsc::channel();
    /// let runtime = buzzer::runtime::Builder::new_current_thread()
    ///     .on_thread_stop(move || tell.send(std::thread::current().id()).unwrap())
    ///     .build()?;
    /// let worker = runtime.block_on(runtime.spawn_blocking(|| std::thread::current().id())).unwrap();
    /// drop(runtime);
    /// assert_eq!(told.recv(), Ok(worker));
    /// # std::io::Result::Ok(())
    /// ```
    pub fn on_thread_stop<F>(&mut self, call: F) -> &mut Self
    where
        F: Fn() + Send + Sync + 'static,
    {
        self.limits.on_stop = Some(Hook::new(call));
        self
    }

    /// Has the loop call this when it has nothing to do and is about to park. It may spawn
    /// and wake: then the loop goes on. A panic in it is one of the `block_on`.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    /// use std::sync::atomic::{AtomicUsize, Ordering};
    ///
    /// let parks = Arc::new(AtomicUsize::new(0));
    /// let (parked, unparked) = (parks.clone(), parks.clone());
    /// let runtime = buzzer::runtime::Builder::new_current_thread()
    ///     .on_thread_park(move || _ = parked.fetch_add(1, Ordering::Relaxed))
    ///     .on_thread_unpark(move || _ = unparked.fetch_add(100, Ordering::Relaxed))
    ///     .build()?;
    /// runtime.block_on(buzzer::time::sleep(std::time::Duration::from_millis(1)));
    /// assert!(parks.load(Ordering::Relaxed) >= 101);
    /// # std::io::Result::Ok(())
    /// ```
    pub fn on_thread_park<F>(&mut self, call: F) -> &mut Self
    where
        F: Fn() + Send + Sync + 'static,
    {
        self.around_park.before = Some(Hook::new(call));
        self
    }

    /// Has the loop call this when it goes on after it has parked. A panic in it is one of
    /// the `block_on`.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    /// use std::sync::atomic::{AtomicBool, Ordering};
    ///
    /// let went_on = Arc::new(AtomicBool::new(false));
    /// let tell = went_on.clone();
    /// let runtime = buzzer::runtime::Builder::new_current_thread()
    ///     .on_thread_unpark(move || tell.store(true, Ordering::Relaxed))
    ///     .build()?;
    /// runtime.block_on(buzzer::time::sleep(std::time::Duration::from_millis(1)));
    /// assert!(went_on.load(Ordering::Relaxed));
    /// # std::io::Result::Ok(())
    /// ```
    pub fn on_thread_unpark<F>(&mut self, call: F) -> &mut Self
    where
        F: Fn() + Send + Sync + 'static,
    {
        self.around_park.after = Some(Hook::new(call));
        self
    }
}
