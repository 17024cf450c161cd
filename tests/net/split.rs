//! Halves of streams. What holds for both kinds of stream is tested with both.

use std::io::{ErrorKind, IoSlice, IoSliceMut};

use buzzer::io::{AsyncReadExt, AsyncWrite, AsyncWriteExt, Interest};
use buzzer::net::{TcpStream, UnixStream, tcp, unix};

use crate::{connected, kind, run, stays_pending};

#[test]
fn borrowed_halves_are_used_at_the_same_time_and_give_the_stream_back() {
    run(async {
        let (mut here, mut there) = connected().await;
        let (mut read, mut write): (tcp::ReadHalf<'_>, tcp::WriteHalf<'_>) = here.split();
        let mut answer = [0; 5];
        let echoing = async {
            let mut order = [0; 5];
            there.read_exact(&mut order).await?;
            there.write_all(&order).await
        };
        let (heard, asked, echoed) = buzzer::gather!(
            read.read_exact(&mut answer),
            write.write_all(b"mocha"),
            echoing
        )
        .await;
        heard.and(asked.map(|()| 5)).unwrap();
        echoed.unwrap();
        assert_eq!(&answer, b"mocha");
        // Their end shuts nothing down.
        here.write_all(b"more").await.unwrap();
        let mut more = [0; 4];
        there.read_exact(&mut more).await.unwrap();
        assert_eq!(&more, b"more");
    });
}

#[test]
fn halves_of_their_own_work_in_two_tasks() {
    run(async {
        let (here, there) = connected().await;
        let (mut read, mut write) = here.into_split();
        let echoing = buzzer::spawn(async move {
            let (mut read, mut write) = there.into_split();
            let mut all = Vec::new();
            read.read_to_end(&mut all).await.unwrap();
            write.write_all(&all).await.unwrap();
        });
        let writing = buzzer::spawn(async move {
            write.write_all(&[b'x'; 300_000]).await.unwrap();
            // The drop of the write half is the end for the other side.
        });
        let mut echoed = Vec::new();
        assert_eq!(read.read_to_end(&mut echoed).await.unwrap(), 300_000);
        writing.await.unwrap();
        echoing.await.unwrap();
    });
}

#[test]
fn dropping_the_write_half_ends_the_sending_and_leaves_the_receiving() {
    run(async {
        let (here, mut there) = connected().await;
        let (mut read, write) = here.into_split();
        assert!(stays_pending(there.read(&mut [0; 8])).await);
        drop(write);
        assert_eq!(there.read(&mut [0; 8]).await.unwrap(), 0);
        there.write_all(b"mocha").await.unwrap();
        let mut buffer = [0; 8];
        assert_eq!(read.read(&mut buffer).await.unwrap(), 5);
    });
}

#[test]
fn dropping_the_write_half_on_another_thread_ends_the_sending_too() {
    run(async {
        let (here, mut there) = UnixStream::pair().unwrap();
        let (_read, write) = here.into_split();
        std::thread::spawn(move || drop(write)).join().unwrap();
        assert_eq!(there.read(&mut [0; 8]).await.unwrap(), 0);
    });
}

#[test]
fn a_forgotten_write_half_shuts_nothing_down() {
    run(async {
        let (here, mut there) = connected().await;
        let (read, write) = here.into_split();
        write.forget();
        assert!(stays_pending(there.read(&mut [0; 8])).await);
        drop(read);
        assert_eq!(there.read(&mut [0; 8]).await.unwrap(), 0);
    });
}

#[test]
fn halves_of_one_stream_are_reunited_in_either_order() {
    run(async {
        let (here, mut there) = connected().await;
        let (read, write) = here.into_split();
        let here: TcpStream = read.reunite(write).unwrap();
        let (read, write) = here.into_split();
        let mut here = write.reunite(read).unwrap();
        // Nothing was shut down by it.
        here.write_all(b"mocha").await.unwrap();
        let mut buffer = [0; 8];
        assert_eq!(there.read(&mut buffer).await.unwrap(), 5);
    });
}

#[test]
fn halves_of_two_streams_are_not_reunited_but_given_back() {
    run(async {
        let (here, there) = UnixStream::pair().unwrap();
        let (read, _write) = here.into_split();
        let (_, write) = there.into_split();
        let refused: unix::ReuniteError = read.reunite(write).unwrap_err();
        assert_eq!(refused.to_string(), "the two halves are not of one stream");
        let (read, mut write) = (refused.0, refused.1);
        write.write_all(b"mocha").await.unwrap();
        read.readable().await.unwrap();
        assert_eq!(read.try_read(&mut [0; 8]).unwrap(), 5);
    });
}

#[test]
fn halves_have_the_stream_s_readiness_addresses_and_tries() {
    run(async {
        let (here, there) = connected().await;
        let (local, peer) = (here.local_addr().unwrap(), here.peer_addr().unwrap());
        let (mut read, write) = here.into_split();
        let (_, far) = there.into_split();
        assert_eq!(read.local_addr().unwrap(), local);
        assert_eq!(read.peer_addr().unwrap(), peer);
        assert_eq!(write.local_addr().unwrap(), local);
        assert_eq!(write.peer_addr().unwrap(), peer);
        assert_eq!(read.as_ref().local_addr().unwrap(), local);
        assert_eq!(write.as_ref().local_addr().unwrap(), local);

        assert!(write.is_write_vectored());
        write.writable().await.unwrap();
        assert!(write.ready(Interest::WRITABLE).await.unwrap().is_writable());
        assert_eq!(write.try_write(b"!").unwrap(), 1);
        assert_eq!(write.try_write_vectored(&[IoSlice::new(b"!")]).unwrap(), 1);

        assert_eq!(kind(read.try_read(&mut [0])), Some(ErrorKind::WouldBlock));
        far.writable().await.unwrap();
        assert_eq!(far.try_write(b"mocha").unwrap(), 5);
        assert!(read.ready(Interest::READABLE).await.unwrap().is_readable());
        assert_eq!(read.peek(&mut [0; 8]).await.unwrap(), 5);
        assert_eq!(read.try_read(&mut [0; 2]).unwrap(), 2);
        let mut rest = [0; 8];
        let mut buffers = [IoSliceMut::new(&mut rest)];
        assert_eq!(read.try_read_vectored(&mut buffers).unwrap(), 3);
        assert_eq!(&rest[..3], b"cha");
    });
}

#[test]
fn a_write_half_that_was_shut_down_refuses_more_and_is_dropped_quietly() {
    run(async {
        let (here, mut there) = UnixStream::pair().unwrap();
        let (_read, mut write) = here.into_split();
        write.shutdown().await.unwrap();
        assert_eq!(there.read(&mut [0; 8]).await.unwrap(), 0);
        assert_eq!(kind(write.write(b"!").await), Some(ErrorKind::BrokenPipe));
        let parts = [IoSlice::new(b"!")];
        assert_eq!(
            kind(write.write_vectored(&parts).await),
            Some(ErrorKind::BrokenPipe)
        );
        drop(write);
    });
}
