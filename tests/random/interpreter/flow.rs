//! Values that go from one task, thread, process or runtime to another, in their order.
//!
//! Owns the two ends of each conduit. Where the system is in between, the clock is held
//! while a value is on its way. It can't be while a value is waited for that a sleeper is
//! still to give: so who gives tells who takes, by a channel, of each that was given.

use super::alone::hold;
use super::step::told;
use super::strand::Strand;
use program::{Body, Conduit};
use std::net::Ipv4Addr;
use std::pin::Pin;
use std::process::Stdio;
use std::thread;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream, UdpSocket, UnixDatagram, UnixStream, unix};
use tokio::process::{Child, Command};
use tokio::runtime::Builder;
use tokio::sync::{broadcast, mpsc, oneshot};
use tokio::task::{JoinHandle, spawn_blocking, spawn_local};
use tokio::{io, join};

enum Giver {
    Mpsc(mpsc::Sender<u32>),
    Unbounded(mpsc::UnboundedSender<u32>),
    Broadcast(broadcast::Sender<u32>),
    OneShot(Option<oneshot::Sender<u32>>),
    Stream(Pin<Box<dyn AsyncWrite>>),
    UnixDatagram(UnixDatagram),
    Udp(UdpSocket),
}

enum Taker {
    Mpsc(mpsc::Receiver<u32>),
    Unbounded(mpsc::UnboundedReceiver<u32>),
    Broadcast(broadcast::Receiver<u32>),
    OneShot(oneshot::Receiver<u32>),
    Stream(Pin<Box<dyn AsyncRead>>),
    UnixDatagram(UnixDatagram),
    Udp(UdpSocket),
    OfChild(Pin<Box<dyn AsyncRead>>, Child),
}

impl Giver {
    async fn give(&mut self, value: u32) -> bool {
        let bytes = value.to_be_bytes();
        match self {
            Self::Mpsc(sender) => sender.send(value).await.is_ok(),
            Self::Unbounded(sender) => sender.send(value).is_ok(),
            Self::Broadcast(sender) => sender.send(value).is_ok(),
            Self::OneShot(sender) => sender.take().unwrap().send(value).is_ok(),
            Self::Stream(stream) => stream.write_all(&bytes).await.is_ok(),
            Self::UnixDatagram(socket) => socket.send(&bytes).await.is_ok(),
            Self::Udp(socket) => socket.send(&bytes).await.is_ok(),
        }
    }
}

impl Taker {
    async fn take(&mut self) -> Option<u32> {
        let mut bytes = [0; 4];
        match self {
            Self::Mpsc(receiver) => return receiver.recv().await,
            Self::Unbounded(receiver) => return receiver.recv().await,
            Self::Broadcast(receiver) => return receiver.recv().await.ok(),
            Self::OneShot(receiver) => return receiver.await.ok(),
            Self::UnixDatagram(socket) => drop(socket.recv(&mut bytes).await.ok()?),
            Self::Udp(socket) => drop(socket.recv(&mut bytes).await.ok()?),
            Self::Stream(stream) | Self::OfChild(stream, _) => {
                stream.read_exact(&mut bytes).await.ok()?;
            }
        }
        Some(u32::from_be_bytes(bytes))
    }

    /// What comes when all was given.
    async fn end(&mut self) -> String {
        let rest = match self {
            // They have no end.
            Self::UnixDatagram(_) | Self::Udp(_) => None,
            // Its only value was taken.
            Self::OneShot(_) => None,
            _ => self.take().await,
        };
        let status = match self {
            Self::OfChild(_, child) => child.wait().await.unwrap().code(),
            _ => None,
        };
        format!("is at the end: {rest:?} {status:?}")
    }
}

fn stream(
    writer: impl AsyncWrite + 'static,
    reader: impl AsyncRead + 'static,
) -> (Option<Giver>, Taker) {
    let giver = Giver::Stream(Box::pin(writer));
    (Some(giver), Taker::Stream(Box::pin(reader)))
}

