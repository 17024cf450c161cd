//! Children that may borrow from whoever waits for them.
//!
//! Owns [`scope`]. The children are futures within the scope's own future, not
//! tasks of the runtime: that is why they may borrow, without `unsafe`, and why
//! dropping the scope drops them.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll, Waker, ready};

use crate::machine::budget;
use crate::machine::context;
use crate::machine::panics::{Payload, contain};
use crate::machine::scheduler::cell::is_large;
use crate::machine::scheduler::error::JoinError;
use crate::machine::scheduler::group::{Child, Children};
use crate::machine::scheduler::inherited;
use crate::record::ids::Id;

/// Runs `body`, which may spawn children that borrow from outside the scope, and
/// ends when the body and all children have ended.
///
/// Body and children run at once, in the task that awaits the scope; only who
/// was woken is polled.
///
/// # Panics
///
/// Polled outside a runtime. When the body panics, the children are dropped and
/// the panic goes on. When a child panics and nobody took the panic from its
/// handle, it goes on at the scope's end, after the others have ended.
///
/// # Cancel safety
///
/// Dropping it drops the body and the children.
///
/// # Examples
///
/// ```
/// # buzzer::block_on(async {
/// let orders = vec!["espresso", "latte"];
/// let lengths = buzzer::scope(async |s| {
///     let first = s.spawn(async { orders[0].len() });
///     let second = s.spawn(async { orders[1].len() });
///     (first.await.unwrap(), second.await.unwrap())
/// });
/// assert_eq!(lengths.await, (8, 5));
/// drop(orders); // It was only borrowed.
/// # });
/// ```
///
/// What a child borrows must live longer than the scope:
///
/// ```compile_fail
/// # buzzer::block_on(async {
/// buzzer::scope(async |s| {
///     let order = String::from("mocha");
///     s.spawn(async { order.len() });
/// }).await;
/// # });
/// ```
pub async fn scope<'env, T>(body: impl AsyncFnOnce(&Scope<'env>) -> T) -> T {
    let scope = Scope {
        shared: Rc::default(),
    };
    let _ending = EndOnDrop(scope.clone());
    let mut body = pin!(body(&scope));
    let mut output = None;
    let mut children = Children::new("scope");
    // By position; `None` where the body is, and where a child has ended.
    let mut futures: Vec<Option<ChildFuture<'env>>> = vec![None];
    let body_at = children.add();
    assert_eq!(body_at, 0, "the first child of a new group");
    poll_fn(|cx| {
        children.attend(cx);
        // What is spawned during this poll is taken in by it.
        drop(scope.shared.waker.take());
        loop {
            for future in scope.shared.spawned.take() {
                let position = children.add();
                if position == futures.len() {
                    futures.push(Some(future));
                } else {
                    futures[position] = Some(future);
                }
            }
            if children.is_empty() {
                return Poll::Ready(());
            }
            let polled = children.poll_next(cx, |position, cx| {
                let polled = match &mut futures[position] {
                    Some(future) => future.as_mut().poll(cx),
                    None => body.as_mut().poll(cx).map(|value| output = Some(value)),
                };
                if polled.is_pending() {
                    return Child::Waits;
                }
                futures[position] = None;
                Child::Ended
            });
            if polled.is_pending() {
                // Whoever spawns from outside this poll is to wake it.
                let waker = Some(cx.waker().clone());
                drop(scope.shared.waker.replace(waker));
                return Poll::Pending;
            }
        }
    })
    .await;
    let panicked = scope.shared.panicked.take();
    if let Some(payload) = panicked.into_iter().find_map(|child| child.take_panic()) {
        std::panic::resume_unwind(payload);
    }
    output.expect("the body has ended")
}

type ChildFuture<'env> = Pin<Box<dyn Future<Output = ()> + 'env>>;

/// Spawns the children of a [`scope`]. Clone it to spawn from a child.
pub struct Scope<'env> {
    shared: Rc<Shared<'env>>,
}

