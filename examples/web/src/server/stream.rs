//! A connection's stream, shared between hyper, who uses it, and those who watch.
//!
//! Owns [`Watched`]. hyper gets one clone; the other tells whether bytes still move,
//! and closes the stream in an orderly way after hyper has let go of its own.

use std::cell::{Cell, RefCell};
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use buzzer::io::{AsyncReadExt, AsyncWriteExt};
use buzzer::net::TcpStream;
use buzzer::time::{sleep, timeout};
use hyper::rt::{Read, ReadBufCursor, Write};

/// A stream that knows whether its client does anything.
#[derive(Clone, Debug)]
pub struct Watched {
    shared: Rc<Shared>,
}

#[derive(Debug)]
struct Shared {
    stream: RefCell<TcpStream>,
    /// How often bytes came.
    reads: Cell<usize>,
    /// How often of these without a pause, up to [`READS`].
    reads_in_a_row: Cell<usize>,
    /// How often bytes went out.
    writes: Cell<usize>,
    /// Requests that a handler was given.
    requests: Cell<usize>,
    /// Handlers that are at work for the connection.
    handlers: Cell<usize>,
    /// Responses that hyper has not taken whole yet.
    responses: Cell<usize>,
    /// Whether the last write had no room.
    is_full: Cell<bool>,
    /// Whether the client may still be sending what hyper was not going to read.
    expects_body: Cell<bool>,
}

/// So often bytes may come before everybody else has a turn. hyper reads on while there are
/// some, 8 KiB at a time, which is nine hundred of HTTP/2's smallest frames: a client that sends
/// nothing else would have the whole budget of each poll spent on them.
const READS: usize = 8;

/// How long a client that still sends may take to notice that it is over.
const LINGER: Duration = Duration::from_secs(2);

impl Watched {
    pub fn new(stream: TcpStream) -> Self {
        Self {
            shared: Rc::new(Shared {
                stream: RefCell::new(stream),
                reads: Cell::new(0),
                reads_in_a_row: Cell::new(0),
                writes: Cell::new(0),
                requests: Cell::new(0),
                handlers: Cell::new(0),
                responses: Cell::new(0),
                is_full: Cell::new(false),
                expects_body: Cell::new(false),
            }),
        }
    }

    /// Counts a request, and a handler at work until the guard is dropped.
    pub fn handler(&self) -> Guard {
        count(&self.shared.requests);
        Guard::new(&self.shared, |shared| &shared.handlers)
    }

    /// Counts a response that is owed until the guard is dropped.
    pub fn response(&self) -> Guard {
        Guard::new(&self.shared, |shared| &shared.responses)
    }

    /// Notes whether more than its header belongs to the request that is at work.
    pub fn expects_body(&self, expects: bool) {
        self.shared.expects_body.set(expects);
    }

    /// Ready when for `time`, and at most twice as long, no byte has moved and no
    /// handler was at work: then it is the client that is waited for.
    pub async fn stands_still(&self, time: Duration) {
        let progress = |shared: &Shared| {
            let idle = shared.handlers.get() == 0;
            idle.then(|| shared.reads.get() + shared.writes.get())
        };
        self.unchanged(time, progress).await;
    }

    /// As [`stands_still`](Self::stands_still), but bytes that come and make up no
    /// request are no progress: they can come one by one, for ever.
    pub async fn asks_nothing(&self, time: Duration) {
        let progress = |shared: &Shared| {
            let idle = shared.handlers.get() == 0;
            idle.then(|| shared.requests.get() + shared.writes.get())
        };
        self.unchanged(time, progress).await;
    }

    /// As [`stands_still`](Self::stands_still), but not while a response is not sent
    /// to its end, also if it is the client that does not take it.
    pub async fn is_owed_nothing(&self, time: Duration) {
        let progress = |shared: &Shared| {
            let idle = shared.responses.get() == 0 && !shared.is_full.get();
            idle.then(|| shared.reads.get() + shared.writes.get())
        };
        self.unchanged(time, progress).await;
    }

    /// Ready when `progress` was there at the begin and at the end of `time`, and the
    /// same.
    async fn unchanged(&self, time: Duration, progress: impl Fn(&Shared) -> Option<usize>) {
        let mut before = None;
        loop {
            let now = progress(&self.shared);
            if now.is_some() && now == before {
                return;
            }
            before = now;
            sleep(time).await;
        }
    }

    fn written(&self, polled: &Poll<io::Result<usize>>) {
        self.shared.is_full.set(polled.is_pending());
        if polled.is_ready() {
            count(&self.shared.writes);
        }
    }

