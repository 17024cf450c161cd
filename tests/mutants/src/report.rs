//! What came of all: by folder, and what is not as it should be.

use std::collections::{BTreeMap, BTreeSet};

use crate::hunt::Outcome;
use crate::list::Mutant;
use crate::memory::Catch;
use crate::missed::{Known, Missed};
use crate::process::End;

/// So many percent have to be caught, whatever reasons the others have in `missed.toml`: for
/// a single miss one is soon found, and with enough of them the list would be the excuse for
/// tests that nobody has written.
const LEAST: usize = 95;

#[derive(Default)]
struct Count {
    failed: usize,
    hung: usize,
    known: usize,
    unknown: usize,
}

impl Count {
    fn add(&mut self, other: &Self) {
        self.failed += other.failed;
        self.hung += other.hung;
        self.known += other.known;
        self.unknown += other.unknown;
    }

    fn caught(&self) -> usize {
        self.failed + self.hung
    }

    fn viable(&self) -> usize {
        self.caught() + self.known + self.unknown
    }

    /// Of none it would say nothing that they are all caught.
    fn is_enough(&self) -> bool {
        self.viable() > 0 && 100 * self.caught() >= LEAST * self.viable()
    }

    fn line(&self) -> String {
        let (caught, viable) = (self.caught(), self.viable());
        format!(
            "{viable} viable, {caught} caught ({} by a hang), {} missed: {:.1} %",
            self.hung,
            viable - caught,
            100.0 * caught as f64 / viable.max(1) as f64
        )
    }
}

/// Prints it. Whether each mutant that is missed is known; and, which is looked at only if all
/// were tried, whether each that is known is missed, unless it is by chance, and enough of all
/// are caught.
pub fn report(
    mutants: &[Mutant],
    outcomes: &[(&Mutant, Outcome)],
    missed: &Missed,
    all_tried: bool,
) -> bool {
    let numbers = |of: &dyn Fn(&Known) -> bool| -> BTreeSet<_> {
        let entries = missed.entries().iter().filter(|known| of(known));
        let mutants = entries.flat_map(|known| known.of(mutants));
        mutants.map(|mutant| mutant.number).collect()
    };
    let known = numbers(&|_| true);
    let by_chance = numbers(&|known| known.by_chance);
    let mut counts: BTreeMap<&str, Count> = BTreeMap::new();
    let (mut unknown, mut found) = (Vec::new(), Vec::new());
    for (mutant, outcome) in outcomes {
        let count = counts.entry(folder(&mutant.file)).or_default();
        let is_known = known.contains(&mutant.number);
        match outcome {
            Outcome::Caught(Catch { by, end, .. }) => {
                match end {
                    End::Hung => count.hung += 1,
                    End::Failed | End::Passed => count.failed += 1,
                }
                if is_known && !by_chance.contains(&mutant.number) {
                    found.push(format!("{} (by {by})", mutant.name));
                }
            }
            Outcome::Missed(_) if is_known => count.known += 1,
            Outcome::Missed(_) => {
                count.unknown += 1;
                unknown.push(mutant.name.clone());
            }
        }
    }
    println!();
    let mut sum = Count::default();
    for (folder, count) in &counts {
        println!("{folder}: {}", count.line());
        sum.add(count);
    }
    for known in missed.entries() {
        println!("known: {}: {}: {}", known.file, known.mutant, known.why);
    }
    told("missed, and not in missed.toml", unknown.clone());
    told("in missed.toml, and caught", found.clone());
    let gone: Vec<_> = missed
        .entries()
        .iter()
        .filter(|known| known.of(mutants).is_empty())
        .map(|known| format!("{}: {}", known.file, known.mutant))
        .collect();
    told("in missed.toml, and not among the mutants", gone.clone());
    let is_enough = !all_tried || sum.is_enough();
    if !is_enough {
        println!("\nless than {LEAST} % are caught");
    }
    println!("figure: {}", sum.line());
    unknown.is_empty() && is_enough && (!all_tried || found.is_empty() && gone.is_empty())
}

fn told(what: &str, mut lines: Vec<String>) {
    if lines.is_empty() {
        return;
    }
    lines.sort();
    println!("\n{what}:");
    for line in lines {
        println!("  {line}");
    }
}

/// The two parts under the library's sources.
fn folder(file: &str) -> &str {
    let parts = file.match_indices('/').map(|(at, _)| at);
    let end = parts.take(4).last().unwrap_or(file.len());
    &file[..end]
}
