//! The blocking pool: bounded, in order, strands no job, and lets go of its
//! threads.

#[path = "support/asleep.rs"]
mod asleep;
#[path = "support/child.rs"]
mod child;

use std::cell::Cell;
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use asleep::ThisThread;
use buzzer::runtime::{Builder, Handle, Runtime};
use buzzer::spawn;
use buzzer::task::{JoinHandle, spawn_blocking, yield_now};
#[cfg(target_os = "linux")]
use child::in_a_child;
#[cfg(target_os = "linux")]
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// A runtime with so many threads and so much room before them.
fn pool(threads: usize, queue: usize) -> Runtime {
    Builder::new_current_thread()
        .max_blocking_threads(threads)
        .max_blocking_queue(queue)
        .build()
        .unwrap()
}

/// A job that holds its thread until the gate is opened, and an await for its
/// having begun.
struct Held {
    gate: mpsc::Sender<()>,
    job: JoinHandle<()>,
}

async fn hold() -> Held {
    let (gate, opens) = mpsc::channel();
    let (begins, begun) = async_channel::bounded(1);
    let job = spawn_blocking(move || {
        begins.send_blocking(()).unwrap();
        // Open also when the test has dropped the gate, by failing.
        let _ = opens.recv();
    });
    begun.recv().await.unwrap();
    Held { gate, job }
}

impl Held {
    async fn end(self) {
        self.gate.send(()).unwrap();
        self.job.await.unwrap();
    }
}

#[test]
fn jobs_of_one_thread_run_in_the_order_of_their_spawns() {
    for queue in [1, 3, 1_000] {
        let order = Arc::new(Mutex::new(Vec::new()));
        pool(1, queue).block_on(async {
            let held = hold().await;
            let jobs: Vec<_> = (0..100)
                .map(|n| {
                    let order = order.clone();
                    spawn_blocking(move || order.lock().unwrap().push(n))
                })
                .collect();
            held.end().await;
            for job in jobs {
                job.await.unwrap();
            }
        });
        assert_eq!(*order.lock().unwrap(), (0..100).collect::<Vec<_>>());
    }
}

#[test]
fn while_the_queue_is_full_the_loop_goes_on_and_spawns_wait_as_futures() {
    let runtime = pool(1, 2);
    let turns = Rc::new(Cell::new(0));
    let counted = turns.clone();
    runtime.spawn(async move {
        loop {
            counted.set(counted.get() + 1);
            yield_now().await;
        }
    });
    runtime.block_on(async {
        let held = hold().await;
        let begun = Arc::new(AtomicUsize::new(0));
        let jobs: Vec<_> = (0..50)
            .map(|_| {
                let begun = begun.clone();
                spawn_blocking(move || begun.fetch_add(1, Ordering::SeqCst))
            })
            .collect();
        let before = turns.get();
        for _ in 0..1_000 {
            yield_now().await;
        }
        assert!(turns.get() >= before + 1_000, "the loop went on");
        assert_eq!(
            begun.load(Ordering::SeqCst),
            0,
            "one thread, and it is held"
        );
        assert!(jobs.iter().all(|job| !job.is_finished()));
        held.end().await;
        let mut order = Vec::new();
        for job in jobs {
            order.push(job.await.unwrap());
        }
        assert_eq!(order, (0..50).collect::<Vec<_>>());
    });
    assert_eq!(runtime.metrics().num_blocking_threads(), 1);
}

#[test]
fn awaiting_each_job_before_the_next_slows_the_spawner_to_what_the_pool_can_do() {
    pool(2, 1).block_on(async {
        let first = hold().await;
        let second = hold().await;
        let spawned = Rc::new(Cell::new(0));
        let counted = spawned.clone();
        let spawner = spawn(async move {
            for _ in 0..10 {
                counted.set(counted.get() + 1);
                spawn_blocking(|| {}).await.unwrap();
            }
        });
        for _ in 0..100 {
            yield_now().await;
        }
        assert_eq!(spawned.get(), 1);
        first.end().await;
        spawner.await.unwrap();
        assert_eq!(spawned.get(), 10);
        second.end().await;
    });
}

#[test]
fn a_loop_that_waits_for_a_job_does_not_spin() {
    let runtime = pool(1, 1);
    let the_loop = ThisThread::new();
    runtime.block_on(async {
        // With a timer armed that is far away, and a source that has an event.
        spawn(buzzer::time::sleep(Duration::from_secs(3_600)));
        let (writable, _peer) = std::os::unix::net::UnixStream::pair().unwrap();
        writable.set_nonblocking(true).unwrap();
        let _writable = buzzer::io::AsyncFd::new(writable).unwrap();
        let before = runtime.metrics().turns();
        let job = spawn_blocking(move || {
            // Looks at a loop that has parked, for long enough to see it spin.
            (0..2_000).for_each(|_| the_loop.wait_until_asleep());
        });
        job.await.unwrap();
        let turns = runtime.metrics().turns() - before;
        assert!(turns <= 4, "{turns} turns to wait for one job");
    });
}

