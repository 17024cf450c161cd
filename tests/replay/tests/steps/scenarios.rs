//! The programs that are recorded.

use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use buzzer::fs;
use buzzer::io::{AsyncReadExt, AsyncWriteExt};
use buzzer::net::UnixStream;
use buzzer::runtime::Builder;
use buzzer::sync::{self, Mutex, Notify, Semaphore, mpsc};
use buzzer::task::{self, spawn_blocking, yield_now};
use buzzer::time::{advance, sleep, timeout};
use buzzer::trace::Recording;
use buzzer::{gather, spawn};

pub const PLENTY: usize = 300_000;

/// The document's program, on the paused clock.
pub fn document(kept: usize) -> Recording {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("dummy_async.txt");
    let runtime = Builder::new_current_thread()
        .start_paused(true)
        .record(kept)
        .build()
        .unwrap();
    runtime.block_on(async {
        fs::write(&path, "Hello Asynchronous World!").await.unwrap();
        let path = path.clone();
        let reads = spawn(async move {
            sleep(Duration::from_secs(2)).await;
            fs::read(path).await.unwrap()
        });
        let works = spawn(async {
            sleep(Duration::from_secs(1)).await;
            "Other work completed"
        });
        let (read, worked) = gather!(reads, works).await;
        assert_eq!(read.unwrap(), b"Hello Asynchronous World!");
        assert_eq!(worked.unwrap(), "Other work completed");
    });
    runtime.recording()
}

/// Something of everything that can be waited for, cancelled, or sent.
pub fn everything() -> Recording {
    let runtime = Builder::new_current_thread()
        .record(PLENTY)
        .build()
        .unwrap();
    runtime.block_on(async {
        let (mut ours, mut theirs) = UnixStream::pair().unwrap();
        let (woken, wakes) = futures::channel::oneshot::channel::<()>();
        let echo = spawn(async move {
            let mut read = [0; 4];
            ours.read_exact(&mut read).await.unwrap();
            ours.write_all(b"pong").await.unwrap();
            // Nothing is there until the other task has read that.
            ours.read_exact(&mut read).await.unwrap();
            read
        });
        let peer = spawn(async move {
            theirs.write_all(b"ping").await.unwrap();
            let mut read = [0; 4];
            theirs.read_exact(&mut read).await.unwrap();
            theirs.write_all(b"done").await.unwrap();
        });
        let named = task::Builder::new()
            .name("waits for a thread")
            .spawn(async move { wakes.await.unwrap() })
            .unwrap();
        let never = spawn(std::future::pending::<()>());
        let late =
            spawn(async { timeout(Duration::from_millis(5), std::future::pending::<()>()).await });
        let job = spawn_blocking(|| 7);
        // All have been polled, and wait.
        for _ in 0..3 {
            yield_now().await;
        }
        let thread = std::thread::Builder::new()
            .name("sender".to_owned())
            .spawn(move || woken.send(()).unwrap())
            .unwrap();
        // Given up before it comes.
        timeout(Duration::from_secs(60), yield_now()).await.unwrap();
        assert_eq!(&echo.await.unwrap(), b"done");
        named.await.unwrap();
        never.abort();
        assert!(never.await.is_err());
        assert!(late.await.unwrap().is_err());
        peer.await.unwrap();
        assert_eq!(job.await.unwrap(), 7);
        thread.join().unwrap();
        // Sleeps at the end of the recording.
        drop(spawn(std::future::pending::<()>()));
    });
    runtime.recording()
}

/// Locks and channels: taken, waited for, handed over, given up, closed.
pub fn locks() -> Recording {
    let runtime = Builder::new_current_thread()
        .start_paused(true)
        .record(PLENTY)
        .build()
        .unwrap();
    runtime.block_on(async {
        let accounts = Rc::new(sync::named("accounts", Mutex::new(0)));
        let tables = Arc::new(sync::named("tables", Semaphore::new(2)));
        let (orders, mut ordered) = sync::named("orders", mpsc::channel(1));
        let bell = Rc::new(Notify::new());
        let cooks = spawn({
            let bell = bell.clone();
            async move {
                while ordered.recv().await.is_some() {
                    sleep(Duration::from_millis(2)).await;
                }
                bell.notify_waiters();
            }
        });
        let guest = |number: u32| {
            let (accounts, tables, bell) = (accounts.clone(), tables.clone(), bell.clone());
            let orders = orders.clone();
            async move {
                let table = tables.acquire_many_owned(1 + number % 2).await.unwrap();
                orders.send(number).await.unwrap();
                *accounts.lock().await += number;
                sleep(Duration::from_millis(1)).await;
                drop((table, orders));
                bell.notified().await;
            }
        };
        let guests = [0, 1, 2, 3].map(|number| spawn(guest(number)));
        let held = accounts.lock().await;
        // Given up.
        let late = timeout(Duration::from_millis(1), accounts.lock());
        assert!(late.await.is_err());
        drop(held);
        drop(orders);
        cooks.await.unwrap();
        for guest in guests {
            guest.await.unwrap();
        }
        assert_eq!(*accounts.lock().await, 6);
    });
    runtime.recording()
}

