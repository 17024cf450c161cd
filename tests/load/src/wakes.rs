//! Wakes across threads, each of which has to be answered.
//!
//! Owns the command `wakes`. Two threads wake the tasks of four loops, which sleep in four
//! ways: at their inject queue, in their reactor with a source, in it with a deadline, and in
//! a loop of the program's own. A wake is answered when its task has been polled after it.
//! The thread wakes one task and waits, or several, or many thousand times before it waits;
//! it waits asleep, or looks again and again, so that the next wake meets the loop on its way
//! into its sleep. So floods make the count, and each wait the trial: a wake that is lost is
//! never answered, and all sleep.

use std::future::poll_fn;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, OnceLock};
use std::task::{Poll, Waker};
use std::thread::{self, Thread};
use std::time::Duration;

use buzzer::runtime::Runtime;
use buzzer::time::sleep;
use fastrand::Rng;

use crate::memory::{self, Bytes, Since};
use crate::poll::wait_until_readable;
use crate::watch::Watch;

/// How many tasks each of the two has in each loop.
const TASKS: usize = 8;
const DRIVERS: u64 = 2;
const LOOPS: [Sleeps; 4] = [
    Sleeps::AtItsQueue,
    Sleeps::WithASource,
    Sleeps::WithADeadline,
    Sleeps::Outside,
];

/// The queue of a loop is compacted at 1,024 messages and may be twice as long; the loop
/// holds one, its senders fill another, and a vector that grows is two for a moment. With
/// 48 bytes for each, the rest is the threads and the tasks themselves.
const MOST: usize = LOOPS.len() * 3 * 2_048 * 48 + (64 << 10);

/// What a word says that asks a task to end.
const END: u64 = u64::MAX;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Sleeps {
    AtItsQueue,
    WithASource,
    WithADeadline,
    Outside,
}

/// A task, between who wakes it and the loop that polls it.
struct Asked {
    asked: AtomicU64,
    answered: AtomicU64,
    polls: AtomicU64,
    waker: OnceLock<Waker>,
    by: Thread,
}

impl Asked {
    /// Of the calling thread.
    fn here() -> Arc<Self> {
        Arc::new(Self {
            asked: AtomicU64::new(0),
            answered: AtomicU64::new(0),
            polls: AtomicU64::new(0),
            waker: OnceLock::new(),
            by: thread::current(),
        })
    }

    fn wake(&self) {
        // Only this thread asks.
        let asked = self.asked.load(Ordering::Relaxed) + 1;
        self.asked.store(asked, Ordering::Release);
        self.waker.get().expect("it was polled").wake_by_ref();
    }

    fn is_answered(&self) -> bool {
        self.answered.load(Ordering::Acquire) == self.asked.load(Ordering::Relaxed)
    }

    fn answer(&self, waker: &Waker) -> Poll<()> {
        let asked = self.asked.load(Ordering::Acquire);
        if asked == END {
            return Poll::Ready(());
        }
        self.polls.fetch_add(1, Ordering::Relaxed);
        self.waker.get_or_init(|| waker.clone());
        self.answered.store(asked, Ordering::Release);
        self.by.unpark();
        Poll::Pending
    }
}

/// What a loop says at its end.
struct Ended {
    sleeps: Sleeps,
    parks: u64,
}

pub fn run(count: u64) {
    let memory = Since::now();
    let all = Arc::new(OnceLock::<Vec<Arc<Asked>>>::new());
    let watch = Watch::begin({
        let all = all.clone();
        move || left(all.get().map_or(&[], Vec::as_slice))
    });
    let (to_loops, loops): (Vec<_>, Vec<_>) = LOOPS
        .iter()
        .map(|&sleeps| {
            let (send, receive) = mpsc::channel();
            let name = format!("{sleeps:?}");
            let thread = thread::Builder::new().name(name);
            (
                send,
                thread.spawn(move || go_round(sleeps, &receive)).unwrap(),
            )
        })
        .unzip();
    let drivers: Vec<_> = (0..DRIVERS)
        .map(|seed| {
            let to_loops = to_loops.clone();
            let (tell, told) = mpsc::channel();
            let thread = thread::Builder::new().name(format!("wakes {seed}"));
            let thread = thread.spawn(move || drive(seed, count / DRIVERS, &to_loops, &tell));
            (thread.unwrap(), told)
        })
        .collect();
    drop(to_loops);
    let tasks = drivers.iter().flat_map(|(_, told)| told.recv().unwrap());
    assert!(all.set(tasks.collect()).is_ok());
    let waits: u64 = drivers.into_iter().map(|(it, _)| it.join().unwrap()).sum();
    let ended: Vec<_> = loops.into_iter().map(|it| it.join().unwrap()).collect();
    watch.end();

    memory::check("at the most", memory.most(), MOST);
    let polls: u64 = all
        .get()
        .unwrap()
        .iter()
        .map(|it| it.polls.load(Ordering::Relaxed))
        .sum();
    drop(all);
    memory::check("after the end", memory.bytes(), 16 << 10);
    for Ended { sleeps, parks } in &ended {
        println!("the loop {sleeps:?} has parked {parks} times");
    }
    let parks: u64 = ended.iter().map(|it| it.parks).sum();
    println!(
        "figure: {} wakes, waited for {waits} times, answered by {polls} polls, {parks} parks, \
         at most {}",
        count / DRIVERS * DRIVERS,
        Bytes(memory.most())
    );
}

