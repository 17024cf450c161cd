//! A script as a future.
//!
//! Owns how it is polled. What it does at once is in `world.rs`.

use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::mpsc;
use std::task::{Context, Poll, ready};

use buzzer::task::{JoinHandle, spawn_blocking};
use buzzer::time::{Duration, sleep};

use super::program::{Driven, Op, Script as Ops, Wait};
use super::world::{Output, SharedSleep, World, panic_quietly};
use super::{End, Event};

pub(super) struct Script {
    world: Rc<World>,
    node: usize,
    /// The node that a gather's child belongs to at last: a task.
    task: usize,
    ops: std::vec::IntoIter<Op>,
    at_drop: Vec<super::program::Now>,
    was_polled: bool,
    waits: Option<Waits>,
}

/// What it waits for.
enum Waits {
    /// For its next poll, whoever wakes it.
    Once {
        wakes: bool,
        was_polled: bool,
    },
    Sleep(SharedSleep),
    Join(usize, JoinHandle<Output>),
    Job(Option<mpsc::Sender<()>>, JoinHandle<()>),
    Gather(Pin<Box<dyn Future<Output = Vec<Output>>>>),
}

impl Script {
    pub(super) fn new(world: Rc<World>, node: usize, script: &Ops) -> Self {
        Self {
            world,
            node,
            task: node,
            ops: script.ops.clone().into_iter(),
            at_drop: script.at_drop.clone(),
            was_polled: false,
            waits: None,
        }
    }

    /// What a wait is as futures; `None` if it can't be had.
    fn begin(&self, wait: Wait) -> Option<Waits> {
        let world = &self.world;
        Some(match wait {
            Wait::Yield => Waits::Once {
                wakes: true,
                was_polled: false,
            },
            Wait::Park => Waits::Once {
                wakes: false,
                was_polled: false,
            },
            Wait::Sleep(millis) => {
                let sleep = Box::pin(sleep(Duration::from_millis(millis.into())));
                let sleep = Rc::new(RefCell::new(sleep));
                world.sleeps.borrow_mut()[self.node] = Some(sleep.clone());
                Waits::Sleep(sleep)
            }
            Wait::Join(number) => {
                let mut handles = world.handles.borrow_mut();
                let task = usize::from(number) % handles.len();
                Waits::Join(task, handles[task].take()?)
            }
            Wait::Job => {
                if !world.take_thread() {
                    return None;
                }
                let (go, may_go) = mpsc::channel();
                let job = spawn_blocking(move || may_go.recv().expect("it is let go"));
                Waits::Job(Some(go), job)
            }
            Wait::Gather(from, count) => {
                let mut children = Vec::new();
                for number in (0..count % 4).map(|more| from.wrapping_add(more)) {
                    if let Some(node) = world.take_node() {
                        let script = world.program.script(number);
                        let mut child = Self::new(world.clone(), node, script);
                        child.task = self.task;
                        children.push(child);
                    }
                }
                Waits::Gather(Box::pin(buzzer::gather(children)))
            }
        })
    }

    fn poll_wait(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        match self.waits.as_mut().expect("it waits") {
            Waits::Once { wakes, was_polled } => {
                if !std::mem::replace(was_polled, true) {
                    if *wakes {
                        cx.waker().wake_by_ref();
                    }
                    return Poll::Pending;
                }
            }
            Waits::Sleep(sleep) => {
                ready!(sleep.borrow_mut().as_mut().poll(cx));
                self.world.sleeps.borrow_mut()[self.node] = None;
            }
            Waits::Join(task, handle) => {
                let end = match ready!(Pin::new(handle).poll(cx)) {
                    Ok(_) => End::Ready,
                    Err(error) if error.is_panic() => End::Panicked,
                    Err(_) => End::Cancelled,
                };
                self.world.note(Event::Joined(self.node, *task, end));
            }
            Waits::Job(go, job) => {
                let polled = Pin::new(job).poll(cx);
                if let Some(go) = go.take() {
                    // It waits, so that its end is a wake; and that is sent before this
                    // goes on.
                    assert!(polled.is_pending());
                    go.send(()).expect("the job waits for it");
                    self.world.worker_ended.recv().expect("the worker ends");
                    return Poll::Pending;
                }
                ready!(polled).expect("the job doesn't panic");
            }
            Waits::Gather(gather) => drop(ready!(gather.as_mut().poll(cx))),
        }
        Poll::Ready(())
    }

    /// Whether the future of a `block_on` would be torn down by a panic here.
    fn is_main(&self) -> bool {
        self.task == 0 && matches!(self.world.program.driven, Driven::Main)
    }
}

impl Future for Script {
    type Output = Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Output> {
        let this = &mut *self;
        this.world.note(Event::Polled(this.node, this.world.now()));
        if !std::mem::replace(&mut this.was_polled, true) {
            this.world.wakers.borrow_mut().push(cx.waker().clone());
        }
        loop {
            if this.waits.is_some() {
                ready!(this.poll_wait(cx));
                this.waits = None;
            }
            match this.ops.next() {
                None => return Poll::Ready(Output::new(this.world.clone(), this.node)),
                Some(Op::Now(now)) => this.world.act(this.node, now),
                Some(Op::Wait(wait)) => this.waits = this.begin(wait),
                Some(Op::Panic) if this.is_main() => {}
                Some(Op::Panic) => panic_quietly(),
            }
        }
    }
}

impl Drop for Script {
    fn drop(&mut self) {
        let world = &self.world;
        world.account.borrow_mut().drops[self.node][0] += 1;
        if world.is_over.get() {
            return;
        }
        world.note(Event::Dropped(self.node));
        // Whoever resets it from here on has nothing to reset.
        world.sleeps.borrow_mut()[self.node] = None;
        for now in std::mem::take(&mut self.at_drop) {
            world.act(self.node, now);
        }
    }
}
