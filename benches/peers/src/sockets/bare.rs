//! No runtime: loops over epoll, as short as they can be, with direct calls. What the rows of
//! the network could come to at best. The echo and HTTP are those of the other bench.

use std::mem::MaybeUninit;
use std::net::{TcpListener, UdpSocket};
use std::os::fd::AsFd;
use std::os::unix::net::UnixListener;

use anyhow::{Context as _, ensure};
use benches::load::echo::Address;
use benches::load::{BUFFER, Came, Load};
use benches::on_bare::{self, HELLO, Poller, until_came};
use rustix::event::epoll::EventFlags;
use rustix::io::Errno;
use rustix::net::{RecvFlags, SendFlags, SocketFlags, accept_with, recv, recvfrom, send, sendto};

use super::ANY_PORT;
use crate::Figures;
use crate::load::{BLOCK, Demand, Kind, Transport};

/// What an event's data says. There is one socket in each loop.
const SOCKET: u64 = 0;
const ENDED: u64 = 1;

pub(crate) fn serve(demand: Demand) -> anyhow::Result<Figures> {
    let came = match demand.kind {
        Kind::Echo(Transport::Udp) => {
            let socket = UdpSocket::bind(ANY_PORT)?;
            let load = demand.start(&Address::Udp(socket.local_addr()?))?;
            echo_datagrams(&socket, &load)
        }
        Kind::Echo(Transport::Unix) => {
            let folder = tempfile::tempdir()?;
            let path = folder.path().join("socket");
            let listener = UnixListener::bind(&path)?;
            let load = demand.start(&Address::Unix(path))?;
            on_bare::serve(listener, None, &load)
        }
        _ => {
            let listener = TcpListener::bind(ANY_PORT)?;
            let load = demand.start(&Address::Tcp(listener.local_addr()?))?;
            match demand.kind {
                Kind::Accept => close_each(&listener, &load),
                Kind::StreamIn => read(&listener, demand.times, &load),
                Kind::StreamOut => write(&listener, demand.times, &load),
                Kind::Http => on_bare::serve(listener, Some(HELLO), &load),
                Kind::Echo(_) => on_bare::serve(listener, None, &load),
            }
        }
    };
    demand.figures(&came?)
}

/// Calls `ready` at each event of `socket`, until the load has its figures.
fn at_each_edge(
    socket: impl AsFd,
    interest: EventFlags,
    load: &Load,
    mut ready: impl FnMut() -> anyhow::Result<()>,
) -> anyhow::Result<Came> {
    let poller = Poller::new()?;
    poller.watch_edges(socket, SOCKET, interest)?;
    until_came(load, |ended| {
        poller.watch(ended, ENDED)?;
        let mut events = [MaybeUninit::uninit(); 1024];
        loop {
            for data in poller.wait(&mut events)? {
                match data {
                    SOCKET => ready()?,
                    _ => return Ok(()),
                }
            }
        }
    })
}

/// What a call gave; `None` if it would have had to wait.
fn unless_empty<T>(done: rustix::io::Result<T>) -> rustix::io::Result<Option<T>> {
    match done {
        Ok(done) => Ok(Some(done)),
        Err(Errno::AGAIN) => Ok(None),
        Err(error) => Err(error),
    }
}

fn close_each(listener: &TcpListener, load: &Load) -> anyhow::Result<Came> {
    listener.set_nonblocking(true)?;
    let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
    at_each_edge(listener, EventFlags::IN, load, || {
        while let Some(stream) = unless_empty(accept_with(listener, flags))? {
            drop(stream);
        }
        Ok(())
    })
}

fn echo_datagrams(socket: &UdpSocket, load: &Load) -> anyhow::Result<Came> {
    socket.set_nonblocking(true)?;
    let mut room = [0; BUFFER];
    at_each_edge(socket, EventFlags::IN, load, || {
        while let Some((length, _, from)) =
            unless_empty(recvfrom(socket, &mut room[..], RecvFlags::empty()))?
        {
            let from = from.context("a datagram without an address")?;
            let sent = sendto(socket, &room[..length], SendFlags::empty(), &from)?;
            ensure!(sent == length, "a datagram did not fit");
        }
        Ok(())
    })
}

fn read(listener: &TcpListener, blocks: usize, load: &Load) -> anyhow::Result<Came> {
    let (stream, _) = listener.accept()?;
    stream.set_nonblocking(true)?;
    let mut room = vec![0; BLOCK];
    let mut left = blocks * BLOCK;
    at_each_edge(&stream, EventFlags::IN, load, || {
        // One that fills a part of the room has emptied the connection.
        let mut length = BLOCK;
        while length == BLOCK && left > 0 {
            let read = recv(&stream, &mut room[..], RecvFlags::empty());
            let Some((read, _)) = unless_empty(read)? else {
                break;
            };
            ensure!(read > 0, "the stream ends {left} bytes early");
            length = read;
            left -= length;
            if left == 0 {
                send(&stream, &[0], SendFlags::NOSIGNAL)?;
            }
        }
        Ok(())
    })
}

fn write(listener: &TcpListener, blocks: usize, load: &Load) -> anyhow::Result<Came> {
    let (stream, _) = listener.accept()?;
    stream.set_nonblocking(true)?;
    let block = vec![0; BLOCK];
    let mut left = blocks * BLOCK;
    let mut is_asked = false;
    // At the byte that asks, and whenever there is room after there was none.
    at_each_edge(&stream, EventFlags::IN | EventFlags::OUT, load, || {
        if !is_asked {
            let read = recv(&stream, &mut [0; 1][..], RecvFlags::empty());
            is_asked = unless_empty(read)?.is_some();
        }
        while is_asked && left > 0 {
            // What is left of the block.
            let rest = &block[..(left - 1) % BLOCK + 1];
            let Some(sent) = unless_empty(send(&stream, rest, SendFlags::NOSIGNAL))? else {
                break;
            };
            left -= sent;
        }
        Ok(())
    })
}
