//! `sync`: channels to one receiver: room promised and given up, ends that come while
//! somebody waits.

use super::*;
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::{TryRecvError, TrySendError};

// The room was promised to the first, which never came for it.
pub fn who_was_promised_room_gives_up() -> Transcript {
    run(async || {
        let (sender, mut receiver) = mpsc::channel(1);
        sender.send(0).await.unwrap();
        let mut first = Box::pin(sender.reserve());
        let mut second = Box::pin(sender.reserve());
        assert!(poll!(first.as_mut()).is_pending());
        assert!(poll!(second.as_mut()).is_pending());
        note!("{:?}", receiver.recv().await);
        note!("a try: {}", sender.try_reserve().is_ok());
        note!("the second: {}", poll!(second.as_mut()).is_ready());
        drop(first);
        second.await.unwrap().send(2);
        note!("{:?}", receiver.recv().await);
    })
}

pub fn a_promise_that_is_not_kept_lets_the_next_send() -> Transcript {
    run(async || {
        let (sender, mut receiver) = mpsc::channel(1);
        let room = sender.reserve().await.unwrap();
        let other = sender.clone();
        let task = spawn(async move {
            other.send("the other's").await.unwrap();
            note!("the other has sent");
        });
        sleep(ms(10)).await;
        drop(room);
        note!("given up, {} free", sender.capacity());
        task.await.unwrap();
        note!("{:?}", receiver.recv().await);
    })
}

pub fn a_send_is_aborted_with_room_in_its_hand() -> Transcript {
    run(async || {
        let (sender, mut receiver) = mpsc::channel(1);
        sender.send("zero").await.unwrap();
        let [a, b] = ["a", "b"].map(|name| {
            let sender = sender.clone();
            spawn(async move { note!("{name} sent: {}", sender.send(name).await.is_ok()) })
        });
        yield_now().await;
        note!("{:?}", receiver.recv().await);
        a.abort();
        b.await.unwrap();
        note!("{:?} {:?}", receiver.recv().await, receiver.try_recv());
    })
}

pub fn room_for_many_is_gathered_in_line() -> Transcript {
    run(async || {
        let (sender, mut receiver) = mpsc::channel(3);
        for number in 0..2 {
            sender.send(number).await.unwrap();
        }
        let many = sender.clone();
        let large = spawn(async move {
            for (room, number) in many.reserve_many(3).await.unwrap().zip(10..) {
                room.send(number);
            }
            note!("the three are sent");
        });
        yield_now().await;
        let one = sender.clone();
        let small = spawn(async move {
            one.send(20).await.unwrap();
            note!("the one is sent");
        });
        sleep(ms(1)).await;
        note!("room left: {}", sender.capacity());
        drop(sender);
        while let Some(number) = receiver.recv().await {
            note!("received {number}");
            sleep(ms(10)).await;
        }
        finish([large, small]).await;
    })
}

pub fn rooms_that_were_not_used_are_given_back() -> Transcript {
    run(async || {
        let (sender, mut receiver) = mpsc::channel(4);
        let mut rooms = sender.reserve_many(3).await.unwrap();
        note!("{} promised, {} left", rooms.len(), sender.capacity());
        rooms.next().unwrap().send(1);
        note!("{:?}, {} left", rooms.size_hint(), sender.capacity());
        drop(rooms);
        note!("{} left", sender.capacity());
        note!("{:?} {}", receiver.recv().await, sender.capacity());
        let none = sender.reserve_many(0).await.unwrap();
        note!("{} {}", none.len(), sender.try_reserve_many(5).is_err());
        note!("{}", sender.try_reserve_many(4).unwrap().len());
    })
}

