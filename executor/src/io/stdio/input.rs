//! Standard input, read by a thread of its own.
//!
//! Owns the process's one thread that reads it, and what that has read and nobody
//! has taken. A read may never come to its end, and can't be called back: so the
//! thread belongs to no runtime, and nobody waits for it to end.
//!
//! What it takes is lost to whoever else reads the same input: a child that inherits
//! it, the shell that comes after. So it reads for a poll that asks, and only if there
//! is something at that moment, and no more than is asked for. If there is nothing, it
//! waits in poll(2), and then wakes who has asked, without reading: whoever still wants
//! it polls again. (That a future was dropped nobody tells us: its handle, or a buffer
//! around that, may live on.) What comes to a reader that is dropped between its poll
//! and the read is the next one's, on whichever runtime.

use std::io::{self, IoSliceMut, Read, StdinLock};
use std::mem;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::{OnceLock, PoisonError};
use std::task::{Context, Poll, Waker};
use std::thread;

use crate::io::ReadBuf;
use crate::io::error::named;
use crate::machine::panics::wake_contained;
use crate::sys::MAX_BUFFERS;
use crate::sys::file::{self, Answer};
use crate::sys::locks::{Condvar, Mutex, MutexGuard};
use crate::sys::poll::{self, Cancel};
use crate::sys::start::named_if_refused;

/// The most that one read takes: what a pipe holds.
const MAX_CHUNK: usize = 64 * 1024;

static INPUT: Mutex<Input> = Mutex::new(Input {
    bytes: Vec::new(),
    taken: 0,
    ended: None,
    has_thread: false,
    is_polling: false,
    waiting: Vec::new(),
    asked: 0,
    numbered: 0,
});
/// Notified when a reader asks, unless the thread is in poll(2).
static ASKED: Condvar = Condvar::new();
/// Ends that poll when a reader asks: what is read may be another input by now, or std
/// may have read ahead. Set before there is a thread; not at all if there was no
/// descriptor left for it.
static CANCEL: OnceLock<Cancel> = OnceLock::new();

struct Input {
    bytes: Vec<u8>,
    /// How much of `bytes` the program has.
    taken: usize,
    /// A read came to the end, or failed. Told once; who asks again has it read
    /// again, since a terminal goes on after its end.
    ended: Option<io::Result<()>>,
    has_thread: bool,
    /// The thread waits for input, or is about to.
    is_polling: bool,
    /// One of each reader at most.
    waiting: Vec<Waiting>,
    /// How often a reader has asked.
    asked: u64,
    /// How many readers were ever given a number.
    numbered: u64,
}

struct Waiting {
    /// Its reader's.
    number: u64,
    waker: Waker,
    /// `None` once the thread has looked.
    asks: Option<Ask>,
}

/// What a poll asks of the thread.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Ask {
    /// Nothing was there: to be told when something is. The poll may be of a read that
    /// is given up by then, so nothing is read for it.
    Look,
    /// Something was there: to read it, up to so many bytes.
    Read(usize),
}

/// What the thread finds.
enum Found {
    /// Nothing yet, or nobody asks any more.
    Nothing,
    /// Something, for who asks to be told.
    Something,
    /// What was read, or that it can't be.
    Read(io::Result<usize>),
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
        // If that can't be said, the read says why.
        let is_there = poll::is_readable(io::stdin().as_fd()).unwrap_or(true);
        let ask = match is_there {
            true => Ask::Read(buffer.remaining()),
            false => Ask::Look,
        };
        let replaced = input.wait(&mut self.number, waker, ask);
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
        let at = input
            .waiting
            .iter()
            .position(|other| other.number == number);
        let unused = at.map(|at| input.waiting.remove(at));
        drop(input);
        drop(unused);
    }
}

impl Input {
    fn start_thread(&mut self) -> io::Result<()> {
        if self.has_thread {
            return Ok(());
        }
        if let Ok(cancel) = Cancel::new() {
            // One of an earlier try is as good.
            let _ = CANCEL.set(cancel);
        }
        let builder = thread::Builder::new().name("buzzer-stdin".to_owned());
        let started = builder.spawn(read_when_asked);
        started.map_err(|error| named("start", "its thread", named_if_refused(error)))?;
        self.has_thread = true;
        Ok(())
    }

    /// Has a reader ask and wait with `waker`, and gives back the one in whose place it
    /// comes.
    fn wait(&mut self, number: &mut Option<u64>, waker: Waker, ask: Ask) -> Option<Waker> {
        let number = *number.get_or_insert_with(|| {
            self.numbered += 1;
            self.numbered
        });
        self.asked += 1;
        match (self.is_polling, CANCEL.get()) {
            (true, Some(cancel)) => cancel.cancel(),
            (true, None) => {}
            (false, _) => ASKED.notify_one(),
        }
        let asks = Some(ask);
        let mut others = self.waiting.iter_mut();
        if let Some(waiting) = others.find(|other| other.number == number) {
            waiting.asks = asks;
            return Some(mem::replace(&mut waiting.waker, waker));
        }
        self.waiting.push(Waiting {
            number,
            waker,
            asks,
        });
        None
    }

