//! The ledger: where the time of a run goes, to the nanosecond.

use std::cell::Cell;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream as StdStream;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::rc::Rc;
use std::sync::mpsc;
use std::task::Waker;
use std::thread;
use std::time::{Duration, Instant};

use buzzer::fs;
use buzzer::io::{AsyncFd, AsyncReadExt, AsyncWriteExt, Interest};
use buzzer::net::{TcpListener, TcpStream};
use buzzer::runtime::{Builder, OnDeadlock, Runtime};
use buzzer::spawn;
use buzzer::task::{self, spawn_blocking, yield_now};
use buzzer::time::{advance, sleep};
use buzzer::trace::{Ledger, TaskAccount, Wakes};

#[path = "support/asleep.rs"]
mod asleep;
#[path = "support/child.rs"]
mod child;
#[path = "support/polled.rs"]
mod polled;

use polled::own_waker;

fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn kept() -> Runtime {
    Builder::new_current_thread().ledger(true).build().unwrap()
}

fn kept_paused() -> Runtime {
    Builder::new_current_thread()
        .start_paused(true)
        .ledger(true)
        .build()
        .unwrap()
}

/// The time of the whole is that of the parts; gives it back.
#[track_caller]
fn assert_nothing_left_over(ledger: &Ledger) -> Duration {
    let parts = [
        ledger.polling(),
        ledger.parked(),
        ledger.own(),
        ledger.outside(),
        ledger.recording(),
    ];
    assert_eq!(parts.iter().sum::<Duration>(), ledger.total(), "{ledger}");
    ledger.total()
}

/// Runs `work` on a runtime with a real clock, whose total is to be what clocks read
/// around it say, and whose parts are to add up to that.
#[track_caller]
fn books_all_of(work: impl FnOnce(&Runtime)) -> Ledger {
    let outer = Instant::now();
    let runtime = kept();
    let inner = Instant::now();
    work(&runtime);
    let inner = inner.elapsed();
    let ledger = runtime.ledger();
    let outer = outer.elapsed();
    let total = assert_nothing_left_over(&ledger);
    assert!(
        inner <= total && total <= outer,
        "{total:?} is not between {inner:?} and {outer:?}"
    );
    ledger
}

fn task<'a>(ledger: &'a Ledger, name: &str) -> &'a TaskAccount {
    let found = ledger.tasks().iter().find(|task| task.name() == Some(name));
    found.unwrap_or_else(|| panic!("there is no '{name}' in {ledger}"))
}

fn main_of(ledger: &Ledger) -> &TaskAccount {
    let main = |task: &&TaskAccount| task.id().is_some_and(|id| id.to_string() == "0");
    ledger.tasks().iter().find(main).unwrap()
}

#[track_caller]
fn named<F: Future + 'static>(name: &str, future: F) -> task::JoinHandle<F::Output> {
    task::Builder::new().name(name).spawn(future).unwrap()
}

/// Holds the loop.
fn burn(time: Duration) {
    let began = Instant::now();
    while began.elapsed() < time {}
}

#[test]
fn timers_add_up() {
    let ledger = books_all_of(|runtime| {
        runtime.block_on(async {
            let sleepers: Vec<_> = (1..20).map(|ms| spawn(sleep(millis(ms)))).collect();
            for sleeper in sleepers {
                sleeper.await.unwrap();
            }
        });
    });
    assert_eq!(ledger.tasks().len(), 20);
}

#[test]
fn jobs_and_files_add_up() {
    let ledger = books_all_of(|runtime| {
        runtime.block_on(async {
            let jobs: Vec<_> = (0..50)
                .map(|_| spawn_blocking(|| burn(millis(1) / 10)))
                .collect();
            for job in jobs {
                job.await.unwrap();
            }
            let file = tempfile::NamedTempFile::new().unwrap();
            for _ in 0..20 {
                fs::write(file.path(), "something").await.unwrap();
                assert_eq!(fs::read(file.path()).await.unwrap(), b"something");
            }
        });
    });
    assert_eq!(
        main_of(&ledger).polls(),
        main_of(&ledger).wakes().total() + 1
    );
}

