//! A loop whose sleep is interrupted sleeps on.
//!
//! A wait for events fails with EINTR when its process is stopped and continued. That
//! can't be done to the test's own process, so it is done to a child: this test
//! binary again, running the one test, with a note in its environment.

#[cfg(not(target_os = "linux"))]
#[path = "support/processes.rs"]
mod processes;
#[path = "support/threads.rs"]
mod threads;

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Command, Stdio};

use buzzer::io::{AsyncFd, Interest};
use buzzer::time::{Duration, Instant, sleep};
use rustix::process::{Pid, Signal, kill_process};

/// What Linux says of one thread: `S` for asleep, `T` for stopped, and others.
#[cfg(target_os = "linux")]
fn state(process: Pid, thread: &str) -> Option<char> {
    let path = format!("/proc/{}/task/{thread}/stat", process.as_raw_nonzero());
    let stat = std::fs::read_to_string(&path).unwrap();
    let (_, after_name) = stat.rsplit_once(") ").unwrap();
    after_name.chars().next()
}

/// Others say it of the process, whose threads all wait when the loop does.
#[cfg(not(target_os = "linux"))]
fn state(process: Pid, _thread: &str) -> Option<char> {
    processes::state(process)
}

fn wait_for_state(process: Pid, thread: &str, wanted: char) {
    while state(process, thread) != Some(wanted) {
        std::thread::yield_now();
    }
}

/// Kills the child if the test fails.
struct Reaped(Child);

impl Drop for Reaped {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_loop_that_is_stopped_and_continued_in_its_sleep_sleeps_on() {
    const NOTE: &str = "BUZZER_TEST_CHILD";
    if std::env::var_os(NOTE).is_some() {
        return the_child();
    }
    let test = std::thread::current().name().unwrap().to_owned();
    let child = Command::new(std::env::current_exe().unwrap())
        .args([&test, "--exact", "--nocapture", "--test-threads=1"])
        .env(NOTE, &test)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut child = Reaped(child);
    let pid = Pid::from_child(&child.0);
    let mut stdout = BufReader::new(child.0.stdout.take().unwrap());
    let thread = loop {
        let mut line = String::new();
        assert!(
            stdout.read_line(&mut line).unwrap() > 0,
            "the child has ended"
        );
        if let Some((_, thread)) = line.trim().split_once("thread ") {
            break thread.to_owned();
        }
    };
    for _ in 0..5 {
        wait_for_state(pid, &thread, 'S');
        kill_process(pid, Signal::STOP).unwrap();
        wait_for_state(pid, &thread, 'T');
        kill_process(pid, Signal::CONT).unwrap();
    }
    wait_for_state(pid, &thread, 'S');
    let mut stdin = child.0.stdin.take().unwrap();
    stdin.write_all(b"go on").unwrap();
    let mut rest = String::new();
    stdout.read_to_string(&mut rest).unwrap();
    assert!(child.0.wait().unwrap().success(), "{rest}");
    assert!(rest.contains("read go on"), "{rest}");
}

/// What the child does: it says which thread its loop is on, waits for input and
/// for a deadline, and says what it has read.
fn the_child() {
    let runtime = buzzer::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let stdin = std::io::stdin();
        rustix::io::ioctl_fionbio(&stdin, true).unwrap();
        let stdin = AsyncFd::with_interest(stdin, Interest::READABLE).unwrap();
        let read = stdin.async_io(Interest::READABLE, |stdin| {
            let mut text = [0; 5];
            stdin.lock().read_exact(&mut text).map(|()| text)
        });
        // Interrupted as well, and not early for that.
        let sleeps = async {
            let start = Instant::now();
            sleep(Duration::from_millis(20)).await;
            assert!(start.elapsed() >= Duration::from_millis(20));
        };
        println!("thread {}", threads::current());
        let (text, ()) = buzzer::gather!(read, sleeps).await;
        println!("read {}", std::str::from_utf8(&text.unwrap()).unwrap());
    });
    // Each interruption costs a turn, and nothing spins between them.
    assert!(
        runtime.metrics().turns() < 30,
        "{} turns",
        runtime.metrics().turns()
    );
}
