//! The blocking pool loses no job, starts no more threads than it may, and never
//! makes the loop wait.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use buzzer::runtime::{Builder, Handle, Runtime};
use buzzer::task::{JoinHandle, spawn_blocking, yield_now};

fn pool(threads: usize, queue: usize) -> Runtime {
    Builder::new_current_thread()
        .max_blocking_threads(threads)
        .max_blocking_queue(queue)
        .build()
        .unwrap()
}

/// A job that has begun when this returns, and ends when the sender is used or
/// dropped.
fn held_job(runtime: &Runtime) -> (JoinHandle<()>, mpsc::Sender<()>) {
    let (begun, has_begun) = mpsc::channel();
    let (release, released) = mpsc::channel::<()>();
    let job = runtime.spawn_blocking(move || {
        begun.send(()).unwrap();
        let _ = released.recv();
    });
    has_begun.recv().unwrap();
    (job, release)
}

#[test]
fn while_the_queue_is_full_jobs_wait_in_line_and_the_loop_goes_on() {
    let runtime = pool(1, 2);
    let (held, release) = held_job(&runtime);
    let order = Arc::new(Mutex::new(Vec::new()));
    let jobs: Vec<_> = (0..20)
        .map(|number| {
            let order = order.clone();
            runtime.spawn_blocking(move || order.lock().unwrap().push(number))
        })
        .collect();
    runtime.block_on(async {
        // 20 jobs for one busy thread and a queue of two: none can have run.
        for _ in 0..1_000 {
            yield_now().await;
        }
        assert!(jobs.iter().all(|job| !job.is_finished()));
        drop(release);
        held.await.unwrap();
        for job in jobs {
            job.await.unwrap();
        }
    });
    assert_eq!(*order.lock().unwrap(), (0..20).collect::<Vec<_>>());
    assert_eq!(runtime.metrics().num_blocking_threads(), 1);
}

#[test]
fn a_detached_job_that_waits_in_line_runs_all_the_same() {
    let runtime = pool(1, 1);
    let (_held, release) = held_job(&runtime);
    let ran = Arc::new(AtomicUsize::new(0));
    for _ in 0..10 {
        let ran = ran.clone();
        drop(runtime.spawn_blocking(move || ran.fetch_add(1, Ordering::SeqCst)));
    }
    let last = runtime.spawn_blocking(|| ());
    drop(release);
    runtime.block_on(last).unwrap();
    assert_eq!(ran.load(Ordering::SeqCst), 10);
}

#[test]
fn a_job_not_begun_is_cancelled_by_abort_and_drops_what_it_holds_at_once() {
    let runtime = pool(1, 1);
    let (_held, _release) = held_job(&runtime);
    let resource = Arc::new(());
    let theirs = resource.clone();
    let queued = runtime.spawn_blocking(move || drop(theirs));
    let also = resource.clone();
    let in_line = runtime.spawn_blocking(move || drop(also));
    queued.abort();
    in_line.abort();
    assert_eq!(Arc::strong_count(&resource), 1);
    runtime.block_on(async {
        assert!(queued.await.unwrap_err().is_cancelled());
        assert!(in_line.await.unwrap_err().is_cancelled());
    });
}

#[test]
fn a_job_that_has_begun_is_not_stopped_by_abort() {
    let runtime = pool(1, 1);
    let (held, release) = held_job(&runtime);
    held.abort();
    assert!(!held.is_finished());
    drop(release);
    runtime.block_on(held).unwrap();
}

#[test]
fn a_panic_in_a_job_reaches_its_handle_and_the_worker_goes_on() {
    let runtime = pool(1, 4);
    runtime.block_on(async {
        let failed = spawn_blocking(|| panic!("no milk")).await.unwrap_err();
        assert!(failed.is_panic());
        assert_eq!(failed.into_panic().downcast_ref(), Some(&"no milk"));
        assert_eq!(spawn_blocking(|| 5).await.unwrap(), 5);
    });
    assert_eq!(runtime.metrics().num_blocking_threads(), 1);
}

#[test]
fn two_jobs_that_need_each_other_get_two_threads_however_often() {
    // An idle worker that is counted for two jobs would leave the second one
    // behind the first, which waits for it.
    let runtime = pool(2, 8);
    for _ in 0..2_000 {
        let (to_second, from_first) = mpsc::channel();
        let (to_first, from_second) = mpsc::channel();
        let first = runtime.spawn_blocking(move || {
            to_second.send(()).unwrap();
            from_second.recv().unwrap();
        });
        let second = runtime.spawn_blocking(move || {
            to_first.send(()).unwrap();
            from_first.recv().unwrap();
        });
        runtime.block_on(async {
            first.await.unwrap();
            second.await.unwrap();
        });
    }
    assert_eq!(runtime.metrics().num_blocking_threads(), 2);
}

#[test]
fn workers_end_when_idle_and_new_ones_start_when_needed() {
    let runtime = Builder::new_current_thread()
        .thread_keep_alive(Duration::ZERO)
        .build()
        .unwrap();
    for round in 0..200 {
        assert_eq!(
            runtime
                .block_on(runtime.spawn_blocking(move || round))
                .unwrap(),
            round
        );
    }
    while runtime.metrics().num_blocking_threads() > 0 {
        std::thread::yield_now();
    }
    assert_eq!(runtime.block_on(runtime.spawn_blocking(|| 7)).unwrap(), 7);
}

