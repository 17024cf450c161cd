//! Pipes, with a name and without: what tokio's do.

use std::fs::File;
use std::io::{self, ErrorKind, IoSlice, IoSliceMut, Read, Write};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::path::PathBuf;

use buzzer::io::{AsyncReadExt, AsyncWriteExt, Interest};
use buzzer::net::unix::pipe::{self, OpenOptions, Receiver, Sender};
use buzzer::spawn;

use crate::{is_nonblocking, kind, run, stays_pending};

/// A pipe with a name, and the folder that it is in.
fn fifo() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("orders");
    let made = std::process::Command::new("mkfifo").arg(&path).status();
    assert!(made.unwrap().success());
    (folder, path)
}

#[test]
fn what_is_written_is_read_and_the_end_comes_with_the_last_sender() {
    run(async {
        let (mut sender, mut receiver) = pipe::pipe().unwrap();
        assert!(is_nonblocking(&sender) && is_nonblocking(&receiver));
        let reads = spawn(async move {
            let mut order = Vec::new();
            receiver.read_to_end(&mut order).await.unwrap();
            order
        });
        // More than it holds, so that each waits for the other.
        let order = vec![b'm'; 1 << 20];
        sender.write_all(&order).await.unwrap();
        let nothing = sender
            .write_vectored(&[IoSlice::new(b"!"), IoSlice::new(b"?")])
            .await;
        assert_eq!(nothing.unwrap(), 2);
        sender.shutdown().await.unwrap();
        sender.write_all(b".").await.unwrap();
        drop(sender);
        assert_eq!(reads.await.unwrap(), [&order[..], b"!?."].concat());
    });
}

#[test]
fn what_is_tried_would_block_or_is_done() {
    run(async {
        let (sender, receiver) = pipe::pipe().unwrap();
        let mut room = [0; 8];
        assert_eq!(
            kind(receiver.try_read(&mut room)),
            Some(ErrorKind::WouldBlock)
        );
        assert!(stays_pending(receiver.readable()).await);
        sender.writable().await.unwrap();
        assert_eq!(sender.try_write(b"one").unwrap(), 3);
        let parts = [
            IoSlice::new(b" mo"),
            IoSlice::new(b""),
            IoSlice::new(b"cha"),
        ];
        assert_eq!(sender.try_write_vectored(&parts).unwrap(), 6);
        receiver.readable().await.unwrap();
        let (front, back) = room.split_at_mut(2);
        let mut parts = [&mut [][..], front, back].map(IoSliceMut::new);
        assert_eq!(receiver.try_read_vectored(&mut parts).unwrap(), 8);
        assert_eq!(&room, b"one moch");
        let read = receiver.try_io(|| Ok(rustix::io::read(&receiver, &mut room)?));
        assert_eq!((read.unwrap(), room[0]), (1, b'a'));
        let full = loop {
            match sender.try_write(&[0; 4096]) {
                Ok(_) => {}
                Err(error) => break error,
            }
        };
        assert_eq!(full.kind(), ErrorKind::WouldBlock);
        assert!(stays_pending(sender.writable()).await);
        drop(receiver);
        let ready = sender.ready(Interest::WRITABLE).await.unwrap();
        assert!(ready.is_write_closed(), "{ready:?}");
        assert_eq!(kind(sender.try_write(b"!")), Some(ErrorKind::BrokenPipe));
    });
}

#[test]
fn a_pipe_with_a_name_is_open_at_once_but_for_a_sender_without_a_receiver() {
    let (_folder, path) = fifo();
    run(async {
        let alone = OpenOptions::new().open_sender(&path).unwrap_err();
        let nobody = rustix::io::Errno::NXIO.raw_os_error();
        assert_eq!(alone.raw_os_error(), Some(nobody));
        let mut receiver = OpenOptions::new().open_receiver(&path).unwrap();
        for order in [b"one", b"two"] {
            let mut sender = OpenOptions::new().open_sender(&path).unwrap();
            sender.write_all(order).await.unwrap();
            drop(sender);
            let mut came = Vec::new();
            receiver.read_to_end(&mut came).await.unwrap();
            assert_eq!(came, order);
        }
    });
}

