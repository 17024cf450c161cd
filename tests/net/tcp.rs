//! TCP streams: moving bytes, the end, readiness.

use std::future::poll_fn;
use std::io::{ErrorKind, IoSlice, IoSliceMut, Read, Write};
use std::net;
use std::pin::Pin;
use std::task::{Context, Poll};

use buzzer::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, Interest, ReadBuf};
use buzzer::net::TcpStream;
use rustix::net::{RecvFlags, SendFlags};

use crate::counting::Count;
use crate::settle::settle;
use crate::{connected, is_nonblocking, kind, run, stays_pending};

#[test]
fn what_is_written_at_one_end_is_read_at_the_other_up_to_the_shutdown() {
    run(async {
        let (mut here, mut there) = connected().await;
        let sent: Vec<u8> = (0..3_000_000_u32).map(|i| (i % 251) as u8).collect();
        let expected = sent.clone();
        let reading = buzzer::spawn(async move {
            let mut received = Vec::new();
            there.read_to_end(&mut received).await.unwrap();
            assert!(received == expected);
            there.write_all(b"thanks").await.unwrap();
        });
        here.write_all(&sent).await.unwrap();
        here.shutdown().await.unwrap();
        let mut answer = String::new();
        here.read_to_string(&mut answer).await.unwrap();
        assert_eq!(answer, "thanks");
        reading.await.unwrap();
    });
}

#[test]
fn a_read_gets_what_is_there_and_an_empty_buffer_is_not_the_end() {
    run(async {
        let (mut here, mut there) = connected().await;
        // Nothing is there, and yet a read of nothing has nothing to wait for.
        assert_eq!(there.read(&mut []).await.unwrap(), 0);
        here.write_all(b"mocha").await.unwrap();
        assert_eq!(there.read(&mut []).await.unwrap(), 0);
        let mut buffer = [0; 64];
        assert_eq!(there.read(&mut buffer).await.unwrap(), 5);
        assert_eq!(&buffer[..5], b"mocha");
        drop(here);
        assert_eq!(there.read(&mut buffer).await.unwrap(), 0);
        assert_eq!(there.read(&mut buffer).await.unwrap(), 0);
    });
}

#[test]
fn peek_leaves_what_it_sees_for_the_next_read() {
    run(async {
        let (mut here, mut there) = connected().await;
        let mut seen = [0; 3];
        assert!(stays_pending(there.peek(&mut seen)).await);
        here.write_all(b"mocha").await.unwrap();
        assert_eq!(there.peek(&mut seen).await.unwrap(), 3);
        assert_eq!(&seen, b"moc");
        let mut bytes = [0; 64];
        let mut buffer = ReadBuf::new(&mut bytes);
        assert_eq!(
            poll_fn(|cx| there.poll_peek(cx, &mut buffer))
                .await
                .unwrap(),
            5
        );
        assert_eq!(buffer.filled(), b"mocha");
        let mut read = [0; 64];
        assert_eq!(there.read(&mut read).await.unwrap(), 5);
        drop(here);
        assert_eq!(there.peek(&mut seen).await.unwrap(), 0);
    });
}

#[test]
fn several_buffers_are_written_and_read_in_one_call() {
    run(async {
        let (mut here, there) = connected().await;
        assert!(here.is_write_vectored());
        let parts = [&b"one"[..], b"", b" mocha"].map(IoSlice::new);
        assert_eq!(here.write_vectored(&parts).await.unwrap(), 9);
        assert_eq!(here.try_write_vectored(&parts).unwrap(), 9);
        there.readable().await.unwrap();
        let (mut first, mut second) = ([0; 12], [0; 64]);
        let mut buffers = [&mut first[..], &mut second].map(IoSliceMut::new);
        assert_eq!(there.try_read_vectored(&mut buffers).unwrap(), 18);
        assert_eq!((&first, &second[..6]), (b"one mochaone", &b" mocha"[..]));
    });
}

#[test]
fn more_buffers_than_one_call_takes_are_written_as_far_as_it_takes_them() {
    run(async {
        let (mut here, mut there) = connected().await;
        let many = vec![IoSlice::new(b"."); 3_000];
        assert_eq!(here.write_vectored(&many).await.unwrap(), 1_024);
        assert_eq!(here.try_write_vectored(&many).unwrap(), 1_024);
        // Buffers that are empty don't count as the end.
        assert_eq!(here.write_vectored(&[]).await.unwrap(), 0);
        drop(here);
        let mut received = Vec::new();
        assert_eq!(there.read_to_end(&mut received).await.unwrap(), 2_048);
    });
}

