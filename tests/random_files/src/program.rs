//! What a program is: settings, and strands of steps.
//!
//! Owns these types, and nothing of what they do: `on_buzzer/` and `twin/` do it, each in
//! its way. `{:?}` of a step is how a report prints it.

use std::fmt;
use std::io::SeekFrom;

/// Strands that run at once, each in a directory of its own, with handles of its own.
#[derive(Clone, Debug)]
pub struct Program {
    /// Whether every operation is a worker's (`FileIo::Pool`).
    pub pool: bool,
    /// Whether the runtime is dropped while its worker is stopped, where only what has to be
    /// done all the same is queued.
    pub ends_early: bool,
    /// Whether the directories are empty in the beginning, where that can be chosen.
    pub is_bare: bool,
    pub strands: Vec<Vec<Step>>,
}

#[derive(Clone)]
pub struct Step {
    pub way: Way,
    pub op: Op,
}

/// How the future of an operation is treated.
#[derive(Clone, Copy, Debug)]
pub enum Way {
    Awaited,
    /// In a task of its own, to which all handles move and from which they come back.
    InATask,
    /// Polled while no worker can run, then dropped. Between two polls the workers do all
    /// that they have, `stages` times. If not `drain`, they stay stopped for the next
    /// step, so that dropped operations pile up.
    Dropped {
        stages: u8,
        drain: bool,
    },
}

/// Handles are in slots. An operation on an empty one is left out.
pub type Slot = usize;
pub const SLOTS: usize = 4;
/// The slot for devices, whose handles are not to change what they lead to.
pub const DEVICE: Slot = 3;

#[derive(Clone, Debug)]
pub enum Op {
    Open(Slot, Options, Place),
    Close(Slot),
    Clone(Slot, Slot),
    /// `io::copy` from one file to another, unless they are the same.
    Stream(Slot, Slot),
    On(Slot, FileOp),
    Path(PathOp),
}

#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    pub read: bool,
    pub write: bool,
    pub append: bool,
    pub truncate: bool,
    pub create: bool,
    pub create_new: bool,
    pub mode: Option<u32>,
    /// Of `open(2)`, beside those of the others.
    pub flags: i32,
    /// By the constructor that stands for these options, if there is one.
    pub is_short: bool,
}

/// A constructor that stands for options.
#[derive(Clone, Copy, Debug)]
pub enum Short {
    Open,
    Create,
    CreateNew,
}

impl Options {
    pub fn short(self) -> Option<Short> {
        let Self {
            read,
            write,
            append,
            truncate,
            create,
            create_new,
            mode,
            flags,
            is_short,
        } = self;
        if !is_short || append || mode.is_some() || flags != 0 {
            return None;
        }
        match (read, write, truncate, create, create_new) {
            (true, false, false, false, false) => Some(Short::Open),
            (false, true, true, true, false) => Some(Short::Create),
            (true, true, false, false, true) => Some(Short::CreateNew),
            _ => None,
        }
    }
}

/// A path: an index into the names of `places.rs`.
pub type Place = u8;

#[derive(Clone, Debug)]
pub enum FileOp {
    Read(usize),
    ReadExact(usize),
    ReadToEnd,
    ReadToString,
    ReadAt(usize, u64),
    /// At once, by one reference.
    ReadsAt(Vec<(usize, u64)>),
    Write(Data),
    WriteAll(Data),
    WriteVectored(Vec<Data>),
    WriteAt(Data, u64),
    Flush,
    Seek(SeekFrom),
    Rewind,
    Position,
    SetLen(u64),
    SyncAll,
    SyncData,
    Metadata,
    SetPermissions(u32),
    /// Seconds since 1970.
    SetModified(u32),
    /// When it was read and when it was written last, where that is set.
    SetTimes(Option<u32>, Option<u32>),
    SetMaxBufSize(usize),
    /// `into_std`, and back.
    Std,
    /// `try_into_std`, and back.
    TryStd,
    /// Through a `BufReader` of this capacity; what was not asked for is given back.
    Buffered(usize, Vec<BufOp>),
    /// Through an `io::BufWriter` of this capacity, flushed in the end.
    Writer(usize, Vec<WriteOp>),
    /// Through the traits.
    Polled(Polled),
}

#[derive(Clone, Debug)]
pub enum Polled {
    Read(usize),
    Write(Data),
    Flush,
    Seek(SeekFrom),
}

/// With whether it is polled once and dropped first.
#[derive(Clone, Debug)]
pub enum BufOp {
    Read(usize, bool),
    ReadUntil(u8, bool),
    ReadLine(bool),
    NextLine(bool),
    /// Fills the buffer and consumes as much.
    Fill(usize, bool),
    Seek(SeekFrom),
    Position,
    /// `into_inner`, a read of so many bytes, and buffered again.
    Past(usize),
}

#[derive(Clone, Debug)]
pub enum WriteOp {
    Write(Data),
    WriteAll(Data),
    Flush,
}

