//! How connections end: half-close, hang-up, reset; and what was sent before.

use std::cell::Cell;
use std::io::{ErrorKind, Read, Write};
use std::net::Shutdown;
use std::rc::Rc;
use std::time::Duration;

use buzzer::io::{AsyncReadExt, AsyncWriteExt, Interest};
use buzzer::net::{UdpSocket, UnixStream};
use buzzer::spawn;
use buzzer::time::sleep;
use futures::FutureExt;
use rustix::event::PollFlags;

use crate::paused::paused;
use crate::settle::settle;
use crate::{ANY_PORT, PEER_HAS_ENDED, fill, pair, receive, reset, stays_pending, wait_for};

#[test]
fn a_short_read_with_the_end_behind_it_is_followed_by_the_end() {
    paused().block_on(async {
        let (mut here, mut there) = pair();
        there.write_all(b"last words").unwrap();
        there.shutdown(Shutdown::Write).unwrap();
        // Data and end are one event, and the buffer has room for more than the data.
        wait_for(&here, PEER_HAS_ENDED);
        assert_eq!(receive(&mut here).await.unwrap(), b"last words");
        for _ in 0..2 {
            let end = receive(&mut here).now_or_never();
            assert_eq!(end.expect("not told again").unwrap(), b"");
        }
    });
}

#[test]
fn a_short_read_with_the_end_behind_it_on_a_unix_stream() {
    paused().block_on(async {
        let (here, mut there) = std::os::unix::net::UnixStream::pair().unwrap();
        let mut here = UnixStream::from_std(here).unwrap();
        there.write_all(b"last words").unwrap();
        drop(there);
        assert_eq!(receive(&mut here).await.unwrap(), b"last words");
        let end = receive(&mut here).now_or_never();
        assert_eq!(end.expect("not told again").unwrap(), b"");
    });
}

#[test]
fn an_end_that_comes_after_its_data_was_told_ends_the_next_read() {
    paused().block_on(async {
        let (mut here, mut there) = pair();
        there.write_all(b"last words").unwrap();
        here.readable().await.unwrap();
        // The loop knows of the data only.
        there.shutdown(Shutdown::Write).unwrap();
        wait_for(&here, PEER_HAS_ENDED);
        assert_eq!(receive(&mut here).await.unwrap(), b"last words");
        assert_eq!(receive(&mut here).await.unwrap(), b"");
    });
}

#[test]
fn data_before_a_hang_up_is_read_to_its_last_byte() {
    paused().block_on(async {
        let (mut here, mut there) = pair();
        there.write_all(&[7; 10_000]).unwrap();
        drop(there);
        wait_for(&here, PEER_HAS_ENDED);
        // Both ways are closed: a hang-up.
        here.shutdown().await.unwrap();
        wait_for(&here, PollFlags::HUP);
        settle().await;
        let mut all = Vec::new();
        assert_eq!(here.read_to_end(&mut all).await.unwrap(), 10_000);
    });
}

#[test]
fn data_before_a_reset_is_read_and_then_the_reset() {
    paused().block_on(async {
        let (mut here, mut there) = pair();
        there.write_all(b"last words").unwrap();
        wait_for(&here, PollFlags::IN);
        reset(there);
        wait_for(&here, PollFlags::ERR);
        settle().await;
        assert_eq!(receive(&mut here).await.unwrap(), b"last words");
        let error = receive(&mut here).now_or_never().expect("not told again");
        assert_eq!(error.unwrap_err(), ErrorKind::ConnectionReset);
        assert_eq!(receive(&mut here).await.unwrap(), b"");
    });
}

#[test]
fn a_hang_up_without_data_wakes_a_reader_that_waits() {
    paused().block_on(async {
        let (mut here, there) = pair();
        let reader = spawn(async move { receive(&mut here).await });
        settle().await;
        assert!(!reader.is_finished());
        drop(there);
        assert_eq!(reader.await.unwrap().unwrap(), b"");
    });
}

