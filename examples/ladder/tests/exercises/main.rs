//! The exercises are made from the stages, fail as they are, and can be solved.
//!
//!     WRITE_EXERCISES=1 cargo test -p buzzer-ladder --test exercises
//!
//! makes their files anew.

#[path = "../../exercises/asked.rs"]
mod asked;
mod made;

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread;

use asked::{ASKED, Asked};

fn folder() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn text(path: impl AsRef<Path>) -> String {
    let path = folder().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn each_exercise_is_its_stage_without_what_it_asks_for() {
    let is_written = env::var_os("WRITE_EXERCISES").is_some();
    for asked in &ASKED {
        let name = format!("{}.rs", asked.stage);
        let made = made::exercise(&text(&name), asked);
        let path = folder().join("exercises").join(&name);
        if is_written {
            fs::write(&path, &made).unwrap();
        }
        assert!(
            fs::read_to_string(path).is_ok_and(|it| it == made),
            "exercises/{name} is not what {name} makes of it. Somebody has solved it \
             (`git restore` takes that back), or the stage has changed \
             (`WRITE_EXERCISES=1 cargo test -p buzzer-ladder --test exercises` follows)"
        );
    }
}

/// What the program said: which scenarios are right, which are wrong, and its exit code.
#[derive(Debug)]
struct Played {
    right: BTreeSet<String>,
    wrong: BTreeSet<String>,
    code: Option<i32>,
}

fn play(asked: &Asked, flags: &[&str]) -> Played {
    let test = env::current_exe().unwrap();
    let program = test.ancestors().nth(2).unwrap().join("examples/exercise");
    assert!(
        program.is_file(),
        "`cargo test` builds the exercises, `cargo test --test` does not"
    );
    let number = &asked.stage[..1];
    let run = Command::new(program).arg(number).args(flags).output();
    let run = run.unwrap();
    let said = String::from_utf8(run.stdout).unwrap();
    let all = |verdict: &str| {
        let lines = said.lines().map(str::trim);
        let names = lines.filter_map(|line| line.strip_prefix(verdict));
        names.map(|name| name.trim().to_owned()).collect()
    };
    Played {
        right: all("right "),
        wrong: all("WRONG "),
        code: run.status.code(),
    }
}

fn scenarios(asked: &Asked) -> BTreeSet<String> {
    let names = asked.scenarios.iter();
    names.map(|&name| name.to_owned()).collect()
}

#[test]
fn each_exercise_fails_what_it_is_for_as_long_as_nothing_is_written() {
    thread::scope(|scope| {
        for asked in &ASKED {
            scope.spawn(move || {
                let played = play(asked, &[]);
                let stage = asked.stage;
                assert_eq!(played.wrong, scenarios(asked), "{stage}");
                assert!(played.right.is_empty(), "{stage}: {played:?}");
                assert_eq!(played.code, Some(1), "{stage}");
            });
        }
    });
}

/// How often it is tried. On a machine that is busy enough, who waits seems to hang.
const TRIES: usize = 5;

#[test]
fn each_solution_passes_what_its_exercise_is_for() {
    for asked in &ASKED {
        let is_solved = |played: &Played| {
            let is_right = scenarios(asked).is_subset(&played.right);
            is_right && played.wrong.is_empty() && played.code == Some(0)
        };
        let mut failed = Vec::new();
        for _ in 0..TRIES {
            let played = play(asked, &["--solution"]);
            if is_solved(&played) {
                break;
            }
            failed.push(played);
        }
        assert!(failed.len() < TRIES, "{}: {failed:#?}", asked.stage);
    }
}

#[test]
fn what_it_does_not_understand_the_program_answers_with_its_usage() {
    let played = play(&ASKED[0], &["--solve"]);
    assert!(played.right.is_empty() && played.wrong.is_empty());
    assert_eq!(played.code, Some(2));
}

#[test]
fn the_page_has_each_exercise() {
    let page = text("exercises/README.md");
    for asked in &ASKED {
        let stage = asked.stage;
        assert!(page.contains(&format!("[{stage}]({stage}.rs)")), "{stage}");
    }
}
