//! A test for each kind of cause: of wakes, spawns, aborts, jobs and timers.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::sync::mpsc;
use std::task::Waker;
use std::thread;

use buzzer::io::{AsyncFd, Interest};
use buzzer::runtime::Builder;
use buzzer::spawn;
use buzzer::task::{spawn_blocking, yield_now};
use buzzer::time::{Duration, sleep};
use buzzer::trace::Recording;

use crate::asleep::ThisThread;
use crate::line::doings;
use crate::on_drop::OnDrop;
use crate::polled::own_waker;
use crate::{recorded, recording_of};

/// The wakes, spawns and the like, each with its cause.
fn caused(recording: &Recording) -> Vec<String> {
    let mut lines = doings(recording);
    lines.retain(|line| line.contains(" by "));
    lines
}

/// A task's waker, and the task, which ends when it is woken.
async fn sleeper() -> (Waker, buzzer::task::JoinHandle<()>) {
    let (to, at) = mpsc::channel();
    let task = spawn(async move {
        to.send(own_waker().await).unwrap();
        futures::pending!();
    });
    yield_now().await;
    (at.recv().unwrap(), task)
}

/// Runs `act` on a thread of this name, to its end.
fn on_thread(name: &str, act: impl FnOnce() + Send + 'static) {
    let thread = thread::Builder::new().name(name.to_owned());
    thread.spawn(act).unwrap().join().unwrap();
}

#[test]
fn readiness_wakes_by_source_and_direction() {
    let recording = recording_of(async {
        let (here, mut there) = UnixStream::pair().unwrap();
        here.set_nonblocking(true).unwrap();
        let reads = here.try_clone().unwrap();
        // As much as it takes, so that there is no room to write.
        while (&here).write(&[0; 65536]).is_ok() {}
        let here = AsyncFd::new(here).unwrap();
        let reads = AsyncFd::with_interest(reads, Interest::READABLE).unwrap();
        let reader = spawn(async move { reads.readable().await.unwrap().clear_ready() });
        let writer = spawn(async move { here.writable().await.unwrap().clear_ready() });
        // Both wait.
        yield_now().await;
        there.write_all(b"x").unwrap();
        reader.await.unwrap();
        there.set_nonblocking(true).unwrap();
        while there.read(&mut [0; 65536]).is_ok() {}
        writer.await.unwrap();
    });
    let lines = caused(&recording);
    assert!(
        lines.contains(&"1 woken by source 2 Read: Queued".to_owned()),
        "{lines:?}"
    );
    assert!(
        lines.contains(&"2 woken by source 1 Write: Queued".to_owned()),
        "{lines:?}"
    );
}

#[test]
fn of_many_sources_ready_in_one_turn_each_wakes_by_its_own_name() {
    let recording = recording_of(async {
        let mut theirs = Vec::new();
        let mut readers = Vec::new();
        for _ in 0..3 {
            let (here, there) = UnixStream::pair().unwrap();
            here.set_nonblocking(true).unwrap();
            let here = AsyncFd::with_interest(here, Interest::READABLE).unwrap();
            readers.push(spawn(async move {
                here.readable().await.unwrap().clear_ready();
            }));
            theirs.push(there);
        }
        yield_now().await;
        for there in &mut theirs {
            there.write_all(b"x").unwrap();
        }
        for reader in readers {
            reader.await.unwrap();
        }
    });
    let mut wakes = caused(&recording);
    wakes.retain(|line| line.contains("source"));
    wakes.sort_unstable();
    assert_eq!(
        wakes,
        [
            "1 woken by source 1 Read: Queued",
            "2 woken by source 2 Read: Queued",
            "3 woken by source 3 Read: Queued",
        ]
    );
}

#[test]
fn timers_of_one_deadline_wake_each_by_its_own_name() {
    let recording = recording_of(async {
        let sleepers = [5, 5].map(|at| spawn(sleep(Duration::from_nanos(at))));
        for sleeper in sleepers {
            sleeper.await.unwrap();
        }
    });
    assert_eq!(
        caused(&recording),
        [
            "1 spawned by task 0",
            "2 spawned by task 0",
            "timer 1 armed for 5 by task 1",
            "timer 2 armed for 5 by task 2",
            "1 woken by timer 1: Queued",
            "2 woken by timer 2: Queued",
            // Its end is its own doing.
            "0 woken by task 1: Queued",
        ]
    );
}

#[test]
fn a_job_wakes_at_its_end_and_in_its_midst_and_spawns_and_queues_in_its_own_name() {
    let runtime = recorded();
    let handle = runtime.handle().clone();
    runtime.block_on(async {
        let (waker, task) = sleeper().await;
        let this = ThisThread::new();
        spawn_blocking(move || {
            // Main awaits it by then.
            this.wait_until_asleep();
            waker.wake();
            drop(handle.spawn(async {}));
            drop(spawn_blocking(|| {}));
        })
        .await
        .unwrap();
        task.await.unwrap();
    });
    let recording = runtime.recording();
    let mut lines = caused(&recording);
    lines.retain(|line| line.contains("by job j1"));
    lines.sort_unstable();
    assert_eq!(
        lines,
        [
            "0 woken by job j1: Queued",
            "1 woken by job j1: Queued",
            "j2 queued by job j1",
            "s1 spawned by job j1",
        ]
    );
}

#[test]
fn a_jobs_records_come_before_the_wake_that_it_sent() {
    let this = ThisThread::new();
    let recording = recording_of(async {
        let job = spawn_blocking(move || this.wait_until_asleep());
        job.await.unwrap();
    });
    assert_eq!(
        doings(&recording),
        [
            "main started",
            "0 polled",
            "j1 queued by task 0",
            "0 waits for the end of j1",
            "0 Pending",
            "j1 started on worker 0",
            "j1 finished on worker 0: Ready",
            "0 woken by job j1: Queued",
            "0 polled",
            "0 Ready",
        ]
    );
}

