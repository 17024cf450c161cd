//! All orders of a small scenario.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::rc::Rc;

use buzzer::task::yield_now;
use buzzer::testing::{explore_all, explore_all_within};
use buzzer::time::{Duration, sleep};

use crate::caught::panic_of;
use crate::seats::{MADE, one_seat, one_seat_taken_at_once};
use crate::settle::settle;
use crate::{TO_REPEAT, between, child, printed};

type Trace = Rc<RefCell<Vec<usize>>>;

/// Notes `task` at each of its polls.
async fn steps(trace: Trace, task: usize, polls: usize) {
    for poll in 0..polls {
        trace.borrow_mut().push(task);
        if poll + 1 < polls {
            yield_now().await;
        }
    }
}

/// Explores `tasks` tasks of `polls` polls each, with which the main future is queued
/// for `of_main` polls. Gives the number of orders, and the orders themselves.
fn explored(tasks: usize, polls: usize, of_main: usize) -> (u64, BTreeSet<Vec<usize>>) {
    let traces = RefCell::new(BTreeSet::new());
    let orders = explore_all(|| async {
        let trace = Trace::default();
        for task in 1..=tasks {
            buzzer::spawn(steps(trace.clone(), task, polls));
        }
        for _ in 0..of_main {
            yield_now().await;
            trace.borrow_mut().push(0);
        }
        settle().await;
        traces.borrow_mut().insert(trace.take());
    });
    (orders, traces.into_inner())
}

fn factorial(n: usize) -> u64 {
    (1..=n as u64).product()
}

/// Whether each task has all its polls: such a trace is one of the possible orders.
fn is_complete(trace: &[usize], tasks: usize, polls: usize, of_main: usize) -> bool {
    let count = |task| trace.iter().filter(|&&polled| polled == task).count();
    trace.len() == tasks * polls + of_main
        && count(0) == of_main
        && (1..=tasks).all(|task| count(task) == polls)
}

#[test]
fn the_number_of_orders_is_that_of_the_formula_and_each_is_another() {
    for (tasks, polls, of_main) in [
        (0, 0, 3),
        (1, 5, 0),
        (2, 1, 0),
        (2, 2, 0),
        (2, 3, 0),
        (3, 1, 0),
        (3, 2, 0),
        (4, 1, 0),
        (5, 1, 0),
        (1, 2, 2),
        (2, 1, 1),
        (2, 2, 1),
        (3, 1, 2),
    ] {
        let (orders, traces) = explored(tasks, polls, of_main);
        let repeated = factorial(polls).pow(tasks as u32) * factorial(of_main);
        let formula = factorial(tasks * polls + of_main) / repeated;
        let what = format!("{tasks} tasks of {polls} polls, main of {of_main}");
        assert_eq!(orders, formula, "{what}");
        // As many as there can be, each other than the rest: so these are all.
        assert_eq!(traces.len() as u64, orders, "{what}");
        assert!(
            traces
                .iter()
                .all(|trace| is_complete(trace, tasks, polls, of_main)),
            "{what}"
        );
    }
}

#[test]
fn who_is_woken_by_another_is_queued_behind_it_in_every_order() {
    // The main future awaits three handles in turn. By hand: it is queued when the task
    // is done that it waits for, and what is left is chosen among with it. With the
    // first task first there are 7 orders, with it second 4, with it last 2.
    let orders = explore_all(|| async {
        let tasks: Vec<_> = (0..3).map(|_| buzzer::spawn(async {})).collect();
        for task in tasks {
            task.await.unwrap();
        }
    });
    assert_eq!(orders, 13);
}

#[test]
fn the_first_order_is_first_in_first_out_and_the_next_differs_in_the_last_choice() {
    let traces = RefCell::new(Vec::new());
    explore_all(|| async {
        let trace = Trace::default();
        for task in 1..=3 {
            buzzer::spawn(steps(trace.clone(), task, 1));
        }
        settle().await;
        traces.borrow_mut().push(trace.take());
    });
    let expected = [
        [1, 2, 3],
        [1, 3, 2],
        [2, 1, 3],
        [2, 3, 1],
        [3, 1, 2],
        [3, 2, 1],
    ];
    assert_eq!(traces.into_inner(), expected);
}

