//! UDP: datagrams whole, empty and cut; waiting; options; groups.

use std::future::poll_fn;
use std::io::ErrorKind;
use std::net::{self, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::rc::Rc;
use std::task::Context;

use buzzer::io::{Interest, ReadBuf};
use buzzer::net::UdpSocket;
use rustix::net::RecvFlags;

use crate::counting::Count;
use crate::settle::settle;
use crate::{is_nonblocking, kind, run, stays_pending};

async fn bound() -> (UdpSocket, SocketAddr) {
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let address = socket.local_addr().unwrap();
    (socket, address)
}

/// Two sockets that are connected to each other.
async fn connected() -> (UdpSocket, UdpSocket) {
    let ((one, first), (other, second)) = (bound().await, bound().await);
    one.connect(second).await.unwrap();
    other.connect(first).await.unwrap();
    (one, other)
}

#[test]
fn datagrams_arrive_whole_with_their_sender_s_address() {
    run(async {
        let ((here, from), (there, address)) = (bound().await, bound().await);
        assert_eq!(here.send_to(b"mocha", address).await.unwrap(), 5);
        assert_eq!(here.send_to(b"latte!", address).await.unwrap(), 6);
        let mut buffer = [0; 64];
        assert_eq!(there.recv_from(&mut buffer).await.unwrap(), (5, from));
        assert_eq!(&buffer[..5], b"mocha");
        assert_eq!(there.recv(&mut buffer).await.unwrap(), 6);
        assert_eq!(&buffer[..6], b"latte!");
        assert!(stays_pending(there.recv(&mut buffer)).await);
    });
}

#[test]
fn an_empty_datagram_is_one_and_not_the_end() {
    run(async {
        let (here, there) = connected().await;
        assert_eq!(here.send(b"").await.unwrap(), 0);
        assert_eq!(here.send(b"mocha").await.unwrap(), 5);
        let mut buffer = [0; 64];
        assert_eq!(there.recv(&mut buffer).await.unwrap(), 0);
        assert_eq!(there.recv(&mut buffer).await.unwrap(), 5);
    });
}

#[test]
fn what_of_a_datagram_does_not_fit_is_lost_and_the_next_is_whole() {
    run(async {
        let (here, there) = connected().await;
        here.send(b"a long order").await.unwrap();
        here.send(b"mocha").await.unwrap();
        here.send(b"latte").await.unwrap();
        let mut buffer = [0; 6];
        assert_eq!(there.recv(&mut buffer).await.unwrap(), 6);
        assert_eq!(&buffer, b"a long");
        // A buffer without room takes one too, and loses all of it.
        assert_eq!(there.recv(&mut []).await.unwrap(), 0);
        assert_eq!(there.recv(&mut buffer).await.unwrap(), 5);
        assert_eq!(&buffer[..5], b"latte");
    });
}

#[test]
fn a_connected_socket_hears_nobody_else_and_can_be_connected_anew() {
    run(async {
        let (here, there) = connected().await;
        let (stranger, _) = bound().await;
        let address = there.local_addr().unwrap();
        assert_eq!(there.peer_addr().unwrap(), here.local_addr().unwrap());
        assert_eq!(kind(stranger.peer_addr()), Some(ErrorKind::NotConnected));
        assert!(stranger.send(b"!").await.is_err());
        stranger.send_to(b"psst", address).await.unwrap();
        assert!(stays_pending(there.recv(&mut [0; 8])).await);
        there.connect(stranger.local_addr().unwrap()).await.unwrap();
        stranger.send_to(b"hello", address).await.unwrap();
        assert_eq!(there.recv(&mut [0; 8]).await.unwrap(), 5);
    });
}

#[test]
fn a_datagram_that_nobody_takes_is_told_by_the_next_operation() {
    run(async {
        let ((here, _), (there, address)) = (bound().await, bound().await);
        here.connect(address).await.unwrap();
        drop(there);
        here.send(b"mocha").await.unwrap();
        assert_eq!(
            kind(here.recv(&mut [0; 8]).await),
            Some(ErrorKind::ConnectionRefused)
        );
    });
}

#[test]
fn sending_to_where_it_can_not_go_names_the_address() {
    run(async {
        let ((here, _), (_there, address)) = (bound().await, bound().await);
        let error = here.send_to(&[0; 70_000], address).await.unwrap_err();
        let said = error.to_string();
        assert!(said.starts_with(&format!("send to {address}: ")), "{said}");
        let none: &[SocketAddr] = &[];
        let error = here.send_to(b"!", none).await.unwrap_err();
        assert_eq!(error.to_string(), "send to: there is no address to try");
        let error = here.connect("[::1]:80").await.unwrap_err();
        assert!(
            error.to_string().starts_with("connect to [::1]:80: "),
            "{error}"
        );
        let error = UdpSocket::bind(address).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AddrInUse);
        assert!(error.to_string().starts_with(&format!("bind {address}: ")));
    });
}

