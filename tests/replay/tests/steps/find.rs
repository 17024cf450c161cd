//! That a step is found: by task, by kind, by text, and from one event of a task to its
//! next.

use std::collections::BTreeMap;

use buzzer::trace::{Cause, Event, Recording, WaitsOn};
use buzzer_replay_tests::{Page, has_browser};

use crate::{go_to, open, scenarios};

/// All steps that the keys go along, and not only those in sight.
const LISTED: &str = r"(() => {
  const key = (key) => document.body.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
  const shown = () => Number(document.body.dataset.step);
  const steps = [];
  key('Home');
  for (let last = -1; shown() !== last;) {
    last = shown();
    if (last > 0) steps.push(last);
    key('ArrowRight');
  }
  return steps;
})()";

pub fn listed(page: &Page) -> Vec<usize> {
    page.ask(LISTED).unwrap()
}

pub fn steps_where(recording: &Recording, mut is: impl FnMut(&Event) -> bool) -> Vec<usize> {
    let events = (1..).zip(recording.records());
    let those = events.filter(|(_, record)| is(&record.event));
    those.map(|(step, _)| step).collect()
}

/// Clicks, and counts it.
pub struct Clicks<'a>(pub &'a Page, pub usize);

impl Clicks<'_> {
    pub fn on(&mut self, selector: &str) {
        self.0.click(selector, 0.5).unwrap();
        self.1 += 1;
    }
}

#[test]
fn the_third_poll_of_a_task_in_sight_is_four_clicks_away() {
    if !has_browser() {
        return;
    }
    let recording = scenarios::thousands();
    let page = open(&recording);
    go_to(&page, 2_000);
    let mut clicks = Clicks(&page, 0);
    clicks.on("#sleeping [data-task=\"2\"]");
    clicks.on("#hand-only");
    clicks.on("#kind-polls");
    page.act("document.getElementById('list').scrollTop = 0")
        .unwrap();
    let third = polls_of(&recording, "2")[2];
    page.until(&format!("document.getElementById('step-{third}')"))
        .unwrap();
    clicks.on(&format!("#step-{third}"));
    assert!(clicks.1 <= 4, "{} clicks", clicks.1);
    assert_eq!(page.step().unwrap(), third);
    let why: String = page
        .ask("document.getElementById('why').textContent")
        .unwrap();
    assert!(why.contains("Poll 3 of 101."), "{why}");
    assert_eq!(page.complaints(), [""; 0]);
}

#[test]
fn the_third_poll_of_any_task_of_a_long_run_is_four_clicks_away() {
    if !has_browser() {
        return;
    }
    let recording = scenarios::long(5_000);
    let page = open(&recording);
    let mut clicks = Clicks(&page, 0);
    clicks.on("#hand-field");
    page.type_text("4711").unwrap();
    page.press("Enter").unwrap();
    clicks.on("#hand-only");
    clicks.on("#kind-polls");
    clicks.on("#rows .row:nth-child(3)");
    assert!(clicks.1 <= 4, "{} clicks", clicks.1);
    assert_eq!(page.step().unwrap(), polls_of(&recording, "4711")[2]);
}

pub fn polls_of(recording: &Recording, id: &str) -> Vec<usize> {
    steps_where(
        recording,
        |event| matches!(event, Event::PollBegan { task } if task.to_string() == id),
    )
}

#[test]
fn what_is_listed_is_of_the_kinds_that_are_chosen() {
    if !has_browser() {
        return;
    }
    let recording = scenarios::everything();
    let page = open(&recording);
    let mut clicks = Clicks(&page, 0);
    assert_eq!(listed(&page).len(), recording.records().len());
    clicks.on("#kind-polls");
    let is_poll = |event: &Event| matches!(event, Event::PollBegan { .. });
    assert_eq!(listed(&page), steps_where(&recording, is_poll));
    // Of two kinds both are.
    clicks.on("#kind-wakes");
    let is_wake = |event: &Event| matches!(event, Event::Woken { .. });
    let both = steps_where(&recording, |event| is_poll(event) || is_wake(event));
    assert_eq!(listed(&page), both);
    let said: String = page
        .ask("document.getElementById('found').textContent")
        .unwrap();
    assert_eq!(
        said,
        format!("{} of {} listed", both.len(), recording.records().len())
    );
    clicks.on("#kind-polls");
    assert_eq!(listed(&page), steps_where(&recording, is_wake));
    clicks.on("#all");
    assert_eq!(listed(&page).len(), recording.records().len());
    // All kinds together are all there is: none is forgotten.
    let kinds: usize = page
        .ask("[...document.querySelectorAll('#kinds button')].map((kind) => kind.click()).length")
        .unwrap();
    assert!(kinds >= 8, "{kinds}");
    assert_eq!(listed(&page).len(), recording.records().len());
    assert_eq!(page.complaints(), [""; 0]);
}

