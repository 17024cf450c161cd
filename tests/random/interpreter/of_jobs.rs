//! Blocking jobs, and what becomes of them.
//!
//! A job that has begun can't be cancelled, and one that has not can: which it is, is certain
//! of a job that says so itself, and of those that are queued behind one that holds the only
//! worker. So the latter are jobs of a runtime of their own, which nobody runs.

use super::alone::hold;
use super::step::told;
use super::strand::Strand;
use program::{Fault, JobFate, SetEnd};
use std::panic::resume_unwind;
use std::sync::{Arc, Mutex, mpsc};
use tokio::join;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::oneshot;
use tokio::task::{JoinSet, spawn_blocking, yield_now};

/// One of this runtime's, which runs when its fate is decided.
pub(crate) async fn job(strand: &Strand, number: u8, fate: JobFate) {
    let (begins, has_begun) = oneshot::channel();
    let (let_go, waits) = mpsc::channel::<()>();
    let (tells, value) = oneshot::channel();
    let job = spawn_blocking(move || {
        let _ = begins.send(());
        let _ = waits.recv();
        if number.is_multiple_of(4) {
            resume_unwind(Box::new("as planned"));
        }
        let _ = tells.send(u32::from(number) + 1);
    });
    has_begun.await.expect("it says so first");
    if let JobFate::Abort = fate {
        job.abort();
    }
    let told = match fate {
        JobFate::Detach => {
            drop(job);
            drop(let_go);
            "is let go"
        }
        JobFate::Await | JobFate::Abort => {
            drop(let_go);
            told(&job.await)
        }
    };
    strand.say(&format!("its job {told}: {:?}", value.await.ok()));
}

/// A pool with one worker, which a job holds; and which of the jobs behind it have run.
struct Pool {
    runtime: Runtime,
    ran: Arc<Mutex<Vec<u8>>>,
    let_go: mpsc::Sender<()>,
}

impl Pool {
    async fn new() -> Self {
        let mut builder = Builder::new_current_thread();
        let runtime = builder.max_blocking_threads(1).build().unwrap();
        let (begins, has_begun) = oneshot::channel();
        let (let_go, waits) = mpsc::channel::<()>();
        drop(runtime.spawn_blocking(move || {
            let _ = begins.send(());
            waits.recv()
        }));
        has_begun.await.expect("it says so first");
        Self {
            runtime,
            ran: Arc::default(),
            let_go,
        }
    }

    fn job(&self, number: u8) -> impl FnOnce() + Send + 'static {
        let ran = self.ran.clone();
        move || ran.lock().unwrap().push(number)
    }

    /// Which of them have run, in that order. The worker was let go.
    async fn ends(self) -> Vec<u8> {
        // It is the last in line.
        self.runtime.spawn_blocking(|| ()).await.unwrap();
        self.runtime.shutdown_background();
        std::mem::take(&mut *self.ran.lock().unwrap())
    }
}

/// Jobs that are queued when their fate is decided.
pub(crate) async fn queue(strand: &Strand, fates: &[JobFate]) {
    let shared = &strand.shared;
    let _held = hold(shared);
    let pool = Pool::new().await;
    let mut jobs = Vec::new();
    for (number, fate) in (0..).zip(fates) {
        let job = pool.runtime.spawn_blocking(pool.job(number));
        match fate {
            JobFate::Await => jobs.push((number, job)),
            JobFate::Abort => {
                if !shared.errs(Fault::QueuedJobsRun) {
                    job.abort();
                }
                jobs.push((number, job));
            }
            JobFate::Detach => {
                if shared.errs(Fault::JobsGoWithTheirHandles) {
                    job.abort();
                }
            }
        }
    }
    pool.let_go.send(()).expect("the job waits for it");
    for (number, job) in jobs {
        strand.say(&format!("job {number} {}", told(&job.await)));
    }
    strand.say(&format!("these have run: {:?}", pool.ends().await));
}

/// The same, in a set.
pub(crate) async fn set(strand: &Strand, count: u8, end: SetEnd) {
    let shared = &strand.shared;
    let _held = hold(shared);
    let pool = Pool::new().await;
    let mut set = JoinSet::new();
    for number in 0..count {
        set.spawn_blocking_on(pool.job(number), pool.runtime.handle());
    }
    let let_go = || pool.let_go.send(()).expect("the job waits for it");
    match end {
        SetEnd::AwaitAll => (),
        // One that has ended might be any: the worker would go on.
        SetEnd::AwaitOneThenDrop => set = JoinSet::new(),
        SetEnd::AbortAllThenAwait if shared.errs(Fault::SetsIgnoreAborts) => (),
        SetEnd::AbortAllThenAwait => set.abort_all(),
        SetEnd::Shutdown => {
            // It aborts them by its first poll, and then waits for them.
            let then = async {
                yield_now().await;
                let_go();
            };
            join!(set.shutdown(), then);
        }
        SetEnd::Detach => set.detach_all(),
    }
    if !matches!(end, SetEnd::Shutdown) {
        let_go();
    }
    while let Some(result) = set.join_next().await {
        strand.say(&format!("one of the set {}", told(&result)));
    }
    strand.say(&format!("these have run: {:?}", pool.ends().await));
}