#[test]
fn sockets_add_up() {
    let ledger = books_all_of(|runtime| {
        runtime.block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = listener.local_addr().unwrap();
            let server = named("server", async move {
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut buffer = [0; 4];
                for _ in 0..100 {
                    stream.read_exact(&mut buffer).await.unwrap();
                    stream.write_all(&buffer).await.unwrap();
                }
            });
            let mut stream = TcpStream::connect(address).await.unwrap();
            let mut buffer = [0; 4];
            for _ in 0..100 {
                stream.write_all(b"ping").await.unwrap();
                stream.read_exact(&mut buffer).await.unwrap();
            }
            server.await.unwrap();
        });
    });
    let server = task(&ledger, "server");
    assert!(server.wakes().readiness > 0, "{ledger}");
    assert_eq!(server.polls(), server.wakes().total() + 1);
}

#[test]
fn panics_and_aborts_add_up() {
    let ledger = books_all_of(|runtime| {
        runtime.block_on(async {
            let waits = named("waits", std::future::pending::<()>());
            let panics = named("panics", async { panic!("as the test wants") });
            assert!(panics.await.unwrap_err().is_panic());
            waits.abort();
            assert!(waits.await.unwrap_err().is_cancelled());
            let unpolled = named("unpolled", async {});
            unpolled.abort();
            assert!(unpolled.await.unwrap_err().is_cancelled());
        });
    });
    let polls = ["waits", "panics", "unpolled"].map(|name| task(&ledger, name).polls());
    assert_eq!(polls, [2, 1, 1], "{ledger}");
}

#[test]
fn a_block_on_that_ends_by_a_panic_in_its_future_adds_up() {
    let ledger = books_all_of(|runtime| {
        let blocked = || {
            runtime.block_on(async {
                spawn(async {});
                yield_now().await;
                panic!("as the test wants");
            })
        };
        assert!(catch_unwind(AssertUnwindSafe(blocked)).is_err());
        burn(millis(2));
    });
    assert!(ledger.outside() >= millis(2), "{ledger}");
}

#[test]
fn a_block_on_that_ends_by_a_panic_of_the_loop_adds_up() {
    let outer = Instant::now();
    let runtime = Builder::new_current_thread()
        .ledger(true)
        .on_deadlock(OnDeadlock::Panic)
        .build()
        .unwrap();
    let blocked = || runtime.block_on(std::future::pending::<()>());
    assert!(catch_unwind(AssertUnwindSafe(blocked)).is_err());
    let before = runtime.ledger();
    burn(millis(2));
    let ledger = runtime.ledger();
    assert!(assert_nothing_left_over(&ledger) <= outer.elapsed());
    assert_eq!(ledger.own(), before.own());
    assert!(ledger.outside() - before.outside() >= millis(2));
}

#[test]
fn a_block_on_that_ends_with_tasks_still_queued_adds_up_and_the_next_goes_on() {
    let ledger = books_all_of(|runtime| {
        let mut left = None;
        runtime.block_on(async {
            // This ends before the task is polled.
            left = Some(named("left", async {
                yield_now().await;
                burn(millis(2));
            }));
        });
        assert_eq!(task(&runtime.ledger(), "left").polls(), 0);
        burn(millis(3));
        runtime.block_on(left.unwrap()).unwrap();
    });
    let left = task(&ledger, "left");
    assert_eq!(left.polls(), 2);
    assert!(left.longest() >= millis(2) && left.time() >= left.longest());
    // It was queued all that time.
    assert!(left.delays().max() >= millis(3), "{ledger}");
    assert!(ledger.outside() >= millis(3), "{ledger}");
    assert_eq!(main_of(&ledger).polls(), 3);
}

