//! What is done to an open file by its methods.

use super::{Side, permissions};
use crate::fault::Fault;
use crate::outcome::Outcome;
use crate::program::{FileOp, Slot};
use buzzer::fs::{File, FileTimes};
use std::io::{IoSlice, Seek, SeekFrom};
use std::time::{Duration, SystemTime};

impl Side {
    pub(super) async fn on(&mut self, slot: Slot, op: &FileOp, partial: &mut Vec<u8>) -> Outcome {
        let fault = self.fault;
        let Some(file) = &mut self.slots[slot] else {
            return Outcome::LeftOut;
        };
        match op {
            FileOp::Std => self.std_and_back(slot).await,
            FileOp::TryStd => self.try_std_and_back(slot),
            FileOp::Buffered(capacity, ops) => self.buffered(slot, *capacity, ops).await,
            FileOp::Writer(capacity, ops) => self.writer(slot, *capacity, ops).await,
            FileOp::Polled(op) => super::polled::apply(file, op).await,
            FileOp::Write(_)
            | FileOp::WriteAll(_)
            | FileOp::WriteVectored(_)
            | FileOp::WriteAt(..) => write(file, op, fault).await,
            FileOp::Seek(_) | FileOp::Rewind | FileOp::Position => seek(file, op, fault).await,
            FileOp::Read(_)
            | FileOp::ReadExact(_)
            | FileOp::ReadToEnd
            | FileOp::ReadToString
            | FileOp::ReadAt(..)
            | FileOp::ReadsAt(_) => read(file, op, partial, fault).await,
            _ => control(file, op, fault).await,
        }
    }

    async fn std_and_back(&mut self, slot: Slot) -> Outcome {
        let file = self.slots[slot].take().expect("asked before");
        let mut std = file.into_std().await;
        let position = Outcome::number(std.stream_position());
        self.slots[slot] = Some(File::from_std(std));
        position
    }

    fn try_std_and_back(&mut self, slot: Slot) -> Outcome {
        let file = self.slots[slot].take().expect("asked before");
        let (file, outcome) = match file.try_into_std() {
            Ok(mut std) => {
                let position = Outcome::number(std.stream_position());
                (File::from_std(std), position)
            }
            Err(file) => (file, Outcome::Flag(false)),
        };
        self.slots[slot] = Some(file);
        outcome
    }

    pub(super) async fn stream(&mut self, from: Slot, to: Slot) -> Outcome {
        let [Some(mut reader), Some(mut writer)] = self.two(from, to) else {
            return Outcome::LeftOut;
        };
        let copied = buzzer::io::copy(&mut reader, &mut writer).await;
        if copied.is_err() {
            // How much was read before the error is nobody's promise.
            for file in [&mut reader, &mut writer] {
                _ = file.flush().await;
                _ = file.rewind().await;
            }
            _ = writer.set_len(0).await;
        }
        (self.slots[from], self.slots[to]) = (Some(reader), Some(writer));
        Outcome::number(copied)
    }

    /// Both taken out of their slots, if there are two, and of different files.
    fn two(&mut self, from: Slot, to: Slot) -> [Option<File>; 2] {
        let same = |a: &File, b: &File| {
            let [a, b] = [a, b].map(|file| rustix::fs::fstat(file).expect("it is open"));
            (a.st_dev, a.st_ino) == (b.st_dev, b.st_ino)
        };
        match (&self.slots[from], &self.slots[to]) {
            (Some(a), Some(b)) if !same(a, b) => [from, to].map(|slot| self.slots[slot].take()),
            _ => [None, None],
        }
    }
}

async fn read(file: &mut File, op: &FileOp, partial: &mut Vec<u8>, fault: Fault) -> Outcome {
    match op {
        FileOp::Read(count) => {
            let mut buffer = vec![0; *count];
            let read = file.read(&mut buffer).await;
            Outcome::of(read, |count| Outcome::Bytes(buffer[..count].to_vec()))
        }
        FileOp::ReadExact(count) => {
            partial.resize(*count, 0);
            if fault == Fault::ShortReadIsTheEnd {
                let read = file.read(partial).await;
                return match read {
                    Ok(got) if got < *count => {
                        let early = std::io::Error::from(std::io::ErrorKind::UnexpectedEof);
                        Outcome::done(Err(early))
                    }
                    read => Outcome::of(read, |_| Outcome::Bytes(partial.clone())),
                };
            }
            let read = file.read_exact(partial).await;
            Outcome::of(read, |count| Outcome::Bytes(partial[..count].to_vec()))
        }
        FileOp::ReadToEnd => {
            let read = file.read_to_end(partial).await;
            Outcome::of(read, |count| {
                assert_eq!(count, partial.len());
                Outcome::Bytes(partial.clone())
            })
        }
        FileOp::ReadToString => {
            let mut text = "before".to_owned();
            let read = file.read_to_string(&mut text).await;
            let text = text.strip_prefix("before").expect("it is appended");
            assert!(read.as_ref().map_or(0, |count| *count) == text.len());
            Outcome::of(read, |_| Outcome::Text(text.to_owned()))
        }
        FileOp::ReadAt(count, offset) => {
            let mut buffer = vec![0; *count];
            let read = file.read_at(&mut buffer, *offset).await;
            Outcome::of(read, |count| Outcome::Bytes(buffer[..count].to_vec()))
        }
        FileOp::ReadsAt(parts) => {
            let file = &*file;
            let reads = parts.iter().map(|(count, offset)| async move {
                let mut buffer = vec![0; *count];
                let read = file.read_at(&mut buffer, *offset).await;
                Outcome::of(read, |count| Outcome::Bytes(buffer[..count].to_vec()))
            });
            Outcome::Several(buzzer::gather(reads).await)
        }
        _ => unreachable!("it reads nothing"),
    }
}