pub fn why_a_try_finds_no_room() -> Transcript {
    run(async || {
        let why = |error: TrySendError<()>| match error {
            TrySendError::Full(()) => "full",
            TrySendError::Closed(()) => "closed",
        };
        let (sender, mut receiver) = mpsc::channel(1);
        let room = sender.try_reserve().unwrap();
        note!("{:?}", sender.try_reserve().map(drop).map_err(why));
        note!("{:?}", sender.try_reserve_many(1).map(drop).map_err(why));
        receiver.close();
        note!("{:?}", sender.try_reserve().map(drop).map_err(why));
        note!("{}", sender.try_send(8).unwrap_err().into_inner());
        room.send(7);
        note!("{:?} {:?}", receiver.recv().await, receiver.recv().await);
    })
}

pub fn many_are_received_and_all_who_waited_may_send() -> Transcript {
    run(async || {
        let (sender, mut receiver) = mpsc::channel(2);
        let tasks = [1, 2, 3, 4, 5].map(|number| {
            let sender = sender.clone();
            spawn(async move {
                sender.send(number).await.unwrap();
                note!("{number} is sent");
            })
        });
        drop(sender);
        sleep(ms(1)).await;
        let mut all = Vec::with_capacity(1);
        loop {
            let count = receiver.recv_many(&mut all, 3).await;
            note!("{count} received: {all:?}");
            if count == 0 {
                break;
            }
            sleep(ms(10)).await;
        }
        finish(tasks).await;
    })
}

pub fn a_close_leaves_what_was_sent_and_refuses_who_waits() -> Transcript {
    run(async || {
        let (sender, mut receiver) = mpsc::channel(2);
        sender.send(1).await.unwrap();
        sender.send(2).await.unwrap();
        let waits = sender.clone();
        let waiting = spawn(async move {
            let refused = waits.send(3).await.unwrap_err();
            note!("the third comes back: {}", refused.0);
            waits.closed().await;
            note!("and it knows");
        });
        yield_now().await;
        receiver.close();
        note!("{} {}", receiver.is_closed(), sender.is_closed());
        waiting.await.unwrap();
        note!("{:?} {:?}", receiver.recv().await, receiver.recv().await);
        note!("{:?} {:?}", receiver.recv().await, receiver.try_recv());
        note!("{}", receiver.is_empty());
    })
}

pub fn the_last_sender_goes_while_it_is_waited_for() -> Transcript {
    run(async || {
        let (sender, mut receiver) = mpsc::channel::<u8>(1);
        let (first, second) = (sender.clone(), sender);
        let task = spawn(async move {
            sleep(ms(10)).await;
            drop(first);
            note!("one is gone");
            sleep(ms(10)).await;
            drop(second);
            note!("both are gone");
        });
        note!("{:?}", receiver.try_recv());
        note!("{:?}", receiver.recv().await);
        note!("{:?}", receiver.try_recv());
        task.await.unwrap();
    })
}

// The channel ends when the room that was promised is used or given up.
pub fn a_promise_keeps_a_channel_open() -> Transcript {
    run(async || {
        let (sender, mut receiver) = mpsc::channel(2);
        let room = sender.clone().reserve_owned().await.unwrap();
        let other = sender.reserve_owned().await.unwrap();
        note!("{} senders", receiver.sender_strong_count());
        note!("{:?}", receiver.try_recv());
        let task = spawn(async move {
            sleep(ms(10)).await;
            drop(room.release());
            sleep(ms(10)).await;
            drop(other.send("the last"));
        });
        note!("{:?}", receiver.recv().await);
        note!("{:?}", receiver.recv().await);
        task.await.unwrap();
    })
}

pub fn a_weak_sender_of_what_is_closed() -> Transcript {
    run(async || {
        let (sender, mut receiver) = mpsc::channel(1);
        let weak = sender.downgrade();
        let weaker = weak.clone();
        note!(
            "{} {}",
            receiver.sender_strong_count(),
            receiver.sender_weak_count()
        );
        receiver.close();
        let strong = weak.upgrade().expect("a sender is there");
        note!("{}", strong.send(1).await.is_err());
        drop((sender, strong));
        note!("{} {}", weaker.upgrade().is_none(), weaker.strong_count());
        note!("{:?}", receiver.recv().await);
    })
}

