//! Runtimes within runtimes, on other threads, by the thousand, and without what
//! they need: each works, or says what to do instead.

#[path = "support/caught.rs"]
mod caught;

use std::cell::RefCell;
use std::process::Command;
use std::rc::Rc;
use std::sync::mpsc;
use std::task::{Context, Waker};

use buzzer::runtime::{Handle, Runtime};
use buzzer::time::{Duration, sleep};
use caught::panic_of;
use futures::FutureExt;

#[test]
fn block_on_within_block_on_panics_and_says_what_to_do() {
    let told = panic_of(|| buzzer::block_on(async { buzzer::block_on(async {}) }));
    assert!(told.contains("Await the future instead"), "{told}");
    assert!(told.contains("spawn_blocking"), "{told}");
    // The thread is as good as new.
    assert_eq!(buzzer::block_on(async { 1 }), 1);
}

#[test]
fn block_on_within_a_task_comes_out_of_its_handle_and_the_loop_goes_on() {
    buzzer::block_on(async {
        let other = Runtime::new().unwrap();
        let nested = buzzer::spawn(async move { other.block_on(async {}) });
        assert!(nested.await.unwrap_err().is_panic());
        assert_eq!(buzzer::spawn(async { 2 }).await.unwrap(), 2);
    });
}

#[test]
fn a_turn_within_block_on_panics_and_says_what_to_do() {
    let runtime = Runtime::new().unwrap();
    let told = panic_of(|| runtime.block_on(async { runtime.turn(None) }));
    assert!(
        told.contains("Runtime::turn was called from within a runtime"),
        "{told}"
    );
}

#[test]
fn a_runtime_made_and_dropped_within_a_task_leaves_the_outer_one_current() {
    let outer = Runtime::new().unwrap();
    outer.block_on(async {
        let number = format!("{:?}", Handle::current());
        let inner = Runtime::new().unwrap();
        let log = Rc::new(RefCell::new(Vec::new()));
        let noted = log.clone();
        let on_drop = scopeguard(move || {
            noted.borrow_mut().push(format!("{:?}", Handle::current()));
        });
        drop(inner.spawn(async move {
            let _on_drop = on_drop;
            std::future::pending::<()>().await
        }));
        let inner_number = format!("{:?}", inner.handle());
        drop(inner);
        // The task was dropped within the context of its own runtime.
        assert_eq!(*log.borrow(), [inner_number]);
        assert_eq!(format!("{:?}", Handle::current()), number);
        assert_eq!(buzzer::spawn(async { 3 }).await.unwrap(), 3);
    });
}

/// Calls the closure when dropped.
fn scopeguard(f: impl FnOnce()) -> impl Sized {
    struct OnDrop<F: FnOnce()>(Option<F>);
    impl<F: FnOnce()> Drop for OnDrop<F> {
        fn drop(&mut self) {
            (self.0.take().unwrap())();
        }
    }
    OnDrop(Some(f))
}

#[test]
fn what_needs_a_runtime_and_finds_none_says_how_to_get_one() {
    let mut cx = Context::from_waker(Waker::noop());
    let told = [
        panic_of(|| buzzer::spawn(async {})),
        panic_of(|| buzzer::task::spawn_blocking(|| ())),
        panic_of(Handle::current),
        panic_of(|| sleep(Duration::from_secs(1)).now_or_never()),
        panic_of(|| {
            Box::pin(buzzer::gather([async {}]))
                .as_mut()
                .poll(&mut cx)
                .is_ready()
        }),
        panic_of(|| {
            Box::pin(buzzer::fs::read("/"))
                .as_mut()
                .poll(&mut cx)
                .is_ready()
        }),
        panic_of(|| buzzer::io::AsyncFd::new(std::io::stdin()).is_ok()),
        panic_of(buzzer::time::pause),
    ];
    for message in told {
        assert!(message.contains("block_on"), "{message}");
    }
    assert!(Handle::try_current().is_err());
}

