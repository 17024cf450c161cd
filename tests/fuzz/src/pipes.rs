//! The two ends of a pipe in memory, against two queues.
//!
//! Owns that part of the harness in `copies.rs`. Each call gives what the queues say, and
//! whoever was told to wait is woken by what ends the wait, and by nothing before it.

use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use arbitrary::Arbitrary;
use buzzer::io::{AsyncRead, AsyncWrite, DuplexStream, ReadBuf, duplex};

use crate::pieces::joined;

/// What is done to an end.
#[derive(Arbitrary, Debug)]
pub(crate) enum PipeOp<'a> {
    Read(u8),
    Write(&'a [u8]),
    Vectored([&'a [u8]; 2]),
    Shutdown,
    Drop,
}

/// Does it all, each to one of the two ends.
pub(crate) fn run(capacity: u8, ops: &[(bool, PipeOp<'_>)]) {
    let mut pipes = Pipes::new(usize::from(capacity).max(1));
    for (end, op) in ops {
        pipes.one(usize::from(*end), op);
    }
}

#[derive(Default)]
struct Count(AtomicUsize);

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// Who waits at a pipe: how often it was woken, and how often it is to be.
#[derive(Default)]
struct Waiter {
    woken: Arc<Count>,
    expected: usize,
    waits: bool,
}

impl Waiter {
    fn ends(&mut self) {
        self.expected += usize::from(std::mem::take(&mut self.waits));
    }

    fn check(&self) {
        assert_eq!(self.woken.0.load(Ordering::Relaxed), self.expected);
    }
}

/// One direction.
#[derive(Default)]
struct Queue {
    bytes: VecDeque<u8>,
    is_closed: bool,
    reader: Waiter,
    writer: Waiter,
}

impl Queue {
    fn close(&mut self) {
        self.is_closed = true;
        self.reader.ends();
        self.writer.ends();
    }
}

struct Pipes {
    capacity: usize,
    ends: [Option<DuplexStream>; 2],
    /// What each end has written.
    written: [Queue; 2],
}

impl Pipes {
    fn new(capacity: usize) -> Self {
        Self {
            capacity,
            ends: <[_; 2]>::from(duplex(capacity)).map(Some),
            written: Default::default(),
        }
    }

    fn one(&mut self, end: usize, op: &PipeOp<'_>) {
        match op {
            PipeOp::Read(count) => self.read(end, usize::from(*count)),
            PipeOp::Write(bytes) => self.write(end, &[IoSlice::new(bytes)]),
            PipeOp::Vectored(buffers) => self.write(end, &buffers.map(IoSlice::new)),
            PipeOp::Shutdown => self.shutdown(end),
            PipeOp::Drop => {
                if self.ends[end].take().is_some() {
                    self.written.iter_mut().for_each(Queue::close);
                }
            }
        }
        for queue in &self.written {
            queue.reader.check();
            queue.writer.check();
        }
    }

    fn read(&mut self, end: usize, count: usize) {
        let Some(stream) = &mut self.ends[end] else {
            return;
        };
        let queue = &mut self.written[1 - end];
        let waker = Waker::from(queue.reader.woken.clone());
        let mut bytes = vec![0; count];
        let mut buffer = ReadBuf::new(&mut bytes);
        let read = Pin::new(stream).poll_read(&mut Context::from_waker(&waker), &mut buffer);
        let read = read.map(|read| {
            read.expect("memory can be read");
            buffer.filled().to_vec()
        });
        if queue.bytes.is_empty() && !queue.is_closed && count > 0 {
            assert_eq!(read, Poll::Pending);
            queue.reader.waits = true;
            return;
        }
        let count = count.min(queue.bytes.len());
        let expected: Vec<_> = queue.bytes.drain(..count).collect();
        assert_eq!(read, Poll::Ready(expected));
        if count > 0 {
            queue.writer.ends();
        }
    }

    fn write(&mut self, end: usize, buffers: &[IoSlice<'_>]) {
        let Some(stream) = &mut self.ends[end] else {
            return;
        };
        let queue = &mut self.written[end];
        let waker = Waker::from(queue.writer.woken.clone());
        let mut cx = Context::from_waker(&waker);
        let written = match buffers {
            [bytes] => Pin::new(stream).poll_write(&mut cx, bytes),
            _ => Pin::new(stream).poll_write_vectored(&mut cx, buffers),
        };
        let written = written.map_err(|error| error.kind());
        let (all, room) = (joined(buffers), self.capacity - queue.bytes.len());
        if queue.is_closed {
            assert_eq!(written, Poll::Ready(Err(io::ErrorKind::BrokenPipe)));
        } else if all.is_empty() {
            assert_eq!(written, Poll::Ready(Ok(0)));
        } else if room == 0 {
            assert_eq!(written, Poll::Pending);
            queue.writer.waits = true;
        } else {
            let count = all.len().min(room);
            assert_eq!(written, Poll::Ready(Ok(count)));
            queue.bytes.extend(&all[..count]);
            queue.reader.ends();
        }
    }

    fn shutdown(&mut self, end: usize) {
        if let Some(stream) = &mut self.ends[end] {
            let mut cx = Context::from_waker(Waker::noop());
            assert!(Pin::new(stream).poll_shutdown(&mut cx).is_ready());
            self.written[end].close();
        }
    }
}
