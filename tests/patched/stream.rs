//! tokio-stream: wrappers of channels, timers, sockets and lines.

use std::time::Duration;

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};
use tokio::sync::{broadcast, mpsc, watch};
use tokio::time::{Instant, interval};
use tokio_stream::wrappers::{
    BroadcastStream, IntervalStream, LinesStream, ReceiverStream, SplitStream, TcpListenerStream,
    UnboundedReceiverStream, UnixListenerStream, WatchStream,
};
use tokio_stream::{StreamExt, StreamMap};

#[tokio::test]
async fn channels_are_streams() {
    let (sender, receiver) = mpsc::channel(2);
    let (unbounded, more) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        for n in 0..4 {
            sender.send(n).await.expect("somebody receives");
            unbounded.send(10 * n).expect("somebody receives");
        }
    });
    let both = ReceiverStream::new(receiver).merge(UnboundedReceiverStream::new(more));
    let mut all: Vec<_> = both.collect().await;
    all.sort_unstable();
    assert_eq!(all, [0, 0, 1, 2, 3, 10, 20, 30]);
}

#[tokio::test]
async fn what_is_told_to_many_is_a_stream_of_each() {
    let (sender, receiver) = broadcast::channel(8);
    let (first, second) = (
        BroadcastStream::new(receiver),
        BroadcastStream::new(sender.subscribe()),
    );
    for n in 0..3 {
        sender.send(n).expect("somebody listens");
    }
    drop(sender);
    for stream in [first, second] {
        let told: Result<Vec<_>, _> = stream.collect().await;
        assert_eq!(told.expect("none is missed"), [0, 1, 2]);
    }

    let (sender, receiver) = watch::channel("open");
    let mut seen = WatchStream::new(receiver);
    assert_eq!(seen.next().await, Some("open"));
    sender.send("closed").expect("somebody watches");
    drop(sender);
    assert_eq!(seen.next().await, Some("closed"));
    assert_eq!(seen.next().await, None);
}

#[tokio::test(start_paused = true)]
async fn ticks_are_a_stream_and_items_have_their_time() {
    let start = Instant::now();
    let ticks = IntervalStream::new(interval(Duration::from_secs(1))).take(4);
    let at: Vec<_> = ticks
        .map(|tick| tick.duration_since(start).as_secs())
        .collect()
        .await;
    assert_eq!(at, [0, 1, 2, 3]);

    let slow = tokio_stream::iter(0..3).throttle(Duration::from_secs(2));
    let limited = std::pin::pin!(slow.timeout(Duration::from_secs(1)));
    let items: Vec<_> = limited.take(5).map(|item| item.is_ok()).collect().await;
    assert_eq!(items, [true, false, true, false, true]);
}

#[tokio::test]
async fn lines_and_pieces_are_streams() {
    let lines = LinesStream::new(BufReader::new(&b"espresso\nlatte\n"[..]).lines());
    let lines: Result<Vec<_>, _> = lines.collect().await;
    assert_eq!(lines.expect("it is text"), ["espresso", "latte"]);
    let pieces = AsyncBufReadExt::split(&b"a,b"[..], b',');
    let pieces: Result<Vec<_>, _> = SplitStream::new(pieces).collect().await;
    assert_eq!(pieces.expect("it is memory"), [b"a", b"b"]);
}

#[tokio::test]
async fn listeners_are_streams_of_connections() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("it is bound");
    let mut accepted = TcpListenerStream::new(listener);
    let client = TcpStream::connect(address).await.expect("it listens");
    let server = accepted
        .next()
        .await
        .expect("no end")
        .expect("it is accepted");
    assert_eq!(server.peer_addr().ok(), client.local_addr().ok());

    let name = std::env::temp_dir().join(format!("patched-{}", std::process::id()));
    let listener = UnixListener::bind(&name).expect("a name of this process");
    let mut accepted = UnixListenerStream::new(listener);
    let _client = UnixStream::connect(&name).await.expect("it listens");
    let _server = accepted
        .next()
        .await
        .expect("no end")
        .expect("it is accepted");
    std::fs::remove_file(name).expect("it was bound");
}

#[tokio::test]
async fn a_map_of_streams_ends_with_the_last() {
    let mut map = StreamMap::new();
    map.insert("a", tokio_stream::iter(vec![1, 2]));
    map.insert("b", tokio_stream::iter(vec![3]));
    let mut all = Vec::new();
    while let Some(item) = map.next().await {
        all.push(item);
    }
    all.sort_unstable();
    assert_eq!(all, [("a", 1), ("a", 2), ("b", 3)]);
}
