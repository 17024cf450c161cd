//! What a program that this one starts gets of its sockets: nothing.

#[cfg(target_os = "linux")]
use std::os::fd::AsRawFd;
use std::os::fd::{AsFd, BorrowedFd};
#[cfg(target_os = "linux")]
use std::process::Command;

use buzzer::net::{
    TcpListener, TcpSocket, TcpStream, UdpSocket, UnixDatagram, UnixListener, UnixStream,
};
use rustix::fs::OFlags;
use rustix::io::FdFlags;

use crate::ANY_PORT;
#[cfg(target_os = "linux")]
use crate::child::in_a_child;
use crate::paused::paused;

/// Of every kind that this crate makes, in every way it makes them.
async fn with_all(check: impl FnOnce(&[BorrowedFd<'_>])) {
    let dir = tempfile::tempdir().unwrap();
    let (path, other_path) = (dir.path().join("bar"), dir.path().join("shelf"));
    let listener = TcpListener::bind(ANY_PORT).await.unwrap();
    let connected = TcpStream::connect(listener.local_addr().unwrap()).await;
    let connected = connected.unwrap();
    let (accepted, _) = listener.accept().await.unwrap();
    let sockets = [TcpSocket::new_v4().unwrap(), TcpSocket::new_v4().unwrap()];
    let [socket, listens] = sockets;
    listens.bind(ANY_PORT.into()).unwrap();
    let listens = listens.listen(16).unwrap();
    let udp = UdpSocket::bind(ANY_PORT).await.unwrap();
    let unix_listener = UnixListener::bind(&path).unwrap();
    let unix_connected = UnixStream::connect(&path).await.unwrap();
    let (unix_accepted, _) = unix_listener.accept().await.unwrap();
    let (one, other) = UnixStream::pair().unwrap();
    let bound = UnixDatagram::bind(&other_path).unwrap();
    let unbound = UnixDatagram::unbound().unwrap();
    let (datagrams, more_datagrams) = UnixDatagram::pair().unwrap();
    check(&[
        listener.as_fd(),
        connected.as_fd(),
        accepted.as_fd(),
        socket.as_fd(),
        listens.as_fd(),
        udp.as_fd(),
        unix_listener.as_fd(),
        unix_connected.as_fd(),
        unix_accepted.as_fd(),
        one.as_fd(),
        other.as_fd(),
        bound.as_fd(),
        unbound.as_fd(),
        datagrams.as_fd(),
        more_datagrams.as_fd(),
    ]);
}

#[test]
fn sockets_of_every_kind_are_closed_on_exec_and_do_not_block() {
    paused().block_on(with_all(|sockets| {
        for (n, socket) in sockets.iter().enumerate() {
            let flags = rustix::io::fcntl_getfd(socket).unwrap();
            assert!(flags.contains(FdFlags::CLOEXEC), "socket {n}");
            let flags = rustix::fs::fcntl_getfl(socket).unwrap();
            assert!(flags.contains(OFlags::NONBLOCK), "socket {n}");
        }
    }));
}

#[test]
#[cfg(target_os = "linux")] // Where a socket can be told from another by its name.
fn a_program_that_is_started_sees_none_of_them() {
    in_a_child(|| {
        paused().block_on(with_all(|sockets| {
            let inode = |socket: &BorrowedFd<'_>| {
                let link = format!("/proc/self/fd/{}", socket.as_raw_fd());
                std::fs::read_link(link)
                    .unwrap()
                    .into_os_string()
                    .into_string()
                    .unwrap()
            };
            // Whatever else this process was started with, ls has got as well.
            let listed = Command::new("ls")
                .args(["-l", "/proc/self/fd"])
                .output()
                .unwrap();
            let listed = String::from_utf8(listed.stdout).unwrap();
            assert!(listed.contains("/fd"), "{listed}");
            for socket in sockets.iter().map(inode) {
                assert!(socket.starts_with("socket:["), "{socket}");
                assert!(!listed.contains(&socket), "{socket} in {listed}");
            }
        }));
    });
}
