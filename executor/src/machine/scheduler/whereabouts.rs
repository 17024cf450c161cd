//! Where a thread is, as the panics tell it of what is used in the wrong place.
//!
//! Owns their texts: one for what needs a runtime and finds none, one for what
//! belongs to a runtime and is used outside it. Each says whose the thing is, where
//! this thread is, and the way from here.

use std::cell::Cell;
use std::fmt::Display;

use super::number::RuntimeId;
use super::{current, live};

thread_local! {
    /// On a worker of a blocking pool: its runtime.
    static WORKER_OF: Cell<Option<RuntimeId>> = const { Cell::new(None) };
}

/// This thread becomes a worker of `runtime`, or ceases to be one.
pub(crate) fn set_worker_of(runtime: Option<RuntimeId>) {
    WORKER_OF.set(runtime);
}

/// How a thing has come to belong to its runtime.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Since {
    ItsMaking,
    ItsFirstPoll,
}

/// The panic of what needs a runtime and finds none.
#[cold]
#[track_caller]
pub(crate) fn no_runtime(what: impl Display) -> ! {
    match WORKER_OF.get() {
        Some(runtime) if live::is_live(runtime) => panic!(
            "{what} needs a buzzer runtime, and this thread is in none: it runs the blocking jobs \
             of runtime {}. Send there what is to be awaited, by `Handle::current().spawn`",
            runtime.number()
        ),
        Some(runtime) => panic!(
            "{what} needs a buzzer runtime, and this thread is in none: it runs a blocking job of \
             runtime {}, which has been dropped meanwhile. Let the job end, or make a runtime in \
             it",
            runtime.number()
        ),
        None => panic!(
            "{what} needs a buzzer runtime, and this thread is not in one: call it inside \
             `buzzer::block_on` or `Runtime::block_on`, in a task spawned there, or while a guard \
             of `Runtime::enter` lives"
        ),
    }
}

/// The panic of what belongs to `runtime` and is used outside it.
#[cold]
#[track_caller]
pub(crate) fn elsewhere(what: impl Display, runtime: RuntimeId, since: Since) -> ! {
    let used = match since {
        Since::ItsMaking => "used",
        Since::ItsFirstPoll => "polled",
    };
    let its = match since {
        Since::ItsMaking => "that it was made in",
        Since::ItsFirstPoll => "that polled it first",
    };
    let here = current::with_current(|current| current.map(|current| current.runtime()));
    let number = runtime.number();
    let place = match (here, WORKER_OF.get()) {
        (Some(here), _) if here == number => {
            format!("in another runtime than the one {its}, which had the number {number} before")
        }
        (Some(here), _) => {
            format!("in another runtime than the one {its} (number {here} instead of {number})")
        }
        (None, Some(worker)) => format!(
            "outside the runtime {its} (number {number}), in a blocking job of runtime {}",
            worker.number()
        ),
        (None, None) => {
            format!("outside the runtime {its} (number {number}), on a thread that is in none")
        }
    };
    let way = match (live::is_live(runtime), WORKER_OF.get()) {
        (false, _) => "that one has been dropped, so make another of it where it is awaited",
        (true, Some(worker)) if here.is_none() && worker == runtime => {
            "await it there (`Handle::current().spawn` brings a future there)"
        }
        (true, _) => "await it there (`Handle::spawn` brings a future there)",
    };
    panic!("{what} was {used} {place}: {way}")
}
