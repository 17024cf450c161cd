//! Descriptors, and the selector: the one place where the thread sleeps.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::poll_fn;
use std::io::{ErrorKind, Read as _};
use std::mem;
use std::os::fd::AsRawFd as _;
use std::os::unix::net::UnixStream;
use std::rc::Rc;
use std::task::{Poll, Waker, ready};
use std::thread;
use std::time::{Duration, Instant};

use buzzer_kit::Reader;
use mio::unix::SourceFd;
use mio::{Events, Interest, Token};

use super::queue::UNPARK;
use super::{Small, budget};
use crate::faults::Fault;

pub(super) struct Sources {
    selector: RefCell<mio::Poll>,
    made: Cell<usize>,
    /// What is known of each, by its token.
    known: RefCell<BTreeMap<usize, Known>>,
}

#[derive(Default)]
struct Known {
    waits: Option<Waker>,
    is_hung_up: bool,
}

/// A stream, registered for as long as it lives.
struct Source {
    small: Rc<Small>,
    token: usize,
    stream: Option<UnixStream>,
    /// Whether what comes next belongs to a read that is gone.
    is_taken: Cell<bool>,
    has_looked: Cell<bool>,
}

impl Sources {
    pub(super) fn new(selector: mio::Poll) -> Self {
        Self {
            selector: RefCell::new(selector),
            made: Cell::default(),
            known: RefCell::default(),
        }
    }

    /// At the selector. If nothing is to do, sleeps there until there is.
    pub(super) fn look(&self, small: &Small, is_idle: bool) {
        let mut events = Events::with_capacity(64);
        if is_idle && small.has(Fault::ForgetsTheUnpark) {
            // Long enough for a wake to come in between, also where the other thread has to
            // wait for a core; and not asleep.
            let begin = Instant::now();
            while events.is_empty() && begin.elapsed() < Duration::from_millis(20) {
                thread::yield_now();
                self.ask(&mut events, Some(Duration::ZERO));
            }
            self.wake(small, &events, false);
        }
        let limit = match is_idle {
            true => self.limit(small),
            false => Some(Duration::ZERO),
        };
        self.ask(&mut events, limit);
        self.wake(small, &events, is_idle);
    }

    fn ask(&self, events: &mut Events, limit: Option<Duration>) {
        let asked = self.selector.borrow_mut().poll(events, limit);
        if let Err(error) = asked {
            assert_eq!(error.kind(), ErrorKind::Interrupted, "{error}");
        }
    }

    /// How long a park may last. mio rounds up.
    fn limit(&self, small: &Small) -> Option<Duration> {
        let next = small.timers.next();
        let reads = self
            .known
            .borrow()
            .values()
            .any(|known| known.waits.is_some());
        let looks_often = small.has(Fault::NapsWhileIdle)
            || small.has(Fault::LooksEachMillisecond) && next.is_some()
            || small.has(Fault::AsksAgain) && reads;
        let until_next = next.map(|next| next.saturating_duration_since(Instant::now()));
        match looks_often {
            true => Some(Duration::from_millis(1)),
            false => until_next,
        }
    }

    fn wake(&self, small: &Small, events: &Events, was_parked: bool) {
        let of_sources = events.iter().filter(|event| event.token() != UNPARK);
        if was_parked && small.has(Fault::OnlyWakesEndThePark) {
            return;
        }
        for event in of_sources {
            let mut known = self.known.borrow_mut();
            let Some(known) = known.get_mut(&event.token().0) else {
                continue;
            };
            known.is_hung_up |= event.is_read_closed() && event.is_write_closed();
            let waits = known.waits.take();
            waits.into_iter().for_each(Waker::wake);
        }
    }
}

impl Source {
    fn new(small: Rc<Small>, stream: UnixStream) -> Self {
        let sources = &small.sources;
        sources.made.set(sources.made.get() + 1);
        let token = match small.has(Fault::AllHaveOneToken) {
            true => 1,
            false => sources.made.get(),
        };
        sources.known.borrow_mut().insert(token, Known::default());
        let selector = sources.selector.borrow();
        let mut fd = SourceFd(&stream.as_raw_fd());
        let registry = selector.registry();
        registry
            .register(&mut fd, Token(token), Interest::READABLE)
            .unwrap();
        drop(selector);
        Self {
            small,
            token,
            stream: Some(stream),
            is_taken: Cell::new(false),
            has_looked: Cell::new(false),
        }
    }

    fn poll(&self, waker: &Waker) -> Poll<std::io::Result<Vec<u8>>> {
        let small = &self.small;
        let mut known = small.sources.known.borrow_mut();
        let known = known.entry(self.token).or_default();
        if small.has(Fault::WaitsFirst) && !self.has_looked.replace(true) {
            // What is there has been told of, and nobody has listened.
            let mut events = Events::with_capacity(1);
            small.sources.ask(&mut events, Some(Duration::ZERO));
            known.waits = Some(waker.clone());
            return Poll::Pending;
        }
        if small.has(Fault::HangUpFirst) && known.is_hung_up {
            return Poll::Ready(Ok(Vec::new()));
        }
        if !small.has(Fault::ReadsAreFree) {
            ready!(budget::proceed(waker));
        }
        let mut bytes = vec![0; 4_096];
        let mut stream = self.stream.as_ref().expect("only its drop takes it");
        match stream.read(&mut bytes) {
            Ok(0) if small.has(Fault::NeedsAHangUp) && !known.is_hung_up => {}
            Ok(_) if self.is_taken.take() => {}
            Ok(length) => {
                bytes.truncate(length);
                return Poll::Ready(Ok(bytes));
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => self.arm(),
            Err(error) => return Poll::Ready(Err(error)),
        }
        if small.has(Fault::ReadsOnce) && self.has_looked.replace(true) {
            return Poll::Pending;
        }
        if known.waits.is_none() || !small.has(Fault::ReadKeepsTheFirst) {
            known.waits = Some(waker.clone());
        }
        Poll::Pending
    }
}

impl Source {
    /// Again, for a selector that has told of an event may tell of no more (poll(2)'s).
    fn arm(&self) {
        let selector = self.small.sources.selector.borrow();
        let stream = self.stream.as_ref().expect("only its drop takes it");
        let mut fd = SourceFd(&stream.as_raw_fd());
        let token = Token(self.token);
        let armed = selector
            .registry()
            .reregister(&mut fd, token, Interest::READABLE);
        armed.unwrap();
    }
}

impl Drop for Source {
    fn drop(&mut self) {
        let Some(stream) = self.stream.take() else {
            return;
        };
        self.small.sources.known.borrow_mut().remove(&self.token);
        if self.small.has(Fault::SourcesStay) {
            mem::forget(stream);
            return;
        }
        let selector = self.small.sources.selector.borrow();
        let mut fd = SourceFd(&stream.as_raw_fd());
        // poll(2)'s selector forgets by itself what has hung up.
        let _ = selector.registry().deregister(&mut fd);
    }
}

/// A read that may be dropped before it is over.
struct Pending(Rc<Source>, bool);

impl Drop for Pending {
    fn drop(&mut self) {
        if self.1 && self.0.small.has(Fault::DroppedReadsTake) {
            self.0.is_taken.set(true);
        }
    }
}

pub(super) fn reader(small: &Rc<Small>, stream: UnixStream) -> Reader {
    let source = Rc::new(Source::new(small.clone(), stream));
    Box::new(move || {
        let mut read = Pending(source.clone(), false);
        Box::pin(poll_fn(move |cx| {
            let polled = read.0.poll(cx.waker());
            read.1 = polled.is_pending();
            polled
        }))
    })
}
