//! Taking part in the budget, for what is no leaf by itself.

use std::future::poll_fn;
use std::pin::pin;

use crate::machine::budget;

/// Awaits `future`, for one unit: it is polled only while there is one left.
pub(super) async fn cooperative<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    poll_fn(|cx| budget::charge(cx, |cx| future.as_mut().poll(cx))).await
}
