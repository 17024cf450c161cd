//! The cell by its two ends, in every order of a few steps, and on two threads.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::Relaxed;
use std::task::{Poll, Wake, Waker};
use std::thread;

use super::{Giver, Taker, ends};

/// Counts what was dropped.
#[derive(Default)]
struct Drops(AtomicUsize);

struct Counted(Arc<Drops>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.0.fetch_add(1, Relaxed);
    }
}

#[derive(Default)]
struct Wakes(AtomicUsize);

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Relaxed);
    }
}

/// The cell's other content: it is dropped when the memory is freed.
type Beside = Counted;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    GiverWaits,
    Gives,
    GivesNothing,
    GiverLeaves,
    TakerWaits,
    Takes,
    Refuses,
    TakerLeaves,
}

/// Both ends, and what is to be true of them.
struct Model {
    giver: Option<Giver<Counted, Waker, Beside>>,
    taker: Option<Taker<Counted, Waker, Beside>>,
    values: Arc<Drops>,
    cells: Arc<Drops>,
    taker_woken: Arc<Wakes>,
    giver_woken: Arc<Wakes>,
    given: bool,
    refused: bool,
    taker_waits: bool,
    giver_waits: bool,
    taken: bool,
}

impl Model {
    fn new() -> Self {
        let cells = Arc::<Drops>::default();
        let (giver, taker) = ends(Counted(cells.clone()));
        Self {
            giver: Some(giver),
            taker: Some(taker),
            values: Arc::default(),
            cells,
            taker_woken: Arc::default(),
            giver_woken: Arc::default(),
            given: false,
            refused: false,
            taker_waits: false,
            giver_waits: false,
            taken: false,
        }
    }

    /// Does one step, if its end is there, and compares.
    fn step(&mut self, step: Step) {
        match step {
            Step::GiverWaits => {
                let Some(giver) = &mut self.giver else { return };
                let polled = giver.poll_refused(|| Waker::from(self.giver_woken.clone()));
                assert_eq!(polled.is_ready(), self.refused);
                self.giver_waits = !self.refused;
            }
            Step::Gives => {
                let Some(giver) = self.giver.take() else {
                    return;
                };
                let mut is_awaited = false;
                let given = giver.give(Counted(self.values.clone()), |_| is_awaited = true);
                assert_eq!(given.is_err(), self.refused);
                if let Ok(waker) = given {
                    assert_eq!(waker.is_some(), self.taker_waits);
                    assert_eq!(is_awaited, self.taker_waits);
                    self.given = true;
                }
            }
            Step::GivesNothing => {
                let Some(giver) = self.giver.take() else {
                    return;
                };
                let waker = giver.give_nothing(|_| ());
                assert_eq!(waker.is_some(), self.taker_waits);
            }
            Step::GiverLeaves => self.giver = None,
            Step::TakerWaits | Step::Takes => {
                let Some(taker) = &mut self.taker else { return };
                let waker = || Waker::from(self.taker_woken.clone());
                let polled = match step {
                    Step::TakerWaits => taker.poll_take(waker),
                    _ => taker.take(),
                };
                let is_known = self.giver.is_none() || self.refused;
                assert_eq!(polled.is_ready(), is_known);
                if let Poll::Ready(value) = polled {
                    assert_eq!(value.is_some(), self.given && !self.taken);
                    self.taken = true;
                }
                assert!(
                    self.taker
                        .as_ref()
                        .is_some_and(|taker| !is_known || taker.is_empty())
                );
                self.taker_waits |= step == Step::TakerWaits && !is_known;
            }
            Step::Refuses => {
                let Some(taker) = &mut self.taker else { return };
                let waker = taker.refuse();
                let is_waited_for = self.giver.is_some() && self.giver_waits && !self.refused;
                assert_eq!(waker.is_some(), is_waited_for);
                self.refused = true;
            }
            Step::TakerLeaves => {
                self.refused |= self.taker.take().is_some();
                self.taker_waits = false;
            }
        }
        // Who has left is not kept alive by its waker.
        if self.giver.is_none() {
            assert_eq!(Arc::strong_count(&self.giver_woken), 1);
        }
        if self.taker.is_none() {
            assert_eq!(Arc::strong_count(&self.taker_woken), 1);
        }
        let are_gone = self.giver.is_none() && self.taker.is_none();
        assert_eq!(self.cells.0.load(Relaxed), usize::from(are_gone));
    }

