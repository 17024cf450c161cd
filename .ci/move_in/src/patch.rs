//! buzzer for all that a program depends on: a patch in the manifest of its workspace.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use toml_edit::{DocumentMut, InlineTable, Item, Table, TomlError};

/// Where the manifest of the folder's workspace is.
pub fn workspace(folder: &Path) -> Result<PathBuf, String> {
    let asked = ["locate-project", "--workspace", "--message-format", "plain"];
    Ok(PathBuf::from(cargo(folder, asked)?.trim_end()))
}

/// The manifest's text with the patch in it. `tokio` is the package of that name.
pub fn patched(before: &str, tokio: &Path) -> Result<String, String> {
    let mut manifest: DocumentMut = before
        .parse()
        .map_err(|error: TomlError| error.to_string())?;
    let mut table = manifest.as_table_mut();
    for name in ["patch", "crates-io"] {
        let mut fresh = Table::new();
        // Without a line of its own, but for the last, in which something stands.
        fresh.set_implicit(name == "patch");
        let item = table.entry(name).or_insert(Item::Table(fresh));
        table = item
            .as_table_mut()
            .ok_or_else(|| format!("`{name}` is not a table"))?;
    }
    let path = tokio
        .to_str()
        .ok_or_else(|| format!("{} is no text", tokio.display()))?;
    let mut patch = InlineTable::new();
    patch.insert("path", path.into());
    table.insert("tokio", Item::Value(patch.into()));
    Ok(manifest.to_string())
}

/// Has the patch count also where another version was locked, and looks whether anything
/// has a tokio that is not ours.
pub fn take_hold(manifest: &Path) -> Result<(), String> {
    let folder = manifest.parent().unwrap_or(Path::new("."));
    cargo(folder, ["update", "--quiet", "tokio"])?;
    if other_tokio(folder)?.is_some() {
        // The lock may hold crates that are older than buzzer's.
        cargo(folder, ["update", "--quiet", "--recursive", "tokio"])?;
    }
    if let Some(other) = other_tokio(folder)? {
        return Err(format!(
            "something asks for another version, and gets {other}"
        ));
    }
    let lock = fs::read_to_string(folder.join("Cargo.lock")).unwrap_or_default();
    match lock.contains("[[patch.unused]]") {
        true => Err("nothing asks for the version of tokio that buzzer stands for".to_owned()),
        false => Ok(()),
    }
}

/// A tokio that is not ours, if anything has it.
fn other_tokio(folder: &Path) -> Result<Option<String>, String> {
    let shown = [
        "tree",
        "--workspace",
        "--edges",
        "all",
        "--prefix",
        "none",
        "--format",
        "{p}",
    ];
    let tree = cargo(folder, shown)?;
    let is_other = |package: &&str| package.starts_with("tokio v") && !package.contains('(');
    Ok(tree.lines().find(is_other).map(str::to_owned))
}

/// What cargo prints.
fn cargo(
    folder: &Path,
    words: impl IntoIterator<Item = impl AsRef<OsStr>>,
) -> Result<String, String> {
    let mut command = Command::new("cargo");
    command.args(words).current_dir(folder);
    let output = command
        .output()
        .map_err(|error| format!("cargo can't be run: {error}"))?;
    match output.status.success() {
        true => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
        false => Err(String::from_utf8_lossy(&output.stderr)
            .trim_end()
            .to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OURS: &str = "tokio = { path = \"/buzzer/executor/tokio\" }\n";

    fn patch(before: &str) -> String {
        patched(before, Path::new("/buzzer/executor/tokio")).unwrap()
    }

    #[test]
    fn a_manifest_without_patches_gets_one() {
        let before = "[package]\nname = \"a\"\n\n[dependencies]\ntokio = \"1\"\n";
        assert_eq!(
            patch(before),
            format!("{before}\n[patch.crates-io]\n{OURS}")
        );
    }

    #[test]
    fn other_patches_stay_and_ours_stands_once() {
        let before = "[patch.crates-io]\n# Mended.\nmio = { path = \"mio\" }\n\n[profile.dev]\n";
        let after = format!(
            "[patch.crates-io]\n# Mended.\nmio = {{ path = \"mio\" }}\n{OURS}\n[profile.dev]\n"
        );
        assert_eq!(patch(before), after);
        assert_eq!(patch(&after), after);
    }

    #[test]
    fn a_patch_of_tokio_that_was_there_is_replaced() {
        let before = "[patch.crates-io]\ntokio = { git = \"https://example.com/tokio\" }\n";
        assert_eq!(patch(before), format!("[patch.crates-io]\n{OURS}"));
    }

    #[test]
    fn what_is_no_manifest_is_told() {
        let told = patched("patch = 1\n", Path::new("/")).unwrap_err();
        assert_eq!(told, "`patch` is not a table");
        assert!(patched("[patch", Path::new("/")).is_err());
    }
}
