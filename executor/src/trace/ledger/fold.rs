//! The keeping of the ledger: each record as it is made.
//!
//! Owns which account the time is charged to, and what becomes of the accounts of tasks
//! that have ended. The [`Book`](super::Book) gives it the records; what it comes to is
//! copied into a [`Ledger`](super::Ledger).
//!
//! # Why nothing is left over
//!
//! There is one last moment and one current account. A record that changes the account
//! charges the time since the last moment to the current one first, and its own time is
//! the next last moment. So what was charged adds up to the time from the first moment
//! to the last, whatever happened and in whichever order.
//!
//! What jobs tell of themselves comes late, with the earlier time at which it was. It
//! moves no account.
//!
//! If there is more than the ledger, a story say, each record also tells how long it took
//! to write it down: that time has an account of its own, whoever has the current one, and
//! no task has waited in the queue for it.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, HashMap};
use std::hash::{BuildHasherDefault, Hasher};
use std::panic::Location;

use slab::Slab;

use super::Ledger;
use super::account::{Account, TaskAccount};
use crate::record::event::{Event, Outcome, ParkedUntil, Record, WakeEffect};
use crate::record::ids::Id;
use crate::record::time::Nanos;

/// Ended tasks that keep an account of their own: those with the most time.
const KEPT: usize = 1024;

/// Where the time goes now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum To {
    /// To the poll of the task whose account has this place.
    Task(usize),
    Parked,
    Own,
    Outside,
}

/// The accounts.
#[derive(Debug)]
pub(super) struct Fold {
    main: Id,
    began: Nanos,
    last: Nanos,
    to: To,
    /// Whether a `block_on` or a turn is under way.
    in_loop: bool,
    /// How long the poll lasts that goes on.
    poll: Nanos,
    parked: Nanos,
    own: Nanos,
    outside: Nanos,
    recording: Nanos,
    turns: u64,
    /// Of the live tasks, and of the ended ones that are kept.
    accounts: Slab<Account>,
    /// Where the live ones are.
    places: HashMap<Id, usize, BuildHasherDefault<IdHasher>>,
    /// The ended ones: their time, who they are and where. The one with the least time
    /// is on top, as the next to be merged.
    ended: BinaryHeap<Reverse<(Nanos, Id, usize)>>,
    merged: BTreeMap<Option<&'static Location<'static>>, Account>,
}

impl Fold {
    pub(super) fn new(main: Id, began: Nanos) -> Self {
        Self {
            main,
            began,
            last: began,
            to: To::Outside,
            in_loop: false,
            poll: 0,
            parked: 0,
            own: 0,
            outside: 0,
            recording: 0,
            turns: 0,
            accounts: Slab::new(),
            places: HashMap::default(),
            ended: BinaryHeap::new(),
            merged: BTreeMap::new(),
        }
    }

    /// Charges the time up to `at`.
    pub(super) fn charge(&mut self, at: Nanos) {
        let time = at.saturating_sub(self.last);
        self.last += time;
        let account = match self.to {
            To::Task(place) => {
                self.poll += time;
                let account = &mut self.accounts[place];
                account.longest = account.longest.max(self.poll);
                &mut account.time
            }
            To::Parked => &mut self.parked,
            To::Own => &mut self.own,
            To::Outside => &mut self.outside,
        };
        *account += time;
    }

    fn switch(&mut self, at: Nanos, to: To) {
        self.charge(at);
        self.to = to;
    }

    /// The time from `from` until `until` went into the recording.
    pub(super) fn recorded(&mut self, from: Nanos, until: Nanos) {
        self.charge(from);
        let time = until.saturating_sub(self.last);
        self.last += time;
        self.recording += time;
    }

    /// A moment, by a clock that stands still while something is recorded.
    fn unrecorded(&self, at: Nanos) -> Nanos {
        at.saturating_sub(self.recording)
    }

    /// Where the time goes that is no poll's and no park's.
    fn rest(&self) -> To {
        match self.in_loop {
            true => To::Own,
            false => To::Outside,
        }
    }

    /// A `block_on` or a turn begins or ends.
    pub(super) fn loops(&mut self, at: Nanos, in_loop: bool) {
        self.in_loop = in_loop;
        self.switch(at, self.rest());
    }

    fn place(&mut self, task: Id) -> usize {
        match self.places.get(&task) {
            Some(&place) => place,
            None => self.open(Account::of(task)),
        }
    }

    fn open(&mut self, account: Account) -> usize {
        let id = account.id;
        let place = self.accounts.insert(account);
        if let Some(id) = id {
            self.places.insert(id, place);
        }
        place
    }

