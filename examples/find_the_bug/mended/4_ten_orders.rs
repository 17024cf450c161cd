//! A waiter takes orders from a queue, and holds none while something else may be chosen.
//!
//!     cargo run --example 4_mended

use std::time::Duration;

use buzzer::sync::mpsc::{self, Receiver};
use buzzer::time::{interval, sleep};

const ORDERS: u32 = 10;

/// The next order. Dropped while it waits, it has taken none.
pub async fn next_order(orders: &mut Receiver<u32>) -> Option<u32> {
    orders.recv().await
}

/// That has to be looked up.
async fn price_of(order: u32) -> u32 {
    sleep(Duration::from_millis(7)).await;
    2 + order % 3
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
                    Some(order) => {
                        let price = price_of(order).await;
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
            assert_eq!(next_order(&mut orders).await, Some(1));
            assert_eq!(next_order(&mut orders).await, None);
        });
    }
}
