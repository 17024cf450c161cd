//! Branches that are polled within one task, each when it was woken.
//!
//! Owns the futures and their outputs; who was woken is told by
//! `machine/scheduler/group.rs`, so that only that child is polled. Made by the functions and
//! macros of `gather/mod.rs`.

use std::future::IntoFuture;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use crate::machine::scheduler::group::{Child, Children};

/// Several branches, each polled when it was woken, until all have ended or one ends
/// all. A future of its own kind, and not an `async fn`, so that branches which are no
/// group of this kind are one error of the compiler's, and a panic tells the line that
/// awaits it.
#[must_use = "futures do nothing unless they are awaited"]
#[allow(missing_debug_implementations)]
pub struct Together<B, Kind> {
    what: &'static str,
    /// Made by the first poll. Before the branches, so that it is dropped before them.
    children: Option<Children>,
    /// `None` once the outputs were given.
    branches: Option<B>,
    kind: PhantomData<fn() -> Kind>,
}

/// Nothing is pinned within it: each future has a box of its own.
impl<B, Kind> Unpin for Together<B, Kind> {}

/// What becomes of the branches: all outputs, all or the first error, the first output.
#[allow(missing_debug_implementations)]
pub enum All {}
#[allow(missing_debug_implementations)]
pub enum AllOrError {}
#[allow(missing_debug_implementations)]
pub enum First {}

/// Of any branches: whether they are such that this is a future is asked when it is
/// awaited, once.
pub fn gather_together<B>(what: &'static str, branches: B) -> Together<B, All> {
    Together::of(what, branches)
}

/// As [`gather_together`].
pub fn try_gather_together<B>(what: &'static str, branches: B) -> Together<B, AllOrError> {
    Together::of(what, branches)
}

/// As [`gather_together`].
pub fn race_together<B>(what: &'static str, branches: B) -> Together<B, First> {
    Together::of(what, branches)
}

impl<B, Kind> Together<B, Kind> {
    fn of(what: &'static str, branches: B) -> Self {
        Self {
            what,
            children: None,
            branches: Some(branches),
            kind: PhantomData,
        }
    }

    /// Gives the branches out when it is decided what their outputs are. `decides` is
    /// asked of each that has ended, whether it alone does that.
    #[track_caller]
    fn poll_all(&mut self, cx: &mut Context<'_>, decides: impl Fn(&mut B, usize) -> bool) -> Poll<B>
    where
        B: Branches,
    {
        let Some(branches) = &mut self.branches else {
            panic!(
                "a {} was polled after it gave its outputs: keep them",
                self.what
            );
        };
        let count = branches.count();
        if count > 0 {
            let children = match &mut self.children {
                Some(children) => children,
                // Not in a closure, whose line a panic would name.
                None => self.children.insert(Children::of(self.what, count)),
            };
            let polled = children.poll(cx, |child, cx| match branches.branch(child).poll(cx) {
                Poll::Pending => Child::Waits,
                Poll::Ready(()) if decides(branches, child) => Child::EndsAll,
                Poll::Ready(()) => Child::Ended,
            });
            ready!(polled);
        }
        self.children = None;
        Poll::Ready(self.branches.take().expect("they were there above"))
    }
}

impl<B: Gather> Future for Together<B, All> {
    type Output = B::Outputs;

    #[track_caller]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let ended = ready!(self.poll_all(cx, |_, _| false));
        Poll::Ready(ended.outputs())
    }
}

impl<B: TryGather> Future for Together<B, AllOrError> {
    type Output = Result<B::Outputs, B::Error>;

    #[track_caller]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let ended = ready!(self.poll_all(cx, B::has_failed));
        Poll::Ready(ended.outputs())
    }
}

impl<B: Race> Future for Together<B, First> {
    type Output = B::Output;

    #[track_caller]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let ended = ready!(self.poll_all(cx, |_, _| true));
        Poll::Ready(ended.output())
    }
}

/// One future of several, and then its output. In a box of its own: so the whole is
/// small however large they are, and what one holds goes as soon as it has ended.
#[allow(missing_debug_implementations)]
pub struct Branch<F, O> {
    /// A pinned box, of one kind or another. Dropped as soon as it has ended.
    future: Option<F>,
    /// Named beside the future: so branches of several types are told apart by the
    /// traits below, which say what is wrong.
    output: Option<O>,
}

impl<F: Future<Output = O>, O> Branch<Pin<Box<F>>, O> {
    /// In std's box, which may hold what ends before it does.
    pub fn new(future: impl IntoFuture<IntoFuture = F, Output = O>) -> Self {
        Self::of(Box::pin(future.into_future()))
    }
}

impl<F: Future<Output = O>, O> Branch<F, O> {
    pub(super) fn of(future: F) -> Self {
        let (future, output) = (Some(future), None);
        Self { future, output }
    }

    fn take_output(&mut self) -> O {
        self.output.take().expect("all children have ended")
    }
}

impl<F, T, E> Branch<F, Result<T, E>> {
    fn has_failed(&self) -> bool {
        matches!(self.output, Some(Err(_)))
    }
}

/// A branch whose types don't matter.
pub trait PollBranch {
    /// Ready when it has ended.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()>;
}

impl<F: Future<Output = O> + Unpin, O> PollBranch for Branch<F, O> {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let future = self.future.as_mut().expect("an ended child is not polled");
        let output = ready!(Pin::new(future).poll(cx));
        self.future = None;
        self.output = Some(output);
        Poll::Ready(())
    }
}