    fn is_asked(&self) -> bool {
        self.waiting.iter().any(|waiting| waiting.asks.is_some())
    }

    /// What is asked for, by who has most room; `None` if nobody asks. They have asked
    /// then.
    fn take_asked(&mut self) -> Option<Ask> {
        let asks = self
            .waiting
            .iter_mut()
            .filter_map(|waiting| waiting.asks.take());
        asks.max()
    }
}

/// The thread's life.
fn read_when_asked() {
    let mut chunk = Vec::new();
    loop {
        let mut input = lock();
        while !input.is_asked() {
            input = ASKED.wait(input).unwrap_or_else(PoisonError::into_inner);
        }
        let asked = input.asked;
        drop(input);
        let result = match read(&mut chunk) {
            Found::Read(result) => Some(result),
            Found::Something => None,
            Found::Nothing => match wait_for_input(asked) {
                Ok(false) => continue,
                Ok(true) => None,
                Err(error) => Some(Err(error)),
            },
        };
        let mut input = lock();
        match result {
            // Who still wants it polls again.
            None => {}
            Some(Ok(0)) => input.ended = Some(Ok(())),
            Some(Ok(count)) => {
                input.bytes.clear();
                input.bytes.extend_from_slice(&chunk[..count]);
                input.taken = 0;
            }
            Some(Err(error)) => input.ended = Some(Err(error)),
        }
        let waiting = mem::take(&mut input.waiting);
        drop(input);
        // All of them: the first one takes what there is, the others ask again.
        for Waiting { waker, .. } in waiting {
            wake_contained(waker);
        }
    }
}

/// Reads into `chunk` what there is, up to what is asked for. Under std's lock, and what
/// std has read ahead comes first.
fn read(chunk: &mut Vec<u8>) -> Found {
    let mut stdin = io::stdin().lock();
    let left = left_by_std(&mut stdin, chunk);
    if left > 0 {
        return Found::Read(Ok(left));
    }
    match poll::is_readable(stdin.as_fd()) {
        Ok(true) => {}
        Ok(false) => return Found::Nothing,
        Err(error) => return Found::Read(Err(error)),
    }
    // Looked at last: std's lock may have been long in coming.
    let asked = lock().take_asked();
    match asked {
        None => Found::Nothing,
        Some(Ask::Look) => Found::Something,
        Some(Ask::Read(room)) => {
            chunk.resize(room.min(MAX_CHUNK), 0);
            read_now(stdin.as_fd(), chunk).map_or(Found::Nothing, Found::Read)
        }
    }
}

/// Waits until there is something, and says `true`; or until a reader asks that has not
/// when `asked` was the count, and says `false`, as if none is there any more.
fn wait_for_input(asked: u64) -> io::Result<bool> {
    let mut input = lock();
    if input.asked != asked || input.waiting.is_empty() {
        return Ok(false);
    }
    // They have asked.
    input.take_asked();
    input.is_polling = true;
    drop(input);
    loop {
        let polled = poll::for_input(io::stdin().as_fd(), CANCEL.get());
        let mut input = lock();
        let is_asked = input.is_asked();
        // A cancel from before may end a poll in which nobody asks.
        if is_asked || !matches!(polled, Ok(false)) {
            input.is_polling = false;
            return polled.map(|is_there| is_there && !is_asked);
        }
    }
}

/// Takes what std has read ahead. No call of std's looks there without reading when
/// there is nothing. But it goes past its empty buffer for who wants as much as that
/// holds; and a system call looks at no more than 1,024 slices. So a request that is
/// empty up to there, and long behind, reads nothing.
fn left_by_std(stdin: &mut StdinLock<'_>, chunk: &mut Vec<u8>) -> usize {
    chunk.resize(MAX_CHUNK, 0);
    let mut slices: Vec<IoSliceMut<'_>> = Vec::new();
    slices.resize_with(MAX_BUFFERS, || IoSliceMut::new(&mut []));
    slices.push(IoSliceMut::new(chunk));
    // An input that can't be read at all says so when it is read.
    stdin.read_vectored(&mut slices).unwrap_or(0)
}

/// Reads what is there. `None` if others have taken it meanwhile.
fn read_now(stdin: BorrowedFd<'_>, chunk: &mut [u8]) -> Option<io::Result<usize>> {
    match file::read_cached(stdin, None, chunk) {
        Answer::Done(count @ 1..) => return Some(Ok(count)),
        // A file can always be read, also where that has to wait for the disk.
        Answer::WouldWait if !matches!(poll::is_readable(stdin), Ok(true)) => return None,
        // Some kernels say zero, the end, for what they would have to wait for. And where
        // nothing can be tried, this read waits if another process was faster than it.
        _ => {}
    }
    match file::read(stdin, chunk) {
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => None,
        // Closed, or open for writing only: to std an input without anything in it.
        Err(error) if error.raw_os_error() == Some(libc::EBADF) => Some(Ok(0)),
        result => Some(result),
    }
}