#[test]
fn turns_add_up_and_what_is_between_them_is_outside() {
    let ledger = books_all_of(|runtime| {
        let task = runtime.spawn(async {
            yield_now().await;
            sleep(millis(3)).await;
        });
        while !task.is_finished() {
            runtime.turn(Some(millis(1))).unwrap();
            burn(millis(1));
        }
        runtime.turn(Some(Duration::ZERO)).unwrap();
    });
    assert!(ledger.turns() >= 4, "{ledger}");
    let outside = millis(ledger.turns() - 1);
    assert!(ledger.outside() >= outside, "{ledger}");
}

#[test]
fn a_ledger_read_in_a_poll_has_the_time_of_that_poll_so_far() {
    let runtime = kept();
    let runtime = &runtime;
    let (first, held) = runtime.block_on(async {
        let began = Instant::now();
        let before = main_of(&runtime.ledger()).time();
        burn(millis(2));
        let held = began.elapsed();
        let first = runtime.ledger();
        assert!(main_of(&first).time() - before >= millis(2), "{first}");
        assert!(main_of(&first).longest() >= millis(2), "{first}");
        (first, held)
    });
    assert_nothing_left_over(&first);
    assert!(main_of(&first).longest() >= held.min(millis(2)));
    let last = runtime.ledger();
    assert_nothing_left_over(&last);
    assert_eq!(main_of(&last).polls(), 1);
    assert!(main_of(&last).longest() >= main_of(&first).longest());
}

#[test]
fn a_program_that_asks_for_no_ledger_has_an_empty_one() {
    let runtime = Runtime::new().unwrap();
    runtime.block_on(yield_now());
    let ledger = runtime.ledger();
    assert_eq!(ledger.total(), Duration::ZERO);
    assert_eq!((ledger.turns(), ledger.tasks().len()), (0, 0));
}

#[test]
fn a_paused_clock_passes_in_parks_and_in_polls_that_advance_it() {
    let runtime = kept_paused();
    runtime.block_on(async {
        sleep(Duration::from_secs(5)).await;
        advance(Duration::from_secs(7)).await;
    });
    let ledger = runtime.ledger();
    assert_eq!(assert_nothing_left_over(&ledger), Duration::from_secs(12));
    assert_eq!(ledger.parked(), Duration::from_secs(5));
    assert_eq!(ledger.polling(), Duration::from_secs(7));
    assert_eq!(main_of(&ledger).longest(), Duration::from_secs(7));
}

#[test]
fn a_clock_that_is_paused_moved_and_resumed_in_the_middle_adds_up() {
    let begun = Instant::now();
    let runtime = kept();
    runtime.block_on(async {
        sleep(millis(2)).await;
        buzzer::time::pause();
        advance(millis(300_000)).await;
        sleep(millis(600_000)).await;
        buzzer::time::resume();
        sleep(millis(2)).await;
    });
    let ledger = runtime.ledger();
    let total = assert_nothing_left_over(&ledger);
    let most = millis(900_000) + begun.elapsed();
    assert!(
        millis(900_004) <= total && total <= most,
        "{total:?}, {most:?}"
    );
    assert!(main_of(&ledger).time() >= millis(300_000));
    assert!(ledger.parked() >= millis(600_000));
    assert!(ledger.own() < millis(300_000));
}

#[test]
fn a_task_behind_a_long_poll_waits_in_the_queue_for_as_long() {
    // Exactly, by a clock that passes in that poll alone.
    let runtime = kept_paused();
    runtime.block_on(async {
        let long = named("long", advance(Duration::from_secs(3)));
        let behind = named("behind", async {});
        behind.await.unwrap();
        long.await.unwrap();
    });
    let ledger = runtime.ledger();
    let (long, behind) = (task(&ledger, "long"), task(&ledger, "behind"));
    assert_eq!(long.longest(), Duration::from_secs(3));
    assert_eq!(behind.delays().count(), 1);
    assert_eq!(behind.delays().max(), long.longest());
    // And by the real one.
    let ledger = books_all_of(|runtime| {
        runtime.block_on(async {
            named("long", async { burn(millis(3)) });
            named("behind", async {}).await.unwrap();
        });
    });
    let (long, behind) = (task(&ledger, "long"), task(&ledger, "behind"));
    assert!(long.longest() >= millis(3), "{ledger}");
    assert!(behind.delays().max() >= long.longest(), "{ledger}");
}

