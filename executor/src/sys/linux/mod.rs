//! What only Linux has.
//!
//! Its files have the names, functions and types of [`unix`](super::unix), and do better:
//! to the nanosecond, in fewer calls, or without a thread. A sandbox or an old kernel may
//! refuse a call of theirs. That is noticed once, and from then on they do as `unix` does.

pub(crate) mod cached;
mod call;
pub(crate) mod event;
pub(crate) mod pidfd;
pub(crate) mod privilege;
mod refusal;
pub(crate) mod registry;
pub(crate) mod socket;
pub(crate) mod thread;
pub(crate) mod timer;
pub(crate) mod told;
pub(crate) mod unpark;
pub(crate) mod urgent;

use super::unix;
