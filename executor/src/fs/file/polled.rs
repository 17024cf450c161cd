//! A file as its traits have it: operations that are polled.
//!
//! Owns [`AsyncRead`], [`AsyncWrite`] and [`AsyncSeek`] of [`File`]. A poll goes the
//! same way as a method: settle, serve what a dropped read has left, try at once,
//! else a job. But it can't keep the job in a future, so the job is adrift from the
//! start (see `leftover.rs`), and what becomes of it stays in the `Ends` (`ends.rs`) until
//! the poll that asks for it. Without that, a read that finds the end, or an error,
//! would be begun anew by each poll.
//!
//! If no such poll comes, the operation was a dropped one: the next method that is
//! called takes the ends for that.

use std::io::{self, IoSlice, SeekFrom};
use std::mem;
use std::os::fd::AsFd;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use super::File;
use super::ends::{End, Seek};
use super::leftover::Left;
use crate::fs::first_try::AT_ONCE;
use crate::io::error::named;
use crate::io::handed_over::HandedOver;
use crate::io::{AsyncRead, AsyncSeek, AsyncWrite, ReadBuf};
use crate::machine::budget;
use crate::sys::file;

impl File {
    fn poll_read_some(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        loop {
            ready!(self.leftover.poll_settle(cx))?;
            let state = self.leftover.get_mut();
            if let Some(error) = state.ends.give_up_seek() {
                return Poll::Ready(Err(named("earlier", "seek", error)));
            }
            let ended = state.ends.read.take();
            if let Some(Err(error)) = ended {
                return Poll::Ready(Err(error));
            }
            if !state.unread.is_empty() {
                state.unread.take_into_buf(buffer);
                return Poll::Ready(Ok(()));
            }
            if ended.is_some() {
                // The end of the file.
                return Poll::Ready(Ok(()));
            }
            let read = |file: &Self| file::fill_cached(file.as_fd(), buffer, AT_ONCE);
            if let Some(result) = self.try_read(read, Self::is_at_end) {
                return Poll::Ready(result.map(drop));
            }
            let handle = self.start_read(buffer.remaining());
            self.leftover.begin(handle, |joined| {
                let (unread, result) = match joined {
                    Ok((unread, result)) => (Some(unread), result),
                    Err(error) => (None, Err(error)),
                };
                Left {
                    unread,
                    failed: None,
                    end: Some(End::Read(result)),
                }
            });
        }
    }

    fn poll_write_some(
        &mut self,
        cx: &mut Context<'_>,
        buffers: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        loop {
            ready!(self.leftover.poll_settle(cx))?;
            let ends = &mut self.leftover.get_mut().ends;
            if let Some(error) = ends.give_up_seek() {
                return Poll::Ready(Err(named("earlier", "seek", error)));
            }
            if let Some(HandedOver { data, written }) =
                ends.write.take_if(|write| write.is_asked_for_with(buffers))
            {
                self.spare = data;
                return Poll::Ready(self.result_of(written));
            }
            if let Some(dropped) = ends.write.take()
                && let Some(error) = dropped.written.error
            {
                return Poll::Ready(Err(named("earlier", "write", error)));
            }
            // What was read ahead is given back by the write.
            ends.read = None;
            if let Some(result) = self.try_write(buffers) {
                return Poll::Ready(result);
            }
            let handle = self.start_write(buffers);
            self.leftover.begin(handle, |joined| match joined {
                Ok((unread, data, written)) => Left {
                    unread: Some(unread),
                    failed: None,
                    end: Some(End::Write(HandedOver { data, written })),
                },
                Err(error) => Left::of::<()>(Err(error)),
            });
        }
    }

    /// The error of a write that is still to be asked for is told here; how much was
    /// written stays for the poll that asks.
    fn poll_flush_all(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.leftover.poll_settle(cx))?;
        let ends = &mut self.leftover.get_mut().ends;
        Poll::Ready(match HandedOver::take_error(&mut ends.write) {
            Some(error) => Err(named("earlier", "write", error)),
            None => Ok(()),
        })
    }

    fn poll_seek_end(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<u64>> {
        loop {
            ready!(self.leftover.poll_settle(cx))?;
            let ends = &mut self.leftover.get_mut().ends;
            let to = match mem::take(&mut ends.seek) {
                Seek::Ended(_, result) => return Poll::Ready(result),
                Seek::Asked(to) | Seek::Begun(to) => to,
                Seek::None => SeekFrom::Current(0),
            };
            // The same bytes, brought from here on, are for another place.
            if let Some(dropped) = ends.write.take()
                && let Some(error) = dropped.written.error
            {
                return Poll::Ready(Err(named("earlier", "write", error)));
            }
            // It may be that of another place.
            ends.read = None;
            if let Some(result) = self.seek_at_once(to) {
                return Poll::Ready(result);
            }
            let handle = self.start_seek_job(to);
            self.leftover.get_mut().ends.seek = Seek::Begun(to);
            self.leftover.begin(handle, |joined| {
                let (unread, result) = match joined {
                    Ok((unread, result)) => (Some(unread), result),
                    Err(error) => (None, Err(error)),
                };
                Left {
                    unread,
                    failed: None,
                    end: Some(End::Seek(result)),
                }
            });
        }
    }
}

