//! Runtimes made and dropped on eight threads.
//!
//! Owns the command `runtimes`. Each is dropped in the midst of things: a task woken from
//! other threads, a timer armed, a socket waited for, a job begun, a task sent to it; by its
//! drop, in the background, or within a limit. What it leaves behind is dropped elsewhere and
//! later, and the wakers of its tasks are woken when their runtimes are gone and their
//! numbers are, after 16,384 others, those of later ones. Nobody may be polled for that.
//! Nothing may be left: no thread, no descriptor, no memory but the table of numbers.

use std::future::{pending, poll_fn};
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};
use std::thread;
use std::time::Duration;

use buzzer::net::UnixStream;
use buzzer::runtime::{Builder, Handle, Runtime};
use buzzer::task::{JoinHandle, yield_now};
use buzzer::time::{Sleep, sleep};
use fastrand::Rng;

use crate::memory::{self, Bytes, Since};
use crate::opened::Opened;
use crate::watch::{self, Watch};

const THREADS: u64 = 8;

/// How many wakers of runtimes that are gone are kept, and how many are woken for each new
/// one.
const KEPT: usize = 4_096;
const WOKEN: usize = 16;

/// A place for each number that was given out, of 16,384, and what std keeps of its threads.
const PLACE: usize = 32;
const LEFT: usize = 32 << 10;

/// What all threads share.
#[derive(Default)]
struct Shared {
    /// Those of tasks that are gone.
    stale: Mutex<Vec<Waker>>,
    /// One of each thread's runtimes that may be alive.
    alive: Mutex<[Option<(Handle, Waker)>; THREADS as usize]>,
    /// What runtimes have left behind.
    left: Mutex<Option<Left>>,
    /// How often tasks were polled that nobody has woken.
    in_vain: AtomicU64,
    wakes: AtomicU64,
}

/// Dropped by another thread, when its runtime is gone or not.
#[expect(dead_code, reason = "things to drop")]
struct Left {
    task: JoinHandle<()>,
    sleep: Pin<Box<Sleep>>,
    sockets: (UnixStream, UnixStream),
    handle: Handle,
}

pub fn run(count: u64) {
    let before = Since::now();
    let opened = Opened::now();
    let watch = Watch::begin(|| "while runtimes were made and dropped".to_owned());
    let shared = Arc::new(Shared::default());
    let each = count / THREADS;
    let threads: Vec<_> = (0..THREADS)
        .map(|thread| {
            let shared = shared.clone();
            thread::spawn(move || {
                let mut rng = Rng::with_seed(thread);
                (0..each).for_each(|_| one(thread as usize, &shared, &mut rng));
            })
        })
        .collect();
    threads.into_iter().for_each(|it| it.join().unwrap());
    watch.end();
    let most = before.most();
    let (wakes, in_vain) = (&shared.wakes, &shared.in_vain);
    let (wakes, in_vain) = (
        wakes.load(Ordering::Relaxed),
        in_vain.load(Ordering::Relaxed),
    );
    // A number that is stale is taken for a later one at odds of 1 in 16.8 million.
    assert!(
        in_vain <= 1 + wakes / 1_000_000,
        "{in_vain} polls in vain after {wakes} wakes"
    );
    drop(shared);
    // Those of the jobs of runtimes that were dropped in the background may be about to end.
    watch::until("the end of the threads", || {
        Opened::now().threads == opened.threads
    });
    assert_eq!(Opened::now(), opened);
    let places = PLACE * (count as usize).next_power_of_two().min(16_384);
    memory::check("after all runtimes", before.bytes(), places + LEFT);
    println!(
        "figure: {} runtimes on {THREADS} threads, {wakes} wakes of those gone, {in_vain} polls \
         by them, at most {}, then {}",
        each * THREADS,
        Bytes(most),
        Bytes(before.bytes())
    );
}

