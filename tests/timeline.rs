//! The timeline is a valid trace, and shows what was recorded.

#[path = "support/trace_events.rs"]
mod trace_events;

use std::time::Duration;

use buzzer::runtime::{Builder, Runtime};
use buzzer::task::{self, yield_now};
use buzzer::time::sleep;
use buzzer::trace::{Event, Recording};
use trace_events::{Trace, check};

fn paused() -> Runtime {
    Builder::new_current_thread()
        .start_paused(true)
        .record(100_000)
        .build()
        .unwrap()
}

fn valid(recording: &Recording) -> Trace {
    let text = recording.timeline().to_string();
    match check(&text) {
        Ok(trace) => trace,
        Err(why) => panic!("{why}\n{text}"),
    }
}

#[test]
fn a_task_that_sleeps() {
    let runtime = paused();
    runtime.block_on(async {
        let other = task::spawn(async {
            sleep(Duration::from_secs(1)).await;
            yield_now().await;
        });
        other.await.unwrap();
    });
    let recording = runtime.recording();
    println!("{}", recording.timeline());
    let trace = valid(&recording);
    let polls = recording
        .records()
        .iter()
        .filter(|record| matches!(record.event, Event::PollBegan { .. }));
    assert_eq!(polls.count(), 5);
    println!("{:#?}", trace.arrows());
}

#[test]
fn zz_speed() {
    let runtime = Builder::new_current_thread()
        .record(262_144)
        .build()
        .unwrap();
    runtime.block_on(async {
        let tasks: Vec<_> = (0..30_000)
            .map(|_| task::spawn(async { yield_now().await }))
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
    });
    let recording = runtime.recording();
    let began = std::time::Instant::now();
    let text = recording.timeline().to_string();
    println!(
        "{} records {:?}, {} bytes",
        recording.records().len(),
        began.elapsed(),
        text.len()
    );
    valid(&recording);
}
