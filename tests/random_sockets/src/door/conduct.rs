//! Conducts a conversation at a listener, step by step.

use super::{Door, Guest, House, Step};
use crate::conduct::Account;
use crate::ends::{Place, on_a_thread};
use crate::on_buzzer::within;
use crate::system::{told, wait_for};
use buzzer::io::{AsyncReadExt, AsyncWriteExt};
use buzzer::net::{TcpListener, TcpStream, UnixListener, UnixSocket, UnixStream};
use futures::future::join;
use rustix::event::PollFlags;
use rustix::fd::{AsFd, BorrowedFd};
use rustix::net::sockopt;
use std::future::poll_fn;
use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::os::unix::net as std_unix;
use std::path::PathBuf;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

#[derive(Clone)]
enum Address {
    Tcp(SocketAddr),
    Unix(PathBuf),
}

#[derive(Clone)]
enum Listener {
    BlockingTcp(Arc<std::net::TcpListener>),
    BlockingUnix(Arc<std_unix::UnixListener>),
    Tcp(Arc<TcpListener>),
    Unix(Arc<UnixListener>),
}

enum Stream {
    BlockingTcp(std::net::TcpStream),
    BlockingUnix(std_unix::UnixStream),
    Tcp(TcpStream),
    Unix(UnixStream),
}

/// # Errors
///
/// What the system says where no conversation is part of it.
pub async fn conduct(door: &Door, places: [Place; 2]) -> io::Result<Account> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("door");
    let listener = opened(door.house, places[0], path.clone()).await?;
    let address = match &listener {
        Listener::BlockingTcp(listener) => Address::Tcp(listener.local_addr()?),
        Listener::Tcp(listener) => Address::Tcp(listener.local_addr()?),
        _ => Address::Unix(path),
    };
    let mut account = Account::new();
    let mut guests = Vec::new();
    for step in door.steps() {
        let line = match &step {
            Step::Knock(first, kinds) => {
                for (number, kind) in (*first..).zip(kinds) {
                    guests.extend(knock(&address, places[1], number, *kind).await?);
                }
                String::new()
            }
            Step::Meet(first, kinds, polls) => {
                let lets_in = async {
                    let mut told = Vec::new();
                    for _ in kinds {
                        told.push(let_in(&listener, *polls).await?);
                    }
                    io::Result::Ok(told.join(", "))
                };
                let knocks = async {
                    let mut guests = Vec::new();
                    for (number, kind) in (*first..).zip(kinds) {
                        guests.extend(knock(&address, places[1], number, *kind).await?);
                    }
                    io::Result::Ok(guests)
                };
                let (told, came) = join(lets_in, knocks).await;
                guests.extend(came?);
                told?
            }
            Step::Accept(polls) => let_in(&listener, *polls).await?,
            Step::AcceptAll(count) => all_who_are_there(&listener, *count).await?,
            Step::Nobody => nobody(&listener).await,
        };
        account.push(format!("{step:?}: {line}"));
    }
    // Who was not let in is told so.
    drop(listener);
    for guest in guests {
        account.push(format!("a guest {}", rest(guest).await));
    }
    for number in 0..door.late {
        account.push(format!("late: {}", late(&address, places[1], number).await));
    }
    Ok(account)
}

/// Who comes when the listener is gone. A port that is free again may be another program's by
/// then, for as long as that listens: a listener that is not gone lets in everybody.
async fn late(address: &Address, place: Place, number: u8) -> String {
    const STRANGERS: usize = 200;
    for _ in 0..STRANGERS {
        if let Err(error) = knock(address, place, number, Guest::Stays).await {
            return told(&error);
        }
        buzzer::task::yield_now().await;
    }
    "somebody is there".into()
}

async fn opened(house: House, place: Place, path: PathBuf) -> io::Result<Listener> {
    const ANY: &str = "127.0.0.1:0";
    Ok(match (house, place) {
        (House::Tcp, Place::Blocking) => {
            Listener::BlockingTcp(std::net::TcpListener::bind(ANY)?.into())
        }
        (House::Tcp, Place::Buzzer) => Listener::Tcp(TcpListener::bind(ANY).await?.into()),
        (House::UnixPath, Place::Buzzer) => Listener::Unix(UnixListener::bind(path)?.into()),
        (House::UnixNarrow, Place::Buzzer) => {
            let socket = UnixSocket::new_stream()?;
            socket.bind(path)?;
            Listener::Unix(socket.listen(0)?.into())
        }
        (_, Place::Blocking) => {
            let listener = std_unix::UnixListener::bind(path)?;
            if house == House::UnixNarrow {
                rustix::net::listen(&listener, 0)?;
            }
            Listener::BlockingUnix(listener.into())
        }
    })
}

