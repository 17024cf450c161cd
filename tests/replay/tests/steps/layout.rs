//! What lies over what: arrows and words, numbers and texts, in windows of many widths.

use buzzer_replay_tests::{DESK, Look, Page, has_browser};

use crate::{go_to, open, scenarios};

/// From the smallest phone to where the columns change, and as on a desk.
const WIDTHS: [u32; 7] = [320, 360, 390, 700, 1099, 1100, 1280];

/// Shows every step. Gives how many arrows there were, and of those that run through
/// words: the step, and the words.
const CROSSED: &str = r"(() => {
  const boxes = () => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const words = [];
    while (walker.nextNode()) {
      const text = walker.currentNode;
      if (!text.data.trim() || !text.parentElement.checkVisibility()) continue;
      const range = document.createRange();
      range.selectNodeContents(text);
      // What a list has scrolled away is not in sight.
      const clip = text.parentElement.closest('.panel ol, #list')?.getBoundingClientRect();
      for (const box of range.getClientRects()) {
        words.push({
          text: text.data, left: box.left, right: box.right,
          top: Math.max(box.top, clip?.top ?? box.top),
          bottom: Math.min(box.bottom, clip?.bottom ?? box.bottom),
        });
      }
    }
    return words;
  };
  const slider = document.getElementById('slider');
  const stage = document.getElementById('stage');
  const crossed = [];
  let arrows = 0;
  for (let step = 1; step <= Number(slider.max); step++) {
    slider.value = step;
    slider.dispatchEvent(new Event('input'));
    const drawn = [...document.querySelectorAll('#arrows > path')];
    arrows += drawn.length;
    if (drawn.length === 0) continue;
    const { left, top } = document.getElementById('arrows').getBoundingClientRect();
    // Nor is what the stage has, where it scrolls by itself.
    const seen = getComputedStyle(stage).overflowY === 'visible'
      ? { top: 0, bottom: Infinity } : stage.getBoundingClientRect();
    const words = boxes();
    for (const arrow of drawn) {
      for (let at = 0; at <= arrow.getTotalLength(); at += 1) {
        const point = arrow.getPointAtLength(at);
        const [x, y] = [point.x + left, point.y + top];
        if (y < seen.top || y > seen.bottom) continue;
        const under = words.find((word) => x > word.left - 2 && x < word.right + 2 && y > word.top && y < word.bottom);
        if (!under) continue;
        crossed.push([step, under.text]);
        break;
      }
    }
  }
  return [arrows, crossed];
})()";

fn look(page: &Page, width: u32) {
    page.look(Look { width, ..DESK }).unwrap();
    page.until(&format!("window.innerWidth === {width}"))
        .unwrap();
}

#[test]
fn no_arrow_runs_through_words_in_a_window_of_any_width() {
    if !has_browser() {
        return;
    }
    let recording = scenarios::everything();
    let page = open(&recording);
    for width in WIDTHS {
        look(&page, width);
        let (arrows, crossed): (usize, Vec<(usize, String)>) = page.ask(CROSSED).unwrap();
        assert_eq!(crossed, [], "{width} wide");
        assert!(arrows > 20, "{width} wide: only {arrows} arrows");
        let [wide, room]: [u32; 2] = page
            .ask("[document.documentElement.scrollWidth, window.innerWidth]")
            .unwrap();
        assert!(wide <= room, "{wide} in {room}");
    }
}

#[test]
fn the_numbers_of_a_long_story_stand_beside_its_texts() {
    if !has_browser() {
        return;
    }
    let recording = scenarios::long(5_000);
    let page = open(&recording);
    let last = recording.records().len();
    for step in [9, 9_999, 10_003, 99_999, last] {
        for width in [360, 1280] {
            look(&page, width);
            go_to(&page, step);
            let over: Vec<String> = page
                .ask(
                    "[...document.querySelectorAll('#rows .row')].filter((row) => {
                        const number = document.createRange();
                        number.selectNodeContents(row.querySelector('.number'));
                        const text = row.querySelector('.text').getBoundingClientRect();
                        const box = number.getBoundingClientRect();
                        return box.right > text.left || box.left < row.getBoundingClientRect().left;
                    }).map((row) => row.textContent)",
                )
                .unwrap();
            assert_eq!(over, [""; 0], "step {step}, {width} wide");
            // The position and the clock have room, too.
            let outside: usize = page
                .ask(
                    "[...document.querySelectorAll('#position, #clock, #words, .keys button')]
                        .filter((one) => one.getBoundingClientRect().right > window.innerWidth
                            || one.scrollWidth > one.clientWidth + 1).length",
                )
                .unwrap();
            assert_eq!(outside, 0, "step {step}, {width} wide");
        }
    }
    // In one column, also where the number gets another digit.
    go_to(&page, 10_000);
    let columns: Vec<f64> = page
        .ask(
            "[...new Set([...document.querySelectorAll('#rows .row .text')]
                .map((text) => text.getBoundingClientRect().left))]",
        )
        .unwrap();
    assert_eq!(columns.len(), 1, "{columns:?}");
}
