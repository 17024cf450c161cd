//! `watch`, and a value with a count of its changes.

use super::{PLACES, Pair, Places, Step, Subject, told};
use buzzer::sync::watch::{self, Receiver, Sender};
use std::task::Poll;

pub const PAIR: Pair = Pair {
    name: "watch",
    is_channel: true,
    both: |_| [Box::new(Real::new()), Box::new(Model::new())],
};

/// Each place has a receiver, which goes into its wait and comes back out of it; a wait that
/// is dropped takes it along.
type Gave = (Receiver<usize>, bool);

struct Real {
    places: Places<Gave>,
    sender: Option<Sender<usize>>,
}

impl Real {
    fn new() -> Self {
        let (sender, receiver) = watch::channel(0);
        let mut places = Places::default();
        places.put(0, (receiver, true));
        Self {
            places,
            sender: Some(sender),
        }
    }
}

impl Subject for Real {
    fn step(&mut self, step: Step) -> String {
        match step {
            // Begins to wait, for a change or for a value of that size.
            Step::Begin(place, kind, least) => {
                let Some((mut receiver, _)) = self.places.take_given(place) else {
                    return "none".into();
                };
                self.places.begin(place, async move {
                    let is_ok = match kind {
                        0..=3 => receiver.changed().await.is_ok(),
                        _ => receiver.wait_for(|value| *value >= least).await.is_ok(),
                    };
                    (receiver, is_ok)
                });
                String::new()
            }
            Step::Poll(place) => {
                let polled = self.places.poll(place);
                told(polled.map(|polled| polled.map(|(_, is_ok)| *is_ok)))
            }
            Step::Drop(place) => {
                self.places.drop_it(place);
                String::new()
            }
            Step::Do(0..=2, value) => match &self.sender {
                Some(sender) => format!("{}", sender.send(value).is_ok()),
                None => String::new(),
            },
            Step::Do(3, value) => match &self.sender {
                Some(sender) => format!("{}", sender.send_replace(value)),
                None => String::new(),
            },
            Step::Do(4, value) => match &self.sender {
                // Modified, and told of if it is even.
                Some(sender) => format!(
                    "{}",
                    sender.send_if_modified(|old| {
                        *old = value;
                        value % 2 == 0
                    })
                ),
                None => String::new(),
            },
            Step::Do(5..=6, place) => match &self.sender {
                Some(sender) => {
                    let receiver = sender.subscribe();
                    self.places.drop_it(place);
                    self.places.put(place, (receiver, true));
                    String::new()
                }
                None => String::new(),
            },
            Step::Do(7, place) => match self.places.take_given(place) {
                Some((mut receiver, is_ok)) => {
                    let value = receiver.borrow_and_update();
                    let told = format!("{} {}", *value, value.has_changed());
                    drop(value);
                    self.places.put(place, (receiver, is_ok));
                    told
                }
                None => String::new(),
            },
            Step::Do(8, place) => match self.places.take_given(place) {
                Some((mut receiver, is_ok)) => {
                    receiver.mark_changed();
                    self.places.put(place, (receiver, is_ok));
                    String::new()
                }
                None => String::new(),
            },
            Step::Do(9, 0) => {
                self.sender = None;
                String::new()
            }
            Step::Do(10, place) => match self.places.given(place) {
                Some((receiver, _)) => {
                    let has_changed = receiver.has_changed().ok();
                    format!("{has_changed:?} {}", *receiver.borrow())
                }
                None => String::new(),
            },
            Step::Do(..) => {
                let sender = self.sender.as_ref();
                let is = sender.map(|it| (it.receiver_count(), it.is_closed(), *it.borrow()));
                format!("{is:?}")
            }
        }
    }

    fn woken(&mut self) -> Vec<usize> {
        self.places.log.take()
    }
}

#[derive(Clone, Copy)]
struct Listens {
    seen: usize,
    /// What it waits for: a change, or a value of that size; and whether it was polled.
    waits: Option<(Option<usize>, bool)>,
}

