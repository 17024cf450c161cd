//! Each puzzle shows its fault, what SOLUTIONS.md says of it is what is printed, and the
//! mended program does what was expected.

use std::cell::Cell;
use std::fs;
use std::io::{BufRead, BufReader};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::rc::Rc;

use buzzer::sync::{Mutex, mpsc};
use regex_lite::Regex;
use rustix::process::{Pid, Signal, kill_process};

#[allow(dead_code)]
#[path = "../5_happy_hour.rs"]
mod happy_hour;
#[allow(dead_code)]
#[path = "../mended/5_happy_hour.rs"]
mod mended_happy_hour;
#[allow(dead_code)]
#[path = "../mended/4_ten_orders.rs"]
mod mended_ten_orders;
#[allow(dead_code)]
#[path = "../4_ten_orders.rs"]
mod ten_orders;

const PUZZLES: [&str; 5] = [
    "1_two_cups",
    "2_busy_hour",
    "3_late_bell",
    "4_ten_orders",
    "5_happy_hour",
];

fn read(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).expect("it is there")
}

/// A block of SOLUTIONS.md: the one that begins so in the part about this puzzle.
fn solution(puzzle: &str, block: &str) -> String {
    let page = read("SOLUTIONS.md");
    let mut parts = page.split("\n## ");
    let part = parts
        .find(|part| part.starts_with(puzzle))
        .expect("each has a part");
    let begins = format!("```{block}\n");
    let (_, rest) = part.split_once(&begins).expect("the part has this block");
    rest.split("```")
        .next()
        .expect("a split gives one")
        .to_owned()
}

/// As it is in each run: without times.
fn timeless(line: &str) -> String {
    let time = Regex::new(r"\d+(\.\d+)? (s|ms|µs)\b").expect("it is one");
    time.replace_all(line, "…").into_owned()
}

/// What SOLUTIONS.md says that is printed, in its order.
fn promised(puzzle: &str) -> Vec<String> {
    solution(puzzle, "text").lines().map(timeless).collect()
}

fn is_in_order(promised: &[String], printed: &[String]) -> bool {
    let mut printed = printed.iter();
    promised
        .iter()
        .all(|line| printed.any(|other| other.contains(line.as_str())))
}

/// A process that does not outlive its test.
struct Stopped(Child);

