//! Datagrams, a descriptor from elsewhere, and names.

use std::io::{self, Read, Write};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::rc::Rc;

use buzzer::fs::File;
use buzzer::io::{AsyncFd, Interest};
use buzzer::net::unix::pipe;
use buzzer::net::{TcpListener, UdpSocket, UnixDatagram, UnixStream, lookup_host};

use super::{Place, Said};

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

pub async fn datagrams(place: Rc<Place>) -> Said {
    let path = place.path("datagram");
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

pub async fn adopted() -> Said {
    let own = |error| io::Error::other(format!("own pipe: {error}"));
    let (reader, mut writer) = io::pipe().map_err(own)?;
    let reader = AsyncFd::new(io::PipeReader::from(OwnedFd::from(reader)))?;
    let mut bytes = [0; 16];
    // The call is the program's own, and so is what comes of it.
    let reading = reader.async_io(Interest::READABLE, |mut pipe| {
        loop {
            match pipe.read(&mut bytes) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => return result,
            }
        }
    });
    let writing = async {
        buzzer::task::yield_now().await;
        writer.write_all(b"tea").map_err(own)?;
        drop(writer);
        Ok(())
    };
    let (count, ()) = buzzer::try_gather!(reading, writing).await?;
    Ok(format!("{count} bytes"))
}

pub async fn lookup() -> Said {
    let mut found = lookup_host(("localhost", 80)).await?;
    let is_here = found.any(|address| address.ip().is_loopback());
    Ok(format!("here: {is_here}"))
}

/// Where standard input is closed, its number is not to be given to anything else: what
/// gets it is duplicated.
pub async fn low_numbers(place: Rc<Place>) -> Said {
    let file = File::create(place.path("low")).await?;
    let (one, other) = UnixStream::pair()?;
    let (_sender, receiver) = pipe::pipe()?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let is_low = |descriptor: BorrowedFd<'_>| descriptor.as_raw_fd() < 3;
    let low = [
        is_low(file.as_fd()),
        is_low(one.as_fd()),
        is_low(other.as_fd()),
        is_low(receiver.as_fd()),
        is_low(listener.as_fd()),
    ];
    Ok(format!("any is low: {}", low.contains(&true)))
}
