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
use std::net::{Ipv4Addr, TcpListener};
use std::os::fd::{AsFd, AsRawFd as _, OwnedFd};
use std::process::Command;
use std::thread;

use anyhow::{bail, ensure};
use rustix::event::{EventfdFlags, epoll, eventfd};
use rustix::io::{Errno, write};
use rustix::net::sockopt::set_tcp_nodelay;
use rustix::net::{RecvFlags, SendFlags, SocketFlags, accept_with, recv, send};

use crate::Peer;
use crate::load::echo::Address;
use crate::load::{BUFFER, Came, Load, WRK_CONNECTIONS, allow_descriptors};
use crate::rows::Row;
use crate::setting::Setting;

pub const PEER: Peer = Peer {
    name: "bare epoll",
    run,
    grow: |_, _, _| bail!("only runtimes grow"),
    hold: |_, _, _| bail!("only runtimes are weighed"),
};

fn run(row: Row, setting: &Setting) -> anyhow::Result<f64> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let address = listener.local_addr()?;
    let (answer, load) = match (row, row.echo(setting)) {
        (_, Some(counts)) => {
            allow_descriptors(counts.active + counts.idle)?;
            let program = Command::new(&setting.echo_load);
            let load = Load::echo(program, &Address::Tcp(address), counts)?;
            (None, load)
        }
        (Row::Http, None) => {
            let load = Load::wrk(address, WRK_CONNECTIONS, setting.wrk_time())?;
            (Some(HELLO), load)
        }
        _ => bail!("there is no such row without a runtime"),
    };
    serve(listener, answer, &load)?.nanos()
}

/// As long as hyper's answer to the same request, and with the same fields.
pub const HELLO: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 13\r\n\
    date: Thu, 01 Jan 1970 00:00:00 GMT\r\n\r\nHello, world!";

/// Sends back what comes, or `answer` in its place, on all connections to a socket that
/// listens, until the load has its figures.
///
/// # Errors
///
/// If a call fails, or the load.
pub fn serve(
    listener: impl Into<OwnedFd>,
    answer: Option<&'static [u8]>,
    load: &Load,
) -> anyhow::Result<Came> {
    let mut server = Server {
        poller: Poller::new()?,
        listener: listener.into(),
        connections: Vec::new(),
        answer,
        buffer: [0; BUFFER],
    };
    server.poller.watch(&server.listener, LISTENER)?;
    until_came(load, |ended| {
        server.poller.watch(ended, ENDED)?;
        server.serve()
    })
}

/// Has `serve` serve until what it is given can be read: the load then has its figures.
///
/// # Errors
///
/// If one of both fails.
pub fn until_came(
    load: &Load,
    serve: impl FnOnce(&OwnedFd) -> anyhow::Result<()>,
) -> anyhow::Result<Came> {
    let ended = eventfd(0, EventfdFlags::CLOEXEC)?;
    thread::scope(|scope| {
        let waiting = scope.spawn(|| {
            let came = load.wait();
            write(&ended, &1u64.to_ne_bytes())?;
            came
        });
        serve(&ended)?;
        waiting.join().expect("it only waits")
    })
}

/// An epoll.
#[derive(Debug)]
pub struct Poller(OwnedFd);

/// Room for what it tells at a time.
pub type Events = [MaybeUninit<epoll::Event>; 1024];

impl Poller {
    /// # Errors
    ///
    /// If there is none to be had.
    pub fn new() -> rustix::io::Result<Poller> {
        epoll::create(epoll::CreateFlags::CLOEXEC).map(Poller)
    }

    /// Level-triggered, for what comes seldom.
    ///
    /// # Errors
    ///
    /// If the kernel can't.
    pub fn watch(&self, fd: impl AsFd, data: u64) -> rustix::io::Result<()> {
        let data = epoll::EventData::new_u64(data);
        epoll::add(&self.0, fd, data, epoll::EventFlags::IN)
    }

    /// Edge-triggered: what is told has to be gone into until there is no more, and room to
    /// write is told only after there was none.
    ///
    /// # Errors
    ///
    /// If the kernel can't.
    pub fn watch_edges(
        &self,
        fd: impl AsFd,
        data: u64,
        interest: epoll::EventFlags,
    ) -> rustix::io::Result<()> {
        let data = epoll::EventData::new_u64(data);
        epoll::add(&self.0, fd, data, interest | epoll::EventFlags::ET)
    }

    /// Waits, and gives the data of each event.
    ///
    /// # Errors
    ///
    /// If the kernel can't.
    pub fn wait<'a>(
        &self,
        events: &'a mut Events,
    ) -> rustix::io::Result<impl Iterator<Item = u64> + use<'a>> {
        let (events, _) = epoll::wait(&self.0, &mut events[..], None)?;
        Ok(events.iter().map(|event| event.data.u64()))
    }
}

/// What an event's data says. A connection's is its descriptor's number.
const LISTENER: u64 = u64::MAX;
const ENDED: u64 = u64::MAX - 1;

struct Server {
    poller: Poller,
    listener: OwnedFd,
    /// By their descriptors' numbers.
    connections: Vec<Option<OwnedFd>>,
    /// What is sent back in place of what came.
    answer: Option<&'static [u8]>,
    buffer: [u8; BUFFER],
}

impl Server {
    fn serve(&mut self) -> anyhow::Result<()> {
        let mut events = [MaybeUninit::uninit(); 1024];
        loop {
            for data in self.poller.wait(&mut events)? {
                match data {
                    LISTENER => self.accept()?,
                    ENDED => return Ok(()),
                    connection => self.answer(connection as usize)?,
                }
            }
        }
    }

    fn accept(&mut self) -> anyhow::Result<()> {
        let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
        let stream = accept_with(&self.listener, flags)?;
        // It is none of a Unix socket's options.
        match set_tcp_nodelay(&stream, true) {
            Ok(()) | Err(Errno::OPNOTSUPP) => {}
            Err(error) => return Err(error.into()),
        }
        let index = stream.as_raw_fd() as usize;
        let interest = epoll::EventFlags::IN | epoll::EventFlags::RDHUP;
        self.poller.watch_edges(&stream, index as u64, interest)?;
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
        let answer = self.answer.unwrap_or(&self.buffer[..length]);
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
