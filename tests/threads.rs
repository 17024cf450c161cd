//! Other threads: what works there works, and what does not says what to do.

use std::future::pending;
use std::io::ErrorKind;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};
use std::thread;

use buzzer::io::AsyncFd;
use buzzer::runtime::{Builder, Handle, Runtime};
use buzzer::task::{spawn_blocking, yield_now};
use buzzer::time::{Duration, Sleep, interval, sleep, timeout};

mod support {
    pub mod caught;
    pub mod foreign;
}
use support::caught::panic_of;
use support::foreign::Foreign;

fn poll<F: Future + ?Sized>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// What a call that needs a runtime panics with where there is none.
fn assert_needs_a_runtime<R>(what: &str, code: impl FnOnce() -> R) {
    let text = panic_of(code);
    assert_eq!(
        text,
        format!(
            "{what} needs a buzzer runtime, and this thread is not in one: call it inside \
             `buzzer::block_on` or `Runtime::block_on`, in a task spawned there, or while a \
             guard of `Runtime::enter` lives"
        )
    );
}

#[test]
fn what_needs_a_runtime_and_finds_none_panics_with_the_way_in() {
    assert!(Handle::try_current().is_err());
    assert_needs_a_runtime("Handle::current", Handle::current);
    assert_needs_a_runtime("spawn", || buzzer::spawn(async {}));
    let builder = buzzer::task::Builder::new().name("x");
    assert_needs_a_runtime("task::Builder::spawn", || builder.spawn(async {}));
    assert_needs_a_runtime("spawn_blocking", || spawn_blocking(|| {}));
    let second = Duration::from_secs(1);
    assert_needs_a_runtime("a sleep", || poll(pin!(sleep(second))));
    assert_needs_a_runtime("a sleep", || poll(pin!(timeout(second, pending::<()>()))));
    assert_needs_a_runtime("a sleep", || poll(pin!(interval(second).tick())).is_ready());
    assert_needs_a_runtime("gather", || poll(pin!(buzzer::gather([pending::<()>()]))));
    assert_needs_a_runtime("gather!", || poll(pin!(buzzer::gather!(pending::<()>()))));
    let try_gather = buzzer::try_gather([pending::<Result<(), ()>>()]);
    assert_needs_a_runtime("try_gather", || poll(pin!(try_gather)));
    assert_needs_a_runtime("race!", || poll(pin!(buzzer::race!(pending::<()>()))));
    let scope = buzzer::scope(async |_| pending::<()>().await);
    assert_needs_a_runtime("scope", || poll(pin!(scope)));
    let (reader, _writer) = std::io::pipe().unwrap();
    assert_needs_a_runtime("an AsyncFd", || AsyncFd::new(reader));
    assert_needs_a_runtime("time::pause", buzzer::time::pause);
    let read = || poll(pin!(buzzer::fs::read("/"))).is_ready();
    assert_needs_a_runtime("a file operation", read);
}

#[test]
fn what_needs_no_runtime_works_without_one() {
    assert!(poll(pin!(yield_now())).is_pending());
    drop(sleep(Duration::from_secs(1)));
    drop(buzzer::gather([pending::<()>()]));
    assert_eq!(buzzer::task::try_id(), None);
    assert_eq!(buzzer::task::name(), None);
}

#[test]
fn a_local_tasks_handle_used_on_another_thread_panics_with_the_way_out() {
    let runtime = Runtime::new().unwrap();
    let task = runtime.spawn(async {});
    let abort = task.abort_handle();
    let texts = thread::spawn(move || {
        let mut task = task;
        [
            panic_of(|| poll(Pin::new(&mut task)).is_ready()),
            panic_of(|| task.is_finished()),
            panic_of(|| abort.is_finished()),
        ]
    });
    for text in texts.join().unwrap() {
        assert!(
            text.contains("on another thread than that of its runtime"),
            "{text}"
        );
        assert!(text.contains("spawn with `Handle::spawn`"), "{text}");
    }
    // On its own thread it is pending outside the loop, and no more than that.
    let mut task = runtime.spawn(async { "served" });
    assert!(poll(Pin::new(&mut task)).is_pending());
    assert_eq!(runtime.block_on(task).unwrap(), "served");
}

/// A waker that counts when the library lets go of it.
fn noted() -> (Waker, Arc<AtomicUsize>) {
    let dropped = Arc::new(AtomicUsize::new(0));
    let count = dropped.clone();
    let drop = move || {
        count.fetch_add(1, Ordering::SeqCst);
    };
    (
        Foreign::waker(|| panic!("nothing here is due"), drop),
        dropped,
    )
}

/// Polls `future` in a runtime, drops it on another thread, and sees that its
/// runtime forgets it.
fn drop_elsewhere<F: Future + Send + 'static>(make: impl FnOnce() -> F) {
    let runtime = Runtime::new().unwrap();
    let (waker, forgotten) = noted();
    let inside = runtime.enter();
    let mut future = Box::pin(make());
    let polled = future.as_mut().poll(&mut Context::from_waker(&waker));
    assert!(polled.is_pending());
    drop(inside);
    drop(waker);
    thread::spawn(move || drop(future)).join().unwrap();
    runtime.block_on(sleep(Duration::from_nanos(1)));
    assert_eq!(forgotten.load(Ordering::SeqCst), 1);
}

#[test]
fn a_sleep_dropped_on_another_thread_is_disarmed() {
    drop_elsewhere(|| sleep(Duration::from_secs(3_600)));
}

