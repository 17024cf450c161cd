//! The end of a runtime and its blocking jobs: begun ones are waited for, queued
//! ones cancelled, and whoever holds it up is named.

use std::panic::Location;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;
use std::time::Duration;

use buzzer::runtime::{Builder, Handle, Runtime};
use buzzer::task::{JoinHandle, spawn_blocking};

fn one_thread() -> Runtime {
    Builder::new_current_thread()
        .max_blocking_threads(1)
        .build()
        .unwrap()
}

/// Spawns a job that ends when the sender is used or dropped; begun when this
/// returns.
#[track_caller]
fn hold(runtime: &Runtime) -> (mpsc::Sender<()>, JoinHandle<()>) {
    let (gate, opens) = mpsc::channel();
    let (begins, begun) = mpsc::channel();
    let job = runtime.spawn_blocking(move || {
        begins.send(()).unwrap();
        let _ = opens.recv();
    });
    begun.recv().unwrap();
    (gate, job)
}

/// The output of a job whose runtime is gone.
fn output<T: 'static>(job: JoinHandle<T>) -> Result<T, buzzer::task::JoinError> {
    futures::executor::block_on(job)
}

#[test]
fn dropping_a_runtime_waits_for_jobs_that_have_begun_and_cancels_the_others() {
    let runtime = one_thread();
    let (gate, begun) = hold(&runtime);
    let ran = Arc::new(AtomicBool::new(false));
    let ends = ran.clone();
    let queued = runtime.spawn_blocking(|| unreachable!("cancelled before it began"));
    let opener = std::thread::spawn(move || {
        // Only a drop that has begun cancels it, and that drop then waits.
        let cancelled: JoinHandle<()> = queued;
        assert!(output(cancelled).unwrap_err().is_cancelled());
        ends.store(true, Ordering::SeqCst);
        gate.send(()).unwrap();
    });
    drop(runtime);
    assert!(
        ran.load(Ordering::SeqCst),
        "the drop came back before the job ended"
    );
    assert!(output(begun).is_ok());
    opener.join().unwrap();
}

#[test]
fn shutdown_timeout_names_each_job_that_holds_it_up_by_where_it_was_spawned() {
    let runtime = Runtime::new().unwrap();
    let (first_gate, first) = hold(&runtime);
    let here = Location::caller();
    let (second_gate, _second) = hold(&runtime);
    let error = runtime.shutdown_timeout(Duration::ZERO).unwrap_err();
    // Both were spawned by the line in `hold`, which is not ours to name...
    assert_eq!(error.held_by().len(), 2);
    assert!(
        error
            .held_by()
            .iter()
            .all(|place| place.file() == here.file())
    );
    let said = error.to_string();
    assert!(
        said.starts_with("2 blocking jobs still running 0ns after"),
        "{said}"
    );
    assert_eq!(said.matches("tests/pool_shutdown.rs:").count(), 2, "{said}");
    // Their threads go on, and their handles still get the outputs.
    first_gate.send(()).unwrap();
    assert!(output(first).is_ok());
    drop(second_gate);
}

#[test]
fn the_place_named_is_the_line_that_called_spawn_blocking() {
    let runtime = Runtime::new().unwrap();
    let (gate, opens) = mpsc::channel::<()>();
    let (begins, begun) = mpsc::channel();
    runtime.block_on(async {
        #[rustfmt::skip]
        let line = { spawn_blocking(move || { begins.send(()).unwrap(); let _ = opens.recv(); }); line!() };
        begun.recv().unwrap();
        line
    });
    let error = runtime.shutdown_timeout(Duration::ZERO).unwrap_err();
    let place = error.held_by()[0];
    assert_eq!(place.file(), file!());
    assert!(error.to_string().contains(&place.to_string()));
    drop(gate);
}

#[test]
fn shutdown_timeout_is_fine_when_the_jobs_end_in_time() {
    for timeout in [Duration::from_secs(3_600), Duration::MAX] {
        let runtime = one_thread();
        let (gate, job) = hold(&runtime);
        gate.send(()).unwrap();
        runtime.shutdown_timeout(timeout).unwrap();
        assert!(output(job).is_ok());
    }
    Runtime::new()
        .unwrap()
        .shutdown_timeout(Duration::ZERO)
        .unwrap();
}

