//! `block_on` alone: its future is polled when it was woken, however that was done.

use std::future::poll_fn;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::sync::{Arc, Mutex, OnceLock, mpsc};
use std::task::{Poll, Waker};
use std::thread;

use crate::Executor;
use crate::child::awaiting;
use crate::hand::{Count, OnDrop, idle_beside, pending_once, until_others_sleep, wake, within};
use crate::scenario::{Outcome, Scenario, expect};

pub(crate) const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "wake_during_the_poll",
        mistake: "A wake that comes before the poll is over is lost.",
        look: "Whether the mark \"woken\" is cleared after a poll, or the thread parked without \
               a look at it. Clear it before the poll, and look at it before parking.",
        needs: &[],
        run: wake_during_the_poll,
    },
    Scenario {
        name: "wake_by_ref",
        mistake: "wake_by_ref does not wake.",
        look: "The second way to call a waker: Wake::wake_by_ref, or its entry in the vtable.",
        needs: &[],
        run: wake_by_ref,
    },
    Scenario {
        name: "waker_kept",
        mistake: "A clone of the waker is worth nothing once the poll is over.",
        look: "What a waker holds: something that lives as long as the task, not as the poll.",
        needs: &[],
        run: waker_kept,
    },
    Scenario {
        name: "wake_while_running",
        mistake: "A wake from another thread is lost when it comes during the poll.",
        look: "What the waker does on another thread while its task runs: the mark must stand \
               after the poll, too.",
        needs: &[],
        run: wake_while_running,
    },
    Scenario {
        name: "wake_while_parked",
        mistake: "A wake from another thread doesn't end the park.",
        look: "What the waker does on another thread: it must set the mark, and then unpark.",
        needs: &[],
        run: wake_while_parked,
    },
    Scenario {
        name: "wake_before_the_park",
        mistake: "A wake is lost between the look at the queue and the park.",
        look: "The moment before parking. The look and the falling asleep must be one step: a \
               condition variable with the queue's own lock, or an unpark that is remembered.",
        needs: &[],
        run: wake_before_the_park,
    },
    Scenario {
        name: "idle",
        mistake: "The processor is kept busy while there is nothing to do.",
        look: "What the loop does with an empty queue: it must park until it is woken, and not \
               poll, yield or sleep for a while.",
        needs: &[],
        run: idle,
    },
    Scenario {
        name: "main_dropped",
        mistake: "block_on returns, and its future has not been dropped.",
        look: "Where block_on's future is kept: it must be dropped before block_on returns, \
               also if a waker of it is still around.",
        needs: &[],
        run: main_dropped,
    },
    Scenario {
        name: "wake_after_block_on",
        mistake: "A waker that is called after the executor's end panics.",
        look: "What the waker does when nobody is there any more: nothing. Don't unwrap the \
               send, and don't expect the task.",
        needs: &[],
        run: wake_after_block_on,
    },
    Scenario {
        name: "block_on_again",
        mistake: "block_on works once, and not a second time.",
        look: "What block_on leaves behind in statics and thread-locals.",
        needs: &[],
        run: block_on_again,
    },
    Scenario {
        name: "two_threads",
        mistake: "block_on on two threads at once gets in its own way.",
        look: "What is shared by the whole process: a static queue, lock or current executor.",
        needs: &[],
        run: two_threads,
    },
];

fn wake_during_the_poll(executor: &Executor) -> Outcome {
    within(executor, async {
        awaiting("a second poll, since the first one has woken its own waker");
        pending_once(wake).await;
        Ok(())
    })
}

fn wake_by_ref(executor: &Executor) -> Outcome {
    within(executor, async {
        awaiting("a poll, since the waker was woken by wake_by_ref");
        pending_once(Waker::wake_by_ref).await;
        Ok(())
    })
}

/// A clone of a clone, and the others gone: the thread that has it is all who knows it.
fn waker_kept(executor: &Executor) -> Outcome {
    within(executor, async {
        awaiting("a poll, since a clone of the waker was woken after the poll");
        pending_once(|waker| {
            let waker = waker.clone();
            let clone = waker.clone();
            drop(waker);
            thread::spawn(move || {
                until_others_sleep();
                clone.wake();
            });
        })
        .await;
        Ok(())
    })
}

