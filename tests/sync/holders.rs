//! Who holds a lock or permits, by the dump.

use std::rc::Rc;
use std::sync::{Arc, mpsc};
use std::thread;

use buzzer::spawn;
use buzzer::sync::{Mutex, RwLock, Semaphore, named, oneshot};
use buzzer::task::{Id, JoinHandle, spawn_blocking, yield_now};
use buzzer::time::{Duration, sleep, timeout};
use buzzer::trace::{SyncHolder, SyncWant, WaitFor};

use crate::child::in_a_child;
use crate::deadlocks::runtime;

/// The holders of the only lock that somebody waits for.
fn holders() -> Vec<SyncHolder> {
    let dump = buzzer::trace::dump();
    assert_eq!(dump.syncs().count(), 1, "{dump}");
    let sync = dump.syncs().next().unwrap();
    sync.holders().to_vec()
}

/// The line of a dump that tells of the lock, from its kind on, without where it was made.
fn line() -> String {
    let dump = buzzer::trace::dump().to_string();
    let mut lines = dump.lines();
    let line = lines.find_map(|line| line.split_once(" made at "));
    let (_, told) = line.unwrap_or_else(|| panic!("no lock in\n{dump}"));
    told.split_once(", ")
        .map_or("", |(_, told)| told)
        .to_owned()
}

#[test]
fn holders_come_and_go() {
    let runtime = runtime();
    runtime.block_on(async {
        let tables = Arc::new(Semaphore::new(3));
        let held = tables.acquire().await.unwrap();
        let waits = tables.clone();
        let waiter = spawn(async move { drop(waits.acquire_many(3).await) });
        let holds = tables.clone();
        let holder = spawn(async move {
            let _two = holds.try_acquire_many(2);
            std::future::pending::<()>().await;
        });
        sleep(Duration::from_secs(1)).await;
        let dump = buzzer::trace::dump();
        let [WaitFor::Sync { sync, want }] = dump
            .task(waiter.id())
            .unwrap()
            .waits()
            .iter()
            .map(|wait| wait.on.clone())
            .collect::<Vec<_>>()[..]
        else {
            panic!("{dump}");
        };
        assert_eq!(want, SyncWant::Permits(3));
        // The waiter was there first, and has been given the two that were free.
        let [
            SyncHolder {
                task: Some(main),
                job: None,
                permits: 1,
                held: Some(since),
            },
        ] = dump.sync(sync).unwrap().holders()[..]
        else {
            panic!("{dump}");
        };
        assert_eq!(main.to_string(), "0");
        assert_eq!(since, Duration::from_secs(1));
        drop(held);
        waiter.await.unwrap();
        assert_eq!(buzzer::trace::dump().syncs().count(), 0);
        holder.abort();
    });
}

#[test]
fn the_first_lock_of_a_process_that_is_seen_is_seen_as_the_others_are() {
    in_a_child(holders_come_and_go);
}

#[test]
fn permits_that_are_added_or_forgotten_are_held_by_nobody() {
    runtime().block_on(async {
        let tables = Rc::new(Semaphore::new(2));
        let takes_one = || {
            let tables = tables.clone();
            spawn(async move {
                let _held = tables.acquire().await;
                sleep(Duration::from_secs(60)).await;
            })
        };
        let holders = || {
            let dump = buzzer::trace::dump();
            let sync = dump.syncs().next().unwrap();
            let holders = sync.holders().iter();
            let holders = holders.map(|held| (held.task.unwrap(), held.permits));
            holders.collect::<Vec<_>>()
        };
        tables.acquire().await.unwrap().forget();
        let tasks = [(); 3].map(|()| takes_one());
        let [holder, first, second] = tasks.each_ref().map(JoinHandle::id);
        yield_now().await;
        assert_eq!(holders(), [(holder, 1)]);
        tables.add_permits(1);
        yield_now().await;
        assert_eq!(holders(), [(holder, 1), (first, 1)]);
        tables.add_permits(1);
        yield_now().await;
        // Nobody waits any more, so that there is nothing to tell.
        assert_eq!(buzzer::trace::dump().syncs().count(), 0);
        let fourth = takes_one();
        yield_now().await;
        assert_eq!(holders(), [(holder, 1), (first, 1), (second, 1)]);
        tasks.iter().chain([&fourth]).for_each(JoinHandle::abort);
    });
}

// It has no clock of the runtime, so since when is not known.
#[test]
fn a_blocking_job_that_holds_a_lock_is_named() {
    runtime().block_on(async {
        let mutex = Arc::new(Mutex::new(()));
        let (goes_on, waits) = mpsc::channel::<()>();
        let (has_locked, locked) = oneshot::channel();
        let locks = mutex.clone();
        let job = spawn_blocking(move || {
            let _held = locks.blocking_lock();
            has_locked.send(()).unwrap();
            waits.recv().unwrap();
        });
        locked.await.unwrap();
        let waiter = spawn(async move { drop(mutex.lock().await) });
        yield_now().await;
        let [holder] = holders()[..] else {
            panic!("{:?}", holders())
        };
        assert_eq!((holder.task, holder.job), (None, Some(job.id())));
        assert_eq!(holder.held, None);
        let told = line();
        assert!(
            told.starts_with("held by job j1 (tests/sync/holders.rs:"),
            "{told}"
        );
        assert!(told.ends_with("), running on worker 0"), "{told}");
        goes_on.send(()).unwrap();
        waiter.await.unwrap();
        job.await.unwrap();
    });
}

