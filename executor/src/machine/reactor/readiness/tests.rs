//! A source's readiness by itself: what a transfer clears, and what was never told.

use std::io::Write;
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;

use super::*;

const ROOM: usize = 64;

/// Has no urgent data.
const NO_SOCKET: RawFd = -1;

/// A source ready in both directions, of which its events have said so much.
fn ready(signs: Signs) -> Readiness {
    let mut readiness = Readiness::new(Interest::READABLE | Interest::WRITABLE, First::Told);
    readiness.note(signs);
    readiness.set(Direction::Read, 1, &mut Vec::new());
    readiness.set(Direction::Write, 1, &mut Vec::new());
    readiness
}

/// Whether it is still ready after a transfer that moved so much.
fn stays(signs: Signs, direction: Direction, moved: usize) -> bool {
    let mut readiness = ready(signs);
    let result = readiness.transfer(direction, NO_SOCKET, || Ok(Moved::of(moved, ROOM)));
    assert_eq!(result.unwrap().unwrap(), moved);
    readiness.look(direction.into()).is_some()
}

#[test]
fn a_short_transfer_clears_its_direction_and_a_full_one_or_the_end_does_not() {
    for direction in [Direction::Read, Direction::Write] {
        let nothing = Signs::default();
        assert!(!stays(nothing, direction, ROOM - 1));
        assert!(stays(nothing, direction, ROOM));
        assert!(stays(nothing, direction, 0));
    }
    let mut readiness = ready(Signs::default());
    readiness.transfer(Direction::Read, NO_SOCKET, || Ok(Moved::of(1, ROOM)));
    assert!(readiness.look(Wanted::Write).is_some());
}

#[test]
fn a_short_transfer_before_the_end_an_error_or_urgent_data_clears_nothing() {
    let none = Signs::default();
    let error = Signs {
        error: true,
        ..none
    };
    let read_closed = Signs {
        read_closed: true,
        ..none
    };
    let write_closed = Signs {
        write_closed: true,
        ..none
    };
    let urgent = Signs {
        urgent: true,
        ..none
    };
    for signs in [error, read_closed, urgent] {
        assert!(stays(signs, Direction::Read, 1), "{signs:?}");
    }
    for signs in [error, write_closed] {
        assert!(stays(signs, Direction::Write, 1), "{signs:?}");
    }
    assert!(!stays(write_closed, Direction::Read, 1));
    assert!(!stays(read_closed, Direction::Write, 1));
}

#[test]
fn an_unasked_side_is_tried_until_an_operation_or_the_kernel_says_no() {
    let new = || Readiness::new(Interest::READABLE, First::Tried);
    let mut readiness = new();
    assert!(readiness.look(Wanted::Write).is_none(), "not registered");
    readiness.transfer(Direction::Read, NO_SOCKET, || Ok(Moved::of(1, ROOM)));
    let looked = readiness.look(Wanted::Read);
    assert_eq!(looked, Some(Seen::UNASKED), "the end may be behind it");
    let would_block = || Err(io::ErrorKind::WouldBlock.into());
    let moved = readiness.transfer(Direction::Read, NO_SOCKET, would_block);
    assert!(moved.is_none() && readiness.look(Wanted::Read).is_none());

    let (here, mut there) = UnixStream::pair().unwrap();
    let fd = here.as_raw_fd();
    for is_ready in [false, true] {
        let mut readiness = new();
        assert_eq!(readiness.learn(Wanted::Read, fd, 1), is_ready);
        assert!(!readiness.learn(Wanted::Read, fd, 2), "known");
        assert!(!readiness.learn(Wanted::Write, fd, 2), "not registered");
        // An operation that began before that clears nothing.
        readiness.clear(Wanted::Read, Seen::UNASKED);
        let learned = is_ready.then_some(Seen(1));
        assert_eq!(readiness.look(Wanted::Read), learned);
        there.write_all(b"!").unwrap();
    }
    let mut told = Readiness::new(Interest::READABLE, First::Told);
    assert!(told.look(Wanted::Read).is_none());
}

#[test]
fn what_a_source_is_not_ready_for_is_what_it_is_registered_for_without_what_it_is_ready_for() {
    let (read, write) = (Interest::READABLE, Interest::WRITABLE);
    let mut readiness = Readiness::new(read | write, First::Told);
    assert_eq!(readiness.not_ready(), Some(read | write));
    readiness.set(Direction::Write, 1, &mut Vec::new());
    assert_eq!(readiness.not_ready(), Some(read));
    readiness.set(Direction::Read, 2, &mut Vec::new());
    assert_eq!(readiness.not_ready(), None);
    readiness.clear(Wanted::Write, Seen(1));
    assert_eq!(readiness.not_ready(), Some(write));
    assert_eq!(Readiness::new(read, First::Told).not_ready(), Some(read));
}

