//! What each kind of event becomes, from recordings made by hand. Recordings of whole
//! programs are in the workspace's tests/timeline.rs.

mod arrows;
mod counter;
#[allow(
    unreachable_pub,
    reason = "it is a file of tests that are crates of their own, too"
)]
#[path = "../../../../../tests/support/trace_events.rs"]
mod trace_events;

use std::panic::Location;
use std::sync::Arc;

use super::lanes::OWN_LANES;
use super::*;
use crate::record::event::{
    Cause, Event, Outcome, ParkedUntil, Phase, Record, ThreadIndex, WaitsOn, WakeEffect,
};
use crate::record::ids::{Direction, Id, SharedIds, SourceId, TimerId};
use crate::record::time::Nanos;
use crate::record::{Held, Known};
use trace_events::{Trace, check};

const SECOND: Nanos = 1_000_000_000;
const MAIN: &str = "#0 (block_on)";
const LOOP: &str = "the loop";

fn task(count: u64) -> Id {
    Id::of_runtime(3, count)
}

fn job() -> Id {
    SharedIds::of_runtime(3).next_job()
}

fn spawned(count: u64, by: Cause, at: &'static Location<'static>) -> Event {
    let (task, name) = (task(count), None);
    Event::Spawned { task, by, at, name }
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

fn woken(count: u64, cause: Cause) -> Event {
    Event::Woken {
        task: task(count),
        cause,
        effect: WakeEffect::Queued,
    }
}

fn started(worker: u64) -> Event {
    Event::JobStarted { job: job(), worker }
}

fn finished(worker: u64) -> Event {
    Event::JobFinished {
        job: job(),
        worker,
        outcome: Outcome::Ready,
    }
}

/// With a wake of main and a poll of it after.
fn wakes_main(cause: Cause) -> [Event; 3] {
    [woken(0, cause), began(0), ended(0, Outcome::Pending)]
}

/// A recording whose events are a microsecond apart.
fn recording(events: impl IntoIterator<Item = Event>) -> Recording {
    timed(
        events
            .into_iter()
            .zip(1..)
            .map(|(event, at)| (at * 1_000, event)),
    )
}

fn timed(events: impl IntoIterator<Item = (Nanos, Event)>) -> Recording {
    let records = events.into_iter().map(|(at, event)| Record { at, event });
    Recording {
        held: Held {
            records: records.collect(),
            ..Held::default()
        },
        known: Known::default(),
    }
}

#[track_caller]
fn drawn(recording: &Recording) -> Trace {
    let text = recording.timeline().to_string();
    check(&text).unwrap_or_else(|why| panic!("{why}\n{text}"))
}

#[track_caller]
fn assert_arrow(events: impl IntoIterator<Item = Event>, from: &str, to: &str) {
    let trace = drawn(&recording(events));
    assert_eq!(trace.arrows(), [(from.to_owned(), to.to_owned())]);
}

fn polled_main() -> String {
    format!("{MAIN}: {MAIN}")
}

#[test]
fn an_empty_recording_is_a_valid_trace() {
    let trace = drawn(&recording([]));
    assert!(trace.slices.is_empty());
    assert_eq!(trace.lanes.len(), 1);
}

#[test]
fn what_began_before_the_recording_begins_with_it_and_says_so() {
    let armed = Event::TimerArmed {
        timer: TimerId(1),
        deadline: SECOND,
        by: Cause::Task(task(1)),
    };
    let mut recording = recording([
        armed,
        ended(1, Outcome::Pending),
        finished(0),
        Event::Phase(Phase::Inject),
    ]);
    recording.held.dropped = 7;
    let trace = drawn(&recording);
    for (lane, end) in [("#1", 2_000), ("worker 0", 3_000)] {
        let slice = trace.on(lane).next().expect(lane);
        assert_eq!((slice.from, slice.to), (1_000, end));
        assert_eq!(slice.args["began"], "before the oldest event that was kept");
    }
    assert_eq!(
        trace.instants_on("#1").collect::<Vec<_>>(),
        ["arms timer 1"]
    );
    assert_eq!(trace.other["dropped"], "7");
}

#[test]
fn what_has_not_ended_ends_with_the_recording_and_says_so() {
    let trace = drawn(&recording([
        Event::Turn { number: 1 },
        Event::Phase(Phase::Run),
        started(0),
        began(1),
    ]));
    assert_eq!(trace.slices.len(), 4);
    for lane in ["#1", "worker 0"] {
        let slice = trace.on(lane).next().expect(lane);
        assert_eq!(slice.args["ended"], "not before the end of the recording");
    }
}

#[test]
fn a_turn_ends_with_the_future_of_block_on() {
    let trace = drawn(&recording([
        Event::Turn { number: 1 },
        Event::Phase(Phase::Run),
        began(0),
        ended(0, Outcome::Panicked),
        woken(1, Cause::Outside),
        Event::Turn { number: 2 },
    ]));
    let turns = trace
        .on(LOOP)
        .filter(|slice| slice.name.starts_with("turn"));
    let turns: Vec<_> = turns.map(|turn| (turn.from, turn.to)).collect();
    assert_eq!(turns, [(1_000, 4_000), (6_000, 6_001)]);
}

#[test]
fn the_loop_sleeps_within_its_park_and_a_jump_is_as_wide_as_it_is_far() {
    let until = ParkedUntil::Deadline(3 * SECOND);
    let trace = drawn(&timed([
        (0, Event::Turn { number: 1 }),
        (0, Event::Phase(Phase::Park)),
        (0, Event::Parked { until }),
        (0, Event::Unparked { events: 0 }),
        (3 * SECOND, Event::ClockJumped { from: 0 }),
        (3 * SECOND, Event::Phase(Phase::React)),
    ]));
    let step = SECOND / 10;
    let slices = trace.on(LOOP);
    let slices: Vec<_> = slices
        .map(|slice| (slice.name.as_str(), slice.depth, slice.from, slice.to))
        .collect();
    let end = 3 * SECOND + 2 * step;
    let expected = [
        ("turn 1", 0, 0, end),
        ("park", 1, step, 3 * SECOND + step),
        ("sleeps until a deadline", 2, 2 * step, 3 * step),
        ("the clock jumps", 2, 3 * step, 3 * SECOND),
        ("react", 1, 3 * SECOND + step, end),
    ];
    assert_eq!(slices, expected);
    let said: Vec<_> = trace.on(LOOP).map(|slice| &slice.args["at"]).collect();
    assert_eq!(said, ["0 s", "0 s", "0 s", "3.000 s", "3.000 s"]);
    let sleep = trace.on(LOOP).nth(2).unwrap();
    assert_eq!(
        (&sleep.args["until"], &sleep.args["events"]),
        (&"3.000 s".into(), &0.into())
    );
    assert_eq!(
        (&trace.other["clock"], &trace.other["step_ns"]),
        (&"virtual".into(), &"100000000".into())
    );
}

#[test]
fn a_jump_that_the_recording_begins_with_begins_where_the_clock_stood() {
    let jump = Event::ClockJumped { from: SECOND };
    let trace = drawn(&timed([(3 * SECOND, jump)]));
    let jump = trace.on(LOOP).next().unwrap();
    assert_eq!((jump.from, jump.to), (SECOND, 3 * SECOND));
}

#[test]
fn a_poll_says_how_it_ended_and_what_the_task_still_waits_for() {
    let waits = |on| Event::Waits { task: task(0), on };
    let timer = TimerId(1);
    let trace = drawn(&recording([
        began(0),
        waits(WaitsOn::Handle(task(4))),
        waits(WaitsOn::Timer(timer)),
        ended(0, Outcome::Pending),
        Event::TimerFired { timer },
        began(0),
        ended(0, Outcome::Pending),
        began(0),
        ended(0, Outcome::Panicked),
    ]));
    let polls: Vec<_> = trace.on(MAIN).map(|poll| &poll.args).collect();
    assert_eq!(polls[0]["outcome"], "pending");
    assert_eq!(polls[0]["waits_for"], "timer 1; #4 to end");
    assert_eq!(polls[1]["waits_for"], "#4 to end");
    assert_eq!(polls[2]["outcome"], "panicked");
    assert!(!polls[2].contains_key("waits_for"));
}

#[test]
fn of_many_things_that_a_task_waits_for_the_first_are_named() {
    let waits = (1..=1_011).map(|count| Event::Waits {
        task: task(0),
        on: WaitsOn::Handle(task(count)),
    });
    let events = [began(0)].into_iter().chain(waits);
    let trace = drawn(&recording(events.chain([ended(0, Outcome::Pending)])));
    let poll = trace.on(MAIN).next().unwrap();
    let said = poll.args["waits_for"].as_str().unwrap();
    assert!(said.starts_with("#1 to end; #2 to end; "), "{said}");
    assert!(said.ends_with("; #10 to end; and 1,001 more"), "{said}");
}

#[test]
fn what_a_poll_does_is_an_instant_in_it() {
    let by = Cause::Task(task(0));
    let (timer, source) = (TimerId(1), SourceId(2));
    let at_once = |at_once| Event::FileOp { by, at_once };
    let registered = Event::SourceRegistered {
        source,
        fd: 9,
        read: true,
        write: false,
    };
    let armed = Event::TimerArmed {
        timer,
        deadline: SECOND,
        by,
    };
    let trace = drawn(&recording([
        began(0),
        armed,
        Event::TimerDropped { timer },
        registered,
        Event::SourceClosed { source },
        at_once(true),
        at_once(false),
        Event::JobCancelled { job: job() },
        ended(0, Outcome::Pending),
    ]));
    let instants: Vec<_> = trace.instants_on(MAIN).collect();
    let expected = [
        "arms timer 1",
        "drops timer 1",
        "registers source 2 (fd 9)",
        "closes source 2",
        "file operation, done at once",
        "file operation, sent to the pool",
        "cancels job j1",
    ];
    assert_eq!(instants, expected);
}

#[test]
fn lanes_are_the_loop_the_tasks_by_their_spawn_the_workers_and_the_other_threads() {
    let here = Location::caller();
    let by = Cause::Thread(ThreadIndex(0));
    let trace = drawn(&recording([
        spawned(9, by, here),
        began(0),
        spawned(2, Cause::Task(task(0)), here),
        ended(0, Outcome::Pending),
        started(3),
        started(1),
    ]));
    let lanes: Vec<_> = trace.lanes.into_values().collect();
    let expected = [
        LOOP,
        &format!("#9 of {here}"),
        MAIN,
        &format!("#2 of {here}"),
        "worker 1",
        "worker 3",
        "other threads",
    ];
    assert_eq!(lanes, expected);
}

#[test]
fn the_tasks_of_a_place_share_a_lane_if_they_are_too_many() {
    let lanes = |tasks: u64| {
        let here = Location::caller();
        let spawns = (1..=tasks).map(|count| spawned(count, Cause::Outside, here));
        let polls = (1..=tasks).flat_map(|count| [began(count), ended(count, Outcome::Ready)]);
        let trace = drawn(&recording(spawns.chain(polls)));
        assert_eq!(trace.arrows.len(), tasks as usize);
        trace.lanes.into_values().collect::<Vec<_>>()
    };
    let most = OWN_LANES as u64;
    assert_eq!(lanes(most).len(), 1 + OWN_LANES);
    let shared = lanes(most + 1);
    assert_eq!(shared.len(), 2);
    assert!(shared[1].starts_with("65 tasks of "), "{shared:?}");
}

#[test]
fn names_and_threads_may_be_called_anything() {
    let name = "\"quoted\"\\ \n\u{1}\u{7f}</script> 🐝 Ä";
    let spawn = Event::Spawned {
        task: task(1),
        by: Cause::Outside,
        at: Location::caller(),
        name: Some(Arc::new(name.to_owned())),
    };
    let trace = drawn(&recording([spawn, began(1), ended(1, Outcome::Ready)]));
    let shown = format!("#1 '{}'", name.escape_debug());
    let poll = trace.on(&shown).next().expect("its lane is called so");
    assert_eq!(poll.name, shown);
    assert_eq!(poll.args["name"], name);
}
