//! Values of a task, sets of tasks, and what a poll may do.

use super::*;
use tokio::task::{LocalSet, coop, unconstrained};

task_local! {
    static CUSTOMER: String;
    static CUPS: Cell<u32>
}

fn customer() -> String {
    CUSTOMER
        .try_with(String::clone)
        .unwrap_or("nobody".to_owned())
}

/// Tells the customer when it is dropped.
struct Guest;

impl Drop for Guest {
    fn drop(&mut self) {
        note!("dropped with {}", customer());
    }
}

pub fn a_value_is_there_in_its_scope_only() -> Transcript {
    run(async || {
        note!("{}", customer());
        let served = CUSTOMER.scope("Ada".to_owned(), async {
            note!("{}", customer());
            yield_now().await;
            let inner = CUSTOMER.scope("Bob".to_owned(), async {
                yield_now().await;
                customer()
            });
            note!("{} within {}", inner.await, CUSTOMER.get());
            7
        });
        note!("{}, {}", customer(), served.await);
        note!("{}", customer());
    })
}

pub fn tasks_have_values_of_their_own() -> Transcript {
    run(async || {
        let tasks = ["Ada", "Bob"].map(|name| {
            spawn(CUSTOMER.scope(name.to_owned(), async move {
                for _ in 0..2 {
                    note!("{name}: {}", customer());
                    sleep(ms(1)).await;
                }
                let child = spawn(async { customer() });
                note!("{name}'s child: {}", child.await.unwrap());
            }))
        });
        finish(tasks).await;
    })
}

pub fn a_value_is_there_in_the_drop() -> Transcript {
    run(async || {
        let scope = CUSTOMER.scope("Ada".to_owned(), async {
            let _guest = Guest;
            pending::<()>().await
        });
        note!("{}", timeout(ms(5), scope).await.is_err());
        CUSTOMER
            .scope("Bob".to_owned(), async { drop(Guest) })
            .await;
        note!("{}", customer());
    })
}

pub fn a_value_without_a_future() -> Transcript {
    run(async || {
        let cups = CUPS.sync_scope(Cell::new(1), || {
            CUPS.with(|cups| cups.set(cups.get() + 1));
            CUPS.with(Cell::get)
        });
        note!("{cups}, {}", CUPS.try_with(Cell::get).is_err());
        let panics = std::panic::catch_unwind(|| CUPS.with(Cell::get));
        note!("panics outside: {}", panics.is_err());
        let panics = std::panic::catch_unwind(|| {
            CUPS.sync_scope(Cell::new(7), || panic!("within"));
        });
        note!("{} {}", panics.is_err(), CUPS.try_with(Cell::get).is_err());
    })
}

pub fn a_value_is_taken_out_again() -> Transcript {
    run(async || {
        let mut scope = pin!(CUPS.scope(Cell::new(1), async {
            CUPS.with(|cups| cups.set(7));
        }));
        scope.as_mut().await;
        let taken = scope.as_mut().take_value();
        note!("{taken:?}, {:?}", scope.take_value());
    })
}

pub fn a_set_is_awaited_until_its_tasks_have_ended() -> Transcript {
    run(async || {
        let set = LocalSet::new();
        let output = set.run_until(async {
            set.spawn_local(work("one", ms(10)));
            sleep(ms(3)).await;
            spawn_local(async { "the body's own" }).await.unwrap()
        });
        note!("{}", output.await);
        set.spawn_local(work("another", ms(15)));
        set.await;
        note!("the set has ended");
    })
}

pub fn a_poll_has_a_budget() -> Transcript {
    run(async || {
        note!("left in main: {}", coop::has_budget_remaining());
        let other = spawn(async { note!("another task runs") });
        let task = spawn(async {
            let mut units = 0;
            while coop::has_budget_remaining() {
                coop::consume_budget().await;
                units += 1;
            }
            note!("{units} units");
            unconstrained(async {
                for _ in 0..1_000 {
                    coop::consume_budget().await;
                }
                note!("a thousand more, {}", coop::has_budget_remaining());
            })
            .await;
            note!("{}", coop::has_budget_remaining());
            coop::consume_budget().await;
            note!("{}", coop::has_budget_remaining());
        });
        finish([other, task]).await;
    })
}

pub fn a_unit_is_given_back_without_progress() -> Transcript {
    run(async || {
        spawn(async {
            let mut polls = 0;
            poll_fn(|cx| {
                for _ in 0..1_000 {
                    match coop::poll_proceed(cx) {
                        Poll::Ready(unit) => drop(unit),
                        Poll::Pending => return Poll::Pending,
                    }
                    polls += 1;
                }
                Poll::Ready(())
            })
            .await;
            note!("{polls} given back");
            let mut spent = 0;
            poll_fn(|cx| {
                while let Poll::Ready(unit) = coop::poll_proceed(cx) {
                    unit.made_progress();
                    spent += 1;
                    if spent > 200 {
                        return Poll::Ready(());
                    }
                }
                note!("{spent} spent");
                Poll::Pending
            })
            .await;
            let ready = coop::cooperative(ready(7));
            note!("{}", ready.await);
        })
        .await
        .unwrap();
    })
}

pub fn futures_joined_where_they_stand() -> Transcript {
    run(async || {
        let order = String::from("mocha");
        let (one, two, three) = join!(
            async {
                sleep(ms(20)).await;
                note!("one of {order}");
                1
            },
            async {
                sleep(ms(10)).await;
                note!("two of {order}");
                "two"
            },
            async { order.len() },
        );
        note!("{one} {two} {three}");
        let (only,) = join!(async { 1 });
        note!("{only}");
    })
}

pub fn joined_futures_take_turns_to_be_first() -> Transcript {
    run(async || {
        let polled = RefCell::new(Vec::new());
        let three_times = |name: &'static str| {
            let polled = &polled;
            async move {
                for _ in 0..3 {
                    polled.borrow_mut().push(name);
                    yield_now().await;
                }
            }
        };
        join!(three_times("a"), three_times("b"), three_times("c"));
        note!("{}", polled.take().concat());
        join!(biased; three_times("a"), three_times("b"), three_times("c"));
        note!("{}", polled.take().concat());
    })
}

pub fn the_first_error_ends_a_join() -> Transcript {
    run(async || {
        let both = try_join!(async { Ok::<_, ()>(1) }, async { Ok::<_, ()>("two") });
        note!("{both:?}");
        let failed: Result<((), u8), &str> = try_join!(
            async {
                wait_for_ever("the other").await;
                Ok(())
            },
            async {
                sleep(ms(5)).await;
                Err("no coffee")
            },
        );
        note!("{failed:?}");
    })
}

pub fn values_pinned_by_a_macro() -> Transcript {
    run(async || {
        let (one, two) = (work("one", ms(1)), work("two", ms(2)));
        tokio::pin!(one, two);
        one.as_mut().await;
        tokio::pin! {
            let three = work("three", ms(3));
        }
        three.await;
        two.await;
    })
}
