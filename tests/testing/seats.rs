//! A planted ordering bug: two guests look for a free seat, and sit down a step later.

use std::cell::Cell;
use std::rc::Rc;

use buzzer::task::yield_now;
use buzzer::try_gather;

/// What the scenario prints each time it is made.
pub const MADE: &str = "a café is made";

/// One seat for two guests, of whom the second comes two steps later: in the usual
/// order the first then sits.
pub async fn one_seat() {
    println!("{MADE}");
    let free = Rc::new(Cell::new(1));
    let first = buzzer::spawn(sit_down(free.clone(), 0));
    let second = buzzer::spawn(sit_down(free.clone(), 2));
    try_gather!(first, second).await.unwrap();
    assert_eq!(free.get(), 0, "two guests on one seat");
}

async fn sit_down(free: Rc<Cell<i32>>, steps: u32) {
    for _ in 0..steps {
        yield_now().await;
    }
    if free.get() > 0 {
        yield_now().await;
        free.set(free.get() - 1);
    }
}

/// The same without the bug: nobody waits between the look and the seat.
pub async fn one_seat_taken_at_once() {
    println!("{MADE}");
    let free = Rc::new(Cell::new(1));
    let guest = |free: Rc<Cell<i32>>, steps: u32| async move {
        for _ in 0..steps {
            yield_now().await;
        }
        if free.get() > 0 {
            free.set(free.get() - 1);
            yield_now().await;
        }
    };
    let first = buzzer::spawn(guest(free.clone(), 0));
    let second = buzzer::spawn(guest(free.clone(), 2));
    try_gather!(first, second).await.unwrap();
    assert_eq!(free.get(), 0, "two guests on one seat");
}
