//! `oneshot`, and a value that is there, refused or neither.

use super::{Log, Pair, Step, Subject, told};
use buzzer::sync::oneshot::{self, Receiver, Sender};
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

pub const PAIR: Pair = Pair {
    name: "oneshot",
    is_channel: true,
    both: |_| [Box::new(Real::new()), Box::new(Model::default())],
};

/// Who is woken.
const SENDER: usize = 0;
const RECEIVER: usize = 1;

struct Real {
    log: Log,
    sender: Option<Sender<usize>>,
    receiver: Option<Receiver<usize>>,
    has_given: bool,
}

impl Real {
    fn new() -> Self {
        let (sender, receiver) = oneshot::channel();
        Self {
            log: Log::default(),
            sender: Some(sender),
            receiver: Some(receiver),
            has_given: false,
        }
    }
}

impl Subject for Real {
    fn step(&mut self, step: Step) -> String {
        match step {
            // So that most sequences wait before they end.
            Step::Begin(0, 0, value) => match self.sender.take() {
                Some(sender) => format!("{:?}", sender.send(value)),
                None => String::new(),
            },
            Step::Drop(0) => {
                self.sender = None;
                String::new()
            }
            Step::Drop(1) => {
                self.receiver = None;
                String::new()
            }
            Step::Poll(0..=1) => match &mut self.sender {
                Some(sender) => {
                    let waker = self.log.waker(SENDER);
                    let mut closed = pin!(sender.closed());
                    told(Some(closed.as_mut().poll(&mut Context::from_waker(&waker))))
                }
                None => String::new(),
            },
            Step::Poll(_) => match &mut self.receiver {
                Some(receiver) if !self.has_given => {
                    let waker = self.log.waker(RECEIVER);
                    let polled = Pin::new(receiver).poll(&mut Context::from_waker(&waker));
                    self.has_given = polled.is_ready();
                    told(Some(polled.map(Result::ok)))
                }
                _ => String::new(),
            },
            Step::Do(0, _) => match &mut self.receiver {
                Some(receiver) => {
                    receiver.close();
                    String::new()
                }
                None => String::new(),
            },
            Step::Do(1..=2, _) => match &mut self.receiver {
                Some(receiver) => {
                    let tried = receiver.try_recv();
                    self.has_given |= tried != Err(oneshot::error::TryRecvError::Empty);
                    format!("{tried:?}")
                }
                None => String::new(),
            },
            _ => {
                let is_closed = self.sender.as_ref().map(Sender::is_closed);
                let receiver = self.receiver.as_ref();
                let is = receiver.map(|it| (it.is_terminated(), it.is_empty()));
                format!("{is_closed:?} {is:?}")
            }
        }
    }

    fn woken(&mut self) -> Vec<usize> {
        self.log.take()
    }
}

#[derive(Default)]
struct Model {
    sender_is_gone: bool,
    receiver_is_gone: bool,
    closed: bool,
    value: Option<usize>,
    /// Whether each has left its waker.
    asks: [bool; 2],
    has_given: bool,
    woken: Vec<usize>,
}

impl Model {
    fn wake(&mut self, who: usize) {
        if std::mem::take(&mut self.asks[who]) {
            self.woken.push(who);
        }
    }

    fn close(&mut self) {
        let is_first = !std::mem::replace(&mut self.closed, true);
        if is_first && !self.sender_is_gone && !self.has_given {
            self.wake(SENDER);
        }
    }

    /// What a receive finds: `None` if it has to wait.
    fn look(&mut self) -> Option<Option<usize>> {
        if self.value.is_none() && !self.sender_is_gone && !self.closed {
            return None;
        }
        self.has_given = true;
        Some(self.value.take())
    }
}

impl Subject for Model {
    fn step(&mut self, step: Step) -> String {
        match step {
            Step::Begin(0, 0, value) if !self.sender_is_gone => {
                self.sender_is_gone = true;
                if self.closed {
                    return format!("Err({value})");
                }
                self.value = Some(value);
                self.wake(RECEIVER);
                "Ok(())".into()
            }
            Step::Begin(0, 0, _) => String::new(),
            Step::Drop(0) => {
                // Also where it has closed since it left its waker.
                let still_asks = !self.receiver_is_gone && !self.has_given;
                if !std::mem::replace(&mut self.sender_is_gone, true) && still_asks {
                    self.wake(RECEIVER);
                }
                String::new()
            }
            Step::Drop(1) => {
                if !std::mem::replace(&mut self.receiver_is_gone, true) {
                    self.close();
                    self.value = None;
                }
                String::new()
            }
            Step::Poll(0..=1) if self.sender_is_gone => String::new(),
            Step::Poll(0..=1) if self.closed => "()".into(),
            Step::Poll(0..=1) => {
                self.asks[SENDER] = true;
                "pending".into()
            }
            Step::Poll(_) if self.receiver_is_gone || self.has_given => String::new(),
            Step::Poll(_) => match self.look() {
                Some(value) => told(Some(Poll::Ready(value))),
                None => {
                    self.asks[RECEIVER] = true;
                    "pending".into()
                }
            },
            Step::Do(0..=2, _) if self.receiver_is_gone => String::new(),
            Step::Do(0, _) => {
                self.close();
                String::new()
            }
            Step::Do(1..=2, _) if self.has_given => "Err(Closed)".into(),
            Step::Do(1..=2, _) => match self.look() {
                Some(Some(value)) => format!("Ok({value})"),
                Some(None) => "Err(Closed)".into(),
                None => "Err(Empty)".into(),
            },
            _ => {
                let is_closed = (!self.sender_is_gone).then_some(self.closed);
                let is = (!self.receiver_is_gone).then_some((self.has_given, self.value.is_none()));
                format!("{is_closed:?} {is:?}")
            }
        }
    }

    fn woken(&mut self) -> Vec<usize> {
        std::mem::take(&mut self.woken)
    }
}
