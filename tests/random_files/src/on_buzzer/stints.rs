//! A while with a buffer in front of the file.

use super::Side;
use crate::fault::Fault;
use crate::outcome::Outcome;
use crate::program::{BufOp, Slot, WriteOp};
use buzzer::fs::{BufReader, File, Lines};
use buzzer::io::{AsyncWriteExt, BufWriter};
use std::pin::{Pin, pin};
use std::task::Poll;

impl Side {
    pub(super) async fn buffered(&mut self, slot: Slot, capacity: usize, ops: &[BufOp]) -> Outcome {
        let file = self.slots[slot].take().expect("asked before");
        let mut reader = BufReader::with_capacity(capacity, file);
        let mut outcomes = Vec::new();
        for op in ops {
            let outcome = match op {
                BufOp::NextLine(drop_first) => {
                    let mut lines = reader.lines();
                    let first = match drop_first {
                        true => once(pin!(next_line(&mut lines))).await,
                        false => Poll::Pending,
                    };
                    let line = match first {
                        Poll::Ready(line) => line,
                        Poll::Pending => next_line(&mut lines).await,
                    };
                    reader = lines.into_inner();
                    line
                }
                BufOp::Past(count) => {
                    let mut file = reader.into_inner();
                    let mut buffer = vec![0; *count];
                    let read = file.read(&mut buffer).await;
                    reader = BufReader::with_capacity(capacity, file);
                    Outcome::of(read, |count| Outcome::Bytes(buffer[..count].to_vec()))
                }
                op => buffered(&mut reader, op).await,
            };
            outcomes.push(outcome);
        }
        let mut file = match self.fault {
            Fault::BufferIsNotGivenBack => {
                let ahead = reader.buffer().len();
                reader.consume(ahead);
                reader.into_inner()
            }
            _ => reader.into_inner(),
        };
        outcomes.push(Outcome::number(file.stream_position().await));
        self.slots[slot] = Some(file);
        Outcome::Several(outcomes)
    }

    pub(super) async fn writer(&mut self, slot: Slot, capacity: usize, ops: &[WriteOp]) -> Outcome {
        let file = self.slots[slot].take().expect("asked before");
        let mut writer = BufWriter::with_capacity(capacity, file);
        let mut outcomes = Vec::new();
        for op in ops {
            outcomes.push(written(&mut writer, op).await);
            outcomes.push(Outcome::Number(writer.buffer().len() as u64));
        }
        if self.fault != Fault::WriterDropsItsTail {
            outcomes.push(Outcome::done(writer.flush().await));
        }
        self.slots[slot] = Some(writer.into_inner());
        Outcome::Several(outcomes)
    }
}

async fn next_line(lines: &mut Lines) -> Outcome {
    Outcome::of(lines.next_line().await, |line| match line {
        Some(line) => Outcome::Text(line),
        None => Outcome::Done,
    })
}

/// Dropped after a poll and called again, if the operation says so and was not ready.
async fn buffered(reader: &mut BufReader, op: &BufOp) -> Outcome {
    use BufOp::*;
    if let Read(_, true) | ReadUntil(_, true) | ReadLine(true) | Fill(_, true) = op
        && let Poll::Ready(outcome) = once(pin!(called(reader, op))).await
    {
        return outcome;
    }
    called(reader, op).await
}

async fn called(reader: &mut BufReader, op: &BufOp) -> Outcome {
    match op {
        BufOp::Read(count, _) => {
            let mut buffer = vec![0; *count];
            let read = reader.read(&mut buffer).await;
            Outcome::of(read, |count| Outcome::Bytes(buffer[..count].to_vec()))
        }
        BufOp::ReadUntil(delimiter, _) => {
            let mut bytes = Vec::new();
            let read = reader.read_until(*delimiter, &mut bytes).await;
            Outcome::of(read, |_| Outcome::Bytes(bytes))
        }
        BufOp::ReadLine(_) => {
            let mut line = String::new();
            let read = reader.read_line(&mut line).await;
            Outcome::of(read, |_| Outcome::Text(line))
        }
        BufOp::Fill(consume, _) => {
            let filled = reader.fill_buf().await.map(<[u8]>::to_vec);
            let count = filled
                .as_ref()
                .map_or(0, |filled| filled.len().min(*consume));
            reader.consume(count);
            Outcome::of(filled, Outcome::Bytes)
        }
        BufOp::Seek(to) => Outcome::number(reader.seek(*to).await),
        BufOp::Position => Outcome::number(reader.stream_position().await),
        BufOp::NextLine(_) | BufOp::Past(_) => unreachable!("done by the caller"),
    }
}

async fn written(writer: &mut BufWriter<File>, op: &WriteOp) -> Outcome {
    match op {
        WriteOp::Write(data) => Outcome::count(writer.write(&data.bytes()).await),
        WriteOp::WriteAll(data) => Outcome::done(writer.write_all(&data.bytes()).await),
        WriteOp::Flush => Outcome::done(writer.flush().await),
    }
}

async fn once<F: Future>(mut future: Pin<&mut F>) -> Poll<F::Output> {
    std::future::poll_fn(|cx| Poll::Ready(future.as_mut().poll(cx))).await
}
