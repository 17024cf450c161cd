//! Stops the workers and lets them go, so that it is certain how far a job has come.
//!
//! For a runtime with one worker: a job that waits to be let go keeps it from all that is
//! queued behind. Used by `mod.rs` and `stints.rs`.

use buzzer::sync::oneshot;
use buzzer::task::{JoinHandle, spawn_blocking, yield_now};
use std::sync::mpsc;

#[derive(Default)]
pub struct Gate {
    holds: Option<(mpsc::Sender<()>, JoinHandle<()>)>,
}

impl Gate {
    pub fn is_shut(&self) -> bool {
        self.holds.is_some()
    }

    /// Has the workers do all that is queued, and then wait. The task has a new budget
    /// afterwards.
    pub async fn shut(&mut self) {
        if self.is_shut() {
            return yield_now().await;
        }
        let (is_in, told) = oneshot::channel();
        let (let_go, wait) = mpsc::channel();
        let job = spawn_blocking(move || {
            _ = is_in.send(());
            _ = wait.recv();
        });
        told.await.expect("the job has begun");
        self.holds = Some((let_go, job));
    }

    /// Has the workers do all that is queued.
    pub async fn open(&mut self) {
        let Some((let_go, job)) = self.holds.take() else {
            return;
        };
        drop(let_go);
        job.await.expect("it only waits");
        // There is one worker, so what was queued before this has ended.
        spawn_blocking(|| ()).await.expect("it does nothing");
    }
}
