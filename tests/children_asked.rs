//! Children whose ends no descriptor tells of: they are asked, when a SIGCHLD has come and
//! where none comes. On Linux a sandbox refuses pidfds here; elsewhere there are none.
//!
//! What is done with a signal is its process's, so each test is in a process of its own.

#[path = "support/asleep.rs"]
mod asleep;
#[path = "support/child.rs"]
mod child;
#[path = "support/paused.rs"]
mod paused;
#[cfg(not(mio_unsupported_force_poll_poll))]
#[path = "support/poll.rs"]
mod poll;
#[cfg(target_os = "linux")]
#[path = "support/refuse.rs"]
mod refuse;

use std::ffi::c_int;
use std::io::{self, PipeWriter};
use std::mem;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::Stdio;
use std::ptr;
use std::thread;

use asleep::ThisThread;
use buzzer::process::{Child, Command};
use buzzer::runtime::{Builder, OnDeadlock, Runtime};
use buzzer::signal::unix::{SignalKind, signal};
use buzzer::spawn;
use buzzer::task::yield_now;
use buzzer::time::{Duration, Instant, timeout};
use child::{again, in_a_child, passed};
use futures::FutureExt;
use paused::paused;
use rustix::process::{Pid, WaitId, WaitIdOptions};

/// In a process in which no descriptor tells of a child's end.
fn asked(body: impl FnOnce()) {
    in_a_child(|| {
        refuse_pidfds();
        body();
    });
}

fn refuse_pidfds() {
    #[cfg(target_os = "linux")]
    refuse::refuse(libc::SYS_pidfd_open, libc::ENOSYS);
}

/// As [`asked`], where besides every thread blocks SIGCHLD.
fn asked_and_deaf(body: impl FnOnce()) {
    let Some(mut again) = again() else {
        refuse_pidfds();
        return body();
    };
    // SAFETY: between fork and exec only `pthread_sigmask` is called, which may be there.
    unsafe {
        again.pre_exec(|| {
            mask(libc::SIG_BLOCK);
            Ok(())
        });
    }
    passed(&again.output().unwrap());
}

/// Changes whether this thread, and what it starts, takes SIGCHLD.
fn mask(how: c_int) {
    // SAFETY: a signal set is integers, for which zero is valid. It is borrowed for
    // writing past one call and for reading past the other, which may have a null for the
    // old set.
    unsafe {
        let mut set: libc::sigset_t = mem::zeroed();
        libc::sigaddset(&raw mut set, libc::SIGCHLD);
        libc::pthread_sigmask(how, &raw const set, ptr::null_mut());
    }
}

/// Sets what is done with SIGCHLD, and returns what was done before.
fn set(handler: usize) -> usize {
    // SAFETY: it is integers and pointers, for which zero is valid.
    let mut action: libc::sigaction = unsafe { mem::zeroed() };
    action.sa_sigaction = handler;
    // SAFETY: as above.
    let mut before: libc::sigaction = unsafe { mem::zeroed() };
    // SAFETY: the handlers of this file do nothing. Both actions are borrowed past the
    // call.
    let code = unsafe { libc::sigaction(libc::SIGCHLD, &raw const action, &raw mut before) };
    assert_eq!(code, 0);
    before.sa_sigaction
}

extern "C" fn does_nothing(_: c_int) {}

/// Whatever other code may have put in the place of our handler that keeps children.
fn replacements() -> [usize; 2] {
    [libc::SIG_DFL, does_nothing as *const () as usize]
}

/// A child that ends with `code` once what comes second is dropped.
fn held(code: i32) -> (Child, PipeWriter) {
    let (reader, holds) = io::pipe().unwrap();
    let mut command = Command::new("sh");
    command.args(["-c", &format!("read line; exit {code}")]);
    let child = command.stdin(reader).kill_on_drop(true).spawn().unwrap();
    (child, holds)
}

fn pid(child: &Child) -> Pid {
    Pid::from_raw(child.id().unwrap().cast_signed()).unwrap()
}

/// What is left of a child.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Left {
    Running,
    Zombie,
    Nothing,
}

fn left_of(pid: Pid) -> Left {
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    match rustix::process::waitid(WaitId::Pid(pid), options) {
        Ok(None) => Left::Running,
        Ok(Some(_)) => Left::Zombie,
        Err(rustix::io::Errno::CHILD) => Left::Nothing,
        Err(error) => panic!("{error}"),
    }
}

/// Has a child end, and blocks the loop until it has.
fn end(pid: Pid, holds: PipeWriter) {
    drop(holds);
    while left_of(pid) == Left::Running {
        thread::yield_now();
    }
}

