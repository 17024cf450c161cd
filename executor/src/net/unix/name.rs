//! What Unix sockets are called.
//!
//! Owns the way from a path to an address, and how errors show one.

use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::SocketAddr;
use std::path::Path;

use crate::sys::errors::{named, named_to_make};
use crate::sys::socket::unix_name::{self, abstract_name, abstract_part};

/// The address of a path, for an operation of that name. As in tokio, on Linux one that
/// begins with a zero byte is an abstract name: unix(7).
pub(super) fn address_of(operation: &'static str, path: &Path) -> io::Result<SocketAddr> {
    let address = unix_name::address_of(path);
    address.map_err(|error| match abstract_part(path.as_os_str().as_bytes()) {
        Some(name) => named(operation, with_at(name), error),
        None => named(operation, path.display(), error),
    })
}

/// An address as errors show it.
pub(in crate::net) fn shown(address: &SocketAddr) -> String {
    match (address.as_pathname(), abstract_name(address)) {
        (Some(path), _) => path.display().to_string(),
        (_, Some(name)) => with_at(name),
        _ => "no address".to_owned(),
    }
}

/// The error of a bind, which makes what it binds.
#[cold]
pub(super) fn named_bind(address: &SocketAddr, error: io::Error) -> io::Error {
    match address.as_pathname() {
        Some(path) => named_to_make("bind", path, error),
        None => named("bind", shown(address), error),
    }
}

/// An abstract name, with an @ for the zero byte, as ss(8) shows it.
fn with_at(name: &[u8]) -> String {
    format!("@{}", name.escape_ascii())
}
