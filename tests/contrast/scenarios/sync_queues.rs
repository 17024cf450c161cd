//! `sync`: channels to one receiver.

use super::*;
use tokio::sync::mpsc::error::{SendTimeoutError, TrySendError};
use tokio::sync::{mpsc, oneshot};

/// Why a value was not sent at once.
fn refused<T>(result: Result<(), TrySendError<T>>) -> &'static str {
    match result {
        Ok(()) => "sent",
        Err(TrySendError::Full(_)) => "full",
        Err(TrySendError::Closed(_)) => "closed",
    }
}

/// Why a value was not sent in time.
fn late<T>(result: Result<(), SendTimeoutError<T>>) -> &'static str {
    match result {
        Ok(()) => "sent",
        Err(SendTimeoutError::Timeout(_)) => "too late",
        Err(SendTimeoutError::Closed(_)) => "closed",
    }
}

pub fn a_value_goes_over_once() -> Transcript {
    run(async || {
        let (sender, receiver) = oneshot::channel();
        let task = spawn(async move { note!("received {}", receiver.await.unwrap()) });
        yield_now().await;
        note!("sent: {:?}", sender.send("one"));
        task.await.unwrap();
    })
}

pub fn a_sender_that_is_dropped_says_so() -> Transcript {
    run(async || {
        let (sender, receiver) = oneshot::channel::<()>();
        spawn(async move {
            sleep(ms(10)).await;
            drop(sender);
        });
        note!("received: {}", receiver.await.is_ok());
    })
}

pub fn a_sender_waits_for_the_receiver_to_go() -> Transcript {
    run(async || {
        let (mut sender, receiver) = oneshot::channel::<()>();
        spawn(async move {
            sleep(ms(10)).await;
            drop(receiver);
        });
        note!("closed: {}", sender.is_closed());
        sender.closed().await;
        note!(
            "closed: {}, sent: {:?}",
            sender.is_closed(),
            sender.send(())
        );
    })
}

pub fn what_was_sent_before_the_close_is_received() -> Transcript {
    run(async || {
        let (sender, mut receiver) = oneshot::channel();
        sender.send(1).unwrap();
        receiver.close();
        note!("empty: {}", receiver.is_empty());
        note!("received: {:?}", receiver.try_recv());
        note!("again: {:?}", receiver.try_recv());
        let (sender, mut receiver) = oneshot::channel::<i32>();
        note!("nothing yet: {:?}", receiver.try_recv());
        receiver.close();
        note!("sent: {:?}", sender.send(2));
        note!("received: {:?}", receiver.await.is_ok());
    })
}

pub fn a_value_nobody_took_is_dropped_with_the_receiver() -> Transcript {
    run(async || {
        let (sender, receiver) = oneshot::channel();
        sender.send(NoteOnDrop("the value")).unwrap();
        note!("sent");
        drop(receiver);
        note!("the receiver is gone");
    })
}

pub fn a_timed_out_receiver_is_awaited_again() -> Transcript {
    run(async || {
        let (sender, mut receiver) = oneshot::channel();
        spawn(async move {
            sleep(ms(10)).await;
            sender.send("one").unwrap();
        });
        note!("at first: {}", timeout(ms(5), &mut receiver).await.is_ok());
        note!("then: {:?}", (&mut receiver).await.ok());
        note!("over: {}", receiver.is_terminated());
    })
}

pub fn a_full_channel_holds_back_and_is_fair() -> Transcript {
    run(async || {
        let (sender, mut receiver) = mpsc::channel(1);
        let handles = ["a", "b"].map(|name| {
            let sender = sender.clone();
            spawn(async move {
                for number in 1..=3 {
                    sender.send((name, number)).await.unwrap();
                    note!("{name} sent {number}");
                }
            })
        });
        drop(sender);
        while let Some((name, number)) = receiver.recv().await {
            note!("received {number} of {name}");
            sleep(ms(10)).await;
        }
        note!("the end");
        finish(handles).await;
    })
}

pub fn an_unbounded_channel_holds_nobody_back() -> Transcript {
    run(async || {
        let (sender, mut receiver) = mpsc::unbounded_channel();
        for number in 0..1000 {
            sender.send(number).unwrap();
        }
        note!("{} are there", receiver.len());
        drop(sender);
        let mut sum = 0;
        while let Some(number) = receiver.recv().await {
            sum += number;
        }
        note!("the sum is {sum}, empty: {}", receiver.is_empty());
    })
}

pub fn the_capacity_as_it_is_used() -> Transcript {
    run(async || {
        let (sender, mut receiver) = mpsc::channel(3);
        note!("{} of {}", sender.capacity(), sender.max_capacity());
        sender.send(1).await.unwrap();
        let room = sender.reserve().await.unwrap();
        note!("{} of {}", receiver.capacity(), receiver.max_capacity());
        room.send(2);
        sender.try_send(3).unwrap();
        note!("{}", refused(sender.try_send(4)));
        note!("{:?} {}", receiver.recv().await, sender.capacity());
        drop(sender.reserve_many(1).await.unwrap());
        note!("{}", sender.reserve_many(4).await.is_err());
        drop(receiver);
        note!("{} {}", sender.capacity(), refused(sender.try_send(5)));
    })
}

