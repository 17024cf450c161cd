//! Unix datagrams: paths and abstract names, waiting for the receiver's room.

use std::future::poll_fn;
use std::io::ErrorKind;
use std::net::Shutdown;
use std::os::unix::net;

use buzzer::io::{Interest, ReadBuf};
use buzzer::net::UnixDatagram;
use buzzer::time::{Duration, Instant};

use crate::system::SELECTOR_IS_EPOLL;
#[cfg(target_os = "linux")]
use crate::unix::abstract_name;
use crate::unix::path;
use crate::{is_nonblocking, kind, run, stays_pending};

#[test]
fn datagrams_arrive_whole_with_their_sender_s_path() {
    run(async {
        let (folder, counter) = path();
        let guest = folder.path().join("guest");
        let there = UnixDatagram::bind(&counter).unwrap();
        let here = UnixDatagram::bind(&guest).unwrap();
        assert_eq!(here.local_addr().unwrap().as_pathname(), Some(&*guest));
        assert_eq!(here.send_to(b"mocha", &counter).await.unwrap(), 5);
        let mut buffer = [0; 64];
        let (length, from) = there.recv_from(&mut buffer).await.unwrap();
        assert_eq!(
            (&buffer[..length], from.as_pathname()),
            (&b"mocha"[..], Some(&*guest))
        );
        // Connected, it needs no path.
        here.connect(&counter).unwrap();
        assert_eq!(here.peer_addr().unwrap().as_pathname(), Some(&*counter));
        here.send(b"").await.unwrap();
        here.send(b"a long order").await.unwrap();
        here.send(b"latte").await.unwrap();
        let mut short = [0; 6];
        assert_eq!(there.recv(&mut short).await.unwrap(), 0);
        assert_eq!(there.recv(&mut short).await.unwrap(), 6);
        assert_eq!(&short, b"a long");
        assert_eq!(there.recv(&mut short).await.unwrap(), 5);
    });
}

#[test]
#[cfg(target_os = "linux")] // They are Linux's.
fn abstract_names_leave_no_trace() {
    run(async {
        let name = abstract_name();
        let there = UnixDatagram::bind(&name).unwrap();
        let here = UnixDatagram::unbound().unwrap();
        here.send_to(b"mocha", &name).await.unwrap();
        let (length, from) = there.recv_from(&mut [0; 8]).await.unwrap();
        assert!(length == 5 && from.is_unnamed());
        let bound = there.local_addr().unwrap();
        assert_eq!(bound.as_abstract_name(), Some(&name.as_bytes()[1..]));
        drop(there);
        drop(UnixDatagram::bind(&name).unwrap());
    });
}

#[test]
fn what_fails_names_the_path() {
    run(async {
        let (_folder, path) = path();
        let starts = |error: std::io::Error, operation: &str| {
            let expected = format!("{operation} {}: ", path.display());
            assert!(error.to_string().starts_with(&expected), "{error}");
            error.kind()
        };
        let here = UnixDatagram::unbound().unwrap();
        let error = here.send_to(b"!", &path).await.unwrap_err();
        assert_eq!(starts(error, "send to"), ErrorKind::NotFound);
        let error = here.connect(&path).unwrap_err();
        assert_eq!(starts(error, "connect to"), ErrorKind::NotFound);
        drop(UnixDatagram::bind(&path).unwrap());
        let error = UnixDatagram::bind(&path).unwrap_err();
        assert_eq!(starts(error, "bind"), ErrorKind::AddrInUse);
        assert_eq!(kind(here.peer_addr()), Some(ErrorKind::NotConnected));
        assert_eq!(kind(here.send(b"!").await), Some(ErrorKind::NotConnected));
    });
}

#[test]
fn a_pair_sends_until_there_is_no_room_and_waits_for_it() {
    run(async {
        let (here, there) = UnixDatagram::pair().unwrap();
        here.writable().await.unwrap();
        let mut sent = 0;
        while here.try_send(&[0; 1_000]).is_ok() {
            sent += 1;
        }
        assert!(stays_pending(here.send(&[0; 1_000])).await);
        let receiving = async {
            for _ in 0..=sent {
                assert_eq!(there.recv(&mut [0; 2_000]).await.unwrap(), 1_000);
            }
        };
        let (last, ()) = buzzer::gather!(here.send(&[0; 1_000]), receiving).await;
        assert_eq!(last.unwrap(), 1_000);
    });
}

#[test]
fn a_sender_that_is_not_connected_waits_for_room_that_others_took() {
    run(async {
        let (_folder, path) = path();
        let there = UnixDatagram::bind(&path).unwrap();
        let other = UnixDatagram::unbound().unwrap();
        other.writable().await.unwrap();
        let mut sent = 0;
        while other.try_send_to(b"!", &path).is_ok() {
            sent += 1;
        }
        let here = UnixDatagram::unbound().unwrap();
        let before = Instant::now();
        let sending = buzzer::spawn({
            let path = path.clone();
            async move { here.send_to(b"mocha", &path).await }
        });
        buzzer::time::sleep(Duration::from_millis(95)).await;
        assert!(!sending.is_finished());
        for _ in 0..sent {
            assert_eq!(there.recv(&mut [0; 8]).await.unwrap(), 1);
        }
        // The kernel tells it nothing; it finds out by its pause of 10 ms.
        assert_eq!(sending.await.unwrap().unwrap(), 5);
        assert_eq!(before.elapsed(), Duration::from_millis(100));
        assert_eq!(there.recv(&mut [0; 8]).await.unwrap(), 5);
    });
}

