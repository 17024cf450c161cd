//! Standard input, read by a thread of its own.
//!
//! Owns the process's one thread that reads it, and what that has read and nobody
//! has taken. A read may never come to its end, and can't be called back: so the
//! thread belongs to no runtime, and nobody waits for it to end.
//!
//! What it takes is lost to whoever else reads the same input: a child that inherits
//! it, the shell that comes after. So it takes nothing before there is something to
//! take, and then only what is asked for by those who still wait. Until then it is in
//! poll(2), which the drop of the last reader ends. What comes to a reader dropped
//! in the middle of its read is the next one's, on whichever runtime.

use std::io::{self, IoSliceMut, Read, StdinLock};
use std::mem;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::{Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::{Context, Poll, Waker};
use std::thread;

use crate::io::ReadBuf;
use crate::io::error::named;
use crate::panics::wake_contained;
use crate::sys::file::{self, Answer};
use crate::sys::wait::{self, Cancel};

/// The most that one read takes: what a pipe holds.
const MAX_CHUNK: usize = 64 * 1024;

static INPUT: Mutex<Input> = Mutex::new(Input {
    bytes: Vec::new(),
    taken: 0,
    ended: None,
    has_thread: false,
    waiting: Vec::new(),
    numbered: 0,
});
/// Notified when a reader waits and none did before.
static ASKED: Condvar = Condvar::new();
/// Has the thread look again who waits. Set before there is a thread; not at all if
/// there was no descriptor left for it.
static GIVEN_UP: OnceLock<Cancel> = OnceLock::new();

struct Input {
    bytes: Vec<u8>,
    /// How much of `bytes` the program has.
    taken: usize,
    /// A read came to the end, or failed. Told once; who asks again has it read
    /// again, since a terminal goes on after its end.
    ended: Option<io::Result<()>>,
    has_thread: bool,
    /// One of each reader at most. The thread reads while there are any.
    waiting: Vec<Waiting>,
    /// How many readers were ever given a number.
    numbered: u64,
}

struct Waiting {
    /// Its reader's.
    number: u64,
    waker: Waker,
    /// For how many bytes it has room.
    room: usize,
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
        if let Err(error) = input.start_thread() {
            drop(input);
            return Poll::Ready(Err(error));
        }
        let replaced = input.wait(&mut self.number, waker, buffer.remaining());
        drop(input);
        drop(replaced);
        Poll::Pending
    }
}

/// A reader that is gone waits no more: input may never come, and if it does, it is
/// somebody else's.
impl Drop for Reader {
    fn drop(&mut self) {
        let Some(number) = self.number else { return };
        let mut input = lock();
        let at = input
            .waiting
            .iter()
            .position(|other| other.number == number);
        let unused = at.map(|at| input.waiting.remove(at));
        if unused.is_some() && input.waiting.is_empty() {
            GIVEN_UP.get().inspect(|given_up| given_up.cancel());
        }
        drop(input);
        drop(unused);
    }
}

impl Input {
    fn start_thread(&mut self) -> io::Result<()> {
        if self.has_thread {
            return Ok(());
        }
        if let Ok(given_up) = Cancel::new() {
            // An earlier one is as good.
            let _ = GIVEN_UP.set(given_up);
        }
        let builder = thread::Builder::new().name("buzzer-stdin".to_owned());
        let started = builder.spawn(read_when_asked);
        started.map_err(|error| named("start", "its thread", error))?;
        self.has_thread = true;
        Ok(())
    }

    /// Has a reader wait with `waker`, and gives back the one in whose place it comes.
    fn wait(&mut self, number: &mut Option<u64>, waker: Waker, room: usize) -> Option<Waker> {
        let number = *number.get_or_insert_with(|| {
            self.numbered += 1;
            self.numbered
        });
        let mut others = self.waiting.iter_mut();
        if let Some(waiting) = others.find(|other| other.number == number) {
            waiting.room = room;
            return Some(mem::replace(&mut waiting.waker, waker));
        }
        if self.waiting.is_empty() {
            ASKED.notify_one();
        }
        self.waiting.push(Waiting {
            number,
            waker,
            room,
        });
        None
    }

    /// For how many bytes the one that has most room waits; `None` if nobody does.
    fn wanted(&self) -> Option<usize> {
        self.waiting.iter().map(|waiting| waiting.room).max()
    }
}

/// The thread's life.
fn read_when_asked() {
    let mut chunk = Vec::new();
    loop {
        let mut input = lock();
        while input.waiting.is_empty() {
            input = ASKED.wait(input).unwrap_or_else(PoisonError::into_inner);
        }
        drop(input);
        let result = match read(&mut chunk) {
            Some(result) => result,
            None => match wait::for_input(io::stdin().as_fd(), GIVEN_UP.get()) {
                Ok(()) => continue,
                Err(error) => Err(error),
            },
        };
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
        let waiting = mem::take(&mut input.waiting);
        drop(input);
        // All of them: the first one takes what there is, the others ask again.
        for Waiting { waker, .. } in waiting {
            wake_contained(waker);
        }
    }
}

/// Reads into `chunk` what there is, up to what is wanted. `None` if there is nothing
/// yet, or nobody who wants it. Under std's lock, and what std has read ahead comes
/// first.
fn read(chunk: &mut Vec<u8>) -> Option<io::Result<usize>> {
    let mut stdin = io::stdin().lock();
    let left = left_by_std(&mut stdin, chunk);
    if left > 0 {
        return Some(Ok(left));
    }
    match wait::is_readable(stdin.as_fd()) {
        Ok(true) => {}
        Ok(false) => return None,
        Err(error) => return Some(Err(error)),
    }
    // Looked at last: who gives up after this may lose to the next reader what it
    // has asked for, and no more.
    let wanted = lock().wanted()?;
    chunk.resize(wanted.min(MAX_CHUNK), 0);
    read_now(stdin.as_fd(), chunk)
}

/// Takes what std has read ahead. No call of std's looks there without reading when
/// there is nothing. But it goes past its empty buffer for who wants as much as that
/// holds; and a system call looks at no more than 1,024 slices. So a request that is
/// empty up to there, and long behind, reads nothing.
fn left_by_std(stdin: &mut StdinLock<'_>, chunk: &mut Vec<u8>) -> usize {
    chunk.resize(MAX_CHUNK, 0);
    let mut slices: Vec<IoSliceMut<'_>> = Vec::new();
    slices.resize_with(libc::UIO_MAXIOV as usize, || IoSliceMut::new(&mut []));
    slices.push(IoSliceMut::new(chunk));
    // An input that can't be read at all says so when it is read.
    stdin.read_vectored(&mut slices).unwrap_or(0)
}

/// Reads what is there. `None` if others have taken it meanwhile.
fn read_now(stdin: BorrowedFd<'_>, chunk: &mut [u8]) -> Option<io::Result<usize>> {
    match file::read_cached(stdin, None, chunk) {
        Answer::Done(count @ 1..) => return Some(Ok(count)),
        // A file can always be read, also where that has to wait for the disk.
        Answer::WouldWait if !matches!(wait::is_readable(stdin), Ok(true)) => return None,
        // Some kernels say zero, the end, for what they would have to wait for.
        _ => {}
    }
    match file::read(stdin, chunk) {
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => None,
        // Closed, or open for writing only: to std an input without anything in it.
        Err(error) if error.raw_os_error() == Some(libc::EBADF) => Some(Ok(0)),
        result => Some(result),
    }
}
