//! A program on a model: a table, a queue, a list of deadlines.
//!
//! Owns what the machine promises, in as few lines as it can be said: first in, first out;
//! a wake is a poll to come, and one at most; nothing is polled after its end; a turn polls
//! so often at most, takes in what was sent, and sleeps only with an empty queue; deadlines
//! fire in order, equal ones in that of their arming. What a script does is in `doing.rs`.

use std::collections::{BTreeMap, VecDeque};
use std::mem;

use super::node::{Node, Progress, Sleep, State, Waits};
use super::program::{Driven, END, Op, Program, THREADS};
use super::{Account, End, Event};

/// What one poll of a task may take.
const BUDGET: u32 = 128;

/// Whoever runs first.
const MAIN: usize = 0;

pub(super) struct Model<'a> {
    pub(super) program: &'a Program,
    pub(super) nodes: Vec<Node>,
    pub(super) queue: VecDeque<usize>,
    /// Deadline and arming, and who is woken.
    pub(super) timers: BTreeMap<(u64, u64), usize>,
    armings: u64,
    pub(super) now: u64,
    /// By whose first poll they were kept; the first two name nobody.
    pub(super) wakers: Vec<Option<usize>>,
    /// Wakes by other threads, on their way.
    pub(super) sent: Vec<usize>,
    pub(super) threads_left: u32,
    budget: u32,
    pub(super) events: Vec<Event>,
}

/// Runs it.
pub(super) fn run(program: &Program) -> Account {
    let mut model = Model {
        program,
        nodes: Vec::new(),
        queue: VecDeque::new(),
        timers: BTreeMap::new(),
        armings: 0,
        now: 0,
        wakers: vec![None, None],
        sent: Vec::new(),
        threads_left: THREADS,
        budget: 0,
        events: Vec::new(),
    };
    let is_task = matches!(program.driven, Driven::Turns(_));
    model
        .nodes
        .push(Node::new(program.script(0), None, is_task));
    model.queue.push_back(MAIN);
    match &program.driven {
        Driven::Main => model.block_on(),
        Driven::Turns(limits) => {
            for &limit in limits {
                let polls = model.run_phase(|model, task| model.task(task));
                model.rest_of_turn(Some(model.now + u64::from(limit)));
                model.events.push(Event::Turned(polls.0));
            }
        }
    }
    let is_alive = |node: &&Node| node.has_handles && node.state != State::Done;
    Account {
        alive: model.nodes.iter().filter(is_alive).count(),
        drops: model
            .nodes
            .iter()
            .map(|node| [1, u32::from(node.end == Some(End::Ready))])
            .collect(),
        events: model.events,
    }
}

