//! A poll that holds the loop is reported while it does, and those who waited after it.

use std::future::{pending, poll_fn};
use std::io::Write as _;
use std::os::unix::net::UnixStream as StdStream;
use std::rc::Rc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};
use std::time::{Duration, Instant};

use buzzer::io::AsyncFd;
use buzzer::runtime::{Builder, Runtime};
use buzzer::task::yield_now;
use buzzer::time::sleep;
use buzzer::trace::{Kept, SlowPoll};
use buzzer::{spawn, task};

#[path = "support/child.rs"]
mod child;

/// Short, so that the tests are quick; longer than what a poll that is not to block
/// takes on a busy machine. A blocked poll ends only after its report has come.
const LIMIT: Duration = Duration::from_millis(10);

fn watched(builder: &mut Builder) -> (Runtime, Receiver<SlowPoll>) {
    let (reports, reported) = channel();
    let runtime = builder
        .watchdog(LIMIT)
        .on_slow_poll(move |slow| {
            // A test that has what it wants has gone.
            let _ = reports.send(slow.clone());
        })
        .build()
        .unwrap();
    (runtime, reported)
}

/// Blocks the thread until a report has come of a poll that goes on: no stopwatch is
/// needed to see that it comes while the poll does.
fn block_until_reported(reported: &Receiver<SlowPoll>) -> SlowPoll {
    let slow = reported.recv().unwrap();
    assert!(slow.victims().is_none(), "{slow}");
    slow
}

/// Once all that are queued have been polled, and before any timer can fire.
async fn polled_after_the_queued() {
    let mut been = false;
    poll_fn(|cx| match std::mem::replace(&mut been, true) {
        true => Poll::Ready(()),
        false => {
            cx.waker().wake_by_ref();
            Poll::Pending
        }
    })
    .await;
}

/// The report of the poll's end. Before it the same poll may have been reported again.
fn at_its_end(reported: &Receiver<SlowPoll>) -> SlowPoll {
    reported
        .iter()
        .find(|slow| slow.victims().is_some())
        .unwrap()
}

#[test]
fn a_poll_that_blocks_is_reported_while_it_does_by_id_name_and_place() {
    let (runtime, reported) = watched(&mut Builder::new_current_thread());
    let line = line!() + 4;
    let reported = runtime.block_on(async {
        let culprit = task::Builder::new()
            .name("barista")
            .spawn(async move { (block_until_reported(&reported), reported) })
            .unwrap();
        let id = culprit.id();
        let (slow, reported) = culprit.await.unwrap();
        assert_eq!((slow.task(), slow.name()), (id, Some("barista")));
        let at = slow.spawned_at().unwrap();
        assert_eq!((at.file(), at.line()), (file!(), line));
        assert!(slow.held() >= LIMIT, "{slow}");
        reported
    });
    drop(runtime);
    // The task had ended with that poll, and is still known.
    let end = at_its_end(&reported);
    assert_eq!(end.name(), Some("barista"));
}

#[test]
fn the_future_of_block_on_is_known_by_where_that_was_called() {
    let (runtime, reported) = watched(&mut Builder::new_current_thread());
    let line = line!() + 1;
    let slow = runtime.block_on(async move { block_until_reported(&reported) });
    assert_eq!(slow.task().to_string(), "0");
    assert_eq!(slow.spawned_at().unwrap().line(), line);
    let text = slow.to_string();
    assert!(
        text.starts_with("watchdog: #0 (block_on at tests/watchdog.rs:"),
        "{text}"
    );
}

#[test]
fn of_tasks_without_names_that_one_line_spawns_the_report_says_which_it_is() {
    let (runtime, reported) = watched(&mut Builder::new_current_thread());
    let reported = Rc::new(reported);
    let slow = runtime.block_on(async {
        let tasks = [1, 2, 3].map(|number| {
            let reported = reported.clone();
            spawn(async move { (number == 2).then(|| block_until_reported(&reported)) })
        });
        let id = tasks[1].id();
        let [_, slow, _] = tasks;
        let slow = slow.await.unwrap().unwrap();
        assert_eq!(slow.task(), id);
        slow
    });
    let text = slow.to_string();
    let told = ". Of the tasks spawned there it is the one whose `JoinHandle::id` is 2; \
                `task::Builder` gives names";
    assert!(text.ends_with(told), "{text}");
}

