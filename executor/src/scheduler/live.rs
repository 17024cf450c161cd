//! The runtimes that are alive: from a number to its inject queue.
//!
//! Owns the one table that all threads share. A waker that is woken away from its
//! runtime's thread goes through it, and so does all that is dropped there.

use std::io;
use std::sync::{Arc, PoisonError, RwLock};

use super::inject::{Inject, Message, Sent};
use super::number::MAX_RUNTIMES;

/// The runtimes that are alive, by their numbers.
static LIVE: RwLock<Live> = RwLock::new(Live {
    runtimes: Vec::new(),
    last: MAX_RUNTIMES - 1,
    registered: 0,
});

struct Live {
    runtimes: Vec<Option<Arc<Inject>>>,
    /// The number given out last. The search for a free one starts behind it,
    /// so that a number comes back as late as possible.
    last: usize,
    /// How many there ever were.
    registered: u64,
}

/// Enters a new runtime into the table of live ones.
///
/// # Errors
///
/// If 16,384 runtimes are alive.
pub(crate) fn register(unpark: mio::Waker) -> io::Result<Arc<Inject>> {
    let mut live = LIVE.write().unwrap_or_else(PoisonError::into_inner);
    let free = (1..=MAX_RUNTIMES)
        .map(|step| (live.last + step) % MAX_RUNTIMES)
        .find(|&number| live.runtimes.get(number).is_none_or(Option::is_none))
        .ok_or_else(|| io::Error::other(format!("{MAX_RUNTIMES} runtimes are alive already")))?;
    live.registered += 1;
    let inject = Arc::new(Inject::new(free as u16, live.registered, unpark));
    if live.runtimes.len() <= free {
        live.runtimes.resize_with(free + 1, || None);
    }
    live.runtimes[free] = Some(inject.clone());
    live.last = free;
    Ok(inject)
}

/// Sends to a runtime by its number; gives the message back if it is gone.
pub(crate) fn send_to(runtime: u16, message: Message) -> Result<(), Message> {
    let live = LIVE.read().unwrap_or_else(PoisonError::into_inner);
    match live.runtimes.get(usize::from(runtime)) {
        Some(Some(inject)) => inject.send(message),
        _ => Err(message),
    }
}

/// Whether a runtime of this number is alive.
pub(crate) fn is_live(runtime: u16) -> bool {
    let live = LIVE.read().unwrap_or_else(PoisonError::into_inner);
    matches!(live.runtimes.get(usize::from(runtime)), Some(Some(_)))
}

/// Takes a runtime out of the table, and gives back what had been sent to it.
pub(crate) fn close(inject: &Inject) -> Vec<Sent> {
    let mut live = LIVE.write().unwrap_or_else(PoisonError::into_inner);
    live.runtimes[usize::from(inject.runtime())] = None;
    drop(live);
    inject.close()
}