pub fn values_go_when_the_last_end_of_a_channel_goes() -> Transcript {
    run(async || {
        let (sender, receiver) = mpsc::unbounded_channel();
        sender.send(NoteOnDrop("one")).unwrap();
        sender.send(NoteOnDrop("two")).unwrap();
        let other = sender.clone();
        drop(sender);
        note!("a sender is gone");
        drop(receiver);
        note!("the receiver is gone");
        drop(other.send(NoteOnDrop("three")).unwrap_err());
        note!("over");
    })
}

// tokio keeps it where nobody will take it, as its table says.
pub fn a_value_is_sent_into_promised_room_when_the_receiver_is_gone() -> Transcript {
    run(async || {
        let (sender, receiver) = mpsc::channel(1);
        let room = sender.reserve().await.unwrap();
        drop(receiver);
        room.send(NoteOnDrop("the value"));
        note!("sent");
        drop(sender);
        note!("the sender is gone");
    })
    .differs(Difference {
        because: "buzzer drops at once what nobody will take; in tokio it lies in the channel \
                  until all senders are gone",
        buzzer: &[
            "0 ms: the value dropped",
            "0 ms: sent",
            "0 ms: the sender is gone",
        ],
        tokio: &[
            "0 ms: sent",
            "0 ms: the value dropped",
            "0 ms: the sender is gone",
        ],
    })
}

pub fn a_receive_that_was_woken_and_given_up_loses_nothing() -> Transcript {
    run(async || {
        let (sender, mut receiver) = mpsc::channel(2);
        {
            let mut waits = pin!(receiver.recv());
            assert!(poll!(waits.as_mut()).is_pending());
            sender.send(1).await.unwrap();
        }
        note!("given up");
        note!("{:?}", receiver.recv().await);
        let mut buffer = vec![0];
        {
            let mut waits = pin!(receiver.recv_many(&mut buffer, 5));
            assert!(poll!(waits.as_mut()).is_pending());
            sender.send(2).await.unwrap();
        }
        note!("{buffer:?} {:?}", receiver.try_recv());
    })
}

pub fn a_receiver_polled_by_two_tasks_wakes_the_last() -> Transcript {
    run(async || {
        let (sender, mut receiver) = mpsc::channel(1);
        assert!(poll_fn(|cx| Poll::Ready(receiver.poll_recv(cx).is_pending())).await);
        let task = spawn(async move {
            let received = poll_fn(|cx| receiver.poll_recv(cx)).await;
            note!("the task received {received:?}");
        });
        yield_now().await;
        sender.try_send("it").unwrap();
        task.await.unwrap();
    })
}

pub fn senders_compare_and_count() -> Transcript {
    run(async || {
        let (sender, receiver) = mpsc::channel::<u8>(2);
        let (other, _other) = mpsc::channel::<u8>(2);
        note!(
            "{} {}",
            sender.same_channel(&sender.clone()),
            sender.same_channel(&other)
        );
        let clones = [(); 3].map(|()| sender.clone());
        note!("{} {}", sender.strong_count(), sender.weak_count());
        let weak = sender.downgrade();
        drop(clones);
        note!("{} {}", weak.strong_count(), weak.weak_count());
        drop(receiver);
        note!("{} {}", sender.strong_count(), sender.is_closed());
    })
}

pub fn a_channel_of_no_places_is_refused() -> Transcript {
    run(async || {
        let refused = spawn(async { drop(mpsc::channel::<u8>(0)) });
        note!("panic: {}", refused.await.unwrap_err().is_panic());
        let (_, mut receiver) = mpsc::channel::<u8>(1);
        note!("{}", receiver.try_recv() == Err(TryRecvError::Disconnected));
        note!("{:?}", receiver.recv().await);
        let (sender, _receiver) = mpsc::channel::<u8>(1);
        let inside = spawn(async move { sender.blocking_send(1) });
        note!("panic: {}", inside.await.unwrap_err().is_panic());
    })
}
