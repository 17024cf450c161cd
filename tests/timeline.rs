//! The timeline of whole programs is a valid trace, and shows what was recorded. What
//! each kind of event becomes is tested beside it, in executor/src/trace/timeline/.

#[path = "support/child.rs"]
mod child;
#[path = "support/trace_events.rs"]
mod trace_events;

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use buzzer::fs::{self, File};
use buzzer::io::{AsyncReadExt, AsyncWriteExt};
use buzzer::net::{UnixListener, UnixStream};
use buzzer::runtime::{Builder, FileIo, Runtime};
use buzzer::task::{self, spawn_blocking, yield_now};
use buzzer::time::sleep;
use buzzer::trace::{Event, Outcome, Recording};
use buzzer::{gather, spawn};
use trace_events::{Trace, check};

const LOOP: &str = "the loop";
const MAIN: &str = "#0 (block_on)";

fn paused() -> Runtime {
    recorded(Builder::new_current_thread().start_paused(true))
}

fn real() -> Runtime {
    recorded(&mut Builder::new_current_thread())
}

fn recorded(builder: &mut Builder) -> Runtime {
    builder.record(100_000).build().unwrap()
}

/// The trace, checked, and compared with the recording.
#[track_caller]
fn drawn(recording: &Recording) -> Trace {
    let text = recording.timeline().to_string();
    let trace = check(&text).unwrap_or_else(|why| panic!("{why}\n{text}"));
    assert_eq!(
        polls(&trace).len(),
        count(recording, |event| matches!(event, Event::PollBegan { .. }))
            + usize::from(began_before(&trace)),
        "a slice for each poll"
    );
    assert_eq!(
        trace
            .slices
            .iter()
            .filter(|s| s.name.starts_with("job "))
            .count(),
        count(recording, |event| matches!(event, Event::JobStarted { .. })),
        "a slice for each job"
    );
    if recording.dropped() == 0 {
        let in_turns = polls(&trace);
        let in_turns = in_turns
            .iter()
            .filter(|poll| poll.args.contains_key("turn"));
        let jobs = trace
            .arrows
            .iter()
            .filter(|arrow| arrow.to.0.starts_with("worker "));
        assert_eq!(
            in_turns.count(),
            trace.arrows.len() - jobs.count(),
            "an arrow to each poll"
        );
    }
    trace
}

fn polls(trace: &Trace) -> Vec<&trace_events::Slice> {
    let polls = trace.slices.iter();
    polls
        .filter(|slice| slice.args.contains_key("task"))
        .collect()
}

fn began_before(trace: &Trace) -> bool {
    polls(trace)
        .iter()
        .any(|poll| poll.args.contains_key("began"))
}

fn count(recording: &Recording, which: impl Fn(&Event) -> bool) -> usize {
    let records = recording.records().iter();
    records.filter(|record| which(&record.event)).count()
}

