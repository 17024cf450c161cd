//! How a test ends, when it has caught a mutant, how long a catch is remembered, and which
//! report is a good one.

use std::cell::Cell;
use std::process::Command;
use std::time::Duration;

use crate::cases::{Case, Known, listed, still_known};
use crate::compile::Program;
use crate::hunt::{Fails, Outcome, With, fails, has_caught};
use crate::list::{At, Genre, Lies, Mutant};
use crate::memory::{Catch, Memory, Tests};
use crate::missed::Missed;
use crate::process::{End, Run, Said, Usual, said};
use crate::report::report;

/// Of a test that has taken next to nothing, and so soon hangs.
const SHORT: Usual = Usual {
    took: Duration::ZERO,
    used: Duration::ZERO,
};

/// Of one that a busy machine may let wait for a minute before it ends.
const LONG: Usual = Usual {
    took: Duration::from_secs(20),
    used: Duration::from_secs(6),
};

/// What comes of a shell's script that is run as a program of tests.
fn ends(script: &str, usual: Usual) -> End {
    let folder = tempfile::tempdir().unwrap();
    let run = Run {
        command: &["/bin/sh", "-c", script, "sh"],
        package: folder.path().to_str().unwrap(),
        cases: &["a_case"],
        variable: ("BUZZER_TEST_MUTANT", "17"),
        usual: &[usual],
        scratch: &folder.path().join("scratch"),
    };
    run.run().end
}

#[test]
fn an_end_is_told_from_a_hang() {
    let is_told = "test $BUZZER_TEST_MUTANT = 17 && test $3 = a_case";
    assert_eq!(ends(is_told, LONG), End::Passed);
    assert_eq!(ends("exit 101", LONG), End::Failed);
    assert_eq!(ends("kill -ABRT $$", LONG), End::Failed);
    assert_eq!(ends("sleep 1000", SHORT), End::Hung);
    assert_eq!(ends("while :; do :; done", SHORT), End::Hung);
}

#[test]
fn who_waits_for_a_child_that_works_does_not_hang() {
    // For longer than one that stands may, and of a processor less than one that spins.
    let works = "i=0; while [ $i -lt 8 ]; do i=$((i+1)); j=0; \
                 while [ $j -lt 5000 ]; do j=$((j+1)); done; sleep 0.5; done";
    assert_eq!(ends(&format!("sh -c '{works}'; true"), SHORT), End::Passed);
}

/// How a test has caught its mutant that ends so each time it runs, one after the other; and as
/// many runs are asked for.
#[track_caller]
fn catches(runs: &[(With, End)]) -> Option<End> {
    let nth = Cell::new(1);
    let caught = has_caught(runs[0].1, |with| {
        let (expected, end) = runs[nth.replace(nth.get() + 1)];
        assert_eq!(with, expected);
        end
    });
    assert_eq!(nth.get(), runs.len());
    caught
}

#[test]
fn a_mutant_is_caught_by_what_happens_twice_and_not_without_it() {
    use End::{Failed, Hung, Passed};
    use With::{None, TheMutant};
    assert_eq!(catches(&[(TheMutant, Passed)]), Option::None);
    for end in [Failed, Hung] {
        let began = [(TheMutant, end), (None, Passed)];
        let and = |last| [began[0], began[1], (TheMutant, last)];
        assert_eq!(catches(&and(end)), Some(end));
        assert_eq!(catches(&and(Passed)), Option::None);
        assert_eq!(catches(&[began[0], (None, Failed)]), Option::None);
        assert_eq!(catches(&[began[0], (None, Hung)]), Option::None);
    }
    let fails_then_hangs = [(TheMutant, Failed), (None, Passed), (TheMutant, Hung)];
    assert_eq!(catches(&fails_then_hangs), Option::None);
    // Ended among others before it could fail.
    let then = |last| {
        let began = [(TheMutant, Hung), (None, Passed), (TheMutant, Failed)];
        catches(&[began[0], began[1], began[2], (TheMutant, last)])
    };
    assert_eq!(then(Failed), Some(Failed));
    assert_eq!(then(Passed), Option::None);
}

