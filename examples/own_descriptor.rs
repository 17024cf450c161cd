//! A descriptor that the library has no type for: `AsyncFd`.
//!
//!     cargo run --example own_descriptor
//!
//! A device, a library's descriptor, an inotify: whatever the kernel can tell to be ready
//! can be awaited. Here it is std's pipe, into which a thread writes; between two readings
//! the loop has others to poll.
//!
//! Next: echo_server, where the library has the type.

mod common;

use std::io::{self, PipeReader, Read, Write};
use std::process::ExitCode;
use std::thread;

use buzzer::io::Interest;
use buzzer::io::unix::AsyncFd;
use common::{ended, say};

/// Readings of four bytes, as some gauge's driver would give them.
struct Gauge {
    pipe: AsyncFd<PipeReader>,
}

impl Gauge {
    fn new(pipe: PipeReader) -> io::Result<Self> {
        // Who waits by the loop must not wait in the call.
        rustix::io::ioctl_fionbio(&pipe, true)?;
        let pipe = AsyncFd::with_interest(pipe, Interest::READABLE)?;
        Ok(Self { pipe })
    }

    /// The next reading; `None` when the gauge was taken away.
    async fn next(&self) -> io::Result<Option<u32>> {
        let mut bytes = [0; 4];
        let mut read = 0;
        while read < bytes.len() {
            // Tries, and waits where that would block. As often as it takes: what a kernel
            // calls ready may be less than was asked for, and may be nothing.
            let rest = &mut bytes[read..];
            let pipe = &self.pipe;
            match pipe
                .async_io(Interest::READABLE, |mut pipe| pipe.read(rest))
                .await?
            {
                0 if read == 0 => return Ok(None),
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                some => read += some,
            }
        }
        Ok(Some(u32::from_be_bytes(bytes)))
    }
}

async fn watch() -> io::Result<()> {
    let (pipe, mut driver) = io::pipe()?;
    let gauge = Gauge::new(pipe)?;
    let driver = thread::spawn(move || -> io::Result<()> {
        for reading in [17, 18, 21] {
            // In two halves, as a slow line would bring them.
            let [a, b, c, d] = u32::to_be_bytes(reading);
            driver.write_all(&[a, b])?;
            driver.write_all(&[c, d])?;
        }
        Ok(())
    });
    while let Some(reading) = gauge.next().await? {
        say(format_args!("{reading} degrees"))?;
    }
    say("The gauge was taken away.")?;
    driver.join().expect("the driver does not panic")
}

fn main() -> ExitCode {
    ended(buzzer::block_on(watch()))
}
