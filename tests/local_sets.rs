//! Sets of tasks that are not `Send`: which tasks are theirs.

#[path = "support/caught.rs"]
mod caught;
#[path = "support/on_drop.rs"]
mod on_drop;
#[path = "support/paused.rs"]
mod paused;

use std::cell::{Cell, RefCell};
use std::future::pending;
use std::rc::Rc;

use buzzer::runtime::{Builder, LocalOptions};
use buzzer::task::{LocalSet, spawn_local, yield_now};
use buzzer::time::{Duration, sleep};
use caught::panic_of;
use futures::FutureExt;
use on_drop::OnDrop;
use paused::paused;

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn what_a_task_of_the_set_spawns_is_waited_for_too() {
    paused().block_on(async {
        let log = Rc::new(RefCell::new(Vec::new()));
        let set = LocalSet::new();
        set.run_until(async {
            let log = log.clone();
            spawn_local(async move {
                let within = log.clone();
                spawn_local(async move {
                    sleep(2 * SECOND).await;
                    within.borrow_mut().push("inner");
                });
                sleep(SECOND).await;
                log.borrow_mut().push("outer");
            });
        })
        .await;
        // Not of the set.
        spawn_local(sleep(9 * SECOND));
        set.await;
        assert_eq!(*log.borrow(), ["outer", "inner"]);
    });
}

#[test]
fn a_set_that_is_dropped_aborts_its_tasks_and_no_others() {
    paused().block_on(async {
        let dropped = Rc::new(Cell::new(0));
        let waits = |dropped: &Rc<Cell<u32>>| {
            let dropped = dropped.clone();
            async move {
                let _counted = OnDrop(move || dropped.set(dropped.get() + 1));
                pending::<()>().await;
            }
        };
        let set = LocalSet::new();
        set.spawn_local(waits(&dropped));
        set.run_until(async { drop(spawn_local(waits(&dropped))) })
            .await;
        let other = spawn_local(waits(&dropped));
        yield_now().await;
        drop(set);
        yield_now().await;
        yield_now().await;
        assert_eq!(dropped.get(), 2);
        assert!(!other.is_finished());
    });
}

#[test]
fn a_set_is_entered_and_left() {
    paused().block_on(async {
        let (outer, inner) = (LocalSet::new(), LocalSet::new());
        {
            let _outer = outer.enter();
            {
                let _inner = inner.enter();
                spawn_local(sleep(SECOND));
            }
            spawn_local(sleep(2 * SECOND));
        }
        spawn_local(sleep(3 * SECOND));
        assert_eq!(
            format!("{outer:?} {inner:?}"),
            "LocalSet { tasks: 1 } LocalSet { tasks: 1 }"
        );
        let start = buzzer::time::Instant::now();
        inner.await;
        assert_eq!(start.elapsed(), SECOND);
        outer.await;
        assert_eq!(start.elapsed(), 2 * SECOND);
    });
}

#[test]
fn an_empty_set_is_ready_and_may_be_filled_again() {
    paused().block_on(async {
        let mut set = LocalSet::new();
        assert!((&mut set).now_or_never().is_some());
        set.spawn_local(sleep(SECOND));
        assert!((&mut set).now_or_never().is_none());
        (&mut set).await;
        set.spawn_local(sleep(SECOND));
        set.await;
    });
}

#[test]
fn a_set_blocks_on_a_runtime() {
    let mut builder = Builder::new_current_thread();
    let runtime = builder
        .start_paused(true)
        .build_local(LocalOptions::default());
    let runtime = runtime.unwrap();
    let set = LocalSet::new();
    let output = set.block_on(&runtime, async {
        let task = spawn_local(async {
            sleep(SECOND).await;
            7
        });
        task.await.unwrap()
    });
    assert_eq!(output, 7);
}

#[test]
fn a_set_without_a_runtime_says_the_way() {
    let says = panic_of(|| LocalSet::new().spawn_local(async {}));
    assert!(
        says.starts_with("task::spawn_local needs a buzzer runtime"),
        "{says}"
    );
}

#[test]
fn a_task_aborted_by_the_shutdown_leaves_the_set_empty() {
    let set = LocalSet::new();
    let runtime = paused();
    runtime.block_on(async {
        set.spawn_local(pending::<()>());
        yield_now().await;
    });
    drop(runtime);
    assert_eq!(format!("{set:?}"), "LocalSet { tasks: 0 }");
}
