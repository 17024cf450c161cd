//! Testing programs: in virtual time, in every order, and with every cancellation.
//!
//! Owns [`run`], and says what the others have in common. A scenario is a closure that
//! makes a future; it is run again and again, each time on a runtime of its own, with
//!
//! - a *paused clock* (see [`time::pause`](crate::time::pause)): no test waits;
//! - *deadlock as a failure*: a panic that tells who waits for what. A scenario with
//!   threads of its own can be taken for one: see
//!   [`Builder::on_deadlock`](crate::runtime::Builder::on_deadlock);
//! - *no panic unseen*: a task that panicked, and whose handle told nobody in this
//!   runtime, fails the scenario. A blocking job that panicked does not.
//! - *an end*, except with [`run`]: a scenario that has not ended after 1,000,000 polls
//!   fails. A single poll that never ends is not noticed.
//!
//! | function | finds | by |
//! |---|---|---|
//! | [`run`] | what is wrong in the usual order | running once |
//! | [`explore`] | what is wrong in some orders | shuffling the run queue, by a seed |
//! | [`explore_all`] | that no order is wrong | running them all |
//! | [`cancel_everywhere`] | what is lost by cancellation | dropping a future at each suspension |
//!
//! # What is explored, and what is not
//!
//! Who is polled next among the tasks in the run queue; with [`explore`], also which branch
//! a [`select!`](crate::select!) begins with. Not: the order in which timers of
//! the same deadline fire, in which a gather polls its children, in which a thread's or
//! job's messages arrive, nor what two threads do at once. A task is never stopped
//! between two awaits, since that can't happen.
//!
//! # How it differs
//!
//! loom and shuttle explore threads, and want their own `sync` types in place of std's;
//! here tasks of one thread are explored, as they are. turmoil simulates hosts and their
//! network; here the sockets are real. tokio's test-util has the paused clock, and a
//! seed for `select!`, but no order to choose and no deadlock.

mod cancel;
mod explore;
mod run;

pub use cancel::cancel_everywhere;
pub use explore::{explore, explore_all, explore_all_within};
pub use run::run;
