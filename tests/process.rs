//! Child processes: how they end, what they write, and that none is left behind.

#[path = "support/caught.rs"]
mod caught;
#[path = "support/child.rs"]
mod child;
#[path = "support/own.rs"]
mod own;
#[path = "support/paused.rs"]
mod paused;
#[path = "support/processes.rs"]
mod processes;
#[path = "support/slots.rs"]
mod slots;

use std::fs;
use std::future::pending;
use std::io::{ErrorKind, IoSlice};
use std::os::fd::{AsFd, AsRawFd};
use std::os::unix::process::ExitStatusExt;
use std::process::Stdio;
use std::thread;

use buzzer::io::{AsyncReadExt, AsyncWriteExt};
use buzzer::process::{Child, Command};
use buzzer::runtime::{Builder, Runtime};
use buzzer::signal::unix::{SignalKind, signal};
use buzzer::spawn;
use buzzer::task::yield_now;
use buzzer::time::{Duration, timeout};
use caught::panic_of;
use child::in_a_child;
use futures::FutureExt;
use own::descriptors;
use paused::paused;
use processes::state;
use rustix::fs::OFlags;
use rustix::process::{Pid, Signal, WaitOptions};
use slots::highest_slot;

/// A shell that runs `script`.
fn sh(script: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", script]);
    command
}

/// A child that ends only when it is killed. It does not hold the test's outputs
/// open, should it be left behind by one that fails.
fn endless() -> Command {
    let mut command = Command::new("sleep");
    command.arg("1000").kill_on_drop(true);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command
}

fn pid(child: &Child) -> Pid {
    Pid::from_raw(child.id().unwrap().cast_signed()).unwrap()
}

/// Looks until the process is in that state. Blocks the loop.
fn wait_for_state(process: Pid, wanted: Option<char>) {
    while state(process) != wanted {
        thread::yield_now();
    }
}

/// Lets the loop run until nothing is left of the process, not even a zombie.
async fn until_gone(process: Pid) {
    while state(process).is_some() {
        yield_now().await;
    }
}

/// Whether this process has children, running or not.
fn has_children() -> bool {
    match rustix::process::wait(WaitOptions::NOHANG) {
        Err(rustix::io::Errno::CHILD) => false,
        found => panic!("{found:?}"),
    }
}

#[test]
fn a_child_tells_how_it_has_ended() {
    buzzer::block_on(async {
        let exited = sh("exit 7").status().await.unwrap();
        assert_eq!((exited.code(), exited.signal()), (Some(7), None));
        let killed = sh("kill -KILL $$").status().await.unwrap();
        assert_eq!((killed.code(), killed.signal()), (None, Some(9)));
        assert!(Command::new("true").status().await.unwrap().success());
        assert!(!Command::new("false").status().await.unwrap().success());
    });
}

#[test]
fn a_child_that_has_ended_says_the_same_each_time_and_has_no_number() {
    buzzer::block_on(async {
        let mut child = sh("exit 3").spawn().unwrap();
        assert!(child.id().is_some());
        let first = child.wait().await.unwrap();
        assert_eq!(first.code(), Some(3));
        assert_eq!(child.id(), None);
        assert_eq!(child.wait().await.unwrap(), first);
        assert_eq!(child.try_wait().unwrap(), Some(first));
        // There is nothing left that could be killed.
        child.start_kill().unwrap();
        child.kill().await.unwrap();
    });
}

#[test]
fn try_wait_neither_waits_nor_closes_the_input() {
    buzzer::block_on(async {
        let mut child = sh("read line; exit $line")
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        assert_eq!(child.try_wait().unwrap(), None);
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(b"5\n").await.unwrap();
        let status = loop {
            match child.try_wait().unwrap() {
                Some(status) => break status,
                None => yield_now().await,
            }
        };
        assert_eq!((status.code(), child.id()), (Some(5), None));
    });
}

