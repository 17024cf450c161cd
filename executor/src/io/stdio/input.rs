//! Standard input, read by a thread of its own.
//!
//! Owns the process's one thread that reads it, and what that has read and nobody
//! has taken. A read may never come to its end, and can't be called back: so the
//! thread belongs to no runtime, nobody waits for it to end, and what it reads for
//! a reader that has gone is the next one's, on whichever runtime.

use std::io::{self, Read};
use std::mem;
use std::os::fd::AsFd;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::thread;

use crate::io::ReadBuf;
use crate::panics::wake_contained;
use crate::sys::file;

/// The most that is read ahead of the program. As much as std's own buffer holds,
/// which such a read goes past.
const CHUNK: usize = 8 * 1024;

static INPUT: Mutex<Input> = Mutex::new(Input {
    bytes: Vec::new(),
    taken: 0,
    ended: None,
    is_asked: false,
    has_thread: false,
    waiting: Vec::new(),
    numbered: 0,
});
/// Notified when the thread is asked to read.
static ASKED: Condvar = Condvar::new();

struct Input {
    bytes: Vec<u8>,
    /// How much of `bytes` the program has.
    taken: usize,
    /// A read came to the end, or failed. Told once; who asks again has it read
    /// again, since a terminal goes on after its end.
    ended: Option<io::Result<()>>,
    /// Whether the thread is to read, or is at it.
    is_asked: bool,
    has_thread: bool,
    /// One of each reader at most, under its number.
    waiting: Vec<(u64, Waker)>,
    /// How many readers were ever given a number.
    numbered: u64,
}

fn lock() -> MutexGuard<'static, Input> {
    // No code of the program runs under the lock, so nothing poisons it.
    INPUT.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One reader of the input, and its place among those that wait.
#[derive(Default)]
pub(super) struct Reader {
    /// Set by the first poll that has to wait.
    number: Option<u64>,
}

impl Reader {
    pub(super) fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        // A foreign waker's clone and drop are the program's code: outside the lock.
        let waker = cx.waker().clone();
        let mut input = lock();
        let unread = &input.bytes[input.taken..];
        if !unread.is_empty() {
            let count = unread.len().min(buffer.remaining());
            buffer.put_slice(&unread[..count]);
            input.taken += count;
            drop(input);
            return Poll::Ready(Ok(()));
        }
        if let Some(result) = input.ended.take() {
            drop(input);
            return Poll::Ready(result);
        }
        if !input.has_thread {
            let builder = thread::Builder::new().name("buzzer-stdin".to_owned());
            if let Err(error) = builder.spawn(read_when_asked) {
                drop(input);
                return Poll::Ready(Err(error));
            }
            input.has_thread = true;
        }
        if !input.is_asked {
            input.is_asked = true;
            ASKED.notify_one();
        }
        let replaced = input.wait(&mut self.number, waker);
        drop(input);
        drop(replaced);
        Poll::Pending
    }
}

/// A reader that is gone waits no more: input may never come.
impl Drop for Reader {
    fn drop(&mut self) {
        let Some(number) = self.number else { return };
        let mut input = lock();
        let at = input.waiting.iter().position(|(other, _)| *other == number);
        let unused = at.map(|at| input.waiting.remove(at));
        drop(input);
        drop(unused);
    }
}

impl Input {
    /// Has a reader wait with `waker`, and gives back the one in whose place it comes.
    fn wait(&mut self, number: &mut Option<u64>, waker: Waker) -> Option<Waker> {
        let number = *number.get_or_insert_with(|| {
            self.numbered += 1;
            self.numbered
        });
        let waits = |(other, _): &&mut (u64, Waker)| *other == number;
        match self.waiting.iter_mut().find(waits) {
            Some((_, before)) => Some(mem::replace(before, waker)),
            None => {
                self.waiting.push((number, waker));
                None
            }
        }
    }
}

/// The thread's life.
fn read_when_asked() {
    let mut chunk = vec![0; CHUNK];
    loop {
        let mut input = lock();
        while !input.is_asked {
            input = ASKED.wait(input).unwrap_or_else(PoisonError::into_inner);
        }
        drop(input);
        let result = read(&mut chunk);
        let mut input = lock();
        match result {
            Ok(0) => input.ended = Some(Ok(())),
            Ok(count) => {
                input.bytes.clear();
                input.bytes.extend_from_slice(&chunk[..count]);
                input.taken = 0;
            }
            Err(error) => input.ended = Some(Err(error)),
        }
        input.is_asked = false;
        let waiting = mem::take(&mut input.waiting);
        drop(input);
        // All of them: the first one takes what there is, the others ask again.
        for (_, waker) in waiting {
            wake_contained(waker);
        }
    }
}

/// Reads through std's lock and buffer, so that what std has read ahead comes first.
fn read(chunk: &mut [u8]) -> io::Result<usize> {
    let mut stdin = io::stdin().lock();
    loop {
        match stdin.read(chunk) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            // Another process may have set the open file to not wait.
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                file::wait_until_ready(stdin.as_fd(), libc::POLLIN)?;
            }
            result => return result,
        }
    }
}
