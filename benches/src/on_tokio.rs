//! The workloads on tokio's `current_thread` runtime. Owns the names by which
//! they call it.
//!
//! tokio has three ways to spawn on one thread. Measured with this very
//! program (seven rounds, a `LocalSet` against each of the others):
//!
//! | | spawn and await | every other row |
//! |---|---|---|
//! | `tokio::spawn` | 148-172 ns | the same within the noise |
//! | `LocalRuntime` and `spawn_local` | 170 ns | the same within the noise |
//! | `LocalSet` and `spawn_local` | **123-163 ns** | |
//!
//! Each round found the `LocalSet` ahead in spawning (1.01 to 1.43 times): its
//! list of tasks needs no lock. So it is what buzzer is held against, and it
//! is also the like of buzzer's `spawn`, which takes futures that aren't `Send`.

use crate::Peer;

pub(crate) mod rt {
    use std::os::fd::OwnedFd;

    use hyper_util::rt::TokioIo;
    use tokio::io::unix::AsyncFd;
    use tokio::runtime::Builder;
    use tokio::task::LocalSet;

    pub use tokio::io::{AsyncReadExt, AsyncWriteExt};
    pub use tokio::net::{TcpListener, TcpStream};
    pub use tokio::task::{JoinSet, spawn_local as spawn, yield_now};
    pub use tokio::time::sleep;
    pub use tokio::{fs, io, select, sync};

    pub const NAME: &str = "tokio";

    pub struct Runtime(tokio::runtime::Runtime);

    impl Runtime {
        /// The set is made here, so that the row of making a runtime doesn't
        /// count it.
        pub fn block_on<F: Future>(&self, future: F) -> F::Output {
            LocalSet::new().block_on(&self.0, future)
        }
    }

    /// Clock and I/O are both on, as `#[tokio::main]` has it.
    pub fn runtime() -> io::Result<Runtime> {
        Builder::new_current_thread()
            .enable_all()
            .build()
            .map(Runtime)
    }

    /// The stream as hyper takes it.
    pub fn hyper_io(stream: TcpStream) -> TokioIo<TcpStream> {
        TokioIo::new(stream)
    }

    #[expect(deprecated, reason = "what it shall be replaced with is unsafe")]
    pub fn watched(descriptor: OwnedFd) -> io::Result<AsyncFd<OwnedFd>> {
        AsyncFd::new(descriptor)
    }

    pub async fn read(file: &mut fs::File, buffer: &mut [u8]) -> io::Result<usize> {
        file.read(buffer).await
    }
}

// The same source as buzzer's, so that what differs is the runtime.
#[path = "workloads/mod.rs"]
#[expect(
    clippy::duplicate_mod,
    reason = "one source on several runtimes is the point"
)]
mod workloads;

pub const PEER: Peer = Peer {
    name: rt::NAME,
    run: workloads::run,
    grow: workloads::growth::grow,
    hold: workloads::hold,
};
