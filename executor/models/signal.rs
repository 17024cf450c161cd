//! Signals: what a handler counts and tells, against those who listen.
//!
//! A handler may interrupt any thread anywhere. Here it runs on a thread of its own: so it
//! meets every step of the others, and what it was called in the midst of goes on meanwhile,
//! too.

use std::ffi::c_int;
use std::os::fd::AsRawFd;

use loom::thread;

use super::Preemptions::{Any, AtMost};
use super::check;
use crate::sys::listener::{Listener, count, tell};
use crate::sys::shared::event;

const SIGNAL: c_int = libc::SIGUSR1;
const OTHER: c_int = libc::SIGUSR2;

/// What the handler does.
fn comes(signal: c_int) -> thread::JoinHandle<()> {
    thread::spawn(move || tell(signal))
}

/// As `catch` makes one, once the handler is installed.
fn listen(signal: c_int) -> Listener {
    Listener::new(signal, count(signal)).unwrap()
}

/// As a task waits, whose reactor is told of the event.
fn hear(listener: &Listener) -> u64 {
    loop {
        event::wait(listener.as_raw_fd());
        if let Some(count) = listener.look() {
            return count;
        }
    }
}

#[test]
fn each_signal_is_heard_of_alone_or_with_the_next() {
    check("signal: 2 signals, look", Any, || {
        tell(SIGNAL);
        let listener = listen(SIGNAL);
        let handlers = [(); 2].map(|()| comes(SIGNAL));
        let mut heard = 1;
        while heard < 3 {
            let count = hear(&listener);
            assert!(count > heard, "heard of {count} after {heard}");
            heard = count;
        }
        for handler in handlers {
            handler.join().unwrap();
        }
        assert_eq!((heard, listener.look()), (3, None));
    });
}

#[test]
fn every_listener_hears_of_the_signal() {
    check("signal: 2 listeners", Any, || {
        tell(SIGNAL);
        let listeners = [(); 2].map(|()| listen(SIGNAL));
        let handler = comes(SIGNAL);
        assert_eq!(listeners.each_ref().map(hear), [2, 2]);
        handler.join().unwrap();
    });
}

#[test]
fn a_signal_that_comes_while_its_listener_is_made_is_heard_of() {
    check("signal: signal, listen", Any, || {
        tell(SIGNAL);
        // It has the only place, so the one that comes has to be found at a new one.
        let _other = listen(OTHER);
        let seen = count(SIGNAL);
        let handler = comes(SIGNAL);
        let listener = Listener::new(SIGNAL, seen).unwrap();
        assert_eq!(hear(&listener), 2);
        handler.join().unwrap();
    });
}

#[test]
fn a_handler_tells_no_event_of_a_listener_that_is_gone_and_none_of_another_signal() {
    check("signal: signal, drop, listen", Any, || {
        tell(SIGNAL);
        tell(OTHER);
        let first = listen(SIGNAL);
        let handler = comes(SIGNAL);
        drop(first);
        let second = listen(OTHER);
        // It may have its event told by the one that was at its place.
        assert_eq!(second.look(), None);
        let theirs = comes(OTHER);
        assert_eq!(hear(&second), 2);
        for handler in [handler, theirs] {
            handler.join().unwrap();
        }
    });
}

#[test]
fn events_are_closed_only_when_no_handler_is_at_them() {
    check("signal: 2 signals, 2 drops", AtMost(3), || {
        tell(SIGNAL);
        let listeners = [(); 2].map(|()| listen(SIGNAL));
        let handlers = [(); 2].map(|()| comes(SIGNAL));
        // The second may close what the first had to leave.
        drop(listeners);
        for handler in handlers {
            handler.join().unwrap();
        }
        let third = listen(SIGNAL);
        tell(SIGNAL);
        assert_eq!(hear(&third), 4);
    });
}

#[test]
fn a_listener_comes_as_another_one_goes() {
    check("signal: listen, drop", Any, || {
        tell(SIGNAL);
        let first = listen(SIGNAL);
        let handler = comes(SIGNAL);
        let goes = thread::spawn(move || drop(first));
        let seen = count(SIGNAL);
        let second = Listener::new(SIGNAL, seen).unwrap();
        if seen == 1 {
            assert_eq!(hear(&second), 2);
        }
        handler.join().unwrap();
        goes.join().unwrap();
    });
}
