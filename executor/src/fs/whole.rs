//! Whole files in one call: [`read`], [`read_to_string`], [`write`].
//!
//! Owns those three functions. Each is one hop to a worker at most, whatever
//! the file's size.

use std::fs::File as StdFile;
use std::io::{self, Read, Write as _};
use std::path::Path;
use std::sync::Arc;

use super::first_try::{self, Whole};
use super::worker::{at_once, flatten, flatten_named, on, proceed, start, start_write};
use crate::io::error::{named, not_utf8};
use crate::sys::descriptor::above_standard;
use crate::sys::errors::named_to_make;

/// The bytes of the file at `path`, all of them.
///
/// A small file that the kernel has in its cache is read at once, without a
/// worker; of any other, a worker reads all or what is left.
///
/// # Errors
///
/// As [`std::fs::read`]. The error names the path and keeps its kind, and
/// [`raw_os_error`](crate::io::raw_os_error) gives the system's number.
///
/// # Cancel safety
///
/// Nothing is changed, so nothing is lost (but for what can be read only once:
/// dropped while it reads a FIFO, the call still takes what the FIFO has).
///
/// # Examples
///
/// ```
/// # buzzer::block_on(async {
/// let error = buzzer::fs::read("no/such/file").await.unwrap_err();
/// assert_eq!(error.kind(), std::io::ErrorKind::NotFound);
/// assert!(error.to_string().starts_with("read no/such/file: "));
/// # });
/// ```
pub async fn read(path: impl AsRef<Path>) -> io::Result<Vec<u8>> {
    read_as(path.as_ref(), Ok).await
}

/// The text of the file at `path`, all of it.
///
/// # Errors
///
/// As [`read`], and `InvalidData` if the bytes are not UTF-8: its source is the
/// [`Utf8Error`](std::str::Utf8Error).
///
/// # Cancel safety
///
/// As [`read`].
///
/// # Examples
///
/// ```
/// # buzzer::block_on(async {
/// # let dir = tempfile::tempdir()?; let path = dir.path().join("greeting");
/// buzzer::fs::write(&path, "Hello Asynchronous World!").await?;
/// let text = buzzer::fs::read_to_string(&path).await?;
/// assert_eq!(text, "Hello Asynchronous World!");
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
pub async fn read_to_string(path: impl AsRef<Path>) -> io::Result<String> {
    read_as(path.as_ref(), |bytes| {
        String::from_utf8(bytes).map_err(|error| not_utf8(error.utf8_error()))
    })
    .await
}

/// Reads all, and decodes it where it was read: checking a large text would
/// hold the loop.
async fn read_as<T: Send + 'static>(
    path: &Path,
    decode: fn(Vec<u8>) -> io::Result<T>,
) -> io::Result<T> {
    proceed().await;
    let whole = match first_try::is_allowed() {
        true => first_try::read_whole(path),
        false => Whole::No,
    };
    let reads = || on("read", Some(&path.into()));
    let result = match whole {
        Whole::Done(bytes) => at_once(decode(bytes)),
        Whole::Failed(error) => at_once(Err(error)),
        Whole::Rest(file, bytes) => {
            flatten(start(reads(), move || finish(file, bytes, decode)).await)
        }
        Whole::Unready(file) => {
            let job = start(reads(), move || {
                first_try::wait_until_open(&file, libc::O_RDONLY)?;
                finish(file, Vec::new(), decode)
            });
            flatten(job.await)
        }
        Whole::No => {
            let owned: Arc<Path> = path.into();
            let work = on("read", Some(&owned));
            flatten(start(work, move || decode(std::fs::read(owned)?)).await)
        }
    };
    result.map_err(|error| named("read", path.display(), error))
}

fn finish<T>(
    mut file: StdFile,
    mut bytes: Vec<u8>,
    decode: fn(Vec<u8>) -> io::Result<T>,
) -> io::Result<T> {
    // A first try that knew the size has left room for a byte more: if that stays free, the
    // end was reached, and std need not ask for the size and the position.
    let room = bytes.capacity() - bytes.len();
    let mut expected = Read::by_ref(&mut file).take(room as u64);
    expected.read_to_end(&mut bytes)?;
    if expected.limit() == 0 {
        file.read_to_end(&mut bytes)?;
    }
    decode(bytes)
}

/// Makes the file at `path` hold `contents` and nothing else, creating it if it
/// isn't there.
///
/// When it returns, the data is with the kernel: every reader sees it, and only
/// a crash of the machine can lose it ([`File::sync_all`](super::File::sync_all)
/// guards against that too).
///
/// # Errors
///
/// As [`std::fs::write`]. What was written before the error stays.
///
/// # Cancel safety
///
/// A dropped call still writes all of `contents`, but its error goes unseen.
///
/// # Examples
///
/// ```
/// # buzzer::block_on(async {
/// let error = buzzer::fs::write("no/such/folder/menu", "mocha").await.unwrap_err();
/// assert_eq!(error.kind(), std::io::ErrorKind::NotFound);
/// # });
/// ```
pub async fn write(path: impl AsRef<Path>, contents: impl AsRef<[u8]>) -> io::Result<()> {
    proceed().await;
    let (path, contents) = (path.as_ref(), contents.as_ref().to_owned());
    let owned: Arc<Path> = path.into();
    let job = start_write(on("write", Some(&owned)), move || {
        let file = StdFile::create(&owned).and_then(above_standard);
        let written = file.and_then(|mut file| file.write_all(&contents));
        written.map_err(|error| named_to_make("write", &owned, error))
    });
    flatten_named(job.await, "write", path.display())
}
