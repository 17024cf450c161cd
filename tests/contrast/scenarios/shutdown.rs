//! What becomes of tasks, handles and jobs when `block_on` returns, and when
//! the runtime is dropped. Lines headed `outside` were noted outside of the
//! runtime's context.

use super::*;
use futures::executor::block_on as block_this_thread_on;
use std::sync::mpsc;

const SHARDS: &str = "buzzer drops the tasks in spawn order; tokio sorts them into shards by \
                      their number, which counts on through all runtimes of the process";

const OUTPUT_STAYS: &str = "a handle from buzzer's spawn is a number, and the output stays in the \
                            runtime until it is taken; in tokio handle and task share the \
                            memory it is in";

/// Runs `action` when it is dropped.
struct OnDrop<F: FnMut()>(F);

impl<F: FnMut()> Drop for OnDrop<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

pub fn remaining_tasks_are_dropped_in_the_order_of_their_spawn() -> Transcript {
    with_runtime(|runtime| {
        runtime.block_on(async {
            for name in ["a", "b", "c"] {
                spawn(wait_for_ever(name));
            }
            yield_now().await;
            note!("main returns");
        });
        note!("block_on has returned");
        drop(runtime);
        note!("the runtime is gone");
    })
    .unordered_on_tokio(UnorderedOnTokio {
        because: SHARDS,
        buzzer: &[
            "0 ms: main returns",
            "outside: block_on has returned",
            "0 ms: a dropped",
            "0 ms: b dropped",
            "0 ms: c dropped",
            "outside: the runtime is gone",
        ],
    })
}

pub fn a_task_that_never_ran_is_dropped_too() -> Transcript {
    with_runtime(|runtime| {
        let noted = NoteOnDrop("the future");
        runtime.block_on(async {
            spawn(async move {
                let _noted = noted;
                note!("never reached");
            });
        });
        note!("block_on has returned");
        drop(runtime);
    })
}

pub fn a_second_block_on_goes_on_with_the_tasks() -> Transcript {
    with_runtime(|runtime| {
        let task = runtime.block_on(async {
            let task = spawn(work("the task", ms(30)));
            sleep(ms(10)).await;
            task
        });
        note!("between the two");
        let value = runtime.block_on(task);
        note!("block_on gave {}", value.unwrap());
    })
}

pub fn a_task_spawned_before_block_on_runs_in_it() -> Transcript {
    with_runtime(|runtime| {
        let guard = runtime.enter();
        let task = spawn(work("the task", ms(10)));
        drop(guard);
        note!("nothing has run yet");
        runtime.block_on(task).unwrap();
    })
}

pub fn a_spawn_during_the_shutdown_is_dropped_at_once() -> Transcript {
    with_runtime(|runtime| {
        runtime.block_on(async {
            spawn(async {
                let _spawns = OnDrop(|| {
                    note!("the task is dropped, and spawns");
                    let task = spawn(wait_for_ever("the late task"));
                    note!("finished: {}", task.is_finished());
                    let error = at_once(task).unwrap_err();
                    note!("cancelled: {}", error.is_cancelled());
                });
                pending::<()>().await;
            });
            yield_now().await;
        });
        drop(runtime);
    })
}

pub fn a_task_dropped_at_shutdown_may_wake_and_abort_others() -> Transcript {
    with_runtime(|runtime| {
        runtime.block_on(async {
            let (sender, receiver) = async_channel::bounded::<()>(1);
            let victim: Rc<RefCell<Option<AbortHandle>>> = Rc::default();
            let known = victim.clone();
            spawn_local(async move {
                let _acts = OnDrop(|| {
                    sender.try_send(()).ok();
                    known.take().unwrap().abort();
                    note!("the first woke and aborted the second");
                });
                pending::<()>().await;
            });
            let second = spawn(async move {
                let _noted = NoteOnDrop("the second");
                receiver.recv().await.unwrap();
                note!("never reached");
            });
            *victim.borrow_mut() = Some(second.abort_handle());
            yield_now().await;
        });
        drop(runtime);
    })
    .unordered_on_tokio(UnorderedOnTokio {
        because: SHARDS,
        buzzer: &[
            "0 ms: the first woke and aborted the second",
            "0 ms: the second dropped",
        ],
    })
}

pub fn a_waiting_task_is_cancelled_for_the_handle_that_is_left() -> Transcript {
    with_runtime(|runtime| {
        let waiting = runtime.block_on(async { spawn(pending::<()>()) });
        drop(runtime);
        note!("finished: {}", waiting.is_finished());
        waiting.abort();
        let error = at_once(waiting).unwrap_err();
        note!("cancelled: {}", error.is_cancelled());
    })
}

