//! Copying a file, but not onto itself.
//!
//! Owns [`copy`].

use std::fs::{File, Metadata};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

use super::worker::{proceed, with_paths};

/// Copies a file's bytes and permissions and returns the number of bytes. A file
/// at `to` is overwritten.
///
/// All of it is one job, which leaves the copying to the kernel where it can.
///
/// # Errors
///
/// As [`std::fs::copy`]; and `InvalidInput` if both are the same file, be it by a
/// link: nothing is done to it then, where std would empty it.
///
/// # Cancel safety
///
/// A dropped call still copies all of the file.
///
/// # Examples
///
/// ```
/// # buzzer::block_on(async {
/// # let dir = tempfile::tempdir()?; let path = dir.path();
/// # std::fs::write(path.join("menu"), "mocha")?;
/// let bytes = buzzer::fs::copy(path.join("menu"), path.join("copy")).await?;
/// assert_eq!(bytes, 5);
/// assert_eq!(buzzer::fs::read(path.join("copy")).await?, b"mocha");
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
pub async fn copy(from: impl AsRef<Path>, to: impl AsRef<Path>) -> io::Result<u64> {
    proceed().await;
    with_paths("copy", from.as_ref(), to.as_ref(), copy_now).await
}

/// As std does it, except that `to` is emptied only when it is open and known to be
/// another file: whatever its path leads to by then, it is what was compared.
fn copy_now(from: &Path, to: &Path) -> io::Result<u64> {
    let mut reader = File::open(from)?;
    let source = reader.metadata()?;
    if !source.is_file() {
        return Err(invalid("the source is no file, nor a link to one"));
    }
    let permissions = source.permissions();
    let mut options = File::options();
    options.write(true).create(true).truncate(false);
    let opened = options.mode(permissions.mode()).open(to);
    let target = match &opened {
        Ok(writer) => writer.metadata(),
        // The same file is that also where it can't be written to.
        Err(_) => std::fs::metadata(to),
    };
    let is_source =
        |target: &Metadata| (target.dev(), target.ino()) == (source.dev(), source.ino());
    if target.as_ref().is_ok_and(is_source) {
        return Err(invalid("both are the same file"));
    }
    let (mut writer, target) = (opened?, target?);
    // A device or a FIFO is written to as it is.
    if target.is_file() {
        writer.set_len(0)?;
        writer.set_permissions(permissions)?;
    }
    io::copy(&mut reader, &mut writer)
}

fn invalid(why: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, why)
}
