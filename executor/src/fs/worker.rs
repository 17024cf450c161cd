//! The other way: a job on a worker of the blocking pool.
//!
//! Owns how `fs` starts jobs and what their failures become. Called by all of
//! `fs`. Whatever a job needs goes to it by value and comes back in its result.

use std::fmt::Display;
use std::future::poll_fn;
use std::io;
use std::path::Path;
use std::sync::Arc;

use crate::machine::blocking::{FileWork, Work};
use crate::machine::{budget, context};
use crate::sys::errors::{missing_folder, named, named_to_make};
use crate::task::{JoinError, JoinHandle};

/// Takes the unit of budget that each operation costs, so that a loop over
/// operations that are all done at once still lets other tasks run.
pub(super) async fn proceed() {
    poll_fn(budget::poll_proceed).await;
}

/// Counts an operation that was done at once, and passes its result on.
pub(super) fn at_once<T>(result: T) -> T {
    context::count_file_op(true);
    result
}

/// An operation on a file, as errors and the dump name it.
pub(super) fn on(operation: &'static str, path: Option<&Arc<Path>>) -> FileWork {
    FileWork {
        operation,
        path: path.cloned(),
        to: None,
        mandatory: false,
    }
}

/// Starts `job`. It runs to its end even if the handle is dropped, unless the
/// runtime ends before it has begun.
#[track_caller]
pub(super) fn start<T: Send + 'static>(
    work: FileWork,
    job: impl FnOnce() -> T + Send + 'static,
) -> JoinHandle<T> {
    context::count_file_op(false);
    context::spawn_blocking("a file operation", Work::File(work), job)
}

/// As [`start`] for a job that holds data the program has handed over: it runs
/// in any case, and the end of the runtime waits for it.
#[track_caller]
pub(super) fn start_write<T: Send + 'static>(
    work: FileWork,
    job: impl FnOnce() -> T + Send + 'static,
) -> JoinHandle<T> {
    let mandatory = true;
    start(FileWork { mandatory, ..work }, job)
}

/// Does `job` with a copy of `path`, and names `path` if that fails.
#[track_caller]
pub(super) fn with_path<T: Send + 'static>(
    operation: &'static str,
    path: &Path,
    job: impl FnOnce(&Path) -> io::Result<T> + Send + 'static,
) -> impl Future<Output = io::Result<T>> {
    // Outside the `async` block, so that the job is known by our caller's line.
    let owned: Arc<Path> = path.into();
    let job = start(on(operation, Some(&owned)), move || job(&owned));
    async move { flatten(job.await).map_err(|error| named(operation, path.display(), error)) }
}

/// As [`with_path`] for what is made at `path`. The job names it itself, since it looks
/// for what is missing.
#[track_caller]
pub(super) fn to_make<T: Send + 'static>(
    operation: &'static str,
    path: &Path,
    make: impl FnOnce(&Path) -> io::Result<T> + Send + 'static,
) -> impl Future<Output = io::Result<T>> {
    let owned: Arc<Path> = path.into();
    let job = start(on(operation, Some(&owned)), move || {
        make(&owned).map_err(|error| named_to_make(operation, &owned, error))
    });
    async move { flatten_named(job.await, operation, path.display()) }
}

/// As [`to_make`] for an operation on two paths, of which the second is made.
#[track_caller]
pub(super) fn with_paths<T: Send + 'static>(
    operation: &'static str,
    from: &Path,
    to: &Path,
    job: impl FnOnce(&Path, &Path) -> io::Result<T> + Send + 'static,
) -> impl Future<Output = io::Result<T>> {
    let (owned_from, owned_to): (Arc<Path>, Arc<Path>) = (from.into(), to.into());
    let work = FileWork {
        to: Some(owned_to.clone()),
        ..on(operation, Some(&owned_from))
    };
    let job = start(work, move || {
        let (from, to) = (&*owned_from, &*owned_to);
        job(from, to).map_err(|error| named_of_two(operation, from, to, error))
    });
    async move {
        let both = format!("{} -> {}", from.display(), to.display());
        flatten_named(job.await, operation, both)
    }
}

/// The system says only that one of two is missing, or a folder.
#[cold]
fn named_of_two(operation: &'static str, from: &Path, to: &Path, error: io::Error) -> io::Error {
    let both = format!("{} -> {}", from.display(), to.display());
    let is_missing = |error: &io::Error, path: &Path| {
        error.kind() == io::ErrorKind::NotFound
            && !path.as_os_str().is_empty()
            && path.metadata().is_err()
    };
    let missing = match missing_folder(to, &error) {
        None if is_missing(&error, from) => Some(from),
        folder => folder,
    };
    match missing {
        Some(missing) => {
            let missing = format_args!("{both}: {} is missing", missing.display());
            named(operation, missing, error)
        }
        None => named(operation, both, error),
    }
}

/// A job that never ran (no thread could be started, the runtime has ended) has
/// failed like one whose system call did.
pub(super) fn flatten<T>(joined: Result<io::Result<T>, JoinError>) -> io::Result<T> {
    joined.unwrap_or_else(|error| Err(error.into()))
}

/// As [`flatten`] for a job that names its errors itself.
pub(super) fn flatten_named<T>(
    joined: Result<io::Result<T>, JoinError>,
    operation: &'static str,
    subject: impl Display,
) -> io::Result<T> {
    joined.unwrap_or_else(|error| Err(named(operation, subject, error.into())))
}
