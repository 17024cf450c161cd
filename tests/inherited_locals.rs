//! Task-locals that are inherited: who has them, for how long, and where they are shown.

use std::cell::{Cell, RefCell};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::task::{Context, Poll, Waker};

use buzzer::runtime::{Builder, Handle, Runtime};
use buzzer::task::{JoinSet, LocalSet, spawn_blocking, spawn_local, yield_now};
use buzzer::{gather, spawn};

buzzer::task_local! {
    /// Which request is served.
    static REQUEST: u32 where inherited, shown;
    static USER: &'static str where inherited, shown;
    static SECRET: &'static str where inherited;
    static OWN: u32;
}

fn request() -> Option<u32> {
    REQUEST.try_get().ok()
}

fn poll_once<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// Notes which request its drop was for.
struct Noted(Rc<RefCell<Vec<Option<u32>>>>);

impl Drop for Noted {
    fn drop(&mut self) {
        self.0.borrow_mut().push(request());
    }
}

#[test]
fn all_that_is_spawned_within_a_scope_has_its_value() {
    buzzer::block_on(REQUEST.scope(4711, async {
        let mut set = JoinSet::new();
        set.spawn(async { request() });
        assert_eq!(set.join_next().await.unwrap().unwrap(), Some(4711));
        let here = Handle::current();
        assert_eq!(here.spawn(async { request() }).await.unwrap(), Some(4711));
        assert_eq!(spawn_blocking(request).await.unwrap(), Some(4711));
        let from_a_job = spawn_blocking(move || here.spawn(async { request() }));
        assert_eq!(from_a_job.await.unwrap().await.unwrap(), Some(4711));
        let of_a_child = spawn(async { spawn(async { request() }).await.unwrap() });
        assert_eq!(of_a_child.await.unwrap(), Some(4711));
        let local = LocalSet::new();
        let local = local.run_until(async { spawn_local(async { request() }).await });
        assert_eq!(local.await.unwrap(), Some(4711));
        let children = gather!(async { request() }, async { request() });
        assert_eq!(children.await, (Some(4711), Some(4711)));
    }));
}

#[test]
fn children_of_a_scope_have_the_value_of_where_they_were_spawned() {
    buzzer::block_on(buzzer::scope(async |s| {
        let outside = s.spawn(async { request() });
        let inside = REQUEST.sync_scope(1, || s.spawn(async { request() }));
        assert_eq!(outside.await.unwrap(), None);
        assert_eq!(inside.await.unwrap(), Some(1));
    }));
}

#[test]
fn one_that_is_not_inherited_is_not() {
    buzzer::block_on(OWN.scope(1, async {
        assert!(spawn(async { OWN.try_get() }).await.unwrap().is_err());
    }));
}

#[test]
fn the_inner_of_two_scopes_holds_until_it_ends() {
    buzzer::block_on(REQUEST.scope(1, async {
        let inner = REQUEST.scope(2, async {
            yield_now().await;
            spawn(async { request() }).await.unwrap()
        });
        assert_eq!((inner.await, request()), (Some(2), Some(1)));
        assert_eq!(spawn(async { request() }).await.unwrap(), Some(1));
        REQUEST.sync_scope(3, || assert_eq!(request(), Some(3)));
        assert_eq!(request(), Some(1));
        // What is looked at stays, whatever is entered meanwhile.
        REQUEST.with(|one| REQUEST.sync_scope(4, || assert_eq!((*one, request()), (1, Some(4)))));
    }));
    assert_eq!(request(), None);
}

#[test]
fn a_scope_that_is_polled_within_another_one_than_before_is_within_that() {
    buzzer::block_on(async {
        let mut inner = Box::pin(USER.scope("barista", async {
            yield_now().await;
            spawn(async { (request(), USER.get()) }).await.unwrap()
        }));
        let first = REQUEST.sync_scope(1, || poll_once(inner.as_mut()));
        assert!(first.is_pending());
        let inherits = REQUEST.scope(2, inner).await;
        assert_eq!(inherits, (Some(2), "barista"));
    });
}

#[test]
fn a_task_keeps_what_it_has_inherited_when_the_scope_has_ended_and_others_run() {
    buzzer::block_on(async {
        let of = |number| async move {
            let seen = spawn(async move {
                let mut seen = Vec::new();
                for _ in 0..3 {
                    seen.push(request());
                    yield_now().await;
                }
                seen
            });
            (number, seen)
        };
        let plain = spawn(async {
            yield_now().await;
            request()
        });
        let (one, first) = REQUEST.scope(1, of(Some(1))).await;
        let (two, second) = REQUEST.scope(2, of(Some(2))).await;
        assert_eq!(first.await.unwrap(), [one; 3]);
        assert_eq!(second.await.unwrap(), [two; 3]);
        assert_eq!(plain.await.unwrap(), None);
    });
}

