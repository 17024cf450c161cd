//! A program that runs beside a test: its output line by line, signals, its end.
//!
//! Owns the children of these tests. `postgres.rs`, `redis.rs` and `service.rs`
//! build on it, and expect it as `mod program` at the root of the test.
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};
use std::{env, thread};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, unbounded};
use rustix::process::{Pid, Signal, kill_process};

/// How long a program may take to say or do what a test waits for. Only a failing
/// test ever waits so long.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running program. Dropped, it is ended, also while a test panics.
pub struct Program {
    name: &'static str,
    child: Child,
    lines: Receiver<String>,
    /// What was read so far, for the message of a failure.
    log: Vec<String>,
    /// What ends it in an orderly way.
    ends_by: Signal,
}

impl Program {
    pub fn start(name: &'static str, command: &mut Command, ends_by: Signal) -> Self {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("start {name}: {error}"));
        let (sender, lines) = unbounded();
        forward(child.stdout.take().expect("it is piped"), sender.clone());
        forward(child.stderr.take().expect("it is piped"), sender);
        Self {
            name,
            child,
            lines,
            log: Vec::new(),
            ends_by,
        }
    }

    /// Starts a server by what `command` makes of a port: of `port`, or of a free one if that
    /// is 0. Returns it, and its port, when it has said `ready`.
    pub fn start_at(
        port: u16,
        name: &'static str,
        command: impl Fn(u16) -> Command,
        ends_by: Signal,
        ready: &str,
    ) -> (Self, u16) {
        // Between asking for a free port and taking it someone else may have it.
        for _ in 0..5 {
            let port = match port {
                0 => free_port(),
                port => port,
            };
            let mut server = Self::start(name, &mut command(port), ends_by);
            if server.line_with(ready).is_some() {
                return (server, port);
            }
            let log = server.wait().1.join("\n");
            assert!(log.contains("Address already in use"), "{name}: {log}");
        }
        panic!("{name} found no free port");
    }

    /// The next line that contains `sign`; `None` if the program ends without one.
    pub fn line_with(&mut self, sign: &str) -> Option<String> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            match self.lines.recv_timeout(deadline - Instant::now()) {
                Ok(line) => {
                    self.log.push(line.clone());
                    if line.contains(sign) {
                        return Some(line);
                    }
                }
                Err(RecvTimeoutError::Disconnected) => return None,
                Err(RecvTimeoutError::Timeout) => {
                    panic!("{} does not say {sign:?}: {:#?}", self.name, self.log)
                }
            }
        }
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    pub fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    pub fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).expect("it is our child, and was not waited for");
    }

    /// Waits for its end, and returns all that it has said. Its output ends when
    /// its last process does, so children that it leaves behind are waited for.
    pub fn wait(&mut self) -> (ExitStatus, &[String]) {
        self.until_quiet()
            .unwrap_or_else(|()| panic!("{} does not end: {:#?}", self.name, self.log));
        let status = self.child.wait().expect("it can be waited for");
        (status, &self.log)
    }

    /// Ends it in an orderly way.
    pub fn stop(&mut self) -> ExitStatus {
        self.signal(self.ends_by);
        self.wait().0
    }

    pub fn log(&self) -> &[String] {
        &self.log
    }

    fn until_quiet(&mut self) -> Result<(), ()> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            match self.lines.recv_timeout(deadline - Instant::now()) {
                Ok(line) => self.log.push(line),
                Err(RecvTimeoutError::Disconnected) => return Ok(()),
                Err(RecvTimeoutError::Timeout) => return Err(()),
            }
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        if !matches!(self.child.try_wait(), Ok(None)) {
            return;
        }
        if thread::panicking() {
            _ = writeln!(io::stderr(), "{} has said: {:#?}", self.name, self.log);
        }
        self.signal(self.ends_by);
        if self.until_quiet().is_err() {
            _ = self.child.kill();
        }
        _ = self.child.wait();
    }
}

fn free_port() -> u16 {
    let probe = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
    probe.local_addr().expect("it is bound").port()
}

/// Sends the lines of `output` on, for as long as someone is there to take them;
/// after that it reads on, so that the program is never held up.
fn forward(output: impl Read + Send + 'static, lines: Sender<String>) {
    thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            _ = lines.send(line);
        }
    });
}

/// The folder that holds all of `programs`: one of PATH, or one of `others`. Without
/// one the test is to be skipped, and this has said so in one line.
///
/// `BUZZER_SERVERS=require` makes that a failure; `BUZZER_SERVERS=skip` skips in any
/// case.
pub fn folder_with(programs: &[&str], package: &str, others: Vec<PathBuf>) -> Option<PathBuf> {
    let wanted = env::var("BUZZER_SERVERS").unwrap_or_default();
    let folders = env::split_paths(&env::var_os("PATH").unwrap_or_default())
        .chain(others)
        .find(|folder| programs.iter().all(|name| folder.join(name).is_file()));
    match (wanted.as_str(), folders) {
        ("" | "require", Some(folder)) => return Some(folder),
        ("require", None) => panic!("no {} found (apt-get install {package})", programs[0]),
        ("" | "skip", _) => {}
        (other, _) => panic!("BUZZER_SERVERS is {other:?}: it can be require or skip"),
    }
    let why = match wanted.as_str() {
        "skip" => String::from("BUZZER_SERVERS=skip"),
        _ => format!("no {} found (apt-get install {package})", programs[0]),
    };
    let thread = thread::current();
    let test = thread.name().unwrap_or("a test");
    // Not by `eprintln!`, whose lines the test's runner keeps to itself.
    _ = writeln!(io::stderr(), "skipped {test}: {why}");
    None
}
