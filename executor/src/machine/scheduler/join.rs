//! The handle of a task or a job.
//!
//! Owns [`JoinHandle`]. A handle is a number too: it keeps nothing alive, and asks the
//! runtime's table for the output. Only where the output has to cross threads it shares a
//! [`Packet`] instead. What needs no output is in `abort.rs`.

use std::fmt;
use std::marker::PhantomData;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker, ready};

use super::abort::{Abort, AbortHandle, Target, abort_shared, check_gone, is_finished};
use super::cell::{OwnedTask, drop_task, into_output};
use super::current;
use super::error::JoinError;
use super::inject::Message;
use super::live;
use super::number::TaskKey;
use super::outcome::Joined;
use super::packet::Packet;
use crate::machine::budget;
use crate::machine::panics::{contain_drop, discard};
use crate::record::Recorder;
use crate::record::event::WaitsOn;
use crate::record::ids::Id;
use crate::sys::locks::Mutex;

/// The right to await a task's output, or a blocking job's.
///
/// Awaiting it gives `Result<T, JoinError>`: the output, or that the task
/// panicked or was cancelled. Dropping it detaches the task, which runs on; the
/// output is then dropped when it is there, on the runtime's thread.
///
/// A handle from [`spawn`](crate::spawn) belongs to its runtime's thread. One
/// from [`Handle::spawn`](crate::runtime::Handle::spawn) or
/// [`spawn_blocking`](crate::task::spawn_blocking) can be awaited anywhere, also
/// on another executor. After its runtime was dropped, a handle says
/// "cancelled".
///
/// # Panics
///
/// Polled again after it gave the result; or polled on another thread than its
/// runtime's, if it came from `spawn`.
///
/// # Cancel safety
///
/// A handle borrowed by a `race!` or `timeout` that dropped it loses nothing:
/// awaited again, it gives the output.
///
/// # Examples
///
/// ```
/// buzzer::block_on(async {
///     let sum = buzzer::spawn(async { 2 + 3 });
///     assert_eq!(sum.await.unwrap(), 5);
///
///     let failed = buzzer::spawn(async { panic!("no coffee") });
///     assert!(failed.await.unwrap_err().is_panic());
/// });
/// ```
pub struct JoinHandle<T> {
    id: Id,
    source: Source<T>,
}

type Take<T> = fn(OwnedTask) -> Result<T, JoinError>;

enum Source<T> {
    /// A task that its runtime's own thread spawned, and how its output is taken: where it is
    /// awaited, its future's type is not known. It has no `T`; but the handle may cross
    /// threads as if it had one locked up.
    Task(TaskKey, Take<T>, PhantomData<Mutex<T>>),
    /// A job, or a task that another thread spawned.
    Shared(Arc<Packet<T>>, Arc<dyn Abort>),
    /// Spawned while the runtime was shutting down.
    Cancelled,
    /// The result was given.
    Taken,
}

/// The handle is not pinned to anything: it holds no `T`.
impl<T> Unpin for JoinHandle<T> {}

/// What a panic cuts short is the task's, and its handle tells of that.
impl<T> UnwindSafe for JoinHandle<T> {}
impl<T> RefUnwindSafe for JoinHandle<T> {}

impl<T> JoinHandle<T> {
    /// Of a task whose future is an `F`.
    pub(crate) fn of_task<F>(key: TaskKey, id: Id) -> Self
    where
        F: Future<Output = T> + 'static,
    {
        let source = Source::Task(key, into_output::<F>, PhantomData);
        Self { id, source }
    }

    pub(crate) fn of_packet(packet: Arc<Packet<T>>) -> Self
    where
        T: Send + 'static,
    {
        let id = packet.id();
        let source = Source::Shared(packet.clone(), packet);
        Self { id, source }
    }

    pub(crate) fn of_nothing(id: Id) -> Self {
        let source = Source::Cancelled;
        Self { id, source }
    }

