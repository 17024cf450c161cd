//! `sync`: mutexes, locks of readers and writers, semaphores.

use std::sync::Arc;

use super::*;
use tokio::sync::{Mutex, MutexGuard, OwnedMutexGuard, RwLock, RwLockWriteGuard, Semaphore};

pub fn a_mutex_goes_from_hand_to_hand() -> Transcript {
    run(async || {
        let mutex = Rc::new(Mutex::new(0));
        let handles = ["a", "b", "c"].map(|name| {
            let mutex = mutex.clone();
            spawn_local(async move {
                let mut count = mutex.lock().await;
                *count += 1;
                note!("{name} holds the lock as number {count}");
                sleep(ms(10)).await;
            })
        });
        finish(handles).await;
    })
}

// A lock given back while somebody waits is that one's: who comes by can't have it.
pub fn a_late_comer_does_not_overtake() -> Transcript {
    run(async || {
        let mutex = Rc::new(Mutex::new(()));
        let held = mutex.lock().await;
        let waits = mutex.clone();
        let waiter = spawn_local(async move {
            let _held = waits.lock().await;
            note!("the waiter has it");
        });
        yield_now().await;
        drop(held);
        note!("a try succeeds: {}", mutex.try_lock().is_ok());
        drop(mutex.lock().await);
        note!("main has it");
        waiter.await.unwrap();
    })
}

pub fn a_waiter_that_gives_up_lets_the_next_in() -> Transcript {
    run(async || {
        let mutex = Rc::new(Mutex::new(()));
        let held = mutex.lock().await;
        let handles = [("a", 5), ("b", 50)].map(|(name, patience)| {
            let mutex = mutex.clone();
            spawn_local(async move {
                let had = timeout(ms(patience), mutex.lock()).await.is_ok();
                note!("{name} had it: {had}");
            })
        });
        sleep(ms(10)).await;
        drop(held);
        finish(handles).await;
    })
}

// The lock was handed to the waiter, which is dropped before it is polled.
pub fn a_lock_handed_to_one_that_is_aborted() -> Transcript {
    run(async || {
        let mutex = Rc::new(Mutex::new(()));
        let held = mutex.lock().await;
        let [first, second] = ["first", "second"].map(|name| {
            let mutex = mutex.clone();
            spawn_local(async move {
                let _held = mutex.lock().await;
                note!("{name} has it");
            })
        });
        yield_now().await;
        drop(held);
        first.abort();
        note!("first: {}", first.await.unwrap_err().is_cancelled());
        second.await.unwrap();
    })
}

pub fn a_holder_that_panics_poisons_nothing() -> Transcript {
    run(async || {
        let mutex = Rc::new(Mutex::new(1));
        let held = mutex.clone();
        let holder = spawn_local(async move {
            let mut number = held.lock().await;
            *number = 2;
            panic!("while it holds the lock");
        });
        note!(
            "the holder panicked: {}",
            holder.await.unwrap_err().is_panic()
        );
        note!("the number is {}", mutex.lock().await);
    })
}

pub fn an_owned_guard_is_handed_to_a_task() -> Transcript {
    run(async || {
        let mutex = Arc::new(Mutex::new(vec![1]));
        let mut held = mutex.clone().lock_owned().await;
        let task = spawn(async move {
            sleep(ms(10)).await;
            held.push(2);
            note!(
                "of the same mutex: {}",
                OwnedMutexGuard::mutex(&held).try_lock().is_err()
            );
        });
        note!("main has {:?}", mutex.lock().await);
        task.await.unwrap();
    })
}

pub fn a_guard_of_a_part() -> Transcript {
    run(async || {
        let mutex = Mutex::new((1, Some("text")));
        let text = MutexGuard::try_map(mutex.lock().await, |pair| pair.1.as_mut());
        let Ok(mut text) = text else {
            return note!("no text");
        };
        *text = "another";
        note!("locked: {}", mutex.try_lock().is_err());
        drop(text);
        let mut held = mutex.lock().await;
        held.1 = None;
        let whole = MutexGuard::try_map(held, |pair| pair.1.as_mut()).unwrap_err();
        note!("the whole is {whole:?}");
        let one = MutexGuard::map(whole, |pair| &mut pair.0);
        note!("the part is {one}, the mutex {mutex:?}");
    })
}

