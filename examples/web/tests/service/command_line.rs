//! How it starts, and how it says that it can't.

use std::net::TcpListener;
use std::process::{Command, Output};

fn run(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_service"));
    command.env_remove("DATABASE_URL").env_remove("REDIS_URL");
    command.args(arguments).output().expect("it can be started")
}

/// What it says on standard error when it does not start, and its status.
fn refusal(arguments: &[&str]) -> (String, Option<i32>) {
    let Output {
        status,
        stdout,
        stderr,
    } = run(arguments);
    assert_eq!(String::from_utf8_lossy(&stdout), "", "{arguments:?}");
    let said = String::from_utf8(stderr).expect("text");
    assert!(!said.contains("panicked"), "{said}");
    (said, status.code())
}

#[test]
fn help_names_each_option_and_its_default() {
    let help = run(&["--help"]);
    assert!(help.status.success());
    let text = String::from_utf8(help.stdout).expect("text");
    for option in [
        "--listen <ADDRESS>",
        "--files <FOLDER>",
        "--postgres <URL>",
        "--redis <URL>",
        "--allow-any-host",
        "--max-connections <N>",
        "[default: 500]",
        "DATABASE_URL",
    ] {
        assert!(text.contains(option), "{option}: {text}");
    }
}

#[test]
fn an_address_that_is_taken_or_none_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("loopback has a port");
    let address = taken.local_addr().expect("it is bound").to_string();
    let (said, status) = refusal(&["--listen", &address]);
    assert_eq!(
        said,
        format!("service: bind {address}: Address already in use (os error 98)\n")
    );
    assert_eq!(status, Some(1));
    let (said, status) = refusal(&["--listen", "nonsense"]);
    assert!(said.contains("\"nonsense\""), "{said}");
    assert_eq!((said.lines().count(), status), (1, Some(1)));
}

#[test]
fn a_folder_that_is_none_is_named() {
    for (folder, why) in [
        ("/nothing/here", "No such file or directory"),
        ("/dev/null", "Not a directory"),
    ] {
        let (said, status) = refusal(&["--listen", "127.0.0.1:0", "--files", folder]);
        assert!(
            said.starts_with(&format!("service: --files: open {folder}: {why}")),
            "{said}"
        );
        assert_eq!((said.lines().count(), status), (1, Some(1)));
    }
}

#[test]
fn arguments_that_make_no_sense_are_refused_before_anything_happens() {
    for arguments in [
        &["--max-connections", "0"][..],
        &["--max-connections", "many"],
        &["--max-header", "100"],
        &["--pool-size", "0"],
        &["--header-time", "10"],
        &["--grace", "soon"],
        &["--idle-time", "0s"],
        &["--query-time", "0ms"],
        &["--colour"],
        &["file"],
    ] {
        let (said, status) = refusal(arguments);
        assert!(said.starts_with("error: "), "{said}");
        assert!(said.contains(arguments[0]), "{said}");
        assert_eq!(status, Some(2), "{arguments:?}");
    }
}

#[test]
fn urls_that_make_no_sense_are_refused_without_showing_their_passwords() {
    for (option, url) in [
        ("--postgres", "nonsense"),
        ("--postgres", "postgres://me:secret@[nonsense"),
        ("--postgres", "postgres://me:secret@host:port/database"),
        ("--redis", "nonsense"),
        ("--redis", "redis://me:secret@host:port"),
    ] {
        let (said, status) = refusal(&["--listen", "127.0.0.1:0", option, url]);
        assert!(said.starts_with(&format!("service: {option}: ")), "{said}");
        assert!(!said.contains("secret"), "{said}");
        assert_eq!((said.lines().count(), status), (1, Some(1)), "{said}");
    }
}
