//! Sleeps: order, odd lengths, resets, and a clock moved by hand.

use super::*;

pub fn sleeps_end_in_the_order_of_their_deadlines() -> Transcript {
    run(async || {
        let handles = [("c", 30), ("a", 10), ("d", 40), ("b", 20)]
            .map(|(name, time)| spawn(work(name, ms(time))));
        finish(handles).await;
    })
}

pub fn the_same_deadline_ends_in_the_order_of_arming() -> Transcript {
    run(async || {
        let deadline = Instant::now() + ms(100);
        let handles = [("a", 0), ("b", 70), ("c", 99)].map(|(name, delay)| {
            spawn(async move {
                sleep(ms(delay)).await;
                sleep_until(deadline).await;
                note!("{name}, which waited since {delay} ms");
            })
        });
        finish(handles).await;
    })
}

pub fn the_deadline_counts_from_the_call() -> Transcript {
    run(async || {
        let called_at_0 = sleep(ms(10));
        sleep(ms(7)).await;
        note!("first polled now");
        called_at_0.await;
        note!("over");
    })
}

pub fn a_sleep_of_zero_is_over_at_once() -> Transcript {
    run(async || {
        spawn(async { note!("the other task runs") });
        sleep(Duration::ZERO).await;
        note!("main did not wait for anybody");
    })
}

pub fn a_deadline_in_the_past_is_over_at_once() -> Transcript {
    run(async || {
        let past = Instant::now();
        sleep(ms(50)).await;
        sleep_until(past).await;
        note!("over");
    })
}

pub fn a_sleep_of_the_longest_duration_just_waits() -> Transcript {
    run(async || {
        let longest = spawn(async {
            let _noted = NoteOnDrop("the longest sleep");
            sleep(Duration::MAX).await;
        });
        sleep(ms(10)).await;
        note!("finished: {}", longest.is_finished());
        longest.abort();
        assert!(longest.await.unwrap_err().is_cancelled());
    })
}

pub fn a_sleep_of_a_month_takes_no_time_here() -> Transcript {
    run(async || {
        // Longer than epoll and poll can wait in one call (24.8 days).
        sleep(Duration::from_secs(30 * 24 * 60 * 60)).await;
        note!("a month later");
    })
}

pub fn a_sleep_below_a_millisecond() -> Transcript {
    run(async || {
        sleep(Duration::from_micros(250)).await;
        note!("over");
        sleep(Duration::from_micros(1500)).await;
        note!("over");
    })
    .differs(Difference {
        because: "buzzer's timers count nanoseconds, tokio's whole milliseconds, rounded up",
        buzzer: &["0.25 ms: over", "1.75 ms: over"],
        tokio: &["1 ms: over", "3 ms: over"],
    })
}

pub fn reset_to_a_later_deadline() -> Transcript {
    run(async || {
        let start = Instant::now();
        let mut nap = pin!(sleep(ms(10)));
        sleep(ms(5)).await;
        nap.as_mut().reset(start + ms(30));
        note!("due in {:?}", nap.deadline() - start);
        nap.await;
        note!("over");
    })
}

pub fn reset_to_an_earlier_deadline() -> Transcript {
    run(async || {
        let start = Instant::now();
        let mut nap = pin!(sleep(ms(1000)));
        // Polled first, so that the old deadline is armed when it is replaced.
        assert!(timeout(ms(5), nap.as_mut()).await.is_err());
        nap.as_mut().reset(start + ms(20));
        nap.await;
        note!("over");
    })
}

pub fn reset_of_a_sleep_that_is_over() -> Transcript {
    run(async || {
        let mut nap = pin!(sleep(ms(10)));
        nap.as_mut().await;
        note!("elapsed: {}", nap.is_elapsed());
        nap.as_mut().reset(Instant::now() + ms(10));
        note!("elapsed: {}", nap.is_elapsed());
        nap.as_mut().await;
        note!("elapsed: {}", nap.is_elapsed());
    })
}

pub fn a_dropped_sleep_wakes_nobody() -> Transcript {
    run(async || {
        let task = spawn(async {
            let mut polls = 0;
            let mut short = Some(Box::pin(sleep(ms(10))));
            let mut long = pin!(sleep(ms(20)));
            poll_fn(|cx| {
                polls += 1;
                // Armed in the first poll, and dropped in it.
                if let Some(mut short) = short.take() {
                    assert!(short.as_mut().poll(cx).is_pending());
                }
                long.as_mut().poll(cx)
            })
            .await;
            note!("{polls} polls");
        });
        task.await.unwrap();
    })
}

pub fn a_sleep_is_polled_by_another_task_the_second_time() -> Transcript {
    run(async || {
        let mut nap = Box::pin(sleep(ms(10)));
        assert!(
            poll_fn(|cx| Poll::Ready(nap.as_mut().poll(cx)))
                .await
                .is_pending()
        );
        let other = spawn(async move {
            nap.await;
            note!("the other task is woken");
        });
        other.await.unwrap();
    })
}

pub fn advancing_the_clock_ends_all_that_is_due() -> Transcript {
    run(async || {
        let handles =
            [("a", 10), ("b", 20), ("c", 30)].map(|(name, time)| spawn(work(name, ms(time))));
        yield_now().await;
        note!("main moves the clock by 25 ms");
        advance(ms(25)).await;
        finish(handles).await;
    })
}

pub fn pausing_a_paused_clock_is_refused() -> Transcript {
    run(async || {
        let refused = spawn(async { pause() });
        note!("panic: {}", refused.await.unwrap_err().is_panic());
    })
}

pub fn advancing_by_zero_moves_nothing() -> Transcript {
    run(async || {
        let task = spawn(work("the task", ms(1)));
        advance(Duration::ZERO).await;
        note!("main goes on");
        task.await.unwrap();
    })
}
