//! The replay in a real browser: that what it shows at each step is what the recording
//! says, however one gets there.

#[path = "../../../support/child.rs"]
mod child;
mod find;
mod fold;
mod guide;
mod layout;
mod numbers;
mod page;
mod scenarios;
mod travel;
mod truths;

use buzzer::trace::{Cause, Event, Record, Recording};
use buzzer_replay_tests::{DESK, Page, has_browser};

use fold::{SHOWN, Shown, states};

fn open(recording: &Recording) -> Page {
    Page::open(&recording.replay().to_string(), "", DESK).unwrap()
}

#[track_caller]
fn compare(page: &Page, expected: &Shown, recording: &Recording, step: usize) {
    let shown: Shown = page.ask(SHOWN).unwrap();
    let event = step.checked_sub(1).map(|index| &recording.records()[index]);
    assert_eq!(shown, *expected, "step {step}: {event:?}");
}

/// Shows a step by its address.
#[track_caller]
fn go_to(page: &Page, step: usize) {
    page.ask::<String>(&format!("location.hash = '#step={step}'"))
        .unwrap();
    page.until(&format!("document.body.dataset.step === '{step}'"))
        .unwrap();
}

/// Steps to the end and back, by key, one step at a time, and looks at each.
fn walk(recording: &Recording) {
    let states = states(recording);
    let last = recording.records().len();
    let page = open(recording);
    compare(&page, &states[0], recording, 0);
    // What is shown once the page has done with the key.
    page.ask::<usize>(&format!(
        "(() => {{
            window.seen = [];
            document.addEventListener('keydown', () =>
                seen.push([Number(document.body.dataset.step), {SHOWN}]));
            return 0;
        }})()"
    ))
    .unwrap();
    // Once more at each end: there it stays.
    page.hold("ArrowRight", last + 1).unwrap();
    page.hold("ArrowLeft", last + 1).unwrap();
    let forth = (1..=last).chain([last]);
    let back = (0..last).rev().chain([0]);
    let expected: Vec<_> = forth.chain(back).collect();
    page.until(&format!("seen.length === {}", expected.len()))
        .unwrap();
    let seen: Vec<(usize, Shown)> = page.ask("seen").unwrap();
    for (step, (shown_step, shown)) in expected.into_iter().zip(seen) {
        assert_eq!(shown_step, step);
        let event = step.checked_sub(1).map(|index| &recording.records()[index]);
        assert_eq!(shown, states[step], "step {step}: {event:?}");
    }
    assert_eq!(page.complaints(), [""; 0]);
}

#[test]
fn locks_and_channels_show_who_has_them_and_who_stands_in_line() {
    if !has_browser() {
        return;
    }
    let recording = scenarios::locks();
    assert_eq!(recording.dropped(), 0);
    walk(&recording);
}

#[test]
fn the_documents_program_shows_at_every_step_what_the_recording_says() {
    if !has_browser() {
        return;
    }
    let recording = scenarios::document(scenarios::PLENTY);
    assert_eq!(recording.dropped(), 0);
    walk(&recording);
}

#[test]
fn sources_jobs_threads_timeouts_and_aborts_show_as_the_recording_says() {
    if !has_browser() {
        return;
    }
    let recording = scenarios::everything();
    let happens = |what: fn(&Event) -> bool| {
        let mut events = recording.records().iter().map(|record| &record.event);
        events.any(what)
    };
    assert!(happens(|event| matches!(event, Event::SourceReady { .. })));
    assert!(happens(|event| matches!(
        event,
        Event::SourceCleared { .. }
    )));
    assert!(happens(|event| matches!(event, Event::SourceClosed { .. })));
    assert!(happens(|event| matches!(event, Event::JobFinished { .. })));
    assert!(happens(|event| matches!(event, Event::Aborted { .. })));
    assert!(happens(|event| matches!(event, Event::TimerDropped { .. })));
    assert!(happens(|event| matches!(
        event,
        Event::Woken {
            cause: Cause::Thread(_),
            ..
        }
    )));
    assert!(happens(|event| matches!(
        event,
        Event::PollEnded { requeued: true, .. }
    )));
    walk(&recording);
}

#[test]
fn jumps_far_forth_and_back_show_what_the_recording_says() {
    if !has_browser() {
        return;
    }
    let recording = scenarios::thousands();
    let states = states(&recording);
    let last = recording.records().len();
    let page = open(&recording);
    let interval: usize = page.ask("Number(document.body.dataset.interval)").unwrap();
    assert!(
        last > 4 * interval,
        "{last} events, a keyframe each {interval}"
    );
    // Where keyframes are, next to them, and between.
    let frames = (0..=last / interval).map(|frame| frame * interval);
    let steps = frames.flat_map(|at| [at, at + 1, at + interval / 2, at + interval - 1]);
    let steps: Vec<_> = steps.filter(|step| *step <= last).collect();
    for step in steps.iter().rev().chain(&steps) {
        page.ask::<String>(&format!("location.hash = '#step={step}'"))
            .unwrap();
        page.until(&format!("document.body.dataset.step === '{step}'"))
            .unwrap();
        compare(&page, &states[*step], &recording, *step);
    }
}

