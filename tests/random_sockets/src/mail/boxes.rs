//! The sockets of a conversation in datagrams, in either place.
//!
//! Owns [`Socket`]. Its operations have one name in both places; a blocking one blocks the
//! thread of the conversation, so it is called where what it waits for is there, or from a
//! thread.

use super::{Post, ReceiveBy, SendBy};
use crate::ends::Place;
use crate::on_buzzer::{spend, within};
use buzzer::net::{UdpSocket, UnixDatagram};
use bytes::BytesMut;
use std::io;
use std::net::SocketAddr;
use std::os::unix::net as std_unix;
use std::path::{Path, PathBuf};
use std::sync::Arc;

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Address {
    Udp(SocketAddr),
    Path(PathBuf),
    Unnamed,
}

#[derive(Clone, Debug)]
pub enum Socket {
    BlockingUdp(Arc<std::net::UdpSocket>),
    BlockingUnix(Arc<std_unix::UnixDatagram>),
    Udp(Arc<UdpSocket>),
    Unix(Arc<UnixDatagram>),
}

fn named(path: Option<&Path>) -> Address {
    path.map_or(Address::Unnamed, |path| Address::Path(path.into()))
}

pub type Received = io::Result<(Vec<u8>, Option<Address>)>;

/// The operations of the two types that have the same names.
macro_rules! receive {
    ($socket:expr, $room:expr, $by:expr, $address:expr) => {{
        let mut buffer = vec![0; $room];
        match $by {
            ReceiveBy::Spent | ReceiveBy::Receive | ReceiveBy::Peek => {
                if $by == ReceiveBy::Spent {
                    spend().await;
                }
                let count = $socket.recv(&mut buffer).await?;
                (buffer[..count].to_vec(), None)
            }
            ReceiveBy::From => {
                let (count, from) = $socket.recv_from(&mut buffer).await?;
                (buffer[..count].to_vec(), Some($address(from)))
            }
            ReceiveBy::Try => loop {
                $socket.readable().await?;
                match $socket.try_recv(&mut buffer) {
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                    count => break (buffer[..count?].to_vec(), None),
                }
            },
            ReceiveBy::TryFrom => loop {
                $socket.readable().await?;
                match $socket.try_recv_from(&mut buffer) {
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                    received => {
                        let (count, from) = received?;
                        break (buffer[..count].to_vec(), Some($address(from)));
                    }
                }
            },
            ReceiveBy::Buf => {
                let mut buffer = bytes::BufMut::limit(BytesMut::with_capacity($room), $room);
                $socket.recv_buf(&mut buffer).await?;
                (buffer.into_inner().to_vec(), None)
            }
            ReceiveBy::BufFrom => {
                let mut buffer = bytes::BufMut::limit(BytesMut::with_capacity($room), $room);
                let (_, from) = $socket.recv_buf_from(&mut buffer).await?;
                (buffer.into_inner().to_vec(), Some($address(from)))
            }
            ReceiveBy::Dropped(polls) => {
                let given = within(polls, $socket.recv(&mut buffer)).await;
                let count = match given {
                    Some(count) => count?,
                    None => $socket.recv(&mut buffer).await?,
                };
                (buffer[..count].to_vec(), None)
            }
        }
    }};
}

impl Socket {
    pub async fn bound(post: Post, place: Place, path: &Path) -> io::Result<Self> {
        const ANY: &str = "127.0.0.1:0";
        Ok(match (post, place) {
            (Post::Udp, Place::Blocking) => {
                Self::BlockingUdp(std::net::UdpSocket::bind(ANY)?.into())
            }
            (Post::Udp, Place::Buzzer) => Self::Udp(UdpSocket::bind(ANY).await?.into()),
            (_, Place::Blocking) => Self::BlockingUnix(std_unix::UnixDatagram::bind(path)?.into()),
            (_, Place::Buzzer) => Self::Unix(UnixDatagram::bind(path)?.into()),
        })
    }

    pub fn of_std(socket: std_unix::UnixDatagram, place: Place) -> io::Result<Self> {
        Ok(match place {
            Place::Blocking => Self::BlockingUnix(socket.into()),
            Place::Buzzer => Self::Unix(UnixDatagram::from_std(socket)?.into()),
        })
    }

    pub fn is_blocking(&self) -> bool {
        matches!(self, Self::BlockingUdp(_) | Self::BlockingUnix(_))
    }

    pub fn address(&self) -> io::Result<Address> {
        Ok(match self {
            Self::BlockingUdp(socket) => Address::Udp(socket.local_addr()?),
            Self::Udp(socket) => Address::Udp(socket.local_addr()?),
            Self::BlockingUnix(socket) => named(socket.local_addr()?.as_pathname()),
            Self::Unix(socket) => named(socket.local_addr()?.as_pathname()),
        })
    }

    pub async fn connect(&self, to: &Address) -> io::Result<()> {
        match (self, to) {
            (Self::BlockingUdp(socket), Address::Udp(to)) => socket.connect(to),
            (Self::Udp(socket), Address::Udp(to)) => socket.connect(to).await,
            (Self::BlockingUnix(socket), Address::Path(to)) => socket.connect(to),
            (Self::Unix(socket), Address::Path(to)) => socket.connect(to),
            _ => Ok(()),
        }
    }

