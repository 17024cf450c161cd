//! TCP, and the halves of its streams.

pub(super) mod listener;
pub(super) mod socket;
pub(super) mod stream;

use std::net;
use std::sync::Arc;

use super::TcpStream;
use super::stream as split;

/// The receiving half that borrows a [`TcpStream`].
pub type ReadHalf<'a> = split::Half<&'a TcpStream, split::Receives>;

/// The sending half that borrows a [`TcpStream`].
pub type WriteHalf<'a> = split::Half<&'a TcpStream, split::Sends>;

/// The receiving half that owns a [`TcpStream`] with the other.
pub type OwnedReadHalf = split::Half<Arc<TcpStream>, split::Receives>;

/// The sending half that owns a [`TcpStream`] with the other. Its
/// drop shuts the sending side down.
pub type OwnedWriteHalf = split::Half<split::WriteEnd<net::TcpStream>, split::Sends>;

/// Two halves that are not of one stream; see [`Half::reunite`](super::Half::reunite).
pub type ReuniteError = split::ReuniteError<net::TcpStream>;
