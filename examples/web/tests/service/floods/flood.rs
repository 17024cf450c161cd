//! One hostile client, connection after connection.
//!
//! Owns [`Flood`], what it sends and counts, and [`Course`], by which others see where it is.

use std::io::{self, Read, Write};
use std::mem;
use std::net::{Shutdown, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use crate::service::{PATIENCE, Service};

/// Bytes that each connection sends at least if nobody stops it.
const LENGTH: usize = 8 << 20;

/// After how many bytes it is a flood.
const UNDER_WAY: usize = 1 << 20;

/// How many times [`LENGTH`] it is.
fn times() -> usize {
    let times = std::env::var("FLOODS").ok();
    times.map_or(1, |times| times.parse().expect("FLOODS is a number"))
}

/// What it sends.
pub struct Flood<'a> {
    pub begin: &'a [u8],
    pub again: &'a [u8],
    /// For one that is taken in.
    pub rest: Option<Rest<'a>>,
}

/// How a flood ends that is taken in, and how that is seen.
pub struct Rest<'a> {
    /// Sent last.
    pub end: &'a [u8],
    /// What only the answer to `end` has.
    pub last: &'a [u8],
    /// What is counted in all that the service says.
    pub answer: &'a [u8],
}

/// What became of one connection.
pub struct Outcome {
    /// How often [`Flood::again`] was sent.
    pub times: usize,
    /// Whether all was sent, or why not.
    pub sent: io::Result<()>,
    pub heard: Heard,
}

/// What the service said.
pub struct Heard {
    /// The first of it and the last.
    pub said: Vec<u8>,
    /// How often [`Rest::answer`] was in it.
    pub answers: usize,
    /// Whether the service ended it in order, or how else.
    pub end: io::Result<()>,
}

/// Where a flood is, for who looks on.
#[derive(Default)]
pub struct Course {
    /// How many of its connections have got under way, and how many of those have ended.
    changes: AtomicUsize,
}

impl Course {
    /// By which of its connections it is under way, if by any.
    pub fn under_way(&self) -> Option<usize> {
        let changes = self.changes.load(Ordering::SeqCst);
        (changes % 2 == 1).then_some(changes)
    }

    fn change(&self) {
        self.changes.fetch_add(1, Ordering::SeqCst);
    }
}

impl Flood<'_> {
    /// Sends it by one connection, until the service won't have it or enough was sent and
    /// `is_over`. What the service says is read all the time.
    pub fn run(&self, service: &Service, course: &Course, is_over: &AtomicBool) -> Outcome {
        let stream = TcpStream::connect(service.address).expect("it listens");
        stream.set_write_timeout(Some(PATIENCE)).expect("not zero");
        stream.set_read_timeout(Some(PATIENCE)).expect("not zero");
        let written = AtomicUsize::new(0);
        thread::scope(|scope| {
            let reader = scope.spawn(|| self.read(&stream, &written));
            let mut writer = Writer {
                stream: &stream,
                course,
                written: &written,
            };
            let mut times = 0;
            let sent = self.send(&mut writer, is_over, &mut times);
            drop(writer);
            // After the last answer: hyper takes it for the client's end.
            if self.rest.is_none() {
                _ = stream.shutdown(Shutdown::Write);
            }
            let heard = reader.join().expect("it reads to the end");
            Outcome { times, sent, heard }
        })
    }

    fn send(
        &self,
        writer: &mut Writer<'_>,
        is_over: &AtomicBool,
        sent: &mut usize,
    ) -> io::Result<()> {
        writer.write(self.begin)?;
        let least = LENGTH * times() / self.again.len();
        while *sent < least || !is_over.load(Ordering::SeqCst) {
            writer.write(self.again)?;
            *sent += 1;
        }
        match &self.rest {
            Some(rest) => writer.write(rest.end),
            None => Ok(()),
        }
    }

    /// A service that takes in more need not say anything yet: so it has failed to answer when
    /// it has done neither for as long as the stream waits.
    fn read(&self, mut stream: &TcpStream, written: &AtomicUsize) -> Heard {
        let mut taken_in = 0;
        let mut said = Vec::new();
        let mut answers = 0;
        let mut bytes = [0; 64 << 10];
        let end = loop {
            let count = match stream.read(&mut bytes) {
                Ok(0) => break Ok(()),
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => {
                    let before = mem::replace(&mut taken_in, written.load(Ordering::SeqCst));
                    if error.kind() == io::ErrorKind::WouldBlock && taken_in > before {
                        continue;
                    }
                    break Err(error);
                }
            };
            said.extend_from_slice(&bytes[..count]);
            if let Some(rest) = &self.rest {
                answers += occurrences(new(&said, count, rest.answer), rest.answer);
                if occurrences(new(&said, count, rest.last), rest.last) > 0 {
                    _ = stream.shutdown(Shutdown::Write);
                }
            }
            // All of it would be hundreds of MiB.
            if said.len() > 3 << 20 {
                said.drain(1 << 20..2 << 20);
            }
        };
        Heard { said, answers, end }
    }
}

/// Where `part` can be that has not been there without the last `count` bytes of `said`.
fn new<'a>(said: &'a [u8], count: usize, part: &[u8]) -> &'a [u8] {
    &said[said.len().saturating_sub(count + part.len() - 1)..]
}

pub fn occurrences(said: &[u8], part: &[u8]) -> usize {
    said.windows(part.len()).filter(|it| *it == part).count()
}

/// One connection's way out, which tells when it is a flood, and when it is none any more.
struct Writer<'a> {
    stream: &'a TcpStream,
    course: &'a Course,
    written: &'a AtomicUsize,
}

impl Writer<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        for part in bytes.chunks(64 << 10) {
            self.stream.write_all(part)?;
            let before = self.written.fetch_add(part.len(), Ordering::SeqCst);
            if before < UNDER_WAY && before + part.len() >= UNDER_WAY {
                self.course.change();
            }
        }
        Ok(())
    }
}

impl Drop for Writer<'_> {
    fn drop(&mut self) {
        if self.written.load(Ordering::SeqCst) >= UNDER_WAY {
            self.course.change();
        }
    }
}
