//! What is printed: for somebody who has written their first executor.

use std::collections::BTreeMap;

use crate::judge::{End, Mistake, Verdict};
use crate::{Group, Scenario};

type Results<'a> = &'a [(&'static Scenario, Verdict)];

/// How wide a window may be that breaks no line.
const WIDTH: usize = 80;

/// The scenarios of a group, each with its mistake and what to look at.
pub(crate) fn list(group: &Group, scenarios: &[&Scenario]) -> String {
    if scenarios.is_empty() {
        return String::new();
    }
    let told = scenarios.iter().map(|scenario| {
        let mistake = paragraph("    mistake", scenario.mistake);
        let look = paragraph("    look at", scenario.look);
        format!("  {}\n{mistake}{look}", scenario.name)
    });
    format!("\n{}\n{}", group.title, told.collect::<String>())
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
    let last_words: Vec<_> = match mistake.end {
        End::Died => mistake.printed.clone(),
        _ => panic_of_theirs(&mistake.printed).into_iter().collect(),
    };
    let is_borrowed = last_words
        .iter()
        .any(|line| line.contains("already borrowed") || line.contains("already mutably borrowed"));
    let last_words = last_words
        .iter()
        .map(|line| format!("             | {line}\n"));
    let hint = is_borrowed.then(|| paragraph("           hint     ", BORROWED));
    told + &last_words.collect::<String>() + &hint.unwrap_or_default()
}

/// The commonest of first mistakes, and seen in scenarios that are about something else.
const BORROWED: &str = "Nothing may be borrowed while a future is polled or dropped, or a waker \
                        is woken: each may call back. Take the task out of the table for its \
                        poll, and what is to be woken out of the borrow.";

/// The first panic that is not a scenario's own: where it was, and what it said.
fn panic_of_theirs(printed: &[String]) -> Option<String> {
    let kit = file!().trim_end_matches("report.rs");
    let mut lines = printed.iter();
    while let Some(line) = lines.next() {
        if let Some((_, place)) = line.split_once(" panicked at ")
            && !place.starts_with(kit)
        {
            let said = lines.next().map_or("", String::as_str);
            return Some(format!("panicked at {place} {said}"));
        }
    }
    None
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Finding;

    fn explained(printed: &[&str]) -> String {
        let finding = Finding {
            expected: "an end".to_owned(),
            happened: "block_on panicked".to_owned(),
        };
        let printed = printed.iter().map(|line| (*line).to_owned()).collect();
        let end = End::Told;
        let scenario = crate::scenarios().next().expect("there are some");
        explain(
            scenario,
            &Mistake {
                end,
                finding,
                printed,
            },
        )
    }

    #[test]
    fn a_panic_of_the_executor_is_shown_with_its_place_and_its_words() {
        let told = explained(&[
            "thread 'main' (7) panicked at src/mine.rs:9:5:",
            "the table is full",
        ]);
        assert!(
            told.ends_with("| panicked at src/mine.rs:9:5: the table is full\n"),
            "{told}"
        );
    }

    #[test]
    fn what_was_borrowed_already_gets_the_hint_that_helps_wherever_it_is_seen() {
        let told = explained(&[
            "thread 'main' (7) panicked at src/mine.rs:9:5:",
            "RefCell already borrowed",
        ]);
        assert!(
            told.contains("hint      Nothing may be borrowed while"),
            "{told}"
        );
    }

    #[test]
    fn a_list_has_each_mistake_and_what_to_look_at() {
        let group = &crate::GROUPS[0];
        let told = list(group, &[&group.scenarios[1]]);
        let expected = "
block_on and its wakers
  wake_by_ref
    mistake wake_by_ref does not wake.
    look at The second way to call a waker: Wake::wake_by_ref, or its entry in
            the vtable.
";
        assert_eq!(told, expected);
    }

    #[test]
    fn a_panic_that_a_scenario_plans_is_not_shown() {
        let planned = format!(
            "thread 'main' (7) panicked at {}:9:5:",
            file!().replace("report", "scenarios/panics")
        );
        let told = explained(&[&planned, "planned"]);
        assert!(!told.contains("planned"), "{told}");
    }
}
