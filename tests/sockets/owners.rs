//! Whose a socket is: std's, the loop's, another thread's; and what is no socket.

use std::fs::File;
use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener as StdListener, TcpStream as StdStream};
use std::os::fd::{AsFd, OwnedFd};

use buzzer::io::AsyncWriteExt;
use buzzer::net::{TcpListener, TcpStream, UdpSocket, UnixDatagram, UnixListener, UnixStream};
use rustix::event::PollFlags;
use rustix::fs::OFlags;

use crate::child::in_a_child;
use crate::own::watched;
use crate::paused::paused;
use crate::settle::settle;
use crate::{ANY_PORT, descriptors, pair, receive, stays_pending, std_pair, wait_for};

fn blocks(socket: &impl AsFd) -> bool {
    let flags = rustix::fs::fcntl_getfl(socket).unwrap();
    !flags.contains(OFlags::NONBLOCK)
}

#[test]
fn a_blocking_socket_of_std_does_not_block_the_loop() {
    paused().block_on(async {
        let (here, mut there) = std_pair();
        assert!(blocks(&here));
        let mut here = TcpStream::from_std(here).unwrap();
        assert!(!blocks(&here));
        assert!(stays_pending(receive(&mut here)).await);
        there.write_all(b"coffee").unwrap();
        assert_eq!(receive(&mut here).await.unwrap(), b"coffee");

        let listener = StdListener::bind(ANY_PORT).unwrap();
        let listener = TcpListener::from_std(listener).unwrap();
        assert!(stays_pending(listener.accept()).await);

        let datagrams = std::net::UdpSocket::bind(ANY_PORT).unwrap();
        let datagrams = UdpSocket::from_std(datagrams).unwrap();
        assert!(stays_pending(datagrams.recv(&mut [0; 8])).await);
    });
}

#[test]
fn a_file_in_the_guise_of_a_socket_is_refused_and_leaves_nothing_behind() {
    in_a_child(|| {
        paused().block_on(async {
            let before = descriptors();
            let path = std::env::current_exe().unwrap();
            for _ in 0..100 {
                let file: OwnedFd = File::open(&path).unwrap().into();
                let error = TcpStream::from_std(StdStream::from(file)).unwrap_err();
                assert_eq!(error.kind(), ErrorKind::PermissionDenied);
                let file: OwnedFd = File::open(&path).unwrap().into();
                let error = UdpSocket::from_std(file.into()).unwrap_err();
                assert_eq!(error.kind(), ErrorKind::PermissionDenied);
            }
            assert_eq!(descriptors(), before);
            let (mut here, mut there) = pair();
            there.write_all(b"coffee").unwrap();
            assert_eq!(receive(&mut here).await.unwrap(), b"coffee");
        });
    });
}

#[test]
fn a_stream_given_back_to_std_is_out_of_the_loop() {
    let runtime = paused();
    runtime.block_on(async {
        let (here, mut there) = pair();
        let mut here = here.into_std().unwrap();
        there.write_all(b"coffee").unwrap();
        wait_for(&here, PollFlags::IN);
        let before = runtime.metrics().turns();
        settle().await;
        assert!(runtime.metrics().turns() - before <= 2);
        here.set_nonblocking(false).unwrap();
        let mut buffer = [0; 6];
        here.read_exact(&mut buffer).unwrap();
        // A socket that were registered still could not be registered again.
        let mut here = TcpStream::from_std(here).unwrap();
        here.write_all(&buffer).await.unwrap();
        there.read_exact(&mut buffer).unwrap();
        assert_eq!(&buffer, b"coffee");
    });
}

#[test]
fn sockets_given_back_to_std_on_another_thread_are_out_of_the_loop_there() {
    let runtime = paused();
    let watched = || watched(&runtime).map(|numbers| numbers.len());
    let own = watched();
    runtime.block_on(async {
        let (stream, _peer) = pair();
        let (one, _other) = UnixDatagram::pair().unwrap();
        let other = watched();
        let listener = TcpListener::bind(ANY_PORT).await.unwrap();
        let udp = UdpSocket::bind(ANY_PORT).await.unwrap();
        let given_back = std::thread::spawn(move || {
            let (stream, one) = (stream.into_std().unwrap(), one.into_std().unwrap());
            let (listener, udp) = (listener.into_std().unwrap(), udp.into_std().unwrap());
            (stream, one, listener, udp)
        });
        let (stream, one, listener, udp) = given_back.join().unwrap();
        assert_eq!(
            (watched(), other),
            (own.map(|own| own + 1), own.map(|own| own + 3)),
            "the other datagram socket"
        );
        // Each can come back before the loop has heard of it.
        TcpStream::from_std(stream).unwrap();
        UnixDatagram::from_std(one).unwrap();
        TcpListener::from_std(listener).unwrap();
        UdpSocket::from_std(udp).unwrap();
    });
}

