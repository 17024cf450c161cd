//! The loop: one turn, in five named phases.
//!
//! Owns the order of the phases and how long the loop sleeps. `main.rs` goes round for
//! `block_on`, `Runtime::turn` goes once.
//!
//! 1. [`run`](Turning::run): poll queued tasks
//! 2. [`inject`](Turning::inject): take in what other threads sent
//! 3. [`park`](Turning::park): sleep until there is something to do
//! 4. [`react`](Turning::react): readiness wakes who waits for it
//! 5. [`expire`](Turning::expire): due timers wake theirs

mod alone;
mod end;
mod main;
mod recorded;
mod stuck;

use std::io;
use std::time::Duration;

use crate::machine::clock::Nanos;
use crate::machine::context;
use crate::machine::core::Core;
use crate::machine::panics::{contain, discard, wake_contained};
use crate::machine::reactor::Wait;
use crate::machine::scheduler::inject::{Message, Sent};
use crate::machine::scheduler::messages;
use crate::machine::scheduler::run;
use crate::machine::scheduler::schedule::Next;
use crate::machine::scheduler::waker::waker;
use crate::record::event::Phase;
pub(crate) use end::Drops;
use main::Main;
pub(crate) use recorded::InLoop;
pub(crate) use stuck::Observer;

/// What a run phase came to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ran {
    /// The main future has ended; the turn stops there.
    MainEnded,
    /// So many polls were made.
    Polls(u32),
}

/// A runtime whose loop is going round.
pub(crate) struct Turning<'a> {
    pub(crate) core: &'a Core,
    pub(crate) event_interval: u32,
    pub(crate) observer: &'a dyn Observer,
}

