//! What a Unix listener has beyond other listeners: binding to a path.

use std::io;
use std::os::fd::AsFd;
use std::os::unix::net;
use std::path::Path;

use super::{SocketAddr, address_of, named_bind};
use crate::net::listener::Listens;
use crate::net::socket::Socket;
use crate::net::std_sockets::StdListener;
use crate::sys::descriptor::above_standard;
use crate::sys::socket;

/// A Unix socket that listens for connections. See [`Listener`](crate::net::Listener) for
/// what it has in common with a [`TcpListener`](crate::net::TcpListener): accepting.
///
/// Its drop leaves the path in the file system: remove it before the next bind.
/// Abstract names go by themselves.
///
/// # Examples
///
/// ```
/// use buzzer::net::{UnixListener, UnixStream};
///
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("counter");
/// buzzer::block_on(async {
///     let counter = UnixListener::bind(&path)?;
///     let guest = UnixStream::connect(&path).await?;
///     let (barista, _) = counter.accept().await?;
///     assert_eq!(barista.peer_cred()?.pid(), Some(std::process::id() as i32));
///     drop(guest);
///     std::fs::remove_file(&path)
/// })?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub type UnixListener = Socket<net::UnixListener, Listens>;

impl Socket<net::UnixListener, Listens> {
    /// Listens at `path`, which is made and must not exist yet; one that begins with
    /// a zero byte is an abstract name (unix(7)), which only Linux has.
    ///
    /// # Errors
    ///
    /// What the system says, with the path: it exists (`AddrInUse`), its folder
    /// doesn't, or it is too long for an address (107 bytes on Linux, 103 elsewhere).
    ///
    /// # Panics
    ///
    /// Outside a runtime.
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::net::{UnixListener, UnixStream};
    ///
    /// # buzzer::block_on(async {
    /// # let dir = tempfile::tempdir()?; let path = dir.path().join("counter");
    /// let counter = UnixListener::bind(&path)?; // Makes the file; its removal is the program's.
    /// let guest = UnixStream::connect(&path).await?;
    /// let (_barista, from) = counter.accept().await?;
    /// assert!(from.is_unnamed());
    /// # drop(guest);
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    #[track_caller]
    pub fn bind<P: AsRef<Path>>(path: P) -> io::Result<Self> {
        Self::bind_addr(&address_of("bind", path.as_ref())?)
    }

    /// As [`bind`](Self::bind), by address.
    ///
    /// # Errors
    ///
    /// What the system says, with the address.
    ///
    /// # Panics
    ///
    /// Outside a runtime.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::os::unix::net::SocketAddr;
    /// use buzzer::net::UnixListener;
    ///
    /// # buzzer::block_on(async {
    /// # let dir = tempfile::tempdir()?; let path = dir.path().join("counter");
    /// let counter = UnixListener::bind_addr(&SocketAddr::from_pathname(&path)?)?;
    /// assert_eq!(counter.local_addr()?.as_pathname(), Some(&*path));
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    #[track_caller]
    pub fn bind_addr(address: &net::SocketAddr) -> io::Result<Self> {
        let bound = match net::UnixListener::bind_addr(address).and_then(above_standard) {
            Ok(listener) => Self::from_std(listener),
            Err(error) => Err(error),
        };
        bound.map_err(|error| named_bind(address, error))
    }
}

impl StdListener for net::UnixListener {
    type Stream = net::UnixStream;

    fn accept_nonblocking(&self) -> io::Result<(net::UnixStream, SocketAddr)> {
        let accepted = socket::accept_unix(self.as_fd());
        accepted.map(|(stream, from)| (stream, from.into()))
    }
}