    /// Ends the stream after hyper is done with it. A close while the client still
    /// sends would make the kernel reset the connection, and the client would lose
    /// the response that tells it what is wrong (RFC 9112, 9.6). So if that may be,
    /// what comes is read and dropped for a while.
    #[allow(clippy::await_holding_refcell_ref)] // the other clone is gone, as said
    pub async fn close(self) {
        if !self.shared.expects_body.get() {
            return;
        }
        let mut stream = self.shared.stream.borrow_mut();
        let last_bytes = async {
            stream.shutdown().await?;
            let mut unread = [0; 4096];
            while stream.read(&mut unread).await? > 0 {}
            Ok::<(), io::Error>(())
        };
        // An error here means that the client is gone: that is what is waited for.
        _ = timeout(LINGER, last_bytes).await;
    }
}

fn count(counter: &Cell<usize>) {
    counter.set(counter.get() + 1);
}

/// One more in a count, until it is dropped.
#[derive(Debug)]
pub struct Guard {
    shared: Rc<Shared>,
    counter: fn(&Shared) -> &Cell<usize>,
}

impl Guard {
    fn new(shared: &Rc<Shared>, counter: fn(&Shared) -> &Cell<usize>) -> Self {
        count(counter(shared));
        let shared = Rc::clone(shared);
        Self { shared, counter }
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        let counter = (self.counter)(&self.shared);
        counter.set(counter.get() - 1);
    }
}

impl Read for Watched {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        cursor: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        let in_a_row = &self.shared.reads_in_a_row;
        if in_a_row.get() == READS {
            in_a_row.set(0);
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        let mut stream = self.shared.stream.borrow_mut();
        let polled = Read::poll_read(Pin::new(&mut *stream), cx, cursor);
        if polled.is_ready() {
            count(&self.shared.reads);
            count(in_a_row);
        } else {
            in_a_row.set(0);
        }
        polled
    }
}

impl Write for Watched {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let mut stream = self.shared.stream.borrow_mut();
        let polled = Write::poll_write(Pin::new(&mut *stream), cx, bytes);
        self.written(&polled);
        polled
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut stream = self.shared.stream.borrow_mut();
        Write::poll_flush(Pin::new(&mut *stream), cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut stream = self.shared.stream.borrow_mut();
        Write::poll_shutdown(Pin::new(&mut *stream), cx)
    }

    fn is_write_vectored(&self) -> bool {
        Write::is_write_vectored(&*self.shared.stream.borrow())
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffers: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let mut stream = self.shared.stream.borrow_mut();
        let polled = Write::poll_write_vectored(Pin::new(&mut *stream), cx, buffers);
        self.written(&polled);
        polled
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use buzzer::net::TcpListener;
    use buzzer::runtime::Builder;
    use buzzer::time::Instant;
    use hyper::rt::ReadBuf;

    use super::*;

    /// A client, and the stream that the service has of it.
    async fn connected() -> (TcpStream, Watched) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("it is bound");
        let client = TcpStream::connect(address).await.expect("it listens");
        let (stream, _) = listener.accept().await.expect("it is there");
        (client, Watched::new(stream))
    }

    #[test]
    fn who_sends_without_a_pause_gives_way_and_is_read_from_again() {
        let runtime = Builder::new_current_thread().start_paused(true).build();
        runtime.expect("a runtime").block_on(async {
            let (mut client, mut watched) = connected().await;
            client.write_all(&[7; 100]).await.expect("there is room");
            let (began, mut pauses) = (Instant::now(), Vec::new());
            for read in 0..2 * READS {
                let mut byte = [0];
                let reads = poll_fn(|cx| {
                    let mut buffer = ReadBuf::new(&mut byte);
                    let polled = Pin::new(&mut watched).poll_read(cx, buffer.unfilled());
                    if polled.is_pending() {
                        pauses.push(read);
                    }
                    polled
                });
                let came = timeout(Duration::from_secs(1), reads).await;
                came.expect("there is more").expect("it is connected");
                assert_eq!(byte, [7]);
            }
            // Where nobody is woken the clock jumps.
            assert_eq!(began.elapsed(), Duration::ZERO);
            // And the first may have been ahead of what was sent.
            pauses.retain(|read| *read > 0);
            assert_eq!(pauses, [READS]);
        });
    }

    #[test]
    fn what_the_kernel_had_no_room_for_is_owed() {
        let runtime = Builder::new_current_thread().start_paused(true).build();
        runtime.expect("a runtime").block_on(async {
            let (_client, mut watched) = connected().await;
            let owed_nothing = async |watched: &Watched| {
                let owed_nothing = watched.is_owed_nothing(Duration::from_secs(1));
                timeout(Duration::from_secs(100), owed_nothing)
                    .await
                    .is_ok()
            };
            assert!(owed_nothing(&watched).await);
            // The client reads nothing, so there is an end to it.
            let mut is_full = false;
            while !is_full {
                is_full = poll_fn(|cx| {
                    let written = Pin::new(&mut watched).poll_write(cx, &[0; 64 * 1024]);
                    Poll::Ready(written.is_pending())
                })
                .await;
            }
            assert!(!owed_nothing(&watched).await);
        });
    }
}