/// Whether the handler is still the one that was left there.
fn handler() -> usize {
    let now = set(libc::SIG_DFL);
    set(now);
    now
}

#[test]
fn ends_that_one_signal_tells_of_are_all_heard_of() {
    asked_and_deaf(|| {
        buzzer::block_on(async {
            let mut holds = Vec::new();
            let waits = (0..50).map(|code| {
                let (mut child, holder) = held(code);
                holds.push((pid(&child), holder));
                async move { child.wait().await.unwrap().code() }
            });
            let waits = buzzer::gather(waits.collect::<Vec<_>>());
            let all_end = async {
                yield_now().await;
                for (pid, holder) in holds {
                    end(pid, holder);
                }
                // Now it comes, once.
                mask(libc::SIG_UNBLOCK);
            };
            let (codes, ()) = buzzer::gather!(waits, all_end).await;
            assert_eq!(codes, Vec::from_iter((0..50).map(Some)));
        });
    });
}

#[test]
fn each_end_wakes_who_waits_for_it_and_nobody_else() {
    asked(|| {
        const CHILDREN: usize = 100;
        let runtime = Runtime::new().unwrap();
        runtime.block_on(async {
            let mut ends = Vec::new();
            for code in 0..CHILDREN as i32 {
                let (mut child, holder) = held(code);
                let wait = async move { child.wait().await.unwrap().code() };
                ends.push((spawn(wait), holder));
            }
            for (code, (wait, holder)) in (0..).zip(ends) {
                drop(holder);
                assert_eq!(wait.await.unwrap(), Some(code));
            }
        });
        // Each begins to wait, is woken, and wakes who waits for it.
        let polls = runtime.metrics().polls();
        assert!(polls <= 3 * CHILDREN as u64 + 2, "{polls}");
    });
}

#[test]
fn each_runtime_hears_of_its_own_children() {
    asked(|| {
        let threads = (0..4).map(|thread| {
            thread::spawn(move || {
                buzzer::block_on(async {
                    for round in 0..20 {
                        let waits = (0..4).map(|child| {
                            let code = thread * 4 + child + round;
                            let mut command = Command::new("sh");
                            command.args(["-c", &format!("exit {code}")]);
                            async move {
                                let status = command.status().await.unwrap();
                                assert_eq!(status.code(), Some(code));
                            }
                        });
                        buzzer::gather(waits.collect::<Vec<_>>()).await;
                    }
                });
            })
        });
        for thread in threads.collect::<Vec<_>>() {
            thread.join().unwrap();
        }
    });
}

#[test]
fn an_end_is_heard_of_though_other_code_has_replaced_the_handler_meanwhile() {
    asked(|| {
        buzzer::block_on(async {
            for replaced in replacements() {
                let (mut child, holder) = held(3);
                let mut wait = Box::pin(child.wait());
                assert!(wait.as_mut().now_or_never().is_none());
                let ours = set(replaced);
                drop(holder);
                assert_eq!(wait.await.unwrap().code(), Some(3));
                // By now it is known.
                for code in 0..20 {
                    let (mut child, holder) = held(code);
                    drop(holder);
                    assert_eq!(child.wait().await.unwrap().code(), Some(code));
                }
                set(ours);
            }
        });
    });
}

#[test]
fn a_wait_ends_though_other_code_ignores_the_signal_meanwhile() {
    asked(|| {
        buzzer::block_on(async {
            let (mut child, holder) = held(3);
            let mut wait = Box::pin(child.wait());
            assert!(wait.as_mut().now_or_never().is_none());
            set(libc::SIG_IGN);
            drop(holder);
            let error = wait.await.unwrap_err();
            assert_eq!(buzzer::io::raw_os_error(&error), Some(libc::ECHILD));
        });
    });
}

#[test]
fn an_end_is_heard_of_though_other_code_has_replaced_the_handler_before() {
    asked(|| {
        buzzer::block_on(async {
            drop(signal(SignalKind::child()).unwrap());
            for replaced in replacements() {
                set(replaced);
                for code in 0..20 {
                    let (mut child, holder) = held(code);
                    drop(holder);
                    assert_eq!(child.wait().await.unwrap().code(), Some(code));
                }
                assert_eq!(handler(), replaced);
            }
        });
    });
}

#[test]
fn an_end_is_heard_of_though_every_thread_blocks_the_signal() {
    asked_and_deaf(|| {
        buzzer::block_on(async {
            for code in 0..20 {
                let (mut child, holder) = held(code);
                drop(holder);
                assert_eq!(child.wait().await.unwrap().code(), Some(code));
            }
        });
    });
}

