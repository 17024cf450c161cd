//! What waits may wait with any waker: one that does as it likes is called with
//! nothing locked or borrowed, and one that panics hurts only itself.
//!
//! Each case is a future of the library, polled by hand within a runtime.

use std::cell::RefCell;
use std::future::pending;
use std::pin::Pin;
use std::ptr::null;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, RawWaker, RawWakerVTable, Waker};
use std::thread::{self, ThreadId};

use buzzer::io::{AsyncFd, AsyncReadExt, AsyncWriteExt, duplex};
use buzzer::runtime::{Builder, Handle, Runtime};
use buzzer::task::{LocalSet, yield_now};
use buzzer::time::{Duration, sleep};

mod support {
    pub mod foreign;
}
use support::foreign::Foreign;

type Waiting = Pin<Box<dyn Future<Output = ()>>>;

/// A future that waits, and what ends its wait.
struct Case {
    name: &'static str,
    future: Waiting,
    end: Waiting,
}

impl Case {
    fn new(
        name: &'static str,
        future: impl Future<Output = ()> + 'static,
        end: impl Future<Output = ()> + 'static,
    ) -> Self {
        let (future, end) = (Box::pin(future), Box::pin(end));
        Self { name, future, end }
    }

    fn poll(&mut self, waker: &Waker) -> Poll<()> {
        self.future.as_mut().poll(&mut Context::from_waker(waker))
    }
}

/// Everything that keeps a waker. Each is made only when the one before has
/// ended: a job in flight would hold the paused clock.
fn cases() -> impl Iterator<Item = Case> {
    let makers = [
        task,
        task_from_elsewhere,
        job,
        timer,
        group,
        source,
        local_set,
        pipe,
        full_pipe,
    ];
    makers.into_iter().map(|make| make())
}

fn task() -> Case {
    let (ended, end) = futures::channel::oneshot::channel::<()>();
    let task = buzzer::spawn(async { end.await.unwrap() });
    let future = async { task.await.unwrap() };
    Case::new("JoinHandle of a task", future, async {
        ended.send(()).unwrap();
        yield_now().await;
        yield_now().await;
    })
}

fn task_from_elsewhere() -> Case {
    let task = Handle::current().spawn(sleep(Duration::from_secs(1)));
    let future = async { task.await.unwrap() };
    let end = sleep(Duration::from_secs(2));
    Case::new("JoinHandle that crosses threads", future, end)
}

fn job() -> Case {
    let (release, released) = std::sync::mpsc::channel::<()>();
    let job = buzzer::task::spawn_blocking(move || {
        // Released, or let go of at the runtime's end.
        let _ = released.recv();
    });
    let future = async { job.await.unwrap() };
    Case::new("JoinHandle of a job", future, async move {
        release.send(()).unwrap();
        // The paused clock stands until the job has ended.
        sleep(Duration::from_secs(1)).await;
    })
}

fn timer() -> Case {
    let (future, end) = (Duration::from_secs(1), Duration::from_secs(2));
    Case::new("Sleep", sleep(future), sleep(end))
}

fn group() -> Case {
    let future = async {
        buzzer::gather!(sleep(Duration::from_secs(1))).await;
    };
    Case::new("gather!", future, sleep(Duration::from_secs(2)))
}

fn source() -> Case {
    let (reader, writer) = std::io::pipe().unwrap();
    let future = async move {
        let _ = AsyncFd::new(reader).unwrap().readable().await.unwrap();
    };
    Case::new("AsyncFd", future, async move {
        // Fails where the test has dropped the reader.
        let _ = std::io::Write::write_all(&mut &writer, b"!");
        // The event is there, and the clock jumps only if none is.
        sleep(Duration::from_secs(1)).await;
    })
}

fn local_set() -> Case {
    let set = LocalSet::new();
    set.spawn_local(sleep(Duration::from_secs(1)));
    Case::new("LocalSet", set, sleep(Duration::from_secs(2)))
}

fn pipe() -> Case {
    let (mut writer, mut reader) = duplex(1);
    let future = async move { assert_eq!(reader.read_u8().await.unwrap(), 7) };
    Case::new("duplex", future, async move {
        // Fails where the test has dropped the reader.
        let _ = writer.write_u8(7).await;
    })
}

fn full_pipe() -> Case {
    let (mut writer, mut reader) = duplex(1);
    // Fails where the end has dropped the reader.
    let future = async move { drop(writer.write_all(b"no").await) };
    Case::new("duplex that is full", future, async move {
        assert_eq!(reader.read_u8().await.unwrap(), b'n');
    })
}

