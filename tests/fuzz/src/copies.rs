//! Bytes through buffers, pipes and copies, against plain vectors.
//!
//! Owns the harness; `pipes.rs` has the part with pipes. Whatever the portions, the waits,
//! the errors and what is given up: no byte is lost, doubled or out of its place, and who
//! waits at a pipe is woken.

use std::io::{Error, ErrorKind, IoSlice};

use arbitrary::{Arbitrary, Unstructured};
use buzzer::io::{self, AsyncReadExt as _, AsyncWriteExt as _, BufReader, BufWriter, DuplexStream};

use crate::pieces::{FAILS, Keeps, Pieces, Steps, poll_for};
use crate::pipes::{self, PipeOp};

#[derive(Arbitrary, Debug)]
enum Program<'a> {
    Copy(Copies<'a>),
    Write(Writes<'a>),
    Pipes {
        capacity: u8,
        ops: Vec<(bool, PipeOp<'a>)>,
    },
    Both {
        capacity: u8,
        sizes: [u8; 2],
        there: &'a [u8],
        back: &'a [u8],
    },
}

#[derive(Arbitrary, Debug)]
struct Copies<'a> {
    by_buffer: bool,
    is_vectored: bool,
    sizes: [u8; 2],
    reads: Steps,
    writes: Steps,
    bytes: &'a [u8],
}

#[derive(Arbitrary, Debug)]
struct Writes<'a> {
    capacity: u8,
    is_vectored: bool,
    steps: Steps,
    ops: Vec<(WriteOp<'a>, Option<u8>)>,
}

#[derive(Arbitrary, Debug)]
enum WriteOp<'a> {
    Write(&'a [u8]),
    Vectored([&'a [u8]; 3]),
    All(&'a [u8]),
    Flush,
}

/// Moves bytes as the bytes say.
pub fn run(bytes: &[u8]) -> bool {
    let Ok(program) = Program::arbitrary_take_rest(Unstructured::new(bytes)) else {
        return false;
    };
    let comes_to_something = match &program {
        Program::Copy(copies) => !copies.bytes.is_empty(),
        Program::Write(writes) => !writes.ops.is_empty(),
        Program::Pipes { ops, .. } => !ops.is_empty(),
        Program::Both { there, back, .. } => !(there.is_empty() && back.is_empty()),
    };
    match program {
        Program::Copy(copies) => copy(copies),
        Program::Write(writes) => write(writes),
        Program::Pipes { capacity, ops } => pipes::run(capacity, &ops),
        Program::Both {
            capacity,
            sizes,
            there,
            back,
        } => both_ways(capacity, sizes, there, back),
    }
    comes_to_something
}

/// A copy gives all, in its order, flushed; or what failed, and all up to there.
fn copy(program: Copies<'_>) {
    let [read, written] = program.sizes.map(usize::from);
    let mut reader = BufReader::with_capacity(read, Pieces::new(program.bytes, program.reads));
    let keeps = Keeps::new(program.writes, program.is_vectored);
    let mut writer = BufWriter::with_capacity(written, keeps);
    // What a writer holds already is flushed as well, by a copy of nothing too.
    let ahead: &[u8] = match written > 1 {
        true => b"!",
        false => b"",
    };
    let held = poll_for(writer.write_all(ahead), None);
    held.expect("to its end").expect("there is room");
    let all = [ahead, program.bytes].concat();
    let copied = match program.by_buffer {
        true => poll_for(io::copy_buf(&mut reader, &mut writer), None),
        false => poll_for(io::copy(&mut reader, &mut writer), None),
    };
    let kept = writer.get_ref();
    match copied.expect("to its end") {
        Ok(count) => {
            assert_eq!(count, program.bytes.len() as u64);
            assert_eq!(kept.bytes, all);
            assert_eq!(kept.flushed, kept.bytes.len());
            assert_eq!(writer.buffer(), b"");
        }
        Err(error) => {
            assert_eq!(error.kind(), FAILS);
            let so_far = [&kept.bytes, writer.buffer()].concat();
            assert!(all.starts_with(&so_far));
        }
    }
}

/// At any time what was accepted is with the writer, and the rest in the buffer.
fn write(program: Writes<'_>) {
    let keeps = Keeps::new(program.steps, program.is_vectored);
    let mut writer = BufWriter::with_capacity(program.capacity.into(), keeps);
    let mut accepted = Vec::new();
    for (op, limit) in &program.ops {
        let before = accepted.len();
        let all = match op {
            WriteOp::Write(bytes) | WriteOp::All(bytes) => bytes.to_vec(),
            WriteOp::Vectored(buffers) => buffers.concat(),
            WriteOp::Flush => Vec::new(),
        };
        let told = match op {
            WriteOp::Write(bytes) => poll_for(writer.write(bytes), *limit),
            WriteOp::Vectored(buffers) => {
                let buffers = buffers.map(IoSlice::new);
                poll_for(writer.write_vectored(&buffers), *limit)
            }
            WriteOp::All(bytes) => {
                let written = poll_for(writer.write_all(bytes), *limit);
                written.map(|written| written.map(|()| bytes.len()))
            }
            WriteOp::Flush => {
                let flushed = poll_for(writer.flush(), *limit);
                flushed.map(|flushed| flushed.map(|()| 0))
            }
        };
        let so_far = [&writer.get_ref().bytes, writer.buffer()].concat();
        let is_all = matches!(op, WriteOp::All(_));
        match &told {
            Some(Ok(count)) => accepted.extend_from_slice(&all[..*count]),
            // How far it has come nobody is told; no other writes part of a buffer.
            Some(Err(_)) | None if is_all => {
                let count = so_far.len().checked_sub(before).expect("none is lost");
                accepted.extend_from_slice(&all[..count]);
            }
            Some(Err(error)) => assert!(is_of_a_step(error), "{error}"),
            None => {}
        }
        assert_eq!(so_far, accepted);
        assert!(writer.buffer().len() <= usize::from(program.capacity));
        if let (WriteOp::Flush, Some(Ok(_))) = (op, told) {
            assert_eq!(writer.get_ref().flushed, accepted.len());
        }
    }
    while let Err(error) = poll_for(writer.shutdown(), None).expect("to its end") {
        assert!(is_of_a_step(&error), "{error}");
    }
    assert_eq!(writer.get_ref().bytes, accepted);
    assert!(writer.get_ref().is_shut_down);
}

/// A single call is not tried again by itself.
fn is_of_a_step(error: &Error) -> bool {
    [FAILS, ErrorKind::Interrupted].contains(&error.kind())
}

/// Both directions at once, through pipes that hold little.
fn both_ways(capacity: u8, sizes: [u8; 2], there: &[u8], back: &[u8]) {
    let capacity = usize::from(capacity).max(1);
    let (mut a, a_end) = io::duplex(capacity);
    let (mut b, b_end) = io::duplex(capacity);
    let [one, other] = sizes.map(usize::from);
    let copied = io::copy_bidirectional_with_sizes(&mut a, &mut b, one, other);
    let all = async { buzzer::join!(copied, talk(a_end, there), talk(b_end, back)) };
    let (copied, from_b, from_a) = poll_for(all, None).expect("to its end");
    let lengths = (there.len() as u64, back.len() as u64);
    assert_eq!(copied.expect("pipes don't fail"), lengths);
    assert!(from_a == there && from_b == back);
}

/// Says all, and hears all.
async fn talk(end: DuplexStream, said: &[u8]) -> Vec<u8> {
    let (mut hears, mut says) = io::split(end);
    let mut heard = Vec::new();
    let say = async {
        says.write_all(said).await?;
        says.shutdown().await
    };
    let (said, read) = buzzer::join!(say, hears.read_to_end(&mut heard));
    said.and(read).expect("pipes don't fail");
    heard
}
