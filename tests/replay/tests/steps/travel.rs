//! Ways through a run: by its map, by playing, by an address that was sent.

use buzzer::runtime::Builder;
use buzzer::time::{advance, sleep};
use buzzer::trace::{Event, Recording};
use buzzer_replay_tests::{DESK, Page, has_browser};
use std::time::Duration;

use crate::fold::states;
use crate::{compare, open, scenarios};

/// A second in polls, a second asleep, and two in polls.
fn busy_idle_busy() -> Recording {
    let runtime = Builder::new_current_thread()
        .start_paused(true)
        .record(scenarios::PLENTY)
        .build()
        .unwrap();
    runtime.block_on(async {
        advance(Duration::from_secs(1)).await;
        sleep(Duration::from_secs(1)).await;
        advance(Duration::from_secs(2)).await;
    });
    runtime.recording()
}

fn choose(page: &Page, field: &str, value: &str) {
    page.act(&format!(
        "const field = document.getElementById('{field}');
         field.value = '{value}';
         field.dispatchEvent(new Event('change'))"
    ))
    .unwrap();
}

/// The colours of the map in the middle of its height, that far across.
fn colours(page: &Page, across: &[f64]) -> Vec<String> {
    page.ask(&format!(
        "((map) => {{
           const line = map.getContext('2d').getImageData(0, Math.floor(map.height / 2), map.width, 1);
           return {across:?}.map((across) => {{
             const place = 4 * Math.floor(map.width * across);
             return `rgb(${{[...line.data.slice(place, place + 3)].join(', ')}})`;
           }});
         }})(document.getElementById('map'))"
    ))
    .unwrap()
}

/// The colour that the page says is that of `polls`, `loop` or `sleep`.
fn colour_of(page: &Page, what: &str) -> String {
    page.ask(&format!(
        "getComputedStyle(document.querySelector('.key.{what}'), '::before').backgroundColor"
    ))
    .unwrap()
}

#[test]
fn the_map_tells_busy_from_idle_in_light_and_dark() {
    if !has_browser() {
        return;
    }
    let page = open(&busy_idle_busy());
    choose(&page, "scale", "time");
    for dark in [false, true] {
        page.look(buzzer_replay_tests::Look { dark, ..DESK })
            .unwrap();
        page.until(&format!(
            "matchMedia('(prefers-color-scheme: dark)').matches === {dark}"
        ))
        .unwrap();
        let [poll, sleep] = ["poll", "sleep"].map(|what| colour_of(&page, what));
        assert_ne!(poll, sleep);
        let told = colours(&page, &[0.02, 0.23, 0.27, 0.48, 0.52, 0.98]);
        assert_eq!(
            told,
            [&poll, &poll, &sleep, &sleep, &poll, &poll].map(String::clone)
        );
    }
    let shares: Vec<String> = page
        .ask("[...document.querySelectorAll('.key')].map((key) => key.textContent)")
        .unwrap();
    assert_eq!(shares, ["75 % in polls", "0 % in the loop", "25 % asleep"]);
    // By events it shows each for as long as its events last.
    choose(&page, "scale", "events");
    let parts: Vec<_> = (0..100).map(|part| f64::from(part) / 100.0).collect();
    let poll = colour_of(&page, "poll");
    let told = colours(&page, &parts);
    let polls = told.iter().filter(|colour| **colour == poll).count();
    assert!((10..90).contains(&polls), "{polls}");
    // The browser advises whoever reads a map so often; that is the test.
    let complaints = page.complaints().into_iter();
    let complaints = complaints.filter(|complaint| !complaint.contains("willReadFrequently"));
    assert_eq!(complaints.collect::<Vec<_>>(), [""; 0]);
}

#[test]
fn the_map_leads_to_any_step_and_to_any_time() {
    if !has_browser() {
        return;
    }
    let recording = scenarios::document(scenarios::PLENTY);
    let states = states(&recording);
    let last = recording.records().len();
    let page = open(&recording);
    for across in [0.25, 0.75, 0.5] {
        let before = page.step().unwrap();
        page.click("#map", across).unwrap();
        page.until(&format!("document.body.dataset.step !== '{before}'"))
            .unwrap();
        let step = page.step().unwrap();
        assert!(
            step.abs_diff((last as f64 * across) as usize) <= 1,
            "{step}"
        );
        compare(&page, &states[step], &recording, step);
    }
    // As long as the mouse is down.
    page.drag("#map", &[0.5, 0.2, 0.1]).unwrap();
    page.until("Number(document.body.dataset.step) < 15")
        .unwrap();
    page.press_to("Home", 0).unwrap();
    // Where nothing happens for a second: the time is shown, and what was last.
    choose(&page, "scale", "time");
    page.click("#map", 0.25).unwrap();
    page.until("document.body.dataset.step !== '0'").unwrap();
    let clock: String = page
        .ask("document.getElementById('clock').textContent")
        .unwrap();
    let seconds: f64 = clock.trim_end_matches(" s").parse().unwrap();
    assert!((seconds - 0.5).abs() < 0.01, "{clock}");
    let happened = recording.records().iter();
    let happened = happened.filter(|record| record.time().as_secs_f64() <= seconds);
    let step = happened.count();
    assert_eq!(page.step().unwrap(), step);
    compare(&page, &states[step], &recording, step);
    assert_eq!(page.complaints(), [""; 0]);
}

