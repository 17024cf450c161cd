//! Readers and writers that must not move, within those that are made of others: each is
//! polled where it was polled first, and what is around them does its work all the same.

#[path = "support/paused.rs"]
mod paused;

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::io;
use std::marker::PhantomPinned;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll};

use buzzer::io::{
    AsyncBufRead, AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncSeek, AsyncWrite, BufReader,
    BufStream, BufWriter, ReadBuf, SeekFrom, join,
};
use paused::paused;

/// Where it was polled, each time.
type Places = Rc<RefCell<Vec<usize>>>;

/// A text that is read, and a place for what is written. Half of its polls have to wait.
struct Fixed {
    rest: Cell<&'static [u8]>,
    written: Rc<RefCell<Vec<u8>>>,
    has_waited: Cell<bool>,
    places: Places,
    _pinned: PhantomPinned,
}

impl Fixed {
    fn new(rest: &'static str) -> (Self, Rc<RefCell<Vec<u8>>>, Places) {
        let (written, places) = (Rc::default(), Places::default());
        let fixed = Self {
            rest: Cell::new(rest.as_bytes()),
            written: Rc::clone(&written),
            has_waited: Cell::new(false),
            places: Rc::clone(&places),
            _pinned: PhantomPinned,
        };
        (fixed, written, places)
    }

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let place = std::ptr::from_ref(&*self).addr();
        self.places.borrow_mut().push(place);
        self.has_waited.set(!self.has_waited.get());
        if self.has_waited.get() {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(())
    }
}

