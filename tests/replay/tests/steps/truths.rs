//! That what the page says is so: of orders, of workers, of the runtime's end.

use std::fs;
use std::future::pending;
use std::time::Duration;

use buzzer::runtime::{Builder, Runtime};
use buzzer::task::yield_now;
use buzzer::time::advance;
use buzzer::trace::{Event, Recording};
use buzzer::{spawn, trace};
use buzzer_replay_tests::{DESK, Page, has_browser};

use crate::fold::states;
use crate::{child, compare, go_to, open, scenarios};

/// The page that `BUZZER_TRACE` gives of a process that runs `body`; `None` in that
/// process. Only there the end of the runtime is recorded.
fn written(body: impl FnOnce()) -> Option<Page> {
    let Some(mut again) = child::again() else {
        body();
        return None;
    };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("run.html");
    let output = again.env("BUZZER_TRACE", &file).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let page = fs::read_to_string(file).unwrap();
    Some(Page::open(&page, "", DESK).unwrap())
}

/// What the page says at the steps whose line in the story has these words.
fn told_where(page: &Page, words: &str) -> Vec<Told> {
    let steps: Vec<usize> = page
        .ask(&format!(
            "((run) => run.words.map((words, row) => [run.strings[words], row - run.before + 1])\
               .filter(([words, step]) => step > 0 && words.includes({words:?}))\
               .map(([, step]) => step))\
             (JSON.parse(document.getElementById('run').textContent))"
        ))
        .unwrap();
    let told = steps.into_iter().map(|step| {
        go_to(page, step);
        let texts = "['#words', '#why', '#queue .what'].map((one) => document.querySelector(one).textContent)";
        let [words, why, queue] = page.ask(texts).unwrap();
        Told { words, why, queue }
    });
    told.collect()
}

#[derive(Debug)]
struct Told {
    words: String,
    why: String,
    queue: String,
}

fn leaves_tasks(runtime: &Runtime) {
    runtime.block_on(async {
        // Aborted, and never polled again.
        let aborted = spawn(pending::<()>());
        for _ in 0..3 {
            drop(spawn(pending::<()>()));
        }
        yield_now().await;
        aborted.abort();
        // Queued, and never polled.
        drop(spawn(async {}));
        drop(spawn(async {}));
    });
}

#[test]
fn what_the_end_of_an_ordered_run_drops_is_no_poll_out_of_turn() {
    if !has_browser() {
        return;
    }
    let Some(page) = written(|| leaves_tasks(&Runtime::new().unwrap())) else {
        return;
    };
    let polled = told_where(&page, " is polled");
    assert_eq!(polled.len(), 2 + 4);
    for told in polled {
        assert!(
            told.why
                .starts_with("The first in the run queue leaves it."),
            "{told:?}"
        );
        assert!(told.queue.ends_with("the first is next."), "{told:?}");
    }
    let dropped = told_where(&page, " is left when the runtime ends");
    assert_eq!(dropped.len(), 5);
    // It was aborted, and had no turn for that.
    assert_eq!(told_where(&page, "has its last turn").len(), 1);
    for told in dropped
        .iter()
        .chain(&told_where(&page, "has its last turn"))
    {
        assert!(
            told.why.starts_with("No loop goes round any more."),
            "{told:?}"
        );
        assert!(
            told.queue.ends_with("none of them will be polled."),
            "{told:?}"
        );
    }
}

#[test]
fn a_run_that_turns_have_driven_ends_like_others() {
    if !has_browser() {
        return;
    }
    let Some(page) = written(|| {
        let runtime = Runtime::new().unwrap();
        for _ in 0..2 {
            drop(runtime.spawn(pending::<()>()));
        }
        runtime.turn(Some(Duration::ZERO)).unwrap();
        // Queued behind nobody, and dropped last.
        drop(runtime.spawn(async {}));
    }) else {
        return;
    };
    assert_eq!(told_where(&page, " is polled").len(), 2);
    let dropped = told_where(&page, " is left when the runtime ends");
    assert_eq!(dropped.len(), 3);
    for told in dropped {
        assert!(
            told.why.starts_with("No loop goes round any more."),
            "{told:?}"
        );
    }
}

#[test]
fn a_seeded_run_is_not_said_to_be_in_order_wherever_it_ends() {
    if !has_browser() {
        return;
    }
    let Some(page) = written(|| {
        let mut builder = Builder::new_current_thread();
        leaves_tasks(&builder.rng_seed(7).build().unwrap());
    }) else {
        return;
    };
    for told in told_where(&page, " is polled") {
        assert!(
            told.why.starts_with("One of the tasks in the run queue"),
            "{told:?}"
        );
        assert!(told.queue.ends_with("any of them may be next."), "{told:?}");
    }
}

