//! Names for locks and channels.
//!
//! Owns [`named`] and which types it takes. The name lies in the table of `seen/`, so what
//! has none pays nothing for that it might.

use std::fmt;
use std::rc::Rc;
use std::sync::Arc;

use super::seen::Face;
use super::{Barrier, Mutex, Notify, OnceCell, RwLock, Semaphore, SetOnce};
use super::{broadcast, mpsc, oneshot, watch};

/// Gives a lock or a channel a name, by which dump, deadlock report, story, timeline and
/// replay call it: else they know it only by the place that made it.
///
/// It takes all of this module: locks and the like, by value, in an [`Rc`] or [`Arc`], or
/// (in a `static`) by reference; and channels as the pair of ends that their `channel` gives.
/// To be called before anybody uses it: a recording that has told of it keeps the name that
/// it had.
///
/// # Examples
///
/// ```
/// use buzzer::sync::{self, Mutex, mpsc};
///
/// let accounts = sync::named("accounts", Mutex::new(0));
/// let (jobs, mut next) = sync::named("jobs", mpsc::channel(8));
/// # buzzer::block_on(async move {
/// # jobs.send(*accounts.lock().await).await.unwrap();
/// # next.recv().await;
/// # });
/// ```
pub fn named<S: Named>(name: &str, sync: S) -> S {
    let name = Arc::new(name.to_owned());
    sync.each_face(&mut |face| face.0.set_name(&name));
    sync
}

/// What [`named`] can give a name.
pub trait Named: Sized {
    #[doc(hidden)]
    fn each_face(&self, call: &mut dyn FnMut(FaceOf<'_>));
}

/// A part of what [`named`] is to give a name. No program can look into it, so none can write an
/// [`each_face`](Named::each_face).
#[derive(Clone, Copy)]
pub struct FaceOf<'a>(&'a Face);

impl fmt::Debug for FaceOf<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FaceOf").finish_non_exhaustive()
    }
}

macro_rules! named {
    ($([$($generic:tt)*] $type:ty $(, $end:tt)?;)+) => {$(
        impl<$($generic)*> Named for $type {
            fn each_face(&self, call: &mut dyn FnMut(FaceOf<'_>)) {
                self$(.$end)?.each_face(&mut |face| call(FaceOf(face)));
            }
        }
    )+};
}

named! {
    [T] Mutex<T>;
    [T] RwLock<T>;
    [] Semaphore;
    [] Notify;
    [] Barrier;
    [T] OnceCell<T>;
    [T] SetOnce<T>;
    [T] (oneshot::Sender<T>, oneshot::Receiver<T>), 0;
    [T] (mpsc::Sender<T>, mpsc::Receiver<T>), 0;
    [T] (mpsc::UnboundedSender<T>, mpsc::UnboundedReceiver<T>), 0;
    [T] (broadcast::Sender<T>, broadcast::Receiver<T>), 0;
    [T] (watch::Sender<T>, watch::Receiver<T>), 0;
    [T] broadcast::Sender<T>;
    [T] watch::Sender<T>;
}

impl<S: Named> Named for &S {
    fn each_face(&self, call: &mut dyn FnMut(FaceOf<'_>)) {
        S::each_face(self, call);
    }
}

impl<S: Named> Named for Rc<S> {
    fn each_face(&self, call: &mut dyn FnMut(FaceOf<'_>)) {
        S::each_face(self, call);
    }
}

impl<S: Named> Named for Arc<S> {
    fn each_face(&self, call: &mut dyn FnMut(FaceOf<'_>)) {
        S::each_face(self, call);
    }
}