impl Drop for Stopped {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn example(name: &str, (variable, value): (&str, &str)) -> Command {
    let test = std::env::current_exe().expect("a test is a file");
    let profile: Option<PathBuf> = test.ancestors().nth(2).map(PathBuf::from);
    let program = profile
        .expect("a test is in deps/")
        .join("examples")
        .join(name);
    let mut command = Command::new(program);
    command.env_remove("BUZZER_TRACE").env(variable, value);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Runs one that ends; what it prints to both outputs.
fn run(name: &str, variable: (&str, &str)) -> (String, Vec<String>) {
    let output = example(name, variable).output().expect("it can be run");
    assert!(output.status.success(), "{name}: {output:?}");
    let text = |bytes| String::from_utf8(bytes).expect("it prints text");
    let told = text(output.stderr).lines().map(timeless).collect();
    (text(output.stdout), told)
}

/// Asks one that never ends what it waits for, until it says what is promised.
fn ask(puzzle: &str, last: &str) {
    let promised = promised(puzzle);
    let mut child = Stopped(
        example(puzzle, ("BUZZER_DUMP", "USR1"))
            .spawn()
            .expect("it can be run"),
    );
    let pid = Pid::from_child(&child.0);
    // From its first line on it hears the signal.
    let output = BufReader::new(child.0.stdout.take().expect("it is a pipe"));
    let mut lines = output.lines().map(|line| line.expect("it prints text"));
    assert!(lines.any(|line| line == last), "{puzzle} ended before");
    kill_process(pid, Signal::USR1).expect("it runs");
    let errors = BufReader::new(child.0.stderr.take().expect("it is a pipe"));
    let (mut dump, mut dumps) = (Vec::new(), 0);
    for line in errors.lines().map(|line| line.expect("it prints text")) {
        if line.starts_with("buzzer: ") {
            // It may have been on its way to where it is stuck: one more will come.
            dumps += 1;
            assert!(dumps < 1_000, "{puzzle}: {dump:#?}");
            kill_process(pid, Signal::USR1).expect("it runs");
            dump.clear();
        }
        dump.push(timeless(&line));
        if is_in_order(&promised, &dump) {
            return;
        }
    }
    panic!("{puzzle} ended");
}

#[test]
fn the_customer_who_is_not_woken_is_named() {
    ask("1_two_cups", "a latte is ready");
}

#[test]
fn the_circle_of_the_till_and_the_orders_is_named() {
    ask("2_busy_hour", "customer 4 has paid");
}

#[test]
fn the_cook_who_holds_the_loop_is_named() {
    let (late, told) = run("3_late_bell", ("BUZZER_WATCHDOG", "50ms"));
    assert!(late.contains("the bell was late by"), "{late}");
    assert!(is_in_order(&promised("3_late_bell"), &told), "{told:#?}");
}

/// The panic's message.
fn failure(test: impl FnOnce()) -> Vec<String> {
    let panic = catch_unwind(AssertUnwindSafe(test)).expect_err("it fails");
    let message = panic.downcast::<String>().expect("it has a message");
    message.lines().map(timeless).collect()
}

/// Drops `next_order` at each of its suspensions.
macro_rules! each_order_is_given_or_left {
    ($waiter:ident) => {
        buzzer::testing::cancel_everywhere(|| {
            let (sender, orders) = mpsc::channel(4);
            sender.try_send(1).expect("there is room");
            let orders = Rc::new(Mutex::new(orders));
            let given = Rc::new(Cell::new(false));
            let (taken_from, is_given) = (orders.clone(), given.clone());
            let future = async move {
                let mut orders = taken_from.lock().await;
                let order = $waiter::next_order(&mut orders).await;
                is_given.set(order.is_some());
            };
            let check = async move {
                let is_left = orders.lock().await.try_recv().is_ok();
                assert!(
                    given.get() || is_left,
                    "the order was taken, and given to nobody"
                );
            };
            (future, check)
        })
    };
}

#[test]
fn each_order_is_given_to_somebody_or_left() {
    let found = failure(|| {
        each_order_is_given_or_left!(ten_orders);
    });
    assert!(is_in_order(&promised("4_ten_orders"), &found), "{found:#?}");
    assert_eq!(each_order_is_given_or_left!(mended_ten_orders), 0);
}

#[test]
fn the_till_has_what_the_receipts_say_in_every_order() {
    let found = failure(|| {
        buzzer::testing::explore_all(happy_hour::evening);
    });
    assert!(is_in_order(&promised("5_happy_hour"), &found), "{found:#?}");
    let orders = buzzer::testing::explore_all(mended_happy_hour::evening);
    assert!(orders > 1, "{orders}");
}

#[test]
fn fewer_orders_are_served_than_came_in() {
    let (printed, _) = run("4_ten_orders", ("BUZZER_WATCHDOG", ""));
    assert!(
        printed.ends_with("10 orders came in, 7 were served\n"),
        "{printed}"
    );
}

#[test]
fn the_mended_programs_do_what_was_expected() {
    let ends = [
        "Grace has a latte\n",
        "18 in the till\n",
        "",
        "10 orders came in, 10 were served\n",
        "the till and the receipts are equal\n",
    ];
    for (number, end) in (1..).zip(ends) {
        let (printed, _) = run(&format!("{number}_mended"), ("BUZZER_WATCHDOG", ""));
        assert!(printed.ends_with(end), "{number}: {printed}");
        // The mended bell may be late on a busy machine, and says nothing else.
        assert!(number != 3 || printed.lines().all(|line| line.starts_with("the bell")));
    }
}

#[test]
fn the_line_that_is_named_is_in_the_puzzle_and_not_in_the_mended_program() {
    for puzzle in PUZZLES {
        let line = solution(puzzle, "rust,ignore");
        let (before, after) = (
            read(&format!("{puzzle}.rs")),
            read(&format!("mended/{puzzle}.rs")),
        );
        assert!(before.contains(&line), "{puzzle}: {line}");
        let diff = similar::TextDiff::from_lines(&before, &after);
        let added = diff
            .iter_all_changes()
            .filter(|change| change.tag() == similar::ChangeTag::Insert);
        assert!(added.count() <= 20, "a mend is a few lines: {puzzle}");
    }
}
