//! What the reactor shows of itself, and the signal that asks to be shown.
//!
//! Owns the look at who waits for which source, for the dump; and the descriptor of the
//! signal that asks for one, which is no source: nobody waits for it.

use std::collections::HashMap;
use std::ffi::c_int;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::panic::Location;
use std::task::Waker;

use mio::Interest;
use mio::unix::SourceFd;

use super::readiness::Direction;
use super::told::Told;
use super::{DUMP, Reactor, SourceKey};
use crate::sys;

/// Where the sources were made, by their descriptors; kept only for the dump.
pub(super) type Places = HashMap<RawFd, &'static Location<'static>>;

/// The signal that asks for a dump, if the runtime has one.
#[derive(Default)]
pub(super) struct DumpSignal {
    signal: c_int,
    descriptor: Option<OwnedFd>,
    /// Its descriptor has told of it. It may be of one from before it was registered.
    is_told: bool,
    /// How many had come when it was asked last.
    seen: u64,
}

impl DumpSignal {
    pub(super) fn is_caught(&self) -> bool {
        self.descriptor.is_some()
    }

    pub(super) fn is_told(&mut self) {
        self.is_told = true;
    }
}

impl Reactor {
    /// From here on it is kept where sources are made.
    pub(crate) fn keep_places(&mut self) {
        self.places.get_or_insert_default();
    }

    /// A source was made of `fd` there.
    #[inline]
    pub(crate) fn was_made(&mut self, fd: RawFd, at: &'static Location<'static>) {
        if let Some(places) = &mut self.places {
            places.insert(fd, at);
        }
    }

    /// Where the source of `fd` was made, if that is kept.
    pub(crate) fn made_at(&self, fd: RawFd) -> Option<&'static Location<'static>> {
        self.places.as_ref()?.get(&fd).copied()
    }

    /// Catches `signal`, which ends sleeps from here on.
    pub(crate) fn dump_when(&mut self, signal: c_int) -> io::Result<()> {
        // Before the handler is there, so that the first one that it gets counts.
        let seen = sys::signal::count(signal);
        let descriptor = sys::signal::catch(signal)?;
        let fd = descriptor.as_raw_fd();
        let registry = self.poll.registry();
        registry.register(&mut SourceFd(&fd), DUMP, Interest::READABLE)?;
        self.dump = DumpSignal {
            signal,
            descriptor: Some(descriptor),
            is_told: false,
            seen,
        };
        Ok(())
    }

    /// How many of the signal have come, if any has since this was asked last.
    pub(crate) fn dump_asked(&mut self) -> Option<u64> {
        let dump = &mut self.dump;
        if !std::mem::take(&mut dump.is_told) {
            return None;
        }
        let seen = std::mem::replace(&mut dump.seen, sys::signal::count(dump.signal));
        (seen != dump.seen).then_some(dump.seen)
    }

    /// Who waits for what the last sleep has brought, before `react` wakes them.
    pub(crate) fn ready(&self, mut each: impl FnMut(SourceKey, Direction, &Waker)) {
        for event in &self.events {
            let key = SourceKey::from_token(event.token());
            let source = self.sources.get(key.index as usize);
            let Some(source) = source.filter(|source| source.generation == key.generation) else {
                continue;
            };
            let told = Told::of(event);
            let ready = [(Direction::Read, told.read), (Direction::Write, told.write)];
            for (direction, _) in ready.into_iter().filter(|(_, is)| *is) {
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
