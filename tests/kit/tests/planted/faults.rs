//! The mistakes that are planted: one for each scenario.

use buzzer_kit::scenarios;

/// A mistake that `small.rs` makes if it is told to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    ClearsTheMarkAfterThePoll,
    DoesNotUnpark,
    NapsWhileIdle,
    LastInFirstOut,
    MainIsLast,
}

pub struct Planted {
    /// The scenario that is made for it, and the broken executor's name.
    pub scenario: &'static str,
    pub fault: Fault,
    /// The other scenarios that see it.
    pub also: &'static [&'static str],
}

impl Planted {
    /// All that see it, in the order of the scenarios.
    pub fn caught_by(&self) -> Vec<&'static str> {
        let names = scenarios().map(|scenario| scenario.name);
        names
            .filter(|name| *name == self.scenario || self.also.contains(name))
            .collect()
    }
}

pub const FAULTS: &[Planted] = &[
    Planted {
        scenario: "wake_during_the_first_poll",
        fault: Fault::ClearsTheMarkAfterThePoll,
        also: &["self_waker_and_main"],
    },
    Planted {
        scenario: "wake_while_parked",
        fault: Fault::DoesNotUnpark,
        also: &["idle"],
    },
    Planted {
        scenario: "idle",
        fault: Fault::NapsWhileIdle,
        also: &[],
    },
    Planted {
        scenario: "order_of_spawns",
        fault: Fault::LastInFirstOut,
        also: &[],
    },
    Planted {
        scenario: "self_waker_and_main",
        fault: Fault::MainIsLast,
        also: &[],
    },
];
