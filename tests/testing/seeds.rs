//! Orders by seed.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::future::pending;
use std::os::unix::ffi::OsStrExt;
use std::rc::Rc;

use buzzer::task::yield_now;
use buzzer::testing::{explore, run};
use buzzer::time::{Duration, Instant, sleep};

use crate::caught::panic_of;
use crate::seats::{MADE, one_seat, one_seat_taken_at_once};
use crate::settle::settle;
use crate::{TO_REPEAT, between, child, printed};

#[test]
fn a_bug_that_the_usual_order_never_shows_is_found_by_some_seed() {
    run(one_seat());
    let message = panic_of(|| explore(0..100, one_seat));
    let seed: u64 = between(&message, "seed ", " fails").parse().unwrap();
    assert!(seed < 100);
    assert!(
        message.starts_with(&format!(
            "seed {seed} fails (BUZZER_SEED={seed} repeats it): assertion `left == right` \
             failed: two guests on one seat\n  left: -1\n right: 0\n\nIts story:\n"
        )),
        "{message}"
    );
    let (_, story) = message.split_once("Its story:\n").unwrap();
    assert_eq!(
        story.matches("tests/testing/seats.rs:").count(),
        2,
        "{story}"
    );
    let end = format!("panicked: so does block_on\n\n{TO_REPEAT}BUZZER_SEED={seed}");
    assert!(story.ends_with(&end), "{story}");
    // The seeds before it pass, and so it was the first.
    explore(0..seed, one_seat);
}

#[test]
fn the_fixed_version_passes_with_every_seed() {
    let runs = Cell::new(0);
    explore(0..100, || {
        runs.set(runs.get() + 1);
        one_seat_taken_at_once()
    });
    assert_eq!(runs.get(), 100);
}

/// Ends if the one is polled before the other.
async fn ends_in_one_order_only() {
    let done = Rc::new(Cell::new(false));
    let is_first = Rc::new(Cell::new(true));
    let (seen, first) = (done.clone(), is_first.clone());
    buzzer::spawn(async move { done.set(first.get()) });
    let waits = buzzer::spawn(async move {
        is_first.set(false);
        while !seen.get() {
            yield_now().await;
        }
    });
    waits.await.unwrap();
}

#[test]
fn a_seed_with_which_the_scenario_never_ends_is_named() {
    run(ends_in_one_order_only());
    let message = panic_of(|| explore(0..100, ends_in_one_order_only));
    let seed = between(&message, "seed ", " fails");
    assert!(
        message.starts_with(&format!(
            "seed {seed} fails (BUZZER_SEED={seed} repeats it): no end after 1000000 polls: \
             does a task yield until something has happened that never happens?\n\nIts story:\n"
        )),
        "{message}"
    );
}

#[test]
fn seeds_together_give_every_order_of_a_few_tasks() {
    let orders = RefCell::new(BTreeSet::new());
    explore(0..100, || async {
        let order = Rc::new(RefCell::new(Vec::new()));
        for guest in 0..3 {
            let order = order.clone();
            buzzer::spawn(async move { order.borrow_mut().push(guest) });
        }
        settle().await;
        orders.borrow_mut().insert(order.take());
    });
    assert_eq!(orders.borrow().len(), 6);
}

#[test]
fn a_seed_repeats_its_failure_alone_in_another_process() {
    let Some(mut again) = child::again() else {
        return explore(0..100, one_seat);
    };
    let message = panic_of(|| explore(0..100, one_seat));
    let seed = between(&message, "seed ", " fails");
    let repeated = printed(again.env("BUZZER_SEED", seed));
    assert!(!repeated.passed);
    assert!(repeated.stderr.contains(&message), "{}", repeated.stderr);
    // Once to find it, once to see that it fails twice the same.
    assert_eq!(repeated.stdout.matches(MADE).count(), 2);
}

#[test]
fn a_seed_that_does_not_fail_any_more_is_run_once_and_passes() {
    let Some(mut again) = child::again() else {
        return explore(0..100, one_seat_taken_at_once);
    };
    let passed = printed(again.env("BUZZER_SEED", "17"));
    assert!(passed.passed, "{}", passed.stderr);
    assert_eq!(passed.stdout.matches(MADE).count(), 1);
}

