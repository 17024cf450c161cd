//! What an operation of a file does when it ends.

use super::Difference;
use super::handle::{Handle, MAX_JOB};
use crate::on_buzzer::Seen;
use crate::outcome::{Failure, Outcome};
use crate::program::FileOp;
use std::fs::{FileTimes, Permissions};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{FileExt, PermissionsExt};
use std::time::{Duration, SystemTime};

impl FileOp {
    /// What it is to write.
    pub fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Write(data) | Self::WriteAll(data) | Self::WriteAt(data, _) => data.bytes(),
            Self::WriteVectored(parts) => parts.iter().flat_map(|part| part.bytes()).collect(),
            _ => Vec::new(),
        }
    }
}

impl Handle {
    pub fn whole(&mut self, op: &FileOp, seen: &Seen) -> Result<Outcome, Difference> {
        let outcome = seen.outcome.as_ref();
        match op {
            FileOp::Polled(op) => return self.polled(op, seen),
            FileOp::WriteAll(data) if data.length == 0 => return Ok(Outcome::Done),
            FileOp::SetMaxBufSize(size) => {
                self.max_job = *size;
                return Ok(Outcome::Number(*size as u64));
            }
            FileOp::TryStd => {
                return Ok(match self.is_settled() {
                    true => {
                        self.max_job = MAX_JOB;
                        Outcome::number(self.std.stream_position())
                    }
                    false => Outcome::Flag(false),
                });
            }
            FileOp::Std => {
                // The error is lost, as its docs say.
                _ = self.settle();
                self.give_back();
                self.unread.clear();
                self.max_job = MAX_JOB;
                return Ok(Outcome::number(self.std.stream_position()));
            }
            _ => {}
        }
        if let Err(failure) = self.settle() {
            return Ok(Outcome::Failed(failure));
        }
        Ok(match op {
            FileOp::Read(0) => Outcome::of(self.nothing(|mut std| std.read(&mut [])), |_| {
                Outcome::Bytes(Vec::new())
            }),
            FileOp::Read(count) => self.some(*count, seen),
            FileOp::ReadExact(count) => self.exactly(*count),
            FileOp::ReadToEnd => {
                let read = self.rest();
                Outcome::of(read, Outcome::Bytes)
            }
            FileOp::ReadToString => {
                let text = self.rest().and_then(|bytes| {
                    String::from_utf8(bytes).map_err(|_| io::Error::from(ErrorKind::InvalidData))
                });
                Outcome::of(text, Outcome::Text)
            }
            FileOp::ReadAt(0, offset) => {
                Outcome::of(self.nothing(|std| std.read_at(&mut [], *offset)), |_| {
                    Outcome::Bytes(Vec::new())
                })
            }
            FileOp::ReadsAt(parts) => Outcome::Several(self.reads_at(parts, outcome)),
            FileOp::ReadAt(count, offset) => {
                let mut bytes = vec![0; self.most(*count, seen, false)];
                let read = self.std.read_at(&mut bytes, *offset);
                Outcome::of(read, |count| Outcome::Bytes(bytes[..count].to_vec()))
            }
            FileOp::WriteAll(_) => self.write_whole(&op.bytes()),
            FileOp::Write(_) | FileOp::WriteVectored(_) => self.write_once(&op.bytes(), seen),
            FileOp::WriteAt(data, offset) => {
                let bytes = data.bytes();
                if bytes.is_empty() {
                    return Ok(Outcome::count(
                        self.nothing(|std| std.write_at(&[], *offset)),
                    ));
                }
                let most = self.most(bytes.len(), seen, true);
                let written = self.write_at(&bytes[..most], *offset);
                told(self.told(written))
            }
            FileOp::Flush => Outcome::Done,
            FileOp::Seek(to) => self.seek(*to),
            FileOp::Rewind => match self.seek(SeekFrom::Start(0)) {
                Outcome::Number(_) => Outcome::Done,
                failed => failed,
            },
            FileOp::Position => self.seek(SeekFrom::Current(0)),
            FileOp::Buffered(capacity, ops) => self.buffered(*capacity, ops, outcome)?,
            FileOp::Writer(capacity, ops) => self.buffered_writes(*capacity, ops),
            op => self.control(op),
        })
    }

    /// How much a read or write moves: all, or what one job may, or what a first try did.
    fn most(&self, count: usize, seen: &Seen, is_write: bool) -> usize {
        if seen.jobs > 0 {
            return count.min(self.max_job);
        }
        let moved = match (&seen.outcome, is_write) {
            (Some(Outcome::Bytes(bytes)), false) => bytes.len(),
            (Some(Outcome::Number(count)), true) => *count as usize,
            _ => count,
        };
        // If it says that there is nothing, std shall say so too.
        if moved == 0 { count } else { moved.min(count) }
    }

