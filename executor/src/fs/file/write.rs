//! Writing to an open file.
//!
//! Owns the writing methods of [`File`]. Each goes the same way: settle, try at
//! once, else a job that writes all it was given.

use std::fs::File as StdFile;
use std::io::{self, IoSlice, Write};
use std::mem;
use std::os::fd::AsFd;
use std::os::unix::fs::FileExt;
use std::sync::atomic::Ordering::Relaxed;

use super::File;
use super::chunk::Chunk;
use super::leftover::Left;
use crate::fs::first_try::{AT_ONCE, attempt};
use crate::fs::worker::{proceed, start_write};
use crate::io::handed_over::{Written, copy_front};
use crate::sys::file;
use crate::task::JoinHandle;

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
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::fs::File;
    ///
    /// # buzzer::block_on(async {
    /// # let dir = tempfile::tempdir()?; let path = dir.path().join("orders");
    /// let mut orders = File::create(&path).await?;
    /// let mut left = &b"one mocha"[..];
    /// while !left.is_empty() {
    ///     let written = orders.write(left).await?; // May be a part; `write_all` does this loop.
    ///     left = &left[written..];
    /// }
    /// assert_eq!(std::fs::read(&path)?, b"one mocha");
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub async fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_vectored(&[IoSlice::new(bytes)]).await
    }

    /// As [`write`](File::write) from several buffers, one after the other.
    ///
    /// # Errors
    ///
    /// As [`write`](File::write).
    ///
    /// # Cancel safety
    ///
    /// As [`write`](File::write).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::IoSlice;
    /// use buzzer::fs::File;
    ///
    /// # buzzer::block_on(async {
    /// # let dir = tempfile::tempdir()?; let path = dir.path().join("orders");
    /// let mut orders = File::create(&path).await?;
    /// let parts = [IoSlice::new(b"one "), IoSlice::new(b"mocha")];
    /// assert_eq!(orders.write_vectored(&parts).await?, 9);
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub async fn write_vectored(&mut self, buffers: &[IoSlice<'_>]) -> io::Result<usize> {
        if buffers.iter().all(|buffer| buffer.is_empty()) {
            return self.move_nothing("write", |mut std| std.write(&[])).await;
        }
        proceed().await;
        self.write_some(buffers)
            .await
            .map_err(|error| self.name("write", error))
    }

    async fn write_some(&mut self, buffers: &[IoSlice<'_>]) -> io::Result<usize> {
        self.settle().await?;
        if let Some(result) = self.try_write(buffers) {
            return result;
        }
        let handle = self.start_write(buffers);
        let left = |(unread, _, written): (_, _, Written)| Left {
            unread: Some(unread),
            failed: written.error,
            end: None,
        };
        let (unread, data, written) = self.leftover.job("write", handle, left).await?;
        self.leftover.get_mut().unread = unread;
        self.spare = data;
        self.result_of(written)
    }

    /// A try to write at the position, which must not be ahead of the program.
    pub(super) fn try_write(&mut self, buffers: &[IoSlice<'_>]) -> Option<io::Result<usize>> {
        if !self.leftover.get_mut().unread.is_empty() || self.open.shares_position.load(Relaxed) {
            return None;
        }
        self.try_write_at(None, buffers)
    }

    fn try_write_at(
        &self,
        offset: Option<u64>,
        buffers: &[IoSlice<'_>],
    ) -> Option<io::Result<usize>> {
        attempt(
            &self.open.writes_at_once,
            || match front(buffers) {
                Front::Whole(buffers) => file::write_at_once(self.as_fd(), offset, buffers),
                Front::Part(part) => file::write_at_once(self.as_fd(), offset, &[part]),
            },
            || false,
        )
    }

    /// Has a worker write a copy of what is in `buffers`, as much as one job may.
    pub(super) fn start_write(
        &mut self,
        buffers: &[IoSlice<'_>],
    ) -> JoinHandle<(Chunk, Vec<u8>, Written)> {
        let mut unread = mem::take(&mut self.leftover.get_mut().unread);
        let mut data = mem::take(&mut self.spare);
        copy_front(buffers, self.max_job, &mut data);
        let open = self.open.clone();
        start_write(self.doing("write"), move || {
            unread.give_back(&open.std);
            let written = Written::from(&data, |rest| (&open.std).write(rest));
            (unread, data, written)
        })
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
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::fs::File;
    ///
    /// # buzzer::block_on(async {
    /// # let dir = tempfile::tempdir()?; let path = dir.path().join("orders");
    /// # std::fs::write(&path, "one mocha")?;
    /// let orders = File::options().write(true).open(&path).await?;
    /// assert_eq!(orders.write_at(b"latte", 4).await?, 5);
    /// assert_eq!(std::fs::read(&path)?, b"one latte");
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub async fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<usize> {
        if bytes.is_empty() {
            let write = move |std: &StdFile| std.write_at(&[], offset);
            return self.move_nothing("write", write).await;
        }
        proceed().await;
        let result = async {
            self.leftover.settle().await?;
            if let Some(result) = self.try_write_at(Some(offset), &[IoSlice::new(bytes)]) {
                return result;
            }
            let open = self.open.clone();
            let data = bytes[..bytes.len().min(self.max_job)].to_owned();
            let handle = start_write(self.doing("write"), move || {
                Written::from(&data, |rest| {
                    let done = data.len() - rest.len();
                    open.std.write_at(rest, offset.saturating_add(done as u64))
                })
            });
            let left = |written: Written| Left {
                unread: None,
                failed: written.error,
                end: None,
            };
            self.result_of(self.leftover.job("write", handle, left).await?)
        };
        result.await.map_err(|error| self.name("write", error))
    }

    pub(super) fn result_of(&self, written: Written) -> io::Result<usize> {
        match written.error {
            Some(error) if written.count == 0 => return Err(error),
            Some(error) => self.leftover.lock().fail_later("write", error),
            None => {}
        }
        Ok(written.count)
    }
}

/// What one try writes of several buffers: [`AT_ONCE`] bytes at most.
enum Front<'a, 'b> {
    Whole(&'a [IoSlice<'b>]),
    Part(IoSlice<'a>),
}

fn front<'a, 'b>(buffers: &'a [IoSlice<'b>]) -> Front<'a, 'b> {
    let mut left = AT_ONCE;
    for (index, buffer) in buffers.iter().enumerate() {
        match left.checked_sub(buffer.len()) {
            Some(less) => left = less,
            None if left == AT_ONCE => return Front::Part(IoSlice::new(&buffer[..AT_ONCE])),
            None => return Front::Whole(&buffers[..index]),
        }
    }
    Front::Whole(buffers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_try_writes_whole_buffers_as_far_as_they_fit_or_a_part_of_the_first() {
        let bytes = vec![0; AT_ONCE + 1];
        for (lengths, expected) in [
            (&[][..], Ok(0)),
            (&[3], Ok(1)),
            (&[3, 0, 4], Ok(3)),
            (&[AT_ONCE], Ok(1)),
            (&[AT_ONCE, 0, 1], Ok(2)),
            (&[1, AT_ONCE], Ok(1)),
            (&[1, AT_ONCE - 1, 1], Ok(2)),
            (&[0, AT_ONCE + 1, 1], Err(AT_ONCE)),
            (&[AT_ONCE + 1], Err(AT_ONCE)),
        ] {
            let buffers: Vec<_> = lengths.iter().map(|n| IoSlice::new(&bytes[..*n])).collect();
            let seen = match front(&buffers) {
                Front::Whole(buffers) => Ok(buffers.len()),
                Front::Part(part) => Err(part.len()),
            };
            assert_eq!(seen, expected, "{lengths:?}");
        }
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