/// How the polls on a lane ended.
fn outcomes(trace: &Trace, lane: &str) -> Vec<String> {
    let polls = trace.on(lane).filter_map(|slice| slice.args.get("outcome"));
    polls
        .map(|outcome| outcome.as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn no_job_is_said_to_come_from_a_file_of_the_library() {
    let runtime = recorded(Builder::new_current_thread().file_io(FileIo::Pool));
    reads_and_works(&runtime, Duration::ZERO);
    let line = line!() + 2;
    runtime.block_on(async {
        spawn_blocking(|| ()).await.unwrap();
    });
    let text = runtime.recording().timeline().to_string();
    assert!(!text.contains("executor/src"), "{text}");
    // Where it is queued, and on its worker.
    let place = format!("\"spawned_at\":\"{}:{line}:", file!());
    assert_eq!(text.matches(&place).count(), 2, "{text}");
}

#[test]
fn while_the_loop_sleeps_the_counter_says_that_nobody_is_queued() {
    for runtime in [real(), recorded(Builder::new_current_thread().rng_seed(7))] {
        reads_and_works(&runtime, Duration::from_millis(5));
        runtime.block_on(async {
            let sleepers: Vec<_> = (1..8)
                .map(|n| spawn(sleep(Duration::from_millis(n))))
                .collect();
            for sleeper in sleepers {
                sleeper.await.unwrap();
            }
        });
        let trace = drawn(&runtime.recording());
        let sleeps = trace.on(LOOP).filter(|s| s.name.starts_with("sleeps "));
        let mut slept = 0;
        for sleep in sleeps {
            let until = sleep.to;
            let mut before = trace.counters.iter().filter(|(_, at, _)| *at <= until);
            let (_, at, length) = before.next_back().expect("the call of block_on is before");
            assert_eq!(*length, 0.0, "since {at}, in {sleep:?}");
            slept += 1;
        }
        assert!(slept >= 2, "only {slept}");
        let most = trace.counters.iter().map(|(_, _, length)| *length);
        assert!(most.fold(0.0, f64::max) >= 7.0, "all were spawned at once");
    }
}

/// The program of the document: a slow read of a file, and other work meanwhile.
fn reads_and_works(runtime: &Runtime, slow: Duration) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("file");
    runtime.block_on(async {
        fs::write(&path, "Hello Asynchronous World!").await.unwrap();
        let read = task::Builder::new().name("read").spawn(async move {
            sleep(slow).await;
            let mut file = File::open(path).await.unwrap();
            let mut first = [0; 10];
            file.read(&mut first).await.unwrap();
        });
        let read = read.unwrap();
        let other = task::Builder::new()
            .name("other work")
            .spawn(sleep(slow / 2))
            .unwrap();
        let (read, other) = gather!(read, other).await;
        read.unwrap();
        other.unwrap();
    });
}

#[test]
fn the_documents_program_on_a_paused_clock() {
    let runtime = paused();
    reads_and_works(&runtime, Duration::from_secs(2));
    let trace = drawn(&runtime.recording());
    let lanes: Vec<_> = trace.lanes.values().collect();
    assert_eq!(lanes[..2], [LOOP, MAIN]);
    assert!(lanes.iter().any(|lane| lane.ends_with("'other work'")));
    assert_eq!(trace.other["clock"], "virtual");
    let jumps: Vec<_> = trace
        .on(LOOP)
        .filter(|slice| slice.name == "the clock jumps")
        .map(|slice| {
            (
                slice.args["from"].as_str().unwrap(),
                slice.args["at"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(jumps, [("0 s", "1.000 s"), ("1.000 s", "2.000 s")]);
    let fires = trace
        .arrows()
        .into_iter()
        .filter(|(from, _)| from.contains("fires"));
    assert_eq!(fires.count(), 2);
}

#[test]
fn the_documents_program_on_the_real_clock_with_its_file_in_the_pool() {
    let runtime = recorded(Builder::new_current_thread().file_io(FileIo::Pool));
    reads_and_works(&runtime, Duration::from_millis(2));
    let trace = drawn(&runtime.recording());
    assert_eq!(trace.other["clock"], "real");
    let sent = trace
        .instants
        .iter()
        .filter(|instant| instant.name.contains("to the pool"));
    assert!(sent.count() >= 3, "write, open, read");
    let jobs = trace
        .arrows()
        .into_iter()
        .filter(|(_, to)| to.starts_with("worker "));
    assert!(jobs.count() >= 3, "from who queued it to each job");
}

#[test]
fn jobs_have_a_lane_for_each_worker_and_arrows_to_and_fro() {
    let runtime = real();
    runtime.block_on(async {
        // Each waits for the other, so that there are two workers.
        let (to_second, from_first) = mpsc::channel();
        let (to_first, from_others) = mpsc::channel();
        let first = {
            let to_second = to_second.clone();
            spawn_blocking(move || {
                to_second.send(()).unwrap();
                from_others.recv().unwrap();
            })
        };
        let second = spawn_blocking(move || {
            from_first.recv().unwrap();
            from_first.recv().unwrap();
            to_first.send(()).unwrap();
        });
        // It is polled after this one has found that it must wait.
        spawn(async move { to_second.send(()).unwrap() });
        first.await.unwrap();
        second.await.unwrap();
    });
    let trace = drawn(&runtime.recording());
    let arrows = trace.arrows();
    for lane in ["worker 0", "worker 1"] {
        let job = trace.on(lane).next().expect(lane);
        assert_eq!(job.args["outcome"], "ready");
        let job = format!("{lane}: {}", job.name);
        assert!(arrows.iter().any(|(_, to)| *to == job), "{arrows:?}");
    }
    assert!(
        arrows
            .iter()
            .any(|(from, to)| from.starts_with("worker") && to.contains(MAIN))
    );
}

#[test]
fn sockets_become_ready_and_wake_who_waits() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("socket");
    let runtime = real();
    runtime.block_on(async {
        let listener = UnixListener::bind(&path).unwrap();
        let server = spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut asked = [0; 4];
            stream.read_exact(&mut asked).await.unwrap();
            stream.write_all(&asked).await.unwrap();
        });
        yield_now().await;
        let mut stream = UnixStream::connect(&path).await.unwrap();
        yield_now().await;
        stream.write_all(b"ping").await.unwrap();
        stream.read_exact(&mut [0; 4]).await.unwrap();
        server.await.unwrap();
    });
    let recording = runtime.recording();
    let trace = drawn(&recording);
    let names = || trace.instants.iter().map(|instant| &instant.name);
    assert_eq!(
        names()
            .filter(|name| name.starts_with("registers source"))
            .count(),
        3
    );
    assert_eq!(
        names()
            .filter(|name| name.starts_with("closes source"))
            .count(),
        3
    );
    let ready = trace
        .arrows()
        .into_iter()
        .filter(|(from, _)| from.contains("readable"));
    assert!(ready.count() >= 1);
}

#[test]
fn a_panic_and_an_abort() {
    let runtime = paused();
    runtime.block_on(async {
        let panics = spawn(async { panic!("on purpose") });
        assert!(panics.await.unwrap_err().is_panic());
        let aborted = spawn(sleep(Duration::from_secs(1)));
        yield_now().await;
        aborted.abort();
        assert!(aborted.await.unwrap_err().is_cancelled());
    });
    let recording = runtime.recording();
    let trace = drawn(&recording);
    let mut lanes = trace.lanes.values();
    let spawned: Vec<_> = lanes.by_ref().skip(2).take(2).collect();
    assert_eq!(outcomes(&trace, spawned[0]), ["panicked"]);
    let arrows = trace.arrows();
    let to_aborted = arrows.iter().filter(|(_, to)| to.starts_with(spawned[1]));
    assert_eq!(to_aborted.count(), 2, "from its spawn and from its abort");
    let cancelled = |event: &Event| {
        matches!(
            event,
            Event::PollEnded {
                outcome: Outcome::Cancelled,
                ..
            }
        )
    };
    assert_eq!(count(&recording, cancelled), 1);
}

#[test]
fn a_ring_that_has_wrapped_at_every_place() {
    let program = |events| {
        let runtime = Builder::new_current_thread()
            .start_paused(true)
            .record(events)
            .build()
            .unwrap();
        runtime.block_on(async {
            let other = spawn(async {
                sleep(Duration::from_secs(1)).await;
                spawn_blocking(|| ()).await.unwrap();
            });
            yield_now().await;
            other.await.unwrap();
        });
        runtime.recording()
    };
    let all = program(100_000);
    assert_eq!(all.dropped(), 0);
    for kept in 1..all.records().len() {
        let recording = program(kept);
        assert!(recording.records().len() <= kept);
        let text = recording.timeline().to_string();
        check(&text).unwrap_or_else(|why| panic!("{why}\n{text}"));
    }
}

#[test]
fn a_run_that_is_not_over() {
    let runtime = paused();
    let recording = runtime.block_on(async {
        spawn(sleep(Duration::from_secs(1)));
        yield_now().await;
        runtime.recording()
    });
    let trace = drawn(&recording);
    let last = trace.on(MAIN).last().unwrap();
    assert_eq!(last.args["ended"], "not before the end of the recording");
}

#[test]
fn ten_thousand_tasks_share_the_lane_of_their_place() {
    let runtime = paused();
    runtime.block_on(async {
        let tasks: Vec<_> = (0..10_000).map(|_| spawn(yield_now())).collect();
        for task in tasks {
            task.await.unwrap();
        }
    });
    let recording = runtime.recording();
    let trace = drawn(&recording);
    assert_eq!(recording.dropped(), 0);
    assert_eq!(trace.lanes.len(), 3);
    let shared = &trace.lanes[&3];
    assert!(
        shared.starts_with("10,000 tasks of tests/timeline.rs:"),
        "{shared}"
    );
    assert_eq!(
        trace
            .on(shared)
            .filter(|slice| slice.args.contains_key("outcome"))
            .count(),
        20_000
    );
}

#[test]
fn a_wake_from_another_thread() {
    let runtime = real();
    runtime.block_on(async {
        let (sender, receiver) = async_channel::bounded(1);
        let (waits, waiting) = mpsc::channel();
        let thread = thread::Builder::new().name("sends".to_owned());
        let thread = thread.spawn(move || {
            waiting.recv().unwrap();
            sender.send_blocking(7).unwrap();
        });
        spawn(async move { waits.send(()).unwrap() });
        assert_eq!(receiver.recv().await, Ok(7));
        thread.unwrap().join().unwrap();
    });
    let trace = drawn(&runtime.recording());
    let from = format!("other threads: thread 'sends' wakes {MAIN}");
    let arrow = (from, format!("{MAIN}: {MAIN}"));
    assert!(trace.arrows().contains(&arrow), "{:?}", trace.arrows());
}

#[test]
fn a_job_that_wakes_in_its_midst() {
    let runtime = real();
    runtime.block_on(async {
        let (sender, receiver) = async_channel::bounded(1);
        let (go_on, waits) = mpsc::channel();
        let job = spawn_blocking(move || {
            waits.recv().unwrap();
            sender.send_blocking(()).unwrap();
            waits.recv().unwrap();
        });
        // Each is polled after this one has found that it must wait.
        let sends = go_on.clone();
        spawn(async move { sends.send(()).unwrap() });
        receiver.recv().await.unwrap();
        spawn(async move { go_on.send(()).unwrap() });
        job.await.unwrap();
    });
    let trace = drawn(&runtime.recording());
    let job = trace.on("worker 0").next().unwrap();
    let wakes = trace.arrows.iter();
    let wakes: Vec<_> = wakes
        .filter(|arrow| arrow.from.0 == "worker 0")
        .map(|arrow| arrow.times.0)
        .collect();
    let [midst, end] = wakes[..] else {
        panic!("{wakes:?}")
    };
    assert!(job.from < midst && midst < job.to && end == job.to);
}

#[test]
fn a_task_and_a_job_from_another_thread() {
    let runtime = real();
    let handle = runtime.handle().clone();
    let spawned = thread::spawn(move || (handle.spawn(async {}), handle.spawn_blocking(|| ())));
    let (task, job) = spawned.join().unwrap();
    runtime.block_on(async {
        task.await.unwrap();
        job.await.unwrap();
    });
    let trace = drawn(&runtime.recording());
    let arrows = trace.arrows();
    let from_thread = arrows
        .iter()
        .filter(|(from, _)| from.starts_with("other threads: "));
    let mut ends: Vec<_> = from_thread.map(|(_, to)| to.split(' ').next()).collect();
    ends.sort();
    assert_eq!(ends, [Some("#s1"), Some("worker")]);
}

/// The drops at a runtime's end are recorded, outside of any turn.
#[test]
fn a_runtime_that_ends_before_its_tasks() {
    let Some(mut again) = child::again() else {
        paused().block_on(async {
            spawn(sleep(Duration::from_secs(1)));
            spawn(sleep(Duration::from_secs(2)));
            yield_now().await;
        });
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("run.json");
    let output = again.env("BUZZER_TRACE", &file).output().unwrap();
    assert!(output.status.success());
    let trace = check(&std::fs::read_to_string(file).unwrap()).unwrap();
    let cancelled = polls(&trace);
    let cancelled = cancelled
        .iter()
        .filter(|poll| poll.args["outcome"] == "cancelled");
    assert_eq!(cancelled.count(), 2);
}

#[test]
fn a_task_may_be_called_anything() {
    let name = "\"quoted\"\\ \r\n\u{1}</script> 🐝";
    let runtime = paused();
    runtime.block_on(async {
        let task = task::Builder::new().name(name).spawn(async {});
        task.unwrap().await.unwrap();
    });
    let trace = drawn(&runtime.recording());
    let named = |poll: &&&trace_events::Slice| poll.args.get("name") == Some(&name.into());
    assert_eq!(polls(&trace).iter().filter(named).count(), 1);
}

/// What the checks above are worth: each of these breaks one rule.
#[test]
fn a_broken_trace_is_told_from_a_valid_one() {
    let lane = |tid: u32| {
        format!(
            r#"{{"ph":"M","pid":1,"tid":{tid},"name":"thread_name","args":{{"name":"lane {tid}"}}}},
               {{"ph":"M","pid":1,"tid":{tid},"name":"thread_sort_index","args":{{"sort_index":{tid}}}}},"#
        )
    };
    let process = r#"{"ph":"M","pid":1,"tid":1,"name":"process_name","args":{"name":"p"}},"#;
    let head = format!("{process}{}{}", lane(1), lane(2));
    let event = |ph: &str, tid: u32, ts: &str, more: &str| {
        format!(r#"{{"ph":"{ph}","pid":1,"tid":{tid},"ts":{ts},"name":"a"{more}}}"#)
    };
    let begin = |tid, ts| event("B", tid, ts, "");
    let end = |tid, ts| event("E", tid, ts, "");
    let from = |tid, ts| event("s", tid, ts, r#","cat":"c","id":5"#);
    let to = |tid, ts| event("f", tid, ts, r#","cat":"c","id":5,"bp":"e""#);
    let checked = |head: &str, events: &[String]| {
        let events = events.join(",");
        check(&format!(r#"{{"traceEvents":[{head}{events}]}}"#)).map(|_| ())
    };
    let joined = [
        begin(1, "1"),
        from(1, "2"),
        end(1, "3"),
        begin(2, "4"),
        to(2, "4"),
        end(2, "5"),
    ];
    assert_eq!(checked(&head, &joined), Ok(()));
    let without = |place: usize| {
        let mut events = joined.to_vec();
        events.remove(place);
        events
    };
    let with = |place: usize, event: String| {
        let mut events = joined.to_vec();
        events[place] = event;
        events
    };
    let renamed = end(1, "3").replace("\"a\"", "\"b\"");
    for (broken, why) in [
        (without(0), "an arrow's end in no slice"),
        (without(2), "never ended"),
        (without(1), "an arrow that was not begun"),
        (without(3), "an arrow's end in no slice"),
        (without(4), "leads nowhere"),
        (with(2, renamed), "the end of another slice"),
        (with(2, end(1, "1.5")), "earlier than the event before"),
        (with(0, end(1, "1")), "an end without a beginning"),
        (with(4, begin(2, "4")), "never ended"),
        (with(5, end(2, "4")), "a slice of no width"),
        (with(3, from(1, "3")), "an arrow's end in no slice"),
        (with(0, begin(3, "1")), "a lane without a name and a place"),
        (with(0, event("B", 1, "\"1\"", "")), "no number ts"),
        (with(0, event("Q", 1, "1", "")), "an unknown phase"),
        (with(0, event("i", 1, "1", "")), "no string s"),
        (
            with(0, event("B", 1, "1", r#","args":[]"#)),
            "args that are no object",
        ),
        (
            with(4, to(2, "4").replace("\"e\"", "\"x\"")),
            "ends at the next slice",
        ),
        (with(4, to(2, "4").replace("\"c\"", "3")), "no string cat"),
        (
            with(4, to(2, "4").replace("\"a\"", "\"b\"")),
            "ends by another name",
        ),
        (
            with(0, event("C", 1, "1", r#","args":{"n":"x"}"#)),
            "a counter that is no number",
        ),
    ] {
        let found = checked(&head, &broken).expect_err(why);
        assert!(found.contains(why), "{found} instead of {why}");
    }
    let twice = [joined.to_vec(), vec![begin(1, "6"), from(1, "7")]].concat();
    assert!(
        checked(&head, &twice)
            .unwrap_err()
            .contains("two arrows with one id")
    );
    let ends = [joined.to_vec(), vec![begin(1, "6"), to(1, "7")]].concat();
    assert!(checked(&head, &ends).unwrap_err().contains("two ends"));
    let nameless = format!("{}{}", lane(1), lane(2));
    assert!(
        checked(&nameless, &joined)
            .unwrap_err()
            .contains("a process without a name")
    );
    let same_place = head.replace(r#""sort_index":2"#, r#""sort_index":1"#);
    assert!(
        checked(&same_place, &joined)
            .unwrap_err()
            .contains("two lanes at the same place")
    );
    assert!(check("{").is_err() && check("{}").is_err());
}
