//! Read buffers of other crates, filled without a copy and without being set to
//! zero before.
//!
//! Owns the step from [`ReadBuf`] to the buffer that another crate's trait hands
//! to its reader. `compat/`, and in `io/` and `net/` what takes buffers of `bytes`, call it.

use super::read_buf::{self, ReadBuf};

/// Has `read` fill what is left of `cursor`.
#[cfg(feature = "hyper")]
pub(crate) fn fill_hyper<R>(
    mut cursor: hyper::rt::ReadBufCursor<'_>,
    read: impl FnOnce(&mut ReadBuf<'_>) -> R,
) -> R {
    // SAFETY: initialised bytes must stay so, which `fill` promises.
    let room = unsafe { cursor.as_mut() };
    let (filled, result) = read_buf::fill(room, read);
    // SAFETY: `fill` says that the first `filled` bytes of the room are initialised.
    unsafe { cursor.advance(filled) };
    result
}

/// Has `read` fill what is left of `buffer`.
#[cfg(feature = "tokio-io")]
pub(crate) fn fill_tokio<R>(
    buffer: &mut tokio::io::ReadBuf<'_>,
    read: impl FnOnce(&mut ReadBuf<'_>) -> R,
) -> R {
    // SAFETY: initialised bytes must stay so, which `fill` promises.
    let room = unsafe { buffer.unfilled_mut() };
    let (filled, result) = read_buf::fill(room, read);
    // SAFETY: `fill` says that the first `filled` bytes of the room are initialised.
    unsafe { buffer.assume_init(filled) };
    buffer.advance(filled);
    result
}

/// Has `read` fill the next chunk of `buffer`.
#[cfg(feature = "bytes")]
pub(crate) fn fill_bytes<B: bytes::BufMut + ?Sized, R>(
    buffer: &mut B,
    read: impl FnOnce(&mut ReadBuf<'_>) -> R,
) -> R {
    // SAFETY: initialised bytes must stay so, which `fill` promises.
    let room = unsafe { buffer.chunk_mut().as_uninit_slice_mut() };
    let (filled, result) = read_buf::fill(room, read);
    // SAFETY: `fill` says that the first `filled` bytes of the room are initialised.
    unsafe { buffer.advance_mut(filled) };
    result
}

// SAFETY: what is left of it is its chunk, and stays the same until it is advanced; and
// it keeps what was initialised.
#[cfg(feature = "bytes")]
unsafe impl bytes::BufMut for ReadBuf<'_> {
    fn remaining_mut(&self) -> usize {
        self.remaining()
    }

    fn chunk_mut(&mut self) -> &mut bytes::buf::UninitSlice {
        // SAFETY: an `UninitSlice` writes no uninitialised byte.
        let room = unsafe { self.unfilled_mut() };
        // SAFETY: it is this room, for as long as that is borrowed. From parts, as older
        // versions of `bytes` know nothing else, which programs that move may bring.
        unsafe { bytes::buf::UninitSlice::from_raw_parts_mut(room.as_mut_ptr().cast(), room.len()) }
    }

    unsafe fn advance_mut(&mut self, count: usize) {
        // SAFETY: that so many bytes were written, the caller promises.
        unsafe { self.assume_init(count) };
        self.advance(count);
    }
}
