//! The machine: what makes futures run, and nothing else.
//!
//! Who has read this folder has read the executor. It asks the system through sys/ and
//! tells the recorder (record/) what happens; of the rest of the crate it knows nothing.
//! Around it lie what programs call, and what looks at a run.
//!
//! # The way through it, in running order
//!
//! 1. `core.rs`: all that one runtime is made of. A runtime is one [`Core`](core::Core).
//! 2. `context/`: a thread enters it, and from then on `spawn`, `sleep` and the like find
//!    it. Other threads have a `Handle`.
//! 3. `scheduler/`: a spawned future gets a slot, a number, and a place in the run queue.
//!    Its waker is that number (`number.rs`, `waker.rs`); a wake is one transition of the
//!    table (`schedule.rs`).
//! 4. `turn/`: the loop. One turn is five phases: run, inject, park, react, expire. The
//!    future of `block_on` is a task like the others (`main.rs`).
//! 5. `budget.rs`: a poll that is always ready yields, so that the turn goes on.
//! 6. `reactor/`: the loop sleeps here; what the kernel tells of a descriptor wakes who
//!    waits for it.
//! 7. `timers.rs`, `clock.rs`: deadlines in order, and the time that they are held
//!    against.
//! 8. `blocking/`: threads for what would hold up the loop. Their answers come back
//!    through the inject queue (`scheduler/inject.rs`), as all does that other threads
//!    send.
//! 9. `panics.rs`: what is contained, wherever the program's code is called.
//! 10. `turn/end.rs`: the end, in an order that leaves nothing waiting.
//!
//! What is called `recorded.rs`, `inspect.rs`, `stuck.rs` or `polls.rs` tells of a run and
//! changes nothing of it: it may be left out at a first reading. DESIGN.md has two walks
//! through the rest, from function to function.
//!
//! # Rules
//!
//! - No code of the program (polls, drops, wakers of other libraries) runs while a
//!   `RefCell` of the machine is borrowed or a lock of it is held.
//! - Nothing here knows who looks on but by one trait, [`Observer`](turn::Observer).
//! - A name that is given away (a waker, a handle, a timer, a source) is a number with a
//!   generation, never a pointer.

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
