//! A panic of the program's code is contained, and comes out of the handle.

use std::cell::Cell;
use std::future::{pending, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any, resume_unwind};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;
use std::thread;

use buzzer::runtime::{Handle, Runtime};
use buzzer::task::{self, JoinError, JoinHandle, spawn_blocking, yield_now};
use buzzer::time::{Duration, sleep};

mod support {
    pub mod caught;
    pub mod on_drop;
}
use support::caught::{message, panic_of};
use support::on_drop::OnDrop;

/// What its drop panics with.
struct Bomb(&'static str);

impl Drop for Bomb {
    fn drop(&mut self) {
        panic_any(self.0);
    }
}

/// The message of a panic that a handle gives.
fn thrown<T>(result: Result<T, JoinError>) -> String {
    match result {
        Ok(_) => panic!("the task did not panic"),
        Err(error) => message(error.into_panic().as_ref()),
    }
}

/// Spawns so that the output may cross threads, or not.
fn spawn<F>(across: bool, future: F) -> JoinHandle<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    match across {
        false => buzzer::spawn(future),
        true => Handle::current().spawn(future),
    }
}

#[test]
fn a_panic_in_a_poll_comes_out_of_the_handle_and_the_loop_goes_on() {
    buzzer::block_on(async {
        for across in [false, true] {
            let task = spawn(across, async {
                yield_now().await;
                panic!("no {}", "milk");
            });
            let id = task.id();
            let error: JoinError = task.await.unwrap_err();
            assert!(error.is_panic() && !error.is_cancelled());
            assert_eq!(error.id(), id);
            let text = format!("task {id} panicked with message \"no milk\"");
            assert_eq!(error.to_string(), text);
            assert_eq!(message(error.into_panic().as_ref()), "no milk");
            spawn(across, yield_now()).await.unwrap();
        }
    });
}

#[test]
fn a_task_that_wakes_itself_and_panics_is_not_polled_again() {
    buzzer::block_on(async {
        for across in [false, true] {
            let polls = Arc::new(AtomicUsize::new(0));
            let counts = polls.clone();
            let task = spawn(
                across,
                poll_fn(move |cx| -> Poll<()> {
                    counts.fetch_add(1, Ordering::Relaxed);
                    cx.waker().wake_by_ref();
                    panic!("woken and gone");
                }),
            );
            assert_eq!(thrown(task.await), "woken and gone");
            for _ in 0..3 {
                yield_now().await;
            }
            assert_eq!(polls.load(Ordering::Relaxed), 1);
        }
    });
}

#[test]
fn a_panic_that_throws_no_text_is_passed_on_as_it_is() {
    buzzer::block_on(async {
        let task = buzzer::spawn(async { panic_any(42) });
        let id = task.id();
        let error = task.await.unwrap_err();
        assert_eq!(error.to_string(), format!("task {id} panicked"));
        let error = catch_unwind(AssertUnwindSafe(|| resume_unwind(error.into_panic())));
        assert_eq!(error.unwrap_err().downcast_ref(), Some(&42));
    });
}

#[test]
fn into_panic_of_a_cancelled_task_says_what_it_is() {
    buzzer::block_on(async {
        let task = buzzer::spawn(pending::<()>());
        task.abort();
        let id = task.id();
        let error = task.await.unwrap_err();
        let error = error.try_into_panic().unwrap_err();
        let text = panic_of(|| error.into_panic());
        assert!(text.contains(&format!("task {id} was cancelled")), "{text}");
    });
}

#[test]
fn a_detached_task_and_an_aborted_one_that_panic_disturb_nobody() {
    let runtime = Runtime::new().unwrap();
    runtime.block_on(async {
        for across in [false, true] {
            drop(spawn(across, async { panic!("detached") }));
            let aborted = spawn(across, async {
                let _bomb = Bomb("in the drop of an aborted future");
                pending::<()>().await;
            });
            yield_now().await;
            aborted.abort();
            drop(aborted);
            yield_now().await;
        }
    });
    assert_eq!(runtime.metrics().num_alive_tasks(), 0);
}

#[test]
fn a_job_that_panics_tells_its_handle_and_its_thread_goes_on() {
    let runtime = buzzer::runtime::Builder::new_current_thread()
        .max_blocking_threads(1)
        .build()
        .unwrap();
    runtime.block_on(async {
        drop(spawn_blocking(|| panic!("detached")));
        let failed = spawn_blocking(|| panic!("grinder jammed"));
        assert_eq!(thrown(failed.await), "grinder jammed");
        assert_eq!(spawn_blocking(|| "served").await.unwrap(), "served");
    });
    assert_eq!(runtime.metrics().num_blocking_threads(), 1);
}