impl AsyncRead for Fixed {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        std::task::ready!(self.as_mut().poll(cx));
        let (piece, rest) = self.rest.get().split_at(self.rest.get().len().min(3));
        assert!(buffer.remaining() >= piece.len(), "all are asked for more");
        buffer.put_slice(piece);
        self.rest.set(rest);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Fixed {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        std::task::ready!(self.as_mut().poll(cx));
        let count = bytes.len().min(2);
        self.written.borrow_mut().extend_from_slice(&bytes[..count]);
        Poll::Ready(Ok(count))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

impl AsyncSeek for Fixed {
    fn start_seek(self: Pin<&mut Self>, _: SeekFrom) -> io::Result<()> {
        self.rest.set(b"again");
        Ok(())
    }

    fn poll_complete(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<u64>> {
        Poll::Ready(Ok(0))
    }
}

/// Each poll was at the same place, and there were so many.
fn assert_stayed(places: &Places, polls: usize) {
    let places = places.borrow();
    assert_eq!(places.len(), polls);
    assert!(places.iter().all(|place| *place == places[0]));
}

async fn read_all(mut reader: Pin<&mut impl AsyncRead>) -> String {
    let mut text = Vec::new();
    loop {
        let mut piece = [0; 8];
        let mut buffer = ReadBuf::new(&mut piece);
        let read = poll_fn(|cx| reader.as_mut().poll_read(cx, &mut buffer)).await;
        read.expect("it never fails");
        if buffer.filled().is_empty() {
            return String::from_utf8(text).expect("it is text");
        }
        text.extend_from_slice(buffer.filled());
    }
}

async fn write_all(mut writer: Pin<&mut impl AsyncWrite>, mut bytes: &[u8]) {
    while !bytes.is_empty() {
        let write = poll_fn(|cx| writer.as_mut().poll_write(cx, bytes)).await;
        bytes = &bytes[write.expect("it never fails")..];
    }
    let flushed = poll_fn(|cx| writer.as_mut().poll_flush(cx)).await;
    flushed.expect("it never fails");
}

#[test]
fn a_reader_that_must_not_move_is_read_by_lines() {
    paused().block_on(async {
        let (fixed, _, places) = Fixed::new("espresso\nlatte");
        let mut lines = pin!(BufReader::new(fixed).lines());
        for expected in [Some("espresso"), Some("latte"), None] {
            let line = poll_fn(|cx| lines.as_mut().poll_next_line(cx)).await;
            assert_eq!(line.expect("it never fails").as_deref(), expected);
        }
        // 5 pieces, and the end twice: at the last line, and after it.
        assert_stayed(&places, 2 * (5 + 2));
        let inner = lines.get_pin_mut().get_pin_mut();
        assert_eq!(std::ptr::from_ref(&*inner).addr(), places.borrow()[0]);
    });
}

#[test]
fn a_reader_that_must_not_move_is_read_between_delimiters() {
    paused().block_on(async {
        let (fixed, _, places) = Fixed::new("a,bc");
        let mut pieces = pin!(AsyncBufReadExt::split(BufReader::new(fixed), b','));
        for expected in [Some(&b"a"[..]), Some(b"bc"), None] {
            let piece = poll_fn(|cx| pieces.as_mut().poll_next_segment(cx)).await;
            assert_eq!(piece.expect("it never fails").as_deref(), expected);
        }
        assert_stayed(&places, 2 * (2 + 2));
    });
}

#[test]
fn chained_and_taken_readers_stay_where_they_are() {
    paused().block_on(async {
        let (first, _, first_places) = Fixed::new("mocha");
        let (second, _, second_places) = Fixed::new("latte");
        let mut reader = pin!(first.chain(second).take(8));
        assert_eq!(read_all(reader.as_mut()).await, "mochalat");
        assert_stayed(&first_places, 2 * (2 + 1));
        assert_stayed(&second_places, 2);
        let (first, second) = reader.get_pin_mut().get_pin_mut();
        let address = |fixed: &Fixed| std::ptr::from_ref(fixed).addr();
        assert_eq!(address(&first), first_places.borrow()[0]);
        assert_eq!(address(&second), second_places.borrow()[0]);
    });
}

#[test]
fn a_joined_pair_and_a_buffered_stream_stay_where_they_are() {
    paused().block_on(async {
        let (reader, _, reader_places) = Fixed::new("mocha");
        let (writer, written, writer_places) = Fixed::new("");
        let mut both = pin!(join(reader, writer));
        write_all(both.as_mut(), b"latte").await;
        assert_eq!(read_all(both.as_mut()).await, "mocha");
        assert_eq!(*written.borrow(), b"latte");
        assert_stayed(&reader_places, 2 * (2 + 1));
        assert_stayed(&writer_places, 2 * 3);

        let (stream, written, places) = Fixed::new("mocha");
        let mut stream = pin!(BufStream::new(stream));
        write_all(stream.as_mut(), b"one ").await;
        write_all(stream.as_mut(), b"latte").await;
        assert_eq!(read_all(stream.as_mut()).await, "mocha");
        assert_eq!(*written.borrow(), b"one latte");
        assert_stayed(&places, 2 * (2 + 3) + 2 * (2 + 1));
    });
}

#[test]
fn seeking_around_what_must_not_move_writes_first_and_forgets_what_was_ahead() {
    paused().block_on(async {
        let (fixed, written, places) = Fixed::new("mocha");
        let mut stream = pin!(BufReader::new(BufWriter::new(fixed)));
        let mut filled = poll_fn(|cx| stream.as_mut().poll_fill_buf(cx).map_ok(<[u8]>::len)).await;
        assert_eq!(filled.expect("it never fails"), 3);
        let wrote = poll_fn(|cx| stream.as_mut().poll_write(cx, b"la")).await;
        assert_eq!(wrote.expect("it never fails"), 2);
        assert_eq!(*written.borrow(), b"");

        stream
            .as_mut()
            .start_seek(SeekFrom::Start(0))
            .expect("it never fails");
        let at = poll_fn(|cx| stream.as_mut().poll_complete(cx)).await;
        assert_eq!(at.expect("it never fails"), 0);
        assert_eq!(*written.borrow(), b"la");
        filled = poll_fn(|cx| stream.as_mut().poll_fill_buf(cx).map_ok(<[u8]>::len)).await;
        assert_eq!(filled.expect("it never fails"), 3);
        assert_eq!(stream.buffer(), b"aga");
        assert_stayed(&places, 6);
    });
}