#[test]
fn a_half_closed_peer_does_not_make_the_writer_spin() {
    let runtime = paused();
    runtime.block_on(async {
        let (here, mut there) = pair();
        let filled = fill(&here);
        let here = Rc::new(here);
        let (writes, attempts) = (here.clone(), Rc::new(Cell::new(0)));
        let counted = attempts.clone();
        let writer = spawn(async move {
            let write = || {
                counted.set(counted.get() + 1);
                rustix::io::write(&writes, b"more").map_err(Into::into)
            };
            writes.async_io(Interest::WRITABLE, write).await
        });
        settle().await;
        let before = (attempts.get(), runtime.metrics().turns());
        assert_eq!(before.0, 0, "there was no room from the beginning");
        there.shutdown(Shutdown::Write).unwrap();
        wait_for(&here, PEER_HAS_ENDED);
        here.readable().await.unwrap();
        assert_eq!(here.try_read(&mut [0; 64]).unwrap(), 0);
        sleep(Duration::from_secs(1)).await;
        assert!(!writer.is_finished());
        assert_eq!(attempts.get(), before.0, "the half-close is no news for it");
        let turns = runtime.metrics().turns() - before.1;
        assert!(turns <= 6, "{turns} turns with nothing to do");
        let drained = std::thread::spawn(move || {
            let mut all = Vec::new();
            there.read_to_end(&mut all).unwrap();
            all.len()
        });
        assert_eq!(writer.await.unwrap().unwrap(), 4);
        drop(here);
        assert_eq!(drained.join().unwrap(), filled + 4);
    });
}

#[test]
fn a_reset_wakes_both_a_reader_and_a_writer_that_wait() {
    paused().block_on(async {
        let (here, there) = pair();
        fill(&here);
        let (mut reads, mut writes) = here.into_split();
        let reader = spawn(async move { receive(&mut reads).await.map(|_end| ()) });
        let writer = spawn(async move {
            let written = writes.write(b"more").await;
            written.map(|_| ()).map_err(|error| error.kind())
        });
        settle().await;
        assert!(!reader.is_finished() && !writer.is_finished());
        reset(there);
        let outcomes = [reader.await.unwrap(), writer.await.unwrap()];
        // The socket tells its error once, to whoever comes first.
        let resets = outcomes
            .iter()
            .filter(|outcome| **outcome == Err(ErrorKind::ConnectionReset));
        assert_eq!(resets.count(), 1, "{outcomes:?}");
    });
}

#[test]
fn a_refusal_that_is_an_error_and_nothing_else_wakes_a_receive_that_waits() {
    paused().block_on(async {
        let deaf = std::net::UdpSocket::bind(ANY_PORT).unwrap();
        // It hears itself only, so for others nobody is there.
        deaf.connect(deaf.local_addr().unwrap()).unwrap();
        let here = Rc::new(UdpSocket::bind(ANY_PORT).await.unwrap());
        here.connect(deaf.local_addr().unwrap()).await.unwrap();
        let waits = here.clone();
        let receiver = spawn(async move { waits.recv(&mut [0; 64]).await });
        settle().await;
        assert!(!receiver.is_finished());
        here.send(b"hello?").await.unwrap();
        let error = receiver.await.unwrap().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
        // Told once; nothing spins on it.
        assert!(stays_pending(here.recv(&mut [0; 64])).await);
    });
}

#[test]
fn a_shutdown_after_a_reset_and_a_second_one_are_no_errors() {
    paused().block_on(async {
        let (mut here, there) = pair();
        reset(there);
        wait_for(&here, PollFlags::ERR);
        for _ in 0..2 {
            here.shutdown().await.unwrap();
        }
        // The shutdown has not taken the error away from the reader.
        assert_eq!(
            receive(&mut here).await.unwrap_err(),
            ErrorKind::ConnectionReset
        );
        here.shutdown().await.unwrap();
    });
}

#[test]
fn a_shutdown_twice_sends_one_end_and_lets_the_reading_go_on() {
    paused().block_on(async {
        let (mut here, mut there) = pair();
        here.write_all(b"order").await.unwrap();
        for _ in 0..2 {
            here.shutdown().await.unwrap();
        }
        let mut order = Vec::new();
        assert_eq!(there.read_to_end(&mut order).unwrap(), 5);
        there.write_all(b"coffee").unwrap();
        assert_eq!(receive(&mut here).await.unwrap(), b"coffee");
        let late = here.write(b"late").await.unwrap_err();
        assert_eq!(late.kind(), ErrorKind::BrokenPipe);
    });
}

#[test]
fn an_error_that_an_operation_has_taken_is_not_told_again() {
    paused().block_on(async {
        let deaf = std::net::UdpSocket::bind(ANY_PORT).unwrap();
        deaf.connect(deaf.local_addr().unwrap()).unwrap();
        let here = UdpSocket::bind(ANY_PORT).await.unwrap();
        here.connect(deaf.local_addr().unwrap()).await.unwrap();
        here.send(b"hello?").await.unwrap();
        let ready = here.ready(Interest::READABLE).await.unwrap();
        assert!(ready.is_error());
        let refused = here.recv(&mut [0; 64]).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
        // It finds no more of them.
        assert!(stays_pending(here.recv(&mut [0; 64])).await);
        let ready = here.ready(Interest::WRITABLE).await.unwrap();
        assert!(!ready.is_error(), "{ready:?}");
    });
}