#[test]
fn an_event_that_comes_when_a_smaller_count_has_come_round_is_not_cleared() {
    // What a look saw, and the event that has the same number where so many bits count.
    for bits in [8, 16, 24, 32, 48, 63] {
        let mut readiness = Readiness::new(Interest::READABLE, First::Told);
        readiness.set(Direction::Read, 1, &mut Vec::new());
        let seen = readiness.look(Wanted::Read).unwrap();
        readiness.set(Direction::Read, 1 + (1 << bits), &mut Vec::new());
        readiness.clear(Wanted::Read, seen);
        assert!(readiness.look(Wanted::Read).is_some(), "{bits} bits");
    }
}

#[test]
fn a_transfer_that_would_block_is_to_be_waited_for_and_an_interrupted_one_is_repeated() {
    let error = true;
    let mut readiness = ready(Signs {
        error,
        ..Signs::default()
    });
    let mut answers = [
        io::ErrorKind::Interrupted,
        io::ErrorKind::Interrupted,
        io::ErrorKind::WouldBlock,
    ]
    .into_iter();
    let mut io = || Err(answers.next().expect("asked no more").into());
    assert!(
        readiness
            .transfer(Direction::Read, NO_SOCKET, &mut io)
            .is_none()
    );
    assert!(readiness.look(Wanted::Read).is_none());
    assert!(!readiness.signs().error, "it would have been met");
    // Not ready: nothing is tried.
    assert!(
        readiness
            .transfer(Direction::Read, NO_SOCKET, &mut io)
            .is_none()
    );
    assert_eq!(answers.len(), 0);
}

/// An event that says so much, and that the source can be read, as mio says of each.
fn told(signs: Signs) -> Told {
    let (read, write) = (true, false);
    Told { read, write, signs }
}

#[test]
fn urgent_data_and_errors_are_kept_for_who_asks_and_cleared_each_for_itself() {
    let none = Signs::default();
    let urgent = Signs {
        urgent: true,
        ..none
    };
    let error = Signs {
        error: true,
        ..none
    };
    let (here, _there) = UnixStream::pair().unwrap();
    let fd = here.as_raw_fd();
    let mut readiness = Readiness::new(Interest::READABLE, First::Told);
    // Before anybody asks, nothing is kept: the kernel is asked then.
    readiness.set_rare(told(urgent), 1, &mut Vec::new());
    assert!(readiness.rare.is_none() && !readiness.is_urgent());
    for wanted in [Wanted::Urgent, Wanted::Error] {
        assert_eq!(readiness.look(wanted), Some(Seen::UNASKED));
        assert!(!readiness.learn(wanted, fd, 2));
        assert_eq!(readiness.look(wanted), None);
    }
    let mut woken = Vec::new();
    let wait = |readiness: &mut Readiness, wanted| {
        let polled = readiness.poll(wanted, &mut None, Waker::noop().clone());
        assert!(polled.0.is_pending());
    };
    wait(&mut readiness, Wanted::Urgent);
    wait(&mut readiness, Wanted::Error);
    readiness.set_rare(told(none), 3, &mut woken);
    assert!(woken.is_empty(), "data alone is neither");
    readiness.set_rare(told(urgent), 4, &mut woken);
    assert!(woken.len() == 1 && readiness.is_urgent());
    readiness.set_rare(told(error), 5, &mut woken);
    assert_eq!(woken.len(), 2);
    assert_eq!(readiness.look(Wanted::Urgent), Some(Seen(4)));
    readiness.clear(Wanted::Urgent, Seen(4));
    assert!(readiness.look(Wanted::Urgent).is_none() && !readiness.is_urgent());
    // Another direction's "would block" says nothing of an error queue.
    readiness.set(Direction::Read, 6, &mut woken);
    readiness.clear(Wanted::Read, Seen(6));
    assert_eq!(readiness.look(Wanted::Error), Some(Seen(5)));
    readiness.clear(Wanted::Error, Seen(5));
    assert!(readiness.look(Wanted::Error).is_none());
}

#[test]
fn the_end_ends_the_wait_for_urgent_data_for_good_and_is_not_taken_for_it() {
    let read_closed = true;
    let end = Signs {
        read_closed,
        ..Signs::default()
    };
    let mut readiness = Readiness::new(Interest::READABLE, First::Told);
    readiness.note(end);
    assert!(readiness.look(Wanted::Urgent).is_some(), "unasked");
    readiness.set_rare(told(end), 1, &mut Vec::new());
    assert!(!readiness.is_urgent());
    readiness.clear(Wanted::Urgent, Seen(1));
    assert_eq!(readiness.look(Wanted::Urgent), Some(Seen(1)));
}
