//! The end of a process that a runtime does not see: by a signal, or by exit(3).
//!
//! Owns the handlers and what they tell. `trace/ending.rs` has a thread that waits here
//! ([`Endings::wait`]) and writes what there is to write; without it none of this is
//! installed.
//!
//! # Signals
//!
//! What ends a process in the course of things ([`SIGNALS`]) gets a handler where it has
//! its default action. The handler may interrupt any code, so it does what
//! signal-safety(7) allows: it tells the thread, by an atomic and an event. When the
//! thread is done it gives the signal its default action back and raises it
//! ([`Endings::take_course`]), so whoever waits for the process sees how it ended.
//!
//! A handler of the program goes first. One that was there before is left alone. One
//! that comes after takes the place of ours; if it calls the one that it has found, as
//! some do, ours sees that it is not the signal's handler any more and does nothing.
//! `sys/signal.rs` takes ours for the default action.
//!
//! # exit and abort
//!
//! exit(3) calls what was given to atexit(3), and abort(3) raises SIGABRT: a panic that
//! does not unwind ends so. Both wait until the thread is done, in the thread that has
//! called them, which may hold any lock of the program. They may even hold one that the
//! thread needs, if a handler of the program has interrupted the loop while it records:
//! so an exit waits without a limit only for a thread that [`has_begun`] to write, and an
//! abort never does.
//!
//! A process that was forked off has the handlers and not the thread: they know by its
//! number that they are not meant.

use std::ffi::c_int;
use std::io;
use std::os::fd::AsRawFd;
use std::ptr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicI64, AtomicU32, AtomicUsize, Ordering};
use std::time::Duration;

use super::action::sigaction;
use super::check;
use super::errno;
use super::event::Event;
use super::monotonic;

/// Ctrl-C, the end that a supervisor asks for, the terminal's end, and Ctrl-\.
const SIGNALS: [c_int; 4] = [libc::SIGINT, libc::SIGTERM, libc::SIGHUP, libc::SIGQUIT];

/// Within this many milliseconds two signals are one wish: a terminal and a wrapper may
/// each send one. After it, a second one says that it takes too long.
const ONE_WISH: i64 = 1_000;

/// So many milliseconds an abort waits, and an exit for a thread that does not write.
const PATIENCE: c_int = 10_000;

/// What an exit says that does not wait any longer.
const STUCK: &str = "buzzer: exit was called where the loop was recording, by a signal handler: \
                     the end of the trace and the ledger are lost\n";

/// So many milliseconds until an exit looks again whether anybody writes.
const LOOK: c_int = 100;

/// What the thread waits for. A handler looks at it with a load, and never waits for it.
static EVENT: OnceLock<Event> = OnceLock::new();

/// What an exit or an abort waits for.
static DONE: OnceLock<Event> = OnceLock::new();

/// The process that installed the handlers.
static PROCESS: AtomicU32 = AtomicU32::new(0);

/// The thread that is told.
static THREAD: AtomicUsize = AtomicUsize::new(0);

/// The signal that has come; 0 for none.
static SIGNAL: AtomicI32 = AtomicI32::new(0);

/// When it came, in milliseconds of the monotonic clock; 0 for not yet.
static CAME_AT: AtomicI64 = AtomicI64::new(0);

/// exit or abort was called.
static EXITS: AtomicBool = AtomicBool::new(false);

/// Somebody has the locks and writes.
static WRITES: AtomicBool = AtomicBool::new(false);

/// What the thread was told.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Told {
    Nothing,
    Signal(c_int),
    Exit,
    /// The program has closed all descriptors, whosever they are.
    NoMore,
}

/// The thread that waits for the end. There is one.
pub(crate) struct Endings(());

impl Endings {
    /// Catches what ends the process from here on. To be called once, by the thread that
    /// waits.
    pub(crate) fn install() -> io::Result<Self> {
        for event in [&EVENT, &DONE] {
            // It is called once.
            let _ = event.set(Event::new()?);
        }
        THREAD.store(this_thread(), Ordering::Release);
        // What the program waits for by sigwait(3) or a signalfd is not to come here.
        set_mask(libc::SIG_SETMASK, None);
        // SAFETY: the function has the signature that is asked for, and does not unwind.
        check(unsafe { libc::atexit(on_exit) })?;
        for signal in SIGNALS {
            catch(signal, on_signal)?;
        }
        catch(libc::SIGABRT, on_abort)?;
        // Last: if any of that fails, nobody is to be waited for.
        PROCESS.store(std::process::id(), Ordering::Release);
        Ok(Self(()))
    }

