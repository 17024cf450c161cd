//! What the reactor shows of itself, and the signal that asks to be shown.
//!
//! Owns the look at who waits for which source, for the dump; and the descriptor of the
//! signal that asks for one, which is no source: nobody waits for it.

use std::io;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::task::Waker;

use mio::Interest;
use mio::unix::SourceFd;

use super::readiness::Direction;
use super::{DUMP, Reactor, SourceKey};

/// The signal that asks for a dump, if the runtime has one.
#[derive(Default)]
pub(super) struct DumpSignal {
    descriptor: Option<OwnedFd>,
    has_come: bool,
}

impl DumpSignal {
    pub(super) fn is_caught(&self) -> bool {
        self.descriptor.is_some()
    }

    pub(super) fn has_come(&mut self) {
        self.has_come = true;
    }
}

impl Reactor {
    /// Sleeps end when `descriptor` tells of the signal.
    pub(crate) fn dump_when(&mut self, descriptor: OwnedFd) -> io::Result<()> {
        let fd = descriptor.as_raw_fd();
        let registry = self.poll.registry();
        registry.register(&mut SourceFd(&fd), DUMP, Interest::READABLE)?;
        self.dump.descriptor = Some(descriptor);
        Ok(())
    }

    /// Whether the signal has come since this was asked last.
    pub(crate) fn is_dump_asked(&mut self) -> bool {
        std::mem::take(&mut self.dump.has_come)
    }

    /// Who waits for what the last sleep has brought, before `react` wakes them.
    pub(crate) fn ready(&self, mut each: impl FnMut(SourceKey, Direction, &Waker)) {
        for event in &self.events {
            let key = SourceKey::from_token(event.token());
            let source = self.sources.get(key.index as usize);
            let Some(source) = source.filter(|source| source.generation == key.generation) else {
                continue;
            };
            let both = event.is_error();
            let ready = [
                (
                    Direction::Read,
                    event.is_readable() || event.is_read_closed(),
                ),
                (
                    Direction::Write,
                    event.is_writable() || event.is_write_closed(),
                ),
            ];
            for (direction, _) in ready.into_iter().filter(|(_, is)| *is || both) {
                for waker in source.readiness.waiters(direction) {
                    each(key, direction, waker);
                }
            }
        }
    }

    /// Who waits for which descriptor.
    pub(crate) fn waiting(&self) -> impl Iterator<Item = (SourceKey, RawFd, Direction, &Waker)> {
        self.sources.iter().flat_map(|(index, source)| {
            let key = SourceKey {
                index: index as u32,
                generation: source.generation,
            };
            [Direction::Read, Direction::Write]
                .into_iter()
                .flat_map(move |direction| {
                    let waiters = source.readiness.waiters(direction);
                    waiters.map(move |waker| (key, source.fd, direction, waker))
                })
        })
    }
}
