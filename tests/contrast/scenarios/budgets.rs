//! What a task may do in one poll: each leaf that is ready takes a unit of 128.

use super::*;
use tokio::sync::{Mutex, RwLock, Semaphore, broadcast, mpsc, oneshot, watch};
use tokio::task::{JoinSet, coop, unconstrained};

/// Awaits what `leaf` makes, again and again, and notes how often it did so before
/// another task could run.
async fn count<F: Future>(name: &'static str, mut leaf: impl FnMut() -> F) {
    let others_ran = Rc::new(Cell::new(false));
    let ran = others_ran.clone();
    // From here on it is a task's own budget.
    yield_now().await;
    spawn_local(async move { ran.set(true) });
    let mut times = 0;
    while !others_ran.get() && times < 1_000 {
        leaf().await;
        times += 1;
    }
    note!("{name}: {times}");
}

pub fn how_often_a_free_lock_is_taken() -> Transcript {
    run(async || {
        spawn_local(async {
            let mutex = Mutex::new(());
            count("mutex", async || drop(mutex.lock().await)).await;
            let lock = RwLock::new(());
            count("reader", async || drop(lock.read().await)).await;
            count("writer", async || drop(lock.write().await)).await;
            let semaphore = Semaphore::new(9);
            count("permit", async || drop(semaphore.acquire().await)).await;
            count("permits", async || drop(semaphore.acquire_many(9).await)).await;
            count("no permits", async || drop(semaphore.acquire_many(0).await)).await;
        })
        .await
        .unwrap();
    })
}

pub fn how_often_a_channel_gives() -> Transcript {
    run(async || {
        spawn_local(async {
            let (sender, mut receiver) = mpsc::unbounded_channel();
            (0..2_000).for_each(|number| sender.send(number).unwrap());
            let receiver = RefCell::new(&mut receiver);
            #[allow(clippy::await_holding_refcell_ref, reason = "one at a time")]
            count("a value", async || receiver.borrow_mut().recv().await).await;
            #[allow(clippy::await_holding_refcell_ref, reason = "one at a time")]
            count("many at once", async || {
                receiver.borrow_mut().recv_many(&mut Vec::new(), 3).await
            })
            .await;
            let (sender, _receiver) = mpsc::channel(2_000);
            count("a send", async || sender.send(1).await).await;
            count("room", async || drop(sender.reserve().await)).await;
            count("a closed channel", async || {
                let (_, mut receiver) = mpsc::channel::<u8>(1);
                receiver.recv().await
            })
            .await;
        })
        .await
        .unwrap();
    })
}

pub fn how_often_a_value_for_one_or_many_is_there() -> Transcript {
    run(async || {
        spawn_local(async {
            count("oneshot", async || {
                let (sender, receiver) = oneshot::channel();
                sender.send(7).unwrap();
                receiver.await
            })
            .await;
            count("gone", async || {
                let (_, receiver) = oneshot::channel::<u8>();
                receiver.await
            })
            .await;
            let (sender, receiver) = broadcast::channel(1);
            count("broadcast", async || {
                let mut receiver = receiver.resubscribe();
                sender.send(7).unwrap();
                receiver.recv().await
            })
            .await;
            let (sender, receiver) = watch::channel(0);
            count("watch", async || {
                let mut receiver = receiver.clone();
                sender.send_replace(1);
                receiver.changed().await
            })
            .await;
            count("a value that will do", async || {
                receiver.clone().wait_for(|_| true).await.map(|_| ())
            })
            .await;
        })
        .await
        .unwrap();
    })
}

