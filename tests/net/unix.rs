//! Unix streams and listeners: paths, abstract names, credentials, full backlogs.

use std::future::poll_fn;
use std::io::{ErrorKind, IoSlice, IoSliceMut, Write};
#[cfg(target_os = "linux")]
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net;
use std::path::Path;

use buzzer::io::{AsyncReadExt, AsyncWriteExt, Interest};
use buzzer::net::{UnixListener, UnixStream};
use buzzer::time::{Duration, Instant};

use crate::caught::panic_of;
use crate::{is_nonblocking, kind, run, stays_pending};

/// A path in a folder of its own, which goes with the first of the two.
pub fn path() -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("counter");
    (folder, path)
}

/// An abstract name that no other test of this machine has. They are Linux's.
#[cfg(target_os = "linux")]
pub fn abstract_name() -> String {
    let (folder, _) = path();
    format!("\0buzzer{}", folder.path().display())
}

#[test]
fn a_stream_carries_bytes_both_ways_between_paths() {
    run(async {
        let (_folder, path) = path();
        let listener = UnixListener::bind(&path).unwrap();
        assert_eq!(listener.local_addr().unwrap().as_pathname(), Some(&*path));
        let mut here = UnixStream::connect(&path).await.unwrap();
        let (mut there, from) = listener.accept().await.unwrap();
        assert!(from.is_unnamed());
        assert!(is_nonblocking(&here) && is_nonblocking(&there));
        assert_eq!(here.peer_addr().unwrap().as_pathname(), Some(&*path));
        assert!(here.local_addr().unwrap().is_unnamed());
        here.write_all(b"mocha").await.unwrap();
        here.shutdown().await.unwrap();
        let mut order = String::new();
        there.read_to_string(&mut order).await.unwrap();
        there.write_all(order.as_bytes()).await.unwrap();
        drop(there);
        let mut echoed = String::new();
        here.read_to_string(&mut echoed).await.unwrap();
        assert_eq!(echoed, "mocha");
    });
}

#[test]
#[cfg(target_os = "linux")]
fn abstract_names_work_by_path_and_by_address() {
    run(async {
        let name = abstract_name();
        let address = net::SocketAddr::from_abstract_name(&name[1..]).unwrap();
        let listener = UnixListener::bind(&name).unwrap();
        assert_eq!(
            listener.local_addr().unwrap().as_abstract_name(),
            address.as_abstract_name()
        );
        let by_path = UnixStream::connect(&name).await.unwrap();
        let by_address = UnixStream::connect_addr(&address).await.unwrap();
        assert_eq!(
            by_path.peer_addr().unwrap().as_abstract_name(),
            address.as_abstract_name()
        );
        drop((by_path, by_address));
        let error = UnixListener::bind_addr(&address).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AddrInUse);
        assert!(error.to_string().starts_with("bind @buzzer/"), "{error}");
        drop(listener);
        // The name is free again, without a trace in the file system.
        let error = UnixStream::connect_addr(&address).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
        assert!(
            error.to_string().starts_with("connect to @buzzer/"),
            "{error}"
        );
        drop(UnixListener::bind_addr(&address).unwrap());
    });
}

#[test]
fn a_connect_or_bind_that_fails_names_the_path() {
    run(async {
        let (_folder, path) = path();
        let error = UnixStream::connect(&path).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound);
        let expected = format!("connect to {}: ", path.display());
        assert!(error.to_string().starts_with(&expected), "{error}");
        // A listener that is gone leaves its path.
        drop(UnixListener::bind(&path).unwrap());
        let refused = UnixStream::connect(&path).await;
        assert_eq!(kind(refused), Some(ErrorKind::ConnectionRefused));
        let error = UnixListener::bind(&path).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AddrInUse);
        let expected = format!("bind {}: ", path.display());
        assert!(error.to_string().starts_with(&expected), "{error}");
        let long = "x".repeat(200);
        assert_eq!(
            kind(UnixStream::connect(&long).await),
            Some(ErrorKind::InvalidInput)
        );
        assert_eq!(
            kind(UnixListener::bind(&long)),
            Some(ErrorKind::InvalidInput)
        );
    });
}

#[test]
fn a_path_of_the_longest_length_is_connected_to_whole() {
    run(async {
        let (folder, _) = path();
        let start = folder.path().as_os_str().len() + 1;
        let path = folder.path().join("y".repeat(107 - start));
        let listener = UnixListener::bind(&path).unwrap();
        let stream = UnixStream::connect(&path).await.unwrap();
        assert_eq!(stream.peer_addr().unwrap().as_pathname(), Some(&*path));
        listener.accept().await.unwrap();
    });
}