#[test]
fn bursts_on_idle_workers_strand_no_job_and_block_no_loop() {
    for (threads, queue) in [(1, 1), (2, 1), (2, 3), (4, 2)] {
        pool(threads, queue).block_on(async {
            let done = Arc::new(AtomicUsize::new(0));
            for round in 0..2_000 {
                // More than fit, while a worker is about to take the first.
                let jobs: Vec<_> = (0..2 + round % 5)
                    .map(|_| {
                        let done = done.clone();
                        spawn_blocking(move || done.fetch_add(1, Ordering::SeqCst))
                    })
                    .collect();
                let mut ended = Vec::new();
                for job in jobs {
                    ended.push(job.await.unwrap());
                }
                assert!(threads > 1 || ended.is_sorted(), "{ended:?}");
            }
            assert_eq!(done.load(Ordering::SeqCst), 2_000 * 4);
        });
    }
}

#[test]
fn jobs_spawned_from_many_threads_at_once_all_run() {
    let runtime = pool(2, 2);
    let done = Arc::new(AtomicUsize::new(0));
    runtime.block_on(async {
        let spawners: Vec<_> = (0..4)
            .map(|_| {
                let (handle, done) = (Handle::current(), done.clone());
                std::thread::spawn(move || {
                    let jobs = (0..1_000).map(|_| {
                        let done = done.clone();
                        handle.spawn_blocking(move || done.fetch_add(1, Ordering::SeqCst))
                    });
                    jobs.collect::<Vec<_>>()
                })
            })
            .collect();
        for spawner in spawners {
            for job in spawner.join().unwrap() {
                job.await.unwrap();
            }
        }
    });
    assert_eq!(done.load(Ordering::SeqCst), 4_000);
}

#[test]
fn a_job_that_no_thread_has_begun_is_cancelled_by_abort_and_does_not_run() {
    pool(1, 2).block_on(async {
        let held = hold().await;
        let ran = Arc::new(AtomicUsize::new(0));
        // Two in the queue, the others in the line before it.
        let jobs: Vec<_> = (0..6)
            .map(|n| {
                let ran = ran.clone();
                spawn_blocking(move || ran.fetch_add(1 << (4 * n), Ordering::SeqCst))
            })
            .collect();
        for n in [0, 3, 5] {
            jobs[n].abort();
            assert!(jobs[n].is_finished());
        }
        held.job.abort();
        assert!(!held.job.is_finished(), "begun, so it can't be cancelled");
        held.end().await;
        for (n, job) in jobs.into_iter().enumerate() {
            let result = job.await;
            match [0, 3, 5].contains(&n) {
                true => assert!(result.unwrap_err().is_cancelled()),
                false => drop(result.unwrap()),
            }
        }
        assert_eq!(ran.load(Ordering::SeqCst), 0x01_0110);
    });
}

#[test]
fn what_an_aborted_job_holds_is_dropped_by_the_abort() {
    pool(1, 1).block_on(async {
        let held = hold().await;
        let holds = Arc::new(());
        let held_by_job = holds.clone();
        let job = spawn_blocking(move || drop(held_by_job));
        job.abort();
        assert_eq!(Arc::strong_count(&holds), 1);
        held.end().await;
    });
}

#[test]
fn idle_threads_end_after_the_keep_alive_and_new_ones_start_when_needed() {
    let runtime = Builder::new_current_thread()
        .max_blocking_threads(4)
        .thread_keep_alive(Duration::from_nanos(1))
        .build()
        .unwrap();
    runtime.block_on(async {
        for _ in 0..3 {
            let mut held = Vec::new();
            for _ in 0..4 {
                held.push(hold().await);
            }
            assert_eq!(runtime.metrics().num_blocking_threads(), 4);
            for held in held {
                held.end().await;
            }
            // They end by themselves: nothing else can make this come true.
            while runtime.metrics().num_blocking_threads() > 0 {
                yield_now().await;
            }
        }
    });
}

#[test]
fn a_thread_that_gives_up_waiting_when_a_job_comes_does_not_strand_it() {
    let runtime = Builder::new_current_thread()
        .max_blocking_threads(1)
        .thread_keep_alive(Duration::from_nanos(1))
        .build()
        .unwrap();
    runtime.block_on(async {
        for pause in 0..2_000 {
            let first = spawn_blocking(|| ());
            // The only worker goes idle, and gives up, a moment after this.
            while !first.is_finished() {
                std::thread::yield_now();
            }
            // Which walks across that moment, on one core and on several.
            (0..pause % 24).for_each(|_| std::thread::yield_now());
            (0..pause * 37 % 2_000).for_each(|_| std::hint::spin_loop());
            spawn_blocking(|| ()).await.unwrap();
        }
    });
}

