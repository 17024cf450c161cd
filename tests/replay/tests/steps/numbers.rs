//! What the page counts: polls, events of a task, shares of the run; and that its numbers
//! are those of the story.

use buzzer::runtime::Builder;
use buzzer::trace::{Event, Recording};
use buzzer_replay_tests::{Page, has_browser};

use crate::find::{Clicks, listed, polls_of, steps_where, take};
use crate::{go_to, open, scenarios};

fn text_of(page: &Page, selector: &str) -> String {
    page.ask(&format!(
        "document.querySelector({selector:?}).textContent.trim()"
    ))
    .unwrap()
}

fn search(page: &Page, text: &str) {
    page.act(&format!(
        "const search = document.getElementById('search');
         search.value = {text:?};
         search.dispatchEvent(new Event('input'))"
    ))
    .unwrap();
}

#[test]
fn the_third_poll_of_a_task_is_found_by_two_clicks_and_its_name() {
    if !has_browser() {
        return;
    }
    let recording = scenarios::thousands();
    let page = open(&recording);
    let mut clicks = Clicks(&page, 0);
    clicks.on("#search");
    page.type_text("#2 is polled: poll 3").unwrap();
    let third = polls_of(&recording, "2")[2];
    page.until("document.querySelectorAll('#rows .row').length === 1")
        .unwrap();
    clicks.on(&format!("#step-{third}"));
    assert_eq!(clicks.1, 2);
    assert_eq!(page.step().unwrap(), third);
    assert_eq!(text_of(&page, "#words"), "#2 is polled: poll 3");
    assert_eq!(page.complaints(), [""; 0]);
}

#[test]
fn a_polls_number_is_sought_as_a_whole_with_commas_or_without() {
    if !has_browser() {
        return;
    }
    let recording = scenarios::thousands();
    let page = open(&recording);
    let of_each = |number: usize| {
        let all = ["0", "1", "2", "3"].map(|id| polls_of(&recording, id));
        let polls = all
            .iter()
            .filter_map(|polls| polls.get(number - 1).copied());
        let mut polls: Vec<_> = polls.collect();
        polls.sort_unstable();
        polls
    };
    for number in [1, 3, 100] {
        search(&page, &format!("poll {number}"));
        assert_eq!(listed(&page), of_each(number), "poll {number}");
    }
    // A turn's number has commas from 1,000 on; the parts of a second are no number.
    search(&page, "1,234");
    let with_comma = listed(&page);
    search(&page, "1234");
    assert_eq!(listed(&page), with_comma);
    search(&page, "due at 0.03");
    let is_due = |event: &Event| match event {
        Event::TimerArmed { deadline, .. } => *deadline / 10_000_000 == 3,
        _ => false,
    };
    let (due, found) = (steps_where(&recording, is_due), listed(&page));
    assert!(due.len() > 3, "{due:?}");
    assert!(due.iter().all(|step| found.contains(step)), "{found:?}");
}

#[test]
fn the_turn_in_which_a_future_is_dropped_is_no_poll() {
    if !has_browser() {
        return;
    }
    let recording = scenarios::everything();
    let page = open(&recording);
    search(&page, "has its last turn");
    let last_turns = listed(&page);
    assert_eq!(last_turns.len(), 1);
    go_to(&page, last_turns[0]);
    let words = text_of(&page, "#words");
    assert!(words.ends_with("has its last turn"), "{words}");
    assert!(!text_of(&page, "#why").contains("Poll"));
    assert!(text_of(&page, "#polled li").contains("its future is dropped"));
}

#[test]
fn polls_after_events_that_were_not_kept_are_numbered_as_that() {
    if !has_browser() {
        return;
    }
    let recording = scenarios::document(50);
    assert!(recording.dropped() > 0);
    let poll = polls_of(&recording, "0")[0];
    let page = open(&recording);
    go_to(&page, poll);
    let words = text_of(&page, "#words");
    assert!(
        words.ends_with("is polled: poll 1 of those kept"),
        "{words}"
    );
    assert!(text_of(&page, "#why").ends_with("that were kept."));
}

