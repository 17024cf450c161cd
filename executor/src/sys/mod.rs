//! The only calls of libc, each behind a safe function.

#![allow(unsafe_code)]

pub(crate) mod file;
pub(crate) mod timerfd;