#[test]
fn delays_count_from_the_wake_and_from_the_end_of_the_poll_that_it_came_in() {
    let runtime = kept_paused();
    let second = Duration::from_secs(1);
    runtime.block_on(async {
        // Wakes itself at the beginning of a poll that lasts a second: it is in the
        // queue only after that.
        let itself = named("itself", async move {
            let mut first = true;
            let mut waits = Box::pin(advance(second));
            std::future::poll_fn(|cx| {
                if std::mem::take(&mut first) {
                    cx.waker().wake_by_ref();
                }
                waits.as_mut().poll(cx)
            })
            .await;
        });
        itself.await.unwrap();
        // The timer is due in the midst of the other's two seconds, and nobody looks
        // before their end; it wakes from within `advance`, then.
        let sleeper = named("sleeper", sleep(second));
        let other = named("other", advance(2 * second));
        other.await.unwrap();
        sleeper.await.unwrap();
    });
    let ledger = runtime.ledger();
    let itself = task(&ledger, "itself");
    assert_eq!(itself.delays().max(), Duration::ZERO);
    assert_eq!(itself.wakes().redundant, 1, "{ledger}");
    assert_eq!(itself.wakes().itself, 1, "{ledger}");
    let sleeper = task(&ledger, "sleeper");
    assert_eq!(sleeper.wakes().timer, 1);
    assert_eq!(sleeper.delays().max(), Duration::ZERO);
}

#[test]
fn an_aborted_task_waits_in_the_queue_from_its_abort_or_from_when_it_was_queued_before() {
    let runtime = kept_paused();
    let second = Duration::from_secs(1);
    runtime.block_on(async {
        let asleep = named("asleep", std::future::pending::<()>());
        yield_now().await;
        let queued = named("queued", async {});
        // All in one poll, in which the time passes twice.
        let first = pin!(advance(second));
        assert!(futures::poll!(first).is_pending());
        asleep.abort();
        queued.abort();
        let then = pin!(advance(second));
        assert!(futures::poll!(then).is_pending());
        assert!(asleep.await.unwrap_err().is_cancelled());
        assert!(queued.await.unwrap_err().is_cancelled());
    });
    let ledger = runtime.ledger();
    let delays = |name| task(&ledger, name).delays();
    assert_eq!(delays("asleep").count(), 2);
    assert_eq!(delays("asleep").max(), second);
    assert_eq!(delays("queued").max(), 2 * second);
}

#[test]
fn percentiles_are_those_of_the_delays() {
    let runtime = kept_paused();
    runtime.block_on(async {
        let turn = Rc::new(Cell::new(0_u64));
        let times = turn.clone();
        // Behind polls of 1 µs, 2 µs and so on up to 100 µs.
        let holds = spawn(async move {
            for micros in 1..=100 {
                times.set(micros);
                advance(Duration::from_micros(micros)).await;
            }
        });
        let behind = named("behind", async move {
            while turn.get() < 100 {
                yield_now().await;
            }
        });
        behind.await.unwrap();
        holds.await.unwrap();
    });
    let ledger = runtime.ledger();
    let delays = task(&ledger, "behind").delays();
    assert_eq!(delays.count(), 100);
    assert_eq!(delays.max(), Duration::from_micros(100));
    for percent in [1, 50, 90, 99, 100] {
        let (told, exact) = (
            delays.percentile(percent as f64),
            Duration::from_micros(percent),
        );
        assert!(told >= exact && told - exact <= exact / 8, "{told:?}");
    }
}

/// A task's waker, from which it goes on after one more poll.
fn sleeper(name: &str) -> (mpsc::Receiver<Waker>, task::JoinHandle<()>) {
    let (to, at) = mpsc::channel();
    let task = named(name, async move {
        to.send(own_waker().await).unwrap();
        futures::pending!();
    });
    (at, task)
}

