//! The counter of the run queue.

use super::*;

/// The run queue's length, with when it began to be that, in microseconds.
fn lengths(recording: &Recording) -> Vec<(u64, f64)> {
    let counters = drawn(recording).counters.into_iter();
    let lengths = counters.map(|(series, at, length)| {
        assert_eq!(series, "run queue: tasks");
        (at / 1_000, length)
    });
    lengths.collect()
}

fn requeued(count: u64) -> Event {
    Event::PollEnded {
        task: task(count),
        outcome: Outcome::Pending,
        requeued: true,
    }
}

fn sleeps() -> Event {
    Event::Parked {
        until: ParkedUntil::ForEver,
    }
}

#[test]
fn the_run_queues_length_is_that_of_each_moment() {
    let at = Location::caller();
    let aborted = |count, queued| Event::Aborted {
        task: task(count),
        by: Cause::Outside,
        queued,
    };
    let events = [
        Event::MainStarted { at },            // 1
        Event::Turn { number: 1 },            // 2
        Event::Phase(Phase::Run),             // 3
        began(0),                             // 4
        spawned(1, Cause::Task(task(0)), at), // 5
        requeued(0),                          // 6
        began(1),                             // 7
        ended(1, Outcome::Pending),           // 8
        began(0),                             // 9
        ended(0, Outcome::Pending),           // 10
        Event::Phase(Phase::Park),            // 11
        sleeps(),                             // 12
        Event::Unparked { events: 1 },        // 13
        woken(1, Cause::Outside),             // 14
        woken(0, Cause::Outside),             // 15
        aborted(2, true),                     // 16
        aborted(0, false),                    // 17
        began(0),                             // 18
        ended(0, Outcome::Ready),             // 19
    ];
    assert_eq!(
        lengths(&recording(events.clone())),
        [
            (1, 1.0),
            (4, 0.0),
            (5, 1.0),
            (6, 2.0),
            (7, 1.0),
            (9, 0.0),
            (14, 1.0),
            (15, 2.0),
            (16, 3.0),
            (18, 2.0),
        ]
    );
    // Unknown, since the beginning is, until the loop sleeps.
    let mut wrapped = recording(events);
    wrapped.held.dropped = 1;
    let known = [(12, 0.0), (14, 1.0), (15, 2.0), (16, 3.0), (18, 2.0)];
    assert_eq!(lengths(&wrapped), known);
}

#[test]
fn what_the_runtimes_end_drops_leaves_no_run_queue() {
    let at = Location::caller();
    let spawn = |count| spawned(count, Cause::Outside, at);
    let events = [
        spawn(1),                       // 1
        spawn(2),                       // 2
        began(3),                       // 3: it had waited.
        woken(1, Cause::Task(task(3))), // 4
        ended(3, Outcome::Cancelled),   // 5
        began(1),                       // 6
        ended(1, Outcome::Cancelled),   // 7
    ];
    let mut recording = recording(events);
    recording.known.set_end(Some(2));
    assert_eq!(lengths(&recording), [(1, 1.0), (2, 2.0), (3, 0.0)]);
}