#[test]
fn sockets_of_every_kind_come_back_from_std_again() {
    paused().block_on(async {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("bar");
        for _ in 0..3 {
            let listener = TcpListener::bind(ANY_PORT).await.unwrap();
            let listener = TcpListener::from_std(listener.into_std().unwrap()).unwrap();
            let client = StdStream::connect(listener.local_addr().unwrap()).unwrap();
            let (_, peer) = listener.accept().await.unwrap();
            assert_eq!(peer, client.local_addr().unwrap());

            let listener = UnixListener::bind(&path).unwrap();
            let listener = UnixListener::from_std(listener.into_std().unwrap()).unwrap();
            let _client = std::os::unix::net::UnixStream::connect(&path).unwrap();
            listener.accept().await.unwrap();
            std::fs::remove_file(&path).unwrap();

            let (one, other) = UnixStream::pair().unwrap();
            let mut one = UnixStream::from_std(one.into_std().unwrap()).unwrap();
            let mut other = UnixStream::from_std(other.into_std().unwrap()).unwrap();
            one.write_all(b"tea").await.unwrap();
            assert_eq!(receive(&mut other).await.unwrap(), b"tea");

            let (one, other) = UnixDatagram::pair().unwrap();
            let other = UnixDatagram::from_std(other.into_std().unwrap()).unwrap();
            one.send(b"tea").await.unwrap();
            assert_eq!(other.recv(&mut [0; 8]).await.unwrap(), 3);

            let udp = UdpSocket::bind(ANY_PORT).await.unwrap();
            let udp = UdpSocket::from_std(udp.into_std().unwrap()).unwrap();
            udp.send_to(b"tea", udp.local_addr().unwrap())
                .await
                .unwrap();
            assert_eq!(udp.recv(&mut [0; 8]).await.unwrap(), 3);
        }
    });
}

#[test]
fn connections_dropped_on_another_thread_are_closed_there_and_forgotten_here() {
    in_a_child(|| {
        paused().block_on(async {
            let before = descriptors();
            for _ in 0..500 {
                let (here, mut there) = pair();
                std::thread::spawn(move || drop(here)).join().unwrap();
                assert_eq!(there.read(&mut [0; 8]).unwrap(), 0);
                // The next one has its number, before the loop has heard of the drop.
                let (mut next, mut next_peer) = pair();
                next_peer.write_all(b"coffee").unwrap();
                assert_eq!(receive(&mut next).await.unwrap(), b"coffee");
            }
            settle().await;
            assert_eq!(descriptors(), before);
        });
    });
}

#[test]
fn a_duplicate_lives_on_without_its_connection_and_can_be_taken_over() {
    let runtime = paused();
    runtime.block_on(async {
        let (here, mut there) = std_pair();
        let duplicate = here.try_clone().unwrap();
        drop(TcpStream::from_std(here).unwrap());
        there.write_all(b"coffee").unwrap();
        wait_for(&duplicate, PollFlags::IN);
        let before = runtime.metrics().turns();
        settle().await;
        assert!(runtime.metrics().turns() - before <= 2);
        let mut duplicate = TcpStream::from_std(duplicate).unwrap();
        assert_eq!(receive(&mut duplicate).await.unwrap(), b"coffee");
    });
}

#[test]
fn a_connection_and_its_duplicate_are_told_both() {
    paused().block_on(async {
        let (here, mut there) = std_pair();
        let duplicate = TcpStream::from_std(here.try_clone().unwrap()).unwrap();
        let mut here = TcpStream::from_std(here).unwrap();
        there.write_all(b"coffee").unwrap();
        here.readable().await.unwrap();
        duplicate.readable().await.unwrap();
        assert_eq!(receive(&mut here).await.unwrap(), b"coffee");
        let nothing_left = duplicate.try_read(&mut [0; 8]).unwrap_err();
        assert_eq!(nothing_left.kind(), ErrorKind::WouldBlock);
        drop(duplicate);
        there.write_all(b"more").unwrap();
        assert_eq!(receive(&mut here).await.unwrap(), b"more");
    });
}