struct Model {
    value: usize,
    /// Rises with each change.
    version: usize,
    has_sender: bool,
    listens: [Option<Listens>; PLACES],
    line: Vec<usize>,
    woken: Vec<usize>,
}

impl Model {
    fn new() -> Self {
        let mut model = Self {
            value: 0,
            version: 1,
            has_sender: true,
            listens: [None; PLACES],
            line: Vec::new(),
            woken: Vec::new(),
        };
        model.subscribe(0);
        model
    }

    fn subscribe(&mut self, place: usize) {
        self.drop_it(place);
        self.listens[place] = Some(Listens {
            seen: self.version,
            waits: None,
        });
    }

    fn drop_it(&mut self, place: usize) {
        self.line.retain(|&other| other != place);
        self.listens[place] = None;
    }

    fn receivers(&self) -> usize {
        self.listens.iter().flatten().count()
    }

    fn change(&mut self) {
        self.version += 1;
        self.woken.append(&mut self.line);
    }

    fn poll(&mut self, place: usize) -> Option<Poll<bool>> {
        let listens = self.listens[place].as_mut()?;
        let (least, was_polled) = listens.waits?;
        let in_line = self.line.contains(&place);
        let has_changed = listens.seen != self.version;
        // Of a wait for a value the first poll looks whatever was seen.
        let looks = least.is_some() && (!was_polled || has_changed);
        listens.waits = Some((least, true));
        if in_line {
            return Some(Poll::Pending);
        }
        if looks {
            listens.seen = self.version;
            if least.is_some_and(|least| self.value >= least) {
                listens.waits = None;
                return Some(Poll::Ready(true));
            }
        } else if has_changed {
            listens.seen = self.version;
            listens.waits = None;
            return Some(Poll::Ready(true));
        }
        if !self.has_sender {
            listens.waits = None;
            return Some(Poll::Ready(false));
        }
        self.line.push(place);
        Some(Poll::Pending)
    }
}

impl Subject for Model {
    fn step(&mut self, step: Step) -> String {
        match step {
            Step::Begin(place, kind, least) => match &mut self.listens[place] {
                Some(listens) if listens.waits.is_none() => {
                    listens.waits = Some(((kind > 3).then_some(least), false));
                    String::new()
                }
                _ => "none".into(),
            },
            Step::Poll(place) => told(self.poll(place)),
            Step::Drop(place) => {
                self.drop_it(place);
                String::new()
            }
            Step::Do(5..=6, place) => {
                if self.has_sender {
                    self.subscribe(place);
                }
                String::new()
            }
            Step::Do(what @ (7 | 8 | 10), place) => {
                let Some(listens) = &mut self.listens[place] else {
                    return String::new();
                };
                if listens.waits.is_some() {
                    return String::new();
                }
                let has_changed = listens.seen != self.version;
                match what {
                    7 => {
                        listens.seen = self.version;
                        format!("{} {has_changed}", self.value)
                    }
                    8 => {
                        listens.seen = 0;
                        String::new()
                    }
                    _ => {
                        let has_changed = self.has_sender.then_some(has_changed);
                        format!("{has_changed:?} {}", self.value)
                    }
                }
            }
            Step::Do(9, 0) => {
                if std::mem::take(&mut self.has_sender) {
                    self.woken.append(&mut self.line);
                }
                String::new()
            }
            Step::Do(0..=4, _) if !self.has_sender => String::new(),
            Step::Do(0..=2, value) => {
                let is_heard = self.receivers() > 0;
                if is_heard {
                    self.value = value;
                    self.change();
                }
                format!("{is_heard}")
            }
            Step::Do(3, value) => {
                let old = std::mem::replace(&mut self.value, value);
                self.change();
                format!("{old}")
            }
            Step::Do(4, value) => {
                self.value = value;
                let is_told = value % 2 == 0;
                if is_told {
                    self.change();
                }
                format!("{is_told}")
            }
            Step::Do(..) => {
                let count = self.receivers();
                let is = self.has_sender.then_some((count, count == 0, self.value));
                format!("{is:?}")
            }
        }
    }

    fn woken(&mut self) -> Vec<usize> {
        std::mem::take(&mut self.woken)
    }
}
