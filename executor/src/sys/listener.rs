//! Who is told of signals, and how many came.
//!
//! Owns the counts, [`Listener`], and the list by which the handler in `signal.rs` finds
//! all of them.

use std::cell::UnsafeCell;
use std::ffi::c_int;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::process;
use std::ptr;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicI32, AtomicPtr, AtomicU64, AtomicUsize, Ordering};

use super::event::Event;
use crate::sys::locks::{Mutex, MutexGuard};

/// One more than the highest signal of any system: FreeBSD's go to 128.
pub(super) const SIGNALS: usize = 129;

/// How many of each came.
static COUNTS: [AtomicU64; SIGNALS] = [const { AtomicU64::new(0) }; SIGNALS];

fn count_of(signal: c_int) -> Option<&'static AtomicU64> {
    COUNTS.get(usize::try_from(signal).ok()?)
}

/// How often `signal` has come since it was first caught.
pub(crate) fn count(signal: c_int) -> u64 {
    count_of(signal).map_or(0, |count| count.load(Ordering::SeqCst))
}

/// Where the handler finds a listener; never freed, but left to the next one. Its event:
///
/// 1. The handler looks at it only while it is counted in [`LOOKING`], and after it has
///    found its signal in `signal`.
/// 2. A listener looks at its own, whose `signal` stays.
/// 3. It is changed only while `signal` is [`FREE`], by who has locked [`CHANGING`], and
///    after no handler was counted: one that comes later finds no signal. All of this is
///    sequentially consistent.
struct Place {
    /// The signal that is listened to, or [`FREE`].
    signal: AtomicI32,
    told: UnsafeCell<Option<Told>>,
    /// The one made before it.
    next: Option<&'static Place>,
}

// SAFETY: `told` is seen and changed by the rules above.
unsafe impl Sync for Place {}

struct Told {
    event: Event,
    /// A process that was forked off has the events of its parent, whose handler tells
    /// them too. So it takes none of those that were left.
    process: u32,
}

/// Held while places are taken and given back; never by the handler.
static CHANGING: Mutex<FreePlaces> = Mutex::new(FreePlaces {
    closed: Vec::new(),
    open: Vec::new(),
});

/// By what became of their events, so that a listener's end looks at no other's place.
struct FreePlaces {
    closed: Vec<&'static Place>,
    /// A handler may have been at one when they were given back.
    open: Vec<&'static Place>,
}

fn lock() -> MutexGuard<'static, FreePlaces> {
    // A panic between lock and unlock leaves nothing half-done that matters.
    CHANGING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// No signal has this number.
const FREE: c_int = 0;

/// How many handlers look for listeners. One that was left by a jump looks for ever.
static LOOKING: AtomicUsize = AtomicUsize::new(0);

/// The place that was made last.
static PLACES: AtomicPtr<Place> = AtomicPtr::new(ptr::null_mut());

fn last_place() -> Option<&'static Place> {
    // SAFETY: null, or leaked by `FreePlaces::take` before it could be found here.
    unsafe { PLACES.load(Ordering::Acquire).as_ref() }
}

fn places() -> impl Iterator<Item = &'static Place> {
    std::iter::successors(last_place(), |place| place.next)
}

impl Place {
    /// The event of a place that is somebody's.
    ///
    /// # Safety
    ///
    /// Rule 1 or 2 holds for as long as it is looked at, or the lock is the caller's.
    unsafe fn event(&self) -> &Event {
        // SAFETY: the caller sees to it that nobody changes it.
        let told = unsafe { &*self.told.get() };
        &told.as_ref().expect("a listener has its event").event
    }
}

impl FreePlaces {
    /// A free one with an event.
    fn take(&mut self) -> io::Result<&'static Place> {
        let process = process::id();
        let ours = self.open.iter().position(|place| {
            // SAFETY: it is free, and the lock is ours, so nobody changes it.
            let told = unsafe { &*place.told.get() };
            told.as_ref().is_some_and(|told| told.process == process)
        });
        if let Some(at) = ours {
            let place = self.open.swap_remove(at);
            // SAFETY: the lock is ours.
            unsafe { place.event() }.take();
            return Ok(place);
        }
        let event = Event::new()?;
        let told = Some(Told { event, process });
        if let Some(place) = self.closed.pop() {
            // SAFETY: there was none after no handler was counted: rule 3.
            unsafe { *place.told.get() = told };
            return Ok(place);
        }
        let place = Box::leak(Box::new(Place {
            signal: AtomicI32::new(FREE),
            told: UnsafeCell::new(told),
            next: last_place(),
        }));
        PLACES.store(ptr::from_mut(place), Ordering::Release);
        Ok(place)
    }

    /// Takes back one that is free by now, and closes the events of those that no handler
    /// may be at.
    fn give_back(&mut self, place: &'static Place) {
        self.open.push(place);
        if LOOKING.load(Ordering::SeqCst) > 0 {
            // They are left to the next listener, or to the next that is dropped.
            return;
        }
        for place in self.open.drain(..) {
            // SAFETY: rule 3.
            drop(unsafe { (*place.told.get()).take() });
            self.closed.push(place);
        }
    }
}