#[test]
fn children_of_a_gather_are_not_explored() {
    let orders = explore_all(|| async {
        let trace = Trace::default();
        buzzer::gather((0..4).map(|child| steps(trace.clone(), child, 3))).await;
        assert_eq!(trace.take(), [0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3]);
    });
    assert_eq!(orders, 1);
}

#[test]
fn timers_of_one_deadline_are_not_explored_but_the_tasks_that_they_wake_are() {
    let sleepers = |count: usize| async move {
        buzzer::gather((0..count).map(|_| sleep(Duration::from_secs(1)))).await;
    };
    assert_eq!(explore_all(|| sleepers(4)), 1);

    // Two polls each, with all of the first before all of the second.
    let orders = explore_all(|| async {
        for _ in 0..3 {
            buzzer::spawn(sleep(Duration::from_secs(1)));
        }
        sleep(Duration::from_secs(2)).await;
    });
    assert_eq!(orders, 6 * 6);
}

#[test]
fn timers_of_different_deadlines_leave_nothing_to_choose() {
    let orders = explore_all(|| async {
        for seconds in 1..4 {
            buzzer::spawn(sleep(Duration::from_secs(seconds)));
            // Lets it go to sleep before the next is there.
            settle().await;
        }
        sleep(Duration::from_secs(5)).await;
    });
    assert_eq!(orders, 1);
}

#[test]
fn a_bug_is_found_and_its_order_repeats_it_alone_in_another_process() {
    let Some(mut again) = child::again() else {
        explore_all(one_seat);
        return;
    };
    let message = panic_of(|| explore_all(one_seat));
    let order = between(&message, "the order ", " fails");
    assert!(
        message.starts_with(&format!(
            "the order {order} fails (BUZZER_SCHEDULE={order} repeats it): assertion `left \
             == right` failed: two guests on one seat\n  left: -1\n right: 0\n\nIts story:\n"
        )),
        "{message}"
    );
    let end = format!("\n\n{TO_REPEAT}BUZZER_SCHEDULE={order}");
    assert!(message.ends_with(&end), "{message}");
    let repeated = printed(again.env("BUZZER_SCHEDULE", order));
    assert!(!repeated.passed);
    assert!(repeated.stderr.contains(&message), "{}", repeated.stderr);
    // Once to find it, once to see that it fails twice the same.
    assert_eq!(repeated.stdout.matches(MADE).count(), 2);
}

#[test]
fn the_fixed_version_passes_in_every_order() {
    let runs = Cell::new(0);
    let orders = explore_all(|| {
        runs.set(runs.get() + 1);
        one_seat_taken_at_once()
    });
    assert_eq!(runs.get(), orders);
    assert!(orders > 1);
}

#[test]
fn an_order_that_does_not_fail_any_more_is_run_once_and_is_one() {
    let Some(mut again) = child::again() else {
        assert_eq!(explore_all(one_seat_taken_at_once), 1);
        return;
    };
    for order in ["1,1", "0", "0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0"] {
        let passed = printed(again.env("BUZZER_SCHEDULE", order));
        assert!(passed.passed, "{}", passed.stderr);
        assert_eq!(passed.stdout.matches(MADE).count(), 1);
    }
}

#[test]
fn a_scenario_that_fails_in_its_only_order_is_told_with_one_that_repeats_it() {
    let Some(mut again) = child::again() else {
        explore_all(async || panic!("no coffee"));
        return;
    };
    let message = panic_of(|| explore_all(async || panic!("no coffee")));
    assert!(
        message.starts_with("the order 0 fails (BUZZER_SCHEDULE=0 repeats it): no coffee\n"),
        "{message}"
    );
    let repeated = printed(again.env("BUZZER_SCHEDULE", "0"));
    assert!(!repeated.passed);
    assert!(repeated.stderr.contains(&message), "{}", repeated.stderr);
}

#[test]
fn what_is_no_order_is_refused_and_nothing_at_all_is_not_set() {
    let Some(mut again) = child::again() else {
        explore_all(one_seat_taken_at_once);
        return;
    };
    for value in ["first", "0,,1", "0,1,", ",", "0, 1", "-1"] {
        let refused = printed(again.env("BUZZER_SCHEDULE", value));
        let said = format!("BUZZER_SCHEDULE={value}: it must be choices, such as 0,2,1\n");
        assert!(refused.stderr.contains(&said), "{}", refused.stderr);
        assert!(!refused.passed);
        assert!(!refused.stdout.contains(MADE));
    }
    let unset = printed(again.env("BUZZER_SCHEDULE", ""));
    assert!(unset.passed, "{}", unset.stderr);
    assert!(unset.stdout.matches(MADE).count() > 1);
}