async fn write(file: &mut File, op: &FileOp, fault: Fault) -> Outcome {
    match op {
        FileOp::Write(data) => Outcome::count(file.write(&data.bytes()).await),
        FileOp::WriteAll(data) => Outcome::done(file.write_all(&data.bytes()).await),
        FileOp::WriteVectored(parts) => {
            let parts: Vec<_> = parts.iter().map(|part| part.bytes()).collect();
            let parts: Vec<_> = parts.iter().map(|part| IoSlice::new(part)).collect();
            let parts = match fault {
                Fault::VectorsEndEarly => &parts[..parts.len().min(1)],
                _ => &parts,
            };
            Outcome::count(file.write_vectored(parts).await)
        }
        FileOp::WriteAt(data, offset) => {
            let written = file.write_at(&data.bytes(), *offset).await;
            if fault == Fault::WriteAtMoves && written.is_ok() {
                _ = file.seek(SeekFrom::Start(*offset)).await;
            }
            Outcome::count(written)
        }
        _ => unreachable!("it writes nothing"),
    }
}

async fn seek(file: &mut File, op: &FileOp, fault: Fault) -> Outcome {
    match op {
        FileOp::Seek(SeekFrom::End(by)) if fault == Fault::EndIsTheStart => {
            Outcome::number(file.seek(SeekFrom::Start(by.unsigned_abs())).await)
        }
        FileOp::Seek(to) => Outcome::number(file.seek(*to).await),
        FileOp::Rewind => Outcome::done(file.rewind().await),
        _ => Outcome::number(file.stream_position().await),
    }
}

async fn control(file: &mut File, op: &FileOp, fault: Fault) -> Outcome {
    match op {
        FileOp::Flush => Outcome::done(file.flush().await),
        FileOp::SetLen(length) => {
            let set = file.set_len(*length).await;
            if fault == Fault::SetLenMoves && set.is_ok() {
                _ = file.seek(SeekFrom::Start(*length)).await;
            }
            Outcome::done(set)
        }
        FileOp::SyncAll => Outcome::done(file.sync_all().await),
        FileOp::SyncData => Outcome::done(file.sync_data().await),
        FileOp::Metadata => Outcome::known(file.metadata().await),
        FileOp::SetPermissions(mode) => {
            Outcome::done(file.set_permissions(permissions(*mode)).await)
        }
        FileOp::SetModified(seconds) => {
            let time = SystemTime::UNIX_EPOCH + Duration::from_secs((*seconds).into());
            let set = file.set_modified(time).await;
            let modified = rustix::fs::fstat(&*file).map(|it| it.st_mtime as u64);
            Outcome::of(set, |()| Outcome::number(modified.map_err(Into::into)))
        }
        FileOp::SetTimes(read, written) => set_times(file, *read, *written, fault).await,
        FileOp::SetMaxBufSize(size) => {
            file.set_max_buf_size(*size);
            Outcome::Number(file.max_buf_size() as u64)
        }
        _ => unreachable!("{op:?} is done elsewhere"),
    }
}

/// Gives those that were set as the file has them then: the others are the clock's.
async fn set_times(file: &File, read: Option<u32>, written: Option<u32>, fault: Fault) -> Outcome {
    let at = |seconds: u32| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds.into());
    let mut times = FileTimes::new();
    if let Some(read) = read {
        times = times.set_accessed(at(read));
    }
    if let (Some(written), true) = (written, fault != Fault::OneTimeIsForgotten) {
        times = times.set_modified(at(written));
    }
    let set = file.set_times(times).await;
    let are = rustix::fs::fstat(file);
    Outcome::of(set, |()| match are {
        Ok(are) => {
            let read = read.map(|_| are.st_atime as u64);
            let written = written.map(|_| are.st_mtime as u64);
            Outcome::Several(
                read.into_iter()
                    .chain(written)
                    .map(Outcome::Number)
                    .collect(),
            )
        }
        Err(error) => Outcome::done(Err(error.into())),
    })
}
