//! The scenarios, in the order in which an executor grows: a file for each subject.

mod aborts;
mod ends;
mod jobs;
mod main_future;
mod panics;
mod reads;
mod sleeps;
mod tasks;
mod turns;

use crate::scenario::Group;

/// All scenarios, by subject. Those of the first four subjects are the first half: they
/// need `block_on` and `spawn` alone.
pub const GROUPS: &[Group] = &[
    Group {
        title: "block_on and its wakers",
        scenarios: main_future::SCENARIOS,
    },
    Group {
        title: "tasks and their queue",
        scenarios: tasks::SCENARIOS,
    },
    Group {
        title: "everybody's turn",
        scenarios: turns::SCENARIOS,
    },
    Group {
        title: "ends, and what is left",
        scenarios: ends::SCENARIOS,
    },
    Group {
        title: "panics",
        scenarios: panics::SCENARIOS,
    },
    Group {
        title: "timers",
        scenarios: sleeps::SCENARIOS,
    },
    Group {
        title: "descriptors",
        scenarios: reads::SCENARIOS,
    },
    Group {
        title: "jobs that block",
        scenarios: jobs::SCENARIOS,
    },
    Group {
        title: "aborts",
        scenarios: aborts::SCENARIOS,
    },
];
