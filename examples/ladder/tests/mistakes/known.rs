//! Which of the kit's mistakes each stage is known to make. Read by the test beside this
//! file, and by the exercises, which ask nobody for more than the stage does.

use std::collections::BTreeSet;

use super::executors::REAL;

/// Panics are contained, what is left at the end is dropped, and handles take from a
/// budget, from stage 9 on.
const UNTIL_9: [&str; 10] = [
    "left_at_the_end",
    "wakers_at_the_end",
    "spawn_at_the_end",
    "panic_of_main",
    "panic_of_a_task",
    "handle_of_a_panic",
    "panic_of_a_drop",
    "panic_of_a_waker",
    "panic_at_the_end",
    "ready_handles",
];

/// The sleeps of stage 6, the sources of stage 7: stage 9 has a budget, and they know
/// nothing of it.
const READY: [&str; 2] = ["ready_sleeps", "ready_reads"];

/// All that an executor does wrong.
pub fn makes(executor: &str) -> BTreeSet<&'static str> {
    let (own, common): (&[_], &[_]) = match executor {
        "1_busy_loop" => (&["idle", "sleep_dropped"], &[]),
        "2_waker" => (&["sleep_dropped"], &[]),
        "3_queue" => (&["sleep_dropped", "panic_of_main"], &[]),
        "3_queue with promises" => (
            &["sleep_dropped", "woken_twice", "ended_tasks_leak"],
            &UNTIL_9,
        ),
        "4_number" => (&["sleep_dropped", "two_threads", "panic_of_main"], &[]),
        "4_number with promises" | "5_handles" => (&["sleep_dropped", "two_threads"], &UNTIL_9),
        "6_timers" => (
            &[
                "two_threads",
                "reads_of_two",
                "read_moved",
                "read_dropped",
                "idle_while_reading",
                "self_waker_and_reads",
            ],
            &UNTIL_9,
        ),
        "7_epoll" => (
            &[
                "two_threads",
                "waker_kept",
                "wake_while_parked",
                "wake_before_the_park",
                "idle",
                "idle_while_sleeping",
                "idle_while_reading",
            ],
            &UNTIL_9,
        ),
        "8_threads" => (&["two_threads"], &UNTIL_9),
        // The panic leaves `block_on`, but without what it said.
        "9_end" => (&["two_threads", "panic_of_main"], &[]),
        REAL => (&[], &[]),
        _ => panic!("{executor} is not known here"),
    };
    let has_sleeps_and_sources = ["6_timers", "7_epoll", "8_threads", "9_end"].contains(&executor);
    let ready = has_sleeps_and_sources
        .then_some(READY)
        .into_iter()
        .flatten();
    let all = own.iter().chain(common).copied().chain(ready);
    let all = all.chain(is_told_once(executor).then_some("read_again"));
    // Memory is seen in /proc alone.
    let is_seen = |scenario: &_| cfg!(target_os = "linux") || *scenario != "ended_tasks_leak";
    all.filter(is_seen).collect()
}

/// Whether the system tells it once of a source: poll(2) in mio disarms what it has told of,
/// and the stages, which are about epoll, do not arm it again.
fn is_told_once(executor: &str) -> bool {
    cfg!(mio_unsupported_force_poll_poll) && ["7_epoll", "8_threads", "9_end"].contains(&executor)
}

/// What it may do wrong, as the system will have it.
pub fn may_make(executor: &str, scenario: &str) -> bool {
    // Whether a reader waits a second time depends on how fast the sender's thread is.
    if is_told_once(executor) && scenario == "read_to_the_end" {
        return true;
    }
    match executor {
        // It asks for the processor all the time, and others may have it.
        "1_busy_loop" => scenario == "idle_while_sleeping",
        // Each sleep is a thread, and any of them may be the first to run.
        "2_waker"
        | "3_queue"
        | "3_queue with promises"
        | "4_number"
        | "4_number with promises"
        | "5_handles" => ["sleeps_in_order", "sleep_from_the_call"].contains(&scenario),
        // Another thread wakes, while the loop runs or when it sleeps already.
        "7_epoll" => [
            "wake_while_running",
            "many_wakes_at_once",
            "self_waker_and_threads",
            "reader_dropped",
        ]
        .contains(&scenario),
        _ => false,
    }
}
