//! The only calls of libc, each behind a safe function.

#![allow(unsafe_code)]

pub(crate) mod file;
#[cfg(any(feature = "hyper", feature = "tokio-io"))]
pub(crate) mod foreign_buf;
pub(crate) mod pipe;
pub(crate) mod process;
pub(crate) mod read_buf;
pub(crate) mod signal;
pub(crate) mod socket;
pub(crate) mod timerfd;

/// What a system call returned, or the error that a negative number stands for.
fn check<N: PartialOrd + From<i8>>(returned: N) -> std::io::Result<N> {
    match returned < N::from(0) {
        true => Err(std::io::Error::last_os_error()),
        false => Ok(returned),
    }
}
