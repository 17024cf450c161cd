//! The names of Unix sockets: paths, and what else there is.
//!
//! Owns how long one may be, and abstract names, which only Linux has.

use std::io;
use std::mem::offset_of;
#[cfg(target_os = "linux")]
use std::os::linux::net::SocketAddrExt;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::SocketAddr;
use std::path::Path;

/// How long a name may be: 107 bytes on Linux, 103 elsewhere. There is room for one more,
/// the zero byte that ends a path or begins an abstract name.
const LONGEST: usize = size_of::<libc::sockaddr_un>() - offset_of!(libc::sockaddr_un, sun_path) - 1;

/// The address of a path; on Linux, one that begins with a zero byte is an abstract name:
/// unix(7).
///
/// # Errors
///
/// `InvalidInput` if it is too long for an address, or has a zero byte in it.
pub(crate) fn address_of(path: &Path) -> io::Result<SocketAddr> {
    let bytes = path.as_os_str().as_bytes();
    let name = abstract_part(bytes);
    let length = name.unwrap_or(bytes).len();
    if length > LONGEST {
        let text = format!("it has {length} bytes, and an address has room for {LONGEST}");
        return Err(io::Error::new(io::ErrorKind::InvalidInput, text));
    }
    match name {
        #[cfg(target_os = "linux")]
        Some(name) => SocketAddr::from_abstract_name(name),
        _ => SocketAddr::from_pathname(path),
    }
}

/// The abstract name that these bytes are, without the zero byte before it.
pub(crate) fn abstract_part(name: &[u8]) -> Option<&[u8]> {
    match name {
        [0, name @ ..] if cfg!(target_os = "linux") => Some(name),
        _ => None,
    }
}

/// The abstract name of an address, if it has one.
#[cfg(target_os = "linux")]
pub(crate) fn abstract_name(address: &SocketAddr) -> Option<&[u8]> {
    address.as_abstract_name()
}

/// There are none.
#[cfg(not(target_os = "linux"))]
pub(crate) fn abstract_name(_: &SocketAddr) -> Option<&[u8]> {
    None
}

/// What a Unix socket without a name is called.
pub(super) fn unnamed() -> SocketAddr {
    SocketAddr::from_pathname("").expect("an empty path fits, and has no zero byte")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_too_long_is_an_error_that_says_how_long_it_may_be() {
        let longest = "x".repeat(LONGEST);
        assert!(address_of(Path::new(&longest)).is_ok());
        let error = address_of(Path::new(&format!("{longest}x"))).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
        let text = format!(
            "it has {} bytes, and an address has room for {LONGEST}",
            LONGEST + 1
        );
        assert_eq!(error.to_string(), text);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_zero_byte_before_an_abstract_name_does_not_count() {
        let longest = format!("\0{}", "x".repeat(LONGEST));
        let address = address_of(Path::new(&longest)).unwrap();
        assert_eq!(abstract_name(&address).unwrap().len(), LONGEST);
        let error = address_of(Path::new(&format!("{longest}x"))).unwrap_err();
        assert!(error.to_string().starts_with("it has 108 bytes"), "{error}");
    }

    #[test]
    fn a_socket_without_a_name_has_an_address_that_says_so() {
        assert!(unnamed().is_unnamed());
    }
}
