//! The run queue: which slot is polled next.
//!
//! Owns the order, and nothing else. Only `schedule.rs` uses it.

use std::cell::RefCell;
use std::mem;
use std::rc::Rc;

use super::random::{Draws, SplitMix};
use crate::record::PollOrder;

/// Polls of an order that is explored, at most: some seconds. A scenario that never ends
/// in one order would hang there, and nobody would learn in which.
const POLLS: u64 = 1_000_000;

/// Slot indices, first in first out, unless another order is asked for.
///
/// Two lists, one to take from and one to add to: each poll of a task takes one and most add
/// one, and a ring would ask each time where it wraps.
pub(super) struct RunQueue {
    /// Those from `taken` on are the first.
    first: Vec<u32>,
    taken: usize,
    /// Those behind them.
    later: Vec<u32>,
    order: Order,
}

/// Who is next among those that wait.
#[derive(Default)]
pub(crate) enum Order {
    /// The first in.
    #[default]
    Fifo,
    /// Anyone, but the same each time for the same seed. So many polls are left.
    Random(SplitMix, u64),
    /// Whom the script names. So many polls are left.
    Scripted(Rc<Script>, u64),
}

impl Order {
    /// Without an end.
    pub(crate) fn seeded(seed: u64) -> Self {
        Self::Random(SplitMix(seed), u64::MAX)
    }

    /// As `seeded`, of a scenario that is to end.
    pub(crate) fn explored(seed: u64) -> Self {
        Self::Random(SplitMix(seed), POLLS)
    }

    pub(crate) fn scripted(script: Rc<Script>) -> Self {
        Self::Scripted(script, POLLS)
    }

    /// What `select!` draws from. Not from the queue's own numbers, which would tie its
    /// choices to those of the tasks; and of a script the usual ones, for it lays down the
    /// order of tasks alone.
    pub(crate) fn draws(&self) -> Draws {
        match self {
            Self::Random(random, _) => Draws::seeded(!random.0),
            Self::Fifo | Self::Scripted(..) => Draws::even(),
        }
    }

    /// What there is to tell of it. A script without a choice of its own leaves the
    /// usual order.
    pub(super) fn told(&self) -> PollOrder {
        match self {
            Self::Fifo => PollOrder::FirstIn,
            Self::Random(..) => PollOrder::Seeded,
            Self::Scripted(script, _) if script.is_first_in() => PollOrder::FirstIn,
            Self::Scripted(..) => PollOrder::Scripted,
        }
    }
}

impl RunQueue {
    pub(super) fn new(order: Order) -> Self {
        Self {
            first: Vec::new(),
            taken: 0,
            later: Vec::new(),
            order,
        }
    }

    #[inline]
    pub(super) fn push(&mut self, index: usize) {
        self.later.push(index as u32);
    }

    #[inline]
    pub(super) fn pop(&mut self) -> Option<usize> {
        if !matches!(self.order, Order::Fifo) {
            return self.pop_out_of_turn().map(|index| index as usize);
        }
        if self.taken == self.first.len() {
            // One that is alone needs no second list: it need never be made.
            if self.later.len() == 1 {
                return self.later.pop().map(|index| index as usize);
            }
            self.turn_over();
        }
        let index = *self.first.get(self.taken)?;
        self.taken += 1;
        Some(index as usize)
    }

    /// All that were first are taken.
    #[inline]
    fn turn_over(&mut self) {
        self.first.clear();
        self.taken = 0;
        mem::swap(&mut self.first, &mut self.later);
    }

    /// Inlined it would cost each poll of the usual order some twenty instructions.
    #[cold]
    #[inline(never)]
    fn pop_out_of_turn(&mut self) -> Option<u32> {
        // None is ever taken but from here, so the first are all those that wait.
        let waiting = &mut self.first;
        waiting.append(&mut self.later);
        if waiting.is_empty() {
            return None;
        }
        match &mut self.order {
            Order::Fifo => unreachable!("it has its turn in `pop`"),
            Order::Random(random, left) => {
                spend(left);
                let picked = random.below(waiting.len())?;
                Some(waiting.swap_remove(picked))
            }
            Order::Scripted(script, left) => {
                spend(left);
                let picked = script.choose(waiting.len())?;
                Some(waiting.remove(picked))
            }
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.taken == self.first.len() && self.later.is_empty()
    }

    /// At shutdown.
    pub(super) fn clear(&mut self) {
        self.first.clear();
        self.taken = 0;
        self.later.clear();
    }
}

/// Panics at the last poll, before a slot is taken from the queue.
fn spend(left: &mut u64) {
    assert!(
        *left > 0,
        "no end after {POLLS} polls: does a task yield until something has happened that \
         never happens?"
    );
    *left -= 1;
}

/// Choices that are laid down, and what there was to choose from. Shared with whoever
/// explores the orders.
#[derive(Default)]
pub(crate) struct Script {
    /// The first is the oldest in the queue: 0 throughout is first in, first out.
    choices: Vec<usize>,
    /// Of how many each was, also of those beyond the script, which are all 0.
    met: RefCell<Vec<usize>>,
}

impl Script {
    pub(crate) fn new(choices: Vec<usize>) -> Self {
        let met = RefCell::default();
        Self { choices, met }
    }

