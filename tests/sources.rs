//! What may be a source, and the end of one: no stale event reaches its
//! successor, and nothing is left behind.

#[path = "support/caught.rs"]
mod caught;
#[path = "support/foreign.rs"]
mod foreign;
#[path = "support/own.rs"]
mod own;
#[path = "support/paused.rs"]
mod paused;
#[path = "support/settle.rs"]
mod settle;
#[path = "support/system.rs"]
mod system;

use std::fs::File;
use std::io::{ErrorKind, Read, Write};
use std::os::fd::{AsRawFd, IntoRawFd, RawFd};
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Barrier, Mutex};
use std::task::Context;

use buzzer::io::{AsyncFd, Interest, Ready};
use buzzer::runtime::{Builder, Runtime};
use buzzer::time::{Duration, timeout};
use caught::panic_of;
use foreign::Foreign;
use futures::FutureExt;
use own::{descriptors, watched};
use paused::paused;
use rustix::io::fcntl_dupfd_cloexec;
use settle::settle;

fn nonblocking_pair() -> (UnixStream, UnixStream) {
    let (here, there) = UnixStream::pair().unwrap();
    here.set_nonblocking(true).unwrap();
    (here, there)
}

/// Whether nothing makes it ready any more: a paused clock moves only then.
async fn stays_pending<T>(waits: impl Future<Output = T>) -> bool {
    timeout(Duration::from_secs(1), waits).await.is_err()
}

#[test]
fn a_stale_event_does_not_reach_the_source_that_took_the_slot() {
    let runtime = paused();
    runtime.block_on(async {
        let (old, mut old_peer) = nonblocking_pair();
        // epoll forgets a descriptor when its last duplicate is closed.
        let _duplicate = old.try_clone().unwrap();
        let old = AsyncFd::new(old).unwrap();
        std::thread::spawn(move || drop(old)).join().unwrap();
        settle().await;
        let (new, mut new_peer) = nonblocking_pair();
        let new = AsyncFd::with_interest(new, Interest::READABLE).unwrap();
        old_peer.write_all(b"for the old one").unwrap();
        assert!(stays_pending(new.readable()).await);
        let before = runtime.metrics().turns();
        assert!(stays_pending(new.readable()).await);
        assert!(
            runtime.metrics().turns() - before <= 3,
            "the duplicate makes it spin"
        );
        new_peer.write_all(b"for the new one").unwrap();
        drop(new.readable().await.unwrap());
    });
}

#[test]
fn an_event_that_came_before_its_source_left_does_not_reach_the_one_that_took_the_slot() {
    // Between the sleep that brings the events and what is made of them no code of the
    // program runs but this.
    let place = Arc::new(Mutex::new(None));
    let swap = Arc::new(AtomicBool::new(false));
    let (swapped, swaps) = (place.clone(), swap.clone());
    let runtime = Builder::new_current_thread()
        .start_paused(true)
        .on_thread_unpark(move || {
            if swaps.swap(false, Ordering::Relaxed) {
                let mut place = swapped.lock().unwrap();
                drop(place.take());
                let (new, peer) = nonblocking_pair();
                let new = AsyncFd::with_interest(new, Interest::READABLE).unwrap();
                *place = Some((new, peer));
            }
        })
        .build()
        .unwrap();
    runtime.block_on(async {
        let (old, mut old_peer) = nonblocking_pair();
        let source = AsyncFd::with_interest(old, Interest::READABLE).unwrap();
        *place.lock().unwrap() = Some((source, old_peer.try_clone().unwrap()));
        settle().await;
        old_peer.write_all(b"for the old one").unwrap();
        swap.store(true, Ordering::Relaxed);
        settle().await;
        let (new, mut new_peer) = place.lock().unwrap().take().unwrap();
        assert!(old_peer.write_all(b"!").is_err(), "the old one is gone");
        assert!(stays_pending(new.readable()).await);
        new_peer.write_all(b"for the new one").unwrap();
        drop(new.readable().await.unwrap());
    });
}

#[test]
fn a_duplicate_of_a_dropped_source_can_be_a_source_again() {
    paused().block_on(async {
        let (here, mut there) = nonblocking_pair();
        let again = here.try_clone().unwrap();
        drop(AsyncFd::new(here).unwrap());
        let again = AsyncFd::new(again).unwrap();
        there.write_all(b"!").unwrap();
        drop(again.readable().await.unwrap());
    });
}

#[test]
fn a_source_given_back_can_be_registered_again_wherever_it_was_given_back() {
    let runtime = paused();
    let (here, mut there) = nonblocking_pair();
    let source = runtime.block_on(async { AsyncFd::new(here).unwrap() });
    // Within the runtime, ...
    let source = runtime.block_on(async { AsyncFd::new(source.into_inner()).unwrap() });
    // ... outside it, ...
    let here = source.into_inner();
    let source = runtime.block_on(async { AsyncFd::new(here).unwrap() });
    // ... and on another thread.
    let here = std::thread::spawn(|| source.into_inner()).join().unwrap();
    runtime.block_on(async {
        let source = AsyncFd::with_interest(here, Interest::READABLE).unwrap();
        // The message of the other thread forgets nothing of the new source.
        settle().await;
        assert!(stays_pending(source.readable()).await);
        there.write_all(b"!").unwrap();
        drop(source.readable().await.unwrap());
    });
}

