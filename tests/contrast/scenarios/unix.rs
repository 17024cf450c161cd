//! Unix sockets: streams and datagrams, with a path or in pairs.

use super::*;
use std::io::{Read, Write};
use tempfile::tempdir;
use tokio::net::{UnixDatagram, UnixListener, UnixStream};

pub fn a_pair_talks_both_ways() -> Transcript {
    run(async || {
        let (mut here, mut there) = UnixStream::pair().unwrap();
        here.write_all(b"tea").await.unwrap();
        note!("{:?}", receive(&mut there).await);
        there.write_all(b"milk").await.unwrap();
        drop(there);
        note!("{:?}", receive(&mut here).await);
        note!("{:?}", receive(&mut here).await);
        say("write", here.write(b"sugar").await);
    })
}

pub fn a_listener_at_a_path() -> Transcript {
    run(async || {
        let dir = tempdir().unwrap();
        let path = dir.path().join("bar");
        let listener = UnixListener::bind(&path).unwrap();
        let mut client = UnixStream::connect(&path).await.unwrap();
        let server = client.peer_addr().unwrap();
        note!(
            "the server has a name: {}",
            server.as_pathname() == Some(&path)
        );
        let (mut stream, peer) = listener.accept().await.unwrap();
        note!("the client has none: {}", peer.is_unnamed());
        client.write_all(b"tea").await.unwrap();
        note!("{:?}", receive(&mut stream).await);
        stream.write_all(b"TEA").await.unwrap();
        note!("{:?}", receive(&mut client).await);
    })
}

pub fn a_path_that_is_in_use() -> Transcript {
    run(async || {
        let dir = tempdir().unwrap();
        let path = dir.path().join("bar");
        let first = UnixListener::bind(&path).unwrap();
        say("bind", UnixListener::bind(&path));
        drop(first);
        // The name stays where it is until somebody removes it.
        say("bind after the first is gone", UnixListener::bind(&path));
        say("connect", UnixStream::connect(&path).await);
        std::fs::remove_file(&path).unwrap();
        say("connect to no path", UnixStream::connect(&path).await);
        say("bind to a path that is free", UnixListener::bind(&path));
    })
}

pub fn paths_that_cannot_be() -> Transcript {
    run(async || {
        let dir = tempdir().unwrap();
        let long = dir.path().join("x".repeat(200));
        say("too long", UnixListener::bind(&long));
        say("to connect to", UnixStream::connect(&long).await);
        say(
            "no directory",
            UnixListener::bind(dir.path().join("no/bar")),
        );
        let file = dir.path().join("file");
        std::fs::write(&file, "").unwrap();
        say("a file", UnixStream::connect(&file).await);
    })
}

pub fn the_halves_of_a_unix_stream() -> Transcript {
    run(async || {
        let (here, mut there) = UnixStream::pair().unwrap();
        let (mut reads, mut writes) = here.into_split();
        writes.write_all(b"that is all").await.unwrap();
        drop(writes);
        note!("{:?}", receive(&mut there).await);
        note!("{:?}", receive(&mut there).await);
        there.write_all(b"here it is").await.unwrap();
        note!("{:?}", receive(&mut reads).await);
    })
}

pub fn a_new_pair_is_tried_at_once() -> Transcript {
    run(async || {
        let (here, there) = UnixStream::pair().unwrap();
        say("write", here.try_write(b"tea"));
        say("read", there.try_read(&mut [0; 8]));
        there.writable().await.unwrap();
        say("write back", there.try_write(b"TEA"));
    })
    .differs(Difference {
        because: "a new socket is tried by buzzer; tokio takes one of a pair for writable and \
                  empty",
        buzzer: &[
            "0 ms: write: fine",
            "0 ms: read: fine",
            "0 ms: write back: fine",
        ],
        tokio: &[
            "0 ms: write: fine",
            "0 ms: read: WouldBlock",
            "0 ms: write back: fine",
        ],
    })
}

pub fn who_the_peer_is() -> Transcript {
    run(async || {
        let (here, _there) = UnixStream::pair().unwrap();
        let peer = here.peer_cred().unwrap();
        note!("{}", peer.uid() == rustix::process::getuid().as_raw());
        note!("{}", peer.pid() == Some(std::process::id() as i32));
    })
}

pub fn unread_bytes_make_a_drop_a_reset() -> Transcript {
    run(async || {
        let (mut here, there) = UnixStream::pair().unwrap();
        here.write_all(b"never read").await.unwrap();
        drop(there);
        note!("{:?}", receive(&mut here).await);
        note!("{:?}", receive(&mut here).await);
    })
}

pub fn datagrams_in_a_pair() -> Transcript {
    run(async || {
        let (here, there) = UnixDatagram::pair().unwrap();
        here.send(b"one").await.unwrap();
        here.send(b"").await.unwrap();
        here.send(b"a long one").await.unwrap();
        let mut four = [0; 4];
        for _ in 0..3 {
            let length = there.recv(&mut four).await.unwrap();
            note!("{:?}", text(&four[..length]));
        }
        say("nothing left", there.try_recv(&mut four));
        drop(there);
        say("send", here.send(b"to nobody").await);
    })
}

pub fn datagrams_to_a_path() -> Transcript {
    run(async || {
        let dir = tempdir().unwrap();
        let path = dir.path().join("bar");
        let there = UnixDatagram::bind(&path).unwrap();
        let here = UnixDatagram::unbound().unwrap();
        here.send_to(b"tea", &path).await.unwrap();
        let mut buffer = [0; 64];
        let (length, from) = there.recv_from(&mut buffer).await.unwrap();
        note!(
            "{:?}, no name: {}",
            text(&buffer[..length]),
            from.is_unnamed()
        );
        here.connect(&path).unwrap();
        here.send(b"milk").await.unwrap();
        note!("received {}", there.recv(&mut buffer).await.unwrap());
        say("to no path", here.send_to(b"", dir.path().join("no")).await);
    })
}

// A datagram socket of this kind is never lossy: it is full.
pub fn a_full_datagram_socket_holds_its_sender_back() -> Transcript {
    run(async || {
        let (here, there) = UnixDatagram::pair().unwrap();
        here.writable().await.unwrap();
        let mut sent = 0;
        while here.try_send(b"coffee").is_ok() {
            sent += 1;
        }
        let sender = spawn(async move {
            here.send(b"the last").await.unwrap();
        });
        yield_now().await;
        note!("finished: {}", sender.is_finished());
        let mut buffer = [0; 64];
        for _ in 0..sent {
            there.recv(&mut buffer).await.unwrap();
        }
        let length = there.recv(&mut buffer).await.unwrap();
        note!("{:?}", text(&buffer[..length]));
        sender.await.unwrap();
    })
}

pub fn a_std_unix_socket_comes_in_and_goes_out() -> Transcript {
    run(async || {
        let (here, there) = std::os::unix::net::UnixStream::pair().unwrap();
        here.set_nonblocking(true).unwrap();
        let mut here = UnixStream::from_std(here).unwrap();
        here.write_all(b"tea").await.unwrap();
        let mut buffer = [0; 64];
        let length = (&there).read(&mut buffer).unwrap();
        note!("{:?}", text(&buffer[..length]));
        let here = here.into_std().unwrap();
        here.set_nonblocking(false).unwrap();
        (&there).write_all(b"milk").unwrap();
        let length = (&here).read(&mut buffer).unwrap();
        note!("{:?}", text(&buffer[..length]));
    })
}
