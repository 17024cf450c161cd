//! The interpreter: runs a random program on a new runtime whose clock is paused.
//!
//! A module of two crates. on_tokio/ compiles it on tokio; on_buzzer/ on buzzer, by one
//! line of its manifest: `tokio = { package = "buzzer", … }`. What only buzzer has
//! (`gather`, `race!`, an order by a seed) is beside it in each, in `own.rs`.
//!
//! Whatever happens is written with [`program::write_line`], on the runtime's own thread,
//! in words that are the same in every run.

mod alone;
#[path = "../../support/caught.rs"]
mod caught;
mod flow;
mod of_all;
mod of_jobs;
mod of_sync;
mod shared;
mod step;
pub(crate) mod strand;
mod together;

use crate::own::draw_order;
use program::{Fault, Line, Program};
use shared::Shared;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
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

/// The same, on a runtime that the builder makes; `looks` has it before it is dropped.
pub(crate) fn run_on(
    builder: &mut Builder,
    program: &Program,
    fault: Fault,
    looks: impl FnOnce(&LocalRuntime),
) -> Vec<Line> {
    draw_order(builder, program.seed);
    let built = builder
        .enable_all()
        .start_paused(true)
        .build_local(LocalOptions::default());
    let runtime = built.expect("a runtime starts");
    program::open();
    let main = async {
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
        shared.panics_by(Fault::RunPanics);
        shared
    };
    let shared = told_of_panics(|| runtime.block_on(main));
    looks(&runtime);
    // Who waits for ever is dropped now: in which order, tokio does not promise.
    program::ends();
    told_of_panics(|| {
        drop(runtime);
        if let Some(shared) = shared {
            shared.panics_by(Fault::DropPanics);
        }
    });
    program::close()
}

/// A panic of the runtime's own is written like all else. Those of tasks don't come here.
fn told_of_panics<T>(of: impl FnOnce() -> T) -> Option<T> {
    let thrown = match catch_unwind(AssertUnwindSafe(of)) {
        Ok(value) => return Some(value),
        Err(thrown) => thrown,
    };
    // There is no clock of a runtime that did not get to its end.
    program::ends();
    program::write_panic(&caught::message(thrown.as_ref()));
    None
}
