//! The promise: files are read and written as std does it, whichever way an
//! operation goes, and nothing is lost when one is dropped, fails, or meets the
//! end of the runtime.
//!
//! Every test but those of `ways.rs` runs its body twice: on a runtime that first
//! tries each operation at once, and on one that sends each to a worker.

#[cfg(all(target_os = "linux", not(buzzer_portable)))]
#[path = "../support/answers.rs"]
mod answers;
mod changing;
#[cfg(all(target_os = "linux", not(buzzer_portable)))]
#[path = "../support/child.rs"]
mod child;
#[path = "../support/counting.rs"]
mod counting;
mod dropped;
mod faults;
#[path = "../support/fifo.rs"]
mod fifo;
mod fifos;
#[path = "../support/foreign.rs"]
mod foreign;
mod like_std;
mod lines;
#[path = "../support/own.rs"]
mod own;
mod paths;
mod polled;
#[cfg(all(target_os = "linux", not(buzzer_portable)))]
mod positions;
#[cfg(all(target_os = "linux", not(buzzer_portable)))]
mod refused;
#[path = "../support/system.rs"]
mod system;
mod transfer;
mod ways;

use std::fs::File as StdFile;
use std::future::poll_fn;
use std::io::{self, Write};
use std::os::fd::{BorrowedFd, RawFd};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::pin::{Pin, pin};
use std::task::Poll;

use buzzer::runtime::{Builder, FileIo, Runtime};
use fifo::make_fifo;
use rustix::fs::fstat;
use tempfile::TempDir;

fn runtime(file_io: FileIo) -> Runtime {
    Builder::new_current_thread()
        .file_io(file_io)
        .build()
        .unwrap()
}

/// On the disk that the build is on: /tmp is often kept in memory, by a file
/// system that can do nothing at once.
fn temp_dir() -> TempDir {
    tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap()
}

/// Runs `body` in a directory of its own; gives how many operations were done at once, and
/// how many were sent to a worker.
fn run(file_io: FileIo, body: impl AsyncFn(&Path)) -> (u64, u64) {
    let dir = temp_dir();
    let runtime = runtime(file_io);
    runtime.block_on(body(dir.path()));
    let metrics = runtime.metrics();
    (metrics.file_ops_at_once(), metrics.file_ops_pooled())
}

/// Runs `body` first with tries, then without.
fn both_ways(body: impl AsyncFn(&Path)) {
    run(FileIo::Auto, &body);
    let (at_once, _) = run(FileIo::Pool, &body);
    assert_eq!(at_once, 0);
}

/// Polls `future` once and drops it. Whether it was ready may depend on the way.
async fn poll_once_and_drop<T>(future: impl Future<Output = T>) -> Option<T> {
    let mut future = pin!(future);
    poll_fn(|cx| match future.as_mut().poll(cx) {
        Poll::Ready(value) => Poll::Ready(Some(value)),
        Poll::Pending => Poll::Ready(None),
    })
    .await
}

/// Makes a FIFO and opens both its ends, which so never waits.
fn fifo(path: &Path) -> StdFile {
    make_fifo(path);
    StdFile::options()
        .read(true)
        .write(true)
        .open(path)
        .unwrap()
}

fn open_to_write(path: &Path) -> StdFile {
    StdFile::options().write(true).open(path).unwrap()
}

/// Has `read`, which reads the FIFO at `path`, begun by a worker for certain. The
/// worker reads on until the other end, which is returned, is dropped.
async fn take_a_worker(path: &Path, read: Pin<&mut impl Future>) -> StdFile {
    assert!(poll_once_and_drop(read).await.is_none());
    let mut other_end = open_to_write(path);
    // More than a FIFO holds: it only goes through if somebody reads.
    other_end.write_all(&[0; 1 << 20]).unwrap();
    other_end
}

/// How often this process has the file at `path` open. Other tests run in the
/// same process, so only their own paths can be counted.
fn times_open(path: &Path) -> usize {
    let file = std::fs::metadata(path).unwrap();
    let is_it = |number: &RawFd| {
        // SAFETY: it is borrowed for one call, to which a closed one is an error: a
        // descriptor of another test may be closed meanwhile.
        let found = fstat(unsafe { BorrowedFd::borrow_raw(*number) });
        #[allow(clippy::unnecessary_cast, reason = "they have other types elsewhere")]
        found.is_ok_and(|it| (it.st_dev as u64, it.st_ino as u64) == (file.dev(), file.ino()))
    };
    own::open().iter().filter(|number| is_it(number)).count()
}

fn kind<T>(result: io::Result<T>) -> Option<io::ErrorKind> {
    result.err().map(|error| error.kind())
}
