//! Tasks run in their order, by themselves, and end when they are aborted.

use std::cell::{Cell, RefCell};
use std::future::{pending, poll_fn};
use std::pin::pin;
use std::rc::Rc;
use std::sync::mpsc;
use std::task::Poll;
use std::thread;

use buzzer::runtime::{Builder, Handle, Runtime};
use buzzer::task::{self, AbortHandle, yield_now};
use buzzer::time::{Duration, sleep};

mod support {
    pub mod caught;
    pub mod log;
    pub mod on_drop;
}
use support::caught::panic_of;
use support::log::Log;
use support::on_drop::OnDrop;

/// Names noted by six tasks in three rounds of yields, on a runtime with this
/// seed.
fn order(seed: Option<u64>) -> Vec<String> {
    let mut builder = Builder::new_current_thread();
    if let Some(seed) = seed {
        builder.rng_seed(seed);
    }
    let runtime = builder.build().unwrap();
    let log = Log::default();
    runtime.block_on(async {
        let tasks = ["a", "b", "c", "d", "e", "f"].map(|name| {
            let log = log.clone();
            buzzer::spawn(async move {
                for _ in 0..3 {
                    log.note(name);
                    yield_now().await;
                }
            })
        });
        for task in tasks {
            task.await.unwrap();
        }
    });
    log.take()
}

#[test]
fn without_a_seed_the_first_queued_is_the_first_polled() {
    assert_eq!(order(None).concat(), "abcdefabcdefabcdef");
}

#[test]
fn a_seed_gives_the_same_order_each_time_and_another_seed_another() {
    let first = order(Some(1));
    assert_eq!(first, order(Some(1)));
    assert_ne!(first, order(Some(2)));
    assert_ne!(first, order(None));
    // Shuffled, but each task has had its three turns.
    let mut sorted = first;
    sorted.sort();
    assert_eq!(sorted.concat(), "aaabbbcccdddeeefff");
}

#[test]
fn a_task_that_nobody_awaits_runs_to_its_end() {
    let ended = Rc::new(Cell::new(false));
    let runtime = Runtime::new().unwrap();
    let noted = ended.clone();
    drop(runtime.spawn(async move {
        yield_now().await;
        noted.set(true);
    }));
    runtime.block_on(async {
        yield_now().await;
        yield_now().await;
    });
    assert!(ended.get());
}

#[test]
fn a_task_left_by_one_block_on_goes_on_in_the_next() {
    let runtime = Runtime::new().unwrap();
    let rounds = Rc::new(Cell::new(0));
    let counted = rounds.clone();
    runtime.spawn(async move {
        loop {
            counted.set(counted.get() + 1);
            yield_now().await;
        }
    });
    runtime.block_on(yield_now());
    let first = rounds.get();
    assert!(first > 0);
    runtime.block_on(yield_now());
    assert!(rounds.get() > first);
}

#[test]
fn tasks_spawned_by_tasks_are_queued_behind_all_others() {
    let log = Log::default();
    buzzer::block_on(async {
        let (outer, inner) = (log.clone(), log.clone());
        buzzer::spawn(async move {
            outer.note("first");
            buzzer::spawn(async move { inner.note("child of the first") });
            outer.note("first goes on");
        });
        let second = log.clone();
        buzzer::spawn(async move { second.note("second") });
        for _ in 0..3 {
            yield_now().await;
        }
    });
    let expected = ["first", "first goes on", "second", "child of the first"];
    assert_eq!(log.take(), expected);
}

#[test]
fn ids_count_up_and_names_are_the_running_tasks_own() {
    let runtime = Runtime::new().unwrap();
    runtime.block_on(async {
        assert_eq!((task::try_id(), task::name()), (None, None));
        assert!(panic_of(task::id).contains("the future of block_on has no id"));
        let named = task::Builder::new()
            .name("barista")
            .spawn(async {
                let before = (task::id(), task::name());
                yield_now().await;
                assert_eq!(before, (task::id(), task::name()));
                before
            })
            .unwrap();
        let plain = buzzer::spawn(async { (task::id(), task::name()) });
        let across = Handle::current().spawn(async { (task::id(), task::name()) });
        let ids = [named.id(), plain.id(), across.id()];
        assert!(ids[0] < ids[1] && ids[1] != ids[2]);
        assert_eq!(named.await.unwrap(), (ids[0], Some("barista".to_owned())));
        assert_eq!(plain.await.unwrap(), (ids[1], None));
        assert_eq!(across.await.unwrap(), (ids[2], None));
    });
}

