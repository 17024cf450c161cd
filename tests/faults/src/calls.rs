//! Which calls fail, with which errors, and what is expected then.
//!
//! Owns [`CALLS`]. The errors of a call are those that its manual page lists (Linux
//! man-pages 6.03), and those that the page names in passing: of preadv2(2), say, all of
//! read(2). `left_out.rs` has those that are left out, and why; `tests/manual.rs` holds
//! both against the pages.
//!
//! The first error of each is the likeliest: the short form has only that one.

use libc::*;

use crate::closes;

/// See there.
#[allow(non_upper_case_globals)]
const SYS_close: c_long = closes::ASKED;

/// A call that fails.
#[derive(Clone, Copy, Debug)]
pub struct Call {
    pub name: &'static str,
    pub number: c_long,
    /// Whose errors these are, in section 2 of the manual.
    pub page: &'static str,
    pub errors: &'static [Error],
    /// Those that the program must not get to see.
    unseen: &'static [c_int],
    /// What is expected of all others.
    others: Expected,
}

/// An error, by its name and its number.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Error {
    pub name: &'static str,
    pub number: c_int,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Expected {
    /// The program does the same as without.
    Unseen,
    /// The program is told: going on as if nothing had been would lose something.
    Told,
    /// There is another way, for this call or for some of its callers; the table has which.
    Either,
}

use Expected::{Either, Told, Unseen};

impl Call {
    pub fn expected(&self, error: Error) -> Expected {
        match self.unseen.contains(&error.number) || self.unseen == ALL {
            true => Unseen,
            false => self.others,
        }
    }
}

/// Every error of the call is to be unseen.
const ALL: &[c_int] = &[0];

