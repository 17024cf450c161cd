//! The chapter for who comes from Python has every name that the installed Python has.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use buzzer_book::chapters;

/// All at the top of asyncio, one a line.
const ASYNCIO: &str = "import asyncio
print(*asyncio.__all__, sep='\\n')";

/// The same of aiofiles and its modules, and what a file of each kind has.
const AIOFILES: &str = "import aiofiles, aiofiles.os, aiofiles.ospath, aiofiles.tempfile
from aiofiles.threadpool import binary, text
names = set(aiofiles.__all__) | set(aiofiles.os.__all__) | set(aiofiles.tempfile.__all__)
names |= {name for name in dir(aiofiles.ospath) if not name.startswith('_')}
kinds = [binary.AsyncBufferedIOBase, binary.AsyncBufferedReader, binary.AsyncFileIO, text.AsyncTextIOWrapper]
names |= {name for kind in kinds for name in dir(kind) if not name.startswith('_')}
print(*sorted(names), sep='\\n')";

/// What a program prints; says so in a line if it can't.
fn lines_of(program: &str) -> Option<Vec<String>> {
    let output = Command::new("python3").args(["-c", program]).output();
    match output {
        Ok(output) if output.status.success() => {
            let text = String::from_utf8(output.stdout).unwrap();
            Some(text.lines().map(str::to_owned).collect())
        }
        _ => {
            println!("skipped: no Python here has it");
            None
        }
    }
}

/// The words in backticks in the part of the chapter under this heading.
fn words_under(heading: &str) -> BTreeSet<String> {
    let chapter = fs::read_to_string(chapters().join("from-python.md")).unwrap();
    let (_, rest) = chapter.split_once(heading).unwrap();
    let part = rest.split("\n## ").next().unwrap();
    let code = part.split('`').skip(1).step_by(2);
    code.flat_map(|code| code.split(|one: char| !one.is_alphanumeric() && one != '_'))
        .map(str::to_owned)
        .collect()
}

fn compare(heading: &str, program: &str) {
    let Some(names) = lines_of(program) else {
        return;
    };
    assert!(names.len() > 30, "{names:?}");
    let words = words_under(heading);
    let missing: Vec<_> = names.iter().filter(|name| !words.contains(*name)).collect();
    assert!(missing.is_empty(), "{heading}: no row for {missing:?}");
}

#[test]
fn every_name_of_asyncio_has_a_row() {
    compare("## Every name of asyncio\n", ASYNCIO);
}

#[test]
fn every_name_of_aiofiles_has_a_row() {
    compare("## Every name of aiofiles\n", AIOFILES);
}
