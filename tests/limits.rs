//! What a runtime takes from its process, and gives back: descriptors, threads,
//! memory, numbers.

use std::collections::BTreeSet;
use std::fs::File;
use std::future::pending;
use std::io;
use std::rc::Rc;
use std::thread;
use std::time::Instant;

use buzzer::runtime::{Handle, Runtime};
use buzzer::task::{AbortHandle, yield_now};
use buzzer::time::{Duration, sleep};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

mod support {
    pub mod caught;
    pub mod child;
    pub mod own;
    pub mod system;
    pub mod threads;
}
use support::caught::panic_of;
use support::child::in_a_child;
use support::own::{descriptors, is_closed_on_exec, memory, open};
use support::{system, threads};

/// A runtime with everything in it, used and dropped.
fn once() {
    let runtime = Runtime::new().unwrap();
    let left = runtime.spawn(async {
        let slept = sleep(Duration::from_secs(3_600));
        let _: ((), ()) = buzzer::gather!(slept, pending()).await;
    });
    drop(runtime.spawn(pending::<()>()));
    let handle = runtime.handle().clone();
    let across = handle.spawn(async { vec![0_u8; 100] });
    let job = runtime.spawn_blocking(|| 1);
    runtime.block_on(async {
        assert_eq!(job.await.unwrap(), 1);
        assert_eq!(across.await.unwrap().len(), 100);
        yield_now().await;
    });
    drop(handle.spawn(pending::<()>()));
    drop(runtime);
    drop(left);
}

#[test]
fn thousands_of_runtimes_leak_neither_descriptors_nor_threads_nor_memory() {
    in_a_child(|| {
        once();
        let before = (descriptors(), threads::all().len());
        // All numbers once, and then some: their table is full-grown then.
        (0..20_000).for_each(|_| drop(Runtime::new().unwrap()));
        (0..500).for_each(|_| once());
        let resident = memory();
        (0..3_000).for_each(|_| once());
        assert_eq!((descriptors(), threads::all().len()), before);
        // A leak of 200 bytes a runtime would be 600 KiB.
        let grown = memory().saturating_sub(resident);
        assert!(grown < 500, "{grown} KiB more after 3,000 runtimes");
    });
}

#[test]
fn a_thousand_runtimes_live_on_one_thread_and_each_wakes_its_own() {
    in_a_child(|| {
        raise_the_limit_of_descriptors();
        let runtimes: Vec<_> = (0..1_000).map(|_| Runtime::new().unwrap()).collect();
        let names: BTreeSet<_> = runtimes
            .iter()
            .map(|r| format!("{:?}", r.handle()))
            .collect();
        assert_eq!(names.len(), runtimes.len(), "each has a number of its own");
        let (senders, tasks): (Vec<_>, Vec<_>) = runtimes
            .iter()
            .map(|runtime| {
                let (sender, receiver) = futures::channel::oneshot::channel();
                let task = runtime.spawn(receiver);
                runtime.block_on(yield_now());
                (sender, task)
            })
            .unzip();
        for (n, sender) in senders.into_iter().enumerate() {
            sender.send(n).unwrap();
        }
        for (n, (runtime, task)) in runtimes.iter().zip(tasks).enumerate() {
            assert_eq!(runtime.block_on(task).unwrap(), Ok(n));
        }
    });
}

fn raise_the_limit_of_descriptors() {
    let limit = getrlimit(Resource::Nofile);
    let current = limit.maximum;
    setrlimit(Resource::Nofile, Rlimit { current, ..limit }).unwrap();
}

#[test]
fn a_runtime_without_descriptors_is_an_error_that_names_what_is_missing() {
    in_a_child(|| {
        let limit = Rlimit {
            current: Some(64),
            maximum: Some(64),
        };
        setrlimit(Resource::Nofile, limit).unwrap();
        let open = || File::open("/dev/null");
        let mut taken: Vec<_> = std::iter::from_fn(|| open().ok()).collect();
        for missing in system::DESCRIPTORS_OF_A_RUNTIME {
            for _ in 0..100 {
                let error = Runtime::new().unwrap_err();
                // EMFILE.
                assert_eq!(error.kind(), io::Error::from_raw_os_error(24).kind());
                let text = error.to_string();
                assert!(text.contains(missing), "{text}");
            }
            let text = panic_of(|| buzzer::block_on(async {}));
            assert!(text.contains(missing), "{text}");
            // What was made before the failure is given back: one more file fits
            // for each that was let go.
            let each = system::OPEN_IN_A_RUNTIME / system::DESCRIPTORS_OF_A_RUNTIME.len();
            taken.truncate(taken.len() - each);
        }
        assert_eq!(Runtime::new().unwrap().block_on(async { 4 }), 4);
        let room: Vec<_> = std::iter::from_fn(|| open().ok()).collect();
        assert_eq!(room.len(), system::OPEN_IN_A_RUNTIME);
    });
}