#[test]
fn wait_closes_the_input_first() {
    buzzer::block_on(async {
        let mut child = Command::new("cat").stdin(Stdio::piped()).spawn().unwrap();
        assert!(child.wait().await.unwrap().success());
        assert!(child.stdin.is_none());
        let status = Command::new("cat").stdin(Stdio::piped()).status();
        assert!(status.await.unwrap().success());
    });
}

#[test]
fn a_wait_given_up_can_be_begun_again() {
    buzzer::block_on(async {
        let mut child = sh("read line; exit 4")
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        let stdin = child.stdin.take();
        for _ in 0..3 {
            let mut wait = Box::pin(child.wait());
            assert!(wait.as_mut().now_or_never().is_none());
            yield_now().await;
            assert!(wait.now_or_never().is_none());
        }
        drop(stdin);
        assert_eq!(child.wait().await.unwrap().code(), Some(4));
    });
}

#[test]
fn a_killed_child_is_waited_for() {
    buzzer::block_on(async {
        let mut child = endless().spawn().unwrap();
        let pid = pid(&child);
        child.kill().await.unwrap();
        assert_eq!(state(pid), None);
        assert_eq!(child.wait().await.unwrap().signal(), Some(9));
        let mut child = endless().spawn().unwrap();
        child.start_kill().unwrap();
        // A zombie can still be sent a signal.
        wait_for_state(self::pid(&child), Some('Z'));
        child.start_kill().unwrap();
        assert_eq!(child.wait().await.unwrap().signal(), Some(9));
    });
}

#[test]
fn a_child_that_is_stopped_has_not_ended() {
    buzzer::block_on(async {
        let mut child = sh("kill -STOP $$; exit 6").spawn().unwrap();
        let pid = pid(&child);
        wait_for_state(pid, Some('T'));
        assert!(child.wait().now_or_never().is_none());
        assert_eq!(child.try_wait().unwrap(), None);
        rustix::process::kill_process(pid, Signal::CONT).unwrap();
        assert_eq!(child.wait().await.unwrap().code(), Some(6));
    });
}

#[test]
fn fifty_children_end_in_any_order_and_each_wait_gets_its_own() {
    buzzer::block_on(async {
        let children = (0..50).map(|code| sh(&format!("exit {code}")).status());
        let codes = buzzer::try_gather(children).await.unwrap();
        let codes: Vec<_> = codes.iter().map(|status| status.code().unwrap()).collect();
        assert_eq!(codes, Vec::from_iter(0..50));
    });
}

#[test]
fn much_output_on_both_sides_at_once_is_all_read() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let text: Vec<u8> = (0..3_000_000_u32).map(|n| n as u8).collect();
    fs::write(&file, &text).unwrap();
    buzzer::block_on(async {
        let output = sh(r#"cat "$0" & cat "$0" >&2; wait; exit 2"#)
            .arg(file.path())
            .output()
            .await
            .unwrap();
        assert_eq!(output.status.code(), Some(2));
        assert!(output.stdout == text && output.stderr == text);
    });
}

#[test]
fn a_megabyte_goes_through_a_child_and_comes_back() {
    buzzer::block_on(async {
        let text: Vec<u8> = (0..1_000_000_u32).map(|n| (n / 7) as u8).collect();
        let mut child = Command::new("cat")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let write = async {
            stdin.write_all(&text).await?;
            stdin.shutdown().await
        };
        let (_, output) = buzzer::try_gather!(write, child.wait_with_output())
            .await
            .unwrap();
        assert!(output.stdout == text && output.status.success());
    });
}

#[test]
fn what_a_child_has_written_is_there_after_its_end() {
    buzzer::block_on(async {
        // As much as a pipe holds, so that it can end.
        let mut child = sh("head -c 60000 /dev/zero; echo late >&2")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        assert!(child.wait().await.unwrap().success());
        let output = child.wait_with_output().await.unwrap();
        assert_eq!(output.stdout, [0; 60_000]);
        assert_eq!(output.stderr, b"late\n");
    });
}

