//! The chapters say what is there: their code, and what their commands print.

use buzzer_book::block::{Printed, for_the_book, written};
use buzzer_book::build::compared;
use buzzer_book::item::lines_of;
use buzzer_book::links::turned;
use buzzer_book::{chapters, root};
use std::fs;
use std::path::Path;

/// Where chapters are, seen from the repository's root.
const CHAPTER: &str = "docs/book/src/chapter.md";

const ITEM: &str = "docs/book/programs/src/bin/the_loop.rs customer";

#[test]
fn every_chapter_says_what_is_there() {
    let compared = compared().unwrap();
    assert!(!compared.is_empty());
    for (path, now, then) in compared {
        assert!(
            now == then,
            "{} is stale: `cargo run -p buzzer-book -- write`\n{}",
            path.display(),
            difference(&now, &then)
        );
    }
}

/// The first lines that differ.
fn difference(now: &str, then: &str) -> String {
    let differ = now
        .lines()
        .zip(then.lines())
        .find(|(now, then)| now != then);
    match differ {
        Some((now, then)) => format!("it has   {now}\nthere is {then}"),
        None => "one is longer".to_owned(),
    }
}

#[test]
fn code_that_has_changed_or_is_gone_fails_the_build() {
    let chapter = Path::new(CHAPTER);
    let of = |item: &str| format!("<!-- code: {item} -->\n<!-- end -->\n");
    let fresh = written(chapter, &of(ITEM), &mut Printed::new()).unwrap();
    assert!(for_the_book(chapter, &fresh).is_ok());
    let changed = fresh.replace("customer(", "guest(");
    let error = for_the_book(chapter, &changed).unwrap_err().to_string();
    assert!(error.contains("buzzer-book -- write"), "{error}");
    let gone = of(&ITEM.replace("customer", "guest"));
    let error = format!("{:#}", for_the_book(chapter, &gone).unwrap_err());
    assert!(error.contains("has no item \"guest\""), "{error}");
    let gone = gone.replace("the_loop", "nothing");
    let error = format!("{:#}", for_the_book(chapter, &gone).unwrap_err());
    assert!(error.contains("can't be read"), "{error}");
}

#[test]
fn a_marker_without_an_end_or_of_an_unknown_kind_is_an_error() {
    let chapter = Path::new(CHAPTER);
    for (text, says) in [
        ("<!-- code: x.rs -->\n", "no \"<!-- end -->\" follows"),
        ("<!-- cod: x.rs -->\n<!-- end -->\n", "is code, diff, docs"),
        ("<!-- run: rm x -->\n<!-- end -->\n", "is no `cargo run`"),
    ] {
        let error = written(chapter, text, &mut Printed::new()).unwrap_err();
        assert!(format!("{error:#}").contains(says), "{error:#}");
    }
}

#[test]
fn an_item_is_its_lines_with_its_docs_or_without() {
    let file = "executor/src/machine/scheduler/number.rs";
    let lines = |docs| lines_of(root(), file, &["TaskNumber"], docs).unwrap();
    let with = lines(true);
    assert!(with.text.starts_with("/// Names one task") && with.text.contains("14 bits"));
    let without = lines(false).text;
    assert!(without.starts_with("#[derive(") && without.ends_with("TaskNumber(u64);\n"));
    let method = lines_of(root(), file, &["TaskNumber::index"], false).unwrap();
    assert!(method.text.starts_with("pub(crate) fn index(self)") && method.text.ends_with("\n}\n"));
}

#[test]
fn links_to_files_lead_to_their_pages_and_a_link_to_nothing_is_an_error() {
    let chapter = Path::new(CHAPTER);
    let text =
        "[a](../../../DESIGN.md#the-house), [b](the-loop.md), [c](https://a.b/c.md), `[d](e)`";
    let (text, files) = turned(chapter, text).unwrap();
    assert_eq!(
        text,
        "[a](made/files/DESIGN.html#the-house), [b](the-loop.md), [c](https://a.b/c.md), `[d](e)`"
    );
    assert_eq!(files, [Path::new("DESIGN.md")]);
    let error = turned(chapter, "[a](../../../GONE.md)").unwrap_err();
    assert!(error.to_string().contains("which is not there"), "{error}");
}

#[test]
fn every_chapter_has_its_parts() {
    let mut seen = 0;
    for entry in fs::read_dir(chapters()).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if !name.ends_with(".md") || matches!(&*name, "README.md" | "SUMMARY.md") {
            continue;
        }
        seen += 1;
        let text = fs::read_to_string(&path).unwrap();
        let has = |part: &str| assert!(text.contains(part), "{name}: no {part:?}");
        for part in ["**The question:", "<!-- replay", "\n## Step through it"] {
            has(part);
        }
        let (_, questions) = text.split_once("\n## Three questions\n").expect(&name);
        assert_eq!(questions.matches("<details><summary>").count(), 3, "{name}");
        // Its tables are of other runtimes from beginning to end, and nothing is built.
        if name == "from-python.md" {
            continue;
        }
        for part in ["<!-- code: ", "\n## Try this"] {
            has(part);
        }
        let others = questions.split_once("\n## How others do it\n");
        let (_, others) = others.unwrap_or_else(|| panic!("{name}: how do others do it?"));
        // Of asyncio aiofiles is the part that does files.
        let python = match &*name {
            "files.md" => "aiofiles",
            _ => "asyncio",
        };
        for who in ["tokio", "smol", "monoio", "embassy", python] {
            let begins = format!("| {who} | ");
            let row = others.lines().find(|line| line.starts_with(&begins));
            let row = row.unwrap_or_else(|| panic!("{name}: how does {who} do it?"));
            assert!(row.contains("](https://github.com/"), "{name}: {row}");
        }
        let stage = name
            .split_once('-')
            .and_then(|(number, _)| number.parse().ok());
        if let Some(stage @ 2_u32..=9) = stage {
            has(&format!("cargo run --example exercise -- {stage}"));
        }
    }
    assert!(seen > 20, "{seen}");
}
