//! A paused clock jumps to the next deadline when everything is idle, and only
//! then.

#[path = "support/asleep.rs"]
mod asleep;
#[path = "support/caught.rs"]
mod caught;
#[path = "support/on_drop.rs"]
mod on_drop;
#[path = "support/paused.rs"]
mod paused;

use std::cell::{Cell, RefCell};
use std::io::Write;
use std::os::unix::net::UnixStream;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use asleep::ThisThread;
use buzzer::io::AsyncFd;
use buzzer::runtime::{Handle, Runtime};
use buzzer::spawn;
use buzzer::task::{spawn_blocking, yield_now};
use buzzer::time::{Duration, Instant, advance, pause, resume, sleep, sleep_until};
use caught::panic_of;
use on_drop::OnDrop;
use paused::paused;

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3_600);

#[test]
fn the_clock_stands_still_while_a_task_is_queued() {
    paused().block_on(async {
        let start = Instant::now();
        let slept = spawn(sleep(Duration::from_nanos(1)));
        for _ in 0..10_000 {
            yield_now().await;
        }
        assert!(!slept.is_finished());
        assert_eq!(start.elapsed(), Duration::ZERO);
        slept.await.unwrap();
        assert_eq!(start.elapsed(), Duration::from_nanos(1));
    });
}

#[test]
fn each_jump_goes_to_the_next_deadline_and_no_further() {
    paused().block_on(async {
        let start = Instant::now();
        let seen = Rc::new(RefCell::new(Vec::new()));
        let tasks = [7, 3, 5, 3].map(|seconds| {
            let seen = seen.clone();
            spawn(async move {
                sleep(seconds * SECOND).await;
                seen.borrow_mut().push(start.elapsed().as_secs());
            })
        });
        for task in tasks {
            task.await.unwrap();
        }
        assert_eq!(*seen.borrow(), [3, 3, 5, 7]);
    });
}

/// Runs a job on a paused runtime that waits until the loop sleeps, and tells
/// whether the clock had jumped by then. `start` spawns it and gives what to
/// await beside the hour's sleep.
fn jumped_during_a_job<F: Future>(start: impl FnOnce(Box<dyn FnOnce() + Send>) -> F) -> bool {
    let slept = Arc::new(AtomicBool::new(false));
    let jumped = Arc::new(AtomicBool::new(false));
    let (sees, told) = (slept.clone(), jumped.clone());
    let (begins, begun) = async_channel::bounded(1);
    let the_loop = ThisThread::new();
    paused().block_on(async {
        let hour = spawn(async move {
            sleep(HOUR).await;
            slept.store(true, Ordering::SeqCst);
        });
        // Armed before the job is there.
        yield_now().await;
        let ends = start(Box::new(move || {
            begins.send_blocking(()).unwrap();
            the_loop.wait_until_asleep();
            told.store(sees.load(Ordering::SeqCst), Ordering::SeqCst);
        }));
        ends.await;
        begun.recv().await.unwrap();
        hour.await.unwrap();
    });
    jumped.load(Ordering::SeqCst)
}

#[test]
fn the_clock_holds_still_for_a_blocking_job() {
    assert!(!jumped_during_a_job(|job| async {
        spawn_blocking(job).await.unwrap();
    }));
}

#[test]
fn the_clock_holds_still_for_a_job_whose_handle_was_dropped_and_its_end_nudges_the_loop() {
    assert!(!jumped_during_a_job(|job| async {
        drop(spawn_blocking(job));
        // Nothing but the hour's sleep is left to end the block_on.
    }));
}

#[test]
fn the_clock_holds_still_for_a_job_that_a_job_has_spawned() {
    assert!(!jumped_during_a_job(|job| async {
        let inner = spawn_blocking(|| Handle::current().spawn_blocking(job));
        drop(inner.await.unwrap());
    }));
}

#[test]
fn a_clock_paused_while_a_job_runs_holds_still_for_it() {
    let the_loop = ThisThread::new();
    Runtime::new().unwrap().block_on(async {
        let (go, wait) = std::sync::mpsc::channel::<()>();
        let job = spawn_blocking(move || {
            wait.recv().unwrap();
            the_loop.wait_until_asleep();
        });
        pause();
        let before = Instant::now();
        drop(job);
        go.send(()).unwrap();
        sleep(HOUR).await;
        assert_eq!(before.elapsed(), HOUR);
    });
}

