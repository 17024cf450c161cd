//! `sync`: whose turn a lock is, when some of those who wait give up.

use super::*;
use std::sync::Arc;
use tokio::sync::{Mutex, OwnedMutexGuard, OwnedRwLockWriteGuard, RwLock, RwLockReadGuard};

pub fn the_line_is_in_the_order_of_the_first_polls() -> Transcript {
    run(async || {
        let mutex = Mutex::new(());
        let held = mutex.lock().await;
        let wait = async |name: &str| {
            let _held = mutex.lock().await;
            note!("{name} has it");
        };
        // Made in one order, asked in another.
        let (mut a, mut b, mut c) = (pin!(wait("a")), pin!(wait("b")), pin!(wait("c")));
        assert!(poll!(c.as_mut()).is_pending());
        assert!(poll!(a.as_mut()).is_pending());
        assert!(poll!(b.as_mut()).is_pending());
        drop(held);
        join!(a, b, c);
    })
}

// It has the lock by now, though it never came to say so.
pub fn a_future_dropped_with_the_lock_in_its_hand() -> Transcript {
    run(async || {
        let mutex = Mutex::new(());
        let held = mutex.lock().await;
        let mut first = Box::pin(mutex.lock());
        let mut second = Box::pin(mutex.lock());
        assert!(poll!(first.as_mut()).is_pending());
        assert!(poll!(second.as_mut()).is_pending());
        drop(held);
        note!("a try: {}", mutex.try_lock().is_ok());
        note!("the second: {}", poll!(second.as_mut()).is_ready());
        drop(first);
        note!("a try: {}", mutex.try_lock().is_ok());
        note!("the second: {}", poll!(second.as_mut()).is_ready());
        note!("a try: {}", mutex.try_lock().is_ok());
    })
}

pub fn one_in_the_middle_of_the_line_leaves() -> Transcript {
    run(async || {
        let mutex = Rc::new(Mutex::new(()));
        let held = mutex.lock().await;
        let [a, b, c, d] = ["a", "b", "c", "d"].map(|name| {
            let mutex = mutex.clone();
            spawn_local(async move {
                let _held = mutex.lock().await;
                note!("{name} has it");
                sleep(ms(10)).await;
            })
        });
        sleep(ms(1)).await;
        b.abort();
        c.abort();
        drop(held);
        finish([a, d]).await;
        note!("{} {}", b.is_finished(), c.is_finished());
    })
}

pub fn the_last_of_the_line_leaves_and_comes_back() -> Transcript {
    run(async || {
        let mutex = Mutex::new(());
        let held = mutex.lock().await;
        let mut first = pin!(mutex.lock());
        assert!(poll!(first.as_mut()).is_pending());
        note!("gave up: {}", timeout(ms(5), mutex.lock()).await.is_err());
        let mut again = pin!(mutex.lock());
        assert!(poll!(again.as_mut()).is_pending());
        drop(held);
        drop(first.await);
        note!("the first had it");
        drop(again.await);
        note!("then who came back");
    })
}

pub fn a_lock_from_outside_of_the_runtime() -> Transcript {
    with_runtime(|runtime| {
        let mutex = Arc::new(Mutex::new(1));
        *mutex.blocking_lock() += 1;
        let inside = mutex.clone();
        runtime.block_on(async {
            let refused = spawn(async move { *inside.blocking_lock() });
            note!(
                "inside it panics: {}",
                refused.await.unwrap_err().is_panic()
            );
            let held = mutex.lock().await;
            let (asks, asked) = std::sync::mpsc::channel();
            let other = mutex.clone();
            let job = spawn_blocking(move || {
                asks.send(()).unwrap();
                *other.blocking_lock() += 1;
            });
            asked.recv().unwrap();
            drop(held);
            job.await.unwrap();
        });
        note!("{}", mutex.blocking_lock());
    })
}

pub fn an_owned_guard_of_a_part_of_a_part() -> Transcript {
    run(async || {
        let mutex = Arc::new(Mutex::new(((1, "one"), Some(2))));
        let pair = OwnedMutexGuard::map(mutex.clone().lock_owned().await, |whole| &mut whole.0);
        let mut text = tokio::sync::OwnedMappedMutexGuard::map(pair, |pair| &mut pair.1);
        *text = "uno";
        note!("{text}, {}", mutex.try_lock().is_err());
        drop(text);
        let number =
            OwnedMutexGuard::try_map(mutex.clone().lock_owned().await, |whole| whole.1.as_mut());
        note!("{:?}", number.map(|number| *number).ok());
        note!("{:?} {}", *mutex.lock().await, Arc::strong_count(&mutex));
        let mut whole = Arc::into_inner(mutex).unwrap();
        whole.get_mut().1 = None;
        note!("{:?}", whole.into_inner());
    })
}

pub fn locks_as_they_are_printed() -> Transcript {
    run(async || {
        let mutex = Mutex::new("a");
        note!("{mutex:?}");
        let held = mutex.lock().await;
        note!("{mutex:?} {held:?} {held}");
        let lock = RwLock::new("b");
        note!("{lock:?}");
        let reading = lock.read().await;
        note!("{lock:?} {reading:?} {reading}");
        drop(reading);
        let writing = lock.write().await;
        note!("{lock:?} {writing:?}");
    })
}

