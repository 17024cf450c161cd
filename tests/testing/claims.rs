//! What the library's docs say under "Cancel safety" of handles, gathers and time, with
//! each dropped at each of its suspensions.

use std::rc::Rc;

use async_lock::Mutex;
use buzzer::task::JoinHandle;
use buzzer::testing::cancel_everywhere;
use buzzer::time::{Duration, Instant, Interval, advance, interval, sleep, timeout};
use buzzer::{gather, race, scope, try_gather};

/// Sleeps so long, and ends with a clone of what it holds.
async fn holding(held: Rc<()>, seconds: u64) -> Rc<()> {
    sleep(Duration::from_secs(seconds)).await;
    held.clone()
}

/// Drops what `make` makes of a value at each suspension. The value is then to be held
/// by nobody else, neither by a future that has not ended nor in an output.
fn drops_all<F: Future>(make: impl Fn(Rc<()>) -> F) -> usize {
    cancel_everywhere(|| {
        let held = Rc::new(());
        let future = make(held.clone());
        (
            future,
            async move { assert_eq!(Rc::strong_count(&held), 1) },
        )
    })
}

#[test]
fn gather_drops_futures_and_outputs() {
    let suspensions = drops_all(|held| async move {
        let children = gather!(
            holding(held.clone(), 1),
            holding(held.clone(), 2),
            holding(held, 3)
        );
        children.await
    });
    assert_eq!(suspensions, 3);
    let suspensions = drops_all(|held| gather((1..=4).map(move |nth| holding(held.clone(), nth))));
    assert_eq!(suspensions, 4);
}

#[test]
fn try_gather_drops_futures_and_outputs() {
    let fails = async |held: Rc<()>, seconds| {
        let held = holding(held, seconds).await;
        Err::<Rc<()>, _>(held)
    };
    let ends = async |held: Rc<()>, seconds| Ok(holding(held, seconds).await);
    let suspensions = drops_all(|held| async move {
        let children = try_gather!(ends(held.clone(), 1), fails(held.clone(), 2), ends(held, 3));
        children.await.unwrap_err();
        sleep(Duration::from_secs(1)).await;
    });
    assert_eq!(suspensions, 3);
}

#[test]
fn race_drops_winner_and_losers() {
    let suspensions = drops_all(|held| async move {
        let first = race!(holding(held.clone(), 1), holding(held.clone(), 2)).await;
        race!(holding(first, 2), holding(held, 1)).await
    });
    assert_eq!(suspensions, 2);
}

#[test]
fn a_scope_drops_its_body_and_its_children() {
    let suspensions = drops_all(|held| async move {
        scope(async |scope| {
            let first = scope.spawn(holding(held.clone(), 1));
            scope.spawn(holding(held.clone(), 3));
            let first = first.await.unwrap();
            holding(first, 1).await
        })
        .await
    });
    // Three waits, and one turn between the end of a child and the body that awaits it.
    assert_eq!(suspensions, 4);
}

#[test]
fn a_timeout_drops_its_future() {
    let suspensions = drops_all(|held| async move {
        let long = timeout(Duration::from_secs(1), holding(held.clone(), 2));
        assert!(long.await.is_err());
        timeout(Duration::from_secs(2), holding(held, 1)).await
    });
    assert_eq!(suspensions, 2);
}

#[test]
fn a_handle_that_is_borrowed_gives_its_output_later() {
    struct Waited {
        handle: JoinHandle<u32>,
        output: Option<u32>,
    }
    let suspensions = cancel_everywhere(|| {
        let handle = buzzer::spawn(async {
            sleep(Duration::from_secs(5)).await;
            5
        });
        let waited = Rc::new(Mutex::new(Waited {
            handle,
            output: None,
        }));
        let theirs = waited.clone();
        let future = async move {
            let Waited { handle, output } = &mut *theirs.lock().await;
            let in_a_second = async || sleep(Duration::from_secs(1)).await;
            assert!(timeout(Duration::from_secs(1), &mut *handle).await.is_err());
            let other = async {
                in_a_second().await;
                Ok(0)
            };
            assert_eq!(race!(&mut *handle, other).await.unwrap(), 0);
            *output = Some(handle.await.unwrap());
        };
        let check = async move {
            let Waited { handle, output } = &mut *waited.lock().await;
            if output.is_none() {
                *output = Some(handle.await.unwrap());
            }
            assert_eq!(*output, Some(5));
        };
        (future, check)
    });
    assert_eq!(suspensions, 3);
}

#[test]
fn a_dropped_tick_is_not_consumed() {
    let period = Duration::from_secs(10);
    let suspensions = cancel_everywhere(|| {
        let began = Instant::now();
        let ticks = Rc::new(Mutex::new((interval(period), 0)));
        let theirs = ticks.clone();
        let future = async move {
            let (interval, given): &mut (Interval, u32) = &mut *theirs.lock().await;
            for _ in 0..4 {
                interval.tick().await;
                *given += 1;
            }
        };
        let check = async move {
            let (interval, given) = &mut *ticks.lock().await;
            // The first is due at once.
            assert_eq!(interval.tick().await, began + period * *given);
        };
        (future, check)
    });
    assert_eq!(suspensions, 3);
}

#[test]
fn an_advance_that_is_dropped_has_moved_the_clock() {
    let hour = Duration::from_secs(3600);
    let suspensions = cancel_everywhere(|| {
        let before = Instant::now();
        (
            advance(hour),
            async move { assert_eq!(before.elapsed(), hour) },
        )
    });
    assert!(suspensions > 0);
}
