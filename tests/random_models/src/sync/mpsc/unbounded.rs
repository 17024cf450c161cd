//! The library's channel without a bound.

use super::{Gave, RECEIVER};
use crate::sync::{Places, Step, Subject, told};
use buzzer::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use std::pin::pin;
use std::task::Context;

pub(super) struct RealUnbounded {
    places: Places<Gave>,
    sender: Option<UnboundedSender<usize>>,
    receiver: Option<UnboundedReceiver<usize>>,
    next: usize,
}

impl RealUnbounded {
    pub(super) fn new() -> Self {
        let (sender, receiver) = mpsc::unbounded_channel();
        Self {
            places: Places::default(),
            sender: Some(sender),
            receiver: Some(receiver),
            next: 0,
        }
    }
}

impl Subject for RealUnbounded {
    fn step(&mut self, step: Step) -> String {
        match step {
            Step::Begin(place, kind, _) => {
                self.places.drop_it(place);
                self.next += 1;
                let Some(sender) = self.sender.clone() else {
                    return String::new();
                };
                if kind < 5 {
                    self.places.begin(place, async move {
                        sender.closed().await;
                        Gave::Closed
                    });
                    return String::new();
                }
                match sender.send(self.next - 1) {
                    Ok(()) => "sent".into(),
                    Err(_) => "closed".into(),
                }
            }
            Step::Poll(place) => told(
                self.places
                    .poll(place)
                    .map(|polled| polled.map(|_| "closed")),
            ),
            Step::Drop(place) => {
                self.places.drop_it(place);
                String::new()
            }
            Step::Do(7, _) => String::new(),
            Step::Do(8, 0) => {
                self.sender = None;
                String::new()
            }
            Step::Do(9, 0) => {
                self.receiver = None;
                String::new()
            }
            Step::Do(what, n) => {
                let Some(receiver) = &mut self.receiver else {
                    return "gone".into();
                };
                let waker = self.places.log.waker(RECEIVER);
                let cx = &mut Context::from_waker(&waker);
                match what {
                    0..=4 => told(Some(pin!(receiver.recv()).poll(cx))),
                    5 => format!("{:?}", receiver.try_recv()),
                    6 if n == 0 => {
                        receiver.close();
                        String::new()
                    }
                    10 => {
                        let mut values = Vec::new();
                        let polled = pin!(receiver.recv_many(&mut values, n)).poll(cx);
                        format!("{} {values:?}", told(Some(polled)))
                    }
                    _ => {
                        let senders = receiver.sender_strong_count();
                        format!("{} {senders} {}", receiver.len(), receiver.is_closed())
                    }
                }
            }
        }
    }

    fn woken(&mut self) -> Vec<usize> {
        self.places.log.take()
    }
}
