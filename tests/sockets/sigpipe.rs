//! Writes to a peer that is gone, where SIGPIPE would end the process.
//!
//! Rust's main ignores the signal; a library may be called by another.

use std::io::{ErrorKind, IoSlice};

use buzzer::io::{AsyncReadExt, AsyncWriteExt};
use buzzer::net::{UnixDatagram, UnixStream};
use rustix::event::PollFlags;

use crate::child::in_a_child;
use crate::paused::paused;
use crate::{pair, reset, wait_for};

fn let_sigpipe_kill() {
    // SAFETY: SIG_DFL names no handler, so no code of ours runs in one; the call
    // touches no memory.
    let before = unsafe { libc::signal(libc::SIGPIPE, libc::SIG_DFL) };
    assert_ne!(before, libc::SIG_ERR);
}

#[test]
fn a_write_to_a_closed_peer_is_an_error_and_no_signal() {
    in_a_child(|| {
        let_sigpipe_kill();
        paused().block_on(async {
            let (mut here, there) = pair();
            reset(there);
            wait_for(&here, PollFlags::ERR);
            // Takes the reset's own error away.
            here.read(&mut [0; 8]).await.unwrap_err();
            let slices = [IoSlice::new(b"to "), IoSlice::new(b"nobody")];
            for _ in 0..2 {
                let errors = [
                    here.write(b"to nobody").await.unwrap_err(),
                    here.write_all(b"to nobody").await.unwrap_err(),
                    here.write_vectored(&slices).await.unwrap_err(),
                    here.try_write(b"to nobody").unwrap_err(),
                    here.try_write_vectored(&slices).unwrap_err(),
                ];
                for error in errors {
                    assert_eq!(error.kind(), ErrorKind::BrokenPipe);
                }
            }
        });
    });
}

#[test]
fn a_write_after_the_own_shutdown_is_an_error_and_no_signal() {
    in_a_child(|| {
        let_sigpipe_kill();
        paused().block_on(async {
            let (mut here, _there) = pair();
            here.shutdown().await.unwrap();
            let error = here.write(b"late").await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::BrokenPipe);
            let error = here.write_vectored(&[IoSlice::new(b"late")]).await;
            assert_eq!(error.unwrap_err().kind(), ErrorKind::BrokenPipe);
        });
    });
}

#[test]
fn a_write_to_a_closed_unix_peer_is_an_error_and_no_signal() {
    in_a_child(|| {
        let_sigpipe_kill();
        paused().block_on(async {
            let (mut here, there) = UnixStream::pair().unwrap();
            drop(there);
            let slices = [IoSlice::new(b"to "), IoSlice::new(b"nobody")];
            let errors = [
                here.write(b"to nobody").await.unwrap_err(),
                here.write_vectored(&slices).await.unwrap_err(),
                here.try_write(b"to nobody").unwrap_err(),
            ];
            for error in errors {
                assert_eq!(error.kind(), ErrorKind::BrokenPipe);
            }
            let (mut _reads, mut writes) = here.into_split();
            let error = writes.write(b"to nobody").await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::BrokenPipe);
        });
    });
}

#[test]
fn a_datagram_after_the_peers_shutdown_is_an_error_and_no_signal() {
    in_a_child(|| {
        let_sigpipe_kill();
        paused().block_on(async {
            let (here, there) = UnixDatagram::pair().unwrap();
            there.shutdown(std::net::Shutdown::Both).unwrap();
            let error = here.send(b"to nobody").await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::BrokenPipe);
            let error = here.try_send(b"to nobody").unwrap_err();
            assert_eq!(error.kind(), ErrorKind::BrokenPipe);
        });
    });
}