#[test]
fn a_sender_that_is_connected_is_told_of_room_that_others_took() {
    run(async {
        let (_folder, path) = path();
        let there = UnixDatagram::bind(&path).unwrap();
        let other = UnixDatagram::unbound().unwrap();
        other.writable().await.unwrap();
        while other.try_send_to(b"!", &path).is_ok() {}
        let here = UnixDatagram::unbound().unwrap();
        here.connect(&path).unwrap();
        // The clock moves, so nothing spins.
        assert!(stays_pending(here.send(b"mocha")).await);
        let before = Instant::now();
        let (sent, received) = buzzer::gather!(here.send(b"mocha"), there.recv(&mut [0; 8])).await;
        assert_eq!((sent.unwrap(), received.unwrap()), (5, 1));
        assert_eq!(before.elapsed(), Duration::ZERO);
    });
}

#[test]
fn what_is_polled_or_tried_by_hand_does_as_the_methods() {
    run(async {
        let (folder, counter) = path();
        let guest = folder.path().join("guest");
        let there = UnixDatagram::bind(&counter).unwrap();
        let here = UnixDatagram::bind(&guest).unwrap();
        assert_eq!(kind(there.try_recv(&mut [0])), Some(ErrorKind::WouldBlock));
        assert_eq!(
            kind(there.try_recv_from(&mut [0])),
            Some(ErrorKind::WouldBlock)
        );
        here.connect(&counter).unwrap();
        poll_fn(|cx| here.poll_send_ready(cx)).await.unwrap();
        assert_eq!(here.try_send(b"one").unwrap(), 3);
        assert_eq!(poll_fn(|cx| here.poll_send(cx, b"two")).await.unwrap(), 3);
        assert_eq!(here.try_send_to(b"three", &counter).unwrap(), 5);
        let sent = poll_fn(|cx| here.poll_send_to(cx, b"four", &counter)).await;
        assert_eq!(sent.unwrap(), 4);
        poll_fn(|cx| there.poll_recv_ready(cx)).await.unwrap();
        assert_eq!(there.try_recv(&mut [0; 8]).unwrap(), 3);
        let mut bytes = [0; 8];
        let mut buffer = ReadBuf::new(&mut bytes);
        poll_fn(|cx| there.poll_recv(cx, &mut buffer))
            .await
            .unwrap();
        assert_eq!(buffer.filled(), b"two");
        let (length, from) = there.try_recv_from(&mut [0; 8]).unwrap();
        assert_eq!((length, from.as_pathname()), (5, Some(&*guest)));
        let from = poll_fn(|cx| there.poll_recv_from(cx, &mut buffer)).await;
        assert_eq!(from.unwrap().as_pathname(), Some(&*guest));
        assert_eq!(buffer.filled(), b"twofour");
        assert!(there.ready(Interest::WRITABLE).await.unwrap().is_writable());
    });
}

#[test]
fn a_side_that_is_shut_down_refuses_to_send_or_to_be_sent_to() {
    run(async {
        let (here, there) = UnixDatagram::pair().unwrap();
        here.shutdown(Shutdown::Write).unwrap();
        // No SIGPIPE, which would end the process here if it were not ignored.
        assert_eq!(kind(here.send(b"!").await), Some(ErrorKind::BrokenPipe));
        there.send(b"mocha").await.unwrap();
        assert_eq!(here.recv(&mut [0; 8]).await.unwrap(), 5);
        here.shutdown(Shutdown::Read).unwrap();
        // To poll(2) a side that is shut is ready for good, so that a wait there has no
        // end; to other kernels it is at its end.
        assert!(!SELECTOR_IS_EPOLL || stays_pending(here.recv(&mut [0; 8])).await);
        assert_eq!(kind(there.send(b"!").await), Some(ErrorKind::BrokenPipe));
        assert!(here.take_error().unwrap().is_none());
    });
}

#[test]
fn a_blocking_socket_of_std_does_not_trap_the_loop_and_goes_back_deregistered() {
    run(async {
        let (here, there) = net::UnixDatagram::pair().unwrap();
        let here = UnixDatagram::from_std(here).unwrap();
        assert!(stays_pending(here.recv(&mut [0; 8])).await);
        there.send(b"mocha").unwrap();
        assert_eq!(here.recv(&mut [0; 8]).await.unwrap(), 5);
        let here = here.into_std().unwrap();
        assert!(is_nonblocking(&here));
        drop(UnixDatagram::try_from(here).unwrap());
    });
}
