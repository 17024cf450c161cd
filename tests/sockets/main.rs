//! The promise: over real sockets, TCP, UDP and Unix, no readiness is lost, nobody
//! spins, and nothing is left behind.
//!
//! What holds for every descriptor is tested over pipes and socket pairs in
//! `async_fd.rs`, `sources.rs` and `interrupted.rs`; here is what sockets add. What
//! programs see is compared with tokio in `contrast/`.
//!
//! Most tests pause the clock, which then jumps when nothing can run any more. The
//! kernel may still be at it, so they wait with [`wait_for`] until it has delivered.

mod accepting;
mod connecting;
mod datagrams;
mod ends;
mod inheritance;
mod leaks;
mod new_sockets;
mod owners;
mod readiness;
mod sharing;
mod sigpipe;
#[cfg(target_os = "linux")]
mod stops;
mod transfers;

#[path = "../support/caught.rs"]
mod caught;
#[path = "../support/child.rs"]
mod child;
#[path = "../support/own.rs"]
mod own;
#[path = "../support/paused.rs"]
mod paused;
#[path = "../support/settle.rs"]
mod settle;
#[path = "../support/slots.rs"]
mod slots;
#[path = "../support/system.rs"]
mod system;

use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr, TcpListener as StdListener, TcpStream as StdStream};
use std::os::fd::AsFd;
use std::time::Duration;

use buzzer::io::AsyncReadExt;
use buzzer::net::TcpStream;
use buzzer::time::timeout;
use own::descriptors;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::net::sockopt::set_socket_linger;

/// Any free port of this host.
const ANY_PORT: (Ipv4Addr, u16) = (Ipv4Addr::LOCALHOST, 0);

/// Both ends of a TCP connection, of std.
fn std_pair() -> (StdStream, StdStream) {
    let listener = StdListener::bind(ANY_PORT).unwrap();
    let there = StdStream::connect(listener.local_addr().unwrap()).unwrap();
    (listener.accept().unwrap().0, there)
}

/// A TCP connection on the loop, and its other end in the test's hand, which blocks.
fn pair() -> (TcpStream, StdStream) {
    let (here, there) = std_pair();
    (TcpStream::from_std(here).unwrap(), there)
}

fn std_listener() -> (StdListener, SocketAddr) {
    let listener = StdListener::bind(ANY_PORT).unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

/// What the kernel says of a socket when its peer says no more. rustix does not know
/// FreeBSD's name for it, and macOS calls that a hang-up.
const PEER_HAS_ENDED: PollFlags = match () {
    #[cfg(target_os = "linux")]
    () => PollFlags::RDHUP,
    #[cfg(target_os = "freebsd")]
    () => PollFlags::from_bits_retain(libc::POLLRDHUP as _),
    #[cfg(target_os = "macos")]
    () => PollFlags::HUP,
};

/// Blocks this thread until the kernel says one of `flags` of a socket.
fn wait_for(socket: &impl AsFd, flags: PollFlags) {
    let mut polled = [PollFd::new(socket, flags)];
    while !polled[0].revents().intersects(flags) {
        poll(&mut polled, None).unwrap();
    }
}

/// Writes until the kernel stays full, and says how much that was.
fn fill(socket: &TcpStream) -> usize {
    let mut filled = 0;
    // What was on its way at a refusal may make room yet: it is full if it refuses after that.
    let mut is_quiet = false;
    loop {
        match rustix::io::write(socket, &[7; 65_536]) {
            Ok(length) => {
                filled += length;
                is_quiet = false;
            }
            Err(rustix::io::Errno::AGAIN) if is_quiet => return filled,
            Err(rustix::io::Errno::AGAIN) => {
                std::thread::yield_now();
                is_quiet = nothing_is_on_its_way(socket);
            }
            Err(error) => panic!("{error}"),
        }
    }
}

/// Whether the kernel has passed on what it can, and only asks now and then whether the other
/// end has room again (proc(5) on /proc/net/tcp: the fourth of its timers).
#[cfg(target_os = "linux")]
fn nothing_is_on_its_way(socket: &TcpStream) -> bool {
    let ends = [socket.local_addr(), socket.peer_addr()].map(|end| end.unwrap().port());
    let table = std::fs::read_to_string("/proc/net/tcp").unwrap();
    let row = table.lines().skip(1).map(|row| row.split_whitespace());
    let ours = row.map(Iterator::collect::<Vec<_>>).find(|row| {
        let ports = [row[1], row[2]].map(|address| address.rsplit(':').next().unwrap());
        ports.map(|port| u16::from_str_radix(port, 16).unwrap()) == ends
    });
    // While others come and go a look may pass it over; the next one finds it.
    ours.is_some_and(|row| row[5].starts_with("04:"))
}

/// Whether the kernel, which may be slow to pass on, is full for a moment: more can't be
/// asked of it here.
#[cfg(not(target_os = "linux"))]
fn nothing_is_on_its_way(socket: &TcpStream) -> bool {
    let a_moment = rustix::event::Timespec {
        tv_sec: 0,
        tv_nsec: 50_000_000,
    };
    let mut polled = [PollFd::new(socket, PollFlags::OUT)];
    poll(&mut polled, Some(&a_moment)).unwrap() == 0
}

/// Closes without a farewell: the other end gets a reset.
fn reset(socket: impl AsFd) {
    set_socket_linger(&socket, Some(Duration::ZERO)).unwrap();
}

/// What one read gives, of at most 64 bytes.
async fn receive(from: &mut (impl AsyncReadExt + Unpin)) -> Result<Vec<u8>, ErrorKind> {
    let mut buffer = [0; 64];
    let length = from.read(&mut buffer).await.map_err(|error| error.kind())?;
    Ok(buffer[..length].to_vec())
}

/// Whether nothing makes it ready any more: a paused clock moves only then.
async fn stays_pending<T>(waits: impl Future<Output = T>) -> bool {
    timeout(Duration::from_secs(1), waits).await.is_err()
}