#[test]
fn wakes_are_counted_by_their_causes() {
    let runtime = kept_paused();
    let (outside, woken_outside) = runtime.block_on(async {
        named("timer", async {
            for _ in 0..3 {
                sleep(millis(1)).await;
            }
        })
        .await
        .unwrap();
        named("itself", async {
            for _ in 0..4 {
                yield_now().await;
            }
        })
        .await
        .unwrap();
        let (go, gate) = mpsc::channel();
        let job = named("job", async {
            spawn_blocking(move || gate.recv().unwrap()).await.unwrap();
        });
        // It waits for its job, which would else be fast enough to wake nobody.
        yield_now().await;
        go.send(()).unwrap();
        job.await.unwrap();
        named("task", async {
            for _ in 0..5 {
                spawn(yield_now()).await.unwrap();
            }
        })
        .await
        .unwrap();
        let (here, mut there) = StdStream::pair().unwrap();
        here.set_nonblocking(true).unwrap();
        let here = AsyncFd::with_interest(here, Interest::READABLE).unwrap();
        let reader = named("readiness", async move {
            for _ in 0..2 {
                let mut ready = here.readable().await.unwrap();
                let read = (&mut here.get_ref()).read(&mut [0; 1]).unwrap();
                assert_eq!(read, 1);
                ready.clear_ready();
            }
        });
        for _ in 0..2 {
            // It waits, and then it has read.
            sleep(millis(1)).await;
            there.write_all(b"x").unwrap();
        }
        reader.await.unwrap();
        let (waker, woken) = sleeper("thread");
        yield_now().await;
        let waker = waker.recv().unwrap();
        thread::spawn(move || waker.wake()).join().unwrap();
        woken.await.unwrap();
        let (waker, woken) = sleeper("twice");
        yield_now().await;
        let waker = waker.recv().unwrap();
        waker.wake_by_ref();
        waker.wake_by_ref();
        woken.await.unwrap();
        let (waker, woken) = sleeper("outside");
        yield_now().await;
        (waker.recv().unwrap(), woken)
    });
    let entered = runtime.enter();
    outside.wake();
    drop(entered);
    runtime.block_on(woken_outside).unwrap();
    let ledger = runtime.ledger();
    let none = Wakes::default();
    for (name, wakes) in [
        ("timer", Wakes { timer: 3, ..none }),
        ("itself", Wakes { itself: 4, ..none }),
        ("job", Wakes { job: 1, ..none }),
        (
            "task",
            Wakes {
                other_task: 5,
                ..none
            },
        ),
        (
            "readiness",
            Wakes {
                readiness: 2,
                ..none
            },
        ),
        ("thread", Wakes { thread: 1, ..none }),
        ("outside", Wakes { outside: 1, ..none }),
        (
            "twice",
            Wakes {
                other_task: 1,
                redundant: 1,
                ..none
            },
        ),
    ] {
        let task = task(&ledger, name);
        assert_eq!(*task.wakes(), wakes, "{name}");
        assert_eq!(task.polls(), 1 + wakes.total(), "{name}");
        assert_eq!(task.delays().count(), task.polls(), "{name}");
    }
}

