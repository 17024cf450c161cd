//! One run in the usual order.

use std::cell::RefCell;
use std::future::pending;
use std::rc::Rc;

use buzzer::task::{spawn_blocking, yield_now};
use buzzer::testing::{explore, run};
use buzzer::time::{Duration, Instant, sleep};

use crate::caught::panic_of;
use crate::settle::settle;

#[test]
fn the_output_is_passed_on_and_an_hour_takes_no_time() {
    let started = std::time::Instant::now();
    let virtually = run(async {
        let before = Instant::now();
        sleep(Duration::from_secs(3600)).await;
        before.elapsed()
    });
    assert_eq!(virtually, Duration::from_secs(3600));
    assert!(started.elapsed() < Duration::from_secs(3600));
}

#[test]
fn the_order_is_first_in_first_out() {
    let order = run(async {
        let order = Rc::new(RefCell::new(Vec::new()));
        let tasks = (0..5).map(|task| {
            let order = order.clone();
            buzzer::spawn(async move {
                for step in 0..2 {
                    order.borrow_mut().push((step, task));
                    yield_now().await;
                }
            })
        });
        buzzer::try_gather(tasks).await.unwrap();
        order.take()
    });
    let expected: Vec<_> = (0..2)
        .flat_map(|step| (0..5).map(move |task| (step, task)))
        .collect();
    assert_eq!(order, expected);
}

#[test]
fn a_panic_of_the_future_is_passed_on_as_it_is() {
    assert_eq!(panic_of(|| run(async { panic!("no coffee") })), "no coffee");
}

#[test]
fn a_panic_that_nobody_was_told_of_is_a_failure_and_names_the_task() {
    let message = panic_of(|| {
        run(async {
            let fine = buzzer::spawn(async {});
            drop(buzzer::spawn(async { panic!("unseen") }));
            let kept = buzzer::spawn(async { panic!("unseen, too") });
            fine.await.unwrap();
            yield_now().await;
            drop(kept);
        });
    });
    assert_eq!(
        message,
        "a task panicked and its handle told nobody: #2, #3 (await the handle, or the panic is lost)"
    );
}

#[test]
fn a_panic_that_a_handle_has_given_is_no_failure() {
    run(async {
        let failed = buzzer::spawn(async { panic!("seen") });
        assert!(failed.await.unwrap_err().is_panic());
        // Known only to who looks into the result: still somebody was told.
        let failed = buzzer::spawn(async { panic!("seen") });
        assert!(buzzer::try_gather!(failed).await.is_err());
        let failed = buzzer::runtime::Handle::current().spawn(async { panic!("seen") });
        assert!(failed.await.unwrap_err().is_panic());
    });
}

#[test]
fn a_task_that_was_aborted_or_has_not_ended_is_no_failure() {
    run(async {
        let aborted = buzzer::spawn(pending::<()>());
        aborted.abort();
        yield_now().await;
        buzzer::spawn(pending::<()>());
        yield_now().await;
    });
}

#[test]
fn a_panic_in_the_drop_of_an_aborted_task_counts_as_one() {
    let message = panic_of(|| {
        run(async {
            let task = buzzer::spawn(async {
                let _note = crate::on_drop::OnDrop(|| panic!("in the drop"));
                pending::<()>().await;
            });
            yield_now().await;
            task.abort();
            yield_now().await;
        });
    });
    assert!(message.starts_with("a task panicked and its handle told nobody: #1 "));
}

#[test]
fn a_deadlock_is_a_failure() {
    let message = panic_of(|| run(async { buzzer::spawn(pending::<()>()).await }));
    assert!(
        message.starts_with(
            "a deadlock: every task waits, and nothing is armed that could wake one.\n"
        ),
        "{message}"
    );
}

#[test]
fn a_blocking_job_that_panicked_is_no_failure() {
    run(async {
        let job = spawn_blocking(|| panic!("on a worker"));
        // The clock does not move before the job has ended.
        settle().await;
        assert!(job.is_finished());
    });
}

#[test]
fn a_deadlock_that_came_of_an_unseen_panic_names_that_too() {
    let message = panic_of(|| {
        explore([1], || async {
            let (put, take) = async_channel::bounded::<()>(1);
            let kept = put.clone();
            buzzer::spawn(async move {
                assert!(put.is_closed(), "before it has sent");
                put.send(()).await.unwrap();
            });
            take.recv().await.unwrap();
            drop(kept);
        });
    });
    let (deadlock, _) = message.split_once("\n\nIts story:\n").unwrap();
    assert!(
        deadlock.contains("a deadlock: every task waits"),
        "{message}"
    );
    assert!(
        deadlock.ends_with(
            "\na task panicked and its handle told nobody: #1 (await the handle, or the panic \
             is lost)"
        ),
        "{message}"
    );
}

#[test]
fn a_panic_without_a_message_is_told_as_one() {
    let message = panic_of(|| explore([1], || async { std::panic::panic_any(7) }));
    let told = "seed 1 fails (BUZZER_SEED=1 repeats it): a panic without a message\n";
    assert!(message.starts_with(told), "{message}");
}
