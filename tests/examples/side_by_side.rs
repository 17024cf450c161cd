//! side_by_side: what it draws and measures, and what it does with any file.

use std::ffi::OsStr;
use std::fs::{self, File, Permissions};
use std::io;
use std::ops::Range;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;

use crate::support::{empty_directory, example, golden, names_in, run};

/// The two columns of the table in side_by_side, each as one text.
fn columns(table: &str) -> [String; 2] {
    let column = |range: Range<usize>| {
        let cells = table.lines().map(|line| {
            let cell = line.chars().skip(range.start).take(range.len());
            cell.collect::<String>()
        });
        let words: Vec<String> = cells
            .flat_map(|cell| {
                cell.split_whitespace()
                    .map(str::to_owned)
                    .collect::<Vec<_>>()
            })
            .collect();
        words.join(" ")
    };
    [column(2..39), column(41..80)]
}

#[test]
fn side_by_side_draws_the_documents_run() {
    let directory = empty_directory();
    let run = run(example("side_by_side")
        .arg("--paused")
        .current_dir(&directory));
    let (drawn, table) = run
        .stdout
        .split_once("THE SEVEN DIFFERENCES")
        .expect("the table");
    assert_eq!(drawn, golden("side_by_side.txt"));
    assert_eq!((run.status, run.stderr.as_str()), (Some(0), ""));
    assert_eq!(
        names_in(&directory),
        [""; 0],
        "it takes its dummy files away"
    );
    for line in run.stdout.lines() {
        assert!(line.chars().count() <= 80, "wider than a terminal: {line}");
    }

    for feature in [
        "Execution",
        "Waiting (I/O)",
        "Responsiveness",
        "Concurrency",
        "Complexity",
        "Resource Use",
        "Best For",
    ] {
        assert!(
            table.contains(&format!("\n{feature}\n")),
            "no {feature} in {table}"
        );
    }
    let [sync, asynch] = columns(table);
    for (text, parts) in [
        (
            sync,
            [
                "> two or more tasks were under way for 0.00 s",
                "> tasks held the thread for 3.00 s of 3.00 s",
                "kept waiting for up to 2.00 s",
                "> most tasks under way at once: 1, on threads: 1",
                "resumed 0 times; their state is the stack",
                "> a thread that waits: ",
                "> two computations in turn: ",
                "this job, which waits: 3.00 s",
            ],
        ),
        (
            asynch,
            [
                "> two or more tasks were under way for 1.00 s",
                "> tasks held the thread for 0.00 s of 2.00 s",
                "kept waiting for up to 0.00 s",
                "> most tasks under way at once: 2, on threads: ",
                "times; their state takes ",
                "> a task that waits: ",
                "> two computations as tasks: ",
                "this job, which waits: 2.00 s",
            ],
        ),
    ] {
        for part in parts {
            assert!(text.contains(part), "no {part:?} in {text}");
        }
    }
}

#[test]
fn side_by_side_measures_the_stack_of_a_thread_and_the_bytes_of_a_task() {
    let directory = empty_directory();
    let run = run(example("side_by_side")
        .arg("--paused")
        .current_dir(&directory));
    let [sync, asynch] = columns(&run.stdout);
    let number = |text: &str, after: &str| -> u64 {
        let rest = text
            .split_once(after)
            .unwrap_or_else(|| panic!("no {after} in {text}"))
            .1;
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        digits
            .parse()
            .unwrap_or_else(|_| panic!("no number after {after} in {text}"))
    };
    let stack = number(&sync, "a thread that waits: ") * 1024;
    let touched = number(&sync, "KiB of stack, ") * 1024;
    let task = number(&asynch, "a task that waits: ");
    // A task smaller than nothing, or larger than a thread, was not measured.
    assert!(0 < task && task < touched, "{task} bytes against {touched}");
    assert!(touched < stack, "{touched} bytes of {stack}");
    assert!(
        number(&asynch, "resumed ") >= 2,
        "both tasks wait once at least"
    );
}

