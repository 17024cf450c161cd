//! The deadlock report: when it speaks, what it says, and when it keeps silent.

#[path = "support/asleep.rs"]
mod asleep;
#[path = "support/caught.rs"]
mod caught;
#[path = "support/child.rs"]
mod child;

use std::cell::RefCell;
use std::future::pending;
use std::io::Write;
use std::os::unix::net::UnixStream;
use std::rc::Rc;
use std::time::Duration;

use buzzer::io::AsyncFd;
use buzzer::runtime::{Builder, OnDeadlock, Runtime};
use buzzer::signal::unix::{SignalKind, signal};
use buzzer::spawn;
use buzzer::task::{JoinHandle, spawn_blocking};
use buzzer::time::sleep;
use caught::panic_of;

const BEGINS: &str = "a deadlock: every task waits, and nothing is armed that could wake one.\n";

fn runtime(what: OnDeadlock, paused: bool) -> Runtime {
    Builder::new_current_thread()
        .on_deadlock(what)
        .start_paused(paused)
        .build()
        .unwrap()
}

fn panics() -> Runtime {
    runtime(OnDeadlock::Panic, true)
}

#[test]
fn two_tasks_that_await_each_other() {
    for paused in [true, false] {
        let runtime = runtime(OnDeadlock::Panic, paused);
        let message = panic_of(|| {
            runtime.block_on(async {
                let place = Rc::new(RefCell::new(None::<JoinHandle<()>>));
                let first = spawn({
                    let place = place.clone();
                    async move {
                        let other = place.borrow_mut().take().unwrap();
                        other.await.unwrap();
                    }
                });
                place.replace(Some(spawn(async { first.await.unwrap() })));
                pending::<()>().await;
            })
        });
        assert!(message.starts_with(BEGINS), "{message}");
        assert!(message.contains("3 tasks, "), "{message}");
        assert!(
            message.contains("#0 (block_on at tests/deadlock.rs:"),
            "{message}"
        );
        assert!(
            message.contains(", which is above: they wait in a circle\n"),
            "{message}"
        );
    }
}

#[test]
fn a_channel_that_nobody_sends_to() {
    let (_sender, receiver) = async_channel::bounded::<()>(1);
    let message = panic_of(|| panics().block_on(receiver.recv()));
    assert!(message.starts_with(BEGINS), "{message}");
    assert!(
        message.contains("└─ something outside the runtime: a future made by hand, "),
        "{message}"
    );
}

#[test]
fn a_timer_further_off_than_the_clock_is_no_hope() {
    let message = panic_of(|| panics().block_on(sleep(Duration::MAX)));
    assert!(message.ends_with(", which never comes due"), "{message}");
}

#[test]
fn a_source_for_which_nobody_waits_is_no_hope() {
    let (here, _there) = UnixStream::pair().unwrap();
    here.set_nonblocking(true).unwrap();
    let runtime = panics();
    let message = panic_of(|| {
        runtime.block_on(async {
            let _here = AsyncFd::new(here).unwrap();
            pending::<()>().await
        })
    });
    assert!(message.starts_with(BEGINS), "{message}");
}

#[test]
fn a_signal_that_was_listened_to_is_no_hope_when_nobody_waits_for_it() {
    let message = panic_of(|| {
        panics().block_on(async {
            let _changes = signal(SignalKind::window_change()).unwrap();
            pending::<()>().await
        })
    });
    assert!(message.starts_with(BEGINS), "{message}");
}

#[test]
fn the_runtime_works_on_after_the_panic() {
    let runtime = panics();
    panic_of(|| runtime.block_on(pending::<()>()));
    assert_eq!(
        runtime.block_on(async { spawn(async { 7 }).await.unwrap() }),
        7
    );
    let message = panic_of(|| runtime.block_on(pending::<()>()));
    assert!(message.starts_with(BEGINS), "{message}");
}

#[test]
fn silent_while_a_job_runs() {
    for paused in [true, false] {
        let runtime = runtime(OnDeadlock::Panic, paused);
        let this = asleep::ThisThread::new();
        let said = runtime.block_on(async {
            let (sender, receiver) = async_channel::bounded(1);
            // Nobody waits for its handle, but it sends.
            drop(spawn_blocking(move || {
                this.wait_until_asleep();
                sender.send_blocking(7).unwrap();
            }));
            receiver.recv().await.unwrap()
        });
        assert_eq!(said, 7);
    }
}

