//! A small executor that is correct, and has a place for each planted mistake.
//!
//! A table of tasks, a queue of their numbers, one waker for each task; timers, sources,
//! workers and the budget have files of their own. Where it asks for a fault, it does wrong
//! if it was told to.

mod budget;
mod jobs;
mod queue;
mod sources;
mod timers;

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::poll_fn;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

use buzzer_kit::{Abort, Executor, LocalFuture};

use crate::faults::Fault;
use jobs::Workers;
use queue::{Buzzer, MAIN, Queue};
use sources::Sources;
use timers::Timers;

/// As the kit is to see it.
pub fn executor(name: &str, fault: Option<Fault>) -> Executor {
    Executor::new(name, move |future| block_on(fault, future))
        .spawn(|future| current().spawn(future).0)
        .sleep(|duration| timers::sleep(&current(), duration))
        .read(|stream| sources::reader(&current(), stream))
        .blocking(|job| current().workers.run(job))
        .abort(abortable)
}

thread_local! {
    static CURRENT: RefCell<Option<Rc<Small>>> = const { RefCell::new(None) };
}

struct Small {
    fault: Option<Fault>,
    /// A task is not in there while it is polled.
    tasks: RefCell<BTreeMap<u64, Task>>,
    spawned: Cell<u64>,
    queue: Arc<Queue>,
    timers: Timers,
    sources: Sources,
    workers: Workers,
    /// The panic that is to leave block_on.
    leaves: Cell<Option<Panic>>,
    /// What planted mistakes keep.
    graves: RefCell<Vec<LocalFuture>>,
    slots: RefCell<Vec<[u64; 4]>>,
}

struct Task {
    future: LocalFuture,
    buzzer: Arc<Buzzer>,
    end: Rc<End>,
}

/// What is known of a task besides its future: its handle and its abort ask for it.
#[derive(Default)]
struct End {
    has_come: Cell<bool>,
    is_aborted: Cell<bool>,
    waits: RefCell<Option<Waker>>,
}

type Panic = Box<dyn Any + Send>;

fn current() -> Rc<Small> {
    let current = CURRENT.with_borrow(Clone::clone);
    current.expect("called within block_on")
}

fn block_on(fault: Option<Fault>, future: LocalFuture) {
    static ONE: Mutex<()> = Mutex::new(());
    let one_at_a_time = fault == Some(Fault::OneThreadAtATime);
    let _one = one_at_a_time.then(|| ONE.lock().unwrap_or_else(PoisonError::into_inner));

    let nests = fault == Some(Fault::NestedTakesThePlace);
    let is_entered = CURRENT.with_borrow(Option::is_some);
    assert!(nests || !is_entered, "block_on within block_on");
    let selector = mio::Poll::new().unwrap();
    let small = Rc::new(Small {
        fault,
        tasks: RefCell::default(),
        spawned: Cell::new(MAIN),
        queue: Arc::new(Queue::new(fault, selector.registry())),
        timers: Timers::default(),
        sources: Sources::new(selector),
        workers: Workers::new(fault),
        leaves: Cell::default(),
        graves: RefCell::default(),
        slots: RefCell::default(),
    });
    CURRENT.set(Some(small.clone()));
    let ended = small.run(future);
    let ended = ended.and(small.drop_all());
    small.queue.close();
    let stays = match &ended {
        Ok(()) => fault == Some(Fault::StaysEntered),
        Err(_) => fault == Some(Fault::StaysEnteredAfterAPanic),
    };
    if !stays {
        CURRENT.set(None);
    }
    if let Err(panic) = ended {
        resume_unwind(panic);
    }
}

fn abortable(future: LocalFuture) -> (LocalFuture, Abort) {
    let small = current();
    let (handle, end) = small.spawn(future);
    let number = small.spawned.get();
    let abort = move || {
        let is_over = end.has_come.get();
        if small.has(Fault::AbortExpectsTheTask) {
            assert!(!is_over, "no task {number} to abort");
        }
        end.is_aborted.set(true);
        let tasks = small.tasks.borrow();
        let buzzer = tasks.get(&number).map(|task| task.buzzer.clone());
        drop(tasks);
        if small.has(Fault::AbortNeedsTheTable) && !is_over {
            assert!(buzzer.is_some(), "task {number} is not in the table");
        }
        buzzer
            .into_iter()
            .for_each(|buzzer| Waker::from(buzzer).wake());
    };
    (handle, Box::new(abort))
}

