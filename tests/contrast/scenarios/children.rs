//! Child processes: their ends, their input and output. Their time is the real one;
//! the clock of the scenario stands still.

use super::*;
use std::io::ErrorKind;
use std::os::unix::process::ExitStatusExt;
use std::process::Stdio;

/// A shell that runs `script`, with its input and output in our hands.
fn sh(script: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", script]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    command
}

/// A child that ends only when it is killed.
fn endless() -> Command {
    let mut command = Command::new("sleep");
    command.arg("1000");
    command
}

fn has_number(child: &Child) -> &'static str {
    match child.id() {
        Some(_) => "with a number",
        None => "without a number",
    }
}

pub fn exit_codes_and_signals() -> Transcript {
    run(async || {
        for script in [
            "exit 0",
            "exit 7",
            "exit 255",
            "kill -TERM $$",
            "kill -KILL $$",
        ] {
            let status = sh(script).status().await.unwrap();
            note!("{script}: {:?}, {:?}", status.code(), status.signal());
        }
    })
}

pub fn a_child_waited_for_twice() -> Transcript {
    run(async || {
        let mut child = sh("exit 3").spawn().unwrap();
        note!("begins {}", has_number(&child));
        for _ in 0..2 {
            let status = child.wait().await.unwrap();
            note!("{status}, {}", has_number(&child));
        }
        note!(
            "{:?}",
            child.try_wait().unwrap().map(|status| status.code())
        );
        note!("killed: {}", child.start_kill().is_ok());
        note!("killed: {}", child.kill().await.is_ok());
    })
}

pub fn a_child_that_is_asked_whether_it_has_ended() -> Transcript {
    run(async || {
        let mut child = sh("read line; exit $line").spawn().unwrap();
        note!("{:?}, {}", child.try_wait().unwrap(), has_number(&child));
        note!("its input is open: {}", child.stdin.is_some());
        let stdin = child.stdin.as_mut().unwrap();
        stdin.write_all(b"5\n").await.unwrap();
        let status = loop {
            match child.try_wait().unwrap() {
                Some(status) => break status,
                None => yield_now().await,
            }
        };
        note!("{status}, {}", has_number(&child));
    })
}

pub fn a_child_reads_and_answers() -> Transcript {
    run(async || {
        let mut child = sh("while read line; do echo \"one $line\"; done")
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let mut stdout = child.stdout.take().unwrap();
        for order in ["mocha", "latte"] {
            stdin
                .write_all(format!("{order}\n").as_bytes())
                .await
                .unwrap();
            let mut answer = vec![0; "one \n".len() + order.len()];
            stdout.read_exact(&mut answer).await.unwrap();
            note!("{:?}", String::from_utf8(answer).unwrap());
        }
        drop(stdin);
        let mut rest = Vec::new();
        note!("{} more", stdout.read_to_end(&mut rest).await.unwrap());
        note!("{}", child.wait().await.unwrap());
    })
}

// Both close the input before they wait: else the child would wait for it for ever.
pub fn a_child_kept_waiting_for_input_by_nobody() -> Transcript {
    run(async || {
        let mut child = Command::new("cat").stdin(Stdio::piped()).spawn().unwrap();
        note!("{}", child.wait().await.unwrap());
        note!("its input is open: {}", child.stdin.is_some());
        let status = Command::new("cat").stdin(Stdio::piped()).status();
        note!("{}", status.await.unwrap());
    })
}

pub fn a_shutdown_of_the_input() -> Transcript {
    run(async || {
        let mut child = sh("cat").spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(b"mocha").await.unwrap();
        stdin.shutdown().await.unwrap();
        let again = stdin.write(b"latte").await;
        note!(
            "written after it: {:?}",
            again.map_err(|error| error.kind())
        );
        drop(stdin);
        let output = child.wait_with_output().await.unwrap();
        note!("{:?}", String::from_utf8(output.stdout).unwrap());
    })
    .differs(Difference {
        because: "a shutdown says that no more will be written; tokio's does nothing, and the \
                  child that reads to the end waits until the pipe is dropped",
        buzzer: &["0 ms: written after it: Err(BrokenPipe)", "0 ms: \"mocha\""],
        tokio: &["0 ms: written after it: Ok(5)", "0 ms: \"mochalatte\""],
    })
}

pub fn all_output_of_a_child() -> Transcript {
    run(async || {
        let script = "n=0; while [ $n -lt 2000 ]; do \
                      echo 'a line of some length on the output, for a full pipe'; \
                      echo 'a line of another length on the error side, for another' >&2; \
                      n=$((n + 1)); done; exit 2";
        let output = sh(script).output().await.unwrap();
        let (out, err) = (output.stdout.len(), output.stderr.len());
        note!("{}, {out} and {err} bytes", output.status);
    })
}

pub fn a_killed_child() -> Transcript {
    run(async || {
        let mut child = endless().spawn().unwrap();
        note!("{:?}", child.try_wait().unwrap());
        child.kill().await.unwrap();
        note!("{}, {}", child.wait().await.unwrap(), has_number(&child));
    })
}

// The end of its output is the end of the child.
pub fn a_child_killed_by_its_drop() -> Transcript {
    run(async || {
        let mut command = endless();
        note!("by default {}", command.get_kill_on_drop());
        command.stdout(Stdio::piped()).kill_on_drop(true);
        note!("then {}", command.get_kill_on_drop());
        let mut child = command.spawn().unwrap();
        let mut stdout = child.stdout.take().unwrap();
        drop(child);
        let mut said = String::new();
        stdout.read_to_string(&mut said).await.unwrap();
        note!("{said:?}");
    })
}

pub fn a_dropped_child_runs_on() -> Transcript {
    run(async || {
        let mut child = sh("read line; echo \"still here for $line\"")
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let mut stdout = child.stdout.take().unwrap();
        drop(child);
        stdin.write_all(b"mocha\n").await.unwrap();
        let mut said = String::new();
        stdout.read_to_string(&mut said).await.unwrap();
        note!("{said:?}");
    })
}

// To a paused clock a child is no work in flight.
pub fn a_child_races_a_timeout() -> Transcript {
    run(async || {
        let mut child = endless().spawn().unwrap();
        note!("in time: {}", timeout(ms(10), child.wait()).await.is_ok());
        child.kill().await.unwrap();
        note!("{}", child.wait().await.unwrap());
    })
}

pub fn an_output_becomes_an_input() -> Transcript {
    run(async || {
        let mut first = sh("read line; echo \"$line for two\"").spawn().unwrap();
        let between: Stdio = first.stdout.take().unwrap().try_into().unwrap();
        let second = Command::new("cat")
            .stdin(between)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = first.stdin.take().unwrap();
        stdin.write_all(b"mocha\n").await.unwrap();
        let output = second.wait_with_output().await.unwrap();
        note!("{:?}", String::from_utf8(output.stdout).unwrap());
        note!("{}", first.wait().await.unwrap());
    })
}

pub fn what_cannot_be_run() -> Transcript {
    run(async || {
        let kind = |result: io::Result<Child>| result.map(drop).map_err(|e| e.kind());
        note!("{:?}", kind(Command::new("no-such-program").spawn()));
        note!("{:?}", kind(Command::new("/").spawn()));
        let nowhere = Command::new("true").current_dir("/no/such/folder").spawn();
        note!("{:?}", kind(nowhere));
        let status = Command::new("no-such-program").status().await;
        note!(
            "{}",
            matches!(status, Err(error) if error.kind() == ErrorKind::NotFound)
        );
    })
}
