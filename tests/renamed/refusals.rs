//! Misuse of the attributes: told at the place that is wrong, with what to do.

#[path = "../support/compiler.rs"]
mod compiler;
use compiler::{Compiler, errors};

const MARK: char = '¦';

const PROBE: &str = "#[buzzer::test] async fn probe() {}";

/// A program with a mark before what is wrong, and what is said of it.
type Row<'a> = (&'a str, &'a str);

/// What the compiler says of a program, of which no more may be wrong than what is marked.
fn told_at_the_mark(compiler: &Compiler, marked: &str) -> String {
    let (before, _) = marked.split_once(MARK).unwrap();
    let column = before.chars().count() + 1;
    let program = marked.replace(MARK, "");
    let said = compiler.told("tokio", &program);
    let at = said.lines().nth(1).unwrap_or_default();
    // In the line behind those that every program begins with.
    let place = format!("program.rs:2:{column}");
    assert!(at.ends_with(&place), "{program}: {said}");
    assert_eq!(errors(&said).len(), 1, "{program}: {said}");
    said
}

fn check(compiler: &Compiler, (marked, told): Row<'_>) {
    let said = told_at_the_mark(compiler, marked);
    let first = said.lines().next().unwrap_or_default();
    assert_eq!(first, format!("error: {told}"), "{marked}: {said}");
}

#[test]
fn what_needs_a_second_worker_thread_is_refused_with_a_sentence() {
    let compiler = Compiler::with_library_for(PROBE);
    let flavor = "a buzzer runtime has one worker thread: leave `flavor` out or make it \
                  `\"current_thread\"`; blocking work goes to `spawn_blocking`, and for more cores \
                  make a runtime on each";
    let threads = "a buzzer runtime has one worker thread: leave `worker_threads` out; blocking \
                   work goes to `spawn_blocking`, and for more cores make a runtime on each";
    let rows = [
        (
            "#[tokio::main(flavor = ¦\"multi_thread\")] async fn function() {}",
            flavor,
        ),
        (
            "#[tokio::test(start_paused = true, flavor = ¦\"multi_thread\")] async fn test() {}",
            flavor,
        ),
        (
            "#[tokio::main(worker_threads = ¦4)] async fn function() {}",
            threads,
        ),
    ];
    for row in rows {
        check(&compiler, row);
    }
}

#[test]
fn arguments_that_are_none_are_told_with_those_that_are() {
    let compiler = Compiler::with_library_for(PROBE);
    let names = "there are `flavor`, `worker_threads`, `start_paused`, `crate`, \
                 `unhandled_panic`, `name`";
    let unknown = |name: &str| format!("there is no argument `{name}`: {names}");
    let path = "`crate` is the path to buzzer in quotes, such as `\"tokio\"`";
    let rows = [
        ("¦core_threads = 4", unknown("core_threads")),
        ("¦paused", unknown("paused")),
        (
            "¦current_thread",
            "write `flavor = \"current_thread\"`".into(),
        ),
        (
            "name = \"a\", ¦name = \"b\"",
            "`name` is given twice".into(),
        ),
        (
            "¦start_paused",
            "`start_paused` is given as `start_paused = …`; it is `true` or `false`".into(),
        ),
        (
            "start_paused = ¦\"true\"",
            "`start_paused` is `true` or `false`".into(),
        ),
        (
            "¦start_paused(true)",
            "`start_paused` is given as `start_paused = …`; it is `true` or `false`".into(),
        ),
        ("worker_threads = ¦COUNT", "`worker_threads` is 1".into()),
        (
            "worker_threads = ¦0",
            "`worker_threads` must be at least 1; leave it out".into(),
        ),
        ("name = ¦5", "`name` is a text in quotes".into()),
        ("crate = ¦\"a b\"", path.into()),
        ("crate = ¦tokio", path.into()),
        (
            "flavor = ¦\"basic_scheduler\"",
            "there is no flavor \"basic_scheduler\": it is `\"current_thread\"`, or left out"
                .into(),
        ),
        (
            "unhandled_panic = ¦\"shutdown_runtime\"",
            "a panic ends its task and no other: leave `unhandled_panic` out, and await the \
             task's handle, whose error has the panic"
                .into(),
        ),
        ("flavor ¦\"local\"", "expected `,`".into()),
    ];
    for (arguments, told) in &rows {
        let program = format!("#[tokio::main({arguments})] async fn function() {{}}");
        check(&compiler, (&program, told));
    }
}

