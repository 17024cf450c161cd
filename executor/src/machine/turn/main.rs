//! The future given to `block_on`: the task in slot 0.
//!
//! Owns its way through the loop, turn after turn until it has ended. It lives on the
//! caller's stack; the table of tasks has only its state.

use std::panic::Location;
use std::pin::Pin;
use std::task::{self, Poll};

use super::{Ran, Turning};
use crate::machine::budget;
use crate::machine::core::Core;
use crate::machine::scheduler::inherited::{self, Context};
use crate::machine::scheduler::number::TaskNumber;
use crate::machine::scheduler::waker::waker;
use crate::record::event::Event;

/// The future given to `block_on`, as the loop sees it: polls it, and says
/// whether it has ended.
pub(super) type Main<'a> = dyn FnMut(&mut task::Context<'_>) -> bool + 'a;

impl Turning<'_> {
    /// Turns until `future` has ended.
    ///
    /// # Panics
    ///
    /// When `future` does, or when the kernel refuses to wait for events.
    #[track_caller]
    pub(crate) fn block_on<F: Future>(&self, mut future: Pin<&mut F>) -> F::Output {
        let mut output = None;
        let _main = MainTask::start(self.core, Location::caller());
        // The caller's is that of its own future, and of no other task.
        let context = inherited::current();
        let _none = inherited::enter(None);
        // What was dropped between two calls has sent its "forget": a descriptor
        // given back there can be a source again in the first poll.
        self.inject();
        loop {
            let mut main = |cx: &mut task::Context<'_>| {
                let polled = match &context {
                    None => future.as_mut().poll(cx),
                    Some(_) => within(&context, future.as_mut(), cx),
                };
                polled.map(|value| output = Some(value)).is_ready()
            };
            match self.turn(Some(&mut main), None, false) {
                Ok(Ran::MainEnded) => break,
                Ok(Ran::Polls(_)) => continue,
                Err(error) => panic!("the runtime can't wait for events: {error}"),
            }
        }
        output.expect("an ended main future has left its output")
    }

    /// The task in slot 0. Without a main future its wake is left over from a
    /// `block_on` that panicked.
    #[inline]
    pub(super) fn poll_main<const OBSERVED: bool>(
        &self,
        number: TaskNumber,
        main: Option<&mut Main<'_>>,
    ) -> bool {
        let Some(poll) = main else {
            self.core.scheduler.suspend(number, None);
            return false;
        };
        let scheduler = &self.core.scheduler;
        let observed = OBSERVED.then(|| self.begin_main(number));
        let refilled = budget::refill();
        let ended = poll(&mut task::Context::from_waker(&waker(number)));
        drop(refilled);
        if !ended {
            scheduler.suspend(number, None);
        }
        if let Some(observed) = observed {
            observed.end(ended);
        }
        ended
    }
}

/// A poll with the inherited context of who called `block_on`. Few have one, and the others
/// should not pay for it.
#[cold]
fn within<F: Future>(
    context: &Option<Context>,
    future: Pin<&mut F>,
    cx: &mut task::Context<'_>,
) -> Poll<F::Output> {
    let _entered = inherited::enter(context.clone());
    future.poll(cx)
}

/// The future of `block_on` while it is in slot 0.
struct MainTask<'a>(&'a Core);

impl<'a> MainTask<'a> {
    fn start(core: &'a Core, at: &'static Location<'static>) -> Self {
        core.scheduler.start_main();
        let at = core.main_at.get().unwrap_or(at);
        core.main_at.set(Some(at));
        core.scheduler.observe_main_started(at);
        if core.recorder().is_on() {
            core.recorder().record(Event::MainStarted { at });
        }
        Self(core)
    }
}

impl Drop for MainTask<'_> {
    fn drop(&mut self) {
        self.0.scheduler.end_main();
        self.0.main_at.set(None);
    }
}
