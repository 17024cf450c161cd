//! A new socket can be used at once: its first operation asks the kernel, and no turn
//! of the loop comes before it.
//!
//! So each future here is polled once, and is ready then or never.

use std::cell::Cell;
use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream as StdStream};
use std::os::unix::net::UnixStream as StdUnixStream;
use std::process::Stdio;

use buzzer::io::{AsyncFd, AsyncReadExt, AsyncWriteExt, Interest, Ready};
use buzzer::net::{
    TcpListener, TcpSocket, TcpStream, UdpSocket, UnixDatagram, UnixListener, UnixStream,
};
use buzzer::process::Command;
use futures::FutureExt;
use rustix::event::PollFlags;
use rustix::net::{AddressFamily, SendFlags, SocketType};
use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};

use crate::paused::paused;
use crate::settle::settle;
use crate::{
    ANY_PORT, PEER_HAS_ENDED, pair, receive, stays_pending, std_listener, std_pair, system,
    wait_for,
};

const BOTH: Interest = Interest::READABLE.add(Interest::WRITABLE);

/// What the first poll gives.
#[track_caller]
fn at_once<F: Future>(future: F) -> F::Output {
    future.now_or_never().expect("ready at the first poll")
}

fn would_block<T: std::fmt::Debug>(result: std::io::Result<T>) -> bool {
    result.is_err_and(|error| error.kind() == ErrorKind::WouldBlock)
}

#[test]
fn an_accepted_connection_is_read_and_written_before_the_loop_has_come_round() {
    let runtime = paused();
    runtime.block_on(async {
        let turns = runtime.metrics().turns();
        let listener = at_once(TcpListener::bind(ANY_PORT)).unwrap();
        for tries in [false, true] {
            let mut client = StdStream::connect(listener.local_addr().unwrap()).unwrap();
            client.write_all(b"one mocha").unwrap();
            wait_for(&listener, PollFlags::IN);
            let (mut server, peer) = at_once(listener.accept()).unwrap();
            assert_eq!(peer, client.local_addr().unwrap());
            wait_for(&server, PollFlags::IN);
            let mut order = [0; 64];
            if tries {
                assert_eq!(server.try_read(&mut order).unwrap(), 9);
                assert_eq!(server.try_write(b"mocha").unwrap(), 5);
                assert!(would_block(server.try_read(&mut order)));
            } else {
                assert_eq!(at_once(server.read(&mut order)).unwrap(), 9);
                at_once(server.write_all(b"mocha")).unwrap();
            }
            client.read_exact(&mut order[..5]).unwrap();
            assert_eq!(&order[..5], b"mocha");
        }
        assert_eq!(runtime.metrics().turns(), turns);
        // And then it waits as any other.
        let (mut server, mut client) = pair();
        assert!(server.read(&mut [0; 8]).now_or_never().is_none());
        client.write_all(b"tea").unwrap();
        assert_eq!(receive(&mut server).await.unwrap(), b"tea");
    });
}

#[test]
fn a_connection_that_was_made_is_read_and_written_before_the_loop_has_come_round() {
    let runtime = paused();
    runtime.block_on(async {
        for tries in [false, true] {
            let (listener, address) = std_listener();
            let mut client = TcpStream::connect(address).await.unwrap();
            let turns = runtime.metrics().turns();
            let (mut server, _) = listener.accept().unwrap();
            server.write_all(b"welcome").unwrap();
            wait_for(&client, PollFlags::IN);
            let mut greeting = [0; 64];
            if tries {
                assert_eq!(client.try_read(&mut greeting).unwrap(), 7);
                assert_eq!(client.try_write(b"hello").unwrap(), 5);
            } else {
                assert_eq!(at_once(client.read(&mut greeting)).unwrap(), 7);
                at_once(client.write_all(b"hello")).unwrap();
            }
            assert_eq!(runtime.metrics().turns(), turns);
            server.read_exact(&mut greeting[..5]).unwrap();
        }
    });
}