#[test]
fn side_by_side_reads_several_files_in_turn_and_then_at_once() {
    let directory = empty_directory();
    fs::write(directory.path().join("one"), "first file, first ten").expect("writable");
    fs::write(directory.path().join("two"), "short").expect("writable");
    fs::write(directory.path().join("empty"), "").expect("writable");
    let run = run(example("side_by_side")
        .args(["--paused", "one", "two", "empty"])
        .current_dir(&directory));
    for line in [
        "   6.00 s  SYNC: Doing other work...",
        "   2.00 s  SYNC: Got content1: 'first file'",
        "   4.00 s  SYNC: Got content2: 'short'",
        "   6.00 s  SYNC: Got content3: ''",
        "   0.00 s  ASYNC: Other async work started...",
        "   2.00 s  ASYNC: Got content1: 'first file'",
        "   2.00 s  ASYNC: Got content3: ''",
        "  synchronous     7.00 s   the delays add up to 7.00 s",
        "  asynchronous    2.00 s   the longest of the delays is 2.00 s",
    ] {
        assert!(
            run.stdout.lines().any(|l| l == line),
            "no {line:?} in {}",
            run.stdout
        );
    }
    assert!(columns(&run.stdout)[1].contains("> most tasks under way at once: 4"));
    assert_eq!((run.status, run.stderr.as_str()), (Some(0), ""));
}

#[test]
fn side_by_side_names_what_it_cannot_read_and_reads_the_rest() {
    let directory = empty_directory();
    fs::write(directory.path().join("good"), "all is well").expect("writable");
    let mut files = vec!["missing", "good", ".", "/dev/null"];
    let mut expected = vec![
        "missing: No such file or directory (os error 2)",
        ".: is a directory",
        "/dev/null: neither a file nor a directory, so it can't be read twice",
    ];
    // A file that can be opened, and only reading it fails: Linux has one.
    if cfg!(target_os = "linux") {
        files.push("/proc/self/mem");
        // Once for each of the two programs that tried.
        expected.push("/proc/self/mem: Input/output error (os error 5)");
        expected.push("read /proc/self/mem: Input/output error (os error 5)");
    }
    let run = run(example("side_by_side")
        .arg("--paused")
        .args(files)
        .current_dir(&directory));
    let complaints: Vec<&str> = run.stderr.lines().collect();
    let expected: Vec<_> = expected
        .iter()
        .map(|text| format!("side_by_side: {text}"))
        .collect();
    assert_eq!(complaints, expected);
    assert!(
        run.stdout.contains("SYNC: Got content1: 'all is wel'"),
        "{}",
        run.stdout
    );
    assert!(
        run.stdout.contains("ASYNC: Got content1: 'all is wel'"),
        "{}",
        run.stdout
    );
    assert!(
        run.stdout.contains("\n! mem "),
        "a failed one is marked: {}",
        run.stdout
    );
    assert_eq!(run.status, Some(1));
}

#[test]
fn side_by_side_names_a_file_without_permission() {
    let directory = empty_directory();
    let path = directory.path().join("secret");
    fs::write(&path, "for nobody").expect("writable");
    fs::set_permissions(&path, Permissions::from_mode(0o000)).expect("it is ours");
    let run = run(example("side_by_side")
        .args(["--paused", "secret"])
        .current_dir(&directory));
    match File::open(&path) {
        Err(_) => {
            assert_eq!(
                run.stderr,
                "side_by_side: secret: Permission denied (os error 13)\n"
            );
            assert_eq!((run.status, run.stdout.as_str()), (Some(1), ""));
        }
        // To the superuser nothing is forbidden, and the example is no exception.
        Ok(_) => assert_eq!((run.status, run.stderr.as_str()), (Some(0), "")),
    }
}

#[test]
fn side_by_side_with_nothing_to_read_runs_nothing() {
    let run = run(example("side_by_side").args(["no", "such", "files"]));
    assert_eq!(run.stderr.lines().count(), 3, "{}", run.stderr);
    assert_eq!((run.status, run.stdout.as_str()), (Some(1), ""));
}

