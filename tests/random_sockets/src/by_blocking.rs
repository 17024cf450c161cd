//! The twin: the same conversation by plain blocking calls on a descriptor.
//!
//! Called by `conduct.rs`, each strand on a thread of its own.

use crate::pattern::{Heard, stretch};
use crate::plan::{Receiving, Sending};
use crate::system::{self, told};
use crate::talk::{After, Meanwhile, Put, Take};
use rustix::event::PollFlags;
use rustix::fd::AsFd;
use rustix::net::{RecvFlags, SendFlags, Shutdown, recv, send, shutdown};
use std::io::{self, IoSlice, IoSliceMut};

/// More than the buffers of both ends have room for: the receiver's grows with what it is
/// sent, to some 32 MiB. What nobody has written to takes no memory.
pub const TOO_MUCH: usize = 1 << 28;

pub fn send_all(fd: impl AsFd, sending: &Sending, inline: bool, is_pipe: bool) -> String {
    let (count, outcome) = sent(&fd, sending, inline);
    let mut told = format!("sent {count} bytes{}", ended(&outcome));
    if sending.shut && !is_pipe {
        let shut = shutdown(&fd, Shutdown::Write).map_err(io::Error::from);
        told += &format!(", shut{}", ended(&shut));
    }
    told
}

fn ended<T>(outcome: &io::Result<T>) -> String {
    match outcome {
        Ok(_) => String::new(),
        Err(error) => format!(", {}", told(error)),
    }
}

fn sent(fd: impl AsFd, sending: &Sending, inline: bool) -> (u64, io::Result<()>) {
    let mut place = sending.from;
    for put in &sending.puts {
        let sent = put_one(&fd, &mut place, put, inline);
        if let Err(error) = sent {
            return (place - sending.from, Err(error));
        }
    }
    (place - sending.from, Ok(()))
}

fn put_one(fd: impl AsFd, place: &mut u64, put: &Put, inline: bool) -> io::Result<()> {
    let (length, parts) = match *put {
        Put::All(length) | Put::Some(length) | Put::Dropped(length, _) => (length, 1),
        Put::Copied(length) | Put::Try(length) => (length, 1),
        Put::Vectored(length, parts) | Put::TryVectored(length, parts) => (length, parts),
        Put::Buffered(length, _) => (length, 2),
        Put::Urgent => {
            let byte = stretch(*place, 1)[0];
            *place += u64::from(inline);
            return system::send_urgent(fd, byte);
        }
        Put::Rights(length, count) => {
            let bytes = stretch(*place, length.into());
            *place += u64::from(length);
            let sent = system::send_rights(fd, &bytes, count.into())?;
            assert_eq!(sent, bytes.len(), "a small message goes whole");
            return Ok(());
        }
        Put::Nothing | Put::Spend => return Ok(()),
    };
    let bytes = stretch(*place, length as usize);
    let mut rest = &bytes[..];
    while !rest.is_empty() {
        let pieces = rest.chunks(rest.len().div_ceil(parts.max(1).into()));
        let pieces: Vec<_> = pieces.map(IoSlice::new).collect();
        let count = rustix::io::writev(&fd, &pieces)?;
        *place += count as u64;
        rest = &rest[count..];
    }
    Ok(())
}

pub fn receive_all(fd: impl AsFd, receiving: &Receiving) -> String {
    let mut heard = Heard::new(receiving.from);
    let mut marks = Vec::new();
    let outcome = received(&fd, receiving, &mut heard, &mut marks);
    let mut told = format!("received {}", heard.told());
    if !marks.is_empty() {
        told += &format!(", descriptors {marks:?}");
    }
    match outcome {
        Ok(()) if receiving.to_end => told + ", the end",
        outcome => told + &ended(&outcome),
    }
}

