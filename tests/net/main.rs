//! The promise: sockets do what tokio's of the same names do, wait without holding
//! up the loop, lose nothing, and say what went wrong at which address.

mod addresses;
mod connect;
mod listener;
mod pipes;
mod split;
mod tcp;
mod udp;
mod unix;
mod unix_datagram;
mod unix_socket;

#[path = "../support/caught.rs"]
mod caught;
#[path = "../support/child.rs"]
mod child;
#[path = "../support/counting.rs"]
mod counting;
#[path = "../support/paused.rs"]
mod paused;
#[path = "../support/settle.rs"]
mod settle;
#[path = "../support/system.rs"]
mod system;

use std::io::{self, ErrorKind};
use std::os::fd::AsFd;

use buzzer::net::{TcpListener, TcpStream};
use buzzer::time::{Duration, timeout};
use paused::paused;

/// Both ends of a TCP connection.
async fn connected() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let here = TcpStream::connect(listener.local_addr().unwrap());
    let here = here.await.unwrap();
    (here, listener.accept().await.unwrap().0)
}

/// Runs `test` on a runtime whose clock moves only when nothing else can happen.
fn run<R>(test: impl Future<Output = R>) -> R {
    paused().block_on(test)
}

/// Whether nothing makes it ready any more: a paused clock moves only then.
async fn stays_pending<T>(waits: impl Future<Output = T>) -> bool {
    timeout(Duration::from_secs(1), waits).await.is_err()
}

fn is_nonblocking(socket: impl AsFd) -> bool {
    let flags = rustix::fs::fcntl_getfl(socket).unwrap();
    flags.contains(rustix::fs::OFlags::NONBLOCK)
}

fn kind<T>(result: io::Result<T>) -> Option<ErrorKind> {
    result.err().map(|error| error.kind())
}
