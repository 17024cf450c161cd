//! A shutdown that hangs says what holds it up, and goes on when that has ended.

use std::future::pending;
use std::sync::mpsc;
use std::time::Duration;

use buzzer::runtime::{Builder, Runtime};
use buzzer::task::{self, spawn_blocking};
use fifo::make_fifo;
use says::{says, until_told};

#[path = "support/child.rs"]
mod child;
#[path = "support/fifo.rs"]
mod fifo;
#[path = "support/says.rs"]
mod says;

struct BlocksInDrop;

impl Drop for BlocksInDrop {
    fn drop(&mut self) {
        until_told();
    }
}

/// A job that has begun.
#[track_caller]
fn hold(runtime: &Runtime, job: impl FnOnce() + Send + 'static) {
    let (begins, begun) = mpsc::channel();
    drop(runtime.spawn_blocking(move || {
        begins.send(()).unwrap();
        job();
    }));
    begun.recv().unwrap();
}

fn one_thread() -> Runtime {
    let mut builder = Builder::new_current_thread();
    builder.max_blocking_threads(1).build().unwrap()
}

#[test]
fn a_job_that_runs_on_is_named_with_its_place_and_again_when_the_wait_has_doubled() {
    let job = |after| format!("{JOBS}1 blocking job still running {after} after");
    let (first, second) = (job("1s"), job("2s"));
    says(&[(&first, ""), (&second, "")], || {
        let runtime = one_thread();
        hold(&runtime, until_told);
        drop(runtime);
    });
}

const JOBS: &str = "buzzer: the drop of a runtime waits: ";

#[test]
fn a_file_operation_is_named_with_its_path() {
    let dir = tempfile::tempdir().unwrap();
    let fifo = dir.path().join("orders");
    make_fifo(&fifo);
    says(&[(JOBS, "/orders)")], || {
        let opener = fifo.clone();
        let runtime = Runtime::new().unwrap();
        runtime.block_on(async {
            drop(buzzer::spawn(async move {
                buzzer::fs::write(fifo, "mocha").await.unwrap();
            }));
            task::yield_now().await;
        });
        let opener = std::thread::spawn(move || {
            until_told();
            std::fs::read(opener).unwrap()
        });
        drop(runtime);
        assert_eq!(opener.join().unwrap(), b"mocha");
    });
}

#[test]
fn an_output_that_nobody_wants_and_whose_drop_blocks_is_named_by_its_job() {
    says(
        &[(&format!("{JOBS}1 blocking job still running"), "")],
        || {
            let runtime = one_thread();
            let (begins, begun) = mpsc::channel();
            // Once the output is there, it is the handle's drop that drops it.
            let (drops, dropped) = mpsc::channel();
            drop(runtime.spawn_blocking(move || {
                begins.send(()).unwrap();
                dropped.recv().unwrap();
                BlocksInDrop
            }));
            begun.recv().unwrap();
            drops.send(()).unwrap();
            drop(runtime);
        },
    );
}

#[test]
fn a_worker_whose_thread_local_blocks_in_its_drop_is_told() {
    let threads = format!("{JOBS}1 thread of the blocking pool still ending");
    says(&[(&threads, "")], || {
        thread_local!(static LAST: std::cell::Cell<Option<BlocksInDrop>> = const {
            std::cell::Cell::new(None)
        });
        let runtime = one_thread();
        hold(&runtime, || LAST.set(Some(BlocksInDrop)));
        drop(runtime);
    });
}

#[test]
fn a_limit_is_kept_also_when_a_thread_local_of_a_worker_blocks_in_its_drop() {
    thread_local!(static LAST: std::cell::Cell<Option<Gate>> = const {
        std::cell::Cell::new(None)
    });
    struct Gate(mpsc::Receiver<()>);
    impl Drop for Gate {
        fn drop(&mut self) {
            let _ = self.0.recv();
        }
    }
    let (opens, gate) = mpsc::channel();
    let runtime = one_thread();
    hold(&runtime, move || LAST.set(Some(Gate(gate))));
    // Would not come back if it waited for the thread.
    runtime.shutdown_timeout(Duration::from_millis(50)).unwrap();
    drop(opens);
}

const SHUTDOWN: &str = "buzzer: the shutdown of a runtime goes on for 1s and is held up by ";

#[test]
fn a_task_whose_drop_blocks_is_named() {
    let task = format!("{SHUTDOWN}the drop of #1 'barista' (tests/hanging.rs:");
    says(&[(&task, ")")], || {
        let runtime = Runtime::new().unwrap();
        runtime.block_on(async {
            let blocks = BlocksInDrop;
            let barista = task::Builder::new().name("barista");
            drop(barista.spawn(async move {
                let _blocks = blocks;
                pending::<()>().await;
            }));
        });
        drop(runtime);
    });
}

#[test]
fn the_same_when_the_shutdown_does_not_wait_for_jobs() {
    let task = format!("{SHUTDOWN}the drop of #1 (tests/hanging.rs:");
    says(&[(&task, ")")], || {
        let runtime = Runtime::new().unwrap();
        let blocks = BlocksInDrop;
        drop(runtime.spawn(async move {
            let _blocks = blocks;
        }));
        runtime.shutdown_background();
    });
}

#[test]
fn a_job_that_had_not_begun_and_whose_drop_blocks_is_told() {
    let job = format!("{SHUTDOWN}the drop of a blocking job that had not begun");
    says(&[(&job, "")], || {
        let runtime = one_thread();
        let (gate, opens) = mpsc::channel::<()>();
        hold(&runtime, move || _ = opens.recv());
        let blocks = BlocksInDrop;
        drop(runtime.spawn_blocking(move || drop(blocks)));
        let opener = std::thread::spawn(move || {
            until_told();
            drop(gate);
        });
        drop(runtime);
        opener.join().unwrap();
    });
}

#[test]
fn a_future_that_another_thread_had_sent_and_whose_drop_blocks_is_told() {
    let sent = format!("{SHUTDOWN}the drop of what another thread had sent");
    says(&[(&sent, "")], || {
        let runtime = Runtime::new().unwrap();
        let handle = runtime.handle().clone();
        let blocks = BlocksInDrop;
        let sends = std::thread::spawn(move || drop(handle.spawn(async move { drop(blocks) })));
        sends.join().unwrap();
        drop(runtime);
    });
}

#[test]
fn a_listener_for_slow_polls_that_does_not_come_back_is_told() {
    let listener = format!("{SHUTDOWN}the program's listener for slow polls");
    says(&[(&listener, "")], || {
        struct Slow(mpsc::Receiver<()>);
        impl Drop for Slow {
            fn drop(&mut self) {
                self.0.recv().unwrap();
            }
        }
        let (hears, heard) = mpsc::channel();
        let runtime = Builder::new_current_thread()
            .watchdog(Duration::from_millis(1))
            .on_slow_poll(move |_| {
                // The drop that it is told of ends, and the listener doesn't.
                if hears.send(()).is_ok() {
                    until_told();
                }
            })
            .build()
            .unwrap();
        let slow = Slow(heard);
        drop(runtime.spawn(async move { drop(slow) }));
        drop(runtime);
    });
}

#[test]
fn a_shutdown_that_is_only_busy_says_nothing() {
    let Some(mut again) = child::again() else {
        let runtime = one_thread();
        drop(runtime.spawn(pending::<()>()));
        runtime.block_on(async { drop(spawn_blocking(|| ())) });
        drop(runtime);
        return;
    };
    let output = again.output().unwrap();
    assert!(output.status.success());
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}
