//! Writing to an open file.
//!
//! Owns the writing methods of [`File`]. Each goes the same way: settle, try at
//! once, else a job that writes all it was given.

use std::io::{self, Write};
use std::mem;
use std::os::fd::AsFd;
use std::os::unix::fs::FileExt;
use std::sync::atomic::Ordering::Relaxed;

use super::leftover::Left;
use super::{File, MAX_CHUNK};
use crate::fs::first_try::{AT_ONCE, attempt};
use crate::fs::worker::{proceed, start_write};
use crate::sys::file;

impl File {
    /// Writes some of `bytes`, and returns how many: all of them, or two mebibytes
    /// of more, unless the file system has no room left or an error comes in
    /// between.
    ///
    /// # Errors
    ///
    /// As [`Write::write`] of std's file: the file isn't open for writing, or
    /// no space is left (`StorageFull`). An error after some bytes were written is
    /// returned by the next operation.
    ///
    /// # Cancel safety
    ///
    /// A dropped call still writes (at least) what it would have returned; the next
    /// operation waits for that and returns its error.
    pub async fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.is_empty() {
            return Ok(0);
        }
        proceed().await;
        self.write_some(bytes)
            .await
            .map_err(|error| self.name("write", error))
    }

    async fn write_some(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.settle().await?;
        if self.leftover.get_mut().unread.is_empty() && !self.open.shares_position.load(Relaxed) {
            let now = &bytes[..bytes.len().min(AT_ONCE)];
            let tried = attempt(&self.open.writes_at_once, || {
                file::write_at_once(self.as_fd(), None, now)
            });
            if let Some(result) = tried {
                return result;
            }
        }
        let mut unread = mem::take(&mut self.leftover.get_mut().unread);
        let mut data = mem::take(&mut self.spare);
        data.clear();
        data.extend_from_slice(&bytes[..bytes.len().min(MAX_CHUNK)]);
        let open = self.open.clone();
        let handle = start_write(move || {
            unread.give_back(&open.std);
            let written = Written::from(&data, |rest| (&open.std).write(rest));
            (unread, data, written)
        });
        let left = |(unread, _, written): (_, _, Written)| Left {
            unread: Some(unread),
            failed: written.error,
        };
        let (unread, data, written) = self.leftover.job("write", handle, left).await?;
        self.leftover.get_mut().unread = unread;
        self.spare = data;
        self.result_of(written)
    }

    /// Writes all of `bytes`.
    ///
    /// # Errors
    ///
    /// As [`write`](File::write). What was written before the error stays.
    ///
    /// # Cancel safety
    ///
    /// A dropped call has written a first part of `bytes`, of which there is no
    /// telling how long it is; up to two mebibytes are always written whole.
    pub async fn write_all(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            let count = self.write(bytes).await?;
            bytes = &bytes[count..];
        }
        Ok(())
    }

    /// Writes some of `bytes` at `offset` (in bytes from the start), whatever the
    /// position, which stays as it is. On a file opened with `append`, Linux
    /// writes at the end all the same.
    ///
    /// # Errors
    ///
    /// As [`FileExt::write_at`], and as [`write`](File::write).
    ///
    /// # Cancel safety
    ///
    /// As [`write`](File::write).
    pub async fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<usize> {
        if bytes.is_empty() {
            return Ok(0);
        }
        proceed().await;
        let result = async {
            self.leftover.settle().await?;
            let now = &bytes[..bytes.len().min(AT_ONCE)];
            let tried = attempt(&self.open.writes_at_once, || {
                file::write_at_once(self.as_fd(), Some(offset), now)
            });
            if let Some(result) = tried {
                return result;
            }
            let open = self.open.clone();
            let data = bytes[..bytes.len().min(MAX_CHUNK)].to_owned();
            let handle = start_write(move || {
                Written::from(&data, |rest| {
                    let done = data.len() - rest.len();
                    open.std.write_at(rest, offset.saturating_add(done as u64))
                })
            });
            let left = |written: Written| Left {
                unread: None,
                failed: written.error,
            };
            self.result_of(self.leftover.job("write", handle, left).await?)
        };
        result.await.map_err(|error| self.name("write", error))
    }

    fn result_of(&self, written: Written) -> io::Result<usize> {
        match written.error {
            Some(error) if written.count == 0 => return Err(error),
            Some(error) => self.leftover.lock().fail_later("write", error),
            None => {}
        }
        Ok(written.count)
    }
}

/// How far a worker came with writing. It writes all it was given, also if
/// nobody waits any more, so a dropped write is never half a write.
struct Written {
    count: usize,
    error: Option<io::Error>,
}

impl Written {
    fn from(data: &[u8], mut write: impl FnMut(&[u8]) -> io::Result<usize>) -> Self {
        let mut count = 0;
        while count < data.len() {
            let error = match write(&data[count..]) {
                Ok(0) => io::ErrorKind::WriteZero.into(),
                Ok(more) => {
                    count += more;
                    continue;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => error,
            };
            return Self {
                count,
                error: Some(error),
            };
        }
        Self { count, error: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_and_interrupted_writes_go_on_until_all_is_written() {
        let mut taken = Vec::new();
        let mut calls = 0;
        let written = Written::from(b"0123456789", |rest| {
            calls += 1;
            if calls % 2 == 0 {
                return Err(io::ErrorKind::Interrupted.into());
            }
            let some = &rest[..rest.len().min(3)];
            taken.extend_from_slice(some);
            Ok(some.len())
        });
        assert_eq!(written.count, 10);
        assert!(written.error.is_none());
        assert_eq!(taken, b"0123456789");
    }

    #[test]
    fn a_file_that_takes_nothing_is_an_error_and_no_endless_loop() {
        let written = Written::from(b"data", |_| Ok(0));
        let error = written.error.expect("an error");
        assert_eq!((written.count, error.kind()), (0, io::ErrorKind::WriteZero));
    }

    #[test]
    fn an_error_after_a_part_is_returned_by_the_next_operation() {
        let mut calls = 0;
        let written = Written::from(b"0123456789", |_| {
            calls += 1;
            match calls {
                1 => Ok(4),
                _ => Err(io::ErrorKind::StorageFull.into()),
            }
        });
        crate::block_on(async {
            let mut file = File::from_std(tempfile::tempfile().unwrap());
            assert_eq!(file.result_of(written).unwrap(), 4);
            let error = file.flush().await.unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::StorageFull);
            file.flush().await.unwrap();
        });
    }
}