#[test]
fn a_sleep_or_handle_of_one_runtime_polled_in_another_says_whose_it_is() {
    let first = Runtime::new().unwrap();
    let mut slept = first.block_on(async {
        let mut slept = sleep(Duration::from_secs(3600));
        assert!((&mut slept).now_or_never().is_none());
        slept
    });
    let second = Runtime::new().unwrap();
    let told = panic_of(|| second.block_on(&mut slept));
    assert!(told.contains("another runtime"), "{told}");

    let task = first.spawn(std::future::pending::<()>());
    let told = std::thread::spawn(|| panic_of(|| buzzer::block_on(task)));
    let told = told.join().unwrap();
    assert!(told.contains("Handle::spawn"), "{told}");
}

#[test]
fn a_runtime_kept_in_a_thread_local_ends_with_its_thread() {
    thread_local! {
        static KEPT: RefCell<Option<Runtime>> = const { RefCell::new(None) };
    }
    let (dropped, was_dropped) = mpsc::channel();
    let thread = std::thread::spawn(move || {
        let runtime = Runtime::new().unwrap();
        // The thread's context comes to life after KEPT, so it is gone first.
        KEPT.set(None);
        let guard = scopeguard(move || dropped.send(()).unwrap());
        drop(runtime.spawn(async move {
            let _guard = guard;
            std::future::pending::<()>().await
        }));
        runtime.block_on(async {});
        let _job = runtime.spawn_blocking(|| ());
        KEPT.set(Some(runtime));
    });
    thread.join().unwrap();
    was_dropped.recv().unwrap();
}

#[test]
fn a_runtime_dropped_while_panicking_takes_its_tasks_along_and_no_more() {
    let told = panic_of(|| {
        let runtime = Runtime::new().unwrap();
        drop(runtime.spawn(async {
            let _bomb = scopeguard(|| panic!("a drop that panics, within the unwinding"));
            std::future::pending::<()>().await
        }));
        runtime.block_on(buzzer::task::yield_now());
        panic!("the first panic");
    });
    assert_eq!(told, "the first panic");
}

fn count(folder: &str) -> usize {
    std::fs::read_dir(folder).unwrap().count()
}

#[test]
fn thousands_of_runtimes_leak_neither_descriptors_nor_threads_nor_numbers() {
    // In a process of its own: other tests open descriptors and threads too.
    in_a_child("leak", || {
        let once = || {
            let runtime = Runtime::new().unwrap();
            drop(runtime.spawn(std::future::pending::<()>()));
            let job = runtime.spawn_blocking(|| 1);
            assert_eq!(runtime.block_on(job).unwrap(), 1);
        };
        once();
        let before = (count("/proc/self/fd"), count("/proc/self/task"));
        (0..3_000).for_each(|_| once());
        assert_eq!((count("/proc/self/fd"), count("/proc/self/task")), before);
        // More than there are numbers for at a time.
        (0..20_000).for_each(|_| drop(Runtime::new().unwrap()));
        assert_eq!(count("/proc/self/fd"), before.0);
    });
}

#[test]
fn a_runtime_without_descriptors_is_an_error_that_names_what_is_missing() {
    in_a_child("descriptors", || {
        let mut taken = Vec::new();
        let limit = rustix::process::Rlimit {
            current: Some(64),
            maximum: Some(64),
        };
        rustix::process::setrlimit(rustix::process::Resource::Nofile, limit).unwrap();
        while let Ok(file) = std::fs::File::open("/dev/null") {
            taken.push(file);
        }
        for missing in ["epoll", "eventfd", "timerfd"] {
            let error = Runtime::new().unwrap_err();
            assert_eq!(error.kind(), std::io::Error::from_raw_os_error(24).kind());
            let told = error.to_string();
            assert!(told.contains(missing), "{told}");
            taken.pop();
        }
        taken.pop();
        assert_eq!(Runtime::new().unwrap().block_on(async { 4 }), 4);
    });
}

/// Runs `body` in a process that has the test to itself: this test binary, called
/// again for the running test, with a note in its environment.
fn in_a_child(note: &str, body: impl FnOnce()) {
    const NOTE: &str = "BUZZER_TEST_CHILD";
    if std::env::var(NOTE).is_ok_and(|value| value == note) {
        return body();
    }
    let test = std::thread::current().name().unwrap().to_owned();
    let output = Command::new(std::env::current_exe().unwrap())
        .args([&test, "--exact", "--nocapture", "--test-threads=1"])
        .env(NOTE, note)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    // A name that matched no test would succeed as well.
    assert!(String::from_utf8_lossy(&output.stdout).contains("1 passed"));
}
