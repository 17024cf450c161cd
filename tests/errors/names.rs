//! Names that are none, datagrams that are too long, options that can't be.

use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr, ToSocketAddrs};

use buzzer::net::{TcpListener, TcpStream, UdpSocket, UnixDatagram, lookup_host};
use libc::{EADDRNOTAVAIL, EDESTADDRREQ, EINVAL, EMSGSIZE, ENOTCONN};

use crate::sockets::{HERE, run};
use crate::{finds, os, says, std};

#[test]
fn datagrams_that_are_too_long_or_for_nobody() {
    run(async {
        let (here, there) = (UdpSocket::bind(HERE).await, UdpSocket::bind(HERE).await);
        let (here, there) = (here.unwrap(), there.unwrap());
        let a = there.local_addr().unwrap();
        let long = vec![0; 70_000];
        let text = format!("send to {a}");
        says("sent", here.send_to(&long, a).await, &text, os(EMSGSIZE));
        says(
            "tried to send",
            here.try_send_to(&long, a),
            &text,
            os(EMSGSIZE),
        );
        let polled = std::future::poll_fn(|cx| here.poll_send_to(cx, &long, a)).await;
        says("sent by hand", polled, &text, os(EMSGSIZE));
        let peer = here.peer_addr();
        says("asked", peer, "peer address of a UdpSocket", os(ENOTCONN));
        // To whom it is connected it knows itself: the system's error stands alone.
        let alone = |number| os(number).to_string();
        let sent = here.send(b"x").await;
        let (kind, number) = (os(EDESTADDRREQ).kind(), Some(EDESTADDRREQ));
        crate::tells("sent to none", sent, alone(EDESTADDRREQ), kind, number);
        let unconnected = UnixDatagram::unbound().unwrap();
        let sent = unconnected.send(b"x").await;
        let (kind, number) = (os(ENOTCONN).kind(), Some(ENOTCONN));
        crate::tells("sent to none", sent, alone(ENOTCONN), kind, number);
    });
}

#[test]
fn names_that_are_none() {
    run(async {
        let none: &[SocketAddr] = &[];
        let text = |what| format!("{what}: there is no address to try");
        let invalid = ErrorKind::InvalidInput;
        finds(
            "bound",
            TcpListener::bind(none).await,
            text("bind"),
            invalid,
        );
        finds("bound", UdpSocket::bind(none).await, text("bind"), invalid);
        finds(
            "connected",
            TcpStream::connect(none).await,
            text("connect to"),
            invalid,
        );
        let udp = UdpSocket::bind(HERE).await.unwrap();
        finds(
            "connected",
            udp.connect(none).await,
            text("connect to"),
            invalid,
        );
        finds(
            "sent",
            udp.send_to(b"x", none).await,
            text("send to"),
            invalid,
        );
        let connected = TcpStream::connect("localhost").await;
        let text = r#""localhost" is no socket address: it must be host:port"#;
        finds("forgot the port", connected, text, invalid);
        let name = ("not a host", 1);
        let because = || std(name.to_socket_addrs());
        let looked_up = lookup_host(name).await.map(drop);
        says("looked up", looked_up, "look up not a host", because());
        says(
            "connected",
            TcpStream::connect(name).await,
            "look up not a host",
            because(),
        );
        says(
            "bound",
            TcpListener::bind(name).await,
            "look up not a host",
            because(),
        );
    });
}

#[test]
fn options_and_groups_that_the_system_refuses() {
    run(async {
        let listener = TcpListener::bind(HERE).await.unwrap();
        let stream = TcpStream::connect(listener.local_addr().unwrap())
            .await
            .unwrap();
        let udp = UdpSocket::bind(HERE).await.unwrap();
        let invalid = || os(EINVAL);
        says(
            "set",
            listener.set_ttl(256),
            "set IP_TTL of a TcpListener",
            invalid(),
        );
        says(
            "set",
            stream.set_ttl(256),
            "set IP_TTL of a TcpStream",
            invalid(),
        );
        says(
            "set",
            udp.set_ttl(256),
            "set IP_TTL of a UdpSocket",
            invalid(),
        );
        let (no_group, any) = (Ipv4Addr::LOCALHOST, Ipv4Addr::UNSPECIFIED);
        let joined = udp.join_multicast_v4(no_group, any);
        says("joined", joined, "join the group 127.0.0.1", invalid());
        let left = udp.leave_multicast_v4(Ipv4Addr::new(224, 0, 0, 9), any);
        says("left", left, "leave the group 224.0.0.9", os(EADDRNOTAVAIL));
    });
}