#[test]
fn a_second_piece_of_output_wakes_a_reader_that_waits_while_the_child_lives() {
    buzzer::block_on(async {
        let mut child = sh("printf one; read go; printf two; read go")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let mut stdout = child.stdout.take().unwrap();
        let mut piece = [0; 3];
        stdout.read_exact(&mut piece).await.unwrap();
        assert_eq!(&piece, b"one");
        let mut more = [0; 100];
        let mut second = Box::pin(stdout.read(&mut more));
        assert!(second.as_mut().now_or_never().is_none());
        stdin.write_all(b"\n").await.unwrap();
        assert_eq!(second.as_mut().await.unwrap(), 3);
        drop(second);
        assert_eq!(&more[..3], b"two");
        drop(stdin);
        assert_eq!(stdout.read(&mut more).await.unwrap(), 0);
        child.wait().await.unwrap();
    });
}

#[test]
fn a_child_that_does_not_read_makes_the_write_wait_and_the_loop_goes_on() {
    buzzer::block_on(async {
        let mut child = endless().stdin(Stdio::piped()).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let write = spawn(async move { stdin.write_all(&[7; 1_000_000]).await });
        for _ in 0..1_000 {
            yield_now().await;
        }
        assert!(!write.is_finished());
        child.kill().await.unwrap();
        // Nobody is left to read.
        let error = write.await.unwrap().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::BrokenPipe);
    });
}

#[test]
fn several_buffers_are_written_at_once_also_more_than_the_kernel_takes() {
    buzzer::block_on(async {
        let mut child = Command::new("cat")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let buffers = [IoSlice::new(b"tea"); 1_500];
        let written = stdin.write_vectored(&buffers).await.unwrap();
        assert_eq!(written, 1_024 * 3);
        assert_eq!(stdin.write_vectored(&[]).await.unwrap(), 0);
        // Zero would say that nothing can be written.
        let mut behind_empty_ones = vec![IoSlice::new(b""); 1_500];
        behind_empty_ones.push(IoSlice::new(b"mocha"));
        let written = stdin.write_vectored(&behind_empty_ones).await.unwrap();
        assert_eq!(written, 5);
        drop(stdin);
        let output = child.wait_with_output().await.unwrap();
        assert_eq!(
            output.stdout,
            [&b"tea".repeat(1_024)[..], b"mocha"].concat()
        );
    });
}

#[test]
fn buffers_of_no_length_wait_for_nothing() {
    buzzer::block_on(async {
        let mut child = Command::new("cat")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let stdout = child.stdout.as_mut().unwrap();
        assert_eq!(stdout.read(&mut []).now_or_never().unwrap().unwrap(), 0);
        let stdin = child.stdin.as_mut().unwrap();
        assert_eq!(stdin.write(&[]).await.unwrap(), 0);
        child.wait().await.unwrap();
    });
}

#[test]
fn a_shutdown_ends_the_input_and_what_is_written_after_it_is_an_error() {
    buzzer::block_on(async {
        let mut child = Command::new("cat").stdin(Stdio::piped()).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        stdin.flush().await.unwrap();
        stdin.shutdown().await.unwrap();
        stdin.shutdown().await.unwrap();
        assert!(child.wait().await.unwrap().success());
        let error = stdin.write(b"!").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::BrokenPipe);
        let text = panic_of(|| stdin.as_fd().as_raw_fd());
        assert!(text.contains("after its shutdown"), "{text}");
        let error = stdin.into_owned_fd().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::BrokenPipe);
    });
}

#[test]
fn one_childs_output_is_anothers_input_and_blocks_there() {
    buzzer::block_on(async {
        let mut first = sh("read go; echo mocha")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let between: Stdio = first.stdout.take().unwrap().try_into().unwrap();
        let second = Command::new("cat")
            .stdin(between)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let pid = pid(&second);
        // It waits for its input: one that did not block would be an error to it.
        wait_for_state(pid, Some('S'));
        let mut stdin = first.stdin.take().unwrap();
        stdin.write_all(b"\n").await.unwrap();
        let output = second.wait_with_output().await.unwrap();
        assert_eq!(output.stdout, b"mocha\n");
        assert!(output.status.success() && first.wait().await.unwrap().success());
    });
}

