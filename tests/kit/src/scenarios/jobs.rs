//! Jobs that block: on other threads, and none of them is lost.

use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use crate::child::awaiting;
use crate::hand::{Door, Log, OnDrop, until_others_sleep, within, yields};
use crate::scenario::{Outcome, Scenario, expect};
use crate::{Executor, Part};

pub(crate) const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "job_elsewhere",
        mistake: "The loop stands still while a job blocks.",
        look: "Where the job runs, and whether somebody waits for it there: it must be \
               another thread, whose end wakes the future.",
        needs: &[Part::Blocking],
        run: job_elsewhere,
    },
    Scenario {
        name: "job_while_parked",
        mistake: "The end of a job doesn't end the park.",
        look: "What the worker does when the job is done: keep the result, and then wake.",
        needs: &[Part::Blocking],
        run: job_while_parked,
    },
    Scenario {
        name: "many_jobs",
        mistake: "Of many jobs at once some never run.",
        look: "What becomes of jobs for which there is no idle worker.",
        needs: &[Part::Blocking],
        run: many_jobs,
    },
    Scenario {
        name: "panic_of_a_job",
        mistake: "Who awaits a job that panics waits for ever.",
        look: "What the worker does with a panic: it must tell the future, as with any end.",
        needs: &[Part::Spawn, Part::Blocking],
        run: panic_of_a_job,
    },
    Scenario {
        name: "job_after_a_panic",
        mistake: "A job that panics takes its worker along, and later jobs never run.",
        look: "The call of the job: put catch_unwind around it.",
        needs: &[Part::Spawn, Part::Blocking],
        run: job_after_a_panic,
    },
    Scenario {
        name: "job_dropped",
        mistake: "Later jobs never run once the future of one was dropped.",
        look: "What the worker does when nobody takes the result: nothing. Don't unwrap the \
               send.",
        needs: &[Part::Blocking],
        run: job_dropped,
    },
];

/// The job waits for what the loop does meanwhile, so neither can go first.
fn job_elsewhere(executor: &Executor) -> Outcome {
    let blocks = executor.clone();
    within(executor, async move {
        let (sends, word) = mpsc::channel::<()>();
        awaiting("the loop to go on while a job waits for it");
        let mut job = blocks.job(move || {
            let _ = word.recv();
        });
        let mut is_first = true;
        std::future::poll_fn(|cx| {
            let polled = job.as_mut().poll(cx);
            if std::mem::take(&mut is_first) {
                let _ = sends.send(());
            }
            polled
        })
        .await;
        Ok(())
    })
}

fn job_while_parked(executor: &Executor) -> Outcome {
    let blocks = executor.clone();
    within(executor, async move {
        awaiting("the end of a job, while everything else sleeps");
        blocks.job(until_others_sleep).await;
        Ok(())
    })
}

fn many_jobs(executor: &Executor) -> Outcome {
    const JOBS: u32 = 2_000;
    let blocks = executor.clone();
    within(executor, async move {
        let run = Arc::new(AtomicU32::new(0));
        let jobs = (0..JOBS).map(|_| {
            let run = Arc::clone(&run);
            blocks.job(move || {
                run.fetch_add(1, SeqCst);
            })
        });
        for job in jobs.collect::<Vec<_>>() {
            awaiting("one of 2,000 jobs that were all begun before the first was awaited");
            job.await;
        }
        let run = run.load(SeqCst);
        expect(run == JOBS, "2,000 jobs run", format_args!("{run} were"))
    })
}

/// That the panic goes on in who awaits the job is as good.
fn panic_of_a_job(executor: &Executor) -> Outcome {
    let spawner = executor.clone();
    within(executor, async move {
        awaiting("the end of a job that panics");
        panicking_job(&spawner).await;
        Ok(())
    })
}

/// Ends when the future of such a job has ended.
async fn panicking_job(executor: &Executor) {
    let ended = Door::default();
    let told = ended.opened();
    let blocks = executor.clone();
    drop(executor.task(async move {
        let _guard = OnDrop(move || ended.open());
        blocks.job(|| panic!("planned by the scenario")).await;
    }));
    told.await;
}

/// More of them than there are workers, most likely.
fn job_after_a_panic(executor: &Executor) -> Outcome {
    let spawner = executor.clone();
    within(executor, async move {
        let log = Log::default();
        for _ in 0..20 {
            drop(spawner.job(|| panic!("planned by the scenario")));
            yields(1).await;
        }
        awaiting("a job after twenty that panicked");
        spawner
            .job(|| std::thread::sleep(Duration::from_millis(1)))
            .await;
        log.add("ended");
        Ok(())
    })
}

fn job_dropped(executor: &Executor) -> Outcome {
    let blocks = executor.clone();
    within(executor, async move {
        for _ in 0..20 {
            // The job ends only when its future is gone, however fast its worker is.
            let (dropped, is_dropped) = mpsc::channel::<()>();
            drop(blocks.job(move || _ = is_dropped.recv()));
            drop(dropped);
            yields(1).await;
        }
        awaiting("a job after twenty whose futures were dropped");
        blocks.job(|| ()).await;
        Ok(())
    })
}
