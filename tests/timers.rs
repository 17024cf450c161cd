//! Sleeps are never early, fire in order, and are not confused by what happens
//! to them in the tick that fires them.

#[path = "support/counting.rs"]
mod counting;
#[path = "support/foreign.rs"]
mod foreign;
#[path = "support/paused.rs"]
mod paused;

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use buzzer::spawn;
use buzzer::time::{Duration, Instant, Sleep, sleep, sleep_until};
use counting::Count;
use foreign::Foreign;
use futures::FutureExt;
use paused::paused;

const SECOND: Duration = Duration::from_secs(1);
const DAY: Duration = Duration::from_secs(86_400);

/// Polls once, as another task or executor would.
fn poll_with(sleep: &mut Sleep, waker: &Waker) -> Poll<()> {
    Pin::new(sleep).poll(&mut Context::from_waker(waker))
}

/// A sleep that several tasks can reach.
type Shared = Rc<RefCell<Sleep>>;

fn share(sleep: Sleep) -> Shared {
    Rc::new(RefCell::new(sleep))
}

async fn wait_for(shared: &Shared) {
    poll_fn(|cx| Pin::new(&mut *shared.borrow_mut()).poll(cx)).await
}

#[test]
fn a_sleep_on_the_real_clock_is_never_early() {
    buzzer::block_on(async {
        for nanos in [
            1, 700, 1_000, 50_000, 999_999, 1_000_000, 1_000_001, 3_300_000,
        ] {
            let duration = Duration::from_nanos(nanos);
            let before = std::time::Instant::now();
            sleep(duration).await;
            assert!(before.elapsed() >= duration);
        }
    });
}

#[test]
fn many_overlapping_sleeps_on_the_real_clock_are_never_early_and_in_order() {
    // On a machine that is busy most may be over before they are polled: then once more.
    while overlapping_sleeps() < 50 {}
}

/// How many of a hundred sleeps were waited for. Those that were over at their first poll
/// have no order: they are ready when their tasks' turns come.
fn overlapping_sleeps() -> usize {
    buzzer::block_on(async {
        let fired = Rc::new(RefCell::new(Vec::new()));
        let tasks = (0..100).map(|i| {
            let fired = fired.clone();
            // Scattered over 5 ms; 37 is prime to 100.
            let deadline = Instant::now() + Duration::from_micros(i * 37 % 100 * 50);
            spawn(async move {
                let mut slept = pin!(sleep_until(deadline));
                if futures::poll!(slept.as_mut()).is_pending() {
                    slept.await;
                    fired.borrow_mut().push(deadline);
                }
                assert!(std::time::Instant::now() >= deadline.into_std());
            })
        });
        for task in buzzer::gather(tasks).await {
            task.unwrap();
        }
        let fired = fired.take();
        assert!(fired.is_sorted());
        fired.len()
    })
}

#[test]
fn a_sleep_is_exact_to_the_nanosecond() {
    paused().block_on(async {
        for nanos in [1, 999, 1_001, 1_000_001, 123_456_789] {
            let before = Instant::now();
            sleep(Duration::from_nanos(nanos)).await;
            assert_eq!(before.elapsed(), Duration::from_nanos(nanos));
        }
    });
}

#[test]
fn timers_of_one_deadline_fire_in_the_order_of_their_arming() {
    paused().block_on(async {
        // Timers that are gone have left free slots behind, in another order.
        let mut gone: Vec<_> = (0..50).map(|_| sleep(SECOND)).collect();
        for sleep in &mut gone {
            assert!(poll_with(sleep, Waker::noop()).is_pending());
        }
        for i in 0..25 {
            drop(gone.swap_remove(i * 7 % 25));
        }
        let deadline = Instant::now() + SECOND;
        let fired = Arc::new(Mutex::new(Vec::new()));
        let mut sleeps: Vec<_> = (0..100)
            .map(|i| {
                // Others between them, so that the heap is shuffled.
                let mut other = sleep(Duration::from_millis(i * 31 % 100));
                assert!(i == 0 || poll_with(&mut other, Waker::noop()).is_pending());
                let mut sleep = sleep_until(deadline);
                let fired = fired.clone();
                let waker = Foreign::waker(move || fired.lock().unwrap().push(i), || {});
                assert!(poll_with(&mut sleep, &waker).is_pending());
                (sleep, other)
            })
            .collect();
        sleep(SECOND).await;
        assert_eq!(*fired.lock().unwrap(), (0..100).collect::<Vec<_>>());
        for (sleep, _) in &mut sleeps {
            assert!(poll_with(sleep, Waker::noop()).is_ready());
        }
    });
}

