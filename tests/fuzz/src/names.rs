//! Names with anything in them, in all that a run is shown as.
//!
//! Owns the harness. Tasks, locks, channels, threads and what is shown of a task-local get
//! names of any text, and the run is made a page, a timeline, a story, a dump and a ledger.
//! No name breaks out of its place: the page is the page of an empty run but for its data,
//! the data is whole, and the texts have the lines that they have with plain names.

use std::collections::BTreeSet;
use std::future::{pending, poll_fn};
use std::rc::Rc;
use std::task::Poll;
use std::thread;

use arbitrary::{Arbitrary, Unstructured};
use buzzer::runtime::Builder;
use buzzer::sync::{Mutex, mpsc, named};
use buzzer::task::{self, JoinHandle, spawn_blocking, yield_now};
use buzzer::time::{Duration, sleep};
use serde_json::Value;

buzzer::task_local! {
    static SHOWN: String where inherited, shown;
}

#[derive(Debug)]
struct Asked {
    run: Run,
    names: [String; 4],
}

impl Asked {
    /// What is between two bytes that no text has is a name, and before the first is the run.
    fn of(bytes: &[u8]) -> Option<Self> {
        let mut parts = bytes.split(|&byte| byte == 0xff);
        let run = Run::arbitrary_take_rest(Unstructured::new(parts.next()?)).ok()?;
        let names = [(); 4].map(|()| {
            let name = parts.next().unwrap_or_default();
            String::from_utf8_lossy(name).into_owned()
        });
        Some(Self { run, names })
    }

    fn steps(&self) -> impl Iterator<Item = &Step> {
        self.run.steps.iter().take(STEPS)
    }
}

#[derive(Arbitrary, Debug)]
struct Run {
    /// How many events are kept, one more than this; more than there are if it is odd.
    events: u8,
    steps: Vec<Step>,
}

/// Each has one of the names.
#[derive(Arbitrary, Clone, Copy, Debug)]
enum Step {
    Task(u8, Does),
    Lock(u8),
    Channel(u8),
    Thread(u8),
    Shown(u8),
    Job,
    Yield,
    Sleep,
}

/// What a task does.
#[derive(Arbitrary, Clone, Copy, Debug)]
enum Does {
    End,
    Yield,
    Sleep,
    Forever,
    Panic,
    Abort,
}

/// How many steps a run has at most: each page is as long as its scripts, and more.
const STEPS: usize = 12;

/// What one run was shown as.
struct Shown {
    page: String,
    timeline: String,
    story: String,
    dump: String,
    ledger: String,
}

/// Shows a run in every way.
pub fn run(bytes: &[u8]) -> bool {
    let Some(asked) = Asked::of(bytes) else {
        return false;
    };
    let has_steps = asked.steps().next().is_some();
    let shown = show(&asked, &asked.names);
    let data = data_of(&shown.page);
    are_whole(&data);
    if asked.run.events % 2 == 1 {
        are_in(&data, &asked);
    }
    serde_json::from_str::<Value>(&shown.timeline).expect("the timeline is JSON");
    for text in [&shown.story, &shown.dump, &shown.ledger] {
        let wild = text.chars().find(|&c| c != '\n' && is_wild(c));
        assert_eq!(wild, None, "{text}");
    }
    if asked.steps().any(|step| matches!(step, Step::Job)) {
        // When a worker has done it is told differently each time.
        return has_steps;
    }
    let plain = show(&asked, &plain_names(&asked.names));
    for (text, of_plain) in [
        (&shown.story, &plain.story),
        (&shown.dump, &plain.dump),
        (&shown.ledger, &plain.ledger),
    ] {
        let lines = [text, of_plain].map(|text| text.lines().count());
        assert_eq!(lines[0], lines[1], "{text}\nwith plain names:\n{of_plain}");
    }
    has_steps
}

/// The data of the page of such a run, for the page's own script.
pub fn data(bytes: &[u8]) -> Option<String> {
    let asked = Asked::of(bytes)?;
    let page = show(&asked, &asked.names).page;
    Some(parts(&page).1.to_owned())
}

