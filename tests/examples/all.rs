//! What all examples have in common: how they begin, and how they fail.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io;
use std::net::TcpListener;
use std::path::Path;

use crate::support::{ALL, empty_directory, example, in_a_hurry, run};

#[test]
fn examples_say_which_file_they_could_not_make() {
    // No one can make a file there, not even root.
    for name in ["sync_read", "async_read", "side_by_side"] {
        let run = run(example(name).args(in_a_hurry(name)).current_dir("/dev/fd"));
        assert!(run.stderr.contains("dummy_"), "{name}: {}", run.stderr);
        assert!(!run.stderr.contains("panicked"), "{name}: {}", run.stderr);
        assert_eq!(run.status, Some(1), "{name}");
    }
}

#[test]
fn examples_without_a_reader_stop_without_a_panic() {
    for name in ALL {
        let directory = empty_directory();
        // A pipe that was closed at its other end before the program began.
        let (reader, writer) = io::pipe().expect("a pipe");
        drop(reader);
        let run = run(example(name)
            .args(in_a_hurry(name))
            .current_dir(&directory)
            .stdout(writer));
        assert!(!run.stderr.contains("panicked"), "{name}: {}", run.stderr);
        assert_eq!(run.status, Some(0), "{name}: {}", run.stderr);
    }
}

#[test]
#[cfg_attr(target_os = "macos", ignore = "it has no /dev/full")]
fn examples_report_an_output_that_is_full() {
    for name in ALL {
        let directory = empty_directory();
        let full = File::options()
            .write(true)
            .open("/dev/full")
            .expect("/dev/full");
        let run = run(example(name)
            .args(in_a_hurry(name))
            .current_dir(&directory)
            .stdout(full));
        assert!(
            run.stderr.contains("No space left on device") || run.stderr.contains("StorageFull"),
            "{name}: {}",
            run.stderr
        );
        assert_eq!(run.status, Some(1), "{name}");
    }
}

#[test]
fn examples_with_arguments_refuse_others_and_show_their_usage() {
    for (name, argument) in [
        ("sync_read", "--paused"),
        ("async_read", "--no-wait"),
        ("side_by_side", "--colour"),
        ("blocking_the_loop", "0"),
        ("deadlock", "--picture"),
        ("ten_thousand_waits", "many"),
        ("echo_server", "7000"),
        ("chat", "--port"),
        ("graceful_shutdown", "localhost"),
        ("thread_per_core", "2"),
        ("gui_loop", "0"),
    ] {
        let run = run(example(name).arg(argument));
        assert!(
            run.stderr.contains(&format!("usage: {name}")),
            "{name}: {}",
            run.stderr
        );
        assert_eq!((run.status, run.stdout.as_str()), (Some(2), ""), "{name}");
    }
}

#[test]
fn servers_say_which_address_they_could_not_listen_at() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("its address").to_string();
    for name in [
        "echo_server",
        "chat",
        "graceful_shutdown",
        "thread_per_core",
    ] {
        let run = run(example(name).arg(&address));
        assert!(run.stderr.contains(&address), "{name}: {}", run.stderr);
        assert!(!run.stderr.contains("panicked"), "{name}: {}", run.stderr);
        assert_eq!((run.status, run.stdout.as_str()), (Some(1), ""), "{name}");
    }
}

#[test]
fn every_example_is_run_here() {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let entries = fs::read_dir(examples).expect("the examples");
    let paths = entries.map(|entry| entry.expect("readable").path());
    // A program is a file, or a folder with a main.rs; web/ is a member of its own.
    let programs = paths.filter(|path| path.is_file() || path.join("main.rs").is_file());
    let names = programs.filter_map(|path| path.file_stem()?.to_str().map(str::to_owned));
    assert_eq!(
        names.collect::<BTreeSet<_>>(),
        ALL.map(str::to_owned).into()
    );
}

#[test]
fn every_example_begins_with_the_command_that_runs_it() {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    for name in ALL {
        let file = examples.join(format!("{name}.rs"));
        let source = if file.exists() {
            file
        } else {
            examples.join(name).join("main.rs")
        };
        let text = fs::read_to_string(&source).expect("an example has a source");
        let head: Vec<&str> = text
            .lines()
            .take_while(|line| line.starts_with("//!"))
            .collect();
        let command = head
            .iter()
            .find(|line| line.starts_with("//!     cargo run "));
        assert!(
            command.is_some_and(|line| line.contains(&format!("--example {name}"))),
            "{name}"
        );
        assert!(
            head.concat().contains("Next: "),
            "{name} does not say what comes next"
        );
    }
}
