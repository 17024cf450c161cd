//! A till with a mistake in it, found in every order; and a queue that loses nothing.
//!
//!     cargo run -p buzzer-chapters --bin testing
//!     cargo run -p buzzer-chapters --bin testing -- mistake

use std::cell::{Cell, RefCell};
use std::env;
use std::rc::Rc;

use buzzer::task::yield_now;
use buzzer::testing::{cancel_everywhere, explore_all};

type Queue = Rc<RefCell<Vec<&'static str>>>;

/// Looks, thinks, and writes what it has thought. Two at once overwrite each other.
async fn ring_up(till: Rc<Cell<u32>>, carefully: bool) {
    if carefully {
        yield_now().await;
        till.set(till.get() + 5);
    } else {
        let seen = till.get();
        yield_now().await;
        till.set(seen + 5);
    }
}

async fn two_waiters(carefully: bool) {
    let till = Rc::new(Cell::new(0));
    let first = buzzer::spawn(ring_up(till.clone(), carefully));
    let second = buzzer::spawn(ring_up(till.clone(), carefully));
    first.await.unwrap();
    second.await.unwrap();
    assert_eq!(till.get(), 10, "a coffee was not paid for");
}

/// Takes an order off the queue only when it has been served.
async fn serve(orders: Queue, served: Queue) {
    loop {
        let next = orders.borrow().last().copied();
        let Some(order) = next else { return };
        yield_now().await; // Brews.
        orders.borrow_mut().pop();
        served.borrow_mut().push(order);
    }
}

fn main() {
    let mistake = env::args().nth(1).as_deref() == Some("mistake");
    let orders = explore_all(|| two_waiters(!mistake));
    println!("two waiters, in all {orders} orders: the till is right");

    let suspensions = cancel_everywhere(|| {
        let orders = Rc::new(RefCell::new(vec!["mocha", "latte", "espresso"]));
        let served = Queue::default();
        let future = serve(orders.clone(), served.clone());
        let check = async move {
            let left = orders.borrow().len() + served.borrow().len();
            assert_eq!(left, 3, "an order is lost");
        };
        (future, check)
    });
    println!("one waiter, dropped at each of {suspensions} suspensions: nothing is lost");
}
