//! The scenarios, in the order in which an executor grows: a file for each subject.

mod aborts;
mod budget;
mod ends;
mod handles;
mod jobs;
mod main_future;
mod panics;
mod reads;
mod sleeps;
mod tasks;
mod turns;

use crate::scenario::Group;

/// All scenarios, by subject.
pub const GROUPS: &[Group] = &[
    Group {
        title: "block_on and its wakers",
        is_of_the_first_half: true,
        scenarios: main_future::SCENARIOS,
    },
    Group {
        title: "tasks and their queue",
        is_of_the_first_half: true,
        scenarios: tasks::SCENARIOS,
    },
    Group {
        title: "handles",
        is_of_the_first_half: true,
        scenarios: handles::SCENARIOS,
    },
    Group {
        title: "everybody's turn",
        is_of_the_first_half: true,
        scenarios: turns::SCENARIOS,
    },
    Group {
        title: "ends, and what is left",
        is_of_the_first_half: true,
        scenarios: ends::SCENARIOS,
    },
    Group {
        title: "panics",
        is_of_the_first_half: false,
        scenarios: panics::SCENARIOS,
    },
    Group {
        title: "timers",
        is_of_the_first_half: false,
        scenarios: sleeps::SCENARIOS,
    },
    Group {
        title: "descriptors",
        is_of_the_first_half: false,
        scenarios: reads::SCENARIOS,
    },
    Group {
        title: "jobs that block",
        is_of_the_first_half: false,
        scenarios: jobs::SCENARIOS,
    },
    Group {
        title: "aborts",
        is_of_the_first_half: false,
        scenarios: aborts::SCENARIOS,
    },
    Group {
        title: "a budget",
        is_of_the_first_half: false,
        scenarios: budget::SCENARIOS,
    },
];
