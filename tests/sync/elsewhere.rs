//! Other executors, other wakers, threads that block.

use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::thread;

use buzzer::sync::{Barrier, Mutex, Notify, RwLock, Semaphore, SetOnce};
use buzzer::sync::{broadcast, mpsc, oneshot, watch};
use futures::executor::block_on;

use crate::asleep::ThisThread;
use crate::caught::panic_of;
use crate::counting::Count;
use crate::foreign::Foreign;

type Waiting<'a> = Pin<Box<dyn Future<Output = ()> + 'a>>;

/// A future that waits, and what ends its wait.
struct Case<'a> {
    name: &'static str,
    future: Waiting<'a>,
    end: Box<dyn FnOnce() + 'a>,
}

fn case<'a>(
    name: &'static str,
    future: impl Future<Output = ()> + 'a,
    end: impl FnOnce() + 'a,
) -> Case<'a> {
    let (future, end) = (Box::pin(future), Box::new(end));
    Case { name, future, end }
}

/// Everything that keeps a waker.
fn cases() -> Vec<Case<'static>> {
    let mutex = Arc::new(Mutex::new(()));
    let held = mutex.clone().try_lock_owned().unwrap();
    let lock = Arc::new(RwLock::new(()));
    let written = lock.clone().try_write_owned().unwrap();
    let semaphore = Arc::new(Semaphore::new(0));
    let adds = semaphore.clone();
    let bell = Arc::new(Notify::new());
    let rings = bell.clone();
    let bell_for_all = Arc::new(Notify::new());
    let rings_all = bell_for_all.clone();
    let barrier = Arc::new(Barrier::new(2));
    let comes = barrier.clone();
    let once = Arc::new(SetOnce::new());
    let sets = once.clone();
    let (sender, receiver) = oneshot::channel();
    let (mut closes, closed) = oneshot::channel::<()>();
    let (values, mut queue) = mpsc::channel(1);
    let (full, takes) = mpsc::channel(1);
    full.try_send(()).unwrap();
    // Dropped by what ends the wait it would close the channel.
    let takes = Arc::new(std::sync::Mutex::new(takes));
    let open = takes.clone();
    let (calls, mut called) = broadcast::channel(1);
    let (board, mut watches) = watch::channel(());
    vec![
        case("Mutex", async move { drop(mutex.lock().await) }, || {
            drop(held)
        }),
        case("RwLock", async move { drop(lock.read().await) }, || {
            drop(written)
        }),
        case(
            "Semaphore",
            async move { semaphore.acquire().await.unwrap().forget() },
            move || adds.add_permits(1),
        ),
        case("Notify", async move { bell.notified().await }, move || {
            rings.notify_one()
        }),
        case(
            "Notify, all",
            async move { bell_for_all.notified().await },
            move || rings_all.notify_waiters(),
        ),
        case(
            "Barrier",
            async move { _ = barrier.wait().await },
            move || _ = block_on(comes.wait()),
        ),
        case("SetOnce", async move { *once.wait().await }, move || {
            sets.set(()).unwrap()
        }),
        case("oneshot", async { receiver.await.unwrap() }, || {
            _ = sender.send(());
        }),
        case(
            "oneshot, closed",
            async move { closes.closed().await },
            || drop(closed),
        ),
        case(
            "mpsc, empty",
            async move { queue.recv().await.unwrap() },
            move || _ = values.try_send(()),
        ),
        case(
            "mpsc, full",
            async move {
                full.send(()).await.unwrap();
                drop(open);
            },
            move || takes.lock().unwrap().try_recv().unwrap(),
        ),
        case(
            "broadcast",
            async move { called.recv().await.unwrap() },
            move || _ = calls.send(()),
        ),
        case(
            "watch",
            async move { watches.changed().await.unwrap() },
            move || _ = board.send(()),
        ),
    ]
}

#[test]
fn each_wait_is_woken_once_outside_of_any_runtime() {
    for mut case in cases() {
        let (woken, waker) = Count::waker();
        let mut cx = Context::from_waker(&waker);
        assert!(
            case.future.as_mut().poll(&mut cx).is_pending(),
            "{}",
            case.name
        );
        assert_eq!(woken.get(), 0, "{}", case.name);
        (case.end)();
        assert_eq!(woken.get(), 1, "{}", case.name);
        assert!(
            case.future.as_mut().poll(&mut cx).is_ready(),
            "{}",
            case.name
        );
        assert_eq!(woken.get(), 1, "{}", case.name);
    }
}

#[test]
fn only_the_waker_of_the_last_poll_is_woken() {
    for mut case in cases() {
        let ((first, first_waker), (second, second_waker)) = (Count::waker(), Count::waker());
        for waker in [&first_waker, &second_waker] {
            let mut cx = Context::from_waker(waker);
            assert!(
                case.future.as_mut().poll(&mut cx).is_pending(),
                "{}",
                case.name
            );
        }
        (case.end)();
        assert_eq!((first.get(), second.get()), (0, 1), "{}", case.name);
    }
}