/// What a handle is made of, so that one which cancels is told of its drop.
struct Handle {
    fault: Option<Fault>,
    end: Rc<End>,
}

impl Handle {
    fn poll(&self, cx: &Context<'_>) -> Poll<()> {
        if self.end.has_come.get() {
            return match self.fault {
                Some(Fault::HandlesAreFree) => Poll::Ready(()),
                _ => budget::proceed(cx.waker()),
            };
        }
        let keeps = self.fault == Some(Fault::HandleKeepsTheFirst);
        let mut waker = Some(cx.waker().clone());
        let small = current();
        let within = self.fault == Some(Fault::ReplacesWithinTheTable);
        let _borrowed = within.then(|| small.tasks.borrow_mut());
        let mut waits = self.end.waits.borrow_mut();
        if waits.is_none() || !keeps {
            mem::swap(&mut *waits, &mut waker);
        }
        drop(waits);
        drop(waker); // Foreign code: the one before.
        Poll::Pending
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        if self.fault == Some(Fault::HandlesCancel) {
            self.end.is_aborted.set(true);
        }
    }
}

impl Small {
    fn has(&self, fault: Fault) -> bool {
        self.fault == Some(fault)
    }

    fn spawn(&self, future: LocalFuture) -> (LocalFuture, Rc<End>) {
        let number = self.spawned.get() + 1;
        self.spawned.set(number);
        let end = self.insert(number, future);
        if self.has(Fault::PollsAtSpawn) {
            self.poll(number);
        }
        let handle = Handle {
            fault: self.fault,
            end: end.clone(),
        };
        (Box::pin(poll_fn(move |cx| handle.poll(cx))), end)
    }

    fn insert(&self, number: u64, future: LocalFuture) -> Rc<End> {
        let buzzer = self.queue.buzzer(number);
        let end = Rc::<End>::default();
        let task = Task {
            future,
            buzzer: buzzer.clone(),
            end: end.clone(),
        };
        self.tasks.borrow_mut().insert(number, task);
        if self.has(Fault::SlotsStay) {
            self.slots.borrow_mut().push([number; 4]);
        }
        Waker::from(buzzer).wake();
        end
    }

    /// Until block_on's own future has ended, or a panic is to leave block_on.
    fn run(&self, future: LocalFuture) -> Result<(), Panic> {
        let end = self.insert(MAIN, future);
        loop {
            while let Some(number) = self.queue.pop() {
                self.poll(number);
                if let Some(panic) = self.leaves.take() {
                    return Err(panic);
                }
                if end.has_come.get() {
                    return Ok(());
                }
                if self.has(Fault::PollsMainEachTime) && number != MAIN {
                    self.queue.push(MAIN);
                }
                if self.has(Fault::PollsAll) {
                    let tasks = self.tasks.borrow();
                    tasks.keys().for_each(|number| self.queue.push(*number));
                }
                self.look(false);
            }
            self.look(true);
        }
    }

    /// At timers and sources; and parks if that is asked for, and nothing is queued.
    fn look(&self, is_idle: bool) {
        if is_idle || !self.has(Fault::SleepsWhenIdle) {
            self.timers.expire(self.fault);
        }
        let is_idle = is_idle && self.queue.is_empty();
        if is_idle || !self.has(Fault::LooksWhenIdle) {
            self.sources.look(self, is_idle);
        }
    }

    fn poll(&self, number: u64) {
        let Some(mut task) = self.tasks.borrow_mut().remove(&number) else {
            // It has ended, and was woken once more.
            assert!(!self.has(Fault::ExpectsTheTask), "no task {number}");
            return;
        };
        let is_aborted = |task: &Task| task.end.is_aborted.get() && !self.has(Fault::AbortPolls);
        if is_aborted(&task) {
            return self.finish(number, task, Ok(()));
        }
        task.buzzer.begin_poll();
        let polled = catch_unwind(AssertUnwindSafe(|| self.poll_future(number, &mut task)));
        task.buzzer.end_poll();
        if self.has(Fault::WakersEndWithThePoll) {
            task.buzzer = self.queue.buzzer_in_the_place_of(&task.buzzer);
        }
        match polled {
            Ok(Poll::Pending) if !is_aborted(&task) => {
                self.tasks.borrow_mut().insert(number, task);
            }
            Ok(_) => self.finish(number, task, Ok(())),
            Err(panic) => self.finish(number, task, Err(panic)),
        }
    }

