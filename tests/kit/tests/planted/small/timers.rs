//! Deadlines, the earliest first.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};
use std::time::{Duration, Instant};

use buzzer_kit::LocalFuture;

use super::{Small, budget};
use crate::faults::Fault;

/// By deadline; and by number, for two may be equal.
type Key = (Instant, u64);

#[derive(Default)]
pub(super) struct Timers {
    armed: RefCell<BTreeMap<Key, Waker>>,
    made: Cell<u64>,
}

impl Timers {
    pub(super) fn next(&self) -> Option<Instant> {
        let armed = self.armed.borrow();
        armed.keys().next().map(|(deadline, _)| *deadline)
    }

    pub(super) fn expire(&self, fault: Option<Fault>) {
        let now = Instant::now();
        let later = self.armed.borrow_mut().split_off(&(now, u64::MAX));
        let mut due: Vec<_> = self.armed.replace(later).into_iter().collect();
        if fault == Some(Fault::FiresInOrderOfArming) {
            due.sort_by_key(|((_, number), _)| *number);
        }
        for (_, waker) in due {
            waker.wake();
        }
    }
}

/// Disarms its timer when it is dropped.
struct Sleep {
    small: Rc<Small>,
    key: Option<Key>,
}

impl Drop for Sleep {
    fn drop(&mut self) {
        if let Some(key) = self.key
            && !self.small.has(Fault::DroppedSleepsStay)
        {
            self.small.timers.armed.borrow_mut().remove(&key);
        }
    }
}

/// From now on.
pub(super) fn sleep(small: &Rc<Small>, duration: Duration) -> LocalFuture {
    let small = small.clone();
    let begin = match small.has(Fault::BeginsAtTheFirstPoll) {
        true => None,
        false => Some(Instant::now()),
    };
    let mut sleep = Sleep { small, key: None };
    Box::pin(poll_fn(move |cx| {
        let small = sleep.small.clone();
        let timers = &small.timers;
        let duration = match small.has(Fault::RoundsDown) {
            true => Duration::from_millis(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)),
            false => duration,
        };
        let key = sleep.key.get_or_insert_with(|| {
            let begin = begin.unwrap_or_else(Instant::now);
            timers.made.set(timers.made.get() + 1);
            match begin.checked_add(duration) {
                Some(deadline) if small.has(Fault::OneSleepForEachMillisecond) => {
                    (in_whole_milliseconds(deadline), 0)
                }
                Some(deadline) => (deadline, timers.made.get()),
                None if small.has(Fault::AddsUnchecked) => (begin + duration, 0),
                // As good as never: a century.
                None => (
                    begin + Duration::from_secs(3_000_000_000),
                    timers.made.get(),
                ),
            }
        });
        let is_zero = small.has(Fault::ZeroIsForgotten) && duration.is_zero();
        if key.0 <= Instant::now() && !is_zero {
            return match small.has(Fault::SleepsAreFree) {
                true => Poll::Ready(()),
                false => budget::proceed(cx.waker()),
            };
        }
        let mut armed = timers.armed.borrow_mut();
        if !(is_zero || small.has(Fault::SleepKeepsTheFirst) && armed.contains_key(key)) {
            armed.insert(*key, cx.waker().clone());
        }
        Poll::Pending
    }))
}

/// Of a clock that began with the program's first question.
fn in_whole_milliseconds(deadline: Instant) -> Instant {
    thread_local! {
        static BEGIN: Instant = Instant::now();
    }
    let begin = BEGIN.with(|begin| *begin);
    let milliseconds = (deadline - begin).as_millis() as u64 + 1;
    begin + Duration::from_millis(milliseconds)
}
