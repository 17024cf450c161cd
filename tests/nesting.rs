//! A runtime within a runtime: allowed where it blocks nobody, and else told
//! apart with the way out.

use std::future::pending;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use buzzer::runtime::{Handle, Runtime};
use buzzer::task::{spawn_blocking, yield_now};
use buzzer::time::{Duration, sleep};

mod support {
    pub mod caught;
    pub mod log;
    pub mod on_drop;
}
use support::caught::{message, panic_of};
use support::log::Log;
use support::on_drop::OnDrop;

/// The runtime that this thread is in, by the number in its handle.
fn here() -> Option<String> {
    Handle::try_current()
        .ok()
        .map(|handle| format!("{handle:?}"))
}

#[test]
fn block_on_within_block_on_says_what_to_do_instead_and_the_outer_goes_on() {
    let runtime = Runtime::new().unwrap();
    let answer = runtime.block_on(async {
        let way_out = "Await the future instead, or hand the blocking work to `spawn_blocking`";
        let text = panic_of(|| buzzer::block_on(async {}));
        assert!(
            text.starts_with("block_on was called from within a runtime"),
            "{text}"
        );
        assert!(text.ends_with(way_out), "{text}");
        // The same runtime, and another one.
        let text = panic_of(|| runtime.block_on(async {}));
        assert!(text.ends_with(way_out), "{text}");
        let other = Runtime::new().unwrap();
        let text = panic_of(|| other.block_on(async {}));
        assert!(text.ends_with(way_out), "{text}");
        drop(other);
        let text = panic_of(|| runtime.turn(Some(Duration::ZERO)));
        assert!(
            text.starts_with("Runtime::turn was called from within a runtime"),
            "{text}"
        );
        sleep(Duration::from_micros(10)).await;
        "the outer one"
    });
    assert_eq!(answer, "the outer one");
    assert_eq!(here(), None);
}

#[test]
fn block_on_within_a_task_panics_in_that_task_only() {
    buzzer::block_on(async {
        let nested = buzzer::spawn(async { buzzer::block_on(async {}) });
        let text = message(nested.await.unwrap_err().into_panic().as_ref());
        assert!(
            text.starts_with("block_on was called from within a runtime"),
            "{text}"
        );
        // A second time: the first did not leave the loop unguarded.
        let nested = buzzer::spawn(async { buzzer::block_on(async {}) });
        assert!(nested.await.unwrap_err().is_panic());
    });
    buzzer::block_on(async {});
}

#[test]
fn a_blocking_job_runs_a_runtime_of_its_own() {
    buzzer::block_on(async {
        let outer = here();
        let job = spawn_blocking(|| {
            let outer = here();
            let inner = buzzer::block_on(async {
                buzzer::spawn(sleep(Duration::from_micros(10)))
                    .await
                    .unwrap();
                here()
            });
            (outer, inner, here())
        });
        let (in_job, inner, after) = job.await.unwrap();
        assert_eq!((&in_job, &after), (&outer, &outer));
        assert!(inner.is_some() && inner != outer);
    });
}

#[test]
fn a_blocking_job_spawns_tasks_and_jobs_on_its_runtime() {
    buzzer::block_on(async {
        let job = spawn_blocking(|| {
            let task = Handle::current().spawn(async { buzzer::task::id() });
            (task, spawn_blocking(|| "from a job"))
        });
        let (task, job) = job.await.unwrap();
        let id = task.id();
        assert_eq!(task.await.unwrap(), id);
        assert_eq!(job.await.unwrap(), "from a job");
    });
}

#[test]
fn a_runtime_is_made_filled_and_dropped_within_a_task_of_another() {
    let log = Log::default();
    buzzer::block_on(async {
        let outer = here();
        let inner_log = log.clone();
        let task = buzzer::spawn(async move {
            let outer = here();
            let inner = Runtime::new().unwrap();
            let note = OnDrop(move || inner_log.note(format!("dropped in {:?}", here())));
            let left = inner.spawn(async move {
                let _note = note;
                pending::<()>().await;
            });
            let number = format!("{:?}", Some(format!("{:?}", inner.handle())));
            assert_eq!(here(), outer);
            drop(inner);
            assert_eq!(here(), outer);
            assert!(left.await.unwrap_err().is_cancelled());
            // This runtime's own things still work.
            sleep(Duration::from_micros(10)).await;
            number
        });
        let inner = task.await.unwrap();
        assert_eq!(here(), outer);
        assert_eq!(log.take(), [format!("dropped in {inner}")]);
    });
}

#[test]
fn guards_nest_and_each_leaves_to_the_runtime_before() {
    let (first, second) = (Runtime::new().unwrap(), Runtime::new().unwrap());
    let name = |runtime: &Runtime| Some(format!("{:?}", runtime.handle()));
    assert_eq!(here(), None);
    let in_first = first.enter();
    assert_eq!(here(), name(&first));
    let in_second = second.enter();
    assert_eq!(here(), name(&second));
    let again = first.enter();
    assert_eq!(here(), name(&first));
    drop(again);
    assert_eq!(here(), name(&second));
    drop(in_second);
    // Driving one within a guard of another is no nesting of loops.
    second.block_on(async { assert_eq!(here(), name(&second)) });
    assert_eq!(here(), name(&first));
    drop(in_first);
    assert_eq!(here(), None);
}

