//! A folder that nothing leads out of.
//!
//! Owns [`Folder`]. The kernel itself resolves each name beneath the folder
//! (openat2(2), `RESOLVE_BENEATH`), so there is no moment between a check and its
//! use in which a link could be put there.

use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Component, Path};

use rustix::fs::{Mode, OFlags, ResolveFlags, open, openat2};
use rustix::io::Errno;

/// An open folder.
#[derive(Debug)]
pub struct Folder {
    fd: OwnedFd,
}

/// Why a name was not opened.
#[derive(Debug)]
pub enum Closed {
    /// Nothing is there.
    Missing,
    /// It leads out of the folder, is no file, or may not be read.
    Forbidden,
    Failed(io::Error),
}

impl Folder {
    /// # Errors
    ///
    /// What the system says, also when its openat2 is missing (before Linux 5.6).
    pub fn open(path: &Path) -> io::Result<Self> {
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let fd = open(path, flags, Mode::empty())?;
        // A first use now: an error at the start beats one in each request.
        openat2(&fd, ".", flags, Mode::empty(), ResolveFlags::BENEATH)?;
        Ok(Self { fd })
    }

    /// Opens the file `name` in it. May wait for the disk.
    pub fn open_file(&self, name: &str) -> Result<File, Closed> {
        let plain = |component| matches!(component, Component::Normal(_) | Component::CurDir);
        // The kernel would let `a/../b` pass, which stays inside; a client that is
        // honest has no reason to ask so.
        if !Path::new(name).components().all(plain) {
            return Err(Closed::Forbidden);
        }
        // Not blocking, so that a FIFO is not waited for.
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        let within = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS;
        let file = openat2(&self.fd, name, flags, Mode::empty(), within)?;
        Ok(File::from(file))
    }
}

impl From<Errno> for Closed {
    fn from(error: Errno) -> Self {
        match error {
            // A name with a NUL in it is none, and neither is one that is too long.
            Errno::NOENT | Errno::NOTDIR | Errno::NAMETOOLONG | Errno::INVAL => Self::Missing,
            // XDEV is the kernel's word for "not beneath"; NXIO stands for a socket.
            Errno::XDEV | Errno::LOOP | Errno::ACCESS | Errno::PERM | Errno::NXIO => {
                Self::Forbidden
            }
            error => Self::Failed(error.into()),
        }
    }
}