#[derive(Default)]
struct Shared<'env> {
    /// Children that the scope has not taken in yet.
    spawned: RefCell<Vec<ChildFuture<'env>>>,
    /// The scope's waker, while it waits.
    waker: RefCell<Option<Waker>>,
    /// Children whose panic nobody has taken, in the order of their ends.
    panicked: RefCell<Vec<Rc<dyn TakePanic + 'env>>>,
    /// Set at the scope's end: what is spawned later is dropped.
    ended: Cell<bool>,
}

impl<'env> Shared<'env> {
    /// A child panics. What can't go on at the scope's end is not kept: a panic
    /// that was taken, and one behind another that nobody can take any more.
    fn panicked(&self, child: Rc<dyn TakePanic + 'env>) {
        let mut panicked = self.panicked.borrow_mut();
        panicked.retain(|earlier| earlier.has_panic());
        if panicked.iter().all(|earlier| Rc::strong_count(earlier) > 1) {
            panicked.push(child);
        }
    }
}

impl Clone for Scope<'_> {
    fn clone(&self) -> Self {
        Self {
            shared: self.shared.clone(),
        }
    }
}

impl fmt::Debug for Scope<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Scope")
    }
}

impl<'env> Scope<'env> {
    /// Spawns a child. It runs whether or not its handle is awaited. After the
    /// scope has ended it is dropped, and the handle says "cancelled".
    ///
    /// # Panics
    ///
    /// Outside a runtime.
    ///
    /// # Examples
    ///
    /// ```
    /// # buzzer::block_on(async {
    /// let orders = vec!["espresso", "latte"];
    /// buzzer::scope(async |table| {
    ///     let length = table.spawn(async { orders[0].len() });
    ///     let other = table.spawn(async { println!("{}", orders[1]) });
    ///     assert!(other.id() != length.id() && !other.is_finished());
    ///     assert_eq!(length.await.unwrap(), 8);
    /// }).await; // Ends when both have ended.
    /// # });
    /// ```
    #[track_caller]
    pub fn spawn<F>(&self, future: F) -> ScopedJoinHandle<F::Output>
    where
        F: Future + 'env,
        F::Output: 'env,
    {
        match const { is_large::<F>() } {
            true => self.add(Box::pin(future)),
            false => self.add(future),
        }
    }

    /// As [`spawn`](Self::spawn), of a future that is not large.
    fn add<F>(&self, future: F) -> ScopedJoinHandle<F::Output>
    where
        F: Future + 'env,
        F::Output: 'env,
    {
        let id = context::with("Scope::spawn", |core| core.inject.ids.next_task());
        let result = Rc::new(Outcome {
            stage: RefCell::new(Stage::Running),
            waker: RefCell::default(),
        });
        let handle = ScopedJoinHandle {
            id,
            result: result.clone(),
        };
        if self.shared.ended.get() {
            result.finish(Err(JoinError::cancelled(id)));
            return handle;
        }
        let unfinished = CancelOnDrop {
            id,
            result: result.clone(),
        };
        let shared = Rc::downgrade(&self.shared);
        let context = inherited::current();
        let child = async move {
            let ended = contained(future, context)
                .await
                .map_err(|payload| JoinError::panic(id, payload));
            if ended.is_err()
                && let Some(shared) = shared.upgrade()
            {
                shared.panicked(result.clone());
            }
            result.finish(ended);
            drop(unfinished);
        };
        self.shared.spawned.borrow_mut().push(Box::pin(child));
        if let Some(waker) = self.shared.waker.take() {
            waker.wake();
        }
        handle
    }
}

/// Polls `future` to its end and drops it; a panic in either is the result.
async fn contained<F: Future>(
    future: F,
    context: Option<inherited::Context>,
) -> Result<F::Output, Payload> {
    let mut future = pin!(Some(future));
    let output = poll_fn(|cx: &mut Context<'_>| {
        let future = future
            .as_mut()
            .as_pin_mut()
            .expect("not dropped before its end");
        let _entered = context.is_some().then(|| inherited::enter(context.clone()));
        match contain(|| future.poll(cx)) {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(output)) => Poll::Ready(Ok(output)),
            Err(payload) => Poll::Ready(Err(payload)),
        }
    })
    .await;
    let dropped = contain(|| future.set(None));
    let output = output?;
    dropped.map(|()| output)
}

