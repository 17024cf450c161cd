//! Files through the traits `AsyncRead`, `AsyncWrite` and `AsyncSeek`: operations
//! that are polled, and may be given up between two polls.

use std::cell::RefCell;
use std::future::poll_fn;
use std::io::{ErrorKind, SeekFrom, Write};
use std::path::Path;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use buzzer::fs::{File, OpenOptions};
use buzzer::io::{
    AsyncRead, AsyncReadExt, AsyncSeek, AsyncSeekExt, AsyncWrite, AsyncWriteExt, ReadBuf,
};

use crate::{both_ways, fifo, kind, poll_once_and_drop};

async fn create(path: &Path) -> File {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true);
    options.open(path).await.unwrap()
}

/// One poll that nobody is woken by.
fn poll_write(file: &mut File, bytes: &[u8]) -> Poll<std::io::Result<usize>> {
    Pin::new(file).poll_write(&mut Context::from_waker(Waker::noop()), bytes)
}

fn poll_read(file: &mut File, bytes: &mut [u8]) -> Poll<std::io::Result<usize>> {
    let mut buffer = ReadBuf::new(bytes);
    let cx = &mut Context::from_waker(Waker::noop());
    let polled = Pin::new(file).poll_read(cx, &mut buffer);
    polled.map_ok(|()| buffer.filled().len())
}

fn poll_flush(file: &mut File) -> Poll<std::io::Result<()>> {
    Pin::new(file).poll_flush(&mut Context::from_waker(Waker::noop()))
}

/// Polls until it is ready. The jobs need no loop: each ends by itself.
fn until_ready<T>(mut poll: impl FnMut() -> Poll<T>) -> T {
    loop {
        match poll() {
            Poll::Ready(value) => return value,
            Poll::Pending => std::thread::yield_now(),
        }
    }
}

async fn write_and_read_back<S>(mut stream: S, contents: &[u8])
where
    S: AsyncRead + AsyncWrite + AsyncSeek + Unpin,
{
    stream.write_all(contents).await.unwrap();
    stream.flush().await.unwrap();
    assert_eq!(
        stream.stream_position().await.unwrap(),
        contents.len() as u64
    );
    stream.rewind().await.unwrap();
    let mut first = vec![0; contents.len() / 3];
    stream.read_exact(&mut first).await.unwrap();
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).await.unwrap();
    assert!([first, rest].concat() == contents);
    assert_eq!(stream.read(&mut [0; 10]).await.unwrap(), 0);
    assert_eq!(stream.read(&mut []).await.unwrap(), 0);
    assert_eq!(stream.write(&[]).await.unwrap(), 0);
    stream.shutdown().await.unwrap();
}

#[test]
fn what_is_written_through_the_traits_is_read_through_them() {
    both_ways(async |dir| {
        // Several of the largest transfers that one job makes.
        let contents: Vec<u8> = (0..5_000_000_u32).map(|n| (n / 7) as u8).collect();
        for length in [0, 1, 10_000, contents.len()] {
            let path = dir.join(length.to_string());
            write_and_read_back(create(&path).await, &contents[..length]).await;
            assert!(std::fs::read(&path).unwrap() == contents[..length]);
        }
    });
}

#[test]
fn a_read_behind_what_the_buffer_holds_leaves_that_alone() {
    both_ways(async |dir| {
        std::fs::write(dir.join("file"), "mocha, latte").unwrap();
        let mut file = File::open(dir.join("file")).await.unwrap();
        let mut bytes = *b"one ..... etc";
        let mut buffer = ReadBuf::new(&mut bytes[..9]);
        buffer.advance(4);
        poll_fn(|cx| Pin::new(&mut file).poll_read(cx, &mut buffer))
            .await
            .unwrap();
        assert_eq!(buffer.filled(), b"one mocha");
        assert_eq!(&bytes, b"one mocha etc");
        let mut rest = String::new();
        file.read_to_string(&mut rest).await.unwrap();
        assert_eq!(rest, ", latte");
    });
}

