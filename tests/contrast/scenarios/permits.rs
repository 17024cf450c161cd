//! `sync`: permits that come in part, are given up half way, or go with their holder.

use super::*;
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, SemaphorePermit};

pub fn permits_that_come_one_by_one_go_to_who_wants_three() -> Transcript {
    run(async || {
        let semaphore = Semaphore::new(0);
        let mut three = Box::pin(semaphore.acquire_many(3));
        let mut one = Box::pin(semaphore.acquire());
        assert!(poll!(three.as_mut()).is_pending());
        assert!(poll!(one.as_mut()).is_pending());
        for added in 1..=4 {
            semaphore.add_permits(1);
            note!(
                "{added} added: {} free, a try: {}",
                semaphore.available_permits(),
                semaphore.try_acquire().is_ok()
            );
        }
        let three = three.await.unwrap();
        let one = one.await.unwrap();
        note!("{} and {}", three.num_permits(), one.num_permits());
    })
}

pub fn who_had_two_of_three_permits_leaves() -> Transcript {
    run(async || {
        let semaphore = Semaphore::new(0);
        let mut three = Box::pin(semaphore.acquire_many(3));
        let mut two = Box::pin(semaphore.acquire_many(2));
        let mut one = Box::pin(semaphore.acquire());
        assert!(poll!(three.as_mut()).is_pending());
        assert!(poll!(two.as_mut()).is_pending());
        assert!(poll!(one.as_mut()).is_pending());
        semaphore.add_permits(2);
        note!("the second: {}", poll!(two.as_mut()).is_ready());
        drop(three);
        let two = two.await.unwrap();
        note!("the second has {}", two.num_permits());
        note!("the third: {}", poll!(one.as_mut()).is_ready());
        drop(two);
        drop(one.await.unwrap());
        note!("free: {}", semaphore.available_permits());
    })
}

pub fn more_is_given_back_than_those_who_wait_want() -> Transcript {
    run(async || {
        let semaphore = Rc::new(Semaphore::new(0));
        let tasks = [("a", 2), ("b", 1), ("c", 4)].map(|(name, count)| {
            let semaphore = semaphore.clone();
            spawn_local(async move {
                let permits = semaphore.acquire_many(count).await.unwrap();
                note!("{name} has {count}");
                permits.forget();
            })
        });
        yield_now().await;
        semaphore.add_permits(5);
        sleep(ms(1)).await;
        note!("free: {}", semaphore.available_permits());
        semaphore.add_permits(5);
        finish(tasks).await;
        note!("free: {}", semaphore.available_permits());
    })
}

pub fn permits_are_forgotten_while_somebody_waits() -> Transcript {
    run(async || {
        let semaphore = Semaphore::new(2);
        let mut three = Box::pin(semaphore.acquire_many(3));
        assert!(poll!(three.as_mut()).is_pending());
        // The two are the waiter's by now.
        note!("forgotten: {}", semaphore.forget_permits(2));
        semaphore.add_permits(1);
        note!("it is in: {}", poll!(three.as_mut()).is_ready());
        note!("free: {}", semaphore.available_permits());
    })
}

pub fn permits_of_two_semaphores_do_not_merge() -> Transcript {
    run(async || {
        let (one, other) = (Semaphore::new(1), Semaphore::new(1));
        let merged = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let mut permit: SemaphorePermit<'_> = one.try_acquire().unwrap();
            permit.merge(other.try_acquire().unwrap());
        }));
        note!("refused: {}", merged.is_err());
        note!("{} {}", one.available_permits(), other.available_permits());
        let shared = Arc::new(Semaphore::new(3));
        let mut owned: OwnedSemaphorePermit = shared.clone().try_acquire_many_owned(2).unwrap();
        let part = owned.split(1).unwrap();
        note!("{}", Arc::ptr_eq(part.semaphore(), &shared));
        drop(owned);
        note!("{}", shared.available_permits());
        part.forget();
        note!("{}", shared.available_permits());
    })
}

pub fn a_permit_goes_with_an_aborted_task() -> Transcript {
    run(async || {
        let semaphore = Arc::new(Semaphore::new(1));
        let permit = semaphore.clone().acquire_owned().await.unwrap();
        let holder = spawn(async move {
            let _permit = permit;
            wait_for_ever("the holder").await
        });
        let waits = semaphore.clone();
        let waiter = spawn(async move {
            let permits = waits.acquire_many_owned(1).await.unwrap();
            note!("the waiter has {}", permits.num_permits());
        });
        sleep(ms(10)).await;
        holder.abort();
        waiter.await.unwrap();
        note!("free: {}", semaphore.available_permits());
    })
}

pub fn a_closed_semaphore_takes_permits_back() -> Transcript {
    run(async || {
        let semaphore = Arc::new(Semaphore::new(3));
        let held = semaphore.clone().acquire_owned().await.unwrap();
        let mut partly = Box::pin(semaphore.acquire_many(3));
        assert!(poll!(partly.as_mut()).is_pending());
        note!("free: {}", semaphore.available_permits());
        semaphore.close();
        note!("{}", partly.await.is_err());
        note!("free: {}", semaphore.available_permits());
        drop(held);
        semaphore.add_permits(2);
        note!("free: {}", semaphore.available_permits());
        note!("{}", semaphore.clone().acquire_owned().await.is_err());
        note!("{}", semaphore.clone().try_acquire_many_owned(0).is_err());
    })
}

pub fn a_blocking_job_waits_for_a_permit() -> Transcript {
    run(async || {
        let semaphore = Arc::new(Semaphore::new(0));
        let (asks, asked) = std::sync::mpsc::channel();
        let waits = semaphore.clone();
        let job = spawn_blocking(move || {
            asks.send(()).unwrap();
            waits.blocking_acquire_many(2).unwrap().num_permits()
        });
        asked.recv().unwrap();
        semaphore.add_permits(2);
        note!("{}", job.await.unwrap());
        note!("free: {}", semaphore.available_permits());
        let waits = semaphore.clone();
        let job = spawn_blocking(move || waits.blocking_acquire_many_owned(3).is_err());
        semaphore.close();
        note!("closed: {}", job.await.unwrap());
    })
}
