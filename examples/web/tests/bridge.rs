//! `Bridge`, and the program that shows it with sqlx and PostgreSQL.

#[path = "support/postgres.rs"]
mod postgres;
#[path = "support/program.rs"]
mod program;

use std::cell::RefCell;
use std::fs;
use std::future::pending;
use std::process::Command;
use std::rc::Rc;
use std::thread;
use std::time::Duration;

use buzzer::runtime::Handle;
use buzzer::{gather, race};
use buzzer_web::bridge::Bridge;
use postgres::Postgres;
use program::Program;
use rustix::process::Signal;

fn this_thread() -> String {
    thread::current().name().unwrap_or_default().to_owned()
}

/// Whether this process has a thread of that name.
fn has_thread(name: &str) -> bool {
    let threads = fs::read_dir("/proc/self/task").unwrap();
    // One that ends meanwhile has no name any more.
    let names = threads.map(|thread| fs::read_to_string(thread.unwrap().path().join("comm")));
    names.flatten().any(|found| found.trim_end() == name)
}

/// Sends a word when it is dropped.
struct Witness(async_channel::Sender<String>);

impl Drop for Witness {
    fn drop(&mut self) {
        self.0.try_send(this_thread()).unwrap();
    }
}

#[test]
fn a_future_that_is_not_send_runs_on_the_side_thread_and_its_output_comes_here() {
    let bridge = Bridge::start("side-output").unwrap();
    let there = buzzer::block_on(bridge.run(async || {
        let shared = Rc::new(RefCell::new(Vec::new()));
        tokio::time::sleep(Duration::from_millis(1)).await;
        shared.borrow_mut().push(this_thread());
        shared.take()
    }));
    assert_eq!(there, ["side-output"]);
}

#[test]
fn calls_run_beside_each_other() {
    let bridge = Bridge::start("side-beside").unwrap();
    let (sender, receiver) = async_channel::bounded(1);
    // The first ends only because the second runs meanwhile.
    let waits = bridge.run(async move || receiver.recv().await.unwrap());
    let sends = bridge.run(async move || sender.send(7).await.unwrap());
    assert_eq!(
        buzzer::block_on(async { gather!(waits, sends).await }),
        (7, ())
    );
}

#[test]
fn a_thousand_calls_of_many_tasks_give_each_its_own_output() {
    let bridge = Rc::new(Bridge::start("side-thousand").unwrap());
    let outputs = buzzer::block_on(async {
        let tasks: Vec<_> = (0..1000)
            .map(|number| {
                let bridge = Rc::clone(&bridge);
                buzzer::spawn(async move {
                    bridge
                        .run(async move || {
                            tokio::task::yield_now().await;
                            number
                        })
                        .await
                })
            })
            .collect();
        gather(tasks).await
    });
    let outputs: Vec<i32> = outputs.into_iter().map(Result::unwrap).collect();
    assert_eq!(outputs, (0..1000).collect::<Vec<_>>());
}

#[test]
fn a_panic_there_is_that_panic_here_and_the_bridge_goes_on() {
    let bridge = Rc::new(Bridge::start("side-panic").unwrap());
    buzzer::block_on(async {
        let here = Rc::clone(&bridge);
        let call = async move { here.run(async || panic!("spilled")).await };
        let panic = buzzer::spawn(call).await.unwrap_err().into_panic();
        assert_eq!(panic.downcast_ref(), Some(&"spilled"));
        assert_eq!(bridge.run(async || 1).await, 1);
    });
}

#[test]
fn giving_up_here_drops_the_future_there() {
    let bridge = Bridge::start("side-giving-up").unwrap();
    buzzer::block_on(async {
        let (witness, seen) = async_channel::bounded(1);
        let (began, begun) = async_channel::bounded(1);
        let endless = bridge.run(async move || {
            let _witness = Witness(witness);
            began.send(()).await.unwrap();
            pending::<()>().await;
        });
        race!(endless, async { begun.recv().await.unwrap() }).await;
        assert_eq!(seen.recv().await.unwrap(), "side-giving-up");
        assert_eq!(bridge.run(async || 1).await, 1);
    });
}

