//! What a descriptor is of, in words: fstat(2).
//!
//! Owns the words. `fs/` and `io/` put them into errors; the dump gets them where the
//! system tells no more.

use std::io;
use std::mem::MaybeUninit;
use std::os::fd::RawFd;

use super::check;

/// What kind of thing `fd` leads to, with its article.
pub(crate) fn kind_of(fd: RawFd) -> &'static str {
    look(fd).unwrap_or("a closed descriptor")
}

/// As [`kind_of`], for who tells a failure from a kind.
pub(crate) fn look(fd: RawFd) -> io::Result<&'static str> {
    let mut stat = MaybeUninit::<libc::stat>::uninit();
    // SAFETY: The kernel writes to `stat` alone, which has room for it; a number that
    // is no open descriptor is an error and nothing worse.
    check(unsafe { libc::fstat(fd, stat.as_mut_ptr()) })?;
    // SAFETY: fstat has said that it filled it.
    let mode = unsafe { stat.assume_init() }.st_mode;
    Ok(match mode & libc::S_IFMT {
        libc::S_IFREG => "a regular file",
        libc::S_IFDIR => "a directory",
        libc::S_IFSOCK => "a socket",
        libc::S_IFIFO => "a pipe",
        libc::S_IFCHR => "a character device",
        libc::S_IFBLK => "a block device",
        libc::S_IFLNK => "a symbolic link",
        // eventfds, epoll and the like: Linux's word for them.
        _ => "an anonymous inode",
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::File;
    use std::os::fd::AsRawFd;

    #[test]
    fn each_kind_is_known_by_its_name() {
        let dir = tempfile::tempdir().unwrap();
        let of = |path: &std::path::Path| kind_of(File::open(path).unwrap().as_raw_fd());
        assert_eq!(of(dir.path()), "a directory");
        std::fs::write(dir.path().join("file"), "").unwrap();
        assert_eq!(of(&dir.path().join("file")), "a regular file");
        assert_eq!(of("/dev/null".as_ref()), "a character device");
        let (reader, _writer) = io::pipe().unwrap();
        assert_eq!(kind_of(reader.as_raw_fd()), "a pipe");
        let (socket, _peer) = std::os::unix::net::UnixStream::pair().unwrap();
        assert_eq!(kind_of(socket.as_raw_fd()), "a socket");
        #[cfg(target_os = "linux")]
        {
            use std::os::fd::{FromRawFd, OwnedFd};
            // SAFETY: it takes an integer, and gives a descriptor that nobody else knows.
            let epoll = unsafe { OwnedFd::from_raw_fd(libc::epoll_create1(libc::EPOLL_CLOEXEC)) };
            assert_eq!(kind_of(epoll.as_raw_fd()), "an anonymous inode");
        }
        assert_eq!(kind_of(-1), "a closed descriptor");
    }
}