/// A tuple or a vector of branches.
pub trait Branches {
    fn count(&self) -> usize;
    fn branch(&mut self, position: usize) -> &mut dyn PollBranch;
}

/// Branches for `gather!`.
#[diagnostic::on_unimplemented(
    message = "`gather!` takes up to twelve futures",
    label = "these are more than twelve, or not all are futures",
    note = "any number of futures of one type: the function, `buzzer::gather(futures)`",
    note = "more of several types: a `gather!` of `gather!`s"
)]
pub trait Gather: Branches {
    /// A tuple of their outputs.
    type Outputs;

    /// When all have ended.
    fn outputs(self) -> Self::Outputs;
}

/// Branches that may fail with one type of error, for `try_gather!`.
#[diagnostic::on_unimplemented(
    message = "`try_gather!` takes up to twelve futures that give a `Result` with one type of error",
    label = "these are more than twelve, or not all give a `Result` with that error",
    note = "several types of error: turn them into one with `map_err` in an async block",
    note = "any number of futures of one type: the function, `buzzer::try_gather(futures)`"
)]
pub trait TryGather: Branches {
    /// A tuple of what they give if they don't.
    type Outputs;
    /// Their error.
    type Error;

    /// Whether the one at this position, which has ended, gave an error.
    fn has_failed(&mut self, position: usize) -> bool;
    /// When all have ended, or one has failed.
    fn outputs(self) -> Result<Self::Outputs, Self::Error>;
}

/// Branches with one type of output, for `race!`.
#[diagnostic::on_unimplemented(
    message = "`race!` takes up to twelve futures with one type of output",
    label = "these are more than twelve, or not all have that output",
    note = "several types of output: give each branch's as a variant of one enum",
    note = "to wait for all of them instead: `gather!`, or the function `buzzer::gather`",
    note = "more than twelve: a `race!` of `race!`s"
)]
pub trait Race: Branches {
    /// That type.
    type Output;

    /// When one has ended.
    fn output(self) -> Self::Output;
}

impl<F: Future<Output = O> + Unpin, O> Branches for Vec<Branch<F, O>> {
    fn count(&self) -> usize {
        self.len()
    }

    fn branch(&mut self, position: usize) -> &mut dyn PollBranch {
        &mut self[position]
    }
}

impl<F: Future<Output = O> + Unpin, O> Gather for Vec<Branch<F, O>> {
    type Outputs = Vec<O>;

    fn outputs(self) -> Vec<O> {
        let outputs = self.into_iter().map(|mut branch| branch.take_output());
        outputs.collect()
    }
}

impl<F: Future<Output = Result<T, E>> + Unpin, T, E> TryGather for Vec<Branch<F, Result<T, E>>> {
    type Outputs = Vec<T>;
    type Error = E;

    fn has_failed(&mut self, position: usize) -> bool {
        self[position].has_failed()
    }

    fn outputs(mut self) -> Result<Vec<T>, E> {
        match self.iter_mut().find(|branch| branch.has_failed()) {
            // Only this one, so that the others are dropped with what they hold.
            Some(failed) => failed.take_output().map(|_| Vec::new()),
            None => self
                .into_iter()
                .map(|mut branch| branch.take_output())
                .collect(),
        }
    }
}

/// The traits for one size of tuple: `future output` names for each place.
macro_rules! tuple {
    ($($future:ident $output:ident),+) => {
        impl<$($future: Future<Output = $output> + Unpin, $output),+> Branches
            for ($(Branch<$future, $output>,)+)
        {
            fn count(&self) -> usize {
                [$(stringify!($future)),+].len()
            }

            #[allow(non_snake_case)]
            fn branch(&mut self, position: usize) -> &mut dyn PollBranch {
                let ($($future,)+) = self;
                let branches: [&mut dyn PollBranch; _] = [$($future),+];
                let at = branches.into_iter().nth(position);
                at.expect("a position of the tuple")
            }
        }

        #[diagnostic::do_not_recommend]
        impl<$($future: Future<Output = $output> + Unpin, $output),+> Gather
            for ($(Branch<$future, $output>,)+)
        {
            type Outputs = ($($output,)+);

            #[allow(non_snake_case)]
            fn outputs(mut self) -> Self::Outputs {
                let ($($future,)+) = &mut self;
                ($($future.take_output(),)+)
            }
        }

        #[diagnostic::do_not_recommend]
        impl<Error, $($future, $output),+> TryGather
            for ($(Branch<$future, Result<$output, Error>>,)+)
        where
            $($future: Future<Output = Result<$output, Error>> + Unpin),+
        {
            type Outputs = ($($output,)+);
            type Error = Error;

            #[allow(non_snake_case)]
            fn has_failed(&mut self, position: usize) -> bool {
                let ($($future,)+) = self;
                [$($future.has_failed()),+][position]
            }

            #[allow(non_snake_case)]
            fn outputs(mut self) -> Result<Self::Outputs, Error> {
                let ($($future,)+) = &mut self;
                // At most one has failed, and the others may not have ended.
                $(if $future.has_failed() {
                    $future.take_output()?;
                })+
                Ok(($($future.take_output()?,)+))
            }
        }

        #[diagnostic::do_not_recommend]
        impl<Output, $($future: Future<Output = Output> + Unpin),+> Race
            for ($(Branch<$future, Output>,)+)
        {
            type Output = Output;

            #[allow(non_snake_case)]
            fn output(mut self) -> Output {
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
