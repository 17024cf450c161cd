//! A foreign loop can drive the runtime: between turns its descriptor tells when
//! the next one has something to do, and is quiet otherwise.

use std::cell::Cell;
use std::future::poll_fn;
use std::io::{Read, Write};
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Waker};
use std::time::Duration;

use buzzer::io::{AsyncFd, Interest};
use buzzer::runtime::{Builder, Runtime};
use buzzer::task::{JoinHandle, yield_now};
use buzzer::time::{Instant, sleep};
use mio::unix::SourceFd;
use mio::{Events, Poll, Token};

mod support {
    pub mod caught;
    pub mod on_drop;
}
use support::caught::panic_of;
use support::on_drop::OnDrop;

/// Whether the runtime's descriptor is readable, by a foreign epoll: now, or with
/// no `limit` as soon as it is.
fn readable(runtime: &Runtime, limit: Option<Duration>) -> bool {
    let mut foreign = Poll::new().unwrap();
    let fd = runtime.as_raw_fd();
    let readable = mio::Interest::READABLE;
    foreign
        .registry()
        .register(&mut SourceFd(&fd), Token(0), readable)
        .unwrap();
    let mut events = Events::with_capacity(1);
    foreign.poll(&mut events, limit).unwrap();
    !events.is_empty()
}

const NOW: Option<Duration> = Some(Duration::ZERO);

/// Turns until nothing is left to do at once; gives the number of turns.
fn turn_until_quiet(runtime: &Runtime) -> u32 {
    let mut turns = 0;
    while readable(runtime, NOW) {
        runtime.turn(NOW).unwrap();
        turns += 1;
        assert!(turns < 1_000, "the descriptor is readable for ever");
    }
    turns
}

/// Drives the runtime as a foreign loop does: a turn only when the descriptor
/// says so.
fn drive<T: 'static>(runtime: &Runtime, task: JoinHandle<T>) -> T {
    while !task.is_finished() {
        assert!(readable(runtime, None));
        runtime.turn(NOW).unwrap();
    }
    runtime.block_on(task).unwrap()
}

#[test]
fn an_idle_runtime_has_a_quiet_descriptor() {
    let runtime = Runtime::new().unwrap();
    runtime.turn(NOW).unwrap();
    turn_until_quiet(&runtime);
    assert_eq!(runtime.turn(NOW).unwrap().polls(), 0);
    assert!(!readable(&runtime, NOW));
}

#[test]
fn a_spawn_between_turns_makes_the_descriptor_readable_and_the_task_is_polled() {
    let runtime = Runtime::new().unwrap();
    runtime.turn(NOW).unwrap();
    turn_until_quiet(&runtime);
    let task = runtime.spawn(async { "served" });
    assert_eq!(drive(&runtime, task), "served");
}

#[test]
fn a_spawn_from_another_thread_makes_the_descriptor_readable() {
    let runtime = Runtime::new().unwrap();
    runtime.turn(NOW).unwrap();
    turn_until_quiet(&runtime);
    let handle = runtime.handle().clone();
    let other = std::thread::spawn(move || handle.spawn(async { 7 }));
    let task = other.join().unwrap();
    assert_eq!(drive(&runtime, task), 7);
    turn_until_quiet(&runtime);
}

#[test]
fn a_deadline_makes_the_descriptor_readable_and_not_before() {
    let runtime = Runtime::new().unwrap();
    let wait = Duration::from_micros(300);
    let started = Instant::now();
    let task = runtime.spawn(async move { sleep(wait).await });
    drive(&runtime, task);
    assert!(started.elapsed() >= wait);
    turn_until_quiet(&runtime);
}

#[test]
fn readiness_of_a_source_makes_the_descriptor_readable() {
    let runtime = Runtime::new().unwrap();
    let (mut here, there) = UnixStream::pair().unwrap();
    there.set_nonblocking(true).unwrap();
    let task = runtime.spawn(async move {
        let there = AsyncFd::new(there).unwrap();
        let read = |mut socket: &UnixStream| {
            let mut order = [0; 8];
            socket.read(&mut order).map(|n| order[..n].to_vec())
        };
        there.async_io(Interest::READABLE, read).await.unwrap()
    });
    runtime.turn(NOW).unwrap();
    turn_until_quiet(&runtime);
    assert!(!task.is_finished());
    here.write_all(b"mocha").unwrap();
    assert_eq!(drive(&runtime, task), b"mocha");
}

