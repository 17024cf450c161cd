//! Timeouts: fired, not fired, and the corner cases between.

use super::*;

fn say<T, E: std::fmt::Display>(result: Result<T, E>) {
    match result {
        Ok(_) => note!("in time"),
        Err(error) => note!("{error}"),
    }
}

pub fn a_timeout_that_fires_drops_what_it_waited_for() -> Transcript {
    run(async || {
        say(timeout(ms(10), wait_for_ever("the slow future")).await);
        note!("main goes on");
    })
}

pub fn a_timeout_that_does_not_fire_gives_the_value() -> Transcript {
    run(async || {
        let value = timeout(ms(10), work("the quick future", ms(5))).await;
        note!("{}", value.unwrap());
        // The timeout's own timer is gone: nothing moves the clock to 10 ms.
        yield_now().await;
        note!("main goes on");
    })
}

pub fn a_timeout_of_zero() -> Transcript {
    run(async || {
        say(timeout(Duration::ZERO, ready("a value")).await);
        say(timeout(Duration::ZERO, wait_for_ever("the slow future")).await);
        say(timeout(Duration::ZERO, yield_now()).await);
    })
}

pub fn a_timeout_at_a_past_deadline() -> Transcript {
    run(async || {
        let past = Instant::now();
        sleep(ms(10)).await;
        say(timeout_at(past, ready("a value")).await);
        say(timeout_at(past, sleep(ms(1))).await);
    })
}

pub fn a_timeout_of_the_longest_duration_never_fires() -> Transcript {
    run(async || {
        say(timeout(Duration::MAX, sleep(ms(10))).await);
    })
}

pub fn a_future_that_is_ready_at_the_same_instant_wins() -> Transcript {
    run(async || {
        say(timeout(ms(10), sleep(ms(10))).await);
        // In whichever order the two were armed.
        let deadline = Instant::now() + ms(10);
        let limited = timeout_at(deadline, async {
            sleep(ms(5)).await;
            sleep_until(deadline).await;
        });
        say(limited.await);
    })
}

pub fn the_inner_of_two_timeouts_fires_first() -> Transcript {
    run(async || {
        let inner = timeout(ms(10), wait_for_ever("the slow future"));
        match timeout(ms(20), inner).await {
            Ok(Err(_)) => note!("the inner one fired"),
            Ok(Ok(())) | Err(_) => note!("it did not"),
        }
    })
}

pub fn a_timed_out_join_handle_can_be_awaited_again() -> Transcript {
    run(async || {
        let mut task = spawn(work("the task", ms(20)));
        say(timeout(ms(10), &mut task).await);
        note!("finished: {}", task.is_finished());
        say(timeout(ms(15), &mut task).await);
    })
}

pub fn a_timeout_over_a_handle_detaches_its_task() -> Transcript {
    run(async || {
        say(timeout(ms(10), spawn(work("the task", ms(20)))).await);
        sleep(ms(20)).await;
        note!("main ends");
    })
}

pub fn elapsed_becomes_an_io_error() -> Transcript {
    run(async || {
        let elapsed = timeout(ms(10), pending::<()>()).await.unwrap_err();
        note!("{:?}", io::Error::from(elapsed).kind());
    })
}

// The future is ready in every poll, so a timeout that is only looked at when
// the future is Pending would never fire.
pub fn a_timeout_fires_although_the_budget_is_spent() -> Transcript {
    run(async || {
        let ticker = spawn(async {
            for _ in 0..50 {
                yield_now().await;
            }
            advance(ms(10)).await;
        });
        let busy = async {
            loop {
                sleep(Duration::ZERO).await;
            }
        };
        say(timeout(ms(10), busy).await);
        ticker.await.unwrap();
    })
}
