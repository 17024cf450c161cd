//! The processes of the crowd: their life, and what they tell.
//!
//! Owns the server and the clients, which end with it whatever happens, and the threads that
//! read what they tell. A crowd in which no thread of any process runs stands still: then
//! those on buzzer dump who waits for what.

use std::collections::HashSet;
use std::fs;
use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::records::{Book, Record};
use crate::watch::Watched;

/// Without a word for so long, it is looked whether anybody runs. What is decided is so by
/// what is seen then.
const LOOK_AFTER: Duration = Duration::from_millis(500);

/// The server's number among the processes. Clients count from 1.
const SERVER: u64 = 0;

enum Told {
    Of(u64, Record),
    Ended(u64),
}

struct Process {
    number: u64,
    kind: &'static str,
    child: Child,
    stdin: Option<ChildStdin>,
}

impl Process {
    /// Gives the first line that it says, if it is the server.
    fn start(
        kind: &'static str,
        number: u64,
        words: &[String],
        tell: &Sender<Told>,
    ) -> (Self, String) {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(words)
            .env("BUZZER_DUMP", "USR1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let stdin = child.stdin.take();
        let process = Self {
            number,
            kind,
            child,
            stdin,
        };
        let mut line = String::new();
        if number == SERVER {
            stdout.read_line(&mut line).unwrap();
        }
        let tell = tell.clone();
        thread::spawn(move || {
            while let Some(record) = Record::read(&mut stdout) {
                let _ = tell.send(Told::Of(number, record));
            }
            let _ = tell.send(Told::Ended(number));
        });
        (process, line)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // One that was waited for is not there to be killed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(super) struct Processes {
    server: Process,
    /// Its end tells the server to end.
    control: TcpStream,
    clients: Vec<Process>,
    addresses: Vec<String>,
    connections: u64,
    started: u64,
    tell: Sender<Told>,
    told: Receiver<Told>,
    book: Book,
    killed: u64,
    watched: Watched,
}

impl Processes {
    pub(super) fn start<const N: usize>(
        kinds: [&'static str; N],
        connections: u64,
        listeners: u64,
    ) -> Self {
        let (tell, told) = mpsc::channel();
        let words = ["crowd-server".to_owned(), listeners.to_string()];
        let (server, line) = Process::start("server", SERVER, &words, &tell);
        let mut addresses: Vec<_> = line.split_whitespace().map(str::to_owned).collect();
        assert_eq!(
            addresses.len() as u64,
            listeners + 1,
            "where the server listens: {line:?}"
        );
        let control: SocketAddr = addresses.remove(0).parse().unwrap();
        let mut crowd = Self {
            server,
            control: TcpStream::connect(control).unwrap(),
            clients: Vec::new(),
            addresses,
            connections,
            started: 0,
            tell,
            told,
            book: Book::default(),
            killed: 0,
            watched: Watched::with([]),
        };
        for kind in kinds {
            let client = crowd.client(kind);
            crowd.clients.push(client);
        }
        crowd.watch();
        crowd
    }

    fn client(&mut self, kind: &'static str) -> Process {
        self.started += 1;
        let (number, connections) = (self.started, self.connections);
        let words = ["crowd-client", kind].map(str::to_owned).into_iter();
        let words = words.chain([number.to_string(), connections.to_string()]);
        let words: Vec<_> = words.chain(self.addresses.iter().cloned()).collect();
        Process::start(kind, number, &words, &self.tell).0
    }

    /// From here on those that live are watched.
    fn watch(&mut self) {
        let living = self.clients.iter().chain([&self.server]);
        self.watched = Watched::with(living.map(|it| it.child.id()));
    }

    /// Until its clients have told of so many sessions.
    pub(super) fn go_on_for(&mut self, sessions: u64) {
        let mut left = sessions;
        while left > 0 {
            left -= u64::from(self.next_of_client());
        }
    }

    pub(super) fn go_on_until(&mut self, end: Instant) {
        while Instant::now() < end {
            self.next_of_client();
        }
    }

    /// Whether the next that was told is of a session's end at a client.
    fn next_of_client(&mut self) -> bool {
        match self.next() {
            None => false,
            Some(Told::Of(number, record)) => {
                self.take_in(number, record);
                number != SERVER
            }
            Some(Told::Ended(number)) => panic!("process {number} has ended before its time"),
        }
    }

    /// What comes next. `None` is nothing yet, while somebody runs.
    fn next(&mut self) -> Option<Told> {
        match self.told.recv_timeout(LOOK_AFTER) {
            Ok(told) => Some(told),
            Err(RecvTimeoutError::Timeout) if self.stands_still() => self.dump(),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => unreachable!("a sender is kept"),
        }
    }

    /// Whether nobody will do anything, nor the kernel by itself, which sends
    /// again what was lost (01), and asks whether there is room (04).
    fn stands_still(&mut self) -> bool {
        let table = fs::read_to_string("/proc/net/tcp").unwrap();
        let ports = self.addresses.iter().filter_map(|it| it.rsplit_once(':'));
        let ports: HashSet<u16> = ports.map(|(_, port)| port.parse().unwrap()).collect();
        let port = |address: &str| u16::from_str_radix(address.rsplit_once(':')?.1, 16).ok();
        let sends_again = table.lines().skip(1).any(|line| {
            let fields: Vec<_> = line.split_whitespace().collect();
            let ours = fields[1..3].iter().filter_map(|it| port(it));
            ["01", "04"]
                .iter()
                .any(|timer| fields[5].starts_with(timer))
                && ours.into_iter().any(|it| ports.contains(&it))
        });
        self.watched.stands_still() && !sends_again
    }

    fn take_in(&mut self, number: u64, record: Record) {
        match number {
            SERVER => self.book.server_says(record),
            _ => self.book.client_says(record),
        }
    }

    /// Takes in what a process has told before its end.
    fn until_the_end_of(&mut self, process: u64) {
        loop {
            match self.next() {
                None => {}
                Some(Told::Of(number, record)) => self.take_in(number, record),
                Some(Told::Ended(number)) if number == process => return,
                Some(Told::Ended(number)) => panic!("process {number} has ended before its time"),
            }
        }
    }

    /// Kills the client at this place, and has another one come.
    pub(super) fn replace(&mut self, place: usize) {
        let mut client = self.clients.remove(place);
        client.child.kill().unwrap();
        client.child.wait().unwrap();
        self.watch();
        self.until_the_end_of(client.number);
        self.book.is_killed(client.number);
        self.killed += self.connections;
        let next = self.client(client.kind);
        self.clients.insert(place, next);
        self.watch();
    }

    /// Has all finish: the clients, and then the server, who finds nothing left. Gives what
    /// was told, and how many connections were those of clients that were killed.
    pub(super) fn end(mut self) -> (Book, u64) {
        // All at once, but one is awaited after the other.
        self.clients
            .iter_mut()
            .for_each(|client| drop(client.stdin.take()));
        let mut running: Vec<_> = self.clients.iter().map(|client| client.number).collect();
        while !running.is_empty() {
            match self.next() {
                None => {}
                Some(Told::Of(number, record)) => self.take_in(number, record),
                Some(Told::Ended(number)) => {
                    running.retain(|&it| it != number);
                    let place = self.clients.iter().position(|it| it.number == number);
                    let mut client = self.clients.remove(place.expect("it is a client"));
                    let status = client.child.wait().unwrap();
                    assert!(
                        status.success(),
                        "client {number} on {}: {status}",
                        client.kind
                    );
                    self.watch();
                }
            }
        }
        self.control.shutdown(std::net::Shutdown::Both).unwrap();
        self.until_the_end_of(SERVER);
        let status = self.server.child.wait().unwrap();
        assert!(status.success(), "the server: {status}");
        (self.book, self.killed)
    }

    /// Nobody can go on. Tells what is known of it, and ends.
    fn dump(&mut self) -> ! {
        eprintln!("a stall: every thread of every process sleeps, and sessions are not over");
        self.watched.tell();
        for process in self.clients.iter().chain([&self.server]) {
            if ["server", "buzzer"].contains(&process.kind) {
                eprintln!(
                    "{} (process {}) is asked:",
                    process.kind,
                    process.child.id()
                );
                let _ = kill_process(Pid::from_child(&process.child), Signal::USR1);
            }
        }
        // They tell it on standard error, and then sleep again.
        while !self.watched.stands_still() {
            thread::sleep(LOOK_AFTER);
        }
        panic!("the crowd stands still");
    }
}
