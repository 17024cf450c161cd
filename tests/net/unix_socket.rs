//! Unix sockets that are bound before they connect, listen or send; the options of
//! packets; and descriptors taken over by their numbers.

use std::os::fd::{FromRawFd, IntoRawFd};

use buzzer::io::{AsyncReadExt, AsyncWriteExt};
use buzzer::net::{TcpListener, TcpSocket, UdpSocket, UnixSocket};

use crate::{is_nonblocking, run};

#[test]
fn a_stream_may_have_a_name_at_both_ends() {
    let folder = tempfile::tempdir().unwrap();
    let [counter, table] = ["counter", "table"].map(|name| folder.path().join(name));
    run(async {
        let socket = UnixSocket::new_stream().unwrap();
        socket.bind(&counter).unwrap();
        let listener = socket.listen(8).unwrap();
        let socket = UnixSocket::new_stream().unwrap();
        socket.bind(&table).unwrap();
        let mut guest = socket.connect(&counter).await.unwrap();
        let (mut barista, from) = listener.accept().await.unwrap();
        assert_eq!(from.as_pathname(), Some(&*table));
        guest.write_all(b"mocha").await.unwrap();
        drop(guest);
        let mut order = String::new();
        barista.read_to_string(&mut order).await.unwrap();
        assert_eq!(order, "mocha");
        let socket = UnixSocket::new_stream().unwrap();
        let taken = socket.bind(&counter).unwrap_err();
        assert!(taken.to_string().contains("counter"), "{taken}");
    });
}

#[test]
fn each_kind_refuses_what_only_the_other_does() {
    let folder = tempfile::tempdir().unwrap();
    let counter = folder.path().join("counter");
    run(async {
        let socket = UnixSocket::new_datagram().unwrap();
        socket.bind(&counter).unwrap();
        let receiver = socket.datagram().unwrap();
        let sender = UnixSocket::new_datagram().unwrap().datagram().unwrap();
        sender.send_to(b"mocha", &counter).await.unwrap();
        let mut order = [0; 8];
        assert_eq!(receiver.recv(&mut order).await.unwrap(), 5);

        let refused = UnixSocket::new_datagram().unwrap().listen(1).unwrap_err();
        assert!(refused.to_string().contains("not for streams"), "{refused}");
        let socket = UnixSocket::new_datagram().unwrap();
        let refused = socket.connect(&counter).await.unwrap_err();
        assert!(refused.to_string().contains("counter"), "{refused}");
        let refused = UnixSocket::new_stream().unwrap().datagram().unwrap_err();
        assert!(
            refused.to_string().contains("not for datagrams"),
            "{refused}"
        );
    });
}

#[test]
fn a_socket_crosses_as_a_number_and_does_not_block_then() {
    run(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let blocks = rustix::net::socket(
            rustix::net::AddressFamily::INET,
            rustix::net::SocketType::STREAM,
            None,
        );
        let number = blocks.unwrap().into_raw_fd();
        // SAFETY: it is open, and nobody else's.
        let socket = unsafe { TcpSocket::from_raw_fd(number) };
        assert!(is_nonblocking(&socket));
        // SAFETY: as above.
        let socket = unsafe { TcpSocket::from_raw_fd(socket.into_raw_fd()) };
        socket
            .connect(listener.local_addr().unwrap())
            .await
            .unwrap();
        let number = UnixSocket::new_stream().unwrap().into_raw_fd();
        // SAFETY: as above.
        assert!(is_nonblocking(&unsafe { UnixSocket::from_raw_fd(number) }));
    });
}

#[test]
fn what_marks_the_packets_is_set_and_told() {
    const LOW_DELAY: u32 = 0x10;
    run(async {
        let tcp = TcpSocket::new_v4().unwrap();
        tcp.set_tos_v4(LOW_DELAY).unwrap();
        assert_eq!(tcp.tos_v4().unwrap(), LOW_DELAY);
        let udp = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        udp.set_tos_v4(LOW_DELAY).unwrap();
        assert_eq!(udp.tos_v4().unwrap(), LOW_DELAY);
        // A machine may have no IPv6.
        if let Ok(tcp) = TcpSocket::new_v6() {
            tcp.set_tclass_v6(LOW_DELAY).unwrap();
            assert_eq!(tcp.tclass_v6().unwrap(), LOW_DELAY);
        }
        if let Ok(udp) = UdpSocket::bind("[::1]:0").await {
            udp.set_tclass_v6(LOW_DELAY).unwrap();
            assert_eq!(udp.tclass_v6().unwrap(), LOW_DELAY);
        }
    });
}

#[cfg(target_os = "linux")]
#[test]
fn a_socket_keeps_to_one_interface_until_that_is_taken_back() {
    run(async {
        let tcp = TcpSocket::new_v4().unwrap();
        assert_eq!(tcp.device().unwrap(), None);
        let refused = tcp.bind_device(Some(b"no-such-one")).unwrap_err();
        assert!(refused.to_string().contains("no-such-one"), "{refused}");
        let udp = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        // Some sandboxes refuse it also for the loopback.
        if udp.bind_device(Some(b"lo")).is_ok() {
            assert_eq!(udp.device().unwrap().as_deref(), Some(&b"lo"[..]));
            udp.bind_device(None).unwrap();
            assert_eq!(udp.device().unwrap(), None);
        }
    });
}
