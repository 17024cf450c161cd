//! Lines and other pieces of any bytes, against std's.
//!
//! Owns the harness. The bytes come in any portions, late, interrupted and after errors;
//! reads are given up in the midst. Whatever comes out is what std finds in the same bytes,
//! and what was given up or failed has taken nothing.

use std::io;

use arbitrary::{Arbitrary, Unstructured};
use buzzer::io::{AsyncBufRead, AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, BufReader};

use crate::pieces::{FAILS, Pieces, Steps, poll_for};

#[derive(Arbitrary, Debug)]
struct Program<'a> {
    steps: Steps,
    capacity: u8,
    reader: Reader,
    ops: Vec<(Op, Option<u8>)>,
    bytes: &'a [u8],
}

/// What is read from.
#[derive(Arbitrary, Clone, Copy, Debug)]
enum Reader {
    Buffered,
    /// That ends early.
    Limited(u8),
    /// Of two, cut there: its buffer doesn't grow.
    Chained(u8),
}

/// Each is given up after so many polls, or not at all.
#[derive(Arbitrary, Clone, Copy, Debug)]
enum Op {
    Line,
    Until(u8),
    Fill(u8),
    Read(u8),
    /// As an iterator does, one after the other.
    Lines(u8),
    Segments(u8, u8),
}

/// Reads as the bytes say.
pub fn run(bytes: &[u8]) -> bool {
    let Ok(program) = Program::arbitrary_take_rest(Unstructured::new(bytes)) else {
        return false;
    };
    let (bytes, steps) = (program.bytes, program.steps.clone());
    let capacity = usize::from(program.capacity);
    match program.reader {
        Reader::Buffered => {
            let reader = BufReader::with_capacity(capacity, Pieces::new(bytes, steps));
            Run::new(reader, bytes, true).all(&program.ops);
        }
        Reader::Limited(limit) => {
            let reader = BufReader::with_capacity(capacity, Pieces::new(bytes, steps));
            let seen = &bytes[..bytes.len().min(limit.into())];
            Run::new(reader.take(limit.into()), seen, true).all(&program.ops);
        }
        Reader::Chained(at) => {
            let (first, second) = bytes.split_at(bytes.len().min(at.into()));
            let of = |part| BufReader::with_capacity(capacity, Pieces::new(part, steps.clone()));
            let reader = of(first).chain(of(second));
            Run::new(reader, bytes, false).all(&program.ops);
        }
    }
    !program.ops.is_empty()
}

struct Run<'a, R> {
    /// Given away to an iterator, and taken back.
    reader: Option<R>,
    /// What is still to come, as std has it.
    rest: &'a [u8],
    /// Whether a read that is given up has taken nothing.
    grows: bool,
}

impl<'a, R: AsyncBufRead + AsyncRead + Unpin> Run<'a, R> {
    fn new(reader: R, rest: &'a [u8], grows: bool) -> Self {
        Self {
            reader: Some(reader),
            rest,
            grows,
        }
    }

    fn all(mut self, ops: &[(Op, Option<u8>)]) {
        for &(op, limit) in ops {
            self.one(op, limit);
        }
        // Whatever was given up: all that is left is there.
        let mut left = Vec::new();
        while let Err(error) = self.read_rest(&mut left) {
            assert_eq!(error.kind(), FAILS);
        }
        assert_eq!(left, self.rest);
    }

    fn reader(&mut self) -> &mut R {
        self.reader.as_mut().expect("it is taken back")
    }

    fn read_rest(&mut self, left: &mut Vec<u8>) -> io::Result<usize> {
        poll_for(self.reader().read_to_end(left), None).expect("to its end")
    }

    fn one(&mut self, op: Op, limit: Option<u8>) {
        match op {
            Op::Line => self.line(limit),
            Op::Until(delimiter) => self.until(delimiter, limit),
            Op::Fill(count) => self.fill(count.into(), limit),
            Op::Read(count) => self.read(count.into(), limit),
            Op::Lines(count) => self.lines(count, limit),
            Op::Segments(delimiter, count) => self.segments(delimiter, count, limit),
        }
    }

    /// The bytes up to a delimiter, as std finds them.
    fn take_until(&mut self, delimiter: u8) -> Vec<u8> {
        let mut piece = Vec::new();
        let read = io::BufRead::read_until(&mut self.rest, delimiter, &mut piece);
        read.expect("memory can be read");
        piece
    }

    fn line(&mut self, limit: Option<u8>) {
        // One that is given up would lose the part that was read, as its docs say.
        let limit = limit.filter(|_| self.grows);
        let mut line = String::from("before ");
        let read = poll_for(self.reader().read_line(&mut line), limit);
        let line = line.strip_prefix("before ").expect("it appends");
        match read {
            Some(Ok(count)) => {
                assert_eq!(line.as_bytes(), self.take_until(b'\n'));
                assert_eq!(count, line.len());
            }
            Some(Err(error)) if error.kind() == io::ErrorKind::InvalidData => {
                let bytes = self.take_until(b'\n');
                assert!(str::from_utf8(&bytes).is_err(), "{bytes:?}: {error}");
                assert_eq!(line, "");
            }
            Some(Err(error)) => {
                assert_eq!(error.kind(), FAILS);
                self.carried(line.as_bytes(), true);
            }
            None => assert_eq!(line, "", "given up, it has appended"),
        }
    }

