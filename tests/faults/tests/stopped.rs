//! Processes that are stopped in the midst of what they do, and continued: SIGSTOP and
//! SIGCONT, again and again.
//!
//! Who is stopped is this test binary once more, and what it does is driven from here, so
//! that each stop finds it at something else.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::pin::pin;
use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use buzzer::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt};
use buzzer::net::{TcpListener, UnixStream};
use buzzer::process::Command;
use buzzer::spawn;
use buzzer::time::{Duration, Instant, interval, sleep, timeout};
use rustix::process::{Pid, Signal, kill_process};

#[path = "../../support/child.rs"]
mod child;
#[path = "../../support/processes.rs"]
mod processes;

/// Killed and waited for if the test fails.
struct Reaped(Child);

impl Drop for Reaped {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// This test once more, as `body`, or `drive` with its process.
fn stopped(body: impl FnOnce(), drive: impl FnOnce(&mut Reaped)) {
    let Some(mut again) = child::again() else {
        return body();
    };
    let child = again.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    drive(&mut Reaped(child.unwrap()));
}

/// Stops and continues the process [`STOPS`] times.
fn stop_and_continue(process: Pid) {
    for _ in 0..STOPS {
        kill_process(process, Signal::STOP).unwrap();
        while !matches!(processes::state(process), Some('T' | 'Z') | None) {
            thread::yield_now();
        }
        kill_process(process, Signal::CONT).unwrap();
        // So that it gets somewhere.
        for _ in 0..50 {
            thread::yield_now();
        }
    }
}

/// The line that the process says after this word.
fn told(stdout: &mut impl BufRead, word: &str) -> String {
    loop {
        let mut line = String::new();
        assert!(stdout.read_line(&mut line).unwrap() > 0, "it has ended");
        if let Some((_, rest)) = line.split_once(word) {
            return rest.trim().to_owned();
        }
    }
}

const STOPS: usize = 100;
const CONNECTIONS: usize = 3;
const BYTES: usize = 400_000;

#[test]
fn a_server_that_is_stopped_again_and_again_loses_no_byte() {
    stopped(serve, |server| {
        let process = Pid::from_child(&server.0);
        let mut stdout = BufReader::new(server.0.stdout.take().unwrap());
        let address: SocketAddr = told(&mut stdout, "address ").parse().unwrap();
        let is_over = AtomicBool::new(false);
        let client = |n| {
            let mut same = true;
            while same && !is_over.load(Ordering::Relaxed) {
                same = echoes(address, n);
            }
            same
        };
        thread::scope(|threads| {
            let client = &client;
            let clients: Vec<_> = (0..CONNECTIONS)
                .map(|n| threads.spawn(move || client(n)))
                .collect();
            stop_and_continue(process);
            is_over.store(true, Ordering::Relaxed);
            let same = clients.into_iter().all(|client| client.join().unwrap());
            assert!(same, "other bytes came back");
        });
        drop(server.0.stdin.take());
        let mut rest = String::new();
        stdout.read_to_string(&mut rest).unwrap();
        assert!(server.0.wait().unwrap().success(), "{rest}");
    });
}

fn echoes(address: SocketAddr, n: usize) -> bool {
    let sent: Vec<_> = (0..BYTES).map(|at| ((at + n) % 251) as u8).collect();
    let stream = TcpStream::connect(address).unwrap();
    let mut got = Vec::new();
    thread::scope(|threads| {
        let (mut to, mut from) = (&stream, &stream);
        let sent = &sent;
        threads.spawn(move || {
            sent.chunks(4_096)
                .for_each(|piece| to.write_all(piece).unwrap());
            to.shutdown(std::net::Shutdown::Write).unwrap();
        });
        from.read_to_end(&mut got).unwrap();
    });
    got == sent
}

/// An echo server with all that interrupts may meet: timers, files, a child with pipes.
fn serve() {
    buzzer::block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        println!("address {}", listener.local_addr().unwrap());
        let accepting = spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                spawn(async move {
                    let (mut from, mut to) = stream.split();
                    buzzer::io::copy(&mut from, &mut to).await.unwrap();
                    to.shutdown().await.unwrap();
                });
            }
        });
        let mut end = [0];
        let mut end = pin!(async { buzzer::io::stdin().read(&mut end).await.unwrap() });
        loop {
            let others = async { buzzer::gather!(never_early(), files(), a_child()).await };
            let ended = buzzer::race!(async { Some((&mut end).await) }, async {
                others.await;
                None
            })
            .await;
            if ended.is_some() {
                break;
            }
        }
        assert!(!accepting.is_finished(), "it has failed");
    });
}

