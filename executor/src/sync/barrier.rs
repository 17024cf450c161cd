//! A place where tasks wait for each other.
//!
//! Owns [`Barrier`]: a count, and a [`Notify`] that the last to come rings.

use std::fmt;
use std::future::poll_fn;

use super::notify::{Notified, Notify};
use super::seen::{Face, Kind};
use super::waiters::locked;
use crate::machine::budget;
use crate::sys::shared::Mutex;

/// Has tasks wait until so many have come; then all go on, and it begins anew.
///
/// # Examples
///
/// ```
/// use std::rc::Rc;
/// use buzzer::sync::Barrier;
///
/// buzzer::block_on(async {
///     let table = Rc::new(Barrier::new(3));
///     let guests: Vec<_> = (0..3)
///         .map(|_| {
///             let table = table.clone();
///             buzzer::spawn(async move { table.wait().await.is_leader() })
///         })
///         .collect();
///     let mut leaders = 0;
///     for guest in guests {
///         leaders += u32::from(guest.await.unwrap());
///     }
///     assert_eq!(leaders, 1);
/// });
/// ```
pub struct Barrier {
    wanted: usize,
    /// How many have come since it began.
    come: Mutex<usize>,
    full: Notify,
}

impl Barrier {
    /// A barrier for so many; for one, if none is said.
    #[track_caller]
    pub fn new(n: usize) -> Self {
        Self {
            wanted: n.max(1),
            come: Mutex::new(0),
            full: Notify::with_face(Face::here(Kind::Barrier)),
        }
    }

    /// Waits for the others. The last to come is the leader.
    ///
    /// # Cancel safety
    ///
    /// A call that is dropped after its first poll counts as one that has come.
    pub async fn wait(&self) -> BarrierWaitResult {
        match self.come() {
            Some(full) => {
                full.await;
                BarrierWaitResult(false)
            }
            None => {
                // It has not waited: so that a loop of one alone lets the others run.
                poll_fn(budget::poll_proceed).await;
                BarrierWaitResult(true)
            }
        }
    }

    /// One more has come, and waits for this. The last has nothing to wait for, and all the
    /// others are told.
    fn come(&self) -> Option<Notified<'_>> {
        let mut come = locked(&self.come);
        *come += 1;
        if *come < self.wanted {
            // Made under the lock: so it belongs to this round, and not to the next.
            return Some(self.full.notified());
        }
        *come = 0;
        let told = self.full.tell_waiters();
        drop(come);
        told.wake();
        None
    }

    /// By which it is seen.
    pub(super) fn each_face(&self, call: &mut dyn FnMut(&Face)) {
        self.full.each_face(call);
    }
}

impl fmt::Debug for Barrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Barrier")
            .field("wanted", &self.wanted)
            .field("come", &*locked(&self.come))
            .finish()
    }
}

/// How a wait at a [`Barrier`] has ended.
///
/// # Examples
///
/// ```
/// use std::rc::Rc;
/// use buzzer::sync::Barrier;
///
/// # buzzer::block_on(async {
/// let table = Rc::new(Barrier::new(2));
/// let theirs = table.clone();
/// let other = buzzer::spawn(async move { theirs.wait().await.is_leader() });
/// let here = table.wait().await.is_leader();
/// assert_ne!(here, other.await.unwrap()); // One of them is, and one only.
/// # });
/// ```
#[derive(Debug, Clone)]
pub struct BarrierWaitResult(bool);

impl BarrierWaitResult {
    /// Whether this one was the last to come. One of each round is.
    pub fn is_leader(&self) -> bool {
        self.0
    }
}
