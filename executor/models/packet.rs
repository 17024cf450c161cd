//! The packet: a job's end, or a task's, against what is done to its handle.

use std::future::poll_fn;
use std::panic::Location;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use loom::thread;

use super::Preemptions::Any;
use super::{Dropped, Drops, Turns, check};
use crate::machine::scheduler::join::JoinHandle;
use crate::machine::scheduler::number::{RuntimeId, TaskKey, TaskNumber};
use crate::machine::scheduler::packet::{Finisher, Job, Packet};
use crate::record::ids::Id;
use crate::sync::blocking::drive;

fn id() -> Id {
    Id::of_runtime(0, 1)
}

/// A job, and its handle. The job holds a value until it is run or dropped.
fn job(drops: &Drops) -> (Arc<Packet<Dropped>>, JoinHandle<Dropped>) {
    let kept = drops.one();
    let packet = Packet::for_job(id(), Box::new(move || kept), Location::caller());
    let packet = Arc::new(packet);
    assert!(!packet.is_finished());
    (packet.clone(), JoinHandle::of_packet(packet))
}

fn run(packet: Arc<Packet<Dropped>>) -> thread::JoinHandle<bool> {
    thread::spawn(move || packet.run(&mut |_| {}))
}

#[test]
fn a_jobs_end_wakes_who_awaits_it() {
    check("job's end, await", Any, || {
        let turns = Arc::new(Turns::new());
        turns.touch();
        let theirs = turns.clone();
        let job = Box::new(move || theirs.touch());
        let packet = Arc::new(Packet::for_job(id(), job, Location::caller()));
        let handle = JoinHandle::of_packet(packet.clone());
        let worker = thread::spawn(move || packet.run(&mut |_| {}));
        drive(pin!(handle)).unwrap();
        // What the job has written is seen.
        turns.touch();
        assert!(worker.join().unwrap());
    });
}

#[test]
fn the_waker_of_the_last_poll_is_woken() {
    check("job's end, two polls", Any, || {
        let drops = Drops::default();
        let (packet, mut handle) = job(&drops);
        let worker = run(packet);
        let first = Pin::new(&mut handle).poll(&mut Context::from_waker(Waker::noop()));
        let output = match first {
            Poll::Ready(output) => output,
            Poll::Pending => drive(pin!(handle)),
        };
        assert_eq!(drops.count(), 0);
        drop(output);
        assert_eq!(drops.count(), 1);
        worker.join().unwrap();
    });
}

#[test]
fn a_job_is_aborted_or_run() {
    check("job's end, abort", Any, || {
        let drops = Drops::default();
        let (packet, handle) = job(&drops);
        let worker = run(packet);
        handle.abort();
        let output = drive(pin!(handle));
        let has_run = worker.join().unwrap();
        match &output {
            Ok(_) => assert!(has_run && drops.count() == 0),
            Err(error) => assert!(!has_run && error.is_cancelled() && drops.count() == 1),
        }
        drop(output);
        assert_eq!(drops.count(), 1);
    });
}

#[test]
fn an_abort_on_another_thread_ends_an_await() {
    check("abort, await", Any, || {
        let drops = Drops::default();
        let (packet, handle) = job(&drops);
        let worker = run(packet);
        let abort = handle.abort_handle();
        let other = thread::spawn(move || abort.abort());
        let output = drive(pin!(handle));
        other.join().unwrap();
        assert_eq!(output.is_ok(), worker.join().unwrap());
        drop(output);
        assert_eq!(drops.count(), 1);
    });
}

#[test]
fn the_output_of_a_handle_that_is_dropped_is_dropped_once() {
    check("job's end, drop", Any, || {
        let drops = Drops::default();
        let (packet, handle) = job(&drops);
        let worker = run(packet);
        drop(handle);
        worker.join().unwrap();
        assert_eq!(drops.count(), 1);
    });
}

#[test]
fn a_task_that_never_comes_to_be_says_cancelled() {
    check("task's drop, await", Any, || {
        let packet = Arc::new(Packet::<()>::for_task(id(), Location::caller()));
        let finisher = Finisher::new(packet.clone());
        let runtime = thread::spawn(move || drop(finisher));
        let awaited = poll_fn(|cx| packet.poll(cx));
        let output = drive(pin!(awaited)).expect("nobody else has taken it");
        assert!(output.unwrap_err().is_cancelled());
        runtime.join().unwrap();
    });
}

#[test]
fn an_abort_before_the_task_is_made_reaches_it() {
    check("task made, abort", Any, || {
        let packet = Arc::new(Packet::<()>::for_task(id(), Location::caller()));
        assert!(!packet.is_finished());
        let key = TaskKey {
            number: TaskNumber::new(0, 1, 1),
            runtime: RuntimeId::first(0),
        };
        let theirs = packet.clone();
        let runtime = thread::spawn(move || theirs.task_made(key));
        let to_be_aborted = packet.abort();
        // By the one or by the other, and not by both.
        assert_ne!(to_be_aborted.is_some(), runtime.join().unwrap());
    });
}
