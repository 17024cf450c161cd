//! Catching signals: a handler that counts, and tells each listener.
//!
//! Owns the signal handler of what is listened to; what it counts in and whom it tells is
//! in `listener.rs`. `signal/`, the reactor's dump and the watchdog call it. Handlers belong
//! to the process, so this does too: once a signal is caught it stays caught, whichever
//! runtimes come and go.
//!
//! # What the handler may do
//!
//! It may interrupt any thread at any instruction, also one that holds a lock or
//! is in the middle of an allocation. So it does only what signal-safety(7)
//! allows: it adds to an atomic, tells events, asks which handler is installed, calls the
//! one that was there before it, and leaves errno as it was. Everything that it looks at
//! was written before it could be seen there, and is never freed; but for the events of
//! listeners, for which `listener.rs` has rules.
//!
//! # Why no signal is lost
//!
//! Each listener has an event of its own, which nobody else takes. The count is raised
//! before the events are told, and who waits takes its event before it compares counts
//! ([`Listener::look`]). *Raised before the comparison*: the comparison sees it. *After*:
//! so is the event told, and nobody takes it before the next look. *A listener that the
//! handler did not find yet*: it compares the counts when it can be found.

use std::ffi::{c_int, c_void};
use std::io;
use std::mem;
use std::ptr;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicUsize, Ordering};

use super::action::sigaction;
use super::ending;
use super::errno;
use super::listener::{self, SIGNALS};
pub(crate) use super::listener::{Listener, caught, count};
use crate::sys::locks::Mutex;

/// What the handler knows of each signal.
static CAUGHT: [Caught; SIGNALS] = [const { Caught::new() }; SIGNALS];

/// Held while a handler is being installed; never by the handler.
static INSTALLING: Mutex<()> = Mutex::new(());

struct Caught {
    /// Whether the handler is installed.
    is_caught: AtomicBool,
    /// What was to be done with the signal before, if that was to call a function.
    /// Null, or leaked for the handler's sake.
    before: AtomicPtr<libc::sigaction>,
    /// The handler that was installed in our place and calls ours, as the last signal
    /// has shown. Zero if none has.
    in_front: AtomicUsize,
}

impl Caught {
    const fn new() -> Self {
        Self {
            is_caught: AtomicBool::new(false),
            before: AtomicPtr::new(ptr::null_mut()),
            in_front: AtomicUsize::new(0),
        }
    }

    /// Has the handler call the one that `action` has, if it has one.
    fn call_too(&self, action: &libc::sigaction) {
        let before = match is_a_function(action) {
            true => Box::into_raw(Box::new(*action)),
            false => ptr::null_mut(),
        };
        // What was there is leaked: the handler may be at it.
        self.before.store(before, Ordering::Release);
    }

    /// `None` for what can't be a signal.
    fn of(signal: c_int) -> Option<&'static Self> {
        CAUGHT.get(usize::try_from(signal).ok()?)
    }
}

/// Catches `signal` from here on.
///
/// # Errors
///
/// `ResourceBusy` if it was caught, and our handler is not called any more.
pub(crate) fn catch(signal: c_int) -> io::Result<Listener> {
    let caught = Caught::of(signal).ok_or(io::ErrorKind::InvalidInput)?;
    // Before the handler is there, so that the first one that it gets counts.
    let seen = count(signal);
    // A panic between lock and unlock leaves nothing half-done that matters.
    let _installing = INSTALLING.lock().unwrap_or_else(PoisonError::into_inner);
    let is_caught = caught.is_caught.load(Ordering::Relaxed);
    if is_caught && let Some(why) = why_deaf(&sigaction(signal, None)?, caught) {
        return Err(io::Error::new(io::ErrorKind::ResourceBusy, why));
    }
    // Before the handler, so that without room for it nothing is caught.
    let listener = Listener::new(signal, seen)?;
    if !is_caught {
        install(signal, caught)?;
        caught.is_caught.store(true, Ordering::Relaxed);
    }
    Ok(listener)
}

