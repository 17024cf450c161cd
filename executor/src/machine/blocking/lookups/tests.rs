//! Lookups in line, in the queue and with a worker, and at the end of their runtime.

use std::sync::atomic::Ordering;
use std::sync::mpsc;
use std::task::Waker;
use std::time::Duration;

use super::*;
use crate::machine::context;
use crate::machine::core::FileIo;
use crate::runtime::{Builder, Runtime};
use crate::task::yield_now;
use crate::time::sleep;
use crate::trace::{JobState, dump};

fn threads(threads: usize) -> Runtime {
    let mut builder = Builder::new_current_thread();
    let builder = builder.max_blocking_threads(threads).start_paused(true);
    builder.file_io(FileIo::Pool).build().unwrap()
}

/// A server that answers when it is told to, and tells of each question.
struct Server {
    asked: mpsc::Sender<u32>,
    questions: mpsc::Receiver<u32>,
    gates: Vec<mpsc::Sender<()>>,
}

impl Server {
    fn new() -> Self {
        let (asked, questions) = mpsc::channel();
        let gates = Vec::new();
        Self {
            asked,
            questions,
            gates,
        }
    }

    fn ask(&mut self) -> Lookup<u32> {
        let (gate, opens) = mpsc::channel();
        let number = self.gates.len() as u32;
        self.gates.push(gate);
        let asked = self.asked.clone();
        context::look_up(&format!("host{number}"), move || {
            asked.send(number).unwrap();
            // An answer, or the end of the test.
            let _ = opens.recv();
            number
        })
    }

    fn answer(&self, number: u32) {
        self.gates[number as usize].send(()).unwrap();
    }

    /// Which question has come; waits for it.
    fn question(&self) -> u32 {
        self.questions.recv().unwrap()
    }

    fn no_question(&self) {
        assert!(self.questions.try_recv().is_err());
    }
}

#[test]
fn a_file_is_written_while_more_lookups_than_there_are_threads_get_no_answer() {
    let mut server = Server::new();
    let dir = tempfile::tempdir().unwrap();
    for count in 2..=5 {
        threads(count).block_on(async {
            let lookups: Vec<_> = (0..10).map(|_| server.ask()).collect();
            for _ in 0..count / LOOKUP_SHARE {
                server.question();
            }
            let order = dir.path().join("order");
            crate::fs::write(&order, "mocha").await.unwrap();
            assert_eq!(crate::fs::read(&order).await.unwrap(), b"mocha");
            server.no_question();
            drop(lookups);
        });
    }
}

#[test]
fn a_pool_of_one_thread_looks_names_up_too() {
    let mut server = Server::new();
    threads(1).block_on(async {
        let lookups = [server.ask(), server.ask()];
        server.answer(0);
        server.answer(1);
        let [first, second] = lookups;
        assert_eq!((first.await.unwrap(), second.await.unwrap()), (0, 1));
    });
}

#[test]
fn the_first_in_line_is_the_first_to_begin() {
    let mut server = Server::new();
    threads(2).block_on(async {
        let lookups: Vec<_> = (0..4).map(|_| server.ask()).collect();
        for (number, lookup) in (0..).zip(lookups) {
            assert_eq!(server.question(), number);
            server.no_question();
            server.answer(number);
            assert_eq!(lookup.await.unwrap(), number);
        }
    });
}