pub fn readers_and_writers_in_turn() -> Transcript {
    run(async || {
        let lock = Rc::new(RwLock::new(0));
        let held = lock.write().await;
        let tasks = ["r1", "r2", "w1", "r3", "w2", "w3", "r4", "r5"].map(|name| {
            let lock = lock.clone();
            spawn_local(async move {
                if name.starts_with('r') {
                    let number = lock.read().await;
                    note!("{name} reads {number}");
                    sleep(ms(10)).await;
                } else {
                    let mut number = lock.write().await;
                    *number += 1;
                    note!("{name} writes {number}");
                    sleep(ms(10)).await;
                }
            })
        });
        sleep(ms(5)).await;
        drop(held);
        finish(tasks).await;
    })
}

pub fn a_writer_that_was_given_the_lock_and_left() -> Transcript {
    run(async || {
        let lock = RwLock::new(());
        let reading = lock.read().await;
        let mut writer = Box::pin(lock.write());
        let mut reader = Box::pin(lock.read());
        assert!(poll!(writer.as_mut()).is_pending());
        assert!(poll!(reader.as_mut()).is_pending());
        drop(reading);
        note!("a reader behind it: {}", poll!(reader.as_mut()).is_ready());
        note!("a try: {}", lock.try_read().is_ok());
        drop(writer);
        note!("then: {}", poll!(reader.as_mut()).is_ready());
        note!("another: {}", lock.try_read().is_ok());
        note!("a writer: {}", lock.try_write().is_ok());
    })
}

// It waits for the last of the readers; meanwhile those places are nobody's.
pub fn a_writer_takes_the_readers_places_as_they_go() -> Transcript {
    run(async || {
        let lock = RwLock::with_max_readers((), 3);
        let (one, two) = (lock.read().await, lock.read().await);
        let mut writer = Box::pin(lock.write());
        assert!(poll!(writer.as_mut()).is_pending());
        note!("the third place: {}", lock.try_read().is_ok());
        drop(one);
        note!("a place given back: {}", lock.try_read().is_ok());
        drop(writer);
        let three = (lock.try_read().is_ok(), lock.try_read().is_ok());
        note!("after it has left: {three:?}");
        let (a, b) = (lock.try_read().unwrap(), lock.try_read().unwrap());
        note!("all are taken: {}", lock.try_read().is_err());
        drop((two, a, b));
    })
}

pub fn a_downgrade_lets_in_those_before_the_next_writer() -> Transcript {
    run(async || {
        let lock = Rc::new(RwLock::new(0));
        let mut writing = lock.write().await;
        let tasks = ["r1", "w", "r2"].map(|name| {
            let lock = lock.clone();
            spawn_local(async move {
                match name {
                    "w" => *lock.write().await += 10,
                    _ => note!("{name} reads {}", lock.read().await),
                }
                note!("{name} is done");
            })
        });
        yield_now().await;
        *writing = 1;
        let reading = writing.downgrade();
        sleep(ms(10)).await;
        note!("main still reads {reading}");
        drop(reading);
        finish(tasks).await;
    })
}

pub fn owned_guards_of_readers_and_writers() -> Transcript {
    run(async || {
        let lock = Arc::new(RwLock::new((1, 2)));
        let reading = lock.clone().read_owned().await;
        note!("{}", lock.clone().try_write_owned().is_err());
        let task = spawn(async move {
            sleep(ms(10)).await;
            note!("{reading:?}");
        });
        let writing = lock.clone().write_owned().await;
        note!("{}", lock.clone().try_read_owned().is_err());
        let mut second = OwnedRwLockWriteGuard::map(writing, |pair| &mut pair.1);
        *second = 3;
        drop(second);
        let writing = lock.clone().write_owned().await;
        let reading = OwnedRwLockWriteGuard::downgrade(writing);
        note!("{reading:?} {}", lock.try_read().is_ok());
        task.await.unwrap();
    })
}

pub fn a_read_part_and_one_that_is_not_there() -> Transcript {
    run(async || {
        let lock = RwLock::new((1, None::<u8>));
        let first = RwLockReadGuard::map(lock.read().await, |pair| &pair.0);
        let second = RwLockReadGuard::try_map(lock.read().await, |pair| pair.1.as_ref());
        let whole = second.unwrap_err();
        note!("{first} {whole:?}");
        drop(first);
        note!("still read: {}", lock.try_write().is_err());
        drop(whole);
        note!("free: {}", lock.try_write().is_ok());
    })
}

pub fn a_lock_read_and_written_by_blocking_jobs() -> Transcript {
    with_runtime(|runtime| {
        let lock = Arc::new(RwLock::new(0));
        runtime.block_on(async {
            let reading = lock.read().await;
            let (asks, asked) = std::sync::mpsc::channel();
            let other = lock.clone();
            let job = spawn_blocking(move || {
                let seen = *other.blocking_read();
                asks.send(()).unwrap();
                *other.blocking_write() += 1;
                seen
            });
            asked.recv().unwrap();
            drop(reading);
            note!("it saw {}", job.await.unwrap());
            note!("main sees {}", lock.read().await);
        });
        note!("outside: {}", lock.blocking_read());
    })
}
