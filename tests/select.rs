//! The first of several futures, and what is done with its output: `select!`.

#![deny(warnings)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::future::{Future, IntoFuture, pending, poll_fn, ready};
use std::panic::Location;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use buzzer::runtime::{Builder, Runtime};
use buzzer::select;
use buzzer::sync::mpsc;
use buzzer::task::yield_now;
use buzzer::time::{Duration, sleep};

mod support {
    pub mod caught;
    pub mod log;
    pub mod on_drop;
    pub mod paused;
}
use support::caught::panic_of;
use support::log::Log;
use support::on_drop::OnDrop;
use support::paused::paused;

/// Counts what a thread allocates, while it is asked to.
struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: all is handed on to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let _ = ALLOCATIONS.try_with(|count| count.set(count.get() + 1));
        // SAFETY: as the caller promises.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// A future that notes when it is made, polled and dropped; ready if it has an output.
fn noted(log: &Log, name: &'static str, output: Option<u8>) -> impl Future<Output = u8> {
    log.note(format!("{name} made"));
    let (polled, dropped) = (log.clone(), log.clone());
    let gone = OnDrop(move || dropped.note(format!("{name} dropped")));
    poll_fn(move |_| {
        let _alive = &gone;
        polled.note(format!("{name} polled"));
        output.map_or(Poll::Pending, Poll::Ready)
    })
}

#[test]
fn the_first_output_is_handled_and_the_others_are_dropped_before() {
    let log = Log::default();
    let value = buzzer::block_on(async {
        select! {
            biased;
            _ = noted(&log, "a", None) => unreachable!("it never ends"),
            value = noted(&log, "b", Some(7)) => { log.note("handled"); value * 2 }
            _ = noted(&log, "c", Some(1)) => unreachable!("it comes after another"),
            else => unreachable!("there was a branch left"),
        }
    });
    assert_eq!(value, 14);
    let steps = [
        "a made",
        "b made",
        "c made",
        "a polled",
        "b polled",
        "a dropped",
        "b dropped",
        "c dropped",
        "handled",
    ];
    assert_eq!(log.take(), steps);
}

#[test]
fn a_select_that_is_dropped_drops_its_futures_in_the_order_written() {
    let log = Log::default();
    {
        let mut future = pin!(async {
            select! {
                biased;
                _ = noted(&log, "a", None) => {},
                _ = noted(&log, "b", None) => {},
            }
        });
        let mut cx = Context::from_waker(Waker::noop());
        assert!(future.as_mut().poll(&mut cx).is_pending());
        log.take();
    }
    assert_eq!(log.take(), ["a dropped", "b dropped"]);
}

#[test]
fn conditions_come_first_and_a_branch_that_is_closed_is_made_but_not_polled() {
    let log = Log::default();
    let asked = |name: &str, answer| {
        log.note(format!("{name} asked"));
        answer
    };
    buzzer::block_on(async {
        select! {
            biased;
            _ = noted(&log, "a", Some(1)), if asked("a", false) => unreachable!("it is closed"),
            _ = noted(&log, "b", Some(2)), if asked("b", true) || asked("not", true) => {}
        }
    });
    let steps = [
        "a asked",
        "b asked",
        "a made",
        "b made",
        "b polled",
        "a dropped",
        "b dropped",
    ];
    assert_eq!(log.take(), steps);
}

#[test]
fn an_output_that_does_not_match_closes_its_branch_and_the_others_go_on() {
    let log = Log::default();
    let served = paused().block_on(async {
        select! {
            biased;
            9 = noted(&log, "a", Some(1)) => 0,
            cup = async { sleep(Duration::from_secs(1)).await; 5 } => cup,
        }
    });
    assert_eq!(served, 5);
    // Once, although the select was polled twice; and it is dropped with the others.
    assert_eq!(log.take(), ["a made", "a polled", "a dropped"]);
}

#[test]
fn outputs_that_do_not_match_are_dropped_where_they_come_up() {
    let log = Log::default();
    buzzer::block_on(async {
        let late = log.clone();
        select! {
            biased;
            None = async { Some(OnDrop(|| log.note("output dropped"))) } => {},
            _ = async { late.note("second polled") } => log.note("handled"),
        }
    });
    assert_eq!(log.take(), ["output dropped", "second polled", "handled"]);
}

