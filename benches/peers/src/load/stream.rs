//! The other end of a stream. It has one only, and never sleeps: whoever writes to an end that
//! sleeps has to wake it, and where the core of that has to be woken as well (on a virtual
//! machine by way of its host) this takes longer than the block does. A stream's time would
//! be that of the naps, of which there are a few or many by chance.

use std::io::{self, ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::Instant;

use anyhow::ensure;
use benches::load::{came_to, ready};

use super::BLOCK;

/// Writes so many blocks, and reads the byte that says that they have come.
pub(super) fn send(address: SocketAddr, blocks: usize) -> anyhow::Result<()> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_nonblocking(true)?;
    let block = vec![1; BLOCK];
    ready()?;
    let began = Instant::now();
    let mut left = blocks * BLOCK;
    while left > 0 {
        // What is left of the block.
        let rest = &block[..(left - 1) % BLOCK + 1];
        left -= awake(|| stream.write(rest))?;
    }
    let read = awake(|| stream.read(&mut [0]))?;
    ensure!(read == 1, "the server has not said that they have come");
    let nanos = began.elapsed().as_nanos() as f64 / blocks as f64;
    Ok(came_to(&[nanos])?)
}

/// Writes a byte, and reads so many blocks.
pub(super) fn receive(address: SocketAddr, blocks: usize) -> anyhow::Result<()> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_nonblocking(true)?;
    let mut room = vec![0; BLOCK];
    let mut left = blocks * BLOCK;
    ready()?;
    let began = Instant::now();
    stream.write_all(&[0])?;
    while left > 0 {
        let read = awake(|| stream.read(&mut room))?;
        ensure!(0 < read && read <= left, "{read} bytes, of {left}");
        left -= read;
    }
    let nanos = began.elapsed().as_nanos() as f64 / blocks as f64;
    Ok(came_to(&[nanos])?)
}

/// Does `io` once it need not wait. Where the server has the same core, that gets it.
fn awake<T>(mut io: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    loop {
        match io() {
            Err(error) if error.kind() == ErrorKind::WouldBlock => thread::yield_now(),
            result => return result,
        }
    }
}
