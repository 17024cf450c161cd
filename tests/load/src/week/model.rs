//! What has to happen in the week: a sorted set of deadlines, and a queue.
//!
//! Owns the script, which is drawn here, and the account of who fires when. It knows nothing
//! of the library but its promises: a timer fires at its deadline, those of one deadline in
//! the order of their arming, who is woken first is polled first, and a sleep that was reset
//! is armed by its next poll, or ends there if its deadline is past.

use std::collections::{BTreeSet, VecDeque};

use fastrand::Rng;

pub const SECOND: u64 = 1_000_000_000;
pub const WEEK: u64 = 7 * 24 * 3_600 * SECOND;
/// Never comes within the run.
const NEVER: u64 = 40 * 365 * 24 * 3_600 * SECOND;

/// What is done to the timers at one moment. Times are nanoseconds since the beginning.
pub struct Step {
    pub at: u64,
    pub actions: Vec<Action>,
}

#[derive(Clone, Copy)]
pub enum Action {
    /// The next timer is made, with this deadline.
    Spawn(u64),
    Reset(u32, u64),
    Abort(u32),
}

pub struct Week {
    /// The deadlines of those that are there from the beginning.
    pub first: Vec<u64>,
    pub steps: Vec<Step>,
    /// Who fires, and when.
    pub fired: Vec<(u32, u64)>,
    pub resets: usize,
    pub aborts: usize,
}

/// Who is in the set beside the timers: the task that does the steps.
const MEDDLER: u32 = u32::MAX;

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Armed {
        order: u64,
    },
    /// It is to be polled in this step.
    Queued,
    Gone,
}

struct Model {
    rng: Rng,
    /// Deadline, order of arming, timer.
    armed: BTreeSet<(u64, u64, u32)>,
    order: u64,
    /// That of the task that does the steps.
    own: u64,
    deadlines: Vec<u64>,
    states: Vec<State>,
    week: Week,
}

/// Draws a week of so many timers, half of which are there from the beginning.
pub fn draw(timers: u64) -> Week {
    let mut rng = Rng::with_seed(timers);
    let first: Vec<_> = (0..timers / 2).map(|_| deadline(&mut rng, 0)).collect();
    let mut model = Model {
        rng,
        armed: BTreeSet::new(),
        order: 0,
        own: 0,
        deadlines: first.clone(),
        states: vec![State::Queued; first.len()],
        week: Week {
            first,
            steps: Vec::new(),
            fired: Vec::new(),
            resets: 0,
            aborts: 0,
        },
    };
    // They are spawned before the one who does the steps, and polled first.
    let mut queue: VecDeque<_> = (0..model.deadlines.len() as u32).collect();
    model.poll_all(&mut queue, 0);
    model.own = model.next_order();
    let each = 50;
    for at in model.moments(timers.div_ceil(2 * each)) {
        model.step(at, each);
    }
    model.week
}

impl Model {
    /// When the steps are: at any time, or when many timers are due.
    fn moments(&mut self, count: u64) -> BTreeSet<u64> {
        let mut moments = BTreeSet::from([WEEK]);
        while (moments.len() as u64) < count {
            moments.insert(match self.rng.bool() {
                true => self.rng.u64(1..WEEK),
                false => self.rng.u64(1..WEEK / SECOND / 60) * 60 * SECOND,
            });
        }
        moments
    }

