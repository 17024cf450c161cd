//! Standard output and standard error, each written by a thread of its own.
//!
//! Owns the two threads, the writes handed over to them, and the handle by which
//! one writer polls. A write to a full pipe may never come to its end, so the
//! threads belong to no runtime, and nobody waits for them to end.

use std::collections::VecDeque;
use std::io::{self, IoSlice, Write};
use std::mem;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::{Arc, PoisonError};
use std::task::{Context, Poll, Waker, ready};
use std::thread;

use crate::io::error::named;
use crate::io::handed_over::{HandedOver, Written, copy_front};
use crate::machine::panics::wake_contained;
use crate::sys::locks::{Condvar, Mutex, MutexGuard};
use crate::sys::start::named_if_refused;
use crate::sys::{file, poll};

/// The most that one write hands over: what a pipe holds.
const MAX_CHUNK: usize = 64 * 1024;

pub(super) static STDOUT: Output = Output::new("buzzer-stdout", |bytes| {
    write_behind_std(&mut io::stdout().lock(), bytes)
});
pub(super) static STDERR: Output = Output::new("buzzer-stderr", |bytes| {
    write_behind_std(&mut io::stderr().lock(), bytes)
});

/// One of the process's two outputs.
pub(super) struct Output {
    thread_name: &'static str,
    write: fn(&[u8]) -> Written,
    queue: Mutex<Queue>,
    /// Notified when a write is handed over.
    handed_over: Condvar,
}

struct Queue {
    /// First in, first out. Each writer has one at most here, and one for each time
    /// that it was dropped with a write on its way.
    jobs: VecDeque<Arc<Job>>,
    has_thread: bool,
}

/// A write on its way.
struct Job(Mutex<Progress>);

struct Progress {
    data: Vec<u8>,
    written: Option<Written>,
    waker: Option<Waker>,
}

/// No code of the program runs under the locks of this file, so nothing poisons
/// them.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Output {
    const fn new(thread_name: &'static str, write: fn(&[u8]) -> Written) -> Self {
        let jobs = VecDeque::new();
        Self {
            thread_name,
            write,
            queue: Mutex::new(Queue {
                jobs,
                has_thread: false,
            }),
            handed_over: Condvar::new(),
        }
    }

    fn hand_over(&'static self, data: Vec<u8>) -> io::Result<Arc<Job>> {
        let job = Arc::new(Job(Mutex::new(Progress {
            data,
            written: None,
            waker: None,
        })));
        let mut queue = lock(&self.queue);
        if !queue.has_thread {
            let builder = thread::Builder::new().name(self.thread_name.to_owned());
            let started = builder.spawn(|| self.write_on());
            started.map_err(|error| named("start", "its thread", named_if_refused(error)))?;
            queue.has_thread = true;
        }
        queue.jobs.push_back(job.clone());
        self.handed_over.notify_one();
        Ok(job)
    }

    /// The thread's life.
    fn write_on(&self) {
        loop {
            let mut queue = lock(&self.queue);
            let job = loop {
                match queue.jobs.pop_front() {
                    Some(job) => break job,
                    None => {
                        let waited = self.handed_over.wait(queue);
                        queue = waited.unwrap_or_else(PoisonError::into_inner);
                    }
                }
            };
            drop(queue);
            let data = mem::take(&mut lock(&job.0).data);
            let written = (self.write)(&data);
            let mut progress = lock(&job.0);
            progress.data = data;
            progress.written = Some(written);
            let waker = progress.waker.take();
            drop(progress);
            waker.into_iter().for_each(wake_contained);
        }
    }
}

impl Job {
    fn poll(&self, cx: &mut Context<'_>) -> Poll<HandedOver> {
        // A foreign waker's clone and drop are the program's code: outside the lock.
        let waker = cx.waker().clone();
        let mut progress = lock(&self.0);
        if let Some(written) = progress.written.take() {
            let data = mem::take(&mut progress.data);
            drop(progress);
            return Poll::Ready(HandedOver { data, written });
        }
        let replaced = progress.waker.replace(waker);
        drop(progress);
        drop(replaced);
        Poll::Pending
    }
}

