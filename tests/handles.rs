//! What a handle is good for away from its runtime, and what the builder's switches do.

#[path = "support/caught.rs"]
mod caught;
#[path = "support/paused.rs"]
mod paused;

use std::collections::HashSet;
use std::future::poll_fn;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};
use std::thread;

use buzzer::runtime::{Builder, Handle, Runtime, RuntimeFlavor, worker_index};
use buzzer::task::{JoinHandle, LocalSet, spawn, spawn_blocking, yield_now};
use buzzer::time::{Duration, Instant, sleep};
use caught::panic_of;
use paused::paused;

const SECOND: Duration = Duration::from_secs(1);

/// A counter, and what raises it.
fn counter() -> (Arc<AtomicUsize>, impl Fn() + Send + Sync + 'static) {
    let count = Arc::new(AtomicUsize::new(0));
    let counted = count.clone();
    let raise = move || {
        counted.fetch_add(1, Ordering::Relaxed);
    };
    (count, raise)
}

#[test]
fn a_handle_enters_its_runtime_on_its_thread() {
    let runtime = paused();
    let handle = runtime.handle().clone();
    let task = {
        let _guard = handle.enter();
        assert_eq!(Handle::current().id(), handle.id());
        spawn(async {
            sleep(SECOND).await;
            7
        })
    };
    assert!(Handle::try_current().is_err());
    assert_eq!(runtime.block_on(task).unwrap(), 7);
}

#[test]
fn a_runtime_that_is_dropped_while_it_is_entered_takes_no_more_tasks() {
    let dropped_in = |task: JoinHandle<u32>| {
        assert!(Handle::try_current().is_err());
        let error = buzzer::block_on(task).unwrap_err();
        assert!(error.is_cancelled(), "{error}");
    };
    let runtime = paused();
    let handle = runtime.handle().clone();
    dropped_in({
        let _guard = handle.enter();
        let _left = spawn(sleep(SECOND));
        drop(runtime);
        spawn(async { 7 })
    });
    let runtime = paused();
    dropped_in({
        let _guard = runtime.enter();
        let _left = spawn(sleep(SECOND));
        runtime.shutdown_timeout(SECOND).unwrap();
        spawn(async { 7 })
    });
}

#[test]
fn a_handle_entered_on_another_thread_is_as_a_job_has_it() {
    buzzer::block_on(async {
        let handle = Handle::current();
        let other = thread::spawn(move || {
            let job = {
                let _guard = handle.enter();
                assert_eq!(Handle::current().id(), handle.id());
                let says = panic_of(|| spawn(async {}));
                assert!(says.contains("by `Handle::current().spawn`"), "{says}");
                spawn_blocking(|| 7)
            };
            let error = Handle::try_current().unwrap_err();
            assert!(error.is_missing_context() && !error.is_thread_local_destroyed());
            job
        });
        let other = spawn_blocking(|| other.join().unwrap()).await.unwrap();
        assert_eq!(other.await.unwrap(), 7);
    });
}

#[test]
fn only_a_thread_that_runs_a_loop_is_a_worker() {
    assert_eq!(worker_index(), None);
    let runtime = paused();
    {
        let _guard = runtime.enter();
        assert_eq!(worker_index(), None);
    }
    runtime.block_on(async {
        assert_eq!(worker_index(), Some(0));
        assert_eq!(spawn(async { worker_index() }).await.unwrap(), Some(0));
        assert_eq!(spawn_blocking(worker_index).await.unwrap(), None);
    });
    assert_eq!(worker_index(), None);
}

#[test]
fn a_job_blocks_on_what_its_runtime_runs() {
    paused().block_on(async {
        let job = spawn_blocking(|| {
            let handle = Handle::current();
            let task = handle.spawn(async {
                yield_now().await;
                7
            });
            handle.block_on(async { task.await.unwrap() + 1 })
        });
        assert_eq!(job.await.unwrap(), 8);
    });
}

// It may call what parks the thread, as a channel of std's does. What woke it meanwhile is
// not to end that wait only.
#[test]
fn a_wake_is_kept_though_the_future_has_used_the_threads_park_token() {
    let runtime = Runtime::new().unwrap();
    let handle = runtime.handle().clone();
    let polls = thread::spawn(move || {
        let mut polls = 0;
        handle.block_on(poll_fn(|cx| {
            polls += 1;
            if polls == 3 {
                return Poll::Ready(());
            }
            cx.waker().wake_by_ref();
            thread::park_timeout(Duration::ZERO);
            Poll::Pending
        }));
        polls
    });
    assert_eq!(polls.join().unwrap(), 3);
}