/// Both ends; only the one where nothing here has the other.
async fn open(conduit: Conduit, count: u32) -> io::Result<(Option<Giver>, Taker)> {
    let any = (Ipv4Addr::LOCALHOST, 0);
    Ok(match conduit {
        Conduit::Mpsc => {
            let (sender, receiver) = mpsc::channel(1);
            (Some(Giver::Mpsc(sender)), Taker::Mpsc(receiver))
        }
        Conduit::Unbounded => {
            let (sender, receiver) = mpsc::unbounded_channel();
            (Some(Giver::Unbounded(sender)), Taker::Unbounded(receiver))
        }
        Conduit::Broadcast => {
            let (sender, receiver) = broadcast::channel(16);
            (Some(Giver::Broadcast(sender)), Taker::Broadcast(receiver))
        }
        Conduit::OneShot => {
            let (sender, receiver) = oneshot::channel();
            let giver = Giver::OneShot(Some(sender));
            (Some(giver), Taker::OneShot(receiver))
        }
        Conduit::Duplex => {
            let (writer, reader) = io::duplex(3);
            stream(writer, reader)
        }
        Conduit::UnixStream => {
            let (writer, reader) = UnixStream::pair()?;
            stream(writer, reader)
        }
        Conduit::Pipe => {
            let (writer, reader) = unix::pipe::pipe()?;
            stream(writer, reader)
        }
        Conduit::UnixDatagram => {
            let (from, to) = UnixDatagram::pair()?;
            (Some(Giver::UnixDatagram(from)), Taker::UnixDatagram(to))
        }
        Conduit::Udp => {
            let (from, to) = (UdpSocket::bind(any).await?, UdpSocket::bind(any).await?);
            from.connect(to.local_addr()?).await?;
            (Some(Giver::Udp(from)), Taker::Udp(to))
        }
        Conduit::Tcp => {
            let listener = TcpListener::bind(any).await?;
            let connects = TcpStream::connect(listener.local_addr()?);
            let (writer, accepted) = join!(connects, listener.accept());
            stream(writer?, accepted?.0)
        }
        Conduit::Cat => {
            let mut command = Command::new("/bin/cat");
            command.stdin(Stdio::piped()).stdout(Stdio::piped());
            let mut child = command.kill_on_drop(true).spawn()?;
            let stdin = child.stdin.take().expect("it is piped");
            let stdout = Box::pin(child.stdout.take().expect("it is piped"));
            let giver = Giver::Stream(Box::pin(stdin));
            (Some(giver), Taker::OfChild(stdout, child))
        }
        Conduit::FromThread => {
            let (sender, receiver) = mpsc::channel(1);
            let send_all = move || (0..count).try_for_each(|value| sender.blocking_send(value));
            thread::spawn(send_all);
            (None, Taker::Mpsc(receiver))
        }
        Conduit::FromJob => {
            // Unbounded: a job that waited for its receiver would hold the clock.
            let (sender, receiver) = mpsc::unbounded_channel();
            let send_all = move || (0..count).try_for_each(|value| sender.send(value));
            drop(spawn_blocking(send_all));
            (None, Taker::Unbounded(receiver))
        }
        Conduit::FromRuntime => {
            let (sender, receiver) = mpsc::channel(1);
            thread::spawn(move || {
                let other = Builder::new_current_thread().build().unwrap();
                other.block_on(async {
                    for value in 0..count {
                        if sender.send(value).await.is_err() {
                            break;
                        }
                    }
                });
            });
            (None, Taker::Mpsc(receiver))
        }
    })
}

fn is_real(conduit: Conduit) -> bool {
    use Conduit::*;
    !matches!(conduit, Mpsc | Unbounded | Broadcast | OneShot | Duplex)
}

/// Who gives goes with who takes.
struct AbortOnDrop(JoinHandle<()>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

pub(crate) async fn flow(strand: &Strand, conduit: Conduit, count: u8, between: [&Body; 2]) {
    let hold = || is_real(conduit).then(|| hold(&strand.shared));
    let count = match conduit {
        Conduit::OneShot => 1,
        _ => u32::from(count),
    };
    let held = hold();
    let (giver, mut taker) = open(conduit, count).await.expect("there is a conduit");
    drop(held);
    let is_told = is_real(conduit) && giver.is_some();
    let (tells, mut told_of) = mpsc::unbounded_channel();
    let producing = between[0].clone();
    let gives = Strand::new(&strand.shared, strand.inner(1));
    let producer = async move {
        let Some(mut giver) = giver else {
            return gives.ends();
        };
        for value in 0..count {
            gives.body(0, &producing).await;
            let held = is_told.then(|| super::alone::hold(&gives.shared));
            let given = giver.give(value).await;
            drop(held);
            gives.say(&format!("gives {value}: {given}"));
            let _ = tells.send(());
        }
        drop(giver);
        drop(tells);
        gives.ends();
    };
    let mut producer = AbortOnDrop(spawn_local(producer));
    for value in 0..=count {
        if is_told {
            told_of.recv().await;
        }
        let held = hold();
        if value == count {
            strand.say(&taker.end().await);
        } else {
            strand.say(&format!("takes {:?}", taker.take().await));
            drop(held);
            strand.body(0, between[1]).await;
        }
    }
    let result = (&mut producer.0).await;
    strand.say(&format!("who gave {}", told(&result)));
}