#[test]
fn all_arguments_that_are_wrong_are_told_at_once() {
    let compiler = Compiler::with_library_for(PROBE);
    let program = "#[tokio::main(flavor = 4, worker_threads = 0, name = 1)] fn function() {}";
    let said = compiler.told("tokio", program);
    assert_eq!(errors(&said).len(), 4, "{said}");
}

#[test]
fn a_function_that_can_not_be_driven_is_refused() {
    let compiler = Compiler::with_library_for(PROBE);
    let async_fn = "this attribute stands on an `async fn` with a body";
    let missing = "the `async` is missing: the function's body is what a runtime is made for";
    let twice = "the function is a test already: it would run twice; take this attribute away";
    let rows = [
        ("#[tokio::main] ¦fn function() {}", missing.to_owned()),
        ("#[tokio::test] ¦fn test() {}", missing.to_owned()),
        (
            "#[tokio::main] ¦struct Cup;",
            format!("{async_fn}: expected `fn`"),
        ),
        (
            "trait Cup { #[tokio::main] async fn size()¦; }",
            format!("{async_fn}: expected curly braces"),
        ),
        (
            "mod inner { #[tokio::main] async fn main(¦count: u8) {} }",
            "`main` takes no arguments: those of the program are in `std::env::args()`".into(),
        ),
        ("#[tokio::test] ¦#[test] async fn test() {}", twice.into()),
        (
            "#[tokio::test] ¦#[::core::prelude::v1::test] async fn test() {}",
            twice.into(),
        ),
        (
            "#[tokio::test] ¦#[tokio::test(start_paused = true)] async fn test() {}",
            twice.into(),
        ),
    ];
    for (program, told) in &rows {
        check(&compiler, (program, told));
    }
}

#[test]
fn what_is_wrong_in_the_body_is_told_of_its_own_line() {
    let compiler = Compiler::with_library_for(PROBE);
    let rows = [
        (
            "-> u8 { ¦\"seven\" }",
            "E0308",
            "expected `u8`, found `&str`",
        ),
        (
            "-> u8 { return ¦\"seven\"; }",
            "E0308",
            "expected `u8`, found `&str`",
        ),
        ("{ ¦7 }", "E0308", "expected `()`, found integer"),
        (
            "-> Result<u8, u8> ¦{ let n = 7; }",
            "E0308",
            "expected `Result<u8, u8>`, found `()`",
        ),
        (
            "{ \"7\".parse::<u8>()¦?; }",
            "E0277",
            "in an async block that returns `()`",
        ),
        (
            "-> Result<u8, u8> { Ok(\"7\".parse::<u8>()¦?) }",
            "E0277",
            "`?` couldn't convert the error to `u8`",
        ),
        ("{ let n = ¦cup; }", "E0425", "cannot find value `cup`"),
        (
            "-> String { let s = String::new(); drop(s); ¦s }",
            "E0382",
            "use of moved value: `s`",
        ),
        (
            "-> ¦impl std::fmt::Display { vec![1] }",
            "E0277",
            "`Vec<{integer}>` doesn't implement `std::fmt::Display`",
        ),
    ];
    for (rest, code, told) in rows {
        let program = format!("#[tokio::main] async fn made() {rest}");
        let said = told_at_the_mark(&compiler, &program);
        assert!(said.starts_with(&format!("error[{code}]: ")), "{said}");
        assert!(said.contains(told), "{said}");
    }
}