fn received(
    fd: impl AsFd,
    receiving: &Receiving,
    heard: &mut Heard,
    marks: &mut Vec<u8>,
) -> io::Result<()> {
    let mut takes = receiving.takes.iter().cycle();
    loop {
        let left = (receiving.count - heard.count()) as usize;
        // The end is asked for twice: it stays.
        if left == 0 && !receiving.to_end {
            return Ok(());
        }
        if left == 0 {
            let mut two = [0; 2];
            for _ in 0..2 {
                let count = rustix::io::read(&fd, &mut two)?;
                heard.take(&two[..count]);
                if count > 0 {
                    return Err(io::Error::other("more than was sent"));
                }
            }
            return Ok(());
        }
        if receiving.with_rights {
            let mut buffer = vec![0; left.min(1000)];
            let (count, came) = system::receive_rights(&fd, &mut buffer)?;
            heard.take(&buffer[..count]);
            marks.extend(came);
            if count == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            continue;
        }
        let (room, parts) = match takes.next() {
            Some(&Take::TryVectored(length, parts)) => (length, parts),
            Some(
                &(Take::Exact(length)
                | Take::Some(length)
                | Take::Buf(length)
                | Take::Try(length)
                | Take::Dropped(length, _)
                | Take::Limited(length)
                | Take::Buffered(length)
                | Take::Peek(length)),
            ) => (length, 1),
            Some(Take::Nothing | Take::Spend) | None => (4096, 1),
        };
        let mut buffer = vec![0; (room as usize).clamp(1, left)];
        let pieces =
            buffer.chunks_mut(left.min(room as usize).max(1).div_ceil(parts.max(1).into()));
        let mut pieces: Vec<_> = pieces.map(IoSliceMut::new).collect();
        let count = rustix::io::readv(&fd, &mut pieces)?;
        heard.take(&buffer[..count]);
        if count == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
}

/// What the other does while one end leaves. What was sent is not told: how much of it had
/// room is the kernel's.
pub fn meanwhile(fd: impl AsFd, meanwhile: Meanwhile, place: u64) -> String {
    match meanwhile {
        Meanwhile::Waits => String::new(),
        Meanwhile::Reads => {
            let mut heard = Heard::new(place);
            let mut buffer = [0; 333];
            loop {
                match rustix::io::read(&fd, &mut buffer).map_err(io::Error::from) {
                    Ok(0) => return format!("received {}, the end", heard.told()),
                    Ok(count) => heard.take(&buffer[..count]),
                    error => return format!("received {}{}", heard.told(), ended(&error)),
                }
            }
        }
        Meanwhile::Writes => {
            let bytes = vec![0; TOO_MUCH];
            let mut rest = &bytes[..];
            while !rest.is_empty() {
                match rustix::io::write(&fd, rest) {
                    Ok(count) => rest = &rest[count..],
                    Err(error) => return broken(&error.into()),
                }
            }
            "sent all".into()
        }
    }
}

/// A writer that is told in the midst is told of one or the other, as it comes.
pub fn broken(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset => "sent in vain".into(),
        _ => told(error),
    }
}

pub fn after(fd: impl AsFd, after: After, is_pipe: bool) -> io::Result<String> {
    let count = |count: usize| format!("{count} bytes");
    let room = |length: u16| vec![0; length.into()];
    let bytes = |length: u16| stretch(0, length.into());
    let dont_wait = RecvFlags::DONTWAIT;
    Ok(match after {
        After::Read(length) => count(rustix::io::read(&fd, &mut room(length)[..])?),
        After::TryRead(length) if is_pipe => count(rustix::io::read(&fd, &mut room(length)[..])?),
        After::TryRead(length) => count(recv(&fd, &mut room(length)[..], dont_wait)?.0),
        After::Peek(length) => count(recv(&fd, &mut room(length)[..], RecvFlags::PEEK)?.0),
        After::Write(length) => count(rustix::io::write(&fd, &bytes(length))?),
        After::TryWrite(length) if is_pipe => count(rustix::io::write(&fd, &bytes(length))?),
        After::TryWrite(length) => {
            let flags = SendFlags::DONTWAIT | SendFlags::NOSIGNAL;
            count(send(&fd, &bytes(length), flags)?)
        }
        After::Shutdown => match shutdown(&fd, Shutdown::Write) {
            // The library's rule: there is nothing left to shut down.
            Ok(()) | Err(rustix::io::Errno::NOTCONN) => "shut".into(),
            Err(error) => return Err(error.into()),
        },
        After::Readable => {
            system::wait_for(&fd, PollFlags::IN)?;
            "readable".into()
        }
        After::Writable => {
            system::wait_for(&fd, PollFlags::OUT)?;
            "writable".into()
        }
    })
}
