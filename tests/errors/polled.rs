//! A file as the traits have it, alone and under what is made of other readers: it
//! keeps its name.

use std::future::poll_fn;
use std::io::{ErrorKind, SeekFrom};
use std::path::Path;
use std::pin::pin;
use std::task::Poll;

use buzzer::fs::{File, OpenOptions};
use buzzer::io::{
    self, AsyncBufRead, AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncSeek, AsyncSeekExt,
    AsyncWrite, AsyncWriteExt,
};
use libc::{EBADF, EINVAL, EISDIR, ENOSPC};

use crate::files::both_ways;
use crate::{finds, os, says, shown};

/// Polls `future` once and drops it: what it gave, if it was ready.
pub async fn poll_once<T>(future: impl Future<Output = T>) -> Option<T> {
    let mut future = pin!(future);
    poll_fn(|cx| {
        Poll::Ready(match future.as_mut().poll(cx) {
            Poll::Ready(output) => Some(output),
            Poll::Pending => None,
        })
    })
    .await
}

/// A file without a line of text in it, under all that passes reads on.
fn readers(path: &Path) -> Vec<Box<dyn AsyncBufRead + Unpin>> {
    let open = || File::from_std(std::fs::File::open(path).unwrap());
    let file: Box<dyn AsyncRead + Unpin> = Box::new(open());
    vec![
        Box::new(io::BufReader::new(open())),
        Box::new(io::BufReader::new(file)),
        Box::new(io::BufReader::new(io::BufReader::with_capacity(1, open()))),
        Box::new(Box::pin(io::BufReader::new(Box::pin(open())))),
    ]
}

#[test]
fn a_buffer_over_a_file_keeps_the_files_name() {
    both_ways(async |folder| {
        let path = &folder.join("file");
        std::fs::write(path, b"caf\xe9\nno").unwrap();
        let no_text = format!("read {}: stream did not contain valid UTF-8", shown(path));
        let early = format!("read {}: the end came after 7 of 9 bytes", shown(path));
        let open = async || File::open(path).await.unwrap();

        let mut reader = io::BufReader::new(open().await);
        let line = reader.read_line(&mut String::new()).await;
        finds("read a line", line, &no_text, ErrorKind::InvalidData);
        let mut lines = io::BufReader::new(open().await).lines();
        finds(
            "read lines",
            lines.next_line().await,
            &no_text,
            ErrorKind::InvalidData,
        );
        let mut reader = io::BufReader::new(open().await);
        let read = reader.read_to_string(&mut String::new()).await;
        finds("read text", read, &no_text, ErrorKind::InvalidData);
        let mut reader = io::BufReader::new(open().await);
        let read = reader.read_exact(&mut [0; 9]).await;
        finds("read past the end", read, &early, ErrorKind::UnexpectedEof);

        // Under whatever passes it on.
        let mut file = open().await;
        let mut reader = io::BufReader::new(&mut file);
        let line = reader.read_line(&mut String::new()).await;
        finds("of a borrowed one", line, &no_text, ErrorKind::InvalidData);
        let boxed: Box<dyn AsyncRead + Unpin> = Box::new(open().await);
        let mut reader = io::BufReader::new(boxed);
        let line = reader.read_line(&mut String::new()).await;
        finds("of a boxed one", line, &no_text, ErrorKind::InvalidData);
        let mut reader = Box::pin(io::BufReader::new(Box::pin(open().await)));
        let line = reader.read_line(&mut String::new()).await;
        finds("of a pinned one", line, &no_text, ErrorKind::InvalidData);
        let mut reader = io::BufReader::new(io::BufReader::new(open().await));
        let line = reader.read_line(&mut String::new()).await;
        finds("of one in two", line, &no_text, ErrorKind::InvalidData);

        // The file's own buffer, and the file itself, say the same.
        let mut reader = buzzer::fs::BufReader::new(open().await);
        let line = reader.read_line(&mut String::new()).await;
        finds("of its own", line, &no_text, ErrorKind::InvalidData);
        let mut lines = open().await.lines();
        finds(
            "lines",
            lines.next_line().await,
            &no_text,
            ErrorKind::InvalidData,
        );
        let mut file = open().await;
        let read = AsyncReadExt::read_to_string(&mut file, &mut String::new()).await;
        finds("as a reader", read, &no_text, ErrorKind::InvalidData);
        let mut file = open().await;
        let read = AsyncReadExt::read_exact(&mut file, &mut [0; 9]).await;
        finds("as a reader", read, &early, ErrorKind::UnexpectedEof);

        // What the system says of it comes through as it is.
        let mut reader = io::BufReader::new(File::open(folder).await.unwrap());
        let line = reader.read_line(&mut String::new()).await;
        says(
            "of a folder",
            line,
            format!("read {}", shown(folder)),
            os(EISDIR),
        );
        for mut reader in readers(path) {
            let line = reader.read_line(&mut String::new()).await;
            let kind = "read a regular file: stream did not contain valid UTF-8";
            finds("of a nameless one", line, kind, ErrorKind::InvalidData);
        }
    });
}

#[test]
fn a_file_that_is_polled_says_what_its_methods_say() {
    both_ways(async |folder| {
        let path = &folder.join("file");
        let p = shown(path);
        async fn write(
            writer: &mut (impl AsyncWrite + Unpin),
            bytes: &[u8],
        ) -> std::io::Result<()> {
            writer.write_all(bytes).await
        }
        async fn seek(file: &mut (impl AsyncSeek + Unpin), to: SeekFrom) -> std::io::Result<u64> {
            file.seek(to).await
        }
        let mut file = File::create(path).await.unwrap();
        let read = AsyncReadExt::read(&mut file, &mut [0]).await;
        says("read", read, format!("read {p}"), os(EBADF));
        let before = seek(&mut file, SeekFrom::End(-1)).await;
        says("sought", before, format!("seek in {p}"), os(EINVAL));
        let mut file = File::open(path).await.unwrap();
        says(
            "wrote",
            write(&mut file, b"x").await,
            format!("write {p}"),
            os(EBADF),
        );

        let mut full = OpenOptions::new()
            .write(true)
            .open("/dev/full")
            .await
            .unwrap();
        says(
            "wrote",
            write(&mut full, b"x").await,
            "write /dev/full",
            os(ENOSPC),
        );
        let mut order: &[u8] = b"one mocha";
        let copied = io::copy(&mut order, &mut full).await;
        says("copied", copied, "write /dev/full", os(ENOSPC));
        let mut full = io::BufReader::new(full);
        says(
            "past a buffer",
            write(&mut full, b"x").await,
            "write /dev/full",
            os(ENOSPC),
        );
    });
}
