//! One connection in two halves: read here, written there.

use super::*;

pub fn one_task_reads_and_writes_at_the_same_time() -> Transcript {
    run(async || {
        let (mut here, mut there) = connection().await;
        let (mut reads, mut writes) = here.split();
        let answer = async {
            let order = receive(&mut there).await.unwrap();
            there
                .write_all(order.to_uppercase().as_bytes())
                .await
                .unwrap();
        };
        let (received, written, ()) = join!(receive(&mut reads), writes.write_all(b"tea"), answer);
        note!("{received:?} {}", written.is_ok());
        // The halves were borrowed: the stream is whole again.
        here.write_all(b"milk").await.unwrap();
        note!("{:?}", receive(&mut there).await);
    })
}

pub fn two_tasks_have_a_half_each() -> Transcript {
    run(async || {
        let (here, mut there) = connection().await;
        let (mut reads, mut writes) = here.into_split();
        let reader = spawn(async move {
            note!("{:?}", receive(&mut reads).await);
            reads
        });
        let writer = spawn(async move {
            writes.write_all(b"tea").await.unwrap();
            writes
        });
        note!("{:?}", receive(&mut there).await);
        there.write_all(b"TEA").await.unwrap();
        let (reads, writes) = (reader.await.unwrap(), writer.await.unwrap());
        let mut here = reads.reunite(writes).unwrap();
        here.write_all(b"whole again").await.unwrap();
        note!("{:?}", receive(&mut there).await);
    })
}

pub fn halves_of_two_connections_do_not_fit() -> Transcript {
    run(async || {
        let (here, there) = connection().await;
        let (reads_here, mut writes_here) = here.into_split();
        let (mut reads_there, writes_there) = there.into_split();
        let strangers = reads_here.reunite(writes_there).unwrap_err();
        // Both come back in the error.
        let (_reads_here, writes_there) = (strangers.0, strangers.1);
        writes_here.write_all(b"tea").await.unwrap();
        note!("{:?}", receive(&mut reads_there).await);
        note!("{}", reads_there.reunite(writes_there).is_ok());
    })
}

pub fn dropping_the_write_half_ends_the_writing() -> Transcript {
    run(async || {
        let (here, mut there) = connection().await;
        let (mut reads, mut writes) = here.into_split();
        writes.write_all(b"that is all").await.unwrap();
        drop(writes);
        note!("{:?}", receive(&mut there).await);
        note!("{:?}", receive(&mut there).await);
        there.write_all(b"here it is").await.unwrap();
        note!("{:?}", receive(&mut reads).await);
    })
}

pub fn a_write_half_that_is_forgotten_ends_nothing() -> Transcript {
    run(async || {
        let (here, mut there) = connection().await;
        let (reads, mut writes) = here.into_split();
        writes.write_all(b"more is to come").await.unwrap();
        writes.forget();
        note!("{:?}", receive(&mut there).await);
        say("no end is there", there.try_read(&mut [0; 64]));
        drop(reads);
        note!("{:?}", receive(&mut there).await);
    })
}

pub fn dropping_the_read_half_ends_nothing() -> Transcript {
    run(async || {
        let (here, mut there) = connection().await;
        let (reads, mut writes) = here.into_split();
        drop(reads);
        writes.write_all(b"still here").await.unwrap();
        note!("{:?}", receive(&mut there).await);
        say("the other way", there.write_all(b"unread").await);
        say("shutdown", writes.shutdown().await);
        note!("{:?}", receive(&mut there).await);
    })
}

pub fn halves_peek_and_try_as_the_whole_does() -> Transcript {
    run(async || {
        let (here, mut there) = connection().await;
        let (mut reads, writes) = here.into_split();
        say("nothing there", reads.try_read(&mut [0; 64]));
        there.write_all(b"tea").await.unwrap();
        note!("peeked {}", reads.peek(&mut [0; 64]).await.unwrap());
        reads.readable().await.unwrap();
        note!("read {}", reads.try_read(&mut [0; 64]).unwrap());
        writes.writable().await.unwrap();
        note!("written {}", writes.try_write(b"milk").unwrap());
        note!("{:?}", receive(&mut there).await);
        let ends = (reads.peer_addr().unwrap(), there.local_addr().unwrap());
        note!("{}", ends.0 == ends.1);
    })
}
