//! The page as text: its parts, and the data in it. What it shows is tested in a
//! browser, in tests/replay.

use std::sync::Arc;

use serde_json::Value;

use super::*;
use crate::record::event::{Cause, Event, Phase, Record, WaitsOn, WakeEffect};
use crate::record::ids::{Direction, Id, SourceId, TimerId};
use crate::record::{Held, Known};

fn task(count: u64) -> Id {
    Id::of_runtime(3, count)
}

#[track_caller]
fn spawned(count: u64, name: Option<&str>) -> Event {
    Event::Spawned {
        task: task(count),
        by: Cause::Task(task(0)),
        at: std::panic::Location::caller(),
        name: name.map(|name| Arc::new(name.to_owned())),
    }
}

/// A recording of events that are 10 ns apart, the first at 1,000.
fn recording(before: Vec<Event>, events: Vec<Event>) -> Recording {
    let timed = |from: u64, events: Vec<Event>| {
        let records = (0..).zip(events);
        records
            .map(|(index, event)| Record {
                at: from + index * 10,
                event,
            })
            .collect()
    };
    Recording {
        held: Held {
            before: timed(400, before),
            records: timed(1_000, events),
            dropped: 7,
        },
        known: Known::default(),
    }
}

fn data(page: &str) -> Value {
    let (_, rest) = page
        .split_once("<script type=\"application/json\" id=\"run\">")
        .expect("the data is in the page");
    let (data, _) = rest.split_once("</script>").expect("it ends");
    serde_json::from_str(data).expect("it is JSON")
}

#[test]
fn a_page_has_its_policy_its_parts_and_no_address_to_ask() {
    let page = recording(vec![], vec![]).replay().to_string();
    assert!(page.starts_with("<!doctype html>"));
    assert!(page.ends_with("</html>\n"));
    assert!(page.contains("content=\"default-src 'none'; "));
    for mark in ["/* style */", "/* run */", "/* script */"] {
        assert_eq!(PAGE.matches(mark).count(), 1, "{mark}");
        assert!(!page.contains(mark), "{mark}");
    }
    for part in SCRIPT.iter().chain(&STYLE) {
        assert!(page.contains(part));
    }
    // The one address is the name of a format.
    let addresses = page.matches("://").count();
    assert_eq!(
        addresses,
        page.matches("'http://www.w3.org/2000/svg'").count()
    );
}

#[test]
fn each_event_is_one_number_in_each_column() {
    let timer = TimerId(2);
    let source = SourceId(5);
    let page = recording(
        vec![spawned(3, None)],
        vec![
            Event::Phase(Phase::Inject),
            Event::Woken {
                task: task(3),
                cause: Cause::Source(source, Direction::Write),
                effect: WakeEffect::AfterPoll,
            },
            Event::Waits {
                task: task(0),
                on: WaitsOn::Handle(task(3)),
            },
            Event::TimerArmed {
                timer,
                deadline: 5_000,
                by: Cause::Timer(TimerId(1)),
            },
            Event::Phase(Phase::Park),
        ],
    );
    let data = data(&page.replay().to_string());
    assert_eq!(data["before"], 1);
    assert_eq!(data["dropped"], 7);
    assert_eq!(data["at"], serde_json::json!([400, 600, 10, 10, 10, 10]));
    assert_eq!(data["kind"], serde_json::json!([3, 1, 6, 8, 17, 1]));
    // Task 0 is met first, as who spawns.
    assert_eq!(data["a"], serde_json::json!([1, 1, 1, 0, 2, 2]));
    // The inject phase ends at row 5.
    assert_eq!(data["b"], serde_json::json!([0, 5, 2, 3, 3, 0]));
    assert_eq!(data["c"], serde_json::json!([0, 0, 5, 1, 1, 0]));
    assert_eq!(data["d"], serde_json::json!([0, 0, 1, 0, 5000, 0]));
    let text = |column: &str, row: usize| {
        let index = data[column][row].as_u64().expect("an index");
        data["strings"][index as usize]
            .as_str()
            .expect("a text")
            .to_owned()
    };
    assert_eq!(
        text("words", 2),
        "source 5, writable, wakes #3: to be queued after this poll"
    );
    assert_eq!(text("place", 4), "machine/timers.rs: arm");
    let tasks = data["tasks"].as_array().expect("a list");
    assert_eq!(tasks.len(), 6);
    assert_eq!(tasks[1..3], [-1, -1].map(Value::from));
    assert_eq!(
        (text("tasks", 0), text("tasks", 3)),
        ("0".to_owned(), "3".to_owned())
    );
}

#[test]
fn a_name_that_would_end_the_script_stays_in_its_string() {
    let name = "</script><b>\u{2028}\"";
    let page = recording(vec![], vec![spawned(3, Some(name))]);
    let page = page.replay().to_string();
    let none = recording(vec![], vec![]).replay().to_string();
    assert_eq!(
        page.matches("</script").count(),
        none.matches("</script").count()
    );
    let data = data(&page);
    let texts = data["strings"].as_array().expect("a list");
    assert!(texts.contains(&Value::from(name)), "{texts:?}");
}
