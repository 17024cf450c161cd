//! Reading a file by lines, without a hop or a system call for each.
//!
//! Owns [`BufReader`] and [`Lines`]: those of `io`, which hold the rule that makes
//! them cancel safe, with what only a file can do. It takes back what was read
//! ahead, so that positions can be counted from the buffer and nothing is lost at
//! the end.

use std::io::{self, SeekFrom};

use super::File;
use crate::io::async_buf_read::without_line_end;
use crate::io::{self as streams, AsyncBufReadExt, AsyncReadExt};

/// Enough that lines of text cost a read each thousand or so, and a hop to a
/// worker is nothing against them.
const CAPACITY: usize = 64 * 1024;

/// A file with a buffer in front, for reading by lines or in small pieces.
///
/// # Examples
///
/// ```
/// # buzzer::block_on(async {
/// # let dir = tempfile::tempdir()?; let path = dir.path().join("orders");
/// # std::fs::write(&path, "espresso\nlatte\n")?;
/// use buzzer::fs::{BufReader, File};
///
/// let mut reader = BufReader::new(File::open(&path).await?);
/// let mut line = String::new();
/// while reader.read_line(&mut line).await? > 0 {
///     print!("one {line}");
///     line.clear();
/// }
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
///
/// ```
/// use buzzer::fs::{BufReader, File};
/// use std::io::SeekFrom;
///
/// # buzzer::block_on(async {
/// # let dir = tempfile::tempdir()?; let path = dir.path().join("orders");
/// # std::fs::write(&path, "espresso\nlatte\nmocha\n")?;
/// let mut reader = BufReader::with_capacity(1_024, File::open(&path).await?);
/// let mut order = Vec::new();
/// reader.read_until(b'\n', &mut order).await?;
/// assert_eq!(order, b"espresso\n");
/// // The rest has been read, too, and is in the buffer.
/// assert_eq!(reader.buffer(), b"latte\nmocha\n");
/// assert_eq!(reader.stream_position().await?, 9);
///
/// assert_eq!(reader.fill_buf().await?.first(), Some(&b'l'));
/// reader.consume(6);
/// let mut five = [0; 5];
/// assert_eq!(reader.read(&mut five).await?, 5);
/// assert_eq!(&five, b"mocha");
///
/// reader.seek(SeekFrom::Start(9)).await?;
/// assert_eq!(reader.get_ref().metadata().await?.len(), 21);
/// reader.get_mut().set_max_buf_size(4_096);
/// let file = reader.into_inner();
/// # drop(file);
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
#[derive(Debug)]
pub struct BufReader {
    inner: streams::BufReader<File>,
}

impl BufReader {
    /// A buffer of 64 KiB.
    pub fn new(file: File) -> Self {
        Self::with_capacity(CAPACITY, file)
    }

    /// A buffer of `capacity` bytes (one, if it is zero). It grows for a line that
    /// is longer.
    pub fn with_capacity(capacity: usize, file: File) -> Self {
        let inner = streams::BufReader::with_capacity(capacity, file);
        Self { inner }
    }

    /// The file. Its position is behind what is in the buffer.
    pub fn get_ref(&self) -> &File {
        self.inner.get_ref()
    }

    /// The file. To read it or move its position bypasses the buffer.
    pub fn get_mut(&mut self) -> &mut File {
        self.inner.get_mut()
    }

    /// The file. What is in the buffer is put back: the file's next read starts
    /// with it.
    pub fn into_inner(mut self) -> File {
        self.put_back();
        self.inner.into_inner()
    }

    /// What is in the buffer.
    pub fn buffer(&self) -> &[u8] {
        self.inner.buffer()
    }

