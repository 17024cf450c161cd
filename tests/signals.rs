//! Signals: each listener of each runtime gets them, none is lost, and what the
//! program had before stays.
//!
//! A handler is its process's, so each test is in a process of its own.

#[path = "support/asleep.rs"]
mod asleep;
#[path = "support/caught.rs"]
mod caught;
#[path = "support/child.rs"]
mod child;
#[path = "support/counting.rs"]
mod counting;
#[path = "support/errno.rs"]
mod errno;
#[path = "support/own.rs"]
mod own;
#[path = "support/paused.rs"]
mod paused;
#[path = "support/settle.rs"]
mod settle;
#[path = "support/system.rs"]
mod system;

use std::ffi::{c_int, c_void};
use std::fs;
use std::future::poll_fn;
use std::io;
use std::mem;
use std::pin::pin;
use std::ptr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, AtomicUsize, Ordering};
use std::sync::mpsc;
use std::task::{Context, Poll};
use std::thread;

use asleep::ThisThread;
use buzzer::runtime::Runtime;
use buzzer::signal::ctrl_c;
use buzzer::signal::unix::{Signal, SignalKind, signal};
use buzzer::spawn;
use buzzer::time::{Duration, Instant, sleep};
use caught::panic_of;
use child::in_a_child;
use counting::Count;
use errno::set_errno;
use futures::FutureExt;
use own::{descriptors, is_closed_on_exec, open, watched};
use paused::paused;
use settle::settle;

const USR1: SignalKind = SignalKind::user_defined1();
const USR2: SignalKind = SignalKind::user_defined2();

/// Sends a signal to this thread. Its handler has run when this returns.
fn raise(kind: SignalKind) {
    // SAFETY: raise takes an integer and touches no memory of ours.
    assert_eq!(unsafe { libc::raise(kind.as_raw_value()) }, 0);
}

/// Whether one has come, by one poll.
fn has_come(listener: &mut Signal) -> bool {
    listener.recv().now_or_never().is_some()
}

/// Whether one has come, by when nothing else is left to do.
async fn comes(listener: &mut Signal) -> bool {
    settle().await;
    has_come(listener)
}

/// What this process does with a signal.
fn action(kind: SignalKind) -> libc::sigaction {
    // SAFETY: it is integers and pointers, for which zero is valid.
    let mut action: libc::sigaction = unsafe { mem::zeroed() };
    // SAFETY: nothing is set, and `action` is borrowed for writing past the call.
    let code = unsafe { libc::sigaction(kind.as_raw_value(), ptr::null(), &raw mut action) };
    assert_eq!(code, 0);
    action
}

/// Installs a handler of the program's own, to be called in this way.
fn install(kind: SignalKind, handler: usize, flags: c_int) {
    let mut action = action(kind);
    action.sa_sigaction = handler;
    action.sa_flags = flags;
    // SAFETY: the handlers of this file only touch atomics and errno, and have the
    // signature that `flags` asks for. `action` is borrowed past the call.
    let code = unsafe { libc::sigaction(kind.as_raw_value(), &raw const action, ptr::null_mut()) };
    assert_eq!(code, 0);
}

#[test]
fn a_signal_that_comes_before_the_first_poll_is_seen() {
    in_a_child(|| {
        buzzer::block_on(async {
            let mut listener = signal(USR1).unwrap();
            raise(USR1);
            assert_eq!(listener.recv().await, Some(()));
        });
    });
}

#[test]
fn a_signal_ends_the_sleep_of_the_loop_whichever_thread_it_interrupts() {
    in_a_child(|| {
        let (sender, started) = mpsc::channel();
        let other = thread::spawn(move || {
            let the_loop: ThisThread = started.recv().unwrap();
            the_loop.wait_until_asleep();
            raise(USR1);
        });
        buzzer::block_on(async {
            let mut listener = signal(USR1).unwrap();
            sender.send(ThisThread::new()).unwrap();
            assert_eq!(listener.recv().await, Some(()));
        });
        other.join().unwrap();
    });
}

#[test]
fn signals_that_come_before_a_look_count_as_one() {
    in_a_child(|| {
        paused().block_on(async {
            let mut listener = signal(USR1).unwrap();
            (0..3).for_each(|_| raise(USR1));
            listener.recv().await;
            assert!(!comes(&mut listener).await);
            raise(USR1);
            assert!(comes(&mut listener).await);
            assert!(!comes(&mut listener).await);
        });
    });
}

