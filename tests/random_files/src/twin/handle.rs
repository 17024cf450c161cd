//! What std's file is beside buzzer's: the same file, and what dropped operations left.
//!
//! Owns what buzzer promises of dropped operations, said once more and as simply as it can
//! be: what was sent to a worker is done; what was read is kept for the next read, and to
//! anything else is as if it had not been read; an error is told once, by the operation that
//! comes next.

use crate::outcome::{Failure, Outcome};
use std::fs::File;
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::FileExt;

/// What one job moves at most, if nothing else was said.
pub const MAX_JOB: usize = 2 << 20;

pub struct Handle {
    pub std: File,
    /// Read by dropped reads. The position is behind it.
    pub unread: Vec<u8>,
    /// Told by the next operation.
    pub failed: Option<Failure>,
    /// Whether a dropped operation was begun that no later one has waited for.
    pub adrift: bool,
    /// Whether no worker has done it yet.
    pub queued: bool,
    pub max_job: usize,
    pub ends: Ends,
    /// What an operation begun by a poll has left, until somebody waits for it.
    pub left: Option<End>,
}

/// Operations begun by a poll that no poll has asked for yet.
#[derive(Default)]
pub struct Ends {
    pub read: Option<Result<(), Failure>>,
    pub write: Option<(Vec<u8>, usize, Option<Failure>)>,
    pub seek: Seeking,
}

#[derive(Default)]
pub enum Seeking {
    #[default]
    None,
    Asked,
    Begun(SeekFrom),
    Ended(SeekFrom, Outcome),
}

pub enum End {
    Read(Result<(), Failure>),
    Write(Vec<u8>, usize, Option<Failure>),
    Seek(Outcome),
}

impl Handle {
    pub fn new(std: File) -> Self {
        Self {
            std,
            unread: Vec::new(),
            failed: None,
            adrift: false,
            queued: false,
            max_job: MAX_JOB,
            ends: Ends::default(),
            left: None,
        }
    }

    /// What each method begins with.
    pub fn settle(&mut self) -> Result<(), Failure> {
        self.take_in();
        let ends = std::mem::take(&mut self.ends);
        if let Some((_, _, Some(error))) = ends.write {
            self.failed.get_or_insert(error);
        }
        if let Seeking::Ended(_, Outcome::Failed(error)) = ends.seek {
            self.failed.get_or_insert(error);
        }
        self.failed.take().map_or(Ok(()), Err)
    }

    /// What each poll begins with: what was begun by others may still be asked for.
    pub fn settle_polled(&mut self) -> Result<(), Failure> {
        self.take_in();
        self.failed.take().map_or(Ok(()), Err)
    }

    fn take_in(&mut self) {
        self.adrift = false;
        match self.left.take() {
            None => {}
            Some(End::Read(result)) => self.ends.read = Some(result),
            Some(End::Write(data, count, error)) => self.ends.write = Some((data, count, error)),
            Some(End::Seek(outcome)) => match self.ends.seek {
                Seeking::Begun(to) => self.ends.seek = Seeking::Ended(to, outcome),
                // Another was asked for in its place.
                _ => {
                    if let Outcome::Failed(error) = outcome {
                        self.failed.get_or_insert(error);
                    }
                }
            },
        }
    }

    pub fn is_sent_to_a_worker(&mut self) {
        (self.adrift, self.queued) = (true, true);
    }

    pub fn is_settled(&self) -> bool {
        let has_ends = self.ends.read.is_some()
            || self.ends.write.is_some()
            || !matches!(self.ends.seek, Seeking::None);
        !self.adrift && self.failed.is_none() && self.unread.is_empty() && !has_ends
    }

    pub fn give_back(&mut self) {
        let by = -(self.unread.len() as i64);
        if !self.unread.is_empty() && self.std.seek(SeekFrom::Current(by)).is_ok() {
            self.unread.clear();
        }
    }

