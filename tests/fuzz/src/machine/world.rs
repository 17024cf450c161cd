//! A program on the library's own machine.
//!
//! Owns what its scripts share, and how a run begins and ends.

use std::cell::{Cell, RefCell};
use std::panic;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::mpsc;
use std::task::{Context, Poll, Waker};
use std::thread;

use buzzer::runtime::{Builder, Runtime};
use buzzer::task::{AbortHandle, JoinHandle, yield_now};
use buzzer::time::{Duration, Instant, Sleep, sleep};

use super::program::{Driven, END, NODES, Now, Program, THREADS, pick};
use super::script::Script;
use super::{Account, Event};

/// What all scripts share.
pub(super) struct World {
    pub(super) program: Program,
    pub(super) account: RefCell<Account>,
    began: Instant,
    /// Of the first poll of each node, in that order; the first two are of another runtime.
    pub(super) wakers: RefCell<Vec<Waker>>,
    /// By node; only tasks have one.
    pub(super) handles: RefCell<Vec<Option<JoinHandle<Output>>>>,
    aborts: RefCell<Vec<Option<AbortHandle>>>,
    /// What each node sleeps by.
    pub(super) sleeps: RefCell<Vec<Option<SharedSleep>>>,
    threads_left: Cell<u32>,
    /// Told by a worker of the pool when it is gone.
    pub(super) worker_ended: mpsc::Receiver<()>,
    /// The run is over: what is dropped does nothing more.
    pub(super) is_over: Cell<bool>,
}

pub(super) type SharedSleep = Rc<RefCell<Pin<Box<Sleep>>>>;

/// What a script gives in the end.
pub(super) struct Output {
    world: Rc<World>,
    node: usize,
}

impl Output {
    pub(super) fn new(world: Rc<World>, node: usize) -> Self {
        Self { world, node }
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        self.world.account.borrow_mut().drops[self.node][1] += 1;
    }
}

impl World {
    pub(super) fn note(&self, event: Event) {
        self.account.borrow_mut().events.push(event);
    }

    /// Milliseconds since the run began.
    pub(super) fn now(&self) -> u64 {
        self.began.elapsed().as_millis() as u64
    }

    /// One more thread, if there may be.
    pub(super) fn take_thread(&self) -> bool {
        let left = self.threads_left.get();
        self.threads_left.set(left.saturating_sub(1));
        left > 0
    }

    /// One more node, if there may be.
    pub(super) fn take_node(&self) -> Option<usize> {
        let drops = &mut self.account.borrow_mut().drops;
        let node = drops.len();
        (node < NODES).then(|| {
            drops.push([0, 0]);
            self.handles.borrow_mut().push(None);
            self.aborts.borrow_mut().push(None);
            self.sleeps.borrow_mut().push(None);
            node
        })
    }

    fn keep(&self, node: usize, handle: JoinHandle<Output>) {
        self.aborts.borrow_mut()[node] = Some(handle.abort_handle());
        self.handles.borrow_mut()[node] = Some(handle);
    }

    fn waker(&self, number: u8) -> Waker {
        let wakers = self.wakers.borrow();
        wakers[usize::from(number) % wakers.len()].clone()
    }

    /// Does what `node` does at once.
    pub(super) fn act(self: &Rc<Self>, node: usize, now: Now) {
        let nodes = self.account.borrow().drops.len();
        let one = |number| pick(number, nodes).expect("there is one that acts");
        match now {
            Now::Spawn(number) => {
                if let Some(spawned) = self.take_node() {
                    let script = self.program.script(number);
                    let script = Script::new(self.clone(), spawned, script);
                    self.keep(spawned, buzzer::spawn(script));
                }
            }
            Now::Wake(number) => self.waker(number).wake(),
            Now::WakeByThread(number) => {
                if self.take_thread() {
                    let waker = self.waker(number);
                    let thread = thread::spawn(move || waker.wake());
                    thread.join().expect("a wake doesn't panic");
                }
            }
            Now::Abort(number) => {
                if let Some(task) = &self.aborts.borrow()[one(number)] {
                    task.abort();
                }
            }
            Now::DropHandle(number) => {
                let handle = self.handles.borrow_mut()[one(number)].take();
                drop(handle);
            }
            Now::Reset(number, millis) => {
                let sleep = self.sleeps.borrow()[one(number)].clone();
                if let Some(sleep) = sleep {
                    let deadline = Instant::now() + Duration::from_millis(millis.into());
                    sleep.borrow_mut().as_mut().reset(deadline);
                }
            }
            Now::IsFinished(number) => {
                let one = one(number);
                if let Some(task) = &self.aborts.borrow()[one] {
                    let finished = task.is_finished();
                    if let Some(handle) = &self.handles.borrow()[one] {
                        assert_eq!(handle.is_finished(), finished);
                    }
                    self.note(Event::Finished(node, one, finished));
                }
            }
        }
    }
}

