//! Intervals, and what becomes of the ticks that were missed.

use super::*;

/// Ticks every 10 ms, misses three of them, then notes the next five.
fn ticks_after_a_delay(policy: MissedTickBehavior) -> Transcript {
    run(async move || {
        let start = Instant::now();
        let mut interval = interval(ms(10));
        interval.set_missed_tick_behavior(policy);
        interval.tick().await;
        sleep(ms(35)).await;
        note!("late");
        for _ in 0..5 {
            let due = interval.tick().await - start;
            note!("the tick that was due at {due:?}");
        }
    })
}

pub fn missed_ticks_come_in_a_burst() -> Transcript {
    ticks_after_a_delay(MissedTickBehavior::Burst)
}

pub fn missed_ticks_delay_the_rest() -> Transcript {
    ticks_after_a_delay(MissedTickBehavior::Delay)
}

pub fn missed_ticks_are_skipped() -> Transcript {
    ticks_after_a_delay(MissedTickBehavior::Skip)
}

pub fn the_first_tick_comes_at_once() -> Transcript {
    run(async || {
        let mut interval = interval(ms(10));
        note!(
            "period {:?}, {:?}",
            interval.period(),
            interval.missed_tick_behavior()
        );
        for tick in 0..3 {
            interval.tick().await;
            note!("tick {tick}");
        }
    })
}

pub fn interval_at_begins_when_told() -> Transcript {
    run(async || {
        let mut interval = interval_at(Instant::now() + ms(25), ms(10));
        for tick in 0..3 {
            interval.tick().await;
            note!("tick {tick}");
        }
    })
}

pub fn interval_at_a_past_instant_catches_up() -> Transcript {
    run(async || {
        let start = Instant::now();
        sleep(ms(25)).await;
        let mut interval = interval_at(start, ms(10));
        for _ in 0..4 {
            note!("due at {:?}", interval.tick().await - start);
        }
    })
}

pub fn reset_counts_a_period_from_now() -> Transcript {
    run(async || {
        let mut interval = interval(ms(10));
        interval.tick().await;
        sleep(ms(5)).await;
        interval.reset();
        interval.tick().await;
        note!("tick");
    })
}

pub fn reset_immediately_after_and_at() -> Transcript {
    run(async || {
        let mut interval = interval(ms(10));
        interval.tick().await;

        sleep(ms(1)).await;
        interval.reset_immediately();
        interval.tick().await;
        note!("tick at once");

        interval.reset_after(ms(3));
        interval.tick().await;
        note!("tick 3 ms later");

        interval.reset_at(Instant::now() + ms(6));
        interval.tick().await;
        note!("tick 6 ms later");

        interval.tick().await;
        note!("tick a period later");
    })
}

pub fn a_tick_given_up_is_not_lost() -> Transcript {
    run(async || {
        let mut interval = interval(ms(10));
        interval.tick().await;
        assert!(timeout(ms(4), interval.tick()).await.is_err());
        note!("main gave up waiting");
        interval.tick().await;
        note!("the tick comes on time");
    })
}

pub fn a_task_between_two_ticks_works_without_drift() -> Transcript {
    run(async || {
        let mut interval = interval(ms(10));
        for _ in 0..3 {
            interval.tick().await;
            work("the work of this tick", ms(7)).await;
        }
    })
}

pub fn a_period_of_zero_is_refused() -> Transcript {
    run(async || {
        let refused = spawn(async { interval(Duration::ZERO) });
        note!("panic: {}", refused.await.unwrap_err().is_panic());
    })
}

fn three_milliseconds_late(policy: MissedTickBehavior) -> Transcript {
    run(async move || {
        let start = Instant::now();
        let mut interval = interval(ms(10));
        interval.set_missed_tick_behavior(policy);
        interval.tick().await;
        sleep(ms(13)).await;
        for _ in 0..3 {
            let due = interval.tick().await - start;
            note!("the tick that was due at {due:?}");
        }
    })
}

pub fn a_small_lateness_does_not_count_as_missed_when_delaying() -> Transcript {
    three_milliseconds_late(MissedTickBehavior::Delay)
}

pub fn a_small_lateness_does_not_count_as_missed_when_skipping() -> Transcript {
    three_milliseconds_late(MissedTickBehavior::Skip)
}
