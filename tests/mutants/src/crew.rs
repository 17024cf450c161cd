//! Several threads that share work.

use std::sync::Mutex;
use std::thread;

/// Does `one` of each, with the number of the thread that does it.
pub fn each<T: Send, R: Send>(
    workers: usize,
    all: Vec<T>,
    one: impl Fn(usize, T) -> R + Sync,
) -> Vec<R> {
    let left = Mutex::new(all.into_iter());
    let done = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for worker in 0..workers {
            let (left, done, one) = (&left, &done, &one);
            scope.spawn(move || {
                loop {
                    let next = left.lock().unwrap().next();
                    let Some(next) = next else { break };
                    let result = one(worker, next);
                    done.lock().unwrap().push(result);
                }
            });
        }
    });
    done.into_inner().unwrap()
}
