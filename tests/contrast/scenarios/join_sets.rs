//! Tasks of one kind, awaited in the order in which they end.

use super::*;
use tokio::task::JoinSet;

/// What a set gives, without the ids and texts, which are each library's own.
fn told<T: std::fmt::Debug>(taken: Option<Result<T, JoinError>>) -> String {
    match taken {
        None => "nothing".to_owned(),
        Some(Ok(output)) => format!("{output:?}"),
        Some(Err(error)) if error.is_panic() => "a panic".to_owned(),
        Some(Err(_)) => "cancelled".to_owned(),
    }
}

pub fn outputs_come_in_the_order_of_the_ends() -> Transcript {
    run(async || {
        let mut set = JoinSet::new();
        for (name, time) in [("third", 30), ("first", 10), ("second", 20)] {
            set.spawn_local(work(name, ms(time)));
        }
        note!("{} in it", set.len());
        while let Some(name) = set.join_next().await {
            note!("{}, {} left", name.unwrap(), set.len());
        }
        note!("empty: {}", set.is_empty());
        note!("{}", told(set.join_next().await));
    })
}

pub fn a_set_that_is_dropped_aborts_its_tasks() -> Transcript {
    run(async || {
        let mut set = JoinSet::new();
        set.spawn_local(wait_for_ever("one"));
        set.spawn_local(wait_for_ever("two"));
        yield_now().await;
        drop(set);
        note!("the set is dropped");
        yield_now().await;
        note!("and so are they");
    })
}

pub fn detached_tasks_run_on() -> Transcript {
    run(async || {
        let mut set = JoinSet::new();
        set.spawn_local(work("detached", ms(10)));
        set.detach_all();
        note!("{} in it, {}", set.len(), told(set.try_join_next()));
        drop(set);
        sleep(ms(20)).await;
    })
}

pub fn panics_and_aborts_come_out_as_errors() -> Transcript {
    run(async || {
        let mut set = JoinSet::new();
        set.spawn_local(async { panic!("no coffee") });
        let aborted = set.spawn_local(async {
            sleep(ms(10)).await;
            "served"
        });
        aborted.abort();
        set.spawn_local(async { "served" });
        for _ in 0..4 {
            note!("{}", told(set.join_next().await));
        }
    })
}

pub fn all_are_aborted_and_still_taken() -> Transcript {
    run(async || {
        let mut set = JoinSet::new();
        set.spawn_local(async { "done" });
        set.spawn_local(async {
            wait_for_ever("waiting").await;
            "never"
        });
        yield_now().await;
        set.abort_all();
        note!("{} in it", set.len());
        note!("{}", told(set.join_next().await));
        note!("{}", told(set.join_next().await));
        set.spawn_local(async { "another" });
        note!("{}", told(set.join_next().await));
    })
}

pub fn a_shutdown_waits_until_all_are_dropped() -> Transcript {
    run(async || {
        let mut set = JoinSet::new();
        set.spawn_local(wait_for_ever("one"));
        set.spawn_local(async { panic!("passed over") });
        yield_now().await;
        set.shutdown().await;
        note!("{} in it", set.len());
    })
}

pub fn a_wait_given_up_loses_nothing() -> Transcript {
    run(async || {
        let mut set = JoinSet::new();
        set.spawn_local(work("slow", ms(20)));
        note!("{}", timeout(ms(5), set.join_next()).await.is_err());
        note!("{}", told(set.try_join_next()));
        sleep(ms(30)).await;
        note!("{}", told(set.try_join_next()));
        note!("{}", told(set.try_join_next()));
    })
}

pub fn all_outputs_of_a_set() -> Transcript {
    run(async || {
        let mut set = JoinSet::new();
        for time in [3_u64, 1, 2] {
            set.spawn_local(async move {
                sleep(ms(time)).await;
                time
            });
        }
        note!("{:?}", set.join_all().await);
        let mut set = JoinSet::new();
        set.spawn_local(wait_for_ever("another"));
        set.spawn_local(async { panic!("no coffee") });
        let joined = std::panic::AssertUnwindSafe(set.join_all());
        note!("panics: {}", joined.catch_unwind().await.is_err());
        yield_now().await;
    })
}

