//! The chapters of the real machine that are about its tasks. `outside` has the others.

use buzzer_book::root;

use super::copies::{Change, changed, changed_library, package, run, tried};

const THE_LOOP: &str = "docs/book/programs/src/bin/the_loop.rs";
const THE_NUMBER: &str = "docs/book/programs/src/bin/the_number.rs";
const A_TASKS_LIFE: &str = "docs/book/programs/src/bin/a_tasks_life.rs";
const TESTING: &str = "docs/book/programs/src/bin/testing.rs";
/// In the library.
const SCHEDULE: &str = "src/machine/scheduler/schedule.rs";
const THE_END: &str = "docs/book/programs/src/bin/the_end.rs";

#[test]
fn the_end_nothing_can_be_awaited_in_a_drop() {
    let (ended, _, stderr) = tried(
        "awaits-in-a-drop",
        THE_END,
        &[(
            "        println!(\"{} goes home\", self.0);\n",
            "        task::yield_now().await;\n",
        )],
    );
    assert!(!ended && stderr.contains("E0728"), "{stderr}");
}

/// Begins a job of three seconds in the runtime, and then does `last`.
fn the_end_held_up(name: &str, last: &str) -> (bool, String, String) {
    let held_up = format!(
        "    let (begins, begun) = std::sync::mpsc::channel();
    let job = runtime.spawn_blocking(move || {{
        begins.send(()).unwrap();
        std::thread::sleep(std::time::Duration::from_secs(3));
    }});
    begun.recv().unwrap();
    drop(job);
    {last}
"
    );
    tried(name, THE_END, &[("    drop(runtime);\n", &held_up)])
}

#[test]
fn the_end_a_job_that_holds_it_up_is_named_or_given_up() {
    let (ended, _, stderr) = the_end_held_up("holds-it-up", "drop(runtime);");
    assert!(ended, "{stderr}");
    let says = "1 blocking job still running 1s after the shutdown began, spawned at src/main.rs:";
    assert!(stderr.contains(says), "{stderr}");

    let gives_up = "let a_moment = std::time::Duration::from_millis(10);
    println!(\"{}\", runtime.shutdown_timeout(a_moment).unwrap_err());";
    let (_, stdout, stderr) = the_end_held_up("gives-up", gives_up);
    let says =
        "1 blocking job still running 10ms after the shutdown began, spawned at src/main.rs:";
    assert!(stdout.contains(says), "{stdout}{stderr}");
}

#[test]
fn the_loop_awaiting_grace_first_costs_the_main_future_a_poll() {
    let swapped = [(
        "    ada.await?;\n    grace.await?;\n",
        "    grace.await?;\n    ada.await?;\n",
    )];
    let (_, stdout, stderr) = tried("grace-first", THE_LOOP, &swapped);
    assert!(
        stdout.contains("\n7 polls in 3 turns\n"),
        "{stdout}{stderr}"
    );
}

/// What the program says of its polls: the generations differ from run to run.
fn polls(stdout: &str) -> Vec<&str> {
    let says = |line: &&str| line.contains("poll") || line.contains("another thread");
    stdout.lines().filter(says).collect()
}

#[test]
fn the_number_stale_wakes_change_no_count() {
    let (_, stdout, stderr) = tried(
        "stale-wakes",
        THE_NUMBER,
        &[(
            "        next.await.unwrap();\n",
            "        stale.wake_by_ref();\n        next.await.unwrap();\n        stale.wake_by_ref();\n",
        )],
    );
    let counts = [
        "after a stale wake: 1 poll",
        "after its own, from another thread: 2",
        "11 polls in all",
    ];
    assert_eq!(polls(&stdout), counts, "{stderr}");
}

#[test]
fn the_number_without_generations_a_stale_wake_costs_the_later_guest_a_poll() {
    let broken = [(
        "        if slot.generation != number.generation() {\n            return Woken::Done;\n        }\n        let effect",
        "        let effect",
    )];
    let broken = changed_library("number-library", &[(SCHEDULE, &broken)]);
    let source = changed(&root().join(THE_NUMBER), &[]);
    let output = run(&package("number-broken", &broken, &source));
    let stdout = String::from_utf8(output.stdout).unwrap();
    let counts = [
        "after a stale wake: 2 poll",
        "after its own, from another thread: 3",
    ];
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(polls(&stdout).starts_with(&counts), "{stdout}{stderr}");
}

/// As the chapter says, so that a program of which nobody can go on ends.
const NAMES_A_DEADLOCK: Change<'_> = (
    ".start_paused(true)",
    ".start_paused(true).on_deadlock(buzzer::runtime::OnDeadlock::Panic)",
);

