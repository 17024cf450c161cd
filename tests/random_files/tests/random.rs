//! Random sequences of file operations do the same on buzzer and on std.
//!
//! In processes of their own: they have a limit on files, and so would the one that tells
//! how the tests go.

use random_files::{Fault, Ground, Search, ground};
use std::fs;
use std::ops::Range;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

#[path = "../../support/child.rs"]
mod child;
#[path = "../../support/hangs.rs"]
mod hangs;

const DISK: &str = env!("CARGO_TARGET_TMPDIR");

/// In memory where there is such a place: most of the time of others goes into their syncs.
fn memory() -> &'static str {
    match Path::new("/dev/shm").is_dir() {
        true => "/dev/shm",
        false => DISK,
    }
}

/// With less than root may.
fn search(dir: &str, fault: Fault) -> Search {
    ground::limit();
    Search::new(Ground::in_dir(dir.as_ref()), fault)
}

fn same_on_both(dir: &str, seeds: Range<u64>) {
    child::in_a_child(|| {
        if let Some(found) = search(dir, Fault::None).first_of(seeds) {
            panic!("{found}");
        }
    });
}

#[test]
fn a_thousand_programs_do_the_same_on_both() {
    same_on_both(memory(), 0..1_000);
}

#[test]
fn two_thousand_more_do_the_same_on_both() {
    same_on_both(memory(), 1_000..3_000);
}

#[test]
fn two_hundred_do_the_same_on_the_disk_that_the_build_is_on() {
    same_on_both(DISK, 3_000..3_200);
}

/// Each within as many programs as the tests above have.
#[test]
fn every_planted_fault_is_found() {
    child::in_a_child(|| {
        for fault in Fault::ALL {
            let found = search(memory(), fault).first_of(0..3_000);
            let found = found.unwrap_or_else(|| panic!("{fault:?} was not found"));
            println!("{fault:?}, by the program of seed {}:\n{found}", found.seed);
        }
    });
}

/// It can't be shrunk: nobody comes back from it. So the process ends, and says which it was.
#[test]
fn a_program_that_does_not_come_to_an_end_is_named() {
    /// It waits for a dropped operation.
    const SEED: u64 = 0;
    // For the process that ends in the midst of it removes nothing.
    let dir = format!("{DISK}/hangs");
    fs::create_dir_all(&dir).unwrap();
    let told = hangs::told_of(|| {
        let search = search(&dir, Fault::WorkersStayStopped);
        search
            .with_patience(Duration::from_millis(300))
            .first_of(SEED..SEED + 1);
    });
    fs::remove_dir_all(&dir).unwrap();
    assert!(told.contains(", dropped after"), "{told}");
    assert!(told.contains(&format!("-- 1 --seed {SEED} --on")), "{told}");
}

/// Those that have to be mounted, by a process of their own each. Who may not mount skips
/// them, unless `BUZZER_TEST_FILES=require` says that this is a failure.
#[test]
fn some_programs_do_the_same_on_each_file_system() {
    for place in ["tmpfs", "ext4", "overlay", "small", "read-only"] {
        let mut program = Command::new(env!("CARGO_BIN_EXE_random-files"));
        let output = program.args(["400", "--on", place]).output().unwrap();
        let told = String::from_utf8_lossy(&output.stdout);
        match output.status.code() {
            Some(0) => {}
            Some(77) if std::env::var_os("BUZZER_TEST_FILES").is_none_or(|it| it != "require") => {
                print!("{told}");
            }
            _ => panic!("{told}{}", String::from_utf8_lossy(&output.stderr)),
        }
    }
}