#[test]
fn peeking_leaves_the_datagram_whole_for_the_next_receive() {
    run(async {
        let ((here, from), (there, address)) = (bound().await, bound().await);
        assert_eq!(kind(there.try_peek(&mut [0])), Some(ErrorKind::WouldBlock));
        here.send_to(b"mocha", address).await.unwrap();
        let mut start = [0; 3];
        assert_eq!(there.peek(&mut start).await.unwrap(), 3);
        assert_eq!(there.peek_from(&mut start).await.unwrap(), (3, from));
        assert_eq!(there.try_peek(&mut start).unwrap(), 3);
        assert_eq!(there.try_peek_from(&mut start).unwrap(), (3, from));
        assert_eq!(there.peek_sender().await.unwrap(), from);
        assert_eq!(there.try_peek_sender().unwrap(), from);
        assert_eq!(&start, b"moc");
        let mut bytes = [0; 8];
        let mut buffer = ReadBuf::new(&mut bytes);
        poll_fn(|cx| there.poll_peek(cx, &mut buffer))
            .await
            .unwrap();
        assert_eq!(buffer.filled(), b"mocha");
        buffer.clear();
        let peeked = poll_fn(|cx| there.poll_peek_from(cx, &mut buffer)).await;
        assert_eq!((peeked.unwrap(), buffer.filled()), (from, &b"mocha"[..]));
        let sender = poll_fn(|cx| there.poll_peek_sender(cx)).await;
        assert_eq!(sender.unwrap(), from);
        assert_eq!(there.recv(&mut [0; 8]).await.unwrap(), 5);
    });
}

#[test]
fn what_is_polled_or_tried_by_hand_does_as_the_methods() {
    run(async {
        let (here, there) = connected().await;
        let address = there.local_addr().unwrap();
        assert_eq!(kind(there.try_recv(&mut [0])), Some(ErrorKind::WouldBlock));
        assert_eq!(
            kind(there.try_recv_from(&mut [0])),
            Some(ErrorKind::WouldBlock)
        );
        let (count, waker) = Count::waker();
        let mut cx = Context::from_waker(&waker);
        assert!(there.poll_recv_ready(&mut cx).is_pending());
        here.writable().await.unwrap();
        assert!(here.poll_send_ready(&mut cx).is_ready());
        assert_eq!(here.try_send(b"one").unwrap(), 3);
        assert_eq!(poll_fn(|cx| here.poll_send(cx, b"two")).await.unwrap(), 3);
        drop(here);
        settle().await;
        assert_eq!(count.get(), 1);
        assert!(there.poll_recv_ready(&mut cx).is_ready());
        let mut bytes = [0; 8];
        let mut buffer = ReadBuf::new(&mut bytes);
        assert_eq!(there.try_recv(&mut [0; 8]).unwrap(), 3);
        poll_fn(|cx| there.poll_recv(cx, &mut buffer))
            .await
            .unwrap();
        assert_eq!(buffer.filled(), b"two");

        let (again, _) = bound().await;
        again.writable().await.unwrap();
        there.connect(again.local_addr().unwrap()).await.unwrap();
        assert_eq!(again.try_send_to(b"three", address).unwrap(), 5);
        let sent = poll_fn(|cx| again.poll_send_to(cx, b"four", address)).await;
        assert_eq!(sent.unwrap(), 4);
        assert_eq!(there.recv(&mut [0; 8]).await.unwrap(), 5);
        let received = poll_fn(|cx| there.poll_recv_from(cx, &mut buffer)).await;
        assert_eq!(received.unwrap(), again.local_addr().unwrap());
        assert_eq!(buffer.filled(), b"twofour");
    });
}

#[test]
fn several_tasks_share_one_socket_without_splitting_it() {
    run(async {
        let (socket, address) = bound().await;
        let socket = Rc::new(socket);
        let receiving: Vec<_> = (0..10)
            .map(|_| {
                let socket = socket.clone();
                buzzer::spawn(async move { socket.recv(&mut [0; 8]).await.unwrap() })
            })
            .collect();
        settle().await;
        for length in 1..=8 {
            socket.send_to(&[0; 8][..length], address).await.unwrap();
        }
        socket.send_to(b"", address).await.unwrap();
        socket.send_to(b"", address).await.unwrap();
        let mut lengths = Vec::new();
        for task in receiving {
            lengths.push(task.await.unwrap());
        }
        lengths.sort_unstable();
        assert_eq!(lengths, [0, 0, 1, 2, 3, 4, 5, 6, 7, 8]);
    });
}