#[test]
fn polled_reads_come_to_the_end_and_to_errors() {
    both_ways(async |dir| {
        let mut empty = create(&dir.join("empty")).await;
        assert_eq!(
            until_ready(|| poll_read(&mut empty, &mut [0; 4])).unwrap(),
            0
        );
        let mut directory = File::open(dir).await.unwrap();
        for _ in 0..2 {
            let error = until_ready(|| poll_read(&mut directory, &mut [0; 4])).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::IsADirectory);
            let message = error.to_string();
            assert!(
                message.starts_with(&format!("read {}: ", dir.display())),
                "{message}"
            );
        }
    });
}

#[test]
fn a_write_polled_again_is_written_once() {
    both_ways(async |dir| {
        let path = dir.join("file");
        let mut file = create(&path).await;
        for piece in [&b"one "[..], b"one ", b"two"] {
            assert_eq!(
                until_ready(|| poll_write(&mut file, piece)).unwrap(),
                piece.len()
            );
        }
        assert_eq!(std::fs::read(&path).unwrap(), b"one one two");
    });
}

#[test]
fn a_write_in_whose_place_another_is_polled_is_written_before_it() {
    both_ways(async |dir| {
        let path = dir.join("file");
        let mut file = create(&path).await;
        let _given_up = poll_write(&mut file, b"first ");
        assert_eq!(until_ready(|| poll_write(&mut file, b"second")).unwrap(), 6);
        assert_eq!(std::fs::read(&path).unwrap(), b"first second");
        // And before what is called.
        let _given_up = poll_write(&mut file, b" third");
        file.write_all(b" fourth").await.unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"first second third fourth");
        // That has asked for it: the same bytes again are another write.
        assert_eq!(
            until_ready(|| poll_write(&mut file, b" fourth")).unwrap(),
            7
        );
        assert_eq!(
            std::fs::read(&path).unwrap(),
            b"first second third fourth fourth"
        );
    });
}

#[test]
fn the_same_bytes_after_a_seek_are_another_write() {
    both_ways(async |dir| {
        let path = dir.join("file");
        let mut file = create(&path).await;
        let _given_up = poll_write(&mut file, b"ab");
        let seek = AsyncSeekExt::seek(&mut file, SeekFrom::Start(4));
        assert_eq!(seek.await.unwrap(), 4);
        assert_eq!(until_ready(|| poll_write(&mut file, b"ab")).unwrap(), 2);
        assert_eq!(std::fs::read(&path).unwrap(), b"ab\0\0ab");
    });
}

#[test]
#[cfg_attr(target_os = "macos", ignore = "it has no /dev/full")]
fn the_error_of_a_polled_write_is_told_once_by_whoever_asks_next() {
    both_ways(async |_| {
        let mut options = OpenOptions::new();
        let mut full = options.write(true).open("/dev/full").await.unwrap();
        let storage_full = Some(ErrorKind::StorageFull);
        assert_eq!(
            kind(until_ready(|| poll_write(&mut full, b"lost"))),
            storage_full
        );
        full.flush().await.unwrap();
        for next in 0..6 {
            // Given up for certain: a poll that was quick enough has told it.
            while poll_write(&mut full, b"lost").is_ready() {}
            let result = match next {
                0 => until_ready(|| poll_flush(&mut full)),
                1 => until_ready(|| poll_write(&mut full, b"other")).map(drop),
                2 => full.flush().await,
                3 => full.write(b"other").await.map(drop),
                4 => AsyncSeekExt::rewind(&mut full).await.map(drop),
                _ => full.metadata().await.map(drop),
            };
            let error = result.unwrap_err();
            let message = error.to_string();
            assert!(message.contains("/dev/full: earlier write: "), "{message}");
            assert_eq!(kind(Err::<(), _>(error)), storage_full);
            until_ready(|| poll_flush(&mut full)).unwrap();
            full.flush().await.unwrap();
        }
    });
}

