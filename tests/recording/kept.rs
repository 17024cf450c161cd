//! What is kept, how much of it, and that it is the same in each run.

use buzzer::fs;
use buzzer::runtime::Builder;
use buzzer::task::{spawn_blocking, yield_now};
use buzzer::time::{Duration, sleep};
use buzzer::trace::{Event, Record, Recording};
use buzzer::{spawn, time};

use crate::asleep::ThisThread;
use crate::line::{doings, line, lines};

#[test]
fn the_latest_events_are_kept_and_the_others_counted() {
    let run = |events| {
        let runtime = Builder::new_current_thread()
            .start_paused(true)
            .record(events)
            .build()
            .unwrap();
        runtime.block_on(async {
            for _ in 0..1_000 {
                yield_now().await;
            }
        });
        runtime.recording()
    };
    let (all, few) = (run(100_000), run(100));
    let count = all.records().len();
    assert_eq!((all.dropped(), few.records().len()), (0, 100));
    assert_eq!(few.dropped(), (count - 100) as u64);
    assert_eq!(lines(&few), lines(&all)[count - 100..]);
}

#[test]
fn the_spawns_of_living_tasks_and_the_registrations_of_open_sources_are_kept() {
    let runtime = Builder::new_current_thread().record(10).build().unwrap();
    runtime.block_on(async {
        let (here, _there) = std::os::unix::net::UnixStream::pair().unwrap();
        here.set_nonblocking(true).unwrap();
        let _here = buzzer::io::AsyncFd::new(here).unwrap();
        let lives = spawn(std::future::pending::<()>());
        spawn(async {}).await.unwrap();
        for _ in 0..100 {
            yield_now().await;
        }
        lives.abort();
    });
    let recording = runtime.recording();
    let before: Vec<_> = recording
        .before()
        .iter()
        .map(|record| line(&recording, &record.event))
        .collect();
    assert_eq!(
        before,
        [
            "1 spawned by task 0",
            "source 1 registered, read true, write true",
        ]
    );
}

/// Timers, handles, wakes and aborts, a file operation, and a job that ends when the
/// loop sleeps.
fn eventful(seed: u64) -> Recording {
    let runtime = Builder::new_current_thread()
        .start_paused(true)
        .rng_seed(seed)
        .record(10_000)
        .build()
        .unwrap();
    let this = ThisThread::new();
    let file = tempfile::tempfile().unwrap();
    runtime.block_on(async {
        let sleepers: Vec<_> = (0..20)
            .map(|n| spawn(sleep(Duration::from_nanos(n % 3))))
            .collect();
        let late = spawn(std::future::pending::<()>());
        let timed_out = time::timeout(Duration::from_nanos(7), late).await;
        assert!(timed_out.is_err());
        for sleeper in sleepers {
            sleeper.await.unwrap();
        }
        fs::File::from_std(file).metadata().await.unwrap();
        let job = spawn_blocking(move || this.wait_until_asleep());
        job.await.unwrap();
    });
    runtime.recording()
}

#[test]
fn the_same_run_gives_the_same_records_twice_and_another_seed_others() {
    // Ids have their runtime's number within, and two runtimes have two; so they are
    // compared as they are printed.
    let told = |recording: &Recording| {
        let times = recording.records().iter().map(Record::time);
        let lines = lines(recording);
        times.zip(lines).collect::<Vec<_>>()
    };
    let first = eventful(1);
    assert_eq!(told(&first), told(&eventful(1)));
    assert_ne!(told(&first), told(&eventful(2)));
    let doings = doings(&first);
    for part in ["j1 finished", "file operation", "timer 13 fired"] {
        assert!(doings.iter().any(|line| line.starts_with(part)), "{part}");
    }
}

#[test]
fn records_are_handed_out_in_the_order_of_their_times() {
    let runtime = Builder::new_current_thread()
        .record(10_000)
        .build()
        .unwrap();
    runtime.block_on(async {
        // It begins and ends while this poll goes on, and is told of after it.
        let job = spawn_blocking(|| {});
        while !job.is_finished() {
            std::thread::yield_now();
        }
        spawn(async {}).await.unwrap();
        job.await.unwrap();
    });
    let recording = runtime.recording();
    let times: Vec<_> = recording.records().iter().map(Record::time).collect();
    assert!(times.is_sorted());
    let place = |found: &dyn Fn(&Event) -> bool| {
        let mut records = recording.records().iter();
        records.position(|record| found(&record.event)).unwrap()
    };
    assert!(
        place(&|event| matches!(event, Event::JobFinished { .. }))
            < place(&|event| matches!(event, Event::Spawned { .. }))
    );
}

#[test]
fn nothing_is_recorded_unless_it_was_asked_for() {
    let runtime = Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        spawn(sleep(Duration::ZERO)).await.unwrap();
        spawn_blocking(|| {}).await.unwrap();
    });
    let recording = runtime.recording();
    assert!(recording.records().is_empty() && recording.before().is_empty());
    assert_eq!(recording.dropped(), 0);
}

/// The docs promise it.
#[test]
fn a_record_takes_48_bytes() {
    assert_eq!(size_of::<Record>(), 48);
}