    /// Cancels the task at its next turn: its future is dropped on the runtime's
    /// thread, and the handle says [`JoinError::is_cancelled`]. A blocking job
    /// is cancelled only if no thread has begun it. A task that has ended, or ends in the
    /// poll that it is in, keeps its output. Any thread may call this.
    ///
    /// # Examples
    ///
    /// ```
    /// buzzer::block_on(async {
    ///     let patience = buzzer::spawn(std::future::pending::<()>());
    ///     patience.abort();
    ///     assert!(patience.await.unwrap_err().is_cancelled());
    /// });
    /// ```
    pub fn abort(&self) {
        match &self.source {
            Source::Task(key, ..) => current::abort(*key, self.id),
            Source::Shared(packet, _) => abort_shared(packet.abort(), self.id),
            Source::Cancelled | Source::Taken => {}
        }
    }

    /// Whether the task has ended: an await would not wait.
    ///
    /// # Panics
    ///
    /// On another thread than the runtime's, for a handle from `spawn`.
    ///
    /// # Examples
    ///
    /// ```
    /// buzzer::block_on(async {
    ///     let task = buzzer::spawn(async {});
    ///     assert!(!task.is_finished());
    ///     buzzer::task::yield_now().await;
    ///     assert!(task.is_finished());
    /// });
    /// ```
    #[track_caller]
    pub fn is_finished(&self) -> bool {
        match &self.source {
            Source::Task(key, ..) => is_finished(*key, self.id),
            Source::Shared(packet, _) => packet.is_finished(),
            Source::Cancelled | Source::Taken => true,
        }
    }

    /// Which task or job it is.
    ///
    /// # Examples
    ///
    /// ```
    /// buzzer::block_on(async {
    ///     let task = buzzer::spawn(async { buzzer::task::id() });
    ///     let id = task.id();
    ///     assert_eq!(task.await.unwrap(), id);
    /// });
    /// ```
    pub fn id(&self) -> Id {
        self.id
    }

    /// A handle that can only abort. It does not keep the output.
    ///
    /// # Examples
    ///
    /// ```
    /// buzzer::block_on(async {
    ///     let patience = buzzer::spawn(std::future::pending::<()>());
    ///     let stop = patience.abort_handle();
    ///     buzzer::spawn(async move { stop.abort() });
    ///     assert!(patience.await.unwrap_err().is_cancelled());
    /// });
    /// ```
    pub fn abort_handle(&self) -> AbortHandle {
        let target = match &self.source {
            Source::Task(key, ..) => Target::Task(*key),
            Source::Shared(_, packet) => Target::Shared(packet.clone()),
            Source::Cancelled | Source::Taken => Target::Ended,
        };
        AbortHandle::new(self.id, target)
    }
}

impl<T> Future for JoinHandle<T> {
    type Output = Result<T, JoinError>;

    #[track_caller]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let handle = &mut *self;
        // Asked before the budget, so that it panics at once.
        if matches!(handle.source, Source::Taken) {
            taken(handle.id);
        }
        ready!(budget::poll_left(cx));
        let result = match &handle.source {
            Source::Task(key, take, _) => match ready!(poll_task(*key, handle.id, cx)) {
                Some(task) => take(task),
                None => Err(JoinError::cancelled(handle.id)),
            },
            Source::Shared(packet, _) => match packet.poll(cx) {
                Poll::Ready(Some(result)) => result,
                Poll::Ready(None) => unreachable!("only this handle takes from its packet"),
                Poll::Pending => {
                    record_of(handle.id, |recorder, on| recorder.waits(on));
                    return Poll::Pending;
                }
            },
            Source::Cancelled => Err(JoinError::cancelled(handle.id)),
            Source::Taken => unreachable!("asked above"),
        };
        budget::take_one();
        handle.source = Source::Taken;
        if result.as_ref().is_err_and(JoinError::is_panic) {
            current::with_current(|current| {
                if let Some(scheduler) = current {
                    scheduler.panic_told(handle.id);
                }
            });
        }
        Poll::Ready(result)
    }
}

#[cold]
#[track_caller]
fn taken(id: Id) -> ! {
    panic!(
        "the JoinHandle of task {id} was polled after it gave its result: keep the result, or \
         use `futures::FutureExt::shared`"
    )
}

