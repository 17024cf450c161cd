//! Directories: making and removing them.
//!
//! Owns [`DirBuilder`] and the functions beside it. Listing is in `read_dir.rs`.

use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

use super::worker::{proceed, to_make, with_path};

/// Makes the directory `path`.
///
/// # Errors
///
/// As [`std::fs::create_dir`]: something is there already, or the parent isn't.
///
/// # Cancel safety
///
/// A dropped call may still be carried out.
///
/// # Examples
///
/// ```
/// # buzzer::block_on(async {
/// # let dir = tempfile::tempdir()?; let path = dir.path().join("shop");
/// buzzer::fs::create_dir(&path).await?;
/// assert!(path.is_dir());
/// let again = buzzer::fs::create_dir(&path).await.unwrap_err();
/// assert_eq!(again.kind(), std::io::ErrorKind::AlreadyExists);
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
pub async fn create_dir(path: impl AsRef<Path>) -> io::Result<()> {
    proceed().await;
    to_make("create directory", path.as_ref(), |path| {
        std::fs::create_dir(path)
    })
    .await
}

/// Makes the directory `path` and every parent that isn't there yet. It is no
/// error if all are there.
///
/// # Errors
///
/// As [`std::fs::create_dir_all`].
///
/// # Cancel safety
///
/// A dropped call may still be carried out.
///
/// # Examples
///
/// ```
/// # buzzer::block_on(async {
/// # let dir = tempfile::tempdir()?; let path = dir.path().join("shop/kitchen");
/// buzzer::fs::create_dir_all(&path).await?;
/// buzzer::fs::create_dir_all(&path).await?; // It may exist.
/// assert!(path.is_dir());
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
pub async fn create_dir_all(path: impl AsRef<Path>) -> io::Result<()> {
    proceed().await;
    to_make("create directory", path.as_ref(), |path| {
        std::fs::create_dir_all(path)
    })
    .await
}

/// Removes the directory `path`, which must be empty.
///
/// # Errors
///
/// As [`std::fs::remove_dir`].
///
/// # Cancel safety
///
/// A dropped call may still be carried out.
///
/// # Examples
///
/// ```
/// # buzzer::block_on(async {
/// # let dir = tempfile::tempdir()?; let path = dir.path().join("shop");
/// # std::fs::create_dir(&path)?;
/// buzzer::fs::remove_dir(&path).await?;
/// assert!(!path.exists());
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
pub async fn remove_dir(path: impl AsRef<Path>) -> io::Result<()> {
    proceed().await;
    with_path("remove directory", path.as_ref(), |path| {
        std::fs::remove_dir(path)
    })
    .await
}

/// Removes the directory `path` with all that is in it. Symbolic links in it are
/// removed, not followed.
///
/// # Errors
///
/// As [`std::fs::remove_dir_all`]. What was removed before the error is gone.
///
/// # Cancel safety
///
/// A dropped call still removes everything.
///
/// # Examples
///
/// ```
/// # buzzer::block_on(async {
/// # let dir = tempfile::tempdir()?; let path = dir.path().join("shop");
/// # std::fs::create_dir_all(path.join("kitchen"))?;
/// buzzer::fs::remove_dir_all(&path).await?;
/// assert!(!path.exists());
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
pub async fn remove_dir_all(path: impl AsRef<Path>) -> io::Result<()> {
    proceed().await;
    with_path("remove directory", path.as_ref(), |path| {
        std::fs::remove_dir_all(path)
    })
    .await
}

/// Makes directories with a choice of mode, and of whether parents are made too.
///
/// # Examples
///
/// ```
/// # buzzer::block_on(async {
/// # let dir = tempfile::tempdir()?; let path = dir.path().join("a/b");
/// buzzer::fs::DirBuilder::new().recursive(true).mode(0o700).create(&path).await?;
/// # assert!(path.is_dir());
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
#[derive(Debug, Default, Clone)]
pub struct DirBuilder {
    recursive: bool,
    mode: Option<u32>,
}

impl DirBuilder {
    /// One directory, its parent must exist, its mode left to the umask.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether parents are made too, and what exists already is no error.
    pub fn recursive(&mut self, recursive: bool) -> &mut Self {
        self.recursive = recursive;
        self
    }

    /// The permission bits of each directory made, less those of the umask.
    pub fn mode(&mut self, mode: u32) -> &mut Self {
        self.mode = Some(mode);
        self
    }

    /// Makes the directory `path`.
    ///
    /// # Errors
    ///
    /// As [`std::fs::DirBuilder::create`].
    ///
    /// # Cancel safety
    ///
    /// A dropped call may still be carried out.
    pub async fn create(&self, path: impl AsRef<Path>) -> io::Result<()> {
        proceed().await;
        let mut builder = std::fs::DirBuilder::new();
        builder.recursive(self.recursive);
        if let Some(mode) = self.mode {
            builder.mode(mode);
        }
        to_make("create directory", path.as_ref(), move |path| {
            builder.create(path)
        })
        .await
    }
}