#[test]
fn a_future_that_needs_the_runtimes_thread_says_so_in_a_job() {
    buzzer::block_on(async {
        let job = spawn_blocking(|| panic_of(|| Handle::current().block_on(sleep(SECOND))));
        let says = job.await.unwrap();
        assert!(says.starts_with("a sleep needs a buzzer runtime"), "{says}");
        assert!(says.contains("`Handle::current().spawn`"), "{says}");
    });
}

#[test]
fn to_block_on_the_runtimes_own_thread_is_refused_with_the_way() {
    let runtime = Runtime::new().unwrap();
    let says = panic_of(|| runtime.handle().block_on(async {}));
    assert!(says.contains("call `Runtime::block_on`"), "{says}");
    let says = panic_of(|| runtime.block_on(async { Handle::current().block_on(async {}) }));
    assert!(
        says.starts_with("Handle::block_on was called from within a runtime"),
        "{says}"
    );
    // It is as good as before.
    assert_eq!(runtime.block_on(async { 7 }), 7);
}

#[test]
fn a_runtimes_id_is_its_own_wherever_it_is_asked_and_nobodys_after_it() {
    // Some live at once, and far more one after the other than there are numbers in use.
    let alive: Vec<_> = (0..4).map(|_| Runtime::new().unwrap()).collect();
    let of_alive = alive.iter().map(|runtime| runtime.handle().id());
    let of_gone = (0..300).map(|_| Runtime::new().unwrap().handle().id());
    let ids: Vec<_> = of_alive.chain(of_gone).collect();
    let different: HashSet<_> = ids.iter().collect();
    assert_eq!(different.len(), ids.len());
    let shown: HashSet<_> = ids.iter().map(ToString::to_string).collect();
    assert_eq!(shown.len(), ids.len());
    for (runtime, id) in alive.iter().zip(&ids) {
        let handle = runtime.handle().clone();
        assert_eq!(handle.id(), *id);
        runtime.block_on(async {
            assert_eq!(Handle::current().id(), *id);
            let job = spawn_blocking(|| Handle::current().id());
            assert_eq!(job.await.unwrap(), *id);
        });
        let elsewhere = thread::spawn(move || handle.id());
        assert_eq!(elsewhere.join().unwrap(), *id);
    }
    let sets = [(); 2].map(|()| LocalSet::new());
    let of_sets = sets.each_ref().map(LocalSet::id);
    assert!(of_sets[0] != of_sets[1] && of_sets.iter().all(|id| !ids.contains(id)));
    assert_eq!(of_sets, sets.each_ref().map(LocalSet::id));
    // A handle that is kept for longer tells it still.
    let kept: Vec<_> = alive
        .iter()
        .map(|runtime| runtime.handle().clone())
        .collect();
    drop(alive);
    let still: Vec<_> = kept.iter().map(Handle::id).collect();
    assert_eq!(still, ids[..4]);
}

#[test]
fn a_runtime_may_have_a_name() {
    let runtime = Builder::new_current_thread()
        .name("kitchen")
        .build()
        .unwrap();
    assert_eq!(runtime.handle().name(), Some("kitchen"));
    assert_eq!(
        runtime.handle().runtime_flavor(),
        RuntimeFlavor::CurrentThread
    );
    assert_eq!(Runtime::new().unwrap().handle().name(), None);
}

#[test]
fn a_handle_tells_the_figures_on_its_thread_and_where_they_are_elsewhere() {
    let runtime = paused();
    let handle = runtime.handle().clone();
    runtime.block_on(async {
        let _waiting = spawn(sleep(SECOND));
        let metrics = Handle::current().metrics();
        assert_eq!((metrics.num_workers(), metrics.num_alive_tasks()), (1, 1));
        let before = metrics.worker_park_count(0);
        sleep(SECOND).await;
        assert_eq!(metrics.worker_park_count(0), before + 1);
        assert_eq!(metrics.worker_park_unpark_count(0), 2 * (before + 1));
        let says = panic_of(|| metrics.worker_park_count(1));
        assert!(says.contains("there is no worker 1"), "{says}");
    });
    let metrics = handle.metrics();
    let elsewhere = metrics.clone();
    let says = thread::spawn(move || panic_of(|| elsewhere.num_alive_tasks())).join();
    assert!(says.unwrap().contains("by `Handle::spawn`"));
    drop(runtime);
    let says = panic_of(|| metrics.num_alive_tasks());
    assert!(says.contains("has been dropped"), "{says}");
}

#[test]
fn what_another_thread_has_sent_and_the_loop_not_taken_in_is_counted() {
    let runtime = paused();
    let metrics = runtime.metrics();
    assert_eq!(metrics.global_queue_depth(), 0);
    let handle = runtime.handle().clone();
    let task = thread::spawn(move || handle.spawn(async {}))
        .join()
        .unwrap();
    assert_eq!(metrics.global_queue_depth(), 1);
    runtime.block_on(task).unwrap();
    assert_eq!(metrics.global_queue_depth(), 0);
}