    /// To the peer that it is connected to, or to that address.
    pub async fn send(&self, bytes: &[u8], to: Option<&Address>, by: SendBy) -> io::Result<usize> {
        if by == SendBy::Spent && !self.is_blocking() {
            spend().await;
        }
        let is_try = by == SendBy::TrySend;
        match (self, to) {
            (Self::BlockingUdp(socket), Some(Address::Udp(to))) => socket.send_to(bytes, to),
            (Self::BlockingUdp(socket), _) => socket.send(bytes),
            (Self::BlockingUnix(socket), Some(Address::Path(to))) => socket.send_to(bytes, to),
            (Self::BlockingUnix(socket), _) => socket.send(bytes),
            (Self::Udp(socket), Some(Address::Udp(to))) if is_try => {
                socket.writable().await?;
                socket.try_send_to(bytes, *to)
            }
            (Self::Udp(socket), Some(Address::Udp(to))) if by == SendBy::Poll => {
                std::future::poll_fn(|cx| socket.poll_send_to(cx, bytes, *to)).await
            }
            (Self::Udp(socket), Some(Address::Udp(to))) => socket.send_to(bytes, to).await,
            (Self::Udp(socket), _) if is_try => {
                socket.writable().await?;
                socket.try_send(bytes)
            }
            (Self::Udp(socket), _) if by == SendBy::Poll => {
                std::future::poll_fn(|cx| socket.poll_send(cx, bytes)).await
            }
            (Self::Udp(socket), _) => socket.send(bytes).await,
            (Self::Unix(socket), Some(Address::Path(to))) if is_try => {
                socket.writable().await?;
                socket.try_send_to(bytes, to)
            }
            (Self::Unix(socket), Some(Address::Path(to))) => socket.send_to(bytes, to).await,
            (Self::Unix(socket), _) if is_try => {
                socket.writable().await?;
                socket.try_send(bytes)
            }
            (Self::Unix(socket), _) if by == SendBy::Poll => {
                std::future::poll_fn(|cx| socket.poll_send(cx, bytes)).await
            }
            (Self::Unix(socket), _) => socket.send(bytes).await,
        }
    }

    pub async fn receive(&self, room: usize, by: ReceiveBy) -> Received {
        let unix = |from: buzzer::net::unix::SocketAddr| named(from.as_pathname());
        Ok(match self {
            Self::BlockingUdp(_) | Self::BlockingUnix(_) => return self.receive_now(room, by),
            Self::Udp(socket) if by == ReceiveBy::Peek => {
                let mut buffer = vec![0; room];
                let (count, from) = socket.peek_from(&mut buffer).await?;
                (buffer[..count].to_vec(), Some(Address::Udp(from)))
            }
            Self::Udp(socket) => receive!(socket, room, by, Address::Udp),
            Self::Unix(socket) => receive!(socket, room, by, unix),
        })
    }

    /// By a blocking call.
    pub fn receive_now(&self, room: usize, by: ReceiveBy) -> Received {
        let mut buffer = vec![0; room];
        let (count, from) = match self {
            Self::BlockingUdp(socket) if by == ReceiveBy::Peek => {
                let (count, from) = socket.peek_from(&mut buffer)?;
                (count, Some(Address::Udp(from)))
            }
            Self::BlockingUdp(socket) => {
                let (count, from) = socket.recv_from(&mut buffer)?;
                (count, Some(Address::Udp(from)))
            }
            Self::BlockingUnix(socket) => {
                let (count, from) = socket.recv_from(&mut buffer)?;
                (count, Some(named(from.as_pathname())))
            }
            _ => unreachable!("only a blocking socket is asked so"),
        };
        // It is told only where the other place can tell it.
        let tells = matches!(
            by,
            ReceiveBy::From | ReceiveBy::TryFrom | ReceiveBy::BufFrom | ReceiveBy::Peek
        );
        buffer.truncate(count);
        Ok((buffer, from.filter(|_| tells)))
    }

    /// Without waiting: `WouldBlock` is right where nothing is there.
    pub fn try_receive(&self, room: usize) -> io::Result<usize> {
        let mut buffer = vec![0; room];
        match self {
            Self::BlockingUdp(socket) => {
                socket.set_nonblocking(true)?;
                let count = socket.recv(&mut buffer);
                socket.set_nonblocking(false)?;
                count
            }
            Self::BlockingUnix(socket) => {
                socket.set_nonblocking(true)?;
                let count = socket.recv(&mut buffer);
                socket.set_nonblocking(false)?;
                count
            }
            Self::Udp(socket) => socket.try_recv(&mut buffer),
            Self::Unix(socket) => socket.try_recv(&mut buffer),
        }
    }
}

impl rustix::fd::AsFd for Socket {
    fn as_fd(&self) -> rustix::fd::BorrowedFd<'_> {
        match self {
            Self::BlockingUdp(socket) => socket.as_fd(),
            Self::BlockingUnix(socket) => socket.as_fd(),
            Self::Udp(socket) => socket.as_fd(),
            Self::Unix(socket) => socket.as_fd(),
        }
    }
}
