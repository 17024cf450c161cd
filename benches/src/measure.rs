//! How a row is measured. Called by `main.rs`, calls the peers' workloads.
//!
//! The peers take turns: buzzer, tokio, buzzer, tokio… A virtual machine's
//! speed drifts over seconds by more than what we are looking for, but two
//! measurements in a row drift together. So each round gives one ratio, and
//! the row's ratio is the median of those, not the ratio of two medians.

use crate::rows::Row;
use crate::setting::Setting;
use crate::{PEERS, Peer};

use anyhow::Context as _;

/// What a row came to.
#[derive(Debug)]
pub struct Outcome {
    pub row: Row,
    /// Of each of [`PEERS`], over all rounds.
    pub medians: Vec<f64>,
    /// Of each of [`PEERS`] but the first, against the first.
    pub ratios: Vec<Ratio>,
}

/// Another peer's figure through the first peer's, round by round. Above 1
/// the first is ahead.
#[derive(Debug)]
pub struct Ratio {
    pub median: f64,
    pub least: f64,
    pub most: f64,
}

impl Outcome {
    /// Whether the row's bound holds. A row without one always passes.
    pub fn passes(&self) -> bool {
        match (self.row.bound(), self.ratios.first()) {
            (Some(bound), Some(ratio)) => ratio.median >= bound,
            _ => true,
        }
    }
}

/// Measures one row with all peers in turn.
///
/// # Errors
///
/// When a workload fails or did not do all of its work; the error names the
/// row and the peer.
pub fn measure(row: Row, rounds: usize, setting: &Setting) -> anyhow::Result<Outcome> {
    let mut figures = vec![Vec::with_capacity(rounds); PEERS.len()];
    // Round 0 is thrown away: it pays for cold caches and first allocations.
    for round in 0..=rounds {
        for (peer, figures) in PEERS.iter().zip(&mut figures) {
            let figure = run(peer, row, setting)?;
            if round > 0 {
                figures.push(figure);
            }
        }
    }

    let (first, others) = figures.split_first().context("there are no peers")?;
    let ratios = others
        .iter()
        .map(|other| {
            let mut ratios: Vec<f64> = other.iter().zip(first).map(|(o, f)| o / f).collect();
            let median = median(&mut ratios);
            Ratio {
                median,
                least: ratios[0],
                most: ratios[ratios.len() - 1],
            }
        })
        .collect();
    Ok(Outcome {
        row,
        medians: figures.iter_mut().map(|all| median(all)).collect(),
        ratios,
    })
}

fn run(peer: &Peer, row: Row, setting: &Setting) -> anyhow::Result<f64> {
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
    fn a_row_below_its_bound_does_not_pass() {
        let outcome = |row, median| Outcome {
            row,
            medians: vec![1.0, median],
            ratios: vec![Ratio {
                median,
                least: median,
                most: median,
            }],
        };
        assert!(!outcome(Row::Spawn, 0.99).passes());
        assert!(outcome(Row::Spawn, 1.0).passes());
        assert!(!outcome(Row::Files, 4.9).passes());
        assert!(outcome(Row::Thread, 0.5).passes());
    }
}