#[test]
fn the_deadline_counts_from_the_call_not_from_the_first_poll() {
    paused().block_on(async {
        let before = Instant::now();
        let slept = sleep(SECOND);
        let limited = buzzer::time::timeout(SECOND, std::future::pending::<()>());
        sleep(SECOND * 3 / 5).await;
        slept.await;
        assert_eq!(before.elapsed(), SECOND);
        assert!(limited.await.is_err());
        assert_eq!(before.elapsed(), SECOND);
    });
}

#[test]
fn zero_the_past_and_exactly_now_are_ready_at_the_first_poll() {
    for runtime in [paused(), buzzer::runtime::Runtime::new().unwrap()] {
        runtime.block_on(async {
            assert_eq!(sleep(Duration::ZERO).now_or_never(), Some(()));
            assert_eq!(sleep_until(Instant::now()).now_or_never(), Some(()));
            let past = Instant::now() - Duration::from_nanos(1);
            assert_eq!(sleep_until(past).now_or_never(), Some(()));
            // Before the runtime was made.
            if let Some(long_past) = Instant::now().checked_sub(DAY) {
                assert_eq!(sleep_until(long_past).now_or_never(), Some(()));
            }
            let mut reset = sleep(SECOND);
            assert!(poll_with(&mut reset, Waker::noop()).is_pending());
            Pin::new(&mut reset).reset(past);
            assert!(reset.is_elapsed());
            assert!(poll_with(&mut reset, Waker::noop()).is_ready());
        });
    }
}

#[test]
fn what_no_instant_can_hold_does_not_come() {
    paused().block_on(async {
        let forever = [
            spawn(sleep(Duration::MAX)),
            spawn(sleep(Duration::from_secs(u64::MAX / 2))),
            spawn(sleep(DAY * 365 * 600)),
        ];
        let before = Instant::now();
        sleep(DAY * 365 * 500).await;
        assert_eq!(before.elapsed(), DAY * 365 * 500);
        assert!(forever.iter().all(|sleep| !sleep.is_finished()));
    });
}

#[test]
fn a_deadline_that_does_not_come_is_not_jumped_to_while_another_thread_is_waited_for() {
    let (send, receive) = async_channel::bounded(1);
    let received = paused().block_on(async {
        let sender = std::thread::spawn(move || send.send_blocking("from afar"));
        let received = buzzer::time::timeout(Duration::MAX, receive.recv()).await;
        sender.join().unwrap().unwrap();
        received
    });
    assert_eq!(received, Ok(Ok("from afar")));
}

#[test]
fn waits_of_more_than_24_days_are_exact_and_on_the_real_clock_they_hold() {
    paused().block_on(async {
        let before = Instant::now();
        sleep(DAY * 60).await;
        assert_eq!(before.elapsed(), DAY * 60);
    });
    // On the real clock the system has to take such a wait, and must not end it.
    buzzer::block_on(async {
        let long = [DAY * 25, DAY * 60, DAY * 365 * 400, Duration::MAX].map(|d| spawn(sleep(d)));
        sleep(Duration::from_micros(300)).await;
        assert!(long.iter().all(|sleep| !sleep.is_finished()));
    });
}