#[test]
fn unix_sockets_are_used_before_the_loop_has_come_round() {
    let runtime = paused();
    runtime.block_on(async {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("bar");
        let turns = runtime.metrics().turns();
        let mut buffer = [0; 64];

        let (one, other) = UnixStream::pair().unwrap();
        assert!(would_block(one.try_read(&mut buffer)));
        assert_eq!(one.try_write(b"tea").unwrap(), 3);
        assert_eq!(other.try_read(&mut buffer).unwrap(), 3);

        let (mut one, mut other) = UnixStream::pair().unwrap();
        at_once(one.write_all(b"tea")).unwrap();
        assert_eq!(at_once(other.read(&mut buffer)).unwrap(), 3);
        assert!(other.peek(&mut buffer).now_or_never().is_none());

        let listener = UnixListener::bind(&path).unwrap();
        assert!(listener.accept().now_or_never().is_none());
        let mut one = at_once(UnixStream::connect(&path)).unwrap();
        at_once(one.write_all(b"tea")).unwrap();
        let listener = UnixListener::from_std(listener.into_std().unwrap()).unwrap();
        let (mut other, _) = at_once(listener.accept()).unwrap();
        assert_eq!(at_once(other.read(&mut buffer)).unwrap(), 3);
        assert_eq!(runtime.metrics().turns(), turns);
    });
}

#[test]
fn datagrams_are_sent_and_received_before_the_loop_has_come_round() {
    let runtime = paused();
    runtime.block_on(async {
        let turns = runtime.metrics().turns();
        let mut buffer = [0; 64];

        let udp = at_once(UdpSocket::bind(ANY_PORT)).unwrap();
        assert!(would_block(udp.try_recv_from(&mut buffer)));
        let udp = UdpSocket::from_std(udp.into_std().unwrap()).unwrap();
        let own = udp.local_addr().unwrap();
        assert_eq!(udp.try_send_to(b"tea", own).unwrap(), 3);
        wait_for(&udp, PollFlags::IN);
        assert_eq!(udp.try_recv_from(&mut buffer).unwrap(), (3, own));

        let udp = at_once(UdpSocket::bind(ANY_PORT)).unwrap();
        let own = udp.local_addr().unwrap();
        at_once(udp.connect(own)).unwrap();
        assert_eq!(at_once(udp.send(b"tea")).unwrap(), 3);
        wait_for(&udp, PollFlags::IN);
        assert_eq!(at_once(udp.peek(&mut buffer)).unwrap(), 3);
        assert_eq!(at_once(udp.recv(&mut buffer)).unwrap(), 3);

        let (one, other) = UnixDatagram::pair().unwrap();
        assert_eq!(one.try_send(b"tea").unwrap(), 3);
        assert_eq!(other.try_recv(&mut buffer).unwrap(), 3);
        let (one, other) = UnixDatagram::pair().unwrap();
        assert_eq!(at_once(one.send(b"tea")).unwrap(), 3);
        assert_eq!(at_once(other.recv(&mut buffer)).unwrap(), 3);
        assert_eq!(runtime.metrics().turns(), turns);
    });
}

#[test]
fn the_readiness_of_a_new_socket_is_told_before_the_loop_has_come_round_and_is_true() {
    let runtime = paused();
    runtime.block_on(async {
        let turns = runtime.metrics().turns();
        // Nothing to read, ...
        let (here, _there) = pair();
        assert_eq!(at_once(here.ready(BOTH)).unwrap(), Ready::WRITABLE);
        let (here, _there) = pair();
        assert!(here.readable().now_or_never().is_none());
        assert!(here.poll_read_ready(&mut noop()).is_pending());
        assert!(here.poll_write_ready(&mut noop()).is_ready());
        // ... something, ...
        let (here, mut there) = std_pair();
        there.write_all(b"!").unwrap();
        wait_for(&here, PollFlags::IN);
        let here = TcpStream::from_std(here).unwrap();
        let ready = at_once(here.ready(BOTH)).unwrap();
        assert_eq!(ready, Ready::READABLE | Ready::WRITABLE);
        assert_eq!(here.try_read(&mut [0; 8]).unwrap(), 1);
        // ... the end, ...
        let (here, there) = std_pair();
        there.shutdown(Shutdown::Write).unwrap();
        wait_for(&here, PEER_HAS_ENDED);
        let here = TcpStream::from_std(here).unwrap();
        let ready = at_once(here.ready(Interest::READABLE)).unwrap();
        assert!(ready.is_read_closed() && !ready.is_write_closed());
        // ... a datagram.
        let udp = at_once(UdpSocket::bind(ANY_PORT)).unwrap();
        assert!(udp.poll_recv_ready(&mut noop()).is_pending());
        assert!(udp.poll_send_ready(&mut noop()).is_ready());
        assert_eq!(runtime.metrics().turns(), turns);
    });
}

