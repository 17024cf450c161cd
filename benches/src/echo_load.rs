//! Who asks the echo servers? A process of its own, so that the server has a core
//! for itself.
//!
//! `echo-load ADDRESS ACTIVE IDLE REQUESTS` makes that many connections, sends
//! messages of 64 bytes on the active ones, one at a time on each, and checks every
//! answer. It prints how many nanoseconds a request took, with all connections at it
//! at once, and then holds the connections until its standard input is closed.
//! `load.rs` starts it.
//!
//! It must not be what is measured, so it is as light as a loop over epoll can be:
//! edge-triggered, and nothing is asked twice. Each message has one answer, which
//! is there in full when epoll tells of it, or nearly: an answer in pieces is
//! waited for.

use std::env;
use std::io::{Read as _, Write as _};
use std::mem::MaybeUninit;
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use benches::load::{MESSAGE, allow_descriptors};
use rustix::event::epoll;
use rustix::net::sockopt;

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [address, counts @ ..] = arguments.as_slice() else {
        bail!("usage: echo-load ADDRESS ACTIVE IDLE REQUESTS");
    };
    let counts: Vec<usize> = counts
        .iter()
        .map(|count| count.parse())
        .collect::<Result<_, _>>()
        .context("the counts must be numbers")?;
    let &[active, idle, requests] = counts.as_slice() else {
        bail!("usage: echo-load ADDRESS ACTIVE IDLE REQUESTS");
    };
    let address: SocketAddr = address.parse()?;

    allow_descriptors(active + idle)?;
    let _idle: Vec<TcpStream> = connect(address, idle)?;
    let mut load = Load::new(connect(address, active)?)?;
    // Every connection once before the clock runs.
    load.make(active)?;
    let begin = Instant::now();
    load.make(requests)?;
    let nanos = begin.elapsed().as_nanos() as f64 / requests.max(1) as f64;
    println!("{nanos}");

    std::io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}

fn connect(address: SocketAddr, count: usize) -> anyhow::Result<Vec<TcpStream>> {
    (0..count)
        .map(|made| {
            let stream = TcpStream::connect(address)
                .with_context(|| format!("connecting number {}", made + 1))?;
            stream.set_nodelay(true)?;
            // Closed at once at the end, with nothing left in the kernel that the
            // next round would meet.
            sockopt::set_socket_linger(&stream, Some(Duration::ZERO))?;
            Ok(stream)
        })
        .collect()
}

struct Load {
    epoll: rustix::fd::OwnedFd,
    connections: Vec<TcpStream>,
    /// Counts the messages, so that each is a different one.
    sent: u64,
    /// What each connection was sent last.
    awaited: Vec<[u8; MESSAGE]>,
}

impl Load {
    fn new(connections: Vec<TcpStream>) -> anyhow::Result<Load> {
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        for (index, connection) in connections.iter().enumerate() {
            let data = epoll::EventData::new_u64(index as u64);
            epoll::add(
                &epoll,
                connection,
                data,
                epoll::EventFlags::IN | epoll::EventFlags::ET,
            )?;
        }
        Ok(Load {
            epoll,
            awaited: vec![[0; MESSAGE]; connections.len()],
            connections,
            sent: 0,
        })
    }

    /// Makes that many requests, with one on its way on each connection.
    fn make(&mut self, requests: usize) -> anyhow::Result<()> {
        let mut to_send = requests;
        let mut to_answer = requests;
        for index in 0..self.connections.len().min(requests) {
            self.send(index)?;
            to_send -= 1;
        }
        let mut events = [MaybeUninit::uninit(); 512];
        while to_answer > 0 {
            let (events, _) = epoll::wait(&self.epoll, &mut events, None)?;
            ensure!(
                events.len() <= to_answer,
                "more answers than requests, or a connection that was closed"
            );
            for event in events.iter() {
                let index = event.data.u64() as usize;
                self.receive(index)?;
                to_answer -= 1;
                if to_send > 0 {
                    self.send(index)?;
                    to_send -= 1;
                }
            }
        }
        Ok(())
    }

    fn send(&mut self, index: usize) -> anyhow::Result<()> {
        self.sent += 1;
        let message = &mut self.awaited[index];
        message[..8].copy_from_slice(&self.sent.to_ne_bytes());
        // A message fits into an empty socket.
        (&self.connections[index]).write_all(message)?;
        Ok(())
    }

    fn receive(&mut self, index: usize) -> anyhow::Result<()> {
        let mut answer = [0; MESSAGE];
        (&self.connections[index])
            .read_exact(&mut answer)
            .context("an answer did not come")?;
        ensure!(answer == self.awaited[index], "an answer was wrong");
        Ok(())
    }
}