impl Turning<'_> {
    /// One turn. It sleeps at most until `limit`; with `look` it asks the
    /// kernel for events even where it has no source registered.
    #[track_caller]
    pub(crate) fn turn(
        &self,
        main: Option<&mut Main<'_>>,
        limit: Option<Nanos>,
        look: bool,
    ) -> io::Result<Ran> {
        let turns = &self.core.counters.turns;
        turns.set(turns.get() + 1);
        let _recorded = self.begin_turn();
        self.begin(Phase::Run);
        let ran = match self.core.scheduler.is_observed() {
            false => self.run::<false>(main),
            true => self.run_recorded(main),
        };
        if ran == Ran::MainEnded {
            return Ok(ran);
        }
        context::check_still_in(self.core);
        self.begin(Phase::Inject);
        self.inject();
        self.begin(Phase::Park);
        self.park(limit, look)?;
        self.begin(Phase::React);
        self.react();
        self.begin(Phase::Expire);
        self.expire();
        Ok(ran)
    }

    /// Out of the way of the loop that is not recorded.
    #[cold]
    #[inline(never)]
    fn run_recorded(&self, main: Option<&mut Main<'_>>) -> Ran {
        self.run::<true>(main)
    }

    /// Polls queued tasks, the first in first, until none is queued or the event interval
    /// is reached. One that yields is polled again in this phase, and `inject` comes after.
    fn run<const OBSERVED: bool>(&self, mut main: Option<&mut Main<'_>>) -> Ran {
        let scheduler = &self.core.scheduler;
        let mut polls = 0;
        let mut main_ended = false;
        while polls < self.event_interval && !main_ended {
            let Some(next) = scheduler.next() else { break };
            polls += 1;
            match next {
                Next::Poll(number, task) => run::poll::<OBSERVED>(scheduler, number, task),
                Next::Cancel(number, task) => run::cancel(scheduler, number, task),
                Next::Main(number) => {
                    main_ended = self.poll_main::<OBSERVED>(number, main.as_deref_mut());
                }
            }
            if OBSERVED {
                self.after_poll();
            }
        }
        self.leave_tasks();
        let counter = &self.core.counters.polls;
        counter.set(counter.get() + u64::from(polls));
        match main_ended {
            true => Ran::MainEnded,
            false => Ran::Polls(polls),
        }
    }

    /// Takes in what other threads have sent.
    pub(crate) fn inject(&self) {
        self.take_in_news();
        if !self.core.inject.is_pending() {
            return;
        }
        let mut messages = self.core.messages.take();
        self.core.inject.take(&mut messages);
        for Sent { message, from } in messages.drain(..) {
            self.caused_by(&from);
            match message {
                // It may end in a waker of the program's, that of a gather's
                // parent: its panic must not take the other messages with it.
                Message::Wake(number) => wake_contained(waker(number)),
                Message::Abort(number, id) => self.core.scheduler.abort(number, id),
                // A panic in it is one of the program's drops: of a refused future, say.
                Message::Run(run) => contain(run).unwrap_or_else(discard),
            }
        }
        messages::shrink(&mut messages);
        self.core.messages.replace(messages);
    }

    /// Sleeps until the next deadline or event; not at all if something is
    /// queued; for good if nothing is armed.
    #[track_caller]
    fn park(&self, limit: Option<Nanos>, look: bool) -> io::Result<()> {
        let core = self.core;
        if core.scheduler.has_queued() {
            // With no source registered there is nothing to look at: timers are asked
            // by `expire` and other threads by `inject`, without a system call.
            if look || core.reactor.borrow().has_sources() {
                self.sleep_in_reactor(Wait::No)?;
            }
            return Ok(());
        }
        let around = &core.around_park;
        match around.before.is_some() || around.after.is_some() {
            false => self.park_idle(limit, look),
            true => self.park_between(limit, look),
        }
    }

    /// With code of the program around it, that may queue tasks.
    #[cold]
    #[track_caller]
    fn park_between(&self, limit: Option<Nanos>, look: bool) -> io::Result<()> {
        let core = self.core;
        if let Some(before) = &core.around_park.before {
            before.call();
            context::check_still_in(core);
        }
        let parked = match core.scheduler.has_queued() {
            true => self.sleep_in_reactor(Wait::No),
            false => self.park_idle(limit, look),
        };
        if let Some(after) = &core.around_park.after {
            after.call();
            context::check_still_in(core);
        }
        parked
    }

    #[track_caller]
    fn park_idle(&self, limit: Option<Nanos>, look: bool) -> io::Result<()> {
        let core = self.core;
        let parks = &core.counters.parks;
        parks.set(parks.get() + 1);
        let next = core.timers.borrow().next();
        let deadline = [next, limit].into_iter().flatten().min();
        if deadline.is_none() && !look {
            self.check_deadlock();
        }
        if core.clock.is_paused() {
            return self.park_paused(deadline);
        }
        if deadline.is_none() && !look && self.sleep_alone() {
            return Ok(());
        }
        self.sleep(match deadline {
            None => Wait::ForEver,
            Some(deadline) => match deadline.saturating_sub(core.clock.now()) {
                0 => Wait::No,
                left => Wait::Until(deadline, Duration::from_nanos(left)),
            },
        })
    }

    /// Sleeps, unless another thread has sent something since `inject`.
    fn sleep(&self, wait: Wait) -> io::Result<()> {
        let core = self.core;
        let wait = match core.inject.prepare_park() {
            true => wait,
            false => Wait::No,
        };
        let slept = self.sleep_in_reactor(wait);
        core.inject.unparked();
        slept
    }

    fn sleep_in_reactor(&self, wait: Wait) -> io::Result<()> {
        self.record_parked(wait);
        let slept = self.core.reactor.borrow_mut().sleep(wait);
        self.record_unparked();
        slept
    }

    /// With a paused clock, idle means: nothing queued, no event, nothing sent,
    /// and no blocking job in flight. Then the clock jumps; before that, or
    /// with no deadline to jump to, the loop sleeps like any other.
    fn park_paused(&self, deadline: Option<Nanos>) -> io::Result<()> {
        let core = self.core;
        // Asked first: the wakes of a job that has ended are then sent, and
        // `prepare_park` below finds them.
        let quiet = core.pool.is_quiet();
        let due = deadline.is_some_and(|deadline| deadline <= core.clock.now());
        let may_jump = quiet && deadline.is_some();
        if !due && !may_jump {
            return self.sleep(Wait::ForEver);
        }
        let nothing_sent = core.inject.prepare_park();
        core.inject.unparked();
        self.sleep_in_reactor(Wait::No)?;
        let idle = nothing_sent && !core.reactor.borrow_mut().has_events();
        if let Some(deadline) = deadline
            && idle
        {
            core.jump_clock_to(deadline);
        }
        Ok(())
    }

    /// Wakes who waits for the events that the park brought.
    pub(crate) fn react(&self) {
        let mut woken = self.core.woken.take();
        let recorder = self.core.recorder();
        self.core.reactor.borrow_mut().react(&mut woken, recorder);
        for (index, waker) in woken.drain(..).enumerate() {
            self.caused_by_nth(index);
            wake_contained(waker);
        }
        self.core.woken.replace(woken);
        self.answer_dump();
    }

    /// Wakes whose deadline has come.
    pub(crate) fn expire(&self) {
        if self.core.timers.borrow().next().is_none() {
            return;
        }
        let now = self.core.clock.now();
        while let Some(waker) = self.core.expire(now) {
            wake_contained(waker);
        }
    }
}
