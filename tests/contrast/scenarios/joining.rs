//! Several futures in one task: `join!`, `try_join!`, and lists of the futures crate.

use super::*;

/// Ends after `time` with an error that carries its name.
async fn fail(name: &'static str, time: Duration) -> Result<&'static str, &'static str> {
    let _noted = NoteOnDrop(name);
    sleep(time).await;
    note!("{name} fails");
    Err(name)
}

async fn succeed(name: &'static str, time: Duration) -> Result<&'static str, &'static str> {
    let _noted = NoteOnDrop(name);
    sleep(time).await;
    note!("{name} ends well");
    Ok(name)
}

pub fn results_come_in_the_order_written() -> Transcript {
    run(async || {
        let results = join!(work("a", ms(30)), work("b", ms(10)), work("c", ms(20)));
        note!("{results:?}");
    })
}

pub fn results_of_different_types() -> Transcript {
    run(async || {
        let (text, number, nothing) = join!(work("a", ms(10)), ready(7), sleep(ms(5)));
        note!("{text:?} {number:?} {nothing:?}");
    })
}

pub fn a_list_keeps_its_order_whoever_ends_first() -> Transcript {
    run(async || {
        let list = [("a", 30), ("b", 10), ("c", 20)].map(|(name, time)| work(name, ms(time)));
        note!("{:?}", join_all(list).await);
    })
}

pub fn an_empty_list_is_ready_at_once() -> Transcript {
    run(async || {
        let nothing: Vec<std::future::Ready<()>> = Vec::new();
        note!("{:?}", join_all(nothing).await);
        let nothing: Vec<std::future::Ready<Result<(), ()>>> = Vec::new();
        note!("{:?}", try_join_all(nothing).await);
    })
}

pub fn a_hundred_children_wait_at_the_same_time() -> Transcript {
    run(async || {
        let naps = (0..100).map(|n| async move {
            sleep(ms(100 - n)).await;
            n
        });
        let results = join_all(naps).await;
        note!("in order: {}", results.is_sorted());
    })
}

pub fn the_first_error_drops_the_others() -> Transcript {
    run(async || {
        let result = try_join!(succeed("a", ms(5)), fail("b", ms(10)), succeed("c", ms(20)),);
        note!("{result:?}");
    })
}

pub fn the_first_error_of_a_list_drops_the_others() -> Transcript {
    run(async || {
        let list: Vec<std::pin::Pin<Box<dyn Future<Output = _>>>> = vec![
            Box::pin(succeed("a", ms(5))),
            Box::pin(fail("b", ms(10))),
            Box::pin(succeed("c", ms(20))),
        ];
        note!("{:?}", try_join_all(list).await);
    })
}

pub fn no_error_gives_all_values() -> Transcript {
    run(async || {
        let result = try_join!(succeed("a", ms(20)), succeed("b", ms(10)));
        note!("{result:?}");
    })
}

pub fn an_error_in_the_first_poll_stops_the_polling() -> Transcript {
    run(async || {
        let result = try_join!(
            succeed("a", ms(5)),
            async { Err::<(), _>("b fails at once") },
            async {
                note!("never reached");
                Ok(())
            },
        );
        note!("{result:?}");
    })
}

pub fn handles_are_joined_like_any_future() -> Transcript {
    run(async || {
        let handles = [("a", 20), ("b", 10)].map(|(name, time)| spawn(work(name, ms(time))));
        for result in join_all(handles).await {
            note!("{}", result.unwrap());
        }
    })
}

pub fn a_join_inside_a_join() -> Transcript {
    run(async || {
        let inner = async { join!(work("b", ms(10)), work("c", ms(20))) };
        let results = join!(work("a", ms(15)), inner, work("d", ms(5)));
        note!("{results:?}");
    })
}

pub fn a_panic_of_one_child_is_the_joiners_panic() -> Transcript {
    run(async || {
        let task = spawn(async {
            let faulty = async {
                sleep(ms(10)).await;
                panic!("out of coffee");
            };
            join!(
                wait_for_ever("the first child"),
                faulty,
                wait_for_ever("the third child")
            );
        });
        note!("panic: {}", task.await.unwrap_err().is_panic());
    })
}

pub fn a_dropped_join_drops_its_children() -> Transcript {
    run(async || {
        let children = async {
            join!(wait_for_ever("a"), work("b", ms(5)), wait_for_ever("c"));
        };
        let result = timeout(ms(10), children).await;
        note!("timed out: {}", result.is_err());
    })
}

// The macros of the futures crate know nothing of the runtime they run on.
pub fn join_of_the_futures_crate_runs_on_both() -> Transcript {
    run(async || {
        let results = futures::join!(work("a", ms(20)), work("b", ms(10)));
        note!("{results:?}");
        let result = futures::try_join!(succeed("c", ms(20)), fail("d", ms(10)));
        note!("{result:?}");
    })
}