    /// Each as much as was seen, and something unless there is nothing.
    fn reads_at(&self, parts: &[(usize, u64)], seen: Option<&Outcome>) -> Vec<Outcome> {
        let seen = match seen {
            Some(Outcome::Several(seen)) => &seen[..],
            _ => &[],
        };
        let read = |(at, (count, offset)): (usize, &(usize, u64))| {
            let most = match seen.get(at) {
                Some(Outcome::Bytes(bytes)) if !bytes.is_empty() => bytes.len().min(*count),
                _ => *count,
            };
            let mut bytes = vec![0; most];
            let read = match count {
                0 => self.nothing(|std| std.read_at(&mut [], *offset)),
                _ => self.std.read_at(&mut bytes, *offset),
            };
            Outcome::of(read, |count| Outcome::Bytes(bytes[..count].to_vec()))
        };
        parts.iter().enumerate().map(read).collect()
    }

    fn some(&mut self, count: usize, seen: &Seen) -> Outcome {
        let count = match self.unread.is_empty() {
            true => self.most(count, seen, false),
            false => count,
        };
        Outcome::of(self.read(count), Outcome::Bytes)
    }

    fn exactly(&mut self, count: usize) -> Outcome {
        let mut all = Vec::new();
        while all.len() < count {
            match self.read(count - all.len()) {
                Ok(bytes) if bytes.is_empty() => {
                    return Outcome::done(Err(ErrorKind::UnexpectedEof.into()));
                }
                Ok(bytes) => all.extend(bytes),
                Err(error) => return Outcome::done(Err(error)),
            }
        }
        Outcome::Bytes(all)
    }

    fn rest(&mut self) -> io::Result<Vec<u8>> {
        let mut all = std::mem::take(&mut self.unread);
        self.std.read_to_end(&mut all)?;
        Ok(all)
    }

    pub fn write_once(&mut self, bytes: &[u8], seen: &Seen) -> Outcome {
        if bytes.is_empty() {
            return Outcome::count(self.nothing(|mut std| std.write(&[])));
        }
        let most = self.most(bytes.len(), seen, true);
        let written = self.write(&bytes[..most]);
        told(self.told(written))
    }

    fn write_whole(&mut self, mut bytes: &[u8]) -> Outcome {
        while !bytes.is_empty() {
            let written = self.write(&bytes[..bytes.len().min(self.max_job)]);
            match self.told(written) {
                Ok(count) => bytes = &bytes[count..],
                Err(failure) => return Outcome::Failed(failure),
            }
            if !bytes.is_empty()
                && let Err(failure) = self.settle()
            {
                return Outcome::Failed(failure);
            }
        }
        Outcome::Done
    }

    pub fn control(&mut self, op: &FileOp) -> Outcome {
        match op {
            FileOp::SetLen(length) => {
                self.give_back();
                Outcome::done(self.std.set_len(*length))
            }
            FileOp::SyncAll => Outcome::done(self.std.sync_all()),
            FileOp::SyncData => Outcome::done(self.std.sync_data()),
            FileOp::Metadata => Outcome::known(self.std.metadata()),
            FileOp::SetPermissions(mode) => {
                Outcome::done(self.std.set_permissions(Permissions::from_mode(*mode)))
            }
            FileOp::SetModified(seconds) => {
                let seconds = Duration::from_secs((*seconds).into());
                let set = self.std.set_modified(SystemTime::UNIX_EPOCH + seconds);
                Outcome::of(set, |()| Outcome::Number(seconds.as_secs()))
            }
            FileOp::SetTimes(read, written) => {
                let at =
                    |seconds: u32| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds.into());
                let mut times = FileTimes::new();
                if let Some(read) = read {
                    times = times.set_accessed(at(*read));
                }
                if let Some(written) = written {
                    times = times.set_modified(at(*written));
                }
                let set = self.std.set_times(times);
                let are = [read, written].into_iter().flatten();
                let are = are.map(|seconds| Outcome::Number((*seconds).into()));
                Outcome::of(set, |()| Outcome::Several(are.collect()))
            }
            op => unreachable!("{op:?} is done elsewhere"),
        }
    }
}

pub fn told(written: Result<usize, Failure>) -> Outcome {
    match written {
        Ok(count) => Outcome::Number(count as u64),
        Err(failure) => Outcome::Failed(failure),
    }
}