    fn is_first_in(&self) -> bool {
        self.choices.iter().all(|&choice| choice == 0)
    }

    /// With one that waits there is nothing to choose, and no choice is used up.
    fn choose(&self, waiting: usize) -> Option<usize> {
        if waiting < 2 {
            return waiting.checked_sub(1);
        }
        let mut met = self.met.borrow_mut();
        let choice = self.choices.get(met.len()).copied().unwrap_or(0);
        met.push(waiting);
        // A script made for another run may name more than there are.
        Some(choice.min(waiting - 1))
    }

    /// Of how many each choice so far was.
    pub(crate) fn met(&self) -> Vec<usize> {
        self.met.borrow().clone()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use super::*;

    fn drain(seed: Option<u64>) -> Vec<usize> {
        let order = seed.map_or(Order::Fifo, Order::seeded);
        let mut queue = RunQueue::new(order);
        (0..20).for_each(|index| queue.push(index));
        std::iter::from_fn(|| queue.pop()).collect()
    }

    #[test]
    fn without_a_seed_the_first_in_is_the_first_out() {
        assert_eq!(drain(None), (0..20).collect::<Vec<_>>());
    }

    #[test]
    fn a_seed_shuffles_the_same_way_each_time_and_loses_nothing() {
        let mut shuffled = drain(Some(7));
        assert_eq!(shuffled, drain(Some(7)));
        assert_ne!(shuffled, drain(Some(8)));
        assert_ne!(shuffled, drain(None));
        shuffled.sort_unstable();
        assert_eq!(shuffled, drain(None));
    }

    #[test]
    fn a_script_is_followed_where_there_is_a_choice_and_first_in_first_out_after_it() {
        let script = Rc::new(Script::new(vec![2, 0, 9]));
        let mut queue = RunQueue::new(Order::scripted(script.clone()));
        (0..5).for_each(|index| queue.push(index));
        let order: Vec<_> = std::iter::from_fn(|| queue.pop()).collect();
        assert_eq!(order, [2, 0, 4, 1, 3]);
        assert_eq!(script.met(), [5, 4, 3, 2]);
    }

    /// One list, and from it what `order` says.
    fn pop_plainly(waiting: &mut VecDeque<usize>, order: &mut Order) -> Option<usize> {
        match order {
            Order::Fifo => waiting.pop_front(),
            Order::Random(random, _) => {
                let picked = random.below(waiting.len())?;
                waiting.swap_remove_back(picked)
            }
            Order::Scripted(script, _) => waiting.remove(script.choose(waiting.len())?),
        }
    }

    #[test]
    fn two_lists_give_what_one_would_however_pushes_and_pops_take_turns() {
        let orders: [fn() -> Order; 3] = [
            || Order::Fifo,
            || Order::seeded(7),
            || Order::scripted(Rc::new(Script::new((0..99).map(|n| n % 5).collect()))),
        ];
        for order in orders {
            let (mut queue, mut its_order) = (RunQueue::new(order()), order());
            let mut waiting = VecDeque::new();
            let mut steps = SplitMix(1);
            for step in 0..10_000 {
                // By turns it is rather filled and rather emptied, so that it is often empty.
                let of_ten = if step / 50 % 2 == 0 { 7 } else { 3 };
                match steps.below(10).unwrap() {
                    _ if step % 999 == 998 => {
                        queue.clear();
                        waiting.clear();
                    }
                    pushes if pushes < of_ten => {
                        queue.push(step);
                        waiting.push_back(step);
                    }
                    _ => assert_eq!(queue.pop(), pop_plainly(&mut waiting, &mut its_order)),
                }
                assert_eq!(queue.is_empty(), waiting.is_empty());
            }
        }
    }
}
