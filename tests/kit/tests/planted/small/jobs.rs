//! Other threads, for what blocks.

use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex, Weak, mpsc};
use std::task::{Poll, Waker};
use std::thread;

use buzzer_kit::{Job, LocalFuture};

use crate::faults::Fault;

const WORKERS: usize = 4;
const BOUND: usize = 64;

pub(super) struct Workers {
    fault: Option<Fault>,
    /// Nothing is started before there is a job.
    queue: Mutex<Option<mpsc::Sender<Work>>>,
    queued: Arc<AtomicUsize>,
}

/// A job, and who is to be told.
struct Work {
    job: Job,
    end: Weak<Mutex<End>>,
}

#[derive(Default)]
struct End {
    has_come: bool,
    waits: Option<Waker>,
}

impl Workers {
    pub(super) fn new(fault: Option<Fault>) -> Self {
        Self {
            fault,
            queue: Mutex::default(),
            queued: Arc::default(),
        }
    }

    pub(super) fn run(&self, job: Job) -> LocalFuture {
        let end = Arc::new(Mutex::new(End::default()));
        if self.fault == Some(Fault::RunsJobsInPlace) {
            job();
            return Box::pin(async {});
        }
        let has_room = self.queued.fetch_add(1, SeqCst) < BOUND;
        if has_room || self.fault != Some(Fault::JobsHaveABound) {
            let mut queue = self.queue.lock().unwrap();
            let queue = queue.get_or_insert_with(|| start(self.fault, &self.queued));
            // It fails if all workers are gone, by a planted mistake.
            let _ = queue.send(Work {
                job,
                end: Arc::downgrade(&end),
            });
        }
        Box::pin(poll_fn(move |cx| {
            let mut end = end.lock().unwrap();
            if end.has_come {
                return Poll::Ready(());
            }
            end.waits = Some(cx.waker().clone());
            Poll::Pending
        }))
    }
}

fn start(fault: Option<Fault>, queued: &Arc<AtomicUsize>) -> mpsc::Sender<Work> {
    let (sender, receiver) = mpsc::channel::<Work>();
    let receiver = Arc::new(Mutex::new(receiver));
    for _ in 0..WORKERS {
        let (receiver, queued) = (receiver.clone(), queued.clone());
        thread::spawn(move || {
            loop {
                let next = receiver.lock().unwrap().recv();
                let Ok(Work { job, end }) = next else {
                    return;
                };
                let done = catch_unwind(AssertUnwindSafe(job));
                queued.fetch_sub(1, SeqCst);
                if done.is_ok() || fault != Some(Fault::JobPanicsTellNobody) {
                    // None: nobody waits any more.
                    let told = end.upgrade().map(|end| tell(fault, &end));
                    if told.is_none() && fault == Some(Fault::DroppedJobsEndTheWorker) {
                        return;
                    }
                }
                if done.is_err() && fault == Some(Fault::PanicsEndTheWorker) {
                    return;
                }
            }
        });
    }
    sender
}

fn tell(fault: Option<Fault>, end: &Mutex<End>) {
    let mut end = end.lock().unwrap();
    end.has_come = true;
    let waits = end.waits.take();
    drop(end);
    if fault != Some(Fault::JobsTellNobody) {
        waits.into_iter().for_each(Waker::wake);
    }
}
