//! Each system call fails in its turn: the short form.

use std::fs;
use std::path::Path;

use faults::calls::{CALLS, Call, Error};
use faults::left_out::{EVERY_PROGRAM_S, MAY_BE_ABSENT, THE_PROGRAM_S};
use faults::sweep::{self, Reach, Seen};
use faults::{page, parts, run};

mod support {
    pub mod needs;
}
use support::needs;

fn program() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_faults"))
}

fn assert_right(seen: &[Seen]) {
    let wrong = seen.iter().flat_map(|seen| {
        let point = seen.point;
        seen.complaints
            .iter()
            .map(move |what| format!("{point}: {what}"))
    });
    let wrong: Vec<_> = wrong.collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    let (missing, _) = page::differences(seen).unwrap();
    assert!(
        missing.is_empty(),
        "docs/testing/faults-table.md lacks\n{}",
        missing.join("\n")
    );
}

/// In up to three parts each, the first two times, with the likeliest error and with
/// EINTR.
#[test]
fn a_call_that_fails_is_done_again_or_another_way_or_told_of() {
    if needs::sandboxes() {
        let plain = sweep::plain(program());
        let seen = sweep::see(program(), &plain, sweep::points(&plain, sweep::SHORT));
        assert_right(&seen);
        let not_met = sweep::not_met(&seen, sweep::SHORT);
        assert!(
            not_met.is_empty(),
            "none of these has failed: a part has to make the call, or \
             tests/faults/src/left_out.rs to say why none does: {not_met:?}"
        );
    }
}

/// What was found once, and what the short form would not come to.
#[test]
fn what_was_found_is_mended_and_what_is_rare_is_told_of() {
    const RARE: &[(&str, &str, &str)] = &[
        // std opens a directory once.
        ("directories", "openat", "EINTR"),
        ("TCP", "epoll_ctl", "ENOSPC"),
        ("Unix streams", "epoll_ctl", "ENOMEM"),
        ("buffered", "write", "ENOSPC"),
        ("appended", "write", "EDQUOT"),
        ("status", "pidfd_open", "EMFILE"),
    ];
    if needs::sandboxes() {
        let plain = sweep::plain(program());
        let mut points = sweep::points(
            &plain,
            Reach {
                together: false,
                ..sweep::LONG
            },
        );
        points.retain(|point| RARE.contains(&(point.part, point.call.name, point.error.name)));
        let seen = sweep::see(program(), &plain, points);
        assert_right(&seen);
        let failed = seen.iter().filter(|seen| seen.failed);
        let failed = failed.map(|seen| seen.point);
        let failed: Vec<_> = failed
            .map(|point| (point.part, point.call.name, point.error.name))
            .collect();
        for rare in RARE {
            assert!(failed.contains(rare), "it has not failed: {rare:?}");
        }
    }
}

#[test]
fn no_call_is_made_that_does_not_fail_in_its_turn() {
    if needs::sandboxes() {
        let names = parts::names();
        let ran = sweep::in_parallel(names, |part| run::all_calls(program(), part));
        let known: Vec<_> = CALLS.iter().map(|call| call.number).collect();
        let known = [&known, EVERY_PROGRAM_S, THE_PROGRAM_S].concat();
        let mut unknown: Vec<_> = ran.iter().flat_map(|ran| ran.counts.keys()).collect();
        unknown.retain(|number| !known.contains(number));
        unknown.sort();
        unknown.dedup();
        assert!(
            unknown.is_empty(),
            "the program makes the calls {unknown:?}: add them to tests/faults/src/calls.rs"
        );
    }
}

/// On another processor there are fewer.
#[cfg(target_arch = "x86_64")]
#[test]
fn the_pages_say_how_many_calls_and_errors_there_are_and_list_them() {
    let is_made = |call: &&Call| MAY_BE_ABSENT.iter().all(|(name, _)| *name != call.name);
    let errors: usize = CALLS.iter().map(|call| call.errors.len()).sum();
    let made: Vec<_> = CALLS.iter().filter(is_made).collect();
    let (calls, made_calls, parts) = (CALLS.len(), made.len(), parts::names().len() - 1);
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs");
    for (page, words) in [
        ("testing.md", format!("{calls} calls, {errors} errors,")),
        ("testing/faults.md", format!("A program of {parts} parts")),
        (
            "testing/faults.md",
            format!("{calls} calls, of which the program makes {made_calls}, with {errors} errors"),
        ),
    ] {
        let text = fs::read_to_string(docs.join(page)).unwrap();
        assert!(text.contains(&words), "docs/{page} doesn't say: {words}");
    }
    let pairs = made.iter().flat_map(|call| {
        let pair = |error: &Error| (call.name.to_owned(), error.name.to_owned());
        call.errors.iter().map(pair)
    });
    assert_eq!(page::pairs().unwrap(), pairs.collect());
}

/// What may wait for a disk or a server has no place on the loop's own thread.
#[test]
fn no_call_that_may_wait_for_a_file_is_made_on_the_loops_thread() {
    const MAY_WAIT: &[&str] = &[
        "fsync",
        "fdatasync",
        "ftruncate",
        "getdents64",
        "pread64",
        "pwrite64",
        "rename",
        "linkat",
        "symlink",
        "unlink",
        "unlinkat",
        "mkdir",
        "rmdir",
        "chmod",
        "readlink",
        "copy_file_range",
    ];
    // Its file is written where the runtime ends, and where the process does.
    let parts = parts::names()
        .into_iter()
        .filter(|part| *part != parts::TRACED);
    if needs::sandboxes() {
        let ran = sweep::in_parallel(parts.collect(), |part| {
            (part, run::run(program(), part, None))
        });
        for (part, ran) in ran {
            let waits = CALLS.iter().filter(|call| {
                MAY_WAIT.contains(&call.name) && ran.on_the_loop.contains(&call.number)
            });
            let waits: Vec<_> = waits.map(|call| call.name).collect();
            assert!(waits.is_empty(), "{part}: {waits:?}");
        }
    }
}
