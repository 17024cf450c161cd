//! The queue, with a line of those who want room.

use super::RECEIVER;
use crate::sync::{At, Line, PLACES, Step, Subject, told};
use std::collections::VecDeque;
use std::task::Poll;

#[derive(Clone, Copy, Default)]
enum Has {
    #[default]
    Nothing,
    /// To send that value, or for a permit.
    Waits(At, Option<usize>),
    Permit,
    WaitsForClose,
    Gave,
}

pub(super) struct Model {
    bound: Option<usize>,
    line: Line,
    queue: VecDeque<usize>,
    has: [Has; PLACES],
    /// Who waits for the close, in line.
    closers: Vec<usize>,
    has_sender: bool,
    has_receiver: bool,
    /// The receiver's waker is there.
    asks: bool,
    next: usize,
}

impl Model {
    pub(super) fn new(bound: Option<usize>) -> Self {
        Self {
            bound,
            line: Line::of(bound.unwrap_or(0)),
            queue: VecDeque::new(),
            has: [Has::Nothing; PLACES],
            closers: Vec::new(),
            has_sender: true,
            has_receiver: true,
            asks: false,
            next: 0,
        }
    }

    fn senders(&self) -> usize {
        let holds = |has: &&Has| !matches!(has, Has::Nothing | Has::Gave);
        self.has.iter().filter(holds).count() + usize::from(self.has_sender)
    }

    fn is_end(&self) -> bool {
        self.senders() == 0 || (self.line.closed && self.is_idle())
    }

    fn is_idle(&self) -> bool {
        self.bound.is_none_or(|bound| self.line.free == bound)
    }

    fn wake_receiver(&mut self) {
        if std::mem::take(&mut self.asks) {
            self.line.woken.push(RECEIVER);
        }
    }

    fn wake_if_idle(&mut self) {
        if self.line.closed && self.is_idle() {
            self.wake_receiver();
        }
    }

    fn push(&mut self, value: usize) {
        if self.has_receiver {
            self.queue.push_back(value);
            self.wake_receiver();
        }
    }

    /// A sender was dropped; by now it is not counted.
    fn sender_has_gone(&mut self) {
        if self.senders() == 0 {
            self.wake_receiver();
        }
    }

    fn drop_it(&mut self, place: usize) {
        let had = self.has[place];
        match had {
            Has::Waits(at, _) if at != At::New => {
                self.line.leave(place, at, 1);
                self.wake_if_idle();
            }
            Has::Permit => {
                self.line.give(1);
                self.wake_if_idle();
            }
            _ => {}
        }
        self.closers.retain(|&other| other != place);
        self.has[place] = Has::Nothing;
        if !matches!(had, Has::Nothing | Has::Gave) {
            self.sender_has_gone();
        }
    }

    fn close(&mut self) {
        self.line.close();
        self.line.woken.append(&mut self.closers);
    }

    fn begin(&mut self, place: usize, kind: u8) -> String {
        self.drop_it(place);
        self.next += 1;
        let value = self.next - 1;
        if !self.has_sender {
            return String::new();
        }
        self.has[place] = match kind {
            0..=4 if self.bound.is_none() => Has::WaitsForClose,
            0..=2 => Has::Waits(At::New, Some(value)),
            3 => Has::Waits(At::New, None),
            4 => Has::WaitsForClose,
            _ if self.line.closed => return "closed".into(),
            _ if self.bound.is_some() && self.line.free == 0 => return "full".into(),
            _ => {
                self.line.free = self.line.free.saturating_sub(1);
                self.push(value);
                return "sent".into();
            }
        };
        String::new()
    }

    fn poll(&mut self, place: usize) -> &'static str {
        match self.has[place] {
            Has::Nothing | Has::Gave | Has::Permit => "nothing to poll",
            Has::WaitsForClose => {
                if self.line.closed {
                    self.has[place] = Has::Gave;
                    self.sender_has_gone();
                    return "\"closed\"";
                }
                if !self.closers.contains(&place) {
                    self.closers.push(place);
                }
                "pending"
            }
            Has::Waits(mut at, value) => {
                let polled = self.line.take(place, &mut at, 1);
                self.has[place] = Has::Waits(at, value);
                match (polled, value) {
                    (Poll::Pending, _) => return "pending",
                    (Poll::Ready(Ok(())), None) => {
                        self.has[place] = Has::Permit;
                        return "\"a permit\"";
                    }
                    (Poll::Ready(Ok(())), Some(value)) => self.push(value),
                    (Poll::Ready(Err(())), _) => self.wake_if_idle(),
                }
                self.has[place] = Has::Gave;
                self.sender_has_gone();
                match polled {
                    Poll::Ready(Ok(())) => "\"sent\"",
                    _ => "\"refused\"",
                }
            }
        }
    }

    fn receive(&mut self) -> Option<usize> {
        let value = self.queue.pop_front()?;
        if self.bound.is_some() {
            self.line.give(1);
        }
        Some(value)
    }

    fn receives(&mut self, what: u8, n: usize) -> String {
        match what {
            0..=4 if self.queue.is_empty() && !self.is_end() => {
                self.asks = true;
                told::<()>(Some(Poll::Pending))
            }
            0..=4 => {
                let value = self.receive();
                told(Some(Poll::Ready(value)))
            }
            5 if self.queue.is_empty() && self.is_end() => "Err(Disconnected)".into(),
            5 if self.queue.is_empty() => "Err(Empty)".into(),
            5 => format!("Ok({:?})", self.receive().expect("it is not empty")),
            6 if n == 0 => {
                self.close();
                String::new()
            }
            10 if n > 0 && self.queue.is_empty() && !self.is_end() => {
                self.asks = true;
                "pending []".into()
            }
            10 => {
                let values: Vec<_> = (0..n).map_while(|_| self.queue.pop_front()).collect();
                if self.bound.is_some() {
                    self.line.give(values.len());
                }
                format!("{} {values:?}", values.len())
            }
            _ => {
                let room = match self.bound {
                    Some(_) => format!("{} ", self.line.free),
                    None => String::new(),
                };
                let senders = self.senders();
                let is_closed = self.line.closed || senders == 0;
                format!("{room}{} {senders} {is_closed}", self.queue.len())
            }
        }
    }
}

impl Subject for Model {
    fn step(&mut self, step: Step) -> String {
        match step {
            Step::Begin(place, kind, _) => return self.begin(place, kind),
            Step::Poll(place) => return self.poll(place).into(),
            Step::Drop(place) => self.drop_it(place),
            Step::Do(7, place) => match self.has[place] {
                Has::Permit => {
                    self.next += 1;
                    self.push(self.next - 1);
                    self.has[place] = Has::Nothing;
                    self.sender_has_gone();
                    return "sent".into();
                }
                Has::Gave => self.has[place] = Has::Nothing,
                _ => {}
            },
            Step::Do(8, 0) => {
                if std::mem::take(&mut self.has_sender) {
                    self.sender_has_gone();
                }
            }
            Step::Do(9, 0) => {
                if std::mem::take(&mut self.has_receiver) {
                    self.close();
                    self.asks = false;
                    let left = self.queue.len();
                    self.queue.clear();
                    if self.bound.is_some() {
                        self.line.give(left);
                    }
                }
            }
            Step::Do(..) if !self.has_receiver => return "gone".into(),
            Step::Do(what, n) => return self.receives(what, n),
        }
        String::new()
    }

    fn woken(&mut self) -> Vec<usize> {
        std::mem::take(&mut self.line.woken)
    }
}