    fn end(mut self, made: usize) {
        (self.giver, self.taker) = (None, None);
        assert_eq!(self.values.0.load(Relaxed), made);
        assert_eq!(self.cells.0.load(Relaxed), 1);
        // All wakers were dropped, and by nobody woken: who gets one wakes.
        assert_eq!(Arc::strong_count(&self.taker_woken), 1);
        assert_eq!(Arc::strong_count(&self.giver_woken), 1);
        assert_eq!(self.taker_woken.0.load(Relaxed), 0);
    }
}

#[test]
fn in_every_order_of_five_steps_a_value_is_had_once_and_the_cell_freed_once() {
    const STEPS: [Step; 8] = [
        Step::GiverWaits,
        Step::Gives,
        Step::GivesNothing,
        Step::GiverLeaves,
        Step::TakerWaits,
        Step::Takes,
        Step::Refuses,
        Step::TakerLeaves,
    ];
    const LENGTH: u32 = 5;
    for order in 0..STEPS.len().pow(LENGTH) {
        let mut model = Model::new();
        let mut made = 0;
        for at in 0..LENGTH {
            let step = STEPS[order / STEPS.len().pow(at) % STEPS.len()];
            made += usize::from(step == Step::Gives && model.giver.is_some());
            model.step(step);
        }
        model.end(made);
    }
}

/// Each round has both ends do their part at once, on two threads; after all rounds each
/// value was dropped once, each cell freed once, and no waker is left.
#[test]
fn on_two_threads_a_value_is_had_once_and_the_cell_freed_once() {
    const ROUNDS: usize = if cfg!(miri) { 50 } else { 2_000 };
    let (values, cells) = (Arc::<Drops>::default(), Arc::<Drops>::default());
    let (taker_woken, giver_woken) = (Arc::<Wakes>::default(), Arc::<Wakes>::default());
    let mut given = 0;
    for round in 0..ROUNDS {
        let (mut giver, mut taker) = ends(Counted(cells.clone()));
        let value = Counted(values.clone());
        let wakers = (
            Waker::from(giver_woken.clone()),
            Waker::from(taker_woken.clone()),
        );
        let gives = thread::spawn(move || {
            if round % 2 == 0 {
                let _ = giver.poll_refused(|| wakers.0.clone());
                let _ = giver.poll_refused(|| wakers.0.clone());
            }
            match round % 5 {
                0 => drop((giver, value)),
                1 => drop((giver.give_nothing(|_| ()), value)),
                _ => drop(giver.give(value, |_| ())),
            }
        });
        for _ in 0..3 {
            if let Poll::Ready(value) = taker.poll_take(|| wakers.1.clone()) {
                given += usize::from(value.is_some());
                break;
            }
        }
        if round % 3 == 0 {
            drop(taker.refuse());
        }
        drop(taker);
        gives.join().unwrap();
    }
    assert!(given <= ROUNDS);
    assert_eq!(values.0.load(Relaxed), ROUNDS);
    assert_eq!(cells.0.load(Relaxed), ROUNDS);
    assert_eq!(Arc::strong_count(&taker_woken), 1);
    assert_eq!(Arc::strong_count(&giver_woken), 1);
}

struct Panics;

impl Drop for Panics {
    fn drop(&mut self) {
        panic!("a value");
    }
}

#[test]
fn a_waker_whose_clone_panics_leaves_the_one_before_it_waiting() {
    let (giver, mut taker) = ends::<u8, Waker, ()>(());
    let first = Arc::<Wakes>::default();
    assert!(taker.poll_take(|| first.clone().into()).is_pending());
    let polls = AssertUnwindSafe(|| taker.poll_take(|| panic!("cloned")));
    assert!(catch_unwind(polls).is_err());
    let waker = giver.give(7, |_| ()).unwrap();
    waker.expect("who waits is to be woken").wake();
    assert_eq!(first.0.load(Relaxed), 1);
    assert_eq!(taker.take(), Poll::Ready(Some(7)));
}

#[test]
fn a_value_that_panics_when_its_taker_drops_it_leaves_no_cell_behind() {
    let cells = Arc::<Drops>::default();
    let (giver, mut taker) = ends(Counted(cells.clone()));
    assert!(taker.poll_take(|| Waker::noop().clone()).is_pending());
    // The taker leaves before the giver has left: so that drops the value, and frees nothing.
    let leave = move |_: &Counted| {
        let left = catch_unwind(AssertUnwindSafe(|| drop(taker)));
        assert!(left.is_err());
    };
    assert!(giver.give(Panics, leave).is_ok());
    assert_eq!(cells.0.load(Relaxed), 1);
}
