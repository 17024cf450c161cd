//! What a Unix stream has beyond other streams: connecting, pairs, credentials.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::{self, SocketAddr};
use std::path::Path;

use super::{UCred, address_of, shown};
use crate::io::error::named;
use crate::io::kind::Kind;
use crate::net::RETRY_PAUSE;
use crate::net::socket::{Carries, Socket};
use crate::net::stream::Bytes;
use crate::sys::descriptor::above_standard;
use crate::sys::socket::{self, credentials};
use crate::time::sleep;

/// A Unix stream socket that is connected. See [`StreamSocket`](crate::net::StreamSocket)
/// for what it has in common with a [`TcpStream`](crate::net::TcpStream): reading, writing, splitting.
///
/// # Examples
///
/// ```
/// use buzzer::io::{AsyncReadExt, AsyncWriteExt};
/// use buzzer::net::UnixStream;
///
/// buzzer::block_on(async {
///     let (mut guest, mut barista) = UnixStream::pair()?;
///     guest.write_all(b"one mocha").await?;
///     drop(guest);
///     let mut order = String::new();
///     barista.read_to_string(&mut order).await?;
///     assert_eq!(order, "one mocha");
///     Ok::<(), std::io::Error>(())
/// })
/// # .unwrap();
/// ```
pub type UnixStream = Socket<net::UnixStream, Carries<Bytes>>;

impl Socket<net::UnixStream, Carries<Bytes>> {
    /// Connects to the listener at `path`; one that begins with a zero byte is an
    /// abstract name (unix(7)), which only Linux has.
    ///
    /// If as many wait to be accepted as the listener lets wait, it tries again
    /// every 10 ms; a [`timeout`](crate::time::timeout) around it sets an end to that.
    /// Only Linux says so: elsewhere it is an error, as if nobody listened.
    ///
    /// # Errors
    ///
    /// What the system says, with the path: there is none, nobody listens, or it is
    /// too long for an address (107 bytes on Linux, 103 elsewhere).
    ///
    /// # Panics
    ///
    /// Outside a runtime.
    ///
    /// # Cancel safety
    ///
    /// A dropped connect closes its socket.
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::net::{UnixListener, UnixStream};
    ///
    /// # buzzer::block_on(async {
    /// # let dir = tempfile::tempdir()?; let path = dir.path().join("counter");
    /// assert!(UnixStream::connect(&path).await.is_err()); // Nobody listens.
    /// let counter = UnixListener::bind(&path)?;
    /// let guest = UnixStream::connect(&path).await?;
    /// assert_eq!(guest.peer_addr()?.as_pathname(), Some(&*path));
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub async fn connect<P: AsRef<Path>>(path: P) -> io::Result<Self> {
        Self::connect_addr(&address_of("connect to", path.as_ref())?).await
    }

    /// As [`connect`](Self::connect), by address.
    ///
    /// # Errors
    ///
    /// What the system says, with the address.
    ///
    /// # Panics
    ///
    /// Outside a runtime.
    ///
    /// # Cancel safety
    ///
    /// A dropped connect closes its socket.
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::net::{UnixListener, UnixStream};
    ///
    /// # buzzer::block_on(async {
    /// # let dir = tempfile::tempdir()?; let path = dir.path().join("counter");
    /// let counter = UnixListener::bind(&path)?;
    /// let guest = UnixStream::connect_addr(&counter.local_addr()?.into()).await?;
    /// # drop(guest);
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub async fn connect_addr(address: &SocketAddr) -> io::Result<Self> {
        let connected = match socket::socket(libc::AF_UNIX, libc::SOCK_STREAM) {
            Ok(socket) => Self::connect_socket(socket, address).await,
            Err(error) => Err(error),
        };
        connected.map_err(|error| named("connect to", shown(address), error))
    }

    /// Connects a socket that does not block.
    pub(super) async fn connect_socket(socket: OwnedFd, address: &SocketAddr) -> io::Result<Self> {
        loop {
            match socket::connect_unix(socket.as_fd(), address) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    sleep(RETRY_PAUSE).await;
                }
                Ok(false) => return Self::register(socket.into())?.connected().await,
                connected => return connected.and_then(|_| Self::register(socket.into())),
            }
        }
    }

    /// Two streams that are connected to each other, without an address.
    ///
    /// # Errors
    ///
    /// What the system says: no descriptors are left.
    ///
    /// # Panics
    ///
    /// Outside a runtime.
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::io::{AsyncReadExt, AsyncWriteExt};
    /// use buzzer::net::UnixStream;
    ///
    /// # buzzer::block_on(async {
    /// let (mut here, mut there) = UnixStream::pair()?;
    /// here.write_all(b"mocha").await?;
    /// let mut order = [0; 5];
    /// there.read_exact(&mut order).await?;
    /// assert_eq!(&order, b"mocha");
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    #[track_caller]
    pub fn pair() -> io::Result<(Self, Self)> {
        let pair = net::UnixStream::pair();
        let unmade = |error| named("make", Kind::UnixStream, error);
        let (one, other) = pair.map_err(unmade)?;
        let one = above_standard(one).map_err(unmade)?;
        let other = above_standard(other).map_err(unmade)?;
        Ok((Self::from_std(one)?, Self::from_std(other)?))
    }

    /// Who was at the other end when it was connected, by the kernel's word.
    ///
    /// # Errors
    ///
    /// What the system says.
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::net::UnixStream;
    ///
    /// # buzzer::block_on(async {
    /// let (here, _there) = UnixStream::pair()?;
    /// let who = here.peer_cred()?;
    /// println!("user {}, group {}, process {:?}", who.uid(), who.gid(), who.pid());
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub fn peer_cred(&self) -> io::Result<UCred> {
        let credentials = credentials::of_peer(self.as_fd()).map(UCred::new);
        credentials.map_err(|error| named("peer credentials of", Kind::UnixStream, error))
    }
}
