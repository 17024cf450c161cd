//! How a run is told: in which order, what is left out, and when. What is said of each
//! kind of event is tested in `words.rs`.

mod ends;
mod words;

use std::cell::RefCell;
use std::panic::Location;
use std::rc::Rc;
use std::sync::Arc;

use super::*;
use crate::machine::clock::Clock;
use crate::record::event::{Cause, Record, WaitsOn, WakeEffect};
use crate::record::ids::{SharedIds, TimerId};
use crate::record::time::Reading;
use crate::record::{Held, Recorder, Sink};

const SECOND: Nanos = 1_000_000_000;

fn task(count: u64) -> Id {
    Id::of_runtime(3, count)
}

fn job() -> Id {
    SharedIds::of_runtime(3).next_job()
}

#[track_caller]
fn spawned(count: u64, name: Option<&str>, by: Cause) -> Event {
    Event::Spawned {
        task: task(count),
        by,
        at: Location::caller(),
        name: name.map(|name| Arc::new(name.to_owned())),
    }
}

fn began(count: u64) -> Event {
    Event::PollBegan { task: task(count) }
}

fn ended(count: u64, outcome: Outcome) -> Event {
    Event::PollEnded {
        task: task(count),
        outcome,
        requeued: false,
    }
}

fn woken(count: u64, cause: Cause, effect: WakeEffect) -> Event {
    Event::Woken {
        task: task(count),
        cause,
        effect,
    }
}

fn armed(timer: u32, deadline: Nanos, by: Cause) -> Event {
    Event::TimerArmed {
        timer: TimerId(timer),
        deadline,
        by,
    }
}

fn recording(events: impl IntoIterator<Item = (Nanos, Event)>) -> Recording {
    let records = events.into_iter().map(|(at, event)| Record { at, event });
    Recording {
        held: Held {
            records: records.collect(),
            ..Held::default()
        },
        known: Known::default(),
    }
}

/// The story below its head. `here` stands for this file.
fn told(recording: &Recording) -> String {
    let story = recording.story().to_string();
    let lines = story.strip_prefix(HEAD).expect("the head is first");
    lines.replace(file!(), "here")
}

/// What is told of each event: the lines without number and time.
fn texts(events: impl IntoIterator<Item = Event>) -> Vec<String> {
    let events = events.into_iter().map(|event| (0, event));
    let story = told(&recording(events));
    let numbered = story.lines().filter(|line| line.contains(" s  "));
    numbered.map(|line| line[29..].to_owned()).collect()
}

#[track_caller]
fn assert_told(event: Event, text: &str) {
    assert_eq!(texts([event]), [text]);
}

#[test]
fn a_turn_is_told_by_its_phases_and_what_each_task_waits_for() {
    let (main, other) = (Cause::Task(task(0)), Cause::Task(task(4)));
    // Its place is one of the library, where a name says more.
    let spawn = spawned(4, Some("other work"), main);
    let story = told(&recording([
        (0, Event::Turn { number: 1 }),
        (0, Event::Phase(Phase::Run)),
        (0, began(0)),
        (0, spawn),
        (
            0,
            Event::Waits {
                task: task(0),
                on: WaitsOn::Handle(task(4)),
            },
        ),
        (0, ended(0, Outcome::Pending)),
        (0, began(4)),
        (0, armed(2, 2 * SECOND, other)),
        (
            0,
            Event::Waits {
                task: task(4),
                on: WaitsOn::Timer(TimerId(2)),
            },
        ),
        (0, ended(4, Outcome::Pending)),
        (0, Event::Phase(Phase::Inject)),
        (0, Event::Phase(Phase::Park)),
        (
            0,
            Event::Parked {
                until: ParkedUntil::Deadline(2 * SECOND),
            },
        ),
        (2 * SECOND + 50_000, Event::Unparked { events: 0 }),
        (2 * SECOND + 50_000, Event::Phase(Phase::React)),
        (2 * SECOND + 51_000, Event::Phase(Phase::Expire)),
        (2 * SECOND + 51_000, Event::TimerFired { timer: TimerId(2) }),
        (
            2 * SECOND + 51_000,
            woken(4, Cause::Timer(TimerId(2)), WakeEffect::Queued),
        ),
    ]));
    assert_eq!(
        story,
        "
turn 1
    3    0.000000 s  run     #0 (block_on) is polled
    4    0.000000 s              spawns #4 'other work': queued
    6    0.000000 s              pending: waits for #4 'other work' to end
    7    0.000000 s          #4 'other work' is polled
    8    0.000000 s              arms timer 2, due at 2.000 s
   10    0.000000 s              pending: waits for timer 2 (due at 2.000 s)
   13    0.000000 s  park    nothing to do until 2.000 s: the loop sleeps
   14    2.000050 s          slept 2.000 s: the time has come
   18    2.000051 s  expire  timer 2 is due -> wakes #4 'other work': queued
"
    );
}

#[test]
fn turns_and_phases_in_which_nothing_happened_are_left_out() {
    let empty = |turn| {
        [
            Event::Turn { number: turn },
            Event::Phase(Phase::Run),
            Event::Phase(Phase::Inject),
            Event::Phase(Phase::Park),
            Event::Parked {
                until: ParkedUntil::Look,
            },
            Event::Unparked { events: 0 },
            Event::Phase(Phase::React),
            Event::Phase(Phase::Expire),
        ]
    };
    let events = empty(1).into_iter().chain(empty(1_234));
    let events = events.chain([woken(4, Cause::Outside, WakeEffect::Queued)]);
    assert_eq!(
        told(&recording(events.map(|event| (7, event)))),
        "
turn 1,234
   17    0.000000 s  expire  the program, outside its tasks, wakes #4: queued
"
    );
}