#[test]
fn a_queued_job_that_is_aborted_does_not_hold_the_clock_for_ever() {
    let runtime = buzzer::runtime::Builder::new_current_thread()
        .start_paused(true)
        .max_blocking_threads(1)
        .build()
        .unwrap();
    let the_loop = ThisThread::new();
    runtime.block_on(async {
        drop(spawn_blocking(move || the_loop.wait_until_asleep()));
        let queued = spawn_blocking(|| unreachable!("it was aborted before it began"));
        queued.abort();
        assert!(queued.await.unwrap_err().is_cancelled());
        sleep(HOUR).await;
    });
}

/// Runs `act` on the loop's thread after the loop has taken in what other
/// threads sent, and before its last look: as the drop of an output whose handle
/// was dropped elsewhere.
async fn before_the_last_look(act: impl FnOnce() + Send + 'static) {
    let mut act = Some(act);
    let output = OnDrop(move || act.take().unwrap()());
    let ended = spawn(async { output });
    yield_now().await;
    assert!(ended.is_finished());
    std::thread::spawn(move || drop(ended)).join().unwrap();
}

#[test]
fn a_message_sent_before_the_last_look_keeps_the_clock_still() {
    let (send, receive) = async_channel::bounded(1);
    paused().block_on(async {
        let start = Instant::now();
        drop(spawn(sleep(SECOND)));
        before_the_last_look(|| {
            let elsewhere = std::thread::spawn(move || send.send_blocking(()));
            elsewhere.join().unwrap().unwrap();
        })
        .await;
        receive.recv().await.unwrap();
        assert_eq!(start.elapsed(), Duration::ZERO);
    });
}

#[test]
fn an_event_before_the_last_look_keeps_the_clock_still() {
    paused().block_on(async {
        let start = Instant::now();
        drop(spawn(sleep(SECOND)));
        let (here, mut there) = UnixStream::pair().unwrap();
        here.set_nonblocking(true).unwrap();
        let here = AsyncFd::new(here).unwrap();
        // Its being writable is an event as well; that one comes first.
        drop(here.writable().await.unwrap());
        before_the_last_look(move || there.write_all(b"!").unwrap()).await;
        drop(here.readable().await.unwrap());
        assert_eq!(start.elapsed(), Duration::ZERO);
    });
}

#[test]
fn what_a_job_sent_before_its_end_is_seen_before_the_clock_jumps() {
    for _ in 0..300 {
        let (send, receive) = async_channel::bounded(1);
        paused().block_on(async {
            let start = Instant::now();
            drop(spawn(sleep(Duration::from_nanos(1))));
            drop(spawn_blocking(move || {
                Handle::current().spawn(async move { send.send(()).await });
            }));
            receive.recv().await.unwrap();
            assert_eq!(start.elapsed(), Duration::ZERO);
        });
    }
}

#[test]
fn advance_moves_the_clock_by_so_much_and_runs_the_tasks_that_are_due() {
    paused().block_on(async {
        let start = Instant::now();
        let fired = Rc::new(RefCell::new(Vec::new()));
        for seconds in [4, 2, 1, 3, 2] {
            let fired = fired.clone();
            spawn(async move {
                sleep(seconds * SECOND).await;
                fired.borrow_mut().push(seconds);
            });
        }
        yield_now().await;
        advance(Duration::ZERO).await;
        assert!(fired.borrow().is_empty());
        advance(2 * SECOND).await;
        assert_eq!(start.elapsed(), 2 * SECOND);
        assert_eq!(*fired.borrow(), [1, 2, 2]);
        advance(SECOND - Duration::from_nanos(1)).await;
        assert_eq!(*fired.borrow(), [1, 2, 2]);
        advance(Duration::from_nanos(1)).await;
        assert_eq!(*fired.borrow(), [1, 2, 2, 3]);
    });
}

#[test]
fn advancing_by_more_than_a_clock_holds_fires_what_comes_and_not_what_does_not() {
    paused().block_on(async {
        let century = spawn(sleep(HOUR * 24 * 365 * 100));
        let never = spawn(sleep(Duration::MAX));
        yield_now().await;
        advance(Duration::MAX).await;
        assert!(century.is_finished() && !never.is_finished());
    });
}

