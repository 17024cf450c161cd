//! Driven by a foreign loop: the runtime's descriptor tells when a turn has work,
//! and is quiet otherwise.

// mio's poll(2) has no descriptor.
#![cfg(not(mio_unsupported_force_poll_poll))]

#[path = "support/asleep.rs"]
mod asleep;
#[path = "support/caught.rs"]
mod caught;
#[path = "support/on_drop.rs"]
mod on_drop;
#[path = "support/paused.rs"]
mod paused;
#[path = "support/poll.rs"]
mod poll;

use std::cell::Cell;
use std::future::{pending, poll_fn};
use std::io::Write;
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;
use std::rc::Rc;
use std::task::{Poll, Waker};

use asleep::ThisThread;
use buzzer::io::AsyncFd;
use buzzer::runtime::{Handle, Runtime};
use buzzer::spawn;
use buzzer::task::{JoinHandle, yield_now};
use buzzer::time::{Duration, Instant, sleep};
use caught::panic_of;
use on_drop::OnDrop;
use paused::paused;
use poll::{is_readable, wait_until_readable};

/// What a foreign loop does between two waits: turns, while there is work.
/// Gives how many turns it took.
fn turn_while_readable(runtime: &Runtime) -> u32 {
    let mut turns = 0;
    while is_readable(runtime) {
        runtime.turn(Some(Duration::ZERO)).unwrap();
        turns += 1;
        assert!(
            turns < 1_000,
            "the descriptor stays readable with nothing to do"
        );
    }
    turns
}

/// A foreign loop until `task` has ended, asleep between turns.
fn drive<T: 'static>(runtime: &Runtime, task: JoinHandle<T>) -> T {
    while !task.is_finished() {
        wait_until_readable(runtime);
        runtime.turn(Some(Duration::ZERO)).unwrap();
    }
    runtime.block_on(task).unwrap()
}

#[test]
fn a_spawn_before_the_first_turn_makes_the_descriptor_readable() {
    let runtime = Runtime::new().unwrap();
    assert!(!is_readable(&runtime));
    let task = runtime.spawn(async { 1 });
    assert_eq!(drive(&runtime, task), 1);
}

#[test]
fn a_spawn_by_another_thread_before_the_first_turn_makes_it_readable() {
    let runtime = Runtime::new().unwrap();
    let handle = runtime.handle().clone();
    let task = std::thread::spawn(move || handle.spawn(async { 1 }));
    assert_eq!(drive(&runtime, task.join().unwrap()), 1);
}

#[test]
fn a_spawn_while_the_runtime_is_entered_makes_it_readable() {
    let runtime = Runtime::new().unwrap();
    for _ in 0..3 {
        let task = {
            let _entered = runtime.enter();
            spawn(async { 1 })
        };
        assert_eq!(drive(&runtime, task), 1);
        turn_while_readable(&runtime);
        let task = {
            let _entered = runtime.handle().enter();
            spawn(async { 2 })
        };
        assert_eq!(drive(&runtime, task), 2);
        turn_while_readable(&runtime);
    }
}

#[test]
fn what_a_block_on_leaves_behind_makes_it_readable() {
    let runtime = Runtime::new().unwrap();
    let mut queued = None;
    runtime.block_on(async { queued = Some(spawn(async { 1 })) });
    assert_eq!(drive(&runtime, queued.unwrap()), 1);
    let mut sleeping = None;
    runtime.block_on(async {
        sleeping = Some(spawn(sleep(Duration::from_micros(500))));
        yield_now().await;
    });
    drive(&runtime, sleeping.unwrap());
    let handle = runtime.handle().clone();
    let remote = std::thread::spawn(move || handle.spawn(async { 2 }));
    assert_eq!(drive(&runtime, remote.join().unwrap()), 2);
}

#[test]
fn a_wake_between_turns_on_the_same_thread_makes_it_readable() {
    let runtime = Runtime::new().unwrap();
    let kept = Rc::new(Cell::new(None::<Waker>));
    let keeps = kept.clone();
    let mut polls = 0;
    let task = runtime.spawn(poll_fn(move |cx| {
        keeps.set(Some(cx.waker().clone()));
        polls += 1;
        if polls == 3 {
            Poll::Ready(polls)
        } else {
            Poll::Pending
        }
    }));
    turn_while_readable(&runtime);
    assert!(!is_readable(&runtime));
    kept.take().unwrap().wake();
    assert!(is_readable(&runtime));
    turn_while_readable(&runtime);
    // Also while the runtime is entered.
    {
        let _entered = runtime.enter();
        kept.take().unwrap().wake();
    }
    assert_eq!(drive(&runtime, task), 3);
}