/// What moves the place where a terminal writes, or turns the text around.
pub(crate) fn is_wild(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// As many, the same where those are the same, and an empty one for an empty one.
fn plain_names(names: &[String; 4]) -> [String; 4] {
    let plain = ["a", "b", "c", "d"];
    names.each_ref().map(|name| match name.is_empty() {
        true => String::new(),
        false => plain[names
            .iter()
            .position(|other| other == name)
            .expect("its own")]
        .to_owned(),
    })
}

fn show(asked: &Asked, names: &[String; 4]) -> Shown {
    let events = match asked.run.events % 2 {
        0 => usize::from(asked.run.events) + 1,
        _ => 100_000,
    };
    let runtime = Builder::new_current_thread()
        .start_paused(true)
        .record(events)
        .dump_waits(true)
        .ledger(true)
        .build()
        .expect("a runtime");
    let name = |number: u8| names[usize::from(number) % names.len()].clone();
    let kept = runtime.block_on(async {
        let mut kept = Kept::default();
        for &step in asked.steps() {
            one(step, &name, &mut kept).await;
        }
        kept
    });
    let recording = runtime.recording();
    let shown = Shown {
        page: recording.replay().to_string(),
        timeline: recording.timeline().to_string(),
        story: recording.story().to_string(),
        dump: runtime.dump().to_string(),
        ledger: runtime.ledger().to_string(),
    };
    drop(kept);
    shown
}

/// What has to live until the run is looked at.
#[derive(Default)]
struct Kept {
    tasks: Vec<JoinHandle<()>>,
    channels: Vec<mpsc::Sender<u8>>,
}

async fn one(step: Step, name: &impl Fn(u8) -> String, kept: &mut Kept) {
    match step {
        Step::Task(number, does) => {
            let task = task::Builder::new().name(&name(number)).spawn(work(does));
            let task = task.expect("it can be spawned");
            if matches!(does, Does::Abort) {
                task.abort();
            }
            kept.tasks.push(task);
        }
        Step::Lock(number) => {
            let lock = Rc::new(named(&name(number), Mutex::new(0)));
            let held = lock.lock().await;
            let other = lock.clone();
            kept.tasks.push(buzzer::spawn(async move {
                *other.lock().await += 1;
            }));
            yield_now().await;
            drop(held);
        }
        Step::Channel(number) => {
            let (tell, mut told) = named(&name(number), mpsc::channel(1));
            kept.tasks.push(buzzer::spawn(async move {
                while told.recv().await.is_some() {}
            }));
            yield_now().await;
            kept.channels.push(tell);
        }
        Step::Thread(number) => {
            // std takes no NUL in the name of a thread.
            let thread = thread::Builder::new().name(name(number).replace('\0', "0"));
            let mut thread = Some(thread);
            // It has sent its wake before anything else happens, as each time.
            poll_fn(|cx| {
                let Some(thread) = thread.take() else {
                    return Poll::Ready(());
                };
                let waker = cx.waker().clone();
                let thread = thread.spawn(move || waker.wake());
                let ended = thread.expect("it can be started").join();
                ended.expect("it doesn't panic");
                Poll::Pending
            })
            .await;
        }
        Step::Shown(number) => {
            let task = async || buzzer::spawn(work(Does::Forever));
            kept.tasks.push(SHOWN.scope(name(number), task()).await);
        }
        Step::Job => spawn_blocking(|| ()).await.expect("it doesn't panic"),
        Step::Yield => yield_now().await,
        Step::Sleep => sleep(Duration::from_millis(1)).await,
    }
}

async fn work(does: Does) {
    match does {
        Does::End => {}
        Does::Yield => yield_now().await,
        Does::Sleep => sleep(Duration::from_millis(1)).await,
        // Beyond the numbers that the page's language has exactly.
        Does::Forever => sleep(Duration::MAX).await,
        Does::Abort => pending().await,
        // Without the hook, which would end the process under libFuzzer.
        Does::Panic => std::panic::resume_unwind(Box::new("as the step says")),
    }
}

/// What comes before a page's data, the data, and what comes after it.
fn parts(page: &str) -> (&str, &str, &str) {
    let mark = "<script type=\"application/json\" id=\"run\">";
    let (before, rest) = page.split_once(mark).expect("the data begins");
    // As a browser ends it.
    let end = rest.to_ascii_lowercase().find("</script").expect("it ends");
    (before, &rest[..end], &rest[end..])
}

/// The data, of a page in which nothing else has changed.
fn data_of(page: &str) -> Value {
    let runtime = Builder::new_current_thread().record(1).build();
    let empty = runtime.expect("a runtime").recording().replay().to_string();
    let (before, data, after) = parts(page);
    let (empty_before, _, empty_after) = parts(&empty);
    assert!(before == empty_before && after == empty_after);
    assert!(!data.contains('<'), "nothing in it looks like a tag");
    serde_json::from_str(data).expect("the data is JSON")
}

fn numbers<'a>(data: &'a Value, key: &str) -> Vec<&'a Value> {
    data[key].as_array().expect("a list").iter().collect()
}

/// Every place that is named is there.
fn are_whole(data: &Value) {
    let strings = numbers(data, "strings").len() as i64;
    let rows = numbers(data, "kind").len();
    let tasks = numbers(data, "tasks");
    assert_eq!(tasks.len() % 3, 0);
    for text in tasks {
        assert!((-1..strings).contains(&text.as_i64().expect("a number")));
    }
    for key in ["at", "a", "b", "c", "d", "words", "place"] {
        let column = numbers(data, key);
        assert_eq!(column.len(), rows, "{key}");
        let is_text = key == "words" || key == "place";
        for number in column {
            let number = number.as_i64().expect("a number");
            assert!(
                !is_text || (0..strings).contains(&number),
                "{key}: {number}"
            );
        }
    }
    let texts: BTreeSet<_> = numbers(data, "strings")
        .into_iter()
        .map(|text| text.as_str().expect("a text"))
        .collect();
    assert_eq!(texts.len() as i64, strings, "each text once");
}

/// Every name that was given is in the data, as it was given.
fn are_in(data: &Value, asked: &Asked) {
    let texts = numbers(data, "strings");
    for step in asked.steps() {
        let (Step::Task(number, _) | Step::Lock(number) | Step::Channel(number)) = step else {
            continue;
        };
        let name = &asked.names[usize::from(*number) % asked.names.len()];
        assert!(
            texts.iter().any(|text| *text == name.as_str()),
            "{name:?} is told of"
        );
    }
}