pub fn ids_of_a_set() -> Transcript {
    run(async || {
        let mut set = JoinSet::new();
        let one = set.spawn_local(async { "one" });
        let (id, output) = set.join_next_with_id().await.unwrap().unwrap();
        note!("{output}: {}", id == one.id());
        let two = set.spawn_local(async { panic!("two") });
        let error = set.join_next_with_id().await.unwrap().unwrap_err();
        note!("{}", error.id() == two.id());
    })
}

pub fn jobs_and_tasks_of_another_way_in_a_set() -> Transcript {
    run(async || {
        let mut set = JoinSet::new();
        set.spawn_blocking(|| "a job");
        note!("{}", told(set.join_next().await));
        set.spawn_blocking_on(|| "another", &Handle::current());
        note!("{}", told(set.join_next().await));
        set.spawn_on(async { "a task" }, &Handle::current());
        note!("{}", told(set.join_next().await));
    })
}

pub fn a_set_that_grows_while_it_is_waited_for() -> Transcript {
    run(async || {
        let mut set = JoinSet::new();
        set.spawn_local(async { 0 });
        let mut sum = 0;
        while let Some(depth) = set.join_next().await {
            let depth: u64 = depth.unwrap();
            sum += depth;
            if depth < 4 {
                set.spawn_local(async move {
                    sleep(ms(depth)).await;
                    depth + 1
                });
                set.spawn_local(async move {
                    yield_now().await;
                    depth + 2
                });
            }
        }
        note!("{sum}");
    })
}

pub fn a_thousand_tasks_of_a_set() -> Transcript {
    run(async || {
        let mut set = JoinSet::new();
        for number in 0..1_000_u64 {
            set.spawn_local(async move {
                sleep(ms(1_000 - number)).await;
                number
            });
        }
        let mut order = Vec::new();
        while let Some(number) = set.join_next().await {
            order.push(number.unwrap());
        }
        note!("backwards: {}", order.is_sorted_by(|one, next| one > next));
    })
}

pub fn ends_of_one_turn_come_in_their_order() -> Transcript {
    run(async || {
        let mut set = JoinSet::new();
        let bell = Rc::new(tokio::sync::Notify::new());
        for name in ["a", "b", "c"] {
            let bell = bell.clone();
            set.spawn_local(async move {
                bell.notified().await;
                name
            });
        }
        set.spawn_local(async { "at once" });
        yield_now().await;
        bell.notify_last();
        yield_now().await;
        bell.notify_waiters();
        while let Some(name) = set.join_next().await {
            note!("{}", name.unwrap());
        }
    })
}

pub fn one_of_a_set_is_aborted_by_its_handle() -> Transcript {
    run(async || {
        let mut set = JoinSet::new();
        let handles = ["a", "b", "c"].map(|name| {
            set.spawn(async move {
                wait_for_ever(name).await;
                name
            })
        });
        yield_now().await;
        handles[1].abort();
        let (id, is_cancelled) = match set.join_next_with_id().await.unwrap() {
            Ok((id, _)) => (id, false),
            Err(error) => (error.id(), error.is_cancelled()),
        };
        note!(
            "{is_cancelled}, the one that was meant: {}",
            id == handles[1].id()
        );
        note!("{} left, {}", set.len(), handles[1].is_finished());
        handles[1].abort();
        note!("{}", told(set.try_join_next()));
        drop(set);
        yield_now().await;
        note!("{} {}", handles[0].is_finished(), handles[2].is_finished());
    })
}

pub fn handles_of_a_set_outlive_it() -> Transcript {
    run(async || {
        let mut set = JoinSet::new();
        let ended = set.spawn(async { 1 });
        let runs = set.spawn(async {
            sleep(ms(10)).await;
            2
        });
        yield_now().await;
        set.detach_all();
        drop(set);
        note!("{} {}", ended.is_finished(), runs.is_finished());
        sleep(ms(20)).await;
        note!("{} {}", ended.is_finished(), runs.is_finished());
        runs.abort();
    })
}

