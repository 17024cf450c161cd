//! Listeners: accepting, sharing a port, and what happens without descriptors.

use std::future::poll_fn;
use std::io::ErrorKind;
use std::net::{self, Ipv4Addr};
use std::os::fd::AsRawFd;
use std::task::{Context, Poll};

use buzzer::net::{TcpListener, TcpSocket, TcpStream};
use buzzer::time::{Duration, Instant};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::child::in_a_child;
use crate::counting::Count;
use crate::settle::settle;
use crate::{is_nonblocking, kind, run, stays_pending};

#[test]
fn connections_are_accepted_in_the_order_they_came() {
    run(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut clients = Vec::new();
        for _ in 0..10 {
            clients.push(TcpStream::connect(address).await.unwrap());
        }
        for client in &clients {
            let (stream, from) = listener.accept().await.unwrap();
            assert_eq!(from, client.local_addr().unwrap());
            assert_eq!(stream.peer_addr().unwrap(), from);
            assert!(is_nonblocking(&stream));
        }
        assert!(stays_pending(listener.accept()).await);
    });
}

#[test]
fn an_accept_that_was_dropped_leaves_the_connection_to_the_next() {
    run(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        assert!(stays_pending(listener.accept()).await);
        let client = TcpStream::connect(listener.local_addr().unwrap());
        let client = client.await.unwrap();
        let (_, from) = listener.accept().await.unwrap();
        assert_eq!(from, client.local_addr().unwrap());
    });
}

#[test]
fn accept_polled_by_hand_wakes_who_polled_last() {
    run(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (first, second) = (Count::waker(), Count::waker());
        for (_, waker) in [&first, &second] {
            let polled = listener.poll_accept(&mut Context::from_waker(waker));
            assert!(polled.is_pending());
        }
        let address = listener.local_addr().unwrap();
        let client = TcpStream::connect(address).await.unwrap();
        settle().await;
        assert_eq!((first.0.get(), second.0.get()), (0, 1));
        let (_, from) = poll_fn(|cx| listener.poll_accept(cx)).await.unwrap();
        assert_eq!(from, client.local_addr().unwrap());
    });
}

#[test]
fn listeners_that_say_so_share_one_port_and_others_are_refused_by_name() {
    run(async {
        let listen = |port, shared| {
            let socket = TcpSocket::new_v4()?;
            socket.set_reuseport(shared)?;
            assert_eq!(socket.reuseport()?, shared);
            socket.bind((Ipv4Addr::LOCALHOST, port).into())?;
            socket.listen(16)
        };
        let first = listen(0, true).unwrap();
        let address = first.local_addr().unwrap();
        let second = listen(address.port(), true).unwrap();
        let error = listen(address.port(), false).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AddrInUse);
        assert!(error.to_string().starts_with(&format!("bind {address}: ")));
        let error = TcpListener::bind(address).await.unwrap_err();
        assert!(error.to_string().starts_with(&format!("bind {address}: ")));

        // Each connection comes to one of the two.
        let mut clients = Vec::new();
        for _ in 0..20 {
            clients.push(TcpStream::connect(address).await.unwrap());
            buzzer::race!(async { first.accept().await.map(drop) }, async {
                second.accept().await.map(drop)
            })
            .await
            .unwrap();
        }
    });
}

#[test]
fn an_address_that_was_just_in_use_can_be_listened_at_again() {
    run(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let client = TcpStream::connect(address).await.unwrap();
        // The side that closes first keeps the address for a while (TIME_WAIT).
        drop(listener.accept().await.unwrap());
        drop(client);
        drop(listener);
        TcpListener::bind(address).await.unwrap();
    });
}

