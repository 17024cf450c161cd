//! How the two ends of a conversation come to be, each where it is to be run.
//!
//! Owns [`End`]. Called by `conduct.rs`.

use crate::talk::Link;
use buzzer::net::unix::pipe;
use buzzer::net::{TcpListener, TcpStream, UnixListener, UnixStream};
use futures::channel::oneshot;
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::fs::{Mode, OFlags};
use rustix::net::sockopt;
use std::io;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net as std_unix;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// By what an end is run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Place {
    Blocking,
    Buzzer,
}

#[derive(Debug)]
pub enum End {
    Blocking(Arc<OwnedFd>),
    Tcp(TcpStream),
    Unix(UnixStream),
    Sender(pipe::Sender),
    Receiver(pipe::Receiver),
}

impl End {
    pub fn fd(&self) -> BorrowedFd<'_> {
        match self {
            Self::Blocking(fd) => fd.as_fd(),
            Self::Tcp(stream) => stream.as_fd(),
            Self::Unix(stream) => stream.as_fd(),
            Self::Sender(pipe) => pipe.as_fd(),
            Self::Receiver(pipe) => pipe.as_fd(),
        }
    }

    fn blocking(fd: impl Into<OwnedFd>) -> Self {
        Self::Blocking(Arc::new(fd.into()))
    }

    fn of_unix(stream: std_unix::UnixStream, place: Place) -> io::Result<Self> {
        Ok(match place {
            Place::Blocking => Self::blocking(stream),
            Place::Buzzer => Self::Unix(UnixStream::from_std(stream)?),
        })
    }
}

/// Runs what blocks on a thread of its own, whatever runs the rest.
pub async fn on_a_thread<T: Send + 'static>(call: impl FnOnce() -> T + Send + 'static) -> T {
    let (sender, receiver) = oneshot::channel();
    let thread = std::thread::spawn(move || drop(sender.send(call())));
    let value = receiver.await.expect("the thread does not panic");
    thread.join().expect("it has sent");
    value
}

/// Of an abstract name, or a path in a folder that goes with the conversation.
fn next_name() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let next = NEXT.fetch_add(1, Ordering::Relaxed);
    format!("random-sockets-{}-{next}", std::process::id())
}

/// The ends, and what is told of their making.
pub async fn made(link: Link, small: bool, places: [Place; 2]) -> io::Result<([End; 2], String)> {
    let ends = match link {
        Link::UnixPair => unix_pair(places)?,
        Link::UnixPath => {
            let folder = tempfile::tempdir()?;
            let address = std_unix::SocketAddr::from_pathname(folder.path().join("socket"))?;
            unix_connected(address, places).await?
        }
        Link::UnixAbstract => {
            let address = std_unix::SocketAddr::from_abstract_name(next_name())?;
            unix_connected(address, places).await?
        }
        Link::Tcp { .. } => tcp_connected(places).await?,
        Link::Pipe => anonymous_pipe(places)?,
        Link::Fifo => fifo(places)?,
    };
    let mut told = format!("made {link:?}");
    for end in &ends {
        match link {
            Link::Tcp { inline } => {
                sockopt::set_socket_oobinline(end.fd(), inline)?;
                // Or a small segment waits for the other end's delayed acknowledgement.
                sockopt::set_tcp_nodelay(end.fd(), true)?;
            }
            Link::Pipe | Link::Fifo => {}
            _ => told += &peer(end)?,
        }
        if small && link.is_pipe() {
            rustix::pipe::fcntl_setpipe_size(end.fd(), 1)?;
        } else if small {
            sockopt::set_socket_send_buffer_size(end.fd(), 1)?;
        }
    }
    Ok((ends, told))
}

/// Whose the other end is.
fn peer(end: &End) -> io::Result<String> {
    let (uid, gid, pid) = match end {
        End::Unix(stream) => {
            let peer = stream.peer_cred()?;
            (peer.uid(), peer.gid(), peer.pid())
        }
        end => {
            let peer = sockopt::socket_peercred(end.fd())?;
            let pid = peer.pid.as_raw_nonzero().get();
            (peer.uid.as_raw(), peer.gid.as_raw(), Some(pid))
        }
    };
    Ok(format!(", peer {uid} {gid} {pid:?}"))
}

fn unix_pair(places: [Place; 2]) -> io::Result<[End; 2]> {
    if places == [Place::Buzzer; 2] {
        let (first, second) = UnixStream::pair()?;
        return Ok([End::Unix(first), End::Unix(second)]);
    }
    let (first, second) = std_unix::UnixStream::pair()?;
    Ok([
        End::of_unix(first, places[0])?,
        End::of_unix(second, places[1])?,
    ])
}

