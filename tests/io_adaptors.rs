//! Readers and writers made of others: what a dropped call loses, what an error says,
//! and where they stop. tests/contrast/scenarios/io_adaptors.rs has what they do.

#[path = "support/caught.rs"]
mod caught;
#[path = "support/paused.rs"]
mod paused;

use std::io::{self, Cursor, ErrorKind};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake};

use buzzer::fs::File;
use buzzer::io::{
    AsyncBufRead, AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncSeek, AsyncSeekExt, AsyncWrite,
    AsyncWriteExt, BufReader, BufStream, BufWriter, Chain, DuplexStream, Empty, Join, ReadBuf,
    ReadHalf, Repeat, SeekFrom, SimplexStream, Sink, Take, WriteHalf, duplex, repeat, simplex,
    split,
};
use caught::panic_of;
use futures::FutureExt;
use paused::paused;

/// A writer that says "pending" before each call, and takes two bytes of each.
#[derive(Default)]
struct Hesitant {
    bytes: Vec<u8>,
    has_waited: bool,
}

impl AsyncWrite for Hesitant {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.has_waited = !self.has_waited;
        if self.has_waited {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        let count = bytes.len().min(2);
        self.bytes.extend_from_slice(&bytes[..count]);
        Poll::Ready(Ok(count))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// A reader that must not be asked.
struct Untouched;

impl AsyncRead for Untouched {
    fn poll_read(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        _: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        panic!("the reader was asked for what nobody wants")
    }
}

#[test]
fn a_flush_given_up_at_every_point_writes_each_byte_once() {
    buzzer::block_on(async {
        let mut writer = BufWriter::with_capacity(64, Hesitant::default());
        writer.write_all(b"0123456789").await.unwrap();
        let mut given_up = 0;
        while writer.flush().now_or_never().is_none() {
            given_up += 1;
        }
        assert_eq!(
            (given_up, &*writer.get_ref().bytes),
            (5, &b"0123456789"[..])
        );
        assert_eq!(writer.buffer(), b"");
    });
}

#[test]
fn a_small_write_behind_a_flush_given_up_does_not_overtake_it() {
    buzzer::block_on(async {
        let mut writer = BufWriter::with_capacity(4, Hesitant::default());
        writer.write_all(b"0123").await.unwrap();
        assert!(writer.flush().now_or_never().is_none());
        writer.write_all(b"45").await.unwrap();
        writer.write_all(b"6789a").await.unwrap();
        writer.flush().await.unwrap();
        assert_eq!(writer.get_ref().bytes, b"0123456789a");
    });
}

#[test]
fn memory_is_taken_when_it_is_written_to_and_then_no_more() {
    buzzer::block_on(async {
        let mut writer = BufWriter::with_capacity(16, Vec::new());
        for round in 0..100 {
            writer.write_all(b"0123456").await.unwrap();
            assert!(writer.buffer().len() <= 16, "in round {round}");
        }
        writer.flush().await.unwrap();
        assert_eq!(writer.get_ref().len(), 700);
    });
}

#[test]
fn at_its_end_a_take_does_not_ask_its_reader() {
    buzzer::block_on(async {
        let mut none = Untouched.take(0);
        let mut buffer = [0; 4];
        assert_eq!(none.read(&mut buffer).await.unwrap(), 0);
        let mut some = (&b"abcd"[..]).chain(Untouched).take(4);
        assert_eq!(some.read(&mut buffer).await.unwrap(), 4);
        assert_eq!(some.read(&mut buffer).await.unwrap(), 0);
    });
}

#[test]
fn a_line_that_does_not_end_within_the_limit_ends_there() {
    buzzer::block_on(async {
        let mut endless = BufReader::with_capacity(2, repeat(b'x')).take(1_000);
        let mut line = String::new();
        assert_eq!(endless.read_line(&mut line).await.unwrap(), 1_000);
        assert_eq!(endless.read_line(&mut line).await.unwrap(), 0);
    });
}

#[test]
fn a_line_of_a_take_given_up_half_way_is_not_lost() {
    buzzer::block_on(async {
        let (mut here, there) = duplex(64);
        let mut lines = BufReader::new(there).take(12).lines();
        here.write_all(b"first\nsec").await.unwrap();
        assert_eq!(lines.next_line().await.unwrap().as_deref(), Some("first"));
        assert!(lines.next_line().now_or_never().is_none());
        here.write_all(b"ond\nthird\n").await.unwrap();
        assert_eq!(lines.next_line().await.unwrap().as_deref(), Some("second"));
        assert_eq!(lines.next_line().await.unwrap(), None);
    });
}

#[test]
fn a_line_across_a_chain_given_up_half_way_is_kept_by_the_lines() {
    buzzer::block_on(async {
        let (mut here, there) = duplex(64);
        let mut lines = BufReader::new(&b"one\ntw"[..])
            .chain(BufReader::new(there))
            .lines();
        assert_eq!(lines.next_line().await.unwrap().as_deref(), Some("one"));
        assert!(lines.next_line().now_or_never().is_none());
        here.write_all(b"o\nthree").await.unwrap();
        drop(here);
        assert_eq!(lines.next_line().await.unwrap().as_deref(), Some("two"));
        assert_eq!(lines.next_line().await.unwrap().as_deref(), Some("three"));
        assert_eq!(lines.next_line().await.unwrap(), None);
    });
}

#[test]
fn a_segment_given_up_half_way_is_not_lost() {
    buzzer::block_on(async {
        let (mut here, there) = duplex(64);
        let mut segments = BufReader::new(there).split(b';');
        here.write_all(b"one;tw").await.unwrap();
        assert_eq!(segments.next_segment().await.unwrap().unwrap(), b"one");
        assert!(segments.next_segment().now_or_never().is_none());
        here.write_all(b"o;").await.unwrap();
        assert_eq!(segments.next_segment().await.unwrap().unwrap(), b"two");
        drop(here);
        assert_eq!(segments.next_segment().await.unwrap(), None);
    });
}

#[test]
fn the_reader_of_lines_may_be_read_from_between_two() {
    buzzer::block_on(async {
        let (mut here, there) = duplex(64);
        let mut lines = BufReader::new(there).lines();
        here.write_all(b"ab\nc").await.unwrap();
        assert_eq!(lines.next_line().await.unwrap().as_deref(), Some("ab"));
        assert!(lines.next_line().now_or_never().is_none());
        assert_eq!(lines.get_mut().read_u8().await.unwrap(), b'c');
        here.write_all(b"\nd\n").await.unwrap();
        assert_eq!(lines.next_line().await.unwrap().as_deref(), Some(""));
        assert_eq!(lines.next_line().await.unwrap().as_deref(), Some("d"));
    });
}

#[test]
fn a_number_cut_short_is_told_under_the_name_of_the_file() {
    buzzer::block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("short");
        std::fs::write(&path, [1, 2, 3]).unwrap();
        let mut file = BufReader::new(File::open(&path).await.unwrap());
        let error = file.read_u32().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
        let says = error.to_string();
        assert!(says.contains(path.to_str().unwrap()), "{says}");
        file.rewind().await.unwrap();
        let error = file.take(2).read_u32().await.unwrap_err().to_string();
        assert!(error.contains(path.to_str().unwrap()), "{error}");
    });
}