/// As [`File::read`]. What a worker reads for a poll whose task then does something
/// else, the next read returns.
impl AsyncRead for File {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if buffer.remaining() == 0 {
            return Poll::Ready(Ok(()));
        }
        let polled = ready!(budget::charge(cx, |cx| self.poll_read_some(cx, buffer)));
        Poll::Ready(polled.map_err(|error| self.name("read", error)))
    }

    fn name_read_error(&self, error: io::Error) -> io::Error {
        self.name("read", error)
    }
}

/// As [`File::write`]: ready when the bytes are with the kernel. A poll that brings
/// the same bytes again asks for the write that was begun with them, unless a seek
/// or a method came in between; one that brings others waits for that, and then
/// writes its own.
impl AsyncWrite for File {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(cx, &[IoSlice::new(bytes)])
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffers: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if buffers.iter().all(|buffer| buffer.is_empty()) {
            return Poll::Ready(Ok(0));
        }
        let polled = ready!(budget::charge(cx, |cx| self.poll_write_some(cx, buffers)));
        Poll::Ready(polled.map_err(|error| self.name("write", error)))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let polled = ready!(budget::charge(cx, |cx| self.poll_flush_all(cx)));
        Poll::Ready(polled.map_err(|error| self.name("flush", error)))
    }

    fn name_write_error(&self, error: io::Error) -> io::Error {
        self.name("write", error)
    }

    /// As [`poll_flush`](Self::poll_flush): the file is closed when it is dropped.
    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_flush(cx)
    }
}

/// As [`File::seek`]. A seek that is begun again before it has been completed, with
/// the same position, is one seek, unless something else came in between. One that
/// had not got as far as the system by then does not happen.
impl AsyncSeek for File {
    fn start_seek(mut self: Pin<&mut Self>, position: SeekFrom) -> io::Result<()> {
        let state = self.leftover.get_mut();
        match &state.ends.seek {
            Seek::Begun(to) | Seek::Ended(to, _) if *to == position => return Ok(()),
            _ => {}
        }
        let before = mem::replace(&mut state.ends.seek, Seek::Asked(position));
        if let Seek::Ended(_, Err(error)) = before {
            state.fail_later("seek", error);
        }
        Ok(())
    }

    fn poll_complete(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<u64>> {
        let polled = ready!(budget::charge(cx, |cx| self.poll_seek_end(cx)));
        Poll::Ready(polled.map_err(|error| self.name("seek in", error)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::AsyncWriteExt;
    use crate::io::handed_over::Written;

    /// A file of which four bytes of ten were written by a worker before an error,
    /// which no poll has asked for yet.
    fn half_written() -> File {
        let mut file = File::from_std(tempfile::tempfile().unwrap());
        let written = Written {
            count: 4,
            error: Some(io::ErrorKind::StorageFull.into()),
        };
        let data = b"0123456789".to_vec();
        file.leftover.get_mut().ends.write = Some(HandedOver { data, written });
        file
    }

    #[test]
    fn an_error_after_a_part_comes_after_the_part() {
        crate::block_on(async {
            let mut file = Box::new(half_written()) as Box<dyn AsyncWrite + Unpin>;
            assert_eq!(file.write(b"0123456789").await.unwrap(), 4);
            let error = file.flush().await.unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::StorageFull);
            file.flush().await.unwrap();
        });
    }

    #[test]
    fn an_error_told_by_a_flush_leaves_the_part_to_be_told() {
        crate::block_on(async {
            let mut file = Box::new(half_written()) as Box<dyn AsyncWrite + Unpin>;
            let error = file.flush().await.unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::StorageFull);
            assert_eq!(file.write(b"0123456789").await.unwrap(), 4);
            file.flush().await.unwrap();
        });
    }
}
