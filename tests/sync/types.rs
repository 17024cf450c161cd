//! What may be sent, shared and moved: at least what tokio's may.

use std::cell::Cell;
use std::rc::Rc;

/// What a type is, found by which of two methods of one name is nearer.
struct Probe<T: ?Sized>(std::marker::PhantomData<T>);

trait No {
    fn send(&self) -> bool {
        false
    }
    fn sync(&self) -> bool {
        false
    }
    fn unpin(&self) -> bool {
        false
    }
}
impl<T: ?Sized> No for &Probe<T> {}
impl<T: ?Sized + Send> Probe<T> {
    fn send(&self) -> bool {
        true
    }
}
impl<T: ?Sized + Sync> Probe<T> {
    fn sync(&self) -> bool {
        true
    }
}
impl<T: ?Sized + Unpin> Probe<T> {
    fn unpin(&self) -> bool {
        true
    }
}

macro_rules! rows {
    ($($type:ty,)+) => {
        [$({
            let probe = &Probe::<$type>(std::marker::PhantomData);
            (stringify!($type), probe.send(), probe.sync(), probe.unpin())
        }),+]
    };
}

/// Each type, with what it is; for whichever crate's names are in scope.
macro_rules! types {
    () => {
        rows![
            Mutex<u8>,
            Mutex<Cell<u8>>,
            Mutex<Rc<u8>>,
            RwLock<u8>,
            RwLock<Cell<u8>>,
            RwLock<Rc<u8>>,
            MutexGuard<'static, u8>,
            MutexGuard<'static, Cell<u8>>,
            MutexGuard<'static, Rc<u8>>,
            MappedMutexGuard<'static, u8>,
            MappedMutexGuard<'static, Cell<u8>>,
            MappedMutexGuard<'static, Rc<u8>>,
            OwnedMutexGuard<u8>,
            OwnedMutexGuard<Cell<u8>>,
            OwnedMutexGuard<Rc<u8>>,
            OwnedMappedMutexGuard<Cell<u8>, u8>,
            OwnedMappedMutexGuard<u8, Cell<u8>>,
            OwnedMappedMutexGuard<Rc<u8>, u8>,
            OwnedMappedMutexGuard<u8, Rc<u8>>,
            RwLockReadGuard<'static, u8>,
            RwLockReadGuard<'static, Cell<u8>>,
            RwLockReadGuard<'static, Rc<u8>>,
            RwLockWriteGuard<'static, u8>,
            RwLockWriteGuard<'static, Cell<u8>>,
            RwLockWriteGuard<'static, Rc<u8>>,
            RwLockMappedWriteGuard<'static, u8>,
            RwLockMappedWriteGuard<'static, Cell<u8>>,
            OwnedRwLockReadGuard<u8, u8>,
            OwnedRwLockReadGuard<Cell<u8>, u8>,
            OwnedRwLockReadGuard<u8, Cell<u8>>,
            OwnedRwLockReadGuard<Rc<u8>, u8>,
            OwnedRwLockWriteGuard<u8>,
            OwnedRwLockWriteGuard<Cell<u8>>,
            OwnedRwLockMappedWriteGuard<u8, u8>,
            OwnedRwLockMappedWriteGuard<Cell<u8>, u8>,
            OwnedRwLockMappedWriteGuard<u8, Cell<u8>>,
            OnceCell<u8>,
            OnceCell<Cell<u8>>,
            OnceCell<Rc<u8>>,
            SetOnce<u8>,
            SetOnce<Cell<u8>>,
            SetOnce<Rc<u8>>,
            oneshot::Sender<u8>,
            oneshot::Sender<Cell<u8>>,
            oneshot::Sender<Rc<u8>>,
            oneshot::Receiver<u8>,
            oneshot::Receiver<Cell<u8>>,
            oneshot::Receiver<Rc<u8>>,
            mpsc::Sender<Cell<u8>>,
            mpsc::Sender<Rc<u8>>,
            mpsc::Receiver<Cell<u8>>,
            mpsc::Receiver<Rc<u8>>,
            mpsc::WeakSender<Cell<u8>>,
            mpsc::Permit<'static, Cell<u8>>,
            mpsc::PermitIterator<'static, Cell<u8>>,
            mpsc::OwnedPermit<Cell<u8>>,
            mpsc::UnboundedSender<Cell<u8>>,
            mpsc::UnboundedReceiver<Cell<u8>>,
            mpsc::UnboundedReceiver<Rc<u8>>,
            mpsc::WeakUnboundedSender<Cell<u8>>,
            broadcast::Sender<Cell<u8>>,
            broadcast::Sender<Rc<u8>>,
            broadcast::Receiver<Cell<u8>>,
            broadcast::WeakSender<Cell<u8>>,
            watch::Sender<u8>,
            watch::Sender<Cell<u8>>,
            watch::Receiver<u8>,
            watch::Receiver<Cell<u8>>,
            watch::Ref<'static, u8>,
            Notify,
            Semaphore,
            SemaphorePermit<'static>,
            OwnedSemaphorePermit,
            Barrier,
            futures::Notified<'static>,
            futures::OwnedNotified,
        ]
    };
}