/// Does what a foreign waker may do: anything that programs call where it is,
/// on the runtime's thread, a worker of its pool, or outside.
fn use_the_runtime(home: ThreadId) {
    let Ok(handle) = Handle::try_current() else {
        return;
    };
    drop(handle.spawn(async {}));
    if thread::current().id() != home {
        return;
    }
    let task = buzzer::spawn(async {});
    task.abort();
    drop(task);
    let mut armed = sleep(Duration::from_secs(3_600));
    let mut cx = Context::from_waker(Waker::noop());
    assert!(Pin::new(&mut armed).poll(&mut cx).is_pending());
    drop(armed);
    let mut group = Box::pin(buzzer::gather([pending::<()>(), pending()]));
    assert!(group.as_mut().poll(&mut cx).is_pending());
    drop(group);
    // Another runtime, made, entered and left.
    let other = Runtime::new().unwrap();
    drop(other.enter());
}

fn paused() -> Runtime {
    Builder::new_current_thread()
        .start_paused(true)
        .build()
        .unwrap()
}

/// A waker that uses the runtime whenever it is woken or dropped, and counts.
fn busy_waker() -> (Waker, Arc<AtomicUsize>) {
    let uses = Arc::new(AtomicUsize::new(0));
    let (in_wake, in_drop) = (uses.clone(), uses.clone());
    let home = thread::current().id();
    let waker = Foreign::waker(
        move || {
            use_the_runtime(home);
            in_wake.fetch_add(1, Ordering::SeqCst);
        },
        move || {
            use_the_runtime(home);
            in_drop.fetch_add(1, Ordering::SeqCst);
        },
    );
    (waker, uses)
}

#[test]
fn a_waker_that_uses_the_runtime_when_woken_finds_nothing_borrowed() {
    paused().block_on(async {
        for mut case in cases() {
            let (waker, uses) = busy_waker();
            assert!(case.poll(&waker).is_pending(), "{}", case.name);
            case.end.as_mut().await;
            assert_eq!(uses.load(Ordering::SeqCst), 1, "{} woke once", case.name);
            assert!(case.poll(&waker).is_ready(), "{}", case.name);
            drop(waker);
        }
    });
}

#[test]
fn a_waker_that_uses_the_runtime_when_replaced_finds_nothing_borrowed() {
    paused().block_on(async {
        for mut case in cases() {
            let (first, uses) = busy_waker();
            assert!(case.poll(&first).is_pending(), "{}", case.name);
            drop(first);
            // The last clone is with the library, which drops it here.
            let again = case.poll(Waker::noop());
            assert!(again.is_pending(), "{}", case.name);
            if case.name != "AsyncFd" {
                assert_eq!(uses.load(Ordering::SeqCst), 1, "{} replaced it", case.name);
            }
            // And one that it has no use for, since the wait is over.
            case.end.as_mut().await;
            let (last, uses) = busy_waker();
            assert!(case.poll(&last).is_ready(), "{}", case.name);
            drop(last);
            assert_eq!(uses.load(Ordering::SeqCst), 1, "{} kept it", case.name);
        }
    });
}

#[test]
fn a_waker_that_uses_the_runtime_when_its_future_is_dropped_finds_nothing_borrowed() {
    paused().block_on(async {
        for mut case in cases() {
            let (waker, uses) = busy_waker();
            assert!(case.poll(&waker).is_pending(), "{}", case.name);
            drop(waker);
            drop(case.future);
            case.end.as_mut().await;
            // Dropped with the future, or woken and dropped at the end.
            let uses = uses.load(Ordering::SeqCst);
            assert!((1..=2).contains(&uses), "{}: {uses} uses", case.name);
        }
    });
}

#[test]
fn a_waker_that_uses_the_runtime_is_dropped_with_the_runtime() {
    let runtime = paused();
    let uses: Rc<RefCell<Vec<_>>> = Rc::default();
    let kept = uses.clone();
    runtime.spawn(async move {
        let mut waiting = Vec::new();
        for mut case in cases() {
            let (waker, uses) = busy_waker();
            assert!(case.poll(&waker).is_pending(), "{}", case.name);
            kept.borrow_mut().push((case.name, uses));
            waiting.push(case);
        }
        pending::<()>().await;
    });
    runtime.block_on(yield_now());
    drop(runtime);
    for (name, uses) in uses.take() {
        assert!(uses.load(Ordering::SeqCst) >= 1, "{name}");
    }
}