pub fn promised_room_outlives_the_close() -> Transcript {
    run(async || {
        let (sender, mut receiver) = mpsc::channel(2);
        let task = spawn(async move {
            let mut rooms = sender.reserve_many(2).await.unwrap();
            sleep(ms(10)).await;
            note!("closed: {}", sender.is_closed());
            rooms.next().unwrap().send("promised");
            sleep(ms(10)).await;
            drop(rooms);
        });
        yield_now().await;
        receiver.close();
        note!("{:?}", receiver.try_recv());
        note!("{:?}", receiver.recv().await);
        note!("{:?}", receiver.recv().await);
        note!("{:?}", receiver.try_recv());
        task.await.unwrap();
    })
}

pub fn a_receiver_that_has_closed_waits_for_room_that_comes_back() -> Transcript {
    run(async || {
        let (sender, mut receiver) = mpsc::channel::<u8>(4);
        let owned = sender.clone().reserve_owned().await.unwrap();
        let many = sender.reserve_many(2).await.unwrap();
        let one = sender.reserve().await.unwrap();
        receiver.close();
        let end = spawn(async move { note!("the end: {:?}", receiver.recv().await) });
        for step in ["one", "many", "owned"] {
            yield_now().await;
            note!("{step} still promised: {}", !end.is_finished());
        }
        drop(one);
        drop(many);
        yield_now().await;
        note!("ended: {}", end.is_finished());
        drop(owned);
        end.await.unwrap();
    })
}

pub fn a_receiver_that_has_closed_waits_for_who_stood_in_line() -> Transcript {
    run(async || {
        let (sender, mut receiver) = mpsc::channel(3);
        sender.send(0).await.unwrap();
        let stands = {
            let sender = sender.clone();
            // Two of them it has been given.
            spawn(async move { note!("{}", sender.reserve_many(3).await.is_err()) })
        };
        yield_now().await;
        receiver.close();
        note!("{:?}", receiver.recv().await);
        note!("{:?}", receiver.recv().await);
        stands.await.unwrap();
        note!("{}", sender.is_closed());
    })
}

pub fn many_are_polled_for() -> Transcript {
    run(async || {
        let (sender, mut receiver) = mpsc::channel(4);
        for number in 0..4 {
            sender.send(number).await.unwrap();
        }
        let mut buffer = Vec::new();
        let mut polls = async |buffer: &mut Vec<u8>, limit| {
            poll_fn(|cx| receiver.poll_recv_many(cx, buffer, limit)).await
        };
        note!("{} {buffer:?}", polls(&mut buffer, 0).await);
        note!("{} {buffer:?}", polls(&mut buffer, 3).await);
        note!("{} {buffer:?}", polls(&mut buffer, 3).await);
        let sends = spawn(async move { sender.send(4).await });
        note!("{} {buffer:?}", polls(&mut buffer, 3).await);
        sends.await.unwrap().unwrap();
        note!("{} {buffer:?}", polls(&mut buffer, 3).await);
    })
}

pub fn many_are_received_of_what_came_before_and_after_another() -> Transcript {
    run(async || {
        let (sender, mut receiver) = mpsc::unbounded_channel();
        for number in 0..4 {
            sender.send(number).unwrap();
        }
        note!("{:?}", receiver.recv().await);
        for number in 4..8 {
            sender.send(number).unwrap();
        }
        let mut buffer = Vec::new();
        for limit in [5, 1, 5] {
            note!("{}", receiver.recv_many(&mut buffer, limit).await);
            note!("{:?}", std::mem::take(&mut buffer));
        }
    })
}

pub fn room_for_many_is_kept_at_once_or_not() -> Transcript {
    run(async || {
        let (sender, mut receiver) = mpsc::channel(3);
        for count in 0..=4 {
            let kept = sender.try_reserve_many(count);
            note!("{count}: {:?}", kept.as_ref().map(|kept| kept.len()).ok());
        }
        let mut kept = sender.try_reserve_many(2).unwrap();
        note!("2 more: {}", sender.try_reserve_many(2).is_ok());
        note!("1 more: {}", sender.try_reserve_many(1).is_ok());
        kept.next().unwrap().send(7);
        drop(kept);
        note!("{} {:?}", sender.capacity(), receiver.recv().await);
    })
}

