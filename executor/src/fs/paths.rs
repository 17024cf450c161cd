//! What is done to a path as a whole: metadata, links, renaming, removing.
//!
//! Owns those functions of the public module. All but the metadata are one job
//! on a worker: they change the disk.

use std::fs::{Metadata, Permissions};
use std::io;
use std::path::{Path, PathBuf};

use super::first_try;
use super::worker::{at_once, proceed, with_path, with_paths};
use crate::io::error::named;

/// What is known of the file at `path`; of what it leads to, if it is a
/// symbolic link.
///
/// # Errors
///
/// As [`std::fs::metadata`]: nothing there (`NotFound`), a directory on the
/// way that may not be searched (`PermissionDenied`).
///
/// # Cancel safety
///
/// Nothing is changed, so nothing is lost.
///
/// # Examples
///
/// ```
/// # buzzer::block_on(async {
/// # let dir = tempfile::tempdir()?; let path = dir.path().join("menu");
/// # std::fs::write(&path, "mocha")?;
/// let metadata = buzzer::fs::metadata(&path).await?;
/// assert!(metadata.is_file() && metadata.len() == 5);
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
pub async fn metadata(path: impl AsRef<Path>) -> io::Result<Metadata> {
    metadata_for("metadata of", path.as_ref()).await
}

async fn metadata_for(operation: &'static str, path: &Path) -> io::Result<Metadata> {
    match looked_up(operation, path, 0).await {
        Some(result) => result,
        None => with_path(operation, path, |path| std::fs::metadata(path)).await,
    }
}

/// As [`metadata`], but of the symbolic link itself if `path` is one.
///
/// # Errors
///
/// As [`metadata`].
///
/// # Cancel safety
///
/// Nothing is changed, so nothing is lost.
///
/// # Examples
///
/// ```
/// # buzzer::block_on(async {
/// # let dir = tempfile::tempdir()?; let path = dir.path().join("link");
/// # std::os::unix::fs::symlink("nowhere", &path)?;
/// assert!(buzzer::fs::symlink_metadata(&path).await?.is_symlink());
/// assert!(buzzer::fs::metadata(&path).await.is_err()); // Follows it.
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
pub async fn symlink_metadata(path: impl AsRef<Path>) -> io::Result<Metadata> {
    let path = path.as_ref();
    match looked_up("metadata of", path, libc::O_NOFOLLOW).await {
        Some(result) => result,
        None => with_path("metadata of", path, |path| std::fs::symlink_metadata(path)).await,
    }
}

/// The first try of the two above; `None` if a worker has to do it.
async fn looked_up(
    operation: &'static str,
    path: &Path,
    flags: libc::c_int,
) -> Option<io::Result<Metadata>> {
    proceed().await;
    if !first_try::is_allowed() {
        return None;
    }
    let result = at_once(first_try::metadata(path, flags)?);
    Some(result.map_err(|error| named(operation, path.display(), error)))
}

