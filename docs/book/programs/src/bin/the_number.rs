//! What is in a waker: read back, copied, woken from elsewhere, and woken too late.
//!
//!     cargo run -p buzzer-chapters --bin the_number

use std::cell::Cell;
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

/// Is woken by another thread, and counts its polls.
async fn patient(polls: Rc<Cell<u32>>) {
    let mut sent = false;
    poll_fn(|cx| {
        polls.set(polls.get() + 1);
        if sent {
            return Poll::Ready(());
        }
        sent = true;
        let waker = cx.waker().clone();
        thread::spawn(move || waker.wake());
        Poll::Pending
    })
    .await;
}

fn main() -> io::Result<()> {
    let runtime = Builder::new_current_thread().build()?;
    runtime.block_on(async {
        show("block_on", &my_waker().await);

        let stale = buzzer::spawn(my_waker()).await.unwrap();
        show("the first task", &stale);

        let polls = Rc::new(Cell::new(0));
        let next = buzzer::spawn(patient(polls.clone()));
        stale.wake_by_ref(); // Its slot has another guest by now.
        next.await.unwrap();
        println!("the second task was polled {} times", polls.get());

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