/// Drops what was spawned and not taken in, which may hold the scope itself.
struct EndOnDrop<'env>(Scope<'env>);

impl Drop for EndOnDrop<'_> {
    fn drop(&mut self) {
        self.0.shared.ended.set(true);
        drop(self.0.shared.spawned.take());
    }
}

/// Where a child's result waits for its handle.
struct Outcome<T> {
    stage: RefCell<Stage<T>>,
    waker: RefCell<Option<Waker>>,
}

enum Stage<T> {
    /// The child runs.
    Running,
    /// It has ended. Set once; a later result is void.
    Ended(Result<T, JoinError>),
    /// The handle has the result, or the scope's end the panic in it.
    Taken,
}

impl<T> Outcome<T> {
    fn finish(&self, result: Result<T, JoinError>) {
        if self.is_finished() {
            return;
        }
        self.stage.replace(Stage::Ended(result));
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }

    fn is_finished(&self) -> bool {
        !matches!(*self.stage.borrow(), Stage::Running)
    }
}

trait TakePanic {
    /// Whether a panic is there that nobody has taken.
    fn has_panic(&self) -> bool;
    fn take_panic(&self) -> Option<Payload>;
}

impl<T> TakePanic for Outcome<T> {
    fn has_panic(&self) -> bool {
        matches!(&*self.stage.borrow(), Stage::Ended(Err(error)) if error.is_panic())
    }

    fn take_panic(&self) -> Option<Payload> {
        if !self.has_panic() {
            return None;
        }
        match self.stage.replace(Stage::Taken) {
            Stage::Ended(Err(error)) => error.try_into_panic().ok(),
            Stage::Running | Stage::Ended(Ok(_)) | Stage::Taken => None,
        }
    }
}

/// A child dropped before its end leaves "cancelled" for a handle that went
/// elsewhere.
struct CancelOnDrop<T> {
    id: Id,
    result: Rc<Outcome<T>>,
}

impl<T> Drop for CancelOnDrop<T> {
    fn drop(&mut self) {
        self.result.finish(Err(JoinError::cancelled(self.id)));
    }
}

/// The right to await a child of a [`scope`]: gives its output, or that it
/// panicked. Dropping it lets the child run on, until the scope's end.
///
/// # Panics
///
/// Polled again after it gave the result.
pub struct ScopedJoinHandle<T> {
    id: Id,
    result: Rc<Outcome<T>>,
}

impl<T> ScopedJoinHandle<T> {
    /// Whether the child has ended; see [`Scope::spawn`].
    pub fn is_finished(&self) -> bool {
        self.result.is_finished()
    }

    /// Which child it is; see [`Scope::spawn`].
    pub fn id(&self) -> Id {
        self.id
    }
}

impl<T> Future for ScopedJoinHandle<T> {
    type Output = Result<T, JoinError>;

    #[track_caller]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        // Asked before the budget, so that it panics at once.
        assert!(
            !matches!(*self.result.stage.borrow(), Stage::Taken),
            "the ScopedJoinHandle of child {} was polled after it gave its result: \
             keep the result",
            self.id
        );
        ready!(budget::poll_left(cx));
        if !self.result.is_finished() {
            let waker = Some(cx.waker().clone());
            drop(self.result.waker.replace(waker));
            return Poll::Pending;
        }
        match self.result.stage.replace(Stage::Taken) {
            Stage::Ended(result) => {
                budget::take_one();
                Poll::Ready(result)
            }
            Stage::Running | Stage::Taken => unreachable!("neither, a few lines ago"),
        }
    }
}

impl<T> fmt::Debug for ScopedJoinHandle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScopedJoinHandle")
            .field("id", &self.id)
            .finish()
    }
}
