//! Thousands of connections, one after the other, leave nothing behind.

use std::io::{Read, Write};
use std::net::TcpStream as StdStream;
use std::time::Duration;

use buzzer::io::AsyncWriteExt;
use buzzer::net::{TcpListener, TcpStream, UdpSocket, UnixStream};
use buzzer::runtime::Runtime;
use buzzer::spawn;
use buzzer::task::yield_now;
use buzzer::time::{sleep, timeout};
use futures::FutureExt;
use rustix::event::PollFlags;

use crate::caught::panic_of;
use crate::child::in_a_child;
use crate::own::memory;
use crate::paused::paused;
use crate::settle::settle;
use crate::slots::highest_slot;
use crate::{ANY_PORT, descriptors, pair, receive, reset, wait_for};

/// A client that is served and leaves; every third with a reset.
async fn visit(listener: &TcpListener, number: usize) {
    let connect = TcpStream::connect(listener.local_addr().unwrap());
    let (client, accepted) = buzzer::gather!(connect, listener.accept()).await;
    let (mut client, (accepted, _)) = (client.unwrap(), accepted.unwrap());
    let server = spawn(async move {
        let (mut reads, mut writes) = accepted.into_split();
        while let Ok(order) = receive(&mut reads).await {
            if order.is_empty() || writes.write_all(&order).await.is_err() {
                break;
            }
        }
    });
    client.write_all(b"coffee").await.unwrap();
    assert_eq!(receive(&mut client).await.unwrap(), b"coffee");
    match number % 3 {
        0 => reset(client),
        1 => drop(client),
        _ => drop(client.into_split()),
    }
    server.await.unwrap();
}

#[test]
fn thousands_of_connections_leak_neither_descriptors_nor_places_nor_tasks() {
    in_a_child(|| {
        let runtime = Runtime::new().unwrap();
        runtime.block_on(async {
            let listener = TcpListener::bind(ANY_PORT).await.unwrap();
            for number in 0..500 {
                visit(&listener, number).await;
            }
            let before = (descriptors(), highest_slot().await);
            let resident = memory();
            for number in 0..4_000 {
                visit(&listener, number).await;
            }
            assert_eq!((descriptors(), highest_slot().await), before);
            assert_eq!(runtime.metrics().num_alive_tasks(), 0);
            // A source that were left behind each time would be 4,000 of 200 bytes.
            let grown = memory().saturating_sub(resident);
            assert!(grown < 400, "{grown} KiB more after 4,000 connections");
        });
    });
}

#[test]
fn accepts_that_are_given_up_leave_no_descriptors_behind() {
    in_a_child(|| {
        paused().block_on(async {
            let listener = TcpListener::bind(ANY_PORT).await.unwrap();
            let address = listener.local_addr().unwrap();
            let before = descriptors();
            for _ in 0..500 {
                let mut accept = Box::pin(listener.accept());
                assert!(futures::poll!(accept.as_mut()).is_pending());
                let mut client = StdStream::connect(address).unwrap();
                wait_for(&listener, PollFlags::IN);
                settle().await;
                // Woken, and dropped before it has taken the connection.
                drop(accept);
                assert_eq!(descriptors(), before + 1);
                drop(listener.accept().await.unwrap());
                assert_eq!(client.read(&mut [0]).unwrap(), 0);
            }
            assert_eq!(descriptors(), before);
        });
    });
}

#[test]
fn sockets_left_to_a_runtime_are_closed_with_it() {
    in_a_child(|| {
        let before = descriptors();
        for _ in 0..20 {
            let runtime = Runtime::new().unwrap();
            runtime.block_on(async {
                let listener = TcpListener::bind(ANY_PORT).await.unwrap();
                let client = TcpStream::connect(listener.local_addr().unwrap()).await;
                let (mut client, (mut accepted, _)) =
                    (client.unwrap(), listener.accept().await.unwrap());
                let (mut unix, other) = UnixStream::pair().unwrap();
                let udp = UdpSocket::bind(ANY_PORT).await.unwrap();
                spawn(async move { receive(&mut client).await });
                spawn(async move { receive(&mut accepted).await });
                spawn(async move { listener.accept().await.map(drop) });
                spawn(async move { udp.recv(&mut [0; 8]).await });
                spawn(async move {
                    let read = receive(&mut unix).await;
                    drop(other);
                    read
                });
                yield_now().await;
            });
            drop(runtime);
            assert_eq!(descriptors(), before);
        }
    });
}

#[test]
fn sockets_outlive_their_runtime_without_harm() {
    in_a_child(|| {
        let before = descriptors();
        let runtime = Runtime::new().unwrap();
        let (listener, stream, halves) = runtime.block_on(async {
            let listener = TcpListener::bind(ANY_PORT).await.unwrap();
            let (stream, there) = UnixStream::pair().unwrap();
            (listener, stream, there.into_split())
        });
        drop(runtime);
        let _client = StdStream::connect(listener.local_addr().unwrap()).unwrap();
        drop((listener, halves));
        let mut stream = stream.into_std().unwrap();
        assert_eq!(stream.read(&mut [0]).unwrap(), 0);
        drop((stream, _client));
        assert_eq!(descriptors(), before);
    });
}

/// Fails where a lost wake would make the test wait for ever.
async fn in_time<T>(waits: impl Future<Output = T>) -> T {
    let waited = timeout(Duration::from_secs(10), waits).await;
    waited.expect("it was not woken")
}

#[test]
fn a_socket_of_a_runtime_that_is_gone_harms_none_in_the_runtime_that_has_its_number() {
    in_a_child(|| {
        let gone = Runtime::new().unwrap();
        let number = format!("{:?}", gone.handle());
        let (stale, _peer) = gone.block_on(async { pair() });
        let mut stale_sleep = sleep(Duration::from_secs(3_600));
        gone.block_on(async { assert!((&mut stale_sleep).now_or_never().is_none()) });
        drop(gone);
        // Numbers go round.
        let runtime = std::iter::repeat_with(|| Runtime::new().unwrap())
            .find(|runtime| format!("{:?}", runtime.handle()) == number)
            .unwrap();
        runtime.block_on(async {
            let (mut here, mut there) = pair();
            let slept = spawn(sleep(Duration::from_millis(1)));
            let received = spawn(async move { receive(&mut here).await });
            yield_now().await;
            let used = panic_of(|| stale.readable().now_or_never());
            assert!(used.contains("another runtime than the one that it was made in"));
            drop((stale, stale_sleep));
            there.write_all(b"coffee").unwrap();
            assert_eq!(in_time(received).await.unwrap().unwrap(), b"coffee");
            in_time(slept).await.unwrap();
        });
    });
}
