//! What the dump and the deadlock report say of locks and channels.

use std::future::poll_fn;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Poll;

use buzzer::runtime::{Builder, OnDeadlock, Runtime};
use buzzer::spawn;
use buzzer::sync::{Barrier, Mutex, Notify, OnceCell, RwLock, Semaphore, SetOnce};
use buzzer::sync::{broadcast, mpsc, oneshot, watch};
use buzzer::task::{JoinHandle, yield_now};
use buzzer::time::{Duration, sleep, timeout};
use buzzer::trace::{Dump, SyncWant, WaitFor};

use crate::caught::panic_of;

pub fn runtime() -> Runtime {
    Builder::new_current_thread()
        .on_deadlock(OnDeadlock::Panic)
        .dump_waits(true)
        .start_paused(true)
        .build()
        .unwrap()
}

/// The report of a scenario that comes to a deadlock, without where its lines are.
fn report(scenario: impl AsyncFnOnce()) -> String {
    let text = panic_of(|| runtime().block_on(scenario()));
    let mut report = String::new();
    for part in text.split("tests/sync/deadlocks.rs:") {
        if report.is_empty() {
            report.push_str(part);
            continue;
        }
        let end = part.find(|character: char| !character.is_ascii_digit() && character != ':');
        report.push_str(&part[end.unwrap_or(part.len())..]);
    }
    report
}

#[track_caller]
fn assert_says(report: &str, lines: &[&str]) {
    let found: Vec<_> = report.lines().map(str::trim_end).collect();
    for line in lines {
        assert!(
            found.iter().any(|found| found.contains(line)),
            "no {line:?} in\n{report}"
        );
    }
}

#[test]
fn two_locks_taken_in_two_orders() {
    let report = report(async || {
        let [first, second] = [(); 2].map(|()| Rc::new(Mutex::new(())));
        let tasks = [(&first, &second), (&second, &first)].map(|(one, other)| {
            let (one, other) = (one.clone(), other.clone());
            spawn(async move {
                let _one = one.lock().await;
                sleep(Duration::from_millis(10)).await;
                let _other = other.lock().await;
            })
        });
        for task in tasks {
            task.await.unwrap();
        }
    });
    assert_says(
        &report,
        &[
            "└─ #1 (), polled 2 times: has waited 0 s for",
            "└─ the Mutex made at , held for 10.000 ms by #2 (), polled 2 times: has waited 0 s for",
            "└─ the Mutex made at , held for 10.000 ms by #1, which is above: they wait in a circle",
        ],
    );
}

#[test]
fn a_lock_that_its_holder_waits_for_again() {
    let report = report(async || {
        let mutex = Mutex::new(());
        let _held = mutex.lock().await;
        let _again = mutex.lock().await;
    });
    assert_says(
        &report,
        &["└─ the Mutex made at , held for 0 s by #0, which is above: they wait in a circle"],
    );
}

#[test]
fn two_channels_that_are_full_both_ways() {
    let report = report(async || {
        let (ping, pinged) = mpsc::channel(1);
        let (pong, ponged) = mpsc::channel(1);
        let tasks = [(ping, ponged), (pong, pinged)].map(|(sender, mut receiver)| {
            spawn(async move {
                sender.send(1).await.unwrap();
                receiver.recv().await.unwrap();
                sender.send(2).await.unwrap();
                sender.send(3).await.unwrap();
            })
        });
        for task in tasks {
            task.await.unwrap();
        }
    });
    assert_says(
        &report,
        &[
            "└─ room in the mpsc channel of 1 place made at , which is full, received from last \
             by #2 (), polled 2 times: has waited 0 s for",
            "└─ room in the mpsc channel of 1 place made at , which is full, received from last \
             by #1, which is above: they wait in a circle",
        ],
    );
}

#[test]
fn a_permit_held_by_who_joins_the_one_that_wants_it() {
    let report = report(async || {
        let tables = Arc::new(Semaphore::new(2));
        let held = tables.clone().acquire_many_owned(2).await.unwrap();
        let takes = tables.clone();
        let guest = spawn(async move { drop(takes.acquire_many(2).await) });
        guest.await.unwrap();
        drop(held);
    });
    assert_says(
        &report,
        &[
            "└─ #1 (), polled once: has waited 0 s for",
            "└─ 2 permits of the Semaphore made at , 2 permits held for 0 s by #0, which is \
             above: they wait in a circle",
        ],
    );
}

