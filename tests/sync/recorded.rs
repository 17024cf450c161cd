//! What a recording has of locks and channels, and what the views make of it.

use std::cell::RefCell;
use std::future::poll_fn;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use buzzer::runtime::{Builder, Runtime};
use buzzer::sync::{self, Mutex, Notify, OnceCell, RwLock, Semaphore};
use buzzer::sync::{broadcast, mpsc, oneshot};
use buzzer::task::yield_now;
use buzzer::time::{Duration, sleep, timeout};
use buzzer::trace::{Event, Recording, SyncStep, WaitsOn};
use buzzer::{gather, race, spawn};

fn recorded() -> Runtime {
    Builder::new_current_thread()
        .start_paused(true)
        .record(10_000)
        .build()
        .unwrap()
}

fn recording_of(scenario: impl AsyncFnOnce()) -> Recording {
    let runtime = recorded();
    runtime.block_on(scenario());
    runtime.recording()
}

/// The steps at locks and channels and the waits for them, one a line.
fn steps(recording: &Recording) -> Vec<String> {
    let mut lines = Vec::new();
    for record in recording.records() {
        match &record.event {
            Event::SyncMet {
                sync, kind, name, ..
            } => lines.push(match name {
                Some(name) => format!("{sync}: {} '{name}'", kind.name()),
                None => format!("{sync}: {}", kind.name()),
            }),
            Event::SyncStepped { sync, step, .. } => lines.push(match step {
                SyncStep::Taken(permits) => format!("{sync} taken {permits}"),
                SyncStep::Given { of, permits } => format!("{sync} given {permits} of #{of}"),
                SyncStep::Handed { to } => format!("{sync} handed to #{to}"),
                SyncStep::ToldAll => format!("{sync} all told"),
                SyncStep::Closed => format!("{sync} closed"),
            }),
            Event::SyncGone { sync } => lines.push(format!("{sync} gone")),
            Event::Waits {
                task,
                on: WaitsOn::Sync(sync),
            } => lines.push(format!("#{task} waits for {sync}")),
            Event::WaitDropped {
                on: WaitsOn::Sync(sync),
            } => lines.push(format!("no wait for {sync}")),
            _ => {}
        }
    }
    lines
}

/// The lines of the story that tell of locks and channels, without numbers and times.
fn story(recording: &Recording) -> Vec<String> {
    let story = recording.story().to_string();
    let (_, lines) = story.split_once("\nturn 1\n").unwrap();
    let lines = lines.lines().filter_map(|line| {
        let words = line.get(29..)?.trim();
        let at = words.find(", made at ").unwrap_or(words.len());
        Some(words[..at].to_owned())
    });
    lines.collect()
}

#[test]
fn a_lock_is_taken_waited_for_handed_over_and_given_back() {
    let recording = recording_of(async || {
        let accounts = Rc::new(sync::named("accounts", Mutex::new(())));
        let holder = accounts.clone();
        let holds = spawn(async move {
            let _held = holder.lock().await;
            sleep(Duration::from_secs(1)).await;
        });
        let waits = spawn(async move { drop(accounts.lock().await) });
        gather!(holds, waits).await.0.unwrap();
    });
    assert_eq!(
        steps(&recording),
        [
            "1: Mutex 'accounts'",
            "1 taken 1",
            "#2 waits for 1",
            "1 given 1 of #1",
            "1 handed to #2",
            "1 taken 1",
            "1 given 1 of #2",
            "1 gone",
        ]
    );
    let told = story(&recording);
    let told: Vec<_> = told.iter().filter(|line| line.contains("Mutex")).collect();
    assert_eq!(
        told,
        [
            "Mutex 1 'accounts' is used",
            "takes Mutex 1 'accounts'",
            "pending: waits for Mutex 1 'accounts'",
            "gives back Mutex 1 'accounts'",
            "hands #2 Mutex 1 'accounts'",
            "takes Mutex 1 'accounts'",
            "gives back Mutex 1 'accounts'",
        ]
    );
}

#[test]
fn a_wait_for_a_value_of_all_ends_with_that_value() {
    let recording = recording_of(async || {
        let (calls, mut called) = broadcast::channel(1);
        let waits = spawn(async move { called.recv().await });
        yield_now().await;
        calls.send(1).unwrap();
        assert_eq!(waits.await.unwrap(), Ok(1));
    });
    assert_eq!(
        steps(&recording),
        [
            "1: broadcast channel",
            "#1 waits for 1",
            "1 all told",
            "1 closed",
            "1 gone",
        ]
    );
}