#[test]
fn only_this_end_of_a_pipe_does_not_block_and_it_blocks_again_when_given_up() {
    buzzer::block_on(async {
        let mut child = Command::new("cat")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let blocks = |fd: &dyn AsFd| {
            let flags = rustix::fs::fcntl_getfl(fd.as_fd()).unwrap();
            !flags.contains(OFlags::NONBLOCK)
        };
        let id = child.id().unwrap();
        let stdin = child.stdin.take().unwrap();
        let stdout = child.stdout.take().unwrap();
        let stderr = child.stderr.take().unwrap();
        let ours: [&dyn AsFd; 3] = [&stdin, &stdout, &stderr];
        for (number, end) in ours.into_iter().enumerate() {
            assert!(!blocks(end), "{number}");
            // No other system tells of another process's.
            if cfg!(target_os = "linux") {
                let info = fs::read_to_string(format!("/proc/{id}/fdinfo/{number}")).unwrap();
                let flags = info.lines().find_map(|line| line.strip_prefix("flags:"));
                let flags = u32::from_str_radix(flags.unwrap().trim(), 8).unwrap();
                assert_eq!(flags & OFlags::NONBLOCK.bits(), 0, "{number}");
            }
        }
        assert!(blocks(&stdin.into_owned_fd().unwrap()));
        assert!(blocks(&stdout.into_owned_fd().unwrap()));
        assert!(blocks(&stderr.into_owned_fd().unwrap()));
        child.wait().await.unwrap();
    });
}

#[test]
fn pipes_of_stds_children_are_taken_over() {
    use buzzer::process::{ChildStderr, ChildStdin, ChildStdout};
    buzzer::block_on(async {
        let mut child = std::process::Command::new("sh")
            .args(["-c", "read line; echo $line; echo $line >&2"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = ChildStdin::from_std(child.stdin.take().unwrap()).unwrap();
        let mut stdout = ChildStdout::from_std(child.stdout.take().unwrap()).unwrap();
        let mut stderr = ChildStderr::from_std(child.stderr.take().unwrap()).unwrap();
        stdin.write_all(b"tea\n").await.unwrap();
        let [mut out, mut err] = [String::new(), String::new()];
        stdout.read_to_string(&mut out).await.unwrap();
        stderr.read_to_string(&mut err).await.unwrap();
        assert_eq!((&*out, &*err), ("tea\n", "tea\n"));
        child.wait().unwrap();
    });
}

#[test]
fn a_command_says_what_to_run_and_how() {
    buzzer::block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().canonicalize().unwrap();
        let mut command = sh(r#"echo "$0|$1|$A|$B|$C|$(pwd)""#);
        command
            .arg("zero")
            .args(["one"])
            .env("A", "a")
            .envs([("B", "b"), ("C", "c")])
            .env_remove("C")
            .current_dir(&folder);
        let output = command.output().await.unwrap();
        let expected = format!("zero|one|a|b||{}\n", folder.display());
        assert_eq!(String::from_utf8(output.stdout).unwrap(), expected);

        let mut command = Command::from(std::process::Command::new("/bin/sh"));
        command.env_clear().arg0("renamed");
        command.args(["-c", r#"echo "$0$HOME""#]);
        assert_eq!(command.output().await.unwrap().stdout, b"renamed\n");
        assert_eq!(command.as_std().get_program(), "/bin/sh");
        command.as_std_mut().arg("an argument");
        assert_eq!(command.into_std().get_args().count(), 3);
    });
}

#[test]
fn a_child_has_the_user_and_the_groups_that_it_was_given() {
    buzzer::block_on(async {
        let mut child = endless()
            .uid(rustix::process::getuid().as_raw())
            .gid(rustix::process::getgid().as_raw())
            .process_group(0)
            .spawn()
            .unwrap();
        let pid = pid(&child);
        assert_eq!(rustix::process::getpgid(Some(pid)).unwrap(), pid);
        assert_ne!(rustix::process::getpgid(None).unwrap(), pid);
        child.kill().await.unwrap();
    });
}

#[test]
fn a_pipe_may_be_moved_out_of_a_child_that_is_then_left_to_itself() {
    buzzer::block_on(async {
        let mut command = sh("echo mocha; read line; echo $line");
        let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let child = piped.spawn().unwrap();
        let (mut input, mut output) = (child.stdin.unwrap(), child.stdout.unwrap());
        input.write_all(b"one more\n").await.unwrap();
        let mut said = String::new();
        output.read_to_string(&mut said).await.unwrap();
        assert_eq!(said, "mocha\none more\n");
    });
}

#[test]
fn what_is_to_be_done_between_fork_and_exec_is_done_in_the_child_and_its_error_is_told() {
    buzzer::block_on(async {
        let mut command = sh("umask");
        // SAFETY: both may be called between fork and exec, and allocate nothing.
        unsafe {
            command.pre_exec(|| {
                rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o27));
                Ok(())
            });
        }
        let said = command.output().await.unwrap();
        assert_eq!(String::from_utf8_lossy(&said.stdout).trim(), "0027");
        // SAFETY: as above.
        unsafe { command.pre_exec(|| Err(rustix::io::Errno::NOTTY.into())) };
        let error = command.spawn().unwrap_err();
        assert!(error.to_string().contains("pre_exec"), "{error}");
        let number = Some(rustix::io::Errno::NOTTY.raw_os_error());
        assert_eq!(buzzer::io::raw_os_error(&error), number);
    });
}

#[test]
fn a_program_that_cannot_be_run_is_an_error_that_names_it() {
    buzzer::block_on(async {
        let error = Command::new("no-such-program").spawn().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound);
        let text = error.to_string();
        assert!(text.starts_with("run no-such-program: "), "{text}");
        let file = tempfile::NamedTempFile::new().unwrap();
        for error in [
            Command::new(file.path()).status().await.unwrap_err(),
            Command::new(file.path()).output().await.unwrap_err(),
        ] {
            assert_eq!(error.kind(), ErrorKind::PermissionDenied);
            let name = file.path().display().to_string();
            assert!(error.to_string().contains(&name), "{error}");
        }
        let nowhere = Command::new("true").current_dir("/no/such/folder").spawn();
        assert_eq!(nowhere.unwrap_err().kind(), ErrorKind::NotFound);
    });
}

