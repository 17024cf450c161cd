//! Urgent data, of which mio tells on Linux alone: sockatmark(3).
//!
//! Owns that call. The reactor's `readiness/` asks, after a read that was short.

use std::ffi::c_int;
use std::os::fd::RawFd;

unsafe extern "C" {
    /// POSIX has it; the libc crate doesn't.
    safe fn sockatmark(socket: c_int) -> c_int;
}

/// Whether what is registered for it is told of it.
pub(crate) const URGENT_IS_TOLD: bool = false;

/// Whether a read of `fd` has stopped short at urgent data of which nothing told.
pub(crate) fn has_stopped_a_read(fd: RawFd) -> bool {
    sockatmark(fd) == 1
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::{TcpListener, TcpStream};
    use std::os::fd::AsRawFd;

    use super::*;

    #[test]
    fn a_read_that_stops_at_urgent_data_is_known_from_one_that_found_no_more() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut there = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let mut here = listener.accept().unwrap().0;
        let fd = here.as_raw_fd();
        let mut buffer = [0; 64];
        there.write_all(b"before").unwrap();
        assert_eq!(here.read(&mut buffer).unwrap(), 6);
        assert!(!has_stopped_a_read(fd));
        there.write_all(b"more").unwrap();
        // SAFETY: the byte is valid for reads, and lives past the call.
        let sent = unsafe { libc::send(there.as_raw_fd(), b"!".as_ptr().cast(), 1, libc::MSG_OOB) };
        assert_eq!(sent, 1);
        there.write_all(b"behind").unwrap();
        here.read_exact(&mut buffer[..4]).unwrap();
        assert!(has_stopped_a_read(fd));
        here.read_exact(&mut buffer[..6]).unwrap();
        assert_eq!(&buffer[..6], b"behind");
        assert!(!has_stopped_a_read(fd));
    }
}
