//! What a job does.
//!
//! Owns [`Work`]: what the pool has to know of a job besides its closure, and what the
//! dump and the shutdown call it. Whoever submits a job says it.

use std::fmt::{self, Display, Formatter};
use std::path::Path;
use std::sync::Arc;

/// What a job is to do. Clones share what is named.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Work {
    /// Code of the program, known by where it was spawned.
    Program,
    /// A file operation.
    File(FileWork),
    /// The look-up of a host's name.
    Lookup(Arc<str>),
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct FileWork {
    pub(crate) operation: &'static str,
    /// `None` for a file that was opened elsewhere.
    pub(crate) path: Option<Arc<Path>>,
    /// The second one of a copy and the like.
    pub(crate) to: Option<Arc<Path>>,
    /// Whether it is carried out even if the runtime shuts down before it began: it
    /// has data that the program has handed over for writing.
    pub(crate) mandatory: bool,
}

impl Work {
    pub(crate) fn is_mandatory(&self) -> bool {
        matches!(self, Self::File(file) if file.mandatory)
    }

    pub(crate) fn is_lookup(&self) -> bool {
        matches!(self, Self::Lookup(_))
    }

    /// What it does, in the words of its errors; `None` for the program's own.
    pub(crate) fn name(&self) -> Option<String> {
        match self {
            Self::Program => None,
            named => Some(named.to_string()),
        }
    }
}

impl Display for Work {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Program => f.write_str("code of the program"),
            Self::Lookup(host) => write!(f, "look up {}", host.escape_debug()),
            Self::File(file) => {
                f.write_str(file.operation)?;
                match &file.path {
                    Some(path) => write!(f, " {}", path.display())?,
                    None => f.write_str(" a file that was opened elsewhere")?,
                }
                match &file.to {
                    Some(to) => write!(f, " -> {}", to.display()),
                    None => Ok(()),
                }
            }
        }
    }
}
