//! A cashier takes money and calls out orders, a kitchen serves what was paid.
//!
//!     cargo run --example 2_busy_hour
//!
//! Expected: six orders are served. With two customers that is what happened.
//! Seen: with six, some are served, and then nothing happens any more.

use std::rc::Rc;
use std::time::Duration;

use buzzer::sync::{self, Mutex, mpsc};
use buzzer::task::Builder;
use buzzer::time::sleep;

const CUSTOMERS: u32 = 6;

/// What is in the till, and who has paid.
#[derive(Default)]
struct Till {
    money: u32,
    paid: Vec<u32>,
}

async fn cashier(till: Rc<Mutex<Till>>, orders: mpsc::Sender<u32>) {
    for customer in 1..=CUSTOMERS {
        let mut till = till.lock().await;
        till.money += 3;
        till.paid.push(customer);
        println!("customer {customer} has paid");
        if orders.send(customer).await.is_err() {
            return;
        }
    }
}

async fn kitchen(till: Rc<Mutex<Till>>, mut orders: mpsc::Receiver<u32>) {
    while let Some(customer) = orders.recv().await {
        sleep(Duration::from_millis(20)).await;
        let till = till.lock().await;
        assert!(
            till.paid.contains(&customer),
            "nobody is served for nothing"
        );
        println!("customer {customer} is served");
    }
}

fn main() {
    buzzer::block_on(async {
        let till = Rc::new(sync::named("till", Mutex::new(Till::default())));
        let (sender, receiver) = sync::named("orders", mpsc::channel(2));
        let task = Builder::new()
            .name("cashier")
            .spawn(cashier(till.clone(), sender));
        let cashier = task.expect("a name can be given");
        let task = Builder::new()
            .name("kitchen")
            .spawn(kitchen(till.clone(), receiver));
        let kitchen = task.expect("a name can be given");
        cashier.await.expect("the cashier does not panic");
        kitchen.await.expect("the kitchen does not panic");
        println!("{} in the till", till.lock().await.money);
    });
}