fn noop() -> std::task::Context<'static> {
    std::task::Context::from_waker(std::task::Waker::noop())
}

#[test]
fn the_loops_first_look_at_a_new_socket_makes_it_no_readier_than_it_is() {
    paused().block_on(async {
        let (here, mut there) = std_pair();
        there.write_all(b"one mocha").unwrap();
        wait_for(&here, PollFlags::IN);
        let mut here = TcpStream::from_std(here).unwrap();
        assert_eq!(at_once(here.read(&mut [0; 64])).unwrap(), 9);
        settle().await;
        assert!(here.readable().now_or_never().is_none());
        assert!(stays_pending(here.readable()).await);
        there.write_all(b"!").unwrap();
        assert_eq!(receive(&mut here).await.unwrap(), b"!");
    });
}

#[test]
fn a_program_that_operates_by_itself_is_called_only_when_the_kernel_says_that_it_can() {
    paused().block_on(async {
        // What it does to a descriptor that is not ready, nobody knows: it may not even
        // say "would block".
        let calls = Cell::new(0);
        let operate = || {
            calls.set(calls.get() + 1);
            Ok(())
        };
        let (tcp, mut tcp_peer) = pair();
        let (fd, mut fd_peer) = StdUnixStream::pair().unwrap();
        fd.set_nonblocking(true).unwrap();
        let fd = AsyncFd::new(fd).unwrap();
        let udp = UdpSocket::bind(ANY_PORT).await.unwrap();
        let interest = Interest::READABLE;
        assert!(would_block(tcp.try_io(interest, operate)));
        assert!(would_block(udp.try_io(interest, operate)));
        assert!(would_block(fd.try_io(interest, |_| operate())));
        assert!(tcp.async_io(interest, operate).now_or_never().is_none());
        assert!(udp.async_io(interest, operate).now_or_never().is_none());
        assert!(
            fd.async_io(interest, |_| operate())
                .now_or_never()
                .is_none()
        );
        assert_eq!(calls.get(), 0);
        tcp_peer.write_all(b"!").unwrap();
        fd_peer.write_all(b"!").unwrap();
        udp.send_to(b"!", udp.local_addr().unwrap()).await.unwrap();
        tcp.async_io(interest, operate).await.unwrap();
        udp.async_io(interest, operate).await.unwrap();
        fd.async_io(interest, |_| operate()).await.unwrap();
        assert_eq!(calls.get(), 3);

        // New ones that can.
        let (tcp, mut tcp_peer) = std_pair();
        tcp_peer.write_all(b"!").unwrap();
        wait_for(&tcp, PollFlags::IN);
        let tcp = TcpStream::from_std(tcp).unwrap();
        tcp.try_io(interest, operate).unwrap();
        at_once(tcp.async_io(interest, operate)).unwrap();
        assert_eq!(calls.get(), 5);
    });
}

#[test]
fn a_descriptor_that_the_program_operates_on_is_ready_when_the_loop_has_come_round() {
    // As in tokio, so that a guard's clear is not followed by what the loop's first look
    // would tell once more.
    paused().block_on(async {
        let (here, mut there) = StdUnixStream::pair().unwrap();
        here.set_nonblocking(true).unwrap();
        there.write_all(b"!").unwrap();
        let fd = AsyncFd::new(here).unwrap();
        let operate = |_: &StdUnixStream| Ok(());
        assert!(would_block(fd.try_io(BOTH, operate)));
        assert!(fd.readable().now_or_never().is_none());
        assert!(fd.poll_write_ready(&mut noop()).is_pending());
        let mut guard = fd.readable().await.unwrap();
        guard.clear_ready();
        let is_told_once = stays_pending(fd.readable()).await;
        assert_eq!(is_told_once, !system::BY_POLL);
    });
}

#[test]
fn a_connect_under_way_is_not_taken_for_a_connection() {
    paused().block_on(async {
        let keeper = TcpSocket::new_v4().unwrap();
        keeper.set_reuseport(true).unwrap();
        keeper.bind(ANY_PORT.into()).unwrap();
        let address = keeper.local_addr().unwrap();
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_reuseport(true).unwrap();
        socket.bind(address).unwrap();
        // One more than the length of the queue is let in.
        let listener = socket.listen(0).unwrap();
        let _inside = StdStream::connect(address).unwrap();
        assert!(TcpStream::connect(address).now_or_never().is_none());
        // One that the program has begun itself.
        let connecting = begun(address);
        let connecting = TcpStream::from_std(connecting).unwrap();
        assert!(would_block(connecting.try_write(b"!")));
        assert!(would_block(connecting.try_read(&mut [0; 8])));
        assert!(connecting.writable().now_or_never().is_none());
        let ready = connecting.ready(BOTH);
        assert!(ready.now_or_never().is_none());
        assert!(stays_pending(connecting.writable()).await);
        drop(listener);
    });
}