#[test]
fn a_sleep_dropped_polled_or_reset_after_it_fired_leaves_its_slots_next_timer_alone() {
    type Meddle = fn(Sleep);
    let meddles: [Meddle; 3] = [
        drop,
        |mut fired| assert!(poll_with(&mut fired, Waker::noop()).is_ready()),
        |mut fired| Pin::new(&mut fired).reset(Instant::now() + SECOND / 2),
    ];
    for meddle in meddles {
        paused().block_on(async {
            let fired = [(); 3].map(|()| {
                let mut sleep = sleep(SECOND);
                assert!(poll_with(&mut sleep, Waker::noop()).is_pending());
                sleep
            });
            sleep(SECOND).await;
            // They have fired and were not polled since: their slots are free, and
            // these take them.
            let (woken, waker) = Count::waker();
            let mut next = [(); 8].map(|()| sleep(SECOND));
            for sleep in &mut next {
                assert!(poll_with(sleep, &waker).is_pending());
            }
            fired.into_iter().for_each(meddle);
            sleep(SECOND - Duration::from_nanos(1)).await;
            assert_eq!(woken.get(), 0);
            sleep(Duration::from_nanos(1)).await;
            assert_eq!(woken.get(), 8);
        });
    }
}

#[test]
fn a_sleep_reset_in_the_tick_that_fires_it_waits_for_the_new_deadline() {
    paused().block_on(async {
        let start = Instant::now();
        let shared = share(sleep(SECOND));
        let resetting = shared.clone();
        // Armed first, so it runs first; the other is woken in the same tick.
        let resetter = spawn(async move {
            sleep_until(start + SECOND).await;
            Pin::new(&mut *resetting.borrow_mut()).reset(start + 3 * SECOND);
        });
        let waiter = spawn(async move {
            wait_for(&shared).await;
            start.elapsed()
        });
        resetter.await.unwrap();
        assert_eq!(waiter.await.unwrap(), 3 * SECOND);
    });
}

#[test]
fn a_sleep_polled_with_another_waker_wakes_the_latest_only() {
    paused().block_on(async {
        let mut polled = sleep(SECOND);
        let (first, first_waker) = Count::waker();
        let (second, second_waker) = Count::waker();
        assert!(poll_with(&mut polled, &first_waker).is_pending());
        assert!(poll_with(&mut polled, &second_waker).is_pending());
        sleep(SECOND).await;
        assert_eq!((first.get(), second.get()), (0, 1));
        // In the tick that fired it, with a third one.
        let (third, third_waker) = Count::waker();
        assert!(poll_with(&mut polled, &third_waker).is_ready());
        sleep(SECOND).await;
        assert_eq!((first.get(), second.get(), third.get()), (0, 1, 0));
    });
}

/// Two sleeps of one deadline. When the first fires, its waker does `meddle`
/// to the second on the spot, while timers are being fired. Gives the second,
/// if it was left, and how often its own waker was woken.
async fn meddled(
    meddle: impl Fn(&mut Option<Sleep>) + Send + Sync + 'static,
) -> (Option<Sleep>, Arc<Count>) {
    let victim = Arc::new(Mutex::new(None));
    let (woken, waker) = Count::waker();
    let deadline = Instant::now() + SECOND;
    let meddled = victim.clone();
    let meddler = Foreign::waker(move || meddle(&mut meddled.lock().unwrap()), || {});
    let mut first = sleep_until(deadline);
    assert!(poll_with(&mut first, &meddler).is_pending());
    let mut second = sleep_until(deadline);
    assert!(poll_with(&mut second, &waker).is_pending());
    *victim.lock().unwrap() = Some(second);
    sleep_until(deadline).await;
    let left = victim.lock().unwrap().take();
    (left, woken)
}