#[test]
fn a_source_dropped_or_given_back_on_another_thread_is_watched_no_more_before_the_loop_hears_of_it()
{
    let runtime = paused();
    let own = watched(&runtime);
    runtime.block_on(async {
        for gives_back in [false, true] {
            let (here, mut there) = nonblocking_pair();
            // With a duplicate open, its close alone does not take it out.
            let duplicate = here.try_clone().unwrap();
            let source = AsyncFd::new(here).unwrap();
            let count = |numbers: Option<Vec<RawFd>>| numbers.map(|numbers| numbers.len());
            assert_eq!(
                count(watched(&runtime)),
                count(own.clone()).map(|own| own + 1)
            );
            let elsewhere = std::thread::spawn(move || match gives_back {
                true => Some(source.into_inner()),
                false => {
                    drop(source);
                    None
                }
            });
            let given_back = elsewhere.join().unwrap();
            assert_eq!(watched(&runtime), own);
            // It may be a source again at once, and the message that comes from the
            // other thread forgets nothing of that.
            let again = given_back.unwrap_or(duplicate);
            let again = AsyncFd::with_interest(again, Interest::READABLE).unwrap();
            settle().await;
            there.write_all(b"!").unwrap();
            drop(again.readable().await.unwrap());
            drop(again);
            assert_eq!(watched(&runtime), own);
        }
    });
}

#[test]
fn a_source_dropped_on_its_own_thread_outside_its_runtime_is_watched_no_more_either() {
    let (runtime, another) = (paused(), paused());
    let own = watched(&runtime);
    let (here, _there) = nonblocking_pair();
    let source = || AsyncFd::new(here.try_clone().unwrap()).unwrap();
    let [outside, in_another] = runtime.block_on(async { [source(), source()] });
    drop(outside);
    another.block_on(async { drop(in_another) });
    assert_eq!(watched(&runtime), own);
}

#[test]
fn sources_dropped_elsewhere_while_their_runtime_is_dropped_take_nothing_out_of_the_next_one() {
    for _ in 0..100 {
        let first = Runtime::new().unwrap();
        let sources: Vec<_> = first.block_on(async {
            let source = |_| AsyncFd::new(nonblocking_pair().0).unwrap();
            (0..20).map(source).collect()
        });
        let start = Arc::new(Barrier::new(2));
        let other = start.clone();
        let dropping = std::thread::spawn(move || {
            other.wait();
            drop(sources);
        });
        start.wait();
        drop(first);
        // It gets the descriptors of the first, and those of its sources.
        let next = Runtime::new().unwrap();
        next.block_on(async {
            let (here, mut there) = nonblocking_pair();
            let here = AsyncFd::new(here).unwrap();
            dropping.join().unwrap();
            there.write_all(b"!").unwrap();
            drop(here.readable().await.unwrap());
        });
    }
}

#[test]
fn a_descriptor_that_is_a_source_already_is_refused_and_the_first_goes_on() {
    paused().block_on(async {
        let (here, mut there) = nonblocking_pair();
        let first = AsyncFd::new(here).unwrap();
        let second = AsyncFd::new(first.as_raw_fd()).unwrap_err();
        assert_eq!(second.kind(), ErrorKind::AlreadyExists);
        there.write_all(b"!").unwrap();
        drop(first.readable().await.unwrap());
    });
}

#[test]
fn one_descriptor_can_be_a_source_of_two_runtimes() {
    let (first, second) = (paused(), paused());
    let (here, mut there) = nonblocking_pair();
    let in_first = first.block_on(async { AsyncFd::new(here.as_raw_fd()).unwrap() });
    let in_second = second.block_on(async { AsyncFd::new(here.as_raw_fd()).unwrap() });
    there.write_all(b"!").unwrap();
    first.block_on(async { drop(in_first.readable().await.unwrap()) });
    second.block_on(async { drop(in_second.readable().await.unwrap()) });
    let elsewhere = panic_of(|| second.block_on(async { in_first.readable().await.is_ok() }));
    assert!(elsewhere.contains("another runtime than the one that it was made in"));
}

#[test]
fn a_regular_file_a_directory_and_a_number_of_nothing_are_refused_by_name() {
    paused().block_on(async {
        let file = tempfile::tempfile().unwrap();
        assert_eq!(
            AsyncFd::new(file).unwrap_err().kind(),
            ErrorKind::PermissionDenied
        );
        let directory = File::open("/").unwrap();
        assert_eq!(
            AsyncFd::new(directory).unwrap_err().kind(),
            ErrorKind::PermissionDenied
        );
        let nothing: RawFd = -1;
        assert!(AsyncFd::new(nothing).is_err());
        // They have left no entry behind that the next one would stumble over.
        let (here, mut there) = nonblocking_pair();
        let source = AsyncFd::new(here).unwrap();
        there.write_all(b"!").unwrap();
        drop(source.readable().await.unwrap());
    });
}

