//! The reactor by itself: what it is told of, and what ends its sleep.

use std::io::{Read, Write};
use std::net::UdpSocket;
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;
use std::process::{Child, Command, Stdio};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Instant;

use super::*;
use crate::machine::clock::Clock;
use crate::sys::process::Process;

const BOTH: Interest = Interest::READABLE.add(Interest::WRITABLE);

fn reactor() -> (Reactor, Unpark) {
    Reactor::new().unwrap()
}

/// A look, and what follows from it.
fn turn(reactor: &mut Reactor) {
    let recorder = Recorder::new(0, Rc::new(Clock::new(true)));
    reactor.sleep(Wait::No).unwrap();
    reactor.react(&mut Vec::new(), &recorder);
}

fn is_ready(reactor: &mut Reactor, key: SourceKey, direction: Direction) -> bool {
    reactor.look(key, direction.into()).is_some()
}

/// As after an operation that said "would block".
fn clear(reactor: &mut Reactor, key: SourceKey, direction: Direction) {
    let seen = reactor.look(key, direction.into()).unwrap();
    reactor.clear_ready(key, direction.into(), seen);
}

fn nonblocking_pair() -> (UnixStream, UnixStream) {
    let (here, there) = UnixStream::pair().unwrap();
    for end in [&here, &there] {
        end.set_nonblocking(true).unwrap();
    }
    (here, there)
}

#[test]
fn a_refused_registration_leaves_no_entry_behind() {
    let (mut reactor, _unpark) = reactor();
    let file = std::fs::File::open(std::env::current_exe().unwrap()).unwrap();
    let refused = reactor.register(file.as_raw_fd(), Interest::READABLE, First::Told);
    assert_eq!(refused.unwrap_err().kind(), io::ErrorKind::PermissionDenied);
    assert!(!reactor.has_sources());
    let (pipe, _writer) = io::pipe().unwrap();
    let fd = pipe.as_raw_fd();
    let mut register = || reactor.register(fd, Interest::READABLE, First::Told);
    let key = register().unwrap();
    assert_eq!(register().unwrap_err().kind(), io::ErrorKind::AlreadyExists);
    reactor.deregister(Some(fd), key);
    assert!(!reactor.has_sources());
    let again = reactor.register(fd, Interest::READABLE, First::Told);
    assert!(again.is_ok());
}

#[test]
fn after_each_would_block_the_next_change_is_told_and_nothing_else() {
    let (mut reactor, _unpark) = reactor();
    let (mut here, mut there) = nonblocking_pair();
    let key = reactor
        .register(here.as_raw_fd(), BOTH, First::Told)
        .unwrap();
    for _ in 0..3 {
        there.write_all(b"!").unwrap();
        turn(&mut reactor);
        assert!(is_ready(&mut reactor, key, Direction::Read));
        assert!(is_ready(&mut reactor, key, Direction::Write));
        here.read_exact(&mut [0; 1]).unwrap();
        clear(&mut reactor, key, Direction::Read);
        // The side that is ready still makes no event.
        for _ in 0..2 {
            reactor.sleep(Wait::No).unwrap();
            assert!(!reactor.has_events());
        }
    }
    drop(there);
    turn(&mut reactor);
    assert!(is_ready(&mut reactor, key, Direction::Read));
    assert!(reactor.signs(key).read_closed);
    reactor.deregister(Some(here.as_raw_fd()), key);
    assert!(
        reactor
            .register(here.as_raw_fd(), BOTH, First::Told)
            .is_ok()
    );
}

#[test]
fn what_comes_between_the_would_block_and_the_clear_is_told() {
    let (mut reactor, _unpark) = reactor();
    let (mut here, mut there) = nonblocking_pair();
    let key = reactor
        .register(here.as_raw_fd(), BOTH, First::Told)
        .unwrap();
    for _ in 0..3 {
        there.write_all(b"!").unwrap();
        turn(&mut reactor);
        here.read_exact(&mut [0; 1]).unwrap();
        assert!(here.read(&mut [0; 1]).is_err());
        there.write_all(b"?").unwrap();
        clear(&mut reactor, key, Direction::Read);
        turn(&mut reactor);
        assert!(is_ready(&mut reactor, key, Direction::Read));
        here.read_exact(&mut [0; 1]).unwrap();
        clear(&mut reactor, key, Direction::Read);
    }
}

#[test]
fn a_side_that_was_asked_for_and_not_ready_is_told_of_whatever_became_of_the_other() {
    let (mut reactor, _unpark) = reactor();
    let (mut here, mut there) = nonblocking_pair();
    while here.write(&[0; 4096]).is_ok() {}
    let key = reactor
        .register(here.as_raw_fd(), BOTH, First::Tried)
        .unwrap();
    clear(&mut reactor, key, Direction::Read);
    assert!(!reactor.learn(key, Wanted::Write));
    turn(&mut reactor);
    assert!(!is_ready(&mut reactor, key, Direction::Write));
    while there.read(&mut [0; 4096]).is_ok() {}
    turn(&mut reactor);
    assert!(is_ready(&mut reactor, key, Direction::Write));
}

