//! The story of real runs: that what it says is so, also where a run is driven by turns,
//! ends with tasks left, moves its own clock, or has threads.

use std::future::pending;
use std::process::Command;
use std::sync::mpsc;
use std::time::Duration;

use buzzer::net::lookup_host;
use buzzer::runtime::{Builder, Runtime};
use buzzer::spawn;
use buzzer::task::spawn_blocking;
use buzzer::time::advance;

#[path = "support/child.rs"]
mod child;
#[path = "support/on_drop.rs"]
mod on_drop;
#[path = "support/paused.rs"]
mod paused;

use on_drop::OnDrop;
use paused::paused;

/// What a process tells that runs `body` with `BUZZER_TRACE=story`; `None` in that
/// process.
fn told(body: impl FnOnce()) -> Option<String> {
    let Some(mut again) = child::again() else {
        body();
        return None;
    };
    let output = Command::output(again.env("BUZZER_TRACE", "story")).unwrap();
    let story = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{story}");
    Some(story)
}

struct Line<'a> {
    time: &'a str,
    text: &'a str,
}

/// The numbered lines. Their text has its indent.
fn lines(story: &str) -> Vec<Line<'_>> {
    let numbered = story.lines().filter(|line| {
        let number = line.trim_start().split(' ').next().unwrap_or("");
        !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
    });
    let parts = numbered.map(|line| Line {
        time: line[6..17].trim(),
        text: &line[29..],
    });
    parts.collect()
}

#[test]
fn each_line_that_goes_back_in_time_says_why_and_no_other_does() {
    let Some(story) = told(|| {
        buzzer::block_on(async {
            let (begun, begins) = mpsc::channel();
            let (go, going) = mpsc::channel();
            let job = spawn_blocking(move || {
                begun.send(()).unwrap();
                going.recv().unwrap();
            });
            // It has begun within this poll, whose end is told before that.
            begins.recv().unwrap();
            go.send(()).unwrap();
            job.await.unwrap();
        });
    }) else {
        return;
    };
    let mut latest = 0.0;
    let mut late = Vec::new();
    for line in lines(&story) {
        let time: f64 = line.time.parse().unwrap();
        let reason = " (the loop learns of it only now)";
        assert_eq!(line.text.ends_with(reason), time < latest, "{story}");
        if time < latest {
            late.push(line.text);
        }
        latest = time.max(latest);
    }
    assert_eq!(
        late[0],
        "worker 0 began job j1 (the loop learns of it only now)"
    );
}

/// Drops its task's last words into the story.
fn waits_for_ever(name: &'static str, runtime: &Runtime, at_its_end: impl FnMut() + 'static) {
    let guard = OnDrop(at_its_end);
    let future = async move {
        let _guard = guard;
        pending::<()>().await;
    };
    let _inside = runtime.enter();
    buzzer::task::Builder::new()
        .name(name)
        .spawn(future)
        .unwrap();
}

#[test]
fn a_runtime_that_turns_have_driven_is_not_said_to_poll_what_it_drops_at_its_end() {
    let Some(story) = told(|| {
        let runtime = Runtime::new().unwrap();
        waits_for_ever("waits", &runtime, || {});
        runtime.turn(Some(Duration::ZERO)).unwrap();
    }) else {
        return;
    };
    let (turns, end) = story.split_once("\noutside the loop\n").expect(&story);
    assert!(turns.contains("#1 'waits' is polled\n"), "{story}");
    let texts: Vec<_> = lines(end).iter().map(|line| line.text).collect();
    let expected = [
        "#1 'waits' is left when the runtime ends",
        "    cancelled: its future is dropped",
    ];
    assert_eq!(texts, expected, "{story}");
}

#[test]
fn a_task_that_is_queued_when_the_runtime_ends_is_dropped_and_not_polled() {
    let Some(story) = told(|| {
        let runtime = Runtime::new().unwrap();
        let other = runtime.spawn(pending::<()>());
        // Too late: it will be dropped next.
        waits_for_ever("last", &runtime, move || other.abort());
        drop(runtime);
    }) else {
        return;
    };
    assert!(!story.contains("is polled\n"), "{story}");
    assert_eq!(
        story.matches(" is left when the runtime ends\n").count(),
        2,
        "{story}"
    );
}

#[test]
fn what_is_woken_or_aborted_while_the_runtime_ends_is_not_said_to_be_queued() {
    let Some(story) = told(|| {
        let runtime = paused();
        let (first, second) = async_channel::bounded::<()>(1);
        runtime.block_on(async {
            let closes = OnDrop(move || _ = first.close());
            let aborted = spawn(pending::<()>()).abort_handle();
            let aborts = OnDrop(move || aborted.abort());
            spawn(async move {
                let _both = (closes, aborts);
                pending::<()>().await;
            });
            spawn(async move { second.recv().await });
            buzzer::task::yield_now().await;
        });
    }) else {
        return;
    };
    let (_, end) = story.split_once("\noutside the loop\n").expect(&story);
    assert!(
        end.contains("    wakes #3: too late, the runtime ends\n"),
        "{story}"
    );
    assert!(!end.contains("queued"), "{story}");
}

#[test]
fn a_task_that_moves_its_clock_is_not_said_to_have_nothing_to_do() {
    let Some(story) = told(|| {
        paused().block_on(advance(Duration::from_secs(5)));
    }) else {
        return;
    };
    assert!(
        story.contains("    moves the paused clock on by 5.000 s, to 5.000 s\n"),
        "{story}"
    );
    assert!(!story.contains("nothing to do"), "{story}");
}

#[test]
fn no_job_is_said_to_come_from_a_file_of_the_library() {
    let Some(story) = told(|| {
        buzzer::block_on(async {
            // Whatever that gives: no number, so it is looked up.
            let _ = lookup_host("localhost:80").await;
            let directory = tempfile::tempdir().unwrap();
            let file = directory.path().join("order");
            buzzer::fs::write(&file, "one mocha").await.unwrap();
            spawn_blocking(|| ()).await.unwrap();
        });
    }) else {
        return;
    };
    assert!(!story.contains("executor/src"), "{story}");
    assert!(story.contains("    gives job j1 to the pool\n"), "{story}");
    let own = format!(" to the pool, from {}:", file!());
    assert!(story.contains(&own), "{story}");
}

#[test]
fn a_seed_of_the_program_is_told_and_the_usual_order_after_it_too() {
    let Some(story) = told(|| {
        let seeded = Builder::new_current_thread().rng_seed(7).build().unwrap();
        seeded.block_on(async {});
        paused().block_on(async {});
    }) else {
        return;
    };
    assert!(
        story.contains("run     poll the queued tasks, in an order that a seed draws\n"),
        "{story}"
    );
    assert_eq!(story.matches("first in first").count(), 1, "{story}");
    assert!(
        story.contains("2| This run polls the queued tasks, the first in first.\n"),
        "{story}"
    );
}