#[test]
fn a_flush_between_two_polls_of_a_write_does_not_write_it_twice() {
    both_ways(async |dir| {
        let path = dir.join("file");
        let mut file = create(&path).await;
        if poll_write(&mut file, b"once").is_pending() {
            until_ready(|| poll_flush(&mut file)).unwrap();
            assert_eq!(until_ready(|| poll_write(&mut file, b"once")).unwrap(), 4);
        }
        assert_eq!(std::fs::read(&path).unwrap(), b"once");
    });
}

#[test]
fn what_a_given_up_poll_has_read_comes_with_the_next_read() {
    both_ways(async |dir| {
        std::fs::write(dir.join("file"), "0123456789").unwrap();
        let mut file = File::open(dir.join("file")).await.unwrap();
        let mut bytes = [0; 4];
        for expected in [b"0123", b"4567"] {
            match poll_read(&mut file, &mut bytes) {
                Poll::Ready(count) => assert_eq!(count.unwrap(), 4),
                Poll::Pending => file.read_exact(&mut bytes).await.map(drop).unwrap(),
            }
            assert_eq!(&bytes, expected);
        }
    });
}

#[test]
fn the_end_met_by_a_given_up_poll_is_not_the_end_elsewhere() {
    both_ways(async |dir| {
        let path = dir.join("file");
        let mut file = create(&path).await;
        let mut byte = [0];
        let _given_up = poll_read(&mut file, &mut byte);
        assert_eq!(until_ready(|| poll_write(&mut file, b"ab")).unwrap(), 2);
        let _given_up = poll_read(&mut file, &mut byte);
        let seek = AsyncSeekExt::seek(&mut file, SeekFrom::Start(1));
        assert_eq!(seek.await.unwrap(), 1);
        assert_eq!(until_ready(|| poll_read(&mut file, &mut byte)).unwrap(), 1);
        assert_eq!(&byte, b"b");
    });
}

#[test]
fn to_polled_writes_a_given_up_read_has_not_happened() {
    both_ways(async |dir| {
        let path = dir.join("file");
        std::fs::write(&path, "0123").unwrap();
        let mut file = create(&path).await;
        let mut byte = [0];
        if poll_read(&mut file, &mut byte).is_ready() {
            file.rewind().await.unwrap();
        }
        assert_eq!(until_ready(|| poll_write(&mut file, b"x")).unwrap(), 1);
        assert_eq!(until_ready(|| poll_read(&mut file, &mut byte)).unwrap(), 1);
        assert_eq!(&byte, b"1");
        assert_eq!(std::fs::read(&path).unwrap(), b"x123");
    });
}

#[test]
fn a_seek_that_fails_or_is_given_up_is_told_once() {
    both_ways(async |dir| {
        let mut file = create(&dir.join("file")).await;
        let before_the_start = SeekFrom::Current(-1);
        let error = AsyncSeekExt::seek(&mut file, before_the_start).await;
        assert_eq!(kind(error), Some(ErrorKind::InvalidInput));
        assert_eq!(
            AsyncSeekExt::seek(&mut file, SeekFrom::Start(7))
                .await
                .unwrap(),
            7
        );
        let given_up = poll_once_and_drop(AsyncSeekExt::seek(&mut file, SeekFrom::Start(3))).await;
        assert!(given_up.is_none_or(|at| at.unwrap() == 3));
        assert_eq!(
            AsyncSeekExt::seek(&mut file, SeekFrom::Current(2))
                .await
                .unwrap(),
            5
        );
        let far_back = AsyncSeekExt::seek(&mut file, SeekFrom::Current(-100));
        if poll_once_and_drop(far_back).await.is_none() {
            let error = file.metadata().await.unwrap_err();
            assert!(error.to_string().contains("earlier seek"), "{error}");
        }
        assert_eq!(AsyncSeekExt::stream_position(&mut file).await.unwrap(), 5);
        let far_back = AsyncSeekExt::seek(&mut file, SeekFrom::Current(-100));
        if poll_once_and_drop(far_back).await.is_none() {
            let error = until_ready(|| poll_read(&mut file, &mut [0])).unwrap_err();
            assert!(error.to_string().contains("earlier seek"), "{error}");
        }
        assert_eq!(until_ready(|| poll_read(&mut file, &mut [0])).unwrap(), 0);
    });
}