    /// What is in the buffer, after reading if it is empty; an empty slice at the
    /// end of the file. [`consume`](BufReader::consume) takes from it.
    ///
    /// # Errors
    ///
    /// As [`File::read`].
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost.
    pub async fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.inner.fill_buf().await
    }

    /// Takes `count` bytes from the buffer, or all if it holds fewer.
    pub fn consume(&mut self, count: usize) {
        self.inner.consume(count);
    }

    /// Reads some bytes into `buffer`, and returns how many: zero at the end of
    /// the file, or if `buffer` is empty.
    ///
    /// # Errors
    ///
    /// As [`File::read`].
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost.
    pub async fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.inner.read(buffer).await
    }

    /// Appends everything up to and with the next `delimiter`, or to the end of
    /// the file, to `bytes`, and returns how much that was: zero at the end.
    ///
    /// # Errors
    ///
    /// As [`File::read`]. Nothing is appended then, and nothing lost.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost, and nothing appended: the next call starts with the same
    /// byte.
    pub async fn read_until(&mut self, delimiter: u8, bytes: &mut Vec<u8>) -> io::Result<usize> {
        self.inner.read_until(delimiter, bytes).await
    }

    /// Appends the next line, with its line end, to `line`, and returns its length
    /// in bytes: zero at the end of the file.
    ///
    /// # Errors
    ///
    /// As [`File::read`]; nothing is lost then. `InvalidData` if the line is not
    /// UTF-8: the next call then goes on with the next line
    /// ([`read_until`](BufReader::read_until) reads lines of any bytes).
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost, and nothing appended: the next call starts with the same
    /// line.
    pub async fn read_line(&mut self, line: &mut String) -> io::Result<usize> {
        self.inner.read_line(line).await
    }

    /// The lines that are left, one by one. See [`Lines`].
    pub fn lines(self) -> Lines {
        Lines { reader: self }
    }

    /// Moves the position, counted from what has been read from this buffer, and
    /// returns the new one in bytes from the start.
    ///
    /// # Errors
    ///
    /// As [`File::seek`].
    ///
    /// # Cancel safety
    ///
    /// A dropped call may still move the position; nothing else is lost.
    pub async fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        // The file knows how to seek from there.
        self.put_back();
        self.get_mut().seek(to).await
    }

    /// The position up to which has been read from this buffer, in bytes from the
    /// start.
    ///
    /// # Errors
    ///
    /// As [`File::seek`].
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost.
    pub async fn stream_position(&mut self) -> io::Result<u64> {
        self.seek(SeekFrom::Current(0)).await
    }

    /// Gives what is in the buffer back to the file.
    fn put_back(&mut self) {
        let ahead = self.buffer().to_owned();
        self.get_mut().put_back(&ahead);
        self.consume(usize::MAX);
    }
}

/// The lines of a file, without their line ends (`\n` or `\r\n`); made by
/// [`File::lines`] or [`BufReader::lines`].
///
/// # Examples
///
/// ```
/// use buzzer::fs::{BufReader, File};
///
/// # buzzer::block_on(async {
/// # let dir = tempfile::tempdir()?; let path = dir.path().join("orders");
/// # std::fs::write(&path, "espresso\nlatte\n")?;
/// let mut lines = BufReader::new(File::open(&path).await?).lines();
/// assert_eq!(lines.next_line().await?.as_deref(), Some("espresso"));
/// assert_eq!(lines.get_ref().buffer(), b"latte\n");
/// lines.get_mut().consume(6);
/// assert_eq!(lines.next_line().await?, None);
/// let reader = lines.into_inner();
/// # drop(reader);
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
#[derive(Debug)]
pub struct Lines {
    reader: BufReader,
}

impl Lines {
    /// The next line, or `None` after the last.
    ///
    /// # Errors
    ///
    /// As [`BufReader::read_line`].
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost: the next call returns the line.
    pub async fn next_line(&mut self) -> io::Result<Option<String>> {
        let mut line = String::new();
        let length = self.reader.read_line(&mut line).await?;
        Ok((length > 0).then(|| without_line_end(line)))
    }

    /// The reader, with what has not been asked for yet.
    pub fn get_ref(&self) -> &BufReader {
        &self.reader
    }

    /// The reader, with what has not been asked for yet.
    pub fn get_mut(&mut self) -> &mut BufReader {
        &mut self.reader
    }

    /// The reader, with what has not been asked for yet.
    pub fn into_inner(self) -> BufReader {
        self.reader
    }
}
