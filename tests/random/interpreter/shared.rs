//! What the tasks of one program share: a few of each kind, and all handles.
//!
//! Made by the root, used by the steps.

use super::strand::Output;
use program::{Fault, write_line};
use std::cell::{Cell, RefCell};
use tokio::sync::{Barrier, Mutex, Notify, OnceCell, RwLock, Semaphore};
use tokio::sync::{broadcast, mpsc, oneshot, watch};
use tokio::task::{AbortHandle, JoinHandle};

/// A value that writes where it goes: none is to be lost.
pub(crate) struct Value(pub(crate) u32);

impl Drop for Value {
    fn drop(&mut self) {
        write_line("value", format!("{} goes", self.0));
    }
}

/// The receivers are behind locks: for each there may be many who want it.
pub(crate) struct Channel {
    pub(crate) sender: mpsc::Sender<Value>,
    pub(crate) receiver: Mutex<mpsc::Receiver<Value>>,
}

/// Its ends, until they are taken.
type OneShot = (
    Cell<Option<oneshot::Sender<Value>>>,
    Cell<Option<oneshot::Receiver<Value>>>,
);

pub(crate) struct Shared {
    fault: Fault,
    pub(crate) handles: RefCell<Vec<(String, JoinHandle<Output>)>>,
    pub(crate) aborts: RefCell<Vec<(String, AbortHandle)>>,
    values: Cell<u32>,
    pub(crate) channels: [Channel; 2],
    pub(crate) one_shots: [OneShot; 3],
    pub(crate) locks: [Mutex<u32>; 2],
    pub(crate) sum: Mutex<u32>,
    pub(crate) gate: Semaphore,
    pub(crate) read_write: RwLock<u32>,
    pub(crate) permits: Semaphore,
    pub(crate) bells: [Notify; 2],
    pub(crate) barrier: Barrier,
    pub(crate) once: OnceCell<u32>,
    pub(crate) watch: watch::Sender<u32>,
    // One for all: of several that wait, tokio tells them in no promised order.
    pub(crate) watched: Mutex<watch::Receiver<u32>>,
    pub(crate) broadcast: broadcast::Sender<u32>,
    pub(crate) heard: [Mutex<broadcast::Receiver<u32>>; 2],
}

impl Shared {
    pub(crate) fn new(fault: Fault) -> Self {
        let (watch, watched) = watch::channel(0);
        let (broadcast, heard) = broadcast::channel(2);
        let one_shot = || {
            let (sender, receiver) = oneshot::channel();
            (Cell::new(Some(sender)), Cell::new(Some(receiver)))
        };
        Self {
            fault,
            handles: RefCell::default(),
            aborts: RefCell::default(),
            values: Cell::default(),
            channels: [1, 2].map(|capacity| {
                let (sender, receiver) = mpsc::channel(capacity);
                let receiver = Mutex::new(receiver);
                Channel { sender, receiver }
            }),
            one_shots: [(); 3].map(|()| one_shot()),
            locks: Default::default(),
            sum: Mutex::default(),
            gate: Semaphore::new(2),
            read_write: RwLock::default(),
            permits: Semaphore::new(2),
            bells: Default::default(),
            // Of more than two, tokio tells those that wait in no promised order.
            barrier: Barrier::new(2),
            once: OnceCell::new(),
            heard: [heard.resubscribe(), heard].map(Mutex::new),
            watch,
            watched: Mutex::new(watched),
            broadcast,
        }
    }

    /// Whether this mistake is to be made.
    pub(crate) fn errs(&self, fault: Fault) -> bool {
        self.fault == fault
    }

    /// Panics if this mistake is to be made, in a program that has made what is made once.
    pub(crate) fn panics_by(&self, fault: Fault) {
        let is_made = self.once.initialized();
        assert!(!(is_made && self.errs(fault)), "{fault:?}");
    }

    pub(crate) fn keep(&self, name: String, handle: JoinHandle<Output>) {
        let abort = handle.abort_handle();
        self.aborts.borrow_mut().push((name.clone(), abort));
        self.handles.borrow_mut().push((name, handle));
    }

    pub(crate) fn next_number(&self) -> u32 {
        self.values.set(self.values.get() + 1);
        self.values.get()
    }

    pub(crate) fn value(&self) -> Value {
        Value(self.next_number())
    }

    /// Writes in which state all of it is.
    pub(crate) fn tell(&self) {
        let say = |text| write_line("state", text);
        for (name, task) in self.aborts.borrow().iter() {
            say(format!("{name} finished: {}", task.is_finished()));
        }
        for channel in &self.channels {
            say(format!("room: {}", channel.sender.capacity()));
        }
        for lock in &self.locks {
            say(format!(
                "lock: {:?}",
                lock.try_lock().map(|guard| *guard).ok()
            ));
        }
        let read = self.read_write.try_read().map(|guard| *guard);
        let write = self.read_write.try_write().map(|guard| *guard);
        say(format!("read: {:?}, write: {:?}", read.ok(), write.ok()));
        say(format!("permits: {}", self.permits.available_permits()));
        say(format!(
            "sum: {:?}",
            self.sum.try_lock().map(|sum| *sum).ok()
        ));
        say(format!("gate: {}", self.gate.available_permits()));
        say(format!("once: {:?}", self.once.get()));
        say(format!("watch: {}", *self.watch.borrow()));
        say(format!("broadcast: {}", self.broadcast.len()));
    }
}