#[test]
fn an_abort_and_the_end_of_a_blocking_job_make_it_readable() {
    let runtime = Runtime::new().unwrap();
    let waits = runtime.spawn(pending::<()>());
    turn_while_readable(&runtime);
    waits.abort();
    while !waits.is_finished() {
        wait_until_readable(&runtime);
        runtime.turn(Some(Duration::ZERO)).unwrap();
    }
    let job = runtime.spawn(async { buzzer::task::spawn_blocking(|| 7).await.unwrap() });
    assert_eq!(drive(&runtime, job), 7);
}

#[test]
fn timers_make_it_readable_and_are_never_early() {
    let runtime = Runtime::new().unwrap();
    let task = runtime.spawn(async {
        for micros in [1, 300, 1_000, 1_700] {
            let before = Instant::now();
            sleep(Duration::from_micros(micros)).await;
            assert!(before.elapsed() >= Duration::from_micros(micros));
        }
    });
    drive(&runtime, task);
}

#[test]
fn an_earlier_timer_takes_the_place_of_a_later_one() {
    let runtime = Runtime::new().unwrap();
    runtime.spawn(sleep(Duration::from_secs(3_600)));
    turn_while_readable(&runtime);
    let soon = runtime.spawn(sleep(Duration::from_micros(200)));
    drive(&runtime, soon);
    assert_eq!(runtime.metrics().num_alive_tasks(), 1);
}

#[test]
fn a_timer_armed_while_the_runtime_is_entered_makes_it_readable() {
    let runtime = Runtime::new().unwrap();
    let kept = Rc::new(Cell::new(None::<Waker>));
    let keeps = kept.clone();
    let task = runtime.spawn(poll_fn(move |cx| {
        match keeps.replace(Some(cx.waker().clone())) {
            None => Poll::Pending,
            Some(_) => Poll::Ready(()),
        }
    }));
    turn_while_readable(&runtime);
    let mut armed = {
        let _entered = runtime.enter();
        let waker = kept.take().unwrap();
        kept.set(Some(waker.clone()));
        let mut armed = Box::pin(sleep(Duration::from_micros(200)));
        let mut cx = std::task::Context::from_waker(&waker);
        assert!(armed.as_mut().poll(&mut cx).is_pending());
        armed
    };
    drive(&runtime, task);
    runtime.block_on(armed.as_mut());
}

#[test]
fn readiness_makes_it_readable() {
    let runtime = Runtime::new().unwrap();
    let (here, mut there) = UnixStream::pair().unwrap();
    here.set_nonblocking(true).unwrap();
    let task = runtime.spawn(async move {
        let here = AsyncFd::new(here).unwrap();
        here.readable().await.map(drop)
    });
    turn_while_readable(&runtime);
    assert!(!task.is_finished() && !is_readable(&runtime));
    there.write_all(b"!").unwrap();
    assert!(is_readable(&runtime));
    drive(&runtime, task).unwrap();
}

#[test]
fn a_task_that_yields_keeps_it_readable_and_each_turn_makes_its_polls() {
    let runtime = Runtime::new().unwrap();
    runtime.spawn(async {
        loop {
            yield_now().await;
        }
    });
    for _ in 0..100 {
        assert!(is_readable(&runtime));
        assert_eq!(runtime.turn(Some(Duration::ZERO)).unwrap().polls(), 128);
    }
}

#[test]
fn with_nothing_to_do_the_descriptor_is_quiet_and_a_turn_that_may_wait_waits() {
    let runtime = Runtime::new().unwrap();
    // An event that nobody takes away, a far timer, a task that waits.
    let (here, mut there) = UnixStream::pair().unwrap();
    here.set_nonblocking(true).unwrap();
    there.write_all(b"unread").unwrap();
    runtime.spawn(async move {
        let _kept = AsyncFd::new(here).unwrap();
        sleep(Duration::from_secs(3_600)).await;
    });
    assert!(turn_while_readable(&runtime) <= 4);
    for _ in 0..10 {
        assert!(!is_readable(&runtime));
        assert_eq!(runtime.turn(Some(Duration::ZERO)).unwrap().polls(), 0);
    }
    // Without a timeout a turn ends by another thread's message only.
    let (the_loop, handle) = (ThisThread::new(), runtime.handle().clone());
    let elsewhere = std::thread::spawn(move || {
        the_loop.wait_until_asleep();
        handle.spawn(async {})
    });
    let before = runtime.metrics().turns();
    runtime.turn(None).unwrap();
    let task = elsewhere.join().unwrap();
    drive(&runtime, task);
    assert!(runtime.metrics().turns() - before <= 4);
}