#[test]
fn a_poll_that_goes_on_is_reported_again_when_its_length_has_doubled() {
    let (runtime, reported) = watched(&mut Builder::new_current_thread());
    runtime.block_on(async move {
        let first = block_until_reported(&reported);
        let second = block_until_reported(&reported);
        assert!(second.held() >= 2 * first.held(), "{first}\n{second}");
    });
}

#[test]
fn the_report_of_the_end_counts_what_has_passed_since_the_one_before() {
    let (runtime, reported) = watched(&mut Builder::new_current_thread());
    let first = runtime.block_on(async {
        let first = block_until_reported(&reported);
        // Less than what makes a second report.
        let begin = Instant::now();
        while begin.elapsed() < LIMIT / 2 {}
        first
    });
    drop(runtime);
    let end = at_its_end(&reported);
    assert!(end.held() >= first.held() + LIMIT / 2, "{first}\n{end}");
}

#[test]
fn the_report_of_the_end_comes_last() {
    let (end_of_poll, poll_ends) = channel();
    let (loop_came_by, came_by) = channel();
    let told = Arc::new(Mutex::new(Vec::new()));
    let runtime = Builder::new_current_thread()
        .watchdog(LIMIT)
        .on_slow_poll({
            let (told, came_by) = (told.clone(), Mutex::new(came_by));
            move |slow| {
                let goes_on = slow.victims().is_none();
                if goes_on {
                    let _ = end_of_poll.send(());
                    // Time for the loop to overtake, in vain.
                    let came_by = came_by.lock().unwrap();
                    let _: Result<(), _> = came_by.recv_timeout(Duration::from_millis(100));
                }
                told.lock().unwrap().push(goes_on);
                let _ = loop_came_by.send(());
            }
        })
        .build()
        .unwrap();
    runtime.block_on(async move { poll_ends.recv().unwrap() });
    drop(runtime);
    assert_eq!(*told.lock().unwrap(), [true, false]);
}

#[test]
fn the_victims_are_named_with_where_they_stood_and_how_long() {
    let (runtime, reported) = watched(&mut Builder::new_current_thread());
    let handle = runtime.handle().clone();
    runtime.block_on(async move {
        let (near, mut far) = StdStream::pair().unwrap();
        near.set_nonblocking(true).unwrap();
        let (send, receive) = async_channel::bounded::<()>(1);
        let victim = |name, future| task::Builder::new().name(name).spawn(future).unwrap();
        type Boxed = std::pin::Pin<Box<dyn Future<Output = ()>>>;
        let _timed = victim("timed", Box::pin(sleep(LIMIT / 2)) as Boxed);
        let _reader = victim(
            "reader",
            Box::pin(async move {
                let near = AsyncFd::new(near).unwrap();
                near.readable().await.unwrap().retain_ready();
            }),
        );
        let _receiver = victim(
            "receiver",
            Box::pin(async move { receive.recv().await.unwrap() }),
        );
        let _far_off = victim("far off", Box::pin(sleep(Duration::from_secs(3_600))));
        polled_after_the_queued().await;
        let _queued = victim("queued", Box::pin(pending()));

        // It blocks at once, and all that follows comes while it does.
        let slow = block_until_reported(&reported);
        far.write_all(b"x").unwrap();
        std::thread::spawn(move || {
            send.send_blocking(()).unwrap();
            drop(handle.spawn(async {}));
        })
        .join()
        .unwrap();
        yield_now().await;

        let end = at_its_end(&reported);
        assert_eq!(end.task(), slow.task());
        let victims = end.victims().unwrap();
        let names: Vec<_> = victims.iter().map(|victim| victim.name()).collect();
        // Whoever has yielded, which is the culprit, is none.
        let expected = [
            Some("queued"),
            Some("timed"),
            Some("reader"),
            Some("receiver"),
            None,
        ];
        assert_eq!(names, expected, "{end}");
        let kept: Vec<_> = victims.iter().map(|victim| victim.kept()).collect();
        assert!(
            matches!(
                kept[..],
                [
                    Kept::InRunQueue,
                    Kept::AtTimer(_),
                    Kept::AtSource(..),
                    Kept::InInjectQueue,
                    Kept::InInjectQueue,
                ]
            ),
            "{kept:?}"
        );
        for victim in victims {
            assert!(!victim.waited().is_zero(), "{end}");
        }
        assert!(victims[0].spawned_at().is_some() && victims[4].task().is_none());
        let text = end.to_string();
        for part in [
            "; these had to wait:\n- #",
            " 'queued' (tests/watchdog.rs:",
            "), in the run queue: up to ",
            "), by timer 1: ",
            "), by source 1, readable: up to ",
            "\n- somebody, woken or spawned by another thread: up to ",
        ] {
            assert!(text.contains(part), "{part:?} is not in:\n{text}");
        }
    });
}