#[test]
fn what_a_program_of_tests_says_names_the_first_that_fails_and_who_has_passed() {
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let printed = "running 5 tests\ntest a ... ok\ntest b - should panic ... FAILED\n\
                   test c ... ignored\ntest d - should panic ... ok\ntest e ... FAILED\n\n\
                   failures:\n\n---- b stdout ----\ntest f ... ok\n";
    let told = Said {
        by: "b".into(),
        has_failed: true,
        before: names(&["a"]),
        after: names(&["d"]),
    };
    assert_eq!(said(printed), told);
    let ended_in = Said {
        by: "b".into(),
        has_failed: false,
        before: names(&["a"]),
        after: Vec::new(),
    };
    assert_eq!(said("test a ... ok\ntest b ... "), ended_in);
    assert_eq!(said("running 0 tests\n"), Said::default());
}

#[test]
fn idle_is_counted_from_test_to_test() {
    // None for longer than one may be, and all together for longer.
    let three = "for now in a b c; do printf 'test %s ... ' $now; sleep 1.5; echo ok; done";
    assert_eq!(ends(three, SHORT), End::Passed);
}

/// A program of the tests `a`, `b` and `c`, which run in that order: `then` is what becomes of
/// one whose name is in `$now`, where those that have run before it are in `$before`.
fn of_three(then: &str, check: impl FnOnce(&[Program], &[Case])) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("program");
    let script = format!(
        "#!/bin/sh\nbefore=''\nfor now in a b c; do\ncase \" $* \" in *\" $now \"*) ;; \
         *) continue ;; esac\nprintf 'test %s ... ' $now\n{then}\necho ok\n\
         before=$before$now\ndone\n"
    );
    // By another process: what this one has open for writing, children that others start just
    // then have open, too, and nobody can run it meanwhile.
    let writes = "printf %s \"$1\" >\"$2\" && chmod 700 \"$2\"";
    let written = Command::new("/bin/sh")
        .args(["-c", writes, "sh", &script])
        .arg(&path)
        .status();
    assert!(written.unwrap().success());
    let mut program = program(path.to_str().unwrap(), 5);
    program.package = folder.path().to_str().unwrap().into();
    let cases = ["a", "b", "c"].map(|name| Case {
        program: program.path.clone(),
        name: name.into(),
        usual: SHORT,
        reaches: [17].into(),
    });
    check(&[program], &cases);
}

fn failed(by: usize, behind: &[usize]) -> Option<Fails> {
    let (end, behind) = (End::Failed, behind.to_vec());
    Some(Fails { by, end, behind })
}

#[test]
fn a_test_that_fails_behind_others_of_its_process_alone_has_caught_it_too() {
    let behind_others = "test $BUZZER_TEST_MUTANT = 17 && test $now = c && \
                         test -n \"$before\" && exit 101";
    of_three(behind_others, |programs, cases| {
        let caught = fails(0, "17", &[0, 1, 2], programs, cases);
        assert_eq!(caught, failed(2, &[0, 1]));
        assert_eq!(fails(0, "17", &[2], programs, cases), None);
        assert_eq!(fails(0, "18", &[0, 1, 2], programs, cases), None);
    });
}

#[test]
fn a_test_that_fails_behind_others_without_the_mutant_too_has_caught_nothing() {
    of_three(
        "test $now = c && test -n \"$before\" && exit 101",
        |programs, cases| {
            assert_eq!(fails(2, "17", &[0, 1, 2], programs, cases), None);
        },
    );
}

#[test]
fn a_test_that_fails_once_is_passed_over_and_what_comes_behind_it_is_tried() {
    // The first fails once, and the last always: it has caught it, alone.
    let once = "test $BUZZER_TEST_MUTANT = 17 || { echo ok; continue; }\n\
                test $now = a && mkdir once && exit 101\n test $now = c && exit 101";
    of_three(once, |programs, cases| {
        let caught = fails(1, "17", &[0, 1, 2], programs, cases);
        assert_eq!(caught, failed(2, &[]));
    });
}

