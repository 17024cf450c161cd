//! A scenario: a mistake that executors make, and a run that shows whether it is made.

use std::fmt;

use crate::{Executor, Part};

/// A mistake, and how to find out.
pub struct Scenario {
    /// What is tried, as a word to filter by.
    pub name: &'static str,
    /// What an executor does that fails, in a sentence.
    pub mistake: &'static str,
    /// Where its author looks first.
    pub look: &'static str,
    /// What an executor must have for it, besides `block_on`.
    pub needs: &'static [Part],
    pub(crate) run: fn(&Executor) -> Outcome,
}

/// What a scenario has found.
pub(crate) type Outcome = Result<(), Finding>;

/// Something else happened than was expected. Both are told in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What a correct executor does.
    pub expected: String,
    /// What this one did.
    pub happened: String,
}

impl Scenario {
    /// Which parts it needs that the executor doesn't have.
    pub fn missing(&self, executor: &Executor) -> Vec<Part> {
        let missing = self.needs.iter().filter(|part| !executor.offers(**part));
        missing.copied().collect()
    }
}

impl fmt::Debug for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scenario")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// Scenarios of one subject.
#[derive(Debug)]
pub struct Group {
    /// What they are about.
    pub title: &'static str,
    /// Whether a first executor should pass them: they need `block_on` and `spawn`, and ask
    /// nothing about panics.
    pub is_of_the_first_half: bool,
    /// The scenarios, in the order in which an executor grows.
    pub scenarios: &'static [Scenario],
}

/// That `happened` is what was expected; else what it was.
pub(crate) fn expect(holds: bool, expected: &str, happened: impl fmt::Display) -> Outcome {
    if holds {
        return Ok(());
    }
    Err(Finding {
        expected: expected.to_owned(),
        happened: happened.to_string(),
    })
}

/// That things happened in this order.
pub(crate) fn expect_order(happened: &[&'static str], expected: &[&'static str]) -> Outcome {
    let (is, should) = (happened.join(", "), expected.join(", "));
    let told = if is.is_empty() { "nothing" } else { &is };
    expect(is == should, &format!("in this order: {should}"), told)
}
