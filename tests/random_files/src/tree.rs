//! Directories as a whole: told, filled, emptied.

use crate::outcome::Known;
use std::ffi::OsString;
use std::fs::{self, Permissions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// `dir` and all that is in it, in a line each.
pub fn told(dir: &Path) -> io::Result<Vec<String>> {
    let metadata = dir.symlink_metadata()?;
    let mut lines = vec![format!(". {:?}", Known::of(&metadata))];
    open_up(dir, &metadata);
    tell(dir, Path::new(""), &mut lines)?;
    lines.sort();
    Ok(lines)
}

fn tell(root: &Path, within: &Path, lines: &mut Vec<String>) -> io::Result<()> {
    for entry in fs::read_dir(root.join(within))? {
        let within = within.join(entry?.file_name());
        let path = root.join(&within);
        let metadata = path.symlink_metadata()?;
        let known = Known::of(&metadata);
        open_up(&path, &metadata);
        let what = match metadata.file_type() {
            it if it.is_dir() => {
                tell(root, &within, lines)?;
                String::new()
            }
            it if it.is_symlink() => fs::read_link(&path)?.display().to_string(),
            _ => fs::read(&path)?.escape_ascii().to_string(),
        };
        lines.push(format!("{} {known:?} {what}", within.display()));
    }
    Ok(())
}

/// Where its owner may not look, he may say that he may.
fn open_up(path: &Path, metadata: &fs::Metadata) {
    let mode = if metadata.is_dir() { 0o700 } else { 0o600 };
    let is_shut = metadata.permissions().mode() & mode != mode;
    if is_shut && !metadata.is_symlink() {
        _ = fs::set_permissions(path, Permissions::from_mode(mode));
    }
}

/// Removes `dir` and all that is in it, whatever may be done there.
pub fn remove(dir: &Path) {
    match fs::remove_dir_all(dir) {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(_) => {
            _ = told(dir);
            fs::remove_dir_all(dir).expect("a directory that is not needed any more goes");
        }
    }
}

/// Makes `dir`, with a few things in it.
pub fn furnish(dir: &Path) {
    fs::create_dir_all(dir.join("d/e")).expect("there is room for it");
    for (name, lines) in [("a", 6), ("b", 700), ("d/a", 1)] {
        fs::write(dir.join(name), "a line\n".repeat(lines)).expect("there is room for it");
    }
    std::os::unix::fs::symlink("d/a", dir.join("link")).expect("there is room for it");
}

pub fn fill(dir: &Path, count: u16) -> io::Result<()> {
    // No path leads nowhere; with a name behind it, to where the process is.
    fs::metadata(dir)?;
    for number in 0..count {
        fs::write(dir.join(format!("{number}")), "")?;
    }
    Ok(())
}

type Entry = (OsString, char, Result<String, ErrorKind>);

/// The lines of a listing, in an order that is no file system's.
pub fn listed(mut entries: Vec<Entry>) -> Vec<String> {
    // Which entries were asked for more depends on the order.
    if entries.len() > 20 {
        entries
            .iter_mut()
            .for_each(|entry| entry.2 = Ok(String::new()));
    }
    let told = |(name, kind, known): Entry| format!("{} {kind} {known:?}", name.display());
    let mut lines: Vec<_> = entries.into_iter().map(told).collect();
    lines.sort();
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_path_is_not_filled() {
        let filled = fill(Path::new(""), 1);
        assert_eq!(filled.unwrap_err().kind(), ErrorKind::NotFound);
        assert!(!Path::new("0").exists());
    }
}
