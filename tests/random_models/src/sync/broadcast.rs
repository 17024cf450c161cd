//! `broadcast`, and all that was ever sent, with how far each has heard.

use super::{PLACES, Pair, Places, Step, Subject, told};
use buzzer::sync::broadcast::error::{RecvError, TryRecvError};
use buzzer::sync::broadcast::{self, Receiver, Sender};
use std::task::Poll;

pub const PAIR: Pair = Pair {
    name: "broadcast",
    is_channel: true,
    both: |size| {
        let size = size.clamp(1, 3);
        [Box::new(Real::new(size)), Box::new(Model::new(size))]
    },
};

struct Real {
    places: Places<(Receiver<usize>, Result<usize, RecvError>)>,
    sender: Option<Sender<usize>>,
}

const NOTHING_YET: Result<usize, RecvError> = Ok(0);

impl Real {
    fn new(size: usize) -> Self {
        let (sender, receiver) = broadcast::channel(size);
        let mut places = Places::default();
        places.put(0, (receiver, NOTHING_YET));
        Self {
            places,
            sender: Some(sender),
        }
    }
}

impl Subject for Real {
    fn step(&mut self, step: Step) -> String {
        match step {
            Step::Begin(place, ..) => {
                let Some((mut receiver, _)) = self.places.take_given(place) else {
                    return "none".into();
                };
                self.places.begin(place, async move {
                    let received = receiver.recv().await;
                    (receiver, received)
                });
                String::new()
            }
            Step::Poll(place) => {
                let polled = self.places.poll(place);
                told(polled.map(|polled| polled.map(|(_, received)| received)))
            }
            Step::Drop(place) => {
                self.places.drop_it(place);
                String::new()
            }
            Step::Do(0..=4, value) => match &self.sender {
                Some(sender) => format!("{:?}", sender.send(value).ok()),
                None => String::new(),
            },
            Step::Do(5..=6, place) => match &self.sender {
                Some(sender) => {
                    let receiver = sender.subscribe();
                    self.places.drop_it(place);
                    self.places.put(place, (receiver, NOTHING_YET));
                    String::new()
                }
                None => String::new(),
            },
            Step::Do(7..=8, place) => match self.places.take_given(place) {
                Some((mut receiver, received)) => {
                    let tried = receiver.try_recv();
                    self.places.put(place, (receiver, received));
                    format!("{tried:?}")
                }
                None => String::new(),
            },
            Step::Do(9, 0) => {
                self.sender = None;
                String::new()
            }
            Step::Do(10, place) => match self.places.given(place) {
                Some((receiver, _)) => format!("{}", receiver.len()),
                None => String::new(),
            },
            Step::Do(..) => {
                let sender = self.sender.as_ref();
                let is = sender.map(|it| (it.len(), it.is_empty(), it.receiver_count()));
                format!("{is:?}")
            }
        }
    }

    fn woken(&mut self) -> Vec<usize> {
        self.places.log.take()
    }
}

struct Model {
    /// A power of two.
    size: usize,
    sent: Vec<usize>,
    has_sender: bool,
    /// What each has heard, and whether it waits.
    heard: [Option<(usize, bool)>; PLACES],
    line: Vec<usize>,
    woken: Vec<usize>,
}

impl Model {
    fn new(size: usize) -> Self {
        let mut heard = [None; PLACES];
        heard[0] = Some((0, false));
        Self {
            size: size.next_power_of_two(),
            sent: Vec::new(),
            has_sender: true,
            heard,
            line: Vec::new(),
            woken: Vec::new(),
        }
    }

    fn drop_it(&mut self, place: usize) {
        self.line.retain(|&other| other != place);
        self.heard[place] = None;
    }

    fn receive(&mut self, place: usize) -> Result<usize, TryRecvError> {
        let (heard, _) = self.heard[place].as_mut().expect("it was asked for");
        let oldest = self.sent.len().saturating_sub(self.size);
        if *heard < oldest {
            let missed = oldest - *heard;
            *heard = oldest;
            return Err(TryRecvError::Lagged(missed as u64));
        }
        match self.sent.get(*heard) {
            Some(value) => {
                *heard += 1;
                Ok(*value)
            }
            None if self.has_sender => Err(TryRecvError::Empty),
            None => Err(TryRecvError::Closed),
        }
    }

    fn poll(&mut self, place: usize) -> Option<Poll<Result<usize, RecvError>>> {
        let (_, true) = self.heard[place]? else {
            return None;
        };
        let received = match self.receive(place) {
            Err(TryRecvError::Empty) => {
                if !self.line.contains(&place) {
                    self.line.push(place);
                }
                return Some(Poll::Pending);
            }
            Ok(value) => Ok(value),
            Err(TryRecvError::Closed) => Err(RecvError::Closed),
            Err(TryRecvError::Lagged(missed)) => Err(RecvError::Lagged(missed)),
        };
        if let Some((_, waits)) = &mut self.heard[place] {
            *waits = false;
        }
        Some(Poll::Ready(received))
    }

    fn receivers(&self) -> usize {
        self.heard.iter().flatten().count()
    }

    /// Those that somebody has yet to hear.
    fn unheard(&self) -> usize {
        let oldest = self.sent.len().saturating_sub(self.size);
        let heard = self.heard.iter().flatten().map(|&(heard, _)| heard).min();
        let heard = heard.unwrap_or(self.sent.len()).max(oldest);
        self.sent.len() - heard
    }
}

impl Subject for Model {
    fn step(&mut self, step: Step) -> String {
        match step {
            Step::Begin(place, ..) => match &mut self.heard[place] {
                Some((_, waits @ false)) => {
                    *waits = true;
                    String::new()
                }
                _ => "none".into(),
            },
            Step::Poll(place) => told(self.poll(place)),
            Step::Drop(place) => {
                self.drop_it(place);
                String::new()
            }
            Step::Do(0..=6, _) if !self.has_sender => String::new(),
            Step::Do(0..=4, value) => {
                let receivers = self.receivers();
                if receivers == 0 {
                    return "None".into();
                }
                self.sent.push(value);
                self.woken.append(&mut self.line);
                format!("Some({receivers})")
            }
            Step::Do(5..=6, place) => {
                self.drop_it(place);
                self.heard[place] = Some((self.sent.len(), false));
                String::new()
            }
            Step::Do(what @ (7..=8 | 10), place) => match self.heard[place] {
                Some((heard, false)) if what == 10 => format!("{}", self.sent.len() - heard),
                Some((_, false)) => format!("{:?}", self.receive(place)),
                _ => String::new(),
            },
            Step::Do(9, 0) => {
                if std::mem::take(&mut self.has_sender) {
                    self.woken.append(&mut self.line);
                }
                String::new()
            }
            Step::Do(..) => {
                let unheard = self.unheard();
                let is = (unheard, unheard == 0, self.receivers());
                format!("{:?}", self.has_sender.then_some(is))
            }
        }
    }

    fn woken(&mut self) -> Vec<usize> {
        std::mem::take(&mut self.woken)
    }
}