pub fn senders_that_wait_when_the_receiver_goes() -> Transcript {
    run(async || {
        let (sender, receiver) = mpsc::channel(1);
        sender.send(0).await.unwrap();
        let handles = [1, 2].map(|number| {
            let sender = sender.clone();
            spawn(async move { note!("{number}: {:?}", sender.send(number).await) })
        });
        let closed = spawn(async move {
            sender.closed().await;
            note!("closed");
        });
        sleep(ms(10)).await;
        drop(receiver);
        finish(handles).await;
        closed.await.unwrap();
    })
}

pub fn what_was_not_received_is_dropped_in_order() -> Transcript {
    run(async || {
        let (sender, mut receiver) = mpsc::channel(3);
        for name in ["a", "b", "c"] {
            sender.send(NoteOnDrop(name)).await.unwrap();
        }
        drop(receiver.recv().await);
        drop(receiver);
        note!("the receiver is gone");
    })
}

pub fn many_are_received_at_once() -> Transcript {
    run(async || {
        let (sender, mut receiver) = mpsc::channel(8);
        for number in 1..=5 {
            sender.send(number).await.unwrap();
        }
        let mut buffer = vec![0];
        note!("{} {buffer:?}", receiver.recv_many(&mut buffer, 0).await);
        note!("{} of 3", receiver.recv_many(&mut buffer, 3).await);
        note!("{} of 3", receiver.recv_many(&mut buffer, 3).await);
        note!("{buffer:?}");
        spawn(async move {
            sleep(ms(10)).await;
            sender.send(6).await.unwrap();
        });
        note!("{} of 3", receiver.recv_many(&mut buffer, 3).await);
        note!("{} of 3", receiver.recv_many(&mut buffer, 3).await);
    })
}

pub fn weak_senders_keep_nothing_open() -> Transcript {
    run(async || {
        let (sender, mut receiver) = mpsc::unbounded_channel();
        let weak = sender.downgrade();
        note!("{} {}", weak.strong_count(), weak.weak_count());
        let strong = weak.upgrade().unwrap();
        note!(
            "{} of one channel: {}",
            receiver.sender_strong_count(),
            strong.same_channel(&sender)
        );
        drop(sender);
        strong.send(1).unwrap();
        drop(strong);
        note!("{:?} {:?}", receiver.recv().await, receiver.recv().await);
        note!("{} {}", weak.upgrade().is_none(), receiver.is_closed());
    })
}

pub fn a_send_with_a_limit() -> Transcript {
    run(async || {
        let (sender, mut receiver) = mpsc::channel(1);
        note!("{}", late(sender.send_timeout(1, ms(10)).await));
        note!("{}", late(sender.send_timeout(2, ms(10)).await));
        spawn(async move {
            sleep(ms(5)).await;
            receiver.recv().await;
            sleep(ms(10)).await;
        });
        note!("{}", late(sender.send_timeout(3, ms(10)).await));
        note!("{}", late(sender.send_timeout(4, ms(20)).await));
    })
}

pub fn an_owned_permit_goes_to_a_task() -> Transcript {
    run(async || {
        let (sender, mut receiver) = mpsc::channel(1);
        let room = sender.clone().reserve_owned().await.unwrap();
        note!("same: {}", room.same_channel_as_sender(&sender));
        note!("{:?}", sender.clone().try_reserve_owned().is_err());
        let task = spawn(async move {
            sleep(ms(10)).await;
            drop(room.send("over").reserve_owned().await);
        });
        note!("{:?}", receiver.recv().await);
        task.await.unwrap();
        note!("{}", sender.capacity());
    })
}

pub fn a_send_given_up_has_sent_nothing() -> Transcript {
    run(async || {
        let (sender, mut receiver) = mpsc::channel(1);
        sender.send("first").await.unwrap();
        let second = NoteOnDrop("the second");
        let given_up = async {
            let _second = &second;
            sender.send("second").await.unwrap();
        };
        note!("{}", timeout(ms(10), given_up).await.is_ok());
        note!("{:?}", receiver.recv().await);
        note!("{:?}", receiver.try_recv());
    })
}

pub fn a_stream_that_never_ends_lets_others_run() -> Transcript {
    run(async || {
        let (sender, mut receiver) = mpsc::unbounded_channel();
        for number in 0..1000 {
            sender.send(number).unwrap();
        }
        let busy = spawn(async move { while receiver.recv().await.is_some() {} });
        yield_now().await;
        note!("main runs, finished: {}", busy.is_finished());
        drop(sender);
        busy.await.unwrap();
        note!("finished");
    })
}

pub fn ping_pong_with_one_place_each() -> Transcript {
    run(async || {
        let (ping, mut pinged) = mpsc::channel(1);
        let (pong, mut ponged) = mpsc::channel(1);
        let other = spawn(async move {
            while let Some(round) = pinged.recv().await {
                note!("ping {round}");
                pong.send(round).await.unwrap();
            }
        });
        for round in 1..=3 {
            ping.send(round).await.unwrap();
            note!("pong {}", ponged.recv().await.unwrap());
        }
        drop(ping);
        other.await.unwrap();
    })
}