#[test]
fn a_lock_that_is_held_elsewhere_is_told_to_be() {
    let (one, other) = (runtime(), runtime());
    let mutex = Mutex::new(());
    let told = || {
        one.block_on(async {
            let waits = timeout(Duration::from_secs(1), mutex.lock());
            let told = async {
                yield_now().await;
                let [holder] = holders()[..] else {
                    panic!("{:?}", holders())
                };
                assert_eq!((holder.task, holder.job, holder.held), (None, None, None));
                line()
            };
            buzzer::gather!(waits, told).await.1
        })
    };
    let held = other.block_on(mutex.lock());
    assert_eq!(told(), "held outside this runtime");
    drop(held);
    let held = thread::scope(|threads| threads.spawn(|| mutex.blocking_lock()).join().unwrap());
    assert_eq!(told(), "held outside this runtime");
    drop(held);
}

#[test]
fn what_a_thread_gives_back_is_its_own() {
    runtime().block_on(async {
        let tables = Arc::new(Semaphore::new(2));
        let takes = tables.clone();
        let holder = spawn(async move {
            let _held = takes.acquire().await;
            sleep(Duration::from_secs(60)).await;
        });
        yield_now().await;
        let comes = tables.clone();
        let job = spawn_blocking(move || drop(comes.blocking_acquire()));
        job.await.unwrap();
        let waiter = spawn(async move { drop(tables.acquire_many(2).await) });
        yield_now().await;
        let [only] = holders()[..] else {
            panic!("{:?}", holders())
        };
        assert_eq!((only.task, only.permits), (Some(holder.id()), 1));
        [holder, waiter].iter().for_each(JoinHandle::abort);
    });
}

/// Asks for all of `tables`, some of which others hold, and says who those are.
async fn who_holds(tables: &Arc<Semaphore>, all: u32) -> Vec<(Option<Id>, Option<Id>)> {
    let asks = tables.clone();
    let waiter = spawn(async move { drop(asks.acquire_many(all).await) });
    yield_now().await;
    let who = holders().iter().map(|held| (held.task, held.job)).collect();
    waiter.abort();
    yield_now().await;
    who
}

#[test]
fn of_two_tasks_and_a_thread_each_gives_back_its_own() {
    runtime().block_on(async {
        let tables = Arc::new(Semaphore::new(3));
        let task = |held: Duration| {
            let tables = tables.clone();
            spawn(async move {
                let _held = tables.acquire().await;
                sleep(held).await;
            })
        };
        let [stays, goes] = [60, 1].map(|seconds| task(Duration::from_secs(seconds)));
        yield_now().await;
        goes.await.unwrap();
        assert_eq!(who_holds(&tables, 3).await, [(Some(stays.id()), None)]);
        thread::scope(|threads| {
            let take = || drop(tables.try_acquire().unwrap());
            threads.spawn(take).join().unwrap();
        });
        assert_eq!(who_holds(&tables, 3).await, [(Some(stays.id()), None)]);
    });
}

#[test]
fn of_two_jobs_each_gives_back_its_own() {
    runtime().block_on(async {
        let tables = Arc::new(Semaphore::new(2));
        let (ends, stands) = mpsc::channel::<()>();
        let (has_taken, taken) = oneshot::channel();
        let takes = tables.clone();
        let first = spawn_blocking(move || {
            let _held = takes.try_acquire().unwrap();
            has_taken.send(()).unwrap();
            let _ = stands.recv();
        });
        taken.await.unwrap();
        let takes = tables.clone();
        let second = spawn_blocking(move || drop(takes.try_acquire().unwrap()));
        second.await.unwrap();
        assert_eq!(who_holds(&tables, 2).await, [(None, Some(first.id()))]);
        drop(ends);
        first.await.unwrap();
    });
}

#[test]
fn who_held_what_while_somebody_looked_is_forgotten_when_nobody_does() {
    // Elsewhere in this process somebody looks all the time.
    in_a_child(|| {
        let tables = Arc::new(named("tables", Semaphore::new(1)));
        let held = runtime().block_on(async { tables.clone().acquire_owned().await.unwrap() });
        drop(held);
        runtime().block_on(async {
            let takes = tables.clone();
            let holder = spawn(async move {
                let _held = takes.acquire().await;
                sleep(Duration::from_secs(60)).await;
            });
            yield_now().await;
            assert_eq!(who_holds(&tables, 1).await, [(Some(holder.id()), None)]);
        });
    });
}

