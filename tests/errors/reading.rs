//! What reading and writing find by themselves, where there is no name to give.

use std::io::{self, ErrorKind};
use std::os::fd::AsRawFd;
use std::pin::Pin;
use std::task::{Context, Poll};

use buzzer::io::{
    AsyncBufReadExt, AsyncFd, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader, Interest,
};
use libc::{EBADF, EEXIST, EPERM};

use crate::{finds, os, says, system, temp_dir};

/// Takes nothing.
struct Stuffed;

impl AsyncWrite for Stuffed {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, _: &[u8]) -> Poll<io::Result<usize>> {
        Poll::Ready(Ok(0))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[test]
fn memory_and_writers_that_take_nothing() {
    buzzer::block_on(async {
        const NO_TEXT: &str = "stream did not contain valid UTF-8";
        let (mut short, mut none) = (&b"one"[..], &b"caf\xe9\n"[..]);
        let read = short.read_exact(&mut [0; 5]).await;
        let early = "the end came after 3 of 5 bytes";
        finds("read past the end", read, early, ErrorKind::UnexpectedEof);
        let read = none.read_to_string(&mut String::new()).await;
        finds("read text", read, NO_TEXT, ErrorKind::InvalidData);
        let mut lines = BufReader::new(&b"caf\xe9\n"[..]).lines();
        finds(
            "read lines",
            lines.next_line().await,
            NO_TEXT,
            ErrorKind::InvalidData,
        );
        let zero = io::Error::from(ErrorKind::WriteZero).to_string();
        let written = Stuffed.write_all(b"x").await;
        finds("wrote", written, &zero, ErrorKind::WriteZero);
        let copied = buzzer::io::copy(&mut &b"x"[..], &mut Stuffed).await;
        finds("copied", copied, &zero, ErrorKind::WriteZero);
    });
}

#[test]
fn descriptors_that_cannot_be_waited_for_are_called_by_their_kind() {
    buzzer::block_on(async {
        let folder = temp_dir();
        let open = |path: &std::path::Path| AsyncFd::new(std::fs::File::open(path).unwrap());
        says(
            "a folder",
            open(folder.path()),
            "wait for a directory",
            os(EPERM),
        );
        let path = folder.path().join("file");
        std::fs::write(&path, "").unwrap();
        says("a file", open(&path), "wait for a regular file", os(EPERM));
        if system::SELECTOR_IS_EPOLL {
            let null = open("/dev/null".as_ref());
            says("a device", null, "wait for a character device", os(EPERM));
        }
        says(
            "no descriptor",
            AsyncFd::new(-1),
            "wait for a closed descriptor",
            os(EBADF),
        );
        let (one, _other) = std::os::unix::net::UnixStream::pair().unwrap();
        let first = AsyncFd::new(one.as_raw_fd());
        let socket = "wait for a socket, which is registered in this runtime already";
        says(
            "one twice",
            AsyncFd::new(one.as_raw_fd()),
            socket,
            os(EEXIST),
        );
        drop(first);
        let (reader, _writer) = io::pipe().unwrap();
        let reader = AsyncFd::with_interest(reader, Interest::READABLE).unwrap();
        let block = io::Error::from(ErrorKind::WouldBlock).to_string();
        let tried = reader.try_io(Interest::READABLE, |_| Ok(()));
        finds(
            "tried one that is not ready",
            tried,
            block,
            ErrorKind::WouldBlock,
        );
    });
}