#[test]
fn whoever_waited_for_itself_or_has_gone_is_no_victim_and_nobody_is_one_twice() {
    let (runtime, reported) = watched(&mut Builder::new_current_thread());
    runtime.block_on(async move {
        let kept = || {
            let place = Arc::new(Mutex::new(None::<Waker>));
            let keeps = place.clone();
            let keeps = poll_fn(move |cx| {
                keeps.lock().unwrap().replace(cx.waker().clone());
                Poll::<()>::Pending
            });
            (place, keeps)
        };
        let ((sleeper, keeps), (gone, keeps_too)) = (kept(), kept());
        let sleeper_id = spawn(keeps).id();
        let ended = spawn(async { assert!(futures::poll!(keeps_too).is_pending()) });
        ended.await.unwrap();
        let mut own_timer = std::pin::pin!(sleep(LIMIT / 2));
        assert!(futures::poll!(own_timer.as_mut()).is_pending());
        let own = poll_fn(|cx| Poll::Ready(cx.waker().clone())).await;

        block_until_reported(&reported);
        std::thread::spawn(move || {
            own.wake();
            for place in [gone, sleeper.clone(), sleeper] {
                place.lock().unwrap().as_ref().unwrap().wake_by_ref();
            }
        })
        .join()
        .unwrap();
        yield_now().await;
        let end = at_its_end(&reported);
        let victims = end.victims().unwrap();
        assert_eq!(victims.len(), 1, "{end}");
        assert_eq!(victims[0].task(), Some(sleeper_id), "{end}");
    });
}

#[test]
fn a_task_whose_output_blocks_in_its_drop_is_still_known() {
    struct Blocks(Receiver<SlowPoll>, Sender<(SlowPoll, Receiver<SlowPoll>)>);
    impl Drop for Blocks {
        fn drop(&mut self) {
            let slow = block_until_reported(&self.0);
            let reported = std::mem::replace(&mut self.0, channel().1);
            self.1.send((slow, reported)).unwrap();
        }
    }
    let (runtime, reported) = watched(&mut Builder::new_current_thread());
    let (out, slow) = channel();
    let (slow, reported) = runtime.block_on(async move {
        let blocks = Blocks(reported, out);
        // Nobody wants the output, so it is dropped when the task has ended.
        let task = task::Builder::new().name("barista");
        drop(task.spawn(async move { blocks }));
        yield_now().await;
        slow.recv().unwrap()
    });
    drop(runtime);
    assert_eq!(slow.name(), Some("barista"));
    assert_eq!(at_its_end(&reported).name(), Some("barista"));
}

#[test]
fn what_the_look_at_the_end_of_a_slow_poll_brings_is_not_lost() {
    let (runtime, reported) = watched(&mut Builder::new_current_thread());
    runtime.block_on(async move {
        let (near, mut far) = StdStream::pair().unwrap();
        near.set_nonblocking(true).unwrap();
        let reader = spawn(async move {
            let near = AsyncFd::new(near).unwrap();
            near.readable().await.unwrap().retain_ready();
        });
        yield_now().await;
        block_until_reported(&reported);
        far.write_all(b"x").unwrap();
        reader.await.unwrap();
    });
}

