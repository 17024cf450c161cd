//! Moving bytes through a stream socket, TCP or Unix.
//!
//! Owns the polls behind `AsyncRead` and `AsyncWrite` of both, and of their
//! halves.

use std::io::{self, IoSlice};
use std::os::fd::AsFd;
use std::task::{Context, Poll};

use super::std_sockets::StdStream;
use crate::io::ReadBuf;
use crate::io::source::Source;
use crate::machine::reactor::readiness::Direction;
use crate::sys::for_one_call;
use crate::sys::socket::{self, Moved};

#[track_caller]
pub(super) fn poll_recv<T: StdStream>(
    source: &Source<T>,
    in_packets: bool,
    cx: &mut Context<'_>,
    buffer: &mut ReadBuf<'_>,
) -> Poll<io::Result<()>> {
    if buffer.remaining() == 0 {
        // recv would say zero, which means the end, or wait for nothing.
        return Poll::Ready(Ok(()));
    }
    let received = source.poll_transfer(cx, Direction::Read, |inner| {
        let mut moved = inner.recv(buffer)?;
        moved.is_short &= !in_packets;
        Ok(moved)
    });
    received.map_ok(drop)
}

#[track_caller]
pub(super) fn poll_send<T: AsFd>(
    source: &Source<T>,
    cx: &mut Context<'_>,
    bytes: &[u8],
) -> Poll<io::Result<usize>> {
    source.poll_transfer(cx, Direction::Write, |inner| {
        let sent = socket::send(inner.as_fd(), bytes)?;
        Ok(Moved::of(sent, bytes.len()))
    })
}

#[track_caller]
pub(super) fn poll_send_vectored<T: AsFd>(
    source: &Source<T>,
    cx: &mut Context<'_>,
    buffers: &[IoSlice<'_>],
) -> Poll<io::Result<usize>> {
    let buffers = for_one_call(buffers);
    let lengths = buffers.iter().map(|buffer| buffer.len());
    let length = lengths.fold(0, usize::saturating_add);
    source.poll_transfer(cx, Direction::Write, |inner| {
        let sent = socket::send_vectored(inner.as_fd(), buffers)?;
        Ok(Moved::of(sent, length))
    })
}

/// Shuts the sending side down. A peer that has reset the connection is no error
/// here: there is nothing left to shut down, and a second call finds the same.
pub(super) fn shut_down_write<T: AsFd>(source: &Source<T>) -> io::Result<()> {
    match socket::shutdown(source.as_fd(), libc::SHUT_WR) {
        Err(error) if error.kind() == io::ErrorKind::NotConnected => Ok(()),
        result => result,
    }
}
