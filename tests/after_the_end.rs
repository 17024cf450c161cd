//! What outlives its runtime is told that it is gone, and waits for nothing.

use std::future::pending;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::task::{Context, Waker};
use std::thread;

use buzzer::io::AsyncFd;
use buzzer::runtime::Runtime;
use buzzer::task::yield_now;
use buzzer::time::{Duration, sleep};

mod support {
    pub mod foreign;
    pub mod on_drop;
}
use support::foreign::Foreign;
use support::on_drop::OnDrop;

#[test]
fn a_handle_on_another_thread_is_ready_only_when_the_shutdown_has_dropped_the_future() {
    // One that the loop has taken in, and one still on its way to it.
    for taken_in in [true, false] {
        let runtime = Runtime::new().unwrap();
        let dropped = Arc::new(AtomicBool::new(false));
        let noted = dropped.clone();
        let note = OnDrop(move || noted.store(true, Ordering::SeqCst));
        let mut handle = runtime.handle().spawn(async move {
            let _note = note;
            pending::<()>().await;
        });
        if taken_in {
            // Ends when the loop has been through all its phases.
            runtime.block_on(sleep(Duration::from_nanos(1)));
        }
        let (woken, wakes) = mpsc::channel();
        let look = {
            let dropped = dropped.clone();
            move || woken.send(dropped.load(Ordering::SeqCst)).unwrap()
        };
        let waker = Foreign::waker(look, || {});
        let polled = pin!(&mut handle).poll(&mut Context::from_waker(&waker));
        assert!(polled.is_pending());
        assert_eq!(runtime.metrics().num_alive_tasks(), usize::from(taken_in));
        drop(runtime);
        assert_eq!(wakes.try_iter().collect::<Vec<_>>(), [true]);
        let error = futures::executor::block_on(handle).unwrap_err();
        assert!(error.is_cancelled());
    }
}

#[test]
fn a_waiter_is_woken_when_the_runtime_of_its_handle_is_dropped() {
    let (first, second) = (Runtime::new().unwrap(), Runtime::new().unwrap());
    let local = first.spawn(pending::<()>());
    let across = first.handle().spawn(pending::<()>());
    first.block_on(yield_now());
    let waiting = [local, across].map(|task| second.spawn(task));
    second.block_on(yield_now());
    drop(first);
    for waiter in waiting {
        assert!(second.block_on(waiter).unwrap().unwrap_err().is_cancelled());
    }
}

#[test]
fn a_handle_awaited_after_its_runtime_is_gone_says_cancelled() {
    let runtime = Runtime::new().unwrap();
    let handle = runtime.handle().clone();
    let waiting = runtime.spawn(pending::<()>());
    let never_polled = runtime.spawn(async {});
    let across = handle.spawn(pending::<()>());
    runtime.block_on(yield_now());
    let not_taken_in = handle.spawn(async {});
    let on_another_thread = runtime.spawn(pending::<()>());
    drop(runtime);
    for task in [waiting, never_polled, across, not_taken_in] {
        assert!(task.is_finished());
        let error = futures::executor::block_on(task).unwrap_err();
        assert!(error.is_cancelled() && !error.is_panic(), "{error}");
    }
    let error = thread::spawn(|| futures::executor::block_on(on_another_thread));
    assert!(error.join().unwrap().unwrap_err().is_cancelled());
}

#[test]
fn what_is_spawned_by_a_handle_after_its_runtime_is_gone_is_dropped_and_says_cancelled() {
    let runtime = Runtime::new().unwrap();
    let handle = runtime.handle().clone();
    drop(runtime);
    let dropped = Arc::new(AtomicUsize::new(0));
    let spawn_both = {
        let dropped = dropped.clone();
        move || {
            let note = || {
                let dropped = dropped.clone();
                OnDrop(move || {
                    dropped.fetch_add(1, Ordering::SeqCst);
                })
            };
            let (in_task, in_job) = (note(), note());
            let task = handle.spawn(async move { drop(in_task) });
            let job = handle.spawn_blocking(move || drop(in_job));
            [task, job]
        }
    };
    let mut handles = Vec::from(spawn_both());
    assert_eq!(dropped.load(Ordering::SeqCst), 2);
    let elsewhere = thread::spawn(spawn_both).join().unwrap();
    assert_eq!(dropped.load(Ordering::SeqCst), 4);
    handles.extend(elsewhere);
    for handle in handles {
        assert!(handle.is_finished());
        let error = futures::executor::block_on(handle).unwrap_err();
        assert!(error.is_cancelled(), "{error}");
    }
}

#[test]
fn sleeps_handles_and_groups_outlive_their_runtime() {
    let runtime = Runtime::new().unwrap();
    let mut cx = Context::from_waker(Waker::noop());
    let mut armed = Box::pin(sleep(Duration::from_secs(3_600)));
    let mut group = Box::pin(buzzer::gather([pending::<()>(), pending()]));
    let (reader, _writer) = std::io::pipe().unwrap();
    let (source, task) = {
        let _in_runtime = runtime.enter();
        assert!(armed.as_mut().poll(&mut cx).is_pending());
        assert!(group.as_mut().poll(&mut cx).is_pending());
        let source = AsyncFd::new(reader).unwrap();
        assert!(pin!(source.readable()).poll(&mut cx).is_pending());
        (source, buzzer::spawn(pending::<()>()))
    };
    let job = runtime.spawn_blocking(|| {});
    drop(runtime);
    thread::spawn(move || drop((armed, job))).join().unwrap();
    drop((group, source, task));
}
