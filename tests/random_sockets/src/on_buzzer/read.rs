//! One direction, as its receiver on buzzer.

use super::stream::{Reads, Tries};
use super::{HAS_A_WAY, spend, within};
use crate::pattern::Heard;
use crate::plan::Receiving;
use crate::system::{self, told};
use crate::talk::Take;
use buzzer::io::{AsyncBufReadExt, AsyncReadExt, BufReader, Interest};
use bytes::{BufMut, BytesMut};
use std::io::{self, IoSliceMut};

pub async fn receive_all<S: Tries>(read: &mut impl Reads<S>, receiving: &Receiving) -> String {
    let mut heard = Heard::new(receiving.from);
    let mut marks = Vec::new();
    let outcome = received(read, receiving, &mut heard, &mut marks).await;
    let mut text = format!("received {}", heard.told());
    if !marks.is_empty() {
        text += &format!(", descriptors {marks:?}");
    }
    match outcome {
        Ok(()) if receiving.to_end => text + ", the end",
        Ok(()) => text,
        Err(error) => text + ", " + &told(&error),
    }
}

async fn received<S: Tries>(
    read: &mut impl Reads<S>,
    receiving: &Receiving,
    heard: &mut Heard,
    marks: &mut Vec<u8>,
) -> io::Result<()> {
    let fallback = [Take::Some(4096)];
    let takes = match receiving.takes.iter().all(|take| !moves(take)) {
        true => &fallback[..],
        false => &receiving.takes,
    };
    let mut takes = takes.iter().cycle();
    loop {
        let left = receiving.count.saturating_sub(heard.count()) as usize;
        if left == 0 {
            break;
        }
        if receiving.with_rights {
            let stream = read.stream().expect(HAS_A_WAY);
            let mut buffer = vec![0; left.min(1000)];
            let receive = |fd: rustix::fd::BorrowedFd<'_>| system::receive_rights(fd, &mut buffer);
            let (count, came) = stream.operate(Interest::READABLE, receive).await?;
            heard.take(&buffer[..count]);
            marks.extend(came);
            not_the_end(count)?;
            continue;
        }
        let take = takes.next().expect("it goes round");
        take_one(read, take, left, receiving.more_is_there, heard).await?;
    }
    if receiving.to_end {
        // It stays.
        for _ in 0..2 {
            let mut two = [0; 2];
            let count = read.read(&mut two).await?;
            heard.take(&two[..count]);
            if count > 0 {
                return Err(io::Error::other("more than was sent"));
            }
        }
    }
    Ok(())
}

fn moves(take: &Take) -> bool {
    !matches!(take, Take::Nothing | Take::Spend | Take::Peek(_))
}

fn not_the_end(count: usize) -> io::Result<()> {
    match count {
        0 => Err(io::ErrorKind::UnexpectedEof.into()),
        _ => Ok(()),
    }
}

async fn take_one<S: Tries>(
    read: &mut impl Reads<S>,
    take: &Take,
    left: usize,
    more_is_there: bool,
    heard: &mut Heard,
) -> io::Result<()> {
    let most = if more_is_there { left } else { usize::MAX };
    let room = |length: u32| vec![0; (length as usize).clamp(1, most)];
    match *take {
        Take::Nothing => assert_eq!(read.read(&mut []).await?, 0),
        Take::Spend => spend().await,
        Take::Exact(length) => {
            let mut buffer = vec![0; (length as usize).clamp(1, left)];
            read.read_exact(&mut buffer).await?;
            heard.take(&buffer);
        }
        Take::Buf(length) => {
            let buffer = BytesMut::with_capacity(length as usize);
            let mut buffer = buffer.limit((length as usize).clamp(1, most));
            let count = read.read_buf(&mut buffer).await?;
            not_the_end(count)?;
            heard.take(&buffer.into_inner());
        }
        Take::Limited(length) => {
            let length = (length as usize).clamp(1, left);
            let mut all = Vec::new();
            (&mut *read)
                .take(length as u64)
                .read_to_end(&mut all)
                .await?;
            heard.take(&all);
            not_the_end(all.len())?;
        }
        Take::Buffered(length) => {
            // It may read ahead, so it gets no more than is to be read.
            let limited = (&mut *read).take(most as u64);
            let mut buffered = BufReader::with_capacity(length.max(1) as usize, limited);
            let bytes = buffered.fill_buf().await?;
            let count = bytes.len();
            heard.take(bytes);
            buffered.consume(count);
            not_the_end(count)?;
        }
        Take::Dropped(length, polls) => {
            let mut buffer = room(length);
            let given = within(polls, read.read(&mut buffer)).await;
            // What was given up has taken nothing, so the next finds the same.
            let count = match given {
                Some(count) => count?,
                None => read.read(&mut buffer).await?,
            };
            not_the_end(count)?;
            heard.take(&buffer[..count]);
        }
        Take::Peek(length) => {
            let Some(stream) = read.stream().filter(|_| S::PEEKS) else {
                return Ok(());
            };
            let mut buffer = room(length);
            let count = stream.peek(&mut buffer).await?;
            not_the_end(count)?;
            heard.look(&buffer[..count]);
        }
        Take::Some(length) => {
            let mut buffer = room(length);
            let count = read.read(&mut buffer).await?;
            not_the_end(count)?;
            heard.take(&buffer[..count]);
        }
        Take::Try(_) | Take::TryVectored(..) => tried(read, take, most, heard).await?,
    }
    Ok(())
}

async fn tried<S: Tries>(
    read: &mut impl Reads<S>,
    take: &Take,
    most: usize,
    heard: &mut Heard,
) -> io::Result<()> {
    let (length, parts) = match *take {
        Take::TryVectored(length, parts) => (length, Some(parts)),
        Take::Try(length) => (length, None),
        _ => return Ok(()),
    };
    let mut buffer = vec![0; (length as usize).clamp(1, most)];
    let Some(stream) = read.stream() else {
        let count = read.read(&mut buffer).await?;
        not_the_end(count)?;
        heard.take(&buffer[..count]);
        return Ok(());
    };
    stream.readable().await?;
    let count = match parts {
        None => stream.try_read(&mut buffer),
        Some(parts) => {
            let piece = buffer.len().div_ceil(parts.max(1).into());
            let mut pieces: Vec<_> = buffer.chunks_mut(piece).map(IoSliceMut::new).collect();
            stream.try_read_vectored(&mut pieces)
        }
    };
    match count {
        Ok(count) => {
            not_the_end(count)?;
            heard.take(&buffer[..count]);
            Ok(())
        }
        // The kernel has the last word; nothing is lost.
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(()),
        Err(error) => Err(error),
    }
}
