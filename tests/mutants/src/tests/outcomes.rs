//! How a test ends, and when it has caught a mutant.

use std::cell::Cell;

use crate::hunt::{With, has_caught};
use crate::process::{End, Run, Usual};

/// What comes of a shell's script that is run as a program of tests.
fn ends(script: &str) -> End {
    let folder = tempfile::tempdir().unwrap();
    let run = Run {
        command: &["/bin/sh", "-c", script, "sh"],
        package: folder.path().to_str().unwrap(),
        cases: &["a_case"],
        variable: ("BUZZER_TEST_MUTANT", "17"),
        usual: Usual::default(),
        scratch: &folder.path().join("scratch"),
    };
    run.run().end
}

#[test]
fn an_end_is_told_from_a_hang() {
    assert_eq!(
        ends("test $BUZZER_TEST_MUTANT = 17 && test $3 = a_case"),
        End::Passed
    );
    assert_eq!(ends("exit 101"), End::Failed);
    assert_eq!(ends("kill -ABRT $$"), End::Failed);
    assert_eq!(ends("sleep 1000"), End::Hung);
    assert_eq!(ends("while :; do :; done"), End::Hung);
}

#[test]
fn who_waits_for_a_child_that_works_does_not_hang() {
    // For longer than one that stands may, and of a processor less than one that spins.
    let works = "i=0; while [ $i -lt 8 ]; do i=$((i+1)); j=0; \
                 while [ $j -lt 5000 ]; do j=$((j+1)); done; sleep 0.5; done";
    assert_eq!(ends(&format!("sh -c '{works}'; true")), End::Passed);
}

/// Whether a test has caught its mutant that ends so each time it runs, one after the other;
/// and as many runs are asked for.
#[track_caller]
fn catches(runs: &[(With, End)]) -> bool {
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
fn a_mutant_is_caught_by_what_happens_twice_and_hangs_only_with_it() {
    use End::{Failed, Hung, Passed};
    use With::{None, TheMutant};
    assert!(!catches(&[(TheMutant, Passed)]));
    assert!(catches(&[(TheMutant, Failed), (TheMutant, Failed)]));
    assert!(!catches(&[(TheMutant, Failed), (TheMutant, Passed)]));
    assert!(!catches(&[(TheMutant, Failed), (TheMutant, Hung)]));
    assert!(catches(&[
        (TheMutant, Hung),
        (None, Passed),
        (TheMutant, Hung)
    ]));
    assert!(!catches(&[
        (TheMutant, Hung),
        (None, Passed),
        (TheMutant, Passed)
    ]));
    assert!(!catches(&[(TheMutant, Hung), (None, Hung)]));
    assert!(!catches(&[(TheMutant, Hung), (None, Failed)]));
}
