//! Whose code runs: `task::id`, `try_id` and `name`, in all that is a task's or a job's
//! own, whoever drops it and on whichever thread.

use std::future::{pending, poll_fn};
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::thread;

use buzzer::runtime::{Builder, Handle, Runtime};
use buzzer::task::{self, Id, JoinHandle, spawn_blocking, yield_now};
use buzzer::time::Duration;

mod support {
    pub mod caught;
    pub mod on_drop;
}
use support::caught::panic_of;
use support::on_drop::OnDrop;

/// Whose code said so, call by call.
#[derive(Clone, Default)]
struct Said(Arc<Mutex<Vec<Option<Id>>>>);

impl Said {
    fn say(&self) {
        self.0.lock().unwrap().push(task::try_id());
    }

    /// Says so when it is dropped.
    fn on_drop(&self) -> OnDrop<impl FnMut() + Send + use<>> {
        let said = self.clone();
        OnDrop(move || said.say())
    }

    fn take(&self) -> Vec<Option<Id>> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

/// Spawns so that the output may cross threads, or not.
fn spawn<F>(across: bool, future: F) -> JoinHandle<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    match across {
        false => buzzer::spawn(future),
        true => Handle::current().spawn(future),
    }
}

#[test]
fn a_job_has_its_handles_id_and_its_thread_has_none_behind_it() {
    let runtime = Builder::new_current_thread()
        .max_blocking_threads(1)
        .build()
        .unwrap();
    let said = Said::default();
    for _ in 0..2 {
        let (inside, captured) = (said.clone(), said.on_drop());
        let job = runtime.spawn_blocking(move || {
            let _captured = captured;
            inside.say();
            assert_eq!(Some(task::id()), task::try_id());
            assert_eq!(task::name(), None);
        });
        let id = job.id();
        runtime.block_on(job).unwrap();
        assert_eq!(said.take(), [Some(id); 2]);
    }
}

#[test]
fn outside_a_task_and_a_job_there_is_none_and_id_says_what_to_do() {
    let text = panic_of(task::id);
    assert!(text.contains("`task::try_id` says so"), "{text}");
    buzzer::block_on(async {
        assert_eq!(task::try_id(), None);
        assert_eq!(panic_of(task::id), text);
        let inner = buzzer::gather([async { task::try_id() }]);
        assert_eq!(inner.await, [None]);
    });
    let runtime = Runtime::new().unwrap();
    let _inside = runtime.enter();
    assert_eq!(task::try_id(), None);
}

#[test]
fn an_output_that_nobody_takes_is_dropped_as_its_tasks_code() {
    let said = Said::default();
    let runtime = Runtime::new().unwrap();
    runtime.block_on(async {
        for across in [false, true] {
            // Detached before the end.
            let output = said.on_drop();
            let task = spawn(across, async { output });
            let id = task.id();
            drop(task);
            yield_now().await;
            assert_eq!(said.take(), [Some(id)], "{across}");

            // Ended before the detaching, by whom it was polled under, and by another task.
            for by_a_task in [false, true] {
                let output = said.on_drop();
                let ended = spawn(across, async { output });
                let id = ended.id();
                while !ended.is_finished() {
                    yield_now().await;
                }
                let says = said.clone();
                let dropper = async move {
                    says.say();
                    drop(ended);
                    says.say();
                };
                let around = match by_a_task {
                    false => {
                        dropper.await;
                        None
                    }
                    true => {
                        let dropper = buzzer::spawn(dropper);
                        let id = dropper.id();
                        dropper.await.unwrap();
                        Some(id)
                    }
                };
                assert_eq!(said.take(), [around, Some(id), around], "{across}");
            }
        }
    });
    // With no loop running, and on another thread.
    for across in [false, true] {
        let output = said.on_drop();
        let inside = runtime.enter();
        let ended = spawn(across, async { output });
        drop(inside);
        let id = ended.id();
        runtime.block_on(yield_now());
        drop(ended);
        assert_eq!(said.take(), [Some(id)], "{across}");
    }
    let output = said.on_drop();
    let ended = runtime.handle().spawn(async { output });
    let id = ended.id();
    runtime.block_on(yield_now());
    thread::spawn(move || drop(ended)).join().unwrap();
    assert_eq!(said.take(), [Some(id)]);
}

