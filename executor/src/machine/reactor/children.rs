//! Children whose ends no descriptor tells of: they are asked.
//!
//! Owns when. Each is a source like the others while it is awaited, but that its event is
//! an answer of the child's. So that what is told of sources holds for it too, it goes by
//! a number in the place of a descriptor's: its own, and negative ([`stands_for`]).
//!
//! They are asked
//!
//! - when a SIGCHLD has come. It tells of no child in particular, and several may be told
//!   of by one: so all that are awaited in this runtime are asked, each for itself.
//! - before a paused clock jumps: the signal may be on its way to the thread that takes
//!   it.
//! - after [`PATIENCE`], by the real clock, for the signal may come to nobody: other code
//!   may have replaced our handler, and every thread may block it. If a child has ended
//!   meanwhile, all are asked after each [`PAUSE`] until a signal comes.
//! - after each pause, too, while nothing can be heard: SIGCHLD is ignored, or other code
//!   has replaced our handler before, or no descriptor is left to hear by.
//!
//! A signal that comes while they are asked is another one, and has them asked again.

use std::collections::BTreeMap;
use std::io;
use std::os::fd::{AsRawFd, RawFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::Waker;
use std::time::{Duration, Instant};

use mio::Interest;

use super::key::CHILDREN;
use super::readiness::{Direction, First};
use super::{Reactor, SourceKey, record_ready};
use crate::record::Recorder;
use crate::sys::process::{Process, hear_of_ends};
use crate::sys::registry::Registry;
use crate::sys::signal;
use crate::sys::signal_kind::SignalKind;

/// How long a signal that tells of an end is waited for. Long enough that who hears of
/// each end doesn't notice the looks in between.
const PATIENCE: Duration = Duration::from_secs(1);

/// How long until the next look where no signal tells. A wait of so little more nobody
/// notices who waits for a process.
const PAUSE: Duration = Duration::from_millis(10);

/// One more than the signals that had come when an end was found of which none had told;
/// zero before that. As handlers are, it is the whole process's.
static UNTOLD: AtomicU64 = AtomicU64::new(0);

/// The child that a source is of, by the number that it has in place of a descriptor's.
pub(crate) fn child_of(fd: RawFd) -> Option<u32> {
    (fd < 0).then_some(fd.unsigned_abs())
}

/// That number. It can't be a descriptor's, and no two children have the same.
pub(crate) fn stands_for(child: u32) -> RawFd {
    -child.cast_signed()
}

/// Those that are awaited in a runtime.
pub(super) struct Children {
    /// Those that have not ended, by their slots in the slab.
    running: BTreeMap<u32, (SourceKey, Arc<Process>)>,
    /// Those whose end was found since the last `react`.
    ended: Vec<SourceKey>,
    /// `None` while nothing can be heard.
    listener: Option<signal::Listener>,
    /// How many signals had come when they were asked last.
    heard: u64,
    asked_at: Instant,
}

impl Children {
    fn new() -> Self {
        Self {
            running: BTreeMap::new(),
            ended: Vec::new(),
            listener: None,
            heard: signals(),
            asked_at: Instant::now(),
        }
    }

    /// How long until they are asked, whether or not a signal comes.
    fn patience(&self) -> Duration {
        let pause = match self.listener {
            Some(_) if UNTOLD.load(Ordering::Relaxed) != signals() + 1 => PATIENCE,
            _ => PAUSE,
        };
        pause.saturating_sub(self.asked_at.elapsed())
    }

    fn ask(&mut self) {
        self.asked_at = Instant::now();
        let ended = &mut self.ended;
        self.running.retain(|_, (key, child)| {
            let waited = child.wait();
            let runs = waited.is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock);
            if !runs {
                ended.push(*key);
            }
            runs
        });
    }
}

/// How many have come since the first child was awaited so.
fn signals() -> u64 {
    signal::count(SignalKind::child().0)
}

impl Reactor {
    /// As [`register`](Self::register), for a child whose end no descriptor tells of. Who
    /// awaits it asks it once himself: it may have ended before signals were heard.
    pub(crate) fn register_child(&mut self, child: Arc<Process>) -> io::Result<SourceKey> {
        let key = self.next_key()?;
        let fd = stands_for(child.number());
        self.insert(key, fd, Interest::READABLE, First::Tried);
        let children = self
            .children
            .get_or_insert_with(|| Box::new(Children::new()));
        children.running.insert(key.index, (key, child));
        self.listen();
        Ok(key)
    }

    /// Hears of SIGCHLD from here on, if that can be.
    fn listen(&mut self) {
        if let Some(children) = &mut self.children
            && children.listener.is_none()
            && let Ok(listener) = hear_of_ends()
        {
            let (registry, fd) = (&self.registry, listener.as_raw_fd());
            let registered = registry.register(&self.poll, fd, CHILDREN, Interest::READABLE);
            children.listener = registered.is_ok().then_some(listener);
        }
    }

    /// A child is not awaited any more. With the last goes the listener.
    pub(super) fn forget_child(&mut self, key: SourceKey) {
        let Some(children) = &mut self.children else {
            return;
        };
        children.running.remove(&key.index);
        children.ended.retain(|ended| *ended != key);
        if children.running.is_empty() && children.ended.is_empty() {
            if let Some(listener) = &children.listener {
                self.registry.deregister(&self.poll, listener.as_raw_fd());
            }
            self.children = None;
        }
    }

    /// How long the loop may sleep at most until children are to be asked.
    pub(crate) fn patience(&self) -> Option<Duration> {
        let children = self.children.as_ref()?;
        (!children.running.is_empty()).then(|| children.patience())
    }

    /// After a sleep: asks them if a signal has come, or the patience is at its end.
    pub(super) fn look_for_ends(&mut self) {
        let Some(children) = &self.children else {
            return;
        };
        let is_told = self.events.iter().any(|event| event.token() == CHILDREN);
        // Once: one that comes while they are asked tells of what is found then.
        let signals = signals();
        let has_come = is_told || children.heard != signals;
        if has_come || children.patience().is_zero() {
            let before = children.ended.len();
            self.ask_children();
            let children = self.children.as_ref();
            if !has_come && children.is_some_and(|children| children.ended.len() > before) {
                UNTOLD.store(signals + 1, Ordering::Relaxed);
            }
        }
    }

    /// Asks each that is awaited.
    pub(super) fn ask_children(&mut self) {
        self.listen();
        let Some(children) = &mut self.children else {
            return;
        };
        // Before they are asked: what comes from here on is told again.
        if let Some(listener) = &children.listener {
            listener.look();
            if Registry::DISARMS {
                let fd = listener.as_raw_fd();
                self.registry.rearm(fd, CHILDREN, Interest::READABLE);
            }
        }
        children.heard = signals();
        children.ask();
    }

    /// Those whose end was found.
    pub(super) fn ends(&self) -> &[SourceKey] {
        self.children
            .as_ref()
            .map_or(&[], |children| &children.ended)
    }

    /// Marks those ready whose end was found: see [`react`](Self::react).
    pub(super) fn react_to_ends(&mut self, woken: &mut Vec<Waker>, recorder: &Recorder) {
        let Some(children) = &mut self.children else {
            return;
        };
        for key in std::mem::take(&mut children.ended) {
            self.handled += 1;
            let event = self.handled;
            if let Some(source) = self.source(key) {
                source.readiness.set(Direction::Read, event, woken);
                record_ready(recorder, key, Direction::Read, woken.len());
            }
        }
    }
}
