//! What a script does on the model.
//!
//! Owns the beginnings of its waits, what it does at once, and its end. `model.rs` calls it.

use std::mem;

use super::Event;
use super::model::Model;
use super::node::{Node, Sleep, State, Waits};
use super::program::{NODES, Now, Wait, pick};

impl Model<'_> {
    fn take_thread(&mut self) -> bool {
        let has_one = self.threads_left > 0;
        self.threads_left -= u32::from(has_one);
        has_one
    }

    pub(super) fn begin(&mut self, node: usize, wait: Wait) -> Option<Waits> {
        Some(match wait {
            Wait::Yield | Wait::Park => Waits::Once {
                wakes: matches!(wait, Wait::Yield),
                was_polled: false,
            },
            Wait::Sleep(millis) => Waits::Sleep(Sleep {
                deadline: self.now + u64::from(millis),
                armed: None,
            }),
            Wait::Join(number) => {
                let task = usize::from(number) % self.nodes.len();
                if !mem::take(&mut self.nodes[task].handle_is_kept) {
                    return None;
                }
                Waits::Join(task)
            }
            Wait::Job => {
                if !self.take_thread() {
                    return None;
                }
                Waits::Job { was_polled: false }
            }
            Wait::Gather(from, count) => {
                let first = self.nodes.len();
                for number in (0..count % 4).map(|more| from.wrapping_add(more)) {
                    if self.nodes.len() < NODES {
                        let script = self.program.script(number);
                        self.nodes.push(Node::new(script, Some(node), false));
                    }
                }
                let children: Vec<_> = (first..self.nodes.len()).collect();
                self.nodes[node].ready = children.iter().copied().collect();
                Waits::Gather(children)
            }
        })
    }

    pub(super) fn act(&mut self, node: usize, now: Now) {
        let one = |number| pick(number, self.nodes.len()).expect("there is one that acts");
        match now {
            Now::Spawn(number) => {
                if self.nodes.len() < NODES {
                    self.queue.push_back(self.nodes.len());
                    let script = self.program.script(number);
                    self.nodes.push(Node::new(script, None, true));
                }
            }
            Now::Wake(number) => {
                if let Some(node) = self.waker(number) {
                    self.wake(node);
                }
            }
            Now::WakeByThread(number) => {
                if self.take_thread() {
                    self.sent.extend(self.waker(number));
                }
            }
            Now::Abort(number) => {
                let task = one(number);
                if self.nodes[task].has_handles && self.nodes[task].state != State::Done {
                    self.nodes[task].is_aborted = true;
                    if self.nodes[task].state == State::Waiting {
                        self.wake(task);
                    }
                }
            }
            Now::DropHandle(number) => {
                let task = one(number);
                self.nodes[task].handle_is_kept = false;
            }
            Now::Reset(number, millis) => {
                let (sleeper, now) = (one(number), self.now);
                if let Some(Waits::Sleep(sleep)) = &mut self.nodes[sleeper].waits {
                    let before = (sleep.deadline, sleep.armed.take());
                    sleep.deadline = now + u64::from(millis);
                    if self.disarm(before) {
                        self.wake(sleeper);
                    }
                }
            }
            Now::IsFinished(number) => {
                let task = one(number);
                if self.nodes[task].has_handles {
                    let is_finished = self.nodes[task].state == State::Done;
                    self.events.push(Event::Finished(node, task, is_finished));
                }
            }
        }
    }

    fn waker(&self, number: u8) -> Option<usize> {
        self.wakers[usize::from(number) % self.wakers.len()]
    }

    fn disarm(&mut self, (deadline, armed): (u64, Option<u64>)) -> bool {
        armed.is_some_and(|armed| self.timers.remove(&(deadline, armed)).is_some())
    }

    /// What its script does last, and then whatever it waited for.
    pub(super) fn drop_future(&mut self, node: usize) {
        self.events.push(Event::Dropped(node));
        let waits = self.nodes[node].waits.take();
        for now in mem::take(&mut self.nodes[node].at_drop) {
            self.act(node, now);
        }
        match waits {
            Some(Waits::Sleep(sleep)) => _ = self.disarm((sleep.deadline, sleep.armed)),
            Some(Waits::Join(task)) => self.nodes[task].joiner = None,
            Some(Waits::Gather(children)) => {
                let left: Vec<_> = children
                    .into_iter()
                    .filter(|&child| self.nodes[child].end.is_none())
                    .collect();
                for &child in &left {
                    self.nodes[child].state = State::Done;
                }
                for child in left {
                    self.drop_future(child);
                }
            }
            Some(Waits::Once { .. } | Waits::Job { .. }) | None => {}
        }
    }
}
