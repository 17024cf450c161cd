//! What the reactor shows of itself, and the signal that asks to be shown.
//!
//! Owns the look at who waits for which source, for the dump; and the listener for the
//! signal that asks for one, which is no source: nobody waits for it.

use std::collections::HashMap;
use std::ffi::c_int;
use std::io;
use std::os::fd::{AsRawFd, RawFd};
use std::panic::Location;
use std::task::Waker;

use mio::Interest;

use super::key::DUMP;
use super::readiness::Direction;
use super::told::{Told, Wanted};
use super::{Reactor, SourceKey};
use crate::sys::registry::Registry;
use crate::sys::signal::{Listener, catch};

/// Where the sources were made, by their descriptors; kept only for the dump.
pub(super) type Places = HashMap<RawFd, &'static Location<'static>>;

/// The signal that asks for a dump, if the runtime has one.
#[derive(Default)]
pub(super) struct DumpSignal {
    listener: Option<Listener>,
    /// Its descriptor has told of it. It may be of one from before it was registered.
    is_told: bool,
}

impl DumpSignal {
    pub(super) fn is_caught(&self) -> bool {
        self.listener.is_some()
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
        let listener = catch(signal)?;
        let fd = listener.as_raw_fd();
        let registry = &self.registry;
        registry.register(&self.poll, fd, DUMP, Interest::READABLE)?;
        self.dump.listener = Some(listener);
        Ok(())
    }

    /// How many of the signal have come, if any has since this was asked last.
    pub(crate) fn dump_asked(&mut self) -> Option<u64> {
        if !std::mem::take(&mut self.dump.is_told) {
            return None;
        }
        let listener = self.dump.listener.as_ref()?;
        let asked = listener.look();
        if Registry::DISARMS {
            // Only now, or it would be told of the same one.
            let fd = listener.as_raw_fd();
            self.registry.rearm(fd, DUMP, Interest::READABLE);
        }
        asked
    }

    /// Who waits for what the last sleep has brought, before `react` wakes them.
    pub(crate) fn ready(&self, mut each: impl FnMut(SourceKey, Direction, &Waker)) {
        for &key in self.ends() {
            let source = self.sources.get(key.index as usize);
            let source = source.filter(|source| source.generation == key.generation);
            let waiters = source.map(|source| source.readiness.waiters(Wanted::Read));
            for waker in waiters.into_iter().flatten() {
                each(key, Direction::Read, waker);
            }
        }
        for event in &self.events {
            let key = SourceKey::from_token(event.token());
            let source = self.sources.get(key.index as usize);
            let Some(source) = source.filter(|source| source.generation == key.generation) else {
                continue;
            };
            let told = Told::of(event);
            for wanted in Wanted::ALL.into_iter().filter(|wanted| told.has(*wanted)) {
                for waker in source.readiness.waiters(wanted) {
                    each(key, wanted.direction(), waker);
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
            Wanted::ALL.into_iter().flat_map(move |wanted| {
                let waiters = source.readiness.waiters(wanted);
                waiters.map(move |waker| (key, source.fd, wanted.direction(), waker))
            })
        })
    }
}
