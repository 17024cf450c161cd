//! The story of async_read, on the paused clock.
//!
//! All of it is the same in each run, but for what the program's four file operations
//! do: each is done at once or by a worker, as the kernel and the filesystem have it;
//! and a worker is done before or after the loop has looked for its end, whatever the
//! clock says. So the lines of file operations are looked at one by one, and cut; all
//! others are compared to the letter.

use crate::support::{empty_directory, example, golden, names_in, run};

struct Line {
    turn: usize,
    time: String,
    phase: String,
    /// With its indent.
    text: String,
}

/// The lines of a story, and what stands above them.
fn lines(story: &str) -> (String, Vec<Line>) {
    let (mut head, mut turn, mut phase) = (String::new(), 0, String::new());
    let (mut lines, mut last) = (Vec::new(), 0);
    for line in story.lines() {
        if line.starts_with("turn ") {
            turn += 1;
            phase = String::new();
        } else if let Some((number, rest)) = numbered(line) {
            assert!(number > last, "{line}");
            last = number;
            let (time, rest) = rest.split_at("   0.000000 s".len());
            let (of_phase, text) = rest.split_at("  expire  ".len());
            match of_phase.trim() {
                "" => {}
                other => phase = other.to_owned(),
            }
            lines.push(Line {
                turn,
                time: time.to_owned(),
                phase: phase.clone(),
                text: text.to_owned(),
            });
        } else if !lines.is_empty() && line == "outside the loop" {
            // A job that has ended before it was first asked for is told of when the loop
            // comes to it: the last one's end behind the run's.
            phase = String::new();
        } else if lines.is_empty() {
            head.push_str(line);
            head.push('\n');
        } else {
            assert_eq!(line, "", "neither a line of the story nor a turn");
        }
    }
    (head, lines)
}

fn numbered(line: &str) -> Option<(usize, &str)> {
    let (number, rest) = line.split_at_checked(6)?;
    Some((number.trim_start().strip_suffix(' ')?.parse().ok()?, rest))
}

/// Writes them again, with numbers of their own.
fn written(head: &str, lines: &[Line]) -> String {
    let mut story = head.trim_end().to_owned() + "\n";
    if lines[0].turn == 0 {
        story.push('\n');
    }
    let (mut turns, mut before) = (0, (0, ""));
    for (index, line) in lines.iter().enumerate() {
        if line.turn != before.0 {
            turns += 1;
            story.push_str(&format!("\nturn {turns}\n"));
        }
        let phase = match before == (line.turn, &line.phase) {
            true => "",
            false => &line.phase,
        };
        let (number, time, text) = (index + 1, &line.time, &line.text);
        story.push_str(&format!("{number:>5} {time}  {phase:<6}  {text}\n"));
        before = (line.turn, &line.phase);
    }
    story
}

/// What is said of a file operation, and of the jobs that do it.
fn is_of_a_file_operation(text: &str) -> bool {
    let text = text.trim_start();
    let job = |rest: &str| {
        let rest = rest.strip_prefix("job j");
        rest.is_some_and(|rest| rest.starts_with(|digit: char| digit.is_ascii_digit()))
    };
    text == "does a file operation at once: it needs no wait"
        || text
            .strip_prefix("sends a file operation to the pool: ")
            .is_some_and(job)
        || text.strip_prefix("pending: waits for ").is_some_and(job)
        || text.strip_prefix("worker ").is_some_and(|text| {
            let verbs = [" began ", " has done "];
            verbs
                .iter()
                .any(|verb| text.split_once(verb).is_some_and(|(_, rest)| job(rest)))
        })
        || job(text) && text.contains(" wakes ")
}

/// A sleep without an end that another thread ends: in this program, a worker.
fn is_a_sleep_for_a_worker(first: &str, second: &str) -> bool {
    first == "nothing to do until something happens: the loop sleeps"
        && second == "slept 0 s: another thread has sent something, or a signal has come"
}

/// Takes out what is said of file operations, and lets a task that has waited for one
/// go on where it was.
fn without_file_operations(lines: Vec<Line>) -> Vec<Line> {
    let mut kept: Vec<Line> = Vec::new();
    // The beginning of the poll that waits for a worker.
    let mut waiting = None;
    // A turn, and the earlier one that it goes on with.
    let mut turns = (0, 0);
    let mut lines = lines.into_iter().peekable();
    while let Some(mut line) = lines.next() {
        let next = lines.peek().map_or("", |next| &next.text);
        if is_a_sleep_for_a_worker(&line.text, next) {
            lines.next();
        } else if is_of_a_file_operation(&line.text) {
            if line.text.trim_start().starts_with("pending") {
                let poll = kept
                    .iter()
                    .rfind(|line| line.text.ends_with(" is polled"))
                    .expect("who waits was polled");
                waiting = Some((poll.text.clone(), poll.turn));
            }
        } else if let Some((poll, turn)) = waiting.take() {
            // Nothing else happens in this program meanwhile.
            assert_eq!(line.text, poll, "while a worker was waited for");
            turns = (line.turn, turn);
        } else {
            let before = kept.last().map_or(0, |before| before.turn);
            if line.turn == turns.0 {
                line.turn = turns.1;
            } else if line.turn != before && line.phase == "park" {
                // The worker was done so late that the loop had to come round once
                // more before it could park: nothing was polled in between.
                turns = (line.turn, before);
                line.turn = before;
            }
            kept.push(line);
        }
    }
    kept
}

#[test]
fn async_read_is_told_as_a_story_of_two_tasks_that_wait_at_the_same_time() {
    let directory = empty_directory();
    let run = run(example("async_read")
        .arg("--paused")
        .env("BUZZER_TRACE", "story")
        .current_dir(&directory));
    let (head, lines) = lines(&run.stderr);
    let story = written(&head, &without_file_operations(lines));
    assert_eq!(story, golden("async_read_story.txt"), "{}", run.stderr);
    assert_eq!(run.status, Some(0));
    assert!(
        run.stdout.ends_with("ASYNC: Total time: 2.00s\n"),
        "{}",
        run.stdout
    );
    assert!(names_in(&directory).is_empty());
}