#[test]
fn a_blocking_listener_of_std_does_not_trap_the_loop_and_goes_back_deregistered() {
    run(async {
        let listener = net::TcpListener::bind("127.0.0.1:0").unwrap();
        assert!(!is_nonblocking(&listener));
        let listener = TcpListener::from_std(listener).unwrap();
        assert!(stays_pending(listener.accept()).await);
        listener.set_ttl(9).unwrap();
        assert_eq!(listener.ttl().unwrap(), 9);
        assert!(listener.take_error().unwrap().is_none());
        let number = listener.as_raw_fd();
        let listener = listener.into_std().unwrap();
        assert_eq!(listener.as_raw_fd(), number);
        assert_eq!(kind(listener.accept()), Some(ErrorKind::WouldBlock));
        drop(TcpListener::try_from(listener).unwrap());
    });
}

#[test]
fn a_socket_that_can_not_accept_is_an_error_that_names_the_address() {
    run(async {
        // Bound, but it does not listen.
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
        let address = socket.local_addr().unwrap();
        let socket = rustix::io::dup(&socket).unwrap();
        let listener = TcpListener::from_std(socket.into()).unwrap();
        let error = listener.accept().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        let text = error.to_string();
        assert!(
            text.starts_with(&format!("accept at {address}: ")),
            "{text}"
        );
    });
}

/// The number of descriptors that the process may have open.
fn limit_descriptors(current: u64) {
    let limit = getrlimit(Resource::Nofile);
    let current = Some(current);
    setrlimit(Resource::Nofile, Rlimit { current, ..limit }).unwrap();
}

#[test]
fn without_a_descriptor_an_accept_fails_the_next_pauses_and_no_connection_is_lost() {
    in_a_child(|| {
        run(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = listener.local_addr().unwrap();
            let client = TcpStream::connect(address).await.unwrap();
            limit_descriptors(3);
            let before = Instant::now();
            let error = listener.accept().await.unwrap_err();
            let text = error.to_string();
            assert!(
                text.starts_with(&format!("accept at {address}: ")),
                "{text}"
            );
            assert!(text.contains("Too many open files"), "{text}");
            assert_eq!(before.elapsed(), Duration::ZERO);
            // A loop that ignores the error does not spin.
            for tries in 1..=10 {
                listener.accept().await.unwrap_err();
                assert_eq!(before.elapsed(), Duration::from_millis(50) * tries);
            }
            // One that was dropped has not shortened the pause.
            drop_in_the_pause(&listener).await;
            limit_descriptors(100);
            let (_, from) = listener.accept().await.unwrap();
            assert_eq!(from, client.local_addr().unwrap());
            assert_eq!(before.elapsed(), Duration::from_millis(50) * 11);
            // And after it there is no pause.
            let _client = TcpStream::connect(address).await.unwrap();
            listener.accept().await.unwrap();
            assert_eq!(before.elapsed(), Duration::from_millis(50) * 11);
        });
    });
}

/// Polls an accept once, and drops it while it waits.
async fn drop_in_the_pause(listener: &TcpListener) {
    let mut accept = Box::pin(listener.accept());
    let polled = poll_fn(|cx| Poll::Ready(accept.as_mut().poll(cx).is_pending()));
    assert!(polled.await);
}

#[test]
fn who_polls_accept_by_hand_pauses_too_and_is_woken_after_it() {
    in_a_child(|| {
        run(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let client = TcpStream::connect(listener.local_addr().unwrap());
            let client = client.await.unwrap();
            limit_descriptors(3);
            poll_fn(|cx| listener.poll_accept(cx)).await.unwrap_err();
            let (count, waker) = Count::waker();
            let mut cx = Context::from_waker(&waker);
            assert!(listener.poll_accept(&mut cx).is_pending());
            // Others, who await, disturb it as little as it does them.
            let before = Instant::now();
            listener.accept().await.unwrap_err();
            assert_eq!(before.elapsed(), Duration::from_millis(50));
            settle().await;
            assert_eq!(count.get(), 1);
            assert!(listener.poll_accept(&mut cx).is_pending());
            limit_descriptors(100);
            let (_, from) = poll_fn(|cx| listener.poll_accept(cx)).await.unwrap();
            assert_eq!(from, client.local_addr().unwrap());
        });
    });
}
