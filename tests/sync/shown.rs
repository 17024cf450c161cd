//! `Debug`, and `Display` where there is one.

use std::fmt::{Debug, Display};
use std::pin::pin;
use std::sync::Arc;

use buzzer::sync::{Barrier, Mutex, MutexGuard, Notify, OnceCell, OwnedMutexGuard};
use buzzer::sync::{OwnedRwLockReadGuard, OwnedRwLockWriteGuard, RwLock, RwLockReadGuard};
use buzzer::sync::{RwLockWriteGuard, Semaphore, SetOnce, broadcast, mpsc, oneshot, watch};

#[test]
fn debug_shows_what_can_be_seen_at_once() {
    let mutex = Mutex::new(1);
    assert_eq!(format!("{mutex:?}"), "Mutex { data: 1 }");
    let held = mutex.try_lock().unwrap();
    assert_eq!(format!("{mutex:?} {held:?}"), "Mutex { data: <locked> } 1");
    let lock = Arc::new(RwLock::new("x"));
    let written = lock.clone().try_write_owned().unwrap();
    assert_eq!(format!("{lock:?} {written}"), "RwLock { data: <locked> } x");
    assert_eq!(
        format!("{:?}", Semaphore::new(2)),
        "Semaphore { available_permits: 2, is_closed: false }"
    );
    let bell = Notify::new();
    let shown = format!("{bell:?}");
    assert_eq!(shown, "Notify { kept: false, waiters: false }");
    bell.notify_one();
    assert_eq!(format!("{bell:?}"), "Notify { kept: true, waiters: false }");
    assert_eq!(
        format!("{:?}", Barrier::new(2)),
        "Barrier { wanted: 2, come: 0 }"
    );
    assert_eq!(
        format!("{:?}", OnceCell::<u8>::new()),
        "OnceCell { value: None }"
    );
    let menu = SetOnce::new();
    assert_eq!(format!("{menu:?}"), "SetOnce { value: None }");
    menu.set("mocha").unwrap();
    assert_eq!(format!("{menu:?}"), r#"SetOnce { value: Some("mocha") }"#);
    let (board, mut watched) = watch::channel("x");
    let shown = format!("{:?}", watched.borrow());
    assert_eq!(shown, r#"Ref { value: "x", has_changed: false }"#);
    board.send("y").unwrap();
    let shown = format!("{:?}", watched.borrow_and_update());
    assert_eq!(shown, r#"Ref { value: "y", has_changed: true }"#);
    let (sender, receiver) = mpsc::channel::<u8>(2);
    assert_eq!(
        format!("{sender:?}"),
        "Sender { capacity: 2, max_capacity: 2, is_closed: false, .. }"
    );
    assert_eq!(
        format!("{receiver:?}"),
        "Receiver { len: 0, is_closed: false, .. }"
    );
}

#[test]
fn a_guard_shows_what_it_guards() {
    #[track_caller]
    fn shows(guard: impl Debug + Display, what: &str) {
        assert_eq!(format!("{guard:?} {guard}"), format!("{what:?} {what}"));
    }
    let both = ("mocha", "latte");
    let lock = Arc::new(Mutex::new("mocha"));
    shows(lock.try_lock().unwrap(), "mocha");
    shows(lock.clone().try_lock_owned().unwrap(), "mocha");
    let lock = Arc::new(Mutex::new(both));
    let guard = lock.try_lock().unwrap();
    shows(MutexGuard::map(guard, |both| &mut both.1), "latte");
    let guard = lock.clone().try_lock_owned().unwrap();
    shows(OwnedMutexGuard::map(guard, |both| &mut both.1), "latte");
    let lock = Arc::new(RwLock::new("mocha"));
    shows(lock.try_read().unwrap(), "mocha");
    shows(lock.try_write().unwrap(), "mocha");
    shows(lock.clone().try_read_owned().unwrap(), "mocha");
    shows(lock.clone().try_write_owned().unwrap(), "mocha");
    let lock = Arc::new(RwLock::new(both));
    let guard = lock.try_read().unwrap();
    shows(RwLockReadGuard::map(guard, |both| &both.1), "latte");
    let guard = lock.try_write().unwrap();
    shows(RwLockWriteGuard::map(guard, |both| &mut both.1), "latte");
    let guard = lock.clone().try_read_owned().unwrap();
    shows(OwnedRwLockReadGuard::map(guard, |both| &both.1), "latte");
    let guard = lock.clone().try_write_owned().unwrap();
    let guard = OwnedRwLockWriteGuard::map(guard, |both| &mut both.1);
    shows(guard, "latte");
}

#[test]
fn permits_show_how_many_they_are_and_of_what() {
    let tables = Arc::new(Semaphore::new(3));
    let permits = tables.try_acquire_many(2).unwrap();
    assert_eq!(
        format!("{permits:?}"),
        "SemaphorePermit { semaphore: Semaphore { available_permits: 1, is_closed: false }, \
         permits: 2 }"
    );
    let owned = tables.clone().try_acquire_owned().unwrap();
    assert_eq!(
        format!("{owned:?}"),
        "OwnedSemaphorePermit { semaphore: Semaphore { available_permits: 0, is_closed: false }, \
         permits: 1 }"
    );
    let (sender, _receiver) = mpsc::channel::<u8>(4);
    let one = sender.try_reserve().unwrap();
    assert_eq!(format!("{one:?}"), "Permit { .. }");
    let two = sender.try_reserve_many(2).unwrap();
    assert_eq!(format!("{two:?}"), "PermitIterator { left: 2, .. }");
    let owned = sender.clone().try_reserve_owned().unwrap();
    assert_eq!(
        format!("{owned:?}"),
        "OwnedPermit { sender: Some(Sender { capacity: 0, max_capacity: 4, is_closed: false, \
         .. }) }"
    );
}

#[test]
fn who_waits_for_a_bell_shows_how_far_it_is() {
    let bell = Arc::new(Notify::new());
    let mut ring = pin!(bell.clone().notified_owned());
    let mut shown = vec![format!("{ring:?}")];
    assert!(!ring.as_mut().enable());
    shown.push(format!("{ring:?}"));
    bell.notify_one();
    assert!(ring.as_mut().enable());
    shown.push(format!("{ring:?}"));
    for (shown, stage) in shown.iter().zip(["\"new\"", "\"in line\"", "\"told\""]) {
        assert!(shown.contains(stage), "{shown}");
    }
}

#[test]
fn the_ends_of_channels_show_what_they_know() {
    let (sender, receiver) = mpsc::unbounded_channel::<u8>();
    sender.send(1).unwrap();
    assert_eq!(
        format!("{sender:?} {:?}", sender.downgrade()),
        "UnboundedSender { is_closed: false, .. } WeakUnboundedSender { .. }"
    );
    assert_eq!(
        format!("{receiver:?}"),
        "UnboundedReceiver { len: 1, is_closed: false, .. }"
    );
    let (sender, _receiver) = mpsc::channel::<u8>(1);
    assert_eq!(format!("{:?}", sender.downgrade()), "WeakSender { .. }");
    let (sender, receiver) = oneshot::channel::<u8>();
    assert_eq!(
        format!("{sender:?} {receiver:?}"),
        "Sender { is_closed: false, .. } Receiver { is_terminated: false, is_empty: true, .. }"
    );
    let (sender, receiver) = broadcast::channel(2);
    sender.send(1).unwrap();
    assert_eq!(
        format!("{sender:?} {receiver:?} {:?}", sender.downgrade()),
        "Sender { len: 1, receivers: 1, .. } Receiver { len: 1, is_closed: false, .. } WeakSender { .. }"
    );
    let (sender, receiver) = watch::channel(7);
    for shown in [format!("{sender:?}"), format!("{receiver:?}")] {
        assert!(shown.contains("data: 7"), "{shown}");
    }
}
