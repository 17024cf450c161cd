//! Unix sockets: their names, credentials, and the halves of their streams; pipes.

pub(super) mod addr;
pub(super) mod datagram;
pub(super) mod listener;
pub(super) mod name;
pub mod pipe;
pub(super) mod socket;
pub(super) mod stream;
mod ucred;

use std::os::unix::net;
use std::sync::Arc;

pub use addr::SocketAddr;
pub use ucred::{UCred, gid_t, pid_t, uid_t};

use super::UnixStream;
use super::stream as split;
use name::{address_of, named_bind, shown};

/// The receiving half that borrows a [`UnixStream`].
pub type ReadHalf<'a> = split::Half<&'a UnixStream, split::Receives>;

/// The sending half that borrows a [`UnixStream`].
pub type WriteHalf<'a> = split::Half<&'a UnixStream, split::Sends>;

/// The receiving half that owns a [`UnixStream`] with the other.
pub type OwnedReadHalf = split::Half<Arc<UnixStream>, split::Receives>;

/// The sending half that owns a [`UnixStream`] with the other. Its
/// drop shuts the sending side down.
pub type OwnedWriteHalf = split::Half<split::WriteEnd<net::UnixStream>, split::Sends>;

/// Two halves that are not of one stream; see [`Half::reunite`](super::Half::reunite).
pub type ReuniteError = split::ReuniteError<net::UnixStream>;
