//! What the steps do that are about what all tasks share: where the order is promised.

use crate::shared::Value;
use crate::step::{ms, told};
use crate::strand::{self, Future, Strand};
use crate::together;
use program::{Body, Fault, SetEnd, Step};
use std::mem::ManuallyDrop;
use std::task::{Context, Waker};
use tokio::sync::MutexGuard;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::mpsc;
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
        Step::Lock(..) | Step::TryLock(..) | Step::Read(_) | Step::Write(_) => {
            of_locks(strand, step).await;
        }
        Step::Acquire(..) | Step::AddPermit | Step::CloseSemaphore | Step::Initialise(_) => {
            of_locks(strand, step).await;
        }
        Step::Notified(_) | Step::NotifyOne(_) | Step::NotifyLast(_) => {
            of_bells(strand, step).await;
        }
        Step::NotifyWaiters(_) | Step::Meet | Step::SetWatch | Step::WatchChanged => {
            of_bells(strand, step).await;
        }
        _ => of_queues(strand, step).await,
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
            let first = together::race(branches).await;
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

async fn of_locks(strand: &Strand, step: &Step) {
    let shared = &strand.shared;
    match step {
        Step::Lock(number, steps) => {
            let mut guard = of(&shared.locks, *number).lock().await;
            *guard += 1;
            strand.say(&format!("locks, as the {}th", *guard));
            strand.body(0, steps).await;
        }
        Step::TryLock(number, steps) => {
            if let Ok(mut guard) = of(&shared.locks, *number).try_lock() {
                *guard += 1;
                strand.say("locks at once");
                strand.body(0, steps).await;
            }
        }
        Step::Read(steps) => {
            let guard = shared.read_write.read().await;
            strand.say(&format!("reads {}", *guard));
            strand.body(0, steps).await;
        }
        Step::Write(steps) => {
            let mut guard = shared.read_write.write().await;
            *guard += 1;
            strand.say(&format!("writes {}", *guard));
            strand.body(0, steps).await;
        }
        Step::Acquire(number, steps) => {
            let wanted = u32::from(number % 3);
            if shared.errs(Fault::PermitsOneByOne) {
                return one_by_one(strand, wanted, steps).await;
            }
            let Ok(permits) = shared.permits.acquire_many(wanted).await else {
                return strand.say("finds it closed");
            };
            strand.say(&format!("has {} permits", permits.num_permits()));
            strand.body(0, steps).await;
        }
        Step::AddPermit => {
            shared.permits.add_permits(1);
            strand.say("has added a permit");
        }
        Step::CloseSemaphore => {
            shared.permits.close();
            strand.say("has closed it");
        }
        Step::Initialise(steps) => {
            let make = async || {
                strand.body(0, steps).await;
                shared.next_number()
            };
            let value = shared.once.get_or_init(make).await;
            strand.say(&format!("has the {value} that is made once"));
        }
        _ => unreachable!("not of locks"),
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

/// As no semaphore should.
async fn one_by_one(strand: &Strand, wanted: u32, steps: &Body) {
    let mut permits = Vec::new();
    for _ in 0..wanted {
        match strand.shared.permits.acquire().await {
            Ok(permit) => permits.push(permit),
            Err(_) => return strand.say("finds it closed"),
        }
    }
    strand.say(&format!("has {wanted} permits"));
    strand.body(0, steps).await;
}

async fn of_bells(strand: &Strand, step: &Step) {
    let shared = &strand.shared;
    match step {
        Step::Notified(number) => {
            of(&shared.bells, *number).notified().await;
            strand.say("is told");
        }
        Step::NotifyOne(number) => {
            let bell = of(&shared.bells, *number);
            match shared.errs(Fault::LastIsTold) {
                true => bell.notify_last(),
                false => bell.notify_one(),
            }
            strand.say("has told one");
        }
        Step::NotifyLast(number) => {
            of(&shared.bells, *number).notify_last();
            strand.say("has told the last");
        }
        Step::NotifyWaiters(number) => {
            of(&shared.bells, *number).notify_waiters();
            strand.say("has told all");
        }
        Step::Meet => {
            let met = shared.barrier.wait().await;
            strand.say(&format!("has met, leads: {}", met.is_leader()));
        }
        Step::SetWatch => {
            shared.watch.send_replace(shared.next_number());
            strand.say("has set it");
        }
        Step::WatchChanged => {
            let mut watched = shared.watched.lock().await;
            let changed = watched.changed().await.is_ok();
            let seen = *watched.borrow_and_update();
            strand.say(&format!("sees {seen}, changed: {changed}"));
        }
        _ => unreachable!("not of bells"),
    }
}

/// Has the channel forget who waited: the waker of a dropped `recv` stays, and wakes its
/// task once more than there is reason to, which shifts its turn. When, tokio does not
/// promise: a send that is refused does it, too.
struct Receiving<'a> {
    receiver: MutexGuard<'a, mpsc::Receiver<Value>>,
    loses: bool,
}

impl Drop for Receiving<'_> {
    fn drop(&mut self) {
        if self.loses {
            drop(self.receiver.try_recv());
        }
        // Where there is a value its sender has taken the waker.
        if self.receiver.is_empty() {
            let nobody = &mut Context::from_waker(Waker::noop());
            let _ = self.receiver.poll_recv(nobody);
        }
    }
}