#[test]
fn outside_a_runtime_nothing_is_started() {
    in_a_child(|| {
        let text = panic_of(|| Command::new("true").spawn());
        assert!(text.contains("Command::spawn"), "{text}");
        assert!(!has_children());
    });
}

#[test]
fn in_another_runtime_a_wait_panics_and_says_where_it_belongs() {
    let mut child = buzzer::block_on(async { endless().spawn().unwrap() });
    let text = panic_of(|| buzzer::block_on(child.wait()));
    assert!(text.contains("another runtime"), "{text}");
}

#[test]
fn a_child_dropped_before_its_end_runs_on_and_is_waited_for() {
    buzzer::block_on(async {
        let mut child = sh("read line; echo still here")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let pid = pid(&child);
        let mut stdin = child.stdin.take().unwrap();
        let mut stdout = child.stdout.take().unwrap();
        drop(child);
        stdin.write_all(b"\n").await.unwrap();
        let mut said = String::new();
        stdout.read_to_string(&mut said).await.unwrap();
        assert_eq!(said, "still here\n");
        until_gone(pid).await;
    });
}

#[test]
fn a_child_that_is_to_be_killed_on_drop_is_and_is_waited_for() {
    buzzer::block_on(async {
        assert!(endless().get_kill_on_drop());
        let child = endless().spawn().unwrap();
        let pid = pid(&child);
        drop(child);
        until_gone(pid).await;
    });
}

/// Drops what waits for three children.
async fn give_up(command: &mut Command) {
    drop(command.status());
    let given_up = timeout(Duration::ZERO, command.status()).await;
    assert!(given_up.is_err());
    let given_up = timeout(Duration::ZERO, command.output()).await;
    assert!(given_up.is_err());
}