/// Hears of a signal that is caught, by a descriptor that becomes readable.
pub(crate) struct Listener {
    place: &'static Place,
    /// How many had come when it last looked.
    seen: AtomicU64,
}

impl Listener {
    /// Of a signal that is caught or about to be. So many had come when it was to hear of
    /// those that come after.
    pub(super) fn new(signal: c_int, seen: u64) -> io::Result<Self> {
        let mut free = lock();
        let place = free.take()?;
        place.signal.store(signal, Ordering::SeqCst);
        let listener = Self {
            place,
            seen: AtomicU64::new(seen),
        };
        if count(signal) != seen {
            // It may have come before the handler could find the place.
            listener.event().tell();
        }
        Ok(listener)
    }

    fn event(&self) -> &Event {
        // SAFETY: its signal is in the place until its drop: rule 2.
        unsafe { self.place.event() }
    }

    /// How many have come, if any has since this was asked last. The descriptor is not
    /// readable after it, until the next one comes.
    pub(crate) fn look(&self) -> Option<u64> {
        self.event().take();
        let count = count(self.place.signal.load(Ordering::Relaxed));
        (self.seen.swap(count, Ordering::Relaxed) != count).then_some(count)
    }
}

impl AsFd for Listener {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.event().as_fd()
    }
}

impl AsRawFd for Listener {
    fn as_raw_fd(&self) -> RawFd {
        self.event().as_raw_fd()
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let mut free = lock();
        self.place.signal.store(FREE, Ordering::SeqCst);
        free.give_back(self.place);
    }
}

/// Counts a signal, and tells who listens to it. For the handler.
pub(super) fn tell(signal: c_int) {
    if let Some(count) = count_of(signal) {
        // Before it looks: a listener that it does not find sees the count.
        count.fetch_add(1, Ordering::SeqCst);
    }
    LOOKING.fetch_add(1, Ordering::SeqCst);
    for place in places() {
        if place.signal.load(Ordering::SeqCst) == signal {
            // SAFETY: rule 1.
            unsafe { place.event() }.tell();
        }
    }
    LOOKING.fetch_sub(1, Ordering::SeqCst);
}

/// The signals that are listened to, and the descriptor of each listener.
pub(crate) fn caught() -> impl Iterator<Item = (c_int, RawFd)> {
    let _changing = lock();
    let all = places().map(|place| (place.signal.load(Ordering::SeqCst), place));
    let listened_to = all.filter(|(signal, _)| *signal != FREE);
    // SAFETY: the lock is ours.
    let told = listened_to.map(|(signal, place)| (signal, unsafe { place.event() }.as_raw_fd()));
    told.collect::<Vec<_>>().into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::poll::is_readable;

    /// Nobody sends them: each test tells of its own by hand.
    const SIGNALS: [c_int; 3] = [libc::SIGXCPU, libc::SIGXFSZ, libc::SIGVTALRM];

    #[test]
    fn each_listener_is_told_and_one_that_is_gone_leaves_its_place_to_the_next() {
        let [signal, ..] = SIGNALS;
        let listen = || Listener::new(signal, count(signal)).unwrap();
        let is_told = |listener: &Listener| is_readable(listener.as_fd()).unwrap();
        let [first, second] = [listen(), listen()];
        tell(signal);
        assert!(is_told(&first) && is_told(&second));
        first.look();
        assert!(!is_told(&first) && is_told(&second));
        let place = ptr::from_ref(second.place);
        drop(second);
        let third = listen();
        assert!(!is_told(&third));
        assert!(ptr::eq(place, third.place) || places().count() > 2);
        tell(signal);
        assert!(is_told(&first) && is_told(&third));
    }

    #[test]
    fn a_signal_from_before_the_place_was_found_is_told() {
        let [_, signal, _] = SIGNALS;
        let seen = count(signal);
        tell(signal);
        let late = Listener::new(signal, seen).unwrap();
        assert!(is_readable(late.as_fd()).unwrap());
        assert_eq!(late.look(), Some(seen + 1));
        assert_eq!(late.look(), None);
        assert!(!is_readable(late.as_fd()).unwrap());
    }

    #[test]
    fn listeners_come_and_go_while_handlers_look() {
        let [.., signal] = SIGNALS;
        std::thread::scope(|scope| {
            let looks = || (0..20_000).for_each(|_| tell(signal));
            let looking = [scope.spawn(looks), scope.spawn(looks)];
            while looking.iter().any(|looks| !looks.is_finished()) {
                let listeners = [(); 3].map(|()| Listener::new(signal, count(signal)).unwrap());
                tell(signal);
                for listener in &listeners {
                    assert!(is_readable(listener.as_fd()).unwrap());
                }
            }
        });
    }
}
