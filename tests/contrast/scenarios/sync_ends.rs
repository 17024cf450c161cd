//! `sync`: what each end of a channel tells of it.

use super::*;
use tokio::sync::{broadcast, mpsc, oneshot, watch};

fn of_a_broadcast(sender: &broadcast::Sender<u8>, receiver: &broadcast::Receiver<u8>) {
    note!(
        "to send {} {} to {} by {} and {}, to receive {} {} {} by {} and {}",
        sender.len(),
        sender.is_empty(),
        sender.receiver_count(),
        sender.strong_count(),
        sender.weak_count(),
        receiver.len(),
        receiver.is_empty(),
        receiver.is_closed(),
        receiver.sender_strong_count(),
        receiver.sender_weak_count(),
    );
}

pub fn the_ends_of_a_broadcast_tell_of_it() -> Transcript {
    run(async || {
        let (sender, mut receiver) = broadcast::channel(4);
        of_a_broadcast(&sender, &receiver);
        sender.send(1).unwrap();
        sender.send(2).unwrap();
        of_a_broadcast(&sender, &receiver);
        let (second, late) = (sender.clone(), sender.subscribe());
        let weak = [second.downgrade(), second.downgrade()];
        of_a_broadcast(&second, &late);
        note!("{:?}", receiver.recv().await);
        of_a_broadcast(&sender, &receiver);
        note!("{:?}", receiver.recv().await);
        of_a_broadcast(&sender, &receiver);
        note!("{} {}", weak[0].strong_count(), weak[1].weak_count());
        let [one, other] = weak;
        drop(one);
        of_a_broadcast(&sender, &receiver);
        note!("{} {}", other.strong_count(), other.weak_count());
        drop(second);
        of_a_broadcast(&sender, &receiver);
        let (elsewhere, nowhere) = broadcast::channel::<u8>(4);
        note!(
            "{} {} {} {}",
            sender.same_channel(&sender.clone()),
            sender.same_channel(&elsewhere),
            receiver.same_channel(&late),
            receiver.same_channel(&nowhere),
        );
        drop(late);
        of_a_broadcast(&sender, &receiver);
        drop(sender);
        note!(
            "{} {} {} {}",
            receiver.is_closed(),
            receiver.sender_strong_count(),
            receiver.sender_weak_count(),
            other.upgrade().is_none(),
        );
    })
}

/// For both kinds of a queue, whose types have no trait in common. Gives one that is weak.
macro_rules! senders_come_and_go {
    ($told:ident, $sender:ident, $receiver:ident, $elsewhere:ident) => {{
        let second = $sender.clone();
        let weak = [second.downgrade(), second.downgrade()];
        $told(&second, &$receiver);
        note!("{:?}", $receiver.recv().await);
        $told(&$sender, &$receiver);
        note!("{} {}", weak[0].strong_count(), weak[1].weak_count());
        let [one, other] = weak;
        drop(one);
        drop(second);
        $told(&$sender, &$receiver);
        note!("{} {}", other.strong_count(), other.weak_count());
        note!(
            "{} {}",
            $sender.same_channel(&$sender.clone()),
            $sender.same_channel(&$elsewhere)
        );
        other
    }};
}

macro_rules! all_leave {
    ($told:ident, $sender:ident, $receiver:ident, $weak:ident) => {
        $receiver.close();
        $told(&$sender, &$receiver);
        note!("{:?} {:?}", $receiver.recv().await, $receiver.recv().await);
        $told(&$sender, &$receiver);
        drop($sender);
        note!(
            "{} {} {}",
            $receiver.sender_strong_count(),
            $receiver.sender_weak_count(),
            $weak.upgrade().is_none(),
        );
    };
}

fn of_a_queue(sender: &mpsc::Sender<u8>, receiver: &mpsc::Receiver<u8>) {
    note!(
        "to send {} of {} {} by {} and {}, to receive {} {} {} {} of {} by {} and {}",
        sender.capacity(),
        sender.max_capacity(),
        sender.is_closed(),
        sender.strong_count(),
        sender.weak_count(),
        receiver.len(),
        receiver.is_empty(),
        receiver.is_closed(),
        receiver.capacity(),
        receiver.max_capacity(),
        receiver.sender_strong_count(),
        receiver.sender_weak_count(),
    );
}

