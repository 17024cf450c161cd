//! What is still wrong with what you have written, in the kit's words.
//!
//!     cargo run --example exercise -- 4
//!     cargo run --example exercise -- 4 --solution
//!
//! README.md tells how to play.

#[allow(dead_code)] // The bodies are for the test that makes the files.
mod asked;
#[macro_use]
#[path = "../tests/mistakes/executors.rs"]
mod executors;
#[path = "../tests/mistakes/known.rs"]
mod known;

use std::env;
use std::io::{self, Write as _};
use std::process::ExitCode;

use buzzer_kit::{Executor, Scenario, answer, scenario_named, scenarios, tell};

use asked::{ASKED, Asked};

/// What somebody writes, as the kit sees it, and the document's program on it.
struct Exercise {
    number: usize,
    executor: Executor,
    program: fn() -> io::Result<()>,
}

/// The files, as modules: until they are written they have more than they use.
macro_rules! exercises {
    ($($number:tt $name:ident = $path:literal),* $(,)?) => {
        $(
            #[path = $path]
            #[allow(dead_code, unused_imports, unused_mut, unused_variables)]
            #[allow(missing_debug_implementations, clippy::manual_async_fn)]
            mod $name;
        )*

        fn exercises() -> Vec<Exercise> {
            vec![$(Exercise {
                number: $number,
                executor: executor!($number, format!("exercise {}", $number), $name),
                program: $name::main,
            }),*]
        }
    };
}

exercises! {
    2 exercise_2 = "2_waker.rs",
    3 exercise_3 = "3_queue.rs",
    4 exercise_4 = "4_number.rs",
    5 exercise_5 = "5_handles.rs",
    6 exercise_6 = "6_timers.rs",
    7 exercise_7 = "7_epoll.rs",
    8 exercise_8 = "8_threads.rs",
    9 exercise_9 = "9_end.rs",
}

/// The stage itself. Where there are two, the second has more to be tried.
fn solution(asked: &Asked) -> Executor {
    let mut stages = executors::all().into_iter().rev();
    let is_it = |it: &Executor| it.name().split(' ').next() == Some(asked.stage);
    stages.find(is_it).expect("a stage of this name")
}

/// What the stage does right, whatever the system does, and what it isn't asked for first.
fn others(asked: &Asked, solution: &Executor) -> Vec<&'static Scenario> {
    let name = solution.name();
    let mistakes = known::makes(name);
    scenarios()
        .filter(|it| !mistakes.contains(it.name) && !known::may_make(name, it.name))
        .filter(|it| !asked.scenarios.contains(&it.name))
        .filter(|it| it.missing(solution).is_empty())
        .collect()
}

fn main() -> ExitCode {
    let words: Vec<_> = env::args().skip(1).collect();
    let number = words.first().and_then(|word| word.parse().ok());
    let is_solved = words.iter().any(|word| word == "--solution");
    let mut exercises = exercises();
    // Of two that could be meant, the kit takes the first one.
    exercises.sort_by_key(|exercise| Some(exercise.number) != number);
    let yours = exercises.iter().map(|exercise| exercise.executor.clone());
    answer(&yours.chain(executors::all()).collect::<Vec<_>>());

    let (Some(exercise), true) = (
        exercises.iter().find(|it| Some(it.number) == number),
        words.len() == 1 + usize::from(is_solved),
    ) else {
        eprintln!("usage: exercise NUMBER [--solution]\n\nThe number is 2 to 9.");
        return ExitCode::from(2);
    };
    let asked = &ASKED[exercise.number - 2];
    let solution = solution(asked);
    let executor = if is_solved {
        &solution
    } else {
        &exercise.executor
    };
    let first: Vec<_> = asked.scenarios.iter().copied().map(named).collect();
    if !tell(executor, &first) {
        return ExitCode::FAILURE;
    }
    print("That was what the exercise is for. Now all that the stage does right:\n\n");
    if !tell(executor, &others(asked, &solution)) {
        return ExitCode::FAILURE;
    }
    if is_solved {
        print(&format!(
            "Its program: cargo run --example {}\n",
            asked.stage
        ));
        return ExitCode::SUCCESS;
    }
    print("Nothing is wrong. The document's program on it:\n\n");
    match (exercise.program)() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn named(name: &str) -> &'static Scenario {
    scenario_named(name).unwrap_or_else(|| panic!("the kit has no scenario {name}"))
}

/// Nobody may be left to read it, as after `| head`.
fn print(text: &str) {
    let _ = io::stdout().write_all(text.as_bytes());
}