#[test]
fn patterns_of_every_kind_bind_as_in_a_match() {
    #[derive(Debug, PartialEq)]
    enum Order {
        Cup { size: u8, name: String },
        Can(Vec<u8>),
    }
    let cup = || Order::Cup {
        size: 3,
        name: "mocha".to_owned(),
    };
    buzzer::block_on(async {
        // Moved out, changed, by reference, or, with a name for the whole.
        let name = select! { Order::Cup { name, .. } = ready(cup()) => name, else => panic!() };
        assert_eq!(name, "mocha");
        let can = select! {
            Order::Can(mut beans) = ready(Order::Can(vec![1])) => { beans.push(2); beans }
            else => panic!(),
        };
        assert_eq!(can, [1, 2]);
        let longer = select! {
            Order::Cup { ref mut size, ref name } = ready(cup()) => {
                *size += 1;
                usize::from(*size) + name.len()
            }
            else => panic!(),
        };
        assert_eq!(longer, 9);
        let either = select! { Ok(n) | Err(n) = ready(Err::<u8, _>(4)) => n };
        assert_eq!(either, 4);
        let whole = select! { whole @ (1..=5, _) = ready((4, "latte")) => whole, else => (0, "") };
        assert_eq!(whole, (4, "latte"));
        let behind = select! { &size = ready(&4_u8) => size };
        assert_eq!(behind, 4);
        let [first, .., last] = select! { parts = ready([1, 2, 3]) => parts };
        assert_eq!((first, last), (1, 3));
        const FULL: u8 = 8;
        let full = select! { FULL = ready(8) => true, else => false };
        assert!(full);
    });
}

#[test]
fn handlers_leave_loops_and_functions_and_await() {
    async fn first_number(texts: &[&str]) -> Result<Option<u8>, std::num::ParseIntError> {
        for text in texts {
            'word: {
                let number: u8 = select! {
                    "skip" = ready(*text) => break 'word,
                    "none" = ready(*text) => return Ok(None),
                    text = ready(*text), if !["skip", "none"].contains(text) => {
                        yield_now().await;
                        text.parse()?
                    }
                };
                return Ok(Some(number));
            }
        }
        let rounds = Cell::new(0);
        Ok(loop {
            rounds.set(rounds.get() + 1);
            select! {
                _ = yield_now(), if rounds.get() < 3 => continue,
                rounds = ready(rounds.get()), if rounds.get() == 3 => break Some(rounds),
            }
        })
    }
    buzzer::block_on(async {
        assert_eq!(first_number(&["skip", "7"]).await, Ok(Some(7)));
        assert_eq!(first_number(&["skip", "none", "7"]).await, Ok(None));
        assert!(first_number(&["seven"]).await.is_err());
        assert_eq!(first_number(&["skip"]).await, Ok(Some(3)));
    });
}

#[test]
fn handlers_may_change_what_the_futures_borrowed() {
    async fn push(queue: &mut Vec<u8>) -> usize {
        queue.push(1);
        queue.len()
    }
    let queue = buzzer::block_on(async {
        let mut queue = Vec::new();
        let mut other = Vec::new();
        while queue.len() < 4 {
            select! {
                biased;
                length = push(&mut queue) => queue.push(length as u8 * 10),
                _ = push(&mut other) => queue.clear(),
            }
        }
        queue
    });
    assert_eq!(queue, [1, 10, 1, 30]);
}

#[test]
fn a_value_without_a_name_lives_as_long_as_the_select() {
    let cup = buzzer::block_on(async {
        select! {
            cup = &mut Box::pin(async { yield_now().await; 7 }) => cup,
            _ = pending::<()>() => 0,
        }
    });
    assert_eq!(cup, 7);
}

#[test]
fn a_future_behind_a_reference_goes_on_in_the_next_select() {
    let log = Log::default();
    paused().block_on(async {
        let mut closing = pin!(sleep(Duration::from_millis(25)));
        loop {
            select! {
                _ = &mut closing => break log.note("closed"),
                _ = sleep(Duration::from_millis(10)) => log.note("served"),
            }
        }
    });
    assert_eq!(log.take(), ["served", "served", "closed"]);
}

#[test]
fn what_becomes_a_future_is_taken_too() {
    struct Cup(u8);
    impl IntoFuture for Cup {
        type Output = u8;
        type IntoFuture = std::future::Ready<u8>;
        fn into_future(self) -> Self::IntoFuture {
            ready(self.0)
        }
    }
    assert_eq!(
        buzzer::block_on(async {
            select! { size = Cup(3) => size }
        }),
        3
    );
}

#[test]
fn a_future_that_never_has_an_output_may_stand_in_a_branch() {
    let ended = buzzer::block_on(async {
        select! {
            never = pending::<std::convert::Infallible>() => match never {},
            cup = ready("latte") => cup,
        }
    });
    assert_eq!(ended, "latte");
}

#[test]
fn else_is_done_when_every_branch_is_closed() {
    let closed = |is_open| {
        buzzer::block_on(async move {
            select! {
                Some(cup) = ready(None::<u8>) => cup,
                _ = pending::<()>(), if is_open => 1,
                else => 2,
            }
        })
    };
    assert_eq!(closed(false), 2);
    let alone = buzzer::block_on(async {
        select! { else => 3 }
    });
    assert_eq!(alone, 3);
    let biased = buzzer::block_on(async {
        select! { biased; else => 4, }
    });
    assert_eq!(biased, 4);
}

