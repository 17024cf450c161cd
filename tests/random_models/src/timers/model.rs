//! The list: timers sorted by deadline, and then by the order of arming.

use super::{Inner, MS, NEVER, PLACES, Step};
use buzzer::time::MissedTickBehavior;
use std::collections::BTreeMap;

/// Of which part of a place a timer is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Part {
    Own,
    Inner,
}

/// A sleep of the model.
#[derive(Clone, Copy)]
struct Sleeps {
    deadline: u64,
    /// Its place in the list.
    armed: Option<(u64, u64)>,
    is_over: bool,
}

impl Sleeps {
    fn until(deadline: u64) -> Self {
        Self {
            deadline,
            armed: None,
            is_over: false,
        }
    }
}

#[derive(Clone, Copy)]
enum Has {
    Sleep(Sleeps),
    Timeout(Sleeps, Inner, Option<Sleeps>),
    Ticks(Sleeps, u64, MissedTickBehavior),
}

/// The list: sorted by deadline, and then by the order of arming.
#[derive(Default)]
struct List {
    armed: BTreeMap<(u64, u64), (usize, Part)>,
    count: u64,
    now: u64,
    woken: Vec<usize>,
}

impl List {
    fn poll(&mut self, sleeps: &mut Sleeps, place: usize, part: Part) -> bool {
        sleeps.is_over |= match sleeps.armed {
            Some(armed) => !self.armed.contains_key(&armed),
            None => sleeps.deadline <= self.now,
        };
        if !sleeps.is_over && sleeps.armed.is_none() {
            self.count += 1;
            let armed = (sleeps.deadline, self.count);
            sleeps.armed = Some(armed);
            self.armed.insert(armed, (place, part));
        }
        sleeps.is_over
    }

    /// Whether it was still armed.
    fn disarm(&mut self, sleeps: Sleeps) -> bool {
        let armed = sleeps.armed.map(|armed| self.armed.remove(&armed));
        armed.flatten().is_some()
    }

    fn reset(&mut self, sleeps: &mut Sleeps, place: usize, deadline: u64) {
        if self.disarm(*sleeps) {
            // To arm it anew.
            self.woken.push(place);
        }
        *sleeps = Sleeps::until(deadline);
    }

    fn move_to(&mut self, now: u64) {
        self.now = now;
        while let Some(first) = self.armed.first_entry()
            && first.key().0 <= now
        {
            self.woken.push(first.remove().0);
        }
    }

    fn drop_it(&mut self, has: Option<Has>) {
        match has {
            Some(Has::Sleep(sleeps) | Has::Ticks(sleeps, ..)) => {
                self.disarm(sleeps);
            }
            Some(Has::Timeout(sleeps, _, inner)) => {
                self.disarm(sleeps);
                inner.map(|inner| self.disarm(inner));
            }
            None => {}
        }
    }
}

/// What the list says, and of each [`Step::Idle`] whether anything is to come.
pub fn model(steps: &[Step]) -> (Vec<String>, Vec<bool>) {
    let mut list = List::default();
    let mut has: [Option<Has>; PLACES] = [None; PLACES];
    let mut idles = Vec::new();
    let mut account = Vec::new();
    for &step in steps {
        let mut told = String::new();
        let from_now = |list: &List, time: u64| list.now.saturating_add(time);
        match step {
            Step::After(place, time) => {
                list.drop_it(has[place].take());
                has[place] = Some(Has::Sleep(Sleeps::until(from_now(&list, time))));
            }
            Step::Until(place, time) => {
                list.drop_it(has[place].take());
                has[place] = Some(Has::Sleep(Sleeps::until(time)));
            }
            Step::Timeout(place, time, inner) => {
                list.drop_it(has[place].take());
                let limit = Sleeps::until(from_now(&list, time));
                has[place] = Some(Has::Timeout(limit, inner, None));
            }
            Step::Ticks(place, start, period, behavior) => {
                list.drop_it(has[place].take());
                let first = Sleeps::until(from_now(&list, start));
                has[place] = Some(Has::Ticks(first, period, behavior));
            }
            Step::Poll(place) => told = polled(&mut list, &mut has[place], place),
            Step::Drop(place) => list.drop_it(has[place].take()),
            Step::Reset(place, time) => {
                if let Some(Has::Sleep(sleeps) | Has::Ticks(sleeps, ..)) = &mut has[place] {
                    list.reset(sleeps, place, time);
                }
            }
            Step::Advance(time) => list.move_to(list.now + time),
            Step::Idle => {
                let next = list.armed.keys().next().map(|&(deadline, _)| deadline);
                let next = next.filter(|&deadline| deadline < NEVER);
                idles.push(next.is_some());
                if let Some(next) = next {
                    list.move_to(next);
                }
            }
        }
        let woken = std::mem::take(&mut list.woken);
        account.push(format!("{told} {woken:?} at {}", list.now));
    }
    (account, idles)
}

fn polled(list: &mut List, has: &mut Option<Has>, place: usize) -> String {
    match has {
        None => "nothing".into(),
        Some(Has::Sleep(sleeps)) => match list.poll(sleeps, place, Part::Own) {
            true => "Ready(())".into(),
            false => "Pending".into(),
        },
        Some(Has::Ticks(sleeps, period, behavior)) => {
            if !list.poll(sleeps, place, Part::Own) {
                return "Pending".into();
            }
            let due = sleeps.deadline;
            let late = list.now - due;
            let next = match behavior {
                // Up to 5 ms late is on time.
                _ if late <= 5 * MS => due + *period,
                MissedTickBehavior::Burst => due + *period,
                MissedTickBehavior::Delay => list.now + *period,
                MissedTickBehavior::Skip => due + (late / *period + 1) * *period,
            };
            *sleeps = Sleeps::until(next);
            format!("Ready({due})")
        }
        Some(Has::Timeout(limit, inner, sleeps)) => {
            let is_done = match inner {
                Inner::Ready => true,
                Inner::Pending => false,
                Inner::Sleeps(time) => {
                    // It counts from its own first poll.
                    let until = list.now.saturating_add(*time);
                    let sleeps = sleeps.get_or_insert(Sleeps::until(until));
                    list.poll(sleeps, place, Part::Inner)
                }
            };
            if !is_done && !list.poll(limit, place, Part::Own) {
                return "Pending".into();
            }
            list.drop_it(has.take());
            format!("Ready({is_done})")
        }
    }
}
