//! Signals: who gets them, and how often.
//!
//! A signal comes to the whole process, in which other scenarios run. So each has a
//! signal of its own, of those that have no meaning. What tokio makes of a signal
//! that nobody awaits yet depends on which runtime's driver looks first, so it is
//! not asked here; tests/signals.rs asks it of buzzer.

use super::*;

/// The real-time signal of this number.
#[cfg(target_os = "linux")]
fn kind(number: i32) -> SignalKind {
    SignalKind::from_raw(libc::SIGRTMIN() + number)
}

/// Elsewhere there are none, or libc doesn't name them: one that nobody sends.
#[cfg(not(target_os = "linux"))]
fn kind(number: i32) -> SignalKind {
    use libc::{SIGIO, SIGURG, SIGUSR1, SIGUSR2, SIGWINCH};
    SignalKind::from_raw([SIGUSR1, SIGUSR2, SIGWINCH, SIGURG, SIGIO][number as usize])
}

/// Sends it to this thread. Its handlers have run when this returns.
fn raise(kind: SignalKind) {
    // SAFETY: raise takes an integer and touches no memory of ours.
    assert_eq!(unsafe { libc::raise(kind.as_raw_value()) }, 0);
}

pub fn a_signal_that_came_before_the_first_wait() -> Transcript {
    run(async || {
        let mut listener = signal(kind(0)).unwrap();
        raise(kind(0));
        note!("{:?}", listener.recv().await);
    })
}

pub fn two_listeners_for_one_signal() -> Transcript {
    run(async || {
        let mut listeners = [(); 2].map(|()| signal(kind(1)).unwrap());
        for _ in 0..2 {
            raise(kind(1));
            for listener in &mut listeners {
                note!("{:?}", listener.recv().await);
            }
        }
    })
}

pub fn a_listener_made_after_the_signal() -> Transcript {
    run(async || {
        let mut early = signal(kind(2)).unwrap();
        raise(kind(2));
        note!("the early one: {:?}", early.recv().await);
        let mut late = signal(kind(2)).unwrap();
        let comes = timeout(ms(1), late.recv()).await.is_ok();
        note!("the late one: {comes}");
    })
}

pub fn a_listener_on_a_second_runtime() -> Transcript {
    let listen = async || {
        let mut listener = signal(kind(3)).unwrap();
        raise(kind(3));
        listener.recv().await.is_some()
    };
    with_runtime(|first| {
        note!("on the first: {}", first.block_on(listen()));
        drop(first);
        let second = build(&mut Builder::new_current_thread());
        note!("on the second: {}", second.block_on(listen()));
    })
}

pub fn a_signal_for_a_task_that_waits() -> Transcript {
    run(async || {
        let mut listener = signal(kind(4)).unwrap();
        let task = spawn(async move {
            note!("waits");
            listener.recv().await;
            note!("got it");
        });
        yield_now().await;
        raise(kind(4));
        note!("raised");
        task.await.unwrap();
    })
}

pub fn signals_that_cannot_be_caught() -> Transcript {
    run(async || {
        for (name, raw) in [
            ("SIGKILL", libc::SIGKILL),
            ("SIGSTOP", libc::SIGSTOP),
            ("SIGSEGV", libc::SIGSEGV),
            ("SIGILL", libc::SIGILL),
            ("SIGFPE", libc::SIGFPE),
            ("a negative number", -1),
            ("a number too high", 1_000),
        ] {
            let refused = signal(SignalKind::from_raw(raw)).is_err();
            note!("{name} is refused: {refused}");
        }
    })
}
