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
    waiting: Vec<Waker>,
}

fn lock() -> MutexGuard<'static, Input> {
    // No code of the program runs under the lock, so nothing poisons it.
    INPUT.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(super) fn poll_read(cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
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
    let is_known = input.waiting.iter().any(|other| other.will_wake(&waker));
    let unused = match is_known {
        true => Some(waker),
        false => {
            input.waiting.push(waker);
            None
        }
    };
    drop(input);
    drop(unused);
    Poll::Pending
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
        waiting.into_iter().for_each(wake_contained);
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