#[test]
fn readers_that_a_writer_waits_for_are_all_named() {
    let report = report(async || {
        let lock = Rc::new(RwLock::new(()));
        let readers = [(); 2].map(|()| {
            let lock = lock.clone();
            spawn(async move {
                let _read = lock.read().await;
                std::future::pending::<()>().await;
            })
        });
        yield_now().await;
        drop(lock.write().await);
        drop(readers);
    });
    assert_says(
        &report,
        &[
            "└─ a writer's turn at the RwLock made at",
            "├─ held for 0 s by #1 (), polled once: has waited 0 s for",
            "└─ held for 0 s by #2 (), polled once: has waited 0 s for",
        ],
    );
}

/// What each task of a runtime waits for, by the dump's words.
fn words(dump: &Dump) -> Vec<(String, SyncWant)> {
    let waits = dump.tasks().iter().flat_map(|task| task.waits());
    let syncs = waits.filter_map(|wait| match wait.on {
        WaitFor::Sync { sync, want } => {
            let sync = dump.sync(sync).unwrap();
            let at = sync.made_at().unwrap();
            assert_eq!(at.file(), "tests/sync/deadlocks.rs");
            Some((sync.kind().to_owned(), want))
        }
        _ => None,
    });
    syncs.collect()
}

#[test]
fn every_kind_of_wait_has_a_name() {
    let runtime = runtime();
    let dump = runtime.block_on(async {
        let (bell, once) = (Rc::new(Notify::new()), Rc::new(SetOnce::<()>::new()));
        let barrier = Rc::new(Barrier::new(2));
        let cell = Rc::new(OnceCell::<()>::new());
        let (value, comes) = oneshot::channel::<()>();
        let (mut closes, closed) = oneshot::channel::<()>();
        let (values, mut queue) = mpsc::unbounded_channel::<()>();
        let (leaves, left) = mpsc::channel::<()>(1);
        let (calls, mut called) = broadcast::channel::<()>(1);
        let (board, mut watched) = watch::channel(());
        let makes = cell.clone();
        let tasks = [
            spawn({
                let bell = bell.clone();
                async move { bell.notified().await }
            }),
            spawn({
                let once = once.clone();
                async move { *once.wait().await }
            }),
            spawn({
                let barrier = barrier.clone();
                async move { _ = barrier.wait().await }
            }),
            spawn(async move { *makes.get_or_init(std::future::pending).await }),
            spawn(async move { *cell.get_or_init(std::future::pending).await }),
            spawn(async move { comes.await.unwrap_or_default() }),
            spawn(async move { closes.closed().await }),
            spawn(async move { queue.recv().await.unwrap_or_default() }),
            spawn(async move { leaves.closed().await }),
            spawn(async move { drop(called.recv().await) }),
            spawn(async move { drop(watched.changed().await) }),
        ];
        yield_now().await;
        let dump = buzzer::trace::dump();
        drop((value, closed, values, left, calls, board));
        tasks.iter().for_each(JoinHandle::abort);
        yield_now().await;
        dump
    });
    let told = |kind: &str| (kind.to_owned(), SyncWant::Told);
    let closed = |kind: &str| (kind.to_owned(), SyncWant::Closed);
    assert_eq!(
        words(&dump),
        [
            told("Notify"),
            told("SetOnce"),
            told("Barrier"),
            // The fourth makes it, and waits for something else.
            ("OnceCell".to_owned(), SyncWant::Permits(1)),
            told("oneshot channel"),
            closed("oneshot channel"),
            told("mpsc channel"),
            closed("mpsc channel"),
            told("broadcast channel"),
            told("watch channel"),
        ]
    );
    // All are gone, and so is all that was known of them.
    assert_eq!(runtime.dump().syncs().count(), 0, "{}", runtime.dump());
}

#[test]
fn a_wait_that_is_given_up_is_not_told() {
    let runtime = runtime();
    runtime.block_on(async {
        let mutex = Rc::new(Mutex::new(()));
        let _held = mutex.lock().await;
        let waits = mutex.clone();
        let waiter = spawn(async move { drop(waits.lock().await) });
        yield_now().await;
        assert_eq!(buzzer::trace::dump().syncs().count(), 1);
        waiter.abort();
        yield_now().await;
        assert_eq!(buzzer::trace::dump().syncs().count(), 0);
    });
}