#[test]
fn the_future_of_a_command_that_is_dropped_drops_its_child() {
    in_a_child(|| {
        let runtime = Runtime::new().unwrap();
        runtime.block_on(async {
            // They end with their input, and not before: so each is waited for.
            let (input, keeps_them) = std::io::pipe().unwrap();
            let mut command = Command::new("cat");
            command.stdin(input);
            give_up(&mut command).await;
            assert_eq!(runtime.metrics().num_alive_tasks(), 3);
            drop(keeps_them);
            // These end because they are killed, some of them at once.
            give_up(&mut endless()).await;
            while runtime.metrics().num_alive_tasks() > 0 {
                yield_now().await;
            }
            assert!(!has_children());
        });
    });
}

#[test]
fn a_child_that_has_ended_when_it_is_dropped_is_waited_for_at_once() {
    let runtime = Runtime::new().unwrap();
    let pid = runtime.block_on(async {
        let child = Command::new("true").spawn().unwrap();
        let pid = pid(&child);
        wait_for_state(pid, Some('Z'));
        drop(child);
        pid
    });
    assert_eq!(state(pid), None);
    assert_eq!(runtime.metrics().num_alive_tasks(), 0);
}

#[test]
fn children_left_by_a_runtime_that_is_gone_are_waited_for_by_the_next_spawn() {
    in_a_child(|| {
        let runtime = Runtime::new().unwrap();
        let pids = runtime.block_on(async {
            let children = [(); 3].map(|()| endless().kill_on_drop(false).spawn().unwrap());
            let pids = children.each_ref().map(pid);
            let [reaped_by_a_task, held_by_a_task, held_till_later] = children;
            drop(reaped_by_a_task);
            let holds = spawn(async move {
                let _held = held_by_a_task;
                pending::<()>().await
            });
            yield_now().await;
            assert!(!holds.is_finished());
            (pids, held_till_later)
        });
        drop(runtime);
        let (pids, held_till_later) = pids;
        thread::spawn(move || drop(held_till_later)).join().unwrap();
        for pid in pids {
            assert_ne!(state(pid), Some('Z'));
            rustix::process::kill_process(pid, Signal::KILL).unwrap();
            wait_for_state(pid, Some('Z'));
        }
        buzzer::block_on(async { Command::new("true").status().await.unwrap() });
        assert!(!has_children());
    });
}

#[test]
fn a_child_dropped_on_another_thread_is_killed_and_waited_for_by_the_next_spawn() {
    in_a_child(|| {
        buzzer::block_on(async {
            let child = endless().spawn().unwrap();
            let pid = pid(&child);
            thread::spawn(move || drop(child)).join().unwrap();
            // The drop has killed it, and waited for it if it was so quick.
            while !matches!(state(pid), Some('Z') | None) {
                thread::yield_now();
            }
            Command::new("true").status().await.unwrap();
            assert_eq!(state(pid), None);
        });
        assert!(!has_children());
    });
}

#[test]
fn a_child_dropped_in_another_runtime_disturbs_neither() {
    in_a_child(|| {
        let first = Runtime::new().unwrap();
        let child = first.block_on(async { endless().spawn().unwrap() });
        let pid = pid(&child);
        let second = Runtime::new().unwrap();
        second.block_on(async move { drop(child) });
        let alive = [&first, &second].map(|runtime| runtime.metrics().num_alive_tasks());
        assert_eq!(alive, [0, 0]);
        while !matches!(state(pid), Some('Z') | None) {
            thread::yield_now();
        }
        for runtime in [first, second] {
            let status = runtime.block_on(async { Command::new("true").status().await });
            assert!(status.unwrap().success());
        }
        assert!(!has_children());
    });
}

