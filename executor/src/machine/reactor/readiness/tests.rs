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
    let result = readiness.transfer(direction, NO_SOCKET, ROOM, || Ok(moved));
    assert_eq!(result.unwrap().unwrap(), moved);
    readiness.look(direction).is_some()
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
    readiness.transfer(Direction::Read, NO_SOCKET, usize::MAX, || Ok(MOST_AT_ONCE));
    assert!(readiness.look(Direction::Read).is_some());
    readiness.transfer(Direction::Read, NO_SOCKET, ROOM, || Ok(1));
    assert!(readiness.look(Direction::Write).is_some());
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
    assert!(readiness.look(Direction::Write).is_none(), "not registered");
    readiness.transfer(Direction::Read, NO_SOCKET, ROOM, || Ok(1));
    let looked = readiness.look(Direction::Read);
    assert_eq!(looked, Some(Seen::UNASKED), "the end may be behind it");
    let would_block = || Err(io::ErrorKind::WouldBlock.into());
    let moved = readiness.transfer(Direction::Read, NO_SOCKET, ROOM, would_block);
    assert!(moved.is_none() && readiness.look(Direction::Read).is_none());

    let (here, mut there) = UnixStream::pair().unwrap();
    let fd = here.as_raw_fd();
    for is_ready in [false, true] {
        let mut readiness = new();
        assert_eq!(readiness.learn(Direction::Read, fd, 1), is_ready);
        assert!(!readiness.learn(Direction::Read, fd, 2), "known");
        assert!(!readiness.learn(Direction::Write, fd, 2), "not registered");
        // An operation that began before that clears nothing.
        readiness.clear(Direction::Read, Seen::UNASKED);
        let learned = is_ready.then_some(Seen(1));
        assert_eq!(readiness.look(Direction::Read), learned);
        there.write_all(b"!").unwrap();
    }
    let mut told = Readiness::new(Interest::READABLE, First::Told);
    assert!(told.look(Direction::Read).is_none());
}

#[test]
fn what_a_source_is_not_ready_for_is_what_it_is_registered_for_without_what_it_is_ready_for() {
    let (read, write) = (Interest::READABLE, Interest::WRITABLE);
    let stream = urgent::with_urgent(read | write);
    let mut readiness = Readiness::new(stream, First::Told);
    assert_eq!(readiness.not_ready(), Some(stream));
    readiness.set(Direction::Write, 1, &mut Vec::new());
    assert_eq!(readiness.not_ready(), Some(urgent::with_urgent(read)));
    readiness.set(Direction::Read, 2, &mut Vec::new());
    assert_eq!(readiness.not_ready(), None);
    readiness.clear(Direction::Write, Seen(1));
    assert_eq!(readiness.not_ready(), Some(write));
    assert_eq!(Readiness::new(read, First::Told).not_ready(), Some(read));
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
            .transfer(Direction::Read, NO_SOCKET, ROOM, &mut io)
            .is_none()
    );
    assert!(readiness.look(Direction::Read).is_none());
    assert!(!readiness.signs().error, "it would have been met");
    // Not ready: nothing is tried.
    assert!(
        readiness
            .transfer(Direction::Read, NO_SOCKET, ROOM, &mut io)
            .is_none()
    );
    assert_eq!(answers.len(), 0);
}
