//! Readiness of connections: seen, cleared by a short transfer, set anew.

use std::cell::Cell;
use std::io::{ErrorKind, Read, Write};
use std::net::Shutdown;
use std::rc::Rc;

use buzzer::io::{AsyncReadExt, AsyncWriteExt, Interest};
use buzzer::net::{TcpStream, UnixStream};
use buzzer::spawn;
use futures::FutureExt;
use rustix::event::PollFlags;

use crate::child::in_a_child;
use crate::paused::paused;
use crate::settle::settle;
use crate::{pair, receive, stays_pending, std_pair, wait_for};

#[test]
fn a_stale_event_does_not_reach_the_connection_that_took_the_place() {
    let runtime = paused();
    for elsewhere in [false, true] {
        runtime.block_on(async {
            let (old, mut old_peer) = std_pair();
            // With a duplicate open, epoll does not forget the socket by its close.
            let _duplicate = old.try_clone().unwrap();
            let old = TcpStream::from_std(old).unwrap();
            if elsewhere {
                std::thread::spawn(move || drop(old)).join().unwrap();
            } else {
                drop(old);
            }
            settle().await;
            let (mut new, mut new_peer) = pair();
            old_peer.write_all(b"for the old one").unwrap();
            wait_for(&_duplicate, PollFlags::IN);
            assert!(stays_pending(new.readable()).await);
            let before = runtime.metrics().turns();
            assert!(stays_pending(new.readable()).await);
            let turns = runtime.metrics().turns() - before;
            assert!(turns <= 3, "the duplicate makes {turns} turns");
            new_peer.write_all(b"for the new one").unwrap();
            assert_eq!(receive(&mut new).await.unwrap(), b"for the new one");
        });
    }
}

#[test]
fn data_that_comes_while_a_read_finds_none_is_not_cleared_away() {
    paused().block_on(async {
        let (mut here, mut there) = pair();
        there.write_all(b"first").unwrap();
        here.readable().await.unwrap();
        let would_block = here.try_io(Interest::READABLE, || {
            assert_eq!(rustix::io::read(&here, &mut [0; 64]), Ok(5));
            // Between the look that finds nothing and the clear that it leads to.
            let found = rustix::io::read(&here, &mut [0; 64]);
            there.write_all(b"second").unwrap();
            wait_for(&here, PollFlags::IN);
            found.map_err(Into::into)
        });
        assert_eq!(would_block.unwrap_err().kind(), ErrorKind::WouldBlock);
        assert_eq!(receive(&mut here).await.unwrap(), b"second");
    });
}

#[test]
fn a_short_read_means_empty_and_a_full_one_does_not() {
    paused().block_on(async {
        let (mut here, mut there) = pair();
        there.write_all(b"abcdef").unwrap();
        wait_for(&here, PollFlags::IN);
        let mut three = [0; 3];
        assert_eq!(here.read(&mut three).await.unwrap(), 3);
        assert!(here.readable().now_or_never().is_some());
        assert_eq!(receive(&mut here).await.unwrap(), b"def");
        assert!(here.readable().now_or_never().is_none(), "one look saved");
        assert!(stays_pending(here.readable()).await);
    });
}

// Elsewhere than on Linux no call says whether a read has stopped for another reason.
#[test]
fn a_short_read_means_empty_of_a_unix_stream_as_well() {
    paused().block_on(async {
        let (here, mut there) = std::os::unix::net::UnixStream::pair().unwrap();
        let mut here = UnixStream::from_std(here).unwrap();
        there.write_all(b"abcdef").unwrap();
        here.readable().await.unwrap();
        let mut three = [0; 3];
        assert_eq!(here.read(&mut three).await.unwrap(), 3);
        assert!(here.readable().now_or_never().is_some());
        assert_eq!(receive(&mut here).await.unwrap(), b"def");
        let is_saved = here.readable().now_or_never().is_none();
        let is_known = cfg!(all(target_os = "linux", not(buzzer_portable)));
        assert_eq!(is_saved, is_known, "one look saved");
        there.write_all(b"g").unwrap();
        assert_eq!(receive(&mut here).await.unwrap(), b"g");
    });
}

