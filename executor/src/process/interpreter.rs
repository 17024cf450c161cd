//! What the kernel starts in the place of a file that is no machine code by itself.
//!
//! Owns the look into it: the first line of a script, the loader that a program
//! which is linked to libraries asks for. `blame.rs` calls it, once a start has
//! failed.

use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

/// As much of a file's beginning as Linux looks at: BINPRM_BUF_SIZE. Others look at more.
const LOOKED_AT: usize = 256;

/// No path is longer: PATH_MAX.
const LONGEST: usize = 4096;

/// What is started for `file`, a regular one, and what it is to it.
pub(super) fn of(file: &Path) -> Option<(&'static str, PathBuf)> {
    let file = File::open(file).ok()?;
    let mut beginning = [0; LOOKED_AT];
    let length = file.read_at(&mut beginning, 0).ok()?;
    let beginning = &beginning[..length];
    if let Some(line) = beginning.strip_prefix(b"#!") {
        return of_script(line).map(|path| ("start its interpreter", path));
    }
    let loader = of_program(&file, beginning).ok().flatten()?;
    Some(("start its loader", loader))
}

fn path(bytes: &[u8]) -> PathBuf {
    OsStr::from_bytes(bytes).into()
}

/// The first word of the line behind `#!`.
fn of_script(line: &[u8]) -> Option<PathBuf> {
    let line = line.split(|byte| *byte == b'\n' || *byte == 0).next()?;
    let mut words = line.split(|byte| *byte == b' ' || *byte == b'\t');
    words.find(|word| !word.is_empty()).map(path)
}

/// What the PT_INTERP of an ELF file names: elf(5). One of the other byte order can't
/// be run here.
fn of_program(file: &File, header: &[u8]) -> io::Result<Option<PathBuf>> {
    const PT_INTERP: usize = 3;
    // Where its fields are, and of which width, by the class: 32 or 64 bits.
    let (table, entry_size, offset, length, width) = match header.get(..5) {
        Some(b"\x7fELF\x01") => (28, 42, 4, 16, 4),
        Some(b"\x7fELF\x02") => (32, 54, 8, 32, 8),
        _ => return Ok(None),
    };
    let size = number(header, entry_size, 2).min(LOOKED_AT);
    let count = number(header, entry_size + 2, 2);
    let table = number(header, table, width);
    for index in 0..count {
        let mut entry = [0; LOOKED_AT];
        let entry = &mut entry[..size];
        let at = table.saturating_add(index * size);
        file.read_exact_at(entry, at as u64)?;
        if number(entry, 0, 4) == PT_INTERP {
            let mut name = vec![0; number(entry, length, width).min(LONGEST)];
            file.read_exact_at(&mut name, number(entry, offset, width) as u64)?;
            let end = name.iter().position(|byte| *byte == 0);
            name.truncate(end.unwrap_or(name.len()));
            return Ok(Some(path(&name)));
        }
    }
    Ok(None)
}

/// The number of so many bytes at `at`; zero beyond the end.
fn number(bytes: &[u8], at: usize, width: usize) -> usize {
    let field = bytes.get(at..at + width).unwrap_or_default();
    match *field {
        [a, b] => u16::from_ne_bytes([a, b]).into(),
        [a, b, c, d] => u32::from_ne_bytes([a, b, c, d]) as usize,
        _ => <[u8; 8]>::try_from(field).map_or(0, u64::from_ne_bytes) as usize,
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn written(contents: &[u8]) -> Option<(&'static str, PathBuf)> {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(contents).unwrap();
        of(file.path())
    }

    #[test]
    fn a_script_names_its_interpreter_in_its_first_line() {
        let named = |text: &[u8]| written(text).map(|(_, path)| path.into_os_string());
        assert_eq!(named(b"#!/bin/sh\nexit"), Some("/bin/sh".into()));
        assert_eq!(named(b"#! \t/bin/env -S x\n"), Some("/bin/env".into()));
        assert_eq!(named(b"#!sh"), Some("sh".into()));
        assert_eq!(named(b"#!/bin/sh\r\n"), Some("/bin/sh\r".into()));
        assert_eq!(named(b"#!\n/bin/sh"), None);
        assert_eq!(named(b"#!"), None);
        assert_eq!(named(b"# /bin/sh\n"), None);
        assert_eq!(named(b""), None);
    }

    #[test]
    fn a_program_names_its_loader_and_half_a_program_nothing() {
        let this = std::env::current_exe().unwrap();
        // Elsewhere programs are no ELF files.
        if std::fs::read(&this).unwrap().starts_with(b"\x7fELF") {
            let (what, loader) = of(&this).unwrap();
            assert_eq!(what, "start its loader");
            assert!(loader.is_file(), "{loader:?}");
        }
        assert_eq!(written(b"\x7fELF\x02"), None);
        assert_eq!(written(&[b"\x7fELF\x01", &[0xff; 300][..]].concat()), None);
        assert_eq!(written(&[b"\x7fELF\x02", &[0xff; 300][..]].concat()), None);
    }
}
