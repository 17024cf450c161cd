//! contrast: what it measures and draws.

use std::fs::File;
use std::io;
use std::process::{Command, Output};

fn contrast(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_contrast"));
    command.args(arguments).output().unwrap()
}

/// The figures in a row of the table, in milliseconds.
fn figures(row: &str) -> Vec<f64> {
    let figures = row.split_whitespace().skip(1).filter(|word| *word != "ms");
    figures.map(|figure| figure.parse().unwrap()).collect()
}

#[test]
fn blocking_makes_all_wait_for_all_and_the_others_do_not() {
    let output = contrast(&["--requests", "20", "--millis", "50"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        output.status.success(),
        "{output:?}",
        output = output.status
    );
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
    for line in text.lines() {
        assert!(line.chars().count() <= 80, "wider than a terminal: {line}");
    }
    assert!(
        text.starts_with("20 requests at once, each of which takes 50.0 ms"),
        "{text}"
    );

    let rows = |route: &str| -> Vec<String> {
        let of_route = text.lines().filter(|line| line.starts_with(route));
        of_route.map(str::to_owned).collect()
    };
    let [good, blocking, threadpool] = ["/good", "/blocking", "/threadpool"].map(|route| {
        let rows = rows(route);
        // Its line in the drawing, and its row in the table.
        assert_eq!(rows.len(), 2, "{text}");
        let figures = figures(&rows[1]);
        let [done, shortest, median, longest, _ping] = figures[..] else {
            panic!("five figures: {figures:?}");
        };
        assert!(
            50.0 <= shortest && shortest <= median && median <= longest,
            "{text}"
        );
        assert!(longest <= done, "{text}");
        figures
    });
    // One after the other: the last waited for all, and half of them for half of all.
    assert!(blocking[0] >= 1000.0, "{text}");
    assert!(blocking[2] >= 450.0, "{text}");
    assert!(blocking[3] >= 950.0, "{text}");
    // The ping that was asked while a request had the thread.
    assert!(blocking[4] >= 50.0, "{text}");
    for others in [good, threadpool] {
        assert!(others[0] < blocking[0], "{text}");
        assert!(others[4] < blocking[4], "{text}");
    }
}

#[test]
fn the_time_lines_show_when_answers_came() {
    let output = contrast(&["--requests", "4", "--millis", "100"]);
    let text = String::from_utf8(output.stdout).unwrap();
    let line = |route: &str, what: &str| {
        let line = text
            .lines()
            .find(|line| line.starts_with(route) && line.contains(what));
        let cells = line.and_then(|line| line.split('|').nth(1));
        cells
            .unwrap_or_else(|| panic!("no {what} of {route}: {text}"))
            .to_owned()
    };
    let blocking = line("/blocking", " load ");
    // At a quarter, a half, three quarters and the end of the time.
    let answers: Vec<usize> = blocking
        .match_indices('#')
        .map(|(column, _)| column)
        .collect();
    assert_eq!((blocking.len(), answers.len()), (60, 4), "{text}");
    assert!(
        answers.windows(2).all(|pair| pair[1] - pair[0] >= 10),
        "{text}"
    );
    assert!(line("/good", " load ").trim_end().len() < 60, "{text}");
}

#[test]
fn what_is_too_much_is_refused() {
    for arguments in [
        ["--requests", "0"],
        ["--requests", "401"],
        ["--millis", "1001"],
    ] {
        let output = contrast(&arguments);
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(error.contains("invalid value"), "{error}");
        assert_eq!(output.status.code(), Some(2));
    }
}

#[test]
fn an_output_that_is_closed_is_no_error_and_one_that_is_full_is_one() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_contrast"));
    command.args(["--requests", "1", "--millis", "1"]);
    let (reader, writer) = io::pipe().unwrap();
    drop(reader);
    let closed = command.stdout(writer).status().unwrap();
    assert_eq!(closed.code(), Some(0));
    let full = File::options().write(true).open("/dev/full").unwrap();
    let output = command.stdout(full).output().unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(error, "contrast: No space left on device (os error 28)\n");
    assert_eq!(output.status.code(), Some(1));
}
