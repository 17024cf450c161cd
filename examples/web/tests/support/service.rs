//! The built `service`, started for a test at a free port, and raw clients for it.
//!
//! Needs `mod program` at the root of the test.
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::collections::{HashMap, HashSet};
use std::fs;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::Command;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::program::Program;

/// How long an answer may take; only a failing test waits so long.
pub const PATIENCE: Duration = Duration::from_secs(30);

pub struct Service {
    pub program: Program,
    pub address: SocketAddr,
}

impl Service {
    pub fn start(arguments: &[&str]) -> Self {
        Self::start_with(arguments, &[])
    }

    pub fn start_with(arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_service"));
        if !arguments.contains(&"--listen") {
            command.args(["--listen", "127.0.0.1:0"]);
        }
        command.args(arguments);
        command.env_remove("DATABASE_URL").env_remove("REDIS_URL");
        command.envs(variables.iter().copied());
        let mut program = Program::start("service", &mut command, Signal::TERM);
        let line = program.line_with("listening on http://");
        let line = line.unwrap_or_else(|| panic!("{:?}", program.log()));
        let (_, address) = line.split_once("http://").expect("it was looked for");
        Self {
            address: address.parse().expect("it says an address"),
            program,
        }
    }

    pub fn connect(&self) -> Client {
        Client::connect(self.address)
    }

    /// One request on a connection of its own.
    pub fn ask(&self, method: &str, path: &str, body: &[u8]) -> Answer {
        let mut client = self.connect();
        client.send(&request(method, path, &["connection: close"], body));
        client.answer()
    }

    pub fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, b"")
    }

    /// Asks until `path` is answered with `status`: where a time is set that a busy
    /// machine may exceed, one answer alone tells nothing.
    pub fn wait_for(&self, path: &str, status: u16) {
        let deadline = Instant::now() + PATIENCE;
        while self.get(path).status != status {
            assert!(Instant::now() < deadline, "{path} is not {status}");
        }
    }

    /// How many it has, but for the timer that its runtime makes with the first deadline.
    pub fn descriptors(&self) -> usize {
        let folder = format!("/proc/{}/fd", self.program.id());
        let open = fs::read_dir(folder).expect("it runs").flatten();
        let is_timer =
            |path| fs::read_link(path).is_ok_and(|of| of.to_string_lossy().ends_with("[timerfd]"));
        open.filter(|entry| !is_timer(entry.path())).count()
    }

    /// The limit under which it can open `free` descriptors more. A limit is on their numbers,
    /// and not on how many there are: what the process inherited may lie far above it.
    pub fn limit_that_leaves(&self, free: usize) -> u64 {
        let folder = format!("/proc/{}/fd", self.program.id());
        let names = fs::read_dir(folder).expect("it runs").flatten();
        let names = names.filter_map(|entry| entry.file_name().into_string().ok());
        let taken: HashSet<u64> = names.filter_map(|name| name.parse().ok()).collect();
        let mut unused = (0..).filter(|number| !taken.contains(number));
        unused.nth(free).expect("numbers do not end")
    }

    /// Waits until it has at most `count` descriptors, and no longer than patience
    /// allows: the end of a connection is not told to anybody.
    pub fn wait_for_descriptors(&self, count: usize) {
        let deadline = Instant::now() + PATIENCE;
        while self.descriptors() > count {
            assert!(
                Instant::now() < deadline,
                "{} descriptors, not {count}",
                self.descriptors()
            );
            std::thread::yield_now();
        }
    }

    /// The processor time it has used so far.
    pub fn processor_time(&self) -> Duration {
        let path = format!("/proc/{}/schedstat", self.program.id());
        let text = fs::read_to_string(path).expect("it runs");
        let nanoseconds = text.split(' ').next().expect("it has three numbers");
        Duration::from_nanos(nanoseconds.parse().expect("a number"))
    }
}

/// A request with its header, and the length of its body if it has one.
pub fn request(method: &str, path: &str, headers: &[&str], body: &[u8]) -> Vec<u8> {
    let mut text = format!("{method} {path} HTTP/1.1\r\nhost: service\r\n");
    for header in headers {
        text += &format!("{header}\r\n");
    }
    if !body.is_empty() {
        text += &format!("content-length: {}\r\n", body.len());
    }
    let mut bytes = (text + "\r\n").into_bytes();
    bytes.extend_from_slice(body);
    bytes
}

/// A connection on which a test sends what it likes.
pub struct Client {
    pub stream: TcpStream,
    /// Received, and not yet part of an answer.
    received: Vec<u8>,
}

impl Client {
    pub fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).expect("it listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("not zero");
        Self {
            stream,
            received: Vec::new(),
        }
    }

    pub fn send(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).expect("it takes the request");
    }

    /// The next answer.
    pub fn answer(&mut self) -> Answer {
        self.try_answer().expect("an answer")
    }

    /// The next answer; an error if the connection ends before one is complete.
    pub fn try_answer(&mut self) -> io::Result<Answer> {
        let end = loop {
            match find(&self.received, b"\r\n\r\n") {
                Some(end) => break end + 4,
                None => self.receive()?,
            }
        };
        let head: Vec<u8> = self.received.drain(..end).collect();
        let head = String::from_utf8(head).expect("a head is text");
        let mut lines = head.lines();
        let first = lines.next().expect("a head has a first line");
        let status = first.split(' ').nth(1).and_then(|code| code.parse().ok());
        let headers: HashMap<_, _> = lines
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        let length = headers.get("content-length");
        let length = length.map_or(0, |text| text.parse().expect("a number"));
        while self.received.len() < length {
            self.receive()?;
        }
        Ok(Answer {
            status: status.unwrap_or_else(|| panic!("no status in {first:?}")),
            headers,
            body: self.received.drain(..length).collect(),
        })
    }

    fn receive(&mut self) -> io::Result<()> {
        let mut buffer = [0; 16 * 1024];
        match self.stream.read(&mut buffer) {
            Ok(0) => Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(count) => {
                self.received.extend_from_slice(&buffer[..count]);
                Ok(())
            }
            // A read with a timeout is interrupted when the process is stopped and goes
            // on, without any handler (signal(7)). The caller asks again.
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Waits until the service has closed the connection, and says nothing more.
    pub fn assert_closed(&mut self) {
        let mut rest = Vec::new();
        match self.stream.read_to_end(&mut rest) {
            Ok(_) => assert_eq!(String::from_utf8_lossy(&rest), ""),
            // A close with data unread says so.
            Err(error) => assert_eq!(error.kind(), io::ErrorKind::ConnectionReset),
        }
    }
}

#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HashMap<String, String>,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn text(&self) -> &str {
        str::from_utf8(&self.body).expect("it is text")
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }
}

fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    text.windows(part.len()).position(|window| window == part)
}
