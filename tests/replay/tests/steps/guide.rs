//! For who sees it first: the tour. For who has two runs: both side by side.

use buzzer_replay_tests::{DESK, Look, Page, has_browser};

use crate::{open, scenarios};

#[test]
fn the_tour_explains_the_first_twenty_steps_and_ends() {
    if !has_browser() {
        return;
    }
    let page = open(&scenarios::document(scenarios::PLENTY));
    let is_on = || {
        page.ask::<bool>("!document.getElementById('tour-box').hidden")
            .unwrap()
    };
    assert!(!is_on());
    page.click("#invite", 0.5).unwrap();
    let mut said = Vec::new();
    for step in 0..=20 {
        page.until(&format!(
            "document.getElementById('tour-step').textContent === 'Tour, step {step} of 20'"
        ))
        .unwrap();
        assert_eq!(page.step().unwrap(), step);
        let says: String = page
            .ask("document.getElementById('tour-says').textContent")
            .unwrap();
        let pointed: Vec<String> = page
            .ask("[...document.querySelectorAll('.pointed')].map((one) => one.id)")
            .unwrap();
        assert_eq!(pointed.len(), 1, "step {step}: {says}");
        said.push(says);
        page.press("Enter").unwrap();
    }
    page.until("document.getElementById('tour-box').hidden")
        .unwrap();
    let pointed: usize = page
        .ask("document.querySelectorAll('.pointed').length")
        .unwrap();
    assert_eq!(pointed, 0);
    // What was said once is only referred to.
    let again: Vec<_> = said
        .iter()
        .filter(|says| says.starts_with("As at step "))
        .collect();
    assert!(again.len() >= 3, "{again:?}");
    let mut fresh: Vec<_> = said
        .iter()
        .filter(|says| !says.starts_with("As at step "))
        .collect();
    let number = fresh.len();
    fresh.sort();
    fresh.dedup();
    assert_eq!(fresh.len(), number);
    assert!(
        said[20].ends_with("click into the map to be elsewhere in the run."),
        "{}",
        said[20]
    );
    assert_eq!(page.complaints(), [""; 0]);
}

#[test]
fn who_opens_a_step_is_offered_no_tour_and_an_address_can_begin_it() {
    if !has_browser() {
        return;
    }
    let html = scenarios::document(scenarios::PLENTY).replay().to_string();
    let shown = "['invite', 'tour-box'].map((id) => !document.getElementById(id).hidden)";
    for (fragment, expected) in [
        ("#step=5", [false, false]),
        ("#tour", [false, true]),
        ("", [true, false]),
    ] {
        let page = Page::open(&html, fragment, DESK).unwrap();
        assert_eq!(
            page.ask::<[bool; 2]>(shown).unwrap(),
            expected,
            "{fragment}"
        );
    }
}

/// What both sides show: step, clock, and what the side is called.
const SIDES: &str = "[...document.querySelectorAll('#frames iframe')].map(({ contentDocument: side }) =>
    [side.body.dataset.step, side.getElementById('clock').textContent, side.querySelector('h1').textContent])";

type Sides = [(String, String, String); 2];

fn open_beside(page: &Page, html: &str) {
    page.choose_file("#other", "awaits.html", html).unwrap();
    page.until(
        "[...document.querySelectorAll('#frames iframe')]
           .filter((frame) => frame.contentDocument.body?.dataset.step !== undefined).length === 2
         && document.querySelectorAll('#differences dd').length > 0",
    )
    .unwrap();
}

fn travel(page: &Page, side: usize, part: f64) {
    page.act(&format!(
        "const side = document.querySelectorAll('#frames iframe')[{side}].contentDocument;
         const slider = side.getElementById('slider');
         slider.value = {part} * slider.max;
         slider.dispatchEvent(new Event('input'))"
    ))
    .unwrap();
}

