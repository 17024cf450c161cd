//! What other threads may do: wake, spawn, await; and wakers that outlive
//! what they were for.

use super::*;
use futures::executor::block_on as block_this_thread_on;
use std::thread;

// In these scenarios nothing is timed: with a timer armed, a paused clock would
// rather jump to it than wait for another thread.

pub fn a_wake_from_another_thread() -> Transcript {
    run(async || {
        let (sender, receiver) = async_channel::bounded(1);
        let thread = thread::spawn(move || sender.send_blocking("a greeting").unwrap());
        note!("main received {}", receiver.recv().await.unwrap());
        thread.join().unwrap();
    })
}

pub fn a_hundred_messages_from_another_thread_stay_in_order() -> Transcript {
    run(async || {
        let (sender, receiver) = async_channel::bounded(1);
        let thread = thread::spawn(move || {
            for number in 1..=100 {
                sender.send_blocking(number).unwrap();
            }
        });
        let mut received = Vec::new();
        while let Ok(number) = receiver.recv().await {
            received.push(number);
        }
        note!(
            "{} messages, in order: {}",
            received.len(),
            received.is_sorted()
        );
        thread.join().unwrap();
    })
}

pub fn another_thread_spawns_a_task_here() -> Transcript {
    run(async || {
        let here = thread::current().id();
        let handle = Handle::current();
        let (sender, receiver) = async_channel::bounded(1);
        let thread = thread::spawn(move || {
            handle.spawn(async move {
                let ran_here = thread::current().id() == here;
                sender.send(ran_here).await.unwrap();
            });
        });
        note!(
            "it ran on main's thread: {}",
            receiver.recv().await.unwrap()
        );
        thread.join().unwrap();
    })
}

pub fn another_thread_awaits_the_task_it_spawned_here() -> Transcript {
    run(async || {
        let handle = Handle::current();
        let (sender, receiver) = async_channel::bounded(1);
        let thread = thread::spawn(move || {
            let task = handle.spawn(async { 6 * 7 });
            let value = block_this_thread_on(task).unwrap();
            sender.send_blocking(value).unwrap();
        });
        note!(
            "the other thread was given {}",
            receiver.recv().await.unwrap()
        );
        thread.join().unwrap();
    })
}

pub fn another_thread_awaits_a_task_that_was_spawned_here() -> Transcript {
    run(async || {
        let task = spawn(async { 6 * 7 });
        yield_now().await;
        let thread = thread::spawn(move || block_this_thread_on(task).unwrap());
        note!("the other thread was given {:?}", thread.join().ok());
    })
    .differs(Difference {
        because: "buzzer's spawn takes outputs that are not Send, so its handle belongs to this \
                  thread and panics on another; Handle::spawn is for those",
        buzzer: &["0 ms: the other thread was given None"],
        tokio: &["0 ms: the other thread was given Some(42)"],
    })
}

pub fn another_thread_aborts_a_task_here() -> Transcript {
    run(async || {
        let task = spawn(wait_for_ever("the task"));
        yield_now().await;
        let abort_handle = task.abort_handle();
        let thread = thread::spawn(move || abort_handle.abort());
        // Its future is dropped on this thread, where the transcript is open.
        note!("cancelled: {}", task.await.unwrap_err().is_cancelled());
        thread.join().unwrap();
    })
}

pub fn a_waker_used_after_its_task_has_ended() -> Transcript {
    run(async || {
        let task = spawn(poll_fn(|cx| Poll::Ready(cx.waker().clone())));
        let waker = task.await.unwrap();
        thread::spawn(move || waker.wake()).join().unwrap();
        yield_now().await;
        note!("nothing happened");
    })
}

pub fn a_waker_used_after_its_runtime_is_gone() -> Transcript {
    with_runtime(|runtime| {
        let task = poll_fn(|cx| Poll::Ready(cx.waker().clone()));
        let waker = runtime.block_on(async { spawn(task).await.unwrap() });
        let clone = waker.clone();
        drop(runtime);
        waker.wake();
        thread::spawn(move || clone.wake()).join().unwrap();
        note!("nothing happened");
    })
}

pub fn a_task_spawned_by_a_handle_whose_runtime_is_gone() -> Transcript {
    with_runtime(|runtime| {
        let handle = runtime.handle().clone();
        drop(runtime);
        let task = handle.spawn(async { "never run" });
        let error = at_once(task).unwrap_err();
        note!("cancelled: {}", error.is_cancelled());
    })
}
