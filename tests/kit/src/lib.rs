//! Which of the known mistakes does an executor make?
//!
//! Give the kit your `block_on`, and what else you have. It tries some eighty scenarios on
//! it, each of them for a mistake that real executors have made, and says in words which
//! ones yours makes, what it did, and where to look. See README.md for the way there.
//!
//! ```no_run
//! # mod my { pub fn block_on(_: impl Future<Output = ()>) {} }
//! use std::process::ExitCode;
//! use buzzer_kit::Executor;
//!
//! fn main() -> ExitCode {
//!     buzzer_kit::main(&[Executor::new("mine", |future| my::block_on(future))])
//! }
//! ```
//!
//! This is a whole program: an example, or a test with `harness = false`. With a word it
//! tries the scenarios that have it in their names; `--help` tells the rest.
//!
//! | file | owns |
//! |---|---|
//! | `executor.rs` | [`Executor`]: the functions that an executor is made of here |
//! | `scenario.rs`, `scenarios/` | the scenarios, a file for each subject |
//! | `hand.rs` | what scenarios are made of: logs, wakers, futures that count |
//! | `child.rs` | a scenario, in the process that it has for itself |
//! | `judge.rs`, `look.rs` | that process, started, watched and judged |
//! | `program.rs`, `report.rs` | [`main`]: the arguments, and what is printed |
//!
//! A test that expects some mistakes (of a stage that is not finished, say) does without
//! [`main`]: it calls [`answer`], then [`judge`] or [`judge_all`], and looks at the
//! verdicts. One that chooses the scenarios and has them told calls [`tell`].

mod child;
mod executor;
mod hand;
mod judge;
mod look;
mod program;
mod report;
mod scenario;
mod scenarios;

pub use executor::{Abort, Executor, Job, LocalFuture, Part, Read, Reader};
pub use judge::{End, Mistake, Verdict, answer, judge, judge_all};
pub use program::{main, tell};
pub use scenario::{Finding, Group, Scenario};
pub use scenarios::GROUPS;

/// All scenarios, in the order in which an executor grows.
pub fn scenarios() -> impl Iterator<Item = &'static Scenario> {
    GROUPS.iter().flat_map(|group| group.scenarios)
}

/// The scenario of this name.
pub fn scenario_named(name: &str) -> Option<&'static Scenario> {
    scenarios().find(|scenario| scenario.name == name)
}