#[test]
fn a_turns_timeout_is_never_early_and_a_huge_one_is_as_none() {
    let runtime = Runtime::new().unwrap();
    for micros in [0, 1, 300, 1_200] {
        let before = std::time::Instant::now();
        runtime.turn(Some(Duration::from_micros(micros))).unwrap();
        assert!(before.elapsed() >= Duration::from_micros(micros));
    }
    runtime.spawn(sleep(Duration::from_micros(100)));
    runtime.turn(Some(Duration::ZERO)).unwrap();
    assert_eq!(runtime.metrics().num_alive_tasks(), 1);
    while runtime.metrics().num_alive_tasks() > 0 {
        runtime.turn(Some(Duration::MAX)).unwrap();
    }
}

#[test]
fn with_a_paused_clock_the_descriptor_tells_of_the_jump_that_a_turn_would_make() {
    let runtime = paused();
    let hour = runtime.spawn(async {
        let before = Instant::now();
        sleep(Duration::from_secs(3_600)).await;
        before.elapsed()
    });
    while !hour.is_finished() {
        wait_until_readable(&runtime);
        runtime.turn(None).unwrap();
    }
    assert_eq!(runtime.block_on(hour).unwrap(), Duration::from_secs(3_600));
    // Held by a job, it has nothing to tell until the job has ended.
    let hour = runtime.spawn(async {
        drop(buzzer::task::spawn_blocking(|| ()));
        sleep(Duration::from_secs(3_600)).await;
    });
    while !hour.is_finished() {
        wait_until_readable(&runtime);
        runtime.turn(None).unwrap();
    }
}

#[test]
fn with_a_paused_clock_a_turn_that_something_was_sent_to_looks_and_the_next_one_jumps() {
    let runtime = paused();
    let sleeps = |minutes: u64| {
        let guard = runtime.enter();
        let task = spawn(async move {
            for _ in 0..minutes {
                // One in the runtime's own loop sends nothing.
                drop(Handle::current().enter());
                sleep(Duration::from_secs(60)).await;
            }
        });
        drop(guard);
        let mut turns = 0;
        while !task.is_finished() {
            runtime.turn(None).unwrap();
            turns += 1;
        }
        turns
    };
    // One polls the first sleep and looks, the next jumps; then each polls and jumps.
    assert_eq!([1, 2, 3].map(sleeps), [3, 4, 5]);
}

#[test]
fn with_a_paused_clock_and_a_huge_timeout_a_turn_jumps_to_no_end_of_time() {
    let runtime = paused();
    let (the_loop, handle) = (ThisThread::new(), runtime.handle().clone());
    let elsewhere = std::thread::spawn(move || {
        the_loop.wait_until_asleep();
        handle.spawn(async { Instant::now() })
    });
    let start = runtime.block_on(async { Instant::now() });
    runtime.turn(Some(Duration::MAX)).unwrap();
    let now = drive(&runtime, elsewhere.join().unwrap());
    assert_eq!(now - start, Duration::ZERO);
}

/// Its selector has become another thing.
#[test]
fn a_kernel_that_refuses_to_wait_is_an_error_of_the_turn() {
    let runtime = Runtime::new().unwrap();
    let selector = runtime.as_raw_fd();
    let file = std::fs::File::open("/dev/null").unwrap();
    // SAFETY: dup2 takes two integers. The runtime has the number, and closes it.
    assert_eq!(unsafe { libc::dup2(file.as_raw_fd(), selector) }, selector);
    let error = runtime.turn(Some(Duration::ZERO)).unwrap_err();
    assert!(error.to_string().contains("wait for events"), "{error}");
}

#[test]
fn a_turn_within_a_runtime_says_what_to_do_instead() {
    let (outer, inner) = (Runtime::new().unwrap(), Runtime::new().unwrap());
    let nested = panic_of(|| outer.block_on(async { inner.turn(None).is_ok() }));
    assert!(
        nested.contains("Runtime::turn was called from within a runtime"),
        "{nested}"
    );
}

#[test]
fn a_block_on_that_panicked_leaves_a_descriptor_that_tells() {
    let runtime = Runtime::new().unwrap();
    turn_while_readable(&runtime);
    panic_of(|| runtime.block_on(async { panic!("spilt") }));
    assert!(!is_readable(&runtime));
    let handle = runtime.handle().clone();
    let task = std::thread::spawn(move || handle.spawn(async { "told" }));
    assert_eq!(drive(&runtime, task.join().unwrap()), "told");
}

#[test]
fn what_the_drop_of_block_ons_future_leaves_to_do_makes_the_descriptor_readable() {
    let runtime = Runtime::new().unwrap();
    turn_while_readable(&runtime);
    let ended = Rc::new(Cell::new(false));
    let noted = ended.clone();
    let spawns = OnDrop(move || {
        let noted = noted.clone();
        drop(spawn(async move { noted.set(true) }));
    });
    runtime.block_on(poll_fn(move |_| {
        let _held = &spawns;
        Poll::Ready(())
    }));
    assert!(turn_while_readable(&runtime) > 0);
    assert!(ended.get());
}
