//! The only place that knows the system: the calls of libc, each behind a safe function.
//!
//! What is the same on every Unix lies here. What is not lies in `linux/` and `unix/`,
//! under the same names, and one line below chooses.
//!
//! - `errors.rs`, `stderr.rs`, `start.rs`: how errors are worded and said
//! - `descriptor.rs`, `fd_kind.rs`, `poll.rs`, `pipe.rs`, `read_buf/`, `foreign_buf.rs`:
//!   descriptors, and the memory that they are read into
//! - `file.rs`, `folder.rs`: files; `socket/`: sockets; `process.rs`: children
//! - `bytes.rs`: a byte that is looked for
//! - `signal.rs`, `listener.rs`, `signal_kind.rs`, `action.rs`, `errno.rs`: signals, and who
//!   is told
//! - `ending.rs`: the end of the process; `monotonic.rs`: the clock that nobody sets
//! - `locks.rs`, `shared.rs`: what threads share, also in the models; `pthread/`: locks that
//!   ThreadSanitizer sees
//! - `promised.rs`: public functions that are unsafe, for types above
//! - `lent/`, `handed/`: a value that tasks share, or pass on; `pinned.rs`: a future within
//!   another; `recycled/`: memory that serves again. They ask the system for nothing, and
//!   are here for their `unsafe`
//!
//! and in either folder, for this system: `registry.rs`, `unpark.rs` and `timer.rs`, which
//! the loop sleeps by; `event.rs`, `pidfd.rs`, `cached.rs`, `socket.rs`, `urgent.rs`,
//! `told.rs`, `thread.rs` and `privilege.rs`.

#![allow(unsafe_code)]

mod action;
pub(crate) mod bytes;
pub(crate) mod descriptor;
pub(crate) mod ending;
mod errno;
pub(crate) mod errors;
pub(crate) mod fd_kind;
pub(crate) mod file;
pub(crate) mod folder;
#[cfg(any(feature = "bytes", feature = "hyper", feature = "tokio-io"))]
pub(crate) mod foreign_buf;
pub(crate) mod handed;
pub(crate) mod lent;
#[cfg(all(target_os = "linux", not(buzzer_portable)))]
mod linux;
pub(crate) mod listener;
pub(crate) mod locks;
mod monotonic;
pub(crate) mod pinned;
pub(crate) mod pipe;
pub(crate) mod poll;
pub(crate) mod process;
pub(crate) mod promised;
#[cfg(buzzer_pthread_locks)]
mod pthread;
pub(crate) mod read_buf;
pub(crate) mod recycled;
pub(crate) mod shared;
pub(crate) mod signal;
pub(crate) mod signal_kind;
pub(crate) mod socket;
pub(crate) mod start;
pub(crate) mod stderr;
mod unix;

use std::io::IoSlice;

/// The system's own way; `--cfg buzzer_portable` has Linux go the way of every Unix.
#[cfg(all(target_os = "linux", not(buzzer_portable)))]
use linux as system;
#[cfg(not(all(target_os = "linux", not(buzzer_portable))))]
use unix as system;

#[cfg(loom)]
use shared::event;
#[cfg(not(loom))]
use system::event;
pub(crate) use system::{cached, pidfd, privilege, registry, timer, told, unpark, urgent};

#[cfg(loom)]
pub(crate) use shared::joined as thread;
#[cfg(not(loom))]
pub(crate) use system::thread;

/// How many buffers one call takes; more are an error. It is the same number on Linux,
/// macOS and FreeBSD.
pub(crate) const MAX_BUFFERS: usize = 1024;

/// Of `buffers`, those that one call writes from: [`MAX_BUFFERS`] at most. Empty ones at
/// the front are passed over, however many, since a call that looks at nothing else says
/// zero, which means that nothing can be written.
pub(crate) fn for_one_call<'a, 'b>(buffers: &'a [IoSlice<'b>]) -> &'a [IoSlice<'b>] {
    let first = buffers.iter().position(|buffer| !buffer.is_empty());
    let buffers = &buffers[first.unwrap_or(buffers.len())..];
    &buffers[..buffers.len().min(MAX_BUFFERS)]
}

/// What a system call returned, or the error that a negative number stands for.
fn check<N: PartialOrd + From<i8>>(returned: N) -> std::io::Result<N> {
    match returned < N::from(0) {
        true => Err(std::io::Error::last_os_error()),
        false => Ok(returned),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_system_takes_as_many_buffers_as_it_is_given() {
        // SAFETY: sysconf takes an integer and touches no memory of ours.
        let most = unsafe { libc::sysconf(libc::_SC_IOV_MAX) };
        assert!(most >= MAX_BUFFERS as libc::c_long, "{most}");
    }
}
