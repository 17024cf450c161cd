//! The servers without a runtime: a loop over epoll, as short as it can be. What the
//! runtimes' rows of sockets could come to at best.
//!
//! The echo sends back what it gets. For HTTP it sends the same answer to whatever
//! it gets, without reading it: what is left is the kernel's part, and wrk's.
//!
//! Edge-triggered: the kernel then need not look at each connection once more to
//! find that it is empty by now. Level-triggered it was as fast with 50 connections,
//! and 3 % slower with 500. A read
//! that fills a part of the buffer has emptied its connection, as in the runtimes;
//! so a message costs one `recv`, one `send`, and its part of an `epoll_wait`.

use std::mem::MaybeUninit;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::fd::{AsFd, AsRawFd as _, OwnedFd};
use std::thread;

use anyhow::{bail, ensure};
use rustix::event::{EventfdFlags, epoll, eventfd};
use rustix::io::{Errno, write};
use rustix::net::{RecvFlags, SendFlags, recv, send};

use crate::Peer;
use crate::load::{BUFFER, Counts, Load, WRK_CONNECTIONS, allow_descriptors};
use crate::rows::Row;
use crate::setting::Setting;

pub const PEER: Peer = Peer {
    name: "bare epoll",
    run,
    grow: |_, _, _| bail!("only runtimes grow"),
    hold: |_, _, _| bail!("only runtimes are weighed"),
};

fn run(row: Row, setting: &Setting) -> anyhow::Result<f64> {
    match (row, row.echo(setting)) {
        (_, Some(counts)) => echo(counts, setting),
        (Row::Http, None) => hello(setting),
        _ => bail!("there is no such row without a runtime"),
    }
}

fn echo(counts: Counts, setting: &Setting) -> anyhow::Result<f64> {
    allow_descriptors(counts.active + counts.idle)?;
    let server = Server::new(None)?;
    let load = Load::echo(&setting.echo_load, server.address()?, counts)?;
    serve(server, &load)
}

/// As long as hyper's answer to the same request, and with the same fields.
const HELLO: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 13\r\n\
    date: Thu, 01 Jan 1970 00:00:00 GMT\r\n\r\nHello, world!";

fn hello(setting: &Setting) -> anyhow::Result<f64> {
    let server = Server::new(Some(HELLO))?;
    let load = Load::wrk(server.address()?, WRK_CONNECTIONS, setting.wrk_time())?;
    serve(server, &load)
}

/// Serves until the load has its figure.
fn serve(mut server: Server, load: &Load) -> anyhow::Result<f64> {
    let ended = eventfd(0, EventfdFlags::CLOEXEC)?;
    server.watch(&ended, ENDED)?;
    thread::scope(|scope| {
        let waiting = scope.spawn(|| {
            let figure = load.wait();
            write(&ended, &1u64.to_ne_bytes())?;
            figure
        });
        server.serve()?;
        waiting.join().expect("it only waits")
    })
}

/// What an event's data says. A connection's is its descriptor's number.
const LISTENER: u64 = u64::MAX;
const ENDED: u64 = u64::MAX - 1;

struct Server {
    epoll: OwnedFd,
    listener: TcpListener,
    /// By their descriptors' numbers.
    connections: Vec<Option<TcpStream>>,
    /// What is sent back in place of what came.
    fixed: Option<&'static [u8]>,
    buffer: [u8; BUFFER],
}

impl Server {
    fn new(fixed: Option<&'static [u8]>) -> anyhow::Result<Server> {
        let server = Server {
            epoll: epoll::create(epoll::CreateFlags::CLOEXEC)?,
            listener: TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?,
            connections: Vec::new(),
            fixed,
            buffer: [0; BUFFER],
        };
        server.listener.set_nonblocking(true)?;
        server.watch(&server.listener, LISTENER)?;
        Ok(server)
    }

    fn address(&self) -> std::io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Level-triggered, for what comes seldom.
    fn watch(&self, fd: impl AsFd, data: u64) -> rustix::io::Result<()> {
        let data = epoll::EventData::new_u64(data);
        epoll::add(&self.epoll, fd, data, epoll::EventFlags::IN)
    }

    fn serve(&mut self) -> anyhow::Result<()> {
        let mut events = [MaybeUninit::uninit(); 1024];
        loop {
            let (events, _) = epoll::wait(&self.epoll, &mut events, None)?;
            for event in events.iter() {
                match event.data.u64() {
                    LISTENER => self.accept()?,
                    ENDED => return Ok(()),
                    connection => self.answer(connection as usize)?,
                }
            }
        }
    }

    fn accept(&mut self) -> anyhow::Result<()> {
        let (stream, _) = self.listener.accept()?;
        stream.set_nonblocking(true)?;
        stream.set_nodelay(true)?;
        let index = stream.as_raw_fd() as usize;
        let flags = epoll::EventFlags::IN | epoll::EventFlags::RDHUP | epoll::EventFlags::ET;
        let data = epoll::EventData::new_u64(index as u64);
        epoll::add(&self.epoll, &stream, data, flags)?;
        if self.connections.len() <= index {
            self.connections.resize_with(index + 1, || None);
        }
        self.connections[index] = Some(stream);
        Ok(())
    }

    /// The load sends the next message after the answer to the last, so there is
    /// never more than fits.
    fn answer(&mut self, index: usize) -> anyhow::Result<()> {
        let Some(stream) = &self.connections[index] else {
            bail!("an event of a connection that is closed");
        };
        let length = match recv(stream, &mut self.buffer, RecvFlags::empty()) {
            Ok((length, _)) => length,
            Err(error) => return self.left(index, error),
        };
        if length == 0 {
            self.connections[index] = None;
            return Ok(());
        }
        let answer = self.fixed.unwrap_or(&self.buffer[..length]);
        let sent = match send(stream, answer, SendFlags::NOSIGNAL) {
            Ok(sent) => sent,
            Err(error) => return self.left(index, error),
        };
        ensure!(
            sent == answer.len(),
            "a message did not fit into an empty socket"
        );
        Ok(())
    }
    /// wrk's time ends in the midst of its requests: it then closes connections with
    /// an answer unread, which resets them.
    fn left(&mut self, index: usize, error: Errno) -> anyhow::Result<()> {
        if !matches!(error, Errno::CONNRESET | Errno::PIPE) {
            return Err(error.into());
        }
        self.connections[index] = None;
        Ok(())
    }
}
