//! Ten thousand tasks that wait, against ten thousand threads that wait: what
//! each takes to start, what it occupies while it does nothing, and what it
//! costs to get from one to the next.
//!
//!     cargo run --release --example ten_thousand_waits
//!     cargo run --release --example ten_thousand_waits -- 100     (as many)
//!
//! The waiters stand in a ring, each waiting for its turn. When all are there,
//! memory is read; then a turn goes once round, each waking the next.
//!
//! Next: 1_busy_loop in ladder/, from an empty file to an executor in nine steps.

mod common;

use std::cell::{Cell, RefCell};
use std::env;
use std::future::poll_fn;
use std::io::{self, Write};
use std::process::ExitCode;
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::{Poll, Waker};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use buzzer::runtime::Runtime;
use buzzer::spawn;
use buzzer::task::yield_now;
use common::{ended, usage};

/// What one kind of waiter has cost, all of them together.
struct Figures {
    waiters: usize,
    start: Duration,
    lap: Duration,
    memory: Memory,
    threads: usize,
    /// Why there are no more of them, if there should have been.
    stopped_by: Option<io::Error>,
}

impl Figures {
    fn each_time(&self, all: Duration) -> String {
        // `None`: there is no share of nothing, if not one could be started.
        let count = u32::try_from(self.waiters).ok();
        let each = count.and_then(|count| all.checked_div(count));
        each.map_or(String::from("-"), time)
    }

    fn each_size(&self, all: u64) -> String {
        let each = all.checked_div(self.waiters as u64);
        each.map_or(String::from("-"), size)
    }
}

/// The ring of tasks. The last place in it is that of the one who watches.
struct TaskRing {
    turn: Cell<usize>,
    arrived: Cell<usize>,
    waiting: RefCell<Vec<Option<Waker>>>,
}

impl TaskRing {
    async fn wait_for_turn(&self, me: usize) {
        self.arrived.set(self.arrived.get() + 1);
        poll_fn(|cx| {
            if self.turn.get() == me {
                return Poll::Ready(());
            }
            self.waiting.borrow_mut()[me] = Some(cx.waker().clone());
            Poll::Pending
        })
        .await
    }

    fn give_turn(&self, to: usize) {
        self.turn.set(to);
        // Taken out before it is called: a waker may do anything, even come here.
        let waker = self.waiting.borrow_mut()[to].take();
        waker.into_iter().for_each(Waker::wake);
    }
}

fn wait_as_tasks(count: usize) -> io::Result<Figures> {
    let runtime = Runtime::new()?;
    let before = Memory::now()?;
    runtime.block_on(async {
        let start = Instant::now();
        let ring = Rc::new(TaskRing {
            turn: Cell::new(usize::MAX),
            arrived: Cell::new(0),
            waiting: RefCell::new(vec![None; count + 1]),
        });
        let waiters: Vec<_> = (0..count)
            .map(|me| {
                let ring = Rc::clone(&ring);
                spawn(async move {
                    ring.wait_for_turn(me).await;
                    ring.give_turn(me + 1);
                })
            })
            .collect();
        while ring.arrived.get() < count {
            yield_now().await;
        }
        let start = start.elapsed();
        let memory = Memory::now()?.since(&before);
        let threads = threads_now()?;

        let lap = Instant::now();
        ring.give_turn(0);
        ring.wait_for_turn(count).await;
        let lap = lap.elapsed();
        for waiter in waiters {
            waiter.await?;
        }
        Ok(Figures {
            waiters: count,
            start,
            lap,
            memory,
            threads,
            stopped_by: None,
        })
    })
}

/// The ring of threads, with the thread that watches in the last place.
struct ThreadRing {
    turn: AtomicUsize,
    arrived: AtomicUsize,
    places: OnceLock<Vec<Thread>>,
}

impl ThreadRing {
    fn wait_for_turn(&self, me: usize) {
        // `park` may return without a reason, so it is always asked again.
        while self.turn.load(Ordering::Acquire) != me {
            thread::park();
        }
    }

    fn give_turn(&self, to: usize) {
        self.turn.store(to, Ordering::Release);
        let places = self.places.get().expect("set before the first turn");
        places[to].unpark();
    }
}

fn wait_as_threads(count: usize) -> io::Result<Figures> {
    let before = Memory::now()?;
    let start = Instant::now();
    let ring = Arc::new(ThreadRing {
        turn: AtomicUsize::new(usize::MAX),
        arrived: AtomicUsize::new(0),
        places: OnceLock::new(),
    });
    let mut waiters = Vec::with_capacity(count);
    let mut stopped_by = None;
    for me in 0..count {
        let (ring, watcher) = (Arc::clone(&ring), thread::current());
        let waiter = move || {
            ring.arrived.fetch_add(1, Ordering::Release);
            watcher.unpark();
            ring.wait_for_turn(me);
            ring.give_turn(me + 1);
        };
        match thread::Builder::new().spawn(waiter) {
            Ok(waiter) => waiters.push(waiter),
            // So many and no more: a limit of the machine, to be reported.
            Err(error) => {
                stopped_by = Some(error);
                break;
            }
        }
    }
    let started = waiters.len();
    while ring.arrived.load(Ordering::Acquire) < started {
        thread::park();
    }
    let start = start.elapsed();
    let memory = Memory::now()?.since(&before);
    let threads = threads_now()?;

    let waiting = waiters.iter().map(|waiter| waiter.thread().clone());
    let places = waiting.chain([thread::current()]).collect();
    ring.places.set(places).expect("nobody else sets it");
    let lap = Instant::now();
    ring.give_turn(0);
    ring.wait_for_turn(started);
    let lap = lap.elapsed();
    for waiter in waiters {
        waiter.join().expect("a waiter does nothing that panics");
    }
    Ok(Figures {
        waiters: started,
        start,
        lap,
        memory,
        threads,
        stopped_by,
    })
}