#[test]
fn what_is_spawned_within_a_guard_runs_in_that_runtime() {
    let runtime = Runtime::new().unwrap();
    buzzer::block_on(async {
        let _within = runtime.enter();
        drop(buzzer::spawn(async {}));
    });
    assert_eq!(runtime.metrics().num_alive_tasks(), 1);
    runtime.block_on(yield_now());
    assert_eq!(runtime.metrics().num_alive_tasks(), 0);
}

#[test]
fn guards_dropped_in_another_order_panic_and_leave_their_runtimes_all_the_same() {
    let runtimes: [_; 4] = std::array::from_fn(|_| Runtime::new().unwrap());
    let name = |runtime: usize| Some(format!("{:?}", runtimes[runtime].handle()));
    let mut orders = vec![vec![]];
    for _ in 0..4 {
        let longer = |order: &Vec<usize>| {
            let left: Vec<_> = (0..4).filter(|guard| !order.contains(guard)).collect();
            let order = order.clone();
            left.into_iter()
                .map(move |guard| [&order[..], &[guard]].concat())
        };
        orders = orders.iter().flat_map(longer).collect();
    }
    assert_eq!(orders.len(), 24);
    for order in orders {
        let mut guards = [0, 1, 2, 3].map(|runtime| Some(runtimes[runtime].enter()));
        for dropped in order {
            let guard = guards[dropped].take();
            let later = guards[dropped..].iter().any(Option::is_some);
            if later {
                let text = panic_of(|| drop(guard));
                assert!(text.contains("were dropped in another order"), "{text}");
            } else {
                drop(guard);
            }
            let innermost = guards.iter().rposition(Option::is_some);
            assert_eq!(here(), innermost.and_then(name));
        }
    }
}

#[test]
fn guards_dropped_in_another_order_by_an_unwinding_do_not_end_the_process() {
    let (first, second) = (Runtime::new().unwrap(), Runtime::new().unwrap());
    let unwound = catch_unwind(AssertUnwindSafe(|| {
        let in_first = first.enter();
        let in_second = second.enter();
        // Dropped in the order of the fields.
        let _both = (in_first, in_second);
        panic!("with both guards");
    }));
    assert_eq!(message(unwound.unwrap_err().as_ref()), "with both guards");
}

#[test]
fn a_guard_kept_over_an_await_is_found_out_instead_of_hanging() {
    let (first, second) = (Runtime::new().unwrap(), Rc::new(Runtime::new().unwrap()));
    for as_task in [false, true] {
        let kept = second.clone();
        let keeps = async move {
            let _guard = kept.enter();
            sleep(Duration::from_micros(10)).await;
        };
        let text = panic_of(|| {
            first.block_on(async {
                match as_task {
                    false => keeps.await,
                    true => buzzer::spawn(keeps).await.unwrap(),
                }
            })
        });
        assert!(
            text.contains("`Runtime::enter`") && text.contains("await"),
            "{text}"
        );
    }
}

#[test]
fn two_runtimes_of_one_thread_take_turns() {
    let log = Log::default();
    let runtimes = [Runtime::new().unwrap(), Runtime::new().unwrap()];
    let channels = [async_channel::bounded(1), async_channel::bounded(1)];
    let mut handles = Vec::new();
    // Each receives from the one before it and sends to the other.
    for (n, runtime) in runtimes.iter().enumerate() {
        let (receiver, sender) = (channels[n].1.clone(), channels[1 - n].0.clone());
        let log = log.clone();
        handles.push(runtime.spawn(async move {
            while let Ok(ball) = receiver.recv().await {
                log.note(format!("{n}: {ball}"));
                if ball == 5 || sender.send(ball + 1).await.is_err() {
                    break;
                }
            }
        }));
    }
    channels[0].0.try_send(1).unwrap();
    // One ball needs a turn to arrive and a turn to be sent on.
    for _ in 0..10 {
        for runtime in &runtimes {
            runtime.turn(Some(Duration::ZERO)).unwrap();
        }
    }
    assert_eq!(log.take(), ["0: 1", "1: 2", "0: 3", "1: 4", "0: 5"]);
    channels[1].0.close();
    for (runtime, handle) in runtimes.iter().zip(handles) {
        runtime.block_on(handle).unwrap();
    }
}

#[test]
fn a_foreign_executor_within_a_task_drives_what_it_is_given() {
    buzzer::block_on(async {
        let task = buzzer::spawn(async {
            // It blocks the thread, so it can only be given what needs no loop.
            let (sender, receiver) = futures::channel::oneshot::channel();
            futures::executor::block_on(async {
                sender.send("no loop needed").unwrap();
                receiver.await.unwrap()
            })
        });
        assert_eq!(task.await.unwrap(), "no loop needed");
    });
}

#[test]
fn the_future_given_to_block_on_may_hold_a_runtime_and_drop_it() {
    let outer = Runtime::new().unwrap();
    let inner = Runtime::new().unwrap();
    let left = inner.spawn(pending::<()>());
    outer.block_on(async move { drop(inner) });
    assert!(outer.block_on(left).unwrap_err().is_cancelled());
}