#[test]
fn without_else_it_panics_and_says_what_to_add() {
    let said = panic_of(|| {
        buzzer::block_on(async {
            select! { Some(_) = ready(None::<u8>) => {}, _ = ready(1), if false => {} }
        })
    });
    assert_eq!(
        said,
        "no branch of `select!` is left: each was closed by its `if`, or had an output that its \
         pattern does not match; add `else => ...`"
    );
}

#[test]
fn the_panic_names_the_line_of_the_select() {
    thread_local! {
        static AT: Cell<u32> = const { Cell::new(0) };
    }
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        AT.set(info.location().map_or(0, Location::line));
        before(info);
    }));
    let here = Cell::new(0);
    panic_of(|| {
        buzzer::block_on(async {
            here.set(line!());
            select! { _ = ready(1), if false => {} }
        })
    });
    assert_eq!(AT.get(), here.get() + 1);
}

#[test]
fn branches_that_are_always_ready_all_get_their_turn() {
    let mut served = [0_u32; 4];
    buzzer::block_on(async {
        for _ in 0..4_000 {
            select! {
                _ = ready(()) => served[0] += 1,
                _ = ready(()) => served[1] += 1,
                _ = ready(()) => served[2] += 1,
                _ = ready(()) => served[3] += 1,
            }
        }
    });
    // Without a seed they come up equally often.
    let is_even = served.iter().all(|times| (950..=1_050).contains(times));
    assert!(is_even, "{served:?}");
}

#[test]
fn biased_always_begins_with_the_first() {
    let served = buzzer::block_on(async {
        let mut served = 0;
        for _ in 0..100 {
            select! {
                biased;
                _ = ready(()) => served += 1,
                _ = ready(()) => unreachable!("the first is ready"),
            }
        }
        served
    });
    assert_eq!(served, 100);
}

/// Which of three that are all ready came first, ten times.
fn draws(runtime: &Runtime) -> Vec<u8> {
    runtime.block_on(async {
        let mut first = Vec::new();
        for _ in 0..10 {
            first.push(select! { n = ready(0) => n, n = ready(1) => n, n = ready(2) => n });
        }
        first
    })
}

#[test]
fn what_is_drawn_is_the_same_in_each_run_and_another_for_each_seed() {
    let usual = || draws(&Runtime::new().unwrap());
    let seeded = |seed| {
        draws(
            &Builder::new_current_thread()
                .rng_seed(seed)
                .build()
                .unwrap(),
        )
    };
    assert_eq!(usual(), usual());
    assert_eq!(seeded(7), seeded(7));
    let all: BTreeSet<_> = (0..20).map(seeded).chain([usual()]).collect();
    assert_eq!(all.len(), 21);
    // A runtime goes on where it was; another has draws of its own meanwhile.
    let runtime = Runtime::new().unwrap();
    let first = draws(&runtime);
    assert_eq!(first, usual());
    assert_ne!(first, draws(&runtime));
}

#[test]
fn exploring_tries_the_branches_in_both_orders() {
    let outcomes = RefCell::new(BTreeSet::new());
    buzzer::testing::explore(0..20, || async {
        let first = select! { n = ready(0) => n, n = ready(1) => n };
        let second = select! { n = ready(0) => n, n = ready(1) => n };
        outcomes.borrow_mut().insert((first, second));
    });
    assert_eq!(outcomes.take().len(), 4);
}

#[test]
fn exploring_all_orders_counts_tasks_and_not_branches() {
    let orders = buzzer::testing::explore_all(|| async {
        select! { _ = ready(0) => {}, _ = ready(1) => {} }
    });
    assert_eq!(orders, 1);
}

#[test]
fn a_loop_over_a_full_channel_lets_others_run() {
    let runtime = Runtime::new().unwrap();
    let taken_first = runtime.block_on(async {
        let (sender, mut receiver) = mpsc::unbounded_channel();
        (0..1_000).for_each(|n| sender.send(n).unwrap());
        let taken = Rc::new(Cell::new(0));
        let seen = taken.clone();
        let other = buzzer::spawn(async move { seen.get() });
        while taken.get() < 1_000 {
            select! {
                Some(_) = receiver.recv() => taken.set(taken.get() + 1),
                _ = pending::<()>() => {}
            }
        }
        other.await.unwrap()
    });
    assert_eq!(taken_first, 128);
}

