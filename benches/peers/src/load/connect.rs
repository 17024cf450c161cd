//! Connections that the server closes.

use std::collections::VecDeque;
use std::io::Read as _;
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use benches::load::{came_to, ready};
use rustix::net::sockopt::set_socket_linger;

/// Longer than it takes a server to close a connection.
const PATIENCE: Duration = Duration::from_secs(10);

/// Makes so many connections, with some of them open at a time, and sees each closed.
pub(super) fn make(address: SocketAddr, at_a_time: usize, times: usize) -> anyhow::Result<()> {
    let mut open = VecDeque::with_capacity(at_a_time);
    ready()?;
    let began = Instant::now();
    for made in 1..=times {
        let stream = TcpStream::connect(address).with_context(|| format!("number {made}"))?;
        open.push_back(stream);
        if made >= at_a_time {
            see_closed(open.pop_front())?;
        }
    }
    while !open.is_empty() {
        see_closed(open.pop_front())?;
    }
    let nanos = began.elapsed().as_nanos() as f64 / times as f64;
    Ok(came_to(&[nanos])?)
}

fn see_closed(stream: Option<TcpStream>) -> anyhow::Result<()> {
    let mut stream = stream.context("none is open")?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let read = stream.read(&mut [0]).context("the server does not close")?;
    ensure!(read == 0, "the server has written something");
    // A reset: the server's half would else be in the kernel for a minute, for each of them.
    Ok(set_socket_linger(&stream, Some(Duration::ZERO))?)
}