// A recording knows of one wait of a task for one lock.
#[test]
fn a_task_that_waits_twice_goes_on_to_wait_when_one_has_ended() {
    let recording = recording_of(async || {
        let tables = Rc::new(Semaphore::new(0));
        let takes = tables.clone();
        let waits = spawn(async move {
            let take = async || takes.acquire().await.unwrap().forget();
            buzzer::join!(take(), take());
        });
        yield_now().await;
        tables.add_permits(1);
        yield_now().await;
        tables.add_permits(1);
        waits.await.unwrap();
    });
    let steps = steps(&recording);
    let steps: Vec<_> = steps.iter().map(String::as_str).collect();
    let (waits, handed) = ("#1 waits for 1", "1 handed to #1");
    assert_eq!(
        steps[1..],
        [
            waits,
            waits,
            handed,
            waits,
            "1 taken 1",
            "1 given 1 of #1",
            handed,
            "1 taken 1",
            "1 given 1 of #1",
            "1 gone",
        ]
    );
}

#[test]
fn a_wait_that_another_task_gives_up_ends_no_others() {
    let recording = recording_of(async || {
        let tables = Rc::new(Semaphore::new(0));
        let wait = || {
            let tables = tables.clone();
            Box::pin(async move { drop(tables.acquire().await) })
        };
        let shared = Rc::new(RefCell::new(Some(wait())));
        let polled = shared.clone();
        let polls = spawn(poll_fn(move |cx| match &mut *polled.borrow_mut() {
            Some(wait) => wait.as_mut().poll(cx),
            None => Poll::Ready(()),
        }));
        let waits = spawn(wait());
        yield_now().await;
        drop(shared.take());
        tables.add_permits(1);
        waits.await.unwrap();
        polls.abort();
    });
    let steps = steps(&recording);
    let dropped = steps.iter().position(|step| step == "no wait for 1");
    assert_eq!(steps[dropped.unwrap() + 1], "#2 waits for 1", "{steps:?}");
}

#[test]
fn a_wait_that_its_task_gives_up_says_nothing_of_those_of_others() {
    let recording = recording_of(async || {
        let lock = Arc::new(Mutex::new(()));
        let held = lock.clone().lock_owned().await;
        let waits = |limit| {
            let lock = lock.clone();
            spawn(async move { drop(timeout(limit, lock.lock()).await) })
        };
        let gives_up = waits(Duration::from_secs(1));
        let waits = waits(Duration::from_secs(60));
        gives_up.await.unwrap();
        drop(held);
        waits.await.unwrap();
    });
    let steps = steps(&recording);
    let dropped = steps.iter().position(|step| step == "no wait for 1");
    assert_eq!(steps[dropped.unwrap() + 1], "1 given 1 of #0", "{steps:?}");
}

#[test]
fn a_ring_for_who_waits_outside_of_the_runtime_is_no_event() {
    let runtime = recorded();
    let bell = Rc::new(Notify::new());
    runtime.block_on(async {
        let waits = bell.clone();
        let waits = spawn(async move { waits.notified().await });
        yield_now().await;
        bell.notify_one();
        waits.await.unwrap();
    });
    let mut outside = pin!(bell.notified());
    let mut cx = Context::from_waker(Waker::noop());
    assert!(outside.as_mut().poll(&mut cx).is_pending());
    runtime.block_on(async { bell.notify_waiters() });
    assert!(outside.poll(&mut cx).is_ready());
    assert_eq!(
        steps(&runtime.recording()),
        ["1: Notify", "#1 waits for 1", "1 handed to #1"]
    );
}

#[test]
fn a_million_values_that_nobody_waits_for_are_no_event() {
    let recording = recording_of(async || {
        let (sender, mut receiver) = mpsc::channel(1_000);
        for _ in 0..1_000 {
            for value in 0..1_000 {
                sender.try_send(value).unwrap();
            }
            for value in 0..1_000 {
                assert_eq!(receiver.try_recv(), Ok(value));
            }
        }
    });
    assert!(steps(&recording).is_empty());
}