#[test]
fn a_seek_given_up_before_it_began_is_not_made_later() {
    both_ways(async |dir| {
        let path = dir.join("file");
        std::fs::write(&path, "0123456789").unwrap();
        let mut file = create(&path).await;
        let start_seek = |file: &mut File| Pin::new(file).start_seek(SeekFrom::Start(9)).unwrap();
        let position = |file: &mut File| {
            let cx = &mut Context::from_waker(Waker::noop());
            until_ready(|| Pin::new(&mut *file).poll_complete(cx)).unwrap()
        };
        let mut two = [0; 2];
        start_seek(&mut file);
        assert_eq!(until_ready(|| poll_read(&mut file, &mut two)).unwrap(), 2);
        assert_eq!(&two, b"01");
        // tokio's seeks begin so: there may be one to be completed.
        assert_eq!(position(&mut file), 2);
        start_seek(&mut file);
        assert_eq!(until_ready(|| poll_write(&mut file, b"xy")).unwrap(), 2);
        assert_eq!(position(&mut file), 4);
        start_seek(&mut file);
        file.read_exact(&mut two).await.unwrap();
        assert_eq!(position(&mut file), 6);
        assert_eq!(std::fs::read(&path).unwrap(), b"01xy456789");
    });
}

#[test]
fn the_same_seek_after_a_read_or_a_write_is_another_one() {
    both_ways(async |dir| {
        let path = dir.join("file");
        std::fs::write(&path, "0123456789").unwrap();
        let mut file = create(&path).await;
        let mut two = [0; 2];
        let start = SeekFrom::Start(0);
        for _ in 0..2 {
            poll_once_and_drop(AsyncSeekExt::seek(&mut file, start)).await;
            assert_eq!(until_ready(|| poll_read(&mut file, &mut two)).unwrap(), 2);
            assert_eq!(&two, b"01");
        }
        poll_once_and_drop(AsyncSeekExt::seek(&mut file, start)).await;
        assert_eq!(until_ready(|| poll_write(&mut file, b"ab")).unwrap(), 2);
        AsyncSeekExt::seek(&mut file, start).await.unwrap();
        assert_eq!(until_ready(|| poll_read(&mut file, &mut two)).unwrap(), 2);
        assert_eq!(&two, b"ab");
    });
}

#[test]
fn a_reader_and_a_writer_that_poll_by_turns_are_both_woken() {
    both_ways(async |dir| {
        let mut other_end = fifo(&dir.join("fifo"));
        let file = File::open(dir.join("fifo")).await.unwrap();
        let file = Rc::new(RefCell::new(file));
        let shared = file.clone();
        let reader = buzzer::spawn(async move {
            let mut bytes = [0; 4];
            let mut buffer = ReadBuf::new(&mut bytes);
            poll_fn(|cx| Pin::new(&mut *shared.borrow_mut()).poll_read(cx, &mut buffer))
                .await
                .unwrap();
            bytes
        });
        buzzer::task::yield_now().await;
        let flusher = buzzer::spawn(poll_fn(move |cx| {
            Pin::new(&mut *file.borrow_mut()).poll_flush(cx)
        }));
        buzzer::task::yield_now().await;
        assert!(!reader.is_finished() && !flusher.is_finished());
        other_end.write_all(b"both").unwrap();
        flusher.await.unwrap().unwrap();
        assert_eq!(&reader.await.unwrap(), b"both");
    });
}
