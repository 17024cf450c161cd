//! What is done to an open file as a whole.
//!
//! Owns the methods of [`File`] that neither read nor write nor seek: flushing,
//! syncing, length, metadata, duplicates.

use std::fs::{File as StdFile, FileTimes, Metadata, Permissions};
use std::io;
use std::mem;
use std::sync::atomic::Ordering::Relaxed;
use std::time::SystemTime;

use super::File;
use super::leftover::Left;
use crate::fs::first_try;
use crate::fs::worker::{at_once, proceed, start, start_write};

impl File {
    /// Waits for dropped writes, and returns the error if one failed. There is
    /// nothing else to flush.
    ///
    /// # Errors
    ///
    /// That of a dropped operation; it is returned once.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost; the next operation waits for the same.
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
    /// orders.flush().await?; // Nothing is left to do: there is no buffer of ours.
    /// assert_eq!(std::fs::read(&path)?, b"mocha");
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub async fn flush(&mut self) -> io::Result<()> {
        proceed().await;
        self.leftover
            .settle()
            .await
            .map_err(|error| self.name("flush", error))
    }

    /// Has the kernel bring data and metadata to the disk, so that not even a
    /// crash of the machine loses them.
    ///
    /// # Errors
    ///
    /// As [`std::fs::File::sync_all`].
    ///
    /// # Cancel safety
    ///
    /// A dropped call is still carried out; the next operation returns its error.
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
    /// orders.sync_all().await?; // On the disk, even if the power goes now.
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub async fn sync_all(&self) -> io::Result<()> {
        self.on_worker("sync", StdFile::sync_all).await
    }

    /// As [`sync_all`](File::sync_all), without metadata that isn't needed to
    /// find the data (the time of the last change, say).
    ///
    /// # Errors
    ///
    /// As [`std::fs::File::sync_data`].
    ///
    /// # Cancel safety
    ///
    /// A dropped call is still carried out; the next operation returns its error.
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
    /// orders.sync_data().await?;
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub async fn sync_data(&self) -> io::Result<()> {
        self.on_worker("sync", StdFile::sync_data).await
    }

    /// Cuts the file to `size` bytes, or extends it by zeroes. The position stays.
    ///
    /// # Errors
    ///
    /// As [`std::fs::File::set_len`]: the file isn't open for writing, or is none
    /// that has a length.
    ///
    /// # Cancel safety
    ///
    /// A dropped call is still carried out; the next operation returns its error.
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::fs::File;
    ///
    /// # buzzer::block_on(async {
    /// # let dir = tempfile::tempdir()?; let path = dir.path().join("orders");
    /// let orders = File::create(&path).await?;
    /// orders.set_len(4).await?;
    /// assert_eq!(std::fs::read(&path)?, [0; 4]);
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub async fn set_len(&self, size: u64) -> io::Result<()> {
        proceed().await;
        let result = async {
            self.leftover.settle().await?;
            // What a dropped read has fetched may be cut off now.
            let mut unread = mem::take(&mut self.leftover.lock().unread);
            let open = self.open.clone();
            let handle = start_write(self.doing("set length of"), move || {
                unread.give_back(&open.std);
                (unread, open.std.set_len(size))
            });
            let left = |(unread, result): (_, io::Result<()>)| Left {
                unread: Some(unread),
                failed: result.err(),
                end: None,
            };
            let (unread, result) = self.leftover.job("set length", handle, left).await?;
            self.leftover.lock().unread = unread;
            result
        };
        result
            .await
            .map_err(|error| self.name("set length of", error))
    }

    /// What is known of the file: its size, times and permissions.
    ///
    /// # Errors
    ///
    /// As [`std::fs::File::metadata`].
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
    /// # std::fs::write(&path, "mocha")?;
    /// let orders = File::open(&path).await?;
    /// let metadata = orders.metadata().await?;
    /// assert!(metadata.is_file() && metadata.len() == 5);
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub async fn metadata(&self) -> io::Result<Metadata> {
        proceed().await;
        let result = async {
            self.leftover.settle().await?;
            if first_try::is_allowed() {
                return at_once(self.open.std.metadata());
            }
            let open = self.open.clone();
            let handle = start(self.doing("metadata of"), move || open.std.metadata());
            self.leftover
                .job("metadata of", handle, Left::nothing)
                .await?
        };
        result
            .await
            .map_err(|error| self.name("metadata of", error))
    }

    /// Sets the file's permissions.
    ///
    /// # Errors
    ///
    /// As [`std::fs::File::set_permissions`].
    ///
    /// # Cancel safety
    ///
    /// A dropped call is still carried out; the next operation returns its error.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::fs::Permissions;
    /// use std::os::unix::fs::PermissionsExt;
    /// use buzzer::fs::File;
    ///
    /// # buzzer::block_on(async {
    /// # let dir = tempfile::tempdir()?; let path = dir.path().join("orders");
    /// let orders = File::create(&path).await?;
    /// orders.set_permissions(Permissions::from_mode(0o600)).await?;
    /// assert_eq!(orders.metadata().await?.permissions().mode() & 0o777, 0o600);
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub async fn set_permissions(&self, permissions: Permissions) -> io::Result<()> {
        let job = |std: &StdFile| std.set_permissions(permissions);
        self.on_worker("set permissions of", job).await
    }

