//! What all sockets have.
//!
//! Owns [`Socket`], which each of the six is. What it does beyond this says its kind:
//! [`Listens`](super::listener::Listens), or [`Carries`] with what it carries, the bytes
//! of a stream or datagrams. What only one of the six does is in `net/tcp/`, `net/udp/`
//! and `net/unix/`.

use std::fmt;
use std::io;
use std::net;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::os::unix::net as unix;

use super::std_sockets::{StdPeer, StdSocket};
use crate::io::error::named;
use crate::io::source::Source;
use crate::io::{Interest, Ready};

/// A socket of std's that is waited for: what all sockets have. Programs call it by the
/// names of its kinds, [`TcpStream`](super::TcpStream) and the like.
///
/// It belongs to the runtime that it was made in. It may go to other threads, and
/// be dropped there; but to wait for it or to try it outside its runtime is a panic.
pub struct Socket<S, K> {
    pub(super) source: Source<S>,
    /// What one of its kind keeps beside.
    pub(super) kind: K,
}

/// What a socket is for.
pub trait Kind: Sized {
    /// What it is registered for.
    const INTEREST: Interest;

    fn of<S: StdSocket>(socket: &S) -> Self;
}

/// The kind that has another end, with what it carries.
#[derive(Debug)]
pub struct Carries<C>(pub(super) C);

/// Messages that arrive whole, or not at all.
#[derive(Debug)]
pub struct Datagrams;

impl Kind for Carries<Datagrams> {
    const INTEREST: Interest = Interest::READABLE.add(Interest::WRITABLE);

    fn of<S: StdSocket>(_: &S) -> Self {
        Self(Datagrams)
    }
}

impl<S: StdSocket, K: Kind> Socket<S, K> {
    /// `socket` must be non-blocking.
    #[track_caller]
    pub(super) fn register(socket: S) -> io::Result<Self> {
        let kind = K::of(&socket);
        let source = Source::new(S::KIND, socket, K::INTEREST)?;
        Ok(Self { source, kind })
    }

    /// Takes over a socket of std; a stream's is connected already, and a listener's
    /// listens. It is made non-blocking, and so are its duplicates: that is a trait of
    /// the socket, not of the descriptor.
    ///
    /// # Errors
    ///
    /// When it can't be registered with the reactor.
    ///
    /// # Panics
    ///
    /// Outside a runtime.
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::net::TcpListener;
    ///
    /// # buzzer::block_on(async {
    /// let std = std::net::TcpListener::bind("127.0.0.1:0")?;
    /// let counter = TcpListener::from_std(std)?;
    /// let std = counter.into_std()?; // And back; it stays non-blocking.
    /// # drop(std);
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    #[track_caller]
    pub fn from_std(socket: S) -> io::Result<Self> {
        let adopted = socket.set_nonblocking(true);
        adopted.map_err(|error| named("adopt", S::KIND, error))?;
        Self::register(socket)
    }
}

impl<S: StdSocket, K> Socket<S, K> {
    /// Gives the socket back to std, deregistered. It stays non-blocking: call std's
    /// `set_nonblocking(false)` if it is to block.
    ///
    /// # Errors
    ///
    /// None; the signature is tokio's.
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::net::UnixStream;
    ///
    /// # buzzer::block_on(async {
    /// let (here, _there) = UnixStream::pair()?;
    /// let std: std::os::unix::net::UnixStream = here.into_std()?;
    /// std.set_nonblocking(false)?; // If it is to block again.
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub fn into_std(self) -> io::Result<S> {
        Ok(self.source.into_inner())
    }

    /// The address of this end.
    ///
    /// # Errors
    ///
    /// What the system says.
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::net::{TcpListener, TcpStream};
    ///
    /// # buzzer::block_on(async {
    /// let counter = TcpListener::bind("127.0.0.1:0").await?;
    /// let address = counter.local_addr()?; // With the port that was free.
    /// let guest = TcpStream::connect(address).await?;
    /// assert_eq!(guest.peer_addr()?, address);
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub fn local_addr(&self) -> io::Result<S::Address> {
        let address = self.source.get().local_addr();
        address.map_err(|error| named("local address of", S::KIND, error))
    }

    /// Takes the error that is pending at the socket (`SO_ERROR`, socket(7)).
    ///
    /// # Errors
    ///
    /// When the socket can't be asked.
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::net::UdpSocket;
    ///
    /// # buzzer::block_on(async {
    /// let guest = UdpSocket::bind("127.0.0.1:0").await?;
    /// assert!(guest.take_error()?.is_none());
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub fn take_error(&self) -> io::Result<Option<io::Error>> {
        self.source.get().take_error()
    }
}

impl<S: StdPeer, C> Socket<S, Carries<C>> {
    /// The address of the other end.
    ///
    /// # Errors
    ///
    /// `NotConnected` if it is connected to none, or the other end has reset the
    /// connection.
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::net::{TcpListener, TcpStream};
    ///
    /// # buzzer::block_on(async {
    /// let counter = TcpListener::bind("127.0.0.1:0").await?;
    /// let guest = TcpStream::connect(counter.local_addr()?).await?;
    /// let (barista, _) = counter.accept().await?;
    /// assert_eq!(barista.peer_addr()?, guest.local_addr()?);
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub fn peer_addr(&self) -> io::Result<S::Address> {
        let address = self.source.get().peer_addr();
        address.map_err(|error| named("peer address of", S::KIND, error))
    }