// The ends of the channels live on, and so does the task that has waited for them.
#[test]
fn a_task_that_has_given_up_its_waits_is_told_by_its_last() {
    runtime().block_on(async {
        let (values, mut queue) = mpsc::channel::<()>(1);
        let (orders, mut line) = mpsc::unbounded_channel::<()>();
        let (mut closes, mut closed) = oneshot::channel::<()>();
        let (calls, mut called) = broadcast::channel::<()>(1);
        let (board, mut watched) = watch::channel(());
        let task = spawn(async move {
            let moment = Duration::from_secs(1);
            let mut buffer = Vec::new();
            _ = timeout(moment, queue.recv()).await;
            _ = timeout(moment, queue.recv_many(&mut buffer, 1)).await;
            _ = timeout(moment, line.recv()).await;
            _ = timeout(moment, line.recv_many(&mut buffer, 1)).await;
            _ = timeout(moment, closes.closed()).await;
            _ = timeout(moment, called.recv()).await;
            _ = timeout(moment, watched.changed()).await;
            sleep(Duration::from_secs(60)).await;
            drop((queue, line, closes, called, watched));
        });
        sleep(Duration::from_secs(10)).await;
        let dump = buzzer::trace::dump();
        let waits = dump.task(task.id()).unwrap().waits();
        assert!(
            matches!(waits, [wait] if matches!(wait.on, WaitFor::Deadline { .. })),
            "{dump}"
        );
        _ = closed.try_recv();
        drop((values, orders, calls, board));
        task.abort();
    });
}

// The other end of each lives on.
#[test]
fn an_end_that_was_polled_by_hand_and_is_gone_does_not_wait() {
    runtime().block_on(async {
        let (values, mut queue) = mpsc::channel::<()>(1);
        let (value, mut comes) = oneshot::channel::<()>();
        let (mut sends, mut sent) = oneshot::channel::<()>();
        let (mut closes, closed) = oneshot::channel::<()>();
        spawn(async move {
            poll_fn(|cx| {
                assert!(queue.poll_recv(cx).is_pending());
                assert!(pin!(&mut comes).poll(cx).is_pending());
                assert!(sends.poll_closed(cx).is_pending());
                assert!(closes.poll_closed(cx).is_pending());
                Poll::Ready(())
            })
            .await;
            comes.close();
            assert!(comes.try_recv().is_err());
            sends.send(()).unwrap();
            drop((queue, closes));
        })
        .await
        .unwrap();
        let dump = buzzer::trace::dump();
        assert_eq!(dump.syncs().count(), 0, "{dump}");
        assert_eq!(sent.try_recv(), Ok(()));
        drop((values, value, closed));
    });
}

// The task and its ends live on, and it waits for something else.
#[test]
fn an_end_that_was_polled_by_hand_to_its_end_does_not_wait() {
    runtime().block_on(async {
        let (mut closes, closed) = oneshot::channel::<()>();
        let (values, mut queue) = mpsc::channel::<()>(1);
        let task = spawn(async move {
            poll_fn(|cx| {
                assert!(queue.poll_recv(cx).is_pending());
                closes.poll_closed(cx)
            })
            .await;
            queue.close();
            assert!(queue.try_recv().is_err());
            sleep(Duration::from_secs(60)).await;
            drop((queue, closes));
        });
        yield_now().await;
        assert_eq!(buzzer::trace::dump().syncs().count(), 2);
        drop(closed);
        yield_now().await;
        let dump = buzzer::trace::dump();
        assert_eq!(dump.syncs().count(), 0, "{dump}");
        task.abort();
        drop(values);
    });
}

#[test]
fn what_waits_in_another_runtime_is_told_there() {
    let mutex = Mutex::new(());
    let held = mutex.try_lock().unwrap();
    let (one, other) = (runtime(), runtime());
    one.block_on(async {
        buzzer::race!(async { drop(mutex.lock().await) }, async {
            yield_now().await;
            assert_eq!(buzzer::trace::dump().syncs().count(), 1);
        })
        .await;
    });
    other.block_on(async { assert_eq!(buzzer::trace::dump().syncs().count(), 0) });
    drop(held);
}
