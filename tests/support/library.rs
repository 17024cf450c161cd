//! The library's source, for tests that read it.

use std::fs;
use std::path::{Path, PathBuf};

/// Every file, by its path from executor/src: that, and its text.
pub fn library() -> Vec<(PathBuf, String)> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("executor/src");
    let mut folders = vec![source.clone()];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                files.push((path.strip_prefix(&source).unwrap().to_owned(), text));
            }
        }
    }
    assert!(files.len() > 100, "only {} files were found", files.len());
    files.sort();
    files
}
