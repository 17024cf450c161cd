//! What has become of operations that were begun by a poll.
//!
//! Owns [`Ends`], which `leftover.rs` fills when it settles a file, and `polled.rs`
//! asks.

use std::io::{self, SeekFrom};
use std::mem;

use crate::io::handed_over::HandedOver;

/// What has become of a job that was begun by a poll.
pub(super) enum End {
    /// What was read is with the unread bytes.
    Read(io::Result<()>),
    Write(HandedOver),
    Seek(io::Result<u64>),
}

/// The last end of each kind.
#[derive(Default)]
pub(super) struct Ends {
    pub(super) read: Option<io::Result<()>>,
    pub(super) write: Option<HandedOver>,
    pub(super) seek: Seek,
}

#[derive(Default)]
pub(super) enum Seek {
    #[default]
    None,
    /// No worker has been asked yet.
    Asked(SeekFrom),
    /// A worker is at it.
    Begun(SeekFrom),
    Ended(SeekFrom, io::Result<u64>),
}

/// The error of an operation that nobody asks for any more.
pub(super) type Failure = (&'static str, io::Error);

impl Ends {
    pub(super) fn is_empty(&self) -> bool {
        self.read.is_none() && self.write.is_none() && matches!(self.seek, Seek::None)
    }

    /// The failure is that of a seek in whose place another was asked for.
    pub(super) fn take_in(&mut self, end: End) -> Option<Failure> {
        match end {
            End::Read(result) => self.read = Some(result),
            End::Write(write) => self.write = Some(write),
            End::Seek(result) => match self.seek {
                Seek::Begun(to) => self.seek = Seek::Ended(to, result),
                _ => return result.err().map(|error| ("seek", error)),
            },
        }
        None
    }

    /// Nobody asks for them any more: the errors that would be lost by that. A
    /// read's isn't, since the next read meets it too.
    pub(super) fn give_up(&mut self) -> impl Iterator<Item = Failure> + use<> {
        self.read = None;
        let write = self.write.take().and_then(|write| write.written.error);
        let failures = [("write", write), ("seek", self.give_up_seek())].into_iter();
        failures.filter_map(|(operation, error)| Some((operation, error?)))
    }

    /// Something else is done: a seek of which no poll has asked for the end was
    /// dropped, and one that has not begun does not happen. Its error, if it failed.
    pub(super) fn give_up_seek(&mut self) -> Option<io::Error> {
        match mem::take(&mut self.seek) {
            Seek::Ended(_, result) => result.err(),
            Seek::None | Seek::Asked(_) | Seek::Begun(_) => None,
        }
    }
}