#[test]
fn a_wait_that_is_given_up_releases_its_waker() {
    for mut case in cases() {
        let (woken, waker) = Count::waker();
        let mut cx = Context::from_waker(&waker);
        assert!(case.future.as_mut().poll(&mut cx).is_pending());
        assert_eq!(Arc::strong_count(&woken), 3, "{}", case.name);
        drop(case.future);
        assert_eq!(Arc::strong_count(&woken), 2, "{}", case.name);
        (case.end)();
        assert_eq!(woken.get(), 0, "{}", case.name);
    }
}

// What it calls would wait for ever, or panic, if anything were locked.
#[test]
fn a_waker_that_polls_what_it_is_woken_for_finds_nothing_locked() {
    thread_local! {
        static FUTURE: std::cell::RefCell<Option<Waiting<'static>>> =
            const { std::cell::RefCell::new(None) };
        static READY: std::cell::Cell<bool> = const { std::cell::Cell::new(false) };
    }
    for case in cases() {
        let mut future = case.future;
        let poll = || {
            if let Some(mut future) = FUTURE.take() {
                let mut cx = Context::from_waker(Waker::noop());
                READY.set(future.as_mut().poll(&mut cx).is_ready());
            }
        };
        let waker = Foreign::waker(poll, || {});
        let mut cx = Context::from_waker(&waker);
        assert!(future.as_mut().poll(&mut cx).is_pending());
        FUTURE.set(Some(future));
        READY.set(false);
        (case.end)();
        assert!(READY.get(), "{}", case.name);
    }
}

#[test]
fn a_waker_that_panics_hurts_only_itself() {
    for mut case in cases() {
        let waker = Foreign::waker(|| panic!("a waker"), || {});
        let mut cx = Context::from_waker(&waker);
        assert!(case.future.as_mut().poll(&mut cx).is_pending());
        (case.end)();
        assert!(
            case.future.as_mut().poll(&mut cx).is_ready(),
            "{}",
            case.name
        );
    }
}

// Those that lie in the lines are the last of their clones.
#[test]
fn a_waker_whose_drop_panics_hurts_only_itself() {
    let wait = |case: &mut Case| {
        let waker = Foreign::waker(|| {}, || panic!("a waker"));
        let polled = case.future.as_mut().poll(&mut Context::from_waker(&waker));
        assert!(polled.is_pending(), "{}", case.name);
    };
    for mut case in cases() {
        wait(&mut case);
        let (woken, waker) = Count::waker();
        let mut cx = Context::from_waker(&waker);
        assert!(case.future.as_mut().poll(&mut cx).is_pending());
        (case.end)();
        assert_eq!(woken.get(), 1, "{}", case.name);
        assert!(
            case.future.as_mut().poll(&mut cx).is_ready(),
            "{}",
            case.name
        );
    }
    for mut case in cases() {
        wait(&mut case);
        drop(case.future);
        (case.end)();
    }
}

#[test]
fn a_value_comes_though_the_waker_panics_by_which_its_sender_has_waited() {
    let (mut sender, mut receiver) = oneshot::channel();
    {
        let panics = Foreign::waker(|| {}, || panic!("a waker"));
        let polled = sender.poll_closed(&mut Context::from_waker(&panics));
        assert!(polled.is_pending());
    }
    let (woken, waker) = Count::waker();
    let mut cx = Context::from_waker(&waker);
    assert!(pin!(&mut receiver).poll(&mut cx).is_pending());
    sender.send(1).unwrap();
    assert_eq!(woken.get(), 1);
    assert_eq!(pin!(receiver).poll(&mut cx), Poll::Ready(Ok(1)));
}

#[test]
fn all_who_were_told_are_woken_though_one_waker_panics() {
    let bell = Notify::new();
    let mut first = pin!(bell.notified());
    let mut second = pin!(bell.notified());
    let panics = Foreign::waker(|| panic!("a waker"), || {});
    let (woken, waker) = Count::waker();
    assert!(
        first
            .as_mut()
            .poll(&mut Context::from_waker(&panics))
            .is_pending()
    );
    assert!(
        second
            .as_mut()
            .poll(&mut Context::from_waker(&waker))
            .is_pending()
    );
    bell.notify_waiters();
    assert_eq!(woken.get(), 1);
}

// Which task of two is first is seen by the program: so an idle poll, as a `select!` makes
// many, must not move one behind the other.
#[test]
fn a_receiver_of_a_broadcast_keeps_its_place_when_it_is_polled_in_vain() {
    let (calls, mut one) = broadcast::channel(1);
    let mut other = calls.subscribe();
    let order = Arc::new(std::sync::Mutex::new(Vec::new()));
    let [first, second] = ["first", "second"].map(|name| {
        let order = order.clone();
        Foreign::waker(move || order.lock().unwrap().push(name), || {})
    });
    let (mut one, mut other) = (pin!(one.recv()), pin!(other.recv()));
    let waits = |future: Pin<&mut dyn Future<Output = _>>, waker| {
        future.poll(&mut Context::from_waker(waker)).is_pending()
    };
    assert!(waits(one.as_mut(), &first) && waits(other.as_mut(), &second));
    assert!(waits(one.as_mut(), &first));
    calls.send(()).unwrap();
    assert_eq!(*order.lock().unwrap(), ["first", "second"]);
}

