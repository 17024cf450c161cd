//! What a Unix socket is bound to.
//!
//! Owns [`SocketAddr`], as programs know it: std's, with tokio's methods.

use std::fmt;
use std::ops::Deref;
use std::os::unix::net;
use std::path::Path;

/// What a Unix socket is bound to: a path, an abstract name, or nothing.
///
/// # Examples
///
/// ```
/// use buzzer::net::UnixDatagram;
///
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("counter");
/// buzzer::block_on(async {
///     let counter = UnixDatagram::bind(&path)?;
///     assert_eq!(counter.local_addr()?.as_pathname(), Some(&*path));
///     assert!(UnixDatagram::unbound()?.local_addr()?.is_unnamed());
///     Ok::<(), std::io::Error>(())
/// })?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone)]
pub struct SocketAddr(net::SocketAddr);

impl SocketAddr {
    /// The path, if it is bound to one.
    pub fn as_pathname(&self) -> Option<&Path> {
        self.0.as_pathname()
    }

    /// Whether it is bound to nothing.
    pub fn is_unnamed(&self) -> bool {
        self.0.is_unnamed()
    }

    /// The abstract name (unix(7)), without the zero byte in front. Only on Linux.
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::net::UnixListener;
    ///
    /// # buzzer::block_on(async {
    /// # let dir = tempfile::tempdir()?; let path = dir.path().join("counter");
    /// let counter = UnixListener::bind(&path)?;
    /// assert_eq!(counter.local_addr()?.as_abstract_name(), None); // It has a path.
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    #[cfg(target_os = "linux")]
    pub fn as_abstract_name(&self) -> Option<&[u8]> {
        std::os::linux::net::SocketAddrExt::as_abstract_name(&self.0)
    }
}

/// It is one of std's.
impl Deref for SocketAddr {
    type Target = net::SocketAddr;

    fn deref(&self) -> &net::SocketAddr {
        &self.0
    }
}

impl From<net::SocketAddr> for SocketAddr {
    fn from(std: net::SocketAddr) -> Self {
        Self(std)
    }
}

impl From<SocketAddr> for net::SocketAddr {
    fn from(address: SocketAddr) -> Self {
        address.0
    }
}

impl fmt::Debug for SocketAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