#[test]
fn a_task_wakes_spawns_and_aborts_in_its_own_name() {
    let recording = recording_of(async {
        let (waker, task) = sleeper().await;
        let other = spawn(async move {
            waker.wake();
            spawn(async {}).abort();
            yield_now().await;
        });
        other.await.unwrap();
        task.await.unwrap();
    });
    assert_eq!(
        caused(&recording),
        [
            "1 spawned by task 0",
            "0 woken by task 0: AfterPoll",
            "2 spawned by task 0",
            "1 woken by task 2: Queued",
            "3 spawned by task 2",
            "3 aborted by task 2",
            "2 woken by task 2: AfterPoll",
            "0 woken by task 2: Queued",
        ]
    );
}

#[test]
fn another_thread_wakes_spawns_and_aborts_by_its_name() {
    let runtime = recorded();
    let handle = runtime.handle().clone();
    runtime.block_on(async {
        let (waker, task) = sleeper().await;
        let waits = spawn(std::future::pending::<()>());
        yield_now().await;
        let aborts = waits.abort_handle();
        on_thread("kitchen", move || {
            waker.wake();
            drop(handle.spawn(async {}));
            aborts.abort();
            drop(handle.spawn_blocking(|| {}));
        });
        task.await.unwrap();
        assert!(waits.await.unwrap_err().is_cancelled());
    });
    let mut lines = caused(&runtime.recording());
    lines.retain(|line| line.contains("kitchen"));
    assert_eq!(
        lines,
        [
            "j1 queued by thread kitchen",
            "1 woken by thread kitchen: Queued",
            "s1 spawned by thread kitchen",
            "2 aborted by thread kitchen, queued",
        ]
    );
}

#[test]
fn a_job_of_another_runtime_is_a_thread_to_this_one() {
    let other = Builder::new_current_thread()
        .thread_name("kitchen")
        .record(100)
        .build()
        .unwrap();
    let runtime = recorded();
    runtime.block_on(async {
        let (waker, task) = sleeper().await;
        drop(other.spawn_blocking(move || waker.wake()));
        task.await.unwrap();
    });
    let mut lines = caused(&runtime.recording());
    lines.retain(|line| line.starts_with("1 woken"));
    assert_eq!(lines, ["1 woken by thread kitchen-0: Queued"]);
}

#[test]
fn two_threads_are_told_apart_also_without_names() {
    let runtime = recorded();
    runtime.block_on(async {
        let (first, second) = (sleeper().await, sleeper().await);
        on_thread("kitchen", move || first.0.wake());
        thread::spawn(move || second.0.wake()).join().unwrap();
        first.1.await.unwrap();
        second.1.await.unwrap();
    });
    let mut lines = caused(&runtime.recording());
    lines.retain(|line| line.contains("thread"));
    assert_eq!(
        lines,
        [
            "1 woken by thread kitchen: Queued",
            "2 woken by thread without a name: Queued",
        ]
    );
}

#[test]
fn the_program_between_two_block_ons_is_the_cause_of_what_it_does() {
    let runtime = recorded();
    let (waker, task) = runtime.block_on(sleeper());
    runtime.spawn(async {});
    {
        let _entered = runtime.enter();
        waker.wake();
        spawn(async {}).abort();
    }
    runtime.block_on(task).unwrap();
    let mut lines = caused(&runtime.recording());
    lines.retain(|line| line.contains("the program"));
    assert_eq!(
        lines,
        [
            "2 spawned by the program",
            "1 woken by the program: Queued",
            "3 spawned by the program",
            "3 aborted by the program",
        ]
    );
}

#[test]
fn a_child_of_a_gather_is_woken_for_its_parent_by_the_true_cause() {
    let recording = recording_of(async {
        buzzer::gather!(
            sleep(Duration::from_nanos(1)),
            sleep(Duration::from_nanos(2))
        )
        .await;
    });
    assert_eq!(
        caused(&recording),
        [
            "timer 1 armed for 1 by task 0",
            "timer 2 armed for 2 by task 0",
            "0 woken by timer 1: Queued",
            "0 woken by timer 2: Queued",
        ]
    );
}

#[test]
fn the_runtimes_own_thread_is_no_other_also_when_it_is_in_no_runtime_or_another() {
    let runtime = recorded();
    let (waker, task) = runtime.block_on(sleeper());
    waker.wake();
    runtime.block_on(task).unwrap();
    let (waker, task) = runtime.block_on(sleeper());
    recorded().block_on(async { waker.wake() });
    runtime.block_on(task).unwrap();
    let mut lines = caused(&runtime.recording());
    lines.retain(|line| line.contains("woken") && !line.starts_with('0'));
    assert_eq!(
        lines,
        [
            "1 woken by the program: Queued",
            "2 woken by the program: Queued",
        ]
    );
}

#[test]
fn what_the_drop_of_a_jobs_output_wakes_is_woken_by_the_job() {
    let recording = recording_of(async {
        let (waker, task) = sleeper().await;
        let (given_up, is_given_up) = mpsc::channel::<()>();
        // Nobody wants the output by then, so the worker drops it.
        drop(spawn_blocking(move || {
            // Ends when its sender is dropped.
            let _ = is_given_up.recv();
            let mut waker = Some(waker);
            OnDrop(move || waker.take().unwrap().wake())
        }));
        drop(given_up);
        task.await.unwrap();
    });
    let mut lines = caused(&recording);
    lines.retain(|line| line.starts_with("1 woken"));
    assert_eq!(lines, ["1 woken by job j1: Queued"]);
}