#[test]
fn a_sleep_without_a_descriptor_for_its_timer_is_not_early_and_the_next_asks_again() {
    in_a_child(|| {
        let runtime = Runtime::new().unwrap();
        let before = descriptors();
        let limit = Rlimit {
            current: Some(64),
            maximum: Some(64),
        };
        setrlimit(Resource::Nofile, limit).unwrap();
        let taken: Vec<_> = std::iter::from_fn(|| File::open("/dev/null").ok()).collect();
        let millisecond = Duration::from_millis(1);
        let began = Instant::now();
        runtime.block_on(sleep(millisecond));
        assert!(began.elapsed() >= millisecond);
        drop(taken);
        assert_eq!(descriptors(), before);
        runtime.block_on(sleep(millisecond));
        assert_eq!(descriptors(), before + system::OPEN_FOR_DEADLINES);
    });
}

#[test]
fn the_descriptors_of_a_runtime_are_closed_on_exec() {
    in_a_child(|| {
        let before = open();
        let runtime = Runtime::new().unwrap();
        assert_eq!(open().len() - before.len(), system::OPEN_IN_A_RUNTIME);
        runtime.block_on(sleep(Duration::from_millis(1)));
        let mut made = open();
        made.retain(|number| !before.contains(number));
        let with_deadlines = system::OPEN_IN_A_RUNTIME + system::OPEN_FOR_DEADLINES;
        assert_eq!(made.len(), with_deadlines);
        for number in made {
            assert!(is_closed_on_exec(number), "descriptor {number}");
        }
        drop(runtime);
        assert_eq!(open(), before);
    });
}

#[test]
fn handles_kept_until_their_runtimes_number_comes_back_meet_no_stranger() {
    in_a_child(|| {
        let name = |runtime: &Runtime| format!("{:?}", runtime.handle());
        let old = Runtime::new().unwrap();
        let number = name(&old);
        let stale = old.spawn(async { "of the old runtime" });
        let [detaching, aborting] = [(); 2].map(|()| old.spawn(async { "of the old runtime" }));
        drop(old);
        let new = std::iter::repeat_with(|| Runtime::new().unwrap())
            .take(20_000)
            .find(|runtime| name(runtime) == number)
            .expect("numbers come back");
        let fresh = [(); 3].map(|()| new.spawn(async { "of the new runtime" }));
        aborting.abort();
        drop(detaching);
        new.block_on(async {
            assert!(stale.await.unwrap_err().is_cancelled());
            for task in fresh {
                assert_eq!(task.await.unwrap(), "of the new runtime");
            }
        });
    });
}

#[test]
fn a_flood_of_aborts_from_a_thread_takes_no_memory_and_gives_none_to_keep() {
    in_a_child(|| {
        let runtime = Runtime::new().unwrap();
        let tasks: Vec<_> = (0..100).map(|_| runtime.spawn(pending::<()>())).collect();
        let aborts: Vec<_> = tasks.iter().map(|task| task.abort_handle()).collect();
        let flood = |aborts: usize, of: &[AbortHandle]| {
            // The loop is held up: nothing is taken in meanwhile.
            thread::scope(|threads| {
                threads.spawn(|| (0..aborts).for_each(|n| of[n % of.len()].abort()));
            });
        };
        runtime.block_on(async {
            flood(10_000, &aborts);
            let before = memory();
            flood(2_000_000, &aborts);
            let grown = memory().saturating_sub(before);
            assert!(grown < 2_000, "{grown} KiB more for two million aborts");
            for task in tasks {
                assert!(task.await.unwrap_err().is_cancelled());
            }
            // Of tasks that have ended by now, too.
            flood(2_000_000, &aborts);
            yield_now().await;
            let grown = memory().saturating_sub(before);
            assert!(grown < 2_000, "{grown} KiB kept");
        });
    });
}

#[test]
fn guards_dropped_in_another_order_keep_no_runtime() {
    in_a_child(|| {
        let before = descriptors();
        let (first, second) = (Runtime::new().unwrap(), Runtime::new().unwrap());
        let (in_first, in_second) = (first.enter(), second.enter());
        panic_of(|| drop(in_first));
        drop(in_second);
        drop((first, second));
        // And one that a task keeps until its runtime is gone.
        let (first, second) = (Runtime::new().unwrap(), Rc::new(Runtime::new().unwrap()));
        let kept = second.clone();
        let keeps = async move {
            let _guard = kept.enter();
            pending::<()>().await;
        };
        panic_of(|| first.block_on(async { buzzer::spawn(keeps).await }));
        drop((first, second));
        // And one that is to outlive the loop in which it was made.
        let runtime = Runtime::new().unwrap();
        panic_of(|| drop(runtime.block_on(async { runtime.enter() })));
        assert!(Handle::try_current().is_err());
        drop(runtime);
        assert_eq!(descriptors(), before);
        assert!(Handle::try_current().is_err());
    });
}