#[derive(Clone, Debug)]
pub enum PathOp {
    Read(Place),
    ReadToString(Place),
    Write(Place, Data),
    Copy(Place, Place),
    Rename(Place, Place),
    RemoveFile(Place),
    HardLink(Place, Place),
    /// To one of the texts of `places.rs`.
    Symlink(u8, Place),
    ReadLink(Place),
    Metadata(Place),
    SymlinkMetadata(Place),
    TryExists(Place),
    Canonicalize(Place),
    SetPermissions(Place, u32),
    CreateDir(Place),
    CreateDirAll(Place),
    BuildDir(Place, bool, u32),
    RemoveDir(Place),
    RemoveDirAll(Place),
    /// Lists all, with what is known of each entry; dropped and called again now and then.
    List(Place),
    /// So many files, made by std on both sides, and then listed.
    Fill(Place, u16),
}

/// Bytes, by a length and what they look like.
#[derive(Clone, Copy)]
pub struct Data {
    pub length: usize,
    pub tag: u8,
}

impl Data {
    /// Text in lines; of some tags it is not UTF-8.
    pub fn bytes(self) -> Vec<u8> {
        let tag = usize::from(self.tag);
        let byte = |at: usize| match at {
            _ if tag.is_multiple_of(7) && at % 13 == 5 => 0xff,
            _ if (at * 7 + tag).is_multiple_of(11) => b'\n',
            _ if (at * 7 + tag + 7).is_multiple_of(11) && tag.is_multiple_of(2) => b'\r',
            _ => b'a' + ((at * 5 + at / 26 + tag) % 26) as u8,
        };
        (0..self.length).map(byte).collect()
    }
}

impl fmt::Debug for Data {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{} bytes of {}]", self.length, self.tag)
    }
}

impl FileOp {
    /// Whether it is more than one operation of the file, so that it may have done a part
    /// when it is dropped.
    pub fn has_parts(&self) -> bool {
        matches!(
            self,
            Self::ReadExact(_)
                | Self::ReadToEnd
                | Self::ReadToString
                | Self::ReadsAt(_)
                | Self::Buffered(..)
                | Self::Writer(..)
        )
    }

    /// Whether it is never dropped as a whole.
    pub fn is_stint(&self) -> bool {
        matches!(
            self,
            Self::Buffered(..) | Self::Writer(..) | Self::ReadsAt(_)
        )
    }

    /// Whether a worker does it in any case.
    pub fn is_handed_over(&self) -> bool {
        matches!(
            self,
            Self::Write(_)
                | Self::WriteAll(_)
                | Self::WriteVectored(_)
                | Self::WriteAt(..)
                | Self::SetLen(_)
                | Self::SyncAll
                | Self::SyncData
                | Self::SetPermissions(_)
                | Self::SetModified(_)
                | Self::SetTimes(..)
                | Self::Polled(Polled::Write(_))
        )
    }
}

impl fmt::Debug for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.op {
            Op::On(slot, op) => write!(f, "h{slot}: {op:?}")?,
            Op::Open(slot, options, place) => write!(
                f,
                "h{slot}: open {} {options}",
                crate::places::name(*place).escape_debug()
            )?,
            Op::Close(slot) => write!(f, "h{slot}: drop")?,
            Op::Clone(from, to) => write!(f, "h{to} = h{from}.try_clone()")?,
            Op::Stream(from, to) => write!(f, "io::copy(h{from}, h{to})")?,
            Op::Path(op) => write!(f, "{}", crate::places::with_names(op))?,
        }
        match self.way {
            Way::Awaited => Ok(()),
            Way::InATask => write!(f, ", in a task"),
            Way::Dropped { stages, drain } => {
                write!(f, ", dropped after {} polls", stages + 1)?;
                f.write_str(if drain {
                    ""
                } else {
                    ", and no worker runs yet"
                })
            }
        }
    }
}

impl fmt::Display for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = [
            (self.read, "read"),
            (self.write, "write"),
            (self.append, "append"),
            (self.truncate, "truncate"),
            (self.create, "create"),
            (self.create_new, "create_new"),
        ];
        let words: Vec<_> = words.iter().filter(|(is, _)| *is).map(|it| it.1).collect();
        f.write_str(&words.join("+"))?;
        if let Some(short) = self.short() {
            write!(f, " by {short:?}")?;
        }
        if self.flags != 0 {
            write!(f, " flags {:#o}", self.flags)?;
        }
        self.mode.map_or(Ok(()), |mode| write!(f, " mode {mode:o}"))
    }
}

/// A strand in lines.
impl fmt::Display for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let way = if self.pool { "Pool" } else { "Auto" };
        let early = match self.ends_early {
            true => ", the runtime is dropped early",
            false => "",
        };
        let bare = if self.is_bare {
            ", bare directories"
        } else {
            ""
        };
        writeln!(f, "FileIo::{way}{early}{bare}")?;
        for (strand, steps) in self.strands.iter().enumerate() {
            writeln!(f, "strand {strand}")?;
            for step in steps {
                writeln!(f, "    {step:?}")?;
            }
        }
        Ok(())
    }
}