#[test]
fn an_order_of_another_scenario_is_refused() {
    let Some(mut again) = child::again() else {
        explore_all(one_seat_taken_at_once);
        return;
    };
    for (order, choice, of) in [("0,9", "choice 2 is 9", "2"), ("2", "choice 1 is 2", "2")] {
        let refused = printed(again.env("BUZZER_SCHEDULE", order));
        let said = format!(
            "BUZZER_SCHEDULE={order}: no order of this scenario: its {choice}, of {of} \
             (counted from 0)\n"
        );
        assert!(refused.stderr.contains(&said), "{}", refused.stderr);
        assert!(!refused.passed);
    }
    // Longer than any order of it.
    let order = format!("{}1", "0,".repeat(30));
    let refused = printed(again.env("BUZZER_SCHEDULE", &order));
    let said = "no order of this scenario: its choice 31 is 1, of 1 (counted from 0)\n";
    assert!(refused.stderr.contains(said), "{}", refused.stderr);
}

#[test]
fn more_orders_than_the_limit_are_told_and_as_many_are_not() {
    let three = || async {
        for _ in 0..3 {
            buzzer::spawn(async {});
        }
        settle().await;
    };
    assert_eq!(explore_all_within(6, three), 6);
    let runs = Cell::new(0);
    let message = panic_of(|| {
        explore_all_within(5, || {
            runs.set(runs.get() + 1);
            three()
        })
    });
    assert_eq!(
        message,
        "there are more than 5 orders: make the scenario smaller, explore some orders by \
         seed with `explore`, or allow more with `explore_all_within`"
    );
    assert_eq!(runs.get(), 5);
}

#[test]
fn a_task_that_yields_until_something_has_happened_has_no_last_order() {
    let runs = Cell::new(0);
    let message = panic_of(|| {
        explore_all(|| {
            runs.set(runs.get() + 1);
            async {
                let done = Rc::new(Cell::new(false));
                let seen = done.clone();
                let waits = buzzer::spawn(async move {
                    while !seen.get() {
                        yield_now().await;
                    }
                });
                buzzer::spawn(async move { done.set(true) });
                waits.await.unwrap();
            }
        })
    });
    assert_eq!(
        message,
        "an order has more than 1000 choices: a task that yields until something has \
         happened can be chosen again and again, and has no last order"
    );
    assert!(runs.get() <= 1_001);
}

#[test]
fn an_order_in_which_the_scenario_never_ends_is_named() {
    let message = panic_of(|| {
        explore_all(|| async {
            loop {
                yield_now().await;
            }
        })
    });
    assert!(
        message.starts_with(
            "the order 0 fails (BUZZER_SCHEDULE=0 repeats it): no end after 1000000 polls: "
        ),
        "{message}"
    );
}

#[test]
fn a_scenario_that_runs_otherwise_with_the_same_choices_is_told() {
    let runs = Cell::new(0);
    let message = panic_of(|| {
        explore_all(|| {
            runs.set(runs.get() + 1);
            let tasks = if runs.get() < 3 { 3 } else { 2 };
            async move {
                for _ in 0..tasks {
                    buzzer::spawn(async {});
                }
                settle().await;
            }
        })
    });
    assert_eq!(
        message,
        "the scenario ran otherwise with the same choices: the scenario depends on more than \
         the order of its tasks (real time, threads, the order of a hash map, what an earlier \
         run has left)"
    );
    assert_eq!(runs.get(), 3);
}

#[test]
fn an_order_that_fails_only_once_is_told() {
    let runs = Cell::new(0);
    let message = panic_of(|| {
        explore_all(|| {
            runs.set(runs.get() + 1);
            let second = runs.get() == 2;
            async move {
                buzzer::spawn(async {});
                buzzer::spawn(async {});
                settle().await;
                assert!(!second, "the second of all");
            }
        })
    });
    assert!(
        message.starts_with("the order 1 fails, but not twice: the scenario depends on"),
        "{message}"
    );
    assert!(message.contains("It failed so: the second of all\n\nIts story:\n"));
}