#[test]
fn a_future_sees_its_tasks_id_and_name_also_when_an_abort_drops_it() {
    let runtime = Runtime::new().unwrap();
    let seen = Rc::new(RefCell::new(Vec::new()));
    let spawn = |name| {
        let seen = seen.clone();
        let note = OnDrop(move || seen.borrow_mut().push((task::try_id(), task::name())));
        let _in_runtime = runtime.enter();
        let future = async move {
            let _note = note;
            pending::<()>().await;
        };
        task::Builder::new().name(name).spawn(future).unwrap()
    };
    let (aborted, left) = (spawn("aborted"), spawn("left"));
    let expected = [&aborted, &left].map(|task| Some(task.id()));
    runtime.block_on(async {
        yield_now().await;
        aborted.abort();
        yield_now().await;
        assert_eq!(task::try_id(), None);
    });
    drop(runtime);
    let (ids, names): (Vec<_>, Vec<_>) = seen.take().into_iter().unzip();
    assert_eq!(ids, expected);
    assert_eq!(names, ["aborted", "left"].map(|name| Some(name.to_owned())));
}

/// A task that notes its polls and its drop.
fn watched(log: &Log) -> impl Future<Output = ()> + use<> {
    let (polls, drops) = (log.clone(), log.clone());
    let held = OnDrop(move || drops.note("dropped"));
    poll_fn(move |_| {
        let _held = &held;
        polls.note("polled");
        Poll::Pending
    })
}

#[test]
fn a_task_aborted_before_its_first_poll_is_dropped_unpolled() {
    let log = Log::default();
    buzzer::block_on(async {
        let task = buzzer::spawn(watched(&log));
        task.abort();
        assert!(log.take().is_empty(), "not before its next turn");
        assert!(task.await.unwrap_err().is_cancelled());
    });
    assert_eq!(log.take(), ["dropped"]);
}

#[test]
fn an_aborted_task_that_waits_is_dropped_at_its_next_turn() {
    let log = Log::default();
    buzzer::block_on(async {
        let task = buzzer::spawn(watched(&log));
        yield_now().await;
        let before = log.clone();
        buzzer::spawn(async move { before.note("queued before the abort") });
        task.abort();
        yield_now().await;
        assert!(task.is_finished());
        assert!(task.await.unwrap_err().is_cancelled());
    });
    assert_eq!(log.take(), ["polled", "queued before the abort", "dropped"]);
}

#[test]
fn a_task_that_aborts_itself_is_not_polled_again() {
    let log = Log::default();
    let runtime = Runtime::new().unwrap();
    runtime.block_on(async {
        let (give, own) = futures::channel::oneshot::channel::<AbortHandle>();
        let noted = log.clone();
        let task = buzzer::spawn(async move {
            let own = own.await.unwrap();
            own.abort();
            own.abort();
            noted.note("still here, to the next await");
            yield_now().await;
            noted.note("polled again");
        });
        give.send(task.abort_handle()).map_err(drop).unwrap();
        assert!(task.await.unwrap_err().is_cancelled());
    });
    assert_eq!(log.take(), ["still here, to the next await"]);
}

#[test]
fn a_task_that_ends_in_the_poll_it_is_aborted_in_keeps_its_output() {
    buzzer::block_on(async {
        let (give, own) = futures::channel::oneshot::channel::<AbortHandle>();
        let task = buzzer::spawn(async move {
            own.await.unwrap().abort();
            "done"
        });
        give.send(task.abort_handle()).map_err(drop).unwrap();
        assert_eq!(task.await.unwrap(), "done");
    });
}

#[test]
fn a_task_aborted_by_another_threads_hand_while_it_is_polled_ends() {
    buzzer::block_on(async {
        let (give, own) = futures::channel::oneshot::channel::<AbortHandle>();
        let task = buzzer::spawn(async move {
            let own = own.await.unwrap();
            thread::spawn(move || own.abort()).join().unwrap();
            pending::<()>().await;
        });
        give.send(task.abort_handle()).map_err(drop).unwrap();
        assert!(task.await.unwrap_err().is_cancelled());
    });
}

#[test]
fn handles_say_which_task_they_are_of() {
    buzzer::block_on(async {
        let task = buzzer::spawn(async {});
        let (handle, id) = (task.abort_handle(), task.id());
        assert_eq!(format!("{task:?}"), format!("JoinHandle {{ id: {id:?} }}"));
        assert_eq!(
            format!("{handle:?}"),
            format!("AbortHandle {{ id: {id:?} }}")
        );
    });
}

#[test]
fn aborts_after_the_first_and_after_the_end_change_nothing() {
    buzzer::block_on(async {
        let task = buzzer::spawn(pending::<()>());
        yield_now().await;
        task.abort();
        task.abort();
        yield_now().await;
        task.abort();
        assert!(task.await.unwrap_err().is_cancelled());

        let task = buzzer::spawn(async { "done" });
        let abort = task.abort_handle();
        yield_now().await;
        assert!(task.is_finished());
        task.abort();
        assert_eq!(task.await.unwrap(), "done");
        abort.abort();
    });
}

