//! The page itself: long runs, hostile names, keyboard alone, colours, widths.

use std::fs;
use std::process::Command;

use buzzer_replay_tests::{DESK, Look, Page, has_browser};

use crate::fold::states;
use crate::{compare, open, scenarios};

const PHONE: Look = Look {
    width: 390,
    height: 844,
    dark: false,
};

/// The worst contrast of a text with what is behind it, and that text.
const WORST_CONTRAST: &str = r"(() => {
  const parts = (color) => color.match(/[\d.]+/g).map(Number);
  const light = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((part) => part / 255)
      .map((part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const color = parts(getComputedStyle(at).backgroundColor);
      if (color.length < 4 || color[3] === 1) return color;
    }
    return [255, 255, 255];
  };
  let worst = [99, ''];
  let texts = 0;
  for (const element of document.body.querySelectorAll('*')) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    if (!own || !element.checkVisibility() || element.tagName === 'SCRIPT') continue;
    texts += 1;
    const [a, b] = [light(parts(getComputedStyle(element).color)), light(behind(element))];
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (contrast < worst[0]) worst = [contrast, `${element.tagName} ${element.className}: ${element.textContent}`];
  }
  return [worst[0], worst[1], texts];
})()";

#[test]
fn a_quarter_of_a_million_events_are_a_few_events_away_from_each_other() {
    if !has_browser() {
        return;
    }
    let recording = scenarios::long(11_500);
    let last = recording.records().len();
    assert!(last > 250_000, "only {last}");
    assert_eq!(recording.dropped(), 0);
    let text = recording.replay().to_string();
    let page = Page::open(&text, "#step=90001", DESK).unwrap();
    let mut measured = Vec::new();
    let mut look = |what: &str| {
        let [applied, interval, took]: [f64; 3] = page
            .ask("['applied', 'interval', 'took'].map((name) => Number(document.body.dataset[name]))")
            .unwrap();
        assert!(applied <= interval, "{what}: {applied} of {interval}");
        assert!(interval < 20_000.0, "{interval}");
        let rows: usize = page.ask("document.querySelectorAll('*').length").unwrap();
        assert!(rows < 1_000, "{what}: {rows} elements");
        let lowest: f64 = page
            .ask(
                "Math.max(...[...document.querySelectorAll('.panel')]\
                  .map((panel) => panel.getBoundingClientRect().bottom))",
            )
            .unwrap();
        assert!(lowest <= f64::from(DESK.height), "{what}: down to {lowest}");
        measured.push(format!("{what}: {applied} events, {took:.1} ms"));
    };
    assert_eq!(page.step().unwrap(), 90_001);
    look("opening at 90,001");
    for (key, step) in [
        ("ArrowLeft", 90_000),
        ("ArrowRight", 90_001),
        ("PageUp", 89_981),
        ("Home", 0),
        ("End", last),
        ("ArrowLeft", last - 1),
    ] {
        page.press_to(key, step).unwrap();
        look(key);
    }
    for across in [0.31, 0.77, 0.5] {
        let before = page.step().unwrap();
        page.click("#slider", across).unwrap();
        page.until(&format!("document.body.dataset.step !== '{before}'"))
            .unwrap();
        look("the slider");
    }
    println!("{last} events, {} bytes: {measured:#?}", text.len());
    assert_eq!(page.complaints(), [""; 0]);
}

#[test]
fn names_that_look_like_markup_are_shown_as_they_are() {
    if !has_browser() {
        return;
    }
    let (recording, names) = scenarios::hostile();
    let page = open(&recording);
    let steps = states(&recording);
    let full = steps
        .iter()
        .position(|shown| shown.queue.len() == names.len())
        .expect("all are queued at once");
    page.ask::<String>(&format!("location.hash = '#step={full}'"))
        .unwrap();
    page.until(&format!("document.body.dataset.step === '{full}'"))
        .unwrap();
    compare(&page, &steps[full], &recording, full);
    let shown: Vec<String> = page
        .ask("[...document.querySelectorAll('#queue [data-task] .name')].map((name) => name.textContent)")
        .unwrap();
    let expected: Vec<_> = (1..)
        .zip(&names)
        .map(|(id, name)| format!("#{id} '{name}'"))
        .collect();
    assert_eq!(shown, expected);
    let strange: usize = page
        .ask("document.querySelectorAll('main b:not(#phases b), main img, script:not(:nth-last-child(-n+2))').length")
        .unwrap();
    assert_eq!(strange, 0);
    page.press_to("End", recording.records().len()).unwrap();
    assert_eq!(page.complaints(), [""; 0]);
}

