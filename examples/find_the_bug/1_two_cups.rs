//! Two customers wait at one tray, and two cups come.
//!
//!     cargo run --example 1_two_cups
//!
//! Expected: both get a cup, and the program ends.
//! Seen: one of them gets hers, and the program never ends.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};
use std::time::Duration;

use buzzer::task::Builder;
use buzzer::time::sleep;

/// Where the barista puts what is ready, for whoever comes first.
#[derive(Default)]
struct Tray {
    cups: VecDeque<&'static str>,
    waker: Option<Waker>,
}

fn put(tray: &RefCell<Tray>, cup: &'static str) {
    let mut tray = tray.borrow_mut();
    tray.cups.push_back(cup);
    let waiting = tray.waker.take();
    drop(tray);
    waiting.into_iter().for_each(Waker::wake);
}

async fn take(tray: &RefCell<Tray>) -> &'static str {
    poll_fn(|cx| {
        let mut tray = tray.borrow_mut();
        match tray.cups.pop_front() {
            Some(cup) => Poll::Ready(cup),
            None => {
                tray.waker = Some(cx.waker().clone());
                Poll::Pending
            }
        }
    })
    .await
}

fn main() {
    buzzer::block_on(async {
        let tray = Rc::new(RefCell::new(Tray::default()));
        let customers = ["Ada", "Grace"].map(|name| {
            let tray = tray.clone();
            let customer = async move { println!("{name} has {}", take(&tray).await) };
            Builder::new()
                .name(name)
                .spawn(customer)
                .expect("a name can be given")
        });
        for cup in ["an espresso", "a latte"] {
            sleep(Duration::from_millis(20)).await;
            println!("{cup} is ready");
            put(&tray, cup);
        }
        for customer in customers {
            customer.await.expect("a customer does not panic");
        }
    });
}
