//! Handles, timers and sources are dropped by threads that are not theirs.
//!
//! Owns the third part of `remote`. Of each batch a part are the handles of tasks that have
//! ended, whose outputs are dropped at home; of tasks that wait, and are told to end
//! afterwards; of tasks that were sent there; and sleeps that are armed. Some are sockets.

use std::future::{pending, poll_fn};
use std::pin::Pin;
use std::sync::Mutex;
use std::task::Poll;
use std::time::Duration;

use buzzer::net::UnixStream;
use buzzer::task::JoinHandle;
use buzzer::time::{Sleep, sleep};

use super::{BATCH, Batches, Counted, Dropped};
use crate::opened::Opened;
use crate::settle::settle;

/// Among how many drops one is of a pair of sockets. They cost system calls.
const SOCKETS: usize = 1_000;

/// What is dropped elsewhere. Nobody reads it.
#[expect(dead_code, reason = "things to drop")]
enum Thing {
    Task(JoinHandle<Counted>),
    Sleep(Pin<Box<Sleep>>, Counted),
    Sockets([UnixStream; 2], Counted),
}

pub(super) fn drop_elsewhere(batches: &mut Batches<'_>, count: u64) -> u64 {
    let mut done = 0;
    let mut opened = None;
    while done < count {
        let dropped = Dropped::default();
        let mut waiting = Vec::with_capacity(BATCH / 4);
        let runtime = batches.runtime;
        let mut things: Vec<_> = {
            let _entered = runtime.enter();
            (0..BATCH)
                .map(|number| {
                    let its = dropped.one();
                    match number % 4 {
                        _ if number % SOCKETS == 0 => Thing::Sockets(sockets(), its),
                        0 => Thing::Task(runtime.spawn(async move { its })),
                        1 => {
                            let task = runtime.spawn(async move {
                                let its = its;
                                pending::<()>().await;
                                its
                            });
                            waiting.push(task.abort_handle());
                            Thing::Task(task)
                        }
                        2 => Thing::Task(runtime.handle().spawn(async move { its })),
                        _ => Thing::Sleep(Box::pin(sleep(Duration::from_secs(3_600))), its),
                    }
                })
                .collect()
        };
        runtime.block_on(arm(&mut things));
        settle(batches.runtime);
        let things = Mutex::new(things);
        batches.send(|_| {
            loop {
                // Some at a time, so that the two drop at once.
                let mut things = things.lock().unwrap();
                let left = things.len().saturating_sub(64);
                let some = things.split_off(left);
                drop(things);
                if some.is_empty() {
                    return;
                }
            }
        });
        waiting.iter().for_each(|task| task.abort());
        settle(batches.runtime);
        assert_eq!(dropped.count(), BATCH, "what was dropped");
        let now = Opened::now();
        let now = (now.descriptors, now.watched);
        assert_eq!(*opened.get_or_insert(now), now, "descriptors and sources");
        done += BATCH as u64;
        drop(waiting);
        drop(things);
        batches.end();
    }
    done
}

fn sockets() -> [UnixStream; 2] {
    let (one, other) = UnixStream::pair().unwrap();
    [one, other]
}

/// Polls each sleep once.
async fn arm(things: &mut [Thing]) {
    poll_fn(|cx| {
        for thing in &mut *things {
            if let Thing::Sleep(sleep, _) = thing {
                assert!(sleep.as_mut().poll(cx).is_pending());
            }
        }
        Poll::Ready(())
    })
    .await;
}