#[test]
fn each_listener_gets_each_signal() {
    in_a_child(|| {
        paused().block_on(async {
            let mut listeners = [(); 3].map(|()| signal(USR1).unwrap());
            for _ in 0..2 {
                raise(USR1);
                settle().await;
                assert_eq!(listeners.each_mut().map(has_come), [true; 3]);
                assert_eq!(listeners.each_mut().map(has_come), [false; 3]);
            }
        });
    });
}

#[test]
fn a_signal_reaches_the_listeners_of_its_kind_and_wakes_no_others() {
    in_a_child(|| {
        paused().block_on(async {
            let mut ones = signal(USR1).unwrap();
            let mut twos = signal(USR2).unwrap();
            settle().await;
            let (count, waker) = Count::waker();
            let mut cx = Context::from_waker(&waker);
            assert!(twos.poll_recv(&mut cx).is_pending());
            settle().await;
            let before = count.get();
            raise(USR1);
            assert!(comes(&mut ones).await);
            assert_eq!(count.get(), before);
            raise(USR2);
            settle().await;
            assert_eq!(count.get(), before + 1);
            assert_eq!(twos.poll_recv(&mut cx), Poll::Ready(Some(())));
        });
    });
}

#[test]
fn a_listener_does_not_get_what_came_before_it_was_made() {
    in_a_child(|| {
        paused().block_on(async {
            let mut first = signal(USR1).unwrap();
            raise(USR1);
            let mut second = signal(USR1).unwrap();
            settle().await;
            assert_eq!((has_come(&mut first), has_come(&mut second)), (true, false));
            raise(USR1);
            assert!(comes(&mut second).await);
        });
    });
}

#[test]
fn a_dropped_listener_takes_nothing_from_the_others_or_from_its_successor() {
    in_a_child(|| {
        paused().block_on(async {
            let first = signal(USR1).unwrap();
            let mut second = signal(USR1).unwrap();
            drop(first);
            raise(USR1);
            assert!(comes(&mut second).await);
            drop(second);
            // Nobody listens, and the process goes on.
            raise(USR1);
            let mut third = signal(USR1).unwrap();
            assert!(!comes(&mut third).await);
            raise(USR1);
            assert!(comes(&mut third).await);
        });
    });
}

#[test]
fn a_dropped_recv_loses_no_signal() {
    in_a_child(|| {
        paused().block_on(async {
            let mut listener = signal(USR1).unwrap();
            settle().await;
            let mut given_up = Box::pin(listener.recv());
            assert_eq!(given_up.as_mut().now_or_never(), None);
            raise(USR1);
            drop(given_up);
            assert!(comes(&mut listener).await);
        });
    });
}

#[test]
fn ctrl_c_comes_as_often_as_it_is_awaited() {
    in_a_child(|| {
        buzzer::block_on(async {
            for _ in 0..2 {
                let mut pressed = pin!(ctrl_c());
                assert!(pressed.as_mut().now_or_never().is_none());
                raise(SignalKind::interrupt());
                pressed.await.unwrap();
            }
        });
    });
}

#[test]
fn two_runtimes_on_two_threads_both_get_a_signal() {
    in_a_child(|| {
        let (sender, ready) = mpsc::channel();
        let threads = [(); 2].map(|()| {
            let sender = sender.clone();
            thread::spawn(move || {
                buzzer::block_on(async {
                    let mut listener = signal(USR1).unwrap();
                    sender.send(()).unwrap();
                    listener.recv().await
                })
            })
        });
        (0..2).for_each(|_| ready.recv().unwrap());
        raise(USR1);
        for thread in threads {
            assert_eq!(thread.join().unwrap(), Some(()));
        }
    });
}

#[test]
fn a_runtime_made_anew_gets_signals_and_one_that_is_gone_costs_nothing() {
    in_a_child(|| {
        let once = || {
            let runtime = Runtime::new().unwrap();
            let mut listener = runtime.block_on(async { signal(USR1).unwrap() });
            raise(USR1);
            assert_eq!(runtime.block_on(listener.recv()), Some(()));
            // A listener may outlive its runtime, and be dropped after it.
            drop(runtime);
            raise(USR1);
            thread::spawn(move || drop(listener)).join().unwrap();
        };
        once();
        let before = descriptors();
        (0..100).for_each(|_| once());
        assert_eq!(descriptors(), before);
    });
}