#[test]
fn a_short_read_and_then_more_data() {
    paused().block_on(async {
        let (mut here, mut there) = pair();
        for round in 0..100 {
            there.write_all(&[round]).unwrap();
            // Told and cleared in one round, told only in the next.
            if round % 2 == 0 {
                wait_for(&here, PollFlags::IN);
                settle().await;
            }
            assert_eq!(receive(&mut here).await.unwrap(), [round]);
        }
    });
}

#[test]
fn a_short_write_waits_for_room_and_is_told_of_it() {
    paused().block_on(async {
        let (mut here, mut there) = pair();
        here.writable().await.unwrap();
        // More than the kernel holds, so that the write is cut short.
        let large = vec![7; 32 << 20];
        let written = here.write(&large).await.unwrap();
        assert!(written < large.len());
        assert!(here.writable().now_or_never().is_none(), "one look saved");
        let rest = large.len() - written;
        let reader = std::thread::spawn(move || {
            let mut all = Vec::new();
            there.read_to_end(&mut all).unwrap();
            all.len()
        });
        // The clock is not looked at: the write ends by the reader only.
        here.write_all(&large[..rest]).await.unwrap();
        here.shutdown().await.unwrap();
        assert_eq!(reader.join().unwrap(), large.len());
    });
}

#[test]
fn bytes_behind_the_mark_of_urgent_data_are_not_stranded() {
    for told_before in [false, true] {
        paused().block_on(async {
            let (mut here, there) = pair();
            (&there).write_all(b"before").unwrap();
            if told_before {
                wait_for(&here, PollFlags::IN);
                settle().await;
            }
            rustix::net::send(&there, b"!", rustix::net::SendFlags::OOB).unwrap();
            (&there).write_all(b"behind").unwrap();
            wait_for(&here, PollFlags::PRI);
            // All is there before the loop looks: TCP has delivered it in order.
            let mut seen = Vec::new();
            while !seen.ends_with(b"behind") {
                seen.extend(receive(&mut here).await.unwrap());
            }
            assert_eq!(seen, b"beforebehind");
            // From now on there is an exception to be made, and nobody spins for it.
            assert!(stays_pending(receive(&mut here)).await);
            (&there).write_all(b"later").unwrap();
            assert_eq!(receive(&mut here).await.unwrap(), b"later");
        });
    }
}

#[test]
fn four_hundred_connections_ready_at_once_are_all_served() {
    // More than the loop has room for in one look, which is 256.
    const CONNECTIONS: usize = 400;
    in_a_child(|| {
        let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile);
        let current = limit.maximum;
        let raised = rustix::process::Rlimit { current, ..limit };
        rustix::process::setrlimit(rustix::process::Resource::Nofile, raised).unwrap();
        let runtime = paused();
        runtime.block_on(async {
            let served = Rc::new(Cell::new(0));
            let (readers, mut peers): (Vec<_>, Vec<_>) = (0..CONNECTIONS)
                .map(|_| {
                    let (mut here, there) = pair();
                    let served = served.clone();
                    let reader = spawn(async move {
                        assert_eq!(receive(&mut here).await.unwrap(), b"!");
                        served.set(served.get() + 1);
                        // Its end is one of as many at once, too.
                        assert_eq!(receive(&mut here).await.unwrap(), b"");
                        served.set(served.get() + 1);
                    });
                    (reader, (there, None))
                })
                .unzip();
            settle().await;
            assert_eq!(served.get(), 0);
            for (there, _) in &mut peers {
                there.write_all(b"!").unwrap();
            }
            settle_until(|| served.get() == CONNECTIONS).await;
            for (there, closed) in &mut peers {
                *closed = Some(there.shutdown(Shutdown::Both));
            }
            for reader in readers {
                reader.await.unwrap();
            }
            assert_eq!(served.get(), 2 * CONNECTIONS);
        });
    });

    async fn settle_until(done: impl Fn() -> bool) {
        while !done() {
            settle().await;
        }
    }
}
