//! The workloads on buzzer. Owns the names by which they call it.

use crate::Peer;

pub(crate) mod rt {
    use std::io;

    pub use buzzer::io::{AsyncReadExt, AsyncWriteExt};
    pub use buzzer::net::{TcpListener, TcpStream};
    pub use buzzer::runtime::Runtime;
    pub use buzzer::task::yield_now;
    pub use buzzer::time::sleep;
    pub use buzzer::{fs, spawn};

    pub const NAME: &str = "buzzer";

    pub fn runtime() -> io::Result<Runtime> {
        Runtime::new()
    }

    /// The stream as hyper takes it.
    pub fn hyper_io(stream: TcpStream) -> TcpStream {
        stream
    }

    pub async fn read(file: &mut fs::File, buffer: &mut [u8]) -> io::Result<usize> {
        file.read(buffer).await
    }
}

#[path = "workloads/mod.rs"]
mod workloads;

pub const PEER: Peer = Peer {
    name: rt::NAME,
    run: workloads::run,
    hold: workloads::hold,
};