impl Model<'_> {
    fn block_on(&mut self) {
        let mut end = Sleep {
            deadline: END,
            armed: None,
        };
        loop {
            let (_, has_ended) = self.run_phase(|model, task| {
                if task != MAIN {
                    return model.task(task);
                }
                model.nodes[MAIN].state = State::Running;
                model.budget = BUDGET;
                let ended = match model.poll(MAIN) {
                    Progress::Ready => {
                        model.nodes[MAIN].end = Some(End::Ready);
                        true
                    }
                    _ => model.sleeps(MAIN, &mut end) == Progress::Ready,
                };
                model.suspend(MAIN);
                ended
            });
            if has_ended {
                return;
            }
            self.rest_of_turn(None);
        }
    }

    /// Polls until nothing is queued, or so often, or one of them has ended the run.
    fn run_phase(&mut self, mut poll: impl FnMut(&mut Self, usize) -> bool) -> (u32, bool) {
        let mut polls = 0;
        while polls < self.program.interval() {
            let Some(task) = self.queue.pop_front() else {
                break;
            };
            polls += 1;
            if poll(self, task) {
                return (polls, true);
            }
        }
        (polls, false)
    }

    fn rest_of_turn(&mut self, limit: Option<u64>) {
        for node in mem::take(&mut self.sent) {
            self.wake(node);
        }
        if self.queue.is_empty() {
            let next = self
                .timers
                .first_key_value()
                .map(|(&(deadline, _), _)| deadline);
            let until = next.into_iter().chain(limit).min();
            self.now = self.now.max(until.expect("somebody waits for a deadline"));
        }
        while let Some(first) = self.timers.first_entry()
            && first.key().0 <= self.now
        {
            let node = first.remove();
            self.wake(node);
        }
    }

    pub(super) fn wake(&mut self, node: usize) {
        let state = &mut self.nodes[node].state;
        match state {
            State::Waiting => {
                *state = State::Queued;
                match self.nodes[node].owner {
                    None => self.queue.push_back(node),
                    Some(owner) => {
                        self.nodes[owner].ready.push_back(node);
                        self.wake(owner);
                    }
                }
            }
            State::Running => *state = State::RunningWoken,
            State::Queued | State::RunningWoken | State::Done => {}
        }
    }

    /// One turn of a task. No task ends the run.
    fn task(&mut self, task: usize) -> bool {
        self.nodes[task].state = State::Running;
        let end = match self.nodes[task].is_aborted {
            true => End::Cancelled,
            false => {
                self.budget = BUDGET;
                match self.poll(task) {
                    Progress::Pending => {
                        self.suspend(task);
                        return false;
                    }
                    Progress::Ready => End::Ready,
                    Progress::Panicked => End::Panicked,
                }
            }
        };
        self.drop_future(task);
        self.nodes[task].state = State::Done;
        self.nodes[task].end = Some(end);
        if let Some(joiner) = self.nodes[task].joiner.take() {
            self.wake(joiner);
        }
        false
    }

    fn suspend(&mut self, task: usize) {
        let node = &mut self.nodes[task];
        if node.state == State::RunningWoken || node.is_aborted {
            node.state = State::Queued;
            self.queue.push_back(task);
        } else {
            node.state = State::Waiting;
        }
    }

    fn poll(&mut self, node: usize) -> Progress {
        self.events.push(Event::Polled(node, self.now));
        if !mem::replace(&mut self.nodes[node].was_polled, true) {
            self.wakers.push(Some(node));
        }
        loop {
            if let Some(mut waits) = self.nodes[node].waits.take() {
                let progress = self.poll_wait(node, &mut waits);
                if progress != Progress::Ready {
                    self.nodes[node].waits = Some(waits);
                    return progress;
                }
            }
            match self.nodes[node].ops.next() {
                None => return Progress::Ready,
                Some(Op::Now(now)) => self.act(node, now),
                Some(Op::Wait(wait)) => self.nodes[node].waits = self.begin(node, wait),
                Some(Op::Panic) if self.is_main(node) => {}
                Some(Op::Panic) => return Progress::Panicked,
            }
        }
    }

    fn is_main(&self, node: usize) -> bool {
        match self.nodes[node].owner {
            Some(owner) => self.is_main(owner),
            None => node == MAIN && !self.nodes[node].has_handles,
        }
    }

    /// Whether a leaf goes on: ready, and with a unit of the budget for it.
    fn leaf(&mut self, node: usize, is_ready: impl FnOnce(&mut Self) -> bool) -> Progress {
        if self.budget == 0 {
            self.wake(node);
            return Progress::Pending;
        }
        match is_ready(self) {
            false => Progress::Pending,
            true => {
                self.budget -= 1;
                Progress::Ready
            }
        }
    }

    fn sleeps(&mut self, node: usize, sleep: &mut Sleep) -> Progress {
        self.leaf(node, |model| match sleep.armed {
            Some(armed) => !model.timers.contains_key(&(sleep.deadline, armed)),
            None if sleep.deadline <= model.now => true,
            None => {
                model.armings += 1;
                sleep.armed = Some(model.armings);
                model.timers.insert((sleep.deadline, model.armings), node);
                false
            }
        })
    }

    fn poll_wait(&mut self, node: usize, waits: &mut Waits) -> Progress {
        match waits {
            Waits::Once { wakes, was_polled } => {
                if mem::replace(was_polled, true) {
                    return Progress::Ready;
                }
                if *wakes {
                    self.wake(node);
                }
                Progress::Pending
            }
            Waits::Sleep(sleep) => self.sleeps(node, sleep),
            Waits::Join(task) => {
                let task = *task;
                let progress = self.leaf(node, |model| {
                    let is_done = model.nodes[task].state == State::Done;
                    if !is_done {
                        model.nodes[task].joiner = Some(node);
                    }
                    is_done
                });
                if progress == Progress::Ready {
                    let end = self.nodes[task].end.expect("it has ended");
                    self.events.push(Event::Joined(node, task, end));
                }
                progress
            }
            Waits::Job { was_polled: false } => {
                // It runs to its end within this poll; whoever has left a waker is told.
                match self.budget {
                    0 => self.wake(node),
                    _ => self.sent.push(node),
                }
                *waits = Waits::Job { was_polled: true };
                Progress::Pending
            }
            Waits::Job { was_polled: true } => self.leaf(node, |_| true),
            Waits::Gather(children) => self.gather(node, children),
        }
    }

    /// Polls those that were woken before this poll, and no others.
    fn gather(&mut self, node: usize, children: &[usize]) -> Progress {
        let mut due = self.nodes[node].ready.len();
        while children
            .iter()
            .any(|&child| self.nodes[child].end.is_none())
        {
            if due == 0 {
                return Progress::Pending;
            }
            if self.leaf(node, |_| true) == Progress::Pending {
                return Progress::Pending;
            }
            let child = loop {
                if due == 0 {
                    return Progress::Pending;
                }
                due -= 1;
                let child = self.nodes[node].ready.pop_front().expect("so many are due");
                if self.nodes[child].end.is_none() {
                    break child;
                }
            };
            self.nodes[child].state = State::Waiting;
            match self.poll(child) {
                Progress::Pending => {}
                Progress::Ready => {
                    self.drop_future(child);
                    self.nodes[child].state = State::Done;
                    self.nodes[child].end = Some(End::Ready);
                }
                Progress::Panicked => return Progress::Panicked,
            }
        }
        self.nodes[node].ready.clear();
        Progress::Ready
    }
}
