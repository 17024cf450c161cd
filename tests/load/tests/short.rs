//! The short form: each command to a small count, in a process of its own, since it counts
//! what the whole process has open and allocated.

use std::process::Command;

/// Runs it to the end; it has to say a figure.
fn load(words: &[&str]) {
    let output = Command::new(env!("CARGO_BIN_EXE_load"))
        .args(words)
        .output()
        .unwrap();
    let (said, told) = (output.stdout, output.stderr);
    let (said, told) = (
        String::from_utf8_lossy(&said),
        String::from_utf8_lossy(&told),
    );
    println!("{said}{told}");
    assert!(output.status.success(), "load {words:?}: {}", output.status);
    let is_told = said.contains("figure: ") || said.contains("skipped");
    assert!(is_told, "load {words:?} has said no figure");
}

#[test]
fn every_wake_across_threads_is_answered() {
    load(&["wakes", "1_000_000"]);
}

#[test]
fn what_other_threads_wake_abort_and_drop_takes_memory_within_its_bound() {
    load(&["remote", "400_000"]);
}

#[test]
fn nothing_is_left_of_runtimes_made_and_dropped_on_eight_threads() {
    load(&["runtimes", "4_000"]);
}

#[test]
fn a_week_of_timers_goes_by_as_a_sorted_list_says() {
    load(&["week", "50_000"]);
}

#[test]
fn a_crowd_of_processes_that_are_killed_leaves_every_byte_accounted_for_and_nothing_behind() {
    // So many that what each reset might leave is more than the room of the tables.
    load(&["crowd", "100", "12"]);
}
