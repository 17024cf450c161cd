//! Descriptors, threads and memory that run out: at every count from few to many, each part
//! says in an error what it could not have, or does its work; nothing hangs, panics or is
//! left.

use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::ExitStatus;

use faults::limited::{self, Limit, Ran};
use faults::run::End;
use faults::{parts, sweep};

mod support {
    pub mod needs;
}
use support::needs;

fn program() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_faults"))
}

/// Runs all of `parts` within each of `limits`, and gives how many did their work and how
/// many were told.
fn all(parts: &[&'static str], limits: &[Limit]) -> (usize, usize) {
    let todo = limits
        .iter()
        .flat_map(|limit| parts.iter().map(move |part| (*part, *limit)));
    let ran = sweep::in_parallel(todo.collect(), |(part, limit)| {
        (part, limit, limited::run(program(), part, limit))
    });
    let mut wrong = Vec::new();
    let (mut done, mut told) = (0, 0);
    for (part, limit, ran) in ran {
        let ran: Ran = ran.expect("it can be started");
        let complaints = limited::complaints(&ran);
        wrong.extend(
            complaints
                .iter()
                .map(|what| format!("{part}, {limit:?}: {what}")),
        );
        match ran.lines.iter().any(|line| line.contains(": error: ")) {
            true => told += 1,
            false => done += usize::from(complaints.is_empty()),
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    (done, told)
}

/// For want of memory, as the allocator says it, a process may end; what its lines say is
/// looked at all the same. And the words of an error are not the allocator's.
#[test]
fn an_end_for_want_of_memory_excuses_no_line_and_an_error_s_words_excuse_no_end() {
    let ended = |stderr: &str, line: &str| Ran {
        lines: vec![line.to_owned()],
        stderr: stderr.to_owned(),
        end: End::By(ExitStatus::from_raw(libc::SIGABRT)),
    };
    let (allocator, error) = (
        "memory allocation of 64 bytes failed",
        "called `Result::unwrap()` on an `Err` value: Cannot allocate memory (os error 12)",
    );
    let well = ended(allocator, "jobs: 60");
    assert_eq!(limited::complaints(&well), [""; 0]);
    for line in ["jobs: panic: no", "broken: FILE", "left: threads [\"one\"]"] {
        assert_eq!(limited::complaints(&ended(allocator, line)), [line]);
    }
    let [end] = &limited::complaints(&ended(error, "jobs: 60"))[..] else {
        panic!("its end is excused");
    };
    assert!(end.contains(error), "{end}");
}

#[test]
fn with_any_number_of_descriptors_a_part_works_or_says_what_is_missing() {
    let limits: Vec<_> = (3..18).map(Limit::Descriptors).collect();
    let (done, told) = all(&parts::names(), &limits);
    assert!(done > 0 && told > 0, "{done} done, {told} told");
}

/// The limit is one for a user, and root has none: each count is another user's, who has
/// nothing else.
#[test]
fn with_any_number_of_threads_a_part_works_or_says_what_is_missing() {
    const FIRST_USER: u32 = 61_000;
    let with_threads = [
        "threads",
        "jobs",
        "file",
        "copies",
        "directories",
        "lookup",
        "output",
        "both pipes",
        "standard streams",
        "two runtimes",
        "turns",
        "watched",
        parts::TRACED,
    ];
    if needs::root() {
        let mut user = FIRST_USER;
        let (mut done, mut told) = (0, 0);
        for part in with_threads {
            let limits = (1..8).map(|count| {
                user += 1;
                Limit::Threads(count, user)
            });
            let limits: Vec<_> = limits.collect();
            let (more_done, more_told) = all(&[part], &limits);
            done += more_done;
            told += more_told;
        }
        assert!(done > 0 && told > 0, "{done} done, {told} told");
    }
}

/// A thread's stack is the largest thing that is asked for, so it is what fails mostly. Where
/// it is the allocator, the process ends by that.
#[test]
fn with_any_amount_of_memory_a_part_works_or_says_what_is_missing() {
    const HALF_A_MIB: u64 = 1 << 19;
    let within = |halves: u64| Limit::Memory(halves * HALF_A_MIB);
    // Below that the system doesn't start it, or not well.
    let starts = |halves: &u64| {
        let ran = limited::run(program(), "turns", within(*halves));
        ran.is_ok_and(|ran| ran.lines.iter().any(|line| line.starts_with("turns: ")))
    };
    let least = (1..1_000).find(starts).expect("it starts with some memory");
    let limits: Vec<_> = (least..least + 24).map(within).collect();
    let (done, told) = all(
        &["threads", "jobs", "file", "both pipes", "watched"],
        &limits,
    );
    assert!(done > 0 && told > 0, "{done} done, {told} told");
}
