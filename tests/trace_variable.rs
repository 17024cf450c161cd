//! `BUZZER_TRACE`: what it gives, and what it says when it can't. Each test runs itself
//! again with the variable set.

use std::fs;
use std::io;
use std::os::unix::fs::symlink;
use std::process::{Command, abort};
use std::time::Duration;

use buzzer::runtime::{Builder, Runtime};
use buzzer::spawn;
use buzzer::task::yield_now;
use buzzer::time::sleep;
use tempfile::TempDir;

#[path = "support/child.rs"]
mod child;
#[path = "support/paused.rs"]
mod paused;

use paused::paused;

/// What a child has said, and whether its test has passed.
struct Said {
    stdout: String,
    stderr: String,
    status: Option<i32>,
}

fn run(command: &mut Command) -> Said {
    let output = command.output().unwrap();
    let [stdout, stderr] =
        [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
    Said {
        stdout,
        stderr,
        status: output.status.code(),
    }
}

/// Runs `body` in a process of its own, in an empty directory, with BUZZER_TRACE.
/// `None` in that process.
fn traced(value: &str, body: impl FnOnce()) -> Option<(Said, TempDir)> {
    traced_in(
        tempfile::tempdir().unwrap(),
        &[("BUZZER_TRACE", value)],
        body,
    )
}

fn traced_in(
    directory: TempDir,
    variables: &[(&str, &str)],
    body: impl FnOnce(),
) -> Option<(Said, TempDir)> {
    let Some(mut again) = child::again() else {
        body();
        return None;
    };
    again
        .env_remove("BUZZER_TRACE")
        .env_remove("BUZZER_TRACE_EVENTS");
    again
        .envs(variables.iter().copied())
        .current_dir(&directory);
    Some((run(&mut again), directory))
}

fn names_in(directory: &TempDir) -> Vec<String> {
    let entries = fs::read_dir(directory.path()).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.collect();
    names.sort();
    names
}

/// Something to record.
fn yields_once(runtime: &Runtime) {
    runtime.block_on(async { yield_now().await });
}

#[test]
fn the_story_on_stderr_is_the_one_that_the_recording_tells() {
    let Some((said, directory)) = traced("story", || {
        let runtime = Builder::new_current_thread()
            .start_paused(true)
            .record(1_000)
            .build()
            .unwrap();
        runtime.block_on(async {
            let task = spawn(sleep(Duration::from_secs(2)));
            sleep(Duration::from_secs(1)).await;
            task.await.unwrap();
        });
        println!("<<<{}>>>", runtime.recording().story());
    }) else {
        return;
    };
    let (_, story) = said.stdout.split_once("<<<").unwrap();
    let (story, _) = story.split_once(">>>").unwrap();
    assert!(story.contains("ready: block_on returns"), "{story}");
    assert_eq!(said.stderr, story);
    assert_eq!((said.status, names_in(&directory)), (Some(0), vec![]));
}

#[test]
fn of_a_poll_that_does_not_come_back_all_is_told() {
    let Some((said, _)) = traced("story", || {
        paused().block_on(async {
            spawn(async { abort() });
            yield_now().await;
        });
    }) else {
        return;
    };
    assert!(said.stderr.ends_with("is polled\n"), "{}", said.stderr);
    assert_eq!(said.status, None, "killed by its own signal");
}

#[test]
fn a_story_that_nobody_can_read_stops_no_program() {
    let Some(mut again) = child::again() else {
        return yields_once(&paused());
    };
    let (reader, writer) = io::pipe().unwrap();
    drop(reader);
    let said = run(again.env("BUZZER_TRACE", "story").stderr(writer));
    assert_eq!(said.status, Some(0), "{}", said.stdout);
}

#[test]
fn a_file_is_written_when_the_runtime_is_dropped() {
    for (name, beginning, with) in [
        ("run.json", "{", "ui.perfetto.dev"),
        ("run.html", "<!", "a browser"),
    ] {
        let Some((said, directory)) = traced(name, || {
            let runtime = paused();
            yields_once(&runtime);
            println!("<{}>", runtime.recording().records().len());
        }) else {
            return;
        };
        let (_, count) = said.stdout.split_once('<').unwrap();
        let (count, _) = count.split_once('>').unwrap();
        assert_eq!(
            said.stderr,
            format!("buzzer: wrote {count} events to {name}\nbuzzer: open {name} in {with}\n")
        );
        let text = fs::read_to_string(directory.path().join(name)).unwrap();
        assert!(text.starts_with(beginning), "{name}: {text}");
        assert_eq!(
            (said.status, names_in(&directory)),
            (Some(0), vec![name.to_owned()])
        );
    }
}

#[test]
fn a_file_is_written_after_each_way_to_end_a_runtime() {
    let Some((said, directory)) = traced("run.json", || {
        for end in [drop, Runtime::shutdown_background, |runtime: Runtime| {
            runtime.shutdown_timeout(Duration::ZERO).unwrap()
        }] {
            let runtime = paused();
            yields_once(&runtime);
            end(runtime);
        }
    }) else {
        return;
    };
    assert_eq!(
        names_in(&directory),
        ["run-2.json", "run-3.json", "run.json"],
        "{}",
        said.stderr
    );
    let lines: Vec<_> = said.stderr.lines().collect();
    assert_eq!(lines.len(), 6, "{}", said.stderr);
    assert!(lines[0].ends_with(" events to run.json"), "{}", lines[0]);
    assert!(lines[2].ends_with(" events to run-2.json"), "{}", lines[2]);
}

#[test]
fn stories_of_several_runtimes_are_told_apart() {
    let Some((said, _)) = traced("story", || {
        let first = paused();
        yields_once(&first);
        let second = paused();
        yields_once(&second);
        yields_once(&first);
    }) else {
        return;
    };
    let polls = said
        .stderr
        .lines()
        .filter(|line| line.contains(" is polled"));
    let runtimes: Vec<_> = polls
        .map(|line| line.split_once("| ").map(|(number, _)| number))
        .collect();
    let (one, two) = (Some("1"), Some("2"));
    assert_eq!(
        runtimes,
        [None, None, two, two, one, one],
        "{}",
        said.stderr
    );
    let heads = said.stderr.matches("The story of a run").count();
    assert_eq!(heads, 1);
}

#[test]
fn a_panic_in_block_on_writes_the_file_and_goes_on() {
    let Some((said, directory)) = traced("run.json", || {
        paused().block_on(async { panic!("on purpose") });
    }) else {
        return;
    };
    assert!(said.stderr.contains("on purpose"), "{}", said.stderr);
    assert!(said.stderr.contains("\nbuzzer: wrote "), "{}", said.stderr);
    let written = fs::metadata(directory.path().join("run.json")).unwrap();
    assert!(written.len() > 0);
    assert_eq!(said.status, Some(101), "as of any test that panics");
}

#[test]
fn a_panic_in_block_on_is_told_in_the_story() {
    let Some((said, _)) = traced("story", || {
        paused().block_on(async { panic!("on purpose") });
    }) else {
        return;
    };
    let (_, after) = said.stderr.split_once("on purpose").unwrap();
    assert!(after.contains("panicked: so does block_on\n"), "{after}");
    assert_eq!(said.status, Some(101), "as of any test that panics");
}

#[test]
fn a_value_that_is_none_of_the_three_is_named_once_and_the_program_runs_on() {
    for value in ["storyy", "run.txt", "json", ".json"] {
        let Some((said, directory)) = traced(value, || {
            for _ in 0..2 {
                yields_once(&paused());
            }
        }) else {
            return;
        };
        assert_eq!(
            said.stderr,
            format!(
                "buzzer: BUZZER_TRACE={value}: nothing is recorded: it must be \"story\", or a \
                 file's name that ends in .json (a timeline) or .html (a replay)\n"
            )
        );
        assert_eq!((said.status, names_in(&directory)), (Some(0), vec![]));
    }
}

#[test]
fn an_empty_value_is_none() {
    let Some((said, directory)) = traced("", || yields_once(&paused())) else {
        return;
    };
    assert_eq!((said.stderr.as_str(), said.status), ("", Some(0)));
    assert!(names_in(&directory).is_empty());
}

#[test]
fn a_file_that_cannot_be_made_is_named_before_the_program_runs() {
    let Some((said, _)) = traced("no/such.json", || {
        let runtime = paused();
        eprintln!("the program");
        yields_once(&runtime);
    }) else {
        return;
    };
    assert_eq!(
        said.stderr,
        "buzzer: BUZZER_TRACE=no/such.json: can't write it: No such file or directory \
         (os error 2)\nthe program\n"
    );
    assert_eq!(said.status, Some(0));
}

#[test]
#[cfg_attr(target_os = "macos", ignore = "it has no /dev/full")]
fn a_file_that_cannot_be_written_is_named_at_the_end() {
    let directory = tempfile::tempdir().unwrap();
    symlink("/dev/full", directory.path().join("full.json")).unwrap();
    let Some((said, _)) = traced_in(directory, &[("BUZZER_TRACE", "full.json")], || {
        yields_once(&paused());
        eprintln!("the program");
    }) else {
        return;
    };
    assert_eq!(
        said.stderr,
        "buzzer: BUZZER_TRACE=full.json: can't write it: No space left on device \
         (os error 28)\nthe program\n"
    );
    assert_eq!(said.status, Some(0));
}

#[test]
fn a_file_is_where_it_was_asked_for_although_the_program_goes_elsewhere() {
    let Some((said, directory)) = traced("run.json", || {
        let runtime = paused();
        std::env::set_current_dir("/").unwrap();
        yields_once(&runtime);
    }) else {
        return;
    };
    assert_eq!(
        (said.status, names_in(&directory)),
        (Some(0), vec!["run.json".to_owned()])
    );
    let written = fs::metadata(directory.path().join("run.json")).unwrap();
    assert!(written.len() > 0, "{}", said.stderr);
}

#[test]
fn events_that_were_not_kept_are_counted_with_the_size_that_keeps_them() {
    let directory = tempfile::tempdir().unwrap();
    let variables = [("BUZZER_TRACE", "run.json"), ("BUZZER_TRACE_EVENTS", "10")];
    let Some((said, _)) = traced_in(directory, &variables, || {
        let runtime = paused();
        runtime.block_on(async {
            for _ in 0..1_000 {
                yield_now().await;
            }
        });
        println!("<{}>", runtime.recording().dropped());
    }) else {
        return;
    };
    let (_, dropped) = said.stdout.split_once('<').unwrap();
    let dropped: u64 = dropped.split_once('>').unwrap().0.parse().unwrap();
    let (thousands, rest) = (dropped / 1_000, dropped % 1_000);
    assert_eq!(
        said.stderr,
        format!(
            "buzzer: wrote the last 10 events to run.json (not the {thousands},{rest:03} before: \
             BUZZER_TRACE_EVENTS={} keeps all)\nbuzzer: open run.json in ui.perfetto.dev\n",
            dropped + 10
        )
    );
}

#[test]
fn a_count_of_events_that_is_none_is_named_and_the_default_kept() {
    for value in ["0", "many", "-1"] {
        let directory = tempfile::tempdir().unwrap();
        let variables = [("BUZZER_TRACE", "run.json"), ("BUZZER_TRACE_EVENTS", value)];
        let Some((said, _)) = traced_in(directory, &variables, || yields_once(&paused())) else {
            return;
        };
        let (first, then) = said.stderr.split_once('\n').unwrap();
        assert_eq!(
            first,
            format!(
                "buzzer: BUZZER_TRACE_EVENTS={value}: not a number from 1 up: 262,144 are kept"
            )
        );
        assert!(then.starts_with("buzzer: wrote "), "{then}");
        assert_eq!(said.status, Some(0));
    }
}

#[test]
fn a_job_that_ends_with_the_runtime_is_in_the_story() {
    let Some((said, _)) = traced("story", || {
        let runtime = paused();
        let (begun, begins) = std::sync::mpsc::channel();
        drop(runtime.spawn_blocking(move || begun.send(()).unwrap()));
        begins.recv().unwrap();
    }) else {
        return;
    };
    assert!(
        said.stderr.ends_with("worker 0 has done job j1\n"),
        "{}",
        said.stderr
    );
}

#[test]
fn a_process_leaves_the_file_of_the_one_that_started_it_alone() {
    let Some((said, directory)) = traced("run.json", || {
        let runtime = paused();
        yields_once(&runtime);
        if std::env::var_os("BUZZER_TEST_GRANDCHILD").is_none() {
            let mut again = Command::new(std::env::current_exe().unwrap());
            again.args(std::env::args_os().skip(1));
            again.env("BUZZER_TEST_GRANDCHILD", "1");
            let said = run(&mut again);
            assert_eq!(said.status, Some(0), "{}", said.stderr);
            eprint!("{}", said.stderr);
        }
    }) else {
        return;
    };
    let names = names_in(&directory);
    assert_eq!((said.status, names.len()), (Some(0), 2), "{names:?}");
    for name in &names {
        let text = fs::read_to_string(directory.path().join(name)).unwrap();
        assert!(text.ends_with("]}\n"), "{name}: {text}");
        assert!(
            said.stderr.contains(&format!(" to {name}\n")),
            "{}",
            said.stderr
        );
    }
}
