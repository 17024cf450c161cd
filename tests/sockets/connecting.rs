//! Connecting: when it is not at once, fails late, or is given up.

use std::io::ErrorKind;
use std::net::{SocketAddr, TcpStream as StdStream};
use std::os::unix::net::UnixListener as StdUnixListener;
use std::time::Duration;

use buzzer::io::{AsyncReadExt, AsyncWriteExt, raw_os_error};
use buzzer::net::{TcpListener, TcpSocket, TcpStream, UnixStream};
use buzzer::runtime::Runtime;
use buzzer::time::timeout;

use crate::child::in_a_child;
use crate::paused::paused;
use crate::settle::settle;
use crate::{ANY_PORT, descriptors, stays_pending};

/// A listener where nobody more gets in.
struct Full {
    listener: TcpListener,
    address: SocketAddr,
    /// Who did get in.
    _inside: StdStream,
    /// Keeps the port when the listener is gone, so that no other test gets it.
    _keeper: TcpSocket,
}

fn full_listener() -> Full {
    let shared = |address| {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_reuseport(true).unwrap();
        socket.bind(address).unwrap();
        socket
    };
    let keeper = shared(ANY_PORT.into());
    let address = keeper.local_addr().unwrap();
    // One more than the length of the queue is let in.
    let listener = shared(address).listen(0).unwrap();
    Full {
        listener,
        address,
        _inside: StdStream::connect(address).unwrap(),
        _keeper: keeper,
    }
}

#[test]
fn a_connect_that_is_not_answered_waits_and_makes_no_turns() {
    let runtime = paused();
    runtime.block_on(async {
        let full = full_listener();
        let mut connect = Box::pin(TcpStream::connect(full.address));
        assert!(stays_pending(connect.as_mut()).await);
        let before = runtime.metrics().turns();
        assert!(stays_pending(connect.as_mut()).await);
        assert!(runtime.metrics().turns() - before <= 3);
    });
}

// The refusal comes with the second attempt of the kernel, one second after the
// first, so this test takes that long.
#[test]
fn a_connect_that_fails_late_has_the_error_from_its_socket() {
    Runtime::new().unwrap().block_on(async {
        let Full {
            listener,
            address,
            _inside: inside,
            _keeper,
        } = full_listener();
        let mut connect = Box::pin(TcpStream::connect(address));
        assert!(futures::poll!(connect.as_mut()).is_pending());
        drop((listener, inside));
        let error = timeout(Duration::from_secs(30), connect).await;
        let error = error.expect("the kernel tries again").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
        assert_eq!(raw_os_error(&error), Some(libc::ECONNREFUSED));
        assert!(error.to_string().contains(&address.to_string()), "{error}");
    });
}

#[test]
fn a_connect_that_is_refused_names_the_address() {
    paused().block_on(async {
        let keeper = TcpSocket::new_v4().unwrap();
        keeper.bind(ANY_PORT.into()).unwrap();
        let address = keeper.local_addr().unwrap();
        let error = TcpStream::connect(address).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
        assert_eq!(raw_os_error(&error), Some(libc::ECONNREFUSED));
        assert!(error.to_string().contains(&address.to_string()), "{error}");
    });
}

#[test]
fn a_unix_connect_to_a_full_listener_waits_until_there_is_room() {
    let runtime = paused();
    runtime.block_on(async {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("bar");
        let listener = StdUnixListener::bind(&path).unwrap();
        rustix::net::listen(&listener, 0).unwrap();
        let _inside = std::os::unix::net::UnixStream::connect(&path).unwrap();
        let before = runtime.metrics().turns();
        let mut connect = Box::pin(UnixStream::connect(&path));
        assert!(stays_pending(connect.as_mut()).await);
        let turns = runtime.metrics().turns() - before;
        assert!(turns <= 300, "{turns} turns in a second");
        listener.accept().unwrap();
        let connected = connect.await.unwrap();
        listener.accept().unwrap();
        drop(connected);
    });
}

#[test]
fn a_unix_connect_to_nobody_names_the_path() {
    paused().block_on(async {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("bar");
        drop(StdUnixListener::bind(&path).unwrap());
        let error = UnixStream::connect(&path).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
        assert!(
            error.to_string().contains(path.to_str().unwrap()),
            "{error}"
        );
    });
}

// Both ends open at once: to the same port, as may happen to who tries a port of the
// range that the system takes its own from.
#[test]
fn a_connection_to_itself_carries_what_it_sends_and_its_end() {
    paused().block_on(async {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(ANY_PORT.into()).unwrap();
        let address = socket.local_addr().unwrap();
        let mut here = socket.connect(address).await.unwrap();
        assert_eq!(here.peer_addr().unwrap(), address);
        assert!(stays_pending(here.readable()).await);
        for round in 0..3 {
            here.write_all(&[round; 1_000]).await.unwrap();
            let mut received = [7; 1_000];
            here.read_exact(&mut received).await.unwrap();
            assert_eq!(received, [round; 1_000]);
        }
        here.shutdown().await.unwrap();
        assert_eq!(here.read(&mut [0]).await.unwrap(), 0);
    });
}

#[test]
fn connects_that_are_given_up_leave_no_descriptors_behind() {
    in_a_child(|| {
        paused().block_on(async {
            let full = full_listener();
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("bar");
            let listener = StdUnixListener::bind(&path).unwrap();
            rustix::net::listen(&listener, 0).unwrap();
            let _inside = std::os::unix::net::UnixStream::connect(&path).unwrap();
            let before = descriptors();
            for _ in 0..200 {
                let mut tcp = Box::pin(TcpStream::connect(full.address));
                let mut unix = Box::pin(UnixStream::connect(&path));
                assert!(futures::poll!(tcp.as_mut()).is_pending());
                assert!(futures::poll!(unix.as_mut()).is_pending());
                settle().await;
                assert_eq!(descriptors(), before + 2);
            }
            assert_eq!(descriptors(), before);
        });
    });
}
