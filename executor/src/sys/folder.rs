//! A folder that is held open, and what is done to the names in it.
//!
//! Owns those calls, which go by the folder itself: wherever it is by now, and whatever
//! its path leads to. `trace/output/file.rs` uses it, since a program may go elsewhere,
//! or move the folder, before its recording is written.

use std::ffi::{CString, OsStr, c_int};
use std::fs::File;
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

use super::check;
use super::descriptor::above_standard;
use super::file::retry;

#[derive(Debug)]
pub(crate) struct Folder(File);

/// To go through it: it may be one that must not be listed.
#[cfg(target_os = "linux")]
const HELD: c_int = libc::O_PATH;
#[cfg(not(target_os = "linux"))]
const HELD: c_int = libc::O_SEARCH;

impl Folder {
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let mut options = File::options();
        options.read(true).custom_flags(HELD | libc::O_DIRECTORY);
        above_standard(options.open(path)?).map(Self)
    }

    /// Makes a file that is new, to be written by its owner alone.
    pub(crate) fn create_new(&self, name: &OsStr) -> io::Result<File> {
        let name = c_string(name)?;
        let flags = libc::O_WRONLY | libc::O_CREAT | libc::O_EXCL | libc::O_CLOEXEC;
        let mode: libc::c_uint = 0o600;
        let fd = retry(|| {
            // SAFETY: the name is borrowed past the call, which only reads it.
            let fd = unsafe { libc::openat(self.0.as_raw_fd(), name.as_ptr(), flags, mode) };
            fd as libc::ssize_t
        })?;
        // SAFETY: the kernel has just made this descriptor for us, and nobody else knows
        // its number.
        above_standard(unsafe { OwnedFd::from_raw_fd(fd as c_int) }.into())
    }

    /// Takes a name away; that of a link, not of what it leads to.
    pub(crate) fn remove(&self, name: &OsStr) -> io::Result<()> {
        let name = c_string(name)?;
        // SAFETY: the name is borrowed past the call, which only reads it.
        check(unsafe { libc::unlinkat(self.0.as_raw_fd(), name.as_ptr(), 0) })?;
        Ok(())
    }

    /// Gives what is called `from` the name `to`, in one step, in place of what had it.
    pub(crate) fn rename(&self, from: &OsStr, to: &OsStr) -> io::Result<()> {
        let (from, to) = (c_string(from)?, c_string(to)?);
        let fd = self.0.as_raw_fd();
        // SAFETY: the names are borrowed past the call, which only reads them.
        check(unsafe { libc::renameat(fd, from.as_ptr(), fd, to.as_ptr()) })?;
        Ok(())
    }

    /// Whether `name` leads to this very file.
    pub(crate) fn has(&self, name: &OsStr, file: &File) -> io::Result<bool> {
        let (name, ours) = (c_string(name)?, file.metadata()?);
        let mut stat = MaybeUninit::<libc::stat>::uninit();
        // SAFETY: the name is borrowed past the call; it writes to `stat` alone, which
        // has room for it.
        let found =
            unsafe { libc::fstatat(self.0.as_raw_fd(), name.as_ptr(), stat.as_mut_ptr(), 0) };
        if found != 0 {
            return Ok(false);
        }
        // SAFETY: fstatat has said that it filled it.
        let named = unsafe { stat.assume_init() };
        // The types differ from system to system.
        #[allow(clippy::unnecessary_cast)]
        let named = (named.st_dev as u64, named.st_ino as u64);
        Ok(named == (ours.dev(), ours.ino()))
    }
}

/// What has a name in a folder has no zero byte in it; who asks for another gets std's
/// word for it.
fn c_string(name: &OsStr) -> io::Result<CString> {
    CString::new(name.as_bytes()).map_err(io::Error::from)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::{ErrorKind, Write};
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    fn name(name: &str) -> &OsStr {
        OsStr::new(name)
    }

    #[test]
    fn names_are_those_of_the_folder_wherever_it_is_by_now() {
        let outer = tempfile::tempdir().unwrap();
        let (before, after) = (outer.path().join("before"), outer.path().join("after"));
        fs::create_dir(&before).unwrap();
        let folder = Folder::open(&before).unwrap();
        fs::rename(&before, &after).unwrap();
        fs::create_dir(&before).unwrap();

        let mut part = folder.create_new(name("part")).unwrap();
        part.write_all(b"whole").unwrap();
        let mode = part.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        fs::write(after.join("run"), "before").unwrap();
        assert!(folder.has(name("part"), &part).unwrap());
        assert!(!folder.has(name("run"), &part).unwrap());
        folder.rename(name("part"), name("run")).unwrap();
        assert!(folder.has(name("run"), &part).unwrap());
        assert!(!folder.has(name("part"), &part).unwrap());
        assert_eq!(fs::read(after.join("run")).unwrap(), b"whole");
        assert_eq!(fs::read_dir(&before).unwrap().count(), 0);
        folder.remove(name("run")).unwrap();
        assert_eq!(fs::read_dir(&after).unwrap().count(), 0);
    }

    #[test]
    fn a_link_is_neither_followed_nor_written_through() {
        let outer = tempfile::tempdir().unwrap();
        let theirs = outer.path().join("theirs");
        fs::write(&theirs, "kept").unwrap();
        symlink(&theirs, outer.path().join("part")).unwrap();
        let folder = Folder::open(outer.path()).unwrap();
        let error = folder.create_new(name("part")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AlreadyExists);
        folder.remove(name("part")).unwrap();
        assert_eq!(fs::read(&theirs).unwrap(), b"kept");
        let error = folder.remove(name("part")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound);
    }

    #[test]
    fn only_a_folder_is_held() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let error = Folder::open(file.path()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotADirectory);
        let folder = Folder::open(file.path().parent().unwrap()).unwrap();
        let error = folder.create_new(name("no\0name")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
    }
}