#[test]
fn a_job_s_output_and_a_job_that_never_ran_are_dropped_as_its_code() {
    let said = Said::default();
    let runtime = Builder::new_current_thread()
        .max_blocking_threads(1)
        .build()
        .unwrap();
    // Detached before its end, on the worker; and after it, here.
    let output = said.on_drop();
    let job = runtime.spawn_blocking(|| output);
    let id = job.id();
    drop(job);
    runtime.block_on(runtime.spawn_blocking(|| {})).unwrap();
    assert_eq!(said.take(), [Some(id)]);
    let output = said.on_drop();
    let ended = runtime.spawn_blocking(|| output);
    let id = ended.id();
    runtime.block_on(runtime.spawn_blocking(|| {})).unwrap();
    drop(ended);
    assert_eq!(said.take(), [Some(id)]);

    // Aborted behind one that holds the only thread.
    let (go, held) = std::sync::mpsc::channel::<()>();
    let holds = runtime.spawn_blocking(move || held.recv().is_ok());
    let captured = said.on_drop();
    let aborted = runtime.spawn_blocking(move || drop(captured));
    let id = aborted.id();
    runtime.block_on(async {
        let aborter = buzzer::spawn(async move { aborted.abort() });
        aborter.await.unwrap();
    });
    assert_eq!(said.take(), [Some(id)]);
    // Cancelled by the shutdown, and refused after it.
    let handle = runtime.handle().clone();
    let captured = said.on_drop();
    let cancelled = runtime.spawn_blocking(move || drop(captured));
    let ids = [cancelled.id()].map(Some);
    runtime.shutdown_background();
    assert_eq!(said.take(), ids);
    let captured = said.on_drop();
    let refused = handle.spawn_blocking(move || drop(captured));
    assert_eq!(said.take(), [Some(refused.id())]);
    drop((go, holds));
}

#[test]
fn a_future_is_dropped_as_its_tasks_code_wherever_it_ends() {
    let said = Said::default();
    let runtime = Runtime::new().unwrap();
    let future = || {
        let held = said.on_drop();
        async move {
            let _held = held;
            pending::<()>().await;
        }
    };
    runtime.block_on(async {
        for across in [false, true] {
            // At its end, ...
            let held = said.on_drop();
            let task = spawn(
                across,
                poll_fn(move |_| {
                    let _held = &held;
                    Poll::Ready(())
                }),
            );
            let id = task.id();
            task.await.unwrap();
            assert_eq!(said.take(), [Some(id)], "{across}");
            // ... aborted before and after its first poll, ...
            for polled in [false, true] {
                let task = spawn(across, future());
                let id = task.id();
                if polled {
                    yield_now().await;
                }
                task.abort();
                assert!(task.await.unwrap_err().is_cancelled());
                assert_eq!(said.take(), [Some(id)], "{across} {polled}");
            }
        }
    });
    // ... at the shutdown, also if it never reached its runtime, ...
    let handle = runtime.handle().clone();
    let local = runtime.spawn(future());
    let shared = handle.spawn(future());
    let ids = [local.id(), shared.id()].map(Some);
    drop(runtime);
    assert_eq!(said.take(), ids);
    // ... and refused after it, on any thread.
    let refused = handle.spawn(future());
    assert_eq!(said.take(), [Some(refused.id())]);
}