mod ours {
    use super::*;
    use buzzer::sync::*;

    pub fn traits() -> impl IntoIterator<Item = (&'static str, bool, bool, bool)> {
        types!()
    }
}

mod theirs {
    use super::*;
    use tokio::sync::*;

    pub fn traits() -> impl IntoIterator<Item = (&'static str, bool, bool, bool)> {
        types!()
    }
}

#[test]
fn auto_traits_are_tokios() {
    let mut more_sync = Vec::new();
    for (ours, theirs) in ours::traits().into_iter().zip(theirs::traits()) {
        let (name, send, sync, unpin) = ours;
        assert_eq!(name, theirs.0);
        assert_eq!(send, theirs.1, "{name}: Send");
        assert!(sync >= theirs.2, "{name}: Sync");
        // More of them may be moved: nothing here points into itself.
        assert!(unpin >= theirs.3, "{name}: Unpin");
        if sync && !theirs.2 {
            more_sync.push(name.replace(' ', ""));
        }
    }
    // Shared, it gives out its part only, and that is `Sync`.
    assert_eq!(more_sync, ["OwnedMappedMutexGuard<Cell<u8>,u8>"]);
}

#[test]
fn futures_are_send_where_what_they_wait_for_is() {
    fn send<T: Send>(_: T) {}
    let mutex = std::sync::Arc::new(buzzer::sync::Mutex::new(Cell::new(0)));
    send(mutex.lock());
    send(mutex.clone().lock_owned());
    let lock = buzzer::sync::RwLock::new(0);
    send(lock.read());
    send(lock.write());
    let (sender, mut receiver) = buzzer::sync::mpsc::channel(1);
    send(sender.send(Cell::new(0)));
    send(receiver.recv());
    let (board, mut watched) = buzzer::sync::watch::channel(0);
    send(watched.changed());
    send(watched.wait_for(|_| true));
    send(board.closed());
    let (calls, mut called) = buzzer::sync::broadcast::channel::<Cell<u8>>(1);
    send(called.recv());
    send(calls.closed());
    send(buzzer::sync::Barrier::new(1).wait());
}

#[test]
fn a_value_without_a_size_is_locked_like_any() {
    let mutex: Box<buzzer::sync::Mutex<[u8]>> = Box::new(buzzer::sync::Mutex::new([1, 2, 3]));
    mutex.try_lock().unwrap()[0] = 4;
    assert_eq!(*mutex.try_lock().unwrap(), [4, 2, 3]);
    let lock: std::sync::Arc<buzzer::sync::RwLock<dyn std::fmt::Debug>> =
        std::sync::Arc::new(buzzer::sync::RwLock::new(5));
    assert_eq!(format!("{:?}", lock.clone().try_read_owned().unwrap()), "5");
}
