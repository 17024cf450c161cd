//! Wakes, aborts and drops by other threads, as many of each as is said.
//!
//! Owns the command `remote`, and what its three parts have in common: the loop is this
//! thread's, and two others send to it, one half of the time while it is held up, so that
//! everything queues, and the other half while it turns. After each batch every wake has led
//! to a poll, every task and output was dropped, and the memory is what it was after the
//! first batches.
//!
//! - `wakes.rs`: a thousand tasks are woken, again and again
//! - `aborts.rs`: tasks are aborted, each more than once
//! - `drops.rs`: handles, timers and sources are dropped

mod aborts;
mod drops;
mod wakes;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use buzzer::runtime::Runtime;

use crate::memory::{self, Bytes, Since};
use crate::opened::Opened;
use crate::settle::settle;
use crate::watch::{self, Watch};

/// How many tasks a batch of aborts and drops is about.
const BATCH: usize = 10_000;

/// What a batch may take for each of its tasks at the most: its memory of 200 bytes, a slot,
/// its place in the run queue, what is sent of it, which is boxed if it is a drop, and this
/// program's handle to it. Vectors are two while they grow.
const EACH: usize = 512;

/// Batches until every table has its size.
const FIRST: u64 = 8;

/// What a later batch may leave allocated above the most that one of the first did: nothing
/// grows with the count, but how far a queue has grown depends on when the loop took it in.
const GROWTH: usize = 256 << 10;

/// What may be left when the runtime is gone: what std keeps of threads and of output.
const LEFT: usize = 16 << 10;

pub fn run(count: u64) {
    part("wakes", count, wakes::wake);
    part("aborts", count, aborts::abort);
    part("drops", count, drops::drop_elsewhere);
    println!(
        "figure: {count} wakes, aborts and drops each by other threads, all memory given back"
    );
}

/// One part, with a runtime of its own.
fn part(what: &str, count: u64, go: fn(&mut Batches<'_>, u64) -> u64) {
    let opened = Opened::now();
    let watch = Watch::begin({
        let what = what.to_owned();
        move || format!("while {what} by other threads were taken in")
    });
    let before = Since::now();
    let runtime = Runtime::new().unwrap();
    let mut batches = Batches {
        runtime: &runtime,
        before,
        at_first: 0,
        done: 0,
    };
    let done = go(&mut batches, count);
    let (batches, most) = (batches.done, before.most());
    assert!(batches > FIRST, "{count} {what} are too few to show growth");
    memory::check(format!("at the most, of {what}"), most, EACH * BATCH);
    assert_eq!(runtime.metrics().num_alive_tasks(), 0);
    let kept = before.bytes();
    drop(runtime);
    memory::check(format!("after the runtime of {what}"), before.bytes(), LEFT);
    watch.end();
    watch::until("the end of the threads", || Opened::now() == opened);
    println!(
        "{done} {what} in {batches} batches: at most {}, then {} for the tables, and {} at the end",
        Bytes(most),
        Bytes(kept),
        Bytes(before.bytes())
    );
}

struct Batches<'a> {
    runtime: &'a Runtime,
    before: Since,
    /// The most that was allocated after one of the first batches.
    at_first: usize,
    done: u64,
}

impl Batches<'_> {
    /// Has two threads do `send` while the loop is held up or, in every other batch, turns;
    /// then turns until nothing is queued.
    fn send(&mut self, send: impl Fn(usize) + Sync) {
        let runtime = self.runtime;
        let is_held = self.done.is_multiple_of(2);
        let left = &AtomicUsize::new(2);
        thread::scope(|scope| {
            for half in 0..2 {
                let (send, handle) = (&send, runtime.handle().clone());
                scope.spawn(move || {
                    send(half);
                    left.fetch_sub(1, Ordering::SeqCst);
                    // So that the sleep of the loop ends.
                    drop(handle.spawn(async {}));
                });
            }
            while !is_held && left.load(Ordering::SeqCst) > 0 {
                runtime.turn(None).unwrap();
            }
        });
        settle(runtime);
    }

    /// To be called when what the batch was about is gone.
    fn end(&mut self) {
        self.done += 1;
        let bytes = self.before.bytes();
        match self.done <= FIRST {
            true => self.at_first = self.at_first.max(bytes),
            false => {
                let what = format!("after batch {}", self.done);
                memory::check(what, bytes, self.at_first + GROWTH);
            }
        }
    }
}

/// Counts those that are dropped.
#[derive(Default, Clone)]
struct Dropped(Arc<AtomicUsize>);

/// One of them.
struct Counted(Dropped);

impl Dropped {
    fn one(&self) -> Counted {
        Counted(self.clone())
    }

    fn count(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.0.fetch_add(1, Ordering::SeqCst);
    }
}