#[test]
fn what_a_worker_does_has_no_tasks_number_before_it() {
    if !has_browser() {
        return;
    }
    let recording = scenarios::job_within_a_poll();
    let records = recording.records();
    let started = records
        .iter()
        .position(|record| matches!(record.event, Event::JobStarted { .. }))
        .unwrap();
    let polled = records[..started]
        .iter()
        .rev()
        .find_map(|record| match record.event {
            Event::PollBegan { .. } => Some(true),
            Event::PollEnded { .. } => Some(false),
            _ => None,
        });
    assert_eq!(polled, Some(true), "it begins within the poll");
    let page = open(&recording);
    for words in ["worker 0 began job j1", "worker 0 has done job j1"] {
        let told = told_where(&page, words);
        assert_eq!(told.len(), 1);
        assert_eq!(told[0].words, words);
    }
    let [told] = &told_where(&page, "gives job j1 to the pool")[..] else {
        panic!("it is given once");
    };
    assert!(
        told.words.starts_with("#0 (block_on) gives job j1"),
        "{told:?}"
    );
    // Nor do they stand in the poll, in the list.
    go_to(&page, started + 1);
    let inside: Vec<String> = page
        .ask(
            "[...document.querySelectorAll('#rows .row.in')].map((row) => row.textContent)\
              .filter((text) => text.includes('worker'))",
        )
        .unwrap();
    assert_eq!(inside, [""; 0]);
}

/// The words before an event say whose doing it is; where nobody does anything there are
/// none.
#[test]
fn only_what_a_task_does_is_said_to_be_its_doing() {
    if !has_browser() {
        return;
    }
    let recording = scenarios::everything();
    let page = open(&recording);
    let mut prefixed = 0;
    for (step, record) in (1..).zip(recording.records()) {
        let is_somebodys = matches!(
            record.event,
            Event::Spawned { .. }
                | Event::Woken { .. }
                | Event::Aborted { .. }
                | Event::TimerArmed { .. }
                | Event::JobQueued { .. }
                | Event::FileOp { .. }
                | Event::SourceRegistered { .. }
                | Event::SourceClosed { .. }
                | Event::TimerDropped { .. }
                | Event::WaitDropped { .. }
                | Event::PollEnded { .. }
        );
        go_to(&page, step);
        let whose: usize = page
            .ask("document.querySelectorAll('#words .whose').length")
            .unwrap();
        assert!(is_somebodys || whose == 0, "{:?}", record.event);
        prefixed += whose;
    }
    assert!(prefixed > 20, "only {prefixed}");
}

#[test]
fn a_task_that_moves_its_clock_is_not_said_to_wait() {
    if !has_browser() {
        return;
    }
    let runtime = Builder::new_current_thread()
        .start_paused(true)
        .record(scenarios::PLENTY)
        .build()
        .unwrap();
    runtime.block_on(advance(Duration::from_secs(5)));
    let page = open(&runtime.recording());
    let [told] = &told_where(&page, "moves the paused clock on by 5.000 s")[..] else {
        panic!("it moves it once");
    };
    assert!(
        told.words.starts_with("#0 (block_on) moves the paused"),
        "{told:?}"
    );
    assert!(!told.why.contains("Everyone waits"), "{told:?}");
}

#[test]
fn a_look_is_no_sleep_and_the_end_of_block_on_no_handles() {
    if !has_browser() {
        return;
    }
    let recording = scenarios::document(scenarios::PLENTY);
    let page = open(&recording);
    for told in told_where(&page, "a look: ") {
        assert!(!told.why.contains("awake"), "{told:?}");
    }
    // A paused clock looks before it jumps, with nothing to do.
    let looks = told_where(&page, "looks for events");
    assert!(!looks.is_empty());
    assert!(
        looks
            .iter()
            .any(|told| !told.why.contains("There is work to do"))
    );
    let [told] = &told_where(&page, "ready: block_on returns")[..] else {
        panic!("it returns once");
    };
    assert!(!told.why.contains("handle"), "{told:?}");
}

#[test]
fn of_two_that_wait_for_one_source_the_other_goes_on_waiting() {
    if !has_browser() {
        return;
    }
    let recording: Recording = scenarios::two_of_one_source();
    let given_up = |record: &trace::Record| {
        let Event::WaitDropped { on } = record.event else {
            return false;
        };
        matches!(on, trace::WaitsOn::Source(..))
    };
    let dropped = recording.records().iter().position(given_up).unwrap() + 1;
    let states = states(&recording);
    let page = open(&recording);
    go_to(&page, dropped);
    compare(&page, &states[dropped], &recording, dropped);
    let waits: Vec<String> = page
        .ask("[...document.querySelectorAll('#sleeping [data-task=\"2\"]')].map((one) => one.dataset.waits)")
        .unwrap();
    assert!(waits[0].contains("read 1"), "{waits:?}");
}
