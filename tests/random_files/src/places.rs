//! The names that programs use, and where they lead.
//!
//! None leads out of the strand's directory, but for devices and one file of /proc, which
//! only opens, reads and writes get. Owns also what a symbolic link may say.

use crate::program::{PathOp, Place};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

const NAMES: [&str; 22] = [
    "a",
    "b",
    "c",
    "d",
    "d/a",
    "d/b",
    "d/e",
    "d/e/f",
    "link",
    "d/link",
    "a/",
    "a/x",
    "d/..",
    ".",
    "missing/x",
    "",
    "zero\0byte",
    "<255 bytes>",
    "<256 bytes>",
    "<too long>",
    "<not UTF-8>",
    "<383 bytes in all>",
];

/// One longer than the last, and the last that a first try keeps on its stack.
const WHOLE: usize = 383;

/// So many are plain; the others are there to fail, mostly.
pub const PLAIN: Place = 10;
pub const ALL: Place = NAMES.len() as Place;

/// What is open for reading and writing only.
pub const DEVICES: [&str; 4] = ["/dev/null", "/dev/full", "/dev/zero", "/proc/version"];
const FIRST_DEVICE: Place = 200;

pub fn device(number: u8) -> Place {
    FIRST_DEVICE + number % DEVICES.len() as u8
}

pub const TEXTS: [&str; 8] = ["a", "b", "d", "d/a", "link", "d/e", "missing/x", ""];

pub fn text(number: u8) -> &'static str {
    TEXTS[usize::from(number) % TEXTS.len()]
}

pub fn name(place: Place) -> &'static str {
    match place.checked_sub(FIRST_DEVICE) {
        Some(device) => DEVICES[usize::from(device)],
        None => NAMES[usize::from(place) % NAMES.len()],
    }
}

/// Where `place` leads in the directory `root`.
pub fn path(root: &Path, place: Place) -> PathBuf {
    match name(place) {
        "" => PathBuf::new(),
        "<255 bytes>" => root.join("n".repeat(255)),
        "<256 bytes>" => root.join("n".repeat(256)),
        "<too long>" => root.join("n/".repeat(2_100)),
        "<not UTF-8>" => root.join(OsStr::from_bytes(b"\xff\xfe")),
        "<383 bytes in all>" => {
            let used = root.as_os_str().len() + "/a".len();
            let mut path = root.as_os_str().to_owned();
            path.push("/".repeat(WHOLE.saturating_sub(used)));
            path.push("/a");
            path.into()
        }
        name => root.join(name),
    }
}

/// The operation with names in the place of numbers.
pub fn with_names(op: &PathOp) -> String {
    use PathOp::*;
    let one = |what: &str, at: Place| format!("{what}({:?})", name(at));
    let two = |what: &str, from, to| format!("{what}({:?}, {:?})", name(from), name(to));
    match *op {
        Read(at) => one("read", at),
        ReadToString(at) => one("read_to_string", at),
        Write(at, data) => format!("write({:?}, {data:?})", name(at)),
        Copy(from, to) => two("copy", from, to),
        Rename(from, to) => two("rename", from, to),
        RemoveFile(at) => one("remove_file", at),
        HardLink(from, to) => two("hard_link", from, to),
        Symlink(to, at) => format!("symlink({:?}, {:?})", text(to), name(at)),
        ReadLink(at) => one("read_link", at),
        Metadata(at) => one("metadata", at),
        SymlinkMetadata(at) => one("symlink_metadata", at),
        TryExists(at) => one("try_exists", at),
        Canonicalize(at) => one("canonicalize", at),
        SetPermissions(at, mode) => format!("set_permissions({:?}, {mode:o})", name(at)),
        CreateDir(at) => one("create_dir", at),
        CreateDirAll(at) => one("create_dir_all", at),
        BuildDir(at, all, mode) => format!("build_dir({:?}, {all}, {mode:o})", name(at)),
        RemoveDir(at) => one("remove_dir", at),
        RemoveDirAll(at) => one("remove_dir_all", at),
        List(at) => one("read_dir", at),
        Fill(at, count) => format!("fill({:?}, {count})", name(at)),
    }
}
