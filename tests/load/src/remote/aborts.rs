//! Tasks are aborted, each by two threads and twice by both.
//!
//! Owns the second part of `remote`. In one half of the batches the tasks wait, in the other
//! they were never polled. Each is dropped, and who awaits it is told.

use std::future::pending;

use super::{BATCH, Batches, Dropped};
use crate::settle::settle;

pub(super) fn abort(batches: &mut Batches<'_>, count: u64) -> u64 {
    let mut done = 0;
    while done < count {
        let dropped = Dropped::default();
        let mut awaited = Vec::with_capacity(BATCH / 10);
        let mut to_abort = Vec::with_capacity(BATCH);
        for number in 0..BATCH {
            let its = dropped.one();
            let task = batches.runtime.spawn(async move {
                let _its = its;
                pending::<()>().await;
            });
            to_abort.push(task.abort_handle());
            if number % 10 == 0 {
                awaited.push(task);
            }
        }
        if batches.done % 4 < 2 {
            settle(batches.runtime);
        }
        batches.send(|half| {
            for _ in 0..2 {
                // From both ends, so that the two meet at a different task each time.
                for number in 0..BATCH {
                    let number = if half == 0 {
                        number
                    } else {
                        BATCH - 1 - number
                    };
                    to_abort[number].abort();
                }
            }
        });
        assert_eq!(
            dropped.count(),
            BATCH,
            "tasks that were aborted and dropped"
        );
        for task in awaited {
            let ended = batches.runtime.block_on(task);
            assert!(ended.is_err_and(|error| error.is_cancelled()));
        }
        done += 4 * BATCH as u64;
        drop(to_abort);
        batches.end();
    }
    done
}