pub fn readers_share_and_a_writer_stops_those_behind_it() -> Transcript {
    run(async || {
        let lock = Rc::new(RwLock::new(0));
        let reader = |name: &'static str| {
            let lock = lock.clone();
            spawn_local(async move {
                let number = lock.read().await;
                note!("{name} reads {number}");
                sleep(ms(10)).await;
                note!("{name} has read");
            })
        };
        let (first, second) = (reader("first"), reader("second"));
        let writes = lock.clone();
        let writer = spawn_local(async move {
            let mut number = writes.write().await;
            note!("the writer is in");
            sleep(ms(10)).await;
            *number += 1;
        });
        let (third, fourth) = (reader("third"), reader("fourth"));
        finish([first, second, writer, third, fourth]).await;
    })
}

pub fn a_writer_that_gives_up_lets_the_readers_in() -> Transcript {
    run(async || {
        let lock = Rc::new(RwLock::new(()));
        let _reading = lock.read().await;
        let writes = lock.clone();
        let writer = spawn_local(async move {
            note!("written: {}", timeout(ms(10), writes.write()).await.is_ok());
        });
        yield_now().await;
        note!("a try to read: {}", lock.try_read().is_ok());
        let _again = lock.read().await;
        note!("main reads twice");
        writer.await.unwrap();
    })
}

pub fn a_writer_becomes_a_reader() -> Transcript {
    run(async || {
        let lock = Rc::new(RwLock::new(0));
        let mut writer = lock.write().await;
        let handles = [1, 2].map(|step| {
            let lock = lock.clone();
            spawn_local(async move {
                match step {
                    1 => note!("a reader sees {}", lock.read().await),
                    _ => *lock.write().await += 10,
                }
            })
        });
        yield_now().await;
        *writer = 1;
        let reader = writer.downgrade();
        note!("downgraded");
        sleep(ms(10)).await;
        note!("still {reader}");
        drop(reader);
        finish(handles).await;
        note!("at last {}", lock.read().await);
    })
}

pub fn a_written_part_becomes_a_read_one() -> Transcript {
    run(async || {
        let lock = RwLock::new((1, "one"));
        let text = RwLockWriteGuard::downgrade_map(lock.write().await, |pair| &pair.1);
        note!("{text}, and others may read: {}", lock.try_read().is_ok());
        drop(text);
        let mut number = RwLockWriteGuard::map(lock.write().await, |pair| &mut pair.0);
        *number = 2;
        note!("others may read: {}", lock.try_read().is_ok());
        drop(number);
        note!("{:?}", lock.into_inner());
    })
}

pub fn as_many_readers_as_were_allowed() -> Transcript {
    run(async || {
        let lock = RwLock::with_max_readers(1, 2);
        let first = lock.try_read().unwrap();
        let _second = lock.try_read().unwrap();
        note!("a third: {}", lock.try_read().is_ok());
        drop(first);
        note!("a third: {}", lock.try_read().is_ok());
    })
}

pub fn permits_go_to_the_first_in_line_though_it_wants_many() -> Transcript {
    run(async || {
        let semaphore = Rc::new(Semaphore::new(3));
        let held = semaphore.acquire_many(2).await.unwrap();
        let handles = [("large", 3), ("small", 1)].map(|(name, count)| {
            let semaphore = semaphore.clone();
            spawn_local(async move {
                let permits = semaphore.acquire_many(count).await.unwrap();
                note!("{name} has {}", permits.num_permits());
                sleep(ms(10)).await;
            })
        });
        sleep(ms(10)).await;
        note!("free: {}", semaphore.available_permits());
        drop(held);
        finish(handles).await;
        note!("free: {}", semaphore.available_permits());
    })
}

pub fn a_large_request_that_gives_up_leaves_its_permits_to_the_next() -> Transcript {
    run(async || {
        let semaphore = Rc::new(Semaphore::new(2));
        let _held = semaphore.acquire().await.unwrap();
        let [large, small] = [("large", 2), ("small", 1)].map(|(name, count)| {
            let semaphore = semaphore.clone();
            spawn_local(async move {
                let _permits = semaphore.acquire_many(count).await.unwrap();
                note!("{name} is in");
            })
        });
        sleep(ms(10)).await;
        large.abort();
        small.await.unwrap();
        note!("free: {}", semaphore.available_permits());
    })
}

