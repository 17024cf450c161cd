//! A while with a buffer in front: to who reads through one, as if there were none.

use super::handle::Handle;
use super::whole::told;
use super::{Difference, Twin};
use crate::outcome::{Failure, Outcome};
use crate::program::{BufOp, Slot, WriteOp};
use std::io::{self, BufWriter, ErrorKind, Read, SeekFrom, Write};
use std::os::unix::fs::MetadataExt;

impl Handle {
    pub fn buffered(
        &mut self,
        capacity: usize,
        ops: &[BufOp],
        seen: Option<&Outcome>,
    ) -> Result<Outcome, Difference> {
        let Some(Outcome::Several(seen)) = seen else {
            return Err("it came to nothing".to_owned());
        };
        let mut outcomes = Vec::new();
        for (op, seen) in ops.iter().zip(seen) {
            outcomes.push(self.through_a_buffer(capacity, op, seen));
        }
        outcomes.push(self.seek(SeekFrom::Current(0)));
        Ok(Outcome::Several(outcomes))
    }

    fn through_a_buffer(&mut self, capacity: usize, op: &BufOp, seen: &Outcome) -> Outcome {
        match op {
            BufOp::Read(0, _) => Outcome::Bytes(Vec::new()),
            BufOp::Past(0) => Outcome::of(self.nothing(|mut std| std.read(&mut [])), |_| {
                Outcome::Bytes(Vec::new())
            }),
            // What is larger than the buffer passes it by.
            BufOp::Read(count, _) => self.part(seen, *count, *count, capacity.max(*count)),
            BufOp::Past(count) => self.part(seen, *count, *count, *count),
            BufOp::Fill(consume, _) => self.part(seen, usize::MAX, *consume, capacity),
            BufOp::ReadUntil(delimiter, _) => {
                let piece = self.piece(*delimiter, capacity);
                Outcome::of(piece, Outcome::Bytes)
            }
            BufOp::ReadLine(_) => Outcome::of(self.line(capacity), Outcome::Text),
            BufOp::NextLine(_) => Outcome::of(self.line(capacity), |line| match line {
                line if line.is_empty() => Outcome::Done,
                line => {
                    let line = line
                        .strip_suffix('\n')
                        .map_or(&*line, |line| line.strip_suffix('\r').unwrap_or(line));
                    Outcome::Text(line.to_owned())
                }
            }),
            BufOp::Seek(to) => self.seek(*to),
            BufOp::Position => self.seek(SeekFrom::Current(0)),
        }
    }

    /// As much as was seen, if it is no more than `most`, and something unless there is
    /// nothing. So many of it are taken. The file is asked for `count`.
    fn part(&mut self, seen: &Outcome, most: usize, consume: usize, count: usize) -> Outcome {
        let mut all = match self.peek_by(count) {
            Ok(all) => all,
            Err(error) => return Outcome::done(Err(error)),
        };
        let count = match seen {
            Outcome::Bytes(bytes) if !bytes.is_empty() => bytes.len().min(most),
            _ => most,
        };
        all.truncate(count);
        self.advance(all.len().min(consume));
        Outcome::Bytes(all)
    }

    fn piece(&mut self, delimiter: u8, capacity: usize) -> io::Result<Vec<u8>> {
        let mut all = self.peek_by(capacity)?;
        if let Some(at) = all.iter().position(|byte| *byte == delimiter) {
            all.truncate(at + 1);
        }
        self.advance(all.len());
        Ok(all)
    }

    fn line(&mut self, capacity: usize) -> io::Result<String> {
        let line = self.piece(b'\n', capacity)?;
        String::from_utf8(line).map_err(|_| ErrorKind::InvalidData.into())
    }

    pub fn buffered_writes(&mut self, capacity: usize, ops: &[WriteOp]) -> Outcome {
        let failed = |error: io::Error| Outcome::done(Err(error));
        let mut outcomes = Vec::new();
        let mut writer = BufWriter::with_capacity(capacity, Behind(self));
        for op in ops {
            let outcome = match op {
                WriteOp::Write(data) => Outcome::count(writer.write(&data.bytes())),
                WriteOp::WriteAll(data) => {
                    let bytes = data.bytes();
                    let mut rest = &bytes[..];
                    loop {
                        // Not as std's, which asks for no room between two parts.
                        match rest.is_empty() {
                            true => break Outcome::Done,
                            false => match writer.write(rest) {
                                Ok(count) => rest = &rest[count..],
                                Err(error) => break failed(error),
                            },
                        }
                    }
                }
                WriteOp::Flush => Outcome::done(writer.flush()),
            };
            outcomes.push(outcome);
            outcomes.push(Outcome::Number(writer.buffer().len() as u64));
        }
        outcomes.push(Outcome::done(writer.flush()));
        // What is left after an error is lost.
        _ = writer.into_parts();
        Outcome::Several(outcomes)
    }
}

/// The file as a buffer's writer has it.
struct Behind<'a>(&'a mut Handle);

impl Write for Behind<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.is_empty() {
            return Ok(0);
        }
        let Behind(handle) = self;
        handle.settle().map_err(error)?;
        let written = handle.write(&bytes[..bytes.len().min(handle.max_job)]);
        handle.told(written).map_err(error)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.settle().map_err(error)
    }
}

/// The error that was told so.
fn error(failure: Failure) -> io::Error {
    match failure.number {
        Some(number) => io::Error::from_raw_os_error(number),
        None => failure.kind.into(),
    }
}

impl Twin {
    pub fn stream(&mut self, from: Slot, to: Slot) -> Outcome {
        let (Some(from), Some(to)) = (&self.slots[from], &self.slots[to]) else {
            return Outcome::LeftOut;
        };
        let number = |handle: &Handle| {
            let metadata = handle.std.metadata().expect("it is open");
            (metadata.dev(), metadata.ino())
        };
        if number(&from.borrow()) == number(&to.borrow()) {
            return Outcome::LeftOut;
        }
        let (from, to) = (&mut *from.borrow_mut(), &mut *to.borrow_mut());
        let copied = copied(from, to);
        if let Outcome::Failed(_) = copied {
            for handle in [&mut *from, &mut *to] {
                _ = handle.settle();
                handle.seek(SeekFrom::Start(0));
            }
            to.give_back();
            _ = to.std.set_len(0);
        }
        copied
    }
}

fn copied(from: &mut Handle, to: &mut Handle) -> Outcome {
    let all = match from.peek() {
        Ok(all) => all,
        Err(error) => return Outcome::done(Err(error)),
    };
    if all.is_empty() {
        // Nothing is written, so nothing is given back to be written over.
        return Outcome::Number(0);
    }
    from.advance(all.len());
    match to.write(&all) {
        (_, Some(failure)) => Outcome::Failed(failure),
        written => told(to.told(written)),
    }
}
