//! The end of a runtime: tasks go in the order of their spawns, in the
//! runtime's context, and nobody is left waiting.

use std::cell::{Cell, RefCell};
use std::future::pending;
use std::pin::pin;
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::task::{Context, Waker};
use std::thread::{self, ThreadId};

use buzzer::io::AsyncFd;
use buzzer::runtime::{Builder, Handle, Runtime};
use buzzer::task::{JoinHandle, spawn_blocking, yield_now};
use buzzer::time::{Duration, sleep};

mod support {
    pub mod log;
    pub mod on_drop;
}
use support::log::Log;
use support::on_drop::OnDrop;

/// A future that waits for ever and calls `act` when it is dropped.
fn at_drop(act: impl FnMut()) -> impl Future<Output = ()> {
    let held = OnDrop(act);
    async move {
        let _held = held;
        pending::<()>().await;
    }
}

#[test]
fn tasks_are_dropped_in_the_order_of_their_spawns_whatever_slots_they_have() {
    let log = Log::default();
    let runtime = Builder::new_current_thread().rng_seed(5).build().unwrap();
    let spawn = |name: &'static str| {
        let log = log.clone();
        runtime.spawn(at_drop(move || log.note(name)))
    };
    let short = [
        spawn("gone 1"),
        spawn("first"),
        spawn("gone 2"),
        spawn("second"),
    ];
    runtime.block_on(async {
        for gone in [&short[0], &short[2]] {
            gone.abort();
        }
        while !(short[0].is_finished() && short[2].is_finished()) {
            yield_now().await;
        }
    });
    drop(short);
    let mut left = log.take();
    left.sort();
    assert_eq!(left, ["gone 1", "gone 2"]);
    // These get the slots that have become free, below that of "second".
    spawn("third");
    spawn("fourth");
    let note = log.clone();
    runtime.block_on(async move {
        let last = at_drop(move || note.note("fifth"));
        drop(buzzer::task::Builder::new().name("last").spawn(last));
    });
    drop(runtime);
    assert_eq!(log.take(), ["first", "second", "third", "fourth", "fifth"]);
}

#[test]
fn the_drops_of_tasks_find_themselves_in_the_runtime_and_its_reactor_alive() {
    let runtime = Runtime::new().unwrap();
    let drops = Rc::new(Cell::new(0));
    let counted = drops.clone();
    let (reader, _writer) = std::io::pipe().unwrap();
    runtime.spawn(async move {
        let source = AsyncFd::new(reader).unwrap();
        let _act = OnDrop(|| {
            assert!(Handle::try_current().is_ok());
            let mut cx = Context::from_waker(Waker::noop());
            // Timers arm and disarm, sources register and deregister.
            assert!(
                pin!(sleep(Duration::from_secs(1)))
                    .poll(&mut cx)
                    .is_pending()
            );
            let (reader, _writer) = std::io::pipe().unwrap();
            let another = AsyncFd::new(reader).unwrap();
            assert!(pin!(another.readable()).poll(&mut cx).is_pending());
            counted.set(counted.get() + 1);
        });
        drop(source.readable().await);
    });
    // As well in one that was not polled yet, and in one that was not taken in.
    let (never_polled, not_taken_in) = (drops.clone(), Arc::new(AtomicUsize::new(0)));
    runtime.block_on(yield_now());
    runtime.spawn(at_drop(move || {
        assert!(Handle::try_current().is_ok());
        never_polled.set(never_polled.get() + 1);
    }));
    let counted = not_taken_in.clone();
    drop(runtime.handle().spawn(at_drop(move || {
        assert!(Handle::try_current().is_ok());
        counted.fetch_add(1, Ordering::SeqCst);
    })));
    drop(runtime);
    assert!(Handle::try_current().is_err());
    assert_eq!((drops.get(), not_taken_in.load(Ordering::SeqCst)), (2, 1));
}

#[test]
fn what_a_drop_spawns_at_shutdown_is_dropped_at_once_and_says_cancelled() {
    let log = Log::default();
    let runtime = Runtime::new().unwrap();
    let note = log.clone();
    let left: Rc<RefCell<Vec<JoinHandle<()>>>> = Rc::default();
    let handles = left.clone();
    let handle = runtime.handle().clone();
    runtime.spawn(at_drop(move || {
        note.note("first dropped");
        let (inner, innermost) = (note.clone(), note.clone());
        // Its drop spawns in turn.
        let spawned = buzzer::spawn(at_drop(move || {
            inner.note("spawned dropped");
            let innermost = innermost.clone();
            let again = buzzer::spawn(at_drop(move || innermost.note("spawned again dropped")));
            assert!(again.is_finished());
        }));
        note.note("spawn returned");
        assert!(spawned.is_finished());
        spawned.abort();
        handles.borrow_mut().push(spawned);
        handles.borrow_mut().push(handle.spawn(async {}));
        let elsewhere = handle.clone();
        let elsewhere = thread::spawn(move || elsewhere.spawn(async {}));
        handles.borrow_mut().push(elsewhere.join().unwrap());
    }));
    let note = log.clone();
    runtime.spawn(at_drop(move || note.note("second dropped")));
    drop(runtime);
    let expected = [
        "first dropped",
        "spawned dropped",
        "spawned again dropped",
        "spawn returned",
        "second dropped",
    ];
    assert_eq!(log.take(), expected);
    let left = left.take();
    assert_eq!(left.len(), 3);
    for handle in left {
        let error = futures::executor::block_on(handle).unwrap_err();
        assert!(error.is_cancelled(), "{error}");
    }
}