#[test]
fn a_receiver_waits_for_its_first_sender_and_meets_the_end_after_the_last() {
    let (_folder, path) = fifo();
    run(async {
        let opened = || OpenOptions::new().open_receiver(&path).unwrap();
        let (mut reads, tries) = (opened(), opened());
        let adopted = Receiver::from_owned_fd_unchecked(opened().into_nonblocking_fd().unwrap());
        let mut adopted = adopted.unwrap();
        for sender in [None, Some(OpenOptions::new().open_sender(&path).unwrap())] {
            assert!(stays_pending(reads.read_u8()).await);
            assert!(stays_pending(adopted.read_u8()).await);
            let tried = tries.try_read(&mut [0]);
            assert_eq!(kind(tried), Some(ErrorKind::WouldBlock));
            let tried = tries.try_read_vectored(&mut [IoSliceMut::new(&mut [0])]);
            assert_eq!(kind(tried), Some(ErrorKind::WouldBlock));
            assert!(stays_pending(tries.readable()).await);
            drop(sender);
        }
        tries.readable().await.unwrap();
        assert_eq!(tries.try_read(&mut [0]).unwrap(), 0);
        for receiver in [&mut reads, &mut adopted] {
            assert_eq!(receiver.read(&mut [0]).await.unwrap(), 0);
            // The end stays the end.
            assert_eq!(receiver.read(&mut [0]).await.unwrap(), 0);
        }
    });
}

#[test]
fn what_lies_in_a_pipe_when_its_receiver_is_made_is_read_at_once() {
    let (_folder, path) = fifo();
    run(async {
        let _first = OpenOptions::new().open_receiver(&path).unwrap();
        let sender = OpenOptions::new().open_sender(&path).unwrap();
        assert_eq!(sender.try_write(b"mocha").unwrap(), 5);
        let receiver = OpenOptions::new().open_receiver(&path).unwrap();
        assert_eq!(receiver.try_read(&mut [0; 8]).unwrap(), 5);
    });
}

#[cfg(target_os = "linux")]
#[test]
fn opened_both_ways_a_receiver_meets_no_end_and_a_sender_needs_nobody() {
    let (_folder, path) = fifo();
    run(async {
        let sender = OpenOptions::new()
            .read_write(true)
            .open_sender(&path)
            .unwrap();
        assert_eq!(sender.try_write(b"!").unwrap(), 1);
        let mut receiver = OpenOptions::new()
            .read_write(true)
            .open_receiver(&path)
            .unwrap();
        drop(sender);
        assert_eq!(receiver.read_u8().await.unwrap(), b'!');
        assert!(stays_pending(receiver.read_u8()).await);
    });
}

#[test]
fn what_is_no_pipe_or_not_open_for_that_is_refused_unless_nobody_looks() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    std::fs::write(&path, "").unwrap();
    run(async {
        let refused = OpenOptions::new().open_receiver(&path).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::InvalidInput);
        assert!(refused.to_string().contains("a regular file"), "{refused}");
        let refused = Sender::from_file(File::open(&path).unwrap()).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::InvalidInput);
        // The selector can't wait for a file.
        let unchecked = OpenOptions::new().unchecked(true).open_receiver(&path);
        assert_eq!(kind(unchecked.map(drop)), Some(ErrorKind::PermissionDenied));
        let (reads, writes) = io::pipe().unwrap();
        let refused = Sender::from_owned_fd(reads.into()).unwrap_err();
        assert!(
            refused.to_string().contains("not open for writing"),
            "{refused}"
        );
        let refused = Receiver::from_owned_fd(writes.into()).unwrap_err();
        assert!(
            refused.to_string().contains("not open for reading"),
            "{refused}"
        );
    });
}

#[test]
fn an_end_is_taken_over_and_given_back_as_the_program_wants_it() {
    run(async {
        let (reads, writes) = io::pipe().unwrap();
        let receiver = Receiver::from_owned_fd(reads.into()).unwrap();
        let sender = Sender::from_file(File::from(OwnedFd::from(writes))).unwrap();
        assert!(is_nonblocking(&receiver) && is_nonblocking(&sender));
        assert_eq!(sender.as_fd().as_raw_fd(), sender.as_raw_fd());
        let writes = sender.into_nonblocking_fd().unwrap();
        assert!(is_nonblocking(&writes));
        let reads = receiver.into_blocking_fd().unwrap();
        assert!(!is_nonblocking(&reads));
        File::from(writes).write_all(b"mocha").unwrap();
        let mut order = String::new();
        File::from(reads).read_to_string(&mut order).unwrap();
        assert_eq!(order, "mocha");
    });
}
