//! `Barrier`, and a count of who has come.

use super::{At, PLACES, Pair, Places, Step, Subject, told};
use buzzer::sync::Barrier;
use std::sync::Arc;

pub const PAIR: Pair = Pair {
    name: "Barrier",
    is_channel: false,
    both: |size| [Box::new(Real::new(size)), Box::new(Model::new(size))],
};

struct Real {
    places: Places<bool>,
    barrier: Arc<Barrier>,
}

impl Real {
    fn new(size: usize) -> Self {
        Self {
            places: Places::default(),
            barrier: Arc::new(Barrier::new(size)),
        }
    }
}

impl Subject for Real {
    fn step(&mut self, step: Step) -> String {
        match step {
            Step::Begin(place, ..) => {
                let barrier = self.barrier.clone();
                let wait = async move { barrier.wait().await.is_leader() };
                self.places.begin(place, wait);
                String::new()
            }
            Step::Poll(place) => told(self.places.poll(place)),
            Step::Drop(place) => {
                self.places.drop_it(place);
                String::new()
            }
            Step::Do(..) => String::new(),
        }
    }

    fn woken(&mut self) -> Vec<usize> {
        self.places.log.take()
    }
}

struct Model {
    size: usize,
    /// Also of those who have given up since.
    come: usize,
    line: Vec<usize>,
    waits: [Option<At>; PLACES],
    woken: Vec<usize>,
}

impl Model {
    fn new(size: usize) -> Self {
        Self {
            size,
            come: 0,
            line: Vec::new(),
            waits: [None; PLACES],
            woken: Vec::new(),
        }
    }
}

impl Subject for Model {
    fn step(&mut self, step: Step) -> String {
        match step {
            Step::Begin(place, ..) | Step::Drop(place) => {
                self.line.retain(|&other| other != place);
                self.waits[place] = matches!(step, Step::Begin(..)).then_some(At::New);
                String::new()
            }
            Step::Poll(place) => match self.waits[place] {
                None => told::<()>(None),
                Some(At::Told) => {
                    self.waits[place] = None;
                    "false".into()
                }
                Some(At::InLine) => "pending".into(),
                Some(At::New) => {
                    self.come += 1;
                    if self.come < self.size {
                        self.line.push(place);
                        self.waits[place] = Some(At::InLine);
                        return "pending".into();
                    }
                    self.come = 0;
                    for other in std::mem::take(&mut self.line) {
                        self.waits[other] = Some(At::Told);
                        self.woken.push(other);
                    }
                    self.waits[place] = None;
                    "true".into()
                }
            },
            Step::Do(..) => String::new(),
        }
    }

    fn woken(&mut self) -> Vec<usize> {
        std::mem::take(&mut self.woken)
    }
}