#[test]
fn silent_while_a_task_waits_for_a_source() {
    for paused in [true, false] {
        let runtime = runtime(OnDeadlock::Panic, paused);
        let (here, mut there) = UnixStream::pair().unwrap();
        here.set_nonblocking(true).unwrap();
        let this = asleep::ThisThread::new();
        let writer = std::thread::spawn(move || {
            this.wait_until_asleep();
            there.write_all(b"!").unwrap();
        });
        runtime.block_on(async {
            let here = AsyncFd::new(here).unwrap();
            let _ready = here.readable().await.unwrap();
        });
        writer.join().unwrap();
    }
}

#[test]
fn silent_while_a_task_waits_for_a_signal() {
    let this = asleep::ThisThread::new();
    panics().block_on(async move {
        let mut signal = signal(SignalKind::user_defined2()).unwrap();
        // Begun when the handler is there.
        let raises = std::thread::spawn(move || {
            this.wait_until_asleep();
            // SAFETY: raise takes an integer and touches no memory of ours.
            assert_eq!(unsafe { libc::raise(libc::SIGUSR2) }, 0);
        });
        signal.recv().await.unwrap();
        raises.join().unwrap();
    });
}

#[test]
fn silent_with_a_timer_and_when_what_was_sent_is_not_taken_in() {
    let runtime = panics();
    let handle = runtime.handle().clone();
    runtime.block_on(async {
        let (sender, receiver) = async_channel::bounded(1);
        sleep(Duration::from_secs(1)).await;
        // Sent within the last poll of the turn.
        let sends = std::thread::spawn(move || {
            drop(handle.spawn(async move { sender.send(()).await.unwrap() }));
        });
        sends.join().unwrap();
        receiver.recv().await.unwrap();
    });
}

#[test]
fn silent_when_something_is_sent_after_the_loop_has_looked_for_it() {
    let (sender, receiver) = async_channel::bounded(1);
    let runtime = Builder::new_current_thread()
        .on_deadlock(OnDeadlock::Panic)
        .on_thread_park(move || {
            let sender = sender.clone();
            let sends = std::thread::spawn(move || _ = sender.try_send(()));
            sends.join().unwrap();
        })
        .build()
        .unwrap();
    runtime.block_on(async { receiver.recv().await.unwrap() });
}

#[test]
fn silent_when_nobody_asked() {
    let this = asleep::ThisThread::new();
    let (sender, receiver) = async_channel::bounded(1);
    let sends = std::thread::spawn(move || {
        this.wait_until_asleep();
        sender.send_blocking(7).unwrap();
    });
    let said = Runtime::new().unwrap().block_on(receiver.recv());
    assert_eq!(said.unwrap(), 7);
    sends.join().unwrap();
}

#[test]
fn silent_in_a_turn_of_a_loop_of_the_callers() {
    let runtime = panics();
    let task = runtime.spawn(pending::<()>());
    runtime.turn(Some(Duration::ZERO)).unwrap();
    assert!(!task.is_finished());
    let this = asleep::ThisThread::new();
    let handle = runtime.handle().clone();
    let spawns = std::thread::spawn(move || {
        this.wait_until_asleep();
        drop(handle.spawn(async {}));
    });
    runtime.turn(None).unwrap();
    spawns.join().unwrap();
}

#[test]
fn reported_once_until_a_task_was_polled_again_and_then_the_sleep_goes_on() {
    let Some(mut again) = child::again() else {
        let this = asleep::ThisThread::new();
        let (sender, receiver) = async_channel::unbounded();
        let sends = std::thread::spawn(move || {
            this.wait_until_asleep();
            sender.send_blocking(()).unwrap();
            this.wait_until_asleep();
            // Ends the sleep, and polls no task.
            // SAFETY: raise takes an integer and touches no memory of ours.
            assert_eq!(unsafe { libc::raise(libc::SIGUSR1) }, 0);
            this.wait_until_asleep();
        });
        let runtime = Builder::new_current_thread()
            .on_deadlock(OnDeadlock::Report)
            .dump_on_signal(SignalKind::user_defined1())
            .build()
            .unwrap();
        runtime.block_on(async {
            receiver.recv().await.unwrap();
            assert!(receiver.recv().await.is_err());
        });
        sends.join().unwrap();
        return;
    };
    again.env_remove("BUZZER_TRACE").env_remove("BUZZER_DUMP");
    let output = again.output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{stderr}");
    assert_eq!(stderr.matches(BEGINS).count(), 2, "{stderr}");
    assert_eq!(stderr.matches("buzzer: 1 task, ").count(), 1, "{stderr}");
}
