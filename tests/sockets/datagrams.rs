//! Datagrams: a short one says nothing about those behind it.

use buzzer::net::{UdpSocket, UnixDatagram};
use futures::FutureExt;
use rustix::event::PollFlags;

use crate::paused::paused;
use crate::settle::settle;
use crate::{ANY_PORT, stays_pending, wait_for};

/// A socket on the loop, and one of std that sends to it.
async fn pair() -> (UdpSocket, std::net::UdpSocket) {
    let here = UdpSocket::bind(ANY_PORT).await.unwrap();
    let there = std::net::UdpSocket::bind(ANY_PORT).unwrap();
    there.connect(here.local_addr().unwrap()).unwrap();
    (here, there)
}

#[test]
fn datagrams_of_one_event_are_all_received() {
    paused().block_on(async {
        let (here, there) = pair().await;
        for datagram in [&b"short"[..], b"", b"longer than the buffer", b"last"] {
            there.send(datagram).unwrap();
        }
        wait_for(&here, PollFlags::IN);
        settle().await;
        let mut eight = [0; 8];
        for expected in [&b"short"[..], b"", b"longer t", b"last"] {
            let received = here.recv(&mut eight).now_or_never();
            let length = received.expect("not told again").unwrap();
            assert_eq!(&eight[..length], expected);
        }
        assert!(stays_pending(here.recv(&mut eight)).await);
    });
}

#[test]
fn unix_datagrams_of_one_event_are_all_received() {
    paused().block_on(async {
        let (here, there) = UnixDatagram::pair().unwrap();
        for datagram in [&b"short"[..], b"", b"longer than the buffer", b"last"] {
            there.send(datagram).await.unwrap();
        }
        settle().await;
        let mut eight = [0; 8];
        for expected in [&b"short"[..], b"", b"longer t", b"last"] {
            let received = here.recv(&mut eight).now_or_never();
            let length = received.expect("not told again").unwrap();
            assert_eq!(&eight[..length], expected);
        }
        assert!(stays_pending(here.recv(&mut eight)).await);
    });
}

#[test]
fn an_empty_datagram_wakes_a_receive_that_waits_and_is_no_end() {
    paused().block_on(async {
        let (here, there) = pair().await;
        let mut buffer = [0; 8];
        let (received, ()) = buzzer::gather!(here.recv_from(&mut buffer), async {
            there.send(b"").unwrap();
        })
        .await;
        assert_eq!(received.unwrap(), (0, there.local_addr().unwrap()));
        there.send(b"more").unwrap();
        assert_eq!(here.recv(&mut buffer).await.unwrap(), 4);
    });
}

#[test]
fn a_datagram_cut_short_is_gone_with_what_did_not_fit() {
    paused().block_on(async {
        let (here, there) = pair().await;
        there.send(b"a long order").unwrap();
        there.send(b"tea").unwrap();
        let mut four = [0; 4];
        assert_eq!(here.peek_from(&mut four).await.unwrap().0, 4);
        assert_eq!(here.recv_from(&mut four).await.unwrap().0, 4);
        assert_eq!(&four, b"a lo");
        assert_eq!(here.recv(&mut four).await.unwrap(), 3);
        assert_eq!(&four[..3], b"tea");
    });
}
