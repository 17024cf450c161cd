//! What the story of a failure says of the run: where it was called, and in which order
//! its tasks are polled.

use std::cell::Cell;
use std::future::{pending, ready};
use std::rc::Rc;

use buzzer::testing::{cancel_everywhere, explore, explore_all, explore_all_within, run};

use crate::caught::panic_of;
use crate::{between, child, printed};

/// Fails in the usual order and in any other.
async fn fails() {
    panic!("no coffee");
}

/// Fails only if the second of two is polled first.
async fn fails_out_of_turn() {
    let order = Rc::new(Cell::new(0));
    let tasks = [1, 2].map(|guest| {
        let order = order.clone();
        buzzer::spawn(async move {
            assert!(order.replace(guest) < guest, "the second was first");
        })
    });
    for task in tasks {
        task.await.unwrap();
    }
}

fn here(line: u32) -> String {
    format!(
        "block_on is called at {}:{line}: its future is task #0",
        file!()
    )
}

#[test]
fn the_place_of_block_on_is_the_file_of_the_test() {
    let here = format!("block_on is called at {}: its future is task #0\n", file!());
    for message in [
        panic_of(|| explore([1], fails)),
        panic_of(|| explore_all(fails)),
        panic_of(|| explore_all_within(9, fails)),
        panic_of(|| cancel_everywhere(|| (ready(()), fails()))),
    ] {
        assert!(message.contains(&here), "{message}");
        assert!(!message.contains("executor/src"), "{message}");
    }
    // It has no story, but a deadlock is told with the tasks.
    let (message, line) = (panic_of(|| run(pending::<()>())), line!());
    let place = format!("#0 (block_on at {}:{line}:", file!());
    assert!(message.contains(&place), "{message}");
}

#[test]
fn a_failure_panics_in_the_line_that_explores() {
    let Some(mut again) = child::again() else {
        return explore([1], fails);
    };
    let line = line!() - 2;
    let said = printed(&mut again);
    let place = format!("panicked at {}:{line}:16:\nseed 1 fails", file!());
    assert!(said.stderr.contains(&place), "{}", said.stderr);
}

#[test]
fn every_run_of_a_process_is_told_with_the_line_that_began_it() {
    let Some(mut again) = child::again() else {
        buzzer::block_on(ready(()));
        run(ready(()));
        explore(0..2, || ready(()));
        cancel_everywhere(|| (ready(()), ready(())));
        return;
    };
    let line = line!() - 6;
    let said = printed(again.env("BUZZER_TRACE", "story"));
    assert!(said.passed, "{}", said.stderr);
    for (run, line) in [line, line + 1, line + 2, line + 2, line + 3]
        .iter()
        .enumerate()
    {
        let told = format!("{}|     1    0.000000 s          {}", run + 1, here(*line));
        let told = match run {
            // The first, on a real clock, and before it was known that there are more.
            0 => here(*line),
            _ => told,
        };
        assert!(said.stderr.contains(&told), "no {told} in {}", said.stderr);
    }
    assert_eq!(
        said.stderr.matches("executor/src").count(),
        0,
        "{}",
        said.stderr
    );
}

#[test]
fn only_the_usual_order_is_said_to_poll_the_first_in_first() {
    // Its first order is the usual one, and so is that of a cancellation.
    let cancelled = || (ready(()), fails());
    for message in [
        panic_of(|| explore_all(fails)),
        panic_of(|| cancel_everywhere(cancelled)),
    ] {
        assert!(
            message.contains("This run polls the queued tasks, the first in first.\n"),
            "{message}"
        );
    }
    let message = panic_of(|| explore(0..100, fails_out_of_turn));
    let head = between(&message, "Its story:\n", "\n\n    1 ");
    assert!(
        head.contains("polls the queued tasks, in an order that a seed draws.\n"),
        "{head}"
    );
    // So that what happened is on the first screen.
    assert_eq!(head.lines().count(), 2, "{head}");
    assert!(!message.contains("first in first"), "{message}");
    let message = panic_of(|| explore_all(fails_out_of_turn));
    assert!(
        message.contains("polls the queued tasks, in an order that a test lays down.\n"),
        "{message}"
    );
    assert!(!message.contains("first in first"), "{message}");
}

#[test]
fn of_several_runs_each_in_an_order_of_its_own_says_so() {
    let Some(mut again) = child::again() else {
        run(ready(()));
        explore(0..2, || ready(()));
        return;
    };
    let said = printed(again.env("BUZZER_TRACE", "story"));
    assert!(said.passed, "{}", said.stderr);
    let order = "This run polls the queued tasks, in an order that a seed draws.\n";
    for run in [2, 3] {
        assert!(
            said.stderr.contains(&format!("{run}| {order}")),
            "{}",
            said.stderr
        );
    }
    assert_eq!(said.stderr.matches(order).count(), 2);
}