/// Connects, says its number, and is still there if it is one that stays.
async fn knock(
    address: &Address,
    place: Place,
    number: u8,
    guest: Guest,
) -> io::Result<Option<Stream>> {
    let mut stream = match (address.clone(), place) {
        (Address::Tcp(address), Place::Blocking) => {
            let connect = move || std::net::TcpStream::connect(address);
            Stream::BlockingTcp(on_a_thread(connect).await?)
        }
        (Address::Unix(path), Place::Blocking) => {
            let connect = move || std_unix::UnixStream::connect(path);
            Stream::BlockingUnix(on_a_thread(connect).await?)
        }
        (Address::Tcp(address), Place::Buzzer) => Stream::Tcp(TcpStream::connect(address).await?),
        (Address::Unix(path), Place::Buzzer) => Stream::Unix(UnixStream::connect(path).await?),
    };
    if guest == Guest::Resets {
        sockopt::set_socket_linger(stream.fd(), Some(Duration::ZERO))?;
        return Ok(None);
    }
    match &mut stream {
        Stream::BlockingTcp(stream) => stream.write_all(&[number])?,
        Stream::BlockingUnix(stream) => stream.write_all(&[number])?,
        Stream::Tcp(stream) => stream.write_all(&[number]).await?,
        Stream::Unix(stream) => stream.write_all(&[number]).await?,
    }
    Ok(Some(stream).filter(|_| guest == Guest::Stays))
}

/// Accepts one, and tells which it is. A Unix guest who has gone without a word is an end;
/// a TCP one who reset is an error, here or at the first read.
async fn let_in(listener: &Listener, polls: u8) -> io::Result<String> {
    let stream = match listener.clone() {
        Listener::BlockingTcp(listener) => {
            Stream::BlockingTcp(on_a_thread(move || listener.accept()).await?.0)
        }
        Listener::BlockingUnix(listener) => {
            Stream::BlockingUnix(on_a_thread(move || listener.accept()).await?.0)
        }
        Listener::Tcp(listener) => match within(polls, listener.accept()).await {
            Some(accepted) => Stream::Tcp(accepted?.0),
            None => Stream::Tcp(listener.accept().await?.0),
        },
        Listener::Unix(listener) => match within(polls, listener.accept()).await {
            Some(accepted) => Stream::Unix(accepted?.0),
            None => Stream::Unix(listener.accept().await?.0),
        },
    };
    Ok(who(stream).await)
}

async fn who(stream: Stream) -> String {
    match first_byte(stream).await {
        Ok(Some(number)) => format!("guest {number}"),
        Ok(None) => "a guest without a word".into(),
        Err(error) => told(&error),
    }
}

async fn first_byte(stream: Stream) -> io::Result<Option<u8>> {
    let mut byte = [0];
    let count = match stream {
        Stream::BlockingTcp(mut stream) => on_a_thread(move || {
            let count = stream.read(&mut byte);
            count.map(|count| (count, byte))
        })
        .await
        .map(|(count, read)| {
            byte = read;
            count
        })?,
        Stream::BlockingUnix(mut stream) => on_a_thread(move || {
            let count = stream.read(&mut byte);
            count.map(|count| (count, byte))
        })
        .await
        .map(|(count, read)| {
            byte = read;
            count
        })?,
        Stream::Tcp(mut stream) => stream.read(&mut byte).await?,
        Stream::Unix(mut stream) => stream.read(&mut byte).await?,
    };
    Ok((count > 0).then_some(byte[0]))
}

async fn all_who_are_there(listener: &Listener, count: usize) -> io::Result<String> {
    let mut told = Vec::new();
    for _ in 0..count {
        told.push(let_in(listener, 0).await?);
    }
    told.push(nobody(listener).await);
    Ok(told.join(", "))
}

/// Nobody is there, and it is not waited for.
async fn nobody(listener: &Listener) -> String {
    let is_there = match listener {
        Listener::BlockingTcp(listener) => {
            let nonblocking = listener.set_nonblocking(true);
            let accepted = listener.accept().is_ok();
            nonblocking.and(listener.set_nonblocking(false)).is_ok() && accepted
        }
        Listener::BlockingUnix(listener) => {
            let nonblocking = listener.set_nonblocking(true);
            let accepted = listener.accept().is_ok();
            nonblocking.and(listener.set_nonblocking(false)).is_ok() && accepted
        }
        Listener::Tcp(listener) => {
            poll_fn(|cx| Poll::Ready(listener.poll_accept(cx).is_ready())).await
        }
        Listener::Unix(listener) => {
            poll_fn(|cx| Poll::Ready(listener.poll_accept(cx).is_ready())).await
        }
    };
    match is_there {
        true => "somebody".into(),
        false => "nobody".into(),
    }
}

/// What a guest finds when the listener has gone.
async fn rest(guest: Stream) -> String {
    let closed = wait_for(guest.fd(), PollFlags::IN);
    match closed.map(|()| guest) {
        Ok(guest) => match first_byte(guest).await {
            Ok(None) => "is at the end".into(),
            Ok(Some(_)) => "was told something".into(),
            Err(error) => told(&error),
        },
        Err(error) => told(&error),
    }
}

impl Stream {
    fn fd(&self) -> BorrowedFd<'_> {
        match self {
            Self::BlockingTcp(stream) => stream.as_fd(),
            Self::BlockingUnix(stream) => stream.as_fd(),
            Self::Tcp(stream) => stream.as_fd(),
            Self::Unix(stream) => stream.as_fd(),
        }
    }
}
