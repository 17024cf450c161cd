//! Ticks come when they are due, and missed ones as the policy says.

#[path = "support/caught.rs"]
mod caught;
#[path = "support/paused.rs"]
mod paused;

use std::cell::Cell;
use std::rc::Rc;

use buzzer::spawn;
use buzzer::task::yield_now;
use buzzer::time::{
    Duration, Instant, Interval, MissedTickBehavior, advance, interval, interval_at, sleep, timeout,
};
use caught::panic_of;
use paused::paused;

const SECOND: Duration = Duration::from_secs(1);
const MS: Duration = Duration::from_millis(1);
const POLICIES: [MissedTickBehavior; 3] = [
    MissedTickBehavior::Burst,
    MissedTickBehavior::Delay,
    MissedTickBehavior::Skip,
];

/// The next `n` ticks: each tick's due moment and the moment it came, in
/// milliseconds from `start`.
async fn ticks(ticking: &mut Interval, start: Instant, n: usize) -> Vec<(u128, u128)> {
    let mut seen = Vec::new();
    for _ in 0..n {
        let due = ticking.tick().await;
        let came = Instant::now();
        seen.push(((due - start).as_millis(), (came - start).as_millis()));
    }
    seen
}

/// An interval of one second whose task was away from 1,000 ms, when it had
/// ticked twice, to `back`; the four ticks that follow.
fn after_a_pause_until(back: u64, policy: MissedTickBehavior) -> Vec<(u128, u128)> {
    paused().block_on(async {
        let start = Instant::now();
        let mut ticking = interval(SECOND);
        ticking.set_missed_tick_behavior(policy);
        assert_eq!(ticking.missed_tick_behavior(), policy);
        assert_eq!(ticks(&mut ticking, start, 2).await, [(0, 0), (1000, 1000)]);
        // Nothing else runs meanwhile: for the interval it is as if the loop had
        // been blocked, or the process stopped.
        advance(Duration::from_millis(back) - SECOND).await;
        ticks(&mut ticking, start, 4).await
    })
}

#[test]
fn burst_makes_up_for_every_missed_tick_and_keeps_the_places() {
    let ticks = after_a_pause_until(4_300, MissedTickBehavior::Burst);
    assert_eq!(
        ticks,
        [(2000, 4300), (3000, 4300), (4000, 4300), (5000, 5000)]
    );
}

#[test]
fn delay_counts_the_periods_from_the_late_tick() {
    let ticks = after_a_pause_until(4_300, MissedTickBehavior::Delay);
    assert_eq!(
        ticks,
        [(2000, 4300), (5300, 5300), (6300, 6300), (7300, 7300)]
    );
}

#[test]
fn skip_leaves_the_missed_ticks_out_and_keeps_the_places() {
    let ticks = after_a_pause_until(4_300, MissedTickBehavior::Skip);
    assert_eq!(
        ticks,
        [(2000, 4300), (5000, 5000), (6000, 6000), (7000, 7000)]
    );
    // Back at the very moment of a tick: that one is missed, too.
    let ticks = after_a_pause_until(4_000, MissedTickBehavior::Skip);
    assert_eq!(
        ticks,
        [(2000, 4000), (5000, 5000), (6000, 6000), (7000, 7000)]
    );
}

#[test]
fn up_to_five_milliseconds_late_is_on_time_under_every_policy() {
    for policy in POLICIES {
        let ticks = after_a_pause_until(2_005, policy);
        assert_eq!(
            ticks,
            [(2000, 2005), (3000, 3000), (4000, 4000), (5000, 5000)]
        );
    }
    let late = after_a_pause_until(2_006, MissedTickBehavior::Delay);
    assert_eq!(late[..2], [(2000, 2006), (3006, 3006)]);
}

#[test]
fn a_process_stopped_for_an_hour_gets_3_600_ticks_at_once_or_one() {
    for (policy, expected) in POLICIES.into_iter().zip([3_600, 1, 1]) {
        paused().block_on(async {
            let mut ticking = interval(SECOND);
            ticking.set_missed_tick_behavior(policy);
            ticking.tick().await;
            advance(3_600 * SECOND).await;
            let back = Instant::now();
            let mut at_once = 0;
            while timeout(Duration::ZERO, ticking.tick()).await.is_ok() {
                at_once += 1;
            }
            assert_eq!((at_once, back.elapsed()), (expected, Duration::ZERO));
        });
    }
}