    /// Once, and with the table free for whatever the future does.
    fn poll_future(&self, number: u64, task: &mut Task) -> Poll<()> {
        let within = self.has(Fault::PollsWithinTheTable) && number != MAIN;
        let _borrowed = within.then(|| self.tasks.borrow_mut());
        let waker = Waker::from(task.buzzer.clone());
        let mut poll = || {
            budget::refill();
            task.future.as_mut().poll(&mut Context::from_waker(&waker))
        };
        if self.has(Fault::PollsAgainAtOnce) && number != MAIN {
            while poll().is_pending() {
                if !self.queue.take(&task.buzzer) {
                    return Poll::Pending;
                }
            }
            return Poll::Ready(());
        }
        poll()
    }

    /// Drops the future, and then tells who waits. Both are the program's code.
    fn finish(&self, number: u64, task: Task, polled: Result<(), Panic>) {
        let end = task.end.clone();
        let is_told = match self.fault {
            _ if number == MAIN => true,
            Some(Fault::PanicsTellNobody) => polled.is_ok(),
            Some(Fault::AbortsTellNobody) => !end.is_aborted.get(),
            Some(Fault::TellsOnlyWhoWaits) => end.waits.borrow().is_some(),
            _ => true,
        };
        let dropped = self.drop_ended(number, task);
        let mut slot = end.waits.borrow_mut();
        let waits = slot.take();
        let held = self.has(Fault::WakesWithinTheHandle).then_some(slot);
        end.has_come.set(is_told && held.is_none());
        let told = catch_unwind(AssertUnwindSafe(|| {
            waits.into_iter().filter(|_| is_told).for_each(Waker::wake);
        }));
        drop(held);
        end.has_come.set(is_told);
        // A task's panic, its drop's or its waiter's ends no other task.
        for (result, fault) in [
            (polled, Fault::LetsPanicsOut),
            (dropped, Fault::LetsDropsPanic),
            (told, Fault::LetsWakersPanic),
        ] {
            if let Err(panic) = result
                && (number == MAIN || self.has(fault))
            {
                self.leaves.set(Some(panic));
            }
        }
    }

    fn drop_ended(&self, number: u64, task: Task) -> Result<(), Panic> {
        match self.fault {
            Some(Fault::KeepsEnded) if number != MAIN => {
                let end = Rc::default();
                self.tasks.borrow_mut().insert(number, Task { end, ..task });
            }
            Some(Fault::DropsLate) if number != MAIN => self.graves.borrow_mut().push(task.future),
            Some(Fault::ForgetsMain) if number == MAIN => mem::forget(task.future),
            Some(Fault::DropsWithinTheTable) => {
                let _borrowed = self.tasks.borrow_mut();
                return drop_caught(task.future);
            }
            Some(Fault::DropsWithinTheQueue) => {
                return self.queue.locked(|| drop_caught(task.future));
            }
            _ => return drop_caught(task.future),
        }
        Ok(())
    }

    /// One by one, for a future may spawn when it is dropped.
    fn drop_all(&self) -> Result<(), Panic> {
        if self.has(Fault::DropsTheLeftWithinTheTable) {
            self.tasks.borrow_mut().clear();
        }
        loop {
            let Some((_, task)) = self.tasks.borrow_mut().pop_first() else {
                return Ok(());
            };
            // Two: the task's own, and one for its place in the queue.
            let has_wakers = Arc::strong_count(&task.buzzer) > 1;
            if self.has(Fault::ForgetsTheLeft) || self.has(Fault::WakersHoldTasks) && has_wakers {
                mem::forget(task.future);
                continue;
            }
            // Nobody is left to be told of a panic.
            if let Err(panic) = drop_caught(task.future)
                && self.has(Fault::LetsTheLeftPanic)
            {
                mem::forget(self.tasks.take());
                return Err(panic);
            }
        }
    }
}

fn drop_caught(future: LocalFuture) -> Result<(), Panic> {
    catch_unwind(AssertUnwindSafe(|| drop(future)))
}