#[test]
fn shutdown_background_does_not_wait_and_the_job_goes_on() {
    let runtime = one_thread();
    let (gate, job) = hold(&runtime);
    let queued = runtime.spawn_blocking(|| ());
    runtime.shutdown_background();
    assert!(output(queued).unwrap_err().is_cancelled());
    assert!(!job.is_finished());
    gate.send(()).unwrap();
    assert!(output(job).is_ok());
}

#[test]
fn a_job_that_a_worker_has_just_received_does_not_make_a_shutdown_wait_past_its_time() {
    // The worker is idle and about to take the job when the shutdown begins.
    for _ in 0..500 {
        let runtime = one_thread();
        runtime.block_on(async { spawn_blocking(|| ()).await.unwrap() });
        let (gate, opens) = mpsc::channel::<()>();
        let job = runtime.spawn_blocking(move || {
            let _ = opens.recv();
        });
        // Named, or cancelled and so not in the way.
        let begun = runtime.shutdown_timeout(Duration::ZERO).is_err();
        drop(gate);
        assert_eq!(output(job).is_ok(), begun);
    }
}

#[test]
fn a_job_spawned_by_a_dropped_task_while_the_runtime_ends_is_cancelled() {
    let (spawned, job) = mpsc::channel();
    struct SpawnsOnDrop(mpsc::Sender<JoinHandle<()>>);
    impl Drop for SpawnsOnDrop {
        fn drop(&mut self) {
            self.0.send(spawn_blocking(|| ())).unwrap();
        }
    }
    let runtime = one_thread();
    let (gate, begun) = hold(&runtime);
    let spawns = SpawnsOnDrop(spawned);
    runtime.spawn(async move {
        let _spawns = spawns;
        std::future::pending::<()>().await;
    });
    let opener = std::thread::spawn(move || {
        let job = job.recv().unwrap();
        assert!(output(job).unwrap_err().is_cancelled());
        gate.send(()).unwrap();
    });
    drop(runtime);
    opener.join().unwrap();
    assert!(output(begun).is_ok());
}

#[test]
fn jobs_spawned_from_another_thread_while_the_pool_shuts_down_all_resolve() {
    for _ in 0..200 {
        let runtime = Builder::new_current_thread()
            .max_blocking_threads(2)
            .max_blocking_queue(2)
            .build()
            .unwrap();
        let handle = runtime.handle().clone();
        let (began, begun) = mpsc::channel();
        let ran = Arc::new(AtomicUsize::new(0));
        let counted = ran.clone();
        let spawner = std::thread::spawn(move || {
            let mut jobs = Vec::new();
            loop {
                let ran = counted.clone();
                jobs.push(handle.spawn_blocking(move || ran.fetch_add(1, Ordering::SeqCst)));
                if jobs.len() == 3 {
                    began.send(()).unwrap();
                }
                if jobs.len() > 3 && jobs.last().unwrap().is_finished() {
                    return jobs;
                }
            }
        });
        begun.recv().unwrap();
        drop(runtime);
        let (mut fine, mut cancelled) = (0, 0);
        for job in spawner.join().unwrap() {
            match output(job) {
                Ok(_) => fine += 1,
                Err(error) => {
                    assert!(error.is_cancelled());
                    cancelled += 1;
                }
            }
        }
        assert_eq!(fine, ran.load(Ordering::SeqCst));
        assert!(fine + cancelled > 3);
    }
}

#[test]
fn a_running_job_may_spawn_on_its_runtime_while_that_shuts_down() {
    let runtime = Runtime::new().unwrap();
    let (gate, opens) = mpsc::channel();
    let (begins, begun) = mpsc::channel();
    let job = runtime.spawn_blocking(move || {
        begins.send(()).unwrap();
        opens.recv().unwrap();
        let job = Handle::current().spawn_blocking(|| ());
        let task = Handle::current().spawn(async {});
        (output(job).is_ok(), output(task).is_ok())
    });
    begun.recv().unwrap();
    // Its cancelling tells that the shutdown has begun.
    let waits = runtime.handle().spawn(std::future::pending::<()>());
    let opener = std::thread::spawn(move || {
        assert!(output(waits).unwrap_err().is_cancelled());
        gate.send(()).unwrap();
    });
    drop(runtime);
    opener.join().unwrap();
    let (_, task) = output(job).unwrap();
    assert!(!task, "a task spawned then is dropped at once");
}
