//! Task-locals: where a value is, and where it is not.

use super::*;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use tokio::task::JoinSet;

task_local! {
    static TABLE: u32;
    static WAITER: &'static str;
    static HELD: NoteOnDrop;
}

fn table() -> Option<u32> {
    TABLE.try_get().ok()
}

fn refused<T>(code: impl FnOnce() -> T) -> bool {
    catch_unwind(AssertUnwindSafe(code)).is_err()
}

pub fn two_keys_and_scopes_within_scopes() -> Transcript {
    run(async || {
        let inner = async {
            note!("{} {}", TABLE.get(), WAITER.get());
            TABLE.scope(3, yield_now()).await;
            TABLE.sync_scope(4, || note!("{} {}", TABLE.get(), WAITER.get()));
            note!("{} {}", TABLE.get(), WAITER.get());
        };
        let outer = TABLE.scope(1, WAITER.scope("Ada", TABLE.scope(2, inner)));
        outer.await;
        note!("{:?} {}", table(), WAITER.try_get().is_err());
    })
}

pub fn joined_futures_have_scopes_of_their_own() -> Transcript {
    run(async || {
        let twice = async |name: &str| {
            for _ in 0..2 {
                note!("{name} at {:?}", table());
                yield_now().await;
            }
        };
        let (a, b, none) = (
            TABLE.scope(1, twice("a")),
            TABLE.scope(2, twice("b")),
            twice("none"),
        );
        TABLE.scope(7, async { join!(a, b, none) }).await;
    })
}

pub fn a_branch_of_a_select_has_a_scope() -> Transcript {
    run(async || {
        TABLE
            .scope(1, async {
                select! {
                    () = TABLE.scope(2, wait_for_ever("the loser")) => {}
                    told = TABLE.scope(3, async { sleep(ms(5)).await; table() }) => {
                        note!("in the branch {told:?}, in the handler {:?}", table());
                    }
                }
            })
            .await;
    })
}

pub fn a_spawned_task_inherits_nothing_unless_it_is_scoped() -> Transcript {
    run(async || {
        TABLE
            .scope(1, async {
                let plain = spawn(async { table() });
                let scoped = spawn(TABLE.scope(TABLE.get() + 1, async { table() }));
                note!("{:?} {:?}", plain.await.unwrap(), scoped.await.unwrap());
                note!("{:?}", spawn_blocking(table).await.unwrap());
                let mut set = JoinSet::new();
                set.spawn(async { table() });
                set.spawn(TABLE.scope(9, async { table() }));
                note!("{:?}", set.join_all().await);
            })
            .await;
    })
}

// The scope is a future like others: it needs no task.
pub fn a_scope_is_polled_outside_of_a_runtime() -> Transcript {
    with_runtime(|_idle| {
        let scope = TABLE.scope(1, async { table() });
        note!("{:?}", scope.now_or_never());
        note!("{:?}", TABLE.sync_scope(2, table));
        note!("{:?}", table());
    })
}

pub fn a_scope_moves_from_task_to_task() -> Transcript {
    run(async || {
        let mut scope = Box::pin(TABLE.scope(1, async {
            note!("here {:?}", table());
            yield_now().await;
            note!("there {:?}", table());
        }));
        assert!(poll!(scope.as_mut()).is_pending());
        note!("between {:?}", table());
        spawn(TABLE.scope(2, async move {
            scope.await;
            note!("behind it {:?}", table());
        }))
        .await
        .unwrap();
    })
}

pub fn a_panic_leaves_the_scope_around_it_as_it_was() -> Transcript {
    run(async || {
        TABLE
            .scope(1, async {
                let panics = TABLE.scope(2, async { panic!("within") });
                let caught = AssertUnwindSafe(panics).catch_unwind().await;
                note!("{} {:?}", caught.is_err(), table());
                note!("{}", refused(|| TABLE.sync_scope(3, || panic!("within"))));
                note!("{:?}", table());
            })
            .await;
    })
}

