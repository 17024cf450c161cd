//! Panics: one task's harms nobody else.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Wake, Waker};
use std::{future, thread};

use crate::child::{awaiting, message};
use crate::hand::{Count, Door, Log, OnDrop, poll_once, turns, within, yields};
use crate::scenario::{Outcome, Scenario, expect, expect_order};
use crate::{Executor, Part};

pub(crate) const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "panic_of_main",
        mistake: "After a panic of block_on's own future nothing works any more.",
        look: "What block_on has set and must set back: do it in a guard's Drop, for a panic \
               passes by every line that is not.",
        needs: &[],
        run: panic_of_main,
    },
    Scenario {
        name: "panic_of_a_task",
        mistake: "A task that panics takes the loop along.",
        look: "The call of poll: put catch_unwind around it, and take a panic for the end of \
               that task.",
        needs: &[Part::Spawn],
        run: panic_of_a_task,
    },
    Scenario {
        name: "handle_of_a_panic",
        mistake: "Who awaits a task that panics waits for ever.",
        look: "What a panic does to the handle: it must wake it, as any other end does.",
        needs: &[Part::Spawn],
        run: handle_of_a_panic,
    },
    Scenario {
        name: "panic_of_a_drop",
        mistake: "A future that panics as it is dropped takes the loop along.",
        look: "Where an ended future is dropped: that is the program's code as much as a \
               poll, and needs its own catch_unwind.",
        needs: &[Part::Spawn],
        run: panic_of_a_drop,
    },
    Scenario {
        name: "panic_of_a_waker",
        mistake: "A waker that panics, of somebody who waits for a task, takes the loop along.",
        look: "Where the end of a task wakes who waits for it: that waker may be anybody's.",
        needs: &[Part::Spawn],
        run: panic_of_a_waker,
    },
    Scenario {
        name: "panic_at_the_end",
        mistake: "Of the tasks that are left at the end, a panic of one keeps the others \
                  from being dropped.",
        look: "The end of block_on: each future is dropped within its own catch_unwind.",
        needs: &[Part::Spawn],
        run: panic_at_the_end,
    },
];

const WORDS: &str = "planned by the scenario";

fn panic_of_main(executor: &Executor) -> Outcome {
    let left = catch_unwind(AssertUnwindSafe(|| {
        executor.run(async {
            yields(1).await;
            panic!("{WORDS}");
        });
    }));
    let expected = "the panic to leave block_on";
    match left {
        Ok(()) => expect(false, expected, "block_on returned")?,
        Err(panic) => {
            let said = message(&*panic);
            expect(
                said.contains(WORDS),
                expected,
                format_args!("it panicked with: {said}"),
            )?;
        }
    }
    within(executor, async {
        awaiting("the end of another block_on after one that panicked");
        yields(2).await;
        Ok(())
    })
}

fn panic_of_a_task(executor: &Executor) -> Outcome {
    let spawner = executor.clone();
    within(executor, async move {
        let log = Log::default();
        let of_other = log.clone();
        drop(spawner.task(async {
            yields(1).await;
            panic!("{WORDS}");
        }));
        let other = spawner.task(async move {
            yields(4).await;
            of_other.add("ended");
        });
        awaiting("the end of a task beside one that has panicked");
        other.await;
        expect_order(&log.get(), &["ended"])
    })
}

/// That the panic goes on in who awaits the handle is as good.
fn handle_of_a_panic(executor: &Executor) -> Outcome {
    let spawner = executor.clone();
    within(executor, async move {
        let door = Door::default();
        let opened = door.opened();
        let task = spawner.task(async move {
            opened.await;
            panic!("{WORDS}");
        });
        let ended = Door::default();
        let told = ended.opened();
        let waits = spawner.task(async move {
            let _guard = OnDrop(move || ended.open());
            task.await;
        });
        turns(&spawner, 4).await;
        door.open();
        awaiting("the handle of a task that has panicked");
        told.await;
        drop(waits);
        Ok(())
    })
}

fn panic_of_a_drop(executor: &Executor) -> Outcome {
    let spawner = executor.clone();
    within(executor, async move {
        let guard = OnDrop(|| panic!("{WORDS}"));
        drop(spawner.task(future::poll_fn(move |_| {
            let _ = &guard;
            std::task::Poll::Ready(())
        })));
        awaiting("the end of a task beside one whose future has panicked as it was dropped");
        spawner.task(yields(4)).await;
        Ok(())
    })
}

struct Panics;

impl Wake for Panics {
    fn wake(self: Arc<Self>) {
        panic!("{WORDS}");
    }
}

fn panic_of_a_waker(executor: &Executor) -> Outcome {
    let spawner = executor.clone();
    within(executor, async move {
        let mut task = spawner.task(yields(2));
        let _ = poll_once(task.as_mut(), &Waker::from(Arc::new(Panics)));
        awaiting("the end of a task beside one whose waiter's waker has panicked");
        spawner.task(yields(8)).await;
        Ok(())
    })
}

/// Whether the panic then leaves block_on is up to the executor.
fn panic_at_the_end(executor: &Executor) -> Outcome {
    let dropped = Count::default();
    let has_run = Rc::new(Cell::new(false));
    let (of_tasks, at_end) = (dropped.clone(), has_run.clone());
    let spawner = executor.clone();
    let ended = catch_unwind(AssertUnwindSafe(|| {
        executor.run(async move {
            for number in 0..3 {
                let dropped = of_tasks.clone();
                let guard = OnDrop(move || {
                    dropped.add();
                    // Not in the midst of another panic: that would end any process.
                    assert!(number != 1 || thread::panicking(), "{WORDS}");
                });
                drop(spawner.task(async move {
                    let _guard = guard;
                    future::pending::<()>().await;
                }));
            }
            yields(4).await;
            at_end.set(true);
        });
    }));
    if let Err(panic) = ended {
        let said = message(&*panic);
        let expected = "no panic but the one of the second task's drop";
        expect(said.contains(WORDS), expected, said)?;
    }
    let expected = "block_on's own future to end first";
    expect(has_run.get(), expected, "it did not")?;
    let dropped = dropped.get();
    let expected = "all three tasks dropped, though the drop of the second one panics";
    expect(dropped == 3, expected, format_args!("{dropped} were"))
}
