//! Unix sockets: their addresses, credentials, and the halves of their streams.

mod listener;
mod stream;
mod ucred;

use std::io;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net;
use std::path::Path;
use std::sync::Arc;

pub use listener::UnixListener;
pub use std::os::unix::net::SocketAddr;
pub use stream::UnixStream;
pub use ucred::{UCred, gid_t, pid_t, uid_t};

use super::stream as split;

/// The receiving half that borrows a [`UnixStream`](super::UnixStream).
pub type ReadHalf<'a> = split::ReadHalf<&'a UnixStream>;

/// The sending half that borrows a [`UnixStream`](super::UnixStream).
pub type WriteHalf<'a> = split::WriteHalf<&'a UnixStream>;

/// The receiving half that owns a [`UnixStream`](super::UnixStream) with the other.
pub type OwnedReadHalf = split::ReadHalf<Arc<UnixStream>>;

/// The sending half that owns a [`UnixStream`](super::UnixStream) with the other. Its
/// drop shuts the sending side down.
pub type OwnedWriteHalf = split::WriteHalf<split::WriteEnd<net::UnixStream>>;

/// Two halves that are not of one stream.
pub type ReuniteError = split::ReuniteError<net::UnixStream>;

/// The address of a path. As in tokio, one that begins with a zero byte is an
/// abstract name: unix(7).
fn address_of(path: &Path) -> io::Result<SocketAddr> {
    match path.as_os_str().as_bytes() {
        [0, name @ ..] => SocketAddr::from_abstract_name(name),
        _ => SocketAddr::from_pathname(path),
    }
}
