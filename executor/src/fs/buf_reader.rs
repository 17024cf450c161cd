//! Reading a file by lines, without a hop or a system call for each.
//!
//! Owns [`BufReader`] and [`Lines`]. One rule makes both cancel safe: bytes leave
//! the buffer only when all that was asked for is in it, and then in one step.

use std::io::{self, BufRead, SeekFrom};

use super::File;
use super::worker::proceed;
use crate::io::error::not_utf8;

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
#[derive(Debug)]
pub struct BufReader {
    file: File,
    /// Filled from `start` to `end`; its length is what can be filled. Empty until
    /// the first read, longer than `capacity` only while a line needs that.
    bytes: Vec<u8>,
    start: usize,
    end: usize,
    capacity: usize,
}

impl BufReader {
    /// A buffer of 64 KiB.
    pub fn new(file: File) -> Self {
        Self::with_capacity(CAPACITY, file)
    }

    /// A buffer of `capacity` bytes (one, if it is zero). It grows for a line that
    /// is longer.
    pub fn with_capacity(capacity: usize, file: File) -> Self {
        Self {
            file,
            bytes: Vec::new(),
            start: 0,
            end: 0,
            capacity: capacity.max(1),
        }
    }

    /// The file. Its position is behind what is in the buffer.
    pub fn get_ref(&self) -> &File {
        &self.file
    }

    /// The file. To read it or move its position bypasses the buffer.
    pub fn get_mut(&mut self) -> &mut File {
        &mut self.file
    }

    /// The file. What is in the buffer is put back: the file's next read starts
    /// with it.
    pub fn into_inner(mut self) -> File {
        self.file.put_back(&self.bytes[self.start..self.end]);
        self.file
    }

    /// What is in the buffer.
    pub fn buffer(&self) -> &[u8] {
        &self.bytes[self.start..self.end]
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
        if self.buffer().is_empty() {
            self.read_more().await?;
        } else {
            proceed().await;
        }
        Ok(self.buffer())
    }

    /// Takes `count` bytes from the buffer, or all if it holds fewer.
    pub fn consume(&mut self, count: usize) {
        self.start = self.end.min(self.start.saturating_add(count));
        if self.start == self.end {
            self.start = 0;
            self.end = 0;
            // A long line's memory is not kept.
            if self.bytes.len() > self.capacity {
                self.bytes.truncate(self.capacity);
                self.bytes.shrink_to_fit();
            }
        }
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
        if self.buffer().is_empty() && buffer.len() >= self.capacity {
            return self.file.read(buffer).await;
        }
        if buffer.is_empty() {
            return Ok(0);
        }
        let filled = self.fill_buf().await?;
        let count = filled.len().min(buffer.len());
        buffer[..count].copy_from_slice(&filled[..count]);
        self.consume(count);
        Ok(count)
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
        let length = self.gather_until(delimiter).await?;
        bytes.extend_from_slice(&self.buffer()[..length]);
        self.consume(length);
        Ok(length)
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
        let length = self.gather_until(b'\n').await?;
        let result = match str::from_utf8(&self.buffer()[..length]) {
            Ok(text) => {
                line.push_str(text);
                Ok(length)
            }
            Err(_) => Err(self.file.name("read", not_utf8())),
        };
        self.consume(length);
        result
    }

    /// The lines that are left, one by one.
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
        // Back in the file's hands, which knows how to seek from there.
        self.file.put_back(&self.bytes[self.start..self.end]);
        self.consume(usize::MAX);
        self.file.seek(to).await
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

    /// Reads until the buffer holds a `delimiter` or the rest of the file, and
    /// returns the length up to and with it.
    async fn gather_until(&mut self, delimiter: u8) -> io::Result<usize> {
        proceed().await;
        let mut searched = 0;
        loop {
            if let Some(at) = find(delimiter, &self.buffer()[searched..]) {
                return Ok(searched + at + 1);
            }
            searched = self.buffer().len();
            if self.read_more().await? == 0 {
                return Ok(searched);
            }
        }
    }

    /// Reads behind what is in the buffer; zero at the end of the file.
    async fn read_more(&mut self) -> io::Result<usize> {
        if self.end == self.bytes.len() {
            if self.start > self.bytes.len() / 2 {
                self.bytes.copy_within(self.start..self.end, 0);
                self.end -= self.start;
                self.start = 0;
            } else {
                self.bytes
                    .resize(self.capacity.max(2 * self.bytes.len()), 0);
            }
        }
        let count = self.file.read(&mut self.bytes[self.end..]).await?;
        self.end += count;
        Ok(count)
    }
}

/// Where `byte` is. A detour over `skip_until`, since it compares many bytes at a
/// time, which `Iterator::position` does not.
fn find(byte: u8, bytes: &[u8]) -> Option<usize> {
    let mut rest = bytes;
    let skipped = rest.skip_until(byte).expect("memory can always be read");
    let last = skipped.checked_sub(1)?;
    (bytes[last] == byte).then_some(last)
}

/// The lines of a file, without their line ends (`\n` or `\r\n`); made by
/// [`File::lines`] or [`BufReader::lines`].
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
        if self.reader.read_line(&mut line).await? == 0 {
            return Ok(None);
        }
        if line.ends_with('\n') {
            line.pop();
            if line.ends_with('\r') {
                line.pop();
            }
        }
        Ok(Some(line))
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
