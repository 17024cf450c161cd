//! Connecting over TCP, and the options of a socket before and after it.

use std::io::ErrorKind;
use std::net::{self, Ipv4Addr, SocketAddr};

use buzzer::net::{TcpListener, TcpSocket, TcpStream};
use buzzer::time::Duration;

use crate::caught::panic_of;
use crate::{connected, is_nonblocking, kind, run};

/// An address at which nobody listens, and nobody will.
fn refusing() -> (TcpSocket, SocketAddr) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
    let address = socket.local_addr().unwrap();
    (socket, address)
}

#[test]
fn connect_tries_each_address_until_one_answers() {
    run(async {
        let (_socket, refusing) = refusing();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let answering = listener.local_addr().unwrap();
        let stream = TcpStream::connect(&[refusing, answering, refusing][..]).await;
        assert_eq!(stream.unwrap().peer_addr().unwrap(), answering);
    });
}

#[test]
fn a_refused_connect_names_the_address_and_the_system_s_reason() {
    run(async {
        let (_socket, address) = refusing();
        let error = TcpStream::connect(address).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
        let text = error.to_string();
        assert!(
            text.starts_with(&format!("connect to {address}: ")),
            "{text}"
        );
        let error = TcpSocket::new_v4()
            .unwrap()
            .connect(address)
            .await
            .unwrap_err();
        assert_eq!(error.to_string(), text);
    });
}

#[test]
fn connecting_to_no_address_at_all_is_an_error_that_says_so() {
    run(async {
        let none: &[SocketAddr] = &[];
        let error = TcpStream::connect(none).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert_eq!(error.to_string(), "connect to: there is no address to try");
    });
}

#[test]
fn options_are_kept_by_the_socket() {
    run(async {
        let (here, _there) = connected().await;
        assert!(!here.nodelay().unwrap());
        here.set_nodelay(true).unwrap();
        assert!(here.nodelay().unwrap());
        assert_eq!(here.linger().unwrap(), None);
        here.set_linger(Some(Duration::from_secs(3))).unwrap();
        assert_eq!(here.linger().unwrap(), Some(Duration::from_secs(3)));
        here.set_zero_linger().unwrap();
        assert_eq!(here.linger().unwrap(), Some(Duration::ZERO));
        here.set_linger(None).unwrap();
        assert_eq!(here.linger().unwrap(), None);
        here.set_ttl(7).unwrap();
        assert_eq!(here.ttl().unwrap(), 7);
        assert_eq!(kind(here.set_ttl(256)), Some(ErrorKind::InvalidInput));
        #[cfg(target_os = "linux")]
        for on in [false, true] {
            here.set_quickack(on).unwrap();
            assert_eq!(here.quickack().unwrap(), on);
        }
        assert!(here.take_error().unwrap().is_none());
    });
}

#[test]
fn outside_a_runtime_it_says_what_is_missing() {
    let listener = net::TcpListener::bind("127.0.0.1:0").unwrap();
    let stream = net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let said = panic_of(|| TcpStream::from_std(stream));
    assert!(
        said.contains("a TcpStream needs a buzzer runtime"),
        "{said}"
    );
    let said = panic_of(|| TcpListener::from_std(listener));
    assert!(
        said.contains("a TcpListener needs a buzzer runtime"),
        "{said}"
    );
}

#[test]
fn a_socket_s_options_are_set_before_it_connects_or_listens() {
    run(async {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_reuseaddr(true).unwrap();
        socket.set_keepalive(true).unwrap();
        socket.set_nodelay(true).unwrap();
        socket.set_linger(Some(Duration::from_secs(1))).unwrap();
        socket.set_send_buffer_size(10_000).unwrap();
        socket.set_recv_buffer_size(20_000).unwrap();
        assert!(socket.reuseaddr().unwrap() && socket.keepalive().unwrap());
        assert!(socket.nodelay().unwrap() && !socket.reuseport().unwrap());
        assert_eq!(socket.linger().unwrap(), Some(Duration::from_secs(1)));
        socket.set_linger(None).unwrap();
        // The kernel takes twice what it was asked for.
        assert_eq!(socket.send_buffer_size().unwrap(), 20_000);
        assert_eq!(socket.recv_buffer_size().unwrap(), 40_000);
        assert!(socket.take_error().unwrap().is_none());
        socket.bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
        let bound = socket.local_addr().unwrap();

        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let stream = socket
            .connect(listener.local_addr().unwrap())
            .await
            .unwrap();
        assert_eq!(stream.local_addr().unwrap(), bound);
        assert!(stream.nodelay().unwrap());
        let (_accepted, from) = listener.accept().await.unwrap();
        assert_eq!(from, bound);
    });
}

#[test]
fn a_bind_that_fails_names_the_address() {
    let first = TcpSocket::new_v4().unwrap();
    first.bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
    let address = first.local_addr().unwrap();
    let error = TcpSocket::new_v4().unwrap().bind(address).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AddrInUse);
    let text = error.to_string();
    assert!(text.starts_with(&format!("bind {address}: ")), "{text}");
}

#[test]
fn an_unconnected_socket_of_std_becomes_one_of_ours() {
    run(async {
        let unconnected = rustix::net::socket(
            rustix::net::AddressFamily::INET,
            rustix::net::SocketType::STREAM,
            None,
        );
        let socket = TcpSocket::from_std_stream(unconnected.unwrap().into());
        assert!(is_nonblocking(&socket));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let stream = socket
            .connect(listener.local_addr().unwrap())
            .await
            .unwrap();
        assert_eq!(stream.peer_addr().unwrap(), listener.local_addr().unwrap());
    });
}
