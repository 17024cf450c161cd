//! `sync`: channels for one value, and what blocking jobs send and receive.

use super::*;
use tokio::sync::{mpsc, oneshot};

pub fn a_value_comes_back_from_a_receiver_that_is_gone() -> Transcript {
    run(async || {
        let (sender, receiver) = oneshot::channel();
        drop(receiver);
        note!("closed: {}", sender.is_closed());
        let back = sender.send(NoteOnDrop("the value"));
        note!("it came back: {}", back.is_err());
    })
}

pub fn who_computes_in_vain_is_told() -> Transcript {
    run(async || {
        let (mut sender, mut receiver) = oneshot::channel::<u8>();
        let worker = spawn(async move {
            select! {
                _ = work("the worker", ms(50)) => note!("it is done"),
                () = sender.closed() => note!("nobody wants it"),
            }
            note!("sent: {:?}", sender.send(7));
        });
        note!("{}", timeout(ms(10), &mut receiver).await.is_err());
        receiver.close();
        worker.await.unwrap();
        note!("{:?}", receiver.try_recv());
    })
}

pub fn a_value_lies_in_a_closed_channel_until_it_is_dropped() -> Transcript {
    run(async || {
        let (sender, mut receiver) = oneshot::channel();
        sender.send(NoteOnDrop("the value")).unwrap();
        receiver.close();
        note!("closed, empty: {}", receiver.is_empty());
        drop(receiver);
        note!("the receiver is gone");
        let (sender, receiver) = oneshot::channel::<NoteOnDrop>();
        drop(receiver);
        drop(sender.send(NoteOnDrop("another")));
        note!("it came back");
    })
}

pub fn a_receiver_that_moves_to_another_task_is_found_there() -> Transcript {
    run(async || {
        let (sender, mut receiver) = oneshot::channel();
        assert!(poll!(&mut receiver).is_pending());
        let task = spawn(async move { note!("the task has {:?}", receiver.await) });
        yield_now().await;
        sender.send(7).unwrap();
        task.await.unwrap();
    })
}

pub fn a_receiver_is_asked_again_after_its_value() -> Transcript {
    run(async || {
        let (sender, mut receiver) = oneshot::channel();
        note!("{} {:?}", receiver.is_terminated(), receiver.try_recv());
        sender.send(7).unwrap();
        note!("{} {:?}", receiver.is_empty(), receiver.try_recv());
        note!("{} {:?}", receiver.is_terminated(), receiver.try_recv());
        let (sender, mut receiver) = oneshot::channel::<u8>();
        drop(sender);
        note!("{:?}", (&mut receiver).await);
        note!("{}", receiver.is_terminated());
        let again = spawn(receiver);
        note!("panic: {}", again.await.unwrap_err().is_panic());
    })
}

pub fn a_sender_goes_with_an_aborted_task() -> Transcript {
    run(async || {
        let (sender, receiver) = oneshot::channel::<u8>();
        let holder = spawn(async move {
            let _sender = sender;
            wait_for_ever("the holder").await
        });
        spawn(async move {
            sleep(ms(10)).await;
            holder.abort();
        });
        note!("{:?}", receiver.await);
    })
}

pub fn a_blocking_job_receives_and_another_sends() -> Transcript {
    run(async || {
        let (question, asked) = oneshot::channel();
        let (answer, answered) = oneshot::channel();
        let job = spawn_blocking(move || {
            let question: u32 = asked.blocking_recv().unwrap();
            answer.send(question + 1).unwrap();
        });
        question.send(41).unwrap();
        note!("{:?}", answered.await);
        job.await.unwrap();
        let (sender, mut receiver) = mpsc::channel(1);
        let job = spawn_blocking(move || {
            for number in 1..=3 {
                sender.blocking_send(number).unwrap();
            }
        });
        let mut sum = 0;
        while let Some(number) = receiver.recv().await {
            sum += number;
        }
        job.await.unwrap();
        note!("{sum}");
        let (sender, mut receiver) = mpsc::channel(1);
        let job = spawn_blocking(move || {
            let mut all = Vec::new();
            while receiver.blocking_recv_many(&mut all, 2) > 0 {}
            all
        });
        for number in 1..=3 {
            sender.send(number).await.unwrap();
        }
        drop(sender);
        note!("{:?}", job.await.unwrap());
    })
}