pub fn an_ended_task_and_the_handle_that_is_left() -> Transcript {
    with_runtime(|runtime| {
        let ended = runtime.block_on(async {
            let ended = spawn(async { "its value" });
            yield_now().await;
            ended
        });
        drop(runtime);
        note!("finished: {}", ended.is_finished());
        note!("{:?}", at_once(ended).map_err(|error| error.is_cancelled()));
    })
    .differs(Difference {
        because: OUTPUT_STAYS,
        buzzer: &["outside: finished: true", "outside: Err(true)"],
        tokio: &["outside: finished: true", "outside: Ok(\"its value\")"],
    })
}

pub fn an_output_that_nobody_took() -> Transcript {
    with_runtime(|runtime| {
        let handle = runtime.block_on(async {
            let handle = spawn(async { NoteOnDrop("the output") });
            yield_now().await;
            handle
        });
        drop(runtime);
        note!("the runtime is gone");
        drop(handle);
    })
    .differs(Difference {
        because: OUTPUT_STAYS,
        buzzer: &["0 ms: the output dropped", "outside: the runtime is gone"],
        tokio: &[
            "outside: the runtime is gone",
            "outside: the output dropped",
        ],
    })
}

pub fn a_panic_in_a_drop_at_shutdown_stops_nobody() -> Transcript {
    with_runtime(|runtime| {
        runtime.block_on(async {
            spawn(wait_for_ever("the first"));
            spawn(async {
                let _panics = OnDrop(|| panic!("out of coffee"));
                pending::<()>().await;
            });
            spawn(wait_for_ever("the third"));
            yield_now().await;
        });
        drop(runtime);
        note!("the runtime is gone");
    })
    .unordered_on_tokio(UnorderedOnTokio {
        because: SHARDS,
        buzzer: &[
            "0 ms: the first dropped",
            "0 ms: the third dropped",
            "outside: the runtime is gone",
        ],
    })
}

pub fn a_panic_of_the_main_future_leaves_block_on() -> Transcript {
    with_runtime(|runtime| {
        let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            runtime.block_on(async {
                spawn(wait_for_ever("the task"));
                yield_now().await;
                panic!("out of coffee");
            })
        }));
        note!("caught: {}", result.is_err());
        runtime.block_on(async { note!("the runtime still works") });
        drop(runtime);
    })
}

pub fn the_shutdown_waits_for_a_job_that_has_started() -> Transcript {
    with_runtime(|runtime| {
        let job = runtime.block_on(async {
            let (started, has_started) = async_channel::bounded(1);
            let (release, released) = mpsc::channel::<()>();
            let job = spawn_blocking(move || {
                started.send_blocking(()).unwrap();
                // Until the other end is dropped, with the task that holds it.
                released.recv().unwrap_err();
                "the job's value"
            });
            spawn(async move {
                let _release = release;
                wait_for_ever("the task").await;
            });
            yield_now().await;
            has_started.recv().await.unwrap();
            job
        });
        drop(runtime);
        note!("finished: {}", job.is_finished());
        note!("{}", at_once(job).unwrap());
    })
}

pub fn a_shutdown_in_the_background_leaves_a_started_job_behind() -> Transcript {
    with_runtime(|runtime| {
        let (release, released) = mpsc::channel();
        let job = runtime.block_on(async {
            let (started, has_started) = async_channel::bounded(1);
            let job = spawn_blocking(move || {
                started.send_blocking(()).unwrap();
                released.recv().unwrap()
            });
            has_started.recv().await.unwrap();
            job
        });
        runtime.shutdown_background();
        note!("finished: {}", job.is_finished());
        release.send("the job's value").unwrap();
        note!("{}", block_this_thread_on(job).unwrap());
    })
}

pub fn a_shutdown_and_a_job_that_has_not_started() -> Transcript {
    let one_thread = |builder: &mut Builder| {
        builder.max_blocking_threads(1);
    };
    with_runtime_set_up(one_thread, |runtime| {
        let (release, released) = mpsc::channel();
        let second = runtime.block_on(async {
            let (started, has_started) = async_channel::bounded(1);
            spawn_blocking(move || {
                started.send_blocking(()).unwrap();
                released.recv().unwrap();
            });
            has_started.recv().await.unwrap();
            spawn_blocking(|| "its value")
        });
        // In the background, since the first job is released only after it.
        runtime.shutdown_background();
        release.send(()).unwrap();
        let result = block_this_thread_on(second);
        note!("{:?}", result.map_err(|error| error.is_cancelled()));
    })
    .differs(Difference {
        because: "buzzer's shutdown cancels what has not begun; in tokio a thread that is busy \
                  empties the queue before it looks whether to stop",
        buzzer: &["outside: Err(true)"],
        tokio: &["outside: Ok(\"its value\")"],
    })
}
