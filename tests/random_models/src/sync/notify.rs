//! `Notify`, and a line with a bell.

use super::{At, PLACES, Pair, Places, Step, Subject, told};
use buzzer::sync::Notify;
use std::collections::VecDeque;
use std::sync::Arc;

pub const PAIR: Pair = Pair {
    name: "Notify",
    is_channel: false,
    both: |_| [Box::new(Real::default()), Box::new(Model::default())],
};

#[derive(Default)]
struct Real {
    places: Places<()>,
    notify: Arc<Notify>,
}

impl Subject for Real {
    fn step(&mut self, step: Step) -> String {
        let notify = self.notify.clone();
        match step {
            Step::Begin(place, 5, _) => {
                // In line before its first poll.
                self.places.drop_it(place);
                let mut notified = Box::pin(notify.notified_owned());
                let is_told = notified.as_mut().enable();
                self.places.begin(place, notified);
                format!("{is_told}")
            }
            Step::Begin(place, ..) => {
                self.places.begin(place, notify.notified_owned());
                String::new()
            }
            Step::Poll(place) => told(self.places.poll(place)),
            Step::Drop(place) => {
                self.places.drop_it(place);
                String::new()
            }
            Step::Do(0..=5, _) => {
                notify.notify_one();
                String::new()
            }
            Step::Do(6..=8, _) => {
                notify.notify_last();
                String::new()
            }
            Step::Do(..) => {
                notify.notify_waiters();
                String::new()
            }
        }
    }

    fn woken(&mut self) -> Vec<usize> {
        self.places.log.take()
    }
}

/// By what one was told, for whom it goes on to if that one is dropped.
#[derive(Clone, Copy, PartialEq, Eq)]
enum By {
    First,
    Last,
    All,
}

#[derive(Default)]
struct Model {
    kept: bool,
    line: VecDeque<usize>,
    /// Of each place: where its wait stands, by what it was told, and whether it has a waker.
    waits: [Option<(At, By, bool)>; PLACES],
    woken: Vec<usize>,
}

impl Model {
    fn notify(&mut self, by: By) {
        let one = match by {
            By::Last => self.line.pop_back(),
            _ => self.line.pop_front(),
        };
        match one {
            None => self.kept = true,
            Some(one) => self.tell(one, by),
        }
    }

    fn tell(&mut self, one: usize, by: By) {
        let has_waker = self.waits[one].is_some_and(|(.., has_waker)| has_waker);
        self.waits[one] = Some((At::Told, by, has_waker));
        if has_waker {
            self.woken.push(one);
        }
    }

    fn drop_it(&mut self, place: usize) {
        self.line.retain(|&other| other != place);
        if let Some((At::Told, by @ (By::First | By::Last), _)) = self.waits[place].take() {
            self.notify(by);
        }
    }

    /// Whether it is told.
    fn ask(&mut self, place: usize, with_waker: bool) -> bool {
        let Some((at, by, has_waker)) = self.waits[place] else {
            return false;
        };
        let has_waker = has_waker || with_waker;
        match at {
            At::New if std::mem::take(&mut self.kept) => {
                // Taken, so it goes on to nobody.
                self.waits[place] = Some((At::Told, By::All, has_waker));
                return true;
            }
            At::New => self.line.push_back(place),
            At::Told => return true,
            At::InLine => {}
        }
        self.waits[place] = Some((At::InLine, by, has_waker));
        false
    }
}

impl Subject for Model {
    fn step(&mut self, step: Step) -> String {
        match step {
            Step::Begin(place, kind, _) => {
                self.drop_it(place);
                self.waits[place] = Some((At::New, By::All, false));
                match kind {
                    5 => format!("{}", self.ask(place, false)),
                    _ => String::new(),
                }
            }
            Step::Poll(place) => {
                if self.waits[place].is_none() {
                    return told::<()>(None);
                }
                if self.ask(place, true) {
                    self.waits[place] = None;
                    return "()".into();
                }
                "pending".into()
            }
            Step::Drop(place) => {
                self.drop_it(place);
                String::new()
            }
            Step::Do(what, _) => {
                match what {
                    0..=5 => self.notify(By::First),
                    6..=8 => self.notify(By::Last),
                    _ => {
                        // Also those that have not asked yet.
                        for place in std::mem::take(&mut self.line) {
                            self.tell(place, By::All);
                        }
                        for wait in self.waits.iter_mut().flatten() {
                            if wait.0 == At::New {
                                *wait = (At::Told, By::All, false);
                            }
                        }
                    }
                }
                String::new()
            }
        }
    }

    fn woken(&mut self) -> Vec<usize> {
        std::mem::take(&mut self.woken)
    }
}
