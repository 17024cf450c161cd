//! What becomes of an operation whose future was dropped.

use super::Difference;
use super::handle::{End, Handle};
use crate::on_buzzer::Seen;
use crate::outcome::{Failure, Outcome};
use crate::program::{FileOp, Polled};
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::fs::FileExt;

impl Handle {
    /// It has waited for those before it, and was not told of an error.
    pub fn begins(&mut self) -> Result<(), Difference> {
        self.settle()
            .map_err(|failure| format!("it was to be told: {}", failure.text))
    }

    /// A worker does it, and nobody asks for the outcome.
    pub fn done_by_a_worker(&mut self, op: &FileOp, jobs: u64) {
        match op {
            FileOp::Read(0) => {
                let nothing = self.nothing(|mut std| std.read(&mut []));
                self.keep(Outcome::count(nothing));
            }
            // Its error is found again by the next read.
            FileOp::Read(count) => _ = self.read_ahead(*count),
            FileOp::ReadAt(0, offset) => {
                let nothing = self.nothing(|std| std.read_at(&mut [], *offset));
                self.keep(Outcome::count(nothing));
            }
            FileOp::Write(_) | FileOp::WriteVectored(_) | FileOp::WriteAll(_) => {
                let bytes = op.bytes();
                if bytes.is_empty() {
                    let nothing = self.nothing(|mut std| std.write(&[]));
                    return self.keep(Outcome::count(nothing));
                }
                // The job before the last had to end for that to begin.
                for part in bytes.chunks(self.max_job).take(jobs as usize) {
                    let (_, error) = self.write(part);
                    self.failed = error;
                }
            }
            FileOp::WriteAt(data, offset) => {
                let bytes = data.bytes();
                if bytes.is_empty() {
                    let nothing = self.nothing(|std| std.write_at(&[], *offset));
                    return self.keep(Outcome::count(nothing));
                }
                let part = &bytes[..bytes.len().min(self.max_job)];
                (_, self.failed) = self.write_at(part, *offset);
            }
            FileOp::Seek(to) => {
                let outcome = self.seek(*to);
                self.keep(outcome);
            }
            FileOp::Rewind => {
                let outcome = self.seek(SeekFrom::Start(0));
                self.keep(outcome);
            }
            FileOp::Position => {
                let outcome = self.seek(SeekFrom::Current(0));
                self.keep(outcome);
            }
            FileOp::ReadAt(..) | FileOp::Metadata => {}
            FileOp::Polled(op) => self.left = Some(self.polled_by_a_worker(op)),
            op => {
                let outcome = self.control(op);
                self.keep(outcome);
            }
        }
    }

    fn polled_by_a_worker(&mut self, op: &Polled) -> End {
        match op {
            Polled::Read(count) => End::Read(self.read_ahead(*count)),
            Polled::Write(data) => {
                let bytes = data.bytes();
                let part = bytes[..bytes.len().min(self.max_job)].to_vec();
                let (count, error) = self.write(&part);
                End::Write(part, count, error)
            }
            Polled::Seek(to) => End::Seek(self.seek(*to)),
            Polled::Flush => unreachable!("it has no worker"),
        }
    }

    fn keep(&mut self, outcome: Outcome) {
        if let Outcome::Failed(failure) = outcome {
            self.failed = Some(failure);
        }
    }

    /// A read of many, dropped between two of them: what it has brought, and where the
    /// position is, must fit what there is to be read.
    pub fn partly(&mut self, op: &FileOp, seen: &Seen) -> Result<(), Difference> {
        let failed = |error| Failure::of(&error).text;
        let at = self.std.stream_position().map_err(failed)?;
        let ahead = self.unread.len() as u64;
        // Where nothing can be read, nothing is.
        let all = self.peek().unwrap_or_default();
        let Some(Outcome::Number(now)) = seen.after else {
            return Err(format!("then there was no position, but {:?}", seen.after));
        };
        // A clone may have moved it to before what this one has read ahead.
        let taken = (now + ahead).checked_sub(at);
        let taken = taken.ok_or("the position went back")? as usize;
        let fits = match op {
            FileOp::ReadExact(count) => {
                taken <= *count && all.get(..taken) == seen.partial.get(..taken)
            }
            FileOp::ReadToEnd => taken == seen.partial.len() && all.starts_with(&seen.partial),
            _ => taken <= all.len(),
        };
        if !fits {
            return Err(format!(
                "it had brought {:?}, and the position went from {at} to {now}, where std has {:?}",
                Outcome::Bytes(seen.partial.clone()),
                Outcome::Bytes(all)
            ));
        }
        self.unread.clear();
        self.std.seek(SeekFrom::Start(now)).map_err(failed)?;
        Ok(())
    }
}
