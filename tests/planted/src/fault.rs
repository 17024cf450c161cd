//! What a file in faults/ says. Read once, by `main.rs`.

use std::fmt;
use std::fs;
use std::path::Path;

use crate::command::parts;

/// Where they lie.
pub const FAULTS: &str = "tests/planted/faults";

pub struct Fault {
    /// The file's, without its ending.
    pub name: String,
    /// What is wrong with it.
    pub what: String,
    pub end: End,
    pub command: String,
    /// The line of the head that says both.
    pub must: String,
}

/// How the command has to come out.
#[derive(Clone, Copy)]
pub enum End {
    Fails,
    Hangs,
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Fails => "Fails",
            Self::Hangs => "Hangs",
        })
    }
}

/// All there are, in the order of their numbers.
///
/// # Panics
///
/// If one says not what it has to.
pub fn all() -> Vec<Fault> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("faults");
    let files = fs::read_dir(folder).expect("faults/ is there");
    let mut faults: Vec<_> = files.map(|entry| read(&entry.unwrap().path())).collect();
    faults.sort_by_key(|fault| (fault.number(), fault.name.clone()));
    faults
}

fn read(patch: &Path) -> Fault {
    let text = fs::read_to_string(patch).unwrap();
    let (head, _) = text
        .split_once("\n--- ")
        .unwrap_or_else(|| panic!("{}: no patch in it", patch.display()));
    let says = |key: &str| {
        let line = head.lines().find_map(|line| line.strip_prefix(key));
        line.and_then(|line| line.strip_prefix(": "))
            .map(str::to_owned)
    };
    let missing = |what: &str| -> ! { panic!("{}: no line `{what}: …`", patch.display()) };
    let command = [End::Fails, End::Hangs]
        .into_iter()
        .find_map(|end| Some((end, says(&end.to_string())?)));
    let Some((end, command)) = command else {
        missing("Fails")
    };
    if parts(&command).is_none() {
        let patch = patch.display();
        panic!("{patch}: `{command}` has no ` -- ` that the test's name follows");
    }
    let Some(what) = says("Fault") else {
        missing("Fault")
    };
    let name = patch.file_stem().unwrap().to_str().unwrap().to_owned();
    Fault {
        must: format!("{end}: {command}"),
        name,
        what,
        end,
        command,
    }
}

impl Fault {
    /// Of the line in docs/edge-cases.md. What belongs to none comes last.
    fn number(&self) -> u32 {
        let number = self.name.split('-').next().and_then(|it| it.parse().ok());
        number.unwrap_or(u32::MAX)
    }

    /// By the number, or by a part of the name.
    pub fn is_called(&self, word: &str) -> bool {
        match word.parse::<u32>() {
            Ok(number) => self.number() == number,
            Err(_) => self.name.contains(word),
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn each_says_what_it_has_to() {
        assert!(super::all().len() > 100);
    }
}
