//! Tasks that another thread has spawned.
//!
//! Owns their way into the table. `context/` sends them; their output goes to a packet, for
//! any thread to take.

use super::cell::{Task, drop_task};
use super::header::Header;
use super::inherited;
use super::packet::Finisher;
use super::schedule::Scheduler;

/// A task on its way to its runtime, whose output may go to any thread. The
/// future is dropped before the handle says "cancelled".
pub(crate) struct SentTask<F: Future> {
    pub(crate) future: F,
    pub(crate) finisher: Finisher<F::Output>,
    pub(crate) context: Option<inherited::Context>,
}

/// Makes a task of what another thread has sent.
pub(crate) fn spawn_sent<F>(scheduler: &Scheduler, sent: SentTask<F>)
where
    F: Future + 'static,
    F::Output: 'static,
{
    scheduler.check_room(1);
    let SentTask {
        future,
        finisher,
        context,
    } = sent;
    let packet = finisher.packet().clone();
    let inserted = scheduler.insert(false, |sequence| {
        let header = || Header::of_sent(packet.id(), sequence, packet.spawned_at(), context);
        Task::boxed(header, future, Some(finisher))
    });
    match inserted {
        Ok(number) => {
            if scheduler.is_observed() {
                scheduler.observe_spawned(number);
            }
            if packet.task_made(scheduler.key(number)) {
                scheduler.abort(number, packet.id());
            }
        }
        // Dropping it cancels the packet.
        Err(task) => drop_task(task),
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;
    use std::panic::Location;
    use std::sync::Arc;

    use super::*;
    use crate::machine::scheduler::number::RuntimeId;
    use crate::machine::scheduler::packet::Packet;
    use crate::machine::scheduler::queue::Order;
    use crate::machine::scheduler::run::{drop_all, spawn_on};
    use crate::record::Recorder;
    use crate::record::ids::SharedIds;

    #[test]
    fn a_task_from_another_thread_is_dropped_in_its_turn_though_its_id_counts_apart() {
        let scheduler =
            Scheduler::new(RuntimeId::first(0), Recorder::of_nothing(0), 0, Order::Fifo);
        let ids = SharedIds::of_runtime(0);
        let spawn = || drop(spawn_on(&scheduler, pending::<()>(), None));
        let send = || {
            let packet = Arc::new(Packet::for_task(ids.next_task(), Location::caller()));
            let (future, finisher) = (pending::<()>(), Finisher::new(packet));
            let context = None;
            spawn_sent(
                &scheduler,
                SentTask {
                    future,
                    finisher,
                    context,
                },
            );
        };
        spawn();
        spawn();
        send();
        spawn();
        send();
        let mut dropped = Vec::new();
        drop_all(&scheduler, |task| dropped.push(task.id.to_string()));
        assert_eq!(dropped, ["1", "2", "s1", "4", "s2"]);
    }
}