#[test]
fn a_waker_may_drop_reset_or_poll_another_sleep_while_timers_fire() {
    paused().block_on(async {
        let (none, woken) = meddled(|sleep| drop(sleep.take())).await;
        assert!(none.is_none());
        assert_eq!(woken.get(), 0, "dropped before its turn came");

        let (reset, woken) = meddled(|sleep| {
            let sleep = sleep.as_mut().unwrap();
            let later = sleep.deadline() + SECOND;
            Pin::new(sleep).reset(later);
        })
        .await;
        assert_eq!(woken.get(), 1, "woken to arm the new deadline");
        let before = Instant::now();
        reset.unwrap().await;
        assert_eq!(before.elapsed(), SECOND);

        let (other, other_waker) = Count::waker();
        let (polled, woken) = meddled(move |sleep| {
            let polled = poll_with(sleep.as_mut().unwrap(), &other_waker);
            assert!(polled.is_pending(), "its own turn is still to come");
        })
        .await;
        assert_eq!((woken.get(), other.get()), (0, 1));
        assert_eq!(polled.unwrap().now_or_never(), Some(()));
    });
}

#[test]
fn a_sleep_reset_to_earlier_or_later_wakes_its_waiter_at_the_new_deadline() {
    for (reset_to, expected) in [(2, 2), (9, 9), (0, 1)] {
        paused().block_on(async {
            let start = Instant::now();
            let shared = share(sleep(5 * SECOND));
            let waiting = shared.clone();
            let waiter = spawn(async move {
                wait_for(&waiting).await;
                start.elapsed()
            });
            sleep(SECOND).await;
            Pin::new(&mut *shared.borrow_mut()).reset(start + reset_to * SECOND);
            assert_eq!(waiter.await.unwrap(), expected * SECOND);
        });
    }
}

#[test]
fn a_sleep_that_has_ended_can_be_reset_and_awaited_again() {
    paused().block_on(async {
        let mut again = std::pin::pin!(sleep(SECOND));
        again.as_mut().await;
        let start = Instant::now();
        again.as_mut().reset(start + SECOND);
        assert!(!again.is_elapsed());
        again.as_mut().await;
        assert_eq!(start.elapsed(), SECOND);
        assert_eq!(again.deadline(), start + SECOND);
    });
}

#[test]
fn a_sleep_reset_on_another_thread_wakes_its_waiter() {
    paused().block_on(async {
        let start = Instant::now();
        let shared = Arc::new(Mutex::new(sleep(5 * SECOND)));
        let waiting = shared.clone();
        let waiter = spawn(async move {
            poll_fn(|cx| Pin::new(&mut *waiting.lock().unwrap()).poll(cx)).await;
            start.elapsed()
        });
        sleep(SECOND).await;
        buzzer::task::spawn_blocking(move || {
            Pin::new(&mut *shared.lock().unwrap()).reset(start + 2 * SECOND);
        })
        .await
        .unwrap();
        assert_eq!(waiter.await.unwrap(), 2 * SECOND);
    });
}

#[test]
fn a_million_timers_fire_once_each_and_the_dropped_ones_not_at_all() {
    const TIMERS: u64 = 1_000_000;
    paused().block_on(async {
        let (woken, waker) = Count::waker();
        let late = Cell::new(0);
        let mut sleeps: Vec<_> = (0..TIMERS)
            .map(|i| {
                // A fixed scatter over a second: 7919 is prime to 1,000,000.
                let deadline = Duration::from_micros(1 + i * 7_919 % TIMERS);
                let mut sleep = sleep(deadline);
                assert!(poll_with(&mut sleep, &waker).is_pending());
                late.set(late.get() + u64::from(deadline > SECOND / 2));
                sleep
            })
            .collect();
        sleep(SECOND / 2).await;
        assert_eq!(woken.get() as u64, TIMERS - late.get());
        // Of the others every second one is dropped.
        let mut index = 0;
        sleeps.retain(|sleep| {
            index += 1;
            !sleep.is_elapsed() && index % 2 == 0
        });
        sleep(SECOND).await;
        assert_eq!(
            woken.get() as u64,
            TIMERS - late.get() + sleeps.len() as u64
        );
    });
}
