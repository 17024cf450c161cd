//! `mpsc`, bounded or not, and a queue with a line of those who want room.
//!
//! - `unbounded.rs`: the library's without a bound
//! - `model.rs`: the queue

mod model;
mod unbounded;

use super::{PLACES, Pair, Places, Step, Subject, told};
use buzzer::sync::mpsc::{self, OwnedPermit, Receiver, Sender};
use model::Model;
use std::pin::pin;
use std::task::Context;
use unbounded::RealUnbounded;

pub const BOUNDED: Pair = Pair {
    name: "mpsc",
    is_channel: true,
    both: |size| {
        let bound = size.clamp(1, 3);
        [
            Box::new(Real::new(bound)),
            Box::new(Model::new(Some(bound))),
        ]
    },
};

pub const UNBOUNDED: Pair = Pair {
    name: "mpsc without a bound",
    is_channel: true,
    both: |_| [Box::new(RealUnbounded::new()), Box::new(Model::new(None))],
};

/// Who is woken when the receiver is.
const RECEIVER: usize = PLACES;

enum Gave {
    Sent(bool),
    Permit(OwnedPermit<usize>),
    Refused,
    Closed,
}

struct Real {
    places: Places<Gave>,
    sender: Option<Sender<usize>>,
    receiver: Option<Receiver<usize>>,
    next: usize,
}

impl Real {
    fn new(bound: usize) -> Self {
        let (sender, receiver) = mpsc::channel(bound);
        Self {
            places: Places::default(),
            sender: Some(sender),
            receiver: Some(receiver),
            next: 0,
        }
    }

    fn begin(&mut self, place: usize, kind: u8) -> String {
        self.places.drop_it(place);
        let value = self.next;
        self.next += 1;
        let Some(sender) = self.sender.clone() else {
            return String::new();
        };
        match kind {
            0..=2 => self.places.begin(place, async move {
                Gave::Sent(sender.send(value).await.is_ok())
            }),
            3 => self.places.begin(place, async move {
                let permit = sender.reserve_owned().await;
                permit.map_or(Gave::Refused, Gave::Permit)
            }),
            4 => self.places.begin(place, async move {
                sender.closed().await;
                Gave::Closed
            }),
            _ => {
                return match sender.try_send(value) {
                    Ok(()) => "sent".into(),
                    Err(mpsc::error::TrySendError::Full(_)) => "full".into(),
                    Err(mpsc::error::TrySendError::Closed(_)) => "closed".into(),
                };
            }
        }
        String::new()
    }
}

impl Subject for Real {
    fn step(&mut self, step: Step) -> String {
        match step {
            Step::Begin(place, kind, _) => self.begin(place, kind),
            Step::Poll(place) => {
                let polled = self.places.poll(place);
                told(polled.map(|polled| {
                    polled.map(|gave| match gave {
                        Gave::Sent(true) => "sent",
                        Gave::Permit(_) => "a permit",
                        Gave::Sent(false) | Gave::Refused => "refused",
                        Gave::Closed => "closed",
                    })
                }))
            }
            Step::Drop(place) => {
                self.places.drop_it(place);
                String::new()
            }
            Step::Do(7, place) => match self.places.take_given(place) {
                Some(Gave::Permit(permit)) => {
                    self.next += 1;
                    drop(permit.send(self.next - 1));
                    "sent".into()
                }
                _ => String::new(),
            },
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
                        let (room, length) = (receiver.capacity(), receiver.len());
                        let senders = receiver.sender_strong_count();
                        format!("{room} {length} {senders} {}", receiver.is_closed())
                    }
                }
            }
        }
    }

    fn woken(&mut self) -> Vec<usize> {
        self.places.log.take()
    }
}
