//! The coffee shop: one barista and four customers, first with a queue, then
//! with buzzers. The two shops differ in one line of `barista`: whether the
//! coffee is awaited on the spot, or spawned to brew on its own.
//!
//!     cargo run --example coffee_shop
//!
//! The barista stands for the thread, an order for a task, the machine for a
//! disk or a network, and the buzzer is a `JoinHandle`. It is a simulation on
//! the paused clock: its minutes take no time, and every run is the same.
//!
//! Next: blocking_the_loop, where one async task forgets what it learned here.

mod common;

use std::cell::{Cell, RefCell};
use std::io::{self, Write};
use std::process::ExitCode;
use std::rc::Rc;
use std::time::Duration;

use async_channel::{Receiver, Sender, bounded, unbounded};
use buzzer::runtime::Builder;
use buzzer::task::{self, JoinHandle};
use buzzer::time::{Instant, sleep};
use buzzer::{gather, race};
use common::ended;

/// Who comes in at which second, what for, and how many seconds it brews.
const CUSTOMERS: [(&str, u64, &str, u64); 4] = [
    ("Ada", 0, "filter coffee", 180),
    ("Grace", 5, "latte", 120),
    ("Edsger", 10, "espresso", 45),
    ("Barbara", 15, "cappuccino", 90),
];
const TAKING_AN_ORDER: Duration = Duration::from_secs(20);
const READING_A_PAGE: Duration = Duration::from_secs(35);

#[derive(Clone, Copy)]
enum Rule {
    /// The next one is served when the one before holds a cup.
    Queue,
    /// Who has ordered gets a buzzer and sits down.
    Buzzers,
}

struct Order {
    customer: &'static str,
    drink: &'static str,
    brewing: Duration,
    counter: Sender<Handed>,
}

/// What the barista hands over the counter.
enum Handed {
    Cup,
    Buzzer(JoinHandle<()>),
}

struct Shop {
    rule: Rule,
    opened: Instant,
    play: RefCell<Vec<String>>,
    waits: RefCell<Vec<Duration>>,
    /// How long the barista stood before a machine that needs nobody.
    idle: Cell<Duration>,
    pages: Cell<u32>,
    closed: Cell<Duration>,
}

impl Shop {
    /// Serves one order after the other, for as long as customers come.
    async fn barista(self: Rc<Self>, till: Receiver<Order>) {
        while let Ok(order) = till.recv().await {
            let (counter, customer) = (order.counter.clone(), order.customer);
            let cup = format!("{} for {customer}", order.drink);
            self.note("barista", &format!("takes {customer}'s order"));
            sleep(TAKING_AN_ORDER).await;
            let coffee = Rc::clone(&self).brew(order);
            let handed = match self.rule {
                Rule::Queue => {
                    let since = Instant::now();
                    coffee.await; // Stands and watches; nobody else is served.
                    self.idle.set(self.idle.get() + since.elapsed());
                    Handed::Cup
                }
                Rule::Buzzers => Handed::Buzzer(spawn(&cup, coffee)), // Next, please!
            };
            // Fails if the customer has left; then the coffee is thrown away.
            let _ = counter.send(handed).await;
        }
    }

    /// The machine. It takes its time, but nobody's hands.
    async fn brew(self: Rc<Self>, order: Order) {
        sleep(order.brewing).await;
        let (customer, drink) = (order.customer, order.drink);
        self.note("machine", &format!("{customer}'s {drink} is ready"));
    }

