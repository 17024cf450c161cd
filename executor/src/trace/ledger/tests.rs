//! The fold, fed with records made by hand.

use std::panic::Location;
use std::rc::Rc;

use super::fold::Fold;
use super::{Book, Ledger, TaskAccount};
use crate::machine::clock::Clock;
use crate::record::event::{Cause, Event, Outcome, ParkedUntil, Record, WakeEffect};
use crate::record::ids::{Id, SharedIds};
use crate::record::time::{Nanos, Reading};
use crate::record::{Known, Recorder, Sink};

const RUNTIME: u16 = 3;

fn task(count: u64) -> Id {
    Id::of_runtime(RUNTIME, count)
}

fn spawned(count: u64) -> Event {
    Event::Spawned {
        task: task(count),
        by: Cause::Outside,
        at: Location::caller(),
        name: None,
    }
}

fn began(count: u64) -> Event {
    Event::PollBegan { task: task(count) }
}

fn ended(count: u64, outcome: Outcome, requeued: bool) -> Event {
    Event::PollEnded {
        task: task(count),
        outcome,
        requeued,
    }
}

fn parked(until: ParkedUntil) -> Event {
    Event::Parked { until }
}

/// A fold within the loop since time 0, after these.
fn after(records: impl IntoIterator<Item = (Nanos, Event)>) -> Fold {
    let mut fold = Fold::new(Id::main(RUNTIME), 0);
    fold.loops(0, true);
    for (at, event) in records {
        fold.fold(&Record { at, event });
    }
    fold
}

fn sum(ledger: &Ledger) -> Nanos {
    let polling = ledger.tasks.iter().map(|TaskAccount(task)| task.time);
    let polling = polling.sum::<Nanos>();
    polling + ledger.parked + ledger.own + ledger.outside + ledger.recording
}

/// Takes 100 ns for each record, and 1,000 for what it holds back.
struct Slow(Rc<Clock>);

impl Slow {
    fn take_time(&self, time: Nanos) {
        self.0.jump_to(self.0.now() + time);
    }
}

impl Sink for Slow {
    fn take(&mut self, _: &Record, _: &Known) {
        self.take_time(100);
    }

    fn flush(&mut self, _: Reading) {
        self.take_time(1_000);
    }
}

/// A recorder whose clock stands still by itself, with a ledger from time 0 on that is in
/// the loop.
fn recorder(also: impl FnOnce(&Recorder, &Rc<Clock>)) -> (Recorder, Rc<Clock>, Book) {
    let clock = Rc::new(Clock::new(true));
    let recorder = Recorder::new(RUNTIME, clock.clone());
    also(&recorder, &clock);
    let book = Book::open(&recorder, false);
    recorder.in_loop(true);
    (recorder, clock, book)
}

#[test]
fn the_time_that_goes_into_a_recording_is_nobodys_else() {
    let (recorder, clock, book) = recorder(|recorder, clock| {
        recorder.add_sink(Box::new(Slow(clock.clone())));
    });
    let then = |nanos, event| {
        clock.jump_to(clock.now() + nanos);
        recorder.record(event);
    };
    then(0, spawned(1));
    then(7, began(1));
    // Within the poll: it is not longer for being told of.
    then(20, spawned(2));
    then(30, ended(1, Outcome::Pending, true));
    then(3, began(2));
    then(5, ended(2, Outcome::Ready, false));
    then(4, parked(ParkedUntil::ForEver));
    recorder.flush();
    then(60, Event::Unparked { events: 0 });
    recorder.aside(|| clock.jump_to(clock.now() + 10_000));
    // It was queued before all that was told meanwhile.
    then(2, began(1));
    then(1, ended(1, Outcome::Ready, false));
    let ledger = book.ledger(recorder.now());
    assert_eq!(ledger.recording, 10 * 100 + 1_000 + 10_000);
    assert_eq!(ledger.parked, 60);
    assert_eq!(ledger.own, 7 + 3 + 4 + 2);
    let of = |count| {
        let mut tasks = ledger.tasks.iter().map(|TaskAccount(task)| task);
        tasks
            .find(|account| account.id == Some(task(count)))
            .unwrap()
    };
    assert_eq!((of(1).time, of(1).longest), (20 + 30 + 1, 20 + 30));
    assert_eq!((of(2).time, of(2).longest), (5, 5));
    assert_eq!(of(1).delays.0.max(), 3 + 5 + 4 + 60 + 2);
    assert_eq!(of(2).delays.0.max(), 30 + 3);
    assert_eq!((ledger.total, sum(&ledger)), (clock.now(), clock.now()));
}