#[test]
fn a_waker_that_panics_takes_nothing_with_it() {
    paused().block_on(async {
        for mut case in cases() {
            let woken = Arc::new(AtomicUsize::new(0));
            let count = woken.clone();
            let panics = Foreign::waker(
                move || {
                    count.fetch_add(1, Ordering::SeqCst);
                    panic!("a waker panics");
                },
                || {},
            );
            assert!(case.poll(&panics).is_pending(), "{}", case.name);
            // The loop goes on, and what waits behind it is woken.
            let behind = buzzer::spawn(sleep(Duration::from_secs(60)));
            case.end.as_mut().await;
            behind.await.unwrap();
            assert_eq!(woken.load(Ordering::SeqCst), 1, "{}", case.name);
            assert!(case.poll(Waker::noop()).is_ready(), "{}", case.name);
        }
    });
}

#[test]
fn a_waker_that_panics_in_another_threads_wake_takes_no_other_message_with_it() {
    paused().block_on(async {
        // A gather whose child is woken by another thread, its own waker being
        // one that panics when the loop calls it.
        let (wake_child, child) = futures::channel::oneshot::channel::<()>();
        let (wake_other, other) = futures::channel::oneshot::channel::<()>();
        let mut group = Box::pin(buzzer::gather([child]));
        let panics = Foreign::waker(|| panic!("a waker panics"), || {});
        assert!(
            group
                .as_mut()
                .poll(&mut Context::from_waker(&panics))
                .is_pending()
        );
        let other = buzzer::spawn(other);
        yield_now().await;
        thread::spawn(move || {
            wake_child.send(()).unwrap();
            wake_other.send(()).unwrap();
        })
        .join()
        .unwrap();
        // Lost with the panic, this wake would never come.
        other.await.unwrap().unwrap();
        assert_eq!(group.await, [Ok(())]);
    });
}

thread_local! {
    /// What the next clone of a waker of [`acts_when_cloned`] does.
    static AT_CLONE: RefCell<Option<Box<dyn FnOnce()>>> = const { RefCell::new(None) };
}

fn acts_when_cloned(act: impl FnOnce() + 'static) -> Waker {
    const VTABLE: RawWakerVTable = RawWakerVTable::new(clone, |_| {}, |_| {}, |_| {});
    fn clone(_: *const ()) -> RawWaker {
        if let Some(act) = AT_CLONE.take() {
            act();
        }
        RawWaker::new(null(), &VTABLE)
    }
    AT_CLONE.set(Some(Box::new(act)));
    // SAFETY: there is no data, and each of the functions may be called anywhere.
    unsafe { Waker::new(null(), &VTABLE) }
}

/// Else the handle would wait for a task that has ended, and nobody would wake it.
#[test]
fn a_waker_whose_clone_drives_the_runtime_finds_the_task_ended() {
    let poll = |task: &mut buzzer::task::JoinHandle<i32>, waker: &Waker| {
        Pin::new(task).poll(&mut Context::from_waker(waker))
    };
    let runtime = Rc::new(paused());
    let mut task = runtime.spawn(async { 7 });
    let driven = runtime.clone();
    let drives = acts_when_cloned(move || driven.block_on(yield_now()));
    let polled = poll(&mut task, &drives);
    assert!(matches!(polled, Poll::Ready(Ok(7))), "{polled:?}");

    // And where it drops the runtime.
    let mut task = runtime.spawn(async { 7 });
    let drops = acts_when_cloned(move || drop(runtime));
    let polled = poll(&mut task, &drops);
    assert!(matches!(polled, Poll::Ready(Err(error)) if error.is_cancelled()));
}

// Else it would wait for tasks that have ended, and nobody would wake it.
#[test]
fn a_waker_whose_clone_drives_the_runtime_finds_the_set_empty() {
    let runtime = Rc::new(paused());
    let mut set = LocalSet::new();
    {
        let _entered = runtime.enter();
        set.spawn_local(async {});
    }
    let driven = runtime.clone();
    let drives = acts_when_cloned(move || driven.block_on(yield_now()));
    let polled = Pin::new(&mut set).poll(&mut Context::from_waker(&drives));
    assert_eq!(polled, Poll::Ready(()));
}

#[test]
fn a_waker_whose_clone_uses_the_pipe_finds_it_not_locked() {
    let (mut writer, mut reader) = duplex(1);
    let writes = acts_when_cloned(move || {
        let wrote = Box::pin(writer.write_all(b"!"));
        let polled = { wrote }
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()));
        assert!(polled.is_ready());
    });
    let mut byte = Box::pin(reader.read_u8());
    let polled = byte.as_mut().poll(&mut Context::from_waker(&writes));
    assert!(matches!(polled, Poll::Ready(Ok(b'!'))), "{polled:?}");
}