#[test]
fn a_task_that_catches_up_with_missed_ticks_lets_others_run() {
    paused().block_on(async {
        let mut ticking = interval(SECOND);
        ticking.tick().await;
        advance(100_000 * SECOND).await;
        let made_up = Rc::new(Cell::new(0));
        let counted = made_up.clone();
        let catching_up = spawn(async move {
            for _ in 0..100_000 {
                ticking.tick().await;
                counted.set(counted.get() + 1);
            }
        });
        yield_now().await;
        assert_eq!(made_up.get(), 128, "one budget's worth");
        catching_up.await.unwrap();
    });
}

#[test]
fn an_interval_counts_from_its_making_not_from_its_first_tick() {
    paused().block_on(async {
        let start = Instant::now();
        let mut ticking = interval(SECOND);
        sleep(2_500 * MS).await;
        let expected = [(0, 2500), (1000, 2500), (2000, 2500), (3000, 3000)];
        assert_eq!(ticks(&mut ticking, start, 4).await, expected);
    });
}

#[test]
fn a_slow_task_does_not_make_the_ticks_drift() {
    paused().block_on(async {
        let start = Instant::now();
        let mut ticking = interval(SECOND);
        for n in 0..10u32 {
            assert_eq!(ticking.tick().await, start + n * SECOND);
            sleep(700 * MS).await;
        }
    });
}

#[test]
fn an_interval_may_start_later_earlier_or_now() {
    paused().block_on(async {
        sleep(10 * SECOND).await;
        let now = Instant::now();
        let mut later = interval_at(now + 3 * SECOND, SECOND);
        assert_eq!(
            ticks(&mut later, now, 2).await,
            [(3000, 3000), (4000, 4000)]
        );
        let now = Instant::now();
        let mut at_once = interval_at(now, SECOND);
        assert_eq!(ticks(&mut at_once, now, 2).await, [(0, 0), (1000, 1000)]);
        let start = Instant::now() - 2 * SECOND;
        let mut earlier = interval_at(start, SECOND);
        let expected = [(0, 2000), (1000, 2000), (2000, 2000), (3000, 3000)];
        assert_eq!(ticks(&mut earlier, start, 4).await, expected);
    });
}

#[test]
fn a_period_that_no_instant_can_hold_ticks_once() {
    paused().block_on(async {
        for policy in POLICIES {
            let mut ticking = interval(Duration::MAX);
            ticking.set_missed_tick_behavior(policy);
            sleep(SECOND).await;
            ticking.tick().await;
            let century = 100 * 365 * 86_400 * SECOND;
            assert!(timeout(century, ticking.tick()).await.is_err());
        }
    });
}

#[test]
fn a_period_of_zero_is_refused_with_a_panic_that_says_so() {
    let refused = panic_of(|| paused().block_on(async { drop(interval(Duration::ZERO)) }));
    assert_eq!(
        refused,
        "the period of an interval must be longer than zero"
    );
}

#[test]
fn a_dropped_wait_consumes_no_tick() {
    paused().block_on(async {
        let start = Instant::now();
        let mut ticking = interval(SECOND);
        ticking.tick().await;
        assert!(timeout(300 * MS, ticking.tick()).await.is_err());
        assert_eq!(
            ticks(&mut ticking, start, 2).await,
            [(1000, 1000), (2000, 2000)]
        );
    });
}

#[test]
fn each_reset_says_when_the_next_tick_comes_and_the_period_goes_on_from_there() {
    paused().block_on(async {
        let mut ticking = interval(SECOND);
        assert_eq!(ticking.period(), SECOND);
        ticking.tick().await;
        type Reset = fn(&mut Interval);
        let resets: [(Reset, u128); 4] = [
            (Interval::reset, 1000),
            (Interval::reset_immediately, 0),
            (|ticking| ticking.reset_after(2_500 * MS), 2500),
            (|ticking| ticking.reset_at(Instant::now() + 400 * MS), 400),
        ];
        for (reset, next) in resets {
            sleep(300 * MS).await;
            let start = Instant::now();
            reset(&mut ticking);
            let expected = [(next, next), (next + 1000, next + 1000)];
            assert_eq!(ticks(&mut ticking, start, 2).await, expected);
        }
        ticking.reset_after(Duration::MAX);
        assert!(timeout(1_000 * SECOND, ticking.tick()).await.is_err());
        let before_the_runtime = Instant::now().checked_sub(2_000 * SECOND);
        ticking.reset_at(before_the_runtime.unwrap_or_else(Instant::now));
        assert!(timeout(Duration::ZERO, ticking.tick()).await.is_ok());
    });
}
