//! Whose a line of source is, the library's or the program's.
//!
//! Owns that question, which the views ask of each place that they would tell.

use std::panic::Location;

/// Whether a line is not one of this library. Jobs that the library gives to the pool by
/// itself (a name's look-up, most of `fs`) are known by such a line, which would tell who
/// watches a program nothing; so are sources that an async function makes, which is not told
/// where it was called.
pub(in crate::trace) fn of_program(at: &Location<'_>) -> bool {
    let own = file!().strip_suffix("trace/names/whose.rs").unwrap_or("\0");
    !at.file().starts_with(own) && !is_in_src(at.file())
}

/// Whether it is the whole path of a file of this library. By that Rust 1.93 names the file
/// of a generic function which another crate has compiled, where [`file!`] gives the path
/// from the workspace on.
fn is_in_src(file: &str) -> bool {
    let package = option_env!("CARGO_MANIFEST_DIR");
    let inside = package.and_then(|package| file.strip_prefix(package));
    inside.is_some_and(|rest| rest.starts_with("/src/"))
}

/// Whether the place where a task was spawned is told. Of one that the library has
/// spawned by itself, its name says more.
pub(in crate::trace) fn is_told(name: Option<&str>, at: &Location<'_>) -> bool {
    name.is_none() || of_program(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_the_library_is_known_by_its_whole_path_too() {
        let own = concat!(env!("CARGO_MANIFEST_DIR"), "/src/net/tcp/stream.rs");
        let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/src_of_another/main.rs");
        for (file, expected) in [(own, true), (beside, false), ("/src/main.rs", false)] {
            assert_eq!(is_in_src(file), expected, "{file}");
        }
        assert!(!of_program(Location::caller()));
    }
}
