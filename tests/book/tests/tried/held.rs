//! Which test holds which experiment, so that none is written without one.

use std::collections::BTreeSet;
use std::fs;

use buzzer_book::{chapters, root};

/// Of each chapter the words with which an experiment begins, and a test. What the chapter's
/// own command prints is compared by `every_chapter_says_what_is_there`.
const HELD: &str = "
1-ask-again
    Run it without the waiting: stage_1_needs_one_poll_where_nobody_waits
    Put a `thread::sleep` of a millisecond into the loop: ladder_1_a_loop_that_sleeps_a_millisecond_polls_once_in_each
2-sleep-until-told
    Take stage 1's `sleep`: ladder_2_with_stage_1s_sleep_nobody_is_left_to_wake_the_thread
    Take the flag away: ladder_2_without_the_flag_a_poll_that_parks_uses_up_the_unpark
3-a-queue
    Wake a task ten times before its turn: ladder_3_and_4_a_task_woken_ten_times_before_its_turn_is_polled_ten_times_and_once
    Spawn from within a task: ladder_3_a_spawn_from_within_a_poll_finds_the_borrowed_table
4-the-waker-is-a-number
    Print a waker: ladder_4_a_waker_shows_its_number
    Wake a task ten times before its turn: ladder_3_and_4_a_task_woken_ten_times_before_its_turn_is_polled_ten_times_and_once
    Ask for its size: stage_4_a_waker_is_as_large_as_in_stage_3_and_has_no_memory_of_its_own
5-handles
    Await a handle in two tasks: ladder_5_a_handle_can_be_awaited_once
    Await a handle in two tasks: stage_5_of_two_who_poll_a_handle_the_last_is_woken
    Drop a task's handle and look for the task: stage_5_a_task_whose_handle_is_dropped_runs
6-timers
    Sleep ten thousand times at once: stage_6_ten_thousand_sleeps_at_once_need_no_thread
    Sleep ten thousand times at once: stage_5_each_of_ten_sleeps_is_a_thread
    Break the order: ladder_6_sleeps_of_one_number_and_one_instant_overwrite_each_other
7-epoll
    Two clients at once: ladder_7_while_one_client_is_waited_for_by_a_blocking_call_another_gets_nothing
    Wake from a thread: ladder_7_the_kernel_is_not_told_of_a_wake_by_a_thread
8-other-threads
    Turn `park` round: ladder_8_a_wake_between_a_look_at_the_queue_and_the_word_is_lost
    Turn `park` round: stage_8_scenarios_of_the_kit_are_about_the_park
    Ten slow jobs: stage_8_of_ten_slow_jobs_four_are_under_way_and_a_timer_is_not_held_up
9-the-end
    Panic in a drop: stage_9_a_panic_in_a_drop_at_the_end_keeps_no_other_from_it
    Start two threads with a `block_on` each: stage_9_a_block_on_on_a_second_thread_is_refused_by_a_message
the-loop
    Allow one poll in a turn: every_chapter_says_what_is_there
    Swap the two awaits: the_loop_awaiting_grace_first_costs_the_main_future_a_poll
the-number
    Wake the stale waker twice more: the_number_stale_wakes_change_no_count
    Make it wrong: the_number_without_generations_a_stale_wake_costs_the_later_guest_a_poll
a-tasks-life
    Await `left` without the abort: a_tasks_life_without_the_abort_the_report_names_who_waits
    Abort a task that has ended: a_tasks_life_an_abort_after_the_end_changes_nothing
    Break it: a_tasks_life_a_wake_during_the_poll_that_is_forgotten_is_lost
readiness
    Give the reader more room: every_chapter_says_what_is_there
    Swap register and look: readiness_a_waker_left_before_the_look_changes_nothing_on_one_thread
timers
    Take the paused clock away: timers_on_the_real_clock_are_never_early
    Break it: timers_that_are_due_only_after_their_deadline_never_are_on_a_paused_clock
other-threads
    Block the loop instead: other_threads_the_watchdog_names_the_poll_that_washes_up_while_it_does
    Break it: other_threads_with_two_locks_a_wake_between_the_look_and_the_word_is_lost
