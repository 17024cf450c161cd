//! Each stage is run as its reader runs it: the built program, judged by what it prints.

use std::env;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

const STAGES: [&str; 9] = [
    "1_busy_loop",
    "2_waker",
    "3_queue",
    "4_number",
    "5_handles",
    "6_timers",
    "7_epoll",
    "8_threads",
    "9_end",
];

/// What the document's program prints, but for the digits of the total.
const LINES: [&str; 8] = [
    "ASYNC: Starting tasks.",
    "ASYNC: Coroutine for dummy_async.txt started, opening file...",
    "ASYNC: Other async work started...",
    "ASYNC: Other async work done.",
    "ASYNC: Finished reading dummy_async.txt.",
    "ASYNC: Got content1: 'Hello Asyn'",
    "ASYNC: Other work result: 'Other work completed'",
    "ASYNC: Total time: ",
];

/// The built program; this test is beside it, in target/<profile>/deps.
fn program(name: &str) -> PathBuf {
    let test = env::current_exe().unwrap();
    let profile = test.ancestors().nth(2).unwrap();
    let program = profile.join("examples").join(name);
    assert!(
        program.is_file(),
        "`cargo test` builds {name}, `cargo test --test` does not"
    );
    program
}

fn stage(name: &str) -> Command {
    let mut command = Command::new(program(name));
    command.arg("--no-wait");
    command
}

/// Stage 7 as a server. Its standard output is to be read.
fn serve(address: &str) -> Command {
    let mut command = Command::new(program("7_epoll"));
    command
        .arg(address)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn is_empty(directory: &TempDir) -> bool {
    fs::read_dir(directory).unwrap().next().is_none()
}

#[test]
fn every_stage_prints_the_lines_of_the_document() {
    for name in STAGES {
        let directory = tempfile::tempdir().unwrap();
        let run = stage(name).current_dir(&directory).output().unwrap();
        let (stdout, stderr) = (text(run.stdout), text(run.stderr));
        assert_eq!((run.status.code(), &*stderr), (Some(0), ""), "{name}");
        // Where nobody waits, any thread may be the first: within each task the order is
        // certain, and between the two it is not.
        let by_task = |lines: Vec<&str>| -> (Vec<String>, Vec<String>) {
            let lines = lines
                .into_iter()
                .map(|line| match line.split_once("time: ") {
                    Some((what, _)) => format!("{what}time: "),
                    None => line.to_owned(),
                });
            lines.partition(|line| line.contains("Other async work"))
        };
        let said = stdout.lines().filter(|line| line.starts_with("ASYNC: "));
        assert_eq!(by_task(said.collect()), by_task(LINES.into()), "{name}");
        let costs = stdout.split("\n\n").nth(1).expect("what it cost");
        assert!(
            costs.contains(" poll") && costs.contains("a processor for "),
            "{costs}"
        );
        assert!(is_empty(&directory), "{name} takes its file away");
    }
}

#[test]
fn stage_1_needs_one_poll_where_nobody_waits() {
    let directory = tempfile::tempdir().unwrap();
    let run = stage("1_busy_loop").current_dir(&directory).output();
    let stdout = text(run.unwrap().stdout);
    assert!(stdout.contains("\nIt cost 1 poll, "), "{stdout}");
}

#[test]
fn a_stage_says_which_file_it_could_not_make() {
    for name in STAGES {
        // No one can make a file there, not even root.
        let Output { status, stderr, .. } = stage(name).current_dir("/dev/fd").output().unwrap();
        let stderr = text(stderr);
        assert!(stderr.starts_with("dummy_async.txt: "), "{name}: {stderr}");
        assert_eq!(status.code(), Some(1), "{name}");
    }
}

#[test]
fn without_a_reader_a_stage_stops_and_takes_its_file_away() {
    for name in STAGES {
        let directory = tempfile::tempdir().unwrap();
        // A pipe that was closed at its other end before the program began.
        let (reader, writer) = io::pipe().unwrap();
        drop(reader);
        let run = stage(name)
            .current_dir(&directory)
            .stdout(writer)
            .output()
            .unwrap();
        assert_eq!(
            (run.status.code(), &*text(run.stderr)),
            (Some(0), ""),
            "{name}"
        );
        assert!(is_empty(&directory), "{name} takes its file away");
    }
}

#[test]
#[cfg_attr(target_os = "macos", ignore = "it has no /dev/full")]
fn a_stage_reports_an_output_that_is_full() {
    for name in STAGES {
        let directory = tempfile::tempdir().unwrap();
        let full = File::options().write(true).open("/dev/full").unwrap();
        let run = stage(name)
            .current_dir(&directory)
            .stdout(full)
            .output()
            .unwrap();
        assert!(
            text(run.stderr).contains("No space left on device"),
            "{name}"
        );
        assert_eq!(run.status.code(), Some(1), "{name}");
    }
}

#[test]
fn what_a_stage_does_not_understand_it_answers_with_its_usage() {
    for name in STAGES {
        for argument in ["--paused", "7000"] {
            let run = Command::new(program(name)).arg(argument).output().unwrap();
            let usage = format!("usage: {name} [--no-wait");
            assert!(text(run.stderr).starts_with(&usage), "{name}");
            assert_eq!((run.status.code(), &*run.stdout), (Some(2), &b""[..]));
        }
    }
}

#[test]
fn stage_7_serves_and_echoes_what_two_clients_say() {
    let directory = tempfile::tempdir().unwrap();
    let mut server = serve("127.0.0.1:0")
        .current_dir(&directory)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(server.stdout.take().unwrap()).lines();
    let line = lines.next().expect("where it serves").unwrap();
    let address = line.strip_prefix("ASYNC: Echoing at ").expect(&line);
    let mut clients = [(); 2].map(|()| TcpStream::connect(address).unwrap());
    for (number, client) in clients.iter_mut().enumerate() {
        write!(client, "I am {number}").unwrap();
    }
    for (number, mut client) in clients.into_iter().enumerate() {
        // The server still has something to say.
        client.shutdown(Shutdown::Write).unwrap();
        let mut heard = String::new();
        client.read_to_string(&mut heard).unwrap();
        assert_eq!(heard, format!("I am {number}"));
    }
    server.kill().unwrap();
    server.wait().unwrap();
    assert!(is_empty(&directory), "a server needs no file");
}

#[test]
fn stage_7_says_where_it_could_not_listen() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let run = serve(&address).output().unwrap();
    let said = text(run.stderr);
    assert!(
        said.starts_with(&format!("can't listen at {address}: ")),
        "{said}"
    );
    assert_eq!(run.status.code(), Some(1));
}

#[test]
fn every_stage_is_run_here() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let names = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name());
    let is_stage = |name: &str| name.starts_with(|first: char| first.is_ascii_digit());
    let count = names
        .filter(|name| is_stage(name.to_str().unwrap()))
        .count();
    assert_eq!(count, STAGES.len());
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).expect("the stages print UTF-8")
}