#[test]
fn a_job_spawned_by_a_drop_at_shutdown_ends_one_way_or_the_other() {
    let runtime = Runtime::new().unwrap();
    let jobs: Rc<RefCell<Vec<JoinHandle<()>>>> = Rc::default();
    let kept = jobs.clone();
    runtime.spawn(at_drop(move || {
        kept.borrow_mut().push(spawn_blocking(|| {}))
    }));
    drop(runtime);
    for job in jobs.take() {
        // Run if a thread was quick enough, cancelled if not.
        let ended = futures::executor::block_on(job);
        assert!(ended.is_ok() || ended.unwrap_err().is_cancelled());
    }
}

#[test]
fn drops_at_shutdown_abort_and_forget_and_join_other_tasks() {
    let runtime = Runtime::new().unwrap();
    let drops = Rc::new(Cell::new(0));
    let handles: Rc<RefCell<Vec<JoinHandle<()>>>> = Rc::default();
    for _ in 0..4 {
        let (drops, handles) = (drops.clone(), handles.clone());
        let task = runtime.spawn({
            let handles = handles.clone();
            at_drop(move || {
                drops.set(drops.get() + 1);
                for handle in &mut *handles.borrow_mut() {
                    handle.abort();
                    let polled = pin!(handle).poll(&mut Context::from_waker(Waker::noop()));
                    drop(polled);
                }
                // Handles that gave their result must not be polled again.
                handles.borrow_mut().retain(|handle| !handle.is_finished());
                handles.borrow_mut().pop();
            })
        });
        handles.borrow_mut().push(task);
    }
    runtime.block_on(yield_now());
    drop(runtime);
    assert_eq!(drops.get(), 4);
}

#[test]
fn a_task_sent_but_not_taken_in_is_dropped_on_the_runtimes_thread() {
    let runtime = Runtime::new().unwrap();
    let (sender, places) = mpsc::channel::<ThreadId>();
    let handle = runtime.handle().clone();
    let task = thread::spawn(move || {
        handle.spawn(at_drop(move || {
            sender.send(thread::current().id()).unwrap()
        }))
    });
    let task = task.join().unwrap();
    drop(runtime);
    assert_eq!(places.recv(), Ok(thread::current().id()));
    assert!(
        futures::executor::block_on(task)
            .unwrap_err()
            .is_cancelled()
    );
}

#[test]
fn a_hundred_thousand_queued_tasks_are_dropped_one_by_one() {
    const TASKS: usize = 100_000;
    let runtime = Runtime::new().unwrap();
    let next = Rc::new(Cell::new(0));
    for n in 0..TASKS {
        let next = next.clone();
        runtime.spawn(at_drop(move || {
            assert_eq!(next.get(), n);
            next.set(n + 1);
        }));
    }
    drop(runtime);
    assert_eq!(next.get(), TASKS);
}

type LateUse = OnDrop<Box<dyn FnMut()>>;

thread_local! {
    static LATE: RefCell<Option<Runtime>> = const { RefCell::new(None) };
    /// Uses the library when it is destroyed.
    static LATE_USE: RefCell<Option<LateUse>> = const { RefCell::new(None) };
}

/// Fills a runtime that is to be destroyed with its thread's locals: tasks that
/// note on the channel what they find.
fn fill(runtime: &Runtime, sender: &mpsc::Sender<&'static str>) {
    let (task, found) = (sender.clone(), sender.clone());
    runtime.spawn(at_drop(move || {
        let in_context = Handle::try_current().is_ok();
        found
            .send(if in_context { "in context" } else { "outside" })
            .unwrap();
        let refused = buzzer::spawn(async {});
        assert!(refused.is_finished());
        task.send("task dropped").unwrap();
    }));
    // What holds a timer, a source, a group and a handle, polled once.
    runtime.spawn(async {
        let (reader, _writer) = std::io::pipe().unwrap();
        let source = AsyncFd::new(reader).unwrap();
        let other = buzzer::spawn(pending::<()>());
        drop(buzzer::gather!(source.readable(), sleep(Duration::MAX), other).await);
    });
    // A job that has begun, so that it is waited for.
    let job = sender.clone();
    let (begin, begun) = mpsc::channel();
    runtime.spawn_blocking(move || {
        begin.send(()).unwrap();
        job.send("job done").unwrap();
    });
    begun.recv().unwrap();
    runtime.block_on(yield_now());
}

#[test]
fn a_runtime_in_a_thread_local_is_dropped_in_its_context_at_the_threads_end() {
    // The runtime's place among the thread's locals: made before the library's
    // own were touched, or after.
    for first in [true, false] {
        let (sender, events) = mpsc::channel();
        thread::spawn(move || {
            if first {
                LATE.with_borrow(|late| assert!(late.is_none()));
            } else {
                buzzer::block_on(async {});
            }
            let runtime = Runtime::new().unwrap();
            fill(&runtime, &sender);
            LATE.set(Some(runtime));
        })
        .join()
        .unwrap();
        let mut events: Vec<_> = events.iter().collect();
        events.sort();
        assert_eq!(events, ["in context", "job done", "task dropped"]);
    }
}

#[test]
fn a_runtime_is_made_used_and_dropped_by_a_thread_locals_destructor() {
    for used_before in [true, false] {
        let (sender, events) = mpsc::channel();
        thread::spawn(move || {
            LATE_USE.with_borrow_mut(|late| {
                *late = Some(OnDrop(Box::new(move || {
                    let runtime = Runtime::new().unwrap();
                    fill(&runtime, &sender);
                    let task = runtime.spawn(async { sleep(Duration::from_micros(10)).await });
                    runtime.block_on(task).unwrap();
                })));
            });
            if used_before {
                buzzer::block_on(async {});
            }
        })
        .join()
        .unwrap();
        let mut events: Vec<_> = events.iter().collect();
        events.sort();
        assert_eq!(events, ["in context", "job done", "task dropped"]);
    }
}