#[test]
fn where_the_signal_is_ignored_it_stays_so_and_a_wait_says_why_it_fails() {
    asked(|| {
        set(libc::SIG_IGN);
        buzzer::block_on(async {
            for code in 0..5 {
                let (mut child, holder) = held(code);
                let mut wait = Box::pin(child.wait());
                assert!(wait.as_mut().now_or_never().is_none());
                drop(holder);
                let error = wait.await.unwrap_err();
                assert_eq!(buzzer::io::raw_os_error(&error), Some(libc::ECHILD));
                assert!(error.to_string().contains("SIGCHLD"), "{error}");
            }
        });
        assert_eq!(handler(), libc::SIG_IGN);
    });
}

#[test]
fn a_paused_clock_does_not_jump_over_an_end_whose_signal_has_not_come() {
    asked_and_deaf(|| {
        paused().block_on(async {
            let began = Instant::now();
            for code in 0..5 {
                let (mut child, holder) = held(code);
                let pid = pid(&child);
                let hour = Duration::from_secs(3_600);
                let mut wait = Box::pin(timeout(hour, child.wait()));
                assert!(wait.as_mut().now_or_never().is_none());
                end(pid, holder);
                let status = wait.await.expect("the end comes first");
                assert_eq!(status.unwrap().code(), Some(code));
            }
            assert_eq!(Instant::now(), began);
        });
    });
}

/// Neither its looks at children nor their ends move it, and it does not turn in circles.
fn a_paused_clock_stands_still() {
    let runtime = paused();
    runtime.block_on(async {
        let began = Instant::now();
        let (mut child, holder) = held(6);
        let the_loop = ThisThread::new();
        let ends = thread::spawn(move || {
            the_loop.wait_until_asleep();
            drop(holder);
        });
        let waited = child.wait().await;
        ends.join().unwrap();
        if handler() != libc::SIG_IGN {
            assert_eq!(waited.unwrap().code(), Some(6));
        }
        assert_eq!(Instant::now(), began);
    });
}

#[test]
fn a_paused_clock_stands_still_while_a_child_is_awaited() {
    asked(a_paused_clock_stands_still);
}

#[test]
fn a_paused_clock_stands_still_while_a_child_is_awaited_of_which_no_signal_tells() {
    asked(|| {
        set(libc::SIG_IGN);
        a_paused_clock_stands_still();
    });
}

#[test]
fn a_wait_for_a_child_is_no_deadlock_and_sleeps() {
    asked(|| {
        let mut builder = Builder::new_current_thread();
        let runtime = builder.on_deadlock(OnDeadlock::Panic).build().unwrap();
        runtime.block_on(async {
            let (mut child, holder) = held(8);
            let the_loop = ThisThread::new();
            let ends = thread::spawn(move || {
                the_loop.wait_until_asleep();
                drop(holder);
            });
            assert_eq!(child.wait().await.unwrap().code(), Some(8));
            ends.join().unwrap();
        });
        let turns = runtime.metrics().turns();
        assert!(turns < 100, "{turns}");
    });
}

#[test]
fn the_programs_own_listener_hears_of_each_end_too() {
    asked(|| {
        buzzer::block_on(async {
            let mut ends = signal(SignalKind::child()).unwrap();
            for code in 0..5 {
                let (mut child, holder) = held(code);
                drop(holder);
                let (status, ()) = buzzer::gather!(child.wait(), async {
                    ends.recv().await.unwrap();
                })
                .await;
                assert_eq!(status.unwrap().code(), Some(code));
            }
        });
    });
}

#[test]
fn a_program_that_listens_to_the_signal_waits_as_well() {
    asked(|| {
        buzzer::block_on(async {
            let mut ends = signal(SignalKind::child()).unwrap();
            let (mut child, holder) = held(9);
            drop(holder);
            ends.recv().await.unwrap();
            assert_eq!(child.try_wait().unwrap().unwrap().code(), Some(9));
        });
    });
}

#[test]
fn an_end_that_was_found_is_not_lost_with_the_wait_that_is_given_up() {
    asked(|| {
        buzzer::block_on(async {
            let (mut child, holder) = held(2);
            let pid = pid(&child);
            let mut wait = Box::pin(child.wait());
            assert!(wait.as_mut().now_or_never().is_none());
            drop(holder);
            while left_of(pid) != Left::Nothing {
                yield_now().await;
            }
            drop(wait);
            // Its number may be another process's.
            assert_eq!(child.id(), None);
            child.start_kill().unwrap();
            assert_eq!(child.try_wait().unwrap().unwrap().code(), Some(2));
            assert_eq!(child.wait().await.unwrap().code(), Some(2));
        });
    });
}