#[test]
fn what_was_not_kept_is_counted_and_a_task_from_then_introduced() {
    let mut recording = recording([(0, began(4)), (0, began(4))]);
    let line = line!() + 1;
    let event = spawned(4, Some("old"), Cause::Outside);
    recording.held.before.push(Record { at: 0, event });
    recording.held.dropped = 1_234;
    assert_eq!(
        told(&recording),
        format!(
            "
The first 1,234 events were not kept.

    1    0.000000 s          #4 'old' (spawned at here:{line}) is polled
    2    0.000000 s              #4 'old' is polled
"
        )
    );
}

#[test]
fn a_main_future_is_told_from_its_block_on_to_its_end() {
    let line = line!() + 1;
    let at = Location::caller();
    assert_eq!(
        texts([
            Event::MainStarted { at },
            began(0),
            ended(0, Outcome::Ready)
        ])
        .iter()
        .map(|text| text.replace(&format!("here:{line}"), "here"))
        .collect::<Vec<_>>(),
        [
            "block_on is called at here: its future is task #0",
            "#0 (block_on) is polled",
            "    ready: block_on returns",
        ]
    );
}

#[test]
fn a_run_in_another_order_is_not_said_to_poll_the_first_in_first() {
    let told_of = |order| {
        let recorder = Recorder::new(3, Rc::new(Clock::new(true)));
        recorder.polls_in(order);
        recorder.keep(1);
        Recording::of(&recorder).story().to_string()
    };
    for (order, words) in [
        (
            PollOrder::FirstIn,
            "poll the queued tasks, the first in first\n",
        ),
        (
            PollOrder::Seeded,
            "poll the queued tasks, in an order that a seed draws\n",
        ),
        (
            PollOrder::Scripted,
            "poll the queued tasks, in an order that a test lays down\n",
        ),
    ] {
        let story = told_of(order);
        assert!(story.contains(words), "{story}");
        let is_first_in = order == PollOrder::FirstIn;
        assert_eq!(story.contains("first in first"), is_first_in, "{story}");
    }
}

/// A job's records come with earlier times than what the loop did meanwhile.
#[test]
fn a_line_that_goes_back_in_time_says_why() {
    let (job, worker) = (job(), 0);
    let done = Event::JobFinished {
        job,
        worker,
        outcome: Outcome::Ready,
    };
    let events = [
        (50_000, Event::Unparked { events: 0 }),
        (10_000, Event::JobStarted { job, worker }),
        (40_000, done),
        (60_000, woken(4, Cause::Job(job), WakeEffect::Queued)),
        (70_000, Event::JobStarted { job, worker }),
    ];
    let events = events.map(|(at, event)| Record { at, event });
    let mut streamed = String::new();
    let mut teller = Teller::default();
    for record in &events {
        teller
            .tell(record, &Known::default(), &mut streamed)
            .unwrap();
    }
    assert_eq!(
        streamed,
        "
    1    0.000050 s          awake: 0 sources have events
    2    0.000010 s          worker 0 began job j1 (the loop learns of it only now)
    4    0.000060 s          worker 0 has done job j1 -> wakes #4: queued
    5    0.000070 s          worker 0 began job j1
"
    );
}

#[test]
fn what_a_worker_does_during_a_poll_is_no_part_of_the_poll() {
    let (job, worker) = (job(), 0);
    let at = Location::caller();
    let queued = |by| Event::JobQueued { job, by, at };
    let lines = texts([
        began(4),
        queued(Cause::Task(task(4))),
        queued(Cause::Job(job)),
        Event::JobStarted { job, worker },
        Event::JobCancelled { job },
    ]);
    assert_eq!(
        lines,
        [
            "#4 is polled",
            "    gives job j1 to the pool",
            "job j1 gives job j1 to the pool",
            "worker 0 began job j1",
            "job j1 is cancelled: it will not run",
        ]
    );
}

/// Tells as it happens, into a string.
struct Streamed(Rc<RefCell<String>>, Teller);

impl Sink for Streamed {
    fn take(&mut self, record: &Record, known: &Known) {
        let Self(text, teller) = self;
        teller.tell(record, known, &mut *text.borrow_mut()).unwrap();
    }

    fn flush(&mut self, _: Reading) {
        let Self(text, teller) = self;
        teller.end(&mut *text.borrow_mut()).unwrap();
    }

    fn runtime_ends(&mut self) {
        let Self(_, teller) = self;
        teller.runtime_ends();
    }
}

#[test]
fn told_as_it_happens_the_story_is_the_same() {
    let recorder = Recorder::new(3, Rc::new(Clock::new(true)));
    let text = Rc::new(RefCell::new(HEAD.to_owned()));
    recorder.keep(100);
    recorder.add_sink(Box::new(Streamed(text.clone(), Teller::default())));
    for event in [
        Event::Turn { number: 1 },
        Event::Phase(Phase::Run),
        began(0),
        spawned(4, None, Cause::Task(task(0))),
        ended(0, Outcome::Pending),
        began(4),
        ended(4, Outcome::Ready),
        woken(0, Cause::Task(task(4)), WakeEffect::Queued),
        Event::Phase(Phase::Expire),
        Event::TimerFired { timer: TimerId(1) },
    ] {
        recorder.record(event);
    }
    let story = Recording::of(&recorder).story().to_string();
    // The last may still have a consequence, until the end.
    assert!(story.starts_with(&*text.borrow()));
    assert!(!text.borrow().ends_with("timer 1 is due\n"));
    recorder.flush();
    assert_eq!(*text.borrow(), story);
    assert!(story.ends_with("  expire  timer 1 is due\n"));
}
