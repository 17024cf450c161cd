//! Readiness: seen once, cleared only by who saw it, and lost by nobody.

#[path = "support/counting.rs"]
mod counting;
#[path = "support/foreign.rs"]
mod foreign;
#[path = "support/paused.rs"]
mod paused;
#[path = "support/settle.rs"]
mod settle;
#[path = "support/system.rs"]
mod system;

use std::cell::{Cell, RefCell};
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, Shutdown, UdpSocket};
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Context;

use buzzer::io::{AsyncFd, Interest};
use buzzer::spawn;
use buzzer::time::{Duration, sleep, timeout};
use counting::Count;
use foreign::Foreign;
use futures::FutureExt;
use paused::paused;
use settle::settle;

type Socket = AsyncFd<UnixStream>;

/// A socket on the loop, and its peer in the test's hand. Both don't block.
fn pair() -> (Socket, UnixStream) {
    let (here, there) = UnixStream::pair().unwrap();
    here.set_nonblocking(true).unwrap();
    there.set_nonblocking(true).unwrap();
    (AsyncFd::new(here).unwrap(), there)
}

async fn read(socket: &Socket) -> io::Result<Vec<u8>> {
    let mut buffer = [0; 64];
    let read = |mut socket: &UnixStream| socket.read(&mut buffer);
    let n = socket.async_io(Interest::READABLE, read).await?;
    Ok(buffer[..n].to_vec())
}

/// Writes until the socket is full; how much that was.
fn fill(mut socket: &UnixStream) -> usize {
    let mut filled = 0;
    loop {
        match socket.write(&[7; 4096]) {
            Ok(n) => filled += n,
            Err(error) if error.kind() == ErrorKind::WouldBlock => return filled,
            Err(error) => panic!("{error}"),
        }
    }
}

/// Reads all there is.
fn drain(mut socket: &UnixStream) {
    let mut buffer = [0; 65_536];
    while socket.read(&mut buffer).is_ok_and(|n| n > 0) {}
}

/// Whether nothing makes it ready any more: a paused clock moves only then.
async fn stays_pending<T>(waits: impl Future<Output = T>) -> bool {
    timeout(Duration::from_secs(1), waits).await.is_err()
}

#[test]
fn readiness_stays_until_an_operation_would_block() {
    paused().block_on(async {
        let (here, mut there) = pair();
        there.write_all(b"two").unwrap();
        let mut guard = here.readable().await.unwrap();
        let read_all = guard.try_io(|fd| fd.get_ref().read(&mut [0; 64]));
        assert_eq!(read_all.unwrap().unwrap(), 3);
        // The socket is empty; the readiness has not heard of it.
        drop(guard);
        let mut guard = here.readable().await.unwrap();
        let empty = guard.try_io(|fd| fd.get_ref().read(&mut [0; 64]));
        assert_eq!(empty.unwrap_err().to_string(), "the operation would block");
        drop(guard);
        assert!(stays_pending(here.readable()).await);
        there.write_all(b"!").unwrap();
        assert_eq!(read(&here).await.unwrap(), b"!");
    });
}

#[test]
fn an_event_between_the_look_and_the_clear_is_not_cleared() {
    paused().block_on(async {
        let (here, mut there) = pair();
        there.write_all(b"first").unwrap();
        let mut guard = here.readable().await.unwrap();
        here.get_ref().read_exact(&mut [0; 5]).unwrap();
        there.write_all(b"second").unwrap();
        // The loop takes the second event in.
        settle().await;
        guard.clear_ready();
        guard.clear_ready();
        drop(guard);
        let told = here.readable().now_or_never();
        assert_eq!(told.is_some(), !system::BY_POLL);
        drop(told);
        assert_eq!(read(&here).await.unwrap(), b"second");
    });
}

#[test]
fn clearing_one_direction_leaves_the_other() {
    paused().block_on(async {
        let (here, mut there) = pair();
        there.write_all(b"!").unwrap();
        let mut readable = here.readable().await.unwrap();
        let mut writable = here.writable().await.unwrap();
        readable.clear_ready();
        assert!(here.writable().now_or_never().is_some());
        assert!(here.readable().now_or_never().is_none());
        writable.clear_ready();
        assert!(here.writable().now_or_never().is_none());
    });
}