#[test]
fn a_source_that_had_an_error_is_told_of_again() {
    let (mut reactor, _unpark) = reactor();
    let nobody = UdpSocket::bind("127.0.0.1:0").unwrap();
    let here = UdpSocket::bind("127.0.0.1:0").unwrap();
    here.connect(nobody.local_addr().unwrap()).unwrap();
    here.set_nonblocking(true).unwrap();
    drop(nobody);
    let key = reactor
        .register(here.as_raw_fd(), BOTH, First::Told)
        .unwrap();
    for _ in 0..3 {
        here.send(b"!").unwrap();
        while !is_ready(&mut reactor, key, Direction::Read) {
            turn(&mut reactor);
        }
        let refused = here.recv(&mut [0; 1]).unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::ConnectionRefused);
        assert!(here.recv(&mut [0; 1]).is_err());
        clear(&mut reactor, key, Direction::Read);
        turn(&mut reactor);
        assert!(!is_ready(&mut reactor, key, Direction::Read));
    }
}

#[test]
fn a_sleep_until_a_deadline_is_never_early_and_longer_ones_hold_than_any_system_counts() {
    let (mut reactor, unpark) = reactor();
    for (deadline, micros) in (1..).zip([1, 300, 1_000, 1_700]) {
        let (before, after) = (Instant::now(), Duration::from_micros(micros));
        reactor.sleep(Wait::Until(deadline, after)).unwrap();
        assert!(before.elapsed() >= after);
        turn(&mut reactor);
    }
    unpark.unpark();
    reactor
        .sleep(Wait::Until(Nanos::MAX, Duration::MAX))
        .unwrap();
}

#[test]
fn an_unpark_is_not_swallowed_by_a_source_that_another_thread_forgets() {
    const ROUNDS: u32 = 2_000;
    let (mut reactor, unpark) = reactor();
    let registry = reactor.registry().clone();
    let (pipe, _writer) = io::pipe().unwrap();
    let (round, heard) = (AtomicU32::new(0), AtomicU32::new(0));
    thread::scope(|scope| {
        scope.spawn(|| {
            while heard.load(Ordering::Acquire) < ROUNDS {
                registry.forget(pipe.as_raw_fd(), &unpark);
            }
        });
        scope.spawn(|| {
            for next in 1..=ROUNDS {
                while heard.load(Ordering::Acquire) + 1 < next {
                    thread::yield_now();
                }
                round.store(next, Ordering::Release);
                unpark.unpark();
            }
        });
        for next in 1..=ROUNDS {
            while round.load(Ordering::Acquire) < next {
                reactor.sleep(Wait::ForEver).unwrap();
            }
            heard.store(next, Ordering::Release);
        }
    });
}

/// A child that runs until its standard input ends.
fn child() -> (Arc<Process>, Child) {
    let child = Command::new("cat").stdin(Stdio::piped()).spawn().unwrap();
    (Arc::new(Process::of_child(child.id())), child)
}

/// Ends it, and comes back when it has.
fn end(child: &Process, handle: &mut Child) {
    drop(handle.stdin.take());
    while child.wait().is_err() {
        thread::yield_now();
    }
}

#[test]
fn a_sleep_after_an_end_finds_it_and_who_waits_for_it() {
    let (mut reactor, _unpark) = reactor();
    let (child, mut handle) = child();
    let key = reactor.register_child(child.clone()).unwrap();
    assert!(!reactor.has_events());
    clear(&mut reactor, key, Direction::Read);
    let waker = Waker::noop().clone();
    let waits = reactor.poll_ready(key, Direction::Read.into(), &mut None, waker);
    assert!(waits.0.is_pending());
    end(&child, &mut handle);
    // A signal of another test may end a sleep, too.
    while !reactor.events.iter().any(|event| event.token() == CHILDREN) {
        assert_eq!(reactor.ends(), []);
        reactor.sleep(Wait::ForEver).unwrap();
    }
    assert_eq!(reactor.ends(), [key]);
    let mut waited_for = Vec::new();
    reactor.ready(|key, _, _| waited_for.push(key));
    assert_eq!(waited_for, [key]);
    turn(&mut reactor);
    assert!(is_ready(&mut reactor, key, Direction::Read));
}

#[test]
fn of_a_child_that_is_not_awaited_any_more_nothing_is_kept() {
    let (mut reactor, _unpark) = reactor();
    let (one, mut its_handle) = child();
    let (other, mut others_handle) = child();
    let its_key = reactor.register_child(one.clone()).unwrap();
    let others_key = reactor.register_child(other.clone()).unwrap();
    end(&one, &mut its_handle);
    end(&other, &mut others_handle);
    assert!(reactor.has_events());
    assert_eq!(reactor.ends().len(), 2);
    reactor.deregister(None, its_key).unwrap();
    assert_eq!(reactor.ends(), [others_key]);
    turn(&mut reactor);
    assert!(is_ready(&mut reactor, others_key, Direction::Read));
    reactor.deregister(None, others_key).unwrap();
    assert!(reactor.children.is_none());
}