#[test]
fn only_a_run_in_order_is_said_to_be_in_order() {
    if !has_browser() {
        return;
    }
    for (recording, in_order) in [
        (scenarios::everything(), true),
        (scenarios::document(50), true),
        (scenarios::shuffled(), false),
    ] {
        let page = open(&recording);
        let is_poll = |record: &Record| matches!(record.event, Event::PollBegan { .. });
        let poll = recording.records().iter().position(is_poll).unwrap() + 1;
        page.ask::<String>(&format!("location.hash = '#step={poll}'"))
            .unwrap();
        page.until(&format!("document.body.dataset.step === '{poll}'"))
            .unwrap();
        let [queue, why]: [String; 2] = page
            .ask("['#queue .what', '#why'].map((text) => document.querySelector(text).textContent)")
            .unwrap();
        assert_eq!(queue.contains("the first is next"), in_order, "{queue}");
        assert_eq!(why.starts_with("The first in"), in_order, "{why}");
    }
}

#[test]
fn the_last_turn_of_an_aborted_task_is_not_said_to_be_a_poll() {
    if !has_browser() {
        return;
    }
    let recording = scenarios::everything();
    let records = recording.records();
    let aborted = records.iter().find_map(|record| match record.event {
        Event::Aborted { task, .. } => Some(task),
        _ => None,
    });
    let aborted = aborted.unwrap();
    let polls = (1..)
        .zip(records)
        .filter(|(_, record)| matches!(record.event, Event::PollBegan { task } if task == aborted));
    let polls: Vec<usize> = polls.map(|(step, _)| step).collect();
    let page = open(&recording);
    let (&last, before) = polls.split_last().unwrap();
    assert!(!before.is_empty());
    for &step in &polls {
        page.ask::<String>(&format!("location.hash = '#step={step}'"))
            .unwrap();
        page.until(&format!("document.body.dataset.step === '{step}'"))
            .unwrap();
        let why: String = page
            .ask("document.getElementById('why').textContent")
            .unwrap();
        assert_eq!(why.contains("its future is dropped"), step == last, "{why}");
    }
}

#[test]
fn a_ring_that_wrapped_shows_what_is_known() {
    if !has_browser() {
        return;
    }
    let recording = scenarios::document(50);
    assert!(recording.dropped() > 0 && !recording.before().is_empty());
    let why: String = open(&recording)
        .ask("document.getElementById('why').textContent")
        .unwrap();
    let dropped = format!("The first {} events were not kept", recording.dropped());
    assert!(why.starts_with(&dropped), "{why}");
    walk(&recording);
}

#[test]
fn jumps_by_end_slider_address_and_turn_show_what_stepping_shows() {
    if !has_browser() {
        return;
    }
    let recording = scenarios::document(scenarios::PLENTY);
    let states = states(&recording);
    let last = recording.records().len();
    let page = open(&recording);
    page.press_to("End", last).unwrap();
    compare(&page, &states[last], &recording, last);
    page.press_to("Home", 0).unwrap();
    compare(&page, &states[0], &recording, 0);
    page.press_to("PageDown", 20).unwrap();
    compare(&page, &states[20], &recording, 20);
    page.press_to("PageUp", 0).unwrap();
    for across in [0.2, 0.9, 0.5] {
        let before = page.step().unwrap();
        page.click("#slider", across).unwrap();
        page.until(&format!("document.body.dataset.step !== '{before}'"))
            .unwrap();
        let step = page.step().unwrap();
        compare(&page, &states[step], &recording, step);
    }
    page.ask::<String>("location.hash = '#step=7'").unwrap();
    page.until("document.body.dataset.step === '7'").unwrap();
    compare(&page, &states[7], &recording, 7);
    // The turns after the first, by their key, and back.
    let turns = (1..last).filter(|step| states[*step].turn != states[step - 1].turn);
    let turns: Vec<_> = turns.filter(|step| *step > 7).collect();
    assert!(turns.len() >= 2, "{turns:?}");
    for step in &turns {
        page.press_to("t", *step).unwrap();
    }
    for step in turns.iter().rev().skip(1) {
        page.press_with_shift("T").unwrap();
        page.until(&format!("document.body.dataset.step === '{step}'"))
            .unwrap();
        compare(&page, &states[*step], &recording, *step);
    }
    assert_eq!(page.complaints(), [""; 0]);
}
