//! The instructions of the hot paths, by callgrind.
//!
//! A stopwatch says on a shared machine what the others do. A count of instructions comes out
//! the same each time, so a build can fail by it. It is no time: a cache or a system call that
//! became slower does not show.
//!
//! - `paths.rs`: what is counted
//! - `callgrind.rs`: counting, in a process of its own
//! - `figures.rs`: what was counted before, and what is too much

pub mod callgrind;
pub mod figures;
pub mod paths;