#[test]
fn what_was_read_ahead_is_not_read_after_a_seek_that_nobody_waits_for() {
    paused().block_on(async {
        let mut reader = BufReader::new(Cursor::new(b"0123456789"));
        assert_eq!(reader.read_u8().await.unwrap(), b'0');
        assert_eq!(reader.buffer(), b"123456789");
        Pin::new(&mut reader)
            .start_seek(SeekFrom::Start(5))
            .unwrap();
        let mut two = [0; 2];
        reader.read_exact(&mut two).await.unwrap();
        assert_eq!(&two, b"56");
    });
}

#[test]
fn a_file_is_read_on_from_where_a_seek_has_put_it() {
    buzzer::block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("digits");
        std::fs::write(&path, "0123456789").unwrap();
        let mut file = BufReader::with_capacity(4, File::open(&path).await.unwrap());
        assert_eq!(file.read_u8().await.unwrap(), b'0');
        assert_eq!(file.stream_position().await.unwrap(), 1);
        assert_eq!(file.seek(SeekFrom::Current(6)).await.unwrap(), 7);
        assert_eq!(file.read_u8().await.unwrap(), b'7');
        let refused = file.seek(SeekFrom::Current(-9)).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::InvalidInput);
        // The buffer is as it was.
        assert_eq!(file.read_u8().await.unwrap(), b'8');
        assert_eq!(file.seek(SeekFrom::End(-1)).await.unwrap(), 9);
        assert_eq!(file.read_u8().await.unwrap(), b'9');
    });
}