#[test]
fn two_runs_stand_side_by_side_and_move_by_one_clock() {
    if !has_browser() {
        return;
    }
    let (holds, sleeps) = (scenarios::two_waits(true), scenarios::two_waits(false));
    let page = open(&holds);
    open_beside(&page, &sleeps.replay().to_string());
    let names = page.ask::<Sides>(SIDES).unwrap().map(|(.., name)| name);
    assert_eq!(names, ["run.html", "awaits.html"]);
    // Of the three seconds of the longer: the middle.
    for side in [0, 1] {
        travel(&page, side, 0.1);
        travel(&page, side, 0.5);
        page.until(&format!(
            "({SIDES}).every(([, clock]) => clock === '1.500 s')"
        ))
        .unwrap();
        let shown = page.ask::<Sides>(SIDES).unwrap();
        for (recording, (step, ..)) in [&holds, &sleeps].into_iter().zip(shown) {
            let happened = recording.records().iter();
            let happened = happened.filter(|record| record.time().as_secs_f64() <= 1.5);
            assert_eq!(step, happened.count().to_string());
        }
    }
    let differences: Vec<[String; 3]> = page
        .ask("[...document.querySelectorAll('#differences div')].map((one) => [...one.children].map((part) => part.textContent))")
        .unwrap();
    let difference = |what: &str| {
        let one = differences.iter().find(|[name, ..]| name == what);
        one.map(|[_, left, right]| (left.as_str(), right.as_str()))
    };
    assert_eq!(difference("lasted"), Some(("3.000 s", "2.000 s")));
    assert_eq!(difference("longest poll"), Some(("2.000 s", "0 s")));
    assert_eq!(difference("asleep"), Some(("0 s", "2.000 s")));
    assert_eq!(difference("tasks"), Some(("3", "3")));
    // Each on its own.
    page.click("#together", 0.5).unwrap();
    travel(&page, 0, 0.0);
    page.until(&format!("({SIDES})[0][0] === '0'")).unwrap();
    assert_eq!(page.ask::<Sides>(SIDES).unwrap()[1].1, "1.500 s");
    for width in [320, 390, 1100, 1400] {
        page.look(Look { width, ..DESK }).unwrap();
        page.until(&format!("window.innerWidth === {width}"))
            .unwrap();
        // Nothing stands out, once the sides have seen the new width.
        page.until(
            "[window, ...[...document.querySelectorAll('#frames iframe')].map((frame) => frame.contentWindow)]
               .every((one) => one.document.documentElement.scrollWidth <= one.innerWidth)",
        )
        .unwrap();
    }
    page.look(DESK).unwrap();
    page.click("#compare-end", 0.5).unwrap();
    page.until("document.querySelectorAll('iframe').length === 0 && document.querySelector('main').checkVisibility()")
        .unwrap();
    page.press("ArrowRight").unwrap();
    page.until("document.body.dataset.step === '1'").unwrap();
    assert_eq!(page.complaints(), [""; 0]);
}

#[test]
fn a_compared_run_can_put_nothing_into_the_page_but_its_data() {
    if !has_browser() {
        return;
    }
    let (recording, names) = scenarios::hostile();
    let page = open(&scenarios::two_waits(true));
    let html = recording.replay().to_string();
    let html = html.replace(
        "</body>",
        "<script>parent.document.title = 'mine'</script></body>",
    );
    open_beside(&page, &html);
    let [title, in_hand]: [String; 2] = page
        .ask(
            "((side) => {
               const field = side.getElementById('hand-field');
               field.value = '1';
               field.dispatchEvent(new Event('change'));
               return [document.title, field.value];
             })(document.querySelectorAll('#frames iframe')[1].contentDocument)",
        )
        .unwrap();
    assert_eq!(title, "A run of the event loop, step by step");
    assert_eq!(in_hand, format!("#1 '{}'", names[0]));
    assert_eq!(page.complaints(), [""; 0]);
}

#[test]
fn a_file_that_is_no_replay_is_refused_in_words() {
    if !has_browser() {
        return;
    }
    let page = open(&scenarios::two_waits(true));
    let data = |text: &str| format!("<script id='run' type='application/json'>{text}</script>");
    for (text, complaint) in [
        ("<p>Notes".to_owned(), "it is no replay of a run"),
        (data("{\"strings\":"), "its data can’t be read"),
        (
            data("{\"strings\":[],\"kind\":[1]}"),
            "it is a replay of another version",
        ),
        // An inject phase that would take in a million million rows.
        (
            data(
                "{\"strings\":[\"\"],\"tasks\":[],\"before\":0,\"dropped\":0,\"order\":0,\"end\":-1,\
                 \"at\":[0],\"kind\":[1],\"a\":[1],\"b\":[1000000000000],\"c\":[0],\"d\":[0],\
                 \"words\":[0],\"place\":[0]}",
            ),
            "it is a replay of another version",
        ),
    ] {
        // Dropped, as one does with a file that lies beside.
        page.act(&format!(
            "const dataTransfer = new DataTransfer();
             dataTransfer.items.add(new File([{text:?}], 'notes.html'));
             document.getElementById('compare-says').textContent = '';
             document.body.dispatchEvent(new DragEvent('drop', {{ dataTransfer, bubbles: true }}))"
        ))
        .unwrap();
        page.until("document.getElementById('compare-says').textContent !== ''")
            .unwrap();
        let says: String = page
            .ask("document.getElementById('compare-says').textContent")
            .unwrap();
        assert_eq!(says, format!("Can’t compare with notes.html: {complaint}."));
        assert_eq!(page.step().unwrap(), 0);
    }
    assert_eq!(page.complaints(), [""; 0]);
}
