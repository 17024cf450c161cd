//! The scenarios, in the order in which an executor grows: a file for each subject.

mod main_future;
mod tasks;

use crate::scenario::Group;

/// All scenarios, by subject. The first half needs `block_on` and `spawn` alone.
pub const GROUPS: &[Group] = &[
    Group {
        title: "block_on and its wakers",
        scenarios: main_future::SCENARIOS,
    },
    Group {
        title: "tasks and their queue",
        scenarios: tasks::SCENARIOS,
    },
];