    /// Sets when the file was last read and changed.
    ///
    /// # Errors
    ///
    /// As [`std::fs::File::set_times`].
    ///
    /// # Cancel safety
    ///
    /// A dropped call is still carried out; the next operation returns its error.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::SystemTime;
    /// use buzzer::fs::{File, FileTimes};
    ///
    /// # buzzer::block_on(async {
    /// # let dir = tempfile::tempdir()?; let path = dir.path().join("orders");
    /// let orders = File::create(&path).await?;
    /// let epoch = SystemTime::UNIX_EPOCH;
    /// orders.set_times(FileTimes::new().set_accessed(epoch).set_modified(epoch)).await?;
    /// assert_eq!(orders.metadata().await?.modified()?, epoch);
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub async fn set_times(&self, times: FileTimes) -> io::Result<()> {
        let job = move |std: &StdFile| std.set_times(times);
        self.on_worker("set times of", job).await
    }

    /// Sets when the file was last changed.
    ///
    /// # Errors
    ///
    /// As [`std::fs::File::set_modified`].
    ///
    /// # Cancel safety
    ///
    /// A dropped call is still carried out; the next operation returns its error.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::SystemTime;
    /// use buzzer::fs::File;
    ///
    /// # buzzer::block_on(async {
    /// # let dir = tempfile::tempdir()?; let path = dir.path().join("orders");
    /// let orders = File::create(&path).await?;
    /// orders.set_modified(SystemTime::UNIX_EPOCH).await?;
    /// assert_eq!(orders.metadata().await?.modified()?, SystemTime::UNIX_EPOCH);
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub async fn set_modified(&self, time: SystemTime) -> io::Result<()> {
        self.set_times(FileTimes::new().set_modified(time)).await
    }

    /// The most bytes that one job of a worker reads or writes: 2 MiB, unless it was set.
    /// See [`set_max_buf_size`](Self::set_max_buf_size).
    pub fn max_buf_size(&self) -> usize {
        self.max_job
    }

    /// Sets the most bytes that one job of a worker reads or writes. What is done at once
    /// needs no memory of its own, and is not limited by it.
    ///
    /// # Panics
    ///
    /// If it is 0.
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::fs::File;
    ///
    /// # buzzer::block_on(async {
    /// # let dir = tempfile::tempdir()?; let path = dir.path().join("orders");
    /// let mut orders = File::create(&path).await?;
    /// orders.set_max_buf_size(4_096);
    /// assert_eq!(orders.max_buf_size(), 4_096);
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    #[track_caller]
    pub fn set_max_buf_size(&mut self, max_buf_size: usize) {
        assert!(max_buf_size > 0, "max_buf_size must be at least 1");
        self.max_job = max_buf_size;
    }

    /// A second `File` for the same open file: the two share one position.
    ///
    /// # Errors
    ///
    /// As [`std::fs::File::try_clone`]: too many open files.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost.
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::fs::File;
    ///
    /// # buzzer::block_on(async {
    /// # let dir = tempfile::tempdir()?; let path = dir.path().join("orders");
    /// let mut orders = File::create(&path).await?;
    /// let mut more = orders.try_clone().await?;
    /// orders.write_all(b"mocha ").await?;
    /// more.write_all(b"latte").await?; // Behind it: they share their position.
    /// assert_eq!(std::fs::read(&path)?, b"mocha latte");
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub async fn try_clone(&self) -> io::Result<Self> {
        proceed().await;
        let result = async {
            self.leftover.settle().await?;
            // Set first: from now on the position isn't used on the loop.
            self.open.shares_position.store(true, Relaxed);
            let mut unread = mem::take(&mut self.leftover.lock().unread);
            if unread.is_empty() {
                return self.open.std.try_clone();
            }
            let open = self.open.clone();
            let handle = start(self.doing("duplicate"), move || {
                unread.give_back(&open.std);
                (unread, open.std.try_clone())
            });
            let left = |(unread, _)| Left {
                unread: Some(unread),
                failed: None,
                end: None,
            };
            let (unread, std) = self.leftover.job("duplicate", handle, left).await?;
            self.leftover.lock().unread = unread;
            std
        };
        let std = result
            .await
            .map_err(|error| self.name("duplicate", error))?;
        let mut duplicate = Self::opened(std, self.open.path.clone());
        duplicate.max_job = self.max_job;
        duplicate.open.shares_position.store(true, Relaxed);
        Ok(duplicate)
    }

    /// A read or write of nothing: what is wrong with the mode or the offset is an
    /// error all the same, as in std. On what may wait or answer as it likes (a FIFO,
    /// a device), it is done without asking.
    pub(super) async fn move_nothing(
        &self,
        operation: &'static str,
        call: impl FnOnce(&StdFile) -> io::Result<usize> + Send + 'static,
    ) -> io::Result<usize> {
        let job = |std: &StdFile| {
            let file_type = std.metadata()?.file_type();
            match file_type.is_file() || file_type.is_dir() {
                true => call(std),
                false => Ok(0),
            }
        };
        self.on_worker(operation, job).await
    }

    /// An operation that only a worker can do, and that is done even if dropped.
    async fn on_worker<T: Send + 'static>(
        &self,
        operation: &'static str,
        job: impl FnOnce(&StdFile) -> io::Result<T> + Send + 'static,
    ) -> io::Result<T> {
        proceed().await;
        let result = async {
            self.leftover.settle().await?;
            let open = self.open.clone();
            let handle = start_write(self.doing(operation), move || job(&open.std));
            self.leftover.job(operation, handle, Left::of).await?
        };
        result.await.map_err(|error| self.name(operation, error))
    }
}