/// Writes all of `bytes`, behind what std holds back for `print!`. The lock is kept
/// meanwhile, so that nothing comes in between.
fn write_behind_std(std: &mut (impl Write + AsFd), bytes: &[u8]) -> Written {
    if let Err(error) = waiting_for_room(std, Write::flush) {
        let error = Some(error);
        return Written { count: 0, error };
    }
    // Past std's buffer, which would keep what it could not write and try it again
    // later, when its error has been told.
    Written::from(bytes, |rest| {
        waiting_for_room(std, |std| file::write(std.as_fd(), rest))
    })
}

/// Another process may have set the open file to not wait.
fn waiting_for_room<W: AsFd, T>(
    std: &mut W,
    mut write: impl FnMut(&mut W) -> io::Result<T>,
) -> io::Result<T> {
    loop {
        match write(std) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                let fd: BorrowedFd<'_> = std.as_fd();
                poll::until_ready(fd, libc::POLLOUT)?;
            }
            result => return result,
        }
    }
}

/// One writer to an output, and its write on the way.
pub(super) struct Writer {
    output: &'static Output,
    begun: Option<Arc<Job>>,
    /// Written, and to be asked for by the poll that brings the same bytes.
    ended: Option<HandedOver>,
    /// Came after a part that was written, and is to be told.
    failed: Option<io::Error>,
    /// Memory for what is handed over, kept from one write to the next.
    spare: Vec<u8>,
}

impl Writer {
    pub(super) fn new(output: &'static Output) -> Self {
        Self {
            output,
            begun: None,
            ended: None,
            failed: None,
            spare: Vec::new(),
        }
    }

    pub(super) fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        buffers: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        loop {
            ready!(self.poll_settle(cx))?;
            if let Some(HandedOver { data, written }) =
                self.ended.take_if(|write| write.is_asked_for_with(buffers))
            {
                self.spare = data;
                return Poll::Ready(match written.error {
                    Some(error) if written.count == 0 => Err(error),
                    error => {
                        self.failed = error;
                        Ok(written.count)
                    }
                });
            }
            if let Some(dropped) = self.ended.take()
                && let Some(error) = dropped.written.error
            {
                return Poll::Ready(Err(earlier(error)));
            }
            let mut data = mem::take(&mut self.spare);
            copy_front(buffers, MAX_CHUNK, &mut data);
            self.begun = Some(self.output.hand_over(data)?);
        }
    }

    /// Waits for what is on its way. How much that was stays for the poll that asks
    /// for it.
    pub(super) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_settle(cx))?;
        let error = HandedOver::take_error(&mut self.ended);
        Poll::Ready(error.map_or(Ok(()), |error| Err(earlier(error))))
    }

    fn poll_settle(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if let Some(job) = &self.begun {
            self.ended = Some(ready!(job.poll(cx)));
            self.begun = None;
        }
        let failed = self.failed.take();
        Poll::Ready(failed.map_or(Ok(()), |error| Err(earlier(error))))
    }
}

/// What went wrong with another write than the one that is told.
fn earlier(error: io::Error) -> io::Error {
    named("earlier", "write", error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_after_a_part_comes_after_the_part() {
        let cx = &mut Context::from_waker(Waker::noop());
        let mut writer = Writer::new(&STDERR);
        writer.ended = Some(HandedOver {
            data: b"0123456789".to_vec(),
            written: Written {
                count: 4,
                error: Some(io::ErrorKind::StorageFull.into()),
            },
        });
        let Poll::Ready(Ok(4)) = writer.poll_write(cx, &[IoSlice::new(b"0123456789")]) else {
            panic!("four bytes were written");
        };
        let Poll::Ready(Err(error)) = writer.poll_write(cx, &[IoSlice::new(b"456789")]) else {
            panic!("the error is told before more is written");
        };
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
        assert!(matches!(writer.poll_flush(cx), Poll::Ready(Ok(()))));
    }
}
