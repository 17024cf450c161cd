//! What a program keeps of a runtime that is gone touches no later runtime, also when
//! that has the same number: a process has 16,384 of them, given out in rotation.

use std::future::pending;
use std::os::unix::net::UnixStream;
use std::pin::{Pin, pin};
use std::task::{Context, Waker};
use std::thread;

use buzzer::io::AsyncFd;
use buzzer::runtime::{Builder, Runtime};
use buzzer::task::yield_now;
use buzzer::time::{Duration, Instant, sleep};

mod support {
    pub mod caught;
    pub mod child;
}
use support::caught::panic_of;
use support::child::in_a_child;

fn number(runtime: &Runtime) -> String {
    format!("{:?}", runtime.handle())
}

/// A runtime that has the number of `gone`. Its clock is paused: no timer of it is due
/// before the test waits.
fn after(gone: Runtime) -> Runtime {
    let number_of_gone = number(&gone);
    drop(gone);
    for _ in 0..16_383 {
        assert_ne!(number(&Runtime::new().unwrap()), number_of_gone);
    }
    let mut builder = Builder::new_current_thread();
    let later = builder.start_paused(true).build().unwrap();
    assert_eq!(number(&later), number_of_gone, "it has come round");
    later
}

fn poll<F: Future>(future: Pin<&mut F>) {
    assert!(
        future
            .poll(&mut Context::from_waker(Waker::noop()))
            .is_pending()
    );
}

#[test]
fn a_handle_spawns_into_no_later_runtime() {
    in_a_child(|| {
        let gone = Runtime::new().unwrap();
        let kept = gone.handle().clone();
        let later = after(gone);
        later.block_on(async {
            let task = kept.spawn(async { panic!("it runs") });
            assert!(task.await.unwrap_err().is_cancelled());
            let job = kept.spawn_blocking(|| panic!("it runs"));
            assert!(job.await.unwrap_err().is_cancelled());
        });
        assert_eq!(later.metrics().num_alive_tasks(), 0);
    });
}

#[test]
fn handles_of_tasks_take_abort_and_drop_nothing_of_a_later_runtime() {
    in_a_child(|| {
        let gone = Runtime::new().unwrap();
        let (taken, dropped, aborted) = (
            gone.spawn(async { "old" }),
            gone.spawn(async { "old" }),
            gone.spawn(pending::<()>()).abort_handle(),
        );
        let shared = gone.handle().spawn(pending::<()>());
        gone.block_on(yield_now());
        let later = after(gone);
        let tasks = [(); 4].map(|()| later.spawn(async { "new" }));
        let waits = later.handle().spawn(pending::<()>());
        later.block_on(async {
            yield_now().await;
            assert!(taken.is_finished() && aborted.is_finished());
            assert!(taken.await.unwrap_err().is_cancelled());
            drop(dropped);
            aborted.abort();
            shared.abort();
            thread::spawn(move || aborted.abort()).join().unwrap();
            yield_now().await;
            assert!(!waits.is_finished());
            assert!(shared.await.unwrap_err().is_cancelled());
            for task in tasks {
                assert_eq!(task.await.unwrap(), "new");
            }
        });
    });
}

#[test]
fn a_sleep_disarms_and_replaces_no_timer_of_a_later_runtime() {
    in_a_child(|| {
        let gone = Runtime::new().unwrap();
        let armed = || {
            let mut sleep = Box::pin(sleep(Duration::from_secs(3_600)));
            poll(sleep.as_mut());
            sleep
        };
        let [dropped, elsewhere, mut polled, mut reset] =
            gone.block_on(async { [armed(), armed(), armed(), armed()] });
        let later = after(gone);
        later.block_on(async {
            // Armed as the first timers of the runtime, as those were.
            let mut sleeps = [(); 4].map(|()| Box::pin(sleep(Duration::from_micros(500))));
            sleeps.iter_mut().for_each(|sleep| poll(sleep.as_mut()));
            drop(dropped);
            thread::spawn(move || drop(elsewhere)).join().unwrap();
            let text = panic_of(|| poll(polled.as_mut()));
            assert!(text.contains("another runtime"), "{text}");
            reset
                .as_mut()
                .reset(Instant::now() + Duration::from_secs(7_200));
            drop(reset);
            for sleep in sleeps {
                sleep.await;
            }
        });
    });
}

#[test]
fn a_source_forgets_and_clears_none_of_a_later_runtime() {
    in_a_child(|| {
        let socket = || {
            let (here, there) = UnixStream::pair().unwrap();
            here.set_nonblocking(true).unwrap();
            (AsyncFd::new(here).unwrap(), there)
        };
        let gone = Runtime::new().unwrap();
        let (dropped, elsewhere, polled) = gone.block_on(async { (socket(), socket(), socket()) });
        let later = after(gone);
        later.block_on(async {
            let sockets = [socket(), socket(), socket()];
            drop(dropped);
            thread::spawn(move || drop(elsewhere)).join().unwrap();
            yield_now().await;
            let text =
                panic_of(|| drop(polled.0.try_io(buzzer::io::Interest::READABLE, |_| Ok(()))));
            assert!(text.contains("another runtime"), "{text}");
            for (here, there) in sockets {
                std::io::Write::write_all(&mut &there, b"new").unwrap();
                drop(here.readable().await.unwrap());
            }
        });
    });
}

#[test]
fn a_gather_frees_no_slot_of_a_later_runtime() {
    in_a_child(|| {
        let gone = Runtime::new().unwrap();
        let begun = || {
            let mut gather = Box::pin(buzzer::gather((0..3).map(|_| pending::<()>())));
            poll(gather.as_mut());
            gather
        };
        let [dropped, elsewhere, mut polled] = gone.block_on(async { [begun(), begun(), begun()] });
        let later = after(gone);
        let tasks: Vec<_> = (0..12).map(|n| later.spawn(async move { n })).collect();
        later.block_on(async {
            let text = panic_of(|| poll(polled.as_mut()));
            let its = "than the one that polled it first, which had the number";
            assert!(text.contains(its), "{text}");
            drop((dropped, polled));
            thread::spawn(move || drop(elsewhere)).join().unwrap();
            let mut together = pin!(buzzer::gather(tasks));
            let outputs = together.as_mut().await;
            assert!(outputs.into_iter().map(Result::unwrap).eq(0..12));
        });
    });
}
