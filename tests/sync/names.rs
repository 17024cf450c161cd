//! Whatever is named is called by its name, at each of its ends.

use std::collections::BTreeSet;
use std::future::pending;
use std::rc::Rc;
use std::sync::Arc;

use buzzer::spawn;
use buzzer::sync::{self, Barrier, Mutex, Notify, OnceCell, RwLock, Semaphore, SetOnce};
use buzzer::sync::{broadcast, mpsc, oneshot, watch};
use buzzer::task::yield_now;

/// Names the thing, of which `wait` makes what waits for it; gives what the dump calls it then.
fn names<S: sync::Named + 'static>(thing: S, wait: impl AsyncFnOnce(S) + 'static) -> Vec<String> {
    let mut builder = buzzer::runtime::Builder::new_current_thread();
    let runtime = builder.dump_waits(true).build().unwrap();
    let dump = runtime.block_on(async {
        drop(spawn(wait(sync::named("the name", thing))));
        yield_now().await;
        yield_now().await;
        buzzer::trace::dump()
    });
    let names: BTreeSet<_> = dump
        .syncs()
        .map(|sync| sync.name().unwrap_or(sync.kind()).to_owned())
        .collect();
    names.into_iter().collect()
}

#[track_caller]
fn assert_named<S: sync::Named + 'static>(thing: S, wait: impl AsyncFnOnce(S) + 'static) {
    assert_eq!(names(thing, wait), ["the name"]);
}

#[test]
fn locks_and_the_like_are_called_by_their_names() {
    assert_named(Mutex::new(()), async |mutex| {
        let _held = mutex.lock().await;
        drop(mutex.lock().await);
    });
    assert_named(RwLock::new(()), async |lock| {
        let _held = lock.write().await;
        drop(lock.read().await);
    });
    assert_named(Semaphore::new(0), async |semaphore| {
        drop(semaphore.acquire().await);
    });
    assert_named(Notify::new(), async |bell| bell.notified().await);
    assert_named(Barrier::new(2), async |barrier| {
        barrier.wait().await;
    });
    assert_named(OnceCell::<()>::new(), async |cell| {
        let makes = cell.get_or_init(pending);
        let waits = cell.get_or_init(pending);
        buzzer::gather!(makes, waits).await;
    });
    assert_named(SetOnce::<()>::new(), async |once| *once.wait().await);
}

#[test]
fn a_channel_is_called_by_its_name_at_both_ends() {
    assert_named(oneshot::channel::<()>(), async |(_sender, receiver)| {
        receiver.await.unwrap();
    });
    assert_named(oneshot::channel::<()>(), async |(mut sender, _receiver)| {
        sender.closed().await;
    });
    assert_named(mpsc::channel::<()>(1), async |(_sender, mut receiver)| {
        receiver.recv().await;
    });
    assert_named(mpsc::channel(1), async |(sender, _receiver)| {
        sender.send(1).await.unwrap();
        sender.send(2).await.unwrap();
    });
    assert_named(mpsc::channel::<()>(1), async |(sender, _receiver)| {
        sender.closed().await;
    });
    assert_named(
        mpsc::unbounded_channel::<()>(),
        async |(_sender, mut receiver)| {
            receiver.recv().await;
        },
    );
    assert_named(
        mpsc::unbounded_channel::<()>(),
        async |(sender, _receiver)| {
            sender.closed().await;
        },
    );
    assert_named(
        broadcast::channel::<()>(1),
        async |(_sender, mut receiver)| {
            drop(receiver.recv().await);
        },
    );
    assert_named(broadcast::channel::<()>(1), async |(sender, _receiver)| {
        sender.closed().await;
    });
    assert_named(broadcast::Sender::<()>::new(1), async |sender| {
        drop(sender.subscribe().recv().await);
    });
    assert_named(watch::channel(()), async |(_sender, mut receiver)| {
        drop(receiver.changed().await);
    });
    assert_named(watch::channel(()), async |(sender, _receiver)| {
        sender.closed().await;
    });
    assert_named(watch::Sender::new(()), async |sender| {
        drop(sender.subscribe().changed().await);
    });
}

#[test]
fn what_is_shared_or_static_is_named_as_well() {
    static BELL: Notify = Notify::const_new();
    assert_named(&BELL, async |bell| bell.notified().await);
    assert_named(Rc::new(Notify::new()), async |bell| bell.notified().await);
    assert_named(Arc::new(Notify::new()), async |bell| bell.notified().await);
}
