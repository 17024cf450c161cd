//! Sockets of each kind, and a descriptor from elsewhere.

use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::path::Path;
use std::process;

use buzzer::io::{AsyncFd, AsyncReadExt, AsyncWriteExt};
use buzzer::net::{
    TcpListener, TcpStream, UdpSocket, UnixDatagram, UnixListener, UnixStream, lookup_host,
};
use buzzer::spawn;
use futures::future::try_join_all;

use super::{Said, own};

const BYTES: usize = 300_000;

pub async fn tcp() -> Said {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let server = spawn(async move {
        let (mut stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).await?;
        stream.write_all(&bytes).await?;
        io::Result::Ok(())
    });
    let stream = TcpStream::connect(address).await?;
    let (mut read, mut write) = stream.into_split();
    let writer = spawn(async move {
        write.write_all(&vec![7; BYTES]).await?;
        write.shutdown().await
    });
    writer.await??;
    let mut back = Vec::new();
    read.read_to_end(&mut back).await?;
    server.await??;
    let mut found = lookup_host(("127.0.0.1", 80)).await?;
    let found = found.next().is_some();
    let refused = TcpStream::connect(address).await.map(drop);
    let refused = refused.map_err(|error| error.kind());
    Ok(format!(
        "{} came back, looked up: {found}, then {refused:?}",
        back.len()
    ))
}

pub async fn many_connections() -> Said {
    const COUNT: u8 = 20;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let server = spawn(async move {
        let mut tasks = Vec::new();
        for _ in 0..COUNT {
            let (mut stream, _) = listener.accept().await?;
            tasks.push(spawn(async move {
                let mut number = [0];
                stream.read_exact(&mut number).await?;
                stream.write_all(&[number[0] + 1]).await
            }));
        }
        for task in tasks {
            task.await??;
        }
        io::Result::Ok(())
    });
    let clients = (0..COUNT).map(async |number| {
        let mut stream = TcpStream::connect(address).await?;
        stream.write_all(&[number]).await?;
        let mut answer = [0];
        stream.read_exact(&mut answer).await?;
        io::Result::Ok(answer[0])
    });
    let answers = try_join_all(clients).await?;
    server.await??;
    Ok(format!(
        "{} in all",
        answers.into_iter().map(u32::from).sum::<u32>()
    ))
}

pub async fn udp() -> Said {
    let one = UdpSocket::bind("127.0.0.1:0").await?;
    let other = UdpSocket::bind("127.0.0.1:0").await?;
    other.connect(one.local_addr()?).await?;
    other.send(b"tea").await?;
    let mut bytes = [0; 16];
    let (count, from) = one.recv_from(&mut bytes).await?;
    one.send_to(b"coffee", from).await?;
    let answer = other.recv(&mut bytes).await?;
    Ok(format!("{count} there, {answer} back"))
}

pub async fn unix_streams(dir: &Path) -> Said {
    let path = dir.join("stream");
    let listener = UnixListener::bind(&path)?;
    let mut client = UnixStream::connect(&path).await?;
    let (mut server, _) = listener.accept().await?;
    let credentials = server.peer_cred()?;
    let is_us = credentials.pid() == Some(process::id() as i32);
    client.write_all(b"tea").await?;
    client.shutdown().await?;
    let mut text = String::new();
    server.read_to_string(&mut text).await?;
    let (mut left, mut right) = UnixStream::pair()?;
    left.write_all(b"coffee").await?;
    drop(left);
    right.read_to_string(&mut text).await?;
    Ok(format!("{text}, the peer is us: {is_us}"))
}

pub async fn unix_datagrams(dir: &Path) -> Said {
    let path = dir.join("datagram");
    let bound = UnixDatagram::bind(&path)?;
    let unbound = UnixDatagram::unbound()?;
    unbound.send_to(b"tea", &path).await?;
    let (left, right) = UnixDatagram::pair()?;
    left.send(b"coffee").await?;
    let mut bytes = [0; 16];
    let (one, _) = bound.recv_from(&mut bytes).await?;
    let other = right.recv(&mut bytes).await?;
    Ok(format!("{one} and {other}"))
}

pub async fn adopted_pipe() -> Said {
    let (reader, mut writer) = io::pipe().map_err(own("pipe"))?;
    let reader = AsyncFd::new(io::PipeReader::from(OwnedFd::from(reader)))?;
    let read = spawn(async move {
        let mut bytes = [0; 16];
        reader
            .async_io(buzzer::io::Interest::READABLE, |mut pipe| {
                pipe.read(&mut bytes)
            })
            .await
    });
    buzzer::task::yield_now().await;
    writer.write_all(b"tea")?;
    Ok(format!("{} bytes", read.await??))
}
