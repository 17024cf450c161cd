//! Three costs, measured here and now for the table: that of a thread that
//! waits, that of a task that waits, and that of work that doesn't wait at all.

use std::hint::black_box;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};
use std::{cell::Cell, io, rc::Rc, thread};

use buzzer::runtime::Runtime;
use buzzer::task::yield_now;
use buzzer::time::sleep;
use buzzer::{gather, spawn};

use crate::system;

/// As many threads as give a steady mean and as any machine can start.
const THREADS: usize = 100;
/// Tasks are so small that only many of them can be weighed.
const TASKS: usize = 10_000;

pub struct Costs {
    pub threads: Threads,
    pub tasks: Tasks,
    pub computing: Computing,
}

/// The mean of one among `count` waiting threads.
pub struct Threads {
    pub count: usize,
    /// From asking for it until it runs.
    pub start: Duration,
    /// Bytes of address space that its stack has.
    pub stack: u64,
    /// Bytes of them that were touched, and so take memory.
    pub touched: u64,
}

/// The mean of one among `count` sleeping tasks.
pub struct Tasks {
    pub count: usize,
    /// From spawning it until it runs.
    pub start: Duration,
    /// Bytes of memory: the task, its timer, its place in the tables.
    pub bytes: u64,
}

/// The same two computations, in turn and as two tasks.
pub struct Computing {
    pub in_turn: Duration,
    pub as_tasks: Duration,
}

/// # Errors
/// No runtime, not one thread, or a system that does not tell its memory.
pub fn measure() -> io::Result<Costs> {
    // Tasks first: threads leave freed memory behind, which would hide theirs.
    let tasks = measure_tasks()?;
    Ok(Costs {
        tasks,
        threads: measure_threads()?,
        computing: measure_computing()?,
    })
}

fn measure_tasks() -> io::Result<Tasks> {
    let runtime = Runtime::new()?;
    let before = system::resident_bytes()?;
    let begun = Rc::new(Cell::new(0));
    let start = Instant::now();
    runtime.block_on(async {
        for _ in 0..TASKS {
            let begun = Rc::clone(&begun);
            drop(spawn(async move {
                begun.set(begun.get() + 1);
                sleep(Duration::from_secs(3600)).await;
            }));
        }
        while begun.get() < TASKS {
            yield_now().await;
        }
    });
    let start = start.elapsed() / TASKS as u32;
    let bytes = system::resident_bytes()?.saturating_sub(before) / TASKS as u64;
    // They are dropped with the runtime; nobody sleeps for an hour.
    Ok(Tasks {
        count: TASKS,
        start,
        bytes,
    })
}

fn measure_threads() -> io::Result<Threads> {
    let (arrivals, arrived) = channel();
    let mut waiting = Vec::new();
    let before = system::resident_bytes()?;
    let start = Instant::now();
    let mut refused = None;
    while waiting.len() < THREADS {
        let arrivals = arrivals.clone();
        let (release, released) = channel();
        let body = move || {
            let on_the_stack = 0_u8;
            let address = black_box(&raw const on_the_stack) as u64;
            // Both fail only when the measurement has been given up.
            let _ = arrivals.send(address);
            let _: Result<(), _> = Receiver::recv(&released);
        };
        match thread::Builder::new().spawn(body) {
            Ok(thread) => waiting.push((thread, release)),
            // A machine with fewer threads to give: those it gave will do.
            Err(error) => {
                refused = Some(error);
                break;
            }
        }
    }
    let count = waiting.len();
    if let (0, Some(error)) = (count, refused) {
        return Err(error);
    }
    let addresses: Vec<u64> = arrived.iter().take(count).collect();
    let start = start.elapsed() / count as u32;
    let (stack, touched) = system::stack_bytes(&addresses, before)?;
    for (thread, release) in waiting {
        drop(release);
        thread.join().expect("it only waits");
    }
    Ok(Threads {
        count,
        start,
        stack: stack / count as u64,
        touched: touched / count as u64,
    })
}

fn measure_computing() -> io::Result<Computing> {
    let runtime = Runtime::new()?;
    let mut best = Computing {
        in_turn: Duration::MAX,
        as_tasks: Duration::MAX,
    };
    // The best of three, turn and turn about: noise only ever adds.
    for _ in 0..3 {
        let start = Instant::now();
        black_box((compute(), compute()));
        best.in_turn = best.in_turn.min(start.elapsed());

        let start = Instant::now();
        runtime.block_on(async {
            let task1 = spawn(async { compute() });
            let task2 = spawn(async { compute() });
            let (one, two) = gather!(task1, task2).await;
            one.and(two)
        })?;
        best.as_tasks = best.as_tasks.min(start.elapsed());
    }
    Ok(best)
}

/// Some milliseconds of arithmetic, each step needing the one before.
fn compute() -> u64 {
    (0..black_box(300_000_u64)).fold(1, |hash, n| (hash ^ n).wrapping_mul(0x0100_0000_01b3))
}
