//! The first of several futures, and what is done with its output: tokio's `select!`.
//!
//! Owns [`select!`](crate::select!). It takes futures of any number without an allocation,
//! each where it stands; `race!` takes those of one type of output, and polls the one that
//! was woken.
//!
//! As in `join!`, a branch gets its names by a macro that calls itself with one less, and
//! with them its variant of [`Ended`]. What has an output is decided within one closure, and
//! what is done with it stands outside: so a handler may `return`, `break` and `.await`, and
//! borrow what the futures had.

use std::pin::Pin;
use std::task::{Context, Poll};

use crate::machine::budget;
use crate::machine::context::try_with;
use crate::machine::scheduler::random::Draws;

/// Awaits several futures at once, and does what is written behind the first that ends
/// with an output of the form asked for. The others are dropped before that.
///
/// ```text
/// select! {
///     pattern = future => handler,
///     pattern = future, if condition => handler,
///     else => handler,
/// }
/// ```
///
/// It is its own `await`, so it can be used only in an `async` block or function. A handler
/// is an expression of that place: it may `return`, `break`, use `?` and `.await`. All
/// handlers have one type, and `select!` gives the value of the one that was run. A comma
/// may be left out behind a block.
///
/// 1. The conditions are evaluated, in the order written. A branch whose condition is
///    false is not polled.
/// 2. The futures are evaluated, also those of such branches.
/// 3. The futures are polled. One whose output does not match its pattern is not polled
///    again, and the others go on.
/// 4. When no branch is left, `else` is done.
///
/// # Which is first
///
/// Each poll begins with a branch that is drawn, so that none which is always ready keeps
/// the others from their turn for ever. What is drawn depends on nothing but the run's
/// [seed](crate::runtime::Builder::rng_seed): the same program run the same way draws the
/// same. Without a seed all come up equally often; with one the order looks random, and
/// [`testing::explore`](crate::testing::explore()) tries others with each.
///
/// With `biased;` before the branches all polls begin with the first, and who has several
/// ready at once has to see to it that those below get their turn.
///
/// # Panics
///
/// If no branch is left and there is no `else`.
///
/// # Cancel safety
///
/// The futures that did not end are dropped, and what they had begun goes with them, unless
/// they are awaited through a reference (`&mut future`) that outlives the `select!`. In a
/// loop, use what loses nothing when it is dropped: the docs of each function say whether
/// it does.
///
/// # Examples
///
/// ```
/// use buzzer::sync::mpsc;
/// use buzzer::time::{Duration, sleep};
///
/// # buzzer::runtime::Builder::new_current_thread().start_paused(true).build().unwrap()
/// # .block_on(async {
/// let (sender, mut orders) = mpsc::channel(8);
/// buzzer::spawn(async move {
///     for order in ["latte", "mocha"] {
///         sender.send(order).await.unwrap();
///     }
/// });
/// let closing = sleep(Duration::from_secs(3600));
/// buzzer::pin!(closing);
/// let mut served = Vec::new();
/// loop {
///     buzzer::select! {
///         Some(order) = orders.recv() => served.push(order),
///         _ = &mut closing, if !served.is_empty() => break,
///         else => break,
///     }
/// }
/// assert_eq!(served, ["latte", "mocha"]);
/// # });
/// ```
#[macro_export]
macro_rules! select {
    (biased; $($branches:tt)+) => {
        $crate::select_branches!(begin [$crate::branches::Biased] $($branches)+)
    };
    ($($branches:tt)+) => {
        $crate::select_branches!(begin [$crate::branches::Drawn] $($branches)+)
    };
    () => {
        ::std::compile_error!("`select!` needs a branch: `pattern = future => handler`")
    };
}