/// Bytes of memory, as the kernel counts them.
struct Memory {
    /// Pages of this process that exist because they were touched.
    resident: u64,
    /// Addresses that this process has reserved, touched or not.
    address_space: u64,
    /// Stacks that the kernel keeps for threads, of the whole machine; only Linux tells.
    kernel_stacks: Option<u64>,
}

impl Memory {
    #[cfg(target_os = "linux")]
    fn now() -> io::Result<Memory> {
        Ok(Memory {
            resident: kibibytes("/proc/self/smaps_rollup", "Rss:")?,
            address_space: kibibytes("/proc/self/status", "VmSize:")?,
            kernel_stacks: Some(kibibytes("/proc/meminfo", "KernelStack:")?),
        })
    }

    #[cfg(not(target_os = "linux"))]
    fn now() -> io::Result<Memory> {
        let kibibytes =
            |key| -> io::Result<u64> { ps(&["-o", key])?.trim().parse().map_err(io::Error::other) };
        Ok(Memory {
            resident: kibibytes("rss=")? * 1024,
            address_space: kibibytes("vsz=")? * 1024,
            kernel_stacks: None,
        })
    }

    fn since(&self, before: &Memory) -> Memory {
        Memory {
            resident: self.resident.saturating_sub(before.resident),
            address_space: self.address_space.saturating_sub(before.address_space),
            kernel_stacks: self
                .kernel_stacks
                .zip(before.kernel_stacks)
                .map(|(now, before)| now.saturating_sub(before)),
        }
    }
}

#[cfg(not(target_os = "linux"))]
fn ps(options: &[&str]) -> io::Result<String> {
    let mut ps = std::process::Command::new("ps");
    let this = std::process::id().to_string();
    let output = ps.args(options).args(["-p", &this]).output()?;
    String::from_utf8(output.stdout).map_err(io::Error::other)
}

/// Reads a line such as `Rss:   1234 kB` and returns bytes.
#[cfg(target_os = "linux")]
fn kibibytes(file: &str, label: &str) -> io::Result<u64> {
    let text = std::fs::read_to_string(file)
        .map_err(|error| io::Error::new(error.kind(), format!("{file}: {error}")))?;
    text.lines()
        .find_map(|line| {
            line.strip_prefix(label)?
                .split_whitespace()
                .next()?
                .parse()
                .ok()
        })
        .map(|kib: u64| kib * 1024)
        .ok_or_else(|| io::Error::other(format!("{file} has no line {label}")))
}

#[cfg(target_os = "linux")]
fn threads_now() -> io::Result<usize> {
    Ok(std::fs::read_dir("/proc/self/task")?.count())
}

#[cfg(not(target_os = "linux"))]
fn threads_now() -> io::Result<usize> {
    let each = if cfg!(target_os = "macos") {
        "-M"
    } else {
        "-H"
    };
    // The first line names the columns.
    Ok(ps(&[each])?.lines().skip(1).count())
}

/// What a row of the table says, and how it gets that from the figures.
type Row = (&'static str, fn(&Figures) -> String);

fn show(out: &mut impl Write, count: usize) -> io::Result<()> {
    writeln!(
        out,
        "{count} waits at once: each in a task, then each in a thread.\n"
    )?;
    let tasks = wait_as_tasks(count)?;
    let threads = wait_as_threads(count)?;

    let rows: [Row; 9] = [
        ("waiting at the same time", |f| f.waiters.to_string()),
        ("threads in the process meanwhile", |f| {
            f.threads.to_string()
        }),
        ("time to start them, until all wait", |f| time(f.start)),
        ("  of that for each", |f| f.each_time(f.start)),
        ("memory they take (RSS)", |f| size(f.memory.resident)),
        ("  of that for each", |f| f.each_size(f.memory.resident)),
        ("addresses set aside for each (virtual)", |f| {
            f.each_size(f.memory.address_space)
        }),
        ("stack in the kernel for each", |f| {
            let told = f.memory.kernel_stacks;
            told.map_or_else(|| String::from("not told"), |all| f.each_size(all))
        }),
        ("time to wake the next and be there", |f| f.each_time(f.lap)),
    ];
    writeln!(out, "{:<40}{:>14}{:>14}", "", "tasks", "threads")?;
    for (what, of) in rows {
        writeln!(out, "{what:<40}{:>14}{:>14}", of(&tasks), of(&threads))?;
    }
    if let Some(error) = &threads.stopped_by {
        let started = threads.waiters;
        writeln!(
            out,
            "\nOnly {started} threads could be started; at the next one"
        )?;
        writeln!(out, "the system said: {error}")?;
    }
    Ok(())
}

fn time(time: Duration) -> String {
    match time.as_nanos() {
        nanos @ 0..1_000 => format!("{nanos} ns"),
        nanos @ 1_000..1_000_000 => format!("{:.1} µs", nanos as f64 / 1e3),
        nanos => format!("{:.1} ms", nanos as f64 / 1e6),
    }
}

fn size(bytes: u64) -> String {
    match bytes {
        0..1_024 => format!("{bytes} B"),
        1_024..1_048_576 => format!("{:.1} KiB", bytes as f64 / 1_024.0),
        _ => format!("{:.1} MiB", bytes as f64 / 1_048_576.0),
    }
}

fn main() -> ExitCode {
    let count = match env::args_os().nth(1) {
        None => Some(10_000),
        Some(argument) => argument.to_str().and_then(|text| text.parse().ok()),
    };
    let Some(count @ 1..=1_000_000) = count else {
        return usage("[COUNT]     (1 to 1000000)");
    };
    ended(show(&mut io::stdout(), count))
}
