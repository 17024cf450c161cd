//! The tests, each by its name, and which mutants each of them reaches.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use crate::compile::Program;
use crate::crew;
use crate::process::{End, Run, Usual};
use crate::tree::Tree;

/// A test.
#[derive(Clone, Serialize, Deserialize)]
pub struct Case {
    /// The path of its program.
    pub program: String,
    pub name: String,
    pub usual: Usual,
    pub reaches: BTreeSet<usize>,
}

/// The tests of a program, by its path, and when it was written.
pub type Known = BTreeMap<String, (u128, Vec<Case>)>;

/// What a test may take of which nothing is known yet: a minute of a processor, and as long
/// without doing anything.
const UNKNOWN: Usual = Usual {
    took: Duration::from_secs(20),
    used: Duration::from_secs(6),
};

/// Where a process may leave what it makes: short, for a socket has to have a path there.
pub fn scratch(worker: usize) -> PathBuf {
    std::env::temp_dir().join(format!("mutants-{}-{worker}", std::process::id()))
}

/// All tests of the programs that pass while no mutant is there, and what each reaches of
/// `mutants` many. Of two tries: a test that fails twice is told of, and left out. Those of a
/// program that is known and has not been written since are as they were.
pub fn cases(
    tree: &Tree,
    programs: &[Program],
    mutants: usize,
    workers: usize,
    known_programs: &mut Known,
) -> Vec<Case> {
    let mut known = Vec::new();
    let mut names = Vec::new();
    let mut written = BTreeMap::new();
    for of in programs {
        let at = fs::metadata(&of.path).and_then(|meta| meta.modified());
        let at = at.expect("it was just built").duration_since(UNIX_EPOCH);
        let at = at.expect("it is later").as_nanos();
        match known_programs.get(&of.path) {
            Some((then, cases)) if *then == at => known.extend(cases.iter().cloned()),
            _ => {
                names.extend(listed(of).into_iter().map(|name| (of, name)));
                written.insert(of.path.clone(), at);
            }
        }
    }
    println!(
        "{} tests, and {} that have not changed",
        names.len(),
        known.len()
    );
    let done = crew::each(workers, names, |worker, (of, name)| {
        let file = tree.told.join(format!("reached-{worker}"));
        let tried = (0..2).find_map(|_| {
            let all = File::create(&file).and_then(|file| file.set_len(mutants as u64 + 1));
            all.expect("the build's folder can be written");
            let ran = Run {
                command: &[&of.path],
                package: &of.package,
                cases: &[name.as_str()],
                variable: (
                    "BUZZER_TEST_MUTANT_REACH",
                    file.to_str().expect("paths are text"),
                ),
                usual: UNKNOWN,
                scratch: &scratch(worker),
            }
            .run();
            (ran.end == End::Passed).then_some(ran)
        });
        let Some(ran) = tried else {
            println!(
                "left out, for it fails without a mutant: {} {name}",
                of.name
            );
            return None;
        };
        let reached = fs::read(&file).expect("it was just made");
        let reaches = (0..).zip(reached).filter(|(_, byte)| *byte != 0);
        Some(Case {
            program: of.path.clone(),
            name,
            usual: Usual {
                took: ran.took,
                used: ran.used,
            },
            reaches: reaches.map(|(number, _)| number).collect(),
        })
    });
    let new: Vec<Case> = done.into_iter().flatten().collect();
    for (path, at) in written {
        let of = new.iter().filter(|case| case.program == path).cloned();
        let of = of.collect();
        known_programs.insert(path, (at, of));
    }
    known.extend(new);
    known
}

fn listed(program: &Program) -> Vec<String> {
    let listed = Command::new(&program.path)
        .args(["--list", "--format", "terse"])
        .current_dir(&program.package)
        .output()
        .expect("the program was just built");
    let text = String::from_utf8_lossy(&listed.stdout);
    let names = text.lines().filter_map(|line| line.strip_suffix(": test"));
    names.map(str::to_owned).collect()
}
