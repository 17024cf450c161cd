//! The client of the crowd without any runtime: std's sockets and poll(2).
//!
//! Owns the sessions of a process that has no library in common with the server.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};

use fastrand::Rng;
use rustix::event::{PollFd, PollFlags};

use super::caller::Caller;
use super::records::{Ended, Record};
use super::stream::{Echo, End, HELLO, Manner, Plan};

struct Connection {
    stream: TcpStream,
    plan: Plan,
    echo: Echo,
    rng: Rng,
    /// With the session's number before it.
    sent: u64,
    is_shut: bool,
}

/// Holds so many connections, session after session, until it is told to finish.
pub fn call(caller: &Caller, connections: u64) {
    let begin = || {
        caller
            .next()
            .map(|it| Connection::begin(caller, it).unwrap())
    };
    let mut all: Vec<_> = (0..connections).filter_map(|_| begin()).collect();
    while !all.is_empty() {
        let mut polled: Vec<_> = all.iter().map(Connection::interest).collect();
        rustix::event::poll(&mut polled, None).unwrap();
        let ready: Vec<_> = polled.iter().map(PollFd::revents).collect();
        let mut left = Vec::with_capacity(all.len());
        for (mut connection, ready) in all.into_iter().zip(ready) {
            if ready.is_empty() || !connection.go_on(ready) {
                left.push(connection);
                continue;
            }
            connection.tell();
            left.extend(begin());
        }
        all = left;
    }
}

impl Connection {
    fn begin(caller: &Caller, (plan, address): (Plan, std::net::SocketAddr)) -> io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        caller.prepare(&stream, &plan);
        stream.set_nonblocking(true)?;
        Ok(Self {
            stream,
            plan,
            echo: Echo::of(plan),
            rng: Rng::with_seed(!plan.session),
            sent: 0,
            is_shut: false,
        })
    }

    fn interest(&self) -> PollFd<'_> {
        let back = HELLO as u64 + self.echo.received();
        let (reads, writes) = match self.plan.manner {
            _ if self.is_shut => (true, false),
            Manner::Flood => (true, true),
            // A slow one doesn't wait until it may write: it tries, once in a while, for the
            // server may have no room before something was read.
            Manner::Lockstep | Manner::Slow => (back < self.sent, back >= self.sent),
        };
        let mut flags = PollFlags::empty();
        flags.set(PollFlags::IN, reads);
        flags.set(PollFlags::OUT, writes);
        PollFd::new(&self.stream, flags)
    }

    /// Whether the session is over.
    fn go_on(&mut self, ready: PollFlags) -> bool {
        let done = match ready.contains(PollFlags::OUT) {
            true if self.plan.manner == Manner::Slow => self.write_on(),
            true => self.write().map(drop),
            false => Ok(()),
        };
        let over = done.and_then(|()| match ready.contains(PollFlags::IN) {
            true => self.read(),
            false if ready.intersects(PollFlags::ERR | PollFlags::HUP) => self.read(),
            false => Ok(false),
        });
        over.unwrap_or_else(|error| panic!("{:?}: {error}", self.plan))
    }

    /// Writes until it can't.
    fn write_on(&mut self) -> io::Result<()> {
        while !self.is_shut && self.write()? {}
        Ok(())
    }

    /// Whether there may be room for more.
    fn write(&mut self) -> io::Result<bool> {
        let hello = HELLO as u64;
        let all = hello + self.plan.length;
        let size = self.rng.u64(1..8_192).min(all - self.sent) as usize;
        let mut piece = vec![0; size];
        let from_hello = hello.saturating_sub(self.sent).min(size as u64) as usize;
        let (of_hello, of_stream) = piece.split_at_mut(from_hello);
        of_hello.copy_from_slice(&self.plan.hello()[self.sent.min(hello) as usize..][..from_hello]);
        self.plan.fill(self.sent.saturating_sub(hello), of_stream);
        let written = match self.stream.write(&piece) {
            Ok(written) => written,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => 0,
            Err(error) => return Err(error),
        };
        self.sent += written as u64;
        if self.sent == all {
            self.stream.shutdown(Shutdown::Write)?;
            self.is_shut = true;
        }
        Ok(written == size)
    }

    fn read(&mut self) -> io::Result<bool> {
        let mut buffer = [0; 4_096];
        let room = match self.plan.manner {
            Manner::Slow => self.rng.usize(1..=700),
            _ => self.rng.usize(1..=buffer.len()),
        };
        match self.stream.read(&mut buffer[..room]) {
            Ok(read) => {
                self.echo.take(&buffer[..read]);
                if self.plan.manner == Manner::Slow && self.rng.u32(..8) == 0 {
                    self.write_on()?;
                }
                Ok(read == 0 || self.echo.is_over())
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn tell(&self) {
        let ended = match self.plan.end {
            End::Clean => Ended::Clean,
            End::Closed(_) | End::Reset(_) => Ended::Cut,
        };
        Record {
            session: self.plan.session,
            received: self.echo.received(),
            sent: self.sent - HELLO as u64,
            ended,
        }
        .tell();
    }
}