#[test]
fn a_thousand_jobs_from_four_threads_all_end_once() {
    let runtime = pool(3, 5);
    let ran = Arc::new(AtomicUsize::new(0));
    let spawners: Vec<_> = (0..4)
        .map(|_| {
            let (handle, ran) = (runtime.handle().clone(), ran.clone());
            std::thread::spawn(move || {
                let spawn = |_| {
                    let ran = ran.clone();
                    handle.spawn_blocking(move || ran.fetch_add(1, Ordering::SeqCst))
                };
                (0..250).map(spawn).collect::<Vec<_>>()
            })
        })
        .collect();
    let jobs = spawners
        .into_iter()
        .flat_map(|spawner| spawner.join().unwrap());
    runtime.block_on(async {
        for job in jobs {
            job.await.unwrap();
        }
    });
    assert_eq!(ran.load(Ordering::SeqCst), 1_000);
    assert!(runtime.metrics().num_blocking_threads() <= 3);
}

#[test]
fn a_thread_that_cannot_start_is_an_error_and_not_a_hang() {
    let runtime = Builder::new_current_thread()
        // More than the address space holds.
        .thread_stack_size(1 << 60)
        .build()
        .unwrap();
    let error = runtime.block_on(runtime.spawn_blocking(|| ())).unwrap_err();
    assert!(!error.is_panic() && !error.is_cancelled());
    let told = error.to_string();
    assert!(told.contains("no thread could be started"), "{told}");
    let io = std::io::Error::from(error);
    assert!(
        io.to_string().contains("no thread could be started"),
        "{io}"
    );
    // A file operation says so too.
    let file = runtime.block_on(buzzer::fs::canonicalize("/")).unwrap_err();
    assert!(
        file.to_string().contains("no thread could be started"),
        "{file}"
    );
}

#[test]
fn a_job_finds_the_handle_of_its_runtime() {
    let runtime = pool(1, 1);
    let answer = runtime.spawn_blocking(|| Handle::current().spawn(async { 42 }));
    runtime.block_on(async { assert_eq!(answer.await.unwrap().await.unwrap(), 42) });
}

#[test]
fn a_shutdown_waits_for_what_has_begun_and_cancels_what_has_not() {
    let runtime = pool(1, 1);
    let (held, release) = held_job(&runtime);
    let queued = runtime.spawn_blocking(|| ());
    let in_line = runtime.spawn_blocking(|| ());
    let ended = Arc::new(AtomicUsize::new(0));
    let at_end = ended.clone();
    // Released only once the shutdown has cancelled what had not begun.
    let releaser = std::thread::spawn(move || {
        for job in [queued, in_line] {
            assert!(futures::executor::block_on(job).unwrap_err().is_cancelled());
        }
        at_end.store(1, Ordering::SeqCst);
        drop(release);
    });
    drop(runtime);
    assert_eq!(ended.load(Ordering::SeqCst), 1);
    releaser.join().unwrap();
    assert!(held.is_finished());
    futures::executor::block_on(held).unwrap();
}

#[test]
fn shutdown_timeout_names_the_place_where_the_job_was_spawned() {
    let runtime = pool(1, 1);
    let (begun, has_begun) = mpsc::channel();
    let (release, released) = mpsc::channel::<()>();
    let line = line!() + 1;
    let job = runtime.spawn_blocking(move || {
        begun.send(()).unwrap();
        let _ = released.recv();
    });
    has_begun.recv().unwrap();
    let held = runtime.shutdown_timeout(Duration::ZERO).unwrap_err();
    let place = format!("{}:{line}:", file!());
    assert_eq!(held.held_by().len(), 1);
    assert!(held.to_string().contains(&place), "{held}");
    assert!(
        held.to_string().starts_with("1 blocking job still running"),
        "{held}"
    );
    drop(release);
    // It was given up, not stopped.
    futures::executor::block_on(job).unwrap();
}

#[test]
fn a_job_submitted_just_before_the_shutdown_never_blocks_its_deadline() {
    for _ in 0..500 {
        let runtime = pool(1, 1);
        let (release, released) = mpsc::channel::<()>();
        let job = runtime.spawn_blocking(move || {
            let _ = released.recv();
        });
        // Begun or not: it is named, or cancelled, and in no case waited for.
        let shutdown = runtime.shutdown_timeout(Duration::ZERO);
        let begun = shutdown.is_err();
        drop(release);
        let ended = futures::executor::block_on(job);
        assert_eq!(ended.is_ok(), begun, "{shutdown:?} {ended:?}");
    }
}

#[test]
fn a_job_spawned_after_the_shutdown_is_cancelled() {
    let runtime = pool(1, 1);
    let handle = runtime.handle().clone();
    drop(runtime);
    let late = handle.spawn_blocking(|| ());
    assert!(
        futures::executor::block_on(late)
            .unwrap_err()
            .is_cancelled()
    );
}

#[test]
fn jobs_spawned_while_the_pool_shuts_down_all_resolve() {
    for _ in 0..50 {
        let runtime = pool(2, 2);
        let handle = runtime.handle().clone();
        let spawner = std::thread::spawn(move || {
            (0..50)
                .map(|_| handle.spawn_blocking(|| ()))
                .collect::<Vec<_>>()
        });
        drop(runtime);
        for job in spawner.join().unwrap() {
            let ended = futures::executor::block_on(job);
            assert!(ended.is_ok() || ended.unwrap_err().is_cancelled());
        }
    }
}

#[test]
fn the_loop_sleeps_while_it_waits_for_a_job() {
    let runtime = pool(1, 1);
    let (held, release) = held_job(&runtime);
    let mut held = held;
    runtime.block_on(async {
        let before = runtime.metrics().turns();
        let mut cx = Context::from_waker(Waker::noop());
        assert!(matches!(
            std::pin::Pin::new(&mut held).poll(&mut cx),
            Poll::Pending
        ));
        drop(release);
        held.await.unwrap();
        // The turn it slept in, and the one that found it awake; at most one more
        // for a wake that came while it was looking.
        let turns = runtime.metrics().turns() - before;
        assert!(turns <= 3, "{turns} turns for one wait");
    });
}
