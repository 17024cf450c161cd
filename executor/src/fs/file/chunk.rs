//! Bytes that a worker has read for a file, and its program has not asked for.
//!
//! Owns the memory that reads go through, and the order of what is in it. A chunk
//! moves to a worker with its job and comes back; see `leftover.rs`.

use std::fs::File as StdFile;
use std::io::{self, Seek, SeekFrom};

use crate::io::ReadBuf;

/// Bytes read but not asked for yet, in memory that is kept for the next read.
#[derive(Debug, Default)]
pub(super) struct Chunk {
    bytes: Vec<u8>,
    start: usize,
    end: usize,
}

impl Chunk {
    pub(super) fn len(&self) -> usize {
        self.end - self.start
    }

    pub(super) fn is_empty(&self) -> bool {
        self.start == self.end
    }

    pub(super) fn as_slice(&self) -> &[u8] {
        &self.bytes[self.start..self.end]
    }

    /// Moves as much as fits to `to`.
    pub(super) fn take_into(&mut self, to: &mut [u8]) -> usize {
        let count = self.len().min(to.len());
        to[..count].copy_from_slice(&self.as_slice()[..count]);
        self.start += count;
        count
    }

    /// Moves as much as fits to what is left of `to`.
    pub(super) fn take_into_buf(&mut self, to: &mut ReadBuf<'_>) {
        let count = self.len().min(to.remaining());
        to.put_slice(&self.as_slice()[..count]);
        self.start += count;
    }

    /// Puts `later` behind what is there.
    pub(super) fn append(&mut self, later: Self) {
        if self.is_empty() {
            *self = later;
        } else {
            self.bytes.truncate(self.end);
            self.bytes.extend_from_slice(later.as_slice());
            self.end = self.bytes.len();
        }
    }

    /// Puts `earlier` before what is there.
    pub(super) fn prepend(&mut self, earlier: &[u8]) {
        let bytes = [earlier, self.as_slice()].concat();
        *self = Self {
            start: 0,
            end: bytes.len(),
            bytes,
        };
    }

    pub(super) fn clear(&mut self) {
        self.start = 0;
        self.end = 0;
    }

    /// Fills the empty chunk by one call of `read`, for `limit` bytes at most.
    pub(super) fn fill(
        &mut self,
        limit: usize,
        mut read: impl FnMut(&mut [u8]) -> io::Result<usize>,
    ) -> io::Result<()> {
        self.clear();
        if self.bytes.len() < limit {
            // New memory comes zeroed by the kernel, which `resize` would repeat.
            self.bytes = vec![0; limit];
        }
        self.end = loop {
            match read(&mut self.bytes[..limit]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => break result?,
            }
        };
        Ok(())
    }

    /// Puts unread bytes back by moving the file's position, as if they had never
    /// been read. What can't move its position (a FIFO) reads and writes
    /// independently; there the bytes stay for the next read.
    pub(super) fn give_back(&mut self, mut file: &StdFile) {
        if !self.is_empty() && file.seek(SeekFrom::Current(-(self.len() as i64))).is_ok() {
            self.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_read_interrupted_by_signals_goes_on() {
        let mut chunk = Chunk::default();
        let mut signals = 3;
        let result = chunk.fill(8, |bytes| {
            if signals > 0 {
                signals -= 1;
                return Err(io::ErrorKind::Interrupted.into());
            }
            bytes[..4].copy_from_slice(b"data");
            Ok(4)
        });
        result.unwrap();
        assert_eq!(chunk.as_slice(), b"data");
        assert_eq!(signals, 0);
    }

    #[test]
    fn a_read_that_fails_leaves_nothing_to_be_read() {
        let mut chunk = Chunk::default();
        chunk.fill(8, |_| Ok(8)).unwrap();
        let result = chunk.fill(8, |_| Err(io::ErrorKind::Other.into()));
        assert_eq!(result.unwrap_err().kind(), io::ErrorKind::Other);
        assert!(chunk.is_empty());
    }

    #[test]
    fn what_is_unread_stays_in_order() {
        let filled = |with: &[u8]| {
            let mut chunk = Chunk::default();
            // With room behind, as after a short read.
            let result = chunk.fill(8, |bytes| {
                bytes[..with.len()].copy_from_slice(with);
                Ok(with.len())
            });
            result.unwrap();
            chunk
        };
        let mut chunk = filled(b"two ");
        chunk.prepend(b"one ");
        chunk.append(filled(b"three"));
        let mut some = [0; 6];
        assert_eq!(chunk.take_into(&mut some), 6);
        assert_eq!(&some, b"one tw");
        chunk.append(filled(b"!"));
        assert_eq!(chunk.as_slice(), b"o three!");
    }
}