#[test]
fn what_is_not_possible_at_once_would_block_until_it_is_waited_for() {
    run(async {
        let (here, there) = connected().await;
        let mut buffer = [0; 1_024];
        assert_eq!(
            kind(there.try_read(&mut buffer)),
            Some(ErrorKind::WouldBlock)
        );
        here.writable().await.unwrap();
        let mut written = 0;
        let error = loop {
            match here.try_write(&buffer) {
                Ok(some) => written += some,
                Err(error) => break error,
            }
        };
        assert_eq!(error.kind(), ErrorKind::WouldBlock);
        assert!(stays_pending(here.writable()).await);
        let mut read = 0;
        while read < written {
            there.readable().await.unwrap();
            match there.try_read(&mut buffer) {
                Ok(some) => read += some,
                Err(error) => assert_eq!(error.kind(), ErrorKind::WouldBlock),
            }
        }
        here.writable().await.unwrap();
        assert_eq!(here.try_write(b"!").unwrap(), 1);
    });
}

#[test]
fn readiness_says_what_is_possible_and_what_has_ended() {
    run(async {
        let (here, mut there) = connected().await;
        let both = Interest::READABLE | Interest::WRITABLE;
        let ready = here.ready(both).await.unwrap();
        assert!(ready.is_writable() && !ready.is_readable());
        there.write_all(b"!").await.unwrap();
        let ready = here.ready(Interest::READABLE).await.unwrap();
        assert!(ready.is_readable() && !ready.is_read_closed() && !ready.is_writable());
        there.shutdown().await.unwrap();
        settle().await;
        let ready = here.ready(both).await.unwrap();
        assert!(ready.is_read_closed() && !ready.is_write_closed());
        assert_eq!(here.try_read(&mut [0; 8]).unwrap(), 1);
        assert_eq!(here.try_read(&mut [0; 8]).unwrap(), 0);
    });
}

#[test]
fn readiness_polled_by_hand_wakes_who_polled_last() {
    run(async {
        let (here, mut there) = connected().await;
        let (first, second) = (Count::waker(), Count::waker());
        for (_, waker) in [&first, &second] {
            let polled = here.poll_read_ready(&mut Context::from_waker(waker));
            assert!(polled.is_pending());
        }
        there.write_all(b"!").await.unwrap();
        settle().await;
        assert_eq!((first.0.get(), second.0.get()), (0, 1));
        let mut cx = Context::from_waker(&second.1);
        assert!(here.poll_read_ready(&mut cx).is_ready());
        assert!(here.poll_write_ready(&mut cx).is_ready());
    });
}

#[test]
fn an_operation_of_the_program_s_own_waits_like_one_of_ours() {
    run(async {
        let (here, mut there) = connected().await;
        let receive = |socket: &TcpStream| {
            let mut buffer = [0; 8];
            let received = rustix::net::recv(socket, &mut buffer[..], RecvFlags::empty())?;
            Ok::<_, std::io::Error>(received.0)
        };
        let tried = here.try_io(Interest::READABLE, || receive(&here));
        assert_eq!(kind(tried), Some(ErrorKind::WouldBlock));
        let own = here.async_io(Interest::READABLE, || receive(&here));
        let (own, sent) = buzzer::gather!(own, there.write_all(b"mocha")).await;
        assert_eq!((own.unwrap(), sent.unwrap()), (5, ()));
        // Waiting for either, and told that it would block, it waits for the next.
        let both = Interest::READABLE | Interest::WRITABLE;
        let own = here.async_io(both, || receive(&here));
        let (own, sent) = buzzer::gather!(own, there.write_all(b"latte!")).await;
        assert_eq!((own.unwrap(), sent.unwrap()), (6, ()));
    });
}

#[test]
fn an_operation_that_did_not_find_the_socket_ready_is_not_tried() {
    run(async {
        let (here, _there) = connected().await;
        let tried = here.try_io(Interest::READABLE, || -> std::io::Result<()> {
            panic!("it was tried")
        });
        assert_eq!(kind(tried), Some(ErrorKind::WouldBlock));
    });
}

