//! What an operation comes to, as it is compared.
//!
//! Made by both sides. An error is the same if its kind and the system's number are, and
//! buzzer's words end in std's.

use std::fmt;
use std::fs::Metadata;
use std::io::{self, ErrorKind};
use std::os::unix::fs::{MetadataExt, PermissionsExt};

#[derive(Clone, PartialEq, Eq)]
pub enum Outcome {
    /// There was nothing to do it with.
    LeftOut,
    Done,
    Flag(bool),
    Number(u64),
    Bytes(Vec<u8>),
    Text(String),
    Known(Known),
    Names(Vec<String>),
    Several(Vec<Self>),
    Failed(Failure),
}

/// What does not differ between two files with the same history. A directory's length
/// may.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    kind: char,
    length: u64,
    mode: u32,
    links: u64,
}

#[derive(Clone)]
pub struct Failure {
    pub kind: ErrorKind,
    pub number: Option<i32>,
    pub text: String,
}

impl Known {
    pub fn of(metadata: &Metadata) -> Self {
        let kind = kind(metadata.file_type());
        Self {
            kind,
            length: if kind == 'd' { 0 } else { metadata.len() },
            mode: metadata.permissions().mode(),
            links: metadata.nlink(),
        }
    }
}

pub fn kind(file_type: std::fs::FileType) -> char {
    match file_type {
        it if it.is_file() => 'f',
        it if it.is_dir() => 'd',
        it if it.is_symlink() => 'l',
        _ => '?',
    }
}

impl Failure {
    pub fn of(error: &io::Error) -> Self {
        Self {
            kind: error.kind(),
            number: buzzer::io::raw_os_error(error),
            text: error.to_string(),
        }
    }
}

impl PartialEq for Failure {
    fn eq(&self, other: &Self) -> bool {
        let (a, b) = (&self.text, &other.text);
        let same_words =
            self.number.is_none() || a.ends_with(b.as_str()) || b.ends_with(a.as_str());
        (self.kind, self.number) == (other.kind, other.number) && same_words
    }
}

impl Eq for Failure {}

impl Outcome {
    pub fn of<T>(result: io::Result<T>, value: impl FnOnce(T) -> Self) -> Self {
        match result {
            Ok(result) => value(result),
            Err(error) => Self::Failed(Failure::of(&error)),
        }
    }

    pub fn done(result: io::Result<()>) -> Self {
        Self::of(result, |()| Self::Done)
    }

    pub fn count(result: io::Result<usize>) -> Self {
        Self::of(result, |count| Self::Number(count as u64))
    }

    pub fn number(result: io::Result<u64>) -> Self {
        Self::of(result, Self::Number)
    }

    pub fn known(result: io::Result<Metadata>) -> Self {
        Self::of(result, |metadata| Self::Known(Known::of(&metadata)))
    }
}

/// Long bytes by their length and beginning: a report is to be read.
impl fmt::Debug for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LeftOut => f.write_str("left out"),
            Self::Done => f.write_str("done"),
            Self::Flag(flag) => write!(f, "{flag}"),
            Self::Number(number) => write!(f, "{number}"),
            Self::Bytes(bytes) => {
                let shown = &bytes[..bytes.len().min(40)];
                write!(f, "{} bytes: {}", bytes.len(), shown.escape_ascii())
            }
            Self::Text(text) => write!(f, "{text:?}"),
            Self::Known(known) => write!(f, "{known:?}"),
            Self::Names(names) => write!(f, "{} names: {names:.300?}", names.len()),
            Self::Several(several) => write!(f, "{several:?}"),
            Self::Failed(failure) => write!(
                f,
                "error {:?} ({:?}): {}",
                failure.kind, failure.number, failure.text
            ),
        }
    }
}
