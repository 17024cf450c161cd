//! tokio-util: codecs over sockets, groups of tasks, queues of delays.

use std::io::{Read, Write};
use std::time::Duration;

use bytes::Bytes;
use futures::{SinkExt, StreamExt};
use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};
use tokio::net::UdpSocket;
use tokio::time::{Instant, sleep};
use tokio_util::codec::{BytesCodec, Framed, LinesCodec};
use tokio_util::io::{ReaderStream, StreamReader, SyncIoBridge};
use tokio_util::sync::{CancellationToken, PollSemaphore, PollSender};
use tokio_util::task::{AbortOnDropHandle, JoinMap, LocalPoolHandle, TaskTracker};
use tokio_util::time::{DelayQueue, FutureExt};
use tokio_util::udp::UdpFramed;

#[tokio::test]
async fn datagrams_are_framed() {
    let socket = UdpSocket::bind("127.0.0.1:0").await.expect("a free port");
    let other = UdpSocket::bind("127.0.0.1:0").await.expect("a free port");
    let address = other.local_addr().expect("it is bound");
    let mut from = UdpFramed::new(socket, BytesCodec::new());
    let mut to = UdpFramed::new(other, BytesCodec::new());
    for order in ["espresso", "latte"] {
        from.send((Bytes::from(order), address))
            .await
            .expect("it is sent");
        let (bytes, _) = to.next().await.expect("no end").expect("it is received");
        assert_eq!(&bytes[..], order.as_bytes());
    }
}

#[tokio::test]
async fn lines_are_framed_over_a_pipe() {
    let (one, other) = duplex(16);
    let mut one = Framed::new(one, LinesCodec::new());
    let sender = tokio::spawn(async move {
        for n in 0..100 {
            one.send(format!("order {n}")).await.expect("it is sent");
        }
    });
    let lines: Vec<_> = Framed::new(other, LinesCodec::new()).collect().await;
    sender.await.expect("it ends");
    assert_eq!(lines.len(), 100);
    assert_eq!(lines[99].as_deref().expect("a line"), "order 99");
}

#[tokio::test(start_paused = true)]
async fn tracked_tasks_end_before_the_shutdown_does() {
    let (tracker, token) = (TaskTracker::new(), CancellationToken::new());
    let handles: Vec<_> = (0..10)
        .map(|n| {
            let token = token.clone();
            tracker.spawn(async move {
                token.cancelled().await;
                sleep(Duration::from_secs(n)).await;
                n
            })
        })
        .collect();
    tracker.close();
    assert_eq!(tracker.len(), 10);
    let start = Instant::now();
    token.cancel();
    tracker.wait().await;
    assert_eq!(start.elapsed(), Duration::from_secs(9));
    for (n, handle) in handles.into_iter().enumerate() {
        assert_eq!(handle.await.expect("it ends"), n as u64);
    }
}

#[tokio::test(start_paused = true)]
async fn a_handle_that_is_dropped_aborts_and_a_map_joins() {
    let dropped = std::rc::Rc::new(());
    let held = std::rc::Rc::downgrade(&dropped);
    let task = tokio::task::spawn_local(async move {
        let _dropped = dropped;
        std::future::pending::<()>().await;
    });
    drop(AbortOnDropHandle::new(task));
    tokio::task::yield_now().await;
    assert!(held.upgrade().is_none());

    let mut map = JoinMap::new();
    for n in [3, 1, 2] {
        map.spawn(n, async move {
            sleep(Duration::from_secs(n)).await;
            10 * n
        });
    }
    let mut joined = Vec::new();
    while let Some((key, value)) = map.join_next().await {
        joined.push((key, value.expect("it ends")));
    }
    assert_eq!(joined, [(1, 10), (2, 20), (3, 30)]);
}

#[tokio::test(start_paused = true)]
async fn delays_come_in_their_order_and_a_future_has_its_limit() {
    let mut queue = DelayQueue::new();
    for seconds in [5, 1, 3] {
        queue.insert(seconds, Duration::from_secs(seconds));
    }
    let mut expired = Vec::new();
    while let Some(entry) = queue.next().await {
        expired.push(entry.into_inner());
    }
    assert_eq!(expired, [1, 3, 5]);
    let late = std::future::pending::<()>().timeout(Duration::from_secs(1));
    assert!(late.await.is_err());
}

#[tokio::test]
async fn readers_become_streams_and_streams_readers() {
    let chunks = ReaderStream::with_capacity(&b"one espresso"[..], 4);
    let mut reader = StreamReader::new(chunks);
    let mut text = String::new();
    reader.read_to_string(&mut text).await.expect("it is text");
    assert_eq!(text, "one espresso");
}

/// The bridge blocks a thread of the pool on futures of this runtime.
#[tokio::test]
async fn blocking_code_reads_and_writes_through_a_bridge() {
    let (mut here, there) = duplex(8);
    let job = tokio::task::spawn_blocking(move || {
        let mut bridge = SyncIoBridge::new(there);
        let mut text = String::new();
        bridge.read_to_string(&mut text).expect("it is text");
        bridge
            .write_all(text.to_uppercase().as_bytes())
            .expect("it is written");
        text.len()
    });
    here.write_all(b"a long order of coffee")
        .await
        .expect("it is read");
    here.shutdown().await.expect("it ends");
    let mut answer = String::new();
    here.read_to_string(&mut answer).await.expect("it is text");
    assert_eq!(answer, "A LONG ORDER OF COFFEE");
    assert_eq!(job.await.expect("it ends"), 22);
}

#[tokio::test]
async fn other_threads_have_loops_of_their_own() {
    let pool = LocalPoolHandle::new(2);
    let here = std::thread::current().id();
    let jobs = (0..4).map(|n| {
        pool.spawn_pinned(move || async move {
            let local = std::rc::Rc::new(n);
            tokio::task::yield_now().await;
            (*local, std::thread::current().id())
        })
    });
    for (n, job) in jobs.enumerate() {
        let (value, thread) = job.await.expect("it ends");
        assert_eq!(value, n);
        assert_ne!(thread, here);
    }
}

#[tokio::test]
async fn permits_and_places_are_polled_for() {
    let (sender, mut receiver) = tokio::sync::mpsc::channel(1);
    let mut sender = PollSender::new(sender);
    let sending = tokio::spawn(async move {
        for n in 0..3 {
            sender.send(n).await.expect("somebody receives");
        }
    });
    let mut received = Vec::new();
    while let Some(n) = receiver.recv().await {
        received.push(n);
    }
    sending.await.expect("it ends");
    assert_eq!(received, [0, 1, 2]);

    let permits = std::sync::Arc::new(tokio::sync::Semaphore::new(1));
    let mut permits = PollSemaphore::new(permits);
    let held = permits.next().await.expect("one is free");
    assert!(futures::poll!(permits.next()).is_pending());
    drop(held);
    assert!(permits.next().await.is_some());
}
