//! TCP connections: how they come about, and who gets which.

use super::*;
use std::io::{Read, Write};
use std::net::TcpListener as StdListener;
use std::net::TcpStream as StdStream;
use tokio::net::{TcpListener, TcpSocket, TcpStream};

/// An address that nobody listens at, and the socket that keeps it from others.
fn refusing() -> (TcpSocket, SocketAddr) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(ANY_PORT.into()).unwrap();
    let address = socket.local_addr().unwrap();
    (socket, address)
}

/// Sends back what comes, until the end.
async fn echo(mut stream: TcpStream) {
    let mut buffer = [0; 64];
    loop {
        match stream.read(&mut buffer).await.unwrap() {
            0 => return,
            length => stream.write_all(&buffer[..length]).await.unwrap(),
        }
    }
}

pub fn an_echo_goes_there_and_back() -> Transcript {
    run(async || {
        let (listener, address) = listener().await;
        let server = spawn(async move {
            let (stream, _) = listener.accept().await.unwrap();
            note!("accepted");
            echo(stream).await;
            note!("the client is gone");
        });
        let mut client = TcpStream::connect(address).await.unwrap();
        for order in ["espresso", "ristretto"] {
            client.write_all(order.as_bytes()).await.unwrap();
            note!("{:?}", receive(&mut client).await);
        }
        drop(client);
        server.await.unwrap();
    })
}

pub fn clients_are_served_one_after_the_other() -> Transcript {
    run(async || {
        let (listener, address) = listener().await;
        let server = spawn(async move {
            for number in 0..5 {
                let (mut stream, _) = listener.accept().await.unwrap();
                note!("{number}: {:?}", receive(&mut stream).await);
                stream.write_all(b"done").await.unwrap();
            }
        });
        for number in 0..5 {
            let mut client = TcpStream::connect(address).await.unwrap();
            let order = format!("order {number}");
            client.write_all(order.as_bytes()).await.unwrap();
            note!("{:?}", receive(&mut client).await);
            note!("then {:?}", receive(&mut client).await);
        }
        server.await.unwrap();
    })
}

pub fn a_hundred_clients_at_the_same_time_get_their_own_answers() -> Transcript {
    run(async || {
        let (listener, address) = listener().await;
        let server = spawn(async move {
            let accepted = async || spawn(echo(listener.accept().await.unwrap().0));
            let mut echoes = Vec::new();
            for _ in 0..100 {
                echoes.push(accepted().await);
            }
            finish(echoes).await;
        });
        let client = async |number: usize| {
            let mut stream = TcpStream::connect(address).await.unwrap();
            let order = format!("order {number}");
            stream.write_all(order.as_bytes()).await.unwrap();
            receive(&mut stream).await == Ok(order)
        };
        let served = join_all((0..100).map(client)).await;
        note!(
            "{} have what they asked for",
            served.iter().filter(|own| **own).count()
        );
        server.await.unwrap();
    })
}

pub fn connections_are_accepted_in_the_order_of_their_connects() -> Transcript {
    run(async || {
        let (listener, address) = listener().await;
        let connect = |_| StdStream::connect(address).unwrap();
        let clients: Vec<_> = (0..5).map(connect).collect();
        for client in &clients {
            let (_, peer) = listener.accept().await.unwrap();
            note!("the next one: {}", peer == client.local_addr().unwrap());
        }
    })
}

pub fn the_addresses_of_both_ends_agree() -> Transcript {
    run(async || {
        let (here, there) = connection().await;
        note!(
            "{}",
            here.local_addr().unwrap() == there.peer_addr().unwrap()
        );
        note!(
            "{}",
            there.local_addr().unwrap() == here.peer_addr().unwrap()
        );
        note!("{}", here.local_addr().unwrap().ip());
    })
}

pub fn a_connect_that_is_refused() -> Transcript {
    run(async || {
        let (_refusing, address) = refusing();
        say("connect", TcpStream::connect(address).await);
    })
}

pub fn every_address_is_tried() -> Transcript {
    run(async || {
        let (listener, address) = listener().await;
        let (refusing, refused) = refusing();
        let addresses = [refused, refused, address];
        let connect = TcpStream::connect(&addresses[..]);
        let (client, accepted) = join!(connect, listener.accept());
        note!(
            "connected: {}",
            client.unwrap().peer_addr().unwrap() == address
        );
        say("accept", accepted);
        // The error is that of the last one.
        say("none works", TcpStream::connect(&addresses[..2]).await);
        say("none is there", TcpStream::connect(&addresses[..0]).await);
        drop(refusing);
    })
}