/// The branches of `select!`, one after the other: `[turns] [variants that are left] [names
/// and parts] [a name and a _ for each, the last first]`, and what is still to be read.
#[doc(hidden)]
#[macro_export]
macro_rules! select_branches {
    (begin [$turns:expr] $($branches:tt)+) => {
        $crate::select_branches!([$turns] [
            B0 B1 B2 B3 B4 B5 B6 B7 B8 B9 B10 B11 B12 B13 B14 B15 B16 B17 B18 B19 B20 B21 B22
            B23 B24 B25 B26 B27 B28 B29 B30 B31 B32 B33 B34 B35 B36 B37 B38 B39 B40 B41 B42 B43
            B44 B45 B46 B47 B48 B49 B50 B51 B52 B53 B54 B55 B56 B57 B58 B59 B60 B61 B62 B63
        ] [] [] $($branches)+)
    };
    // Without branches that are polled.
    ([$turns:expr] [$($left:ident)+] [] [] else => $otherwise:expr $(,)?) => {
        $otherwise
    };
    (
        [$turns:expr]
        [$($left:ident)*]
        [$({
            $ended:ident $future:ident
            [$pattern:pat] [$value:expr] [$($condition:expr)?] [$handler:expr]
        })+]
        [$($last:ident $one:tt)+]
        else => $otherwise:expr $(,)?
    ) => {{
        // A bit for each that is still to be polled.
        let mut open = 0_u64;
        $(if true $(&& $condition)? {
            open |= 1 << $crate::branches::position::$ended;
        })+
        #[allow(unused_mut)]
        let mut ended: $crate::branches::Ended<$($one),+> = {
            // Not within a call: so what it borrows of values without a name lives on.
            $(let $future = $value;)+
            $(let $future = ::std::future::IntoFuture::into_future($future);)+
            // Dropped in the reverse order, which is the order written.
            $(let mut $last = ::std::pin::pin!($last);)+
            $crate::branches::poll_fn(|cx| {
                if $crate::branches::poll_budget(cx).is_pending() {
                    return $crate::branches::Poll::Pending;
                }
                let mut is_waiting = false;
                let begins = $turns.next(<[&str]>::len(&[$(stringify!($ended)),+]));
                // The second round has those that the first passed over.
                let first = ::std::primitive::u64::MAX << begins;
                for round in [open & first, open & !first] {
                    $(
                        if round & (1 << $crate::branches::position::$ended) != 0 {
                            match $crate::branches::poll(&mut $future, cx) {
                                $crate::branches::Poll::Pending => is_waiting = true,
                                #[allow(
                                    unreachable_code, unreachable_patterns, unused_mut,
                                    unused_variables
                                )]
                                $crate::branches::Poll::Ready(mut output) => {
                                    open &= !(1 << $crate::branches::position::$ended);
                                    let mut is_wanted = false;
                                    // The guard sees whether it matches, and nothing is moved
                                    // out, since it says no.
                                    match output {
                                        $pattern if { is_wanted = true; false } => {
                                            ::std::unreachable!()
                                        }
                                        _ => {}
                                    }
                                    if is_wanted {
                                        let ended = $crate::branches::Ended::$ended(output);
                                        return $crate::branches::Poll::Ready(ended);
                                    }
                                }
                            }
                        }
                    )+
                }
                match is_waiting {
                    true => $crate::branches::Poll::Pending,
                    false => $crate::branches::Poll::Ready($crate::branches::Ended::None),
                }
            }).await
        };
        match ended {
            // A future may never have an output.
            $(
                #[allow(unreachable_patterns)]
                $crate::branches::Ended::$ended($pattern) => $handler,
            )+
            _ => $otherwise,
        }
    }};

    // The end, without `else`; an `else` that is not the end; and too many.
    ([$turns:expr] [$($left:ident)*] [$($read:tt)+] [$($names:tt)+]) => {
        $crate::select_branches!(
            [$turns] [$($left)*] [$($read)+] [$($names)+]
            else => $crate::branches::none_left()
        )
    };
    ([$turns:expr] [$($left:ident)*] [$($read:tt)*] [$($names:tt)*] else $($rest:tt)*) => {
        ::std::compile_error!("`else => handler` is the last branch of a `select!`")
    };
    ([$turns:expr] [] [$($read:tt)*] [$($names:tt)*] $($rest:tt)*) => {
        ::std::compile_error!(
            "`select!` takes up to 64 branches; more: a `select!` in a branch of a `select!`"
        )
    };

    // A branch, in each of the ways that it may end.
    (
        [$turns:expr] [$ended:ident $($left:ident)*] [$($read:tt)*] [$($names:tt)*]
        $pattern:pat = $value:expr $(, if $condition:expr)? => $handler:block, $($rest:tt)*
    ) => {
        $crate::select_branches!(
            [$turns]
            [$($left)*]
            [$($read)* {
                $ended future
                [$pattern] [$value] [$($condition)?] [$handler]
            }]
            [future _ $($names)*]
            $($rest)*
        )
    };
    (
        [$turns:expr] [$ended:ident $($left:ident)*] [$($read:tt)*] [$($names:tt)*]
        $pattern:pat = $value:expr $(, if $condition:expr)? => $handler:block $($rest:tt)*
    ) => {
        $crate::select_branches!(
            [$turns]
            [$($left)*]
            [$($read)* {
                $ended future
                [$pattern] [$value] [$($condition)?] [$handler]
            }]
            [future _ $($names)*]
            $($rest)*
        )
    };
    (
        [$turns:expr] [$ended:ident $($left:ident)*] [$($read:tt)*] [$($names:tt)*]
        $pattern:pat = $value:expr $(, if $condition:expr)? => $handler:expr $(, $($rest:tt)*)?
    ) => {
        $crate::select_branches!(
            [$turns]
            [$($left)*]
            [$($read)* {
                $ended future
                [$pattern] [$value] [$($condition)?] [$handler]
            }]
            [future _ $($names)*]
            $($($rest)*)?
        )
    };
    ([$turns:expr] [$($left:ident)*] [$($read:tt)*] [$($names:tt)*] $($rest:tt)*) => {
        ::std::compile_error!(::std::concat!(
            "a branch of `select!` is `pattern = future => handler,` or `pattern = future, if \
             condition => handler,`, and the last may be `else => handler`; this is none: `",
            ::std::stringify!($($rest)*), "`",
        ))
    };
}