#[test]
fn of_many_ended_tasks_those_with_most_time_are_kept_and_the_others_merged_by_place() {
    let runtime = kept_paused();
    let long = Duration::from_secs(1);
    runtime.block_on(async {
        let short = |_| spawn(async {});
        for task in (0..2_000).map(short).collect::<Vec<_>>() {
            task.await.unwrap();
        }
        for _ in 0..3 {
            named("long", advance(long)).await.unwrap();
        }
        let twice = |_| spawn(yield_now());
        for task in (0..500).map(twice).collect::<Vec<_>>() {
            task.await.unwrap();
        }
    });
    let ledger = runtime.ledger();
    let (merged, alone): (Vec<_>, Vec<_>) =
        ledger.tasks().iter().partition(|task| task.id().is_none());
    // 1,024 ended, and that of block_on.
    assert_eq!(alone.len(), 1_025);
    assert!(alone.iter().all(|task| task.tasks() == 1));
    let long_ones = alone.iter().filter(|task| task.name() == Some("long"));
    assert_eq!(
        long_ones.map(|task| task.time()).sum::<Duration>(),
        3 * long
    );
    let tasks: Vec<_> = merged.iter().map(|task| task.tasks()).collect();
    assert_eq!(tasks.iter().sum::<u64>(), 2_503 - 1_024);
    assert_eq!(tasks.len(), 2, "{tasks:?}");
    for merged in &merged {
        let polls = merged.polls() / merged.tasks();
        assert_eq!(merged.delays().count(), merged.polls());
        assert_eq!(merged.wakes().itself, merged.polls() - merged.tasks());
        assert!(polls == 1 || polls == 2);
    }
    assert_eq!(
        ledger.tasks().iter().map(|task| task.tasks()).sum::<u64>(),
        2_504
    );
    assert_nothing_left_over(&ledger);
}

/// Without where in this file a task was spawned.
fn without_lines(text: &str) -> String {
    let mut parts = text.split("tests/ledger.rs:");
    let head = parts.next().unwrap().to_owned();
    parts.fold(head, |text, part| {
        let rest = part.trim_start_matches(|c: char| c.is_ascii_digit());
        let digits = "*".repeat(part.len() - rest.len());
        text + "tests/ledger.rs:" + &digits + rest
    })
}

const SMALL_RUN: &str = "\
1.800 s by the runtime's clock, 22 turns

  polling            300.000 ms  16.7 %  30 polls of 3 tasks
  parked                1.500 s  83.3 %  asleep, with nothing to do
  the runtime's own         0 s   0.0 %  queues, timers, looks at events
  outside the loop          0 s   0.0 %  no block_on or turn under way

        time   share  polls     longest  queued p50  p90         p99         max  task                                  woken by
  300.000 ms  16.7 %      7  100.000 ms         0 s  0 s         0 s         0 s  #1 'computes' at tests/ledger.rs:***  timer 3, itself 3
         0 s   0.0 %     21         0 s         0 s  0 s  100.000 ms  100.000 ms  #2 'ticks' at tests/ledger.rs:***     timer 20
         0 s   0.0 %      2         0 s         0 s  0 s         0 s         0 s  #0 (block_on) at tests/ledger.rs:***  task 1

longest poll: 100.000 ms, #1 'computes' at tests/ledger.rs:***
longest in the queue: 100.000 ms, #2 'ticks' at tests/ledger.rs:***";

#[test]
fn the_ledger_of_a_small_run_as_a_table() {
    let runtime = kept_paused();
    runtime.block_on(async {
        let computes = named("computes", async {
            for _ in 0..3 {
                sleep(millis(500)).await;
                advance(millis(100)).await;
            }
        });
        let ticks = named("ticks", async {
            for _ in 0..20 {
                sleep(millis(50)).await;
            }
        });
        computes.await.unwrap();
        ticks.await.unwrap();
    });
    let text = without_lines(&runtime.ledger().to_string());
    assert_eq!(text, SMALL_RUN, "{text}");
}

/// What a test of this name says on stderr in a process of its own, in which the
/// variable is set to `value`. `None` in that process.
fn said_with(value: &str, body: impl FnOnce()) -> Option<String> {
    let Some(mut again) = child::again() else {
        body();
        return None;
    };
    let output = again.env("BUZZER_LEDGER", value).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{said}");
    Some(said)
}

#[test]
fn with_the_variable_any_program_tells_its_ledger_at_the_end() {
    let Some(said) = said_with("1", || {
        let runtime = Builder::new_current_thread()
            .start_paused(true)
            .build()
            .unwrap();
        runtime.block_on(async { sleep(Duration::from_secs(3)).await });
        assert_eq!(runtime.ledger().parked(), Duration::from_secs(3));
    }) else {
        return;
    };
    let (first, rest) = said.split_once('\n').unwrap();
    assert_eq!(
        first,
        "buzzer: the ledger: 3.000 s by the runtime's clock, 2 turns"
    );
    assert!(
        rest.contains("parked             3.000 s  100.0 %"),
        "{rest}"
    );
    assert!(rest.ends_with("timer 1\n\n"), "{rest}");
}

