//! Children at the limits of the system: descriptors, calls that a sandbox refuses, a
//! program that is being written.

#[path = "support/asleep.rs"]
mod asleep;
#[path = "support/child.rs"]
mod child;
#[path = "support/own.rs"]
mod own;
#[path = "support/processes.rs"]
mod processes;
#[cfg(target_os = "linux")] // Seccomp is Linux's.
#[path = "support/refuse.rs"]
mod refuse;
#[path = "support/system.rs"]
mod system;

use std::fs::File;
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
#[cfg(target_os = "linux")]
use std::os::unix::process::ExitStatusExt;
use std::process::Stdio;
use std::sync::mpsc;
use std::thread;

use asleep::ThisThread;
use buzzer::io::AsyncReadExt;
use buzzer::process::{Child, Command};
use buzzer::runtime::Runtime;
use buzzer::task::yield_now;
use child::in_a_child;
use futures::FutureExt;
use own::descriptors;
use processes::{is_there, state};
#[cfg(target_os = "linux")]
use refuse::refuse;
use rustix::process::{Pid, Resource, Rlimit, Signal, WaitOptions};

/// A child that ends only when it is killed.
fn endless() -> Command {
    let mut command = Command::new("sleep");
    command.arg("1000").kill_on_drop(true);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command
}

fn pid(child: &Child) -> Pid {
    Pid::from_raw(child.id().unwrap().cast_signed()).unwrap()
}

/// Whether this process has children, running or not. Only where none is awaited.
fn has_children() -> bool {
    match rustix::process::wait(WaitOptions::NOHANG) {
        Err(rustix::io::Errno::CHILD) => false,
        found => {
            assert!(matches!(found, Ok(None)), "{found:?}");
            true
        }
    }
}

/// Lets the loop run until nothing is left of the process, not even a zombie.
async fn until_gone(process: Pid) {
    while is_there(process) {
        yield_now().await;
    }
}

/// A pidfd, or what SIGCHLD is told by: a pipe.
const COST_OF_A_WAIT: usize = match system::IS_LINUX_PROPER {
    true => 1,
    false => 2,
};

#[test]
fn children_that_are_kept_cost_no_descriptor_and_a_wait_gives_its_own_back() {
    in_a_child(|| {
        buzzer::block_on(async {
            let before = descriptors();
            let mut children: Vec<_> = (0..50).map(|_| endless().spawn().unwrap()).collect();
            assert_eq!(descriptors(), before);
            for child in &mut children {
                let mut wait = Box::pin(child.wait());
                assert!(wait.as_mut().now_or_never().is_none());
                assert!(descriptors() <= before + COST_OF_A_WAIT);
                drop(wait);
                assert_eq!(child.try_wait().unwrap(), None);
            }
            assert_eq!(descriptors(), before);
            for mut child in children {
                child.kill().await.unwrap();
            }
            assert_eq!(descriptors(), before);
            assert!(!has_children());
        });
    });
}

#[test]
fn children_that_were_dropped_cost_a_few_descriptors_and_each_is_waited_for() {
    in_a_child(|| {
        let runtime = Runtime::new().unwrap();
        runtime.block_on(async {
            let before = descriptors();
            let pids: Vec<_> = (0..50)
                .map(|_| pid(&endless().kill_on_drop(false).spawn().unwrap()))
                .collect();
            yield_now().await;
            assert!(descriptors() <= before + 8, "{} {before}", descriptors());
            // The last ones first: nobody watches over them yet.
            for pid in pids.iter().rev() {
                rustix::process::kill_process(*pid, Signal::KILL).unwrap();
            }
            for pid in pids {
                until_gone(pid).await;
            }
            while runtime.metrics().num_alive_tasks() > 0 {
                yield_now().await;
            }
            assert_eq!(descriptors(), before);
            assert!(!has_children());
        });
    });
}

