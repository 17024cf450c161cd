//! UDP: datagrams keep their borders, whatever their length.

use super::*;
use std::net::UdpSocket as StdSocket;
use tokio::net::UdpSocket;

async fn socket() -> (UdpSocket, SocketAddr) {
    let socket = UdpSocket::bind(ANY_PORT).await.unwrap();
    let address = socket.local_addr().unwrap();
    (socket, address)
}

/// Two sockets, each of which sends to the other and hears the other only.
async fn connected() -> (UdpSocket, UdpSocket) {
    let ((here, at_here), (there, at_there)) = (socket().await, socket().await);
    here.connect(at_there).await.unwrap();
    there.connect(at_here).await.unwrap();
    (here, there)
}

pub fn datagrams_keep_their_borders() -> Transcript {
    run(async || {
        let ((here, at_here), (there, at_there)) = (socket().await, socket().await);
        for datagram in ["one", "two", "three"] {
            let sent = here.send_to(datagram.as_bytes(), at_there).await.unwrap();
            note!("sent {sent}");
        }
        let mut buffer = [0; 64];
        for _ in 0..3 {
            let (length, from) = there.recv_from(&mut buffer).await.unwrap();
            note!(
                "{:?} from here: {}",
                text(&buffer[..length]),
                from == at_here
            );
        }
    })
}

pub fn an_empty_datagram_arrives() -> Transcript {
    run(async || {
        let (here, there) = connected().await;
        note!("sent {}", here.send(b"").await.unwrap());
        note!("received {}", there.recv(&mut [0; 64]).await.unwrap());
        // It was taken, and is no end.
        say("nothing left", there.try_recv(&mut [0; 64]));
        here.send(b"coffee").await.unwrap();
        note!("received {}", there.recv(&mut [0; 64]).await.unwrap());
    })
}

pub fn a_datagram_longer_than_the_buffer_is_cut() -> Transcript {
    run(async || {
        let (here, there) = connected().await;
        here.send(b"a long order").await.unwrap();
        here.send(b"another").await.unwrap();
        let mut four = [0; 4];
        for _ in 0..2 {
            let length = there.recv(&mut four).await.unwrap();
            note!("{:?}", text(&four[..length]));
        }
        say("nothing left", there.try_recv(&mut four));
    })
}

pub fn a_datagram_into_no_buffer_is_taken() -> Transcript {
    run(async || {
        let (here, there) = connected().await;
        here.send(b"unseen").await.unwrap();
        note!("received {}", there.recv(&mut []).await.unwrap());
        say("nothing left", there.try_recv(&mut [0; 64]));
    })
}

pub fn a_peek_leaves_the_datagram() -> Transcript {
    run(async || {
        let ((here, at_here), (there, at_there)) = (socket().await, socket().await);
        here.send_to(b"coffee", at_there).await.unwrap();
        let mut buffer = [0; 64];
        let (length, from) = there.peek_from(&mut buffer).await.unwrap();
        note!(
            "{:?} from here: {}",
            text(&buffer[..length]),
            from == at_here
        );
        note!("received {}", there.recv(&mut buffer).await.unwrap());
    })
}

pub fn nobody_at_the_other_end_is_told_by_the_next_call() -> Transcript {
    run(async || {
        let (here, _) = socket().await;
        // It hears itself only, so for others nobody is there.
        let deaf = StdSocket::bind(ANY_PORT).unwrap();
        let at_deaf = deaf.local_addr().unwrap();
        deaf.connect(at_deaf).unwrap();
        here.connect(at_deaf).await.unwrap();
        say("send", here.send(b"hello?").await);
        say("receive", here.recv(&mut [0; 64]).await);
        // The error is told once.
        say("then", here.try_recv(&mut [0; 64]));
    })
}

pub fn a_connected_socket_hears_its_peer_only() -> Transcript {
    run(async || {
        let (here, there) = connected().await;
        let at_here = here.local_addr().unwrap();
        let (stranger, _) = socket().await;
        stranger.send_to(b"from a stranger", at_here).await.unwrap();
        there.send(b"from the peer").await.unwrap();
        let mut buffer = [0; 64];
        let length = here.recv(&mut buffer).await.unwrap();
        note!("{:?}", text(&buffer[..length]));
        say("nothing left", here.try_recv(&mut buffer));
    })
}

pub fn a_datagram_too_long_to_send() -> Transcript {
    run(async || {
        let (here, there) = connected().await;
        note!(
            "the error is the system's: {}",
            here.send(&[0; 65_508]).await.is_err()
        );
        here.send(&[0; 65_507]).await.unwrap();
        note!("{}", there.recv(&mut [0; 65_536]).await.unwrap());
    })
}

pub fn a_send_without_a_peer() -> Transcript {
    run(async || {
        let (here, _) = socket().await;
        note!("refused: {}", here.send(b"to whom?").await.is_err());
        let nowhere: &[SocketAddr] = &[];
        say("to no address", here.send_to(b"to whom?", nowhere).await);
    })
}

pub fn readiness_of_a_datagram_socket() -> Transcript {
    run(async || {
        let (here, there) = connected().await;
        let ready = here.ready(Interest::WRITABLE).await.unwrap();
        note!("{} {}", ready.is_readable(), ready.is_writable());
        note!("sent {}", here.try_send(b"coffee").unwrap());
        there.readable().await.unwrap();
        let mut buffer = [0; 64];
        let (length, from) = there.try_recv_from(&mut buffer).unwrap();
        note!(
            "{length}, from here: {}",
            from == here.local_addr().unwrap()
        );
        say("nothing left", there.try_recv_from(&mut buffer));
    })
}

pub fn a_timeout_around_a_receive_loses_nothing() -> Transcript {
    run(async || {
        let (here, there) = connected().await;
        let mut buffer = [0; 64];
        note!("{}", timeout(ms(10), there.recv(&mut buffer)).await.is_ok());
        here.send(b"coffee").await.unwrap();
        note!("received {}", there.recv(&mut buffer).await.unwrap());
    })
}

pub fn a_std_socket_for_datagrams_comes_in_and_goes_out() -> Transcript {
    run(async || {
        let there = StdSocket::bind(ANY_PORT).unwrap();
        let at_there = there.local_addr().unwrap();
        there.set_nonblocking(true).unwrap();
        let there = UdpSocket::from_std(there).unwrap();
        let (here, _) = socket().await;
        here.send_to(b"coffee", at_there).await.unwrap();
        note!("received {}", there.recv(&mut [0; 64]).await.unwrap());
        let there = there.into_std().unwrap();
        note!("the same: {}", there.local_addr().unwrap() == at_there);
    })
}