pub fn how_often_a_task_is_joined() -> Transcript {
    run(async || {
        spawn_local(async {
            let ended: Vec<_> = (0..1_000).map(|number| spawn(ready(number))).collect();
            sleep(ms(1)).await;
            let mut ended = ended.into_iter();
            count("a handle", || ended.next().unwrap()).await;
            let mut set: JoinSet<_> = (0..1_000).map(ready).collect();
            sleep(ms(1)).await;
            let set = RefCell::new(&mut set);
            #[allow(clippy::await_holding_refcell_ref, reason = "one at a time")]
            count("a set", async || {
                set.borrow_mut().join_next().await.unwrap()
            })
            .await;
        })
        .await
        .unwrap();
    })
}

pub fn how_often_a_stream_in_memory_is_ready() -> Transcript {
    run(async || {
        spawn_local(async {
            count("nothing", async || io::empty().read(&mut [0]).await).await;
            count("the same", async || io::repeat(1).read(&mut [0]).await).await;
            count("a sink", async || io::sink().write(b"x").await).await;
            count("a slice", async || (&b"x"[..]).read(&mut [0]).await).await;
            let (mut here, mut there) = io::duplex(2_000);
            here.write_all(&[0; 2_000]).await.unwrap();
            let there = RefCell::new(&mut there);
            #[allow(clippy::await_holding_refcell_ref, reason = "one at a time")]
            count("a pipe", async || there.borrow_mut().read(&mut [0]).await).await;
            let here = RefCell::new(&mut here);
            #[allow(clippy::await_holding_refcell_ref, reason = "one at a time")]
            count("a write", async || here.borrow_mut().write(b"x").await).await;
        })
        .await
        .unwrap();
    })
}

pub fn how_often_a_timer_is_due() -> Transcript {
    run(async || {
        spawn_local(async {
            count("a sleep", || sleep(Duration::ZERO)).await;
            count("a timeout", || timeout(ms(9), ready(()))).await;
            count("a timeout that is over", || {
                timeout(Duration::ZERO, pending::<()>())
            })
            .await;
            let mut ticks = interval_at(Instant::now(), ms(1));
            advance(ms(5_000)).await;
            let ticks = RefCell::new(&mut ticks);
            #[allow(clippy::await_holding_refcell_ref, reason = "one at a time")]
            count("a tick", async || ticks.borrow_mut().tick().await).await;
        })
        .await
        .unwrap();
    })
}

pub fn what_costs_nothing() -> Transcript {
    run(async || {
        spawn_local(async {
            count("what is ready", || ready(())).await;
            count("an unconstrained leaf", || {
                unconstrained(sleep(Duration::ZERO))
            })
            .await;
            count("a unit", coop::consume_budget).await;
            count("a cooperative one", || coop::cooperative(ready(()))).await;
            count("a try", async || Mutex::new(()).try_lock().is_ok()).await;
        })
        .await
        .unwrap();
    })
}

// Each poll has a new one, however the task came to wait.
pub fn a_budget_is_new_in_each_poll() -> Transcript {
    run(async || {
        let spend = async || {
            let mut units = 0;
            while coop::has_budget_remaining() {
                coop::consume_budget().await;
                units += 1;
            }
            units
        };
        let task = spawn(async move {
            note!("{}", spend().await);
            yield_now().await;
            note!("{}", spend().await);
            sleep(ms(1)).await;
            note!("{}", spend().await);
            // The last unit of the poll was taken, so this leaf waits for the next.
            note!("{}", coop::has_budget_remaining());
            coop::consume_budget().await;
            note!("{}", spend().await);
        });
        task.await.unwrap();
    })
}

pub fn an_unconstrained_part_of_a_task() -> Transcript {
    run(async || {
        let task = spawn(async {
            while coop::has_budget_remaining() {
                coop::consume_budget().await;
            }
            unconstrained(async {
                note!("within: {}", coop::has_budget_remaining());
                sleep(Duration::ZERO).await;
                let inner = coop::cooperative(ready(1));
                note!("still at it: {}", inner.await);
            })
            .await;
            note!("behind it: {}", coop::has_budget_remaining());
        });
        let other = spawn(async { note!("the other runs") });
        finish([task, other]).await;
    })
}