// It has the lock, and doesn't know: a classic of `select!` with a reference to a future.
#[test]
fn a_lock_handed_to_a_future_that_is_not_polled_is_a_circle_of_its_task() {
    runtime().block_on(async {
        let mutex = Arc::new(Mutex::new(()));
        let held = mutex.clone().lock_owned().await;
        let locks = mutex.clone();
        let task = spawn(async move {
            let mut first = Box::pin(locks.lock());
            buzzer::select! {
                _ = &mut first => {}
                _ = sleep(Duration::from_millis(1)) => drop(locks.lock().await),
            }
        });
        sleep(Duration::from_secs(1)).await;
        drop(held);
        yield_now().await;
        let [holder] = holders()[..] else {
            panic!("{:?}", holders())
        };
        assert_eq!((holder.task, holder.held), (Some(task.id()), None));
        assert_eq!(
            line(),
            "handed over to #1, which is above: they wait in a circle"
        );
        task.abort();
        yield_now().await;
        assert!(mutex.try_lock().is_ok());
    });
}

#[test]
fn what_was_handed_over_and_taken_or_given_up_is_so_no_more() {
    runtime().block_on(async {
        let lock = Rc::new(RwLock::new(()));
        let written = lock.write().await;
        let [takes, gives_up] = [(); 2].map(|()| {
            let lock = lock.clone();
            spawn(async move {
                let _read = lock.read().await;
                sleep(Duration::from_secs(60)).await;
            })
        });
        let writes = lock.clone();
        let waiter = spawn(async move { drop(writes.write().await) });
        yield_now().await;
        drop(written);
        let tasks = || {
            holders()
                .iter()
                .map(|holder| holder.task)
                .collect::<Vec<_>>()
        };
        assert_eq!(tasks(), [Some(takes.id()), Some(gives_up.id())]);
        assert!(holders().iter().all(|holder| holder.held.is_none()));
        gives_up.abort();
        yield_now().await;
        assert_eq!(tasks(), [Some(takes.id())]);
        assert_eq!(holders()[0].held, Some(Duration::ZERO));
        [takes, waiter].iter().for_each(JoinHandle::abort);
    });
}

#[test]
fn a_receiver_that_has_given_up_waits_no_more() {
    runtime().block_on(async {
        let (_sender, mut receiver) = buzzer::sync::mpsc::channel::<u8>(1);
        let mut buffer = Vec::new();
        let limit = Duration::from_secs(1);
        assert!(timeout(limit, receiver.recv()).await.is_err());
        let many = receiver.recv_many(&mut buffer, 2);
        assert!(timeout(limit, many).await.is_err());
        let dump = buzzer::trace::dump();
        assert_eq!(dump.syncs().count(), 0, "{dump}");
    });
}

#[test]
fn permits_that_are_leaked_for_ever_are_not_noted_for_ever() {
    runtime().block_on(async {
        let tables = Arc::new(Semaphore::new(1));
        for _ in 0..5_000 {
            std::mem::forget(tables.try_acquire().unwrap());
            tables.add_permits(1);
        }
        let _held = tables.acquire().await;
        let waits = tables.clone();
        let waiter = spawn(async move { drop(waits.acquire().await) });
        yield_now().await;
        assert_eq!(holders().len(), 4_096);
        waiter.abort();
    });
}

// Each of a thousand waiters has the same thousand holders behind it.
#[test]
fn a_crowd_that_waits_for_a_crowd_is_told_in_few_lines() {
    runtime().block_on(async {
        let tables = Arc::new(Semaphore::new(1_000));
        let tasks: Vec<_> = (0..2_000)
            .map(|_| {
                let tables = tables.clone();
                spawn(async move {
                    let _held = tables.acquire().await;
                    std::future::pending::<()>().await;
                })
            })
            .collect();
        yield_now().await;
        let dump = buzzer::trace::dump().to_string();
        assert!(dump.lines().count() < 300, "{dump}");
        assert!(dump.contains("└─ and 992 more"), "{dump}");
        assert!(dump.contains("wait for a lock or channel"), "{dump}");
        tasks.iter().for_each(JoinHandle::abort);
    });
}

#[test]
fn a_channel_knows_who_has_sent_and_who_has_asked_last() {
    let runtime = runtime();
    runtime.block_on(async {
        let (sender, mut receiver) = buzzer::sync::mpsc::channel(1);
        let asks = spawn(async move { while receiver.recv().await.is_some() {} });
        let sends = |value| {
            let sender = sender.clone();
            spawn(async move { sender.send(value).await })
        };
        for value in 1..=2 {
            let sent = sends(value);
            let last = sent.id();
            sent.await.unwrap().unwrap();
            yield_now().await;
            let dump = buzzer::trace::dump();
            let channel = dump.syncs().next().expect("it is waited for");
            assert_eq!(channel.last_sender(), Some(last));
            assert_eq!(channel.last_receiver(), Some(asks.id()));
        }
    });
}
