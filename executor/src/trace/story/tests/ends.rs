//! How the end of a runtime is told.

use super::*;

#[test]
fn what_a_runtime_drops_at_its_end_is_told_outside_the_loop() {
    let story = told(&recording([
        (0, Event::Turn { number: 1 }),
        (0, Event::Phase(Phase::Run)),
        (0, began(0)),
        (0, ended(0, Outcome::Ready)),
        (0, began(4)),
        (0, ended(4, Outcome::Cancelled)),
        (0, Event::Turn { number: 2 }),
        (0, Event::Phase(Phase::Run)),
        (0, began(5)),
    ]));
    assert_eq!(
        story,
        "
turn 1
    3    0.000000 s  run     #0 (block_on) is polled
    4    0.000000 s              ready: block_on returns

outside the loop
    5    0.000000 s          #4 is left when the runtime ends
    6    0.000000 s              cancelled: its future is dropped

turn 2
    9    0.000000 s  run     #5 is polled
"
    );
}

/// The records that a recorder makes of them, with the runtime's end after some.
fn ending(before: Vec<Event>, after: Vec<Event>) -> (String, String) {
    let recorder = Recorder::new(3, Rc::new(Clock::new(true)));
    let text = Rc::new(RefCell::new(HEAD.to_owned()));
    recorder.keep(100);
    recorder.add_sink(Box::new(Streamed(text.clone(), Teller::default())));
    before.into_iter().for_each(|event| recorder.record(event));
    recorder.runtime_ends();
    after.into_iter().for_each(|event| recorder.record(event));
    recorder.flush();
    let story = told(&Recording::of(&recorder));
    let streamed = text.borrow()[HEAD.len()..].replace(file!(), "here");
    (story, streamed)
}

#[test]
fn who_is_left_when_a_runtime_ends_that_turns_have_driven_is_not_said_to_be_polled() {
    let (story, streamed) = ending(
        vec![
            Event::Turn { number: 1 },
            Event::Phase(Phase::Expire),
            // Held back until it is known what follows from it.
            Event::TimerFired { timer: TimerId(1) },
        ],
        vec![
            began(4),
            woken(5, Cause::Task(task(4)), WakeEffect::Queued),
            Event::Aborted {
                task: task(6),
                by: Cause::Task(task(4)),
                queued: true,
            },
            ended(4, Outcome::Cancelled),
        ],
    );
    assert_eq!(
        story,
        "
turn 1
    3    0.000000 s  expire  timer 1 is due

outside the loop
    4    0.000000 s          #4 is left when the runtime ends
    5    0.000000 s              wakes #5: too late, the runtime ends
    6    0.000000 s              aborts #6: too late, the runtime ends
    7    0.000000 s              cancelled: its future is dropped
"
    );
    assert_eq!(streamed, story);
}

#[test]
fn the_end_of_a_runtime_in_which_nothing_ran_is_told_as_that() {
    let (story, streamed) = ending(vec![], vec![began(4), ended(4, Outcome::Cancelled)]);
    assert_eq!(
        story,
        "
outside the loop
    1    0.000000 s          #4 is left when the runtime ends
    2    0.000000 s              cancelled: its future is dropped
"
    );
    assert_eq!(streamed, story);
}