pub fn the_ends_of_a_queue_tell_of_it() -> Transcript {
    run(async || {
        let (sender, mut receiver) = mpsc::channel(3);
        of_a_queue(&sender, &receiver);
        sender.send(1).await.unwrap();
        let promised = sender.reserve().await.unwrap();
        of_a_queue(&sender, &receiver);
        promised.send(2);
        let (elsewhere, _nowhere) = mpsc::channel::<u8>(3);
        let weak = senders_come_and_go!(of_a_queue, sender, receiver, elsewhere);
        let [one, two] = [(); 2].map(|()| sender.clone().try_reserve_owned().unwrap());
        let third = elsewhere.clone().try_reserve_owned().unwrap();
        note!(
            "{} {} {} {}",
            one.same_channel(&two),
            one.same_channel(&third),
            one.same_channel_as_sender(&sender),
            one.same_channel_as_sender(&elsewhere),
        );
        of_a_queue(&sender, &receiver);
        drop((one, two));
        all_leave!(of_a_queue, sender, receiver, weak);
    })
}

fn of_an_unbounded(sender: &mpsc::UnboundedSender<u8>, receiver: &mpsc::UnboundedReceiver<u8>) {
    note!(
        "to send {} by {} and {}, to receive {} {} {} by {} and {}",
        sender.is_closed(),
        sender.strong_count(),
        sender.weak_count(),
        receiver.len(),
        receiver.is_empty(),
        receiver.is_closed(),
        receiver.sender_strong_count(),
        receiver.sender_weak_count(),
    );
}

pub fn the_ends_of_an_unbounded_queue_tell_of_it() -> Transcript {
    run(async || {
        let (sender, mut receiver) = mpsc::unbounded_channel();
        of_an_unbounded(&sender, &receiver);
        sender.send(1).unwrap();
        sender.send(2).unwrap();
        of_an_unbounded(&sender, &receiver);
        let (elsewhere, _nowhere) = mpsc::unbounded_channel();
        let weak = senders_come_and_go!(of_an_unbounded, sender, receiver, elsewhere);
        all_leave!(of_an_unbounded, sender, receiver, weak);
    })
}

pub fn the_ends_of_a_oneshot_tell_of_it() -> Transcript {
    run(async || {
        let (sender, mut receiver) = oneshot::channel();
        note!(
            "{} {} {}",
            sender.is_closed(),
            receiver.is_empty(),
            receiver.is_terminated()
        );
        sender.send(1).unwrap();
        note!("{} {}", receiver.is_empty(), receiver.is_terminated());
        note!("{:?}", (&mut receiver).await);
        note!("{} {}", receiver.is_empty(), receiver.is_terminated());
        let (sender, mut receiver) = oneshot::channel::<u8>();
        receiver.close();
        note!("{} {}", sender.is_closed(), receiver.is_empty());
        let (sender, receiver) = oneshot::channel::<u8>();
        drop(receiver);
        note!("{}", sender.is_closed());
    })
}

pub fn the_ends_of_a_watch_tell_of_it() -> Transcript {
    run(async || {
        let (sender, receiver) = watch::channel(0);
        let told = |sender: &watch::Sender<u8>, receiver: &watch::Receiver<u8>| {
            note!(
                "{} {} {} {:?}",
                sender.is_closed(),
                sender.receiver_count(),
                sender.sender_count(),
                receiver.has_changed().ok(),
            );
        };
        told(&sender, &receiver);
        let (second, late) = (sender.clone(), receiver.clone());
        sender.send(1).unwrap();
        told(&second, &late);
        drop(second);
        told(&sender, &receiver);
        let (elsewhere, nowhere) = watch::channel(0);
        note!(
            "{} {} {} {}",
            sender.same_channel(&sender.clone()),
            sender.same_channel(&elsewhere),
            receiver.same_channel(&late),
            receiver.same_channel(&nowhere),
        );
        drop(late);
        told(&sender, &receiver);
        drop(receiver);
        note!("{} {}", sender.is_closed(), sender.receiver_count());
    })
}
