//! What stops a read of a Unix stream before it is empty, as no event tells.
//!
//! Descriptors do as well: see `transfers.rs`.

use std::io::Write;
use std::os::fd::OwnedFd;

use buzzer::io::AsyncReadExt;
use buzzer::net::UnixStream;
use rustix::net::sockopt::set_socket_passcred;
use rustix::net::{AddressFamily, SendFlags, SocketFlags, SocketType, send, socketpair};

use crate::paused::paused;
use crate::settle::settle;
use crate::{receive, stays_pending};

// As unlike a stream of std's as that is, nothing forbids to make one of it.
#[test]
fn packets_behind_a_packet_are_not_stranded() {
    paused().block_on(async {
        let (domain, kind) = (AddressFamily::UNIX, SocketType::SEQPACKET);
        let (here, there) = socketpair(domain, kind, SocketFlags::empty(), None).unwrap();
        let mut here = UnixStream::from_std(here.into()).unwrap();
        for packet in [b"one", b"two"] {
            send(&there, packet, SendFlags::empty()).unwrap();
        }
        settle().await;
        for packet in [b"one", b"two"] {
            assert!(!stays_pending(here.readable()).await);
            assert_eq!(receive(&mut here).await.unwrap(), packet);
        }
    });
}

// Bytes of two senders are never given in one read: unix(7).
#[test]
fn bytes_behind_those_of_another_sender_are_not_stranded() {
    paused().block_on(async {
        let (here, mut there) = std::os::unix::net::UnixStream::pair().unwrap();
        set_socket_passcred(&here, true).unwrap();
        let mut here = UnixStream::from_std(here).unwrap();
        // Without it the end would come, of which an event tells.
        let _open = there.try_clone().unwrap();
        there.write_all(b"ours").unwrap();
        // `printf` of the shell's own.
        let mut shell = std::process::Command::new("sh");
        shell
            .args(["-c", "printf theirs"])
            .stdout(OwnedFd::from(there));
        assert!(shell.status().unwrap().success());
        drop(shell);
        settle().await;
        let mut all = [0; 10];
        assert!(!stays_pending(here.read_exact(&mut all)).await);
        assert_eq!(&all, b"ourstheirs");
    });
}