#[test]
fn only_would_block_clears_other_errors_do_not() {
    paused().block_on(async {
        let (here, mut there) = pair();
        there.write_all(b"!").unwrap();
        for kind in [
            ErrorKind::Interrupted,
            ErrorKind::ConnectionReset,
            ErrorKind::Other,
        ] {
            let mut guard = here.readable().await.unwrap();
            let failed: io::Result<()> = guard.try_io(|_| Err(kind.into())).unwrap();
            assert_eq!(failed.unwrap_err().kind(), kind);
        }
        let through = here.async_io(Interest::READABLE, |_| {
            Err::<(), _>(ErrorKind::Other.into())
        });
        assert_eq!(through.await.unwrap_err().kind(), ErrorKind::Other);
        assert!(here.readable().now_or_never().is_some());
    });
}

#[test]
fn a_short_read_is_not_the_end_and_data_before_a_hang_up_is_not_lost() {
    paused().block_on(async {
        let (here, mut there) = pair();
        there.write_all(b"last words").unwrap();
        drop(there);
        // Data, end and hang-up are one event.
        assert_eq!(read(&here).await.unwrap(), b"last words");
        assert_eq!(read(&here).await.unwrap(), b"");
        assert_eq!(read(&here).await.unwrap(), b"");
    });
}

#[test]
fn a_hang_up_without_data_wakes_a_reader_that_waits() {
    paused().block_on(async {
        let (reader, writer) = io::pipe().unwrap();
        rustix::io::ioctl_fionbio(&reader, true).unwrap();
        let reader = AsyncFd::with_interest(reader, Interest::READABLE).unwrap();
        let end = spawn(async move {
            let read = |mut pipe: &io::PipeReader| pipe.read(&mut [0; 8]);
            reader.async_io(Interest::READABLE, read).await
        });
        settle().await;
        assert!(!end.is_finished());
        drop(writer);
        assert_eq!(end.await.unwrap().unwrap(), 0);
    });
}

#[test]
fn an_error_alone_wakes_both_a_reader_and_a_writer() {
    paused().block_on(async {
        let (reader, writer) = io::pipe().unwrap();
        rustix::io::ioctl_fionbio(&writer, true).unwrap();
        while (&writer).write(&[7; 4096]).is_ok() {}
        let writer = Rc::new(AsyncFd::new(writer).unwrap());
        let (writes, reads) = (writer.clone(), writer.clone());
        let writes = spawn(async move {
            let write = |mut pipe: &io::PipeWriter| pipe.write(b"more");
            writes.async_io(Interest::WRITABLE, write).await
        });
        let reads = spawn(async move { reads.readable().await.map(drop) });
        settle().await;
        assert!(!writes.is_finished() && !reads.is_finished());
        drop(reader);
        let error = writes.await.unwrap().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::BrokenPipe);
        reads.await.unwrap().unwrap();
    });
}

#[test]
fn a_half_closed_peer_ends_the_reader_and_does_not_make_the_writer_spin() {
    let runtime = paused();
    runtime.block_on(async {
        let (here, there) = pair();
        fill(here.get_ref());
        let here = Rc::new(here);
        let (writes, polls) = (here.clone(), Rc::new(Cell::new(0)));
        let counted = polls.clone();
        let writes = spawn(async move {
            let write = |mut socket: &UnixStream| {
                counted.set(counted.get() + 1);
                socket.write(b"more")
            };
            writes.async_io(Interest::WRITABLE, write).await
        });
        settle().await;
        let before = (polls.get(), runtime.metrics().turns());
        there.shutdown(Shutdown::Write).unwrap();
        assert_eq!(read(&here).await.unwrap(), b"");
        sleep(Duration::from_secs(1)).await;
        assert!(!writes.is_finished());
        assert_eq!(polls.get(), before.0, "the half-close is no news for it");
        let turns = runtime.metrics().turns() - before.1;
        assert!(turns <= 6, "{turns} turns with nothing to do");
        drain(&there);
        assert_eq!(writes.await.unwrap().unwrap(), 4);
    });
}

#[test]
fn readiness_that_nobody_uses_makes_no_turns() {
    let runtime = paused();
    runtime.block_on(async {
        let (here, mut there) = pair();
        there.write_all(b"unread").unwrap();
        drop(here.readable().await.unwrap());
        let before = runtime.metrics().turns();
        for _ in 0..10 {
            sleep(Duration::from_secs(1)).await;
        }
        let turns = runtime.metrics().turns() - before;
        assert!(turns <= 2 * 10, "{turns} turns for ten sleeps");
    });
}