#[test]
fn a_listener_costs_its_descriptors_and_gives_them_back() {
    in_a_child(|| {
        paused().block_on(async {
            drop(signal(USR1).unwrap());
            let before = descriptors();
            let listeners: Vec<_> = (0..100).map(|_| signal(USR1).unwrap()).collect();
            assert_eq!(descriptors(), before + 100 * system::A_LISTENER_TAKES);
            drop(listeners);
            assert_eq!(descriptors(), before);
        });
    });
}

#[test]
fn a_listener_dropped_on_another_thread_leaves_its_place_to_the_next() {
    in_a_child(|| {
        paused().block_on(async {
            for _ in 0..3 {
                let [first, second] = [(); 2].map(|()| signal(USR1).unwrap());
                thread::spawn(move || drop((first, second))).join().unwrap();
                // The loop has not heard of it; both numbers are free again.
                let mut third = signal(USR1).unwrap();
                raise(USR1);
                assert!(comes(&mut third).await);
                // Now it has.
                let mut fourth = signal(USR1).unwrap();
                raise(USR1);
                assert!(comes(&mut fourth).await);
                assert!(has_come(&mut third));
            }
        });
    });
}

#[test]
fn a_listener_dropped_on_another_thread_costs_the_next_signals_nothing() {
    in_a_child(|| {
        let runtime = paused();
        let watched = || watched(&runtime).map(|numbers| numbers.len());
        let own = watched();
        runtime.block_on(async {
            let listeners: Vec<_> = (0..10).map(|_| signal(USR1).unwrap()).collect();
            assert_eq!(watched(), own.map(|own| own + 10));
            thread::spawn(move || drop(listeners)).join().unwrap();
            assert_eq!(watched(), own);
            settle().await;
            let turns = runtime.metrics().turns();
            for _ in 0..10 {
                raise(USR1);
                settle().await;
            }
            // Two for each of the settlings: no turn is made for a signal.
            let turns = runtime.metrics().turns() - turns;
            assert!(turns <= 20, "{turns} turns");
        });
    });
}

#[test]
fn no_signal_is_lost_between_two_threads() {
    in_a_child(|| {
        const ROUNDS: usize = 20_000;
        let (answer, answers) = mpsc::channel();
        let (ready, started) = mpsc::channel();
        let other = thread::spawn(move || {
            started.recv().unwrap();
            for _ in 0..ROUNDS {
                raise(USR1);
                answers.recv().unwrap();
            }
        });
        buzzer::block_on(async {
            let mut listener = signal(USR1).unwrap();
            ready.send(()).unwrap();
            for _ in 0..ROUNDS {
                listener.recv().await;
                answer.send(()).unwrap();
            }
        });
        other.join().unwrap();
    });
}

#[test]
fn to_a_paused_clock_a_signal_is_an_event_like_others() {
    in_a_child(|| {
        paused().block_on(async {
            let start = Instant::now();
            let mut listener = signal(USR1).unwrap();
            let waits = spawn(async move {
                listener.recv().await;
                start.elapsed()
            });
            raise(USR1);
            sleep(Duration::from_secs(3_600)).await;
            assert_eq!(waits.await.unwrap(), Duration::ZERO);
        });
    });
}

static PLAIN: AtomicI32 = AtomicI32::new(0);
static WITH_INFO: AtomicUsize = AtomicUsize::new(0);

extern "C" fn plain(signal: c_int) {
    PLAIN.fetch_add(signal, Ordering::SeqCst);
    set_errno(libc::EDOM);
}

extern "C" fn with_info(signal: c_int, info: *mut libc::siginfo_t, context: *mut c_void) {
    // SAFETY: the kernel gives a valid siginfo to a handler that asks for it.
    let named = unsafe { (*info).si_signo } == signal;
    if named && !context.is_null() {
        WITH_INFO.fetch_add(1, Ordering::SeqCst);
    }
}