#[test]
fn each_thread_of_the_pool_is_called_at_its_start_and_its_end() {
    let ((started, start), (stopped, stop)) = (counter(), counter());
    let runtime = Builder::new_current_thread()
        .thread_name_fn(|| "dish\0washer".to_owned())
        .on_thread_start(start)
        .on_thread_stop(stop)
        .build()
        .unwrap();
    let name = runtime
        .block_on(async { spawn_blocking(|| thread::current().name().map(str::to_owned)).await });
    assert_eq!(name.unwrap().as_deref(), Some("dish\u{fffd}washer"));
    drop(runtime);
    let counts = [started, stopped].map(|count| count.load(Ordering::Relaxed));
    assert_eq!(counts, [1, 1]);
}

#[test]
fn a_call_at_a_threads_start_that_panics_loses_no_job() {
    let runtime = Builder::new_current_thread()
        .on_thread_start(|| panic!("no apron"))
        .on_thread_stop(|| panic!("no rest"))
        .build()
        .unwrap();
    assert_eq!(
        runtime.block_on(async { spawn_blocking(|| 7).await.unwrap() }),
        7
    );
}

#[test]
fn the_loop_calls_before_each_park_and_after_it() {
    let ((parked, park), (unparked, unpark)) = (counter(), counter());
    let runtime = Builder::new_current_thread()
        .start_paused(true)
        .on_thread_park(park)
        .on_thread_unpark(unpark)
        .build()
        .unwrap();
    runtime.block_on(async {
        yield_now().await;
        assert_eq!(parked.load(Ordering::Relaxed), 0);
        for _ in 0..3 {
            sleep(SECOND).await;
        }
        let counts = [&parked, &unparked].map(|count| count.load(Ordering::Relaxed));
        assert_eq!(counts, [3, 3]);
    });
}

#[test]
fn what_is_woken_before_a_park_runs_instead_of_it() {
    let to_wake = Arc::new(Mutex::new(None::<Waker>));
    let wakes = to_wake.clone();
    let runtime = Builder::new_current_thread()
        .start_paused(true)
        .on_thread_park(move || {
            if let Some(waker) = wakes.lock().unwrap().take() {
                waker.wake();
            }
        })
        .build()
        .unwrap();
    runtime.block_on(async {
        let start = Instant::now();
        let woken = spawn(async move {
            let mut is_kept = false;
            poll_fn(|cx| match std::mem::replace(&mut is_kept, true) {
                true => Poll::Ready(()),
                false => {
                    *to_wake.lock().unwrap() = Some(cx.waker().clone());
                    Poll::Pending
                }
            })
            .await;
            Instant::now()
        });
        sleep(SECOND).await;
        assert_eq!(woken.await.unwrap(), start);
        assert_eq!(start.elapsed(), SECOND);
    });
}

#[test]
fn what_is_spawned_before_a_park_runs_instead_of_it() {
    let ran_at = Arc::new(Mutex::new(None));
    let runs = ran_at.clone();
    let runtime = Builder::new_current_thread()
        .start_paused(true)
        .on_thread_park(move || {
            if runs.lock().unwrap().is_none() {
                let runs = runs.clone();
                spawn(async move { *runs.lock().unwrap() = Some(Instant::now()) });
            }
        })
        .build()
        .unwrap();
    runtime.block_on(async {
        let start = Instant::now();
        sleep(SECOND).await;
        assert_eq!(*ran_at.lock().unwrap(), Some(start));
        assert_eq!(start.elapsed(), SECOND);
    });
}

#[test]
fn switches_that_mean_nothing_here_are_taken() {
    let runtime = Builder::new_current_thread()
        .enable_all()
        .enable_io()
        .enable_time()
        .worker_threads(1)
        .global_queue_interval(31)
        .max_io_events_per_tick(64)
        .max_io_events_per_busy_tick(64)
        .build();
    assert_eq!(runtime.unwrap().block_on(async { 7 }), 7);
    for says in [
        panic_of(|| drop(Builder::new_current_thread().worker_threads(0).build())),
        panic_of(|| {
            drop(
                Builder::new_current_thread()
                    .global_queue_interval(0)
                    .build(),
            )
        }),
    ] {
        assert!(says.ends_with("must be at least 1"), "{says}");
    }
}

#[test]
fn a_builder_shows_what_it_was_told() {
    let mut builder = Builder::new_current_thread();
    let shown = format!("{:?}", builder.thread_name("dishwasher"));
    assert!(shown.contains("\"dishwasher\""), "{shown}");
    let shown = format!("{:?}", builder.on_thread_start(|| {}));
    assert!(shown.contains("Some(Fn())"), "{shown}");
    let shown = format!("{:?}", builder.thread_name_fn(|| "cook".to_owned()));
    assert!(shown.contains(": Fn() -> String"), "{shown}");
}