#[test]
fn a_panic_in_the_futures_drop_comes_out_of_the_handle() {
    buzzer::block_on(async {
        for across in [false, true] {
            // Held by the future itself, so dropped after its last poll.
            let bomb = Bomb("in the future's drop");
            let mut polled = false;
            let future = poll_fn(move |cx| {
                let _held = &bomb;
                cx.waker().wake_by_ref();
                match std::mem::replace(&mut polled, true) {
                    true => Poll::Ready("lost"),
                    false => Poll::Pending,
                }
            });
            let result = spawn(across, future).await;
            assert_eq!(thrown(result), "in the future's drop");
        }
    });
}

#[test]
fn a_panic_in_the_drop_of_an_aborted_future_comes_out_of_the_handle() {
    buzzer::block_on(async {
        for across in [false, true] {
            for polled in [false, true] {
                let bomb = Bomb("in the abort");
                let task = spawn(across, async {
                    let _bomb = bomb;
                    pending::<()>().await;
                });
                if polled {
                    yield_now().await;
                }
                task.abort();
                assert_eq!(thrown(task.await), "in the abort");
            }
        }
    });
}

#[test]
fn a_panic_in_the_outputs_drop_is_contained_when_nobody_wants_the_output() {
    let runtime = Runtime::new().unwrap();
    runtime.block_on(async {
        for across in [false, true] {
            // Detached before the end, and ended before the detaching.
            drop(spawn(across, async { Bomb("detached before") }));
            let after = spawn(across, async { Bomb("detached after") });
            yield_now().await;
            yield_now().await;
            assert!(after.is_finished());
            drop(after);
        }
        let job = spawn_blocking(|| Bomb("of a job"));
        while !job.is_finished() {
            yield_now().await;
        }
        drop(job);
        drop(spawn_blocking(|| Bomb("of a detached job")));
        spawn_blocking(|| {}).await.unwrap();
    });
    assert_eq!(runtime.metrics().num_alive_tasks(), 0);
}

#[test]
fn when_the_drops_of_future_and_output_both_panic_the_handle_gives_the_first() {
    buzzer::block_on(async {
        for across in [false, true] {
            let future = || {
                let held = Bomb("of the future");
                poll_fn(move |_| {
                    let _held = &held;
                    Poll::Ready(Bomb("of the output"))
                })
            };
            assert_eq!(thrown(spawn(across, future()).await), "of the future");
            drop(spawn(across, future()));
            yield_now().await;
        }
    });
}

#[test]
fn when_poll_and_drop_both_panic_the_handle_gives_the_polls_panic() {
    buzzer::block_on(async {
        for across in [false, true] {
            let held = Bomb("in the drop");
            let future = poll_fn(move |_| -> Poll<()> {
                let _held = &held;
                panic!("in the poll");
            });
            assert_eq!(thrown(spawn(across, future).await), "in the poll");
        }
    });
}

#[test]
fn a_payload_whose_drop_panics_is_contained_wherever_nobody_wants_it() {
    let runtime = Runtime::new().unwrap();
    runtime.block_on(async {
        for across in [false, true] {
            drop(spawn(across, async {
                panic_any(Bomb("thrown and dropped"))
            }));
            // The drop of the future throws a second payload, which is dropped.
            let held = OnDrop(|| panic_any(Bomb("thrown by the drop")));
            let future = poll_fn(move |_| -> Poll<()> {
                let _held = &held;
                panic!("the first");
            });
            assert_eq!(thrown(spawn(across, future).await), "the first");
        }
        drop(spawn_blocking(|| panic_any(Bomb("thrown by a job"))));
        spawn_blocking(|| {}).await.unwrap();
        yield_now().await;
    });
    assert_eq!(runtime.metrics().num_alive_tasks(), 0);
}

#[test]
fn a_payload_that_throws_itself_again_on_drop_ends() {
    /// Each drop throws another, twice.
    struct Again(u32);
    impl Drop for Again {
        fn drop(&mut self) {
            if let Some(left) = self.0.checked_sub(1) {
                panic_any(Self(left));
            }
        }
    }
    buzzer::block_on(async {
        drop(buzzer::spawn(async { panic_any(Again(2)) }));
        yield_now().await;
        yield_now().await;
    });
}

#[test]
fn a_panic_of_the_main_future_reaches_the_caller_and_leaves_the_runtime_whole() {
    let runtime = Runtime::new().unwrap();
    let task = runtime.spawn(async {
        sleep(Duration::from_micros(50)).await;
        "finished later"
    });
    let text = panic_of(|| {
        runtime.block_on(async {
            yield_now().await;
            panic!("the main one");
        })
    });
    assert_eq!(text, "the main one");
    // Neither in the runtime nor in a loop any more.
    assert!(Handle::try_current().is_err());
    assert_eq!(runtime.block_on(task).unwrap(), "finished later");
}

