//! Two customers pay, while the price goes down. The till is compared with the receipts.
//!
//!     cargo run --example 5_happy_hour
//!     cargo test --example 5_happy_hour
//!
//! Expected: they are equal. They are, here and in the test, each time.
//! Seen: in the shop, where others are about too, they differ on some evenings.

use std::cell::Cell;
use std::rc::Rc;

use buzzer::task::yield_now;

struct Shop {
    price: Cell<u32>,
    till: Cell<u32>,
    receipts: Cell<u32>,
}

async fn buy(shop: Rc<Shop>) {
    shop.receipts.set(shop.receipts.get() + shop.price.get());
    yield_now().await; // The customer looks for her purse.
    shop.till.set(shop.till.get() + shop.price.get());
}

async fn lower_the_price(shop: Rc<Shop>) {
    yield_now().await; // A look at the clock.
    shop.price.set(2);
}

pub async fn evening() {
    let (price, till, receipts) = (Cell::new(3), Cell::new(0), Cell::new(0));
    let shop = Rc::new(Shop {
        price,
        till,
        receipts,
    });
    let customers = [
        buzzer::spawn(buy(shop.clone())),
        buzzer::spawn(buy(shop.clone())),
    ];
    let happy_hour = buzzer::spawn(lower_the_price(shop.clone()));
    for task in customers.into_iter().chain([happy_hour]) {
        task.await.expect("nobody panics");
    }
    assert_eq!(
        shop.till.get(),
        shop.receipts.get(),
        "the till, and the receipts"
    );
}

fn main() {
    buzzer::block_on(evening());
    println!("the till and the receipts are equal");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_till_has_what_the_receipts_say() {
        buzzer::testing::run(evening());
    }
}