#[test]
fn many_short_polls_are_no_long_one() {
    let (reports, reported) = channel();
    let runtime = Builder::new_current_thread()
        // So long that only a miscount could reach it.
        .watchdog(Duration::from_secs(60))
        .on_slow_poll(move |slow| reports.send(slow.clone()).unwrap())
        .build()
        .unwrap();
    runtime.block_on(async {
        for _ in 0..200_000 {
            yield_now().await;
        }
    });
    drop(runtime);
    assert_eq!(reported.iter().count(), 0);
}

#[test]
fn a_slow_poll_that_panics_is_reported_and_the_runtime_goes_on() {
    let (runtime, reported) = watched(&mut Builder::new_current_thread());
    let reported = runtime.block_on(async move {
        let (give_back, given_back) = channel();
        let task = spawn(async move {
            block_until_reported(&reported);
            give_back.send(reported).unwrap();
            panic!("burnt");
        });
        assert!(task.await.unwrap_err().is_panic());
        given_back.recv().unwrap()
    });
    // Who waited for the task's end is in the run queue by then.
    let end = at_its_end(&reported);
    let victims: Vec<_> = end
        .victims()
        .unwrap()
        .iter()
        .map(|victim| victim.task())
        .collect();
    assert_eq!(victims.len(), 1, "{end}");
    assert_eq!(victims[0].unwrap().to_string(), "0", "{end}");
    // The same with the future of block_on, which takes the loop along.
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        runtime.block_on(async {
            let _victim = spawn(async {});
            block_until_reported(&reported);
            panic!("burnt again");
        });
    }));
    assert!(caught.is_err());
    runtime.block_on(yield_now());
    drop(runtime);
    let end = at_its_end(&reported);
    assert_eq!(end.task().to_string(), "0", "{end}");
    assert_eq!(end.victims().unwrap().len(), 1, "{end}");
}

#[test]
fn a_turn_of_a_loop_of_the_callers_is_watched_and_the_time_between_turns_is_not() {
    let (runtime, reported) = watched(&mut Builder::new_current_thread());
    let (out, back) = channel();
    let task = runtime.spawn(async move {
        let slow = block_until_reported(&reported);
        out.send((slow, reported)).unwrap();
    });
    runtime.turn(Some(Duration::ZERO)).unwrap();
    let (slow, reported) = back.recv().unwrap();
    assert_eq!(slow.task(), task.id());
    assert_eq!(at_its_end(&reported).task(), task.id());
    drop(runtime.spawn(async {}));
    runtime.turn(Some(Duration::ZERO)).unwrap();
    let begin = Instant::now();
    while begin.elapsed() < 2 * LIMIT {}
    drop(runtime);
    // One that was too slow on a busy machine has ended.
    let last = reported.iter().last();
    assert!(last.is_none_or(|slow| slow.victims().is_some()));
}

#[test]
fn a_paused_clock_does_not_hide_a_poll_that_takes_real_time() {
    let (runtime, reported) = watched(Builder::new_current_thread().start_paused(true));
    runtime.block_on(async move {
        sleep(Duration::from_secs(3_600)).await;
        block_until_reported(&reported);
    });
}

struct Blocks(Receiver<SlowPoll>, Sender<SlowPoll>);

impl Drop for Blocks {
    fn drop(&mut self) {
        self.1.send(block_until_reported(&self.0)).unwrap();
    }
}

#[test]
fn a_drop_that_blocks_the_shutdown_is_reported_while_it_does() {
    let (runtime, reported) = watched(&mut Builder::new_current_thread());
    let (out, slow) = channel();
    let blocks = Blocks(reported, out);
    let task = runtime.spawn(async move {
        let _blocks = blocks;
        pending::<()>().await;
    });
    runtime.turn(Some(Duration::ZERO)).unwrap();
    drop(runtime);
    assert_eq!(slow.recv().unwrap().task(), task.id());
}