#[test]
fn a_pair_is_connected_and_knows_whose_the_other_end_is() {
    run(async {
        let (mut here, mut there) = UnixStream::pair().unwrap();
        here.write_all(b"mocha").await.unwrap();
        assert_eq!(there.peek(&mut [0; 8]).await.unwrap(), 5);
        assert_eq!(there.read(&mut [0; 8]).await.unwrap(), 5);
        let peer = here.peer_cred().unwrap();
        assert_eq!(peer.pid(), Some(std::process::id() as i32));
        assert_eq!(peer.uid(), rustix::process::geteuid().as_raw());
        assert_eq!(peer.gid(), rustix::process::getegid().as_raw());
        assert_eq!(peer, there.peer_cred().unwrap());
        assert!(here.take_error().unwrap().is_none());
    });
}

/// A std listener at `path`, with as many connections waiting as it lets wait.
fn full_listener(path: &Path) -> (net::UnixListener, Vec<net::UnixStream>) {
    let listener = net::UnixListener::bind(path).unwrap();
    // A second listen changes the backlog; of zero, the kernel lets one wait.
    rustix::net::listen(&listener, 0).unwrap();
    let waiting = net::UnixStream::connect(path).unwrap();
    (listener, vec![waiting])
}

#[test]
fn a_connect_to_a_full_listener_tries_again_until_there_is_room() {
    run(async {
        let (_folder, path) = path();
        let (listener, _waiting) = full_listener(&path);
        let before = Instant::now();
        let connecting = buzzer::spawn({
            let path = path.clone();
            async move { UnixStream::connect(&path).await }
        });
        buzzer::time::sleep(Duration::from_millis(95)).await;
        assert!(!connecting.is_finished());
        listener.accept().unwrap();
        connecting.await.unwrap().unwrap();
        // By its pause of 10 ms, and not in between.
        assert_eq!(before.elapsed(), Duration::from_millis(100));
    });
}

#[test]
fn a_connect_that_waits_for_a_full_listener_fails_when_that_is_gone_and_leaks_nothing() {
    run(async {
        let (_folder, path) = path();
        let (listener, _waiting) = full_listener(&path);
        assert!(stays_pending(UnixStream::connect(&path)).await);
        let connecting = buzzer::spawn({
            let path = path.clone();
            async move { UnixStream::connect(&path).await }
        });
        buzzer::time::sleep(Duration::from_millis(5)).await;
        drop(listener);
        let error = connecting.await.unwrap().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
    });
}

#[test]
fn readiness_and_tries_are_those_of_every_stream() {
    run(async {
        let (here, there) = UnixStream::pair().unwrap();
        assert_eq!(kind(there.try_read(&mut [0])), Some(ErrorKind::WouldBlock));
        here.writable().await.unwrap();
        let parts = [IoSlice::new(b"one"), IoSlice::new(b" mocha")];
        assert_eq!(here.try_write_vectored(&parts).unwrap(), 9);
        assert_eq!(here.try_write(b"!").unwrap(), 1);
        assert!(there.ready(Interest::READABLE).await.unwrap().is_readable());
        let mut all = [0; 16];
        let mut buffers = [IoSliceMut::new(&mut all)];
        assert_eq!(there.try_read_vectored(&mut buffers).unwrap(), 10);
        assert_eq!(&all[..10], b"one mocha!");
        poll_fn(|cx| here.poll_write_ready(cx)).await.unwrap();
        drop(here);
        poll_fn(|cx| there.poll_read_ready(cx)).await.unwrap();
        assert_eq!(there.try_read(&mut [0; 8]).unwrap(), 0);
    });
}

#[test]
fn blocking_sockets_of_std_do_not_trap_the_loop_and_go_back_deregistered() {
    run(async {
        let (_folder, path) = path();
        let listener = net::UnixListener::bind(&path).unwrap();
        let listener = UnixListener::from_std(listener).unwrap();
        assert!(stays_pending(listener.accept()).await);
        let listener = listener.into_std().unwrap();
        assert_eq!(kind(listener.accept()), Some(ErrorKind::WouldBlock));
        drop(UnixListener::try_from(listener).unwrap());

        let (here, mut there) = net::UnixStream::pair().unwrap();
        let mut stream = UnixStream::from_std(here).unwrap();
        assert!(stays_pending(stream.read(&mut [0; 8])).await);
        there.write_all(b"mocha").unwrap();
        assert_eq!(stream.read(&mut [0; 8]).await.unwrap(), 5);
        let here = stream.into_std().unwrap();
        assert!(is_nonblocking(&here));
        drop(UnixStream::try_from(here).unwrap());
    });
}

#[test]
fn outside_a_runtime_they_say_what_is_missing() {
    let (_folder, path) = path();
    let said = panic_of(|| UnixListener::bind(&path));
    assert!(
        said.contains("a UnixListener needs a buzzer runtime"),
        "{said}"
    );
    let said = panic_of(UnixStream::pair);
    assert!(
        said.contains("a UnixStream needs a buzzer runtime"),
        "{said}"
    );
}