/// An output that there is none of.
#[allow(missing_debug_implementations)]
pub enum Never {}

/// Defines [`Ended`], and the numbers of its variants.
macro_rules! ended {
    ($($branch:ident)+) => {
        /// The output of the branch that has ended, which is as large as the largest; the
        /// branches that there are not have none.
        #[allow(missing_debug_implementations)]
        pub enum Ended<$($branch = Never),+> {
            $(#[doc(hidden)] $branch($branch),)+
            /// No branch is left.
            None,
        }

        /// Which of the branches each variant stands for.
        pub mod position {
            enum Position { $($branch),+ }
            $(pub const $branch: usize = Position::$branch as usize;)+
        }
    };
}

ended! {
    B0 B1 B2 B3 B4 B5 B6 B7 B8 B9 B10 B11 B12 B13 B14 B15 B16 B17 B18 B19 B20 B21 B22 B23 B24
    B25 B26 B27 B28 B29 B30 B31 B32 B33 B34 B35 B36 B37 B38 B39 B40 B41 B42 B43 B44 B45 B46 B47
    B48 B49 B50 B51 B52 B53 B54 B55 B56 B57 B58 B59 B60 B61 B62 B63
}

/// Polls a branch.
#[inline]
pub fn poll<F: Future>(future: &mut Pin<&mut F>, cx: &mut Context<'_>) -> Poll<F::Output> {
    future.as_mut().poll(cx)
}

/// Pending when the task's budget is spent: those that take from it would say the same, and
/// the others would go before them each time.
#[inline]
pub fn poll_budget(cx: &mut Context<'_>) -> Poll<()> {
    budget::poll_left(cx)
}

/// In place of an `else` that is not there.
///
/// # Panics
///
/// Always.
#[cold]
#[track_caller]
pub fn none_left() -> ! {
    panic!(
        "no branch of `select!` is left: each was closed by its `if`, or had an output that its \
         pattern does not match; add `else => ...`"
    )
}

/// Which branch a poll begins with: the first.
#[derive(Debug)]
pub struct Biased;

impl Biased {
    /// Of so many.
    #[inline]
    pub fn next(&self, _: usize) -> usize {
        0
    }
}

/// Which branch a poll begins with: one that is drawn.
#[derive(Debug)]
pub struct Drawn;

impl Drawn {
    /// Of so many.
    #[inline]
    pub fn next(&self, count: usize) -> usize {
        thread_local! {
            /// Outside a runtime, where another executor polls.
            static OUTSIDE: Draws = const { Draws::even() };
        }
        try_with(|core| core.draws.below(count))
            .unwrap_or_else(|| OUTSIDE.with(|draws| draws.below(count)))
    }
}
