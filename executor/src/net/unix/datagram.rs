//! What a Unix datagram socket has beyond other datagram sockets: paths.

use std::future::poll_fn;
use std::io;
use std::net::Shutdown;
use std::os::unix::net;
use std::path::Path;
use std::task::{Context, Poll, ready};

use super::{address_of, named_bind, shown};
use crate::io::Interest;
use crate::io::error::{named, named_if_lasting};
use crate::io::kind::Kind;
use crate::machine::budget;
use crate::machine::reactor::readiness::Direction;
use crate::net::RETRY_PAUSE;
use crate::net::socket::{Carries, Datagrams, Socket};
use crate::net::std_sockets::StdDatagram;
use crate::sys::descriptor::above_standard;
use crate::time::sleep;

/// A Unix datagram socket. See [`DatagramSocket`](crate::net::DatagramSocket) for what it
/// has in common with a [`UdpSocket`](crate::net::UdpSocket): receiving, and sending once connected.
///
/// Unlike UDP, nothing is lost on the way: a send waits while the receiver has no
/// room. The drop leaves the path that it was bound to in the file system: remove it
/// before the next bind. Abstract names go by themselves.
///
/// # Examples
///
/// ```
/// use buzzer::net::UnixDatagram;
///
/// buzzer::block_on(async {
///     let (guest, counter) = UnixDatagram::pair()?;
///     guest.send(b"one mocha").await?;
///     let mut order = [0; 64];
///     let length = counter.recv(&mut order).await?;
///     assert_eq!(&order[..length], b"one mocha");
///     Ok::<(), std::io::Error>(())
/// })
/// # .unwrap();
/// ```
pub type UnixDatagram = Socket<net::UnixDatagram, Carries<Datagrams>>;

impl Socket<net::UnixDatagram, Carries<Datagrams>> {
    /// Binds to `path`, which is made and must not exist yet; one that begins with a
    /// zero byte is an abstract name (unix(7)), which only Linux has.
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
    /// use buzzer::net::UnixDatagram;
    ///
    /// # buzzer::block_on(async {
    /// # let dir = tempfile::tempdir()?; let path = dir.path().join("counter");
    /// let counter = UnixDatagram::bind(&path)?;
    /// let guest = UnixDatagram::unbound()?; // It can send, and can't be answered.
    /// guest.send_to(b"mocha", &path).await?;
    /// guest.try_send_to(b"latte", &path)?;
    /// guest.connect(&path)?;
    /// guest.send(b"tea").await?;
    /// let mut order = [0; 64];
    /// for cup in ["mocha", "latte", "tea"] {
    ///     let length = counter.recv(&mut order).await?;
    ///     assert_eq!(&order[..length], cup.as_bytes());
    /// }
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    #[track_caller]
    pub fn bind<P: AsRef<Path>>(path: P) -> io::Result<Self> {
        let address = address_of("bind", path.as_ref())?;
        let bound = match net::UnixDatagram::bind_addr(&address).and_then(above_standard) {
            Ok(socket) => Self::from_std(socket),
            Err(error) => Err(error),
        };
        bound.map_err(|error| named_bind(&address, error))
    }

    /// A socket without an address. It can send; nobody can answer.
    ///
    /// # Errors
    ///
    /// What the system says: no descriptor is left.
    ///
    /// # Panics
    ///
    /// Outside a runtime.
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::net::UnixDatagram;
    ///
    /// # buzzer::block_on(async {
    /// let guest = UnixDatagram::unbound()?;
    /// assert!(guest.local_addr()?.is_unnamed());
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    #[track_caller]
    pub fn unbound() -> io::Result<Self> {
        let socket = net::UnixDatagram::unbound().and_then(above_standard);
        Self::from_std(socket.map_err(|error| named("make", Kind::UnixDatagram, error))?)
    }

    /// Two sockets that are connected to each other, without an address.
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
    /// use buzzer::net::UnixDatagram;
    ///
    /// # buzzer::block_on(async {
    /// let (guest, counter) = UnixDatagram::pair()?;
    /// guest.send(b"mocha").await?;
    /// assert_eq!(counter.recv(&mut [0; 64]).await?, 5);
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    #[track_caller]
    pub fn pair() -> io::Result<(Self, Self)> {
        let pair = net::UnixDatagram::pair();
        let unmade = |error| named("make", Kind::UnixDatagram, error);
        let (one, other) = pair.map_err(unmade)?;
        let one = above_standard(one).map_err(unmade)?;
        let other = above_standard(other).map_err(unmade)?;
        Ok((Self::from_std(one)?, Self::from_std(other)?))
    }