async fn never_early() {
    let mut ticks = interval(Duration::from_millis(1));
    let first = ticks.tick().await;
    for n in 1..10 {
        let wait = Duration::from_micros(700);
        let began = Instant::now();
        sleep(wait).await;
        assert!(began.elapsed() >= wait);
        ticks.tick().await;
        assert!(first.elapsed() >= Duration::from_millis(1) * n);
    }
}

async fn files() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("file");
    for n in 0..5_u8 {
        let contents = vec![n; 50_000];
        buzzer::fs::write(&path, &contents).await.unwrap();
        assert!(buzzer::fs::read(&path).await.unwrap() == contents);
    }
}

async fn a_child() {
    for _ in 0..2 {
        let mut command = Command::new("/bin/cat");
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut to = child.stdin.take().unwrap();
        let mut from = child.stdout.take().unwrap();
        let sent = vec![b'x'; 100_000];
        let writing = async {
            to.write_all(&sent).await.unwrap();
            drop(to);
        };
        let mut got = Vec::new();
        let reading = async { from.read_to_end(&mut got).await.unwrap() };
        buzzer::gather!(writing, reading).await;
        assert!(child.wait().await.unwrap().success());
        assert!(got == sent);
    }
}

/// A stop and a continue are told of as an end is, by SIGCHLD, and are none.
#[test]
fn a_child_that_is_stopped_has_not_ended_and_is_waited_for() {
    child::in_a_child(|| {
        buzzer::block_on(async {
            let mut command = Command::new("/bin/cat");
            command.stdin(Stdio::piped()).stdout(Stdio::piped());
            let mut child = command.spawn().unwrap();
            let number = child.id().unwrap().cast_signed();
            let process = Pid::from_raw(number).unwrap();
            let mut to = child.stdin.take().unwrap();
            let mut lines = buzzer::io::BufReader::new(child.stdout.take().unwrap()).lines();
            for n in 0..20 {
                kill_process(process, Signal::STOP).unwrap();
                while processes::state(process) != Some('T') {
                    thread::yield_now();
                }
                let waited = timeout(Duration::from_millis(1), child.wait()).await;
                assert!(waited.is_err(), "it has ended: {waited:?}");
                let line = format!("line {n}\n");
                to.write_all(line.as_bytes()).await.unwrap();
                let read = timeout(Duration::from_millis(1), lines.next_line()).await;
                assert!(read.is_err(), "it is stopped and answers: {read:?}");
                kill_process(process, Signal::CONT).unwrap();
                let read = lines.next_line().await.unwrap();
                assert_eq!(read.as_deref(), Some(line.trim_end()));
                assert!(child.try_wait().unwrap().is_none());
            }
            drop(to);
            assert!(child.wait().await.unwrap().success());
        });
    });
}

/// Who sends to it waits, and nobody else does; when it goes on, all of it comes.
#[test]
fn a_peer_that_is_stopped_holds_up_nobody_but_who_sends_to_it() {
    child::in_a_child(|| {
        buzzer::block_on(async {
            const MIB: usize = 1 << 20;
            let (ours, theirs) = UnixStream::pair().unwrap();
            let theirs = theirs.into_std().unwrap();
            theirs.set_nonblocking(false).unwrap();
            let mut command = Command::new("/bin/cat");
            command
                .stdin(std::os::fd::OwnedFd::from(theirs))
                .stdout(Stdio::piped());
            let mut child = command.spawn().unwrap();
            drop(command);
            let process = Pid::from_raw(child.id().unwrap().cast_signed()).unwrap();
            kill_process(process, Signal::STOP).unwrap();
            while processes::state(process) != Some('T') {
                thread::yield_now();
            }
            let mut from = child.stdout.take().unwrap();
            let mut ours = ours;
            let sent: Vec<_> = (0..MIB).map(|n| (n % 251) as u8).collect();
            let sending = spawn({
                let sent = sent.clone();
                async move {
                    ours.write_all(&sent).await.unwrap();
                    ours.shutdown().await.unwrap();
                }
            });
            // Others go on meanwhile.
            for _ in 0..10 {
                sleep(Duration::from_millis(1)).await;
            }
            assert_eq!(buzzer::task::spawn_blocking(|| 4).await.unwrap(), 4);
            assert!(!sending.is_finished(), "a mebibyte fits where nobody reads");
            kill_process(process, Signal::CONT).unwrap();
            let mut got = Vec::new();
            from.read_to_end(&mut got).await.unwrap();
            sending.await.unwrap();
            assert!(got == sent);
            assert!(child.wait().await.unwrap().success());
        });
    });
}
