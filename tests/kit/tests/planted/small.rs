//! A small executor that is correct, and has a place for each planted mistake.
//!
//! A table of tasks, a queue of their numbers, one waker for each task. Where it asks for
//! a fault, it does wrong if it was told to.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use buzzer_kit::{Executor, LocalFuture};

use crate::faults::Fault;

/// As the kit is to see it.
pub fn executor(name: &str, fault: Option<Fault>) -> Executor {
    Executor::new(name, move |future| block_on(fault, future)).spawn(spawn)
}

thread_local! {
    static CURRENT: RefCell<Option<Rc<Small>>> = const { RefCell::new(None) };
}

/// block_on's own future has this number.
const MAIN: u64 = 0;

struct Small {
    fault: Option<Fault>,
    tasks: RefCell<BTreeMap<u64, Task>>,
    spawned: Cell<u64>,
    queue: Arc<Queue>,
    selector: RefCell<mio::Poll>,
}

struct Task {
    future: LocalFuture,
    buzzer: Arc<Buzzer>,
    end: Rc<End>,
}

/// Whether a task has ended, and who waits for it.
#[derive(Default)]
struct End {
    has_come: Cell<bool>,
    waits: Cell<Option<Waker>>,
}

/// What all threads may reach.
struct Queue {
    fault: Option<Fault>,
    numbers: Mutex<VecDeque<u64>>,
    unpark: mio::Waker,
}

/// Wakes one task.
struct Buzzer {
    number: u64,
    is_queued: AtomicBool,
    queue: Arc<Queue>,
}

impl Wake for Buzzer {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if !self.is_queued.swap(true, SeqCst) {
            self.queue.push(self.number);
        }
    }
}

impl Queue {
    fn push(&self, number: u64) {
        self.numbers.lock().unwrap().push_back(number);
        if self.fault != Some(Fault::DoesNotUnpark) {
            self.unpark.wake().unwrap();
        }
    }

    fn pop(&self) -> Option<u64> {
        let mut numbers = self.numbers.lock().unwrap();
        if self.fault == Some(Fault::LastInFirstOut) {
            return numbers.pop_back();
        }
        if self.fault == Some(Fault::MainIsLast)
            && let Some(at) = numbers.iter().position(|number| *number != MAIN)
        {
            return numbers.remove(at);
        }
        numbers.pop_front()
    }
}

fn current() -> Rc<Small> {
    let current = CURRENT.with_borrow(Clone::clone);
    current.expect("called within block_on")
}

fn block_on(fault: Option<Fault>, future: LocalFuture) {
    let selector = mio::Poll::new().unwrap();
    let unpark = mio::Waker::new(selector.registry(), mio::Token(0)).unwrap();
    let small = Rc::new(Small {
        fault,
        tasks: RefCell::default(),
        spawned: Cell::new(MAIN),
        queue: Arc::new(Queue {
            fault,
            numbers: Mutex::default(),
            unpark,
        }),
        selector: RefCell::new(selector),
    });
    let outer = CURRENT.replace(Some(small.clone()));
    assert!(outer.is_none(), "block_on within block_on");
    let panicked = small.run(future);
    small.drop_all();
    CURRENT.set(None);
    if let Err(panic) = panicked {
        resume_unwind(panic);
    }
}

fn spawn(future: LocalFuture) -> LocalFuture {
    let small = current();
    small.spawned.set(small.spawned.get() + 1);
    let end = small.insert(small.spawned.get(), future);
    Box::pin(poll_fn(move |cx| {
        if end.has_come.get() {
            return Poll::Ready(());
        }
        end.waits.set(Some(cx.waker().clone()));
        Poll::Pending
    }))
}

impl Small {
    fn has(&self, fault: Fault) -> bool {
        self.fault == Some(fault)
    }

    fn insert(&self, number: u64, future: LocalFuture) -> Rc<End> {
        let buzzer = Arc::new(Buzzer {
            number,
            is_queued: AtomicBool::new(false),
            queue: self.queue.clone(),
        });
        let end = Rc::<End>::default();
        let task = Task {
            future,
            buzzer: buzzer.clone(),
            end: end.clone(),
        };
        self.tasks.borrow_mut().insert(number, task);
        buzzer.wake();
        end
    }

    /// Until block_on's own future has ended.
    fn run(&self, future: LocalFuture) -> Result<(), Box<dyn Any + Send>> {
        let end = self.insert(MAIN, future);
        loop {
            while let Some(number) = self.queue.pop() {
                let polled = self.poll(number);
                if number == MAIN && end.has_come.get() {
                    return polled;
                }
            }
            self.park();
        }
    }

    fn park(&self) {
        let naps = self.has(Fault::NapsWhileIdle);
        let limit = naps.then_some(Duration::from_millis(1));
        let mut events = mio::Events::with_capacity(16);
        let mut selector = self.selector.borrow_mut();
        selector.poll(&mut events, limit).unwrap();
    }

    /// The task is out of the table meanwhile, so that it may spawn.
    fn poll(&self, number: u64) -> Result<(), Box<dyn Any + Send>> {
        // It has ended, and was woken once more.
        let Some(mut task) = self.tasks.borrow_mut().remove(&number) else {
            return Ok(());
        };
        task.buzzer.is_queued.store(false, SeqCst);
        let waker = Waker::from(task.buzzer.clone());
        let poll = || task.future.as_mut().poll(&mut Context::from_waker(&waker));
        let polled = catch_unwind(AssertUnwindSafe(poll));
        if self.has(Fault::ClearsTheMarkAfterThePoll) {
            self.queue
                .numbers
                .lock()
                .unwrap()
                .retain(|queued| *queued != number);
            task.buzzer.is_queued.store(false, SeqCst);
        }
        if let Ok(Poll::Pending) = polled {
            self.tasks.borrow_mut().insert(number, task);
            return Ok(());
        }
        let dropped = catch_unwind(AssertUnwindSafe(|| drop(task.future)));
        task.end.has_come.set(true);
        task.end.waits.take().into_iter().for_each(Waker::wake);
        polled.map(drop).and(dropped)
    }

    /// One by one, for a future may spawn when it is dropped.
    fn drop_all(&self) {
        loop {
            let Some((_, task)) = self.tasks.borrow_mut().pop_first() else {
                return;
            };
            // What it says was said by no poll, and nobody is left to be told.
            let _ = catch_unwind(AssertUnwindSafe(|| drop(task.future)));
        }
    }
}