#[test]
fn dropped_children_that_nobody_watches_are_waited_for_at_the_next_spawn_and_drop() {
    in_a_child(|| {
        buzzer::block_on(async {
            let spawn = || endless().kill_on_drop(false).spawn().unwrap();
            let watched: Vec<_> = (0..8).map(|_| pid(&spawn())).collect();
            let unwatched: Vec<_> = (0..4).map(|_| pid(&spawn())).collect();
            let end = |pid: &Pid| {
                rustix::process::kill_process(*pid, Signal::KILL).unwrap();
                while state(*pid) != Some('Z') {
                    thread::yield_now();
                }
            };
            end(&unwatched[0]);
            let one_more = spawn();
            assert!(!is_there(unwatched[0]));
            end(&unwatched[1]);
            let last = pid(&one_more);
            drop(one_more);
            assert!(!is_there(unwatched[1]));
            // The end of one that is watched is such an occasion too, and makes room.
            end(&unwatched[2]);
            end(&watched[3]);
            until_gone(watched[3]).await;
            assert!(!is_there(unwatched[2]));
            for pid in watched.into_iter().chain(unwatched).chain([last]) {
                if is_there(pid) {
                    rustix::process::kill_process(pid, Signal::KILL).unwrap();
                    until_gone(pid).await;
                }
            }
        });
        assert!(!has_children());
    });
}

#[test]
fn a_child_that_other_code_has_waited_for_is_not_killed_and_says_so() {
    buzzer::block_on(async {
        let mut child = Command::new("true").kill_on_drop(true).spawn().unwrap();
        let pid = pid(&child);
        rustix::process::waitpid(Some(pid), WaitOptions::empty()).unwrap();
        for error in [
            child.start_kill().unwrap_err(),
            child.try_wait().unwrap_err(),
            child.wait().await.unwrap_err(),
        ] {
            assert_eq!(buzzer::io::raw_os_error(&error), Some(libc::ECHILD));
            let name = format!("child {} (", pid.as_raw_pid());
            assert!(error.to_string().contains(&name), "{error}");
        }
    });
}

#[test]
fn without_a_descriptor_left_a_child_runs_and_ends_and_is_killed() {
    in_a_child(|| {
        buzzer::block_on(async {
            let limit = Rlimit {
                current: Some(64),
                maximum: Some(64),
            };
            rustix::process::setrlimit(Resource::Nofile, limit).unwrap();
            let open = || File::open("/dev/null").ok();
            let mut taken: Vec<_> = std::iter::from_fn(open).collect();
            let inheriting = |program: &str, args: &[&str]| {
                let mut command = Command::new(program);
                command.args(args).kill_on_drop(true);
                command
            };
            let status = inheriting("sh", &["-c", "exit 7"]).status().await;
            assert_eq!(status.unwrap().code(), Some(7));
            let mut killed = inheriting("sleep", &["1000"]).spawn().unwrap();
            killed.kill().await.unwrap();
            let dropped = inheriting("sleep", &["1000"]).spawn().unwrap();
            let dropped_pid = pid(&dropped);
            drop(dropped);
            // With pipes it can't be started.
            let error = inheriting("true", &[]).output().await.unwrap_err();
            let text = error.to_string();
            assert!(text.starts_with("run true: open its pipes: "), "{text}");
            assert_eq!(buzzer::io::raw_os_error(&error), Some(libc::EMFILE));
            // A wait that began without has a descriptor as soon as there is one.
            let mut child = inheriting("sh", &["-c", "exit 9"]).spawn().unwrap();
            let mut wait = Box::pin(child.wait());
            let early = wait.as_mut().now_or_never();
            taken.pop();
            let status = match early {
                Some(status) => status,
                None => wait.as_mut().await,
            };
            assert_eq!(status.unwrap().code(), Some(9));
            while is_there(dropped_pid) {
                inheriting("true", &[]).status().await.unwrap();
            }
        });
        assert!(!has_children());
    });
}

