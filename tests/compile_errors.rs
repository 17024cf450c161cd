//! Misuse of the macros is one error of the compiler's each, and says what to do.
//!
//! Those of the attributes are in tests/renamed/.

mod support {
    pub mod compiler;
}
use support::compiler::{Compiler, errors};

/// The compiler, with a library in which all this is.
fn compiler() -> Compiler {
    Compiler::with_library_for(&in_a_body(
        "let _ = buzzer::gather!(ready(1), ready(\"one\")).await; \
         let _ = buzzer::try_gather!(ready(Ok::<u8, ()>(1))).await; \
         let _ = buzzer::race!(ready(1), ready(2)).await; \
         buzzer::select! { _ = ready(1) => {} }",
    ))
}

/// An `async fn` with this body, which begins in the fourth line of the program.
fn in_a_body(body: &str) -> String {
    format!("use std::future::ready;\nasync fn body() {{\n    {body}\n}}")
}

/// Thirteen futures that give this.
fn thirteen(output: &str) -> String {
    vec![format!("ready({output})"); 13].join(", ")
}

#[test]
fn each_misuse_is_one_error_with_the_way_out() {
    let compiler = compiler();
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
        let said = compiler.told("buzzer", &in_a_body(&format!("let _ = {call}.await;")));
        assert_eq!(errors(&said).len(), 1, "{call}: {said}");
        assert!(said.starts_with(begins), "{call}: {said}");
        assert!(said.contains("program.rs:4:"), "{call}: {said}");
        assert!(said.contains(way), "{call}: {said}");
    }
}

#[test]
fn what_needs_a_second_worker_thread_is_refused_with_a_sentence() {
    let compiler = compiler();
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
        let said = compiler.told("buzzer", &in_a_body(call));
        assert!(said.contains("error"), "{call}: {said}");
        assert!(said.contains(sentence), "{call}: {said}");
    }
}

#[test]
fn a_select_that_is_none_is_one_error_with_its_form() {
    let compiler = compiler();
    const FORM: &str = "a branch of `select!` is `pattern = future => handler,` or `pattern = \
                        future, if condition => handler,`, and the last may be `else => handler`; \
                        this is none: ";
    let none = |text: &str| format!("error: {FORM}`{text}`");
    let rows = [
        ("ready(1) => {}", none("ready(1) => {}")),
        ("_ = ready(1)", none("_ = ready(1)")),
        (
            "a = ready(1) => 1 b = ready(2) => 2",
            none("a = ready(1) => 1 b = ready(2) => 2"),
        ),
        ("biased; _ = ready(1) => {} biased;", none("biased;")),
        (
            "else => {}, _ = ready(1) => {}",
            "error: `else => handler` is the last branch of a `select!`".into(),
        ),
        (
            "",
            "error: `select!` needs a branch: `pattern = future => handler`".into(),
        ),
    ];
    for (branches, told) in rows {
        let select = format!("buzzer::select! {{ {branches} }};");
        let said = compiler.told("buzzer", &in_a_body(&select));
        assert_eq!(errors(&said), [told], "{branches}: {said}");
    }
    let too_many = "_ = ready(1) => {} ".repeat(65);
    let said = compiler.told(
        "buzzer",
        &in_a_body(&format!("buzzer::select! {{ {too_many} }};")),
    );
    let told = "error: `select!` takes up to 64 branches; more: a `select!` in a branch of a \
                `select!`";
    assert_eq!(errors(&said), [told], "{said}");
}

#[test]
fn what_is_wrong_in_a_select_is_told_of_its_own_place() {
    let compiler = compiler();
    let rows = [
        (
            "_ = ready(1), if 5 => {}",
            "if 5",
            "mismatched types",
            "expected `bool`, found integer",
        ),
        (
            "_ = ready(1) => 1, _ = ready(2) => \"two\"",
            "\"two\"",
            "`match` arms have incompatible types",
            "expected integer, found `&str`",
        ),
        (
            "_ = ready(1) => { cup }",
            "cup",
            "cannot find value `cup` in this scope",
            "not found in this scope",
        ),
        (
            "_ = async { list.push(1) } => {}, _ = async { list.push(2) } => {}",
            "async { list.push(2)",
            "cannot borrow `list` as mutable more than once at a time",
            "second mutable borrow occurs here",
        ),
    ];
    for (branches, place, told, label) in rows {
        let select = format!("let mut list = vec![0]; buzzer::select! {{ {branches} }};");
        let said = compiler.told("buzzer", &in_a_body(&select));
        let [error] = errors(&said)[..] else {
            panic!("{branches}: {said}");
        };
        assert!(error.ends_with(told), "{branches}: {said}");
        let column = 5 + select.find(place).unwrap() + place.find('5').unwrap_or(0);
        let at = said.lines().nth(1).unwrap_or_default();
        assert!(
            at.ends_with(&format!("program.rs:4:{column}")),
            "{branches}: {said}"
        );
        assert!(said.contains(label), "{branches}: {said}");
    }
}
