//! The lists of errors against the manual: what a page of section 2 lists is made to fail, or
//! left out with a reason.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use faults::calls::CALLS;
use faults::left_out::{LEFT_OUT, LeftOut};

mod support {
    pub mod needs;
}
use support::needs;

/// Whose pages the lists are held against.
const EDITION: &str = "Linux man-pages 6.03";

/// The source of a page of section 2, or `None` if it isn't here.
fn page(name: &str) -> Option<String> {
    let path = format!("/usr/share/man/man2/{name}.2");
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(_) => unpacked(Path::new(&format!("{path}.gz")))?,
    };
    // It may be another name of a page.
    match text.strip_prefix(".so man2/") {
        Some(other) => page(other.trim_end().strip_suffix(".2")?),
        None => Some(text),
    }
}

fn unpacked(path: &Path) -> Option<String> {
    let mut gzip = Command::new("gzip");
    gzip.args(["-dc"]).stdin(fs::File::open(path).ok()?);
    let output = gzip.stderr(Stdio::inherit()).output().ok()?;
    String::from_utf8(output.stdout)
        .ok()
        .filter(|text| !text.is_empty())
}

/// The names that its section ERRORS explains, each on a line of its own after `.TP`.
fn errors(page: &str) -> BTreeSet<String> {
    let mut lines = page.lines().skip_while(|line| *line != ".SH ERRORS");
    lines.next();
    let section: Vec<_> = lines.take_while(|line| !line.starts_with(".SH")).collect();
    let tags = section
        .windows(2)
        .filter(|pair| matches!(pair[0], ".TP" | ".TQ"));
    let words = tags.flat_map(|pair| pair[1].split(|c: char| !c.is_ascii_alphanumeric()));
    let is_error = |word: &&str| {
        let rest = word.strip_prefix('E').unwrap_or_default();
        !rest.is_empty() && rest.bytes().all(|byte| !byte.is_ascii_lowercase())
    };
    // Two have two names.
    let name = |word| match word {
        "EWOULDBLOCK" => "EAGAIN",
        "ENOTSUP" => "EOPNOTSUPP",
        _ => word,
    };
    words
        .filter(is_error)
        .map(name)
        .map(str::to_owned)
        .collect()
}

fn is_left_out(call: &str, error: &str) -> bool {
    LEFT_OUT.iter().any(|one| {
        let is_of_call = one.calls.is_empty() || one.calls.contains(&call);
        is_of_call && one.errors.contains(&error)
    })
}

#[test]
fn an_error_of_the_manual_is_made_to_happen_or_left_out_with_a_reason() {
    let mut wrong = Vec::new();
    let mut listed = BTreeMap::new();
    for call in CALLS {
        let Some(page) = page(call.page) else {
            return needs::skip(format_args!("the manual here has no {}(2)", call.page));
        };
        if !page.contains(EDITION) {
            return needs::skip(format_args!("{}(2) is not of {EDITION}", call.page));
        }
        let errors = errors(&page);
        assert!(!errors.is_empty(), "{}(2) lists no error", call.page);
        for error in &errors {
            let happens = call.errors.iter().any(|one| one.name == error);
            let both_or_neither = match (happens, is_left_out(call.name, error)) {
                (true, true) => "happens, and is left out",
                (false, false) => "neither happens nor is left out",
                _ => continue,
            };
            wrong.push(format!("{} {error} {both_or_neither}", call.name));
        }
        listed.insert(call.name, errors);
    }
    for LeftOut { calls, errors, .. } in LEFT_OUT {
        for (call, error) in calls
            .iter()
            .flat_map(|call| errors.iter().map(move |error| (call, error)))
        {
            if !listed
                .get(call)
                .is_some_and(|listed| listed.contains(*error))
            {
                wrong.push(format!(
                    "{call} {error} is left out, and its page has it not"
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
