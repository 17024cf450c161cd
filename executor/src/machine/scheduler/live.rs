//! The runtimes that are alive: from a number to its inject queue.
//!
//! Owns the one table that all threads share. A waker that is woken away from its
//! runtime's thread goes through it, and so does all that is dropped there.

use std::io;
use std::os::fd::RawFd;
use std::sync::{Arc, PoisonError};

use super::inject::{Inject, Message, Sent};
use super::number::{MAX_RUNTIMES, RuntimeId, TaskNumber};
use crate::sys::registry::Registry;
use crate::sys::shared::{RwLock, statics};
use crate::sys::unpark::Unpark;

statics! {
    /// The runtimes that are alive, by their numbers.
    static LIVE: RwLock<Live> = RwLock::new(Live::NONE);
}

struct Live {
    places: Vec<Place>,
    /// The number given out last. The search for a free one starts behind it,
    /// so that a number comes back as late as possible.
    last: usize,
    /// How many there ever were.
    registered: u64,
}

/// The place of one number.
#[derive(Default)]
struct Place {
    /// Who has the number, or had it last.
    id: Option<RuntimeId>,
    /// `None` once that one is gone.
    alive: Option<Arc<Inject>>,
}

impl Live {
    const NONE: Self = Self {
        places: Vec::new(),
        last: MAX_RUNTIMES - 1,
        registered: 0,
    };

    fn alive(&self, number: u16) -> Option<&Arc<Inject>> {
        let place = self.places.get(usize::from(number))?;
        place.alive.as_ref()
    }

    fn find(&self, runtime: RuntimeId) -> Option<&Arc<Inject>> {
        let inject = self.alive(runtime.number());
        inject.filter(|inject| inject.id() == runtime)
    }
}

/// Enters a new runtime into the table of live ones. Its selector must stay open until
/// it is taken out.
///
/// # Errors
///
/// If 16,384 runtimes are alive.
pub(crate) fn register(unpark: Unpark, registry: Registry) -> io::Result<Arc<Inject>> {
    let mut live = LIVE.write().unwrap_or_else(PoisonError::into_inner);
    let free = (1..=MAX_RUNTIMES)
        .map(|step| (live.last + step) % MAX_RUNTIMES)
        .find(|&number| live.alive(number as u16).is_none())
        .ok_or_else(|| io::Error::other(format!("{MAX_RUNTIMES} runtimes are alive already")))?;
    live.registered += 1;
    live.last = free;
    let registered = live.registered;
    if live.places.len() <= free {
        live.places.resize_with(free + 1, Place::default);
    }
    let place = &mut live.places[free];
    let id = match place.id {
        Some(before) => before.next(),
        None => RuntimeId::first(free as u16),
    };
    let inject = Arc::new(Inject::new(id, registered, unpark, registry));
    place.id = Some(id);
    place.alive = Some(inject.clone());
    Ok(inject)
}

/// Wakes a task of whichever runtime has the number's now. A number that is stale has
/// nobody to wake, or one who is polled in vain.
pub(super) fn wake(number: TaskNumber) {
    let live = LIVE.read().unwrap_or_else(PoisonError::into_inner);
    if let Some(inject) = live.alive(number.runtime()) {
        // One that is about to go has nobody to wake.
        let _ = inject.send(Message::Wake(number));
    }
}

/// Sends to a runtime; gives the message back if it is gone.
pub(crate) fn send_to(runtime: RuntimeId, message: Message) -> Result<(), Message> {
    let live = LIVE.read().unwrap_or_else(PoisonError::into_inner);
    match live.find(runtime) {
        Some(inject) => inject.send(message),
        None => Err(message),
    }
}

/// Has a runtime's reactor told no more of a descriptor, which is open.
///
/// Under the lock, so that its selector is not another's by now: a runtime leaves the
/// table before it closes it.
pub(crate) fn forget_descriptor(runtime: RuntimeId, fd: RawFd) {
    let live = LIVE.read().unwrap_or_else(PoisonError::into_inner);
    if let Some(inject) = live.find(runtime) {
        inject.forget_descriptor(fd);
    }
}

/// Whether a runtime is alive.
pub(crate) fn is_live(runtime: RuntimeId) -> bool {
    let live = LIVE.read().unwrap_or_else(PoisonError::into_inner);
    live.find(runtime).is_some()
}

/// Takes a runtime out of the table, and gives back what had been sent to it.
pub(crate) fn close(inject: &Inject) -> Vec<Sent> {
    let mut live = LIVE.write().unwrap_or_else(PoisonError::into_inner);
    live.places[usize::from(inject.runtime())].alive = None;
    drop(live);
    inject.close()
}