/// Makes a runtime, and drops it.
fn one(thread: usize, shared: &Shared, rng: &mut Rng) {
    let runtime = Builder::new_current_thread()
        .start_paused(rng.u32(..4) == 0)
        .max_blocking_threads(rng.usize(1..4))
        .build()
        .unwrap();
    let held = Arc::new(());
    let (tell, told) = mpsc::channel();
    let quiet = runtime.spawn(quiet(tell.clone(), held.clone()));
    let noisy = runtime.spawn(noisy(tell, held.clone()));
    let job = (rng.u32(..4) == 0).then(|| Job::begin(&runtime));
    let left = runtime.block_on(leave(held.clone()));
    let (stale, mine) = (told.recv().unwrap(), told.recv().unwrap());
    let alive = (runtime.handle().clone(), mine.clone());
    shared.alive.lock().unwrap()[thread] = Some(alive);
    disturb(shared, rng);
    runtime.turn(Some(Duration::ZERO)).unwrap();
    disturb(shared, rng);
    let sent = runtime.handle().spawn(pending::<()>());
    let in_vain = quiet_polls(&told);
    match (job, rng.u32(..3)) {
        (Some(job), 0) => {
            let held_by = runtime.shutdown_timeout(Duration::ZERO).unwrap_err();
            assert!(!held_by.held_by().is_empty());
            job.end();
        }
        (Some(job), 1) => {
            runtime.shutdown_background();
            job.end();
        }
        (job, way) => {
            // It waits for the job.
            job.into_iter().for_each(Job::end);
            match way {
                0 => runtime.shutdown_timeout(Duration::MAX).unwrap(),
                1 => runtime.shutdown_background(),
                _ => drop(runtime),
            }
        }
    }
    assert_eq!(
        Arc::strong_count(&held),
        1,
        "the tasks were dropped with their runtime"
    );
    shared.in_vain.fetch_add(in_vain, Ordering::Relaxed);
    drop((quiet, noisy, sent));
    let mut kept = shared.stale.lock().unwrap();
    kept.extend([stale, mine]);
    if kept.len() > KEPT {
        let at = rng.usize(..KEPT);
        kept.swap_remove(at);
        kept.swap_remove(at);
    }
    drop(kept);
    // What the one before has left is dropped by whoever comes next.
    drop(shared.left.lock().unwrap().replace(left));
}

/// Tells its waker, which is woken when the runtime is gone, and of each poll after that.
fn quiet(tell: Sender<Waker>, held: Arc<()>) -> impl Future<Output = ()> {
    poll_fn(move |cx| {
        let _held = &held;
        // Nobody wakes it while it is there, so there is one poll.
        tell.send(cx.waker().clone()).unwrap();
        Poll::Pending
    })
}

/// Tells its waker, and may be woken at any time.
fn noisy(tell: Sender<Waker>, held: Arc<()>) -> impl Future<Output = ()> {
    let mut tell = Some(tell);
    poll_fn(move |cx| {
        let _held = &held;
        if let Some(tell) = tell.take() {
            tell.send(cx.waker().clone()).unwrap();
        }
        Poll::Pending
    })
}

/// How often the quiet task was polled again, by what it has told since.
fn quiet_polls(told: &Receiver<Waker>) -> u64 {
    told.try_iter().count() as u64
}

/// Leaves timers, sockets and tasks in the runtime, and some of them to its caller.
async fn leave(held: Arc<()>) -> Left {
    let far = || sleep(Duration::from_secs(86_400));
    let (near, _far_end) = UnixStream::pair().unwrap();
    let its = held.clone();
    buzzer::spawn(async move {
        let _held = its;
        let _ = near.readable().await;
        pending::<()>().await;
    });
    buzzer::spawn(async move {
        let _held = held;
        far().await;
    });
    let mut sleep = Box::pin(far());
    poll_fn(|cx| {
        assert!(sleep.as_mut().poll(cx).is_pending());
        Poll::Ready(())
    })
    .await;
    yield_now().await;
    Left {
        task: buzzer::spawn(pending()),
        sleep,
        sockets: UnixStream::pair().unwrap(),
        handle: Handle::current(),
    }
}

/// Wakes who is gone, and who is there.
fn disturb(shared: &Shared, rng: &mut Rng) {
    let stale = shared.stale.lock().unwrap();
    for _ in 0..WOKEN.min(stale.len()) {
        stale[rng.usize(..stale.len())].wake_by_ref();
        shared.wakes.fetch_add(1, Ordering::Relaxed);
    }
    drop(stale);
    let alive = shared.alive.lock().unwrap();
    for (handle, waker) in alive.iter().flatten() {
        waker.wake_by_ref();
        if rng.u32(..4) == 0 {
            drop(handle.spawn(async {}));
            drop(handle.spawn_blocking(|| {}));
        }
    }
}

/// A job that runs until it is told to end, and maybe one behind it.
struct Job {
    go_on: Sender<()>,
    handles: [JoinHandle<()>; 2],
}

impl Job {
    fn begin(runtime: &Runtime) -> Self {
        let (go_on, wait) = mpsc::channel();
        let (tell, begun) = mpsc::channel();
        let first = runtime.spawn_blocking(move || {
            tell.send(()).unwrap();
            // Until it is hung up.
            let _ = wait.recv();
        });
        begun.recv().unwrap();
        let second = runtime.spawn_blocking(|| {});
        Self {
            go_on,
            handles: [first, second],
        }
    }

    fn end(self) {
        drop(self.go_on);
        drop(self.handles);
    }
}