/// A connect that is under way.
fn begun(address: SocketAddr) -> StdStream {
    let socket = rustix::net::socket(AddressFamily::INET, SocketType::STREAM, None).unwrap();
    rustix::io::ioctl_fionbio(&socket, true).unwrap();
    let refused = rustix::net::connect(&socket, &address).unwrap_err();
    assert_eq!(refused, rustix::io::Errno::INPROGRESS);
    socket.into()
}

#[test]
fn a_short_first_read_does_not_hide_the_end_nor_what_is_behind_urgent_data() {
    paused().block_on(async {
        // Neither was told of, since the loop has not looked.
        let (here, mut there) = std_pair();
        there.write_all(b"last words").unwrap();
        drop(there);
        wait_for(&here, PEER_HAS_ENDED);
        let mut here = TcpStream::from_std(here).unwrap();
        assert_eq!(at_once(receive(&mut here)).unwrap(), b"last words");
        assert_eq!(receive(&mut here).await.unwrap(), b"");

        let (here, mut there) = std_pair();
        there.write_all(b"before").unwrap();
        rustix::net::send(&there, b"!", SendFlags::OOB).unwrap();
        there.write_all(b"behind").unwrap();
        wait_for(&here, PollFlags::PRI);
        let mut here = TcpStream::from_std(here).unwrap();
        let mut seen = at_once(receive(&mut here)).unwrap();
        while !seen.ends_with(b"behind") {
            seen.extend(receive(&mut here).await.unwrap());
        }
        assert_eq!(seen, b"beforebehind");
    });
}

#[test]
fn an_error_from_before_the_socket_was_taken_over_is_met_at_once() {
    paused().block_on(async {
        let (here, there) = std_pair();
        crate::reset(&there);
        drop(there);
        wait_for(&here, PollFlags::ERR);
        let mut here = TcpStream::from_std(here).unwrap();
        let error = at_once(receive(&mut here)).unwrap_err();
        assert_eq!(error, ErrorKind::ConnectionReset);
    });
}

#[test]
fn children_are_asked_and_talked_to_at_once() {
    let runtime = paused();
    runtime.block_on(async {
        let mut cat = Command::new("cat");
        cat.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut cat = cat.spawn().unwrap();
        let mut stdin = cat.stdin.take().unwrap();
        at_once(stdin.write_all(b"tea")).unwrap();
        let mut stdout = cat.stdout.take().unwrap();
        wait_for(&stdout, PollFlags::IN);
        assert_eq!(at_once(stdout.read(&mut [0; 8])).unwrap(), 3);
        assert!(cat.wait().now_or_never().is_none());
        drop(stdin);
        cat.wait().await.unwrap();

        let turns = runtime.metrics().turns();
        let mut ended = Command::new("true").spawn().unwrap();
        let pid = Pid::from_raw(ended.id().unwrap().cast_signed()).unwrap();
        waitid(
            WaitId::Pid(pid),
            WaitIdOptions::EXITED | WaitIdOptions::NOWAIT,
        )
        .unwrap();
        assert!(at_once(ended.wait()).unwrap().success());

        assert_eq!(runtime.metrics().turns(), turns);
    });
}

#[test]
fn a_thousand_connections_answered_at_once_take_no_turn_each() {
    let runtime = paused();
    runtime.block_on(async {
        let listener = TcpListener::bind(ANY_PORT).await.unwrap();
        let address = listener.local_addr().unwrap();
        let before = runtime.metrics().turns();
        for _ in 0..1_000 {
            let mut client = TcpStream::connect(address).await.unwrap();
            client.write_all(b"!").await.unwrap();
            let (mut server, _) = listener.accept().await.unwrap();
            wait_for(&server, PollFlags::IN);
            assert_eq!(receive(&mut server).await.unwrap(), b"!");
        }
        let turns = runtime.metrics().turns() - before;
        assert!(turns < 500, "{turns} turns for 1,000 connections");
    });
}