#[test]
fn side_by_side_shows_binary_content_and_odd_names_without_harm() {
    let directory = empty_directory();
    let name = OsStr::from_bytes(b"n\xffw\n");
    fs::write(directory.path().join(name), b"a\x1b[31m\xff\0bcdefgh").expect("writable");
    let run = run(example("side_by_side")
        .arg("--paused")
        .arg(name)
        .current_dir(&directory));
    let content = r"SYNC: Got content1: 'a\u{1b}[31m\xff\u{0}bc'";
    assert!(run.stdout.contains(content), "{}", run.stdout);
    assert!(
        run.stdout.contains(r"SYNC: Opening n\xffw\n..."),
        "{}",
        run.stdout
    );
    assert!(
        !run.stdout.contains('\x1b'),
        "no colours in a pipe: {}",
        run.stdout
    );
    assert_eq!((run.status, run.stderr.as_str()), (Some(0), ""));
}

#[test]
fn side_by_side_uses_a_dummy_file_that_is_there_and_leaves_it() {
    let directory = empty_directory();
    let path = directory.path().join("dummy_sync.txt");
    fs::write(&path, "The user's own words").expect("writable");
    let run = run(example("side_by_side")
        .arg("--paused")
        .current_dir(&directory));
    assert!(
        run.stdout.contains("SYNC: Got content1: 'The user's'"),
        "{}",
        run.stdout
    );
    assert_eq!(
        fs::read_to_string(path).expect("still there"),
        "The user's own words"
    );
    assert_eq!(names_in(&directory), ["dummy_sync.txt"]);
    assert_eq!(run.status, Some(0));
}

#[test]
fn side_by_side_reports_a_missing_file_even_if_nobody_reads_the_rest() {
    let directory = empty_directory();
    fs::write(directory.path().join("good"), "all is well").expect("writable");
    let (reader, writer) = io::pipe().expect("a pipe");
    drop(reader);
    let run = run(example("side_by_side")
        .args(["--paused", "good", "missing"])
        .current_dir(&directory)
        .stdout(writer));
    let complaint = "side_by_side: missing: No such file or directory (os error 2)\n";
    assert_eq!((run.status, run.stderr.as_str()), (Some(1), complaint));
}

#[test]
fn side_by_side_counts_the_files_that_it_has_no_room_to_draw() {
    let directory = empty_directory();
    let names: Vec<String> = (0..20).map(|n| format!("file{n:02}")).collect();
    for name in &names {
        fs::write(directory.path().join(name), name).expect("writable");
    }
    let run = run(example("side_by_side")
        .arg("--paused")
        .args(&names)
        .current_dir(&directory));
    assert!(run.stdout.contains("\nfile11  "), "{}", run.stdout);
    assert!(!run.stdout.contains("\nfile12  "), "{}", run.stdout);
    assert_eq!(run.stdout.matches("(8 more files)").count(), 2);
    let longest = run.stdout.lines().map(|line| line.chars().count()).max();
    assert!(longest <= Some(80), "{}", run.stdout);
    assert_eq!((run.status, run.stderr.as_str()), (Some(0), ""));
}

#[test]
fn side_by_side_with_a_directory_in_place_of_a_dummy_file_says_so() {
    let directory = empty_directory();
    fs::create_dir(directory.path().join("dummy_async.txt")).expect("writable");
    let run = run(example("side_by_side").current_dir(&directory));
    let complaint = "side_by_side: dummy_async.txt: is a directory\n";
    assert_eq!(run.stderr, complaint);
    assert_eq!((run.status, run.stdout.as_str()), (Some(1), ""));
    assert_eq!(names_in(&directory), ["dummy_async.txt"]);
}

#[test]
fn side_by_side_explains_itself_and_takes_a_file_that_looks_like_a_flag() {
    let help = run(example("side_by_side").arg("--help"));
    assert!(
        help.stdout.starts_with("usage: side_by_side"),
        "{}",
        help.stdout
    );
    assert_eq!((help.status, help.stderr.as_str()), (Some(0), ""));

    let directory = empty_directory();
    fs::write(directory.path().join("--help"), "a file").expect("writable");
    let run = run(example("side_by_side")
        .args(["--paused", "--", "--help"])
        .current_dir(&directory));
    assert!(
        run.stdout.contains("SYNC: Got content1: 'a file'"),
        "{}",
        run.stdout
    );
    assert_eq!(run.status, Some(0));
}
