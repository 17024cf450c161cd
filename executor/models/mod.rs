//! Models: parts of the library that threads share, in all orders of their steps.
//!
//! Each test here is a few threads that do a few things to the code that ships, under
//! loom. It runs them again and again, until they were run in every order of their
//! steps, and until every load has seen every value that the memory orderings allow it to.
//! [`stand_ins`](crate::sys::shared) says what is loom's then; docs/testing/models.md what this
//! proves, and how it is run.
//!
//! A lost wake shows as a deadlock, which loom reports; a value that comes twice or never,
//! and a use that races with another, by what the models assert and by [`Turns`].

mod ending;
mod inject;
mod lookups;
mod mpsc;
mod once;
mod packet;
mod pool;
mod rwlock;
mod signal;
mod sync;
mod watch;

use std::env;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use loom::cell::UnsafeCell;
use loom::model::Builder;

use Preemptions::{Any, AtMost};

use crate::machine::scheduler::inject::{Inject, Sent};
use crate::machine::scheduler::live;
use crate::sys::registry::Registry;
use crate::sys::shared::Bell;
use crate::sys::unpark::Unpark;

/// How often a thread may be stopped in the midst of what it does, for another to go on.
#[derive(Clone, Copy)]
enum Preemptions {
    Any,
    /// Where all orders are more than four million, as [`doubt`] tells: some five minutes.
    AtMost(usize),
}

/// Runs `model` in all orders, and says how many those were.
fn check(name: &str, preemptions: Preemptions, model: impl Fn() + Send + Sync + 'static) {
    if let Ok(orders) = env::var("BUZZER_TEST_DOUBTED_BOUNDS") {
        return doubt(name, preemptions, orders.parse().unwrap(), model);
    }
    let mut builder = Builder::new();
    // `LOOM_MAX_PREEMPTIONS`, which loom has read by now, makes a short form of it.
    builder.preemption_bound = builder.preemption_bound.or(match preemptions {
        Any => None,
        AtMost(most) => Some(most),
    });
    let bound = builder.preemption_bound;
    let bound = bound.map_or(String::new(), |most| {
        format!(", {most} preemptions at most")
    });
    let (orders, taken) = explore(builder, model);
    println!("{name}: {orders} orders{bound}, {taken:.1?}");
}

/// Runs so many orders of a `model` that has a bound without it: if those were all, it needs
/// none.
fn doubt(
    name: &str,
    preemptions: Preemptions,
    most: usize,
    model: impl Fn() + Send + Sync + 'static,
) {
    let AtMost(_) = preemptions else { return };
    let mut builder = Builder::new();
    builder.preemption_bound = None;
    builder.max_permutations = Some(most);
    // So many orders lie between two looks at their number.
    builder.checkpoint_interval = 100;
    let (orders, taken) = explore(builder, model);
    assert!(
        orders + 1 >= most,
        "{name} needs no bound: without it, {orders} orders in {taken:.1?}"
    );
    println!("{name}: more than {orders} orders without its bound, {taken:.1?}");
}

/// How many orders of `model` the `builder` has run, and how long that took.
fn explore(mut builder: Builder, model: impl Fn() + Send + Sync + 'static) -> (usize, Duration) {
    let (began, count) = (Instant::now(), Arc::new(AtomicUsize::new(0)));
    builder.max_branches = 20_000;
    let counted = count.clone();
    builder.check(move || {
        counted.fetch_add(1, Relaxed);
        model();
    });
    (count.load(Relaxed), began.elapsed())
}

/// Polls once, for nobody.
fn poll_once<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// A runtime of which there is the inject queue only, with what its loop does to that.
struct Loop {
    inject: Arc<Inject>,
    bell: Arc<Bell>,
}

impl Loop {
    fn new() -> Self {
        // Its epoll is real, and nothing is ever registered with it.
        static POLL: OnceLock<mio::Poll> = OnceLock::new();
        let poll = POLL.get_or_init(|| mio::Poll::new().unwrap());
        let bell = Arc::new(Bell::default());
        let registry = Registry::of(poll).unwrap();
        let inject = live::register(Unpark::Bell(bell.clone()), registry).unwrap();
        assert!(!inject.is_pending());
        Self { inject, bell }
    }

    /// The phase `inject`, as `machine/turn/mod.rs` has it.
    fn take(&self) -> Vec<Sent> {
        let mut sent = Vec::new();
        if self.inject.is_pending() {
            self.inject.take(&mut sent);
        }
        sent
    }

    /// The phase `park`, with nothing queued and no timer armed.
    fn park(&self) {
        if self.inject.prepare_park() {
            self.bell.sleep();
        }
        self.inject.unparked();
    }

    /// Goes round until something was sent.
    fn turn_until_sent(&self) -> Vec<Sent> {
        loop {
            let sent = self.take();
            if !sent.is_empty() {
                return sent;
            }
            self.park();
        }
    }
}

impl Drop for Loop {
    fn drop(&mut self) {
        live::close(&self.inject);
    }
}

/// What only one thread may touch at a time, while nobody looks; loom fails where two could.
struct Turns(UnsafeCell<()>);

// SAFETY: nothing lies in it; that it is touched is all that it is for.
#[allow(unsafe_code)]
unsafe impl Sync for Turns {}

impl Turns {
    fn new() -> Self {
        Self(UnsafeCell::new(()))
    }

    #[track_caller]
    fn touch(&self) {
        self.0.with_mut(|_| ());
    }

    /// Also beside others who do.
    #[track_caller]
    fn look(&self) {
        self.0.with(|_| ());
    }
}

/// Counts the drops of a value, whichever thread does it.
#[derive(Clone, Default)]
struct Drops(Arc<AtomicUsize>);

impl Drops {
    /// The value.
    fn one(&self) -> Dropped {
        Dropped(self.clone())
    }

    fn count(&self) -> usize {
        self.0.load(Relaxed)
    }
}

struct Dropped(Drops);

impl Drop for Dropped {
    fn drop(&mut self) {
        self.0.0.fetch_add(1, Relaxed);
    }
}
