//! A buffer that is filled from the front, and need not be initialised before.
//!
//! Owns [`ReadBuf`], shaped like tokio's, and the only places where bytes count
//! as initialised because the kernel has written them. The calls of sys/ fill
//! it; everything else sees what is filled.
//!
//! # Invariant
//!
//! `filled <= initialized <= bytes.len()`, and the first `initialized` bytes are
//! initialised. Nothing safe outside this file can break it: what gets at bytes
//! behind `initialized`, or moves it there, is unsafe.

#[cfg(test)]
mod tests;

use std::fmt;
use std::mem::MaybeUninit;

/// Where an [`AsyncRead`](crate::io::AsyncRead) puts what it has read: a buffer
/// that knows how far it is filled.
///
/// # Examples
///
/// ```
/// use std::mem::MaybeUninit;
/// use buzzer::io::ReadBuf;
///
/// let mut bytes = [MaybeUninit::uninit(); 8];
/// let mut buffer = ReadBuf::uninit(&mut bytes);
/// buffer.put_slice(b"one ");
/// assert_eq!((buffer.filled(), buffer.remaining(), buffer.capacity()), (&b"one "[..], 4, 8));
/// assert_eq!(buffer.initialized().len(), 4); // The rest was never written.
///
/// // For a reader of one's own: initialise some room, write to it, count it as filled.
/// buffer.initialize_unfilled_to(2).copy_from_slice(b"mo");
/// buffer.advance(2);
/// assert_eq!(buffer.take(1).remaining(), 1); // A part of the room that is left.
/// buffer.filled_mut()[0] = b'O';
/// assert_eq!(buffer.filled(), b"One mo");
/// buffer.set_filled(3);
/// assert_eq!(buffer.filled(), b"One");
/// buffer.clear();
/// assert_eq!(buffer.initialized_mut().len(), 6); // What was written stays initialised.
///
/// let mut zeros = [0; 8];
/// let mut buffer = ReadBuf::new(&mut zeros);
/// assert_eq!(buffer.initialize_unfilled().len(), 8); // It is that already.
/// ```
pub struct ReadBuf<'a> {
    bytes: &'a mut [MaybeUninit<u8>],
    filled: usize,
    initialized: usize,
}

impl<'a> ReadBuf<'a> {
    /// A buffer over initialised bytes, with nothing filled.
    #[inline]
    pub fn new(bytes: &'a mut [u8]) -> Self {
        let initialized = bytes.len();
        // SAFETY: initialised bytes may be seen as possibly uninitialised as long
        // as no uninitialised one is written to them: by the invariant they all
        // count as initialised, and the one way to write anything else is unsafe
        // and forbids it.
        let bytes = unsafe { &mut *(bytes as *mut [u8] as *mut [MaybeUninit<u8>]) };
        Self {
            bytes,
            filled: 0,
            initialized,
        }
    }

    /// A buffer over bytes that need not be initialised, with nothing filled.
    #[inline]
    pub fn uninit(bytes: &'a mut [MaybeUninit<u8>]) -> Self {
        Self {
            bytes,
            filled: 0,
            initialized: 0,
        }
    }

    /// How many bytes it can hold.
    #[inline]
    pub fn capacity(&self) -> usize {
        self.bytes.len()
    }

    /// How many bytes more it can hold.
    #[inline]
    pub fn remaining(&self) -> usize {
        self.bytes.len() - self.filled
    }

    /// What it has been filled with.
    #[inline]
    pub fn filled(&self) -> &[u8] {
        // SAFETY: by the invariant these bytes are initialised.
        unsafe { self.bytes[..self.filled].assume_init_ref() }
    }

    /// What it has been filled with.
    #[inline]
    pub fn filled_mut(&mut self) -> &mut [u8] {
        // SAFETY: by the invariant these bytes are initialised.
        unsafe { self.bytes[..self.filled].assume_init_mut() }
    }

    /// The bytes that have ever been initialised, filled or not.
    #[inline]
    pub fn initialized(&self) -> &[u8] {
        // SAFETY: by the invariant these bytes are initialised.
        unsafe { self.bytes[..self.initialized].assume_init_ref() }
    }