    /// Waits until one of what is meant by `interest` is possible, and says what is.
    /// That is a hint: what follows may still say "would block".
    ///
    /// # Errors
    ///
    /// None; the signature is tokio's.
    ///
    /// # Cancel safety
    ///
    /// Dropping it loses no readiness.
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::io::Interest;
    /// use buzzer::net::UnixStream;
    ///
    /// buzzer::block_on(async {
    ///     let (counter, _table) = UnixStream::pair()?;
    ///     let ready = counter.ready(Interest::READABLE | Interest::WRITABLE).await?;
    ///     assert!(ready.is_writable() && !ready.is_readable());
    ///     assert_eq!(counter.try_write(b"one mocha")?, 9);
    ///     Ok::<(), std::io::Error>(())
    /// })
    /// # .unwrap();
    /// ```
    pub async fn ready(&self, interest: Interest) -> io::Result<Ready> {
        Ok(self.source.ready(interest).await)
    }

    /// Waits until there is something to receive, or an error; of a stream, the end
    /// included.
    ///
    /// # Errors
    ///
    /// None; the signature is tokio's.
    ///
    /// # Cancel safety
    ///
    /// Dropping it loses no readiness.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::ErrorKind;
    /// use buzzer::io::AsyncWriteExt;
    /// use buzzer::net::UnixStream;
    ///
    /// # buzzer::block_on(async {
    /// let (here, mut there) = UnixStream::pair()?;
    /// there.write_all(b"mocha").await?;
    /// let mut order = [0; 64];
    /// let length = loop {
    ///     here.readable().await?;
    ///     match here.try_read(&mut order) {
    ///         Err(error) if error.kind() == ErrorKind::WouldBlock => {} // Only a hint, so again.
    ///         result => break result?,
    ///     }
    /// };
    /// assert_eq!(&order[..length], b"mocha");
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub async fn readable(&self) -> io::Result<()> {
        self.ready(Interest::READABLE).await.map(drop)
    }

    /// Waits until there is room to send, or an error.
    ///
    /// # Errors
    ///
    /// None; the signature is tokio's.
    ///
    /// # Cancel safety
    ///
    /// Dropping it loses no readiness.
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::net::UnixStream;
    ///
    /// # buzzer::block_on(async {
    /// let (here, _there) = UnixStream::pair()?;
    /// here.writable().await?;
    /// assert_eq!(here.try_write(b"mocha")?, 5);
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub async fn writable(&self) -> io::Result<()> {
        self.ready(Interest::WRITABLE).await.map(drop)
    }

    /// Does `io`, an operation of the program's own on this socket, if the socket is
    /// ready for one of what is meant by `interest`.
    ///
    /// # Errors
    ///
    /// `WouldBlock` if it is not ready, or `io` says so; what else `io` gives. Then
    /// the socket is taken to be not ready, so `io` must say `WouldBlock` only if the
    /// socket did.
    ///
    /// # Examples
    ///
    /// For a call that is not among the methods:
    ///
    /// ```
    /// use std::io::Write;
    /// use std::os::fd::AsFd;
    /// use buzzer::io::Interest;
    /// use buzzer::net::UnixStream;
    ///
    /// # buzzer::block_on(async {
    /// let (here, _there) = UnixStream::pair()?;
    /// let mut other = std::fs::File::from(here.as_fd().try_clone_to_owned()?);
    /// here.writable().await?;
    /// assert_eq!(here.try_io(Interest::WRITABLE, || other.write(b"mocha"))?, 5);
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    #[track_caller]
    pub fn try_io<R>(
        &self,
        interest: Interest,
        io: impl FnOnce() -> io::Result<R>,
    ) -> io::Result<R> {
        self.source.try_io_if_ready(interest, |_| io())
    }

    /// Does `io`, an operation of the program's own on this socket, once it does not
    /// say "would block". See [`try_io`](Self::try_io).
    ///
    /// # Errors
    ///
    /// What `io` gives.
    ///
    /// # Cancel safety
    ///
    /// Dropping it loses nothing that `io` has not done.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::{ErrorKind, Read};
    /// use std::os::fd::AsFd;
    /// use buzzer::io::{AsyncWriteExt, Interest};
    /// use buzzer::net::UnixStream;
    ///
    /// # buzzer::block_on(async {
    /// let (here, mut there) = UnixStream::pair()?;
    /// there.write_all(b"mocha").await?;
    /// // By another descriptor of the same socket, whose owner knows a call that ours doesn't.
    /// let mut other = std::fs::File::from(here.as_fd().try_clone_to_owned()?);
    /// let mut order = [0; 64];
    /// let length = here.async_io(Interest::READABLE, || other.read(&mut order)).await?;
    /// assert_eq!(&order[..length], b"mocha");
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub async fn async_io<R>(
        &self,
        interest: Interest,
        mut io: impl FnMut() -> io::Result<R>,
    ) -> io::Result<R> {
        self.source.async_io_for(interest, |_| io()).await
    }
}

/// Each by its name: for any socket of std's, core has an implementation that would
/// stand in the way.
macro_rules! made_of_std {
    ($($socket:ty: $name:ident;)*) => {$(
        impl TryFrom<$socket> for super::$name {
            type Error = io::Error;

            /// See [`from_std`](Self::from_std).
            fn try_from(socket: $socket) -> io::Result<Self> {
                Self::from_std(socket)
            }
        }
    )*};
}

made_of_std! {
    net::TcpStream: TcpStream;
    net::TcpListener: TcpListener;
    net::UdpSocket: UdpSocket;
    unix::UnixStream: UnixStream;
    unix::UnixListener: UnixListener;
    unix::UnixDatagram: UnixDatagram;
}

impl<S: AsFd, K> AsFd for Socket<S, K> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.source.as_fd()
    }
}

impl<S: AsRawFd, K> AsRawFd for Socket<S, K> {
    fn as_raw_fd(&self) -> RawFd {
        self.source.get().as_raw_fd()
    }
}

impl<S: fmt::Debug, K> fmt::Debug for Socket<S, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.source.fmt(f)
    }
}
