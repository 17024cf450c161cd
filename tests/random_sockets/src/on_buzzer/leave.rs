//! What an end on buzzer does when the other goes, and after that.

use super::stream::Tries;
use crate::by_blocking::{TOO_MUCH, broken};
use crate::pattern::{Heard, stretch};
use crate::system::told;
use crate::talk::{After, Meanwhile};
use buzzer::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use std::io;

pub async fn reads(read: &mut (impl AsyncRead + Unpin), place: u64) -> String {
    let mut heard = Heard::new(place);
    let mut buffer = [0; 333];
    loop {
        match read.read(&mut buffer).await {
            Ok(0) => return format!("received {}, the end", heard.told()),
            Ok(count) => heard.take(&buffer[..count]),
            Err(error) => return format!("received {}, {}", heard.told(), told(&error)),
        }
    }
}

pub async fn writes(write: &mut (impl AsyncWrite + Unpin)) -> String {
    match write.write_all(&vec![0; TOO_MUCH]).await {
        Ok(()) => "sent all".into(),
        Err(error) => broken(&error),
    }
}

pub async fn meanwhile(
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
    meanwhile: Meanwhile,
    place: u64,
) -> String {
    match meanwhile {
        Meanwhile::Waits => String::new(),
        Meanwhile::Reads => reads(stream, place).await,
        Meanwhile::Writes => writes(stream).await,
    }
}

fn count(count: usize) -> String {
    format!("{count} bytes")
}

pub async fn after_read(
    read: &mut (impl AsyncRead + Tries + Unpin),
    after: After,
) -> io::Result<String> {
    let room = |length: u16| vec![0; length.into()];
    Ok(match after {
        After::Read(length) => count(read.read(&mut room(length)).await?),
        After::TryRead(length) => {
            read.readable().await?;
            count(read.try_read(&mut room(length))?)
        }
        After::Peek(length) => count(read.peek(&mut room(length)).await?),
        _ => {
            read.readable().await?;
            "readable".into()
        }
    })
}

pub async fn after_write(
    write: &mut (impl AsyncWrite + Tries + Unpin),
    after: After,
) -> io::Result<String> {
    let bytes = |length: u16| stretch(0, length.into());
    Ok(match after {
        After::Write(length) => count(write.write(&bytes(length)).await?),
        After::TryWrite(length) => {
            write.writable().await?;
            count(write.try_write(&bytes(length))?)
        }
        After::Shutdown => {
            write.shutdown().await?;
            "shut".into()
        }
        _ => {
            write.writable().await?;
            "writable".into()
        }
    })
}

pub async fn after(
    stream: &mut (impl AsyncRead + AsyncWrite + Tries + Unpin),
    after: After,
) -> io::Result<String> {
    match after {
        After::Read(_) | After::TryRead(_) | After::Peek(_) | After::Readable => {
            after_read(stream, after).await
        }
        After::Write(_) | After::TryWrite(_) | After::Shutdown | After::Writable => {
            after_write(stream, after).await
        }
    }
}