#[test]
fn programs_of_another_executor_use_them_alone() {
    let (sender, mut receiver) = mpsc::channel(1);
    let mutex = Arc::new(Mutex::new(Vec::new()));
    let sends = thread::spawn(move || {
        block_on(async {
            for number in 0..100 {
                sender.send(number).await.unwrap();
            }
        });
    });
    block_on(async {
        while let Some(number) = receiver.recv().await {
            mutex.lock().await.push(number);
        }
    });
    sends.join().unwrap();
    assert_eq!(mutex.try_lock().unwrap().len(), 100);
}

#[test]
fn blocking_calls_are_refused_where_they_would_hold_up_the_loop() {
    let mutex = Mutex::new(());
    let text = buzzer::block_on(async { panic_of(|| drop(mutex.blocking_lock())) });
    assert_eq!(
        text,
        "Mutex::blocking_lock was called from within a runtime: it would block the thread that \
         drives the tasks. Await the future instead, or hand the blocking work to \
         `spawn_blocking`"
    );
    drop(mutex.blocking_lock());
}

#[test]
fn blocking_calls_wait_on_threads_that_may() {
    let (sender, mut receiver) = mpsc::channel(1);
    let (calls, mut called) = broadcast::channel(1);
    let semaphore = Arc::new(Semaphore::new(1));
    let lock = Arc::new(RwLock::new(0));
    let (permits, writes) = (semaphore.clone(), lock.clone());
    let blocks = thread::spawn(move || {
        sender.blocking_send(1).unwrap();
        sender.blocking_send(2).unwrap();
        drop(sender);
        *writes.blocking_write() += 1;
        drop(permits.blocking_acquire().unwrap());
        drop(permits.clone().blocking_acquire_many_owned(1).unwrap());
        (called.blocking_recv().unwrap(), *writes.blocking_read())
    });
    buzzer::block_on(async {
        assert_eq!(
            (receiver.recv().await, receiver.recv().await),
            (Some(1), Some(2))
        );
        assert_eq!(receiver.recv().await, None);
        calls.send(3).unwrap();
    });
    assert_eq!(blocks.join().unwrap(), (3, 1));
    assert_eq!(semaphore.available_permits(), 1);
}

#[test]
fn a_thread_that_blocks_receives_each_value_and_then_the_end() {
    let (sender, mut receiver) = mpsc::channel(1);
    let (orders, mut queue) = mpsc::unbounded_channel();
    let blocks = thread::spawn(move || {
        let bounded = [(); 3].map(|()| receiver.blocking_recv());
        let unbounded = [(); 3].map(|()| queue.blocking_recv());
        (bounded, unbounded)
    });
    buzzer::block_on(async {
        sender.send(1).await.unwrap();
        sender.send(2).await.unwrap();
        drop(sender);
        orders.send(3).unwrap();
        orders.send(4).unwrap();
        drop(orders);
    });
    let received = ([Some(1), Some(2), None], [Some(3), Some(4), None]);
    assert_eq!(blocks.join().unwrap(), received);
}

#[test]
fn a_thread_that_blocks_sleeps_until_what_it_waits_for_comes() {
    let (sender, mut receiver) = mpsc::channel(1);
    let (says_who, who) = std::sync::mpsc::channel();
    let blocks = thread::spawn(move || {
        says_who.send(ThisThread::new()).unwrap();
        receiver.blocking_recv()
    });
    // For good, if it asks again and again instead.
    who.recv().unwrap().wait_until_asleep();
    sender.try_send(1).unwrap();
    assert_eq!(blocks.join().unwrap(), Some(1));
}

#[test]
fn room_that_comes_back_wakes_no_receiver_of_an_open_channel() {
    let (sender, mut receiver) = mpsc::channel::<u8>(2);
    let (woken, waker) = Count::waker();
    let mut cx = Context::from_waker(&waker);
    assert!(receiver.poll_recv(&mut cx).is_pending());
    drop(sender.try_reserve().unwrap());
    drop(sender.try_reserve_many(2).unwrap());
    assert_eq!(woken.get(), 0);
    sender.try_send(1).unwrap();
    assert_eq!(woken.get(), 1);
}

#[test]
fn a_poll_by_hand_is_woken_for_the_last_task_that_asked() {
    let (sender, mut receiver) = mpsc::unbounded_channel();
    let (woken, waker) = Count::waker();
    let mut cx = Context::from_waker(&waker);
    assert!(receiver.poll_recv(&mut cx).is_pending());
    sender.send(1).unwrap();
    sender.send(2).unwrap();
    assert_eq!(woken.get(), 1);
    let mut buffer = Vec::new();
    assert_eq!(
        receiver.poll_recv_many(&mut cx, &mut buffer, 5),
        Poll::Ready(2)
    );
    drop(sender);
    assert_eq!(receiver.poll_recv(&mut cx), Poll::Ready(None));
}
