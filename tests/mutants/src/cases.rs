//! The tests, each by its name, and which mutants each of them reaches.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

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
/// `mutants` many. Of two tries: a test that fails twice is told of, and left out, until the
/// next run tries it again. The others of a program that has not been written since are as
/// they were.
pub fn cases(
    tree: &Tree,
    programs: &[Program],
    mutants: usize,
    workers: usize,
    known_programs: &mut Known,
) -> Vec<Case> {
    let mut known = Vec::new();
    let mut names = Vec::new();
    for of in programs {
        let cases = still_known(of, known_programs);
        let mut unknown = listed(of);
        unknown.retain(|name| cases.iter().all(|case| case.name != *name));
        names.extend(unknown.into_iter().map(|name| (of, name)));
        known.extend(cases);
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
                usual: &[UNKNOWN],
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
    known.extend(done.into_iter().flatten());
    for of in programs {
        let cases = known.iter().filter(|case| case.program == of.path);
        let cases = cases.cloned().collect();
        known_programs.insert(of.path.clone(), (of.written, cases));
    }
    known
}

/// What is known of a program's tests, if it has not been written since.
pub fn still_known(program: &Program, known_programs: &Known) -> Vec<Case> {
    match known_programs.get(&program.path) {
        Some((written, cases)) if *written == program.written => cases.clone(),
        _ => Vec::new(),
    }
}

/// The names of a program's tests, as it says them.
pub fn listed(program: &Program) -> Vec<String> {
    let listed = Command::new(&program.path)
        .args(["--list", "--format", "terse"])
        .current_dir(&program.package)
        .output()
        .expect("the program was just built");
    assert!(
        listed.status.success(),
        "{} can't list its tests:\n{}",
        program.path,
        String::from_utf8_lossy(&listed.stderr)
    );
    let text = String::from_utf8_lossy(&listed.stdout);
    let names = text.lines().filter_map(|line| line.strip_suffix(": test"));
    names.map(str::to_owned).collect()
}