#[test]
fn an_operation_of_the_program_s_own_waits_like_one_of_ours() {
    run(async {
        let (here, there) = connected().await;
        let receive = || {
            let mut buffer = [0; 8];
            let received = rustix::net::recv(&there, &mut buffer[..], RecvFlags::empty())?;
            Ok::<_, std::io::Error>(received.0)
        };
        let tried = there.try_io(Interest::READABLE, receive);
        assert_eq!(kind(tried), Some(ErrorKind::WouldBlock));
        let own = there.async_io(Interest::READABLE, receive);
        let (own, sent) = buzzer::gather!(own, here.send(b"mocha")).await;
        assert_eq!((own.unwrap(), sent.unwrap()), (5, 5));
        assert!(there.ready(Interest::WRITABLE).await.unwrap().is_writable());
    });
}

#[test]
fn options_are_kept_by_the_socket() {
    run(async {
        let (socket, _) = bound().await;
        assert!(!socket.broadcast().unwrap());
        socket.set_broadcast(true).unwrap();
        assert!(socket.broadcast().unwrap());
        socket.set_ttl(7).unwrap();
        assert_eq!(socket.ttl().unwrap(), 7);
        assert!(socket.multicast_loop_v4().unwrap());
        socket.set_multicast_loop_v4(false).unwrap();
        assert!(!socket.multicast_loop_v4().unwrap());
        assert_eq!(socket.multicast_ttl_v4().unwrap(), 1);
        socket.set_multicast_ttl_v4(3).unwrap();
        assert_eq!(socket.multicast_ttl_v4().unwrap(), 3);
        assert!(socket.take_error().unwrap().is_none());
    });
}

#[test]
fn a_group_is_joined_heard_and_left() {
    run(async {
        let group = Ipv4Addr::new(239, 1, 2, 3);
        let interface = Ipv4Addr::LOCALHOST;
        let member = UdpSocket::bind("0.0.0.0:0").await.unwrap();
        let port = member.local_addr().unwrap().port();
        member.join_multicast_v4(group, interface).unwrap();
        assert_eq!(
            kind(member.join_multicast_v4(group, interface)),
            Some(ErrorKind::AddrInUse)
        );
        // The socket's own address says which interface it sends from.
        let sender = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        sender.send_to(b"mocha", (group, port)).await.unwrap();
        let (length, from) = member.recv_from(&mut [0; 8]).await.unwrap();
        assert_eq!((length, from), (5, sender.local_addr().unwrap()));
        member.leave_multicast_v4(group, interface).unwrap();
        assert!(member.leave_multicast_v4(group, interface).is_err());
        let not_a_group = Ipv4Addr::new(10, 0, 0, 1);
        assert_eq!(
            kind(member.join_multicast_v4(not_a_group, interface)),
            Some(ErrorKind::InvalidInput)
        );
    });
}

#[test]
fn groups_of_ipv6_are_those_of_its_sockets() {
    run(async {
        let socket = UdpSocket::bind((Ipv6Addr::LOCALHOST, 0)).await.unwrap();
        socket.set_multicast_loop_v6(false).unwrap();
        assert!(!socket.multicast_loop_v6().unwrap());
        let not_a_group = Ipv6Addr::LOCALHOST;
        assert_eq!(
            kind(socket.join_multicast_v6(&not_a_group, 0)),
            Some(ErrorKind::InvalidInput)
        );
        assert!(socket.leave_multicast_v6(&not_a_group, 0).is_err());
    });
}

#[test]
fn a_blocking_socket_of_std_does_not_trap_the_loop_and_goes_back_deregistered() {
    run(async {
        let socket = net::UdpSocket::bind("127.0.0.1:0").unwrap();
        let address = socket.local_addr().unwrap();
        let socket = UdpSocket::from_std(socket).unwrap();
        assert!(stays_pending(socket.recv(&mut [0; 8])).await);
        let socket = socket.into_std().unwrap();
        assert!(is_nonblocking(&socket));
        socket.send_to(b"mocha", address).unwrap();
        let socket = UdpSocket::try_from(socket).unwrap();
        assert_eq!(socket.recv(&mut [0; 8]).await.unwrap(), 5);
    });
}
