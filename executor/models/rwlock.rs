//! The lock of readers and writers.

use std::pin::pin;
use std::sync::Arc;

use loom::thread;

use super::Preemptions::{Any, AtMost};
use super::{Turns, check, poll_once};
use crate::sync::RwLock;
use crate::sync::blocking::drive;

/// One for two readers at a time, that was used before.
fn lock<T>(value: T) -> Arc<RwLock<T>> {
    let lock = Arc::new(RwLock::with_max_readers(value, 2));
    drop(lock.try_read().unwrap());
    lock
}

#[test]
fn a_writer_is_alone_with_what_readers_share() {
    check("rwlock: 2 readers, writer", AtMost(3), || {
        let lock = lock(Turns::new());
        let readers = [(); 2].map(|()| {
            let lock = lock.clone();
            thread::spawn(move || drive(pin!(lock.read())).look())
        });
        drive(pin!(lock.write())).touch();
        for reader in readers {
            reader.join().unwrap();
        }
        assert!(lock.try_write().is_ok());
    });
}

#[test]
fn two_writers_come_one_after_the_other() {
    check("rwlock: 2 writers", Any, || {
        let lock = lock(Turns::new());
        let theirs = lock.clone();
        let other = thread::spawn(move || drive(pin!(theirs.write())).touch());
        drive(pin!(lock.write())).touch();
        other.join().unwrap();
        assert!(lock.try_write().is_ok());
    });
}

#[test]
fn a_reader_behind_a_writer_that_gives_up_comes_in() {
    check("rwlock: writer gives up", Any, || {
        let lock = lock(());
        let held = lock.clone().try_read_owned().unwrap();
        let theirs = lock.clone();
        let other = thread::spawn(move || {
            // It has taken what there was, and waits for the rest.
            let mut writes = Box::pin(theirs.write());
            assert!(poll_once(writes.as_mut()).is_pending());
        });
        drop(drive(pin!(lock.read())));
        other.join().unwrap();
        drop(held);
        assert!(lock.try_write().is_ok());
    });
}

#[test]
fn a_writer_that_becomes_a_reader_lets_readers_in_and_no_writer_before() {
    check("rwlock: downgrade", AtMost(3), || {
        let lock = lock((0, Turns::new()));
        let mut writer = lock.try_write().unwrap();
        let theirs = lock.clone();
        let writes = thread::spawn(move || {
            let mut writer = drive(pin!(theirs.write()));
            writer.1.touch();
            writer.0 = 2;
        });
        let theirs = lock.clone();
        let reads = thread::spawn(move || {
            let reader = drive(pin!(theirs.read()));
            reader.1.look();
            assert_ne!(reader.0, 0);
        });
        writer.1.touch();
        writer.0 = 1;
        let reader = writer.downgrade();
        reader.1.look();
        assert_eq!(reader.0, 1);
        drop(reader);
        writes.join().unwrap();
        reads.join().unwrap();
        assert_eq!(lock.try_read().unwrap().0, 2);
    });
}
