//! What locks and channels are called, and what is done to them in words.

use std::fmt::{self, Display};
use std::sync::Arc;

use super::Names;
use crate::record::event::{SyncKind, SyncStep};
use crate::record::ids::SyncId;

/// A lock, channel or bell.
#[derive(Clone, Debug)]
pub(super) struct Met {
    kind: SyncKind,
    name: Option<Arc<String>>,
}

impl Met {
    pub(super) fn of(kind: SyncKind, name: Option<Arc<String>>) -> Self {
        Self { kind, name }
    }
}

impl Names {
    /// The type of a lock or channel.
    fn kind(&self, sync: SyncId) -> Option<SyncKind> {
        self.syncs.get(&sync).map(|met| met.kind)
    }

    /// A lock or channel, as `Mutex 3 'accounts'`.
    pub(crate) fn sync(&self, sync: SyncId) -> impl Display {
        fmt::from_fn(move |f| {
            let met = self.syncs.get(&sync);
            let kind = met.map_or("lock or channel", |met| met.kind.name());
            write!(f, "{kind} {sync}")?;
            match met.and_then(|met| met.name.as_ref()) {
                Some(name) => write!(f, " '{}'", name.escape_debug()),
                None => Ok(()),
            }
        })
    }

    /// A step at a lock or channel: `takes Mutex 3 'accounts'`. Whose it is goes before it.
    pub(crate) fn step(&self, sync: SyncId, step: SyncStep) -> impl Display {
        fmt::from_fn(move |f| {
            let (kind, called) = (self.kind(sync), self.sync(sync));
            let permits = |permits: u32| match (kind, permits) {
                (Some(SyncKind::Semaphore), 1) => "a permit of ".to_owned(),
                (Some(SyncKind::Semaphore), many) => format!("{many} permits of "),
                _ => String::new(),
            };
            let part = |permits: u32| match (kind, permits) {
                (Some(SyncKind::RwLock), 1) => " as a reader",
                (Some(SyncKind::RwLock), _) => " as the writer",
                _ => "",
            };
            match step {
                SyncStep::Taken(count) if kind == Some(SyncKind::OnceCell) => {
                    debug_assert_eq!(count, 1, "one makes the value");
                    write!(f, "begins to make the value of {called}")
                }
                SyncStep::Taken(count) => {
                    write!(f, "takes {}{called}{}", permits(count), part(count))
                }
                SyncStep::Given { .. } if kind == Some(SyncKind::OnceCell) => {
                    write!(f, "makes the value of {called} no more")
                }
                SyncStep::Given { permits: count, .. } => {
                    write!(f, "gives back {}{called}{}", permits(count), part(count))
                }
                SyncStep::Handed { to } => {
                    let what = match kind {
                        Some(SyncKind::Mpsc | SyncKind::Oneshot) => "what it waits for of ",
                        Some(SyncKind::Notify) => "the notification of ",
                        Some(SyncKind::Semaphore) => "permits of ",
                        _ => "",
                    };
                    write!(f, "hands {} {what}{called}", self.task(to))
                }
                SyncStep::ToldAll => write!(f, "tells all who wait for {called}"),
                SyncStep::Closed => write!(f, "closes {called}"),
            }
        })
    }
}