/// Two tasks that hold the thread, for two seconds and for one, or sleep so long. A paused
/// clock that a task moves on is, by the run's own clock, a poll that takes so long.
pub fn two_waits(hold: bool) -> Recording {
    let runtime = Builder::new_current_thread()
        .start_paused(true)
        .record(PLENTY)
        .build()
        .unwrap();
    runtime.block_on(async {
        let wait = |seconds| async move {
            let time = Duration::from_secs(seconds);
            match hold {
                true => advance(time).await,
                false => sleep(time).await,
            }
        };
        let (two, one) = gather!(spawn(wait(2)), spawn(wait(1))).await;
        two.and(one).unwrap();
    });
    runtime.recording()
}

/// Few tasks at a time, and thousands of events.
pub fn thousands() -> Recording {
    let runtime = Builder::new_current_thread()
        .start_paused(true)
        .record(PLENTY)
        .build()
        .unwrap();
    runtime.block_on(async {
        let guest = |millis| async move {
            for _ in 0..100 {
                sleep(Duration::from_millis(millis)).await;
            }
        };
        let (a, b, c) = gather!(spawn(guest(3)), spawn(guest(5)), spawn(guest(7))).await;
        a.and(b).and(c).unwrap();
    });
    runtime.recording()
}

/// Tasks that a seed polls in another order than they stand in the queue.
pub fn shuffled() -> Recording {
    let runtime = Builder::new_current_thread()
        .rng_seed(7)
        .record(PLENTY)
        .build()
        .unwrap();
    runtime.block_on(async {
        let all: Vec<_> = (0..5).map(|_| spawn(yield_now())).collect();
        for one in all {
            one.await.unwrap();
        }
    });
    runtime.recording()
}

/// A job that begins and ends while a task is polled, which holds the loop for that.
pub fn job_within_a_poll() -> Recording {
    let runtime = Builder::new_current_thread()
        .record(PLENTY)
        .build()
        .unwrap();
    runtime.block_on(async {
        let (ran, runs) = std::sync::mpsc::channel::<()>();
        let job = spawn_blocking(move || drop(ran));
        // Dropped at the job's end.
        runs.recv().unwrap_err();
        while !job.is_finished() {
            std::thread::yield_now();
        }
        // A moment of its own, after the job's end.
        spawn(yield_now()).await.unwrap();
        job.await.unwrap();
    });
    runtime.recording()
}

/// Two tasks that wait for one source, of which one gives up.
pub fn two_of_one_source() -> Recording {
    let runtime = Builder::new_current_thread()
        .start_paused(true)
        .record(PLENTY)
        .build()
        .unwrap();
    runtime.block_on(async {
        let (ours, _theirs) = UnixStream::pair().unwrap();
        let ours = Rc::new(ours);
        let [short, long] = [1, 2].map(|seconds| {
            let ours = ours.clone();
            spawn(timeout(Duration::from_secs(seconds), async move {
                ours.readable().await
            }))
        });
        assert!(short.await.unwrap().is_err());
        assert!(long.await.unwrap().is_err());
    });
    runtime.recording()
}

/// Names that would end a script, begin an element, or confuse a reader.
pub fn hostile() -> (Recording, Vec<&'static str>) {
    let names = vec![
        "</script><b>bold</b>",
        "<!--<script>",
        "<img src=x onerror=alert(1)>",
        "'\"\\ &amp; \u{2028}",
        "世界 🐝 Grüße",
        "\u{202e}right to left",
        "/* script */",
    ];
    let runtime = Builder::new_current_thread()
        .record(PLENTY)
        .build()
        .unwrap();
    runtime.block_on(async {
        let all: Vec<_> = names
            .iter()
            .map(|name| task::Builder::new().name(name).spawn(yield_now()).unwrap())
            .collect();
        for one in all {
            one.await.unwrap();
        }
    });
    (runtime.recording(), names)
}

/// 22 events a guest, all of whom are there at a time, with a timer each.
pub fn long(guests: u64) -> Recording {
    let runtime = Builder::new_current_thread()
        .start_paused(true)
        .record(PLENTY)
        .build()
        .unwrap();
    runtime.block_on(async {
        let all: Vec<_> = (0..guests)
            .map(|guest| {
                spawn(async move {
                    for course in 0..3 {
                        sleep(Duration::from_millis(1 + (guest * 7 + course) % 500)).await;
                    }
                })
            })
            .collect();
        for one in all {
            one.await.unwrap();
        }
    });
    runtime.recording()
}