    /// Sets where [`send`](Self::send) sends to, and the only address that is received
    /// from.
    ///
    /// # Errors
    ///
    /// What the system says, with the path: nobody is bound to it.
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::net::UnixDatagram;
    ///
    /// # buzzer::block_on(async {
    /// # let dir = tempfile::tempdir()?; let path = dir.path().join("counter");
    /// let counter = UnixDatagram::bind(&path)?;
    /// let guest = UnixDatagram::unbound()?;
    /// guest.connect(&path)?;
    /// assert_eq!(guest.peer_addr()?.as_pathname(), Some(&*path));
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub fn connect<P: AsRef<Path>>(&self, path: P) -> io::Result<()> {
        let address = address_of("connect to", path.as_ref())?;
        let connected = self.source.get().connect_addr(&address);
        connected.map_err(|error| named("connect to", shown(&address), error))
    }

    /// Sends a datagram to the socket that is bound to `target`, and returns its
    /// length. While that has no room, it tries again every 10 ms: the kernel tells
    /// of room elsewhere only a socket that is connected to it, and
    /// [`send`](Self::send) waits for that.
    ///
    /// # Errors
    ///
    /// What the system says, with the path: nobody is bound to it, or the datagram is
    /// too long.
    ///
    /// # Cancel safety
    ///
    /// A dropped call has sent nothing.
    pub async fn send_to<P: AsRef<Path>>(&self, bytes: &[u8], target: P) -> io::Result<usize> {
        let address = address_of("send to", target.as_ref())?;
        loop {
            // Not when it is ready: for a full receiver elsewhere the kernel says
            // "would block" and, having freed the datagram, "writable" again, so
            // the wait would be a spin.
            poll_fn(budget::poll_proceed).await;
            match self.source.get().send_to_addr(bytes, &address) {
                Err(error) if is_full(&error) => sleep(RETRY_PAUSE).await,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                sent => return sent.map_err(|error| named("send to", shown(&address), error)),
            }
        }
    }

    /// As [`send_to`](Self::send_to), for a future made by hand; but while `target` has
    /// no room, it tries again in every turn of the loop, unless this socket is
    /// connected to it. Of several that wait to send by hand, only the one that polled
    /// last is woken.
    ///
    /// # Errors
    ///
    /// As [`send_to`](Self::send_to).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::future::poll_fn;
    /// use buzzer::net::UnixDatagram;
    ///
    /// # buzzer::block_on(async {
    /// # let dir = tempfile::tempdir()?; let path = dir.path().join("counter");
    /// let counter = UnixDatagram::bind(&path)?;
    /// let guest = UnixDatagram::unbound()?;
    /// poll_fn(|cx| guest.poll_send_to(cx, b"mocha", &path)).await?;
    /// assert_eq!(counter.recv(&mut [0; 64]).await?, 5);
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    #[track_caller]
    pub fn poll_send_to<P: AsRef<Path>>(
        &self,
        cx: &mut Context<'_>,
        bytes: &[u8],
        target: P,
    ) -> Poll<io::Result<usize>> {
        let address = address_of("send to", target.as_ref())?;
        let send = |inner: &net::UnixDatagram| inner.send_to_addr(bytes, &address);
        let sent = ready!(self.source.poll_io(cx, Direction::Write, send));
        let sent = ready!(Self::unless_full(cx, sent));
        Poll::Ready(sent.map_err(|error| named("send to", shown(&address), error)))
    }

    /// As [`send_to`](Self::send_to), without waiting. See [`bind`](Self::bind).
    ///
    /// # Errors
    ///
    /// `WouldBlock` if there is no room; else as [`send_to`](Self::send_to).
    #[track_caller]
    pub fn try_send_to<P: AsRef<Path>>(&self, bytes: &[u8], target: P) -> io::Result<usize> {
        let address = address_of("send to", target.as_ref())?;
        let send = |inner: &net::UnixDatagram| inner.send_to_addr(bytes, &address);
        let sent = self.source.try_io(Interest::WRITABLE, send);
        let sent = sent.map_err(Self::or_would_block);
        sent.map_err(|error| named_if_lasting("send to", shown(&address), error))
    }

    /// Shuts one side down, or both. A send is then an error. A receive is not: unlike
    /// a stream's, on Linux it gets what came before, and then waits.
    ///
    /// # Errors
    ///
    /// What the system says.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::net::Shutdown;
    /// use buzzer::net::UnixDatagram;
    ///
    /// # buzzer::block_on(async {
    /// let (guest, _counter) = UnixDatagram::pair()?;
    /// guest.shutdown(Shutdown::Write)?;
    /// assert!(guest.send(b"mocha").await.is_err());
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        let shut = self.source.get().shutdown(how);
        shut.map_err(|error| named("shut down", Kind::UnixDatagram, error))
    }
}

/// Whether there is no room for a datagram, here or at its receiver's.
fn is_full(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::WouldBlock || net::UnixDatagram::lacks_room(error)
}
