//! Misuse of the macros is one error of the compiler's each, and says what to do.
//!
//! Each program is given to the compiler that cargo uses, with the library that this
//! test was built with.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where cargo has put what this test was built with.
fn deps() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    test.parent().unwrap().to_owned()
}

/// What the compiler says of the body of an `async fn`, with this library.
fn told(library: &Path, body: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("program.rs");
    let program = format!(
        "#![allow(unused)]\nuse std::future::ready;\nasync fn body() {{\n    {body}\n}}\nfn main() {{}}\n"
    );
    fs::write(&source, program).unwrap();
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc)
        .args(["--edition=2024", "--emit=metadata", "--color=never"])
        .arg("--out-dir")
        .arg(folder.path())
        .arg(format!("--extern=buzzer={}", library.display()))
        .arg(format!("-Ldependency={}", deps().display()))
        .arg(&source)
        .env_remove("RUSTFLAGS")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.success(), said.is_empty(), "{said}");
    said
}

/// The library, newest first: it may be there for several sets of features.
fn library() -> PathBuf {
    let mut found: Vec<_> = fs::read_dir(deps())
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| {
            let name = entry.file_name();
            let name = name.to_str().unwrap_or_default();
            name.starts_with("libbuzzer-") && name.ends_with(".rlib")
        })
        .collect();
    found.sort_by_key(|entry| entry.metadata().unwrap().modified().unwrap());
    let works = |path: &PathBuf| {
        let uses_all = "let _ = buzzer::gather!(ready(1), ready(\"one\")).await; \
                        let _ = buzzer::try_gather!(ready(Ok::<u8, ()>(1))).await; \
                        let _ = buzzer::race!(ready(1), ready(2)).await;";
        told(path, uses_all).is_empty()
    };
    let mut paths = found.iter().rev().map(|entry| entry.path());
    paths.find(works).expect("one that this compiler has made")
}

/// Thirteen futures that give this.
fn thirteen(output: &str) -> String {
    vec![format!("ready({output})"); 13].join(", ")
}

#[test]
fn each_misuse_is_one_error_with_the_way_out() {
    let library = library();
    const TWELVE: &str = "error[E0277]: `gather!` takes up to twelve futures\n";
    const RACE: &str = "error[E0277]: `race!` takes up to twelve futures with one type of output\n";
    const TRY: &str = "error[E0277]: `try_gather!` takes up to twelve futures that give a `Result` \
                       with one type of error\n";
    const FUNCTION: &str = "the function, `buzzer::gather(futures)`";
    const TRY_FUNCTION: &str = "the function, `buzzer::try_gather(futures)`";
    let rows = [
        (
            format!("buzzer::gather!({})", thirteen("1")),
            TWELVE,
            FUNCTION,
        ),
        (
            format!("buzzer::try_gather!({})", thirteen("Ok::<u8, ()>(1)")),
            TRY,
            TRY_FUNCTION,
        ),
        (
            format!("buzzer::race!({})", thirteen("1")),
            RACE,
            "a `race!` of `race!`s",
        ),
        (
            "buzzer::race!(ready(1), ready(\"one\"))".into(),
            RACE,
            "a variant of one enum",
        ),
        (
            "buzzer::race!(async { 1 }, async { () }, async { 2 })".into(),
            RACE,
            "one enum",
        ),
        (
            "buzzer::try_gather!(ready(Ok::<u8, String>(1)), ready(Ok::<u8, ()>(1)))".into(),
            TRY,
            "`map_err` in an async block",
        ),
        (
            "buzzer::try_gather!(ready(Ok::<u8, ()>(1)), ready(1))".into(),
            TRY,
            "not all give",
        ),
    ];
    for (call, begins, way) in rows {
        let said = told(&library, &format!("let _ = {call}.await;"));
        let errors = said.lines().filter(|line| line.starts_with("error"));
        let errors: Vec<_> = errors
            .filter(|line| !line.contains("aborting due to"))
            .collect();
        assert_eq!(errors.len(), 1, "{call}: {said}");
        assert!(said.starts_with(begins), "{call}: {said}");
        assert!(said.contains("program.rs:4:"), "{call}: {said}");
        assert!(said.contains(way), "{call}: {said}");
    }
}

#[test]
fn what_needs_a_second_worker_thread_is_refused_with_a_sentence() {
    let library = library();
    let rows = [
        (
            "let _ = buzzer::runtime::Builder::new_multi_thread().enable_all().build();",
            "use `Builder::new_current_thread`, and for more cores a runtime on each",
        ),
        (
            "let _ = buzzer::task::block_in_place(|| 7);",
            "error[E0277]: `block_in_place` needs a second worker thread",
        ),
        (
            "let metrics = buzzer::runtime::Runtime::new().unwrap().metrics(); \
             let _ = metrics.worker_total_busy_duration(0);",
            "error[E0277]: `worker_total_busy_duration` is not kept",
        ),
    ];
    for (call, sentence) in rows {
        let said = told(&library, call);
        assert!(said.contains("error"), "{call}: {said}");
        assert!(said.contains(sentence), "{call}: {said}");
    }
}
