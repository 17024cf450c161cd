//! The interpreter: runs a random program on a new runtime whose clock is paused.
//!
//! This is the root of two crates. `on_tokio/Cargo.toml` compiles it on tokio;
//! `on_buzzer/Cargo.toml` on buzzer, by one line of its manifest:
//! `tokio = { package = "buzzer", … }`. What only buzzer has (`gather`, `race!`, the
//! story) is behind the feature `own`; without it `together.rs` has them made by hand.
//!
//! Whatever happens is written with [`program::write_line`], on the runtime's own thread,
//! in words that are the same in every run.

mod alone;
mod flow;
mod of_all;
mod shared;
mod step;
mod strand;
mod together;

use program::{Fault, Line, Program};
use shared::Shared;
use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;
use strand::task;
use tokio::runtime::{Builder, LocalOptions, LocalRuntime};
use tokio::task::spawn_local;
use tokio::time::{Instant, sleep};

/// Longer than all sleeps of a program together, and within what tokio's timers hold.
const END: Duration = Duration::from_millis(1 << 35);

thread_local! {
    static START: Cell<Option<Instant>> = const { Cell::new(None) };
}

/// What happens in this program.
pub fn run(program: &Program, fault: Fault) -> Vec<Line> {
    run_on(&mut Builder::new_current_thread(), program, fault, |_| ())
}

/// What the runtime itself did, as buzzer tells it.
#[cfg(feature = "own")]
pub fn story(program: &Program, fault: Fault) -> String {
    let mut builder = Builder::new_current_thread();
    let mut story = String::new();
    run_on(builder.record(1 << 14), program, fault, |runtime| {
        story = runtime.recording().story().to_string();
    });
    story
}

fn run_on(
    builder: &mut Builder,
    program: &Program,
    fault: Fault,
    looks: impl FnOnce(&LocalRuntime),
) -> Vec<Line> {
    let built = builder
        .enable_all()
        .start_paused(true)
        .build_local(LocalOptions::default());
    let runtime = built.expect("a runtime starts");
    program::open();
    let shared = runtime.block_on(async {
        START.set(Some(Instant::now()));
        program::now_is(|| {
            let start = START.get().expect("set above");
            start.elapsed().as_millis() as u64
        });
        let shared = Rc::new(Shared::new(fault));
        for (position, steps) in program.tasks.iter().enumerate() {
            let task = task(&shared, position.to_string(), steps);
            shared.keep(position.to_string(), spawn_local(task));
        }
        // The main future writes nothing before this is over: tokio polls it before all
        // others, buzzer in its turn.
        sleep(END).await;
        shared.tell();
        shared
    });
    looks(&runtime);
    // Who waits for ever is dropped now: in which order, tokio does not promise.
    program::ends();
    drop(runtime);
    drop(shared);
    program::close()
}