/// Wakers of tasks that are gone with their runtime.
fn stale() -> Vec<Waker> {
    let runtime = Builder::new_current_thread().build().expect("a runtime");
    let wakers = Rc::new(RefCell::new(Vec::new()));
    for _ in 0..2 {
        let wakers = wakers.clone();
        runtime.spawn(std::future::poll_fn(move |cx| {
            wakers.borrow_mut().push(cx.waker().clone());
            Poll::<()>::Pending
        }));
    }
    runtime.block_on(yield_now());
    wakers.take()
}

/// Runs it.
pub(super) fn run(program: &Program) -> Account {
    let wakers = stale();
    let (tell, worker_ended) = mpsc::channel();
    let runtime = Builder::new_current_thread()
        .start_paused(true)
        .event_interval(program.interval())
        .thread_keep_alive(Duration::ZERO)
        .on_thread_stop(move || tell.send(()).expect("the run waits for it"))
        .build()
        .expect("a runtime");
    let world = Rc::new(World {
        program: program.clone(),
        account: RefCell::default(),
        began: runtime.block_on(async { Instant::now() }),
        wakers: RefCell::new(wakers),
        handles: RefCell::default(),
        aborts: RefCell::default(),
        sleeps: RefCell::default(),
        threads_left: Cell::new(THREADS),
        worker_ended,
        is_over: Cell::new(false),
    });
    let first = world.take_node().expect("it is the first");
    let script = Script::new(world.clone(), first, program.script(0));
    let mut main = None;
    match &program.driven {
        Driven::Main => {
            let main = main.insert(Box::pin(Main { script, end: None }));
            runtime.block_on(main);
        }
        Driven::Turns(limits) => {
            // From within: a spawn from outside makes a turn that has nothing to do.
            runtime.block_on(async { world.keep(first, buzzer::spawn(script)) });
            for &limit in limits {
                let turn = runtime.turn(Some(Duration::from_millis(limit.into())));
                world.note(Event::Turned(turn.expect("epoll works").polls()));
            }
        }
    }
    world.account.borrow_mut().alive = runtime.metrics().num_alive_tasks();
    end(runtime, &world, main)
}

/// Drops all there is, in one order or the other.
fn end(runtime: Runtime, world: &Rc<World>, main: Option<Pin<Box<Main>>>) -> Account {
    world.is_over.set(true);
    let held = || {
        let handles = world.handles.take();
        let rest = (world.aborts.take(), world.sleeps.take());
        (handles, rest)
    };
    match world.program.runtime_first {
        true => {
            drop(runtime);
            drop((held(), main));
        }
        false => {
            drop((held(), main));
            drop(runtime);
        }
    }
    for waker in world.wakers.take() {
        waker.wake();
    }
    world.account.take()
}

/// The first script as the future of a `block_on`, which ends also when nothing else does.
struct Main {
    script: Script,
    end: Option<Pin<Box<Sleep>>>,
}

impl Future for Main {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if Pin::new(&mut self.script).poll(cx).is_ready() {
            return Poll::Ready(());
        }
        let end = || Box::pin(sleep(Duration::from_millis(END)));
        self.end.get_or_insert_with(end).as_mut().poll(cx)
    }
}

/// Ends a task as a panic does, without the hook: libFuzzer's would end the process.
pub(super) fn panic_quietly() -> ! {
    panic::resume_unwind(Box::new("as the script says"))
}
