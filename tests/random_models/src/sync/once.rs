//! `OnceCell` and `SetOnce`, and an option with a line before it.

use super::{At, Line, PLACES, Pair, Places, Step, Subject, told};
use buzzer::sync::{Notify, OnceCell, SetOnce};
use std::sync::Arc;
use std::task::Poll;

pub const ONCE_CELL: Pair = Pair {
    name: "OnceCell",
    is_channel: false,
    both: |_| {
        [
            Box::new(RealCell::default()),
            Box::new(ModelCell::default()),
        ]
    },
};

pub const SET_ONCE: Pair = Pair {
    name: "SetOnce",
    is_channel: false,
    both: |_| [Box::new(RealSet::default()), Box::new(ModelSet::default())],
};

/// Each initialiser waits at the gate of its place, and then gives its value or fails.
#[derive(Default)]
struct RealCell {
    places: Places<Result<usize, ()>>,
    cell: Arc<OnceCell<usize>>,
    gates: [Arc<Notify>; PLACES],
}

impl Subject for RealCell {
    fn step(&mut self, step: Step) -> String {
        match step {
            Step::Begin(place, kind, value) => {
                self.places.drop_it(place);
                self.gates[place] = Arc::default();
                let (cell, gate) = (self.cell.clone(), self.gates[place].clone());
                self.places.begin(place, async move {
                    let made = cell.get_or_try_init(|| async {
                        gate.notified().await;
                        if kind < 4 { Ok(value) } else { Err(()) }
                    });
                    made.await.copied()
                });
                String::new()
            }
            Step::Poll(place) => told(self.places.poll(place)),
            Step::Drop(place) => {
                self.places.drop_it(place);
                String::new()
            }
            Step::Do(0..=7, place) => {
                self.gates[place].notify_one();
                String::new()
            }
            Step::Do(8, value) => match self.cell.set(value) {
                Ok(()) => "set".into(),
                Err(error) if error.is_already_init_err() => "is set".into(),
                Err(_) => "is being made".into(),
            },
            Step::Do(..) => format!("{:?} {}", self.cell.get(), self.cell.initialized()),
        }
    }

    fn woken(&mut self) -> Vec<usize> {
        self.places.log.take()
    }
}

#[derive(Clone, Copy)]
enum Makes {
    Waits(At),
    /// At its gate; whether it has left its waker there.
    AtGate(bool),
}

#[derive(Clone, Copy, Default)]
struct Gate {
    is_open: bool,
}

struct ModelCell {
    line: Line,
    value: Option<usize>,
    makes: [Option<(Makes, u8, usize)>; PLACES],
    gates: [Gate; PLACES],
}

impl Default for ModelCell {
    fn default() -> Self {
        Self {
            line: Line::of(1),
            value: None,
            makes: [None; PLACES],
            gates: [Gate::default(); PLACES],
        }
    }
}

impl ModelCell {
    fn drop_it(&mut self, place: usize) {
        match self.makes[place].take() {
            Some((Makes::Waits(at), ..)) => self.line.leave(place, at, 1),
            Some((Makes::AtGate(_), ..)) => self.line.give(1),
            None => {}
        }
    }

    fn poll(&mut self, place: usize) -> Option<Poll<Result<usize, ()>>> {
        let (makes, kind, value) = self.makes[place]?;
        if let Makes::Waits(mut at) = makes {
            if at == At::New
                && let Some(value) = self.value
            {
                self.makes[place] = None;
                return Some(Poll::Ready(Ok(value)));
            }
            let polled = self.line.take(place, &mut at, 1);
            self.makes[place] = Some((Makes::Waits(at), kind, value));
            match polled {
                Poll::Pending => return Some(Poll::Pending),
                Poll::Ready(Err(())) => {
                    self.makes[place] = None;
                    return Some(Poll::Ready(Ok(self.value.expect("it is closed with one"))));
                }
                Poll::Ready(Ok(())) => {}
            }
        }
        if !std::mem::take(&mut self.gates[place].is_open) {
            self.makes[place] = Some((Makes::AtGate(true), kind, value));
            return Some(Poll::Pending);
        }
        self.makes[place] = None;
        if kind >= 4 {
            self.line.give(1);
            return Some(Poll::Ready(Err(())));
        }
        self.value = Some(value);
        self.line.close();
        Some(Poll::Ready(Ok(value)))
    }
}

impl Subject for ModelCell {
    fn step(&mut self, step: Step) -> String {
        match step {
            Step::Begin(place, kind, value) => {
                self.drop_it(place);
                self.gates[place] = Gate::default();
                self.makes[place] = Some((Makes::Waits(At::New), kind, value));
                String::new()
            }
            Step::Poll(place) => told(self.poll(place)),
            Step::Drop(place) => {
                self.drop_it(place);
                String::new()
            }
            Step::Do(0..=7, place) => {
                // Once it was told, one that comes is kept for nobody: the gate is its own.
                if let Some((Makes::AtGate(waits), ..)) = &mut self.makes[place]
                    && std::mem::take(waits)
                {
                    self.line.woken.push(place);
                }
                self.gates[place].is_open = true;
                String::new()
            }
            Step::Do(8, _) if self.value.is_some() => "is set".into(),
            Step::Do(8, _) if self.line.free == 0 => "is being made".into(),
            Step::Do(8, value) => {
                self.value = Some(value);
                self.line.free = 0;
                self.line.close();
                "set".into()
            }
            Step::Do(..) => format!("{:?} {}", self.value.as_ref(), self.value.is_some()),
        }
    }

    fn woken(&mut self) -> Vec<usize> {
        std::mem::take(&mut self.line.woken)
    }
}

#[derive(Default)]
struct RealSet {
    places: Places<usize>,
    set: Arc<SetOnce<usize>>,
}

impl Subject for RealSet {
    fn step(&mut self, step: Step) -> String {
        match step {
            Step::Begin(place, ..) => {
                let set = self.set.clone();
                self.places.begin(place, async move { *set.wait().await });
                String::new()
            }
            Step::Poll(place) => told(self.places.poll(place)),
            Step::Drop(place) => {
                self.places.drop_it(place);
                String::new()
            }
            Step::Do(0, value) => format!("{}", self.set.set(value).is_ok()),
            Step::Do(..) => format!("{:?}", self.set.get()),
        }
    }

    fn woken(&mut self) -> Vec<usize> {
        self.places.log.take()
    }
}

#[derive(Default)]
struct ModelSet {
    value: Option<usize>,
    line: Vec<usize>,
    waits: [bool; PLACES],
    woken: Vec<usize>,
}

impl Subject for ModelSet {
    fn step(&mut self, step: Step) -> String {
        match step {
            Step::Begin(place, ..) | Step::Drop(place) => {
                self.line.retain(|&other| other != place);
                self.waits[place] = matches!(step, Step::Begin(..));
                String::new()
            }
            Step::Poll(place) if !self.waits[place] => told::<()>(None),
            Step::Poll(place) => match self.value {
                Some(value) => {
                    self.waits[place] = false;
                    told(Some(Poll::Ready(value)))
                }
                None => {
                    if !self.line.contains(&place) {
                        self.line.push(place);
                    }
                    "pending".into()
                }
            },
            Step::Do(0, value) => {
                let is_first = self.value.is_none();
                if is_first {
                    self.value = Some(value);
                    self.woken.append(&mut self.line);
                }
                format!("{is_first}")
            }
            Step::Do(..) => format!("{:?}", self.value.as_ref()),
        }
    }

    fn woken(&mut self) -> Vec<usize> {
        std::mem::take(&mut self.woken)
    }
}
