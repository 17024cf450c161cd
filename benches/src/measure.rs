//! How a row is measured. Called by `main.rs`, calls the peers' workloads.
//!
//! Who takes part takes turns: buzzer, tokio, buzzer, tokio… A virtual machine's
//! speed drifts over seconds by more than what we are looking for, but two
//! measurements in a row drift together. So each round gives one ratio, and
//! the row's ratio is the median of those, not the ratio of two medians.

use anyhow::Context as _;

use crate::rows::{Rival, Row};
use crate::setting::Setting;
use crate::{BARE, BUZZER, CRATES, Peer, TOKIO};

/// What a row came to.
#[derive(Debug)]
pub struct Outcome {
    pub row: Row,
    /// buzzer's figure, over all rounds.
    pub median: f64,
    /// One for each of the row's rivals.
    pub comparisons: Vec<Comparison>,
}

/// A rival's figure, and through buzzer's, round by round. Above 1 buzzer is
/// ahead.
#[derive(Debug)]
pub struct Comparison {
    pub rival: Rival,
    /// What the ratio has to be at least.
    pub bound: Option<f64>,
    /// The rival's figure, over all rounds.
    pub median: f64,
    pub ratio: f64,
    pub least: f64,
    pub most: f64,
}

impl Outcome {
    /// Whether all of the row's bounds hold. A row without one always passes.
    pub fn passes(&self) -> bool {
        self.comparisons.iter().all(Comparison::passes)
    }
}

impl Comparison {
    pub fn passes(&self) -> bool {
        self.bound.is_none_or(|bound| self.ratio >= bound)
    }

    fn of(
        (rival, bound): (Rival, Option<f64>),
        mut theirs: Vec<f64>,
        buzzers: &[f64],
    ) -> Comparison {
        let mut ratios: Vec<f64> = theirs.iter().zip(buzzers).map(|(t, b)| t / b).collect();
        let ratio = median(&mut ratios);
        Comparison {
            rival,
            bound,
            median: median(&mut theirs),
            ratio,
            least: ratios[0],
            most: ratios[ratios.len() - 1],
        }
    }
}

impl Rival {
    /// The figure to be held against buzzer's at `row`.
    fn figure(self, row: Row, setting: &Setting) -> anyhow::Result<f64> {
        match self {
            Rival::Tokio => run((&TOKIO, row), setting),
            Rival::Crates => run((&CRATES, row), setting),
            Rival::Bare => run((&BARE, row), setting),
            Rival::Itself(other) => run((&BUZZER, other), setting),
            Rival::Limit(nanos) => Ok(nanos.into()),
        }
    }
}

/// Measures one row with all who take part, in turn.
///
/// # Errors
///
/// When a workload fails or did not do all of its work; the error names the
/// row and the peer.
pub fn measure(row: Row, rounds: usize, setting: &Setting) -> anyhow::Result<Outcome> {
    let rivals = row.rivals();
    let mut buzzers = Vec::with_capacity(rounds);
    let mut theirs = vec![Vec::with_capacity(rounds); rivals.len()];
    // Round 0 is thrown away: it pays for cold caches and first allocations.
    for round in 0..=rounds {
        let figure = run((&BUZZER, row), setting)?;
        if round > 0 {
            buzzers.push(figure);
        }
        for ((rival, _), figures) in rivals.iter().zip(&mut theirs) {
            let figure = rival.figure(row, setting)?;
            if round > 0 {
                figures.push(figure);
            }
        }
    }

    let comparisons = rivals.iter().zip(theirs);
    let comparisons = comparisons
        .map(|(&rival, theirs)| Comparison::of(rival, theirs, &buzzers))
        .collect();
    Ok(Outcome {
        row,
        median: median(&mut buzzers),
        comparisons,
    })
}

fn run((peer, row): (&Peer, Row), setting: &Setting) -> anyhow::Result<f64> {
    (peer.run)(row, setting).with_context(|| format!("\"{}\" on {}", row.title(), peer.name))
}

/// The middle value, or the mean of the two in the middle. Leaves the values
/// sorted.
///
/// # Panics
///
/// On an empty slice.
pub fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len() % 2 == 1 {
        values[middle]
    } else {
        (values[middle - 1] + values[middle]) / 2.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_odd_number_of_values_has_the_middle_one_as_median() {
        assert_eq!(median(&mut [9.0, 1.0, 5.0]), 5.0);
    }

    #[test]
    fn an_even_number_of_values_has_the_mean_of_the_middle_two_as_median() {
        assert_eq!(median(&mut [4.0, 1.0, 100.0, 2.0]), 3.0);
    }

    #[test]
    fn a_row_below_one_of_its_bounds_does_not_pass() {
        let outcome = |row: Row, ratios: &[f64]| {
            let comparisons = row.rivals().iter().zip(ratios);
            Outcome {
                row,
                median: 1.0,
                comparisons: comparisons
                    .map(|(&rival, &ratio)| Comparison::of(rival, vec![ratio], &[1.0]))
                    .collect(),
            }
        };
        assert!(!outcome(Row::Spawn, &[0.99]).passes());
        assert!(outcome(Row::Spawn, &[1.0]).passes());
        assert!(!outcome(Row::Files, &[4.9]).passes());
        assert!(outcome(Row::Thread, &[0.5]).passes());
        assert!(outcome(Row::Echo50, &[1.0, 0.95]).passes());
        assert!(!outcome(Row::Echo50, &[1.1, 0.94]).passes());
        assert!(!outcome(Row::YieldRecorded, &[0.99]).passes());
    }
}