/// Tells the recorder of a wait for `id`, if it is on and of the same runtime: of those of
/// another it learns no end.
fn record_of(id: Id, tell: impl FnOnce(&Recorder, WaitsOn)) {
    current::with_current(|current| {
        if let Some(scheduler) = current
            && scheduler.recorder.is_on()
            && scheduler.runtime() == id.runtime()
        {
            tell(&scheduler.recorder, WaitsOn::Handle(id));
        }
    });
}

/// The task, once it has ended; none if it was dropped at the shutdown.
#[inline(always)]
#[track_caller]
fn poll_task(key: TaskKey, id: Id, cx: &mut Context<'_>) -> Poll<Option<OwnedTask>> {
    // Most are awaited when they have ended.
    let ended = current::with_current(|current| match current {
        Some(scheduler) if scheduler.id() == key.runtime => scheduler.take_ended(key.number, id),
        _ => None,
    });
    match ended {
        Some(task) => Poll::Ready(Some(task)),
        None => poll_unended(key, id, cx),
    }
}

#[cold]
#[track_caller]
fn poll_unended(key: TaskKey, id: Id, cx: &mut Context<'_>) -> Poll<Option<OwnedTask>> {
    let mut cloned = None;
    let mut joined = current::with_runtime(key.runtime, |scheduler| {
        scheduler.map(|scheduler| scheduler.join(key.number, id, cx.waker(), &mut cloned))
    });
    if let Some(Joined::NeedsClone) = joined {
        joined = join_again(key, id, cx.waker(), &mut cloned);
    }
    // The one that waited before may be another library's, too.
    drop(cloned);
    match joined {
        Some(Joined::Waiting | Joined::NeedsClone) => Poll::Pending,
        Some(Joined::Ended(task)) => Poll::Ready(Some(task)),
        Some(Joined::Gone) => Poll::Ready(None),
        None => {
            check_gone(key.runtime, "awaited");
            Poll::Ready(None)
        }
    }
}

/// With a clone of another library's waker, which is the program's code: outside the
/// borrow. That code may drive the runtime and end the task, so it is looked again.
#[cold]
fn join_again(key: TaskKey, id: Id, waker: &Waker, cloned: &mut Option<Waker>) -> Option<Joined> {
    *cloned = Some(waker.clone());
    current::with_runtime(key.runtime, |scheduler| {
        scheduler.map(|scheduler| scheduler.join(key.number, id, waker, cloned))
    })
}

impl<T> Drop for JoinHandle<T> {
    #[inline]
    fn drop(&mut self) {
        if !matches!(self.source, Source::Taken) {
            self.detach();
        }
    }
}

impl<T> JoinHandle<T> {
    fn detach(&mut self) {
        match std::mem::replace(&mut self.source, Source::Taken) {
            Source::Task(key, ..) => forget(key, self.id),
            // The last one drops the output.
            Source::Shared(packet, target) => detach(self.id, packet, target),
            Source::Cancelled | Source::Taken => {}
        }
    }
}

/// Detaches from a packet.
fn detach<T>(id: Id, packet: Arc<Packet<T>>, target: Arc<dyn Abort>) {
    if packet.is_awaited() {
        record_of(id, |recorder, on| recorder.wait_dropped(on));
    }
    contain_drop((packet, target)).unwrap_or_else(discard);
}

/// Detaches, from any thread.
fn forget(key: TaskKey, id: Id) {
    let here = current::with_runtime(key.runtime, |scheduler| {
        scheduler.map(|scheduler| {
            let (task, waker) = scheduler.forget_handle(key.number, id);
            if waker.is_some() && scheduler.recorder.is_on() {
                scheduler.recorder.wait_dropped(WaitsOn::Handle(id));
            }
            (task, waker)
        })
    });
    match here {
        Some((task, waker)) => {
            contain_drop(waker).unwrap_or_else(discard);
            task.into_iter().for_each(drop_task);
        }
        None => {
            let forget = Message::Run(Box::new(move || forget(key, id)));
            // A runtime that is gone took the task along.
            let _ = live::send_to(key.runtime, forget);
        }
    }
}

impl<T> fmt::Debug for JoinHandle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JoinHandle").field("id", &self.id).finish()
    }
}
