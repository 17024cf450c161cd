//! The scheduler: tasks, their numbers, and the order they run in.
//!
//! In reading order:
//!
//! - `number.rs`: what a waker holds
//! - `waker.rs`: from a number to a `Waker`
//! - `current.rs`: from a wake to the scheduler of this thread, or another's
//! - `slot.rs`, `slots.rs`, `table.rs`: what a slot holds, and its states; which are vacant;
//!   all of them, and how a guest is found
//! - `schedule.rs`: every transition
//! - `queue.rs`, `random.rs`, `inject.rs`, `messages.rs`, `live.rs`: who is next, also by a
//!   seed; what other threads send, how much of it is kept, and how they find their runtime
//! - `header.rs`, `cell.rs`: a task's memory: what every task has, and the whole
//! - `run.rs`: spawn, poll, finish, drop; `sent.rs`: spawned by another thread
//! - `inherited.rs`: what a task has from its spawner
//! - `outcome.rs`, `join.rs`, `abort.rs`, `packet.rs`, `error.rs`: the handles and the result
//! - `group.rs`: children that share one task
//! - `owner.rs`, `whereabouts.rs`: whose code runs, and where: for `task::id`, and for
//!   panics
//! - `undropped.rs`: thread-locals that can be used to the very end
//! - `inspect.rs`, `polls.rs`: what the table shows of itself, and how often each task was
//!   polled, for the dump
//! - `recorded.rs`: what a recording learns of it

pub(crate) mod abort;
pub(crate) mod cell;
pub(crate) mod current;
pub(crate) mod error;
pub(crate) mod group;
pub(crate) mod header;
pub(crate) mod inherited;
pub(crate) mod inject;
pub(crate) mod inspect;
pub(crate) mod join;
pub(crate) mod live;
pub(crate) mod messages;
pub(crate) mod number;
pub(crate) mod outcome;
pub(crate) mod owner;
pub(crate) mod packet;
mod polls;
pub(crate) mod queue;
pub(crate) mod random;
mod recorded;
pub(crate) mod run;
pub(crate) mod schedule;
pub(crate) mod sent;
pub(crate) mod slot;
mod slots;
mod table;
pub(crate) mod undropped;
pub(crate) mod waker;
pub(crate) mod whereabouts;