#[test]
fn the_handler_that_was_there_before_is_called_and_errno_stays() {
    in_a_child(|| {
        install(USR1, plain as *const () as usize, libc::SA_ONSTACK);
        install(USR2, with_info as *const () as usize, libc::SA_SIGINFO);
        paused().block_on(async {
            let mut listeners = [USR1, USR2].map(|kind| signal(kind).unwrap());
            // A second listener does not put ours before ours.
            let _more = [USR1, USR2].map(|kind| signal(kind).unwrap());
            set_errno(libc::ENOTTY);
            raise(USR1);
            let errno = io::Error::last_os_error().raw_os_error();
            raise(USR2);
            settle().await;
            assert_eq!(listeners.each_mut().map(has_come), [true; 2]);
            assert_eq!(errno, Some(libc::ENOTTY));
            assert_eq!(PLAIN.load(Ordering::SeqCst), USR1.as_raw_value());
            assert_eq!(WITH_INFO.load(Ordering::SeqCst), 1);
            // Each runs on the stack that it was installed for.
            let on_stack = [USR1, USR2].map(|kind| action(kind).sa_flags & libc::SA_ONSTACK != 0);
            assert_eq!(on_stack, [true, false]);
        });
    });
}

/// Signals that nobody sends.
#[cfg(target_os = "linux")]
fn meaningless() -> Vec<SignalKind> {
    let numbers = libc::SIGRTMIN()..=libc::SIGRTMAX();
    numbers.map(SignalKind::from_raw).collect()
}

/// Elsewhere there are none without a meaning, but some that nobody sends here.
#[cfg(not(target_os = "linux"))]
fn meaningless() -> Vec<SignalKind> {
    let urgent = SignalKind::from_raw(libc::SIGURG);
    let window = SignalKind::window_change();
    vec![
        USR1,
        USR2,
        SignalKind::hangup(),
        SignalKind::io(),
        window,
        urgent,
    ]
}

/// Whichever comes first: it either replaces ours, or is called by it.
#[test]
fn a_handler_that_is_installed_at_the_same_time_is_not_lost() {
    in_a_child(|| {
        let kinds = || meaningless().into_iter();
        let plain = plain as *const () as usize;
        let start = Arc::new(AtomicUsize::new(0));
        // Not asleep until then, so that both begin at once.
        let meet = |start: &AtomicUsize, number: usize| {
            start.fetch_add(1, Ordering::SeqCst);
            while start.load(Ordering::SeqCst) < 2 * number {
                std::hint::spin_loop();
            }
        };
        let other = thread::spawn({
            let start = start.clone();
            move || {
                for (number, kind) in (1..).zip(kinds()) {
                    meet(&start, number);
                    // The other has a descriptor to make first: the longer, the later.
                    (0..5 * number).for_each(|_| std::hint::spin_loop());
                    install(kind, plain, 0);
                }
            }
        });
        buzzer::block_on(async {
            for (number, kind) in (1..).zip(kinds()) {
                meet(&start, number);
                drop(signal(kind).unwrap());
            }
        });
        other.join().unwrap();
        for kind in kinds() {
            PLAIN.store(0, Ordering::SeqCst);
            raise(kind);
            assert_eq!(PLAIN.load(Ordering::SeqCst), kind.as_raw_value());
        }
    });
}

/// A handler that waits for a child would wait for ever if it were called for one
/// that has stopped.
#[test]
fn what_the_program_wants_to_know_of_its_children_stays_as_it_was() {
    in_a_child(|| {
        let kind = SignalKind::child();
        let flags = libc::SA_NOCLDSTOP | libc::SA_NOCLDWAIT;
        install(kind, plain as *const () as usize, flags);
        paused().block_on(async {
            let _listener = signal(kind).unwrap();
            assert_eq!(action(kind).sa_flags & flags, flags);
        });
    });
}

#[test]
fn an_interrupted_call_of_the_program_is_restarted() {
    in_a_child(|| {
        let (reader, writer) = io::pipe().unwrap();
        let (sender, started) = mpsc::channel();
        buzzer::block_on(async {
            let mut listener = signal(USR1).unwrap();
            let other = thread::spawn(move || {
                // SAFETY: pthread_self touches no memory of ours.
                let thread = unsafe { libc::pthread_self() };
                sender.send((ThisThread::new(), thread)).unwrap();
                let mut byte = [0];
                // Not std's read, which would hide an interruption.
                rustix::io::read(&reader, &mut byte)
            });
            let (name, thread) = started.recv().unwrap();
            name.wait_until_asleep();
            // SAFETY: the thread is joined below, so it still exists.
            let code = unsafe { libc::pthread_kill(thread, USR1.as_raw_value()) };
            assert_eq!(code, 0);
            listener.recv().await;
            rustix::io::write(&writer, b"!").unwrap();
            assert_eq!(other.join().unwrap(), Ok(1));
        });
    });
}

