//! Which slot of the runtime's table is free: a waker is a number, and its low
//! bits are the slot's index. Free slots are used again, so after much coming
//! and going the index stays small unless something keeps its slot.

use std::future::poll_fn;
use std::task::Poll;

/// Bits of the index; DESIGN.md and scheduler/number.rs draw them.
const INDEX: usize = (1 << 26) - 1;

/// The slot of a task spawned now.
pub async fn next_slot() -> usize {
    let task = buzzer::spawn(poll_fn(|cx| Poll::Ready(cx.waker().data().addr() & INDEX)));
    task.await.unwrap()
}
