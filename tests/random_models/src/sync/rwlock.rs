//! `RwLock`, and a line of those who want one of so many places, or all of them.

use super::{At, Line, PLACES, Pair, Places, Step, Subject, told};
use buzzer::sync::{OwnedRwLockReadGuard, OwnedRwLockWriteGuard, RwLock};
use std::sync::Arc;

/// As many readers at once.
const READERS: usize = 3;

pub const PAIR: Pair = Pair {
    name: "RwLock",
    is_channel: false,
    both: |_| [Box::new(Real::default()), Box::new(Model::default())],
};

enum Guard {
    Read(#[expect(dead_code, reason = "it is held")] OwnedRwLockReadGuard<()>),
    Write(OwnedRwLockWriteGuard<()>),
}

struct Real {
    places: Places<Guard>,
    lock: Arc<RwLock<()>>,
}

impl Default for Real {
    fn default() -> Self {
        Self {
            places: Places::default(),
            lock: Arc::new(RwLock::with_max_readers((), READERS as u32)),
        }
    }
}

impl Real {
    fn taken(&mut self, place: usize, guard: Option<Guard>) -> String {
        let is_taken = guard.is_some();
        if let Some(guard) = guard {
            self.places.put(place, guard);
        }
        format!("{is_taken}")
    }
}

impl Subject for Real {
    fn step(&mut self, step: Step) -> String {
        let lock = self.lock.clone();
        match step {
            Step::Begin(place, 4, _) => {
                self.places.drop_it(place);
                let guard = lock.try_read_owned();
                self.taken(place, guard.map(Guard::Read).ok())
            }
            Step::Begin(place, 5, _) => {
                self.places.drop_it(place);
                let guard = lock.try_write_owned();
                self.taken(place, guard.map(Guard::Write).ok())
            }
            Step::Begin(place, 0..=1, _) => {
                self.places
                    .begin(place, async move { Guard::Write(lock.write_owned().await) });
                String::new()
            }
            Step::Begin(place, ..) => {
                self.places
                    .begin(place, async move { Guard::Read(lock.read_owned().await) });
                String::new()
            }
            Step::Poll(place) => {
                let polled = self.places.poll(place);
                told(polled.map(|polled| polled.map(|_| ())))
            }
            Step::Drop(place) => {
                self.places.drop_it(place);
                String::new()
            }
            Step::Do(0..=5, place) => match self.places.take_given(place) {
                Some(Guard::Write(guard)) => {
                    self.places.put(place, Guard::Read(guard.downgrade()));
                    "downgraded".into()
                }
                Some(guard) => {
                    self.places.put(place, guard);
                    String::new()
                }
                None => String::new(),
            },
            Step::Do(..) => {
                let reads = lock.try_read().is_ok();
                let writes = lock.try_write().is_ok();
                format!("{reads} {writes}")
            }
        }
    }

    fn woken(&mut self) -> Vec<usize> {
        self.places.log.take()
    }
}

#[derive(Clone, Copy, Default)]
enum Has {
    #[default]
    Nothing,
    Waits(At, usize),
    Guard(usize),
}

struct Model {
    line: Line,
    has: [Has; PLACES],
}

impl Default for Model {
    fn default() -> Self {
        Self {
            line: Line::of(READERS),
            has: [Has::Nothing; PLACES],
        }
    }
}

impl Model {
    fn drop_it(&mut self, place: usize) {
        match std::mem::take(&mut self.has[place]) {
            Has::Waits(at, want) => self.line.leave(place, at, want),
            Has::Guard(count) => self.line.give(count),
            Has::Nothing => {}
        }
    }
}

impl Subject for Model {
    fn step(&mut self, step: Step) -> String {
        match step {
            Step::Begin(place, kind @ 4..=5, _) => {
                self.drop_it(place);
                let want = if kind == 4 { 1 } else { READERS };
                let is_free = self.line.free >= want;
                if is_free {
                    self.line.free -= want;
                    self.has[place] = Has::Guard(want);
                }
                format!("{is_free}")
            }
            Step::Begin(place, kind, _) => {
                self.drop_it(place);
                let want = if kind > 1 { 1 } else { READERS };
                self.has[place] = Has::Waits(At::New, want);
                String::new()
            }
            Step::Poll(place) => {
                let Has::Waits(at, want) = &mut self.has[place] else {
                    return told::<()>(None);
                };
                let want = *want;
                let polled = self.line.take(place, at, want);
                if polled.is_ready() {
                    self.has[place] = Has::Guard(want);
                }
                told(Some(polled.map(|_| ())))
            }
            Step::Drop(place) => {
                self.drop_it(place);
                String::new()
            }
            Step::Do(0..=5, place) => match self.has[place] {
                Has::Guard(READERS) => {
                    self.has[place] = Has::Guard(1);
                    self.line.give(READERS - 1);
                    "downgraded".into()
                }
                _ => String::new(),
            },
            Step::Do(..) => format!("{} {}", self.line.free >= 1, self.line.free == READERS),
        }
    }

    fn woken(&mut self) -> Vec<usize> {
        std::mem::take(&mut self.line.woken)
    }
}
