//! What the steps of any program do, and what is written of it.

use super::strand::{DEPTH, Strand};
use super::together;
use super::{alone, flow, of_all};
use crate::own;
use program::{Fault, Step};
use std::future::poll_fn;
use std::panic::resume_unwind;
use std::task::Poll;
use std::time::Duration;
use tokio::task::JoinError;
use tokio::time::sleep;

pub(crate) const fn ms(milliseconds: u32) -> Duration {
    Duration::from_millis(milliseconds as u64)
}

/// Back to the end of the queue. tokio sets aside who yields, and hands them back in
/// reverse; who wakes itself queues like any other.
pub(crate) async fn wake_oneself() {
    let mut is_back = false;
    poll_fn(|cx| {
        if std::mem::replace(&mut is_back, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// How a task ended, by its handle.
pub(crate) fn told<T>(result: &Result<T, JoinError>) -> &'static str {
    match result {
        Ok(_) => "has ended",
        Err(error) if error.is_panic() => "has panicked",
        Err(_) => "was cancelled",
    }
}

pub(crate) async fn step(strand: &Strand, step: &Step) {
    match step {
        Step::Sleep(time) => {
            let is_late = *time == 3 && strand.shared.errs(Fault::SleepsLate);
            sleep(ms(time + u32::from(is_late))).await;
            strand.say("has slept");
        }
        Step::Wake => {
            wake_oneself().await;
            strand.say("is back");
        }
        Step::Panic => {
            strand.say("panics");
            // Past the hook: nobody wants to read of it.
            resume_unwind(Box::new("as planned"));
        }
        Step::Local(steps) => {
            let depth = DEPTH.try_with(|depth| *depth).unwrap_or(0);
            DEPTH.scope(depth + 1, strand.body(0, steps)).await;
        }
        Step::Join(all) => {
            together::join(strand.bodies(all)).await;
            strand.say("has joined");
        }
        Step::Gather(all) => {
            let branches = strand.bodies(all);
            if strand.shared.errs(Fault::GatherPollsAll) {
                together::join(branches).await;
            } else {
                own::gather(branches).await;
            }
            strand.say("has gathered");
        }
        Step::Yield | Step::Child(..) | Step::Limit(..) | Step::Add(_) | Step::Enter(_) => {
            alone::step(strand, step).await;
        }
        Step::Job(..) | Step::JobQueue(_) | Step::JobSet(..) | Step::File(_) => {
            alone::step(strand, step).await;
        }
        Step::Process(_) | Step::OtherRuntime(..) => alone::step(strand, step).await,
        Step::Flow(conduit, count, producing, consuming) => {
            flow::flow(strand, *conduit, *count, [producing, consuming]).await;
        }
        _ => of_all::step(strand, step).await,
    }
}
