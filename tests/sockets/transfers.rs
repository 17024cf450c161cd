//! Reads and writes at their limits: none, one, more than the kernel takes.

use std::io::{IoSlice, IoSliceMut, Read, Write};
use std::os::fd::AsFd;

use buzzer::io::{AsyncReadExt, AsyncWriteExt};
use buzzer::net::UnixStream;
use futures::FutureExt;
use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage, SendFlags, sendmsg};

use crate::paused::paused;
use crate::settle::settle;
use crate::{fill, pair, receive, stays_pending};

#[test]
fn a_read_of_no_length_is_not_the_end_and_does_not_wait() {
    paused().block_on(async {
        let (mut here, mut there) = pair();
        let nothing_there = here.read(&mut []).now_or_never();
        assert_eq!(nothing_there.expect("no wait").unwrap(), 0);
        there.write_all(b"coffee").unwrap();
        here.readable().await.unwrap();
        // It neither takes anything nor clears what it did not look at.
        assert_eq!(here.read(&mut []).await.unwrap(), 0);
        assert_eq!(here.peek(&mut []).await.unwrap(), 0);
        assert_eq!(here.read_exact(&mut []).await.unwrap(), 0);
        assert!(here.readable().now_or_never().is_some());
        assert_eq!(receive(&mut here).await.unwrap(), b"coffee");
    });
}

#[test]
fn a_write_of_no_length_does_not_wait_for_room() {
    paused().block_on(async {
        let (mut here, _there) = pair();
        fill(&here);
        assert!(stays_pending(here.write(b"more")).await);
        here.write_all(b"").await.unwrap();
        here.flush().await.unwrap();
    });
}

#[test]
fn more_buffers_than_the_kernel_takes_are_written_in_several_goes() {
    paused().block_on(async {
        let (mut here, mut there) = pair();
        let bytes: Vec<u8> = (0..5_000).map(|n| (n % 251) as u8).collect();
        let mut slices: Vec<_> = bytes.chunks(1).map(IoSlice::new).collect();
        let mut rest = &mut slices[..];
        let mut goes = 0;
        while !rest.is_empty() {
            let written = here.write_vectored(rest).await.unwrap();
            assert_ne!(written, 0);
            IoSlice::advance_slices(&mut rest, written);
            goes += 1;
        }
        // 1,024 at once: UIO_MAXIOV.
        assert_eq!(goes, 5);
        here.shutdown().await.unwrap();
        let mut received = Vec::new();
        there.read_to_end(&mut received).unwrap();
        assert_eq!(received, bytes);
    });
}

#[test]
fn more_buffers_than_the_kernel_takes_are_tried_as_far_as_it_takes_them() {
    paused().block_on(async {
        let (here, _there) = pair();
        here.writable().await.unwrap();
        let slices = [IoSlice::new(b"x"); 3_000];
        assert_eq!(here.try_write_vectored(&slices).unwrap(), 1_024);
    });
}

// The kernel would look at the first 1,024 only, and say zero: no progress, or the end.
#[test]
fn empty_buffers_before_the_rest_are_passed_over_however_many() {
    paused().block_on(async {
        let (mut here, mut there) = pair();
        let mut slices = vec![IoSlice::new(b""); 3_000];
        slices.push(IoSlice::new(b"coffee"));
        assert_eq!(here.write_vectored(&slices).await.unwrap(), 6);
        assert_eq!(here.try_write_vectored(&slices).unwrap(), 6);
        assert_eq!(here.write_vectored(&slices[..3_000]).await.unwrap(), 0);
        let mut received = [0; 12];
        there.read_exact(&mut received).unwrap();
        assert_eq!(&received, b"coffeecoffee");

        there.write_all(b"mocha").unwrap();
        here.readable().await.unwrap();
        let mut room = [0; 64];
        let mut slices: Vec<_> = (0..3_000).map(|_| IoSliceMut::new(&mut [])).collect();
        slices.push(IoSliceMut::new(&mut room));
        assert_eq!(here.try_read_vectored(&mut slices).unwrap(), 5);
        assert_eq!(&room[..5], b"mocha");
    });
}

// A receive stops behind each message that carries descriptors, however much more
// has come: unix(7).
#[test]
fn bytes_behind_a_message_with_descriptors_are_not_stranded() {
    paused().block_on(async {
        let (here, there) = std::os::unix::net::UnixStream::pair().unwrap();
        let mut here = UnixStream::from_std(here).unwrap();
        let carried = [there.as_fd()];
        let mut space = [std::mem::MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut control = SendAncillaryBuffer::new(&mut space);
        assert!(control.push(SendAncillaryMessage::ScmRights(&carried)));
        sendmsg(
            &there,
            &[IoSlice::new(b"with")],
            &mut control,
            SendFlags::empty(),
        )
        .unwrap();
        (&there).write_all(b"behind").unwrap();
        settle().await;
        let mut all = [0; 10];
        assert!(!stays_pending(here.read_exact(&mut all)).await);
        assert_eq!(&all, b"withbehind");
    });
}