#[test]
fn a_drop_that_blocks_after_an_abort_is_a_poll_too() {
    let (runtime, reported) = watched(&mut Builder::new_current_thread());
    let (out, slow) = channel();
    runtime.block_on(async move {
        let blocks = Blocks(reported, out);
        let task = spawn(async move {
            let _blocks = blocks;
            pending::<()>().await;
        });
        yield_now().await;
        task.abort();
        let id = task.id();
        assert!(task.await.unwrap_err().is_cancelled());
        assert_eq!(slow.recv().unwrap().task(), id);
    });
}

#[test]
fn each_runtime_has_its_own_and_their_ends_wait_for_no_limit() {
    let runtimes: Vec<_> = (0..10)
        .map(|_| {
            Builder::new_current_thread()
                .watchdog(Duration::from_secs(1_000_000))
                .build()
                .unwrap()
        })
        .collect();
    for runtime in &runtimes {
        runtime.block_on(yield_now());
    }
    // Would take days if it waited for a look.
    drop(runtimes);
}

#[test]
fn a_listener_that_panics_takes_nothing_along() {
    let (reports, reported) = channel();
    let runtime = Builder::new_current_thread()
        .watchdog(LIMIT)
        .on_slow_poll(move |_| {
            let _ = reports.send(());
            panic!("no ears");
        })
        .build()
        .unwrap();
    runtime.block_on(async {
        reported.recv().unwrap();
        reported.recv().unwrap();
        yield_now().await;
    });
    while reported.try_recv().is_ok() {}
    // Also at the end of a poll whose own panic is on its way.
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        runtime.block_on(async {
            reported.recv().unwrap();
            panic!("burnt");
        });
    }));
    assert_eq!(caught.unwrap_err().downcast_ref(), Some(&"burnt"));
    drop(runtime);
    // The panicking poll's end was told, too.
    assert!(reported.iter().count() >= 1);
}

#[test]
#[should_panic(expected = "a watchdog with a limit of zero would report every poll")]
fn a_limit_of_zero_is_refused() {
    Builder::new_current_thread().watchdog(Duration::ZERO);
}

#[test]
fn the_variable_gives_any_program_a_watchdog() {
    let Some(mut again) = child::again() else {
        // Blocks until its own standard input ends, which is when the test has read the
        // report.
        buzzer::block_on(poll_fn(|_| {
            let mut line = String::new();
            std::io::stdin().read_line(&mut line).unwrap();
            Poll::Ready(())
        }));
        return;
    };
    use std::io::{BufRead as _, BufReader};
    use std::process::Stdio;
    let mut child = again
        .env("BUZZER_WATCHDOG", "0.005s")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let report = lines
        .by_ref()
        .map(|line| line.unwrap())
        .find(|line| line.contains("watchdog: #0"))
        .unwrap();
    assert!(
        report.starts_with("buzzer: watchdog: #0 (block_on at "),
        "{report}"
    );
    assert!(
        report.contains(", and still does: nobody else can run."),
        "{report}"
    );
    drop(child.stdin.take());
    // Before it the same poll may have been reported again.
    let end = lines
        .map(|line| line.unwrap())
        .find(|line| !line.contains(", and still does"))
        .unwrap();
    assert!(end.contains(") held the loop for "), "{end}");
    assert!(end.ends_with("; nobody had to wait"), "{end}");
    assert!(child.wait().unwrap().success());
}

#[test]
fn a_value_that_is_no_duration_is_named_and_the_program_runs_on() {
    let Some(mut again) = child::again() else {
        return buzzer::block_on(yield_now());
    };
    let output = again.env("BUZZER_WATCHDOG", "soon").output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    assert!(
        stderr.contains(
            "buzzer: BUZZER_WATCHDOG=soon: not a duration: it must be a number and its unit, \
             such as 100ms, 1.5s or 500us\n"
        ),
        "{stderr}"
    );
}