    pub(super) fn fold(&mut self, record: &Record) {
        let at = record.at;
        let queued_at = self.unrecorded(at);
        match &record.event {
            Event::Turn { .. } => self.turns += 1,
            Event::MainStarted { at: called_at } => {
                let place = self.place(self.main);
                let main = &mut self.accounts[place];
                main.at = Some(called_at);
                main.queued_at = Some(queued_at);
            }
            Event::Spawned {
                task,
                at: spawned_at,
                name,
                ..
            } => {
                self.open(Account {
                    at: Some(spawned_at),
                    name: name.clone(),
                    queued_at: Some(queued_at),
                    ..Account::of(*task)
                });
            }
            Event::InContext { task, shown } => {
                if let Some(&place) = self.places.get(task) {
                    self.accounts[place].context = Some(shown.clone());
                }
            }
            Event::PollBegan { task } => self.poll_began(at, *task),
            Event::PollEnded {
                outcome, requeued, ..
            } => self.poll_ended(at, *outcome, *requeued),
            Event::Woken {
                task,
                cause,
                effect,
            } => {
                // Its end may be told already.
                if let Some(&place) = self.places.get(task) {
                    let account = &mut self.accounts[place];
                    account.wakes.add(*task, *cause, *effect);
                    if *effect == WakeEffect::Queued {
                        account.queued_at = Some(queued_at);
                    }
                }
            }
            Event::Aborted { task, queued, .. } => {
                if let Some(&place) = self.places.get(task)
                    && *queued
                {
                    self.accounts[place].queued_at = Some(queued_at);
                }
            }
            // Who only looks does not rest.
            Event::Parked { until } if *until != ParkedUntil::Look => {
                self.switch(at, To::Parked);
            }
            Event::Unparked { .. } => self.switch(at, self.rest()),
            // Where the loop would have slept, it has now; and a poll that moves the
            // clock lasts until then.
            Event::ClockJumped { .. } => {
                let to = self.to;
                if to == To::Own {
                    self.to = To::Parked;
                }
                self.switch(at, to);
            }
            _ => {}
        }
    }

    fn poll_began(&mut self, at: Nanos, task: Id) {
        let place = self.place(task);
        self.switch(at, To::Task(place));
        self.poll = 0;
        let began = self.unrecorded(at);
        let account = &mut self.accounts[place];
        account.polls += 1;
        // What the end of the runtime drops was not waited for.
        if let Some(queued_at) = account.queued_at.take()
            && self.in_loop
        {
            account.delays.0.add(began.saturating_sub(queued_at));
        }
    }

    fn poll_ended(&mut self, at: Nanos, outcome: Outcome, requeued: bool) {
        let polled = self.to;
        self.switch(at, self.rest());
        let To::Task(place) = polled else { return };
        let queued_at = self.unrecorded(at);
        let account = &mut self.accounts[place];
        if requeued {
            account.queued_at = Some(queued_at);
        }
        // The next `block_on` goes on with the account of the last.
        if outcome != Outcome::Pending
            && let Some(id) = account.id
            && id != self.main
        {
            self.places.remove(&id);
            account.live = 0;
            let ended = (account.time, id, place);
            self.end(ended);
        }
    }

    /// Of several with the same time, the first to end keep their accounts.
    fn end(&mut self, ended: (Nanos, Id, usize)) {
        let mut to_merge = ended.2;
        if self.ended.len() < KEPT {
            self.ended.push(Reverse(ended));
            return;
        }
        if let Some(mut least) = self.ended.peek_mut()
            && least.0.0 < ended.0
        {
            to_merge = least.0.2;
            *least = Reverse(ended);
        }
        let account = self.accounts.remove(to_merge);
        let merged = self.merged.entry(account.at);
        merged
            .or_insert_with(|| Account::of_site(account.at))
            .merge(&account);
    }

    /// A copy, in the order of the tasks' time.
    pub(super) fn ledger(&self) -> Ledger {
        let alone = self.accounts.iter().map(|(_, account)| account);
        let accounts = alone.chain(self.merged.values());
        let mut tasks: Vec<_> = accounts.cloned().map(TaskAccount).collect();
        tasks.sort_by_cached_key(|TaskAccount(account)| {
            let delay = account.delays.0.max();
            (Reverse(account.time), Reverse(delay), account.id)
        });
        Ledger {
            total: self.last - self.began,
            parked: self.parked,
            own: self.own,
            outside: self.outside,
            recording: self.recording,
            turns: self.turns,
            tasks,
        }
    }
}

impl Fold {
    /// What it came to until `now`.
    pub(super) fn ledger_at(&mut self, now: Nanos) -> Ledger {
        self.charge(now);
        self.ledger()
    }
}

/// Ids count up, so their low bits tell them apart; a multiplication carries those into
/// the high bits, which the table looks at too. Nobody chooses ids to make them collide.
#[derive(Default)]
struct IdHasher(u64);

impl Hasher for IdHasher {
    fn write_u64(&mut self, id: u64) {
        // 2^64 divided by the golden ratio, which spreads neighbours apart.
        self.0 = id.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }

    fn write(&mut self, _: &[u8]) {
        unreachable!("an id is one word");
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
