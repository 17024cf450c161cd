//! Several futures at once by tokio's names, each where it stands.
//!
//! Owns [`join!`](crate::join!), [`try_join!`](crate::try_join!) and
//! [`pin!`](crate::pin!). They take futures of any number without an allocation, and poll
//! all that have not ended at each wake; `gather` polls the one that was woken.
//!
//! A macro gives each future a name by calling itself with one less: the names are told
//! apart by the call that made them. All are made in the order written; then the last is
//! pinned first, so that they are dropped in the order written too.

/// Awaits all futures at once, and gives a tuple of their outputs, in the order of the
/// futures. It is its own `await`, so it can be used only in an `async` block or function.
///
/// They run within the task that this stands in, and may borrow from it. Each poll begins
/// with another of them, so that none takes the whole budget each time; with `biased;`
/// before the futures all begin with the first. Where they are many,
/// [`gather`](crate::gather()) polls only those that were woken.
///
/// # Cancel safety
///
/// Dropping it drops the futures that have not ended, and the outputs of those that have.
///
/// # Examples
///
/// ```
/// # buzzer::block_on(async {
/// let orders = String::from("mocha");
/// let (length, first) = buzzer::join!(async { orders.len() }, async { orders.chars().next() });
/// assert_eq!((length, first), (5, Some('m')));
/// # });
/// ```
#[macro_export]
macro_rules! join {
    (@name [$turns:expr] [$($name:ident $output:ident)*] [$($last:ident $of_last:ident)*]) => {{
        $(
            let mut $of_last = ::std::option::Option::None;
            let mut $last = ::std::pin::pin!($last);
        )*
        let mut turns = $turns;
        $crate::branches::poll_fn(|cx| {
            let mut all_ended = true;
            // The second round has those that the first passed over.
            let begins = turns.next(<[&str]>::len(&[$(stringify!($name)),*]));
            for is_first_round in [true, false] {
                let mut position = 0;
                $(
                    if (position >= begins) == is_first_round {
                        all_ended &= $crate::branches::poll_to_end(&mut $name, &mut $output, cx);
                    }
                    position += 1;
                )*
                let _ = position;
            }
            match all_ended {
                true => $crate::branches::Poll::Ready((
                    $($crate::branches::taken(&mut $output),)*
                )),
                false => $crate::branches::Poll::Pending,
            }
        }).await
    }};
    (@name [$turns:expr] [$($names:ident)*] [$($last:ident)*] $future:expr $(, $rest:expr)*) => {{
        let future = $crate::branches::alive($future);
        $crate::join!(@name [$turns] [$($names)* future output] [future output $($last)*] $($rest),*)
    }};
    (biased; $($future:expr),* $(,)?) => {
        $crate::join!(@name [$crate::branches::Turns::biased()] [] [] $($future),*)
    };
    ($($future:expr),* $(,)?) => {
        $crate::join!(@name [$crate::branches::Turns::fair()] [] [] $($future),*)
    };
}

/// As [`join!`](crate::join!), for futures that may fail with one type of error: gives
/// `Ok` of the tuple, or the first error; the other futures are dropped then.
///
/// # Cancel safety
///
/// As [`join!`](crate::join!).
///
/// # Examples
///
/// ```
/// # buzzer::block_on(async {
/// let parsed = buzzer::try_join!(async { "7".parse::<u8>() }, async { "seven".parse::<u8>() });
/// assert!(parsed.is_err());
/// # });
/// ```
#[macro_export]
macro_rules! try_join {
    (@name [$turns:expr] [$($name:ident $output:ident)*] [$($last:ident $of_last:ident)*]) => {{
        $(
            let mut $of_last = ::std::option::Option::None;
            let mut $last = ::std::pin::pin!($last);
        )*
        let mut turns = $turns;
        $crate::branches::poll_fn(|cx| {
            let mut all_ended = true;
            let begins = turns.next(<[&str]>::len(&[$(stringify!($name)),*]));
            for is_first_round in [true, false] {
                let mut position = 0;
                $(
                    if (position >= begins) == is_first_round {
                        all_ended &= $crate::branches::poll_to_end(&mut $name, &mut $output, cx);
                        if let ::std::option::Option::Some(error) =
                            $crate::branches::failed(&mut $output)
                        {
                            return $crate::branches::Poll::Ready(
                                ::std::result::Result::Err(error),
                            );
                        }
                    }
                    position += 1;
                )*
                let _ = position;
            }
            match all_ended {
                true => $crate::branches::Poll::Ready(::std::result::Result::Ok((
                    $($crate::branches::succeeded(&mut $output),)*
                ))),
                false => $crate::branches::Poll::Pending,
            }
        }).await
    }};
    (@name [$turns:expr] [$($names:ident)*] [$($last:ident)*] $future:expr $(, $rest:expr)*) => {{
        let future = $crate::branches::alive($future);
        $crate::try_join!(@name [$turns] [$($names)* future output] [future output $($last)*] $($rest),*)
    }};
    (biased; $($future:expr),* $(,)?) => {
        $crate::try_join!(@name [$crate::branches::Turns::biased()] [] [] $($future),*)
    };
    ($($future:expr),* $(,)?) => {
        $crate::try_join!(@name [$crate::branches::Turns::fair()] [] [] $($future),*)
    };
}