#[test]
fn what_waits_at_a_pipe_is_woken_once_by_its_other_end() {
    struct Counting(AtomicUsize);

    impl Wake for Counting {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    buzzer::block_on(async {
        let (mut here, mut there) = duplex(2);
        let woken = Arc::new(Counting(AtomicUsize::new(0)));
        let waker = woken.clone().into();
        let mut cx = Context::from_waker(&waker);
        let mut room = [0; 4];
        let mut buffer = ReadBuf::new(&mut room);
        let mut poll = |there: &mut DuplexStream, cx: &mut Context<'_>| {
            Pin::new(there).poll_read(cx, &mut buffer).is_ready()
        };
        assert!(!poll(&mut there, &mut cx));
        here.write_all(b"ab").await.unwrap();
        assert_eq!(woken.0.load(Ordering::Relaxed), 1);
        let write = Pin::new(&mut here).poll_write(&mut cx, b"c");
        assert!(write.is_pending());
        assert!(poll(&mut there, &mut cx));
        assert_eq!(woken.0.load(Ordering::Relaxed), 2);
        assert!(!poll(&mut there, &mut cx));
        drop(here);
        assert_eq!(woken.0.load(Ordering::Relaxed), 3);
        assert!(poll(&mut there, &mut cx));
    });
}

#[test]
fn a_pipe_reaches_from_one_thread_to_another() {
    let (mut here, there) = duplex(16);
    let (mut read, mut write) = split(there);
    let other = std::thread::spawn(move || {
        buzzer::block_on(async move {
            let mut order = [0; 5];
            read.read_exact(&mut order).await.unwrap();
            write.write_all(&order).await.unwrap();
            read.unsplit(write).shutdown().await.unwrap();
        });
    });
    let served = buzzer::block_on(async move {
        here.write_all(b"mocha").await.unwrap();
        let mut served = String::new();
        here.read_to_string(&mut served).await.unwrap();
        served
    });
    other.join().unwrap();
    assert_eq!(served, "mocha");
}

#[test]
fn halves_of_two_streams_do_not_become_one() {
    let (here, there) = duplex(1);
    let (one, _its) = split(here);
    let (_other, two) = split(there);
    assert!(!one.is_pair_of(&two));
    let says = panic_of(|| one.unsplit(two));
    assert!(says.contains("`is_pair_of` tells"), "{says}");
}

#[test]
fn a_pipe_that_holds_nothing_is_refused() {
    for says in [panic_of(|| duplex(0)), panic_of(|| simplex(0))] {
        assert!(says.contains("a `max_buf_size` of at least 1"), "{says}");
    }
}

/// Shows a byte, and then says that it has to wait for it.
struct Fickle {
    has_shown: bool,
}

impl AsyncRead for Fickle {
    fn poll_read(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        _: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        unreachable!("only the buffer is asked")
    }
}

impl AsyncBufRead for Fickle {
    fn poll_fill_buf(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<&[u8]>> {
        match std::mem::replace(&mut self.has_shown, true) {
            false => Poll::Ready(Ok(b"x")),
            true => Poll::Pending,
        }
    }

    fn consume(self: Pin<&mut Self>, _: usize) {}
}

#[test]
fn a_buffer_that_is_taken_back_when_it_was_shown_is_found_out() {
    let says = panic_of(|| {
        let mut fickle = Fickle { has_shown: false };
        buzzer::block_on(async move { fickle.fill_buf().await.map(<[u8]>::len) })
    });
    assert!(says.contains("has shown its buffer"), "{says}");
}

#[test]
fn a_buffer_is_shown_also_with_the_last_unit_of_the_budget() {
    paused().block_on(async {
        let task = buzzer::spawn(async {
            let mut cursor = Cursor::new(vec![b'x'; 1_000]);
            for _ in 0..1_000 {
                assert_eq!(cursor.fill_buf().await.unwrap()[0], b'x');
                AsyncBufReadExt::consume(&mut cursor, 1);
            }
        });
        task.await.unwrap();
    });
}

#[test]
fn they_are_send_and_unpin_as_far_as_what_they_are_made_of_is() {
    fn all<T: Send + Sync + Unpin>() {}
    all::<DuplexStream>();
    all::<SimplexStream>();
    all::<(Empty, Repeat, Sink)>();
    all::<(ReadHalf<DuplexStream>, WriteHalf<DuplexStream>)>();
    all::<(Take<&[u8]>, Chain<&[u8], Empty>, Join<Empty, Sink>)>();
    all::<(BufWriter<Vec<u8>>, BufStream<DuplexStream>)>();
}
