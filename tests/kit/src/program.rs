//! The program that a test kit is: what it is asked by its arguments, and what it prints.

use std::env;
use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::process::ExitCode;

use crate::judge::{Mistake, Verdict, answer, judge_all};
use crate::{Executor, GROUPS, Scenario};

const HELP: &str = "\
Tries scenarios on executors, each for one known mistake.

    WORD…                   only scenarios with one of these words in their names
    --first-half            only those that a first executor should pass: they need
                            block_on and spawn, and ask nothing about panics
    --list                  names them, and does not run them
    --here SCENARIO [NAME]  runs one in this process, for a debugger: on the executor
                            of that name, or the first one
";

/// A whole program: tries the executors, prints what each does, and fails if one makes a
/// mistake.
///
/// What the executor doesn't offer is not tried, and no mistake.
pub fn main(executors: &[Executor]) -> ExitCode {
    answer(executors);
    // `cargo test` passes on what is meant for its own harness.
    let args: Vec<String> = env::args().skip(1).collect();
    if args.iter().any(|arg| arg == "--help" || arg == "-h") {
        return print(HELP, ExitCode::SUCCESS);
    }
    let words: Vec<_> = args.iter().filter(|arg| !arg.starts_with('-')).collect();
    let is_asked = |scenario: &Scenario| {
        words.is_empty()
            || words
                .iter()
                .any(|word| scenario.name.contains(word.as_str()))
    };
    if args.iter().any(|arg| arg == "--list") {
        return print(&list(is_asked), ExitCode::SUCCESS);
    }
    let mut text = String::new();
    let mut wrong = 0;
    for executor in executors {
        wrong += report(&mut text, executor, is_asked);
    }
    if text.is_empty() {
        let names = words.iter().map(|word| word.as_str());
        let names = names.collect::<Vec<_>>().join(" or ");
        let text = format!("No scenario has {names} in its name; --list names them all.\n");
        return print(&text, ExitCode::FAILURE);
    }
    print(&text, ExitCode::from(u8::from(wrong > 0)))
}

/// Nobody may be left to read it.
fn print(text: &str, code: ExitCode) -> ExitCode {
    let mut out = io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    code
}

fn list(is_asked: impl Fn(&Scenario) -> bool) -> String {
    let mut text = String::new();
    for group in GROUPS {
        let _ = writeln!(text, "\n{}", group.title);
        for scenario in group.scenarios.iter().filter(|scenario| is_asked(scenario)) {
            let _ = writeln!(text, "  {:28} {}", scenario.name, scenario.mistake);
        }
    }
    text
}

/// Tries them all, writes what happened, and says how many were wrong.
fn report(text: &mut String, executor: &Executor, is_asked: impl Fn(&Scenario) -> bool) -> usize {
    let chosen = |group: &'static crate::Group| {
        let scenarios = group.scenarios.iter();
        scenarios
            .filter(|scenario| is_asked(scenario))
            .collect::<Vec<_>>()
    };
    let asked: Vec<_> = GROUPS
        .iter()
        .flat_map(chosen)
        .map(|scenario| (executor, scenario))
        .collect();
    if asked.is_empty() {
        return 0;
    }
    let verdicts = judge_all(&asked);
    let mut results = asked.iter().map(|(_, scenario)| *scenario).zip(&verdicts);
    let _ = writeln!(text, "{}", executor.name());
    for group in GROUPS {
        let results: Vec<_> = results.by_ref().take(chosen(group).len()).collect();
        if results.is_empty() {
            continue;
        }
        let _ = writeln!(text, "\n  {}", group.title);
        for (scenario, verdict) in results {
            line(text, scenario, verdict);
        }
    }
    let count = |is: fn(&Verdict) -> bool| verdicts.iter().filter(|verdict| is(verdict)).count();
    let wrong = count(|verdict| matches!(verdict, Verdict::Wrong(_)));
    let _ = writeln!(
        text,
        "\n{}: {} right, {wrong} wrong, {} not offered\n",
        executor.name(),
        count(|verdict| *verdict == Verdict::Right),
        count(|verdict| matches!(verdict, Verdict::NotOffered(_))),
    );
    wrong
}

fn line(text: &mut String, scenario: &Scenario, verdict: &Verdict) {
    let name = scenario.name;
    let _ = match verdict {
        Verdict::Right => writeln!(text, "    right  {name}"),
        Verdict::NotOffered(parts) => {
            let parts: Vec<_> = parts.iter().map(ToString::to_string).collect();
            writeln!(text, "    –      {name} (needs {})", parts.join(", "))
        }
        Verdict::Wrong(mistake) => {
            let _ = writeln!(text, "    WRONG  {name}");
            explain(text, scenario, mistake)
        }
    };
}

/// What somebody reads who has written their first executor.
fn explain(text: &mut String, scenario: &Scenario, mistake: &Mistake) -> std::fmt::Result {
    let finding = &mistake.finding;
    for (title, words) in [
        ("mistake", scenario.mistake),
        ("expected", &finding.expected),
        ("happened", &finding.happened),
        ("look at", scenario.look),
        ("again", &format!("--here {}", scenario.name)),
    ] {
        paragraph(text, title, words)?;
    }
    for printed in &mistake.printed {
        writeln!(text, "             | {printed}")?;
    }
    Ok(())
}

/// Broken into lines that fit a window of 80 columns.
fn paragraph(text: &mut String, title: &str, words: &str) -> std::fmt::Result {
    let mut line = format!("           {title:9}");
    let mut is_first = true;
    for word in words.split_whitespace() {
        if !is_first && line.chars().count() + 1 + word.chars().count() > 80 {
            writeln!(text, "{line}")?;
            line = " ".repeat(20);
        }
        let _ = write!(line, " {word}");
        is_first = false;
    }
    writeln!(text, "{line}")
}