#[test]
fn a_thousand_children_leave_neither_zombies_nor_descriptors_nor_tasks() {
    in_a_child(|| {
        let runtime = Runtime::new().unwrap();
        runtime.block_on(async {
            let before = descriptors();
            for round in 0..250 {
                let mut awaited = Command::new("true").spawn().unwrap();
                awaited.wait().await.unwrap();
                drop(awaited);
                drop(Command::new("true").stdin(Stdio::piped()).spawn().unwrap());
                drop(endless().stdout(Stdio::piped()).spawn().unwrap());
                let said = sh("echo mocha").output().await.unwrap();
                assert_eq!(said.stdout, b"mocha\n", "{round}");
            }
            while runtime.metrics().num_alive_tasks() > 0 {
                yield_now().await;
            }
            assert!(!has_children());
            assert_eq!(descriptors(), before);
            assert!(highest_slot().await < 250, "slots were left behind");
        });
    });
}

/// By its name; it has no line that would tell the program something.
#[test]
fn the_task_that_waits_for_a_dropped_child_is_known_by_its_name() {
    in_a_child(|| {
        let runtime = Builder::new_current_thread()
            .ledger(true)
            .record(1_000_000)
            .build()
            .unwrap();
        runtime.block_on(async {
            let child = sh("read line").stdin(Stdio::piped()).spawn();
            let mut child = child.unwrap();
            // The child's end.
            let stdin = child.stdin.take();
            drop(child);
            yield_now().await;
            let dump = buzzer::trace::dump();
            assert!(!dump.to_string().contains("reap.rs"), "{dump}");
            let [task] = &dump.tasks()[1..] else {
                panic!("one task waits");
            };
            assert_eq!(task.name(), Some("waits for a dropped child"));
            drop(stdin);
            while runtime.metrics().num_alive_tasks() > 0 {
                yield_now().await;
            }
        });
        let name = "#1 'waits for a dropped child'";
        for told in [
            runtime.ledger().to_string(),
            runtime.recording().story().to_string(),
        ] {
            assert!(told.contains(name), "{told}");
            assert!(!told.contains("reap.rs"), "{told}");
        }
    });
}

#[test]
fn a_child_inherits_none_of_our_descriptors() {
    in_a_child(|| {
        buzzer::block_on(async {
            let script = "echo /dev/fd/*";
            let plain = std::process::Command::new("sh")
                .args(["-c", script])
                .output()
                .unwrap();
            assert!(plain.stdout.starts_with(b"/dev/fd/0 "));
            let _signals = signal(SignalKind::hangup()).unwrap();
            let _child = endless()
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .spawn()
                .unwrap();
            let ours = sh(script).stdin(Stdio::null()).output().await.unwrap();
            assert_eq!(ours.stdout, plain.stdout);
        });
    });
}

#[test]
fn the_end_of_a_child_is_a_signal_as_well() {
    in_a_child(|| {
        buzzer::block_on(async {
            let mut ends = signal(SignalKind::child()).unwrap();
            let mut child = sh("exit 9").spawn().unwrap();
            ends.recv().await;
            assert_eq!(child.wait().await.unwrap().code(), Some(9));
        });
    });
}

#[test]
fn a_paused_clock_does_not_wait_for_children() {
    paused().block_on(async {
        let mut child = endless().spawn().unwrap();
        let hour = Duration::from_secs(3_600);
        assert!(timeout(hour, child.wait()).await.is_err());
        child.kill().await.unwrap();
    });
}

#[test]
fn where_the_system_keeps_no_status_a_wait_is_an_error_that_says_why() {
    in_a_child(|| {
        // SAFETY: ignoring a signal installs no handler.
        unsafe { libc::signal(libc::SIGCHLD, libc::SIG_IGN) };
        buzzer::block_on(async {
            let mut child = Command::new("cat").stdin(Stdio::piped()).spawn().unwrap();
            let id = child.id().unwrap();
            let error = child.wait().await.unwrap_err();
            let text = error.to_string();
            assert!(text.contains(&format!("child {id} ")), "{text}");
            assert!(text.contains("SIGCHLD"), "{text}");
            assert!(child.try_wait().is_err());
            // Some are gone before they can be watched over.
            for _ in 0..50 {
                let error = Command::new("true").status().await.unwrap_err();
                assert!(error.to_string().contains("SIGCHLD"), "{error}");
            }
        });
    });
}
