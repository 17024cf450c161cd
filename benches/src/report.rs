//! What is printed: the table, and the line that says where it was measured.
//! Called by `main.rs` only.

use std::fs;
use std::thread;

use comfy_table::{CellAlignment, Table, presets};

use crate::PEERS;
use crate::measure::Outcome;

/// The lock file of this very build, for the versions.
const LOCK: &str = include_str!("../../Cargo.lock");

/// The table as Markdown, which is readable as it stands.
pub fn table(outcomes: &[Outcome]) -> String {
    let (first, others) = (PEERS[0].name, &PEERS[1..]);
    let mut table = Table::new();
    table.load_style(presets::ASCII_MARKDOWN);

    let mut header = vec!["row".to_owned(), first.to_owned()];
    for peer in others {
        header.push(peer.name.to_owned());
        header.push(format!("{}/{first}", peer.name));
        header.push("spread".to_owned());
    }
    header.push("bound".to_owned());
    table.set_header(header);

    for outcome in outcomes {
        let unit = outcome.row.unit();
        let mut cells = vec![
            outcome.row.title().to_owned(),
            unit.show(outcome.medians[0]),
        ];
        for (figure, ratio) in outcome.medians[1..].iter().zip(&outcome.ratios) {
            cells.push(unit.show(*figure));
            cells.push(format!("{:.2}", ratio.median));
            cells.push(format!("{:.2}-{:.2}", ratio.least, ratio.most));
        }
        cells.push(match outcome.row.bound() {
            None => "not bound".to_owned(),
            Some(bound) if outcome.passes() => format!("{bound}: holds"),
            Some(bound) => format!("{bound}: MISSED"),
        });
        table.add_row(cells);
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table.to_string()
}

/// Where this ran: processor, kernel, compiler, crates, and how busy the
/// machine was before we came.
pub fn machine() -> String {
    let cores = thread::available_parallelism().map_or(0, |cores| cores.get());
    let uname = rustix::system::uname();
    let crates: Vec<String> = ["tokio", "mio", "async-channel"]
        .iter()
        .map(|name| format!("{name} {}", locked_version(name)))
        .collect();
    format!(
        "{cores} cores ({}), {} {}, rustc {}, {}, load {}",
        cpu_model(),
        uname.sysname().to_string_lossy(),
        uname.release().to_string_lossy(),
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

fn locked_version(name: &str) -> String {
    let lock: toml::Table = LOCK.parse().unwrap_or_default();
    lock.get("package")
        .and_then(toml::Value::as_array)
        .into_iter()
        .flatten()
        .find(|package| package.get("name").and_then(toml::Value::as_str) == Some(name))
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
        assert_eq!(locked_version("no-such-crate"), "of unknown version");
    }
}
