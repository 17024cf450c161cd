//! How far a runtime's table has grown: a waker is a number, and its low bits are
//! the index of a slot. Free slots are used again, so after much coming and
//! going the indexes stay small unless something keeps its slot.

use std::future::poll_fn;
use std::task::Poll;

/// Bits of the index; machine/scheduler/number.rs draws them.
const INDEX: usize = (1 << 26) - 1;

/// The highest slot of a few tasks spawned now.
pub async fn highest_slot() -> usize {
    let slot_of_task = || poll_fn(|cx| Poll::Ready(cx.waker().data().addr() & INDEX));
    let mut highest = 0;
    // Each has its slot until it is awaited.
    for task in [(); 16].map(|()| buzzer::spawn(slot_of_task())) {
        highest = highest.max(task.await.unwrap());
    }
    highest
}