#[test]
fn the_writing_of_a_trace_has_a_part_of_its_own_and_all_add_up() {
    for (kept, trace) in [(0, "story"), (0, "run.html"), (0, "run.json"), (1_000, "")] {
        let Some(mut again) = child::again() else {
            let mut builder = Builder::new_current_thread();
            if std::env::var_os("KEPT").is_some() {
                builder.record(1_000);
            }
            let runtime = builder.build().unwrap();
            runtime.block_on(async {
                for _ in 0..10 {
                    spawn(yield_now()).await.unwrap();
                }
            });
            let ledger = runtime.ledger();
            assert_nothing_left_over(&ledger);
            return println!("<{}>", ledger.recording().as_nanos());
        };
        if kept > 0 {
            again.env("KEPT", "1");
        }
        let directory = tempfile::tempdir().unwrap();
        let again = again.env("BUZZER_TRACE", trace).env("BUZZER_LEDGER", "1");
        let output = again.current_dir(&directory).output().unwrap();
        let [said, told] =
            [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
        assert!(output.status.success(), "{said}{told}");
        let (_, before_the_end) = said.split_once('<').unwrap();
        let (before_the_end, _) = before_the_end.split_once('>').unwrap();
        assert_ne!(before_the_end, "0", "{trace}");
        let row = "the trace, and what was reported\n";
        assert_eq!(told.matches(row).count(), 1, "{told}");
    }
}

#[test]
fn a_report_counts_as_recording_and_all_adds_up() {
    let this = asleep::ThisThread::new();
    let (sender, receiver) = async_channel::bounded(1);
    let sends = thread::spawn(move || {
        this.wait_until_asleep();
        sender.send_blocking(()).unwrap();
    });
    let runtime = Builder::new_current_thread()
        .ledger(true)
        .on_deadlock(OnDeadlock::Report)
        .build()
        .unwrap();
    assert_eq!(runtime.ledger().recording(), Duration::ZERO);
    runtime.block_on(receiver.recv()).unwrap();
    sends.join().unwrap();
    let ledger = runtime.ledger();
    assert!(ledger.recording() > Duration::ZERO, "{ledger}");
    assert_nothing_left_over(&ledger);
}

#[test]
fn the_ledgers_of_several_runtimes_say_whose_they_are() {
    let Some(said) = said_with("1", || {
        let (first, second) = (kept_paused(), kept_paused());
        drop(first);
        drop(second);
    }) else {
        return;
    };
    let heads: Vec<_> = said
        .lines()
        .filter(|line| line.contains("ledger"))
        .collect();
    assert_eq!(
        heads,
        [
            "buzzer: the ledger of runtime 1: nothing was kept, or nothing has happened",
            "buzzer: the ledger of runtime 2: nothing was kept, or nothing has happened",
        ]
    );
}

#[test]
fn a_value_that_asks_for_no_ledger_is_said_to() {
    let Some(said) = said_with("yes", || {
        let runtime = Runtime::new().unwrap();
        runtime.block_on(yield_now());
        assert_eq!(runtime.ledger().turns(), 0);
    }) else {
        return;
    };
    assert_eq!(
        said,
        "buzzer: BUZZER_LEDGER=yes: no ledger; 1 asks for one\n"
    );
}

#[test]
fn a_loop_that_sleeps_and_is_not_recorded_spends_nothing_on_a_recording() {
    let runtime = kept();
    runtime.block_on(async {
        yield_now().await;
        spawn_blocking(|| {}).await.unwrap();
    });
    let ledger = runtime.ledger();
    assert_eq!(ledger.recording(), Duration::ZERO, "{ledger}");
    assert_nothing_left_over(&ledger);
}