#[test]
fn a_blocking_job_that_ends_makes_the_descriptor_readable() {
    let runtime = Runtime::new().unwrap();
    let task = runtime.spawn(async { buzzer::task::spawn_blocking(|| 9).await.unwrap() });
    assert_eq!(drive(&runtime, task), 9);
}

#[test]
fn work_left_after_a_turn_keeps_the_descriptor_readable_until_it_is_done() {
    let runtime = Builder::new_current_thread()
        .event_interval(10)
        .build()
        .unwrap();
    let task = runtime.spawn(async {
        for _ in 0..95 {
            yield_now().await;
        }
    });
    let mut polls = Vec::new();
    while !task.is_finished() {
        assert!(readable(&runtime, NOW));
        polls.push(runtime.turn(NOW).unwrap().polls());
    }
    // 95 yields are 96 polls, ten at most in a turn.
    assert_eq!(polls, [10, 10, 10, 10, 10, 10, 10, 10, 10, 6]);
    turn_until_quiet(&runtime);
}

#[test]
fn a_turn_with_a_paused_clock_jumps_to_the_deadline_but_not_past_its_limit() {
    let runtime = Builder::new_current_thread()
        .start_paused(true)
        .build()
        .unwrap();
    let task = runtime.spawn(async { sleep(Duration::from_secs(10)).await });
    let started = {
        let _inside = runtime.enter();
        Instant::now()
    };
    let now = || {
        let _inside = runtime.enter();
        started.elapsed()
    };
    // The first turn polls the task, and looks round once more for the spawn's
    // sake; the next ones are idle.
    runtime.turn(NOW).unwrap();
    assert_eq!(now(), Duration::ZERO);
    runtime.turn(Some(Duration::from_secs(4))).unwrap();
    assert_eq!(now(), Duration::from_secs(4));
    assert!(!task.is_finished());
    runtime.turn(Some(Duration::from_secs(4))).unwrap();
    assert_eq!(now(), Duration::from_secs(8));
    while !task.is_finished() {
        runtime.turn(Some(Duration::from_secs(4))).unwrap();
    }
    assert_eq!(now(), Duration::from_secs(10));
}

#[test]
fn a_block_on_that_panicked_leaves_a_descriptor_that_tells() {
    let runtime = Runtime::new().unwrap();
    turn_until_quiet(&runtime);
    panic_of(|| runtime.block_on(async { panic!("spilt") }));
    assert!(!readable(&runtime, NOW));
    let handle = runtime.handle().clone();
    let task = std::thread::spawn(move || handle.spawn(async { "told" }));
    assert_eq!(drive(&runtime, task.join().unwrap()), "told");
}

#[test]
fn what_the_drop_of_block_ons_future_leaves_to_do_makes_the_descriptor_readable() {
    let runtime = Runtime::new().unwrap();
    turn_until_quiet(&runtime);
    let ended = Rc::new(Cell::new(false));
    let noted = ended.clone();
    let spawns = OnDrop(move || {
        let noted = noted.clone();
        drop(buzzer::spawn(async move { noted.set(true) }));
    });
    runtime.block_on(poll_fn(move |_| {
        let _held = &spawns;
        std::task::Poll::Ready(())
    }));
    assert!(turn_until_quiet(&runtime) > 0);
    assert!(ended.get());
}

#[test]
fn what_is_done_within_a_guard_makes_the_descriptor_readable() {
    let runtime = Runtime::new().unwrap();
    turn_until_quiet(&runtime);
    let task = {
        let _inside = runtime.enter();
        buzzer::spawn(async { "spawned" })
    };
    assert_eq!(drive(&runtime, task), "spawned");
    turn_until_quiet(&runtime);
    let (wake, woken) = futures::channel::oneshot::channel();
    let task = runtime.spawn(woken);
    turn_until_quiet(&runtime);
    {
        let _inside = runtime.enter();
        wake.send("woken").unwrap();
    }
    assert_eq!(drive(&runtime, task).unwrap(), "woken");
    turn_until_quiet(&runtime);
    let _armed = {
        let _inside = runtime.enter();
        let mut armed = sleep(Duration::from_millis(1));
        let mut cx = Context::from_waker(Waker::noop());
        assert!(Pin::new(&mut armed).poll(&mut cx).is_pending());
        armed
    };
    assert!(readable(&runtime, None));
}
