//! What std does to paths.

use crate::outcome::{Known, Outcome, kind};
use crate::places;
use crate::program::PathOp;
use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

pub fn apply(root: &Path, op: &PathOp) -> Outcome {
    use PathOp::*;
    let at = |place| places::path(root, place);
    match *op {
        Read(place) => Outcome::of(fs::read(at(place)), Outcome::Bytes),
        ReadToString(place) => Outcome::of(fs::read_to_string(at(place)), Outcome::Text),
        Write(place, data) => Outcome::done(fs::write(at(place), data.bytes())),
        Copy(from, to) => Outcome::number(copy(&at(from), &at(to))),
        Rename(from, to) => Outcome::done(fs::rename(at(from), at(to))),
        RemoveFile(place) => Outcome::done(fs::remove_file(at(place))),
        HardLink(from, to) => Outcome::done(fs::hard_link(at(from), at(to))),
        Symlink(text, to) => Outcome::done(std::os::unix::fs::symlink(places::text(text), at(to))),
        ReadLink(place) => text(fs::read_link(at(place))),
        Metadata(place) => Outcome::known(fs::metadata(at(place))),
        SymlinkMetadata(place) => Outcome::known(fs::symlink_metadata(at(place))),
        TryExists(place) => Outcome::of(fs::exists(at(place)), Outcome::Flag),
        Canonicalize(place) => {
            let within = |path: PathBuf| match path.strip_prefix(root) {
                Ok(within) => within.to_owned(),
                Err(_) => path,
            };
            text(fs::canonicalize(at(place)).map(within))
        }
        SetPermissions(place, mode) => {
            Outcome::done(fs::set_permissions(at(place), Permissions::from_mode(mode)))
        }
        CreateDir(place) => Outcome::done(fs::create_dir(at(place))),
        CreateDirAll(place) => Outcome::done(fs::create_dir_all(at(place))),
        BuildDir(place, recursive, mode) => {
            let mut builder = fs::DirBuilder::new();
            Outcome::done(builder.recursive(recursive).mode(mode).create(at(place)))
        }
        RemoveDir(place) => Outcome::done(fs::remove_dir(at(place))),
        RemoveDirAll(place) => Outcome::done(fs::remove_dir_all(at(place))),
        List(place) => Outcome::of(list(&at(place)), Outcome::Names),
        Fill(place, count) => {
            let filled = crate::tree::fill(&at(place), count);
            Outcome::of(filled.and_then(|()| list(&at(place))), Outcome::Names)
        }
    }
}

fn text(path: io::Result<PathBuf>) -> Outcome {
    Outcome::of(path, |path| Outcome::Text(path.display().to_string()))
}

/// As std's, but that a file copied onto itself is refused, as DESIGN.md has it.
fn copy(from: &Path, to: &Path) -> io::Result<u64> {
    let number = |path: &Path| fs::metadata(path).map(|it| (it.dev(), it.ino()));
    match (number(from), number(to)) {
        (Ok(a), Ok(b)) if a == b && fs::metadata(from)?.is_file() => {
            // What can't be read fails as a read. An overlay copies up what is opened to be
            // written, which shows in the links of the directory.
            fs::File::open(from)?;
            _ = fs::File::options().write(true).open(to);
            Err(io::ErrorKind::InvalidInput.into())
        }
        _ => fs::copy(from, to),
    }
}

fn list(path: &Path) -> io::Result<Vec<String>> {
    let mut lines = Vec::new();
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        let known = match lines.len() < 20 {
            true => entry.metadata().map(|it| format!("{:?}", Known::of(&it))),
            false => Ok(String::new()),
        };
        let known = known.map_err(|error| error.kind());
        lines.push((entry.file_name(), kind(entry.file_type()?), known));
    }
    Ok(crate::tree::listed(lines))
}
