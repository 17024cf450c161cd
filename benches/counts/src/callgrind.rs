//! Counting, by valgrind's callgrind, in a process of its own.

use std::process::Command;
use std::{env, fs};

use anyhow::{Context, bail, ensure};
use clap::ValueEnum;

use crate::paths::Path;

/// How often a path is gone, for the second count. The first, of a third of them, has the
/// start and the end of the process, and what is made once: it is taken off.
const TIMES: u64 = 3_000;

/// Instructions of one round of `path`.
///
/// # Errors
///
/// If there is no valgrind, or the path goes wrong.
pub fn count(path: Path) -> anyhow::Result<f64> {
    let (few, many) = (TIMES / 3, TIMES);
    let (fewer, more) = (count_all(path, few)?, count_all(path, many)?);
    ensure!(more > fewer, "{many} rounds count no more than {few}");
    Ok((more - fewer) as f64 / (many - few) as f64)
}

fn count_all(path: Path, times: u64) -> anyhow::Result<u64> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("counts");
    let mut out = std::ffi::OsString::from("--callgrind-out-file=");
    out.push(&file);
    let value = path.to_possible_value().context("each path has a name")?;
    let done = Command::new("valgrind")
        .args(["--tool=callgrind", "--quiet"])
        .arg(out)
        .arg(env::current_exe()?)
        .args(["--run", value.get_name()])
        .args(["--times", &times.to_string()])
        .output()
        .context("valgrind can't be started: on Debian it is in the package `valgrind`")?;
    if !done.status.success() {
        let said = String::from_utf8_lossy(&done.stderr);
        bail!("{}: {}\n{said}", value.get_name(), done.status);
    }
    total(&fs::read_to_string(file)?)
}

/// What callgrind wrote at the end of its file: `summary: 123` or `totals: 123`.
fn total(counts: &str) -> anyhow::Result<u64> {
    let line = counts.lines().find_map(|line| {
        line.strip_prefix("summary: ")
            .or_else(|| line.strip_prefix("totals: "))
    });
    let number = line.context("callgrind has written no total")?;
    Ok(number.trim().parse()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_total_is_found_and_its_lack_is_an_error() {
        let file = "version: 1\nevents: Ir\nsummary: 12345\n\nfn=(1) main\n1 5\n";
        assert_eq!(total(file).unwrap(), 12_345);
        assert_eq!(total("fn=(1) main\ntotals: 7 \n").unwrap(), 7);
        assert!(total("fn=(1) main\n").is_err());
    }
}