    /// The bytes that have ever been initialised, filled or not.
    pub fn initialized_mut(&mut self) -> &mut [u8] {
        // SAFETY: by the invariant these bytes are initialised.
        unsafe { self.bytes[..self.initialized].assume_init_mut() }
    }

    /// A buffer over the room that is left, `count` bytes of it at most, with nothing
    /// filled. What is put there is not filled here: see
    /// [`assume_init`](Self::assume_init) and [`advance`](Self::advance).
    pub fn take(&mut self, count: usize) -> ReadBuf<'_> {
        let room = self.remaining().min(count);
        ReadBuf::uninit(&mut self.bytes[self.filled..][..room])
    }

    /// The room that is left, as bytes to write to; [`advance`](Self::advance) then
    /// counts them as filled. What was never initialised is set to zero for that.
    pub fn initialize_unfilled(&mut self) -> &mut [u8] {
        self.initialize_unfilled_to(self.remaining())
    }

    /// As [`initialize_unfilled`](Self::initialize_unfilled), for the first `count`
    /// bytes of the room that is left.
    ///
    /// # Panics
    ///
    /// If there is less room.
    #[track_caller]
    pub fn initialize_unfilled_to(&mut self, count: usize) -> &mut [u8] {
        let (from, to) = (self.filled, self.end_of(count));
        if self.initialized < to {
            self.bytes[self.initialized..to].fill(MaybeUninit::new(0));
            self.initialized = to;
        }
        // SAFETY: `to <= initialized` since the lines above, so by the invariant
        // these bytes are initialised.
        unsafe { self.bytes[from..to].assume_init_mut() }
    }

    /// Fills all the room that is left with `byte`: once, and not with zeros before.
    pub(crate) fn put_all(&mut self, byte: u8) {
        self.bytes[self.filled..].fill(MaybeUninit::new(byte));
        self.filled = self.bytes.len();
        self.initialized = self.filled;
    }

    /// Counts `count` more bytes as filled.
    ///
    /// # Panics
    ///
    /// If they have not been initialised.
    #[inline]
    #[track_caller]
    pub fn advance(&mut self, count: usize) {
        self.set_filled(self.filled.saturating_add(count));
    }

    /// Sets how many bytes count as filled.
    ///
    /// # Panics
    ///
    /// If they have not been initialised.
    #[inline]
    #[track_caller]
    pub fn set_filled(&mut self, filled: usize) {
        assert!(
            filled <= self.initialized,
            "{filled} bytes of a ReadBuf can't be filled: only {} are initialised; write to them \
             through `initialize_unfilled` or `put_slice` first",
            self.initialized
        );
        self.filled = filled;
    }

    /// Nothing counts as filled any more.
    pub fn clear(&mut self) {
        self.filled = 0;
    }

    /// Appends `bytes`.
    ///
    /// # Panics
    ///
    /// If there is less room.
    #[inline]
    #[track_caller]
    pub fn put_slice(&mut self, bytes: &[u8]) {
        let (from, to) = (self.filled, self.end_of(bytes.len()));
        self.bytes[from..to].write_copy_of_slice(bytes);
        self.initialized = self.initialized.max(to);
        self.filled = to;
    }

    #[inline]
    #[track_caller]
    fn end_of(&self, count: usize) -> usize {
        assert!(
            count <= self.remaining(),
            "{count} bytes don't fit into a ReadBuf with room for {}",
            self.remaining()
        );
        self.filled + count
    }

    /// The whole buffer: what is filled, what is initialised, and what is neither.
    ///
    /// # Safety
    ///
    /// No uninitialised byte may be written to it: some count as initialised.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::mem::MaybeUninit;
    /// use buzzer::io::ReadBuf;
    ///
    /// let mut bytes = [MaybeUninit::uninit(); 8];
    /// let mut buffer = ReadBuf::uninit(&mut bytes);
    /// // SAFETY: the one byte that is written is, and is then counted as, initialised.
    /// unsafe {
    ///     buffer.unfilled_mut()[0].write(b'!');
    ///     buffer.assume_init(1);
    /// }
    /// buffer.advance(1);
    /// assert_eq!(buffer.filled(), b"!");
    /// // SAFETY: nothing is written.
    /// assert_eq!(unsafe { buffer.inner_mut() }.len(), 8);
    /// ```
    pub unsafe fn inner_mut(&mut self) -> &mut [MaybeUninit<u8>] {
        self.bytes
    }

    /// The room that is left, some of which may be initialised.
    /// See [`inner_mut`](Self::inner_mut).
    ///
    /// # Safety
    ///
    /// No uninitialised byte may be written to it: some may count as initialised.
    #[inline]
    pub unsafe fn unfilled_mut(&mut self) -> &mut [MaybeUninit<u8>] {
        &mut self.bytes[self.filled..]
    }

    /// Counts the first `count` bytes of the room that is left as initialised, and
    /// not as filled: [`advance`](Self::advance) does that.
    /// See [`inner_mut`](Self::inner_mut).
    ///
    /// # Safety
    ///
    /// These bytes are initialised.
    ///
    /// # Panics
    ///
    /// If there is less room.
    #[track_caller]
    pub unsafe fn assume_init(&mut self, count: usize) {
        self.initialized = self.initialized.max(self.end_of(count));
    }

    /// Counts `count` more bytes as initialised and filled.
    ///
    /// # Safety
    ///
    /// The first `count` bytes of [`unfilled_mut`](Self::unfilled_mut) are initialised.
    #[inline]
    pub(super) unsafe fn assume_filled(&mut self, count: usize) {
        self.filled = self.end_of(count);
        self.initialized = self.initialized.max(self.filled);
    }
}

