//! Locks and channels, step by step: futures polled by hand, with wakers that write down who
//! is woken, and dropped at any point.
//!
//! Each file has one of them twice: the library's, and a model of it in a few lines. Both
//! are given the same steps, and have to say the same after each: the result, and who was
//! woken, in which order.
//!
//! Owns [`Step`], and what the files share: the places of futures on the one side
//! ([`Places`]), the line of those who want permits on the other ([`Line`]).

mod barrier;
mod broadcast;
mod mpsc;
mod notify;
mod once;
mod oneshot;
mod permits;
mod rwlock;
mod watch;

use proptest::prelude::*;
use std::collections::VecDeque;
use std::fmt::Debug;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};

/// How many futures there are at once.
pub const PLACES: usize = 4;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step {
    /// A new future, of that kind, in that place; what was there is dropped.
    Begin(usize, u8, usize),
    Poll(usize),
    /// What is there: a future, or what it gave.
    Drop(usize),
    /// What is done at once.
    Do(u8, usize),
}

pub fn steps() -> BoxedStrategy<Vec<Step>> {
    let place = || 0..PLACES;
    let step = prop_oneof![
        4 => (place(), 0..6u8, 0..4usize).prop_map(|(place, kind, n)| Step::Begin(place, kind, n)),
        8 => place().prop_map(Step::Poll),
        2 => place().prop_map(Step::Drop),
        5 => (0..12u8, 0..4usize).prop_map(|(what, n)| Step::Do(what, n)),
    ];
    proptest::collection::vec(step, 0..30).boxed()
}

/// One side of a comparison.
pub trait Subject {
    /// What came of it.
    fn step(&mut self, step: Step) -> String;
    /// Who was woken since it was asked.
    fn woken(&mut self) -> Vec<usize>;
}

/// One of the library's, and its model.
pub struct Pair {
    pub name: &'static str,
    pub is_channel: bool,
    pub both: fn(usize) -> [Box<dyn Subject>; 2],
}

impl Debug for Pair {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

/// Each is made with a small number, which is its size where it has one.
pub static PAIRS: [Pair; 13] = [
    permits::SEMAPHORE,
    permits::MUTEX,
    rwlock::PAIR,
    notify::PAIR,
    mpsc::BOUNDED,
    mpsc::UNBOUNDED,
    oneshot::PAIR,
    watch::PAIR,
    broadcast::PAIR,
    once::ONCE_CELL,
    once::SET_ONCE,
    barrier::PAIR,
    permits::MANY,
];

/// Who was woken, in order.
#[derive(Clone, Default)]
pub struct Log(Arc<Mutex<Vec<usize>>>);

impl Log {
    pub fn waker(&self, who: usize) -> Waker {
        Waker::from(Arc::new(Alarm(self.clone(), who)))
    }

    pub fn take(&self) -> Vec<usize> {
        std::mem::take(&mut self.0.lock().expect("nobody panics with it"))
    }
}

struct Alarm(Log, usize);

impl Wake for Alarm {
    fn wake(self: Arc<Self>) {
        let Self(Log(log), who) = &*self;
        log.lock().expect("nobody panics with it").push(*who);
    }
}

enum Place<G> {
    Empty,
    Waits(Pin<Box<dyn Future<Output = G>>>),
    Has(G),
}

/// The library's futures, and what they gave.
pub struct Places<G> {
    places: [Place<G>; PLACES],
    pub log: Log,
}

impl<G> Default for Places<G> {
    fn default() -> Self {
        Self {
            places: std::array::from_fn(|_| Place::Empty),
            log: Log::default(),
        }
    }
}

impl<G> Places<G> {
    /// Drops what was there before.
    pub fn begin(&mut self, place: usize, future: impl Future<Output = G> + 'static) {
        self.places[place] = Place::Empty;
        self.places[place] = Place::Waits(Box::pin(future));
    }

    pub fn put(&mut self, place: usize, given: G) {
        self.places[place] = Place::Has(given);
    }

    pub fn drop_it(&mut self, place: usize) {
        self.places[place] = Place::Empty;
    }

    /// Polls what waits there, and keeps what it gives.
    pub fn poll(&mut self, place: usize) -> Option<Poll<&G>> {
        let Place::Waits(future) = &mut self.places[place] else {
            return None;
        };
        let waker = self.log.waker(place);
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Pending => Some(Poll::Pending),
            Poll::Ready(given) => {
                self.places[place] = Place::Has(given);
                Some(Poll::Ready(self.given(place).expect("it was put there")))
            }
        }
    }

    pub fn given(&self, place: usize) -> Option<&G> {
        match &self.places[place] {
            Place::Has(given) => Some(given),
            _ => None,
        }
    }

    pub fn take_given(&mut self, place: usize) -> Option<G> {
        match std::mem::replace(&mut self.places[place], Place::Empty) {
            Place::Has(given) => Some(given),
            other => {
                self.places[place] = other;
                None
            }
        }
    }
}

/// Where a wait stands, in a model.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum At {
    /// It was not polled yet.
    New,
    InLine,
    /// It was told, and was not polled since.
    Told,
}

/// A model of permits: how many are free, and who wants how many more, in line.
#[derive(Default)]
pub struct Line {
    pub free: usize,
    pub closed: bool,
    pub line: VecDeque<(usize, usize)>,
    /// Who was told by a close, and what was missing to them.
    sent_away: Vec<(usize, usize)>,
    pub woken: Vec<usize>,
}

impl Line {
    pub fn of(free: usize) -> Self {
        Self {
            free,
            ..Self::default()
        }
    }

    /// A poll of who wants so many.
    pub fn take(&mut self, who: usize, at: &mut At, want: usize) -> Poll<Result<(), ()>> {
        match *at {
            At::New if self.closed => Poll::Ready(Err(())),
            At::New if self.free >= want => {
                self.free -= want;
                Poll::Ready(Ok(()))
            }
            At::New => {
                self.line.push_back((who, want - self.free));
                self.free = 0;
                *at = At::InLine;
                Poll::Pending
            }
            _ if self.closed => {
                self.leave(who, *at, want);
                *at = At::New;
                Poll::Ready(Err(()))
            }
            At::InLine if self.line.iter().any(|&(other, _)| other == who) => Poll::Pending,
            _ => Poll::Ready(Ok(())),
        }
    }

    pub fn give(&mut self, mut count: usize) {
        while count > 0 {
            let Some((who, missing)) = self.line.front_mut() else {
                self.free += count;
                return;
            };
            let given = count.min(*missing);
            *missing -= given;
            count -= given;
            if *missing == 0 {
                self.woken.push(*who);
                self.line.pop_front();
            }
        }
    }

    /// A wait is dropped: what it was given goes on.
    pub fn leave(&mut self, who: usize, at: At, want: usize) {
        if at == At::New {
            return;
        }
        let mut missing = 0;
        self.line.retain(|&(other, lacks)| {
            if other == who {
                missing = lacks;
            }
            other != who
        });
        self.sent_away.retain(|&(other, lacks)| {
            if other == who {
                missing = lacks;
            }
            other != who
        });
        self.give(want - missing);
    }

    pub fn close(&mut self) {
        self.closed = true;
        self.woken.extend(self.line.iter().map(|(who, _)| who));
        self.sent_away.extend(self.line.drain(..));
    }
}

/// Of a poll, if there was something to poll.
pub fn told<T: Debug>(polled: Option<Poll<T>>) -> String {
    match polled {
        None => "nothing to poll".into(),
        Some(Poll::Pending) => "pending".into(),
        Some(Poll::Ready(value)) => format!("{value:?}"),
    }
}