pub fn addresses_in_all_their_forms() -> Transcript {
    run(async || {
        let (_listener, address) = listener().await;
        let port = address.port();
        say(
            "text",
            TcpStream::connect(format!("127.0.0.1:{port}")).await,
        );
        say(
            "a name",
            TcpStream::connect(format!("localhost:{port}")).await,
        );
        say("a pair", TcpStream::connect(("127.0.0.1", port)).await);
        say(
            "an address and a port",
            TcpStream::connect((address.ip(), port)).await,
        );
        say("without a port", TcpStream::connect("127.0.0.1").await);
        say(
            "a port too large",
            TcpStream::connect("127.0.0.1:65536").await,
        );
        say("empty", TcpStream::connect("").await);
    })
}

pub fn a_port_that_is_taken() -> Transcript {
    run(async || {
        let (first, address) = listener().await;
        say("bind", TcpListener::bind(address).await);
        drop(first);
        say("bind when it is free", TcpListener::bind(address).await);
    })
}

pub fn a_port_shared_by_two_listeners() -> Transcript {
    run(async || {
        let socket = |shared: bool| {
            let socket = TcpSocket::new_v4().unwrap();
            socket.set_reuseport(shared).unwrap();
            socket
        };
        let first = socket(true);
        first.bind(ANY_PORT.into()).unwrap();
        let first = first.listen(16).unwrap();
        let address = first.local_addr().unwrap();
        let second = socket(true);
        say("bind", second.bind(address));
        let second = second.listen(16).unwrap();
        say("bind without sharing", socket(false).bind(address));
        // The kernel chooses which of the two is to have it.
        let client = TcpStream::connect(address).await;
        let accepted = select! {
            accepted = first.accept() => accepted,
            accepted = second.accept() => accepted,
        };
        say("accept", accepted);
        say("connect", client);
    })
}

// The server closed first, so its address lingers in TIME_WAIT.
pub fn a_port_that_was_just_used_can_be_listened_at_again() -> Transcript {
    run(async || {
        let (listener, address) = listener().await;
        let connect = TcpStream::connect(address);
        let (client, accepted) = join!(connect, listener.accept());
        drop((accepted.unwrap(), listener));
        note!("{:?}", receive(&mut client.unwrap()).await);
        say("bind", TcpListener::bind(address).await);
    })
}

pub fn a_listener_that_is_gone() -> Transcript {
    run(async || {
        let (listener, address) = listener().await;
        let mut waiting = TcpStream::connect(address).await.unwrap();
        drop(listener);
        note!("never accepted: {:?}", receive(&mut waiting).await);
        say("connect", TcpStream::connect(address).await);
    })
}

pub fn a_client_that_left_before_it_was_accepted() -> Transcript {
    run(async || {
        let (listener, address) = listener().await;
        let mut early = StdStream::connect(address).unwrap();
        early.write_all(b"never mind").unwrap();
        drop(early);
        let (mut stream, _) = listener.accept().await.unwrap();
        note!("{:?}", receive(&mut stream).await);
        note!("{:?}", receive(&mut stream).await);
    })
}

pub fn options_are_set_and_seen() -> Transcript {
    run(async || {
        let (listener, address) = listener().await;
        let client = TcpStream::connect(address).await.unwrap();
        note!("nodelay {}", client.nodelay().unwrap());
        client.set_nodelay(true).unwrap();
        note!("nodelay {}", client.nodelay().unwrap());
        client.set_ttl(17).unwrap();
        note!("ttl {}", client.ttl().unwrap());
        listener.set_ttl(18).unwrap();
        note!("ttl {}", listener.ttl().unwrap());
        note!(
            "no error is pending: {}",
            client.take_error().unwrap().is_none()
        );
    })
}

pub fn a_std_socket_comes_in_and_goes_out_again() -> Transcript {
    run(async || {
        let listener = StdListener::bind(ANY_PORT).unwrap();
        let address = listener.local_addr().unwrap();
        listener.set_nonblocking(true).unwrap();
        let listener = TcpListener::from_std(listener).unwrap();
        let client = StdStream::connect(address).unwrap();
        client.set_nonblocking(true).unwrap();
        let mut client = TcpStream::from_std(client).unwrap();
        let (accepted, _) = listener.accept().await.unwrap();
        let mut accepted = accepted.into_std().unwrap();
        accepted.set_nonblocking(false).unwrap();
        client.write_all(b"over to std").await.unwrap();
        let mut buffer = [0; 64];
        let length = accepted.read(&mut buffer).unwrap();
        note!("{:?}", text(&buffer[..length]));
        let listener = listener.into_std().unwrap();
        note!("the same: {}", listener.local_addr().unwrap() == address);
    })
}
