//! What each exercise asks: the functions of its stage that are left out, and the kit's
//! scenarios that are for them. Read by the exercises' program, and by the test that makes
//! their files.

/// A stage without the bodies that are its lesson.
#[derive(Debug)]
pub struct Asked {
    pub stage: &'static str,
    /// All fail until something is written, and none with the solution.
    pub scenarios: &'static [&'static str],
    /// In the order of the file. What no scenario would miss is not asked.
    pub bodies: &'static [Body],
}

/// A function that is left to be written.
#[derive(Debug)]
pub struct Body {
    /// The line after which it is: several have the same name.
    pub after: &'static str,
    pub function: &'static str,
    /// What it has to do, in its place.
    pub asks: &'static str,
}

const fn body(after: &'static str, function: &'static str, asks: &'static str) -> Body {
    Body {
        after,
        function,
        asks,
    }
}

pub const ASKED: [Asked; 8] = [
    Asked {
        stage: "2_waker",
        scenarios: &["wake_during_the_poll", "wake_while_parked", "idle"],
        bodies: &[
            body(
                "impl Wake for Buzzer",
                "wake",
                "Count the wake. Note that there was one, and end the thread's sleep. Mind the \
                 order: the thread looks at the note when it comes out of its sleep.",
            ),
            body(
                "ANCHOR: block_on",
                "block_on",
                "Poll the future with the waker of a `Buzzer` for this thread. While it isn't \
                 ready: park, count the park, and poll again only if a wake was noted. An \
                 unpark may come for another reason, and a wake during the poll itself.",
            ),
            body(
                "ANCHOR: promise",
                "keep",
                "Put the value there, unless there is one. Then wake who waits, if somebody \
                 does: not while the lock is held, since a waker may do anything.",
            ),
            body(
                "ANCHOR: promise",
                "redeem",
                "A future that takes the value, once it is there. Until then each poll leaves \
                 its waker in the place of the one before. Both under one lock.",
            ),
        ],
    },
    Asked {
        stage: "3_queue",
        scenarios: &["order_of_spawns", "spawn_in_a_task", "task_polled_unasked"],
        bodies: &[
            body(
                "impl Wake for Buzzer",
                "wake",
                "Count the wake, and call the number out into the queue. Nobody may be left to \
                 receive it; that is no mistake.",
            ),
            body(
                "ANCHOR: executor",
                "spawn",
                "Put the future into the table. Its place there is its number. Call that out \
                 into the queue, so that it has a first turn.",
            ),
            body(
                "ANCHOR: block_on",
                "next",
                "The next number of the queue. If there is none, count a park, and wait for \
                 one.",
            ),
            body(
                "ANCHOR: block_on",
                "poll",
                "Poll the task of this number, with a waker that is a `Buzzer` of that number. \
                 It may have ended: then nothing is to be done. While it is polled it may \
                 spawn, so the table can't be borrowed. Put it back if it isn't ready.",
            ),
        ],
    },
    Asked {
        stage: "4_number",
        scenarios: &["order_of_wakes", "woken_twice", "wake_after_the_end"],
        bodies: &[
            body(
                "ANCHOR: waker",
                "waker",
                "Make a `Waker` of `VTABLE` and of a pointer that is the number and points \
                 nowhere. It takes an `unsafe` block: say in a comment why it holds.",
            ),
            body(
                "static VTABLE",
                "wake",
                "Count the wake, and line up the task whose number this pointer is.",
            ),
            body(
                "impl Queue",
                "push",
                "At the end of the line, unless it stands there already. The set knows that \
                 without a search.",
            ),
            body(
                "impl Queue",
                "pop",
                "The first of the line. From now on it may stand there again, so the set has \
                 to forget it.",
            ),
            body(
                "ANCHOR: queue",
                "line_up",
                "Into the queue, and tell who sleeps in `next`. This may be another thread.",
            ),
            body(
                "ANCHOR: queue",
                "next",
                "Whose turn it is. While the queue is empty, count a park and wait on \
                 `LINED_UP`, which gives up the lock and sleeps in one step.",
            ),
        ],
    },
    Asked {
        stage: "5_handles",
        scenarios: &["handle_awaited_late", "handle_moved", "handle_dropped"],
        bodies: &[
            body(
                "ANCHOR: spawn",
                "spawn",
                "Make a promise, and a task (`insert`) that keeps it with the output of \
                 `future`. The handle has the other end.",
            ),
            body(
                "impl<T> Future for Handle<T>",
                "poll",
                "Ready when the promise is kept. `redeem` knows how; the handle may be moved \
                 between two polls, and the promise is shared.",
            ),
            body(
                "ANCHOR: spawn",
                "gather",
                "Both at once, and both outputs. Why is it not enough to await one after the \
                 other without `spawn`?",
            ),
        ],
    },
    Asked {
        stage: "6_timers",
        scenarios: &["sleep_dropped", "sleeps_in_order", "idle_while_sleeping"],
        bodies: &[
            body(
                "impl Future for Sleep",
                "poll",
                "Ready from its deadline on. Until then it leaves its waker in `TIMERS`, in the \
                 place of the one of an earlier poll.",
            ),
            body(
                "impl Drop for Sleep",
                "drop",
                "Who dropped it wants no wake from it any more. When the thread ends, `TIMERS` \
                 may be gone before: `try_with`.",
            ),
            body(
                "ANCHOR: timers",
                "time_left",
                "How long until the first deadline of `TIMERS`: nothing, if there is none; \
                 zero, if it has passed.",
            ),
            body(
                "ANCHOR: timers",
                "expire",
                "Take out of `TIMERS` whose deadline has passed, and wake them, the earliest \
                 first. The table can't be borrowed while wakers run.",
            ),
            body(
                "ANCHOR: block_on",
                "next",
                "Whose turn it is. First expire what is due. If nobody is in line, count a \
                 park, and wait on `LINED_UP`: until the first deadline, or for ever if there \
                 is none. Then look again.",
            ),
        ],
    },
    Asked {
        stage: "7_epoll",
        scenarios: &["reads_of_two", "read_dropped", "self_waker_and_reads"],
        bodies: &[
            body(
                "ANCHOR: reactor",
                "sleep_in_kernel",
                "Count a park. Have `SELECTOR` wait for events, for no longer than `limit`. A \
                 signal may interrupt it; that is no mistake. Take out of `WAITING` the wakers \
                 of the tokens that it tells of.",
            ),
            body(
                "impl<S: AsRawFd> Source<S>",
                "ready",
                "Try the operation at each poll. If it would block, leave the waker in \
                 `WAITING`, under this source's token. Anything else is the result, also an \
                 error. Why must it be tried before it waits?",
            ),
            body(
                "ANCHOR: block_on",
                "run",
                "Poll those who are in line now. One that lines up meanwhile has to wait, or \
                 it could keep everybody from the kernel's events.",
            ),
            body(
                "ANCHOR: block_on",
                "park",
                "Sleep in the kernel until the next deadline. If somebody is in line, only \
                 look. Then wake those of whom it told, and those whose time has come.",
            ),
        ],
    },
    Asked {
        stage: "8_threads",
        scenarios: &["wake_while_parked", "idle", "job_elsewhere"],
        bodies: &[
            body(
                "static VTABLE",
                "wake",
                "Count the wake, line the task up, and then end the loop's sleep, if it \
                 sleeps: what `PARKED` has does it. Why in this order?",
            ),
            body(
                "ANCHOR: pool",
                "start_pool",
                "Four threads (count them) that take jobs from one channel and run them, until \
                 its sender is dropped.",
            ),
            body(
                "ANCHOR: pool",
                "elsewhere",
                "Send the pool a job that keeps a promise with what `contain` makes of `job`. \
                 The first job starts the pool. The future redeems the promise.",
            ),
            body(
                "ANCHOR: block_on",
                "park",
                "As in stage 7, but say in `PARKED` that the loop sleeps, before the look at \
                 the queue, and take that back after the sleep. `wake` has the other order: \
                 one of the two sees what the other did.",
            ),
        ],
    },
    Asked {
        stage: "9_end",
        scenarios: &[
            "left_at_the_end",
            "panic_of_a_task",
            "handle_of_a_panic",
            "abort_of_a_waiting",
            "ready_handles",
        ],
        bodies: &[
            body(
                "impl<T> Handle<T> {",
                "abort",
                "Note the task in `ABORTED`, and give it a turn: there it will end.",
            ),
            body(
                "impl<T> Drop for Kept<T>",
                "drop",
                "The task has ended, in whatever way: keep the promise with nothing, which \
                 changes nothing if it is kept.",
            ),
            body(
                "ANCHOR: spawn",
                "proceed",
                "Take one from `BUDGET`. Ready, if something is left. If not, the task wakes \
                 itself and yields: it has another turn after the others.",
            ),
            body(
                "impl Drop for End",
                "drop",
                "Drop all tasks that are left, with `contain` around each: the table can't be \
                 borrowed meanwhile, since a task may spawn when it is dropped, and that one \
                 is to be dropped, too. Then end the pool: no sender, and all threads joined. \
                 At last, `RUNS` may be taken by the next one.",
            ),
            body(
                "ANCHOR: block_on",
                "poll",
                "As in stage 5, but: one that is noted in `ABORTED` (take it out there) is not \
                 polled and not put back. It has a budget of 128 while it is polled, and \
                 `u32::MAX` counts as none. A panic is contained, and ends the task. The drop \
                 of a task that has ended may panic, too.",
            ),
        ],
    },
];
