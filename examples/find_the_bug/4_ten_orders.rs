//! A waiter takes orders from a queue, and looks at the clock now and then.
//!
//!     cargo run --example 4_ten_orders
//!     cargo test --example 4_ten_orders
//!
//! Expected: ten orders come in, and ten are served.
//! Seen: fewer are served. The test below passes: it shows that `next_order` gives each.

use std::time::Duration;

use buzzer::sync::mpsc::{self, Receiver};
use buzzer::time::{interval, sleep};

const ORDERS: u32 = 10;

/// The next order, with its price: that has to be looked up.
pub async fn next_order(orders: &mut Receiver<u32>) -> Option<(u32, u32)> {
    let order = orders.recv().await?;
    sleep(Duration::from_millis(7)).await;
    Some((order, 2 + order % 3))
}

fn main() {
    // In virtual time: nobody wants to wait for it, and each run is the same.
    let served = buzzer::testing::run(async {
        let (sender, mut orders) = mpsc::channel(4);
        buzzer::spawn(async move {
            for order in 1..=ORDERS {
                sleep(Duration::from_millis(5)).await;
                sender.send(order).await.expect("the waiter is there");
            }
        });
        let mut clock = interval(Duration::from_millis(20));
        let mut served = 0;
        loop {
            buzzer::select! {
                order = next_order(&mut orders) => match order {
                    Some((order, price)) => {
                        println!("order {order}: {price} euros");
                        served += 1;
                    }
                    None => break served,
                },
                _ = clock.tick() => println!("what time is it?"),
            }
        }
    });
    println!("{ORDERS} orders came in, {served} were served");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_order_is_given() {
        buzzer::testing::run(async {
            let (sender, mut orders) = mpsc::channel(4);
            sender.send(1).await.expect("there is room");
            drop(sender);
            assert_eq!(next_order(&mut orders).await, Some((1, 3)));
            assert_eq!(next_order(&mut orders).await, None);
        });
    }
}
