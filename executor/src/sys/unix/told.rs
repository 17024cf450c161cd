//! What the system tells of a descriptor: fstat(2), and little more.
//!
//! Owns [`What`] and the look at a descriptor. The dump asks.

use std::mem::MaybeUninit;
use std::net::SocketAddr;
use std::os::fd::RawFd;
use std::path::PathBuf;

use super::super::fd_kind::kind_of;
use super::super::signal;
use super::super::signal_kind::SignalKind;

/// What a descriptor is of that is no socket's.
pub(crate) enum What {
    /// What has a path.
    File(PathBuf),
    /// By its number; `None` if it has ended.
    Child(Option<u64>),
    Signal(SignalKind),
    /// Anything else, in words.
    Kind(String),
}

/// Looks at descriptors, for one dump.
#[derive(Default)]
pub(crate) struct Looker;

impl Looker {
    /// Where a TCP socket connects to: nothing tells, before it has.
    pub(crate) fn connects_to(&self, _fd: RawFd) -> Option<SocketAddr> {
        None
    }

    /// What it is of, if it is no socket.
    pub(crate) fn what(&self, fd: RawFd) -> What {
        if let Some(signal) = signal_of(fd) {
            return What::Signal(signal);
        }
        match path_of(fd) {
            Some(path) => What::File(path),
            None => What::Kind(kind_of(fd).to_owned()),
        }
    }
}

/// Of a signal that is told through a pipe, which is the same one for all its listeners.
fn signal_of(fd: RawFd) -> Option<SignalKind> {
    let pipe = pipe(fd)?;
    let mut caught = signal::caught();
    let found = caught.find(|(_, event)| self::pipe(*event) == Some(pipe));
    found.map(|(signal, _)| SignalKind(signal))
}

/// Which pipe it is an end of.
fn pipe(fd: RawFd) -> Option<(libc::dev_t, libc::ino_t)> {
    let mut stat = MaybeUninit::<libc::stat>::uninit();
    // SAFETY: it writes to `stat` alone, which has room for it; a number that is no open
    // descriptor is an error and nothing worse.
    if unsafe { libc::fstat(fd, stat.as_mut_ptr()) } != 0 {
        return None;
    }
    // SAFETY: fstat has said that it filled it.
    let stat = unsafe { stat.assume_init() };
    (stat.st_mode & libc::S_IFMT == libc::S_IFIFO).then_some((stat.st_dev, stat.st_ino))
}

/// The path that a file or a device was opened by.
#[cfg(target_vendor = "apple")]
fn path_of(fd: RawFd) -> Option<PathBuf> {
    use std::ffi::{CStr, OsStr};
    use std::os::unix::ffi::OsStrExt;

    let mut buffer = [0_u8; libc::PATH_MAX as usize];
    // SAFETY: it writes no more than PATH_MAX bytes to `buffer`, its zero at the end
    // included.
    if unsafe { libc::fcntl(fd, libc::F_GETPATH, buffer.as_mut_ptr()) } != 0 {
        return None;
    }
    let path = CStr::from_bytes_until_nul(&buffer).ok()?;
    Some(OsStr::from_bytes(path.to_bytes()).into())
}

#[cfg(not(target_vendor = "apple"))]
fn path_of(_fd: RawFd) -> Option<PathBuf> {
    None
}

#[cfg(test)]
mod tests {
    use std::os::fd::AsRawFd;

    use super::*;

    #[test]
    fn the_ends_of_a_pipe_and_their_duplicates_are_known_to_be_of_one() {
        let (reader, writer) = std::io::pipe().unwrap();
        let one = pipe(reader.as_raw_fd());
        assert!(one.is_some());
        assert_eq!(pipe(writer.try_clone().unwrap().as_raw_fd()), one);
        let (other, _writer) = std::io::pipe().unwrap();
        assert_ne!(pipe(other.as_raw_fd()), one);
        let (socket, _peer) = std::os::unix::net::UnixStream::pair().unwrap();
        assert_eq!(pipe(socket.as_raw_fd()), None);
        assert_eq!(pipe(-1), None);
    }
}