#[test]
fn an_idle_worker_that_is_claimed_already_does_not_count_for_the_next_job() {
    for _ in 0..100 {
        let runtime = pool(2, 10);
        runtime.block_on(async {
            let worker = spawn_blocking(ThisThread::new).await.unwrap();
            worker.wait_until_asleep();
            // One idle worker for two jobs, of which the first waits for the other.
            let (gives, takes) = mpsc::channel();
            let waits = spawn_blocking(move || takes.recv().unwrap());
            let helps = spawn_blocking(move || gives.send(7).unwrap());
            assert_eq!(waits.await.unwrap(), 7);
            helps.await.unwrap();
        });
    }
}

#[test]
fn an_idle_thread_is_used_again_before_a_new_one_starts() {
    let runtime = pool(100, 100);
    runtime.block_on(async {
        for _ in 0..100 {
            let worker = spawn_blocking(ThisThread::new).await.unwrap();
            // Its result is there before it is on its way back to wait for more.
            worker.wait_until_asleep();
        }
        assert_eq!(runtime.metrics().num_blocking_threads(), 1);
    });
}

#[test]
fn threads_start_up_to_the_limit_and_no_further() {
    let runtime = pool(3, 10);
    runtime.block_on(async {
        let mut held = Vec::new();
        for _ in 0..3 {
            held.push(hold().await);
        }
        let more: Vec<_> = (0..10).map(|_| spawn_blocking(|| {})).collect();
        assert_eq!(runtime.metrics().num_blocking_threads(), 3);
        for held in held {
            held.end().await;
        }
        for job in more {
            job.await.unwrap();
        }
    });
}

#[test]
fn threads_have_the_name_and_the_number_that_the_builder_gave() {
    let runtime = Builder::new_current_thread()
        .thread_name("dishwasher")
        .build()
        .unwrap();
    let name = runtime.block_on(async {
        let name = || std::thread::current().name().map(str::to_owned);
        spawn_blocking(name).await.unwrap().unwrap()
    });
    assert_eq!(name, "dishwasher-0");
}

#[test]
fn a_queue_or_a_stack_too_large_for_memory_is_no_panic() {
    let endless = Builder::new_current_thread()
        .max_blocking_queue(usize::MAX)
        .max_blocking_threads(usize::MAX)
        .thread_keep_alive(Duration::MAX)
        .build()
        .unwrap();
    endless.block_on(async { spawn_blocking(|| {}).await.unwrap() });
    let huge = Builder::new_current_thread()
        .thread_stack_size(usize::MAX / 4)
        .build()
        .unwrap();
    huge.block_on(async {
        let error = spawn_blocking(|| {}).await.unwrap_err();
        assert!(!error.is_panic() && !error.is_cancelled());
        let said = error.to_string();
        assert!(said.contains("no thread could be started"), "{said}");
    });
}

/// There is room for the stack of one thread, and for no second.
#[cfg(target_os = "linux")]
#[test]
fn a_thread_that_is_refused_beside_others_fails_no_job() {
    const STACK: usize = 1 << 30;
    in_a_child(|| {
        let runtime = Builder::new_current_thread()
            .thread_stack_size(STACK)
            .build()
            .unwrap();
        let used = std::fs::read_to_string("/proc/self/statm").unwrap();
        let pages: u64 = used.split(' ').next().unwrap().parse().unwrap();
        let room = pages * 4096 + STACK as u64 * 3 / 2;
        let limit = Rlimit {
            current: Some(room),
            ..getrlimit(Resource::As)
        };
        setrlimit(Resource::As, limit).unwrap();
        runtime.block_on(async {
            let (ends, runs) = mpsc::channel::<()>();
            let first = spawn_blocking(move || _ = runs.recv());
            let second = spawn_blocking(|| 2);
            yield_now().await;
            assert!(!second.is_finished());
            drop(ends);
            first.await.unwrap();
            assert_eq!(second.await.unwrap(), 2);
        });
    });
}

#[test]
fn a_thread_name_that_the_system_can_not_take_is_an_error() {
    let error = Builder::new_current_thread()
        .thread_name("dish\0washer")
        .build()
        .unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::InvalidInput);
    assert!(error.to_string().contains("thread_name"), "{error}");
}

#[test]
fn a_jobs_panic_comes_back_and_its_thread_goes_on() {
    let runtime = pool(1, 1);
    runtime.block_on(async {
        let error = spawn_blocking(|| panic!("burnt")).await.unwrap_err();
        assert_eq!(error.into_panic().downcast_ref(), Some(&"burnt"));
        let same = spawn_blocking(|| std::thread::current().name().map(str::to_owned));
        assert_eq!(same.await.unwrap().unwrap(), "buzzer-blocking-0");
    });
}