#[test]
fn playing_by_events_goes_along_what_is_listed_and_ends_with_it() {
    if !has_browser() {
        return;
    }
    let recording = scenarios::thousands();
    let page = open(&recording);
    page.click("#kind-polls", 0.5).unwrap();
    choose(&page, "speed", "5000");
    page.act(
        "window.seen = new Set();
         new MutationObserver(() => seen.add(Number(document.body.dataset.step)))
           .observe(document.body, { attributeFilter: ['data-step'] })",
    )
    .unwrap();
    page.click("#play", 0.5).unwrap();
    let polls = (1..).zip(recording.records());
    let polls = polls.filter(|(_, record)| matches!(record.event, Event::PollBegan { .. }));
    let polls: Vec<usize> = polls.map(|(step, _)| step).collect();
    let last = polls.last().unwrap();
    page.until(&format!("document.body.dataset.step === '{last}'"))
        .unwrap();
    page.until("document.getElementById('play').textContent.includes('play')")
        .unwrap();
    let seen: Vec<usize> = page.ask("[...seen]").unwrap();
    assert!(!seen.is_empty());
    assert!(seen.iter().all(|step| polls.contains(step)), "{seen:?}");
    assert_eq!(page.complaints(), [""; 0]);
}

#[test]
fn playing_by_time_has_the_clock_go_on_between_two_events() {
    if !has_browser() {
        return;
    }
    let recording = scenarios::document(scenarios::PLENTY);
    let at_once = recording.records().iter();
    let at_once = at_once.filter(|record| record.time().is_zero()).count();
    let page = open(&recording);
    choose(&page, "scale", "time");
    choose(&page, "speed", "0.0001");
    page.click("#play", 0.5).unwrap();
    page.until("!['0.000 s', '0.000000 s'].includes(document.getElementById('clock').textContent)")
        .unwrap();
    page.click("#play", 0.5).unwrap();
    // All that happens at the beginning has happened, and the first sleep is not over.
    assert_eq!(page.step().unwrap(), at_once);
    // To the end, and no further.
    choose(&page, "speed", "100");
    page.click("#play", 0.5).unwrap();
    let last = recording.records().len();
    page.until(&format!("document.body.dataset.step === '{last}'"))
        .unwrap();
    page.until("document.getElementById('play').textContent.includes('play')")
        .unwrap();
    assert_eq!(page.complaints(), [""; 0]);
}

#[test]
fn the_address_leads_whoever_gets_it_to_the_same_step_and_task() {
    if !has_browser() {
        return;
    }
    let recording = scenarios::document(scenarios::PLENTY);
    let page = open(&recording);
    let last = recording.records().len();
    // As often as a key can be typed, and no browser is annoyed.
    page.hold("ArrowRight", last).unwrap();
    page.until(&format!("location.hash === '#step={last}'"))
        .unwrap();
    page.click("#slider", 0.4).unwrap();
    page.until(&format!("document.body.dataset.step !== '{last}'"))
        .unwrap();
    page.act("document.querySelector('#sleeping [data-take]').click()")
        .unwrap();
    let step = page.step().unwrap();
    page.until(&format!("location.hash === '#step={step}&task=0'"))
        .unwrap();
    let address: String = page.ask("location.hash").unwrap();
    assert_eq!(page.complaints(), [""; 0]);
    let other = Page::open(&recording.replay().to_string(), &address, DESK).unwrap();
    assert_eq!(other.step().unwrap(), step);
    let shown = "[document.getElementById('hand-field').value, document.getElementById('words').textContent]";
    let [one, two] = [&page, &other].map(|page| page.ask::<[String; 2]>(shown).unwrap());
    assert_eq!(one, two);
    assert_eq!(one[0], "#0 (block_on)");
}

#[test]
fn an_address_that_is_typed_right_after_a_step_is_obeyed() {
    if !has_browser() {
        return;
    }
    let page = open(&scenarios::document(scenarios::PLENTY));
    // The page is about to write its own when the other comes, and is told of that later.
    page.act(
        "const key = (key) => document.body.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
         window.setTimeout = (write) => { window.write = write; return 1; };
         key('ArrowRight');
         location.hash = '#step=9';
         window.write()",
    )
    .unwrap();
    page.until("document.body.dataset.step === '9'").unwrap();
    assert_eq!(page.ask::<String>("location.hash").unwrap(), "#step=9");
}