pub fn permits_are_split_merged_forgotten_and_added() -> Transcript {
    run(async || {
        let semaphore = Semaphore::new(5);
        let mut three = semaphore.try_acquire_many(3).unwrap();
        let one = three.split(1).unwrap();
        note!("split: {} and {}", three.num_permits(), one.num_permits());
        note!("too many: {}", three.split(3).is_none());
        three.merge(one);
        note!("merged: {}", three.num_permits());
        three.forget();
        note!("free: {}", semaphore.available_permits());
        semaphore.add_permits(2);
        note!("forgotten: {}", semaphore.forget_permits(3));
        note!("free: {}", semaphore.available_permits());
        note!("forgotten: {}", semaphore.forget_permits(3));
    })
}

pub fn owned_permits_are_split_merged_and_forgotten() -> Transcript {
    run(async || {
        let semaphore = Arc::new(Semaphore::new(5));
        let mut three = semaphore.clone().try_acquire_many_owned(3).unwrap();
        let two = three.split(2).unwrap();
        note!("split: {} and {}", three.num_permits(), two.num_permits());
        note!("too many: {}", three.split(2).is_none());
        three.merge(two);
        note!("merged: {}", three.num_permits());
        note!("free: {}", semaphore.available_permits());
        drop(three.split(1));
        note!("free: {}", semaphore.available_permits());
        three.forget();
        note!("free: {}", semaphore.available_permits());
    })
}

pub fn a_semaphore_closed_under_those_who_wait() -> Transcript {
    run(async || {
        let semaphore = Rc::new(Semaphore::new(1));
        let held = semaphore.acquire().await.unwrap();
        let handles = ["a", "b"].map(|name| {
            let semaphore = semaphore.clone();
            spawn_local(async move { note!("{name} is in: {}", semaphore.acquire().await.is_ok()) })
        });
        yield_now().await;
        semaphore.close();
        note!("closed: {}", semaphore.is_closed());
        finish(handles).await;
        drop(held);
        note!("free: {}", semaphore.available_permits());
        note!("a try: {:?}", semaphore.try_acquire().unwrap_err());
    })
}

// The permit was given, and the close comes before the poll that would have it.
pub fn a_close_after_a_permit_was_given() -> Transcript {
    run(async || {
        let semaphore = Rc::new(Semaphore::new(0));
        let waits = semaphore.clone();
        let waiter = spawn_local(async move { note!("is in: {}", waits.acquire().await.is_ok()) });
        yield_now().await;
        semaphore.add_permits(1);
        semaphore.close();
        waiter.await.unwrap();
        note!("free: {}", semaphore.available_permits());
    })
}

pub fn a_request_for_no_permits() -> Transcript {
    run(async || {
        let semaphore = Semaphore::new(0);
        let none = semaphore.acquire_many(0).await.unwrap();
        note!("has {}", none.num_permits());
        semaphore.close();
        note!("closed: {}", semaphore.acquire_many(0).await.is_err());
    })
}

pub fn more_permits_than_there_can_be() -> Transcript {
    run(async || {
        let refused = |code: &dyn Fn()| {
            let code = std::panic::AssertUnwindSafe(code);
            std::panic::catch_unwind(code).is_err()
        };
        note!(
            "made: {}",
            refused(&|| _ = Semaphore::new(Semaphore::MAX_PERMITS + 1))
        );
        let semaphore = Semaphore::new(Semaphore::MAX_PERMITS);
        note!("added: {}", refused(&|| semaphore.add_permits(1)));
    })
}

// Each is a leaf that is always ready: the others would never run.
pub fn locks_that_are_always_free_let_others_run() -> Transcript {
    run(async || {
        let mutex = Rc::new(Mutex::new(0));
        let counts = mutex.clone();
        let busy = spawn_local(async move {
            loop {
                *counts.lock().await += 1;
            }
        });
        yield_now().await;
        note!(
            "main runs, and the other has counted: {}",
            *mutex.lock().await > 0
        );
        busy.abort();
    })
}