fn wake_while_running(executor: &Executor) -> Outcome {
    within(executor, async {
        awaiting("a second poll, since another thread has woken the waker during the first");
        pending_once(|waker| {
            let waker = waker.clone();
            let woken = thread::spawn(move || waker.wake()).join();
            woken.expect("a waker that does not panic");
        })
        .await;
        Ok(())
    })
}

fn wake_while_parked(executor: &Executor) -> Outcome {
    within(executor, async {
        awaiting("a poll, since another thread has woken the waker while this one was idle");
        pending_once(|waker| {
            let waker = waker.clone();
            thread::spawn(move || {
                until_others_sleep();
                waker.wake();
            });
        })
        .await;
        Ok(())
    })
}

/// A thread that answers at once: some of its wakes come while this one is on its way into
/// the park.
fn wake_before_the_park(executor: &Executor) -> Outcome {
    const TIMES: u32 = 2_000;
    within(executor, async {
        let answered = Arc::new(AtomicU32::new(0));
        let (asks, questions) = mpsc::channel::<Waker>();
        let answers = Arc::clone(&answered);
        thread::spawn(move || {
            for waker in questions {
                answers.fetch_add(1, SeqCst);
                waker.wake();
            }
        });
        awaiting("one poll of 2,000, each woken by a thread that answers at once");
        let mut asked = 0;
        poll_fn(|cx| {
            if answered.load(SeqCst) < asked {
                return Poll::Pending;
            }
            if asked == TIMES {
                return Poll::Ready(());
            }
            asked += 1;
            asks.send(cx.waker().clone()).expect("the thread runs");
            Poll::Pending
        })
        .await;
        Ok(())
    })
}

fn idle(executor: &Executor) -> Outcome {
    within(executor, idle_beside(|_| ()))
}

fn main_dropped(executor: &Executor) -> Outcome {
    let dropped = Count::default();
    let counted = dropped.clone();
    let waker = Arc::new(OnceLock::new());
    let keep = Arc::clone(&waker);
    let guard = OnDrop(move || counted.add());
    let mut guard = Some(guard);
    // The guard is the future's own, and not the async block's that has ended.
    executor.run(poll_fn(move |cx| {
        assert!(guard.is_some(), "polled after its end");
        let _ = keep.set(cx.waker().clone());
        let _ = &mut guard;
        Poll::Ready(())
    }));
    let dropped = dropped.get();
    let expected = "the future dropped, once, when block_on returns";
    expect(
        dropped == 1,
        expected,
        format_args!("dropped {dropped} times"),
    )
}

fn wake_after_block_on(executor: &Executor) -> Outcome {
    let waker = Arc::new(OnceLock::<Waker>::new());
    let keep = Arc::clone(&waker);
    within(executor, async {
        poll_fn(move |cx| {
            let _ = keep.set(cx.waker().clone());
            Poll::Ready(Ok(()))
        })
        .await
    })?;
    let clone = Arc::clone(&waker);
    let elsewhere = thread::spawn(move || clone.get().map(Waker::wake_by_ref));
    let expected = "nothing, when a waker is called after block_on has returned";
    expect(elsewhere.join().is_ok(), expected, "it panicked")?;
    waker.get().map(Waker::wake_by_ref);
    block_on_again(executor)
}

fn block_on_again(executor: &Executor) -> Outcome {
    for time in ["first", "second", "third"] {
        within(executor, async move {
            awaiting(&format!("the end of the {time} block_on"));
            pending_once(wake).await;
            Ok(())
        })?;
    }
    Ok(())
}

/// Each waits for the other.
fn two_threads(executor: &Executor) -> Outcome {
    let half = |own: mpsc::Sender<Waker>, other: mpsc::Receiver<Waker>| {
        let executor = executor.clone();
        move || {
            let other = Arc::new(Mutex::new(other));
            executor.run(pending_once(move |waker| {
                let _ = own.send(waker.clone());
                thread::spawn(move || {
                    let other = other.lock().unwrap().recv();
                    other.into_iter().for_each(Waker::wake);
                });
            }));
        }
    };
    awaiting("the end of block_on on both of two threads, each woken by the other");
    let ((to_one, of_one), (to_two, of_two)) = (mpsc::channel(), mpsc::channel());
    let one = thread::spawn(half(to_two, of_one));
    let two = thread::spawn(half(to_one, of_two));
    let ended = [one.join(), two.join()].iter().all(Result::is_ok);
    let expected = "the end of block_on on both of two threads";
    expect(ended, expected, "one of them panicked")
}