#[test]
fn a_task_that_runs_is_said_to_run_and_not_to_wait() {
    if !has_browser() {
        return;
    }
    let recording = scenarios::document(scenarios::PLENTY);
    let page = open(&recording);
    let (mut polls, mut number, mut will_wait) = (Vec::new(), None, 0);
    for (step, record) in (1..).zip(recording.records()) {
        match record.event {
            Event::PollBegan { task } => {
                polls.push(task);
                number = Some(polls.iter().filter(|other| **other == task).count());
            }
            Event::PollEnded { .. } => number = None,
            _ => {}
        }
        let Some(number) = number else { continue };
        go_to(&page, step);
        let lines: Vec<String> = page
            .ask("[...document.querySelectorAll('#polled .line')].map((line) => line.textContent)")
            .unwrap();
        assert_eq!(lines[0], format!("runs: poll {number}"), "step {step}");
        let waits = lines.iter().filter(|line| line.contains("waits"));
        for line in waits {
            assert!(line.starts_with("if pending, waits for "), "{line}");
            will_wait += 1;
        }
    }
    assert!(will_wait >= 3, "{will_wait}");
}

#[test]
fn the_keys_of_the_task_in_hand_go_along_what_is_listed() {
    if !has_browser() {
        return;
    }
    let recording = scenarios::everything();
    let page = open(&recording);
    take(&page, "1");
    page.click("#kind-polls", 0.5).unwrap();
    page.act("document.activeElement.blur()").unwrap();
    page.press_to("Home", 0).unwrap();
    let polls = polls_of(&recording, "1");
    assert!(polls.len() >= 2, "{polls:?}");
    for step in &polls {
        page.press_to("n", *step).unwrap();
    }
    let says = text_of(&page, "#hand-says");
    let are_listed = format!("of which {} are listed.", polls.len());
    assert!(says.contains(&are_listed), "{says}");
    // After the last it stays.
    page.click("#hand-on", 0.5).unwrap();
    assert_eq!(page.step().unwrap(), polls[polls.len() - 1]);
    for step in polls.iter().rev().skip(1) {
        page.click("#hand-back", 0.5).unwrap();
        page.until(&format!("document.body.dataset.step === '{step}'"))
            .unwrap();
    }
    search(&page, "no such text");
    page.click("#hand-on", 0.5).unwrap();
    assert_eq!(page.step().unwrap(), polls[0]);
    let says = text_of(&page, "#hand-says");
    assert!(says.contains("of which none is listed."), "{says}");
    assert_eq!(page.complaints(), [""; 0]);
}

/// Of the map's middle part: the share that has the colour of polls, of the loop, of sleep.
const DRAWN: &str = r"(() => {
  const map = document.getElementById('map');
  const colours = ['poll', 'loop', 'sleep'].map((look) =>
    getComputedStyle(document.querySelector(`.key.${look}`), '::before').backgroundColor);
  const { data } = map.getContext('2d').getImageData(0, 6, map.width, map.height - 12);
  const counts = [0, 0, 0];
  for (let at = 0; at < data.length; at += 4) {
    const place = colours.indexOf(`rgb(${[...data.slice(at, at + 3)].join(', ')})`);
    if (place >= 0) counts[place] += 1;
  }
  return counts.map((some) => 100 * some / (data.length / 4));
})()";

#[test]
fn the_maps_key_says_what_the_map_shows_by_events_and_by_time() {
    if !has_browser() {
        return;
    }
    let recording = scenarios::everything();
    let page = open(&recording);
    for (scale, what) in [("events", "of the events:"), ("time", "of the time:")] {
        page.act(&format!(
            "const scale = document.getElementById('scale');
             scale.value = '{scale}';
             scale.dispatchEvent(new Event('change'))"
        ))
        .unwrap();
        let told = text_of(&page, "#shares");
        assert!(told.starts_with(what), "{told}");
        let shares: [f64; 3] = page
            .ask(
                "[...document.querySelectorAll('.key')].map((key) =>
                    key.textContent.startsWith('under') ? 0 : parseFloat(key.textContent))",
            )
            .unwrap();
        let drawn: [f64; 3] = page.ask(DRAWN).unwrap();
        for (share, drawn) in shares.iter().zip(drawn) {
            // What is short is drawn somewhat higher, to be seen.
            assert!((share - drawn).abs() < 10.0, "{told}: {shares:?}, {drawn}");
        }
        if scale == "events" {
            let mut polled = false;
            let in_polls = steps_where(&recording, |event| {
                match event {
                    Event::PollBegan { .. } => polled = true,
                    Event::PollEnded { .. } => polled = false,
                    _ => {}
                }
                polled
            });
            let share = 100.0 * in_polls.len() as f64 / recording.records().len() as f64;
            assert_eq!(shares[0], share.round());
        }
    }
}

