//! The variables of the library: who may set them, and what is said of those that can't
//! be obeyed. What each gives is tested with the thing itself.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, chown, symlink};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, Output};

use buzzer::runtime::Runtime;
use buzzer::task::yield_now;
use rustix::fs::{XattrFlags, removexattr, setxattr};

#[path = "support/child.rs"]
mod child;

/// A user who owns nothing: nobody.
const OTHER: u32 = 65_534;

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// Runs the test again with these variables, in a directory without files. `None` in
/// that process, after two runtimes.
fn said_with(variables: &[(&str, &str)]) -> Option<String> {
    let Some(mut again) = child::again() else {
        for _ in 0..2 {
            Runtime::new().unwrap().block_on(yield_now());
        }
        return None;
    };
    let directory = tempfile::tempdir().unwrap();
    let output = again
        .envs(variables.iter().copied())
        .current_dir(&directory)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(fs::read_dir(&directory).unwrap().count(), 0);
    Some(stderr(&output))
}

#[test]
fn a_name_that_is_none_is_told_once_with_the_one_that_was_meant() {
    let variables = [("BUZZER_TRCE", "run.json"), ("BUZZER_WATCH", "1ms")];
    let Some(said) = said_with(&variables) else {
        return;
    };
    assert_eq!(
        said,
        "buzzer: BUZZER_TRCE: no such variable; BUZZER_TRACE may be meant\n\
         buzzer: BUZZER_WATCH: no such variable; BUZZER_WATCHDOG may be meant\n"
    );
}

#[test]
fn names_that_the_projects_own_tests_read_are_no_mistakes() {
    let variables = [
        ("BUZZER_SERVERS", "require"),
        ("BUZZER_BROWSER", "require"),
        ("BUZZER_SEED", "17"),
        ("BUZZER_SCHEDULE", "0"),
    ];
    let Some(said) = said_with(&variables) else {
        return;
    };
    assert_eq!(said, "");
}

#[test]
fn every_value_that_cannot_be_read_has_one_line_and_the_program_runs() {
    let variables = [
        ("BUZZER_TRACE", "1"),
        ("BUZZER_TRACE_EVENTS", "all"),
        ("BUZZER_WATCHDOG", "100"),
        ("BUZZER_DUMP", "1"),
        ("BUZZER_LEDGER", "on"),
    ];
    let Some(said) = said_with(&variables) else {
        return;
    };
    let lines: Vec<_> = said.lines().collect();
    assert_eq!(lines.len(), variables.len(), "{said}");
    for (line, (name, value)) in lines.iter().zip(variables) {
        assert!(
            line.starts_with(&format!("buzzer: {name}={value}: ")),
            "{said}"
        );
    }
    assert!(lines[2].contains("not a duration"), "{said}");
    assert!(lines[3].contains("by its name"), "{said}");
}

#[test]
fn a_signal_asked_for_by_its_number_is_not_caught() {
    let Some(mut again) = child::again() else {
        let _runtime = Runtime::new().unwrap();
        // SAFETY: raise takes an integer and touches no memory of ours.
        unsafe { libc::raise(libc::SIGHUP) };
        unreachable!("SIGHUP has its default action");
    };
    use std::os::unix::process::ExitStatusExt as _;
    let output = again.env("BUZZER_DUMP", "1").output().unwrap();
    assert_eq!(
        output.status.signal(),
        Some(libc::SIGHUP),
        "{}",
        stderr(&output)
    );
}

/// What gives a program CAP_NET_BIND_SERVICE: `vfs_cap_data` of linux/capability.h, in its
/// second version, whose lowest bit has it in effect from the start.
const MAY_BIND: [u8; 20] = [1, 0, 0, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

/// Runs `program` for this test as the other user, with every variable set, in a
/// directory where that user has laid a link to a file of root's.
fn run_as_other(program: &Path, precious: &Path) -> Output {
    let directory = tempfile::tempdir().unwrap();
    chown(directory.path(), Some(OTHER), Some(OTHER)).unwrap();
    let link = directory.path().join("run.json");
    symlink(precious, &link).unwrap();
    let mut again = Command::new(program);
    let known = child::again().unwrap();
    again.args(known.get_args());
    again.envs(
        known
            .get_envs()
            .filter_map(|(name, value)| Some((name, value?))),
    );
    let output = again
        .env("BUZZER_TRACE", &link)
        .env("BUZZER_TRACE_EVENTS", "none")
        .env("BUZZER_LEDGER", "1")
        .env("BUZZER_WATCHDOG", "1ns")
        .env("BUZZER_DUMP", "1")
        .env("BUZZER_TRCE", "1")
        .current_dir(&directory)
        .uid(OTHER)
        .gid(OTHER)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    output
}

/// The variables are void for a program that may do more than who starts it, be it by its
/// user, its group or its capabilities; and not for the same program without that.
#[test]
fn a_program_with_more_rights_than_its_caller_obeys_none_of_them() {
    let Some(_) = child::again() else {
        Runtime::new().unwrap().block_on(yield_now());
        println!("<{}>", rustix::process::geteuid().as_raw());
        return;
    };
    if !rustix::process::geteuid().is_root() {
        println!("skipped: only root can make a set-user-id program");
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    fs::set_permissions(&directory, Permissions::from_mode(0o755)).unwrap();
    let precious = directory.path().join("precious");
    let program = directory.path().join("program");
    // By a process of its own: what this one has open for writing, a child that another
    // test starts has too until its exec, and a program that is written to can't be run.
    let copied = Command::new("cp")
        .arg(std::env::current_exe().unwrap())
        .arg(&program)
        .status();
    assert!(copied.unwrap().success());
    for mode in [0o4755, 0o2755, 0o6755] {
        fs::write(&precious, "precious").unwrap();
        // Also the group may write to it.
        fs::set_permissions(&precious, Permissions::from_mode(0o660)).unwrap();
        fs::set_permissions(&program, Permissions::from_mode(mode)).unwrap();
        let output = run_as_other(&program, &precious);
        let stdout = String::from_utf8_lossy(&output.stdout);
        if mode & 0o4000 != 0 && !stdout.contains("<0>") {
            println!("skipped: the temporary directory allows no set-user-id programs");
            return;
        }
        assert_eq!(stderr(&output), "", "mode {mode:o}");
        assert_eq!(fs::read_to_string(&precious).unwrap(), "precious");
    }
    // By what the program may, and not by whose it is: capabilities(7). Who checks the way of
    // other systems on Linux goes by the ids.
    fs::set_permissions(&program, Permissions::from_mode(0o755)).unwrap();
    if cfg!(not(buzzer_portable)) {
        match setxattr(
            &program,
            "security.capability",
            &MAY_BIND,
            XattrFlags::empty(),
        ) {
            Ok(()) => {
                let output = run_as_other(&program, &precious);
                assert_eq!(stderr(&output), "", "with a capability");
                assert_eq!(fs::read_to_string(&precious).unwrap(), "precious");
                removexattr(&program, "security.capability").unwrap();
            }
            Err(error) => println!("skipped: no capability can be given to a program: {error}"),
        }
    }
    // Without more rights than the caller's they are obeyed.
    fs::set_permissions(&precious, Permissions::from_mode(0o600)).unwrap();
    let said = stderr(&run_as_other(&program, &precious));
    assert!(
        said.contains("run.json: can't write it: Permission denied"),
        "{said}"
    );
    assert!(said.contains("buzzer: the ledger: "), "{said}");
    assert!(said.contains("BUZZER_TRCE: no such variable"), "{said}");
}