#[test]
fn an_abort_kept_past_its_tasks_end_does_not_reach_the_slots_next_task() {
    buzzer::block_on(async {
        let task = buzzer::spawn(async {});
        let abort = task.abort_handle();
        task.await.unwrap();
        // Takes the slot that has just become free.
        let (give, receive) = futures::channel::oneshot::channel();
        let next = buzzer::spawn(receive);
        yield_now().await;
        abort.abort();
        thread::spawn(move || abort.abort()).join().unwrap();
        sleep(Duration::from_nanos(1)).await;
        give.send("mine").unwrap();
        assert_eq!(next.await.unwrap(), Ok("mine"));
    });
}

#[test]
fn a_task_aborted_and_detached_is_dropped_all_the_same() {
    let log = Log::default();
    let runtime = Runtime::new().unwrap();
    runtime.block_on(async {
        let task = buzzer::spawn(watched(&log));
        yield_now().await;
        task.abort();
        drop(task);
        yield_now().await;
    });
    assert_eq!(log.take(), ["polled", "dropped"]);
    assert_eq!(runtime.metrics().num_alive_tasks(), 0);
}

#[test]
fn a_task_of_another_runtime_of_the_thread_is_aborted_from_this_one() {
    let [here, there] = [(); 2].map(|()| Runtime::new().unwrap());
    let task = there.spawn(pending::<()>());
    there.block_on(yield_now());
    here.block_on(async { task.abort() });
    assert!(there.block_on(task).unwrap_err().is_cancelled());
}

#[test]
fn an_aborted_future_is_dropped_on_the_runtimes_thread() {
    let runtime = Runtime::new().unwrap();
    let (sender, places) = mpsc::channel();
    let spawn = |across: bool| {
        let sender = sender.clone();
        let note = OnDrop(move || sender.send(thread::current().id()).unwrap());
        let future = async {
            let _note = note;
            pending::<()>().await;
        };
        match across {
            false => runtime.spawn(future),
            true => runtime.handle().spawn(future),
        }
    };
    // One that waits, one that the loop has not taken in yet.
    let waiting = [spawn(false), spawn(true)];
    runtime.block_on(sleep(Duration::from_nanos(1)));
    let tasks = waiting.into_iter().chain([spawn(true)]);
    let aborts: Vec<_> = tasks.map(|task| task.abort_handle()).collect();
    let aborting = thread::spawn(move || {
        aborts.iter().for_each(AbortHandle::abort);
        aborts
    });
    let aborts = aborting.join().unwrap();
    assert!(places.try_recv().is_err(), "not on the aborting thread");
    runtime.block_on(sleep(Duration::from_nanos(1)));
    runtime.block_on(yield_now());
    let places: Vec<_> = places.try_iter().collect();
    assert_eq!(places, [thread::current().id(); 3]);
    assert!(aborts[1].is_finished() && aborts[2].is_finished());
}

#[test]
fn a_task_from_another_thread_aborted_before_it_was_taken_in_is_never_polled() {
    let runtime = Runtime::new().unwrap();
    let (sender, events) = mpsc::channel();
    let task = runtime
        .handle()
        .spawn(async move { sender.send(()).unwrap() });
    task.abort();
    runtime.block_on(async {
        assert!(task.await.unwrap_err().is_cancelled());
    });
    assert!(events.recv().is_err());
}

#[test]
fn an_abort_between_two_block_ons_is_carried_out_in_the_next() {
    let log = Log::default();
    let runtime = Runtime::new().unwrap();
    let task = runtime.spawn(watched(&log));
    runtime.block_on(yield_now());
    task.abort();
    assert!(!task.is_finished());
    assert!(runtime.block_on(task).unwrap_err().is_cancelled());
    assert_eq!(log.take(), ["polled", "dropped"]);
}

#[test]
fn what_an_aborted_task_waited_for_is_let_go() {
    buzzer::block_on(async {
        let (give, receive) = futures::channel::oneshot::channel::<()>();
        let task = buzzer::spawn(async move {
            let mut gathered = pin!(buzzer::gather!(
                sleep(Duration::MAX),
                receive,
                buzzer::spawn(pending::<()>()),
            ));
            poll_fn(|cx| gathered.as_mut().poll(cx).map(drop)).await;
        });
        yield_now().await;
        assert!(!give.is_canceled());
        task.abort();
        assert!(task.await.unwrap_err().is_cancelled());
        assert!(give.is_canceled());
    });
}
