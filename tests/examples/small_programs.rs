//! The examples that are one file each.

use std::fs;
use std::path::Path;

use crate::support::{empty_directory, example, golden, names_in, run};

/// The digits of the total are what the clock says, not what the program says.
fn without_the_total(lines: &str) -> Vec<String> {
    let total = "ASYNC: Total time: ";
    lines
        .lines()
        .map(|line| match line.strip_prefix(total) {
            Some(time)
                if time
                    .strip_suffix('s')
                    .is_some_and(|time| time.parse::<f64>().is_ok()) =>
            {
                format!("{total}...")
            }
            _ => line.to_owned(),
        })
        .collect()
}

#[test]
fn sync_read_prints_the_lines_of_the_python_program() {
    let directory = empty_directory();
    let run = run(example("sync_read")
        .arg("--no-wait")
        .current_dir(&directory));
    assert_eq!(run.stdout, golden("sync_read.txt"));
    assert_eq!((run.status, run.stderr.as_str()), (Some(0), ""));
    assert_eq!(
        names_in(&directory),
        [""; 0],
        "it takes its dummy file away"
    );
}

#[test]
fn async_read_prints_the_lines_of_the_python_program() {
    let directory = empty_directory();
    let run = run(example("async_read")
        .arg("--paused")
        .current_dir(&directory));
    assert_eq!(
        without_the_total(&run.stdout),
        without_the_total(&golden("async_read.txt"))
    );
    // On the paused clock even the total is exact.
    assert!(
        run.stdout.ends_with("ASYNC: Total time: 2.00s\n"),
        "{}",
        run.stdout
    );
    assert_eq!((run.status, run.stderr.as_str()), (Some(0), ""));
    assert_eq!(
        names_in(&directory),
        [""; 0],
        "it takes its dummy file away"
    );
}

#[test]
fn temporary_files_uses_three_kinds_and_leaves_none() {
    let directory = empty_directory();
    let run = run(example("temporary_files").env("TMPDIR", directory.path()));
    assert_eq!(run.stdout, golden("temporary_files.txt"));
    assert_eq!((run.status, run.stderr.as_str()), (Some(0), ""));
    assert_eq!(names_in(&directory), [""; 0]);
}

#[test]
fn own_future_is_given_up_called_away_and_woken_by_a_thread() {
    let run = run(&mut example("own_future"));
    assert_eq!(run.stdout, golden("own_future.txt"));
    assert_eq!((run.status, run.stderr.as_str()), (Some(0), ""));
}

#[test]
fn own_descriptor_reads_what_comes_in_halves_to_the_end() {
    let run = run(&mut example("own_descriptor"));
    assert_eq!(run.stdout, golden("own_descriptor.txt"));
    assert_eq!((run.status, run.stderr.as_str()), (Some(0), ""));
}

#[test]
fn sonar_asks_again_where_a_call_was_missed_and_gives_up_in_the_end() {
    let run = run(example("sonar").arg("--paused"));
    assert_eq!(run.stdout, golden("sonar.txt"));
    assert_eq!((run.status, run.stderr.as_str()), (Some(0), ""));
}

#[test]
fn coffee_shop_plays_the_same_play_every_time() {
    let run = run(&mut example("coffee_shop"));
    assert_eq!(run.stdout, golden("coffee_shop.txt"));
    assert_eq!((run.status, run.stderr.as_str()), (Some(0), ""));
}

#[test]
fn blocking_the_loop_shows_no_tick_while_the_loop_is_blocked() {
    let run = run(example("blocking_the_loop").arg("3"));
    let cases: Vec<&str> = run.stdout.split("\n\n").skip(1).collect();
    assert_eq!(cases.len(), 3, "{}", run.stdout);
    for (case, code) in cases
        .iter()
        .zip(["time::sleep", "thread::sleep", "spawn_blocking"])
    {
        assert!(case.contains(code), "{case}");
        assert!(case.contains("the longest any tick was late: "), "{case}");
    }
    assert!(
        cases[1].contains("ticks while it lasted: 0;"),
        "{}",
        cases[1]
    );
    assert_eq!((run.status, run.stderr.as_str()), (Some(0), ""));
}

#[test]
fn the_watchdog_names_the_job_that_blocks_the_loop_and_the_ticker_that_waited() {
    let run = run(example("blocking_the_loop").env("BUZZER_WATCHDOG", "100ms"));
    // The second job is the fourth task, and the ticker beside it the third.
    let job = "buzzer: watchdog: #4 (examples/blocking_the_loop.rs:";
    let reports: Vec<_> = run.stderr.split(job).skip(1).collect();
    let (end, while_it_blocks) = reports.split_last().unwrap();
    let first = while_it_blocks.first().unwrap();
    assert!(first.contains(", and still does"), "{}", run.stderr);
    assert!(end.contains(") held the loop for "), "{}", run.stderr);
    assert!(
        end.contains("\n- #3 (examples/blocking_the_loop.rs:"),
        "{}",
        run.stderr
    );
    assert_eq!(run.status, Some(0));
}

#[test]
fn ten_thousand_waits_counts_the_waiters_and_their_threads() {
    let run = run(example("ten_thousand_waits").arg("300"));
    let row = |label: &str| -> Vec<String> {
        let line = run.stdout.lines().find_map(|line| line.strip_prefix(label));
        let line = line.unwrap_or_else(|| panic!("no {label} in {}", run.stdout));
        line.split_whitespace().map(str::to_owned).collect()
    };
    assert_eq!(row("waiting at the same time"), ["300", "300"]);
    assert_eq!(row("threads in the process meanwhile"), ["1", "301"]);
    assert_eq!((run.status, run.stderr.as_str()), (Some(0), ""));
}

#[test]
fn ten_thousand_waits_says_how_many_threads_the_machine_can_start() {
    // Stacks of a tebibyte: of those no machine has room for many.
    let run = run(example("ten_thousand_waits")
        .arg("5000")
        .env("RUST_MIN_STACK", (1_u64 << 40).to_string()));
    assert!(run.stdout.contains("\nOnly "), "{}", run.stdout);
    assert!(
        run.stdout.contains(" threads could be started"),
        "{}",
        run.stdout
    );
    assert_eq!((run.status, run.stderr.as_str()), (Some(0), ""));
}

#[test]
fn deadlock_prints_three_reports_and_each_names_the_circle() {
    let directory = empty_directory();
    let run = run(example("deadlock").current_dir(&directory));
    assert_eq!(run.stdout, golden("deadlock.txt"));
    assert_eq!((run.status, run.stderr.as_str()), (Some(0), ""));
    assert_eq!(run.stdout.matches("they wait in a circle").count(), 3);
}

#[test]
fn deadlock_draws_the_picture_in_docs() {
    let directory = empty_directory();
    let run = run(example("deadlock")
        .args(["--picture", "drawn.svg"])
        .current_dir(&directory));
    assert_eq!((run.status, run.stderr.as_str()), (Some(0), ""));
    assert_eq!(run.stdout, "");
    let drawn = fs::read_to_string(directory.path().join("drawn.svg")).unwrap();
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/deadlock.svg");
    assert_eq!(drawn, fs::read_to_string(docs).unwrap());
}
