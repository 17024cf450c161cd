//! What the steps do that are about the locks, bells and channels that all tasks share.

use super::shared::Value;
use super::step::wake_oneself;
use super::strand::Strand;
use program::{Body, Fault, Step};
use std::task::{Context, Waker};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{MutexGuard, mpsc};

/// The one that a number chooses.
fn of<T>(among: &[T], number: u8) -> &T {
    &among[number as usize % among.len()]
}

pub(crate) async fn step(strand: &Strand, step: &Step) {
    match step {
        Step::Lock(..) | Step::TryLock(..) | Step::Read(_) | Step::Write(_) => {
            of_locks(strand, step).await;
        }
        Step::Downgrade(_) | Step::Acquire(..) | Step::AddPermit | Step::CloseSemaphore => {
            of_locks(strand, step).await;
        }
        Step::Notified(_) | Step::NotifyOne(_) | Step::NotifyLast(_) | Step::NotifyWaiters(_) => {
            of_bells(strand, step).await;
        }
        Step::Meet | Step::Initialise(_) | Step::SetWatch | Step::WatchChanged => {
            of_bells(strand, step).await;
        }
        _ => of_queues(strand, step).await,
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
        Step::Downgrade(steps) => {
            let mut guard = shared.read_write.write().await;
            *guard += 1;
            strand.say(&format!("writes {}", *guard));
            wake_oneself().await;
            let guard = guard.downgrade();
            strand.say(&format!("reads {}", *guard));
            strand.body(0, steps).await;
        }
        _ => unreachable!("not of locks"),
    }
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
        Step::Initialise(steps) => {
            let make = async || {
                strand.body(0, steps).await;
                shared.next_number()
            };
            let value = shared.once.get_or_init(make).await;
            strand.say(&format!("has the {value} that is made once"));
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
        Step::Reserve(number, steps) => {
            let Ok(room) = of(&shared.channels, *number).sender.reserve().await else {
                return strand.say("is refused");
            };
            strand.say("has room");
            strand.body(0, steps).await;
            room.send(shared.value());
        }
        Step::AwaitClosed(number) => {
            of(&shared.channels, *number).sender.closed().await;
            strand.say("sees it closed");
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
            let sender = of(&shared.one_shots, *number).0.take();
            if let Some(sender) = sender {
                let sent = sender.send(shared.value()).is_ok();
                strand.say(["has nobody to send to", "has sent"][usize::from(sent)]);
            }
        }
        Step::ReceiveOnce(number) => {
            let receiver = of(&shared.one_shots, *number).1.take();
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
