//! A Unix socket before it connects, listens or sends.
//!
//! Owns [`UnixSocket`], which can be bound before it connects.

use std::ffi::c_int;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, IntoRawFd, OwnedFd, RawFd};
use std::path::Path;

use super::{address_of, named_bind, shown};
use crate::io::error::named;
use crate::net::{UnixDatagram, UnixListener, UnixStream};
use crate::sys::promised::from_raw_fd;
use crate::sys::socket::{self, option};

/// A Unix socket that neither connects nor listens yet, for streams or for datagrams.
///
/// # Examples
///
/// A guest with a name of its own:
///
/// ```
/// use buzzer::net::{UnixListener, UnixSocket};
///
/// # let folder = tempfile::tempdir()?;
/// # let [counter, table] = ["counter", "table"].map(|name| folder.path().join(name));
/// buzzer::block_on(async {
///     let listener = UnixListener::bind(&counter)?;
///     let socket = UnixSocket::new_stream()?;
///     socket.bind(&table)?;
///     let guest = socket.connect(&counter).await?;
///     let (_, from) = listener.accept().await?;
///     assert_eq!(from.as_pathname(), Some(&*table));
///     drop(guest);
///     Ok::<(), std::io::Error>(())
/// })?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct UnixSocket(OwnedFd);

impl UnixSocket {
    /// A new socket for datagrams.
    ///
    /// # Errors
    ///
    /// What the system says: no descriptor is left.
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::net::UnixSocket;
    ///
    /// # buzzer::block_on(async {
    /// # let dir = tempfile::tempdir()?; let path = dir.path().join("counter");
    /// let socket = UnixSocket::new_datagram()?;
    /// socket.bind(&path)?;
    /// let counter = socket.datagram()?;
    /// assert_eq!(counter.local_addr()?.as_pathname(), Some(&*path));
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub fn new_datagram() -> io::Result<Self> {
        Self::new(libc::SOCK_DGRAM)
    }

    /// A new socket for a stream.
    ///
    /// # Errors
    ///
    /// What the system says: no descriptor is left.
    pub fn new_stream() -> io::Result<Self> {
        Self::new(libc::SOCK_STREAM)
    }

    fn new(kind: c_int) -> io::Result<Self> {
        let made = socket::socket(libc::AF_UNIX, kind);
        made.map(Self)
            .map_err(|error| named("make", "a UnixSocket", error))
    }

    /// One that was made elsewhere. It is not to block.
    fn adopt(socket: OwnedFd) -> Self {
        // It fails only for what is none, and then all that follows does.
        let _ = crate::sys::pipe::set_nonblocking(socket.as_fd(), true);
        Self(socket)
    }

    /// Binds to `path`, which is made and must not exist yet; one that begins with a
    /// zero byte is an abstract name (unix(7)), which only Linux has.
    ///
    /// # Errors
    ///
    /// What the system says, with the path: it exists (`AddrInUse`), its folder
    /// doesn't, or it is too long for an address (107 bytes on Linux, 103 elsewhere).
    pub fn bind(&self, path: impl AsRef<Path>) -> io::Result<()> {
        let address = address_of("bind", path.as_ref())?;
        let bound = socket::bind_unix(self.as_fd(), &address);
        bound.map_err(|error| named_bind(&address, error))
    }

    /// Listens at the path that it was bound to. Up to `backlog` connections may wait to
    /// be accepted; the kernel takes no more than its own limit.
    ///
    /// # Errors
    ///
    /// What the system says; and of a socket for datagrams, that it can't.
    ///
    /// # Panics
    ///
    /// Outside a runtime.
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::net::UnixSocket;
    ///
    /// # buzzer::block_on(async {
    /// # let dir = tempfile::tempdir()?; let path = dir.path().join("counter");
    /// let socket = UnixSocket::new_stream()?;
    /// socket.bind(&path)?;
    /// let counter = socket.listen(16)?; // More guests than that wait outside.
    /// # drop(counter);
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    #[track_caller]
    pub fn listen(self, backlog: u32) -> io::Result<UnixListener> {
        let listens = match self.be(libc::SOCK_STREAM, "streams") {
            Ok(()) => socket::listen(self.as_fd(), backlog),
            refused => refused,
        };
        listens.map_err(|error| named("listen with", "a UnixSocket", error))?;
        UnixListener::register(self.0.into())
    }

    /// Connects it to the listener at `path`. If as many wait to be accepted as the
    /// listener lets wait, it tries again, as [`UnixStream::connect`] does.
    ///
    /// # Errors
    ///
    /// As [`UnixStream::connect`]; and of a socket for datagrams, that it can't.
    ///
    /// # Panics
    ///
    /// Outside a runtime.
    ///
    /// # Cancel safety
    ///
    /// A dropped connect closes the socket.
    pub async fn connect(self, path: impl AsRef<Path>) -> io::Result<UnixStream> {
        let address = address_of("connect to", path.as_ref())?;
        let connected = match self.be(libc::SOCK_STREAM, "streams") {
            Ok(()) => UnixStream::connect_socket(self.0, &address).await,
            Err(refused) => Err(refused),
        };
        connected.map_err(|error| named("connect to", shown(&address), error))
    }

    /// Makes it a [`UnixDatagram`].
    ///
    /// # Errors
    ///
    /// Of a socket for streams, that it can't be one; or when it can't be registered with
    /// the reactor.
    ///
    /// # Panics
    ///
    /// Outside a runtime.
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::net::UnixSocket;
    ///
    /// # buzzer::block_on(async {
    /// let guest = UnixSocket::new_datagram()?.datagram()?;
    /// assert!(guest.local_addr()?.is_unnamed());
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    #[track_caller]
    pub fn datagram(self) -> io::Result<UnixDatagram> {
        let is_for_datagrams = self.be(libc::SOCK_DGRAM, "datagrams");
        is_for_datagrams.map_err(|error| named("use", "a UnixSocket", error))?;
        UnixDatagram::register(self.0.into())
    }

    /// An error if it is of another kind.
    fn be(&self, kind: c_int, what: &str) -> io::Result<()> {
        match option::get(self.as_fd(), libc::SOL_SOCKET, libc::SO_TYPE)? {
            own if own == kind => Ok(()),
            _ => Err(io::Error::other(format!("it is not for {what}"))),
        }
    }
}

impl AsFd for UnixSocket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

impl AsRawFd for UnixSocket {
    fn as_raw_fd(&self) -> RawFd {
        self.0.as_raw_fd()
    }
}

impl IntoRawFd for UnixSocket {
    fn into_raw_fd(self) -> RawFd {
        self.0.into_raw_fd()
    }
}

from_raw_fd!(UnixSocket, Self::adopt);
