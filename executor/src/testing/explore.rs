//! Many orders of one scenario: some by seed, or all.
//!
//! Owns [`explore`] and [`explore_all`], and the search through the choices.

use std::panic::Location;
use std::rc::Rc;

use super::run::{DEPENDS, Failure, attempt};
use crate::machine::scheduler::queue::{Order, Script};
use crate::trace::environment::{SCHEDULE, SEED, order_to_repeat, seed_to_repeat};

/// Schedules that [`explore_all`] runs at most: some seconds of small scenarios.
const SCHEDULES: u64 = 100_000;

/// Choices of one order at most. Without this bound, tasks that yield until something
/// has happened would be run in ever longer orders.
const CHOICES: usize = 1_000;

/// Runs `scenario` once for each seed, with the run queue's order shuffled by it.
///
/// A seed that fails is run again, to see that it fails the same way (so what panics in it
/// is printed twice), and told with its story. Its last line is the variable:
/// `BUZZER_SEED=17 cargo test the_test` then runs that seed alone.
///
/// # Panics
///
/// At the first seed with which the scenario panics, has a task whose panic nobody was
/// told of, comes to a deadlock (see the [module's docs](super)), or has not ended after
/// 1,000,000 polls: then some task yields for ever. And when such a seed gives another
/// story the second time: then the scenario depends on more than the order, such as real
/// time, threads, or the order of a hash map.
///
/// # Examples
///
/// Two tasks that look, wait and act. In the usual order all is well:
///
/// ```should_panic
/// use std::cell::Cell;
/// use std::rc::Rc;
/// use buzzer::task::yield_now;
///
/// buzzer::testing::explore(0..100, || async {
///     let seats = Rc::new(Cell::new(1));
///     let sit = |seats: Rc<Cell<i32>>, steps: u32| async move {
///         for _ in 0..steps {
///             yield_now().await;
///         }
///         if seats.get() > 0 {
///             yield_now().await;
///             seats.set(seats.get() - 1);
///         }
///     };
///     let first = buzzer::spawn(sit(seats.clone(), 0));
///     let second = buzzer::spawn(sit(seats.clone(), 2));
///     buzzer::try_gather!(first, second).await.unwrap();
///     // Panics with some seed, and says with which.
///     assert_eq!(seats.get(), 0);
/// });
/// ```
#[track_caller]
pub fn explore<F: Future>(seeds: impl IntoIterator<Item = u64>, mut scenario: impl FnMut() -> F) {
    let called_at = Location::caller();
    let mut run = |seed| attempt(called_at, Order::explored(seed), &mut scenario).err();
    let alone = seed_to_repeat();
    let all = alone.is_none().then_some(seeds);
    for seed in alone.into_iter().chain(all.into_iter().flatten()) {
        if let Some(failure) = run(seed) {
            let (name, repeat) = (format!("seed {seed}"), format!("{SEED}={seed}"));
            panic!("{}", told(&name, &repeat, &failure, run(seed)));
        }
    }
}

/// What there is to say of a run that has failed and was repeated. The variable is there
/// once more at the end, which is what a reader of a long report sees first.
fn told(name: &str, repeat: &str, failure: &Failure, again: Option<Failure>) -> String {
    match again {
        Some(again) if again == *failure => {
            format!(
                "{name} fails ({repeat} repeats it): {failure}\n\nTo repeat this order (which has \
                 run twice by now, and so panicked twice): {repeat}"
            )
        }
        Some(again) => format!(
            "{name} fails, but not twice the same: {DEPENDS}. First: {failure}\n\nThen: {again}"
        ),
        None => format!("{name} fails, but not twice: {DEPENDS}. It failed so: {failure}"),
    }
}

