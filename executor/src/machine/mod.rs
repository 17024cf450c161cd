//! The machine: what makes futures run, and nothing else.

pub(crate) mod blocking;
pub(crate) mod budget;
pub(crate) mod clock;
pub(crate) mod context;
pub(crate) mod core;
pub(crate) mod panics;
pub(crate) mod reactor;
pub(crate) mod scheduler;
pub(crate) mod timers;
pub(crate) mod turn;