#[test]
fn children_of_other_code_are_left_to_it() {
    asked(|| {
        buzzer::block_on(async {
            let mut others = Vec::from_iter((0..5).map(|code| {
                let mut command = std::process::Command::new("sh");
                command.args(["-c", &format!("exit {code}")]);
                command.spawn().unwrap()
            }));
            let (unawaited, holder) = held(7);
            end(pid(&unawaited), holder);
            let status = Command::new("true").status().await.unwrap();
            assert!(status.success());
            for (code, other) in (0..).zip(&mut others) {
                assert_eq!(other.wait().unwrap().code(), Some(code));
            }
            assert_eq!(left_of(pid(&unawaited)), Left::Zombie);
        });
    });
}

#[test]
fn children_that_were_dropped_are_waited_for() {
    asked(|| {
        let runtime = Runtime::new().unwrap();
        runtime.block_on(async {
            let mut left = Vec::new();
            for _ in 0..20 {
                let (child, holder) = held(0);
                left.push((pid(&child), holder));
                drop(child);
            }
            for (pid, holder) in left {
                drop(holder);
                while left_of(pid) != Left::Nothing {
                    yield_now().await;
                }
            }
            while runtime.metrics().num_alive_tasks() > 0 {
                yield_now().await;
            }
        });
    });
}

#[test]
fn a_child_whose_runtime_is_gone_is_waited_for_later() {
    asked(|| {
        let runtime = Runtime::new().unwrap();
        let (pid, holder) = runtime.block_on(async {
            let (mut child, holder) = held(0);
            let pid = pid(&child);
            spawn(async move { child.wait().await });
            yield_now().await;
            (pid, holder)
        });
        drop(runtime);
        // Killed, as it was dropped.
        drop(holder);
        buzzer::block_on(async {
            while left_of(pid) != Left::Nothing {
                Command::new("true").status().await.unwrap();
            }
        });
    });
}

#[test]
fn a_dump_names_the_child_that_is_awaited() {
    asked(|| {
        buzzer::block_on(async {
            let (mut child, holder) = held(0);
            let pid = child.id().unwrap();
            let wait = spawn(async move { child.wait().await.unwrap().signal() });
            yield_now().await;
            let dump = buzzer::trace::dump().to_string();
            let name = format!("the child process {pid} (no descriptor");
            assert!(dump.contains(&name), "{dump}");
            drop(holder);
            assert_eq!(wait.await.unwrap(), None);
        });
    });
}

/// Where the runtime has a descriptor.
#[cfg(not(mio_unsupported_force_poll_poll))]
fn a_foreign_loop_hears(runtime: Runtime) {
    for code in 0..3 {
        let guard = runtime.enter();
        let (mut child, holder) = held(code);
        drop(guard);
        let wait = runtime.spawn(async move { child.wait().await.unwrap().code() });
        runtime.turn(Some(Duration::ZERO)).unwrap();
        assert!(!wait.is_finished());
        drop(holder);
        while !wait.is_finished() {
            poll::wait_until_readable(&runtime);
            runtime.turn(Some(Duration::ZERO)).unwrap();
        }
        assert_eq!(runtime.block_on(wait).unwrap(), Some(code));
    }
}

#[cfg(not(mio_unsupported_force_poll_poll))]
#[test]
fn a_foreign_loop_hears_of_an_end() {
    asked(|| a_foreign_loop_hears(Runtime::new().unwrap()));
}

#[cfg(not(mio_unsupported_force_poll_poll))]
#[test]
fn a_foreign_loop_hears_of_an_end_of_which_no_signal_tells() {
    asked_and_deaf(|| {
        a_foreign_loop_hears(Runtime::new().unwrap());
        a_foreign_loop_hears(paused());
    });
}

#[test]
fn pipes_and_ends_of_many_children_come_in_any_order() {
    asked(|| {
        buzzer::block_on(async {
            let outputs = (0..40).map(|nth| {
                let mut command = Command::new("sh");
                command.args(["-c", &format!("echo {nth}; exit {nth}")]);
                command.stdin(Stdio::null());
                async move {
                    let output = command.output().await.unwrap();
                    assert_eq!(output.status.code(), Some(nth));
                    assert_eq!(output.stdout, format!("{nth}\n").into_bytes());
                }
            });
            buzzer::gather(outputs.collect::<Vec<_>>()).await;
        });
    });
}
