//! A conversation over a stream, as it is drawn: two ends, which of them says what, and how.
//!
//! Owns the words; `plan.rs` makes of them what can be done.

/// What is between the ends. The first end listens, where one does; the second connects.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Link {
    UnixPair,
    UnixPath,
    UnixAbstract,
    Tcp {
        /// Urgent bytes stay in the stream (`SO_OOBINLINE`).
        inline: bool,
    },
    /// From the first end to the second alone.
    Pipe,
    Fifo,
}

impl Link {
    pub fn is_tcp(self) -> bool {
        matches!(self, Self::Tcp { .. })
    }

    pub fn is_pipe(self) -> bool {
        matches!(self, Self::Pipe | Self::Fifo)
    }
}

/// One way to write some bytes. All of them write the same; what is given up is begun anew
/// with what was not taken.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Put {
    All(u32),
    Some(u32),
    Vectored(u32, u8),
    Try(u32),
    TryVectored(u32, u8),
    /// `write_all`, dropped after so many polls.
    Dropped(u32, u8),
    Buffered(u32, u16),
    Copied(u32),
    /// By `MSG_OOB`.
    Urgent,
    /// Bytes with so many descriptors, by `SCM_RIGHTS`.
    Rights(u8, u8),
    Nothing,
    /// The rest of the budget of the task's poll.
    Spend,
}

/// One way to read some bytes, up to so many.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Take {
    Exact(u32),
    Some(u32),
    Buf(u32),
    Try(u32),
    TryVectored(u32, u8),
    Peek(u32),
    /// A read, dropped after so many polls.
    Dropped(u32, u8),
    Limited(u32),
    Buffered(u32),
    Nothing,
    Spend,
}

/// What goes one way in a phase.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Flow {
    pub puts: Vec<Put>,
    /// The sender says that nothing more comes.
    pub shut: bool,
    /// Again and again, until enough has come.
    pub takes: Vec<Take>,
    /// So many bytes of the last put are left for the next phase.
    pub left: u16,
    /// The receiver takes the descriptors, too; else the kernel closes them.
    pub with_rights: bool,
}

/// How an end on buzzer holds its stream in a phase.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Held {
    /// In one, where it only reads or only writes; else as `Split`.
    Whole,
    Split,
    /// In two, given to two tasks and put together again.
    IntoSplit,
    /// By `io::split`.
    IoSplit,
}

/// What happens between two meetings of the ends.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Phase {
    /// From the first end to the second, and back.
    pub flows: [Option<Flow>; 2],
    pub held: [Held; 2],
}

/// What the other end does while one leaves.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Meanwhile {
    Waits,
    Reads,
    /// More than there is room for.
    Writes,
}

/// What is tried when the other end has gone.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum After {
    Read(u16),
    Write(u16),
    TryRead(u16),
    TryWrite(u16),
    Peek(u16),
    Shutdown,
    Readable,
    Writable,
}

/// An end closes its descriptor.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Leave {
    pub second: bool,
    /// By a reset (`SO_LINGER` of nothing).
    pub reset: bool,
    pub meanwhile: Meanwhile,
    pub after: Vec<After>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Talk {
    pub link: Link,
    /// The kernel's buffers are as small as it allows, so that writes are short.
    pub small: bool,
    pub phases: Vec<Phase>,
    pub leave: Option<Leave>,
}
