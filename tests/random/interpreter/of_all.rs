//! What the steps do where the order is promised: tasks of which each has a hold on all, and
//! what ends them or limits them.

use super::of_sync;
use super::step::{ms, told};
use super::strand::{self, Future, Strand};
use super::together;
use crate::own;
use program::{Fault, SetEnd, Step};
use std::mem::ManuallyDrop;
use tokio::task::{self, JoinSet, spawn_local};
use tokio::time::{interval, sleep, timeout};

/// The one that a number chooses, if there is any.
fn chosen<T>(among: &[T], number: u8) -> Option<usize> {
    (number as usize).checked_rem(among.len())
}

fn of<T>(among: &[T], number: u8) -> &T {
    &among[number as usize % among.len()]
}

pub(crate) async fn step(strand: &Strand, step: &Step) {
    match step {
        Step::Spawn(_) | Step::Await(_) | Step::Detach(_) | Step::Abort(_) => {
            of_tasks(strand, step).await;
        }
        Step::IsFinished(_) | Step::Set(..) => of_tasks(strand, step).await,
        Step::Timeout(..) | Step::Select(_) | Step::Race(_) | Step::Tick(..) => {
            of_time(strand, step).await;
        }
        _ => of_sync::step(strand, step).await,
    }
}

async fn of_tasks(strand: &Strand, step: &Step) {
    let shared = &strand.shared;
    let take = |number: &u8| {
        let mut handles = shared.handles.borrow_mut();
        chosen(&handles, *number).map(|position| handles.remove(position))
    };
    match step {
        Step::Spawn(steps) => {
            let name = strand.inner(0);
            let handle = spawn_local(strand::task(shared, name.clone(), steps));
            shared.keep(name, handle);
            strand.say("has spawned");
        }
        Step::Await(number) => {
            if let Some((name, handle)) = take(number) {
                strand.say(&format!("awaits {name}"));
                let result = handle.await;
                strand.say(&format!("{name} {}", told(&result)));
            }
        }
        Step::Detach(number) => {
            if let Some((name, handle)) = take(number) {
                strand.say(&format!("detaches {name}"));
                if shared.errs(Fault::DropAborts) {
                    handle.abort();
                }
                drop(handle);
            }
        }
        Step::Abort(number) => {
            let aborts = shared.aborts.borrow();
            let (name, task) = of(&aborts, *number);
            // tokio drops a task that aborts itself as soon as it waits, buzzer in its
            // next turn, as any task that is aborted.
            if task.id() == task::id() {
                return strand.say("leaves itself alone");
            }
            if !shared.errs(Fault::AbortIgnored) {
                task.abort();
            }
            strand.say(&format!("has aborted {name}"));
        }
        Step::IsFinished(number) => {
            let aborts = shared.aborts.borrow();
            let (name, task) = of(&aborts, *number);
            strand.say(&format!("{name} finished: {}", task.is_finished()));
        }
        Step::Set(all, end) => {
            let mut set = JoinSet::new();
            // Without outputs that tell of their drop: of several that are left in a set,
            // tokio drops them in no promised order.
            for body in strand.bodies(all) {
                set.spawn_local(body);
            }
            match end {
                SetEnd::AwaitAll | SetEnd::AwaitOneThenDrop => (),
                SetEnd::AbortAllThenAwait => set.abort_all(),
                SetEnd::Shutdown => set.shutdown().await,
                SetEnd::Detach => set.detach_all(),
            }
            while let Some(result) = set.join_next().await {
                strand.say(&format!("one of the set {}", told(&result)));
                if let SetEnd::AwaitOneThenDrop = end {
                    break;
                }
            }
            drop(set);
            strand.say("is done with the set");
        }
        _ => unreachable!("not of tasks"),
    }
}

async fn of_time(strand: &Strand, step: &Step) {
    match step {
        Step::Timeout(time, steps) => {
            let body = strand.body(0, steps);
            let is_in_time = if strand.shared.errs(Fault::DeadlineFirst) {
                together::select(vec![Box::pin(sleep(ms(*time))), body]).await == 1
            } else {
                timeout(ms(*time), body).await.is_ok()
            };
            strand.say(["is too late", "is in time"][usize::from(is_in_time)]);
        }
        Step::Select(all) => {
            let first = together::select(strand.bodies(all)).await;
            strand.say(&format!("{first} is selected"));
        }
        Step::Race(all) => {
            let mut branches = strand.bodies(all);
            if strand.shared.errs(Fault::LosersStay) {
                branches = branches.into_iter().map(stays).collect();
            }
            let first = own::race(branches).await;
            strand.say(&format!("{first} wins"));
        }
        Step::Tick(period, count) => {
            let mut ticks = interval(ms(*period));
            for _ in 0..*count {
                ticks.tick().await;
                strand.say("tick");
            }
        }
        _ => unreachable!("not of time"),
    }
}

/// A branch that nobody drops before its end.
fn stays(branch: Future) -> Future {
    Box::pin(async {
        let mut branch = ManuallyDrop::new(branch);
        branch.as_mut().await;
        drop(ManuallyDrop::into_inner(branch));
    })
}