pub fn a_value_is_dropped_with_its_scope() -> Transcript {
    run(async || {
        HELD.scope(NoteOnDrop("the value"), async { note!("within") })
            .await;
        note!("awaited where it stood");
        let mut scope = Box::pin(HELD.scope(NoteOnDrop("another"), async { "output" }));
        note!("{:?}", poll!(scope.as_mut()));
        note!("it has ended");
        drop(scope);
        note!("and is gone");
        drop(HELD.scope(NoteOnDrop("a third"), wait_for_ever("never polled")));
    })
}

pub fn the_future_goes_before_the_value() -> Transcript {
    run(async || {
        struct Looks;
        impl Drop for Looks {
            fn drop(&mut self) {
                note!(
                    "its future goes, the value there: {}",
                    HELD.try_with(|_| ()).is_ok()
                );
            }
        }
        let mut scope = Box::pin(HELD.scope(NoteOnDrop("the value"), async {
            let _looks = Looks;
            pending::<()>().await;
        }));
        assert!(poll!(scope.as_mut()).is_pending());
        drop(scope);
        let ended = HELD.scope(NoteOnDrop("another"), async {
            let _looks = Looks;
        });
        ended.await;
    })
}

pub fn a_value_taken_before_the_end() -> Transcript {
    run(async || {
        let mut scope = Box::pin(TABLE.scope(1, async {
            yield_now().await;
            table()
        }));
        assert!(poll!(scope.as_mut()).is_pending());
        note!("{:?}", scope.as_mut().take_value());
        note!("{:?}", scope.as_mut().take_value());
        note!("then {:?}", poll!(scope.as_mut()));
    })
}

pub fn a_scope_polled_after_its_end() -> Transcript {
    run(async || {
        let mut scope = Box::pin(TABLE.scope(1, ready(7)));
        note!("{:?}", poll!(scope.as_mut()));
        let again = poll_fn(|cx| Poll::Ready(refused(|| scope.as_mut().poll(cx)))).await;
        note!("panic: {again}");
        note!("{:?}", scope.as_mut().take_value());
    })
}

pub fn a_key_that_is_in_use_takes_no_new_value() -> Transcript {
    run(async || {
        TABLE
            .scope(1, async {
                TABLE.with(|table| {
                    note!(
                        "within, the same again: {}",
                        TABLE.with(|same| same == table)
                    );
                    note!("refused: {}", refused(|| TABLE.sync_scope(2, || ())));
                    let scope = TABLE.scope(3, async {});
                    note!("refused: {}", refused(|| scope.now_or_never()));
                });
                note!("{:?}", table());
            })
            .await;
    })
}

pub fn a_value_that_is_missing() -> Transcript {
    run(async || {
        let error = TABLE.try_with(|_| ()).unwrap_err();
        note!("panic: {}", refused(|| TABLE.with(|table| *table)));
        note!("panic: {}", refused(|| TABLE.get()));
        note!("{}", TABLE.try_get() == Err(error));
    })
}

pub fn a_scope_around_a_set_and_its_tasks_drop() -> Transcript {
    run(async || {
        struct Guest(&'static str);
        impl Drop for Guest {
            fn drop(&mut self) {
                note!("{} goes at {:?}", self.0, table());
            }
        }
        let mut set = JoinSet::new();
        for (name, number) in [("a", 1), ("b", 2)] {
            set.spawn(TABLE.scope(number, async move {
                let _guest = Guest(name);
                pending::<()>().await;
            }));
        }
        yield_now().await;
        TABLE.scope(9, async { set.shutdown().await }).await;
        note!("{}", set.len());
    })
}

pub fn a_pinned_scope_behind_a_dyn() -> Transcript {
    run(async || {
        let scopes: [Pin<Box<dyn Future<Output = Option<u32>>>>; 2] = [
            Box::pin(TABLE.scope(1, async { table() })),
            Box::pin(async { table() }),
        ];
        note!("{:?}", join_all(scopes).await);
    })
}