#[test]
fn a_call_that_was_given_up_before_it_began_is_dropped_there() {
    let bridge = Bridge::start("side-never").unwrap();
    buzzer::block_on(async {
        let (witness, seen) = async_channel::bounded(1);
        let witness = Witness(witness);
        let (go, blocked) = std::sync::mpsc::channel();
        // Blocks the side thread, so that the next call can't begin.
        let blocks = bridge.run(async move || blocked.recv().unwrap());
        let given_up = bridge.run(async move || {
            let _witness = witness;
            pending::<()>().await;
        });
        let give_up = async {
            race!(given_up, async {}).await;
            go.send(()).unwrap();
        };
        gather!(blocks, give_up).await;
        assert_eq!(seen.recv().await.unwrap(), "side-never");
    });
}

#[test]
fn what_runs_there_can_await_what_runs_here() {
    let bridge = Bridge::start("side-back").unwrap();
    let names = buzzer::block_on(async {
        let here = Handle::current();
        let call = async move || {
            (
                here.spawn(async { this_thread() }).await.unwrap(),
                this_thread(),
            )
        };
        bridge.run(call).await
    });
    assert_eq!(names, (this_thread(), "side-back".to_owned()));
}

#[test]
fn a_dropped_bridge_ends_its_thread_and_what_was_spawned_there() {
    let bridge = Bridge::start("side-dropped").unwrap();
    let (witness, seen) = async_channel::bounded(1);
    buzzer::block_on(bridge.run(async move || {
        tokio::spawn(async move {
            let _witness = Witness(witness);
            pending::<()>().await;
        });
        // As the look-up of a name that takes its time.
        tokio::task::spawn_blocking(|| thread::sleep(Duration::from_secs(3600)));
    }));
    assert!(has_thread("side-dropped"));
    drop(bridge);
    assert!(seen.try_recv().is_ok());
    // It was waited for, but the kernel may list it for a moment longer.
    while has_thread("side-dropped") {
        thread::yield_now();
    }
}

/// Runs the program to its end.
fn bridge(arguments: &[&str]) -> (Option<i32>, Vec<String>) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bridge"));
    let mut program = Program::start("bridge", command.args(arguments), Signal::TERM);
    let (status, log) = program.wait();
    (status.code(), log.to_vec())
}

#[test]
fn the_program_shows_sqlx_over_the_bridge() {
    let Some(server) = Postgres::started() else {
        return;
    };
    let (status, log) = bridge(&["--database", &server.url()]);
    let text = log.join("\n");
    assert_eq!(status, Some(0), "{text}");
    for part in [
        "buzzer runs on the thread `main`, sqlx on a side thread.",
        "asked by the thread `tokio-side`",
        "ordered: 1 latte, 2 espresso, 3 mocha",
        "3 queries of 300 ms each: all answered after ",
        "SELECT 1/0: division by zero (SQLSTATE 22012)",
        "`tokio-side` dropped it at ",
        "The connections are closed; the side thread has ended.",
    ] {
        assert!(text.contains(part), "no {part:?} in {text}");
    }
    for line in &log {
        assert!(line.chars().count() <= 80, "wider than a terminal: {line}");
    }
}

#[test]
fn the_program_says_in_one_line_what_it_lacks() {
    for (arguments, error) in [
        (
            &[][..],
            "bridge: no database: name one, as in --database postgres://",
        ),
        (
            &["--database", "mysql://localhost/test"],
            "bridge: --database: a URL that begins with postgres:// is needed",
        ),
        (
            &["--database", "postgres://localhost:99999/test"],
            "bridge: --database: error with configuration: invalid port number",
        ),
        (
            // Port 1 is reserved, and nobody listens there.
            &["--database", "postgres://me:secret@127.0.0.1:1/test"],
            "bridge: can't use PostgreSQL at 127.0.0.1, port 1: ",
        ),
    ] {
        let (status, log) = bridge(arguments);
        assert_eq!((status, log.len()), (Some(1), 1), "{arguments:?}: {log:?}");
        assert!(log[0].starts_with(error), "{arguments:?}: {log:?}");
        assert!(!log[0].contains("secret"), "{log:?}");
    }
}