#[test]
fn a_handle_dropped_on_another_thread_is_forgotten_and_its_task_runs_on() {
    let (release, released) = futures::channel::oneshot::channel::<()>();
    drop_elsewhere(|| buzzer::spawn(pending::<()>()));
    let runtime = Runtime::new().unwrap();
    let (ended, end) = std::sync::mpsc::channel();
    let task = runtime.spawn(async move {
        released.await.unwrap();
        ended.send(()).unwrap();
    });
    thread::spawn(move || drop(task)).join().unwrap();
    release.send(()).unwrap();
    runtime.block_on(sleep(Duration::from_nanos(1)));
    assert_eq!(end.recv(), Ok(()));
    assert_eq!(runtime.metrics().num_alive_tasks(), 0);
}

#[test]
fn a_gather_dropped_on_another_thread_is_forgotten() {
    drop_elsewhere(|| buzzer::gather([pending::<()>(), pending()]));
    drop_elsewhere(|| {
        buzzer::gather!(
            sleep(Duration::from_secs(3_600)),
            buzzer::spawn(pending::<()>())
        )
    });
}

#[test]
fn an_async_fd_dropped_on_another_thread_is_forgotten() {
    let (reader, _writer) = std::io::pipe().unwrap();
    drop_elsewhere(|| {
        let source = AsyncFd::new(reader).unwrap();
        async move { drop(source.readable().await.unwrap()) }
    });
}

#[test]
fn a_sleep_moved_between_threads_waits_in_the_runtime_that_polls_it_first() {
    let made_elsewhere: Sleep = thread::spawn(|| sleep(Duration::from_micros(1)))
        .join()
        .unwrap();
    buzzer::block_on(made_elsewhere);
}

#[test]
fn many_threads_spawn_at_once_and_each_gets_its_answers() {
    const THREADS: usize = 4;
    const TASKS: usize = 250;
    let runtime = Runtime::new().unwrap();
    let home = thread::current().id();
    let threads: Vec<_> = (0..THREADS)
        .map(|thread| {
            let handle = runtime.handle().clone();
            thread::spawn(move || {
                let tasks = (0..TASKS).map(|task| {
                    handle.spawn(async move {
                        yield_now().await;
                        (thread, task, thread::current().id())
                    })
                });
                futures::executor::block_on(async {
                    for (number, task) in tasks.collect::<Vec<_>>().into_iter().enumerate() {
                        assert_eq!(task.await.unwrap(), (thread, number, home));
                    }
                });
            })
        })
        .collect();
    runtime.block_on(async {
        // A job for each thread's end holds the loop until then.
        for thread in threads {
            spawn_blocking(|| thread.join().unwrap()).await.unwrap();
        }
    });
}

#[test]
fn tasks_sent_by_one_thread_run_in_the_order_of_their_sending() {
    let runtime = Runtime::new().unwrap();
    let (sender, order) = std::sync::mpsc::channel();
    let handle = runtime.handle().clone();
    thread::spawn(move || {
        for n in 0..100 {
            let sender = sender.clone();
            drop(handle.spawn(async move { sender.send(n).unwrap() }));
        }
    })
    .join()
    .unwrap();
    runtime.block_on(sleep(Duration::from_nanos(1)));
    assert_eq!(
        order.try_iter().collect::<Vec<_>>(),
        (0..100).collect::<Vec<_>>()
    );
}

#[test]
fn threads_that_cannot_be_started_are_errors_that_name_the_reason() {
    // More address space than there is, so no thread gets its stack.
    let runtime = Builder::new_current_thread()
        .thread_stack_size(1 << 46)
        .max_blocking_threads(4)
        .max_blocking_queue(1)
        .build()
        .unwrap();
    runtime.block_on(async {
        for _ in 0..3 {
            let job = spawn_blocking(|| unreachable!("there is no thread to run it"));
            let error = job.await.unwrap_err();
            assert!(!error.is_panic() && !error.is_cancelled());
            let text = error.to_string();
            assert!(
                text.contains("no thread could be started for it: "),
                "{text}"
            );
            // The text ends with the reason, which a report of the sources would repeat.
            assert!(std::error::Error::source(&error).is_none(), "{text}");
            // EAGAIN or ENOMEM, as the kernel sees it.
            let kind = std::io::Error::from(error).kind();
            assert!(
                matches!(kind, ErrorKind::WouldBlock | ErrorKind::OutOfMemory),
                "{kind:?}"
            );
        }
        // The loop goes on.
        sleep(Duration::from_micros(10)).await;
    });
    assert_eq!(runtime.metrics().num_blocking_threads(), 0);
}

#[test]
fn a_job_that_found_no_thread_lets_the_paused_clock_go_on() {
    let runtime = Builder::new_current_thread()
        .thread_stack_size(1 << 46)
        .start_paused(true)
        .build()
        .unwrap();
    runtime.block_on(async {
        drop(spawn_blocking(|| {}));
        sleep(Duration::from_secs(3_600)).await;
    });
}

#[test]
fn a_stack_size_beyond_all_bounds_is_an_error_as_well() {
    let runtime = Builder::new_current_thread()
        .thread_stack_size(usize::MAX)
        .build()
        .unwrap();
    runtime.block_on(async {
        let error = spawn_blocking(|| {}).await.unwrap_err();
        assert!(
            error.to_string().contains("could not be started"),
            "{error}"
        );
    });
}

#[test]
fn a_thread_name_that_no_thread_can_have_is_an_error_of_the_builder() {
    let error = Builder::new_current_thread()
        .thread_name("barista\0two")
        .build()
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(error.to_string().contains(r#""barista\0two""#), "{error}");
}

#[test]
fn workers_are_named_as_the_builder_says() {
    let runtime = Builder::new_current_thread()
        .thread_name("barista")
        .build()
        .unwrap();
    let name = || thread::current().name().map(str::to_owned);
    let name = runtime.block_on(runtime.spawn_blocking(name)).unwrap();
    assert_eq!(name.as_deref(), Some("barista-0"));
}