#[test]
fn a_channel_tells_who_waits_at_which_end_and_that_it_closes() {
    let recording = recording_of(async || {
        let (sender, mut receiver) = sync::named("jobs", mpsc::channel(1));
        let sends = spawn(async move {
            for value in 0..3 {
                sender.send(value).await.unwrap();
            }
        });
        while receiver.recv().await.is_some() {}
        sends.await.unwrap();
    });
    assert_eq!(
        steps(&recording),
        [
            "1: mpsc channel 'jobs'",
            "#0 waits for 1",
            "1 handed to #0",
            "#1 waits for 1",
            "1 handed to #1",
            "#0 waits for 1",
            "1 handed to #0",
            "#1 waits for 1",
            "1 handed to #1",
            "#0 waits for 1",
            "1 handed to #0",
            "1 closed",
            "1 gone",
        ]
    );
}

#[test]
fn a_wait_that_is_given_up_ends() {
    let recording = recording_of(async || {
        let tables = Arc::new(Semaphore::new(2));
        let _held = tables.acquire_many(2).await.unwrap();
        race!(
            async { drop(tables.acquire().await) },
            sleep(Duration::from_secs(1)),
        )
        .await;
    });
    assert_eq!(
        steps(&recording),
        [
            "1: Semaphore",
            "1 taken 2",
            "#0 waits for 1",
            "no wait for 1",
            "1 given 2 of #0",
            "1 gone",
        ]
    );
}

#[test]
fn readers_and_the_writer_are_told_apart() {
    let recording = recording_of(async || {
        let menu = RwLock::new(());
        drop(menu.read().await);
        drop(menu.write().await);
    });
    let told = story(&recording);
    let told: Vec<_> = told.iter().filter(|line| line.contains("RwLock")).collect();
    assert_eq!(
        told,
        [
            "RwLock 1 is used",
            "takes RwLock 1 as a reader",
            "gives back RwLock 1 as a reader",
            "takes RwLock 1 as the writer",
            "gives back RwLock 1 as the writer",
        ]
    );
}

#[test]
fn a_bell_tells_one_or_all() {
    let recording = recording_of(async || {
        let bell = Rc::new(Notify::new());
        let rung = bell.clone();
        let guests = [(); 3].map(|()| {
            let bell = bell.clone();
            spawn(async move { bell.notified().await })
        });
        yield_now().await;
        rung.notify_one();
        rung.notify_waiters();
        // Nobody waits any more.
        rung.notify_waiters();
        for guest in guests {
            guest.await.unwrap();
        }
    });
    assert_eq!(
        steps(&recording),
        [
            "1: Notify",
            "#1 waits for 1",
            "#2 waits for 1",
            "#3 waits for 1",
            "1 handed to #1",
            "1 all told",
            "1 gone",
        ]
    );
}

#[test]
fn a_value_that_is_made_once_is_waited_for_by_the_others() {
    let recording = recording_of(async || {
        let cell = OnceCell::new();
        let make = || cell.get_or_init(async || sleep(Duration::from_secs(1)).await);
        gather!(make(), make()).await;
    });
    assert_eq!(
        steps(&recording),
        [
            "1: OnceCell",
            "1 taken 1",
            "#0 waits for 1",
            "1 all told",
            "1 gone",
        ]
    );
}

#[test]
fn a_sender_that_goes_without_a_value_closes_its_channel() {
    let recording = recording_of(async || {
        let (order, coffee) = oneshot::channel::<()>();
        let waits = spawn(coffee);
        yield_now().await;
        drop(order);
        waits.await.unwrap().unwrap_err();
    });
    assert_eq!(
        steps(&recording),
        ["1: oneshot channel", "#1 waits for 1", "1 closed", "1 gone",]
    );
}

#[test]
fn what_another_runtime_does_is_recorded_there() {
    let mutex = Mutex::new(());
    let record = || Builder::new_current_thread().record(1_000).build().unwrap();
    let (one, other) = (record(), record());
    let held = one.block_on(mutex.lock());
    other.block_on(async {
        race!(async { drop(mutex.lock().await) }, yield_now()).await;
    });
    one.block_on(async { drop(held) });
    assert_eq!(
        steps(&one.recording()),
        ["1: Mutex", "1 taken 1", "1 given 1 of #0"]
    );
    assert_eq!(
        steps(&other.recording()),
        ["1: Mutex", "#0 waits for 1", "no wait for 1"]
    );
}
