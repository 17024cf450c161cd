//! Writes that another thread does.
//!
//! Owns how such a write is done, and to which poll its result belongs. Files hand
//! over to their pool's workers, the standard streams to threads of their own.

use std::io::{self, IoSlice};

/// Makes `data` what is to be handed over: all that is in `buffers`, one behind the
/// other, or the first `limit` bytes of it.
pub(crate) fn copy_front(buffers: &[IoSlice<'_>], limit: usize, data: &mut Vec<u8>) {
    data.clear();
    for buffer in buffers {
        let room = limit - data.len();
        if room == 0 {
            break;
        }
        data.extend_from_slice(&buffer[..buffer.len().min(room)]);
    }
}

/// How far a thread came with writing. It writes all it was given, also if nobody
/// waits any more, so a dropped write is never half a write.
pub(crate) struct Written {
    pub(crate) count: usize,
    pub(crate) error: Option<io::Error>,
}

impl Written {
    pub(crate) fn from(data: &[u8], mut write: impl FnMut(&[u8]) -> io::Result<usize>) -> Self {
        let mut count = 0;
        while count < data.len() {
            let error = match write(&data[count..]) {
                Ok(0) => io::ErrorKind::WriteZero.into(),
                Ok(more) => {
                    count += more;
                    continue;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => error,
            };
            return Self {
                count,
                error: Some(error),
            };
        }
        Self { count, error: None }
    }
}

/// A write that was begun by a poll and has ended, until the poll that asks for it.
///
/// A poll that comes after "pending" may be the same write polled again, or another
/// after the first was dropped. The bytes tell: who brings those that were handed
/// over asks for them, and they are not written twice. Whoever brings others has
/// dropped the first write, which is written all the same.
pub(crate) struct HandedOver {
    pub(crate) data: Vec<u8>,
    pub(crate) written: Written,
}

impl HandedOver {
    /// Whether the poll that brings what is in `buffers` asks for this write. Where
    /// one buffer ends and the next begins makes no difference.
    pub(crate) fn is_asked_for_with(&self, buffers: &[IoSlice<'_>]) -> bool {
        let mut rest = &*self.data;
        for buffer in buffers {
            let (now, later) = rest.split_at(rest.len().min(buffer.len()));
            if !buffer.starts_with(now) {
                return false;
            }
            rest = later;
        }
        rest.is_empty()
    }

    /// Takes the error out, for who asks for errors only. How much was written stays
    /// for the poll that asks for it, unless that is nothing.
    pub(crate) fn take_error(slot: &mut Option<Self>) -> Option<io::Error> {
        let error = slot.as_mut()?.written.error.take()?;
        slot.take_if(|write| write.written.count == 0);
        Some(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_and_interrupted_writes_go_on_until_all_is_written() {
        let mut taken = Vec::new();
        let mut calls = 0;
        let written = Written::from(b"0123456789", |rest| {
            calls += 1;
            if calls % 2 == 0 {
                return Err(io::ErrorKind::Interrupted.into());
            }
            let some = &rest[..rest.len().min(3)];
            taken.extend_from_slice(some);
            Ok(some.len())
        });
        assert_eq!(written.count, 10);
        assert!(written.error.is_none());
        assert_eq!(taken, b"0123456789");
    }

    #[test]
    fn a_write_is_asked_for_by_its_bytes_however_they_are_cut() {
        let mut data = b"left from before".to_vec();
        let bring = |parts: &[&'static str]| -> Vec<IoSlice<'static>> {
            parts
                .iter()
                .map(|part| IoSlice::new(part.as_bytes()))
                .collect()
        };
        copy_front(&bring(&["one", "", " mocha", " please"]), 9, &mut data);
        assert_eq!(data, b"one mocha");
        let written = Written {
            count: 9,
            error: None,
        };
        let write = HandedOver { data, written };
        for (parts, expected) in [
            (&["one mocha"][..], true),
            (&["one mocha please"], true),
            (&["one", "", " mocha", " please"], true),
            (&["", "one m", "ocha"], true),
            (&["one moch"], false),
            (&["one", " latte"], false),
            (&["two", " mocha"], false),
            (&[], false),
        ] {
            assert_eq!(
                write.is_asked_for_with(&bring(parts)),
                expected,
                "{parts:?}"
            );
        }
    }

    #[test]
    fn a_file_that_takes_nothing_is_an_error_and_no_endless_loop() {
        let written = Written::from(b"data", |_| Ok(0));
        let error = written.error.expect("an error");
        assert_eq!((written.count, error.kind()), (0, io::ErrorKind::WriteZero));
    }
}
