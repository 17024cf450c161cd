//! What is printed: for somebody who has written their first executor.

use std::collections::BTreeMap;

use crate::judge::{End, Mistake, Verdict};
use crate::{Group, Scenario};

type Results<'a> = &'a [(&'static Scenario, Verdict)];

/// How wide a window may be that breaks no line.
const WIDTH: usize = 80;

/// The scenarios of a group, each with its mistake.
pub(crate) fn list(group: &Group, scenarios: &[&Scenario]) -> String {
    if scenarios.is_empty() {
        return String::new();
    }
    let lines = scenarios
        .iter()
        .map(|scenario| paragraph(&format!("  {:22}", scenario.name), scenario.mistake));
    format!("\n{}\n{}", group.title, lines.collect::<String>())
}

/// What became of a group's scenarios.
pub(crate) fn group(group: &Group, results: Results<'_>) -> String {
    if results.is_empty() {
        return String::new();
    }
    let mut text = format!("\n  {}\n", group.title);
    let mut lacking = BTreeMap::<String, usize>::new();
    for (scenario, verdict) in results {
        match verdict {
            Verdict::Right => text += &format!("    right  {}\n", scenario.name),
            Verdict::Wrong(mistake) => {
                text += &format!("    WRONG  {}\n", scenario.name);
                text += &explain(scenario, mistake);
            }
            Verdict::NotOffered(parts) => {
                let parts: Vec<_> = parts.iter().map(ToString::to_string).collect();
                *lacking.entry(parts.join(" and ")).or_default() += 1;
            }
        }
    }
    for (parts, count) in lacking {
        text += &format!("    –      {count} not tried, for want of {parts}\n");
    }
    text
}

fn explain(scenario: &Scenario, mistake: &Mistake) -> String {
    let finding = &mistake.finding;
    let again = format!("--here {}", scenario.name);
    let paragraphs = [
        ("mistake", scenario.mistake),
        ("expected", &finding.expected),
        ("happened", &finding.happened),
        ("look at", scenario.look),
        ("again", &again),
    ];
    let told: String = paragraphs
        .iter()
        .map(|(title, words)| paragraph(&format!("           {title:9}"), words))
        .collect();
    // What a process said before it died may be all that is known.
    let last_words = mistake.printed.iter().filter(|_| mistake.end == End::Died);
    let last_words = last_words.map(|line| format!("             | {line}\n"));
    told + &last_words.collect::<String>()
}

/// How many were right, and with which mistake to begin.
pub(crate) fn total(name: &str, results: Results<'_>) -> String {
    let count = |is: fn(&Verdict) -> bool| {
        let verdicts = results.iter().map(|(_, verdict)| verdict);
        verdicts.filter(|verdict| is(verdict)).count()
    };
    let right = count(|verdict| *verdict == Verdict::Right);
    let wrong = count(|verdict| matches!(verdict, Verdict::Wrong(_)));
    let lacking = count(|verdict| matches!(verdict, Verdict::NotOffered(_)));
    let mut text = format!("\n{name}: {right} right, {wrong} wrong, {lacking} not tried\n");
    let first = results
        .iter()
        .find(|(_, verdict)| matches!(verdict, Verdict::Wrong(_)));
    if let Some((scenario, _)) = first.filter(|_| wrong > 1) {
        let why = "Begin with the first one that is wrong: later ones may come of it.";
        text += &format!("{why}\n    {}\n", scenario.name);
    }
    text + "\n"
}

/// A title, and words broken into lines that are all as far to the right.
fn paragraph(title: &str, words: &str) -> String {
    let mut text = String::new();
    let mut line = title.to_owned();
    for (index, word) in words.split_whitespace().enumerate() {
        if index > 0 && line.chars().count() + 1 + word.chars().count() > WIDTH {
            text += &format!("{line}\n");
            line = " ".repeat(title.chars().count());
        }
        line += &format!(" {word}");
    }
    text + &line + "\n"
}
