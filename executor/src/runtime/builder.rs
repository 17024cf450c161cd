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
    ///
    /// # Examples
    ///
    /// ```
    /// let mut builder = buzzer::runtime::Builder::new_current_thread();
    /// let (first, second) = (builder.build()?, builder.build()?);
    /// assert_eq!(first.block_on(async { 1 }) + second.block_on(async { 2 }), 3);
    /// # std::io::Result::Ok(())
    /// ```
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
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::time::{Duration, Instant, sleep};
    ///
    /// let runtime = buzzer::runtime::Builder::new_current_thread()
    ///     .start_paused(true)
    ///     .build()?;
    /// runtime.block_on(async {
    ///     let began = Instant::now();
    ///     sleep(Duration::from_secs(86_400)).await; // Takes no time,
    ///     assert_eq!(began.elapsed(), Duration::from_secs(86_400)); // and yet a day.
    /// });
    /// # std::io::Result::Ok(())
    /// ```
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
    ///
    /// # Examples
    ///
    /// One poll, and then a look: nobody can be kept waiting by more than that.
    ///
    /// ```
    /// let runtime = buzzer::runtime::Builder::new_current_thread()
    ///     .event_interval(1)
    ///     .build()?;
    /// let _tasks = [runtime.spawn(async {}), runtime.spawn(async {})];
    /// let turn = runtime.turn(Some(std::time::Duration::ZERO))?;
    /// assert_eq!(turn.polls(), 1);
    /// # std::io::Result::Ok(())
    /// ```
    #[track_caller]
    pub fn event_interval(&mut self, polls: u32) -> &mut Self {
        assert!(polls > 0, "event_interval must be at least 1");
        self.event_interval = polls;
        self
    }

    /// Makes the order of the run queue random, and the same each time for the
    /// same seed. Without it the order is first in, first out. With which branch a
    /// [`select!`](crate::select!) begins depends on the seed too.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::{cell::RefCell, rc::Rc};
    ///
    /// let order_of = |seed| {
    ///     let runtime = buzzer::runtime::Builder::new_current_thread()
    ///         .rng_seed(seed)
    ///         .build()
    ///         .unwrap();
    ///     let order = Rc::new(RefCell::new(Vec::new()));
    ///     let tasks: Vec<_> = (0..8)
    ///         .map(|n| {
    ///             let order = order.clone();
    ///             runtime.spawn(async move { order.borrow_mut().push(n) })
    ///         })
    ///         .collect();
    ///     runtime.block_on(async {
    ///         for task in tasks {
    ///             task.await.unwrap();
    ///         }
    ///     });
    ///     order.take()
    /// };
    /// assert_eq!(order_of(17), order_of(17));
    /// assert_ne!(order_of(17), order_of(18));
    /// ```
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
    ///
    /// # Examples
    ///
    /// With one thread the jobs come one after the other:
    ///
    /// ```
    /// let runtime = buzzer::runtime::Builder::new_current_thread()
    ///     .max_blocking_threads(1)
    ///     .build()?;
    /// let first = runtime.spawn_blocking(|| std::thread::current().id());
    /// let second = runtime.spawn_blocking(|| std::thread::current().id());
    /// runtime.block_on(async { assert_eq!(first.await.unwrap(), second.await.unwrap()) });
    /// # std::io::Result::Ok(())
    /// ```
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
    ///
    /// # Examples
    ///
    /// A hundred jobs for one thread with room for one more. The others wait in line, and none
    /// is lost:
    ///
    /// ```
    /// let runtime = buzzer::runtime::Builder::new_current_thread()
    ///     .max_blocking_threads(1)
    ///     .max_blocking_queue(1)
    ///     .build()?;
    /// let jobs: Vec<_> = (0..100).map(|n| runtime.spawn_blocking(move || n)).collect();
    /// let sum = runtime.block_on(async {
    ///     let mut sum = 0;
    ///     for job in jobs {
    ///         sum += job.await.unwrap();
    ///     }
    ///     sum
    /// });
    /// assert_eq!(sum, 4_950);
    /// # std::io::Result::Ok(())
    /// ```
    #[track_caller]
    pub fn max_blocking_queue(&mut self, jobs: usize) -> &mut Self {
        assert!(jobs > 0, "max_blocking_queue must be at least 1");
        self.limits.queue = jobs;
        self
    }

    /// How long a thread of the blocking pool stays idle before it ends. The
    /// default is 10 seconds.
    ///
    /// # Examples
    ///
    /// Threads that stay for a minute, where jobs come in bursts:
    ///
    /// ```
    /// let runtime = buzzer::runtime::Builder::new_current_thread()
    ///     .thread_keep_alive(std::time::Duration::from_secs(60))
    ///     .build()?;
    /// runtime.block_on(runtime.spawn_blocking(|| ())).unwrap();
    /// assert_eq!(runtime.metrics().num_blocking_threads(), 1);
    /// # std::io::Result::Ok(())
    /// ```
    pub fn thread_keep_alive(&mut self, idle: Duration) -> &mut Self {
        self.limits.keep_alive = idle;
        self
    }

    /// What the threads of the blocking pool are called, before their number.
    /// The default is "buzzer-blocking".
    ///
    /// # Examples
    ///
    /// ```
    /// let runtime = buzzer::runtime::Builder::new_current_thread()
    ///     .thread_name("kitchen")
    ///     .build()?;
    /// let job = runtime.spawn_blocking(|| std::thread::current().name().unwrap().to_owned());
    /// assert!(runtime.block_on(job).unwrap().starts_with("kitchen"));
    /// # std::io::Result::Ok(())
    /// ```
    pub fn thread_name(&mut self, name: impl Into<String>) -> &mut Self {
        self.limits.thread_name = ThreadName::Numbered(name.into());
        self
    }

    /// The stack of each thread of the blocking pool, in bytes. The default is
    /// the standard library's.
    ///
    /// # Examples
    ///
    /// ```
    /// fn depth(n: u32) -> u32 {
    ///     std::hint::black_box([0_u8; 1024]);
    ///     if n == 0 { 0 } else { 1 + depth(n - 1) }
    /// }
    ///
    /// let runtime = buzzer::runtime::Builder::new_current_thread()
    ///     .thread_stack_size(16 << 20)
    ///     .build()?;
    /// let job = runtime.spawn_blocking(|| depth(4_000)); // More than 4 MiB deep.
    /// assert_eq!(runtime.block_on(job).unwrap(), 4_000);
    /// # std::io::Result::Ok(())
    /// ```
    pub fn thread_stack_size(&mut self, bytes: usize) -> &mut Self {
        self.limits.stack_size = Some(bytes);
        self
    }

    /// Which way file operations may go. The default tries without blocking
    /// first.
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::runtime::{Builder, FileIo};
    ///
    /// let runtime = Builder::new_current_thread().file_io(FileIo::Pool).build()?;
    /// runtime.block_on(buzzer::fs::metadata("."))?;
    /// let metrics = runtime.metrics();
    /// assert_eq!((metrics.file_ops_at_once(), metrics.file_ops_pooled()), (0, 1));
    /// # std::io::Result::Ok(())
    /// ```
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
    ///
    /// # Examples
    ///
    /// ```
    /// let runtime = buzzer::runtime::Builder::new_current_thread().build()?;
    /// assert_eq!(runtime.block_on(async { 6 * 7 }), 42);
    ///
    /// let refused = buzzer::runtime::Builder::new_current_thread()
    ///     .thread_name("kit\0chen")
    ///     .build();
    /// assert!(refused.unwrap_err().to_string().contains("NUL byte"));
    /// # std::io::Result::Ok(())
    /// ```
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
