//! `Semaphore` and `Mutex`, and a line of those who want permits.

use super::{At, Line, PLACES, Pair, Places, Step, Subject, told};
use buzzer::sync::{AcquireError, Mutex, OwnedMutexGuard, OwnedSemaphorePermit, Semaphore};
use std::sync::Arc;

pub const SEMAPHORE: Pair = Pair {
    name: "Semaphore",
    is_channel: false,
    both: |size| [Box::new(Real::new(size)), Box::new(Model::new(size))],
};

/// With many steps that take several at once.
pub const MANY: Pair = Pair {
    name: "Semaphore of many",
    is_channel: false,
    both: |size| {
        [
            Box::new(Real::new(size + 3)),
            Box::new(Model::new(size + 3)),
        ]
    },
};

struct Real {
    places: Places<Result<OwnedSemaphorePermit, AcquireError>>,
    semaphore: Arc<Semaphore>,
}

impl Real {
    fn new(size: usize) -> Self {
        Self {
            places: Places::default(),
            semaphore: Arc::new(Semaphore::new(size)),
        }
    }
}

impl Subject for Real {
    fn step(&mut self, step: Step) -> String {
        let semaphore = self.semaphore.clone();
        match step {
            Step::Begin(place, 5, n) => {
                self.places.drop_it(place);
                match semaphore.try_acquire_many_owned(n as u32) {
                    Ok(permit) => {
                        self.places.put(place, Ok(permit));
                        "taken".into()
                    }
                    Err(error) => format!("{error:?}"),
                }
            }
            Step::Begin(place, _, n) => {
                self.places
                    .begin(place, semaphore.acquire_many_owned(n as u32));
                String::new()
            }
            Step::Poll(place) => {
                let polled = self.places.poll(place);
                told(polled.map(|polled| polled.map(|permit| permit.is_ok())))
            }
            Step::Drop(place) => {
                self.places.drop_it(place);
                String::new()
            }
            Step::Do(0..=4, n) => {
                semaphore.add_permits(n);
                String::new()
            }
            Step::Do(5, n) => format!("{}", semaphore.forget_permits(n)),
            Step::Do(6, 0) => {
                semaphore.close();
                String::new()
            }
            Step::Do(7, place) => match self.places.take_given(place) {
                Some(Ok(permit)) => {
                    permit.forget();
                    "forgotten".into()
                }
                _ => String::new(),
            },
            Step::Do(8, place) => match self.places.take_given(place) {
                // In two, of which one is kept.
                Some(Ok(mut permit)) => {
                    let half = permit.num_permits() / 2;
                    let other = permit.split(half).expect("it has as many");
                    self.places.put(place, Ok(other));
                    format!("{half} of {}", permit.num_permits() + half)
                }
                _ => String::new(),
            },
            Step::Do(..) => {
                format!(
                    "{} {}",
                    semaphore.available_permits(),
                    semaphore.is_closed()
                )
            }
        }
    }

    fn woken(&mut self) -> Vec<usize> {
        self.places.log.take()
    }
}

/// What is in a place of the model: with how many it wants or has.
#[derive(Clone, Copy, Default)]
enum Has {
    #[default]
    Nothing,
    Waits(At, usize),
    Error,
    Permits(usize),
}

struct Model {
    line: Line,
    has: [Has; PLACES],
}

impl Model {
    fn new(size: usize) -> Self {
        Self {
            line: Line::of(size),
            has: [Has::Nothing; PLACES],
        }
    }

    fn drop_it(&mut self, place: usize) {
        match std::mem::take(&mut self.has[place]) {
            Has::Waits(at, want) => self.line.leave(place, at, want),
            Has::Permits(count) => self.line.give(count),
            _ => {}
        }
    }
}