#[test]
fn behind_a_program_that_fails_without_a_word_and_without_the_mutant_others_are_tried() {
    of_three(
        "test $BUZZER_TEST_MUTANT = 17 && exit 101",
        |programs, cases| {
            let says_nothing = program("/bin/false", 5);
            let of_it = Case {
                program: says_nothing.path.clone(),
                ..cases[0].clone()
            };
            let second = Program {
                package: programs[0].package.clone(),
                ..program(&programs[0].path, 5)
            };
            let (programs, cases) = ([says_nothing, second], [of_it, cases[0].clone()]);
            assert_eq!(fails(3, "17", &[0, 1], &programs, &cases), failed(1, &[]));
        },
    );
}

#[test]
fn a_catch_is_remembered_until_the_program_of_its_test_is_written_anew() {
    let catch = Catch {
        by: "wakes a_test".into(),
        behind: Vec::new(),
        end: End::Failed,
        written: 5,
    };
    let mut memory = Memory::default();
    memory.note(7, Some(catch.clone()));
    let tests = |name: &str, written| Tests::from([(name.to_owned(), written)]);
    assert_eq!(memory.catch(7, &tests("wakes a_test", 5)), Some(&catch));
    // The same name, and perhaps another body.
    assert_eq!(memory.catch(7, &tests("wakes a_test", 6)), None);
    assert_eq!(memory.catch(7, &tests("wakes another_test", 5)), None);
    assert_eq!(memory.catch(8, &tests("wakes a_test", 5)), None);
}

/// A program of tests that is another one in truth.
fn program(path: &str, written: u128) -> Program {
    Program {
        name: "wakes".into(),
        path: path.into(),
        package: "/".into(),
        written,
    }
}

#[test]
fn the_tests_of_a_program_are_known_until_it_is_written_anew() {
    let case = Case {
        program: "wakes".into(),
        name: "a_test".into(),
        usual: Usual::default(),
        reaches: [7].into(),
    };
    let known = Known::from([("wakes".to_owned(), (5, vec![case]))]);
    assert_eq!(still_known(&program("wakes", 5), &known).len(), 1);
    assert_eq!(still_known(&program("wakes", 6), &known).len(), 0);
    assert_eq!(still_known(&program("timers", 5), &known).len(), 0);
}

#[test]
#[should_panic(expected = "can't list its tests")]
fn a_program_that_can_not_list_its_tests_is_not_taken_for_one_without_any() {
    listed(&program("/bin/false", 5));
}

/// The report of so many mutants, of which the last are missed; known to be are those of
/// these names.
fn is_good(missed: usize, all: usize, known: &[&str]) -> bool {
    let is_missed = |number| number > all - missed;
    let mutants = (1..=all).map(|number| Mutant {
        number,
        file: "some.rs".into(),
        name: if is_missed(number) { "late" } else { "early" }.into(),
        span: Lies {
            start: At { line: 1, column: 1 },
        },
        replacement: String::new(),
        genre: Genre::Body,
        function: None,
    });
    let mutants: Vec<_> = mutants.collect();
    let catch = Catch {
        by: "wakes a_test".into(),
        behind: Vec::new(),
        end: End::Failed,
        written: 5,
    };
    let outcome = |mutant: &Mutant| match is_missed(mutant.number) {
        true => Outcome::Missed(3),
        false => Outcome::Caught(catch.clone()),
    };
    let outcomes: Vec<_> = mutants.iter().map(|it| (it, outcome(it))).collect();
    let known = known.iter().map(|name| {
        let (name, by_chance) = match name.strip_suffix(", by chance") {
            Some(name) => (name, true),
            None => (*name, false),
        };
        format!("{{ file = 'some.rs', mutant = '{name}', by_chance = {by_chance}, why = 'none' }},")
    });
    let known = Missed::of(&format!("mutants = [{}]", known.collect::<String>()));
    report(&mutants, &outcomes, &known, true)
}

#[test]
fn a_report_is_good_if_each_miss_is_known_and_95_of_100_are_caught() {
    assert!(is_good(0, 100, &[]));
    assert!(is_good(5, 100, &["late"]));
    assert!(!is_good(6, 100, &["late"]));
    assert!(!is_good(5, 100, &[]));
    assert!(!is_good(0, 100, &["early"]));
    assert!(is_good(0, 100, &["early, by chance"]));
    assert!(is_good(5, 100, &["late, by chance"]));
    assert!(!is_good(6, 100, &["late, by chance"]));
    assert!(!is_good(0, 100, &["gone"]));
    assert!(!is_good(0, 0, &[]));
}