    /// Waits until there is something to tell, or for at most so long.
    pub(crate) fn wait(&self, limit: Option<Duration>) -> Told {
        let limit = limit.map_or(-1, |limit| c_int::try_from(limit.as_millis()).unwrap_or(-1));
        let waited = EVENT.get().map(|event| wait_for(event, limit));
        if waited == Some(Waited::Closed) {
            // The handlers find nobody to tell.
            PROCESS.store(0, Ordering::Release);
            return Told::NoMore;
        }
        if EXITS.swap(false, Ordering::AcqRel) {
            return Told::Exit;
        }
        match SIGNAL.load(Ordering::Acquire) {
            0 => Told::Nothing,
            signal => Told::Signal(signal),
        }
    }

    /// The process may go on with its exit.
    pub(crate) fn let_exit(&self) {
        tell(&DONE);
    }

    /// Lets the signal end the process, by its default action. Returns if it does not: the
    /// first process of a container ignores it, and the program may have a handler by
    /// now.
    pub(crate) fn take_course(&self, signal: c_int) {
        if is_still(signal, on_signal) {
            set_default(signal);
        }
        raise(signal);
        // It comes to this thread at once.
        set_mask(libc::SIG_UNBLOCK, Some(signal));
        set_mask(libc::SIG_BLOCK, Some(signal));
        SIGNAL.store(0, Ordering::Release);
        CAME_AT.store(0, Ordering::Release);
        // It was caught before.
        let _ = catch(signal, on_signal);
    }
}

/// Has the thread look again at what there is to do. Nobody may be waiting.
pub(crate) fn nudge() {
    tell(&EVENT);
}

/// From here on an exit waits without a limit, until what is given is dropped.
pub(crate) fn has_begun() -> Writes {
    WRITES.store(true, Ordering::Release);
    Writes
}

/// Its owner has all locks that it needs, and writes.
#[must_use = "an exit waits as long as it lives"]
pub(crate) struct Writes;

impl Drop for Writes {
    fn drop(&mut self) {
        WRITES.store(false, Ordering::Release);
    }
}

/// Before there is an event, nobody waits.
fn tell(event: &OnceLock<Event>) {
    if let Some(event) = event.get() {
        event.tell();
    }
}

/// What a wait came to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Waited {
    Told,
    /// The time is over, or a signal came.
    InVain,
    /// Somebody has closed the descriptor.
    Closed,
}

/// Waits for an event, at most so many milliseconds; for ever if there are less than
/// none. May be called in a handler.
fn wait_for(event: &Event, millis: c_int) -> Waited {
    let mut entry = libc::pollfd {
        fd: event.as_raw_fd(),
        events: libc::POLLIN,
        revents: 0,
    };
    // SAFETY: `entry` is borrowed for writing past the call.
    unsafe { libc::poll(&raw mut entry, 1, millis) };
    match event.take() {
        _ if entry.revents & libc::POLLNVAL != 0 => Waited::Closed,
        true => Waited::Told,
        false => Waited::InVain,
    }
}

/// Changes which signals this thread takes: one, or all.
fn set_mask(how: c_int, signal: Option<c_int>) {
    // SAFETY: a signal set is integers, for which zero is valid. It is borrowed for
    // writing past the calls that fill it and for reading past the last, which may have a
    // null for the old set.
    unsafe {
        let mut set: libc::sigset_t = std::mem::zeroed();
        match signal {
            Some(signal) => libc::sigaddset(&raw mut set, signal),
            None => libc::sigfillset(&raw mut set),
        };
        libc::pthread_sigmask(how, &raw const set, ptr::null_mut());
    }
}

type Handler = extern "C" fn(c_int);

/// Whether this is one of our handlers here, which stand for the default action.
pub(super) fn has_ours(action: &libc::sigaction) -> bool {
    [on_signal as Handler, on_abort]
        .map(|handler| handler as usize)
        .contains(&action.sa_sigaction)
}

fn is_still(signal: c_int, handler: Handler) -> bool {
    let action = sigaction(signal, None);
    action.is_ok_and(|action| action.sa_sigaction == handler as usize)
}

