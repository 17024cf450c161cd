//! What is used where it does not belong says whose it is, where this thread is, and
//! the way from there: each leaf in each place.

#[path = "../support/caught.rs"]
mod caught;
mod leaves;

use std::cell::RefCell;
use std::future::pending;
use std::sync::mpsc;
use std::thread;

use buzzer::runtime::{Handle, Runtime};
use buzzer::task::spawn_blocking;
use buzzer::time::{Duration, sleep};
use caught::panic_of;
use leaves::{Use, leaves, needing, poll};

/// The number that errors and panics call a runtime by.
fn number(runtime: &Runtime) -> String {
    let text = format!("{:?}", runtime.handle());
    text.chars().filter(char::is_ascii_digit).collect()
}

fn made_in(runtime: &Runtime, make: fn() -> Use) -> Use {
    let _inside = runtime.enter();
    let mut leaf = make();
    leaf();
    leaf
}

#[test]
fn every_leaf_says_whose_it_is_in_every_place_where_it_does_not_belong() {
    let other = Runtime::new().unwrap();
    for (what, since_its_poll, make) in leaves() {
        let (used, its) = match since_its_poll {
            true => ("polled", "that polled it first"),
            false => ("used", "that it was made in"),
        };
        let home = Runtime::new().unwrap();
        let (n, m) = (number(&home), number(&other));
        let assert_says = |text: String, place: &str, way: &str| {
            assert_eq!(text, format!("{what} was {used} {place}: {way}"));
        };
        const SENT: &str = "await it there (`Handle::spawn` brings a future there)";
        let nowhere =
            format!("outside the runtime {its} (number {n}), on a thread that is in none");
        let leaf = || made_in(&home, make);

        // On its own thread, with no loop running.
        assert_says(panic_of(leaf()), &nowhere, SENT);
        // In another runtime.
        let another = format!("in another runtime than the one {its} (number {m} instead of {n})");
        let there = leaf();
        let text = other.block_on(async { panic_of(there) });
        assert_says(text, &another, SENT);
        // On a thread that has nothing to do with any.
        let there = leaf();
        let text = thread::spawn(move || panic_of(there)).join().unwrap();
        assert_says(text, &nowhere, SENT);
        // In a job of its own runtime, and of another.
        let there = leaf();
        let job = home.spawn_blocking(move || panic_of(there));
        assert_says(
            home.block_on(job).unwrap(),
            &format!("outside the runtime {its} (number {n}), in a blocking job of runtime {n}"),
            "await it there (`Handle::current().spawn` brings a future there)",
        );
        let there = leaf();
        let job = other.spawn_blocking(move || panic_of(there));
        assert_says(
            other.block_on(job).unwrap(),
            &format!("outside the runtime {its} (number {n}), in a blocking job of runtime {m}"),
            SENT,
        );
        // With its runtime gone, in none and in another.
        let (here, there) = (leaf(), leaf());
        drop(home);
        const GONE: &str = "that one has been dropped, so make another of it where it is awaited";
        assert_says(panic_of(here), &nowhere, GONE);
        let text = other.block_on(async { panic_of(there) });
        assert_says(text, &another, GONE);
    }
}

#[test]
fn a_scope_says_whose_it_is() {
    let (home, other) = (Runtime::new().unwrap(), Runtime::new().unwrap());
    let mut scope = Box::pin(buzzer::scope(async |_| pending::<()>().await));
    home.block_on(async { assert!(poll(scope.as_mut()).is_pending()) });
    let text = other.block_on(async { panic_of(|| poll(scope.as_mut())) });
    assert_eq!(
        text,
        format!(
            "a gather, race or scope was polled in another runtime than the one that polled it \
             first (number {} instead of {}): await it there (`Handle::spawn` brings \
             a future there)",
            number(&other),
            number(&home)
        )
    );
}

#[test]
fn in_a_job_what_needs_a_runtime_names_the_way_to_it() {
    let runtime = Runtime::new().unwrap();
    let n = number(&runtime);
    for (what, code) in needing() {
        let job = runtime.spawn_blocking(move || panic_of(code));
        assert_eq!(
            runtime.block_on(job).unwrap(),
            format!(
                "{what} needs a buzzer runtime, and this thread is in none: it runs the blocking \
                 jobs of runtime {n}. Send there what is to be awaited, by \
                 `Handle::current().spawn`"
            )
        );
    }
    // The way is one, and what works in a job does.
    let job = runtime.spawn_blocking(|| {
        let task = Handle::current().spawn(async {
            sleep(Duration::from_micros(10)).await;
            "served"
        });
        drop(spawn_blocking(|| {}));
        futures::executor::block_on(task).unwrap()
    });
    assert_eq!(runtime.block_on(job).unwrap(), "served");
}