#[test]
fn a_reader_and_a_writer_task_share_a_socket() {
    paused().block_on(async {
        let (here, there) = pair();
        let filled = fill(here.get_ref());
        let here = Rc::new(here);
        let (reads, writes) = (here.clone(), here);
        let reads = spawn(async move { read(&reads).await });
        let writes = spawn(async move {
            let write = |mut socket: &UnixStream| socket.write(b"reply");
            writes.async_io(Interest::WRITABLE, write).await
        });
        settle().await;
        assert!(!reads.is_finished() && !writes.is_finished());
        (&there).write_all(b"request").unwrap();
        assert_eq!(reads.await.unwrap().unwrap(), b"request");
        assert!(!writes.is_finished());
        assert!(filled > 0);
        drain(&there);
        assert_eq!(writes.await.unwrap().unwrap(), 5);
    });
}

#[test]
fn all_tasks_that_read_one_source_are_woken() {
    paused().block_on(async {
        let (here, mut there) = pair();
        let here = Rc::new(here);
        let woken = Rc::new(RefCell::new(Vec::new()));
        let readers: Vec<_> = (0..5)
            .map(|n| {
                let (here, woken) = (here.clone(), woken.clone());
                spawn(async move {
                    drop(here.readable().await.unwrap());
                    woken.borrow_mut().push(n);
                })
            })
            .collect();
        settle().await;
        readers[2].abort();
        settle().await;
        there.write_all(b"!").unwrap();
        settle().await;
        woken.borrow_mut().sort();
        assert_eq!(*woken.borrow(), [0, 1, 3, 4]);
    });
}

#[test]
fn of_several_readiness_futures_all_but_the_dropped_one_are_woken() {
    for dropped in 0..4 {
        paused().block_on(async {
            let (here, mut there) = pair();
            let mut waits: Vec<_> = (0..4)
                .map(|_| {
                    let (woken, waker) = Count::waker();
                    let mut waits = Box::pin(here.readable());
                    let polled = waits.as_mut().poll(&mut Context::from_waker(&waker));
                    assert!(polled.is_pending());
                    (woken, Some(waits))
                })
                .collect();
            waits[dropped].1 = None;
            there.write_all(b"!").unwrap();
            settle().await;
            for (n, (woken, _)) in waits.iter().enumerate() {
                assert_eq!(woken.get(), usize::from(n != dropped));
            }
        });
    }
}

#[test]
fn readiness_futures_that_were_dropped_leave_nothing_with_the_source() {
    paused().block_on(async {
        let (here, mut there) = pair();
        let (woken, waker) = Count::waker();
        let alive = Arc::strong_count(&woken);
        for _ in 0..10_000 {
            let mut waits = pin!(here.readable());
            // A waker of its own each time, as from a task of its own.
            let waker = Foreign::waker(
                {
                    let waker = waker.clone();
                    move || waker.wake_by_ref()
                },
                || {},
            );
            assert!(
                waits
                    .as_mut()
                    .poll(&mut Context::from_waker(&waker))
                    .is_pending()
            );
        }
        assert_eq!(Arc::strong_count(&woken), alive, "wakers are kept");
        there.write_all(b"!").unwrap();
        settle().await;
        assert_eq!(woken.get(), 0);
    });
}

#[test]
fn polled_by_hand_the_last_waker_of_a_direction_is_woken() {
    paused().block_on(async {
        let (here, mut there) = pair();
        let ((first, first_waker), (last, last_waker)) = (Count::waker(), Count::waker());
        for waker in [&first_waker, &last_waker] {
            let polled = here.poll_read_ready(&mut Context::from_waker(waker));
            assert!(polled.is_pending());
        }
        there.write_all(b"!").unwrap();
        settle().await;
        assert_eq!((first.get(), last.get()), (0, 1));
        let polled = here.poll_read_ready(&mut Context::from_waker(&first_waker));
        assert!(polled.is_ready());
        let polled = here.poll_write_ready(&mut Context::from_waker(&first_waker));
        assert!(polled.is_ready());
    });
}

#[test]
fn more_events_at_once_than_the_loop_has_room_for_all_arrive() {
    const SOURCES: usize = 700;
    paused().block_on(async {
        let sockets: Vec<_> = (0..SOURCES)
            .map(|_| {
                // Each costs one descriptor.
                let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
                socket.set_nonblocking(true).unwrap();
                socket
            })
            .collect();
        let waits = sockets.iter().map(|socket| {
            let source = AsyncFd::with_interest(socket.as_raw_fd(), Interest::READABLE).unwrap();
            spawn(async move { source.readable().await.map(drop) })
        });
        let waits: Vec<_> = waits.collect();
        settle().await;
        assert!(waits.iter().all(|wait| !wait.is_finished()));
        for socket in &sockets {
            socket.send_to(b"!", socket.local_addr().unwrap()).unwrap();
        }
        settle().await;
        assert!(waits.iter().all(|wait| wait.is_finished()));
    });
}