#[test]
fn with_the_budget_spent_no_branch_is_polled() {
    // What takes nothing of the budget would otherwise go before what does, each time.
    let polls = buzzer::block_on(async {
        let (sender, mut receiver) = mpsc::unbounded_channel();
        (0..128).for_each(|n| sender.send(n).unwrap());
        while receiver.try_recv().is_ok() {
            buzzer::task::consume_budget().await;
        }
        let mut polls = 0;
        poll_fn(|cx| {
            polls += 1;
            assert_eq!(buzzer::task::coop::has_budget_remaining(), polls > 1);
            let select = pin!(async {
                select! { n = ready(1) => n }
            });
            select.poll(cx)
        })
        .await;
        polls
    });
    assert_eq!(polls, 2);
}

#[test]
fn it_allocates_nothing() {
    buzzer::block_on(async {
        let before = ALLOCATIONS.get();
        for n in 0..10 {
            let value = select! {
                value = async { yield_now().await; n } => value,
                _ = pending::<()>() => 0,
                else => 0,
            };
            assert_eq!(value, n);
        }
        assert_eq!(ALLOCATIONS.get(), before);
    });
}

#[test]
fn another_executor_may_poll_it() {
    let mut served = [0, 0];
    futures::executor::block_on(async {
        for _ in 0..100 {
            select! {
                _ = async {} => served[0] += 1,
                _ = async {} => served[1] += 1,
            }
        }
    });
    assert!(served.iter().all(|&times| times > 20), "{served:?}");
}

#[test]
fn it_can_be_sent_if_its_futures_can() {
    fn is_send<F: Future + Send>(future: F) -> F {
        future
    }
    // The output can't be, and is not kept over an await.
    let future = is_send(async {
        select! {
            _ = async { Rc::new(1) } => 1,
            _ = async { yield_now().await; 2 } => 2,
        }
    });
    assert!((1..=2).contains(&buzzer::block_on(future)));
}

#[test]
fn a_select_stands_in_a_select() {
    let value = buzzer::block_on(async {
        select! {
            n = async { select! { n = ready(1) => n + 1, _ = pending::<()>() => 0 } } => {
                select! { biased; m = ready(n) => m * 10, else => 0 }
            }
            _ = pending::<()>() => 0,
        }
    });
    assert_eq!(value, 20);
}

#[test]
fn commas_may_stand_where_they_may_behind_the_arms_of_a_match() {
    buzzer::block_on(async {
        let value = select! {
            n = pending() => { n }
            n = pending(), if true => { n }
            n = pending() => { n },
            n = pending(), if true => n,
            n = ready(1) => n
        };
        assert_eq!(value, 1);
        select! { _ = ready(1) => {} else => {} }
        select! { _ = ready(1), if true => {}, else => (), }
    });
}

#[test]
fn sixty_four_branches_are_not_too_many() {
    let mut seen = BTreeSet::new();
    buzzer::block_on(async {
        for wanted in 0..64 {
            let on = |n| async move { if n == wanted { n } else { pending().await } };
            seen.insert(select! {
                n = on(0) => n, n = on(1) => n, n = on(2) => n, n = on(3) => n,
                n = on(4) => n, n = on(5) => n, n = on(6) => n, n = on(7) => n,
                n = on(8) => n, n = on(9) => n, n = on(10) => n, n = on(11) => n,
                n = on(12) => n, n = on(13) => n, n = on(14) => n, n = on(15) => n,
                n = on(16) => n, n = on(17) => n, n = on(18) => n, n = on(19) => n,
                n = on(20) => n, n = on(21) => n, n = on(22) => n, n = on(23) => n,
                n = on(24) => n, n = on(25) => n, n = on(26) => n, n = on(27) => n,
                n = on(28) => n, n = on(29) => n, n = on(30) => n, n = on(31) => n,
                n = on(32) => n, n = on(33) => n, n = on(34) => n, n = on(35) => n,
                n = on(36) => n, n = on(37) => n, n = on(38) => n, n = on(39) => n,
                n = on(40) => n, n = on(41) => n, n = on(42) => n, n = on(43) => n,
                n = on(44) => n, n = on(45) => n, n = on(46) => n, n = on(47) => n,
                n = on(48) => n, n = on(49) => n, n = on(50) => n, n = on(51) => n,
                n = on(52) => n, n = on(53) => n, n = on(54) => n, n = on(55) => n,
                n = on(56) => n, n = on(57) => n, n = on(58) => n, n = on(59) => n,
                n = on(60) => n, n = on(61) => n, n = on(62) => n, n = on(63) => n,
            });
        }
    });
    assert_eq!(seen, (0..64).collect());
}

#[test]
fn one_that_is_boxed_and_one_that_is_not_are_of_different_types() {
    type Boxed = Pin<Box<dyn Future<Output = &'static str>>>;
    let boxed: Boxed = Box::pin(async { "boxed" });
    let first = buzzer::block_on(async {
        select! {
            biased;
            text = boxed => text.len(),
            number = async { 1_u8 } => usize::from(number),
        }
    });
    assert_eq!(first, 5);
}