enum UnixListens {
    Blocking(std_unix::UnixListener),
    Buzzer(UnixListener),
}

async fn unix_connected(address: std_unix::SocketAddr, places: [Place; 2]) -> io::Result<[End; 2]> {
    let listener = match places[0] {
        Place::Blocking => UnixListens::Blocking(std_unix::UnixListener::bind_addr(&address)?),
        Place::Buzzer => UnixListens::Buzzer(UnixListener::bind_addr(&address)?),
    };
    let accepts = async {
        io::Result::Ok(match listener {
            UnixListens::Buzzer(listener) => End::Unix(listener.accept().await?.0),
            UnixListens::Blocking(listener) => {
                End::blocking(on_a_thread(move || listener.accept()).await?.0)
            }
        })
    };
    let connects = async {
        io::Result::Ok(match places[1] {
            Place::Buzzer => End::Unix(UnixStream::connect_addr(&address).await?),
            Place::Blocking => {
                let connect = move || std_unix::UnixStream::connect_addr(&address);
                End::blocking(on_a_thread(connect).await?)
            }
        })
    };
    let (first, second) = futures::future::join(accepts, connects).await;
    Ok([first?, second?])
}

enum TcpListens {
    Blocking(std::net::TcpListener),
    Buzzer(TcpListener),
}

async fn tcp_connected(places: [Place; 2]) -> io::Result<[End; 2]> {
    const ANY: &str = "127.0.0.1:0";
    let (listener, address) = match places[0] {
        Place::Blocking => {
            let listener = std::net::TcpListener::bind(ANY)?;
            let address = listener.local_addr()?;
            (TcpListens::Blocking(listener), address)
        }
        Place::Buzzer => {
            let listener = TcpListener::bind(ANY).await?;
            let address = listener.local_addr()?;
            (TcpListens::Buzzer(listener), address)
        }
    };
    let accepts = async {
        io::Result::Ok(match listener {
            TcpListens::Buzzer(listener) => End::Tcp(listener.accept().await?.0),
            TcpListens::Blocking(listener) => {
                End::blocking(on_a_thread(move || listener.accept()).await?.0)
            }
        })
    };
    let connects = async {
        io::Result::Ok(match places[1] {
            Place::Buzzer => End::Tcp(TcpStream::connect(address).await?),
            Place::Blocking => {
                let connect = move || std::net::TcpStream::connect(address);
                End::blocking(on_a_thread(connect).await?)
            }
        })
    };
    let (first, second) = futures::future::join(accepts, connects).await;
    Ok([first?, second?])
}

fn pipe_ends(read: OwnedFd, write: OwnedFd, places: [Place; 2]) -> io::Result<[End; 2]> {
    Ok([
        match places[0] {
            Place::Blocking => End::blocking(write),
            Place::Buzzer => End::Sender(pipe::Sender::from_owned_fd(write)?),
        },
        match places[1] {
            Place::Blocking => End::blocking(read),
            Place::Buzzer => End::Receiver(pipe::Receiver::from_owned_fd(read)?),
        },
    ])
}

fn anonymous_pipe(places: [Place; 2]) -> io::Result<[End; 2]> {
    if places == [Place::Buzzer; 2] {
        let (sender, receiver) = pipe::pipe()?;
        return Ok([End::Sender(sender), End::Receiver(receiver)]);
    }
    let (read, write) = rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC)?;
    pipe_ends(read, write, places)
}

fn fifo(places: [Place; 2]) -> io::Result<[End; 2]> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("fifo");
    rustix::fs::mkfifoat(rustix::fs::CWD, &path, Mode::RUSR | Mode::WUSR)?;
    let receiver = match places[1] {
        Place::Buzzer => End::Receiver(pipe::OpenOptions::new().open_receiver(&path)?),
        Place::Blocking => {
            // Without waiting for a writer, who waits for this.
            let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
            let read = rustix::fs::open(&path, flags, Mode::empty())?;
            rustix::fs::fcntl_setfl(&read, OFlags::empty())?;
            End::blocking(read)
        }
    };
    let sender = match places[0] {
        Place::Buzzer => End::Sender(pipe::OpenOptions::new().open_sender(&path)?),
        Place::Blocking => {
            let flags = OFlags::WRONLY | OFlags::CLOEXEC;
            End::blocking(rustix::fs::open(&path, flags, Mode::empty())?)
        }
    };
    Ok([sender, receiver])
}