#[test]
fn what_a_job_tells_late_takes_no_more_than_the_telling() {
    let (recorder, clock, book) = recorder(|recorder, clock| {
        recorder.add_sink(Box::new(Slow(clock.clone())));
    });
    clock.jump_to(500);
    let (job, worker) = (SharedIds::of_runtime(RUNTIME).next_job(), 0);
    recorder.record_at(40, Event::JobStarted { job, worker });
    let ledger = book.ledger(clock.now());
    assert_eq!(
        (ledger.own, ledger.recording, ledger.total),
        (500, 100, 600)
    );
}

#[test]
fn what_a_job_tells_late_moves_no_account() {
    let job = SharedIds::of_runtime(RUNTIME).next_job();
    let (worker, outcome) = (0, Outcome::Ready);
    let finished = Event::JobFinished {
        job,
        worker,
        outcome,
    };
    let ledger = after([
        (0, spawned(1)),
        (10, began(1)),
        (30, ended(1, Outcome::Pending, false)),
        (31, parked(ParkedUntil::ForEver)),
        (90, Event::Unparked { events: 0 }),
        // In the midst of the poll, and of the park.
        (20, Event::JobStarted { job, worker }),
        (60, finished),
        (95, began(1)),
        (100, ended(1, Outcome::Ready, false)),
    ])
    .ledger();
    assert_eq!((ledger.total, sum(&ledger)), (100, 100));
    assert_eq!(ledger.parked, 59);
    assert_eq!(ledger.own, 10 + 1 + 5);
    assert_eq!(ledger.tasks[0].0.time, 20 + 5);
    assert_eq!(ledger.tasks[0].0.longest, 20);
}

#[test]
fn who_only_looks_is_not_parked() {
    let ledger = after([
        (10, parked(ParkedUntil::Look)),
        (30, Event::Unparked { events: 0 }),
        (35, parked(ParkedUntil::Deadline(50))),
        (50, Event::Unparked { events: 0 }),
    ])
    .ledger();
    assert_eq!((ledger.parked, ledger.own), (15, 35));
}

#[test]
fn what_is_dropped_with_the_runtime_has_not_waited_in_the_queue_for_that() {
    let mut fold = after([(0, spawned(1)), (0, spawned(2)), (5, began(1))]);
    fold.fold(&Record {
        at: 6,
        event: ended(1, Outcome::Ready, false),
    });
    fold.loops(10, false);
    for (at, event) in [(50, began(2)), (57, ended(2, Outcome::Cancelled, false))] {
        fold.fold(&Record { at, event });
    }
    fold.charge(60);
    let ledger = fold.ledger();
    let delays = |index: usize| ledger.tasks[index].0.delays.0.count();
    assert_eq!((ledger.tasks[0].0.time, delays(0)), (7, 0));
    assert_eq!((ledger.tasks[1].0.time, delays(1)), (1, 1));
    assert_eq!((ledger.own, ledger.outside), (5 + 4, 40 + 3));
    assert_eq!(sum(&ledger), 60);
}

/// Also of what no machine does: whatever comes, the time is accounted for.
#[test]
fn whatever_happens_the_parts_add_up() {
    let mut state = 88_172_645_463_325_252_u64;
    let mut next = |below: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state % below
    };
    let mut fold = after([]);
    let mut at = 0;
    for _ in 0..20_000 {
        at += next(1_000);
        let count = next(40);
        let outcome = match next(4) {
            0 => Outcome::Ready,
            1 => Outcome::Panicked,
            2 => Outcome::Cancelled,
            _ => Outcome::Pending,
        };
        let event = match next(10) {
            0 => spawned(1 + count),
            1 | 2 => began(count),
            3 | 4 => ended(count, outcome, outcome == Outcome::Pending && next(2) == 0),
            5 => parked(ParkedUntil::ForEver),
            6 => Event::Unparked { events: 1 },
            7 => Event::ClockJumped { from: at },
            8 => Event::Woken {
                task: task(count),
                cause: Cause::Outside,
                effect: WakeEffect::Queued,
            },
            _ => {
                match next(3) {
                    0 => {
                        let from = at;
                        at += next(1_000);
                        fold.recorded(from.saturating_sub(next(100)), at);
                    }
                    more => fold.loops(at, more == 1),
                }
                continue;
            }
        };
        fold.fold(&Record { at, event });
        let late = at.saturating_sub(next(100));
        fold.charge(late);
    }
    fold.charge(at);
    let ledger = fold.ledger();
    assert_eq!((ledger.total, sum(&ledger)), (at, at));
}