#[test]
fn one_that_is_dropped_in_line_leaves_it_and_one_dropped_in_the_queue_never_begins() {
    let mut server = Server::new();
    let runtime = threads(2);
    let pool = runtime.core_pool();
    runtime.block_on(async {
        let running = server.ask();
        assert_eq!(server.question(), 0);
        let [second, third, fourth] = [(); 3].map(|()| server.ask());
        drop(third);
        assert_eq!(pool.lock().lookups.line.len(), 2);
        assert_eq!(pool.lock().jobs_known.len(), 3);
        server.answer(0);
        assert_eq!(running.await.unwrap(), 0);
        assert_eq!(server.question(), 1);
        // Given up while it runs: its place is its own until it ends.
        drop(second);
        server.no_question();
        server.answer(1);
        server.answer(3);
        assert_eq!(fourth.await.unwrap(), 3);
        assert_eq!(server.question(), 3);

        // Both threads are taken, so a lookup that is let in waits in the queue.
        let (gate, opens) = mpsc::channel::<()>();
        let (begins, begun) = mpsc::channel();
        let opens = Arc::new(std::sync::Mutex::new(opens));
        let jobs = [(); 2].map(|()| {
            let (opens, begins) = (opens.clone(), begins.clone());
            crate::task::spawn_blocking(move || {
                begins.send(()).unwrap();
                let _ = opens.lock().unwrap().recv();
            })
        });
        begun.recv().unwrap();
        begun.recv().unwrap();
        let in_queue = server.ask();
        let behind = server.ask();
        drop(in_queue);
        drop(gate);
        for job in jobs {
            job.await.unwrap();
        }
        server.answer(5);
        assert_eq!(behind.await.unwrap(), 5);
        assert_eq!(server.question(), 5);
        // A paused clock goes on only when nothing is in flight any more.
        sleep(Duration::from_secs(1)).await;
    });
}

#[test]
fn a_paused_clock_stands_still_for_one_in_line_until_it_has_ended_or_is_dropped() {
    let mut server = Server::new();
    let runtime = threads(2);
    let pool = runtime.core_pool();
    runtime.block_on(async {
        let order = std::rc::Rc::new(std::cell::RefCell::new(Vec::new()));
        let [first, second] = [(); 2].map(|()| server.ask());
        let noted = order.clone();
        let waits = crate::spawn(async move {
            sleep(Duration::from_secs(3_600)).await;
            noted.borrow_mut().push("clock");
        });
        for (name, lookup) in [("first", first), ("second", second)] {
            let noted = order.clone();
            drop(crate::spawn(async move {
                lookup.await.unwrap();
                noted.borrow_mut().push(name);
            }));
        }
        server.answer(0);
        server.answer(1);
        waits.await.unwrap();
        assert_eq!(*order.borrow(), ["first", "second", "clock"]);

        let [running, in_line] = [(); 2].map(|()| server.ask());
        assert_eq!(pool.in_flight.load(Ordering::SeqCst), 2);
        drop(in_line);
        assert_eq!(pool.in_flight.load(Ordering::SeqCst), 1);
        server.answer(2);
        running.await.unwrap();
        sleep(Duration::from_secs(1)).await;
    });
}

#[test]
fn the_end_of_the_runtime_waits_for_no_lookup_and_begins_none() {
    let mut server = Server::new();
    let runtime = threads(4);
    let lookups = runtime.block_on(async {
        let lookups: Vec<_> = (0..5).map(|_| server.ask()).collect();
        server.question();
        server.question();
        lookups
    });
    // Would not come back if it waited: nobody has answered.
    drop(runtime);
    server.no_question();
    let mut cx = Context::from_waker(Waker::noop());
    let mut lookups = lookups.into_iter();
    for mut running in lookups.by_ref().take(2) {
        assert!(Pin::new(&mut running).poll(&mut cx).is_pending());
    }
    for mut waits in lookups {
        let Poll::Ready(Err(error)) = Pin::new(&mut waits).poll(&mut cx) else {
            panic!("nobody will look it up");
        };
        assert!(error.is_cancelled());
    }
    // The same with a limit, of which it needs nothing.
    let runtime = threads(2);
    let given_up = runtime.block_on(async { [server.ask()] });
    server.question();
    runtime.shutdown_timeout(Duration::MAX).unwrap();
    drop(given_up);
}