    async fn customer(self: Rc<Self>, index: usize, till: Sender<Order>) {
        let (customer, arrival, drink, brewing) = CUSTOMERS[index];
        sleep(Duration::from_secs(arrival)).await;
        self.note(customer, "joins the queue");
        let since = Instant::now();

        let (counter, handed) = bounded(1);
        let brewing = Duration::from_secs(brewing);
        let order = Order {
            customer,
            drink,
            brewing,
            counter,
        };
        till.send(order).await.expect("the till is open");
        if let Handed::Buzzer(buzzer) = handed.recv().await.expect("all are served") {
            self.note(customer, "gets a buzzer, sits down with the paper");
            let read = Cell::new(0);
            race!(async { drop(buzzer.await) }, read_the_paper(&read)).await;
            let pages = read.get();
            self.pages.set(self.pages.get() + pages);
            self.note(customer, &format!("BZZZ! puts it away after page {pages}"));
        }
        self.note(customer, &format!("leaves with the {drink}"));
        self.waits.borrow_mut().push(since.elapsed());
    }

    fn totals(&self) -> [(&'static str, String); 5] {
        let waits = self.waits.borrow();
        let mean = waits.iter().sum::<Duration>() / waits.len() as u32;
        let longest = waits.iter().max().copied().unwrap_or_default();
        [
            ("all served after", minutes(self.closed.get())),
            ("the longest wait for a coffee", minutes(longest)),
            ("the mean wait", minutes(mean)),
            (
                "the barista stood watching the machine",
                minutes(self.idle.get()),
            ),
            (
                "pages of the paper read meanwhile",
                self.pages.get().to_string(),
            ),
        ]
    }

    fn note(&self, who: &str, what: &str) {
        let time = minutes(self.opened.elapsed());
        let line = format!("{time:>6}   {who:<8} {what}");
        self.play.borrow_mut().push(line);
    }
}

async fn read_the_paper(pages: &Cell<u32>) {
    loop {
        sleep(READING_A_PAGE).await;
        pages.set(pages.get() + 1);
    }
}

/// One morning on a clock of its own, from the first customer to the last.
fn open(rule: Rule) -> io::Result<Rc<Shop>> {
    let runtime = Builder::new_current_thread().start_paused(true).build()?;
    let shop = runtime.block_on(async {
        let shop = Rc::new(Shop {
            rule,
            opened: Instant::now(),
            play: RefCell::default(),
            waits: RefCell::default(),
            idle: Cell::default(),
            pages: Cell::default(),
            closed: Cell::default(),
        });
        let (till, orders) = unbounded();
        let barista = spawn("barista", Rc::clone(&shop).barista(orders));
        let visits = (0..CUSTOMERS.len()).map(|i| Rc::clone(&shop).customer(i, till.clone()));
        gather(visits).await;
        drop(till); // No more customers: the barista goes home.
        barista.await.expect("the barista never panics");
        shop.closed.set(shop.opened.elapsed());
        shop
    });
    Ok(shop)
}

/// `buzzer::spawn` with a name, by which those who watch the run know the task again.
#[track_caller]
fn spawn<F: Future + 'static>(name: &str, future: F) -> JoinHandle<F::Output> {
    let named = task::Builder::new().name(name);
    named.spawn(future).expect("every task is taken")
}

fn minutes(time: Duration) -> String {
    let seconds = time.as_secs();
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

fn show(out: &mut impl Write) -> io::Result<()> {
    let queue = open(Rule::Queue)?;
    let buzzers = open(Rule::Buzzers)?;
    for (title, shop) in [
        ("WITH A QUEUE: one is served after the other", &queue),
        ("WITH BUZZERS: nobody waits at the counter", &buzzers),
    ] {
        writeln!(out, "{title}\n")?;
        for line in shop.play.borrow().iter() {
            writeln!(out, "{line}")?;
        }
        writeln!(out)?;
    }

    writeln!(out, "{:<42}{:>9}{:>9}", "", "queue", "buzzers")?;
    for ((what, queue), (_, buzzers)) in queue.totals().iter().zip(&buzzers.totals()) {
        writeln!(out, "{what:<42}{queue:>9}{buzzers:>9}")?;
    }
    writeln!(
        out,
        "\nOne barista in both. What differs is who waits for the machine."
    )
}

fn main() -> ExitCode {
    ended(show(&mut io::stdout().lock()))
}