    /// Until `at`, and what is done then.
    fn step(&mut self, at: u64, spawns: u64) {
        let own = (at, self.own, MEDDLER);
        self.armed.insert(own);
        // Whoever is due fires before the task goes on if it was armed before it.
        while let Some(&(deadline, order, timer)) = self.armed.first()
            && (deadline, order, timer) < own
        {
            self.armed.pop_first();
            self.fire(timer, deadline);
        }
        self.armed.remove(&own);
        let mut queue = VecDeque::new();
        while let Some(&(deadline, _, timer)) = self.armed.first()
            && deadline == at
        {
            self.armed.pop_first();
            self.states[timer as usize] = State::Queued;
            queue.push_back(timer);
        }
        let due = queue.clone();
        let mut actions = Vec::new();
        for _ in 0..spawns {
            actions.push(self.spawn(at, &mut queue));
            if self.rng.u32(..10) < 6 {
                actions.extend(self.reset(at, &due, &mut queue));
            }
            if self.rng.u32(..10) < 4 {
                actions.extend(self.abort(&due));
            }
        }
        self.week.steps.push(Step { at, actions });
        // The task arms its next step before any of them is polled.
        self.own = self.next_order();
        self.poll_all(&mut queue, at);
    }

    fn next_order(&mut self) -> u64 {
        self.order += 1;
        self.order
    }

    fn spawn(&mut self, now: u64, queue: &mut VecDeque<u32>) -> Action {
        let deadline = deadline(&mut self.rng, now);
        queue.push_back(self.deadlines.len() as u32);
        self.deadlines.push(deadline);
        self.states.push(State::Queued);
        Action::Spawn(deadline)
    }

    /// One that is there: due now, due next, or any.
    fn pick(&mut self, due: &VecDeque<u32>) -> Option<u32> {
        let timer = match self.rng.u32(..4) {
            0 if !due.is_empty() => due[self.rng.usize(..due.len())],
            1 => self.armed.first()?.2,
            _ => self.rng.u32(..self.deadlines.len() as u32),
        };
        (self.states[timer as usize] != State::Gone).then_some(timer)
    }

    fn reset(
        &mut self,
        now: u64,
        due: &VecDeque<u32>,
        queue: &mut VecDeque<u32>,
    ) -> Option<Action> {
        let timer = self.pick(due)?;
        let deadline = deadline(&mut self.rng, now);
        if self.disarm(timer) {
            self.states[timer as usize] = State::Queued;
            queue.push_back(timer);
        }
        self.deadlines[timer as usize] = deadline;
        self.week.resets += 1;
        Some(Action::Reset(timer, deadline))
    }

    fn abort(&mut self, due: &VecDeque<u32>) -> Option<Action> {
        let timer = self.pick(due)?;
        self.disarm(timer);
        self.states[timer as usize] = State::Gone;
        self.week.aborts += 1;
        Some(Action::Abort(timer))
    }

    /// Whether it was armed.
    fn disarm(&mut self, timer: u32) -> bool {
        match self.states[timer as usize] {
            State::Armed { order } => {
                let deadline = self.deadlines[timer as usize];
                self.armed.remove(&(deadline, order, timer))
            }
            State::Queued | State::Gone => false,
        }
    }

    fn poll_all(&mut self, queue: &mut VecDeque<u32>, now: u64) {
        while let Some(timer) = queue.pop_front() {
            let deadline = self.deadlines[timer as usize];
            match self.states[timer as usize] {
                State::Gone => {}
                _ if deadline <= now => self.fire(timer, now),
                _ => {
                    let order = self.next_order();
                    self.states[timer as usize] = State::Armed { order };
                    self.armed.insert((deadline, order, timer));
                }
            }
        }
    }

    fn fire(&mut self, timer: u32, at: u64) {
        self.states[timer as usize] = State::Gone;
        self.week.fired.push((timer, at));
    }
}

/// Any time from now on, many at the same, some at once or in the past, some never.
fn deadline(rng: &mut Rng, now: u64) -> u64 {
    let any = now + rng.u64(..=WEEK - now);
    match rng.u32(..16) {
        0 => now,
        1 => rng.u64(..=now),
        2 => now + rng.u64(..1_000),
        3 => NEVER + rng.u64(..SECOND),
        4 => WEEK + any,
        5 | 6 => any.next_multiple_of(3_600 * SECOND),
        7..10 => any.next_multiple_of(60 * SECOND),
        10 => any.next_multiple_of(SECOND),
        _ => any,
    }
}
