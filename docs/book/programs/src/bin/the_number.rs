//! What is in a waker: read back, copied, woken from elsewhere, and woken too late.
//!
//!     cargo run -p buzzer-chapters --bin the_number

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};
use std::{io, thread};

use buzzer::runtime::Builder;
use buzzer::task::yield_now;

/// The waker of the task that calls it.
async fn my_waker() -> Waker {
    poll_fn(|cx| Poll::Ready(cx.waker().clone())).await
}

/// The word in it, taken apart as machine/scheduler/number.rs says.
fn show(whose: &str, waker: &Waker) {
    let word = waker.data().addr();
    let (slot, generation, runtime) = (word % (1 << 26), word >> 26 & 0xff_ffff, word >> 50);
    println!("{whose}: runtime {runtime}, slot {slot}, generation {generation}");
}

/// Where a task waits until it is told.
#[derive(Default)]
struct Seat {
    polls: Cell<u32>,
    is_told: Cell<bool>,
    waker: RefCell<Option<Waker>>,
}

async fn wait(seat: Rc<Seat>) {
    poll_fn(|cx| {
        seat.polls.set(seat.polls.get() + 1);
        seat.waker.replace(Some(cx.waker().clone()));
        match seat.is_told.get() {
            true => Poll::Ready(()),
            false => Poll::Pending,
        }
    })
    .await;
}

fn main() -> io::Result<()> {
    let runtime = Builder::new_current_thread().build()?;
    runtime.block_on(async {
        show("block_on", &my_waker().await);

        let stale = buzzer::spawn(my_waker()).await.unwrap();
        show("the first task", &stale);

        let seat = Rc::new(Seat::default());
        let next = buzzer::spawn(wait(seat.clone()));
        yield_now().await; // It is polled, and waits.
        stale.wake_by_ref(); // Its slot has another guest by now.
        yield_now().await;
        println!("after a stale wake: {} poll", seat.polls.get());

        seat.is_told.set(true);
        let fresh = seat.waker.take().unwrap();
        thread::spawn(move || fresh.wake()).join().unwrap();
        next.await.unwrap();
        println!("after its own, from another thread: {}", seat.polls.get());

        let third = buzzer::spawn(my_waker()).await.unwrap();
        show("the third task", &third);
        let copies: Vec<Waker> = (0..1000).map(|_| third.clone()).collect();
        let same = copies.iter().all(|copy| copy.data() == third.data());
        println!("1,000 copies, one word: {same}");
        thread::spawn(move || copies.into_iter().for_each(Waker::wake))
            .join()
            .unwrap();
        yield_now().await; // The loop takes in what was sent: nobody is there for it.
    });
    println!("{} polls in all", runtime.metrics().polls());
    Ok(())
}