#[test]
fn a_descriptor_closed_before_its_source_is_dropped_is_forgotten_all_the_same() {
    paused().block_on(async {
        for _ in 0..1_000 {
            // A number that the other tests of this process don't come to.
            let (here, mut there) = nonblocking_pair();
            let here = fcntl_dupfd_cloexec(here, 1_000).unwrap();
            let source = AsyncFd::new(here.as_raw_fd()).unwrap();
            drop(here);
            drop(source);
            // The number is free for the next one, which is a source of its own.
            let (next, mut next_peer) = nonblocking_pair();
            let next = fcntl_dupfd_cloexec(next, 1_000).unwrap();
            let next = AsyncFd::with_interest(next, Interest::READABLE).unwrap();
            assert!(there.write_all(b"!").is_err());
            next_peer.write_all(b"!").unwrap();
            drop(next.readable().await.unwrap());
        }
    });
}

#[test]
fn wakers_dropped_with_a_source_may_use_the_reactor() {
    for closed_before in [false, true] {
        paused().block_on(async {
            let (here, _there) = nonblocking_pair();
            let (other, _peer) = nonblocking_pair();
            let other = Mutex::new(Some(AsyncFd::new(other).unwrap()));
            // Its drop drops another source, in the middle of this one's drop.
            let waker = Foreign::waker(|| {}, move || drop(other.lock().unwrap().take()));
            let source = AsyncFd::with_interest(here.as_raw_fd(), Interest::READABLE).unwrap();
            let polled = source.poll_read_ready(&mut Context::from_waker(&waker));
            assert!(polled.is_pending());
            drop(waker);
            let here = (!closed_before).then_some(here);
            drop(source);
            drop(here);
        });
    }
}

#[test]
fn a_source_made_or_awaited_outside_a_runtime_says_what_is_missing() {
    let (here, _there) = nonblocking_pair();
    let made = panic_of(|| AsyncFd::new(here.as_raw_fd()));
    assert!(made.contains("AsyncFd needs a buzzer runtime"), "{made}");
    let source = paused().block_on(async { AsyncFd::new(here).unwrap() });
    let awaited = panic_of(|| source.readable().now_or_never().is_some());
    assert!(
        awaited.starts_with("an AsyncFd was used outside the runtime that it was made in"),
        "{awaited}"
    );
}

#[test]
fn an_operation_that_may_need_either_direction_waits_for_both() {
    paused().block_on(async {
        let (here, mut there) = nonblocking_pair();
        let source = AsyncFd::new(here).unwrap();
        let both = Interest::READABLE | Interest::WRITABLE;
        let receive = |mut socket: &UnixStream| socket.read(&mut [0; 8]);
        let tried = source.try_io(both, receive);
        assert_eq!(tried.unwrap_err().kind(), ErrorKind::WouldBlock);
        // Writable, but that is not what it needs: it says so, and waits on.
        if !system::BY_POLL {
            assert!(stays_pending(source.async_io(both, receive)).await);
        }
        there.write_all(b"!").unwrap();
        assert_eq!(source.async_io(both, receive).await.unwrap(), 1);
        // Ready for the other direction only.
        let mut guard = source.ready(both).await.unwrap();
        assert!(guard.ready().is_readable());
        guard
            .try_io(|source| receive(source.get_ref()))
            .unwrap_err();
        let is_told_once = stays_pending(source.ready(both)).await;
        assert_eq!(is_told_once, !system::BY_POLL);
    });
}

#[test]
fn of_a_guard_for_both_directions_one_can_be_cleared() {
    paused().block_on(async {
        let (here, mut there) = nonblocking_pair();
        let source = AsyncFd::new(here).unwrap();
        there.write_all(b"!").unwrap();
        source.readable().await.unwrap().retain_ready();
        let both = Interest::READABLE | Interest::WRITABLE;
        let mut guard = source.ready(both).await.unwrap();
        guard.clear_ready_matching(Ready::READABLE);
        assert_eq!(guard.ready(), Ready::WRITABLE);
        let is_told_once = stays_pending(source.readable()).await;
        assert_eq!(is_told_once, !system::BY_POLL);
        assert!(source.writable().now_or_never().is_some());
        // It clears no more than it has seen.
        there.write_all(b"!").unwrap();
        source.readable().await.unwrap().retain_ready();
        guard.clear_ready();
        assert_eq!(guard.ready(), Ready::EMPTY);
        drop(source.ready(both).await.unwrap());
        assert!(source.readable().now_or_never().is_some());
    });
}

#[test]
fn sources_by_the_thousand_leave_no_descriptors_behind() {
    paused().block_on(async {
        let (here, _there) = nonblocking_pair();
        let mut number = here.into_raw_fd();
        let before = descriptors();
        for _ in 0..10_000 {
            let source = AsyncFd::new(number).unwrap();
            drop(source.writable().await.unwrap());
            number = source.into_inner();
        }
        // Other tests of this process open and close some meanwhile.
        assert!(descriptors() < before + 1_000);
    });
}
