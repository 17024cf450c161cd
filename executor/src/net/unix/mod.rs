//! Unix sockets: their addresses, credentials, and the halves of their streams.

pub(super) mod datagram;
pub(super) mod listener;
pub(super) mod stream;
mod ucred;

use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net;
use std::path::Path;
use std::sync::Arc;

pub use std::os::unix::net::SocketAddr;
pub use ucred::{UCred, gid_t, pid_t, uid_t};

use super::UnixStream;
use super::stream as split;
use crate::sys::errors::{named, named_to_make};
use crate::sys::socket::unix_name::{self, abstract_name, abstract_part};

/// The receiving half that borrows a [`UnixStream`].
pub type ReadHalf<'a> = split::Half<&'a UnixStream, split::Receives>;

/// The sending half that borrows a [`UnixStream`].
pub type WriteHalf<'a> = split::Half<&'a UnixStream, split::Sends>;

/// The receiving half that owns a [`UnixStream`] with the other.
pub type OwnedReadHalf = split::Half<Arc<UnixStream>, split::Receives>;

/// The sending half that owns a [`UnixStream`] with the other. Its
/// drop shuts the sending side down.
pub type OwnedWriteHalf = split::Half<split::WriteEnd<net::UnixStream>, split::Sends>;

/// Two halves that are not of one stream.
pub type ReuniteError = split::ReuniteError<net::UnixStream>;

/// The address of a path, for an operation of that name. As in tokio, on Linux one that
/// begins with a zero byte is an abstract name: unix(7).
fn address_of(operation: &'static str, path: &Path) -> io::Result<SocketAddr> {
    let address = unix_name::address_of(path);
    address.map_err(|error| match abstract_part(path.as_os_str().as_bytes()) {
        Some(name) => named(operation, with_at(name), error),
        None => named(operation, path.display(), error),
    })
}

/// An address as errors show it.
pub(super) fn shown(address: &SocketAddr) -> String {
    match (address.as_pathname(), abstract_name(address)) {
        (Some(path), _) => path.display().to_string(),
        (_, Some(name)) => with_at(name),
        _ => "no address".to_owned(),
    }
}

/// The error of a bind, which makes what it binds.
#[cold]
fn named_bind(address: &SocketAddr, error: io::Error) -> io::Error {
    match address.as_pathname() {
        Some(path) => named_to_make("bind", path, error),
        None => named("bind", shown(address), error),
    }
}

/// An abstract name, with an @ for the zero byte, as ss(8) shows it.
fn with_at(name: &[u8]) -> String {
    format!("@{}", name.escape_ascii())
}