/// Gives the signal our handler, if it has its default action.
fn catch(signal: c_int, handler: Handler) -> io::Result<()> {
    let mut action = sigaction(signal, None)?;
    if action.sa_sigaction != libc::SIG_DFL {
        return Ok(());
    }
    action.sa_sigaction = handler as usize;
    // Other threads' calls go on: the process may take a while to end.
    action.sa_flags = libc::SA_RESTART | libc::SA_ONSTACK;
    let replaced = sigaction(signal, Some(&action))?;
    // Code of the program may have installed one in between, on another thread.
    if replaced.sa_sigaction != libc::SIG_DFL {
        sigaction(signal, Some(&replaced))?;
    }
    Ok(())
}

/// It does not fail for a signal that was caught.
fn set_default(signal: c_int) {
    // SAFETY: signal takes an integer and one of its own constants. It may be called in a
    // handler.
    unsafe { libc::signal(signal, libc::SIG_DFL) };
}

/// In a handler: what is raised is blocked until it returns, and then ends the process.
fn end_by(signal: c_int) {
    set_default(signal);
    raise(signal);
}

/// Sends the signal to this thread, or to the process where a sandbox refuses tgkill(2):
/// what is to end must not go on.
fn raise(signal: c_int) {
    // SAFETY: these take integers and touch no memory of ours. They may be called in a
    // handler.
    unsafe {
        if libc::raise(signal) != 0 {
            libc::kill(libc::getpid(), signal);
        }
    }
}

/// See the head of this file.
extern "C" fn on_signal(signal: c_int) {
    let _errno = errno::keep();
    // Not if it is called by the handler that has taken its place.
    if is_still(signal, on_signal) {
        let now = now();
        let first = CAME_AT.compare_exchange(0, now, Ordering::AcqRel, Ordering::Acquire);
        if !is_this_process() || first.is_err_and(|came_at| now - came_at > ONE_WISH) {
            end_by(signal);
        } else if first.is_ok() {
            SIGNAL.store(signal, Ordering::Release);
            nudge();
        }
    }
}

/// See the head of this file.
extern "C" fn on_abort(signal: c_int) {
    if is_still(signal, on_abort) {
        if has_to_wait()
            && let Some(done) = DONE.get()
        {
            wait_for(done, PATIENCE);
        }
        end_by(signal);
    }
}

/// See the head of this file.
extern "C" fn on_exit() {
    if has_to_wait()
        && let Some(done) = DONE.get()
        && !wait_while_it_writes(done, PATIENCE.into())
    {
        // SAFETY: `STUCK` is valid for reads of its length. This may be in a handler of
        // the program, so it is no more than a call.
        unsafe { libc::write(libc::STDERR_FILENO, STUCK.as_ptr().cast(), STUCK.len()) };
    }
}

/// Tells the thread of an exit or an abort. That thread itself has nobody to wait for.
fn has_to_wait() -> bool {
    let has_to = is_this_process() && this_thread() != THREAD.load(Ordering::Acquire);
    if has_to {
        EXITS.store(true, Ordering::Release);
        nudge();
    }
    has_to
}

/// Waits for an event: at most so many milliseconds after the last in which somebody
/// wrote. Whether it was told.
fn wait_while_it_writes(event: &Event, millis: i64) -> bool {
    let mut wrote_at = now();
    while wait_for(event, LOOK) == Waited::InVain {
        if WRITES.load(Ordering::Acquire) {
            wrote_at = now();
        }
        if now() - wrote_at >= millis {
            return false;
        }
    }
    true
}

/// A process that was forked off is not.
fn is_this_process() -> bool {
    std::process::id() == PROCESS.load(Ordering::Acquire)
}

/// By a call that a handler may make.
fn this_thread() -> usize {
    // SAFETY: pthread_self takes nothing and touches no memory of ours.
    unsafe { libc::pthread_self() as usize }
}

/// In milliseconds, by a call that a handler may make.
fn now() -> i64 {
    let millis = monotonic::now().as_millis();
    i64::try_from(millis).unwrap_or(i64::MAX).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exit_waits_for_who_writes_and_not_for_ever_for_who_can_not_begin() {
        let done = &Event::new().unwrap();
        // Comes back though nobody has told.
        assert!(!wait_while_it_writes(done, 1));
        let writes = has_begun();
        std::thread::scope(|scope| {
            // So long that a thread which waits for a processor does not end it either.
            let waits = scope.spawn(|| wait_while_it_writes(done, PATIENCE.into()));
            // It could only end by mistake.
            assert!(wait_for(done, 3 * LOOK) == Waited::InVain && !waits.is_finished());
            done.tell();
            assert!(waits.join().unwrap());
        });
        drop(writes);
        assert!(!WRITES.load(Ordering::Acquire));
    }
}
