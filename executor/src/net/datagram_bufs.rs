//! Receiving datagrams into buffers of the `bytes` crate.

use std::io;

use bytes::BufMut;

use super::socket::{Carries, Datagrams, Socket};
use super::std_sockets::StdDatagram;
use crate::io::{Interest, ReadBuf};
use crate::machine::reactor::readiness::Direction;
use crate::sys::foreign_buf::fill_bytes;
use crate::sys::socket;

fn recv<S: StdDatagram, B: BufMut>(inner: &S, buffer: &mut B) -> io::Result<usize> {
    fill_bytes(buffer, |room| socket::recv(inner.as_fd(), room, 0))
}

fn recv_from<S: StdDatagram, B: BufMut>(
    inner: &S,
    buffer: &mut B,
) -> io::Result<(usize, S::Address)> {
    fill_bytes(buffer, |room: &mut ReadBuf<'_>| {
        let (received, from) = inner.recv_from(room.initialize_unfilled())?;
        room.advance(received);
        Ok((received, from))
    })
}

impl<S: StdDatagram> Socket<S, Carries<Datagrams>> {
    /// As [`recv`](Self::recv), behind what is in `buffer`, into its next chunk: what does
    /// not fit there is lost. With the feature `bytes`.
    ///
    /// # Errors
    ///
    /// As [`recv`](Self::recv).
    ///
    /// # Cancel safety
    ///
    /// A dropped call has received nothing.
    pub async fn recv_buf<B: BufMut>(&self, buffer: &mut B) -> io::Result<usize> {
        let recv = |inner: &S| recv(inner, buffer);
        self.source.async_io(Direction::Read, recv).await
    }

    /// As [`recv_buf`](Self::recv_buf), without waiting. With the feature `bytes`.
    ///
    /// # Errors
    ///
    /// `WouldBlock` if there is none; else as [`recv`](Self::recv).
    #[track_caller]
    pub fn try_recv_buf<B: BufMut>(&self, buffer: &mut B) -> io::Result<usize> {
        let recv = |inner: &S| recv(inner, buffer);
        self.source.try_io(Interest::READABLE, recv)
    }

    /// As [`recv_buf`](Self::recv_buf), and says where the datagram comes from. With the
    /// feature `bytes`.
    ///
    /// # Errors
    ///
    /// As [`recv`](Self::recv).
    ///
    /// # Cancel safety
    ///
    /// A dropped call has received nothing.
    pub async fn recv_buf_from<B: BufMut>(
        &self,
        buffer: &mut B,
    ) -> io::Result<(usize, S::Address)> {
        let recv = |inner: &S| recv_from(inner, buffer);
        self.source.async_io(Direction::Read, recv).await
    }

    /// As [`recv_buf_from`](Self::recv_buf_from), without waiting. With the feature
    /// `bytes`.
    ///
    /// # Errors
    ///
    /// `WouldBlock` if there is none; else as [`recv`](Self::recv).
    #[track_caller]
    pub fn try_recv_buf_from<B: BufMut>(&self, buffer: &mut B) -> io::Result<(usize, S::Address)> {
        let recv = |inner: &S| recv_from(inner, buffer);
        self.source.try_io(Interest::READABLE, recv)
    }
}