/// Puts our handler before whatever `signal` had.
fn install(signal: c_int, caught: &Caught) -> io::Result<()> {
    // Asked before, so that the handler finds it from its first call on.
    let before = sigaction(signal, None)?;
    caught.call_too(&before);
    let mut action = before;
    // What the old handler wanted blocked while it runs, on which stack it runs, and
    // of which children a SIGCHLD tells, stays as it was; the program's own calls
    // are restarted.
    action.sa_sigaction = ours();
    action.sa_flags &= libc::SA_ONSTACK | libc::SA_NOCLDSTOP | libc::SA_NOCLDWAIT;
    action.sa_flags |= libc::SA_SIGINFO | libc::SA_RESTART;
    let replaced = sigaction(signal, Some(&action))?;
    // Code of the program may have installed one in between, on another thread.
    if replaced.sa_sigaction != before.sa_sigaction {
        caught.call_too(&replaced);
    }
    Ok(())
}

/// Why a signal that was caught does not reach our handler with this `action`.
fn why_deaf(action: &libc::sigaction, caught: &Caught) -> Option<&'static str> {
    match action.sa_sigaction {
        libc::SIG_DFL => Some(
            "other code has set it back to its default since it was caught here; let that \
             code put back the action that it found",
        ),
        libc::SIG_IGN => Some(
            "other code has it ignored since it was caught here; let that code put back the \
             action that it found",
        ),
        handler if handler == ours() => None,
        handler if handler == caught.in_front.load(Ordering::Acquire) => None,
        _ => Some(
            "other code has replaced the handler since it was caught here; install that code's \
             handler before the first listener, or have it call the handler that it found",
        ),
    }
}

fn ours() -> usize {
    on_signal as *const () as usize
}

/// One that only sees to the default action is none: there is another from now on.
fn is_a_function(action: &libc::sigaction) -> bool {
    let is_constant = [libc::SIG_DFL, libc::SIG_IGN].contains(&action.sa_sigaction);
    !is_constant && !ending::has_ours(action)
}

/// See the head of this file.
extern "C" fn on_signal(signal: c_int, info: *mut libc::siginfo_t, context: *mut c_void) {
    let _errno = errno::keep();
    if let Some(caught) = Caught::of(signal) {
        listener::tell(signal);
        // Called though another one is installed: by that one.
        if let Ok(action) = sigaction(signal, None)
            && action.sa_sigaction != ours()
        {
            caught
                .in_front
                .store(action.sa_sigaction, Ordering::Release);
        }
        let before = caught.before.load(Ordering::Acquire);
        // SAFETY: null, or leaked by `install` and never written to again.
        if let Some(before) = unsafe { before.as_ref() } {
            // SAFETY: `install` found it as the handler of this signal, and these
            // are the arguments that the kernel gave.
            unsafe { call(before, signal, info, context) };
        }
    }
}

/// Calls a handler as the kernel would.
///
/// # Safety
///
/// `handler` is one that was installed for `signal`, and `info` and `context` are
/// what the kernel gave for it.
unsafe fn call(
    handler: &libc::sigaction,
    signal: c_int,
    info: *mut libc::siginfo_t,
    context: *mut c_void,
) {
    let function = ptr::with_exposed_provenance::<()>(handler.sa_sigaction);
    match handler.sa_flags & libc::SA_SIGINFO {
        0 => {
            // SAFETY: without SA_SIGINFO a handler has this signature: sigaction(2).
            let function: extern "C" fn(c_int) = unsafe { mem::transmute(function) };
            function(signal);
        }
        _ => {
            // SAFETY: with SA_SIGINFO a handler has this signature: sigaction(2).
            let function: extern "C" fn(c_int, *mut libc::siginfo_t, *mut c_void) =
                unsafe { mem::transmute(function) };
            function(signal, info, context);
        }
    }
}