files
    Count the polls: files_what_is_done_at_once_does_not_end_the_poll
    Ask for what isn't there: files_of_what_is_not_there_the_error_names_operation_and_path
sockets
    Forget the `shutdown`: sockets_without_the_shutdown_a_client_and_its_echo_wait_for_each_other
    One at a time: sockets_one_at_a_time_the_answers_are_the_same
    One at a time: sockets_one_at_a_time_everybody_waits_behind_a_client_that_says_nothing
the-end
    Await something in a drop: the_end_nothing_can_be_awaited_in_a_drop
    Hold it up: the_end_a_job_that_holds_it_up_is_named_or_given_up
the-glass-box
    Ask where the time went: every_chapter_says_what_is_there
    Let Grace take the knives in Ada's order: glass_box_knives_in_one_order_make_no_circle
    Find the bug: the_customer_who_is_not_woken_is_named
    Find the bug: the_circle_of_the_till_and_the_orders_is_named
    Find the bug: the_cook_who_holds_the_loop_is_named
    Find it in a program that you don't know: deadlock_prints_three_reports_and_each_names_the_circle
testing
    Lose an order: testing_an_order_taken_before_it_is_served_is_lost_at_a_suspension
    Add a third waiter: testing_of_a_third_waiter_there_are_238_orders
    Find the bug: each_order_is_given_to_somebody_or_left
    Find the bug: the_till_has_what_the_receipts_say_in_every_order
";

/// A chapter, an experiment of it, and a test.
fn held() -> Vec<(String, String, String)> {
    let mut chapter = "";
    let mut held = Vec::new();
    for line in HELD.lines().skip(1) {
        match line.strip_prefix("    ") {
            None => chapter = line,
            Some(line) => {
                let (words, test) = line.rsplit_once(": ").expect(line);
                held.push((chapter.to_owned(), words.to_owned(), test.to_owned()));
            }
        }
    }
    held
}

/// Where these tests are.
const TESTS: [&str; 5] = [
    "tests/book/tests",
    "tests/book/tests/tried",
    "tests/examples",
    "examples/find_the_bug/tests",
    "examples/ladder/tests",
];

/// The beginnings of a chapter's experiments: what is bold at the beginning of a line.
fn experiments(chapter: &str) -> Vec<String> {
    let Some((_, behind)) = chapter.split_once("\n## Try this\n") else {
        return Vec::new();
    };
    let (part, _) = behind.split_once("\n## ").expect("another part follows");
    let bold = part.lines().filter_map(|line| line.strip_prefix("**"));
    let words = bold.map(|line| line.split_once("**").expect("it ends").0);
    words
        .map(|words| words.trim_end_matches('.').to_owned())
        .collect()
}

#[test]
fn each_experiment_of_a_chapter_has_a_test() {
    let mut written = BTreeSet::new();
    for entry in fs::read_dir(chapters()).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "md") {
            continue;
        }
        let chapter = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let text = fs::read_to_string(&path).unwrap();
        for words in experiments(&text) {
            written.insert((chapter.clone(), words));
        }
    }
    let held = held().into_iter();
    let held: BTreeSet<_> = held.map(|(chapter, words, _)| (chapter, words)).collect();
    let one_sided: Vec<_> = written.symmetric_difference(&held).collect();
    assert!(one_sided.is_empty(), "here or there only: {one_sided:?}");
}

#[test]
fn each_test_that_holds_an_experiment_is_there() {
    let files = TESTS
        .iter()
        .flat_map(|folder| fs::read_dir(root().join(folder)).unwrap());
    let paths = files.map(|file| file.unwrap().path());
    let sources: Vec<_> = paths
        .filter(|path| path.is_file())
        .map(|path| fs::read_to_string(path).unwrap())
        .collect();
    for (_, _, test) in held() {
        let named = format!("#[test]\nfn {test}()");
        let is_there = sources.iter().any(|source| source.contains(&named));
        assert!(is_there, "{test}");
    }
}
