//! Buffers for both directions of a stream.
//!
//! Owns [`BufStream`].

use std::io::{self, IoSlice, SeekFrom};
use std::pin::Pin;
use std::task::{Context, Poll};

use super::async_buf_read::forward_to as forward_buffer_to;
use super::async_read::forward_to as forward_read_to;
use super::async_write::forward_to;
use super::{AsyncBufRead, AsyncRead, AsyncSeek, AsyncWrite, BufReader, BufWriter, ReadBuf};
use crate::sys::pinned::pinned_parts;

/// A stream with a buffer for what is read, as [`BufReader`], and one for what is
/// written, as [`BufWriter`]: flush what is to be sent.
///
/// # Examples
///
/// ```
/// use buzzer::io::{AsyncBufReadExt, AsyncWriteExt, BufStream, duplex};
///
/// # buzzer::block_on(async {
/// let (customer, barista) = duplex(64);
/// let (mut customer, mut barista) = (BufStream::new(customer), BufStream::new(barista));
/// customer.write_all(b"mocha\n").await?;
/// customer.flush().await?;
/// let mut order = String::new();
/// barista.read_line(&mut order).await?;
/// assert_eq!(order, "mocha\n");
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
///
/// ```
/// use std::pin::Pin;
/// use buzzer::io::{AsyncReadExt, AsyncWriteExt, BufStream, duplex};
///
/// # buzzer::block_on(async {
/// let (here, mut there) = duplex(64);
/// let mut here = BufStream::with_capacity(1_024, 1_024, here);
/// here.write_all(b"mocha").await?;
/// here.flush().await?; // Only now it is sent.
/// let mut order = [0; 5];
/// there.read_exact(&mut order).await?;
/// here.get_mut().write_all(b"!").await?; // Past the buffer.
/// Pin::new(&mut here).get_pin_mut().shutdown().await?;
/// println!("{:?} of {:?}", order, here.get_ref());
/// let stream = here.into_inner();
/// # drop(stream);
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
#[derive(Debug)]
pub struct BufStream<RW> {
    inner: BufReader<BufWriter<RW>>,
}

pinned_parts!(BufStream<RW> { pin inner: BufReader<BufWriter<RW>>, });

impl<RW> BufStream<RW> {
    /// Two buffers of 8 KiB, which take memory when they are needed.
    pub fn new(stream: RW) -> Self {
        BufReader::new(BufWriter::new(stream)).into()
    }

    /// Two buffers of so many bytes.
    pub fn with_capacity(reader_capacity: usize, writer_capacity: usize, stream: RW) -> Self {
        let writer = BufWriter::with_capacity(writer_capacity, stream);
        BufReader::with_capacity(reader_capacity, writer).into()
    }

    /// The stream.
    pub fn get_ref(&self) -> &RW {
        self.inner.get_ref().get_ref()
    }

    /// The stream. To read from it or write to it bypasses the buffers.
    pub fn get_mut(&mut self) -> &mut RW {
        self.inner.get_mut().get_mut()
    }

    /// The same, pinned.
    pub fn get_pin_mut(self: Pin<&mut Self>) -> Pin<&mut RW> {
        self.parts().0.get_pin_mut().get_pin_mut()
    }

    /// The stream. What is in the buffers is lost.
    pub fn into_inner(self) -> RW {
        self.inner.into_inner().into_inner()
    }
}

impl<RW> From<BufReader<BufWriter<RW>>> for BufStream<RW> {
    fn from(inner: BufReader<BufWriter<RW>>) -> Self {
        Self { inner }
    }
}

/// What is in the buffers stays there.
impl<RW> From<BufWriter<BufReader<RW>>> for BufStream<RW> {
    fn from(outer: BufWriter<BufReader<RW>>) -> Self {
        let mut reader = None;
        let writer = outer.map(|inner| {
            let mut stream = None;
            reader = Some(inner.map(|inner| stream = Some(inner)));
            stream.expect("set by the map")
        });
        let reader = reader.expect("set by the map");
        reader.map(|()| writer).into()
    }
}

impl<RW: AsyncRead> AsyncRead for BufStream<RW> {
    forward_read_to!(self => self.parts().0, self.inner);
}

impl<RW: AsyncRead> AsyncBufRead for BufStream<RW> {
    forward_buffer_to!(self => self.parts().0);
}

impl<RW: AsyncWrite> AsyncWrite for BufStream<RW> {
    forward_to!(self => self.parts().0, self.inner);
}

impl<RW: AsyncRead + AsyncWrite + AsyncSeek> AsyncSeek for BufStream<RW> {
    fn start_seek(self: Pin<&mut Self>, position: SeekFrom) -> io::Result<()> {
        self.parts().0.start_seek(position)
    }

    fn poll_complete(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<u64>> {
        self.parts().0.poll_complete(cx)
    }
}
