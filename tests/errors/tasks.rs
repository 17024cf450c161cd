//! Tasks, jobs and time-outs.

use std::error::Error;
use std::future::pending;
use std::io::{self, ErrorKind};
use std::panic::panic_any;
use std::sync::mpsc;

use buzzer::runtime::{Builder, Handle};
use buzzer::task::{JoinError, spawn_blocking};
use buzzer::time::{Duration, timeout};

use crate::{chain, finds, os, says};

/// What a join error says, and the same as an io::Error.
#[track_caller]
fn joins<T>(did: &str, joined: Result<T, JoinError>, text: &str) {
    let Err(error) = joined else {
        panic!("{did}: no error");
    };
    assert_eq!(error.to_string(), text, "{did}");
    assert_eq!(chain(&error), text, "{did}");
    assert_eq!(format!("{error:?}"), format!("JoinError({text})"), "{did}");
    let id = error.id();
    let error = io::Error::from(error);
    let inner: Option<&JoinError> = error.get_ref().and_then(|inner| inner.downcast_ref());
    assert_eq!(inner.map(JoinError::id), Some(id), "{did}");
    finds(did, Err::<(), _>(error), text, ErrorKind::Other);
}

#[test]
fn what_a_handle_gives_in_place_of_an_output() {
    let runtime = Builder::new_current_thread()
        .max_blocking_threads(1)
        .build()
        .unwrap();
    let shared = runtime.handle().clone();
    runtime.block_on(async {
        let task = buzzer::spawn(pending::<()>());
        task.abort();
        joins("aborted", task.await, "task 1 was cancelled");
        let task = shared.spawn(pending::<()>());
        task.abort();
        joins("aborted", task.await, "task s1 was cancelled");
        let task = buzzer::spawn(async { panic!("no {}", "milk") });
        joins(
            "panicked",
            task.await,
            "task 3 panicked with message \"no milk\"",
        );
        let task = buzzer::spawn(async { panic_any(7) });
        joins("panicked", task.await, "task 4 panicked");
        let job = spawn_blocking(|| panic!("jammed"));
        joins(
            "panicked",
            job.await,
            "job j1 panicked with message \"jammed\"",
        );
        let (go, held) = mpsc::channel::<()>();
        let holds = spawn_blocking(move || held.recv().is_ok());
        let job = spawn_blocking(|| {});
        job.abort();
        joins("aborted", job.await, "job j3 was cancelled");
        drop(go);
        holds.await.unwrap();
        buzzer::scope(async |scope| {
            let child = scope.spawn(async { panic!("spilt") });
            let text = format!("task {} panicked with message \"spilt\"", child.id());
            joins("panicked", child.await, &text);
        })
        .await;
    });
    let task = runtime.spawn(pending::<()>());
    drop(runtime);
    let task = futures::executor::block_on(task);
    assert!(task.unwrap_err().is_cancelled());
}

#[test]
fn a_job_without_a_thread_tells_the_systems_reason_once() {
    let runtime = Builder::new_current_thread()
        .thread_stack_size(1 << 46)
        .max_blocking_threads(4)
        .build()
        .unwrap();
    runtime.block_on(async {
        for job in 1..=2 {
            let error = spawn_blocking(|| {}).await.unwrap_err();
            let text = chain(&error);
            assert!(error.source().is_none(), "{text}");
            let error = io::Error::from(error);
            assert_eq!(error.to_string(), text);
            // EAGAIN or ENOMEM, as the kernel sees it.
            let number = buzzer::io::raw_os_error(&error).expect("the system's");
            let what =
                format!("job j{job} could not be started: no thread could be started for it");
            says("without a thread", Err::<(), _>(error), what, os(number));
        }
    });
}

#[test]
fn a_time_out_and_a_thread_without_a_runtime() {
    let elapsed = buzzer::block_on(timeout(Duration::ZERO, pending::<()>())).unwrap_err();
    assert_eq!(chain(&elapsed), "deadline has elapsed");
    let text = io::Error::from(ErrorKind::TimedOut).to_string();
    finds(
        "timed out",
        Err::<(), _>(io::Error::from(elapsed)),
        text,
        ErrorKind::TimedOut,
    );
    let error = Handle::try_current().unwrap_err();
    assert_eq!(chain(&error), "this thread is not in a buzzer runtime");
}