/// What has not been answered.
fn left(tasks: &[Arc<Asked>]) -> String {
    let unanswered = tasks
        .iter()
        .enumerate()
        .filter(|(_, task)| !task.is_answered());
    let lines = unanswered.map(|(number, task)| {
        format!(
            "task {number}: asked {}, answered {}, polled {} times\n",
            task.asked.load(Ordering::Relaxed),
            task.answered.load(Ordering::Relaxed),
            task.polls.load(Ordering::Relaxed)
        )
    });
    lines.collect()
}

/// One loop, from the tasks of all drivers to their end.
fn go_round(sleeps: Sleeps, tasks: &Receiver<Vec<Arc<Asked>>>) -> Ended {
    let runtime = Runtime::new().unwrap();
    let mut handles = Vec::new();
    for task in tasks.iter().take(DRIVERS as usize).flatten() {
        handles.push(runtime.spawn(poll_fn(move |cx| task.answer(cx.waker()))));
    }
    let main = async move {
        let (near, _far) = buzzer::net::UnixStream::pair().unwrap();
        match sleeps {
            Sleeps::WithASource => {
                buzzer::spawn(async move { near.readable().await });
            }
            _ => drop(near),
        }
        if sleeps == Sleeps::WithADeadline {
            buzzer::spawn(sleep(Duration::from_secs(86_400)));
        }
        for handle in handles {
            handle.await.unwrap();
        }
    };
    match sleeps {
        Sleeps::Outside => {
            let main = runtime.spawn(main);
            while !main.is_finished() {
                wait_until_readable(&runtime);
                runtime.turn(Some(Duration::ZERO)).unwrap();
            }
        }
        _ => runtime.block_on(main),
    }
    let parks = runtime.metrics().worker_park_count(0);
    Ended { sleeps, parks }
}

/// Wakes `count` times; gives how often it has waited for the answers.
fn drive(
    seed: u64,
    count: u64,
    to_loops: &[Sender<Vec<Arc<Asked>>>],
    tell: &Sender<Vec<Arc<Asked>>>,
) -> u64 {
    let mut rng = Rng::with_seed(seed);
    let loops: Vec<Vec<_>> = to_loops
        .iter()
        .map(|_| (0..TASKS).map(|_| Asked::here()).collect())
        .collect();
    for (send, tasks) in to_loops.iter().zip(&loops) {
        send.send(tasks.clone()).unwrap();
    }
    let all: Vec<_> = loops.iter().flatten().cloned().collect();
    while all.iter().any(|task| task.waker.get().is_none()) {
        thread::park();
    }
    tell.send(all.clone()).unwrap();
    let (mut left, mut waits) = (count, 0);
    while left > 0 {
        let tasks = &loops[rng.usize(..loops.len())];
        match rng.u32(..64) {
            0 => {
                let flood = rng.u64(1_000..20_000).min(left);
                left -= flood;
                (0..flood).for_each(|_| tasks[rng.usize(..TASKS)].wake());
                waits += wait_for(tasks, 0);
            }
            1..32 => {
                let task = rng.usize(..TASKS);
                left -= 1;
                tasks[task].wake();
                waits += wait_for(&tasks[task..=task], rng.u32(..3) * 2_000);
            }
            _ => {
                let several = rng.u64(1..16).min(left);
                left -= several;
                (0..several).for_each(|_| all[rng.usize(..all.len())].wake());
                waits += wait_for(&all, rng.u32(..3) * 500);
            }
        }
    }
    for task in &all {
        task.asked.store(END, Ordering::Release);
        task.waker.get().unwrap().wake_by_ref();
    }
    waits
}

/// Looks so and so often, then sleeps until all are answered.
fn wait_for(tasks: &[Arc<Asked>], looks: u32) -> u64 {
    let mut looked = 0;
    while !tasks.iter().all(|task| task.is_answered()) {
        match looked < looks {
            true => std::hint::spin_loop(),
            false => thread::park(),
        }
        looked += 1;
    }
    1
}
