//! An exercise, made from the file of its stage: functions lose their bodies, and the head
//! and the end are the exercise's own.

use crate::asked::{Asked, Body};

/// How long a line may be.
const WIDTH: usize = 90;

/// The text of the exercise's file.
pub fn exercise(stage: &str, asked: &Asked) -> String {
    let (head, code) = stage.split_once("\n\n").expect("a head, and code");
    let mut lines: Vec<_> = code.lines().map(str::to_owned).collect();
    for body in asked.bodies {
        leave_out(&mut lines, body);
    }
    let main = lines.iter().position(|line| line.starts_with("fn main"));
    lines.truncate(main.expect("a program"));
    // What only `main` needs goes with it.
    let stays = |line: &String| {
        let line = line.trim();
        !line.starts_with("// ANCHOR")
            && !["use std::process::ExitCode;", "mod echo;"].contains(&line)
    };
    lines.retain(stays);
    lines.dedup_by(|line, before| line.is_empty() && before.is_empty());
    let code = lines.join("\n");
    format!(
        "{}\n{code}\n/// Run when the kit finds nothing wrong any more.\n\
         pub fn main() -> io::Result<()> {{\n    ladder::timed(|| block_on(program()))\n}}\n",
        self::head(head, asked)
    )
}

/// The stage's idea, and what is to be written; not what is wrong with the stage.
fn head(stage: &str, asked: &Asked) -> String {
    let (idea, _) = stage.split_once("//! Still wrong").expect("what is wrong");
    let number = &asked.stage[..1];
    let mut lines = Vec::new();
    for line in idea.lines() {
        // A stage's first command has the exercise's in its place, a second one none.
        if line.starts_with("//!     cargo run") {
            if !lines.iter().any(|it: &String| it.contains("cargo run")) {
                lines.push(format!("//!     cargo run --example exercise -- {number}"));
            }
            continue;
        }
        lines.push(line.replacen("//! Stage", "//! Exercise", 1));
    }
    let functions: Vec<_> = asked.bodies.iter().map(name).collect();
    let (last, others) = functions.split_last().expect("something to write");
    let yours = format!(
        "Yours to write: {} and {last}. The rest is the stage's, and what earlier stages have \
         finished is there: `ladder::stage_2` and so on.",
        others.join(", ")
    );
    lines.extend(wrapped(&yours, "//! "));
    lines.join("\n") + "\n"
}

/// As it is called: two types may have a function of one name.
fn name(body: &Body) -> String {
    let function = body.function;
    if !body.after.starts_with("impl") {
        return format!("`{function}`");
    }
    let mut words = body.after.trim_end_matches(" {").rsplit(' ');
    let of = words.next().and_then(|word| word.split('<').next());
    format!("`{}::{function}`", of.expect("the type is the last word"))
}

/// Puts what is asked into the place of the function's body.
fn leave_out(lines: &mut Vec<String>, body: &Body) {
    let Body {
        after,
        function,
        asks,
    } = body;
    let find = |from: usize, what: &str, is_it: &dyn Fn(&str) -> bool| -> usize {
        let found = lines[from..].iter().position(|line| is_it(line));
        from + found.unwrap_or_else(|| panic!("{after}: {function} has no {what}"))
    };
    let place = find(0, "place", &|line| line.contains(after));
    let first = find(place, "beginning", &|line| {
        ["(", "<"]
            .iter()
            .any(|next| line.contains(&format!("fn {function}{next}")))
    });
    let open = find(first, "body", &|line| line.ends_with('{'));
    let indent = &lines[first][..lines[first].len() - lines[first].trim_start().len()];
    let end = format!("{indent}}}");
    let close = find(open, "end", &|line| line == end);

    let mut asked = wrapped(asks, &format!("{indent}    // "));
    let unwritten = format!("unimplemented!(\"{} is yours to write\")", name(body));
    // `!` is no future, and `()` is none either.
    let is_future = lines[first..=open].concat().contains("-> impl Future");
    match (*function, is_future) {
        // A second panic while one unwinds ends the process, and hides the first.
        ("drop", _) => {}
        (_, true) => asked.push(format!("{indent}    async {{ {unwritten} }}")),
        (_, false) => asked.push(format!("{indent}    {unwritten}")),
    }
    lines.splice(open + 1..close, asked);
}

/// In lines that all begin like this.
fn wrapped(text: &str, begin: &str) -> Vec<String> {
    let mut lines = vec![begin.to_owned()];
    for word in text.split_whitespace() {
        let line = lines.last_mut().expect("there is a first one");
        let is_full = line.len() + word.len() > WIDTH;
        let line = if is_full {
            lines.push(begin.to_owned());
            lines.last_mut().expect("just pushed")
        } else {
            line
        };
        line.push_str(word);
        line.push(' ');
    }
    lines
        .iter()
        .map(|line| line.trim_end().to_owned())
        .collect()
}