#[test]
fn a_child_whose_output_nobody_reads_is_waited_for_until_somebody_does() {
    buzzer::block_on(async {
        let mut child = Command::new("sh")
            .args(["-c", "head -c 200000 /dev/zero"])
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let stdout = child.stdout.take().unwrap();
        let mut wait = Box::pin(child.wait());
        for _ in 0..1_000 {
            assert!(wait.as_mut().now_or_never().is_none());
            yield_now().await;
        }
        let read = async {
            let (mut stdout, mut all) = (stdout, Vec::new());
            stdout.read_to_end(&mut all).await.map(|_| all)
        };
        let (status, all) = buzzer::try_gather!(wait, read).await.unwrap();
        assert_eq!((status.code(), all.len()), (Some(0), 200_000));
    });
}

#[test]
fn a_child_has_ended_when_it_has_though_a_grandchild_holds_its_output() {
    buzzer::block_on(async {
        let (go_on, held) = io::pipe().unwrap();
        let mut child = Command::new("sh")
            .args([
                "-c",
                "exec 3<&0; echo mocha; (read go <&3; echo tea) & exit 3",
            ])
            .stdin(go_on)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        assert_eq!(child.wait().await.unwrap().code(), Some(3));
        let mut stdout = child.stdout.take().unwrap();
        let mut said = [0; 6];
        stdout.read_exact(&mut said).await.unwrap();
        assert_eq!(&said, b"mocha\n");
        let mut more = String::new();
        let mut rest = Box::pin(stdout.read_to_string(&mut more));
        assert!(rest.as_mut().now_or_never().is_none());
        drop(held);
        rest.await.unwrap();
        assert_eq!(more, "tea\n");
    });
}

#[cfg(target_os = "linux")] // Seccomp is Linux's.
#[test]
fn where_a_sandbox_refuses_the_calls_on_pidfds_children_run_end_and_are_killed() {
    in_a_child(|| {
        let calls = [libc::SYS_pidfd_open, libc::SYS_pidfd_send_signal];
        let numbers = [libc::ENOSYS, libc::EPERM, libc::EACCES, libc::EINVAL];
        for (call, errno) in calls
            .into_iter()
            .flat_map(|call| numbers.map(|errno| (call, errno)))
        {
            // A filter is its thread's.
            let sandbox = thread::spawn(move || {
                refuse(call, errno);
                buzzer::block_on(async {
                    let before = descriptors();
                    let said = Command::new("echo").arg("mocha").output().await.unwrap();
                    assert_eq!(said.stdout, b"mocha\n");
                    let mut killed = endless().stdin(Stdio::piped()).spawn().unwrap();
                    assert!(killed.wait().now_or_never().is_none());
                    killed.kill().await.unwrap();
                    assert_eq!(killed.wait().await.unwrap().signal(), Some(libc::SIGKILL));
                    let dropped = endless().spawn().unwrap();
                    let pid = pid(&dropped);
                    drop(dropped);
                    while is_there(pid) {
                        Command::new("true").status().await.unwrap();
                    }
                    assert_eq!(descriptors(), before);
                });
            });
            sandbox.join().unwrap();
            assert!(!has_children(), "{call} {errno}");
        }
    });
}

#[cfg(target_os = "linux")] // Seccomp is Linux's.
#[test]
fn who_waits_by_a_pidfd_waits_on_when_they_are_refused_to_another_thread() {
    in_a_child(|| {
        buzzer::block_on(async {
            let [mut child, mut later] = [(); 2].map(|()| endless().spawn().unwrap());
            let pids = [&child, &later].map(pid);
            let mut wait = Box::pin(child.wait());
            assert!(wait.as_mut().now_or_never().is_none());
            let sandbox = thread::spawn(|| {
                refuse(libc::SYS_pidfd_open, libc::EPERM);
                let status = buzzer::block_on(async {
                    let mut child = endless().spawn().unwrap();
                    assert!(child.wait().now_or_never().is_none());
                    child.start_kill().unwrap();
                    child.wait().await.unwrap()
                });
                assert_eq!(status.signal(), Some(libc::SIGKILL));
            });
            sandbox.join().unwrap();
            // From then on all do without.
            let mut later_wait = Box::pin(later.wait());
            assert!(later_wait.as_mut().now_or_never().is_none());
            for pid in pids {
                rustix::process::kill_process(pid, Signal::KILL).unwrap();
            }
            let (first, second) = buzzer::try_gather!(wait, later_wait).await.unwrap();
            assert_eq!(first.signal(), Some(libc::SIGKILL));
            assert_eq!(second.signal(), Some(libc::SIGKILL));
        });
        assert!(!has_children());
    });
}

