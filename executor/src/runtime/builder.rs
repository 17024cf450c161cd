//! What a runtime is to be like.
//!
//! Owns [`Builder`]. It only makes [`Runtime`]s.

use std::io;
use std::time::Duration;

use super::Runtime;
use super::observers::{Observers, Outputs, Watching};
use crate::machine::blocking::{Limits, ThreadName};
use crate::machine::context::set_worker;
use crate::machine::core::{AroundPark, Core, FileIo, OnDeadlock, Settings};
use crate::machine::reactor::Reactor;
use crate::machine::scheduler::queue::Order;
use crate::sync::seen;
use crate::trace::watchdog::Watchdog;

/// Polls between two looks at readiness, timers and other threads: at 50 ns a
/// poll that is a look every 6 µs, and a look costs well under 1 µs.
const EVENT_INTERVAL: u32 = 128;

/// Threads of the blocking pool, as many as tokio allows: they exist only while
/// there is work for them, and most of that work waits.
const BLOCKING_THREADS: usize = 512;

/// Jobs that may be queued before the pool: twice what its threads can hold.
const BLOCKING_QUEUE: usize = 2 * BLOCKING_THREADS;

/// How long an idle worker waits for work, as in tokio.
const KEEP_ALIVE: Duration = Duration::from_secs(10);

/// Makes a [`Runtime`] to measure.
///
/// # Examples
///
/// ```
/// let runtime = buzzer::runtime::Builder::new_current_thread()
///     .start_paused(true)
///     .build()?;
/// // Takes no time: an idle paused clock jumps to the next deadline.
/// runtime.block_on(buzzer::time::sleep(std::time::Duration::from_secs(3600)));
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Builder {
    start_paused: bool,
    event_interval: u32,
    rng_seed: Option<u64>,
    pub(super) limits: Limits,
    pub(super) around_park: AroundPark,
    file_io: FileIo,
    pub(super) observers: Observers,
}

impl Builder {
    /// A builder with the defaults. There is one kind of runtime; the name is
    /// tokio's for it.
    pub fn new_current_thread() -> Self {
        Self {
            start_paused: false,
            event_interval: EVENT_INTERVAL,
            rng_seed: None,
            limits: Limits {
                threads: BLOCKING_THREADS,
                queue: BLOCKING_QUEUE,
                keep_alive: KEEP_ALIVE,
                thread_name: ThreadName::Numbered("buzzer-blocking".to_owned()),
                stack_size: None,
                name: None,
                on_start: None,
                on_stop: None,
            },
            around_park: AroundPark::default(),
            file_io: FileIo::Auto,
            observers: Observers::default(),
        }
    }

    /// Whether the clock starts paused. A paused clock stands still while there
    /// is anything to do, also while a blocking job is in flight, and jumps to
    /// the next deadline when all is idle. See [`time::pause`](crate::time::pause).
    pub fn start_paused(&mut self, paused: bool) -> &mut Self {
        self.start_paused = paused;
        self
    }

    /// The most polls between two looks at readiness, timers, and what other
    /// threads sent. The default is 128.
    ///
    /// # Panics
    ///
    /// If it is 0.
    #[track_caller]
    pub fn event_interval(&mut self, polls: u32) -> &mut Self {
        assert!(polls > 0, "event_interval must be at least 1");
        self.event_interval = polls;
        self
    }

    /// Makes the order of the run queue random, and the same each time for the
    /// same seed. Without it the order is first in, first out. With which branch a
    /// [`select!`](crate::select!) begins depends on the seed too.
    pub fn rng_seed(&mut self, seed: u64) -> &mut Self {
        self.rng_seed = Some(seed);
        self
    }

    /// The most threads of the blocking pool. The default is 512. Half of them, and one
    /// at least, may look [names](crate::net::lookup_host) up; so two is the least with
    /// which a silent name server does not hold up files.
    ///
    /// # Panics
    ///
    /// If it is 0.
    #[track_caller]
    pub fn max_blocking_threads(&mut self, threads: usize) -> &mut Self {
        assert!(threads > 0, "max_blocking_threads must be at least 1");
        self.limits.threads = threads;
        self
    }

