//! Sockets: the operation, the address, and the system's reason.

use std::io::{self, ErrorKind};
use std::net::{self, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::fd::OwnedFd;
#[cfg(target_os = "linux")]
use std::os::linux::net::SocketAddrExt;
#[cfg(target_os = "linux")]
use std::os::unix::net::SocketAddr as UnixAddress;

use buzzer::io::{AsyncReadExt, AsyncWriteExt};
use buzzer::net::{
    TcpListener, TcpSocket, TcpStream, UdpSocket, UnixDatagram, UnixListener, UnixStream,
};
use libc::{
    EADDRINUSE, EADDRNOTAVAIL, EAFNOSUPPORT, EAGAIN, ECONNREFUSED, ECONNRESET, EINVAL, EMFILE,
    ENOENT, ENOTCONN, EPIPE,
};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::child::in_a_child;
use crate::{finds, os, says, shown};

pub fn run(body: impl Future<Output = ()>) {
    buzzer::block_on(body);
}

pub const HERE: (Ipv4Addr, u16) = (Ipv4Addr::LOCALHOST, 0);

#[test]
fn an_address_that_is_taken_or_nobodys() {
    run(async {
        let taken = TcpListener::bind(HERE).await.unwrap();
        let a = taken.local_addr().unwrap();
        let bind = format!("bind {a}");
        says(
            "listened",
            TcpListener::bind(a).await,
            &bind,
            os(EADDRINUSE),
        );
        let socket = TcpSocket::new_v4().unwrap();
        says("bound", socket.bind(a), &bind, os(EADDRINUSE));
        let taken = UdpSocket::bind(HERE).await.unwrap();
        let a = taken.local_addr().unwrap();
        says(
            "bound",
            UdpSocket::bind(a).await,
            format!("bind {a}"),
            os(EADDRINUSE),
        );
        // One of those for documentation.
        let nobodys = SocketAddr::from(([192, 0, 2, 1], 0));
        let bind = format!("bind {nobodys}");
        let not_here = || os(EADDRNOTAVAIL);
        says(
            "listened",
            TcpListener::bind(nobodys).await,
            &bind,
            not_here(),
        );
        says("bound", UdpSocket::bind(nobodys).await, &bind, not_here());
        says(
            "bound",
            TcpSocket::new_v4().unwrap().bind(nobodys),
            &bind,
            not_here(),
        );
        // Both may be bound to it, but only one may listen.
        let reused = || {
            let socket = TcpSocket::new_v4().unwrap();
            socket.set_reuseaddr(true).unwrap();
            socket
        };
        let (first, second) = (reused(), reused());
        first.bind(HERE.into()).unwrap();
        let a = first.local_addr().unwrap();
        second.bind(a).unwrap();
        let _listens = first.listen(1).unwrap();
        says(
            "listened",
            second.listen(1),
            format!("listen at {a}"),
            os(EADDRINUSE),
        );
    });
}

#[test]
fn a_path_that_is_taken_missing_or_too_long() {
    run(async {
        let folder = tempfile::tempdir().unwrap();
        let path = &folder.path().join("counter");
        let _taken = UnixListener::bind(path).unwrap();
        let p = shown(path);
        says(
            "listened",
            UnixListener::bind(path),
            format!("bind {p}"),
            os(EADDRINUSE),
        );
        says(
            "bound",
            UnixDatagram::bind(path),
            format!("bind {p}"),
            os(EADDRINUSE),
        );
        let missing = folder.path().join("no");
        let within = &missing.join("counter");
        let text = format!("bind {}: {} is missing", shown(within), shown(&missing));
        says("listened", UnixListener::bind(within), &text, os(ENOENT));
        says("bound", UnixDatagram::bind(within), &text, os(ENOENT));
        let long = "x".repeat(200);
        let room = if cfg!(target_os = "linux") { 107 } else { 103 };
        let text = format!("it has 200 bytes, and an address has room for {room}");
        let too_long = || io::Error::new(ErrorKind::InvalidInput, &*text);
        says(
            "listened",
            UnixListener::bind(&long),
            format!("bind {long}"),
            too_long(),
        );
        says(
            "bound",
            UnixDatagram::bind(&long),
            format!("bind {long}"),
            too_long(),
        );
        let connected = UnixStream::connect(&long).await;
        says(
            "connected",
            connected,
            format!("connect to {long}"),
            too_long(),
        );
        let socket = UnixDatagram::unbound().unwrap();
        says(
            "connected",
            socket.connect(&long),
            format!("connect to {long}"),
            too_long(),
        );
        let sent = socket.send_to(b"x", &long).await;
        says("sent", sent, format!("send to {long}"), too_long());
    });
}

#[test]
#[cfg(target_os = "linux")]
fn an_abstract_name_has_an_at_sign_for_its_zero_byte() {
    run(async {
        let name = format!("buzzer-errors-{}", std::process::id());
        let address = UnixAddress::from_abstract_name(&name).unwrap();
        let by_path = format!("\0{name}");
        let _taken = UnixListener::bind(&by_path).unwrap();
        let bind = format!("bind @{name}");
        says(
            "listened",
            UnixListener::bind(&by_path),
            &bind,
            os(EADDRINUSE),
        );
        says(
            "listened",
            UnixListener::bind_addr(&address),
            &bind,
            os(EADDRINUSE),
        );
        let other = format!("\0{name}-other");
        let connect = format!("connect to @{name}-other");
        says(
            "connected",
            UnixStream::connect(&other).await,
            &connect,
            os(ECONNREFUSED),
        );
        let address = UnixAddress::from_abstract_name(&other[1..]).unwrap();
        let connected = UnixStream::connect_addr(&address).await;
        says("connected", connected, &connect, os(ECONNREFUSED));
    });
}

#[test]
fn nobody_at_the_other_end() {
    run(async {
        let refuses = TcpSocket::new_v4().unwrap();
        refuses.bind(HERE.into()).unwrap();
        let a = refuses.local_addr().unwrap();
        let connect = format!("connect to {a}");
        says(
            "connected",
            TcpStream::connect(a).await,
            &connect,
            os(ECONNREFUSED),
        );
        let connected = TcpSocket::new_v4().unwrap().connect(a).await;
        says("connected", connected, &connect, os(ECONNREFUSED));
        let udp = UdpSocket::bind(HERE).await.unwrap();
        let other = SocketAddr::from((Ipv6Addr::LOCALHOST, 9));
        let connected = udp.connect(other).await;
        says(
            "connected",
            connected,
            format!("connect to {other}"),
            os(EAFNOSUPPORT),
        );

        let folder = tempfile::tempdir().unwrap();
        let (missing, left) = (&folder.path().join("missing"), &folder.path().join("left"));
        drop(UnixListener::bind(left).unwrap());
        let (m, l) = (shown(missing), shown(left));
        let connected = UnixStream::connect(missing).await;
        says(
            "connected",
            connected,
            format!("connect to {m}"),
            os(ENOENT),
        );
        let connected = UnixStream::connect(left).await;
        says(
            "connected",
            connected,
            format!("connect to {l}"),
            os(ECONNREFUSED),
        );
        let socket = UnixDatagram::unbound().unwrap();
        says(
            "connected",
            socket.connect(missing),
            format!("connect to {m}"),
            os(ENOENT),
        );
        let sent = socket.send_to(b"x", missing).await;
        says("sent", sent, format!("send to {m}"), os(ENOENT));
        socket.writable().await.unwrap();
        let sent = socket.try_send_to(b"x", missing);
        says("tried to send", sent, format!("send to {m}"), os(ENOENT));
    });
}

#[test]
fn a_connection_that_is_reset_or_shut_gives_the_systems_error_alone() {
    run(async {
        let listener = TcpListener::bind(HERE).await.unwrap();
        let mut here = TcpStream::connect(listener.local_addr().unwrap())
            .await
            .unwrap();
        let (there, _) = listener.accept().await.unwrap();
        there.set_zero_linger().unwrap();
        drop(there);
        let reset = os(ECONNRESET);
        let read = here.read(&mut [0]).await;
        crate::tells("read", read, &reset, reset.kind(), Some(ECONNRESET));
        let broken = os(EPIPE);
        let written = here.write_all(b"x").await;
        crate::tells("wrote", written, &broken, broken.kind(), Some(EPIPE));
        says(
            "asked",
            here.peer_addr(),
            "peer address of a TcpStream",
            os(ENOTCONN),
        );
        let (one, _other) = UnixStream::pair().unwrap();
        // A new one is tried; then it is known that there is nothing.
        let block = os(EAGAIN);
        crate::tells(
            "tried",
            one.try_read(&mut [0]),
            &block,
            block.kind(),
            Some(EAGAIN),
        );
        let block = io::Error::from(ErrorKind::WouldBlock).to_string();
        finds(
            "tried again",
            one.try_read(&mut [0]),
            block,
            ErrorKind::WouldBlock,
        );
    });
}

#[test]
fn an_accept_where_nobody_listens() {
    run(async {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(HERE.into()).unwrap();
        let a = socket.local_addr().unwrap();
        let socket: OwnedFd = std::os::fd::AsFd::as_fd(&socket)
            .try_clone_to_owned()
            .unwrap();
        let listener = TcpListener::from_std(net::TcpListener::from(socket)).unwrap();
        says(
            "accepted",
            listener.accept().await,
            format!("accept at {a}"),
            os(EINVAL),
        );
        let folder = tempfile::tempdir().unwrap();
        let path = &folder.path().join("counter");
        let bound = rustix::net::socket(
            rustix::net::AddressFamily::UNIX,
            rustix::net::SocketType::STREAM,
            None,
        )
        .unwrap();
        let address = rustix::net::SocketAddrUnix::new(path).unwrap();
        rustix::net::bind(&bound, &address).unwrap();
        let listener = UnixListener::from_std(bound.into()).unwrap();
        let accepted = listener.accept().await;
        says(
            "accepted",
            accepted,
            format!("accept at {}", shown(path)),
            os(EINVAL),
        );
    });
}

#[test]
fn a_process_without_descriptors() {
    in_a_child(|| {
        run(async {
            let listener = TcpListener::bind(HERE).await.unwrap();
            let a = listener.local_addr().unwrap();
            let _waits = TcpStream::connect(a).await.unwrap();
            listener.set_ttl(64).unwrap();
            let before = getrlimit(Resource::Nofile);
            let (current, maximum) = (Some(0), before.maximum);
            setrlimit(Resource::Nofile, Rlimit { current, maximum }).unwrap();
            let none = || os(EMFILE);
            says(
                "bound",
                TcpListener::bind(a).await,
                format!("bind {a}"),
                none(),
            );
            says(
                "bound",
                UdpSocket::bind(a).await,
                format!("bind {a}"),
                none(),
            );
            let connected = TcpStream::connect(a).await;
            says("connected", connected, format!("connect to {a}"), none());
            says("made", TcpSocket::new_v4(), "make a TcpSocket", none());
            says("made", TcpSocket::new_v6(), "make a TcpSocket", none());
            says("made", UnixStream::pair(), "make a UnixStream", none());
            says("made", UnixDatagram::pair(), "make a UnixDatagram", none());
            says(
                "made",
                UnixDatagram::unbound(),
                "make a UnixDatagram",
                none(),
            );
            let connected = UnixStream::connect("nowhere").await;
            says("connected", connected, "connect to nowhere", none());
            says(
                "accepted",
                listener.accept().await,
                format!("accept at {a}"),
                none(),
            );
            setrlimit(Resource::Nofile, before).unwrap();
        });
    });
}