#[test]
fn a_panic_in_the_main_futures_drop_reaches_the_caller_and_leaves_the_runtime_whole() {
    let runtime = Runtime::new().unwrap();
    let bomb = Bomb("the main one's drop");
    let text = panic_of(|| {
        runtime.block_on(poll_fn(move |_| {
            let _held = &bomb;
            Poll::Ready(())
        }))
    });
    assert_eq!(text, "the main one's drop");
    assert!(Handle::try_current().is_err());
    runtime.block_on(yield_now());
}

#[test]
fn after_a_panicked_poll_the_next_task_has_its_own_id_and_name() {
    buzzer::block_on(async {
        let named = task::Builder::new()
            .name("jittery")
            .spawn(async { panic!("spilt") })
            .unwrap();
        let next = buzzer::spawn(async { (task::id(), task::name()) });
        let id = next.id();
        assert!(named.await.unwrap_err().is_panic());
        assert_eq!((task::try_id(), task::name()), (None, None));
        assert_eq!(next.await.unwrap(), (id, None));
    });
}

#[test]
fn panics_in_drops_at_shutdown_keep_no_task_from_its_drop() {
    let runtime = Runtime::new().unwrap();
    let drops = Rc::new(Cell::new(0));
    for _ in 0..3 {
        let drops = drops.clone();
        runtime.spawn(async move {
            let _counts = OnDrop(|| {
                drops.set(drops.get() + 1);
                panic_any("at shutdown");
            });
            pending::<()>().await;
        });
    }
    // One that has ended, with a handle that outlives the runtime.
    let ended = runtime.spawn(async { Bomb("an output at shutdown") });
    runtime.block_on(yield_now());
    drop(runtime);
    assert_eq!(drops.get(), 3);
    assert!(ended.is_finished());
}

#[test]
fn a_runtime_dropped_while_panicking_does_not_end_the_process() {
    let drops = Arc::new(AtomicUsize::new(0));
    let counts = drops.clone();
    let panicked = thread::spawn(move || {
        let runtime = Runtime::new().unwrap();
        let task = runtime.spawn(async move {
            let _counts = OnDrop(move || {
                counts.fetch_add(1, Ordering::SeqCst);
                panic_any("in a drop, within an unwinding");
            });
            pending::<()>().await;
        });
        drop(runtime.spawn_blocking(|| panic!("a job, within an unwinding")));
        let handle = runtime.handle().clone();
        drop(handle.spawn(async { Bomb("not taken in") }));
        runtime.block_on(yield_now());
        let _task = task;
        panic!("with a runtime alive");
    })
    .join();
    assert_eq!(
        message(panicked.unwrap_err().as_ref()),
        "with a runtime alive"
    );
    assert_eq!(drops.load(Ordering::SeqCst), 1);
}

#[test]
fn an_iterator_that_panics_while_its_futures_are_gathered_leaves_the_runtime_whole() {
    let runtime = Runtime::new().unwrap();
    let drops = Rc::new(Cell::new(0));
    runtime.block_on(async {
        let text = panic_of(|| {
            drop(buzzer::gather((0..5).map(|n| {
                assert!(n < 3, "the iterator ends badly");
                let drops = drops.clone();
                let count = OnDrop(move || drops.set(drops.get() + 1));
                async move { drop(count) }
            })));
        });
        assert_eq!(text, "the iterator ends badly");
        assert_eq!(drops.get(), 3);
        // The same with spawns: those made before the panic run on.
        let handles = Rc::new(Cell::new(Vec::new()));
        panic_of(|| {
            for n in 0..5 {
                assert!(n < 3);
                let mut spawned = handles.take();
                spawned.push(buzzer::spawn(async move { n }));
                handles.set(spawned);
            }
        });
        for (n, handle) in handles.take().into_iter().enumerate() {
            assert_eq!(handle.await.unwrap(), n);
        }
        assert_eq!(
            buzzer::gather((0..3).map(|n| async move { n })).await,
            [0, 1, 2]
        );
    });
}

#[test]
fn a_join_error_becomes_an_io_error_that_tells_the_same() {
    buzzer::block_on(async {
        let task = buzzer::spawn(async { panic!("spilt") });
        let id = task.id();
        let error = std::io::Error::from(task.await.unwrap_err());
        assert_eq!(error.kind(), std::io::ErrorKind::Other);
        let text = format!("task {id} panicked with message \"spilt\"");
        assert_eq!(error.to_string(), text);
    });
}
