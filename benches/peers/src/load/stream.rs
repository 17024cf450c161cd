//! The other end of a stream. It does not wait for readiness, for it has one only.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Instant;

use anyhow::ensure;
use benches::load::{came_to, ready};

use super::BLOCK;

/// Writes so many blocks, and reads the byte that says that they have come.
pub(super) fn send(address: SocketAddr, blocks: usize) -> anyhow::Result<()> {
    let mut stream = TcpStream::connect(address)?;
    let block = vec![1; BLOCK];
    ready()?;
    let began = Instant::now();
    for _ in 0..blocks {
        stream.write_all(&block)?;
    }
    stream.read_exact(&mut [0])?;
    let nanos = began.elapsed().as_nanos() as f64 / blocks as f64;
    Ok(came_to(&[nanos])?)
}

/// Writes a byte, and reads so many blocks.
pub(super) fn receive(address: SocketAddr, blocks: usize) -> anyhow::Result<()> {
    let mut stream = TcpStream::connect(address)?;
    let mut room = vec![0; BLOCK];
    let mut left = blocks * BLOCK;
    ready()?;
    let began = Instant::now();
    stream.write_all(&[0])?;
    while left > 0 {
        let read = stream.read(&mut room)?;
        ensure!(0 < read && read <= left, "{read} bytes, of {left}");
        left -= read;
    }
    let nanos = began.elapsed().as_nanos() as f64 / blocks as f64;
    Ok(came_to(&[nanos])?)
}