/// Runs `scenario` in every order that the run queue can have, and gives their number.
///
/// Depth first: the first is first in, first out; the next differs from it in the last
/// choice that there was, and so on. Every order is run, also those that differ only by
/// tasks that have nothing to do with each other, so the number grows fast: `n` tasks of
/// `k` polls each, all queued at once, have `(n k)! / (k!)ⁿ` orders.
///
/// An order that fails is told with its choices and its story.
/// `BUZZER_SCHEDULE=0,2,1 cargo test the_test` then runs that one alone, and gives 1.
///
/// # Panics
///
/// As [`explore`]; when there are more than 100,000 orders
/// ([`explore_all_within`] has another limit); and when one has more than 1,000 choices:
/// tasks that yield until something has happened can do so for ever.
///
/// # Examples
///
/// ```
/// let orders = buzzer::testing::explore_all(|| async {
///     let tasks: Vec<_> = (0..3).map(|_| buzzer::spawn(async {})).collect();
///     for task in tasks {
///         task.await.unwrap();
///     }
/// });
/// assert!(orders >= 6);
/// ```
#[track_caller]
pub fn explore_all<F: Future>(scenario: impl FnMut() -> F) -> u64 {
    explore_all_within(SCHEDULES, scenario)
}

/// As [`explore_all`], for at most `limit` orders.
///
/// # Panics
///
/// As [`explore_all`]. At the limit, too: what was not explored must not pass for
/// explored.
#[track_caller]
pub fn explore_all_within<F: Future>(limit: u64, mut scenario: impl FnMut() -> F) -> u64 {
    let called_at = Location::caller();
    let mut run = |choices: &[usize]| {
        let script = Rc::new(Script::new(choices.to_vec()));
        let failure = attempt(called_at, Order::scripted(script.clone()), &mut scenario).err();
        (script.met(), failure)
    };
    let alone = order_to_repeat();
    let mut choices = alone.clone().unwrap_or_default();
    let mut before: Vec<usize> = Vec::new();
    let mut schedules = 0;
    loop {
        assert!(
            schedules < limit,
            "there are more than {limit} orders: make the scenario smaller, explore some \
             orders by seed with `explore`, or allow more with `explore_all_within`"
        );
        let (met, failure) = run(&choices);
        schedules += 1;
        if let Some(failure) = failure {
            let order = print_choices(&choices);
            let (name, repeat) = (format!("the order {order}"), format!("{SCHEDULE}={order}"));
            panic!("{}", told(&name, &repeat, &failure, run(&choices).1));
        }
        if alone.is_some() {
            check_fits(&choices, &met);
            return schedules;
        }
        // Up to the choice that was changed, the run must have been the one before.
        let same = choices.len();
        assert!(
            met.get(..same) == before.get(..same),
            "the scenario ran otherwise with the same choices: {DEPENDS}"
        );
        assert!(
            met.len() <= CHOICES,
            "an order has more than {CHOICES} choices: a task that yields until something \
             has happened can be chosen again and again, and has no last order"
        );
        choices.resize(met.len(), 0);
        // The last choice that has another left.
        while let Some(last) = choices.pop() {
            if last + 1 < met[choices.len()] {
                choices.push(last + 1);
                break;
            }
        }
        if choices.is_empty() {
            return schedules;
        }
        before = met;
    }
}

/// What [`order_to_repeat`] reads. The first order has no choices of its own: any zero
/// stands for it.
fn print_choices(choices: &[usize]) -> String {
    let choices: Vec<_> = choices.iter().map(usize::to_string).collect();
    match choices.is_empty() {
        true => "0".to_owned(),
        false => choices.join(","),
    }
}

/// An order that was printed for another version of the scenario tells nothing.
#[track_caller]
fn check_fits(choices: &[usize], met: &[usize]) {
    for (at, &choice) in choices.iter().enumerate() {
        // Where there is nothing to choose from, the first is chosen.
        let of = met.get(at).copied().unwrap_or(1);
        assert!(
            choice < of,
            "{SCHEDULE}={}: no order of this scenario: its choice {} is {choice}, of {of} \
             (counted from 0)",
            print_choices(choices),
            at + 1
        );
    }
}