#[test]
fn a_future_is_dropped_with_it_whoever_aborts_and_at_the_end() {
    let noted = Rc::new(RefCell::new(Vec::new()));
    let runtime = Runtime::new().unwrap();
    runtime.block_on(async {
        let sleeper = || {
            let noted = Noted(noted.clone());
            spawn(async move {
                let _noted = noted;
                std::future::pending::<()>().await;
            })
        };
        let aborted = REQUEST.sync_scope(1, sleeper);
        drop(REQUEST.sync_scope(2, sleeper)); // Detached.
        drop(sleeper());
        yield_now().await;
        REQUEST.sync_scope(9, || aborted.abort());
        assert!(aborted.await.unwrap_err().is_cancelled());
        assert_eq!(*noted.borrow(), [Some(1)]);
    });
    REQUEST.sync_scope(9, || drop(runtime));
    assert_eq!(*noted.borrow(), [Some(1), Some(2), None]);
}

#[test]
fn the_scope_around_block_on_is_that_of_its_future_and_of_no_other_task() {
    let runtime = Runtime::new().unwrap();
    let before = runtime.spawn(async { request() });
    let seen = REQUEST.sync_scope(5, || {
        runtime.block_on(async {
            let spawned = spawn(async { request() });
            (request(), before.await.unwrap(), spawned.await.unwrap())
        })
    });
    assert_eq!(seen, (Some(5), None, Some(5)));
    let turned = runtime.spawn(async { request() });
    REQUEST.sync_scope(6, || runtime.turn(Some(std::time::Duration::ZERO)).unwrap());
    assert_eq!(runtime.block_on(turned).unwrap(), None);
}

#[test]
fn two_runtimes_in_two_threads_have_their_own() {
    let serve = |number| {
        std::thread::spawn(move || {
            buzzer::block_on(REQUEST.scope(number, async {
                for _ in 0..100 {
                    assert_eq!(spawn(async { request() }).await.unwrap(), Some(number));
                }
            }));
            assert_eq!(request(), None);
        })
    };
    for thread in [serve(1), serve(2)] {
        thread.join().unwrap();
    }
}

#[test]
fn a_value_that_was_taken_is_gone_for_what_is_spawned_then() {
    buzzer::block_on(REQUEST.scope(1, async {
        let mut inner = Box::pin(REQUEST.scope(2, async {
            yield_now().await;
            spawn(async { request() }).await.unwrap()
        }));
        assert!(poll_once(inner.as_mut()).is_pending());
        assert_eq!(inner.as_mut().take_value(), Some(2));
        assert_eq!(inner.await, None);
    }));
}

/// A value that counts how many of it there are.
struct Counted(Arc<AtomicUsize>);

impl Clone for Counted {
    fn clone(&self) -> Self {
        self.0.fetch_add(1, Relaxed);
        Self(self.0.clone())
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}

#[test]
fn tasks_that_each_spawn_the_next_in_scopes_of_its_own_keep_nothing_of_those_before() {
    buzzer::task_local! { static COUNTED: Counted where inherited; }
    async fn each(left: u32, values: Arc<AtomicUsize>, most: Rc<Cell<usize>>) {
        assert_eq!(request(), (left < TASKS).then_some(left + 1));
        most.set(most.get().max(values.load(Relaxed)));
        if left > 0 {
            values.fetch_add(1, Relaxed);
            let value = Counted(values.clone());
            let next = async move { drop(spawn(next(left - 1, values, most))) };
            REQUEST.scope(left, COUNTED.scope(value, next)).await;
        } else {
            most.set(most.get() + TASKS as usize);
        }
    }
    fn next(left: u32, values: Arc<AtomicUsize>, most: Rc<Cell<usize>>) -> Boxed {
        Box::pin(each(left, values, most))
    }
    const TASKS: u32 = 100_000;
    type Boxed = Pin<Box<dyn Future<Output = ()>>>;

    let (values, most) = (Arc::new(AtomicUsize::new(0)), Rc::new(Cell::new(0)));
    let runtime = Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        spawn(next(TASKS, values.clone(), most.clone()));
        while runtime.metrics().num_alive_tasks() > 0 {
            yield_now().await;
        }
    });
    // The last has added their number; the task, its scope and its spawner's had one each.
    let most = most.get() - TASKS as usize;
    assert!((1..=4).contains(&most), "{most} values at once");
    assert_eq!(values.load(Relaxed), 0);
}