#[test]
fn what_is_listed_has_the_text_that_is_sought_wherever_it_is_shown() {
    if !has_browser() {
        return;
    }
    let recording = scenarios::everything();
    let page = open(&recording);
    // What the page shows of each step is what is looked for.
    let last = recording.records().len();
    let mut shown = BTreeMap::new();
    for step in 1..=last {
        go_to(&page, step);
        let words: String = page
            .ask("document.getElementById('words').textContent.toLowerCase()")
            .unwrap();
        shown.insert(step, words);
    }
    for text in [
        "Waits for a Thread",
        "#2",
        "#2 is",
        "phase",
        "turn 2",
        "no such text",
    ] {
        page.act(&format!(
            "const search = document.getElementById('search');
             search.value = {text:?};
             search.dispatchEvent(new Event('input'));"
        ))
        .unwrap();
        // A number at the end is sought as a whole.
        let text = text.to_lowercase();
        let has = |words: &String| {
            let mut found = words.match_indices(&text);
            found.any(|(at, _)| {
                let next = words[at + text.len()..].bytes().next();
                !text.ends_with(|last: char| last.is_ascii_digit())
                    || !next.is_some_and(|next| next.is_ascii_digit())
            })
        };
        let expected: Vec<_> = shown.iter().filter(|(_, words)| has(words)).collect();
        let expected: Vec<_> = expected.into_iter().map(|(step, _)| *step).collect();
        assert_eq!(listed(&page), expected, "{text}");
    }
    let none: String = page
        .ask("document.getElementById('rows').textContent")
        .unwrap();
    assert_eq!(none, "No event is like that.");
    assert_eq!(page.complaints(), [""; 0]);
}

/// The steps that have to do with a task, worked out apart from the page.
fn steps_of(recording: &Recording, id: &str) -> Vec<usize> {
    let is = |task: &buzzer::task::Id| task.to_string() == id;
    let by = |cause: &Cause| matches!(cause, Cause::Task(task) | Cause::Job(task) if is(task));
    let on = |on: &WaitsOn| matches!(on, WaitsOn::Handle(task) if is(task));
    let mut polled = false;
    steps_where(recording, |event| {
        let beside = matches!(
            event,
            Event::JobStarted { .. } | Event::JobFinished { .. } | Event::JobCancelled { .. }
        );
        let within = polled && !beside;
        match event {
            Event::PollBegan { task } => polled = is(task),
            Event::PollEnded { .. } => polled = false,
            _ => {}
        }
        within
            || match event {
                Event::MainStarted { .. } => id == "0",
                Event::PollBegan { task } | Event::PollEnded { task, .. } => is(task),
                Event::InContext { task, .. } => is(task),
                Event::Spawned {
                    task, by: whose, ..
                }
                | Event::Aborted {
                    task, by: whose, ..
                } => is(task) || by(whose),
                Event::Woken { task, cause, .. } => is(task) || by(cause),
                Event::Waits { task, on: what } => is(task) || on(what),
                Event::WaitDropped { on: what } => on(what),
                Event::TimerArmed { by: whose, .. } | Event::FileOp { by: whose, .. } => by(whose),
                Event::JobQueued { job, by: whose, .. } => is(job) || by(whose),
                Event::JobStarted { job, .. }
                | Event::JobFinished { job, .. }
                | Event::JobCancelled { job } => is(job),
                _ => false,
            }
    })
}

