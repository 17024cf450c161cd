//! Files and children: what a row needs of a runtime, and how each of them has it, by the
//! way that its own documentation shows.
//!
//! Written by the files beside this one, used by `work/`.

mod bare;
mod buzzer;
mod compio;
mod glommio;
mod monoio;
mod smol;
mod tokio;

use std::error::Error;
use std::fmt;
use std::path::Path;

pub(crate) use self::bare::Bare;
pub(crate) use self::buzzer::Buzzer;
pub(crate) use self::compio::Compio;
pub(crate) use self::glommio::Glommio;
pub(crate) use self::monoio::Monoio;
pub(crate) use self::smol::Smol;
pub(crate) use self::tokio::Tokio;

/// Files and children of the runtime that this thread is in. What it does not have fails
/// with `NoSuchThing`.
#[allow(async_fn_in_trait, reason = "awaited on one thread")]
pub trait System: 'static {
    /// An open file and the memory that it is read into.
    type File: 'static;
    /// A file behind a reader that buffers.
    type Reader: 'static;

    async fn read_whole(_path: &Path) -> anyhow::Result<Vec<u8>> {
        Err(NoSuchThing.into())
    }

    /// A file to be read from its beginning, so many bytes at a time.
    async fn open(_path: &Path, _at_a_time: usize) -> anyhow::Result<Self::File> {
        Err(NoSuchThing.into())
    }

    /// What is next in it: fewer bytes than were said only at its end.
    async fn read(_file: &mut Self::File) -> anyhow::Result<&[u8]> {
        Err(NoSuchThing.into())
    }

    async fn open_buffered(_path: &Path) -> anyhow::Result<Self::Reader> {
        Err(NoSuchThing.into())
    }

    async fn read_ten(_reader: &mut Self::Reader) -> anyhow::Result<[u8; 10]> {
        Err(NoSuchThing.into())
    }

    /// A `String` of each line, dropped when its length is known: how many, and how long
    /// they are together.
    async fn lines(_path: &Path) -> anyhow::Result<(u64, u64)> {
        Err(NoSuchThing.into())
    }

    /// How many entries with a name are in the directory.
    async fn entries(_path: &Path) -> anyhow::Result<u64> {
        Err(NoSuchThing.into())
    }

    /// Whether a child that runs `program` ended well.
    async fn child(_program: &str) -> anyhow::Result<bool> {
        Err(NoSuchThing.into())
    }
}

/// Neither files nor children.
pub(crate) enum Nothing {}

impl System for Nothing {
    type File = ();
    type Reader = ();
}

/// Why a row is not measured.
#[derive(Debug)]
pub(crate) struct NoSuchThing;

impl fmt::Display for NoSuchThing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("it has no such thing")
    }
}

impl Error for NoSuchThing {}