#[test]
fn dump_story_and_ledger_show_those_that_are_to_be_shown() {
    let runtime = Builder::new_current_thread()
        .start_paused(true)
        .record(1_000)
        .ledger(true)
        .build()
        .unwrap();
    let served = REQUEST.scope(
        4711,
        USER.scope("Ada", async {
            SECRET.sync_scope("1234", || spawn(std::future::pending::<()>()).id())
        }),
    );
    let task = runtime.block_on(async {
        let task = served.await;
        yield_now().await;
        task
    });
    let dump = runtime.dump();
    let shown = "request 4711, user Ada";
    assert_eq!(dump.task(task).unwrap().context(), Some(shown));
    let dump = dump.to_string();
    assert!(dump.contains(&format!("#1 [{shown}] (tests/")), "{dump}");
    let story = runtime.recording().story().to_string();
    assert!(
        story.contains(&format!("#1 [{shown}] is polled")),
        "{story}"
    );
    let ledger = runtime.ledger().to_string();
    assert!(ledger.contains(&format!("#1 [{shown}] at ")), "{ledger}");
    for text in [dump, story, ledger] {
        assert!(!text.contains("1234"), "{text}");
    }
}

#[test]
fn a_task_without_any_is_shown_without() {
    let runtime = Builder::new_current_thread().record(100).build().unwrap();
    runtime.block_on(async { spawn(yield_now()).await.unwrap() });
    let story = runtime.recording().story().to_string();
    assert!(
        story.contains("#1 is polled") || story.contains("#1 (spawned"),
        "{story}"
    );
}

/// What panics in its drop, and counts that.
struct Loud(Arc<AtomicUsize>);

impl Drop for Loud {
    fn drop(&mut self) {
        self.0.fetch_add(1, Relaxed);
        panic!("on purpose");
    }
}

buzzer::task_local! {
    static LOUD: Arc<Loud> where inherited;
}

/// Has `spawn` spawn something in a scope whose value then lives with that alone, and counts
/// the drops of the value.
async fn leaves<T>(spawn: impl FnOnce() -> T) -> (T, Arc<AtomicUsize>) {
    let drops = Arc::default();
    let value = Arc::new(Loud(Arc::clone(&drops)));
    (LOUD.scope(value, async { spawn() }).await, drops)
}

#[test]
fn a_value_that_panics_in_its_last_drop_takes_no_output_along() {
    let runtime = Runtime::new().unwrap();
    runtime.block_on(async {
        let (task, drops) = leaves(|| spawn(async { 5 })).await;
        yield_now().await;
        assert_eq!((task.await.unwrap(), drops.load(Relaxed)), (5, 1));

        let (job, drops) = leaves(|| spawn_blocking(|| 5)).await;
        assert_eq!((job.await.unwrap(), drops.load(Relaxed)), (5, 1));

        let handle = Handle::current();
        let (sent, drops) = leaves(|| handle.spawn(async { 5 })).await;
        assert_eq!((sent.await.unwrap(), drops.load(Relaxed)), (5, 1));
    });
}

#[test]
fn a_value_that_panics_in_its_last_drop_does_so_in_nobody_elses_code() {
    let runtime = Runtime::new().unwrap();
    let left = runtime.block_on(async {
        let (ended, drops) = leaves(|| spawn(async {})).await;
        yield_now().await;
        drop(ended);
        assert_eq!(drops.load(Relaxed), 1);

        let (detached, drops) = leaves(|| drop(spawn(async {}))).await;
        yield_now().await;
        assert_eq!((detached, drops.load(Relaxed)), ((), 1));

        leaves(|| drop(spawn(std::future::pending::<()>()))).await.1
    });
    let noted = Rc::new(RefCell::new(Vec::new()));
    let behind = Noted(noted.clone());
    drop(runtime.spawn(async move {
        let _behind = behind;
        std::future::pending::<()>().await;
    }));
    drop(runtime);
    assert_eq!(left.load(Relaxed), 1);
    assert_eq!(
        *noted.borrow(),
        [None],
        "who was spawned behind is dropped as well"
    );
}