pub fn a_shutdown_waits_for_a_job_that_runs() -> Transcript {
    run(async || {
        let mut set = JoinSet::new();
        let (begins, begun) = std::sync::mpsc::channel();
        let (release, released) = std::sync::mpsc::channel();
        set.spawn_blocking(move || {
            begins.send(()).unwrap();
            released.recv().unwrap();
        });
        set.spawn(wait_for_ever("a task"));
        begun.recv().unwrap();
        {
            let mut shutdown = pin!(set.shutdown());
            note!("over: {}", poll!(shutdown.as_mut()).is_ready());
            yield_now().await;
            note!("over: {}", poll!(shutdown.as_mut()).is_ready());
            release.send(()).unwrap();
            shutdown.await;
        }
        note!("{} left", set.len());
    })
}

pub fn a_set_is_collected() -> Transcript {
    run(async || {
        let mut set: JoinSet<u64> = [30, 10, 20]
            .map(|time| async move {
                sleep(ms(time)).await;
                time
            })
            .into_iter()
            .collect();
        note!("{}", set.len());
        while let Some(time) = set.join_next().await {
            note!("{}", time.unwrap());
        }
        note!("{:?} {}", JoinSet::<u8>::default(), set.is_empty());
    })
}

pub fn an_empty_set_says_so_at_once() -> Transcript {
    run(async || {
        let mut set = JoinSet::<u8>::new();
        note!("{}", told(set.join_next().await));
        note!("{}", set.try_join_next_with_id().is_none());
        let nothing = poll_fn(|cx| set.poll_join_next(cx)).await;
        note!("{}", told(nothing));
        set.abort_all();
        set.shutdown().await;
        note!("{:?}", set.join_all().await);
    })
}

pub fn a_panic_among_all_outputs_drops_the_others() -> Transcript {
    run(async || {
        let mut set = JoinSet::new();
        set.spawn(async { NoteOnDrop("an output") });
        set.spawn(async {
            sleep(ms(5)).await;
            panic!("no coffee")
        });
        set.spawn(async {
            wait_for_ever("a task").await;
            unreachable!()
        });
        let joined = std::panic::AssertUnwindSafe(set.join_all());
        let panic = joined.catch_unwind().await.unwrap_err();
        note!("{:?}", panic.downcast_ref::<&str>());
        yield_now().await;
    })
}

pub fn a_set_waits_in_one_task_and_then_in_another() -> Transcript {
    run(async || {
        let mut set = JoinSet::new();
        set.spawn(work("a", ms(10)));
        {
            let mut first = pin!(set.join_next());
            assert!(poll!(first.as_mut()).is_pending());
        }
        let other = spawn(async move {
            note!("the other has {}", told(set.join_next().await));
            note!("{}", told(set.join_next().await));
        });
        other.await.unwrap();
    })
}

pub fn a_task_of_a_set_adds_to_another() -> Transcript {
    run(async || {
        let outer = Rc::new(RefCell::new(JoinSet::new()));
        let inner = outer.clone();
        let mut set = JoinSet::new();
        set.spawn_local(async move {
            for name in ["a", "b"] {
                inner.borrow_mut().spawn(work(name, ms(5)));
                yield_now().await;
            }
        });
        note!("{}", told(set.join_next().await));
        let mut outer = outer.take();
        note!(
            "{} {}",
            told(outer.join_next().await),
            told(outer.join_next().await)
        );
    })
}

pub fn a_set_dropped_with_outputs_that_nobody_took() -> Transcript {
    run(async || {
        let mut set = JoinSet::new();
        for name in ["a", "b"] {
            set.spawn(async move { NoteOnDrop(name) });
        }
        yield_now().await;
        note!("both have ended, {}", set.len());
        drop(set);
        note!("the set is gone");
        yield_now().await;
    })
}