async fn of_queues(strand: &Strand, step: &Step) {
    let shared = &strand.shared;
    let has = |value: Value| strand.say(&format!("has value {}", value.0));
    match step {
        Step::Send(number) => {
            let value = shared.value();
            let sent = of(&shared.channels, *number).sender.send(value).await;
            strand.say(["is refused", "has sent"][usize::from(sent.is_ok())]);
        }
        Step::TrySend(number) => {
            let value = shared.value();
            let sent = of(&shared.channels, *number).sender.try_send(value);
            strand.say(["is refused", "has sent at once"][usize::from(sent.is_ok())]);
        }
        Step::Receive(number) => {
            let channel = of(&shared.channels, *number);
            let mut receiver = Receiving {
                receiver: channel.receiver.lock().await,
                loses: shared.errs(Fault::ReceiveLoses),
            };
            let received = receiver.receiver.recv().await;
            receiver.loses = false;
            match received {
                Some(value) => has(value),
                None => strand.say("finds it closed"),
            }
        }
        Step::TryReceive(number) => {
            let receiver = of(&shared.channels, *number).receiver.try_lock();
            match receiver.map(|mut receiver| receiver.try_recv()) {
                Ok(Ok(value)) => has(value),
                Ok(Err(error)) => strand.say(&format!("has nothing: {error:?}")),
                Err(_) => strand.say("is not the receiver"),
            }
        }
        Step::CloseChannel(number) => {
            if let Ok(mut receiver) = of(&shared.channels, *number).receiver.try_lock() {
                receiver.close();
                strand.say("has closed it");
            }
        }
        Step::Broadcast => {
            let told = shared.broadcast.send(shared.next_number());
            strand.say(&format!("has told {told:?}"));
        }
        Step::HearBroadcast(number) => {
            let mut receiver = of(&shared.heard, *number).lock().await;
            match receiver.recv().await {
                Ok(value) => strand.say(&format!("hears {value}")),
                Err(RecvError::Lagged(count)) => strand.say(&format!("has missed {count}")),
                Err(RecvError::Closed) => strand.say("hears no more"),
            }
        }
        Step::SendOnce(number) => {
            let position = chosen(&shared.one_shots.borrow(), *number).expect("there are some");
            let sender = shared.one_shots.borrow_mut()[position].0.take();
            if let Some(sender) = sender {
                let sent = sender.send(shared.value()).is_ok();
                strand.say(["has nobody to send to", "has sent"][usize::from(sent)]);
            }
        }
        Step::ReceiveOnce(number) => {
            let position = chosen(&shared.one_shots.borrow(), *number).expect("there are some");
            let receiver = shared.one_shots.borrow_mut()[position].1.take();
            if let Some(receiver) = receiver {
                match receiver.await {
                    Ok(value) => has(value),
                    Err(_) => strand.say("gets none"),
                }
            }
        }
        _ => unreachable!("not of queues"),
    }
}
