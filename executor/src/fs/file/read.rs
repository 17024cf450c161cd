//! Reading from an open file.
//!
//! Owns the reading methods of [`File`]. Each goes the same way: settle, serve
//! what a dropped read has left, try at once, else a job.

use std::fs::File as StdFile;
use std::io::{self, Read, Seek};
use std::mem;
use std::os::fd::AsFd;
use std::os::unix::fs::FileExt;
use std::sync::atomic::Ordering::Relaxed;

use super::chunk::Chunk;
use super::leftover::Left;
use super::{File, MAX_CHUNK};
use crate::fs::first_try::{self, AT_ONCE, attempt};
use crate::fs::worker::{proceed, start};
use crate::io::error::{early_end, not_utf8};
use crate::sys::file::{self, Answer};
use crate::task::JoinHandle;

/// What reading to the end first asks a worker for. It doubles from there, so a
/// small file costs little memory and a large one few hops.
const FIRST_CHUNK: usize = 64 * 1024;

/// What is asked for where nothing is expected, as in std.
const LITTLE: usize = 32;

impl File {
    /// Reads some bytes into `buffer`, as many as are there at once, and returns
    /// how many: zero at the end of the file, or if `buffer` is empty.
    ///
    /// # Errors
    ///
    /// As [`Read::read`] of std's file: the file isn't open for reading
    /// or is a directory. Interruptions by signals are no errors, the read goes on.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost: what a worker reads for a dropped call, the next read
    /// returns.
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
    /// let mut some = [0; 3];
    /// assert_eq!(orders.read(&mut some).await?, 3);
    /// assert_eq!(&some, b"moc");
    /// assert_eq!(orders.read(&mut some).await?, 2);
    /// assert_eq!(orders.read(&mut some).await?, 0); // The end.
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub async fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return self.move_nothing("read", |mut std| std.read(&mut [])).await;
        }
        proceed().await;
        self.read_some(buffer)
            .await
            .map_err(|error| self.name("read", error))
    }

    async fn read_some(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.settle().await?;
        let count = self.leftover.get_mut().unread.take_into(buffer);
        if count > 0 {
            return Ok(count);
        }
        let room = buffer.len().min(AT_ONCE);
        let read = |file: &Self| file::read_cached(file.as_fd(), None, &mut buffer[..room]);
        if let Some(result) = self.try_read(read, Self::is_at_end) {
            return result;
        }
        self.fetch(buffer.len()).await?;
        Ok(self.leftover.get_mut().unread.take_into(buffer))
    }

    /// Fills `buffer`, and returns its length.
    ///
    /// # Errors
    ///
    /// As [`read`](File::read), and `UnexpectedEof` if the file ends before.
    ///
    /// # Cancel safety
    ///
    /// None: what a dropped call has put in `buffer` has been read.
    pub async fn read_exact(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut filled = 0;
        while filled < buffer.len() {
            match self.read(&mut buffer[filled..]).await? {
                0 => return Err(self.name("read", early_end(filled, buffer.len()))),
                count => filled += count,
            }
        }
        Ok(filled)
    }

    /// Appends everything from the position to the end to `bytes`, and returns
    /// how much that was.
    ///
    /// # Errors
    ///
    /// As [`read`](File::read). What was read before the error is in `bytes`.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost: what a dropped call has read is in `bytes` or comes with
    /// the next read.
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::fs::File;
    ///
    /// # buzzer::block_on(async {
    /// # let dir = tempfile::tempdir()?; let path = dir.path().join("orders");
    /// # std::fs::write(&path, "mocha")?;
    /// let mut bytes = Vec::new();
    /// let length = File::open(&path).await?.read_to_end(&mut bytes).await?;
    /// assert_eq!((length, &*bytes), (5, &b"mocha"[..]));
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub async fn read_to_end(&mut self, bytes: &mut Vec<u8>) -> io::Result<usize> {
        let before = bytes.len();
        let rest = self.size_of_rest();
        bytes.reserve(rest.unwrap_or(0).min(MAX_CHUNK));
        loop {
            proceed().await;
            let so_far = bytes.len() - before;
            let more = self.append_some(bytes, so_far, rest).await;
            if more.map_err(|error| self.name("read", error))? == 0 {
                return Ok(so_far);
            }
        }
    }

    /// How much there is to read, if that is easily known.
    fn size_of_rest(&mut self) -> Option<usize> {
        if !self.uses_position_at_once() {
            return None;
        }
        let mut std = &self.open.std;
        let metadata = std.metadata().ok()?;
        // The size says nothing of a device or a FIFO.
        let position = metadata.is_file().then(|| std.stream_position())?.ok()?;
        usize::try_from(metadata.len().saturating_sub(position)).ok()
    }

    /// Reads some bytes behind `so_far`, of which `rest` may be known to be all.
    async fn append_some(
        &mut self,
        bytes: &mut Vec<u8>,
        so_far: usize,
        rest: Option<usize>,
    ) -> io::Result<usize> {
        self.settle().await?;
        if self.leftover.get_mut().unread.is_empty() {
            let was_all = rest == Some(so_far);
            let read = |file: &Self| {
                if bytes.len() < bytes.capacity() {
                    return file::append_cached(file.as_fd(), bytes, AT_ONCE);
                }
                if !was_all {
                    bytes.reserve(so_far.clamp(LITTLE, AT_ONCE));
                    return file::append_cached(file.as_fd(), bytes, AT_ONCE);
                }
                // Nothing has to grow for the end.
                let mut little = [0; LITTLE];
                let answer = file::read_cached(file.as_fd(), None, &mut little);
                if let Answer::Done(count) = answer {
                    bytes.extend_from_slice(&little[..count]);
                }
                answer
            };
            // That all is read was known before, or is asked now. That there was nothing
            // to read is not known before: in /proc it is said of every file.
            let is_end = |file: &Self| (was_all && so_far > 0) || file.is_at_end();
            if let Some(result) = self.try_read(read, is_end) {
                return result;
            }
            let wanted = so_far.clamp(FIRST_CHUNK, MAX_CHUNK);
            match self.fetch(wanted).await {
                // There are not so many offsets behind the position.
                Err(error) if error.raw_os_error() == Some(libc::EINVAL) => {
                    self.fetch(LITTLE).await?;
                }
                fetched => fetched?,
            }
        }
        let unread = &mut self.leftover.get_mut().unread;
        let count = unread.len();
        bytes.extend_from_slice(unread.as_slice());
        unread.clear();
        Ok(count)
    }

    /// Appends the text from the position to the end to `text`, and returns its
    /// length in bytes.
    ///
    /// # Errors
    ///
    /// As [`read`](File::read), and `InvalidData` if the bytes are not UTF-8.
    /// `text` is then as it was, and what was read is gone.
    ///
    /// # Cancel safety
    ///
    /// None: what a dropped call has read is gone.
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::fs::File;
    ///
    /// # buzzer::block_on(async {
    /// # let dir = tempfile::tempdir()?; let path = dir.path().join("orders");
    /// # std::fs::write(&path, "mocha")?;
    /// let mut text = String::new();
    /// File::open(&path).await?.read_to_string(&mut text).await?;
    /// assert_eq!(text, "mocha");
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub async fn read_to_string(&mut self, text: &mut String) -> io::Result<usize> {
        let mut bytes = Vec::new();
        self.read_to_end(&mut bytes).await?;
        match str::from_utf8(&bytes) {
            Ok(read) => text.push_str(read),
            Err(error) => return Err(self.name("read", not_utf8(error))),
        }
        Ok(bytes.len())
    }

    /// Reads some bytes at `offset` (in bytes from the start), whatever the
    /// position, which stays as it is. Several such reads run side by side.
    ///
    /// # Errors
    ///
    /// As [`FileExt::read_at`].
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost: the file still has the bytes.
    ///
    /// # Examples
    ///
    /// ```
    /// # buzzer::block_on(async {
    /// # let dir = tempfile::tempdir()?; let path = dir.path().join("text");
    /// # std::fs::write(&path, "Hello Asynchronous World!")?;
    /// let file = buzzer::fs::File::open(&path).await?;
    /// let (mut hello, mut world) = ([0; 5], [0; 5]);
    /// buzzer::try_gather!(file.read_at(&mut hello, 0), file.read_at(&mut world, 19)).await?;
    /// assert_eq!((&hello, &world), (b"Hello", b"World"));
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub async fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        if buffer.is_empty() {
            let read = move |std: &StdFile| std.read_at(&mut [], offset);
            return self.move_nothing("read", read).await;
        }
        proceed().await;
        let result = async {
            self.leftover.settle().await?;
            let room = buffer.len().min(AT_ONCE);
            let tried = attempt(
                &self.open.reads_at_once,
                || file::read_cached(self.as_fd(), Some(offset), &mut buffer[..room]),
                || first_try::is_at_end(&self.open.std, Some(offset)),
            );
            if let Some(result) = tried {
                return result;
            }
            let open = self.open.clone();
            let mut chunk = Chunk::default();
            let limit = buffer.len().min(self.max_job);
            let handle = start(self.doing("read"), move || {
                let result = chunk.fill(limit, |bytes| open.std.read_at(bytes, offset));
                (chunk, result)
            });
            let (mut chunk, result) = self.leftover.job("read", handle, Left::nothing).await?;
            result.map(|()| chunk.take_into(buffer))
        };
        result.await.map_err(|error| self.name("read", error))
    }

    /// Bytes that [`BufReader`](crate::fs::BufReader) has read but not given out.
    pub(in crate::fs) fn put_back(&mut self, bytes: &[u8]) {
        if !bytes.is_empty() {
            self.leftover.get_mut().unread.prepend(bytes);
        }
    }

    /// A try to read at the position. `is_end` is asked whether to believe that
    /// there is nothing.
    pub(super) fn try_read(
        &self,
        read: impl FnOnce(&Self) -> Answer<usize>,
        is_end: impl FnOnce(&Self) -> bool,
    ) -> Option<io::Result<usize>> {
        if self.open.shares_position.load(Relaxed) {
            return None;
        }
        attempt(&self.open.reads_at_once, || read(self), || is_end(self))
    }

    pub(super) fn is_at_end(&self) -> bool {
        first_try::is_at_end(&self.open.std, None)
    }

    /// Has a worker read at the position; the bytes are unread ones afterwards.
    async fn fetch(&mut self, wanted: usize) -> io::Result<()> {
        let handle = self.start_read(wanted);
        // An error of a dropped read is no news: the next read meets it too.
        let left = |(chunk, _)| Left {
            unread: Some(chunk),
            failed: None,
            end: None,
        };
        let (chunk, result) = self.leftover.job("read", handle, left).await?;
        self.leftover.get_mut().unread = chunk;
        result
    }

    /// Has a worker read at the position, into the memory of the empty chunk.
    pub(super) fn start_read(&mut self, wanted: usize) -> JoinHandle<(Chunk, io::Result<()>)> {
        let mut chunk = mem::take(&mut self.leftover.get_mut().unread);
        let open = self.open.clone();
        let limit = wanted.min(self.max_job);
        start(self.doing("read"), move || {
            let result = chunk.fill(limit, |bytes| (&open.std).read(bytes));
            (chunk, result)
        })
    }
}