#[test]
fn what_is_no_seed_is_refused_and_nothing_at_all_is_not_set() {
    let Some(mut again) = child::again() else {
        return explore(0..3, one_seat_taken_at_once);
    };
    for value in ["seventeen", "-1", "1.5", "17 ", "18446744073709551616"] {
        let refused = printed(again.env("BUZZER_SEED", value));
        let said = format!("BUZZER_SEED={value}: it must be a seed, such as 17\n");
        assert!(refused.stderr.contains(&said), "{}", refused.stderr);
        assert!(!refused.passed);
        assert!(!refused.stdout.contains(MADE));
    }
    let refused = printed(again.env("BUZZER_SEED", OsStr::from_bytes(b"\xff1")));
    assert!(
        refused
            .stderr
            .contains("BUZZER_SEED=\u{fffd}1: it must be a seed")
    );
    let unset = printed(again.env("BUZZER_SEED", ""));
    assert!(unset.passed, "{}", unset.stderr);
    assert_eq!(unset.stdout.matches(MADE).count(), 3);
}

#[test]
fn a_scenario_that_fails_only_once_is_told_as_one_that_depends_on_something_else() {
    let runs = Cell::new(0);
    let message = panic_of(|| {
        explore(5..10, || {
            runs.set(runs.get() + 1);
            let third = runs.get() == 3;
            async move { assert!(!third, "the third of all") }
        });
    });
    let told = "seed 7 fails, but not twice: the scenario depends on more than the order of \
                its tasks (real time, threads, the order of a hash map, what an earlier run has \
                left). It failed so: the third of all\n\nIts story:\n";
    assert!(message.starts_with(told), "{message}");
}

#[test]
fn a_scenario_that_fails_otherwise_the_second_time_is_told_with_both() {
    let runs = Cell::new(0);
    let message = panic_of(|| {
        explore([7], || {
            runs.set(runs.get() + 1);
            let run = runs.get();
            async move { panic!("run {run}") }
        });
    });
    let told = "seed 7 fails, but not twice the same: the scenario depends on more than the \
                order of its tasks";
    assert!(message.starts_with(told), "{message}");
    assert!(
        message.contains("). First: run 1\n\nIts story:\n"),
        "{message}"
    );
    assert!(
        message.contains("\n\nThen: run 2\n\nIts story:\n"),
        "{message}"
    );
}

#[test]
fn another_story_of_the_same_panic_is_not_the_same_failure() {
    let runs = Cell::new(0);
    let message = panic_of(|| {
        explore([7], || {
            runs.set(runs.get() + 1);
            let run = runs.get();
            async move {
                for _ in 0..run {
                    yield_now().await;
                }
                panic!("the same");
            }
        });
    });
    assert!(
        message.starts_with("seed 7 fails, but not twice the same: "),
        "{message}"
    );
}

#[test]
fn each_seed_has_a_runtime_of_its_own_and_a_clock_that_stands_still() {
    let started = std::time::Instant::now();
    explore(0..20, || async {
        let before = Instant::now();
        sleep(Duration::from_secs(3600)).await;
        assert_eq!(before.elapsed(), Duration::from_secs(3600));
    });
    assert!(started.elapsed() < Duration::from_secs(3600));
}

#[test]
fn a_deadlock_fails_with_the_tree_of_who_waits_for_whom() {
    let message = panic_of(|| {
        explore([3], || async {
            buzzer::spawn(pending::<()>()).await.unwrap();
        });
    });
    assert!(
        message.starts_with(
            "seed 3 fails (BUZZER_SEED=3 repeats it): a deadlock: every task waits, and \
             nothing is armed that could wake one.\n"
        ),
        "{message}"
    );
    let tree = between(&message, "could wake one.\n", "\n\nIts story:\n");
    assert!(tree.contains("#0") && tree.contains("#1"), "{tree}");
}

#[test]
fn a_long_story_is_cut_at_its_beginning() {
    let message = panic_of(|| {
        explore([3], || async {
            for _ in 0..1000 {
                yield_now().await;
            }
            panic!("late");
        });
    });
    let (_, story) = message.split_once("Its story:\n").unwrap();
    let (preface, story) = story.split_once("\n\n").unwrap();
    assert!(
        preface.starts_with("This run polls the queued tasks, in an order that a seed draws.\n"),
        "{preface}"
    );
    let mut lines = story.lines();
    let first = lines.next().unwrap();
    let left_out = between(first, "(", " earlier lines are left out)");
    assert!(left_out.parse::<u32>().unwrap() > 1000);
    assert_eq!(
        lines.by_ref().take_while(|line| !line.is_empty()).count(),
        200
    );
    let end = format!("panicked: so does block_on\n\n{TO_REPEAT}BUZZER_SEED=3");
    assert!(story.ends_with(&end), "{story}");
}