/// Whether something is there, following symbolic links.
///
/// # Errors
///
/// When that can't be found out, for example because a directory on the way may
/// not be searched.
///
/// # Cancel safety
///
/// Nothing is changed, so nothing is lost.
///
/// # Examples
///
/// ```
/// # buzzer::block_on(async {
/// # let dir = tempfile::tempdir()?; let path = dir.path().join("menu");
/// assert!(!buzzer::fs::try_exists(&path).await?);
/// buzzer::fs::write(&path, "mocha").await?;
/// assert!(buzzer::fs::try_exists(&path).await?);
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
pub async fn try_exists(path: impl AsRef<Path>) -> io::Result<bool> {
    match metadata_for("existence of", path.as_ref()).await {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// The absolute path with every symbolic link followed.
///
/// # Errors
///
/// As [`std::fs::canonicalize`]; every part of the path must exist.
///
/// # Cancel safety
///
/// Nothing is changed, so nothing is lost.
///
/// # Examples
///
/// ```
/// # buzzer::block_on(async {
/// # let dir = tempfile::tempdir()?; let path = dir.path();
/// assert_eq!(
///     buzzer::fs::canonicalize(path.join(".")).await?,
///     buzzer::fs::canonicalize(path).await?,
/// );
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
pub async fn canonicalize(path: impl AsRef<Path>) -> io::Result<PathBuf> {
    proceed().await;
    with_path("canonicalize", path.as_ref(), |path| {
        std::fs::canonicalize(path)
    })
    .await
}

/// Where the symbolic link at `path` points.
///
/// # Errors
///
/// As [`std::fs::read_link`]; `InvalidInput` if `path` is no symbolic link.
///
/// # Cancel safety
///
/// Nothing is changed, so nothing is lost.
///
/// # Examples
///
/// ```
/// # buzzer::block_on(async {
/// # let dir = tempfile::tempdir()?; let path = dir.path().join("link");
/// buzzer::fs::symlink("menu", &path).await?;
/// assert_eq!(buzzer::fs::read_link(&path).await?, std::path::Path::new("menu"));
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
pub async fn read_link(path: impl AsRef<Path>) -> io::Result<PathBuf> {
    proceed().await;
    with_path("read link", path.as_ref(), |path| std::fs::read_link(path)).await
}

/// Makes `link` another name of the file `original`.
///
/// # Errors
///
/// As [`std::fs::hard_link`]: `link` exists already, or lies on another file
/// system (`CrossesDevices`).
///
/// # Cancel safety
///
/// A dropped call may still be carried out.
///
/// # Examples
///
/// ```
/// # buzzer::block_on(async {
/// # let dir = tempfile::tempdir()?; let path = dir.path();
/// # std::fs::write(path.join("menu"), "mocha")?;
/// buzzer::fs::hard_link(path.join("menu"), path.join("card")).await?;
/// buzzer::fs::remove_file(path.join("menu")).await?;
/// assert_eq!(buzzer::fs::read(path.join("card")).await?, b"mocha"); // It has both names.
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
pub async fn hard_link(original: impl AsRef<Path>, link: impl AsRef<Path>) -> io::Result<()> {
    proceed().await;
    let (original, link) = (original.as_ref(), link.as_ref());
    with_paths("link", original, link, |original, link| {
        std::fs::hard_link(original, link)
    })
    .await
}

/// Makes `link` a symbolic link that points to `original`, which need not exist.
///
/// # Errors
///
/// As [`std::os::unix::fs::symlink`]: `link` exists already.
///
/// # Cancel safety
///
/// A dropped call may still be carried out.
///
/// # Examples
///
/// ```
/// # buzzer::block_on(async {
/// # let dir = tempfile::tempdir()?; let path = dir.path();
/// # std::fs::write(path.join("menu"), "mocha")?;
/// buzzer::fs::symlink("menu", path.join("card")).await?;
/// assert_eq!(buzzer::fs::read(path.join("card")).await?, b"mocha");
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
pub async fn symlink(original: impl AsRef<Path>, link: impl AsRef<Path>) -> io::Result<()> {
    proceed().await;
    let (original, link) = (original.as_ref(), link.as_ref());
    with_paths("symlink", original, link, |original, link| {
        std::os::unix::fs::symlink(original, link)
    })
    .await
}

/// Gives the file or directory `from` the name `to`. A file at `to` is replaced,
/// in one step: whoever opens `to` meanwhile gets the old or the new one. If both are
/// names of the same file already, nothing is done.
///
/// # Errors
///
/// As [`std::fs::rename`]: `from` isn't there, or `to` lies on another file
/// system (`CrossesDevices`).
///
/// # Cancel safety
///
/// A dropped call may still be carried out.
///
/// # Examples
///
/// The usual way to replace a file, so that nobody finds half of it:
///
/// ```
/// # buzzer::block_on(async {
/// # let dir = tempfile::tempdir()?; let path = dir.path();
/// let (new, menu) = (path.join("menu.new"), path.join("menu"));
/// buzzer::fs::write(&new, "mocha").await?;
/// buzzer::fs::rename(&new, &menu).await?;
/// assert_eq!(buzzer::fs::read(&menu).await?, b"mocha");
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
pub async fn rename(from: impl AsRef<Path>, to: impl AsRef<Path>) -> io::Result<()> {
    proceed().await;
    let (from, to) = (from.as_ref(), to.as_ref());
    with_paths("rename", from, to, |from, to| std::fs::rename(from, to)).await
}

/// Removes a name of a file. The file goes when no name is left and nobody has
/// it open.
///
/// # Errors
///
/// As [`std::fs::remove_file`]; also if `path` is a directory.
///
/// # Cancel safety
///
/// A dropped call may still be carried out.
///
/// # Examples
///
/// ```
/// # buzzer::block_on(async {
/// # let dir = tempfile::tempdir()?; let path = dir.path().join("menu");
/// # std::fs::write(&path, "mocha")?;
/// buzzer::fs::remove_file(&path).await?;
/// assert!(!path.exists());
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
pub async fn remove_file(path: impl AsRef<Path>) -> io::Result<()> {
    proceed().await;
    with_path("remove", path.as_ref(), |path| std::fs::remove_file(path)).await
}

/// Sets the permissions of the file at `path`.
///
/// # Errors
///
/// As [`std::fs::set_permissions`].
///
/// # Cancel safety
///
/// A dropped call may still be carried out.
///
/// # Examples
///
/// ```
/// use std::fs::Permissions;
/// use std::os::unix::fs::PermissionsExt;
/// use buzzer::fs;
///
/// # buzzer::block_on(async {
/// # let dir = tempfile::tempdir()?; let path = dir.path().join("menu");
/// # std::fs::write(&path, "mocha")?;
/// fs::set_permissions(&path, Permissions::from_mode(0o600)).await?;
/// assert_eq!(fs::metadata(&path).await?.permissions().mode() & 0o777, 0o600);
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
pub async fn set_permissions(path: impl AsRef<Path>, permissions: Permissions) -> io::Result<()> {
    proceed().await;
    with_path("set permissions of", path.as_ref(), |path| {
        std::fs::set_permissions(path, permissions)
    })
    .await
}