#[test]
fn in_a_job_whose_runtime_is_gone_it_says_so() {
    let runtime = Runtime::new().unwrap();
    let n = number(&runtime);
    let (go, wait) = mpsc::channel::<()>();
    let (say, said) = mpsc::channel();
    let (begin, begun) = mpsc::channel();
    drop(runtime.spawn_blocking(move || {
        begin.send(()).unwrap();
        wait.recv().unwrap();
        for (what, code) in needing() {
            say.send((what, panic_of(code))).unwrap();
        }
        // A handle is there, and says "cancelled".
        let task = Handle::current().spawn(async {});
        let error = futures::executor::block_on(task).unwrap_err();
        assert!(error.is_cancelled());
        // And a runtime of its own is one.
        buzzer::block_on(sleep(Duration::from_micros(10)));
        say.send(("", String::new())).unwrap();
    }));
    begun.recv().unwrap();
    runtime.shutdown_background();
    go.send(()).unwrap();
    let said: Vec<_> = said.iter().collect();
    assert_eq!(said.len(), needing().len() + 1, "{said:?}");
    for (what, text) in &said[..said.len() - 1] {
        assert_eq!(
            *text,
            format!(
                "{what} needs a buzzer runtime, and this thread is in none: it runs a blocking \
                 job of runtime {n}, which has been dropped meanwhile. Let the job end, or make a \
                 runtime in it"
            )
        );
    }
}

#[test]
fn a_thread_whose_runtime_is_gone_or_not_entered_is_in_none() {
    let texts = || -> Vec<_> {
        needing()
            .into_iter()
            .map(|(_, code)| panic_of(code))
            .collect()
    };
    let before = texts();
    for ((what, _), text) in needing().into_iter().zip(&before) {
        assert_eq!(
            *text,
            format!(
                "{what} needs a buzzer runtime, and this thread is not in one: call it inside \
                 `buzzer::block_on` or `Runtime::block_on`, in a task spawned there, or while a \
                 guard of `Runtime::enter` lives"
            )
        );
    }
    let runtime = Runtime::new().unwrap();
    assert_eq!(texts(), before);
    runtime.block_on(sleep(Duration::ZERO));
    drop(runtime);
    assert_eq!(texts(), before);
    assert!(Handle::try_current().is_err());
}

/// Says at its thread's end what is said there.
struct AtTheEnd(mpsc::Sender<Vec<String>>);

impl Drop for AtTheEnd {
    fn drop(&mut self) {
        let mut texts: Vec<_> = needing()
            .into_iter()
            .map(|(_, code)| panic_of(code))
            .collect();
        texts.push(panic_of(Handle::current));
        texts.push(Handle::try_current().unwrap_err().to_string());
        texts.push(format!("{:?}", buzzer::task::try_id()));
        self.0.send(texts).unwrap();
    }
}

thread_local! {
    static AT_THE_END: RefCell<Option<AtTheEnd>> = const { RefCell::new(None) };
}

#[test]
fn a_thread_local_dropped_at_its_threads_end_gets_the_panics_and_no_other() {
    let (say, said) = mpsc::channel();
    // Registered before anything of the runtime's on its thread, and after it.
    for first in [true, false] {
        let says = say.clone();
        let plain = thread::spawn(move || {
            let set = || AT_THE_END.set(Some(AtTheEnd(says)));
            match first {
                true => {
                    set();
                    buzzer::block_on(sleep(Duration::ZERO));
                }
                false => {
                    buzzer::block_on(sleep(Duration::ZERO));
                    set();
                }
            }
        });
        plain.join().unwrap();
    }
    // On a worker, which is none any more by then.
    let runtime = Runtime::new().unwrap();
    let says = say.clone();
    let job = runtime.spawn_blocking(move || AT_THE_END.set(Some(AtTheEnd(says))));
    runtime.block_on(job).unwrap();
    drop(runtime);
    drop(say);
    let said: Vec<_> = said.iter().collect();
    assert_eq!(said.len(), 3);
    for texts in said {
        let (panics, rest) = texts.split_at(needing().len());
        for ((what, _), text) in needing().into_iter().zip(panics) {
            let begins = format!("{what} needs a buzzer runtime, and this thread is not in one");
            assert!(text.starts_with(&begins), "{text}");
        }
        let begins = "Handle::current needs a buzzer runtime, and this thread is not in one";
        assert!(rest[0].starts_with(begins), "{}", rest[0]);
        assert_eq!(rest[1], "this thread is not in a buzzer runtime");
        assert_eq!(rest[2], "None");
    }
}