    /// The most jobs queued before the blocking pool. Beyond that a job waits
    /// in line, in its handle's future; the loop goes on. The default is 1,024.
    ///
    /// # Panics
    ///
    /// If it is 0.
    #[track_caller]
    pub fn max_blocking_queue(&mut self, jobs: usize) -> &mut Self {
        assert!(jobs > 0, "max_blocking_queue must be at least 1");
        self.limits.queue = jobs;
        self
    }

    /// How long a thread of the blocking pool stays idle before it ends. The
    /// default is 10 seconds.
    pub fn thread_keep_alive(&mut self, idle: Duration) -> &mut Self {
        self.limits.keep_alive = idle;
        self
    }

    /// What the threads of the blocking pool are called, before their number.
    /// The default is "buzzer-blocking".
    pub fn thread_name(&mut self, name: impl Into<String>) -> &mut Self {
        self.limits.thread_name = ThreadName::Numbered(name.into());
        self
    }

    /// The stack of each thread of the blocking pool, in bytes. The default is
    /// the standard library's.
    pub fn thread_stack_size(&mut self, bytes: usize) -> &mut Self {
        self.limits.stack_size = Some(bytes);
        self
    }

    /// Which way file operations may go. The default tries without blocking
    /// first.
    pub fn file_io(&mut self, file_io: FileIo) -> &mut Self {
        self.file_io = file_io;
        self
    }

    /// Makes the runtime.
    ///
    /// # Errors
    ///
    /// When the process has no descriptors left for it (it takes three, and with
    /// [`dump_on_signal`](Self::dump_on_signal) six, or nine where the system has no
    /// eventfds), 16,384 runtimes are alive, the thread
    /// name contains a NUL byte, the signal can't be caught, or the
    /// [`watchdog`](Self::watchdog) gets no thread.
    pub fn build(&mut self) -> io::Result<Runtime> {
        self.build_in_order(self.rng_seed.map_or(Order::Fifo, Order::seeded))
    }

    /// As [`build`](Self::build), with a run queue in any order.
    pub(crate) fn build_in_order(&mut self, order: Order) -> io::Result<Runtime> {
        if let ThreadName::Numbered(name) = &self.limits.thread_name
            && name.contains('\0')
        {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                format!("thread_name {name:?} contains a NUL byte, which no thread's name can"),
            ));
        }
        let (mut reactor, unpark) = Reactor::new()?;
        let dumps_on = self.observers.catch_dump_signal(&mut reactor)?;
        let dumps_waits = self.observers.dump_waits || dumps_on.is_some();
        if dumps_waits {
            reactor.keep_places();
        }
        let watchdog = self.observers.start_watchdog(dumps_on)?;
        let settings = Settings {
            start_paused: self.start_paused,
            order,
            blocking: self.limits.clone(),
            file_io: self.file_io,
            on_deadlock: self.observers.on_deadlock,
            around_park: self.around_park.clone(),
        };
        let mut outputs = Outputs::default();
        let core = Core::new(settings, (reactor, unpark), set_worker, |scheduler| {
            outputs = self.observers.outputs(scheduler);
            let watch = watchdog.as_ref().map(Watchdog::watch);
            scheduler.observe(watch, dumps_waits);
        })?;
        if let Some(watchdog) = &watchdog {
            watchdog.knows(&core.pool);
        }
        let tells_waits = dumps_waits || self.observers.on_deadlock != OnDeadlock::Sleep;
        let looking = (tells_waits || outputs.tell_all()).then(seen::look);
        let watching = Watching {
            watchdog,
            _looking: looking,
        };
        let interval = self.event_interval;
        Ok(Runtime::from_core(core, interval, outputs, watching))
    }
}