#[test]
fn a_lookup_that_a_worker_has_only_just_received_may_meet_the_end_of_the_runtime() {
    let mut server = Server::new();
    let runtime = threads(2);
    let pool = runtime.core_pool();
    runtime.block_on(async {
        let first = server.ask();
        server.answer(0);
        first.await.unwrap();
    });
    // The worker that is idle now receives it, and can't say so before the end begins.
    let mut state = pool.lock();
    while state.idle == 0 {
        drop(state);
        std::thread::yield_now();
        state = pool.lock();
    }
    let at = Location::caller();
    let job = Arc::new(crate::machine::scheduler::packet::Packet::for_job(
        pool.inject().ids.next_job(),
        Box::new(|| {}),
        at,
    ));
    pool.in_flight.fetch_add(1, Ordering::SeqCst);
    let queued = Queued {
        job,
        is_mandatory: false,
        is_lookup: true,
    };
    let queued = pool.stand_in_line(&mut state, queued).unwrap();
    pool.enqueue(&mut state, queued);
    while !pool.taken.is_empty() {
        std::thread::yield_now();
    }
    assert_eq!(state.lookups.drain().count(), 0);
    drop(state);
    runtime.shutdown_timeout(Duration::MAX).unwrap();
    assert_eq!(pool.threads(), 0, "a worker has panicked");
}

#[test]
fn the_end_of_the_runtime_waits_for_a_write_that_stands_behind_a_lookup() {
    use crate::io::AsyncWrite;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("order");
    let runtime = threads(1);
    // Dropped first, which ends the lookup, also if this fails.
    let mut server = Server::new();
    let behind = runtime.block_on(async {
        let mut file = crate::fs::File::create(&path).await.unwrap();
        let lookup = server.ask();
        assert_eq!(server.question(), 0);
        let mut cx = Context::from_waker(Waker::noop());
        let written = Pin::new(&mut file).poll_write(&mut cx, b"mocha");
        assert!(written.is_pending(), "the only thread looks up");
        (lookup, file)
    });
    let error = runtime.shutdown_timeout(Duration::ZERO).unwrap_err();
    assert_eq!(error.held_by().len(), 1, "{error}");
    assert!(error.to_string().contains("write "), "{error}");
    drop(behind);
}

#[test]
fn the_end_of_the_runtime_waits_for_a_job_that_begins_after_lookups_have_ended() {
    let runtime = threads(1);
    let mut server = Server::new();
    let (gate, opens) = mpsc::channel::<()>();
    runtime.block_on(async {
        for number in 0..2 {
            let lookup = server.ask();
            server.answer(number);
            lookup.await.unwrap();
        }
        let (begins, begun) = mpsc::channel();
        drop(crate::task::spawn_blocking(move || {
            begins.send(()).unwrap();
            let _ = opens.recv();
        }));
        begun.recv().unwrap();
    });
    let error = runtime.shutdown_timeout(Duration::ZERO).unwrap_err();
    assert_eq!(error.held_by().len(), 1, "{error}");
    drop(gate);
}

#[test]
fn the_dump_names_the_host_and_what_it_waits_for() {
    let mut server = Server::new();
    threads(2).block_on(async {
        let lookups = [server.ask(), server.ask()];
        server.question();
        let tasks = lookups.map(|lookup| crate::spawn(async { lookup.await.unwrap() }));
        yield_now().await;
        let dump = dump();
        let seen: Vec<_> = dump.jobs().map(|job| (job.work(), job.state())).collect();
        let looks_up = |host: &str| Some(format!("look up {host}"));
        assert_eq!(
            seen,
            [
                (looks_up("host0"), JobState::Running(0)),
                (looks_up("host1"), JobState::BehindLookups)
            ]
        );
        let text = dump.to_string();
        assert!(
            text.contains("(look up host0), running on worker 0"),
            "{text}"
        );
        assert!(
            text.contains("(look up host1), in line behind other lookups"),
            "{text}"
        );
        tasks.iter().for_each(|task| task.abort());
    });
}
