//! Several futures at once, in one task: `gather`, `try_gather` and `race`.
//!
//! Owns the futures and their outputs; who was woken is told by
//! `scheduler/group.rs`, so that only that child is polled. The macros only
//! bundle their arguments into a tuple of branches: what they do is written once, in
//! `Branch` and `drive`.

use std::future::{IntoFuture, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::scheduler::group::{Child, Children};

/// Awaits all futures of `futures` at once, and gives their outputs in the order
/// of the futures.
///
/// They run within the task that awaits this, not as tasks of their own, so
/// they may borrow from it. Only a child that was woken is polled: a wake costs
/// the same for ten children as for ten thousand. To run each in a task of its
/// own, gather the handles of [`spawn`](crate::spawn).
///
/// # Panics
///
/// Polled outside a runtime. A panic of one of the futures is passed on.
///
/// # Cancel safety
///
/// Dropping it drops the futures that have not ended, and the outputs of those
/// that have.
///
/// # Examples
///
/// ```
/// use buzzer::time::{Duration, sleep};
/// # buzzer::runtime::Builder::new_current_thread().start_paused(true).build().unwrap()
/// # .block_on(async {
/// let cups = buzzer::gather((1..=3).map(|cup| async move {
///     sleep(Duration::from_secs(10 - cup)).await;
///     cup
/// }));
/// assert_eq!(cups.await, [1, 2, 3]);
/// # });
/// ```
pub fn gather<I>(futures: I) -> impl Future<Output = Vec<<I::Item as IntoFuture>::Output>>
where
    I: IntoIterator<Item: IntoFuture>,
{
    let mut branches = branches(futures);
    async move {
        drive("gather", branches.len(), |child, cx| {
            branches[child].poll(cx, |_| false)
        })
        .await;
        outputs(branches)
    }
}

/// As [`gather`], for futures that may fail: gives all outputs, or the first
/// error. The other futures are dropped then.
///
/// # Errors
///
/// The error that came first.
///
/// # Panics
///
/// As [`gather`].
///
/// # Examples
///
/// ```
/// # buzzer::block_on(async {
/// let numbers = buzzer::try_gather(["1", "2", "x"].map(|text| async move {
///     text.parse::<u32>()
/// }));
/// assert!(numbers.await.is_err());
/// # });
/// ```
pub fn try_gather<I, T, E>(futures: I) -> impl Future<Output = Result<Vec<T>, E>>
where
    I: IntoIterator<Item: IntoFuture<Output = Result<T, E>>>,
{
    let mut branches = branches(futures);
    async move {
        drive("try_gather", branches.len(), |child, cx| {
            branches[child].poll(cx, Result::is_err)
        })
        .await;
        match branches
            .iter_mut()
            .find(|branch| matches!(branch.output, Some(Err(_))))
        {
            // Only this one, so that the others are dropped with what they hold.
            Some(failed) => failed.take_output().map(|_| Vec::new()),
            None => outputs(branches).into_iter().collect(),
        }
    }
}

/// Polls `count` children, each when it was woken, until all have ended or one
/// ends all.
async fn drive(
    what: &str,
    count: usize,
    mut poll_child: impl FnMut(usize, &mut Context<'_>) -> Child,
) {
    if count == 0 {
        return;
    }
    let mut children = None;
    poll_fn(|cx| {
        let children = children.get_or_insert_with(|| {
            let mut children = Children::new(what);
            (0..count).for_each(|_| {
                children.add();
            });
            children
        });
        children.poll(cx, &mut poll_child)
    })
    .await;
}

/// One future of several, and then its output. In a box of its own: so the whole is
/// small however large they are, and what one holds goes as soon as it has ended.
#[allow(missing_debug_implementations)]
pub struct Branch<F: Future> {
    /// Dropped as soon as it has ended.
    future: Option<Pin<Box<F>>>,
    output: Option<F::Output>,
}

impl<F: Future> Branch<F> {
    pub fn new(future: impl IntoFuture<IntoFuture = F>) -> Self {
        Self::of(Box::pin(future.into_future()))
    }

    fn of(future: Pin<Box<F>>) -> Self {
        let (future, output) = (Some(future), None);
        Self { future, output }
    }

    fn poll(&mut self, cx: &mut Context<'_>, ends_all: impl Fn(&F::Output) -> bool) -> Child {
        let future = self.future.as_mut().expect("an ended child is not polled");
        let Poll::Ready(output) = future.as_mut().poll(cx) else {
            return Child::Waits;
        };
        self.future = None;
        let ends_all = ends_all(&output);
        self.output = Some(output);
        match ends_all {
            true => Child::EndsAll,
            false => Child::Ended,
        }
    }

    fn take_output(&mut self) -> F::Output {
        self.output.take().expect("all children have ended")
    }
}

/// A branch of every future. The iterator is run to its end before anything is polled:
/// a panic in it leaves nothing half begun.
fn branches<I>(futures: I) -> Vec<Branch<<I::Item as IntoFuture>::IntoFuture>>
where
    I: IntoIterator<Item: IntoFuture>,
{
    let mut branches = Vec::new();
    futures
        .into_iter()
        .for_each(|future| branches.push(Branch::of(Box::pin(future.into_future()))));
    branches
}

fn outputs<F: Future>(branches: Vec<Branch<F>>) -> Vec<F::Output> {
    let outputs = branches.into_iter().map(|mut branch| branch.take_output());
    outputs.collect()
}

/// A tuple of futures, for `gather!`.
pub trait Gather {
    /// A tuple of their outputs.
    type Outputs;

    /// See [`gather!`](crate::gather!).
    fn gather(self) -> impl Future<Output = Self::Outputs>;
}

/// A tuple of futures that may fail with one type of error, for `try_gather!`.
pub trait TryGather {
    /// A tuple of what they give if they don't.
    type Outputs;
    /// Their error.
    type Error;

    /// See [`try_gather!`](crate::try_gather!).
    fn try_gather(self) -> impl Future<Output = Result<Self::Outputs, Self::Error>>;
}

/// A tuple of futures with one type of output, for `race!`.
pub trait Race {
    /// That type.
    type Output;

    /// See [`race!`](crate::race!).
    fn race(self) -> impl Future<Output = Self::Output>;
}

/// Polls the branch of a tuple that is at position `child`; its output ends all if
/// `ends_all` says so. The list lives for one poll only: over an await it would keep
/// the whole from being `Send`.
macro_rules! poll_branch {
    (($($branch:ident),+) of $branches:ident, $child:ident, $cx:ident, $ends_all:expr) => {{
        let ($($branch,)+) = &mut $branches;
        let polls: [&mut dyn FnMut(&mut Context<'_>) -> Child; _] =
            [$(&mut |cx| $branch.poll(cx, $ends_all)),+];
        polls[$child]($cx)
    }};
}

/// The traits for one size of tuple: `future output` names for each place.
macro_rules! tuple {
    ($($future:ident $output:ident),+) => {
        impl<$($future: Future),+> Gather for ($(Branch<$future>,)+) {
            type Outputs = ($($future::Output,)+);

            #[allow(non_snake_case)]
            async fn gather(mut self) -> Self::Outputs {
                const COUNT: usize = [$(stringify!($future)),+].len();
                drive("gather!", COUNT, |child, cx| {
                    poll_branch!(($($future),+) of self, child, cx, |_| false)
                })
                .await;
                let ($($future,)+) = &mut self;
                ($($future.take_output(),)+)
            }
        }

        impl<Error, $($future, $output),+> TryGather for ($(Branch<$future>,)+)
        where
            $($future: Future<Output = Result<$output, Error>>),+
        {
            type Outputs = ($($output,)+);
            type Error = Error;

            #[allow(non_snake_case)]
            async fn try_gather(mut self) -> Result<Self::Outputs, Error> {
                const COUNT: usize = [$(stringify!($future)),+].len();
                drive("try_gather!", COUNT, |child, cx| {
                    poll_branch!(($($future),+) of self, child, cx, Result::is_err)
                })
                .await;
                let ($($future,)+) = &mut self;
                // At most one has failed, and the others may not have ended.
                $(if let Some(failed) = $future.output.take_if(|output| output.is_err()) {
                    failed?;
                })+
                Ok(($($future.take_output()?,)+))
            }
        }

        impl<Output, $($future: Future<Output = Output>),+> Race for ($(Branch<$future>,)+) {
            type Output = Output;

            #[allow(non_snake_case)]
            async fn race(mut self) -> Output {
                const COUNT: usize = [$(stringify!($future)),+].len();
                drive("race!", COUNT, |child, cx| {
                    poll_branch!(($($future),+) of self, child, cx, |_| true)
                })
                .await;
                let ($($future,)+) = &mut self;
                let winner = None;
                $(let winner = winner.or_else(|| $future.output.take());)+
                winner.expect("a race ends with a winner")
            }
        }
    };
}

tuple!(A Oa);
tuple!(A Oa, B Ob);
tuple!(A Oa, B Ob, C Oc);
tuple!(A Oa, B Ob, C Oc, D Od);
tuple!(A Oa, B Ob, C Oc, D Od, E Oe);
tuple!(A Oa, B Ob, C Oc, D Od, E Oe, F Of);
tuple!(A Oa, B Ob, C Oc, D Od, E Oe, F Of, G Og);
tuple!(A Oa, B Ob, C Oc, D Od, E Oe, F Of, G Og, H Oh);
tuple!(A Oa, B Ob, C Oc, D Od, E Oe, F Of, G Og, H Oh, I Oi);
tuple!(A Oa, B Ob, C Oc, D Od, E Oe, F Of, G Og, H Oh, I Oi, J Oj);
tuple!(A Oa, B Ob, C Oc, D Od, E Oe, F Of, G Og, H Oh, I Oi, J Oj, K Ok_);
tuple!(A Oa, B Ob, C Oc, D Od, E Oe, F Of, G Og, H Oh, I Oi, J Oj, K Ok_, L Ol);

/// Awaits up to twelve futures at once, of any types, and gives a tuple of their
/// outputs, in the order of the futures: `gather!(a, b).await`.
///
/// As the function [`gather`](crate::gather()), which takes any number of
/// futures of one type. It is tokio's `join!`, but is awaited like a future,
/// as Python's `asyncio.gather` is.
///
/// # Examples
///
/// ```
/// # buzzer::block_on(async {
/// let (number, text) = buzzer::gather!(async { 1 }, async { "one" }).await;
/// assert_eq!((number, text), (1, "one"));
/// # });
/// ```
#[macro_export]
macro_rules! gather {
    ($($future:expr),+ $(,)?) => {
        $crate::branches::Gather::gather(($($crate::branches::Branch::new($future),)+))
    };
}

/// As [`gather!`](crate::gather!), for futures that may fail with one type of
/// error: gives the tuple, or the first error; the other futures are dropped
/// then. As the function [`try_gather`](crate::try_gather()).
///
/// # Examples
///
/// ```
/// # buzzer::block_on(async {
/// let parsed = buzzer::try_gather!(
///     async { "7".parse::<u8>() },
///     async { "seven".parse::<u8>() },
/// );
/// assert!(parsed.await.is_err());
/// # });
/// ```
#[macro_export]
macro_rules! try_gather {
    ($($future:expr),+ $(,)?) => {
        $crate::branches::TryGather::try_gather(($($crate::branches::Branch::new($future),)+))
    };
}

/// Awaits up to twelve futures of one type of output at once, and gives the
/// first output; the losers are dropped. They are polled in the order written,
/// so of two that are ready at once the first wins.
///
/// tokio's `select!` has patterns, handlers and a random order instead; here a
/// branch does its work in an async block.
///
/// # Examples
///
/// ```
/// use buzzer::time::{Duration, sleep};
/// # buzzer::block_on(async {
/// let winner = buzzer::race!(
///     async { sleep(Duration::from_secs(3600)).await; "tortoise" },
///     async { "hare" },
/// );
/// assert_eq!(winner.await, "hare");
/// # });
/// ```
#[macro_export]
macro_rules! race {
    ($($future:expr),+ $(,)?) => {
        $crate::branches::Race::race(($($crate::branches::Branch::new($future),)+))
    };
}