#[test]
fn everything_can_be_reached_and_done_by_keyboard_alone() {
    if !has_browser() {
        return;
    }
    let recording = scenarios::document(scenarios::PLENTY);
    let page = open(&recording);
    let mut reached = Vec::new();
    loop {
        page.press("Tab").unwrap();
        let id: String = page.ask("document.activeElement.id").unwrap();
        if id.is_empty() || reached.contains(&id) {
            break;
        }
        let outline: String = page
            .ask("getComputedStyle(document.activeElement).outlineStyle")
            .unwrap();
        assert_ne!(outline, "none", "the focus on {id} can't be seen");
        reached.push(id);
    }
    let order = [
        "compare",
        "first",
        "turn-back",
        "back",
        "play",
        "on",
        "turn-on",
        "last",
        "scale",
        "speed",
        "slider",
        "hand-field",
        "invite",
        "search",
        "kind-polls",
        "kind-returns",
        "kind-wakes",
        "kind-waits",
        "kind-spawns",
        "kind-timers",
        "kind-jobs-and-files",
        "kind-the-loop",
        "fold",
        "list",
    ];
    assert_eq!(reached, order);
    let unnamed: usize = page
        .ask("[...document.querySelectorAll('button, input, select, [role], section, aside, nav')]\
              .filter((one) => !one.ariaLabel && !one.getAttribute('aria-labelledby') && one.role !== 'option'\
                && one.role !== 'alert' && !one.labels?.length && !(one.tagName === 'BUTTON' && one.textContent)).length")
        .unwrap();
    assert_eq!(unnamed, 0);
    let live: String = page
        .ask("document.querySelector('#event').getAttribute('aria-live')")
        .unwrap();
    assert_eq!(live, "polite");
    // The focused list and slider leave the keys to the page: one step, not two.
    for id in ["list", "slider", "on"] {
        let before = page.step().unwrap();
        page.ask::<Option<bool>>(&format!("(document.getElementById('{id}').focus(), null)"))
            .unwrap();
        page.press_to("ArrowRight", before + 1).unwrap();
    }
    // A focused button is pressed by its own keys.
    let before = page.step().unwrap();
    page.press_to("Enter", before + 1).unwrap();
    page.press_to("Home", 0).unwrap();
    // Play, and stop by the same key.
    page.ask::<Option<bool>>("(document.getElementById('list').focus(), null)")
        .unwrap();
    page.press(" ").unwrap();
    page.until("document.getElementById('play').textContent.includes('stop')")
        .unwrap();
    page.until("Number(document.body.dataset.step) >= 2")
        .unwrap();
    page.press(" ").unwrap();
    page.until("document.getElementById('play').textContent.includes('play')")
        .unwrap();
    assert_eq!(page.complaints(), [""; 0]);
}

#[test]
fn text_can_be_read_in_light_and_dark_on_a_desk_and_on_a_phone() {
    if !has_browser() {
        return;
    }
    let recording = scenarios::document(scenarios::PLENTY);
    let page = open(&recording);
    let steps = states(&recording);
    // A wake, a poll, and both ends.
    let queued = steps.iter().rposition(|shown| !shown.queue.is_empty());
    let polled = steps.iter().position(|shown| !shown.polled.is_empty());
    for step in [0, queued.unwrap(), polled.unwrap(), steps.len() - 1] {
        page.ask::<String>(&format!("location.hash = '#step={step}'"))
            .unwrap();
        page.until(&format!("document.body.dataset.step === '{step}'"))
            .unwrap();
        for look in [DESK, PHONE] {
            for dark in [false, true] {
                page.look(Look { dark, ..look }).unwrap();
                let (contrast, text, texts): (f64, String, usize) =
                    page.ask(WORST_CONTRAST).unwrap();
                assert!(texts > 40, "only {texts} texts were found");
                assert!(
                    contrast >= 4.5,
                    "step {step}, {look:?}, dark: {dark}: {contrast:.2} {text:?}"
                );
                let [wide, room]: [u32; 2] = page
                    .ask("[document.documentElement.scrollWidth, window.innerWidth]")
                    .unwrap();
                assert!(wide <= room, "{wide} in {room}");
            }
        }
    }
    page.look(Look { dark: true, ..DESK }).unwrap();
    let dark: String = page
        .ask("getComputedStyle(document.body).backgroundColor")
        .unwrap();
    page.look(DESK).unwrap();
    let light: String = page
        .ask("getComputedStyle(document.body).backgroundColor")
        .unwrap();
    assert_ne!(dark, light);
}

#[test]
fn a_wake_is_drawn_as_an_arrow_from_its_cause_to_the_task_in_the_run_queue() {
    if !has_browser() {
        return;
    }
    use buzzer::trace::{Cause, Event};
    let recording = scenarios::document(scenarios::PLENTY);
    let page = open(&recording);
    let mut wakes = 0;
    for (index, record) in recording.records().iter().enumerate() {
        let Event::Woken { task, cause, .. } = &record.event else {
            continue;
        };
        let from = match cause {
            Cause::Timer(timer) => format!("timer {timer}"),
            Cause::Task(task) => format!("#{task}"),
            Cause::Job(_) => "worker".to_owned(),
            other => panic!("nobody else wakes here: {other:?}"),
        };
        let step = index + 1;
        page.ask::<String>(&format!("location.hash = '#step={step}'"))
            .unwrap();
        page.until(&format!("document.body.dataset.step === '{step}'"))
            .unwrap();
        let [arrows, source, target]: [String; 3] = page
            .ask(
                "[String(document.querySelectorAll('#arrows > .wake').length),\
                   document.querySelector('.from-wake').textContent,\
                   document.querySelector('#queue .to-wake').dataset.task]",
            )
            .unwrap();
        assert_eq!(arrows, "1");
        assert!(source.starts_with(&from), "{source} and {from}");
        assert_eq!(target, task.to_string());
        wakes += 1;
    }
    assert!(wakes >= 4, "only {wakes}");
}

#[test]
fn the_command_for_the_picture_makes_one() {
    if !has_browser() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("new/replay.png");
    let made = Command::new(env!("CARGO_BIN_EXE_picture"))
        .arg(&file)
        .output()
        .unwrap();
    assert!(made.status.success(), "{made:?}");
    let picture = fs::read(&file).unwrap();
    assert!(picture.starts_with(b"\x89PNG"));
    let side = |at: usize| u32::from_be_bytes(picture[at..at + 4].try_into().unwrap());
    assert_eq!((side(16), side(20)), (DESK.width, DESK.height));
    assert!(picture.len() < 250_000, "{} bytes", picture.len());
}
