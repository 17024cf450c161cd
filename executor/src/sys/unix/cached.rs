//! Files: what answers at once or not at all. POSIX has no such call.
//!
//! So every operation on a file that may wait is a worker's.

use std::ffi::{CStr, c_int};
use std::io::IoSlice;
use std::mem::MaybeUninit;
use std::os::fd::{BorrowedFd, OwnedFd};

use super::super::file::Answer;

pub(crate) fn open(_path: &CStr, _flags: c_int) -> Answer<OwnedFd> {
    Answer::CannotTry
}

pub(crate) fn look_at(_path: &CStr, _flags: c_int) -> Answer<OwnedFd> {
    Answer::CannotTry
}

pub(crate) fn read(
    _file: BorrowedFd<'_>,
    _offset: Option<u64>,
    _buffer: &mut [MaybeUninit<u8>],
) -> Answer<usize> {
    Answer::CannotTry
}

pub(crate) fn write(
    _file: BorrowedFd<'_>,
    _offset: Option<u64>,
    _buffers: &[IoSlice<'_>],
) -> Answer<usize> {
    Answer::CannotTry
}

/// Whether a path can be tried at all.
#[cfg(test)]
pub(crate) const OPENS_PATHS: bool = false;

/// Nothing here is answered from a cache, so there is nothing to forget.
#[cfg(test)]
pub(crate) fn forget(_file: &std::fs::File, _offset: i64) {}
