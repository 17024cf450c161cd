//! Aborted, detached and finished tasks, and what their handles say.

use super::*;

fn say(result: Result<&str, JoinError>) {
    match result {
        Ok(value) => note!("the handle gives {value}"),
        Err(error) => note!("the handle says cancelled: {}", error.is_cancelled()),
    }
}

pub fn abort_before_the_first_run() -> Transcript {
    run(async || {
        let noted = NoteOnDrop("the future");
        let task = spawn(async move {
            let _noted = noted;
            note!("never reached");
            "a value"
        });
        task.abort();
        note!("main aborted it");
        say(task.await);
    })
}

pub fn abort_while_it_waits() -> Transcript {
    run(async || {
        let task = spawn(async {
            let _noted = NoteOnDrop("the future");
            work("task", ms(100)).await
        });
        sleep(ms(10)).await;
        task.abort();
        note!("main aborted it");
        say(task.await);
        note!("main goes on long before the task's sleep would have ended");
    })
}

pub fn abort_when_it_was_just_woken() -> Transcript {
    run(async || {
        let (sender, receiver) = async_channel::bounded::<()>(1);
        let task = spawn(async move {
            let _noted = NoteOnDrop("the future");
            receiver.recv().await.unwrap();
            note!("never reached");
            "a value"
        });
        yield_now().await;
        sender.try_send(()).unwrap();
        task.abort();
        say(task.await);
    })
}

pub fn abort_of_itself_takes_effect_at_the_next_wait() -> Transcript {
    run(async || {
        let own: Rc<RefCell<Option<AbortHandle>>> = Rc::default();
        let inside = own.clone();
        let task = spawn_local(async move {
            let _noted = NoteOnDrop("the future");
            inside.take().unwrap().abort();
            note!("the task has aborted itself");
            sleep(ms(10)).await;
            note!("never reached");
            "a value"
        });
        *own.borrow_mut() = Some(task.abort_handle());
        say(task.await);
    })
}

pub fn abort_of_itself_is_too_late_if_it_returns() -> Transcript {
    run(async || {
        let own: Rc<RefCell<Option<AbortHandle>>> = Rc::default();
        let inside = own.clone();
        let task = spawn_local(async move {
            inside.take().unwrap().abort();
            "a value"
        });
        *own.borrow_mut() = Some(task.abort_handle());
        say(task.await);
    })
}

pub fn abort_twice() -> Transcript {
    run(async || {
        let task = spawn(async {
            wait_for_ever("the future").await;
            "a value"
        });
        yield_now().await;
        task.abort();
        task.abort();
        yield_now().await;
        task.abort();
        say(task.await);
    })
}

pub fn abort_of_a_finished_task_keeps_its_value() -> Transcript {
    run(async || {
        let task = spawn(async { "a value" });
        yield_now().await;
        note!("finished: {}", task.is_finished());
        task.abort();
        say(task.await);
    })
}

pub fn abort_and_then_drop_the_handle() -> Transcript {
    run(async || {
        let task = spawn(wait_for_ever("the future"));
        yield_now().await;
        task.abort();
        drop(task);
        note!("main dropped the handle");
        yield_now().await;
        note!("main goes on");
    })
}

pub fn an_abort_handle_outlives_the_join_handle() -> Transcript {
    run(async || {
        let task = spawn(wait_for_ever("the future"));
        let abort_handle = task.abort_handle();
        assert_eq!(abort_handle.id(), task.id());
        drop(task);
        yield_now().await;
        note!("finished: {}", abort_handle.is_finished());
        abort_handle.abort();
        yield_now().await;
        note!("finished: {}", abort_handle.is_finished());
    })
}

pub fn dropping_the_handle_detaches_the_task() -> Transcript {
    run(async || {
        drop(spawn(work("the task", ms(10))));
        note!("main dropped the handle");
        sleep(ms(20)).await;
        note!("main ends");
    })
}

pub fn is_finished_tells_before_the_handle_is_awaited() -> Transcript {
    run(async || {
        let task = spawn(work("the task", ms(10)));
        for _ in 0..3 {
            note!("finished: {}", task.is_finished());
            sleep(ms(6)).await;
        }
        say(task.await);
    })
}

pub fn the_future_is_dropped_before_its_handle_is_ready() -> Transcript {
    run(async || {
        let noted = NoteOnDrop("what the future held");
        let task = spawn(poll_fn(move |_| {
            // Captured by the closure, so it lives as long as the future does
            // and not only until the future's last poll returns.
            let _held = &noted;
            note!("the future is ready");
            Poll::Ready("a value")
        }));
        say(task.await);
    })
}

pub fn a_handle_is_awaited_by_another_task() -> Transcript {
    run(async || {
        let task = spawn(work("the task", ms(10)));
        let other = spawn(async move { say(task.await) });
        note!("main awaits the task that awaits the task");
        other.await.unwrap();
    })
}

pub fn the_last_waiter_is_the_one_that_is_woken() -> Transcript {
    run(async || {
        let mut task = spawn(work("the task", ms(10)));
        // Polled here first, then moved to another task: the wake goes there.
        poll_fn(|cx| {
            assert!(std::pin::Pin::new(&mut task).poll(cx).is_pending());
            Poll::Ready(())
        })
        .await;
        let other = spawn(async move { say(task.await) });
        other.await.unwrap();
    })
}
