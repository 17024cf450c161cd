//! One direction, as its sender on buzzer.

use super::stream::{Tries, Writes};
use super::{HAS_A_WAY, spend, within};
use crate::pattern::stretch;
use crate::plan::Sending;
use crate::system::{self, told};
use crate::talk::Put;
use buzzer::io::{AsyncWrite, AsyncWriteExt, BufWriter, Interest};
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

pub async fn send_all<S: Tries>(
    write: &mut impl Writes<S>,
    sending: &Sending,
    inline: bool,
) -> String {
    let mut place = sending.from;
    let mut outcome = Ok(());
    for put in &sending.puts {
        outcome = put_one(write, &mut place, put, inline).await;
        if outcome.is_err() {
            break;
        }
    }
    let ended = |outcome: io::Result<()>| match outcome {
        Ok(()) => String::new(),
        Err(error) => format!(", {}", told(&error)),
    };
    let count = place - sending.from;
    let mut told = format!("sent {count} bytes{}", ended(outcome));
    if sending.shut && S::PEEKS {
        told += &format!(", shut{}", ended(write.shutdown().await));
    }
    told
}

async fn put_one<S: Tries>(
    write: &mut impl Writes<S>,
    place: &mut u64,
    put: &Put,
    inline: bool,
) -> io::Result<()> {
    let length = match *put {
        Put::Nothing => {
            assert_eq!(write.write(&[]).await?, 0);
            return Ok(());
        }
        Put::Spend => {
            spend().await;
            return Ok(());
        }
        Put::Urgent | Put::Rights(..) => return put_by_hand(write, place, put, inline).await,
        Put::All(length)
        | Put::Some(length)
        | Put::Vectored(length, _)
        | Put::Try(length)
        | Put::TryVectored(length, _)
        | Put::Dropped(length, _)
        | Put::Buffered(length, _)
        | Put::Copied(length) => length,
    };
    let bytes = stretch(*place, length as usize);
    let from = *place;
    let mut counted = Counted { write, place };
    match *put {
        Put::All(_) => counted.write_all(&bytes).await?,
        Put::Copied(_) => {
            let copied = buzzer::io::copy(&mut &bytes[..], &mut counted).await?;
            assert_eq!(copied, u64::from(length));
        }
        Put::Buffered(_, piece) => {
            let mut buffered = BufWriter::with_capacity(100, &mut counted);
            for piece in bytes.chunks(piece.max(1).into()) {
                buffered.write_all(piece).await?;
            }
            buffered.flush().await?;
        }
        Put::Dropped(_, polls) => {
            let all = within(polls, counted.write_all(&bytes)).await;
            all.unwrap_or(Ok(()))?;
        }
        _ => {}
    }
    // What was given up, and what is written as it comes.
    loop {
        let rest = &bytes[(*counted.place - from) as usize..];
        if rest.is_empty() {
            return Ok(());
        }
        some_of(&mut counted, rest, put).await?;
    }
}

async fn some_of<S: Tries, W: Writes<S>>(
    counted: &mut Counted<'_, W>,
    rest: &[u8],
    put: &Put,
) -> io::Result<()> {
    let parts = match *put {
        Put::Vectored(_, parts) | Put::TryVectored(_, parts) => parts,
        _ => 1,
    };
    let pieces = rest.chunks(rest.len().div_ceil(parts.max(1).into()));
    let pieces: Vec<_> = pieces.map(IoSlice::new).collect();
    let count = match (put, counted.write.stream()) {
        (Put::Vectored(..), _) => return counted.write_vectored(&pieces).await.map(drop),
        (Put::Try(_), Some(stream)) => {
            stream.writable().await?;
            stream.try_write(rest)
        }
        (Put::TryVectored(..), Some(stream)) => {
            stream.writable().await?;
            stream.try_write_vectored(&pieces)
        }
        _ => return counted.write(rest).await.map(drop),
    };
    match count {
        Ok(count) => *counted.place += count as u64,
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
        Err(error) => return Err(error),
    }
    Ok(())
}

/// By a system call that the library has not.
async fn put_by_hand<S: Tries>(
    write: &mut impl Writes<S>,
    place: &mut u64,
    put: &Put,
    inline: bool,
) -> io::Result<()> {
    let (length, rights) = match *put {
        Put::Rights(length, rights) => (length.into(), rights.into()),
        _ => (1, 0),
    };
    let bytes = stretch(*place, length);
    let stream = write.stream().expect(HAS_A_WAY);
    let operation = stream.operate(Interest::WRITABLE, |fd| match put {
        Put::Urgent => system::send_urgent(fd, bytes[0]),
        _ => {
            let sent = system::send_rights(fd, &bytes, rights)?;
            assert_eq!(sent, bytes.len(), "a small message goes whole");
            Ok(())
        }
    });
    operation.await?;
    if *put != Put::Urgent || inline {
        *place += length as u64;
    }
    Ok(())
}

/// Counts what was taken, also of a write that is dropped.
struct Counted<'a, W> {
    write: &'a mut W,
    place: &'a mut u64,
}

impl<W: AsyncWrite + Unpin> AsyncWrite for Counted<'_, W> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let count = ready!(Pin::new(&mut *self.write).poll_write(cx, bytes))?;
        *self.place += count as u64;
        Poll::Ready(Ok(count))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffers: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let count = ready!(Pin::new(&mut *self.write).poll_write_vectored(cx, buffers))?;
        *self.place += count as u64;
        Poll::Ready(Ok(count))
    }

    fn is_write_vectored(&self) -> bool {
        self.write.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.write).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.write).poll_shutdown(cx)
    }
}
