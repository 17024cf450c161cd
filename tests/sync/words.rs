//! What errors and panics say.

use buzzer::sync::{Mutex, OnceCell, RwLock, Semaphore, SetOnce};
use buzzer::sync::{broadcast, mpsc, oneshot, watch};
use buzzer::time::Duration;

use crate::caught::panic_of;

#[test]
fn errors_say_what_is_the_matter() {
    let mutex = Mutex::new(1);
    let held = mutex.try_lock().unwrap();
    let locked = mutex.try_lock().unwrap_err();
    assert_eq!(locked.to_string(), "the lock is held by somebody else");
    drop(held);
    let semaphore = Semaphore::new(0);
    let none = semaphore.try_acquire().unwrap_err();
    assert_eq!(none.to_string(), "the semaphore has too few free permits");
    semaphore.close();
    let closed = semaphore.try_acquire().unwrap_err();
    assert_eq!(closed.to_string(), "the semaphore was closed");
    let (sender, mut receiver) = mpsc::channel(1);
    let empty = receiver.try_recv().unwrap_err();
    assert_eq!(empty.to_string(), "the channel is empty");
    sender.try_send(1).unwrap();
    let full = sender.try_send(2).unwrap_err();
    assert_eq!(full.to_string(), "the channel is full");
    assert_eq!(format!("{full:?} {}", full.into_inner()), "Full(..) 2");
    drop(receiver);
    let closed = sender.try_send(3).unwrap_err();
    assert_eq!(
        closed.to_string(),
        "the channel is closed: nobody receives from it any more"
    );
    let (sender, mut receiver) = oneshot::channel::<()>();
    assert_eq!(
        receiver.try_recv().unwrap_err().to_string(),
        "no value was sent yet"
    );
    drop(sender);
    assert_eq!(
        buzzer::block_on(receiver).unwrap_err().to_string(),
        "no value comes: the channel was closed before one was sent"
    );
    let (calls, mut called) = broadcast::channel(1);
    calls.send(1).unwrap();
    calls.send(2).unwrap();
    let missed = called.try_recv().unwrap_err();
    assert_eq!(
        missed.to_string(),
        "the receiver was too slow, and has missed 1 value"
    );
    drop(called);
    let nobody = calls.send(3).unwrap_err();
    assert_eq!(nobody.to_string(), "the channel has no receiver");
    let (board, watched) = watch::channel(1);
    drop(board);
    assert_eq!(
        watched.has_changed().unwrap_err().to_string(),
        "the channel is closed: all its senders are gone"
    );
    let (board, watched) = watch::channel(1);
    drop(watched);
    let nobody = board.send(2).unwrap_err();
    assert_eq!(nobody.to_string(), "the channel has no receiver");
    assert_eq!(format!("{nobody:?} {}", nobody.0), "SendError { .. } 2");
    let cell = OnceCell::new_with(Some(1));
    let set = cell.set(2).unwrap_err();
    assert_eq!(set.to_string(), "the cell has a value already");
    let set = SetOnce::new_with(Some(1)).set(2).unwrap_err();
    assert_eq!(set.to_string(), "it has a value already");
}

#[test]
fn a_send_with_a_limit_says_what_became_of_it() {
    let runtime = buzzer::runtime::Builder::new_current_thread()
        .start_paused(true)
        .build()
        .unwrap();
    runtime.block_on(async {
        let (sender, receiver) = mpsc::channel(1);
        sender.try_send(1).unwrap();
        let late = sender.send_timeout(2, Duration::from_secs(1)).await;
        let late = late.unwrap_err();
        assert_eq!(
            format!("{late} {late:?}"),
            "the channel was full until the time was over Timeout(..)"
        );
        drop(receiver);
        let closed = sender.send_timeout(2, Duration::from_secs(1)).await;
        let closed = closed.unwrap_err();
        assert_eq!(
            format!("{closed} {closed:?}"),
            "the channel is closed: nobody receives from it any more Closed(..)"
        );
    });
}

#[test]
fn panics_say_what_to_do_instead() {
    assert!(panic_of(|| mpsc::channel::<()>(0)).contains("`oneshot`"));
    assert!(panic_of(|| mpsc::channel::<()>(usize::MAX)).contains("`unbounded_channel`"));
    assert!(panic_of(|| broadcast::channel::<()>(0)).contains("one value at least"));
    assert!(panic_of(|| Semaphore::new(usize::MAX)).contains("MAX_PERMITS"));
    assert!(panic_of(|| RwLock::with_max_readers((), 0)).contains("1 to `u32::MAX >> 3`"));
    let full = Semaphore::new(Semaphore::MAX_PERMITS - 1);
    full.add_permits(1);
    assert_eq!(full.available_permits(), Semaphore::MAX_PERMITS);
    let one_more = panic_of(|| full.add_permits(1));
    let were = format!("1 were added to {}", Semaphore::MAX_PERMITS);
    assert!(one_more.contains(&were), "{one_more}");
    let (one, other) = (Semaphore::new(1), Semaphore::new(1));
    let merges = || {
        one.try_acquire()
            .unwrap()
            .merge(other.try_acquire().unwrap())
    };
    assert!(panic_of(merges).contains("permits of two semaphores"));
    assert_eq!((one.available_permits(), other.available_permits()), (1, 1));
    let (sender, receiver) = oneshot::channel();
    sender.send(()).unwrap();
    let twice = || {
        buzzer::block_on(async {
            let mut receiver = receiver;
            (&mut receiver).await.unwrap();
            (&mut receiver).await
        })
    };
    assert!(panic_of(twice).contains("`is_terminated`"));
}

#[test]
fn a_channel_gives_back_the_memory_of_a_crowd() {
    // It is not to be seen from outside but by the allocator: that it goes on working is.
    let (sender, mut receiver) = mpsc::unbounded_channel();
    for round in 0..3 {
        for number in 0..10_000 {
            sender.send((round, number)).unwrap();
        }
        for number in 0..10_000 {
            assert_eq!(receiver.try_recv(), Ok((round, number)));
        }
        sender.send((round, 0)).unwrap();
        assert_eq!(receiver.try_recv(), Ok((round, 0)));
    }
}