#[test]
#[cfg(target_os = "linux")] // macOS has none, and libc names none of FreeBSD's.
fn real_time_signals_can_be_caught() {
    in_a_child(|| {
        paused().block_on(async {
            for raw in [libc::SIGRTMIN(), libc::SIGRTMAX()] {
                let kind = SignalKind::from_raw(raw);
                let mut listener = signal(kind).unwrap();
                raise(kind);
                assert!(comes(&mut listener).await, "{raw}");
            }
        });
    });
}

#[test]
fn a_signal_that_cannot_be_caught_is_refused_by_name_and_leaves_nothing() {
    in_a_child(|| {
        buzzer::block_on(async {
            let before = descriptors();
            let refused = [
                libc::SIGKILL,
                libc::SIGSTOP,
                libc::SIGILL,
                libc::SIGFPE,
                libc::SIGSEGV,
                libc::SIGBUS,
                // libc keeps it for itself.
                32,
                0,
                -1,
                // Too high for both.
                if cfg!(target_os = "freebsd") { 129 } else { 65 },
                c_int::MAX,
                c_int::MIN,
            ];
            for raw in refused {
                let error = signal(SignalKind::from_raw(raw)).unwrap_err();
                assert_eq!(error.kind(), io::ErrorKind::InvalidInput, "{raw}");
                let name = format!("catch {}: ", SignalKind::from_raw(raw));
                assert!(error.to_string().starts_with(&name), "{error}");
            }
            assert_eq!(descriptors(), before);
        });
    });
}

#[test]
fn outside_a_runtime_a_listener_is_refused_and_nothing_is_caught() {
    in_a_child(|| {
        let text = panic_of(|| signal(USR1));
        assert!(text.contains("signal"), "{text}");
        assert_eq!(action(USR1).sa_sigaction, libc::SIG_DFL);
    });
}

#[test]
fn in_another_runtime_a_listener_panics_and_says_where_it_belongs() {
    in_a_child(|| {
        let mut listener = buzzer::block_on(async { signal(USR1).unwrap() });
        let text = panic_of(|| buzzer::block_on(listener.recv()));
        assert!(text.contains("another runtime"), "{text}");
    });
}

#[test]
fn without_descriptors_left_a_listener_is_an_error_and_the_next_one_works() {
    in_a_child(|| {
        paused().block_on(async {
            let open = || fs::File::open("/dev/null");
            let limit = rustix::process::Rlimit {
                current: Some(64),
                maximum: Some(64),
            };
            rustix::process::setrlimit(rustix::process::Resource::Nofile, limit).unwrap();
            let mut taken: Vec<_> = std::iter::from_fn(|| open().ok()).collect();
            // None for the listener; a pipe takes two.
            for _ in 0..system::A_LISTENER_TAKES {
                let error = signal(USR1).unwrap_err();
                assert!(error.to_string().contains("catch SIGUSR1: "), "{error}");
                taken.pop();
            }
            let mut listener = signal(USR1).unwrap();
            raise(USR1);
            assert!(comes(&mut listener).await);
        });
    });
}

#[test]
fn the_descriptors_of_a_listener_are_closed_on_exec() {
    in_a_child(|| {
        buzzer::block_on(async {
            let before = open();
            let listener = signal(USR1).unwrap();
            let made = open().into_iter().filter(|number| !before.contains(number));
            let made: Vec<_> = made.collect();
            assert_eq!(made.len(), system::A_LISTENER_TAKES);
            for number in made {
                assert!(is_closed_on_exec(number), "descriptor {number}");
            }
            drop(listener);
        });
    });
}

#[test]
fn a_listener_can_be_polled_by_hand() {
    in_a_child(|| {
        buzzer::block_on(async {
            let mut listener = signal(USR1).unwrap();
            raise(USR1);
            let first = poll_fn(|cx| listener.poll_recv(cx)).await;
            assert_eq!(first, Some(()));
        });
    });
}
