//! The other way: a job on a worker of the blocking pool.
//!
//! Owns how `fs` starts jobs and what their failures become. Called by all of
//! `fs`. Whatever a job needs goes to it by value and comes back in its result.

use std::fmt::Display;
use std::future::poll_fn;
use std::io;
use std::path::Path;

use crate::errors::{missing_folder, named, named_to_make};
use crate::task::{JoinError, JoinHandle};
use crate::{budget, context};

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

/// Starts `job`. It runs to its end even if the handle is dropped, unless the
/// runtime ends before it has begun.
#[track_caller]
pub(super) fn start<T: Send + 'static>(job: impl FnOnce() -> T + Send + 'static) -> JoinHandle<T> {
    context::count_file_op(false);
    context::spawn_blocking("a file operation", false, job)
}

/// As [`start`] for a job that holds data the program has handed over: it runs
/// in any case, and the end of the runtime waits for it.
#[track_caller]
pub(super) fn start_write<T: Send + 'static>(
    job: impl FnOnce() -> T + Send + 'static,
) -> JoinHandle<T> {
    context::count_file_op(false);
    context::spawn_blocking("a file operation", true, job)
}

/// Does `job` with a copy of `path`, and names `path` if that fails.
#[track_caller]
pub(super) fn with_path<T: Send + 'static>(
    operation: &'static str,
    path: &Path,
    job: impl FnOnce(&Path) -> io::Result<T> + Send + 'static,
) -> impl Future<Output = io::Result<T>> {
    // Outside the `async` block, so that the job is known by our caller's line.
    let owned = path.to_owned();
    let job = start(move || job(&owned));
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
    let owned = path.to_owned();
    let job = start(move || make(&owned).map_err(|error| named_to_make(operation, &owned, error)));
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
    let owned = (from.to_owned(), to.to_owned());
    let job = start(move || {
        let (from, to) = (&*owned.0, &*owned.1);
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