#[test]
fn a_tasks_life_without_the_abort_the_report_names_who_waits() {
    let hook = "    panic::set_hook(Box::new(|_| {})); // The handle tells of it.\n";
    let changes = [("    left.abort();\n", ""), NAMES_A_DEADLOCK, (hook, "")];
    let (ended, _, stderr) = tried("without-the-abort", A_TASKS_LIFE, &changes);
    assert!(
        !ended && stderr.contains("a deadlock: every task waits"),
        "{stderr}"
    );
    assert!(stderr.contains("'Donald'"), "{stderr}");
}

#[test]
fn a_tasks_life_an_abort_after_the_end_changes_nothing() {
    let changes = [(
        "    left.abort();\n",
        "    left.abort();\n    ada.abort();\n",
    )];
    let (ended, stdout, stderr) = tried("aborts-too-late", A_TASKS_LIFE, &changes);
    assert!(
        ended && stdout.contains("\nAda: espresso\n"),
        "{stdout}{stderr}"
    );
}

#[test]
fn a_tasks_life_a_wake_during_the_poll_that_is_forgotten_is_lost() {
    let broken = [(
        "if slot.state == State::RunningWoken || slot.abort {",
        "if slot.abort {",
    )];
    let broken = changed_library("life-library", &[(SCHEDULE, &broken)]);
    let source = changed(&root().join(A_TASKS_LIFE), &[NAMES_A_DEADLOCK]);
    let output = run(&package("life-broken", &broken, &source));
    let stdout = String::from_utf8(output.stdout).unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(101), "{stdout}{stderr}");
    assert!(
        stdout.contains("Tony drinks") && !stdout.contains("Ada: espresso"),
        "{stdout}{stderr}"
    );
}

#[test]
fn glass_box_knives_in_one_order_make_no_circle() {
    let changes = [("cook(paring, bread)", "cook(bread, paring)")];
    let said = tried(
        "one-order",
        "docs/book/programs/src/bin/glass_box.rs",
        &changes,
    );
    assert_eq!(said, (true, String::new(), String::new()));
}

#[test]
fn testing_an_order_taken_before_it_is_served_is_lost_at_a_suspension() {
    let early = [(
        "        yield_now().await; // Brews.\n        orders.borrow_mut().pop();\n",
        "        orders.borrow_mut().pop();\n        yield_now().await; // Brews.\n",
    )];
    let (ended, _, stderr) = tried("loses-an-order", TESTING, &early);
    let says = "dropped at suspension 1: assertion `left == right` failed: an order is lost";
    assert!(!ended && stderr.contains(says), "{stderr}");
}

#[test]
fn testing_of_a_third_waiter_there_are_238_orders() {
    let third = [
        (
            "    first.await.unwrap();\n",
            "    let third = buzzer::spawn(ring_up(till.clone(), carefully));\n    \
                 third.await.unwrap();\n    first.await.unwrap();\n",
        ),
        ("assert_eq!(till.get(), 10,", "assert_eq!(till.get(), 15,"),
    ];
    let (_, stdout, stderr) = tried("third-waiter", TESTING, &third);
    assert!(
        stdout.starts_with("two waiters, in all 238 orders"),
        "{stdout}{stderr}"
    );
}