impl Subject for Model {
    fn step(&mut self, step: Step) -> String {
        match step {
            Step::Begin(place, 5, n) => {
                self.drop_it(place);
                if self.line.closed {
                    return "Closed".into();
                }
                if self.line.free < n {
                    return "NoPermits".into();
                }
                self.line.free -= n;
                self.has[place] = Has::Permits(n);
                "taken".into()
            }
            Step::Begin(place, _, n) => {
                self.drop_it(place);
                self.has[place] = Has::Waits(At::New, n);
                String::new()
            }
            Step::Poll(place) => {
                let Has::Waits(at, want) = &mut self.has[place] else {
                    return told::<()>(None);
                };
                let want = *want;
                let polled = self.line.take(place, at, want);
                if polled.is_ready() {
                    self.has[place] = match polled.is_ready() && !self.line.closed {
                        true => Has::Permits(want),
                        false => Has::Error,
                    };
                }
                told(Some(polled.map(|permit| permit.is_ok())))
            }
            Step::Drop(place) => {
                self.drop_it(place);
                String::new()
            }
            Step::Do(0..=4, n) => {
                self.line.give(n);
                String::new()
            }
            Step::Do(5, n) => {
                let forgotten = n.min(self.line.free);
                self.line.free -= forgotten;
                format!("{forgotten}")
            }
            Step::Do(6, 0) => {
                self.line.close();
                String::new()
            }
            Step::Do(7, place) => match self.has[place] {
                Has::Permits(_) => {
                    self.has[place] = Has::Nothing;
                    "forgotten".into()
                }
                Has::Error => {
                    self.has[place] = Has::Nothing;
                    String::new()
                }
                _ => String::new(),
            },
            Step::Do(8, place) => match self.has[place] {
                Has::Permits(count) => {
                    self.has[place] = Has::Permits(count / 2);
                    self.line.give(count - count / 2);
                    format!("{} of {count}", count / 2)
                }
                Has::Error => {
                    self.has[place] = Has::Nothing;
                    String::new()
                }
                _ => String::new(),
            },
            Step::Do(..) => format!("{} {}", self.line.free, self.line.closed),
        }
    }

    fn woken(&mut self) -> Vec<usize> {
        std::mem::take(&mut self.line.woken)
    }
}

pub const MUTEX: Pair = Pair {
    name: "Mutex",
    is_channel: false,
    both: |_| {
        [
            Box::new(RealMutex::default()),
            Box::new(ModelMutex(Model::new(1))),
        ]
    },
};

#[derive(Default)]
struct RealMutex {
    places: Places<OwnedMutexGuard<usize>>,
    mutex: Arc<Mutex<usize>>,
}

impl Subject for RealMutex {
    fn step(&mut self, step: Step) -> String {
        let mutex = self.mutex.clone();
        match step {
            Step::Begin(place, 5, _) => {
                self.places.drop_it(place);
                match mutex.try_lock_owned() {
                    Ok(guard) => {
                        self.places.put(place, guard);
                        "taken".into()
                    }
                    Err(_) => "NoPermits".into(),
                }
            }
            Step::Begin(place, ..) => {
                self.places.begin(place, mutex.lock_owned());
                String::new()
            }
            Step::Poll(place) => {
                let polled = self.places.poll(place);
                told(polled.map(|polled| polled.map(|_| true)))
            }
            Step::Drop(place) => {
                self.places.drop_it(place);
                String::new()
            }
            Step::Do(..) => format!("{}", mutex.try_lock().is_ok()),
        }
    }

    fn woken(&mut self) -> Vec<usize> {
        self.places.log.take()
    }
}

/// One permit.
struct ModelMutex(Model);

impl Subject for ModelMutex {
    fn step(&mut self, step: Step) -> String {
        match step {
            Step::Begin(place, kind, _) => self.0.step(Step::Begin(place, kind, 1)),
            Step::Do(..) => format!("{}", self.0.line.free == 1),
            step => self.0.step(step),
        }
    }

    fn woken(&mut self) -> Vec<usize> {
        self.0.woken()
    }
}
