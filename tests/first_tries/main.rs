//! The first operation on a new source is tried before anybody has told that it may be
//! done. Whatever the kernel says to it, the program is told what std would tell it, and
//! what comes after is neither lost nor waited for in vain. So with standard input, and
//! with the end of a child.
//!
//! Once epoll has told, "would block" is the kernel's word that there is nothing, and
//! that it will tell again.
//!
//! A script answers one call in the kernel's place; files have such tests in `files/`.

#![cfg(target_os = "linux")]

#[path = "../support/answers.rs"]
mod answers;
#[path = "../support/child.rs"]
mod child;
mod moving;
mod opening;
mod telling;

use std::ffi::c_long;
use std::io;
use std::net::Ipv4Addr;
use std::os::fd::AsFd;
use std::time::Duration;

use answers::Reply;
use buzzer::time::timeout;
use rustix::event::{PollFd, PollFlags, poll};

const ANY_PORT: (Ipv4Addr, u16) = (Ipv4Addr::LOCALHOST, 0);

const CALLS: &[c_long] = &[
    libc::SYS_recvfrom,
    libc::SYS_recvmsg,
    libc::SYS_sendto,
    libc::SYS_sendmsg,
    libc::SYS_read,
    libc::SYS_write,
    libc::SYS_writev,
    POLL,
    libc::SYS_preadv2,
];

/// Either, as there is one or the other.
const ACCEPTS: &[c_long] = &[libc::SYS_accept4, libc::SYS_accept];
const WAITS: &[c_long] = &[libc::SYS_waitid, libc::SYS_wait4];

#[cfg(target_arch = "x86_64")]
const POLL: c_long = libc::SYS_poll;
#[cfg(not(target_arch = "x86_64"))]
const POLL: c_long = libc::SYS_ppoll;

/// recv(2), and what sandboxes say.
const OF_RECEIVES: &[i32] = &[
    libc::EAGAIN,
    libc::EBADF,
    libc::ECONNREFUSED,
    libc::ECONNRESET,
    libc::EFAULT,
    libc::EHOSTUNREACH,
    libc::EINTR,
    libc::EINVAL,
    libc::ENOMEM,
    libc::ENOSYS,
    libc::ENOTCONN,
    libc::ENOTSOCK,
    libc::EPERM,
    libc::ETIMEDOUT,
];

/// send(2), and what sandboxes say.
const OF_SENDS: &[i32] = &[
    libc::EACCES,
    libc::EAGAIN,
    libc::EALREADY,
    libc::EBADF,
    libc::ECONNRESET,
    libc::EDESTADDRREQ,
    libc::EFAULT,
    libc::EINTR,
    libc::EINVAL,
    libc::EISCONN,
    libc::EMSGSIZE,
    libc::ENOBUFS,
    libc::ENOMEM,
    libc::ENOSYS,
    libc::ENOTCONN,
    libc::ENOTSOCK,
    libc::EOPNOTSUPP,
    libc::EPERM,
    libc::EPIPE,
];

/// read(2) and write(2) of a pipe, and what sandboxes say.
const OF_PIPES: &[i32] = &[
    libc::EAGAIN,
    libc::EBADF,
    libc::EFAULT,
    libc::EINTR,
    libc::EINVAL,
    libc::EIO,
    libc::ENOSYS,
    libc::EPERM,
];

/// Nothing, one byte, and each error.
fn replies(errors: &[i32]) -> impl Iterator<Item = Reply> {
    let less = [Reply::Says(0), Reply::Moves(1)].into_iter();
    less.chain(errors.iter().map(|errno| Reply::Fails(*errno)))
}

/// Runs `body` on a runtime of its own. Who waits in vain is told so.
fn run<T>(body: impl Future<Output = T>) -> T {
    const IN_VAIN: Duration = Duration::from_secs(60);
    buzzer::block_on(async { timeout(IN_VAIN, body).await.expect("it waits in vain") })
}

/// What a call that would have moved `whole` says after such a reply: as std, but for
/// what is waited out.
#[track_caller]
fn check(said: io::Result<usize>, reply: Reply, whole: usize) {
    let said = said.map_err(|error| buzzer::io::raw_os_error(&error));
    let expected = match reply {
        Reply::Fails(libc::EAGAIN | libc::EINTR) => Ok(whole),
        Reply::Fails(errno) => Err(Some(errno)),
        Reply::Says(number) => Ok(number as usize),
        Reply::Moves(most) => Ok(whole.min(most as usize)),
    };
    assert_eq!(said, expected, "{reply:?}");
}

fn wait_for(source: &impl AsFd, flags: PollFlags) {
    let mut polled = [PollFd::new(source, flags)];
    while !polled[0].revents().intersects(flags) {
        poll(&mut polled, None).unwrap();
    }
}

const ORDER: &[u8] = b"one mocha";