    /// One read, of what a dropped one has left or of the file.
    pub fn read(&mut self, count: usize) -> io::Result<Vec<u8>> {
        if !self.unread.is_empty() {
            return Ok(self.unread.drain(..count.min(self.unread.len())).collect());
        }
        let mut bytes = vec![0; count];
        let read = self.std.read(&mut bytes)?;
        bytes.truncate(read);
        Ok(bytes)
    }

    /// What a dropped read leaves.
    pub fn read_ahead(&mut self, count: usize) -> Result<(), Failure> {
        match self.read(count.min(self.max_job)) {
            Ok(bytes) => {
                self.unread = bytes;
                Ok(())
            }
            Err(error) => Err(Failure::of(&error)),
        }
    }

    /// All that is to be read, which stays to be read. No file has more; a device may.
    pub fn peek(&mut self) -> io::Result<Vec<u8>> {
        let mut all = self.unread.clone();
        let at = self.std.stream_position()?;
        (&self.std).take(1 << 20).read_to_end(&mut all)?;
        self.std.seek(SeekFrom::Start(at))?;
        Ok(all)
    }

    /// The same, to who asks for `count` at first: that may be refused where the number of the
    /// byte behind is none that there is.
    pub fn peek_by(&mut self, count: usize) -> io::Result<Vec<u8>> {
        if self.unread.is_empty() {
            let at = self.std.stream_position()?;
            let first = self.std.read(&mut vec![0; count.min(self.max_job)])?;
            self.std.seek(SeekFrom::Start(at))?;
            if first == 0 {
                return Ok(Vec::new());
            }
        }
        self.peek()
    }

    pub fn advance(&mut self, count: usize) {
        let kept = count.min(self.unread.len());
        self.unread.drain(..kept);
        if count > kept {
            let by = SeekFrom::Current((count - kept) as i64);
            self.std.seek(by).expect("so much was read there");
        }
    }

    /// All of `bytes`, as far as it goes.
    pub fn write(&mut self, bytes: &[u8]) -> (usize, Option<Failure>) {
        self.give_back();
        write_all(bytes, |rest, _| (&self.std).write(rest))
    }

    pub fn write_at(&mut self, bytes: &[u8], offset: u64) -> (usize, Option<Failure>) {
        write_all(bytes, |rest, done| {
            self.std.write_at(rest, offset.saturating_add(done as u64))
        })
    }

    /// An error behind a part is told by the next operation.
    pub fn told(&mut self, (count, error): (usize, Option<Failure>)) -> Result<usize, Failure> {
        match error {
            Some(error) if count == 0 => Err(error),
            error => {
                if let Some(error) = error {
                    self.failed.get_or_insert(error);
                }
                Ok(count)
            }
        }
    }

    pub fn seek(&mut self, to: SeekFrom) -> Outcome {
        let to = match to {
            SeekFrom::Current(by) => match by.checked_sub(self.unread.len() as i64) {
                Some(by) => SeekFrom::Current(by),
                None => return Outcome::done(Err(io::Error::from_raw_os_error(libc::EINVAL))),
            },
            to => to,
        };
        let position = self.std.seek(to);
        if position.is_ok() {
            self.unread.clear();
        }
        Outcome::number(position)
    }

    /// A read or a write of nothing, where it can be asked what is wrong with it.
    pub fn nothing(&self, call: impl FnOnce(&File) -> io::Result<usize>) -> io::Result<usize> {
        let kind = self.std.metadata()?.file_type();
        match kind.is_file() || kind.is_dir() {
            true => call(&self.std),
            false => Ok(0),
        }
    }
}

fn write_all(
    bytes: &[u8],
    mut write: impl FnMut(&[u8], usize) -> io::Result<usize>,
) -> (usize, Option<Failure>) {
    let mut count = 0;
    while count < bytes.len() {
        match write(&bytes[count..], count) {
            Ok(0) => return (count, Some(Failure::of(&ErrorKind::WriteZero.into()))),
            Ok(more) => count += more,
            Err(error) => return (count, Some(Failure::of(&error))),
        }
    }
    (count, None)
}