/// The C library makes children by it, and takes only ENOSYS for a call that isn't there.
#[cfg(target_os = "linux")] // Seccomp is Linux's.
#[test]
fn where_a_sandbox_refuses_clone3_children_are_forked() {
    in_a_child(|| {
        for errno in [libc::ENOSYS, libc::EPERM, libc::EINVAL] {
            // A filter is its thread's.
            let sandbox = thread::spawn(move || {
                refuse(libc::SYS_clone3, errno);
                buzzer::block_on(async {
                    let mut command = Command::new("echo");
                    command.arg("mocha");
                    for _ in 0..3 {
                        assert_eq!(command.output().await.unwrap().stdout, b"mocha\n");
                    }
                    let mut killed = endless().spawn().unwrap();
                    killed.kill().await.unwrap();
                    // Its own error.
                    let error = Command::new("no-such-program").spawn().unwrap_err();
                    assert_eq!(error.kind(), ErrorKind::NotFound);
                });
            });
            sandbox.join().unwrap();
            assert!(!has_children(), "{errno}");
        }
    });
}

fn write_script(path: &std::path::Path) -> io::Result<()> {
    let mut options = File::options();
    let mut file = options
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o700)
        .open(path)?;
    file.write_all(b"#!/bin/sh\nexit 7\n")
}

#[test]
fn a_program_that_is_closed_a_moment_later_is_run_then() {
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("script");
    write_script(&script).unwrap();
    let written = File::options().append(true).open(&script).unwrap();
    let (sender, started) = mpsc::channel();
    let closes = thread::spawn(move || {
        let the_loop: ThisThread = started.recv().unwrap();
        the_loop.wait_until_asleep();
        drop(written);
    });
    buzzer::block_on(async {
        sender.send(ThisThread::new()).unwrap();
        let status = Command::new(&script).status().await.unwrap();
        assert_eq!(status.code(), Some(7));
    });
    closes.join().unwrap();
}

#[test]
fn a_program_that_stays_open_for_writing_is_an_error_that_names_it() {
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("script");
    write_script(&script).unwrap();
    let _written = File::options().append(true).open(&script).unwrap();
    buzzer::block_on(async {
        let error = Command::new(&script).spawn().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ExecutableFileBusy);
        let name = format!("run {}: ", script.display());
        assert!(error.to_string().starts_with(&name), "{error}");
    });
}

#[test]
fn scripts_that_are_written_closed_and_run_by_tasks_at_once_are_never_busy() {
    let folder = tempfile::tempdir().unwrap();
    let threads: Vec<_> = (0..4)
        .map(|thread| {
            let folder = folder.path().to_owned();
            thread::spawn(move || {
                buzzer::block_on(async {
                    let tasks = (0..8).map(|task| {
                        let script = folder.join(format!("{thread}-{task}"));
                        let mut create = buzzer::fs::OpenOptions::new();
                        create.write(true).create(true).truncate(true).mode(0o700);
                        async move {
                            for round in 0..20 {
                                let code = format!("#!/bin/sh\nexit {round}\n");
                                let mut file = create.open(&script).await.unwrap();
                                file.write_all(code.as_bytes()).await.unwrap();
                                // Others start theirs meanwhile.
                                yield_now().await;
                                drop(file);
                                let status = Command::new(&script).status().await.unwrap();
                                assert_eq!(status.code(), Some(round));
                            }
                        }
                    });
                    buzzer::gather(tasks).await;
                });
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
}
