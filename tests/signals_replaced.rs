//! A signal whose handler other code has replaced: a new listener says so, or hears.
//!
//! A handler is its process's, so each test is in a process of its own.

#[path = "support/child.rs"]
mod child;
#[path = "support/own.rs"]
mod own;
#[path = "support/paused.rs"]
mod paused;
#[path = "support/settle.rs"]
mod settle;

use std::ffi::{c_int, c_void};
use std::io;
use std::mem;
use std::ptr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use buzzer::runtime::Builder;
use buzzer::signal::ctrl_c;
use buzzer::signal::unix::{Signal, SignalKind, signal};
use child::in_a_child;
use futures::FutureExt;
use own::descriptors;
use paused::paused;
use settle::settle;

const USR1: SignalKind = SignalKind::user_defined1();
const USR2: SignalKind = SignalKind::user_defined2();

fn raise(kind: SignalKind) {
    // SAFETY: raise takes an integer and touches no memory of ours.
    assert_eq!(unsafe { libc::raise(kind.as_raw_value()) }, 0);
}

/// Whether one has come, by when nothing else is left to do.
async fn comes(listener: &mut Signal) -> bool {
    settle().await;
    listener.recv().now_or_never().is_some()
}

/// Sets what is done with a signal, and returns what was done before.
fn set(kind: SignalKind, action: &libc::sigaction) -> libc::sigaction {
    // SAFETY: it is integers and pointers, for which zero is valid.
    let mut before: libc::sigaction = unsafe { mem::zeroed() };
    // SAFETY: the handlers of this file touch atomics, and call what was installed for
    // the signal before; they have the signature that the flags ask for. Both actions
    // are borrowed past the call.
    let code = unsafe { libc::sigaction(kind.as_raw_value(), action, &raw mut before) };
    assert_eq!(code, 0);
    before
}

fn action(handler: usize, flags: c_int) -> libc::sigaction {
    // SAFETY: as above.
    let mut action: libc::sigaction = unsafe { mem::zeroed() };
    action.sa_sigaction = handler;
    action.sa_flags = flags;
    action
}

extern "C" fn plain(_: c_int) {}
extern "C" fn with_info(_: c_int, _: *mut libc::siginfo_t, _: *mut c_void) {}

/// What [`calling`] has replaced.
static FOUND: AtomicUsize = AtomicUsize::new(0);

/// As a good library does: calls the handler that it has found.
extern "C" fn calling(signal: c_int, info: *mut libc::siginfo_t, context: *mut c_void) {
    let found = ptr::with_exposed_provenance::<()>(FOUND.load(Ordering::SeqCst));
    // SAFETY: it was installed for this signal with SA_SIGINFO.
    let found: extern "C" fn(c_int, *mut libc::siginfo_t, *mut c_void) =
        unsafe { mem::transmute(found) };
    found(signal, info, context);
}

/// All that other code can have put in the place of our handler.
fn replacements() -> [libc::sigaction; 4] {
    [
        action(plain as *const () as usize, 0),
        action(with_info as *const () as usize, libc::SA_SIGINFO),
        action(libc::SIG_IGN, 0),
        action(libc::SIG_DFL, 0),
    ]
}

#[track_caller]
fn is_named(error: &io::Error, name: &str) {
    assert_eq!(error.kind(), io::ErrorKind::ResourceBusy);
    let text = error.to_string();
    assert!(
        text.starts_with(&format!("catch {name}: other code has ")),
        "{text}"
    );
    let has_advice = text.contains("; let that code ") || text.contains("; install that code's ");
    assert!(has_advice, "{text}");
}

#[test]
fn a_new_listener_is_an_error_by_name_until_the_handler_is_back() {
    in_a_child(|| {
        paused().block_on(async {
            let mut first = signal(USR1).unwrap();
            // What another signal keeps once it was listened to.
            drop(signal(USR2).unwrap());
            let before = descriptors();
            for replaced in replacements() {
                let found = set(USR1, &replaced);
                is_named(&signal(USR1).unwrap_err(), "SIGUSR1");
                let elsewhere =
                    thread::spawn(|| buzzer::block_on(async { signal(USR1).map(drop) }));
                is_named(&elsewhere.join().unwrap().unwrap_err(), "SIGUSR1");
                // It was only looked at.
                let still = set(USR1, &found);
                assert_eq!(still.sa_sigaction, replaced.sa_sigaction);
                // Others are not concerned.
                drop(signal(USR2).unwrap());
                let mut second = signal(USR1).unwrap();
                raise(USR1);
                assert!(comes(&mut second).await);
                assert!(comes(&mut first).await);
            }
            assert_eq!(descriptors(), before);
        });
    });
}

#[test]
fn ctrl_c_and_the_signal_for_dumps_say_so_too() {
    in_a_child(|| {
        buzzer::block_on(async {
            let interrupt = SignalKind::interrupt();
            for kind in [interrupt, USR2] {
                drop(signal(kind).unwrap());
                set(kind, &action(plain as *const () as usize, 0));
            }
            is_named(&ctrl_c().await.unwrap_err(), "SIGINT");
        });
        let error = Builder::new_current_thread()
            .dump_on_signal(USR2)
            .build()
            .unwrap_err();
        let text = error.to_string();
        assert!(
            text.contains("SIGUSR2") && text.contains("replaced"),
            "{text}"
        );
    });
}

#[test]
fn a_handler_that_calls_ours_is_known_by_the_first_signal_that_comes_through_it() {
    in_a_child(|| {
        paused().block_on(async {
            let mut first = signal(USR1).unwrap();
            let found = set(
                USR1,
                &action(calling as *const () as usize, libc::SA_SIGINFO),
            );
            FOUND.store(found.sa_sigaction, Ordering::SeqCst);
            is_named(&signal(USR1).unwrap_err(), "SIGUSR1");
            raise(USR1);
            assert!(comes(&mut first).await);
            let mut second = signal(USR1).unwrap();
            raise(USR1);
            assert!(comes(&mut first).await);
            assert!(comes(&mut second).await);
            // One in the place of that one is another.
            set(USR1, &action(plain as *const () as usize, 0));
            is_named(&signal(USR1).unwrap_err(), "SIGUSR1");
        });
    });
}

#[test]
fn a_handler_from_before_the_first_listener_has_replaced_nothing() {
    in_a_child(|| {
        paused().block_on(async {
            for replaced in replacements() {
                set(USR1, &replaced);
            }
            set(USR1, &action(plain as *const () as usize, 0));
            for _ in 0..2 {
                let mut listener = signal(USR1).unwrap();
                raise(USR1);
                assert!(comes(&mut listener).await);
            }
        });
    });
}