/// Has `read` fill `room` from the front, and returns how many bytes of it are
/// filled, and so initialised, besides what `read` gives.
///
/// What of `room` is initialised stays so: a `ReadBuf` never takes that back.
///
/// # Panics
///
/// If `read` has put another buffer in the place of the one over `room`.
pub(super) fn fill<R>(
    room: &mut [MaybeUninit<u8>],
    read: impl FnOnce(&mut ReadBuf<'_>) -> R,
) -> (usize, R) {
    // With its length: no room at all begins where other memory may.
    let lent: *const [MaybeUninit<u8>] = room;
    let mut buffer = ReadBuf::uninit(room);
    let result = read(&mut buffer);
    assert!(
        std::ptr::eq(buffer.bytes, lent),
        "a read has put another buffer in the place of the one that it was to fill"
    );
    (buffer.filled, result)
}

/// Has `read` fill what is left of `buffer`, `limit` bytes at most.
pub(crate) fn fill_part<R>(
    buffer: &mut ReadBuf<'_>,
    limit: usize,
    read: impl FnOnce(&mut ReadBuf<'_>) -> R,
) -> R {
    let room = buffer.remaining().min(limit);
    let (filled, result) = fill(&mut buffer.bytes[buffer.filled..][..room], read);
    // SAFETY: the room begins where `buffer` is filled up to, and `fill` says that its
    // first `filled` bytes are initialised.
    unsafe { buffer.assume_filled(filled) };
    result
}

/// Has `read` fill the spare capacity of `bytes`, `limit` bytes at most, and makes
/// what was filled a part of it.
pub(crate) fn append<R>(
    bytes: &mut Vec<u8>,
    limit: usize,
    read: impl FnOnce(&mut ReadBuf<'_>) -> R,
) -> R {
    let spare = bytes.spare_capacity_mut();
    let room = spare.len().min(limit);
    let (filled, result) = fill(&mut spare[..room], read);
    // SAFETY: the spare capacity begins at the vector's length, and `fill` says
    // that its first `filled` bytes are initialised.
    unsafe { bytes.set_len(bytes.len() + filled) };
    result
}

impl fmt::Debug for ReadBuf<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReadBuf")
            .field("filled", &self.filled)
            .field("initialized", &self.initialized)
            .field("capacity", &self.capacity())
            .finish()
    }
}