macro_rules! calls {
    ($($(#[$if:meta])? $number:ident $page:literal $others:ident $unseen:expr, [$($error:ident)*];)*) => {
        &[$($(#[$if])? Call {
            name: stringify!($number).split_at("SYS_".len()).1,
            number: $number,
            page: $page,
            errors: &[$(Error { name: stringify!($error), number: $error }),*],
            unseen: $unseen,
            others: $others,
        }),*]
    };
}

pub const CALLS: &[Call] = calls! {
    SYS_openat "open" Either &[EINTR], [EMFILE EACCES EAGAIN EBADF EBUSY EDQUOT EEXIST EFBIG EOVERFLOW EINTR EINVAL EISDIR ELOOP ENAMETOOLONG ENFILE ENODEV ENXIO ENOENT ENOMEM ENOSPC ENOTDIR EOPNOTSUPP EPERM EROFS ETXTBSY];
    SYS_openat2 "openat2" Either &[EINTR, EAGAIN, E2BIG, EINVAL, EXDEV, ELOOP], [EAGAIN E2BIG EINVAL ELOOP EXDEV EINTR EACCES EMFILE ENFILE ENOENT ENOMEM];
    SYS_read "read" Either &[EINTR], [EIO EBADF EINTR EINVAL EISDIR];
    SYS_readv "readv" Either &[EINTR], [EINVAL EOPNOTSUPP EBADF EINTR EIO EISDIR];
    SYS_preadv2 "preadv2" Either ALL, [EAGAIN EINVAL EOPNOTSUPP EBADF EINTR EIO EISDIR ENXIO EOVERFLOW ESPIPE];
    SYS_pread64 "read" Told &[EINTR], [EBADF EINTR EINVAL EIO EISDIR ENXIO EOVERFLOW ESPIPE];
    SYS_write "write" Either &[EINTR], [ENOSPC EBADF EDESTADDRREQ EDQUOT EFBIG EINTR EINVAL EIO EPERM EPIPE];
    SYS_writev "write" Told &[EINTR], [ENOSPC EBADF EDESTADDRREQ EDQUOT EFBIG EINTR EINVAL EIO EPERM EPIPE EOPNOTSUPP];
    SYS_pwritev2 "pwritev2" Either ALL, [ENOSPC EINVAL EOPNOTSUPP EAGAIN EBADF EFBIG EINTR EIO EPERM EDQUOT ESPIPE];
    SYS_pwrite64 "write" Told &[EINTR], [ENOSPC EBADF EDESTADDRREQ EDQUOT EFBIG EINTR EINVAL EIO EPERM EPIPE ENXIO EOVERFLOW ESPIPE];
    #[cfg(target_arch = "x86_64")] SYS_dup2 "dup2" Either &[], [EMFILE EBADF EBUSY EINTR EINVAL];
    SYS_close "close" Either ALL, [EIO EBADF EDQUOT EINTR ENOSPC];
    SYS_lseek "lseek" Either &[], [EBADF EINVAL ENXIO EOVERFLOW ESPIPE];
    SYS_ftruncate "ftruncate" Told &[EINTR], [EACCES EFBIG EINTR EINVAL EIO EISDIR ELOOP ENAMETOOLONG ENOENT ENOTDIR EPERM EROFS ETXTBSY EBADF];
    SYS_fsync "fsync" Told &[EINTR], [EIO EBADF EINTR EINVAL ENOSPC EROFS EDQUOT];
    SYS_fdatasync "fdatasync" Told &[EINTR], [ENOSPC EBADF EINTR EINVAL EIO EROFS EDQUOT];
    SYS_fcntl "fcntl" Either &[], [EMFILE EBADF EINVAL EPERM];
    SYS_ioctl "ioctl" Either &[], [ENOTTY EBADF EINVAL];
    SYS_statx "statx" Either &[], [EACCES EBADF EINVAL ELOOP ENAMETOOLONG ENOENT ENOMEM ENOTDIR];
    SYS_newfstatat "fstatat" Either &[], [EACCES EBADF EINVAL ELOOP ENAMETOOLONG ENOENT ENOMEM ENOTDIR EOVERFLOW];
    SYS_fstat "fstat" Either &[], [EACCES EBADF EINVAL ELOOP ENAMETOOLONG ENOENT ENOMEM ENOTDIR EOVERFLOW];
    SYS_getdents64 "getdents" Told &[], [EBADF EINVAL ENOTDIR];
    #[cfg(target_arch = "x86_64")] SYS_readlink "readlink" Told &[], [EACCES EBADF EIO ELOOP ENAMETOOLONG ENOENT ENOMEM ENOTDIR];
    #[cfg(target_arch = "x86_64")] SYS_rename "rename" Told &[], [ENOSPC EACCES EBUSY EDQUOT EINVAL EISDIR ELOOP EMLINK ENAMETOOLONG ENOENT ENOMEM ENOTDIR ENOTEMPTY EPERM EROFS EXDEV EBADF EEXIST];
    SYS_renameat "renameat" Either &[], [ENOSPC EACCES EBUSY EDQUOT EINVAL EISDIR ELOOP EMLINK ENAMETOOLONG ENOENT ENOMEM ENOTDIR ENOTEMPTY EPERM EROFS EXDEV EBADF EEXIST];
    SYS_linkat "link" Told &[], [EACCES EDQUOT EEXIST EIO ELOOP EMLINK ENAMETOOLONG ENOENT ENOMEM ENOSPC ENOTDIR EPERM EROFS EXDEV EBADF EINVAL];
    #[cfg(target_arch = "x86_64")] SYS_symlink "symlink" Told &[], [EACCES EBADF EDQUOT EEXIST EIO ELOOP ENAMETOOLONG ENOENT ENOMEM ENOSPC ENOTDIR EPERM EROFS];
    #[cfg(target_arch = "x86_64")] SYS_unlink "unlink" Told &[], [EACCES EBUSY EIO EISDIR ELOOP ENAMETOOLONG ENOENT ENOMEM ENOTDIR EPERM EROFS EBADF EINVAL];
    SYS_unlinkat "unlink" Told &[], [EACCES EBUSY EIO EISDIR ELOOP ENAMETOOLONG ENOMEM ENOTDIR EPERM EROFS EBADF EINVAL ENOTEMPTY];
    #[cfg(target_arch = "x86_64")] SYS_mkdir "mkdir" Either &[], [ENOSPC EACCES EBADF EDQUOT EEXIST EINVAL ELOOP EMLINK ENAMETOOLONG ENOENT ENOMEM ENOTDIR EPERM EROFS];
    #[cfg(target_arch = "x86_64")] SYS_rmdir "rmdir" Told &[], [EACCES EBUSY EINVAL ELOOP ENAMETOOLONG ENOENT ENOMEM ENOTDIR ENOTEMPTY EEXIST EPERM EROFS];
    #[cfg(target_arch = "x86_64")] SYS_chmod "chmod" Told &[], [EACCES EBADF EINVAL EIO ELOOP ENAMETOOLONG ENOENT ENOMEM ENOTDIR EOPNOTSUPP EPERM EROFS];
    SYS_fchmod "fchmod" Told &[], [EPERM EACCES EBADF EINVAL EIO ELOOP ENAMETOOLONG ENOENT ENOMEM ENOTDIR EOPNOTSUPP EROFS];
    SYS_utimensat "utimensat" Told &[], [EPERM EACCES EBADF EINVAL ELOOP ENAMETOOLONG ENOENT ENOTDIR EROFS ESRCH];
    SYS_flock "flock" Either &[], [ENOLCK EBADF EINTR EINVAL];
    SYS_faccessat2 "faccessat2" Either &[], [EACCES EBADF EINVAL EIO ELOOP ENAMETOOLONG ENOENT ENOMEM ENOTDIR EPERM EROFS ETXTBSY];
    SYS_copy_file_range "copy_file_range" Either &[], [ENOSPC EBADF EFBIG EINVAL EIO EISDIR ENOMEM EOPNOTSUPP EOVERFLOW EPERM ETXTBSY EXDEV];
    SYS_socket "socket" Told &[], [EMFILE EACCES EAFNOSUPPORT EINVAL ENFILE ENOBUFS EPROTONOSUPPORT ENOMEM];
    SYS_socketpair "socketpair" Told &[], [EMFILE EAFNOSUPPORT ENFILE EOPNOTSUPP EPROTONOSUPPORT];
    SYS_bind "bind" Told &[], [EADDRINUSE EACCES EBADF EINVAL ENOTSOCK EADDRNOTAVAIL ELOOP ENAMETOOLONG ENOENT ENOMEM ENOTDIR EROFS];
    SYS_listen "listen" Told &[], [EADDRINUSE EBADF ENOTSOCK EOPNOTSUPP EINVAL];
    SYS_accept4 "accept4" Either &[EINTR, ECONNABORTED, EPROTO], [EMFILE EBADF ECONNABORTED EINTR EINVAL ENFILE ENOBUFS ENOMEM ENOTSOCK EOPNOTSUPP EPERM EPROTO ENOSR ESOCKTNOSUPPORT EPROTONOSUPPORT ETIMEDOUT];
    SYS_connect "connect" Either &[], [ECONNREFUSED EACCES EADDRINUSE EADDRNOTAVAIL EAFNOSUPPORT EAGAIN EALREADY EBADF EISCONN ENETUNREACH ENOTSOCK EPERM EPROTOTYPE ETIMEDOUT];
    SYS_getsockname "getsockname" Either &[], [ENOBUFS EBADF EINVAL ENOTSOCK];
    SYS_getpeername "getpeername" Either &[], [EBADF EINVAL ENOBUFS ENOTCONN ENOTSOCK];
    SYS_getsockopt "getsockopt" Either &[], [ENOPROTOOPT EBADF EINVAL ENOTSOCK];
    SYS_setsockopt "setsockopt" Told &[], [ENOPROTOOPT EBADF EINVAL ENOTSOCK];
    SYS_sendto "sendto" Either &[EINTR], [EPIPE EACCES EALREADY EBADF ECONNRESET EDESTADDRREQ EINTR EINVAL EISCONN EMSGSIZE ENOBUFS ENOMEM ENOTCONN ENOTSOCK EOPNOTSUPP];
    SYS_sendmsg "sendmsg" Either &[EINTR], [EPIPE EACCES EALREADY EBADF ECONNRESET EDESTADDRREQ EINTR EINVAL EISCONN EMSGSIZE ENOBUFS ENOMEM ENOTCONN ENOTSOCK EOPNOTSUPP];
    SYS_recvfrom "recvfrom" Told &[EINTR], [ECONNREFUSED EBADF EINTR EINVAL ENOMEM ENOTCONN ENOTSOCK];
    SYS_recvmsg "recvfrom" Either &[EINTR], [ENOMEM EBADF ECONNREFUSED EINTR EINVAL ENOTCONN ENOTSOCK];
    SYS_shutdown "shutdown" Either &[], [EBADF EINVAL ENOTSOCK];
    SYS_epoll_create1 "epoll_create1" Told &[], [EMFILE EINVAL ENFILE ENOMEM];
    SYS_epoll_ctl "epoll_ctl" Either &[], [ENOSPC EBADF EEXIST EINVAL ELOOP ENOENT ENOMEM EPERM];
    #[cfg(target_arch = "x86_64")] SYS_epoll_wait "epoll_wait" Either &[EINTR], [EINTR EBADF EINVAL];
    #[cfg(target_arch = "x86_64")] SYS_poll "poll" Either &[EINTR], [ENOMEM EINTR EINVAL];
    SYS_eventfd2 "eventfd" Either &[], [EMFILE EINVAL ENFILE ENODEV ENOMEM];
    SYS_timerfd_create "timerfd_create" Either &[], [EMFILE EINVAL ENFILE ENODEV ENOMEM EPERM];
    SYS_timerfd_settime "timerfd_settime" Either &[], [EINVAL EBADF ECANCELED];
    SYS_pidfd_open "pidfd_open" Either &[], [EMFILE EINVAL ENFILE ENODEV ENOMEM ESRCH];
    SYS_pipe2 "pipe2" Either &[], [EMFILE EINVAL ENFILE ENOPKG];
    SYS_clone3 "clone3" Either &[], [EAGAIN EACCES EBUSY EEXIST EINVAL ENOMEM ENOSPC EUSERS EOPNOTSUPP EPERM];
    SYS_execve "execve" Either &[], [ENOENT E2BIG EACCES EAGAIN EINVAL EIO EISDIR ELIBBAD ELOOP ENOEXEC EMFILE ENAMETOOLONG ENFILE ENOMEM ENOTDIR EPERM ETXTBSY];
    SYS_wait4 "waitid" Either &[], [ECHILD EINVAL];
    SYS_kill "kill" Told &[], [EPERM EINVAL ESRCH];
    SYS_rt_sigaction "sigaction" Either &[], [EINVAL];
    SYS_rt_sigprocmask "sigprocmask" Either &[], [EINVAL];
    SYS_mmap "mmap" Either &[], [ENOMEM EAGAIN EINVAL EPERM];
    SYS_mprotect "mprotect" Either &[], [ENOMEM EACCES EINVAL];
    SYS_madvise "madvise" Either ALL, [EACCES EAGAIN EBADF EBUSY EINVAL EIO ENOMEM EPERM EHWPOISON];
};