#[test]
fn what_a_shutdown_refuses_is_dropped_as_its_own_code() {
    let said = Said::default();
    let runtime = Runtime::new().unwrap();
    let inner = said.clone();
    let ids = Arc::new(Mutex::new(Vec::new()));
    let noted = ids.clone();
    let task = runtime.spawn(async move {
        let _spawns = OnDrop(move || {
            inner.say();
            let held = inner.on_drop();
            let refused = buzzer::spawn(async move {
                let _held = held;
                pending::<()>().await;
            });
            noted.lock().unwrap().push(Some(refused.id()));
            inner.say();
        });
        pending::<()>().await;
    });
    let id = Some(task.id());
    runtime.block_on(yield_now());
    drop(runtime);
    let refused = ids.lock().unwrap()[0];
    assert_eq!(said.take(), [id, refused, id]);
}

#[test]
fn a_drop_that_aborts_the_task_that_drops_it_is_heard() {
    buzzer::block_on(async {
        let said = Said::default();
        let own: Arc<Mutex<Option<task::AbortHandle>>> = Arc::default();
        let (aborts, says) = (own.clone(), said.clone());
        let output = OnDrop(move || {
            says.say();
            let aborts = aborts.lock().unwrap();
            aborts.as_ref().expect("it is there").abort();
        });
        let ended = buzzer::spawn(async { output });
        let of_output = ended.id();
        yield_now().await;
        let task = buzzer::spawn(async move {
            drop(ended);
            pending::<()>().await;
        });
        *own.lock().unwrap() = Some(task.abort_handle());
        assert!(task.await.unwrap_err().is_cancelled());
        assert_eq!(said.take(), [Some(of_output)]);
    });
}

#[test]
fn a_runtime_in_a_job_polls_and_drops_its_tasks_as_their_own_code() {
    let said = Said::default();
    let says = said.clone();
    let job = spawn_and_wait(move || {
        let inner = Runtime::new().unwrap();
        says.say();
        let main = says.clone();
        let task = inner.block_on(async {
            main.say();
            let says = main.clone();
            let task = buzzer::spawn(async move { says.say() });
            let id = task.id();
            task.await.unwrap();
            id
        });
        let held = says.on_drop();
        let left = inner.spawn(async move {
            let _held = held;
            pending::<()>().await;
        });
        let left = left.id();
        drop(inner);
        says.say();
        [task, left]
    });
    let (id, [task, left]) = job;
    let id = Some(id);
    assert_eq!(said.take(), [id, None, Some(task), Some(left), id]);
}

fn spawn_and_wait<R: Send + 'static>(job: impl FnOnce() -> R + Send + 'static) -> (Id, R) {
    buzzer::block_on(async {
        let job = spawn_blocking(job);
        (job.id(), job.await.unwrap())
    })
}

#[test]
fn a_name_goes_with_the_id_also_in_a_drop() {
    buzzer::block_on(async {
        let names = Arc::new(Mutex::new(Vec::new()));
        let on_drop = || {
            let names = names.clone();
            OnDrop(move || names.lock().unwrap().push(task::name()))
        };
        let named = |name, output| {
            let builder = task::Builder::new().name(name);
            builder.spawn(async { output }).unwrap()
        };
        // Detached before its end, after it by another, and an unnamed one's by a named one.
        drop(named("early", on_drop()));
        let late = named("late", on_drop());
        let output = on_drop();
        let unnamed = buzzer::spawn(async { output });
        yield_now().await;
        let dropper = task::Builder::new().name("dropper");
        let noted = names.clone();
        let dropper = dropper.spawn(async move {
            drop((late, unnamed));
            noted.lock().unwrap().push(task::name());
        });
        dropper.unwrap().await.unwrap();
        let said: Vec<_> = names.lock().unwrap().drain(..).collect();
        let expected = [Some("early"), Some("late"), None, Some("dropper")];
        assert_eq!(said, expected.map(|name| name.map(str::to_owned)));
    });
}

#[test]
fn a_job_without_a_thread_is_dropped_as_its_own_code() {
    let said = Said::default();
    let runtime = Builder::new_current_thread()
        .thread_stack_size(1 << 46)
        .thread_keep_alive(Duration::ZERO)
        .build()
        .unwrap();
    let captured = said.on_drop();
    let job = runtime.spawn_blocking(move || drop(captured));
    assert_eq!(said.take(), [Some(job.id())]);
}
