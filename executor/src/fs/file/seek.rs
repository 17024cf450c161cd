//! The position of an open file.
//!
//! Owns the methods of [`File`] that move or tell it.

use std::fs::File as StdFile;
use std::io::{self, Seek, SeekFrom};
use std::mem;
use std::sync::atomic::Ordering::Relaxed;

use super::File;
use super::chunk::Chunk;
use super::leftover::Left;
use crate::fs::first_try;
use crate::fs::worker::{at_once, proceed, start};
use crate::task::JoinHandle;

impl File {
    /// Moves the position, and returns the new one in bytes from the start.
    ///
    /// # Errors
    ///
    /// As [`Seek::seek`] of std's file: a position before the start
    /// (`InvalidInput`), or a file that has none, as a FIFO (`NotSeekable`).
    ///
    /// # Cancel safety
    ///
    /// A dropped call may still move the position.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::SeekFrom;
    /// use buzzer::fs::File;
    ///
    /// # buzzer::block_on(async {
    /// # let dir = tempfile::tempdir()?; let path = dir.path().join("orders");
    /// # std::fs::write(&path, "one mocha")?;
    /// let mut orders = File::open(&path).await?;
    /// assert_eq!(orders.seek(SeekFrom::End(-5)).await?, 4);
    /// let mut text = String::new();
    /// orders.read_to_string(&mut text).await?;
    /// assert_eq!(text, "mocha");
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub async fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        proceed().await;
        self.seek_to(to)
            .await
            .map_err(|error| self.name("seek in", error))
    }

    async fn seek_to(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.settle().await?;
        if let Some(result) = self.seek_at_once(to) {
            return result;
        }
        let handle = self.start_seek_job(to);
        let left = |(unread, result): (_, io::Result<u64>)| Left {
            unread: Some(unread),
            failed: result.err(),
            end: None,
        };
        let (unread, result) = self.leftover.job("seek", handle, left).await?;
        self.leftover.get_mut().unread = unread;
        result
    }

    /// `None` if a worker has to do it.
    pub(super) fn seek_at_once(&mut self, to: SeekFrom) -> Option<io::Result<u64>> {
        self.uses_position_at_once().then(|| {
            let unread = &mut self.leftover.get_mut().unread;
            at_once(seek_as_if_unread(&self.open.std, to, unread))
        })
    }

    pub(super) fn start_seek_job(&mut self, to: SeekFrom) -> JoinHandle<(Chunk, io::Result<u64>)> {
        let mut unread = mem::take(&mut self.leftover.get_mut().unread);
        let open = self.open.clone();
        start(self.doing("seek in"), move || {
            let result = seek_as_if_unread(&open.std, to, &mut unread);
            (unread, result)
        })
    }

    /// Moves the position to the start.
    ///
    /// # Errors
    ///
    /// As [`seek`](File::seek).
    ///
    /// # Cancel safety
    ///
    /// As [`seek`](File::seek).
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::fs::File;
    ///
    /// # buzzer::block_on(async {
    /// # let dir = tempfile::tempdir()?; let path = dir.path().join("orders");
    /// # std::fs::write(&path, "mocha")?;
    /// let mut orders = File::open(&path).await?;
    /// let (mut first, mut again) = (String::new(), String::new());
    /// orders.read_to_string(&mut first).await?;
    /// orders.rewind().await?;
    /// orders.read_to_string(&mut again).await?;
    /// assert_eq!(first, again);
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub async fn rewind(&mut self) -> io::Result<()> {
        self.seek(SeekFrom::Start(0)).await.map(drop)
    }

    /// The position, in bytes from the start.
    ///
    /// # Errors
    ///
    /// As [`seek`](File::seek).
    ///
    /// # Cancel safety
    ///
    /// Nothing is changed, so nothing is lost.
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::fs::File;
    ///
    /// # buzzer::block_on(async {
    /// # let dir = tempfile::tempdir()?; let path = dir.path().join("orders");
    /// let mut orders = File::create(&path).await?;
    /// orders.write_all(b"mocha").await?;
    /// assert_eq!(orders.stream_position().await?, 5);
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub async fn stream_position(&mut self) -> io::Result<u64> {
        self.seek(SeekFrom::Current(0)).await
    }

    pub(super) fn uses_position_at_once(&self) -> bool {
        first_try::is_allowed() && !self.open.shares_position.load(Relaxed)
    }
}

/// Seeks from where the program is: behind what it has read, not behind what a
/// worker has.
fn seek_as_if_unread(mut std: &StdFile, to: SeekFrom, unread: &mut Chunk) -> io::Result<u64> {
    let to = match to {
        SeekFrom::Current(by) => {
            let by = by.checked_sub_unsigned(unread.len() as u64);
            // What the system says to a position before the start.
            let before_all = || io::Error::from_raw_os_error(libc::EINVAL);
            SeekFrom::Current(by.ok_or_else(before_all)?)
        }
        to => to,
    };
    let position = std.seek(to)?;
    unread.clear();
    Ok(position)
}