    /// What a buffer that doesn't grow could not hold is with the caller; of text only what
    /// is text.
    fn carried(&mut self, bytes: &[u8], is_text: bool) {
        if self.grows {
            assert_eq!(bytes, b"", "nothing is taken");
            return;
        }
        if is_text && bytes.is_empty() {
            // All, none, or what is no text: what is left tells.
            let mut left = Vec::new();
            while let Err(error) = self.read_rest(&mut left) {
                assert_eq!(error.kind(), FAILS);
            }
            assert!(self.rest.ends_with(&left));
            self.rest = &[];
            return;
        }
        self.rest = self.rest.strip_prefix(bytes).expect("they come first");
    }

    fn until(&mut self, delimiter: u8, limit: Option<u8>) {
        let mut piece = vec![b'!'];
        let read = poll_for(self.reader().read_until(delimiter, &mut piece), limit);
        assert_eq!(piece[0], b'!', "it appends");
        let piece = &piece[1..];
        match read {
            Some(Ok(count)) => {
                assert_eq!(piece, self.take_until(delimiter));
                assert_eq!(count, piece.len());
            }
            Some(Err(error)) => {
                assert_eq!(error.kind(), FAILS);
                self.carried(piece, false);
            }
            None => self.carried(piece, false),
        }
    }

    fn fill(&mut self, count: usize, limit: Option<u8>) {
        let rest = self.rest;
        match poll_for(self.reader().fill_buf(), limit) {
            Some(Ok(shown)) => {
                assert!(rest.starts_with(shown));
                assert_eq!(shown.is_empty(), rest.is_empty());
                let count = count.min(shown.len());
                self.reader().consume(count);
                self.rest = &rest[count..];
            }
            Some(Err(error)) => {
                assert!([FAILS, io::ErrorKind::Interrupted].contains(&error.kind()))
            }
            None => {}
        }
    }

    fn read(&mut self, count: usize, limit: Option<u8>) {
        let mut buffer = vec![0; count];
        match poll_for(self.reader().read(&mut buffer), limit) {
            Some(Ok(read)) => {
                assert_eq!(read == 0, count == 0 || self.rest.is_empty());
                let mut expected = vec![0; read];
                io::Read::read_exact(&mut self.rest, &mut expected).expect("so many are left");
                assert_eq!(buffer[..read], expected);
            }
            Some(Err(error)) => {
                assert!([FAILS, io::ErrorKind::Interrupted].contains(&error.kind()))
            }
            None => {}
        }
    }

    /// As std's `lines` does with the line's end.
    fn lines(&mut self, count: u8, limit: Option<u8>) {
        let mut lines = self.reader.take().expect("it is here").lines();
        for _ in 0..count {
            match poll_for(lines.next_line(), limit) {
                Some(Ok(None)) => {
                    assert_eq!(self.rest, b"");
                    break;
                }
                Some(Ok(Some(line))) => {
                    let line_end = self.take_until(b'\n');
                    let text = String::from_utf8(line_end).expect("it was given as text");
                    let expected = text
                        .strip_suffix('\n')
                        .map_or(&*text, |line| line.strip_suffix('\r').unwrap_or(line));
                    assert_eq!(line, expected);
                }
                Some(Err(error)) if error.kind() == io::ErrorKind::InvalidData => {
                    assert!(String::from_utf8(self.take_until(b'\n')).is_err());
                }
                Some(Err(error)) => assert_eq!(error.kind(), FAILS),
                None => {}
            }
        }
        // What it carries goes with it, so it is asked for a last one.
        if !self.grows {
            loop {
                match poll_for(lines.next_line(), None).expect("to its end") {
                    Err(error) if error.kind() == FAILS => {}
                    _ => break,
                }
            }
            self.take_until(b'\n');
        }
        self.reader = Some(lines.into_inner());
    }

    fn segments(&mut self, delimiter: u8, count: u8, limit: Option<u8>) {
        let rest = self.rest;
        let mut segments = self.reader().split(delimiter);
        let mut expected = rest.split_inclusive(|&byte| byte == delimiter);
        let mut taken = 0;
        let mut count = u32::from(count);
        // A carried part would go with it.
        let mut limit = limit;
        loop {
            match poll_for(segments.next_segment(), limit) {
                Some(Ok(None)) => {
                    assert_eq!(expected.next(), None);
                    break;
                }
                Some(Ok(Some(segment))) => {
                    let whole = expected.next().expect("std has one");
                    assert_eq!(segment, whole.strip_suffix(&[delimiter]).unwrap_or(whole));
                    taken += whole.len();
                    if count == 0 {
                        break;
                    }
                }
                Some(Err(error)) => assert_eq!(error.kind(), FAILS),
                None => {}
            }
            count = count.saturating_sub(1);
            if count == 0 {
                limit = None;
            }
        }
        self.rest = &rest[taken..];
    }
}
