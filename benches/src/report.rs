//! What is printed: the table, and the line that says where it was measured.
//! Called by `main.rs` only.

use std::fs;
use std::thread;

use comfy_table::{CellAlignment, Table, presets};

use crate::measure::{Comparison, Outcome};
use crate::rows::Rival;
use crate::{BARE, BUZZER, CRATES, TOKIO};

/// The lock file of this very build, for the versions.
const LOCK: &str = include_str!("../../Cargo.lock");

/// The table as Markdown, which is readable as it stands: a line for each
/// comparison.
pub fn table(outcomes: &[Outcome]) -> String {
    let mut table = Table::new();
    table.load_style(presets::ASCII_MARKDOWN);
    table.set_header([
        "row",
        BUZZER.name,
        "against",
        "it has",
        "ratio",
        "spread",
        "bound",
    ]);
    for outcome in outcomes {
        let unit = outcome.row.unit();
        for comparison in &outcome.comparisons {
            table.add_row([
                outcome.row.title().to_owned(),
                unit.show(outcome.median),
                rival(comparison.rival),
                unit.show(comparison.median),
                format!("{:.2}", comparison.ratio),
                format!("{:.2}-{:.2}", comparison.least, comparison.most),
                bound(comparison),
            ]);
        }
    }
    for column in [1, 3, 4, 5, 6] {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table.to_string()
}

fn rival(rival: Rival) -> String {
    match rival {
        Rival::Tokio => TOKIO.name.to_owned(),
        Rival::Crates => CRATES.name.to_owned(),
        Rival::Bare => BARE.name.to_owned(),
        Rival::Itself(row) => format!("{}, {}", BUZZER.name, row.name()),
        Rival::Limit(_) => "its limit".to_owned(),
    }
}

fn bound(comparison: &Comparison) -> String {
    match comparison.bound {
        None => "not bound".to_owned(),
        Some(bound) if comparison.passes() => format!("{bound}: holds"),
        Some(bound) => format!("{bound}: MISSED"),
    }
}

/// Where this ran: processor, kernel, compiler, crates, and how busy the
/// machine was before we came.
pub fn machine() -> String {
    let cores = thread::available_parallelism().map_or(0, |cores| cores.get());
    let uname = rustix::system::uname();
    let release = uname.release().to_string_lossy();
    // What is behind the version is the builder's.
    let version = release.split('-').next().unwrap_or_default();
    let crates: Vec<String> = ["tokio", "mio", "async-channel"]
        .iter()
        .map(|name| format!("{name} {}", locked_version(name)))
        .collect();
    format!(
        "{cores} cores ({}), {} {}, rustc {}, {}, load {}",
        cpu_model(),
        uname.sysname().to_string_lossy(),
        version,
        rustc_version_runtime::version(),
        crates.join(", "),
        load(),
    )
}

fn cpu_model() -> String {
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    info.lines()
        .find_map(|line| line.strip_prefix("model name"))
        .map_or("unknown processor", |rest| {
            rest.trim_start_matches([' ', '\t', ':'])
        })
        .to_owned()
}

/// Of the last minute.
fn load() -> String {
    let average = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    average
        .split_whitespace()
        .next()
        .unwrap_or("unknown")
        .to_owned()
}

/// Of several the newest, which is the last.
fn locked_version(name: &str) -> String {
    let lock: toml::Table = LOCK.parse().unwrap_or_default();
    lock.get("package")
        .and_then(toml::Value::as_array)
        .into_iter()
        .flatten()
        .rfind(|package| package.get("name").and_then(toml::Value::as_str) == Some(name))
        .and_then(|package| package.get("version")?.as_str())
        .unwrap_or("of unknown version")
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lock_file_gives_the_versions_of_what_is_measured() {
        assert!(locked_version("tokio").starts_with("1."));
        // glommio has an older one.
        assert!(locked_version("mio").starts_with("1."));
        assert_eq!(locked_version("no-such-crate"), "of unknown version");
    }
}