#[test]
fn a_read_that_stops_short_at_urgent_data_is_followed_by_the_rest() {
    run(async {
        let (mut here, mut there) = connected().await;
        here.write_all(b"abc").await.unwrap();
        assert_eq!(rustix::net::send(&here, b"!", SendFlags::OOB).unwrap(), 1);
        here.write_all(b"def").await.unwrap();
        // All of it is there before the first read.
        settle().await;
        let mut buffer = [0; 64];
        assert_eq!(there.read(&mut buffer).await.unwrap(), 3);
        assert_eq!(&buffer[..3], b"abc");
        assert_eq!(there.read(&mut buffer).await.unwrap(), 3);
        assert_eq!(&buffer[..3], b"def");
        assert!(stays_pending(there.read(&mut buffer)).await);
    });
}

#[test]
fn shutting_down_twice_and_after_a_reset_is_no_error() {
    run(async {
        let (mut here, there) = connected().await;
        here.shutdown().await.unwrap();
        here.shutdown().await.unwrap();
        there.set_zero_linger().unwrap();
        drop(there);
        settle().await;
        assert_eq!(kind(here.peer_addr()), Some(ErrorKind::NotConnected));
        here.shutdown().await.unwrap();
    });
}

#[test]
fn a_reset_is_told_by_the_read_the_write_and_the_pending_error() {
    run(async {
        let (mut here, there) = connected().await;
        there.set_zero_linger().unwrap();
        drop(there);
        let read = here.read(&mut [0; 8]).await;
        assert_eq!(kind(read), Some(ErrorKind::ConnectionReset));
        // It was taken by the read.
        assert!(here.take_error().unwrap().is_none());
        // No SIGPIPE, which would end the process here if it were not ignored.
        let parts = [IoSlice::new(b"!")];
        assert_eq!(kind(here.write(b"!").await), Some(ErrorKind::BrokenPipe));
        assert_eq!(
            kind(here.write_vectored(&parts).await),
            Some(ErrorKind::BrokenPipe)
        );

        let (here, there) = connected().await;
        there.set_zero_linger().unwrap();
        drop(there);
        let ready = here.ready(Interest::READABLE).await.unwrap();
        assert!(ready.is_error() && ready.is_read_closed() && ready.is_readable());
        let pending = here.take_error().unwrap().unwrap();
        assert_eq!(pending.kind(), ErrorKind::ConnectionReset);
    });
}

#[test]
fn a_blocking_socket_of_std_does_not_trap_the_loop_and_goes_back_deregistered() {
    run(async {
        let listener = net::TcpListener::bind("127.0.0.1:0").unwrap();
        let here = net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (mut there, _) = listener.accept().unwrap();
        assert!(!is_nonblocking(&here));
        let mut stream = TcpStream::from_std(here).unwrap();
        assert!(stays_pending(stream.read(&mut [0; 8])).await);
        there.write_all(b"mocha").unwrap();
        let mut buffer = [0; 8];
        assert_eq!(stream.read(&mut buffer).await.unwrap(), 5);

        let mut here = stream.into_std().unwrap();
        assert!(is_nonblocking(&here));
        // Registered no more: it can be registered anew.
        let again = TcpStream::try_from(here.try_clone().unwrap()).unwrap();
        assert!(stays_pending(again.readable()).await);
        drop(again);
        here.set_nonblocking(false).unwrap();
        there.write_all(b"latte").unwrap();
        drop(there);
        let mut rest = String::new();
        here.read_to_string(&mut rest).unwrap();
        assert_eq!(rest, "latte");
    });
}

#[test]
fn polls_by_hand_move_bytes_as_the_methods_do() {
    run(async {
        let (mut here, mut there) = connected().await;
        let sent = poll_fn(|cx| Pin::new(&mut here).poll_write(cx, b"mocha")).await;
        assert_eq!(sent.unwrap(), 5);
        poll_fn(|cx| Pin::new(&mut here).poll_flush(cx))
            .await
            .unwrap();
        let mut bytes = [0; 64];
        let mut buffer = ReadBuf::new(&mut bytes);
        buffer.put_slice(b"one ");
        poll_fn(|cx| Pin::new(&mut there).poll_read(cx, &mut buffer))
            .await
            .unwrap();
        assert_eq!(buffer.filled(), b"one mocha");
        let polled = poll_fn(|cx| Poll::Ready(Pin::new(&mut there).poll_read(cx, &mut buffer)));
        assert!(polled.await.is_pending());
    });
}
