//! One run of a scenario.
//!
//! Owns [`run`], and what becomes of a run: the others make many of them.

use std::fmt::{self, Display};
use std::panic::Location;
use std::pin::pin;

use crate::machine::panics::{self, Payload, contain};
use crate::machine::scheduler::queue::Order;
use crate::runtime::{Builder, OnDeadlock, Runtime};

/// Events that are kept of a run, for its story.
const EVENTS: usize = 100_000;

/// Lines of a story that a failure is told with. The end is what matters.
const LINES: usize = 200;

/// Why a scenario runs otherwise the second time.
pub(super) const DEPENDS: &str = "the scenario depends on more than the order of its tasks \
     (real time, threads, the order of a hash map, what an earlier run has left)";

/// Runs `future` to its end: with a paused clock, with deadlock as a failure, and with
/// the run queue in its usual order.
///
/// # Panics
///
/// When the future panics, when a task has panicked and its handle told nobody, and at a
/// deadlock: see the [module's docs](super).
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// let answer = buzzer::testing::run(async {
///     // Takes no time.
///     buzzer::time::sleep(Duration::from_secs(3600)).await;
///     42
/// });
/// assert_eq!(answer, 42);
/// ```
///
/// ```should_panic
/// // Panics: nothing can ever wake it.
/// buzzer::testing::run(std::future::pending::<()>());
/// ```
#[track_caller]
pub fn run<F: Future>(future: F) -> F::Output {
    let runtime = runtime(Order::Fifo, None);
    // Pinned here, so that it is not moved once more.
    let output = runtime.block_on(pin!(future));
    if let Some(untold) = untold_panics(&runtime) {
        panic!("{untold}");
    }
    output
}

#[track_caller]
fn runtime(order: Order, events: Option<usize>) -> Runtime {
    let mut builder = Builder::new_current_thread();
    builder.start_paused(true).on_deadlock(OnDeadlock::Panic);
    // Also without a story: what panics is seen by who watches the polls.
    builder.record(events.unwrap_or(1));
    match builder.build_in_order(order) {
        Ok(runtime) => {
            runtime.scheduler().keep_untold_panics();
            runtime
        }
        Err(error) => panic!("no runtime can be made for the test: {error}"),
    }
}

/// The tasks whose panics nobody was told of, in words.
fn untold_panics(runtime: &Runtime) -> Option<String> {
    let untold = runtime.scheduler().untold_panics();
    if untold.is_empty() {
        return None;
    }
    let tasks: Vec<_> = untold.iter().map(|id| format!("#{id}")).collect();
    Some(format!(
        "a task panicked and its handle told nobody: {} (await the handle, or the panic is lost)",
        tasks.join(", ")
    ))
}

/// A run that went wrong.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Failure {
    /// What it panicked with.
    pub(super) message: String,
    pub(super) story: String,
}

/// Runs what `scenario` makes, in `order`, for a line of the program. The closure is
/// called in the runtime, so that it may spawn.
pub(super) fn attempt<F: Future>(
    called_at: &'static Location<'static>,
    order: Order,
    scenario: impl FnOnce() -> F,
) -> Result<F::Output, Failure> {
    let runtime = runtime(order, Some(EVENTS));
    runtime.called_at(called_at);
    let ended = contain(|| runtime.block_on(async { scenario().await }));
    let untold = untold_panics(&runtime);
    let message = match (ended, untold) {
        (Ok(output), None) => return Ok(output),
        (Ok(_), Some(untold)) => untold,
        (Err(payload), None) => message(&payload),
        // The one may well have come of the other.
        (Err(payload), Some(untold)) => format!("{}\n{untold}", message(&payload)),
    };
    // Before the runtime's end: what that drops is not part of the scenario.
    let story = runtime.recording().story_of_a_failure().to_string();
    // That line is where the panic will be. In the story it would make another failure
    // of the one that a seed repeats from elsewhere.
    let file = called_at.file();
    let [exact, rough] = [format!("{file}:{}", called_at.line()), file.to_owned()]
        .map(|place| format!("block_on is called at {place}: "));
    let story = story.replacen(&exact, &rough, 1);
    Err(Failure { message, story })
}

fn message(payload: &Payload) -> String {
    let message = panics::message(payload);
    message.unwrap_or("a panic without a message").to_owned()
}

impl Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The story's first lines say in which order tasks are polled, and stay.
        let (order, story) = self.story.split_once("\n\n").unwrap_or_default();
        write!(f, "{}\n\nIts story:\n{order}\n\n", self.message)?;
        let lines: Vec<_> = story.lines().collect();
        let left_out = lines.len().saturating_sub(LINES);
        if left_out > 0 {
            writeln!(f, "({left_out} earlier lines are left out)")?;
        }
        f.write_str(&lines[left_out..].join("\n"))
    }
}