pub fn take(page: &Page, name: &str) {
    page.act("document.getElementById('hand-field').value = ''")
        .unwrap();
    page.click("#hand-field", 0.5).unwrap();
    page.type_text(name).unwrap();
    page.press("Enter").unwrap();
}

#[test]
fn the_task_in_hand_leads_to_each_of_its_events_and_back() {
    if !has_browser() {
        return;
    }
    let recording = scenarios::everything();
    let page = open(&recording);
    for (name, id) in [
        ("0", "0"),
        ("#1", "1"),
        ("WAITS for a thread", "3"),
        ("j1", "j1"),
    ] {
        let its = steps_of(&recording, id);
        assert!(its.len() >= 3, "{id}: {its:?}");
        take(&page, name);
        page.press_to("Home", 0).unwrap();
        for step in &its {
            page.press_to("n", *step).unwrap();
            let marked: bool = page
                .ask(&format!(
                    "document.getElementById('step-{step}').classList.contains('its')"
                ))
                .unwrap();
            assert!(marked, "{id}: step {step}");
        }
        for step in its.iter().rev().skip(1) {
            page.press_with_shift("N").unwrap();
            page.until(&format!("document.body.dataset.step === '{step}'"))
                .unwrap();
        }
        page.click("#hand-only", 0.5).unwrap();
        assert_eq!(listed(&page), its, "{id}");
        page.click("#all", 0.5).unwrap();
    }
    take(&page, "nobody of that name");
    let [says, task]: [String; 2] = page
        .ask("[document.getElementById('hand-says').textContent, location.hash]")
        .unwrap();
    assert_eq!(says, "No task is called ‘nobody of that name’.");
    // It changes nothing else.
    assert!(task.ends_with("&task=j1"), "{task}");
    page.click("#hand-down", 0.5).unwrap();
    let marked: usize = page
        .ask("document.querySelectorAll('.its, .in-hand').length")
        .unwrap();
    assert_eq!(marked, 0);
    assert_eq!(page.complaints(), [""; 0]);
}

#[test]
fn a_task_is_taken_in_hand_where_it_is_named_and_by_a_key() {
    if !has_browser() {
        return;
    }
    let recording = scenarios::everything();
    let page = open(&recording);
    let in_hand = || {
        page.ask::<String>("document.getElementById('hand-field').value")
            .unwrap()
    };
    let polls = polls_of(&recording, "3");
    go_to(&page, polls[0]);
    page.click("#polled [data-task]", 0.5).unwrap();
    assert_eq!(in_hand(), "#3 'waits for a thread'");
    // The task whose doing an event is, in its words.
    let is_end =
        |event: &Event| matches!(event, Event::PollEnded { task, .. } if task.to_string() == "1");
    go_to(&page, steps_where(&recording, is_end)[0]);
    page.click("#words .whose", 0.5).unwrap();
    assert_eq!(in_hand(), "#1");
    go_to(&page, polls_of(&recording, "2")[0]);
    page.press("h").unwrap();
    page.until("document.getElementById('hand-field').value === '#2'")
        .unwrap();
    assert_eq!(page.complaints(), [""; 0]);
}

#[test]
fn phases_that_are_folded_away_leave_the_turns_in_which_something_happens() {
    if !has_browser() {
        return;
    }
    let recording = scenarios::document(scenarios::PLENTY);
    let page = open(&recording);
    page.click("#fold", 0.5).unwrap();
    let is_routine = |event: &Event| {
        matches!(
            event,
            Event::Phase(_) | Event::Parked { .. } | Event::Unparked { .. }
        )
    };
    let is_turn = |event: &Event| matches!(event, Event::Turn { .. });
    let events: Vec<_> = recording
        .records()
        .iter()
        .map(|record| &record.event)
        .collect();
    let mut expected = Vec::new();
    for (index, event) in events.iter().enumerate() {
        let mut rest = events[index + 1..]
            .iter()
            .take_while(|event| !is_turn(event));
        let stays = match is_turn(event) {
            true => rest.any(|event| !is_routine(event)),
            false => !is_routine(event),
        };
        if stays {
            expected.push(index + 1);
        }
    }
    assert!(expected.len() < events.len(), "{expected:?}");
    assert_eq!(listed(&page), expected);
    assert_eq!(page.complaints(), [""; 0]);
}
