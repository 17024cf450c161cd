//! Jobs on the blocking pool. They run on other threads, so they do not note
//! anything themselves: they return, or signal, what they have to say.

use super::*;
use std::sync::mpsc;

pub fn a_job_returns_its_value() -> Transcript {
    run(async || {
        let here = std::thread::current().id();
        let job = spawn_blocking(move || std::thread::current().id() != here);
        note!("it ran on another thread: {}", job.await.unwrap());
    })
}

pub fn a_job_that_panics_tells_its_handle() -> Transcript {
    run(async || {
        let job = spawn_blocking(|| panic!("out of coffee"));
        let error: JoinError = job.await.unwrap_err();
        note!("{:?}", error.into_panic().downcast_ref::<&str>());
        note!("{}", spawn_blocking(|| "the next job runs").await.unwrap());
    })
}

pub fn several_jobs_are_joined_in_order() -> Transcript {
    run(async || {
        let jobs = (1..=5).map(|n| spawn_blocking(move || n * n));
        for square in join_all(jobs).await {
            note!("{}", square.unwrap());
        }
    })
}

pub fn a_job_holds_the_paused_clock() -> Transcript {
    run(async || {
        let sleeper = spawn(work("the sleeper", ms(10)));
        let job = spawn_blocking(|| {
            // As much work as starting threads is, so that the loop has long
            // been idle, and would have jumped to 10 ms, before the job ends.
            for _ in 0..20 {
                std::thread::spawn(|| ()).join().unwrap();
            }
        });
        job.await.unwrap();
        note!("the job is done");
        sleeper.await.unwrap();
    })
}

pub fn the_loop_turns_while_a_job_blocks() -> Transcript {
    run(async || {
        let (release, released) = mpsc::channel();
        let job = spawn_blocking(move || released.recv().unwrap());
        for turn in 1..=3 {
            note!("main's turn {turn}, the job done: {}", job.is_finished());
            yield_now().await;
        }
        release.send("the job was released").unwrap();
        note!("{}", job.await.unwrap());
    })
}

pub fn a_job_that_has_started_cannot_be_aborted() -> Transcript {
    run(async || {
        let (started, has_started) = async_channel::bounded(1);
        let (release, released) = mpsc::channel();
        let job = spawn_blocking(move || {
            started.send_blocking(()).unwrap();
            released.recv().unwrap();
            "its value"
        });
        has_started.recv().await.unwrap();
        job.abort();
        release.send(()).unwrap();
        note!("the handle gives {}", job.await.unwrap());
    })
}

pub fn a_job_that_has_not_started_can_be_aborted() -> Transcript {
    let one_thread = |builder: &mut Builder| {
        builder.max_blocking_threads(1);
    };
    with_runtime_set_up(one_thread, |runtime| {
        runtime.block_on(async {
            let (release, released) = mpsc::channel();
            let first = spawn_blocking(move || released.recv().unwrap());
            let second = spawn_blocking(|| unreachable!("it was aborted in the queue"));
            second.abort();
            release.send(()).unwrap();
            note!("the first ended well: {}", first.await.is_ok());
            let error: JoinError = second.await.unwrap_err();
            note!("the second was cancelled: {}", error.is_cancelled());
        });
    })
}

pub fn jobs_beyond_the_limit_of_threads_wait_their_turn() -> Transcript {
    let one_thread = |builder: &mut Builder| {
        builder.max_blocking_threads(1);
    };
    with_runtime_set_up(one_thread, |runtime| {
        runtime.block_on(async {
            let (sender, receiver) = mpsc::channel();
            let jobs: Vec<_> = (1..=4)
                .map(|n| {
                    let sender = sender.clone();
                    spawn_blocking(move || sender.send(n).unwrap())
                })
                .collect();
            finish(jobs).await;
            drop(sender);
            note!("run in the order {:?}", receiver.iter().collect::<Vec<_>>());
        });
    })
}

pub fn a_detached_job_still_runs() -> Transcript {
    run(async || {
        let (sender, receiver) = async_channel::bounded(1);
        drop(spawn_blocking(move || {
            sender.send_blocking("from the job").unwrap()
        }));
        note!("{}", receiver.recv().await.unwrap());
    })
}

pub fn a_job_spawns_a_task_through_the_handle() -> Transcript {
    run(async || {
        let handle = Handle::current();
        let job = spawn_blocking(move || handle.spawn(async { "the task's value" }));
        note!("{}", job.await.unwrap().await.unwrap());
    })
}