/// Pins values on the stack: `pin!(a, b)` has the names stand for the pinned values from
/// there on, `pin! { let a = ...; }` makes them.
///
/// # Examples
///
/// ```
/// use buzzer::time::{Duration, sleep};
///
/// # buzzer::block_on(async {
/// let deadline = sleep(Duration::from_micros(10));
/// buzzer::pin!(deadline);
/// (&mut deadline).await;
/// buzzer::pin! {
///     let another = sleep(Duration::ZERO);
/// }
/// another.await;
/// # });
/// ```
#[macro_export]
macro_rules! pin {
    ($($name:ident),* $(,)?) => { $(
        #[allow(unused_mut)]
        let mut $name = ::std::pin::pin!($name);
    )* };
    ($(let $name:ident = $value:expr;)*) => { $(
        #[allow(unused_mut)]
        let mut $name = ::std::pin::pin!($value);
    )* };
}

use std::future::IntoFuture;
use std::pin::Pin;
use std::task::Context;

pub use std::future::poll_fn;
pub use std::task::Poll;

/// What the macros pin: it is dropped as soon as it has ended.
pub fn alive<F: IntoFuture>(future: F) -> Option<F::IntoFuture> {
    Some(future.into_future())
}

/// Polls one that has not ended. Whether it has now.
pub fn poll_to_end<F: Future>(
    future: &mut Pin<&mut Option<F>>,
    output: &mut Option<F::Output>,
    cx: &mut Context<'_>,
) -> bool {
    let Some(alive) = future.as_mut().as_pin_mut() else {
        return true;
    };
    let polled = alive.poll(cx);
    let has_ended = polled.is_ready();
    if let Poll::Ready(ended) = polled {
        *output = Some(ended);
        future.set(None);
    }
    has_ended
}

/// The output of one that has ended.
///
/// # Panics
///
/// If it was taken.
pub fn taken<T>(output: &mut Option<T>) -> T {
    output.take().expect("a join! is its own await")
}

/// The error of one that has ended, if it gave one.
pub fn failed<T, E>(output: &mut Option<Result<T, E>>) -> Option<E> {
    let error = output.take_if(|output| output.is_err())?;
    error.err()
}

/// The output of one that has ended, and not failed.
///
/// # Panics
///
/// If it has failed.
pub fn succeeded<T, E>(output: &mut Option<Result<T, E>>) -> T {
    let output = taken(output).ok();
    output.expect("an error was given out before")
}

/// Which of the futures a poll begins with.
#[derive(Debug)]
pub struct Turns {
    next: usize,
    step: usize,
}

impl Turns {
    /// The next in each poll.
    pub fn fair() -> Self {
        Self { next: 0, step: 1 }
    }

    /// The first in each poll.
    pub fn biased() -> Self {
        Self { next: 0, step: 0 }
    }

    /// Of so many.
    #[inline]
    pub fn next(&mut self, count: usize) -> usize {
        let next = self.next;
        self.next = (next + self.step) % count.max(1);
        next
    }
}