/// The numbered lines of a story: number and text, without the phase.
fn lines(recording: &Recording) -> Vec<(usize, String)> {
    let story = recording.story().to_string();
    let numbered = story.lines().filter_map(|line| {
        let (number, rest) = line.trim_start().split_once(' ')?;
        let (_, text) = rest.split_once(" s  ")?;
        Some((number.parse().ok()?, text.to_owned()))
    });
    numbered.collect()
}

#[test]
fn a_line_of_the_story_has_the_number_of_the_pages_step() {
    if !has_browser() {
        return;
    }
    for recording in [scenarios::everything(), scenarios::document(50)] {
        let page = open(&recording);
        let words: Vec<String> = page
            .ask(
                "((run) => run.words.slice(run.before).map((words) => run.strings[words]))\
                 (JSON.parse(document.getElementById('run').textContent))",
            )
            .unwrap();
        let lines = lines(&recording);
        // How many there are depends on when a worker is done; of each poll there is one.
        let polls = steps_where(&recording, |event| matches!(event, Event::PollBegan { .. }));
        let told: Vec<_> = lines.iter().map(|(number, _)| *number).collect();
        let untold = polls.iter().filter(|step| !told.contains(step));
        assert_eq!(untold.count(), 0, "{polls:?}, {told:?}");
        for (number, line) in lines {
            // What wakes somebody is said before that, where both are told in one line.
            let words = &words[number - 1];
            let deed = words
                .rsplit_once(" wakes ")
                .map_or(&**words, |(_, deed)| deed);
            assert!(line.contains(deed), "{number}: {line:?}, {words:?}");
        }
    }
}

#[test]
fn a_step_is_found_by_its_number() {
    if !has_browser() {
        return;
    }
    let recording = scenarios::thousands();
    let page = open(&recording);
    for step in [7, 1_234] {
        search(&page, &step.to_string());
        assert!(listed(&page).contains(&step));
    }
}

#[test]
fn a_run_in_which_nothing_happened_has_no_step_to_go_to() {
    if !has_browser() {
        return;
    }
    let runtime = Builder::new_current_thread().record(9).build().unwrap();
    let page = open(&runtime.recording());
    let says = text_of(&page, "#why");
    assert!(
        says.starts_with("Nothing has happened in this run"),
        "{says}"
    );
    for key in ["ArrowRight", "n", "t", "w", "h", "End"] {
        page.press_to(key, 0).unwrap();
    }
    for button in ["#play", "#last", "#turn-on", "#fold"] {
        page.click(button, 0.5).unwrap();
    }
    assert_eq!(page.step().unwrap(), 0);
    assert_eq!(page.complaints(), [""; 0]);
}

#[test]
fn where_no_turn_and_no_wake_comes_any_more_the_step_stays() {
    if !has_browser() {
        return;
    }
    let recording = scenarios::document(scenarios::PLENTY);
    let page = open(&recording);
    let is_turn = |event: &Event| matches!(event, Event::Turn { .. });
    let is_wake = |event: &Event| matches!(event, Event::Woken { .. });
    for (on, back, steps) in [
        ("t", "T", steps_where(&recording, is_turn)),
        ("w", "W", steps_where(&recording, is_wake)),
    ] {
        let [first, last] = [steps[0], steps[steps.len() - 1]];
        go_to(&page, last);
        page.press(on).unwrap();
        assert_eq!(page.step().unwrap(), last, "{on}");
        go_to(&page, first);
        page.press_with_shift(back).unwrap();
        assert_eq!(page.step().unwrap(), first, "{back}");
    }
}

#[test]
fn what_the_map_shows_after_a_steps_place_is_what_the_thread_does_after_it() {
    if !has_browser() {
        return;
    }
    let recording = scenarios::document(scenarios::PLENTY);
    let page = open(&recording);
    let last = recording.records().len();
    let mut polled = false;
    for (step, record) in (1..last).zip(recording.records()) {
        match record.event {
            Event::PollBegan { .. } => polled = true,
            Event::PollEnded { .. } => polled = false,
            _ => {}
        }
        let is_poll: bool = page
            .ask(&format!(
                "((map) => {{
                   const left = Math.floor(map.width * ({step} + 0.5) / {last});
                   const [r, g, b] = map.getContext('2d').getImageData(left, map.height / 2, 1, 1).data;
                   return getComputedStyle(document.querySelector('.key.poll'), '::before')
                     .backgroundColor === `rgb(${{r}}, ${{g}}, ${{b}})`;
                 }})(document.getElementById('map'))"
            ))
            .unwrap();
        assert_eq!(is_poll, polled, "step {step}: {:?}", record.event);
    }
}