#[test]
fn a_resumed_clock_goes_on_from_where_it_stood_and_sleeps_stay_never_early() {
    paused().block_on(async {
        sleep(HOUR).await;
        let stood = Instant::now();
        resume();
        let resumed = Instant::now();
        assert!(resumed >= stood && resumed.elapsed() < HOUR);
        let real = std::time::Instant::now();
        sleep(Duration::from_micros(700)).await;
        assert!(real.elapsed() >= Duration::from_micros(700));
        pause();
        let paused = Instant::now();
        assert!(paused >= resumed + Duration::from_micros(700));
        sleep(HOUR).await;
        assert_eq!(paused.elapsed(), HOUR);
    });
}

#[test]
fn a_sleep_that_the_loop_parked_for_ends_in_time_after_the_clock_was_advanced() {
    let the_loop = ThisThread::new();
    Runtime::new().unwrap().block_on(async {
        let start = Instant::now();
        let slept = spawn(async move {
            sleep_until(start + HOUR).await;
            assert!(start.elapsed() >= HOUR);
        });
        // The loop parks, with the hour's end as its wake-up time.
        spawn_blocking(move || the_loop.wait_until_asleep())
            .await
            .unwrap();
        pause();
        advance(HOUR - Duration::from_millis(1) - start.elapsed()).await;
        resume();
        // Without a new wake-up time it would be an hour's wait.
        slept.await.unwrap();
    });
}

#[test]
fn pause_resume_and_advance_in_the_wrong_state_panic_and_say_why() {
    let twice = panic_of(|| paused().block_on(async { pause() }));
    assert!(twice.contains("while the clock was paused"));
    let running = Runtime::new().unwrap();
    let resumed = panic_of(|| running.block_on(async { resume() }));
    assert!(resumed.contains("while the clock was running"));
    let advanced = panic_of(|| running.block_on(advance(SECOND)));
    assert!(advanced.contains("pause it first"));
    for outside in [pause as fn(), resume as fn()] {
        assert!(panic_of(outside).contains("needs a buzzer runtime"));
    }
    // The refused ones have left the clock as it was.
    let before = std::time::Instant::now();
    running.block_on(sleep(Duration::from_micros(200)));
    assert!(before.elapsed() >= Duration::from_micros(200));
}

#[test]
fn two_paused_runtimes_of_a_thread_have_their_own_times() {
    let (first, second) = (paused(), paused());
    let start = first.block_on(async {
        let start = Instant::now();
        sleep(HOUR).await;
        start
    });
    second.block_on(async move { assert!(start.elapsed() < HOUR) });
    first.block_on(async move { assert_eq!(start.elapsed(), HOUR) });
}

#[test]
fn the_arithmetic_of_instants_is_stds() {
    paused().block_on(async {
        let now = Instant::now();
        let later = now + SECOND;
        assert_eq!(later - now, SECOND);
        assert_eq!(now - later, Duration::ZERO);
        assert_eq!(later - SECOND, now);
        assert_eq!(later.duration_since(now), SECOND);
        assert_eq!(now.duration_since(later), Duration::ZERO);
        assert_eq!(now.saturating_duration_since(later), Duration::ZERO);
        assert_eq!(now.checked_duration_since(later), None);
        assert_eq!(later.checked_duration_since(now), Some(SECOND));
        assert_eq!(now.checked_add(Duration::MAX), None);
        assert_eq!(now.checked_sub(Duration::MAX), None);
        assert_eq!(now.checked_add(SECOND), Some(later));
        assert_eq!(now.checked_sub(Duration::ZERO), Some(now));
        let mut moved = now;
        moved += SECOND;
        assert_eq!(moved, later);
        moved -= SECOND;
        assert_eq!(moved, now);
        assert_eq!(later.elapsed(), Duration::ZERO);
        assert_eq!(Instant::from_std(now.into_std()), now);
        assert_eq!(
            std::time::Instant::from(Instant::from(now.into_std())),
            now.into_std()
        );
    });
    // Outside a runtime an instant is the real time.
    let before = std::time::Instant::now();
    let outside = Instant::now().into_std();
    assert!(before <= outside && outside <= std::time::Instant::now());
    panic_of(|| Instant::now() + Duration::MAX);
}

#[test]
fn the_clock_does_not_jump_in_a_turn_that_was_told_not_to_wait() {
    let runtime = paused();
    let fired = Rc::new(Cell::new(false));
    let sets = fired.clone();
    runtime.spawn(async move {
        sleep(SECOND).await;
        sets.set(true);
    });
    for _ in 0..10 {
        runtime.turn(Some(Duration::ZERO)).unwrap();
    }
    assert!(!fired.get());
    while !fired.get() {
        runtime.turn(None).unwrap();
    }
    runtime.block_on(async { assert!(fired.get()) });
}
