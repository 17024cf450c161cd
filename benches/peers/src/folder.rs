//! The files that rows read: made once a sitting, and found by each measure in the folder
//! that its process is started in.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use benches::setting::{BLOCK, filler, folder_on_disk, make_large, make_small};
use rustix::fs::{Advice, fadvise};
use rustix::io::{Errno, ReadWriteFlags, preadv2};
use tempfile::TempDir;

/// A file of [`blocks`].
pub(crate) const LARGE: &str = "large";
/// A file of as many lines as [`lines`] says.
pub(crate) const LINES: &str = "lines";
/// A directory with [`entries`] empty files.
pub(crate) const ENTRIES: &str = "entries";
const SMALL: &str = "small";

/// Of 1 KiB.
pub(crate) fn small(shrink: usize) -> impl Iterator<Item = PathBuf> {
    (0..5_000 / shrink).map(|index| Path::new(SMALL).join(format!("{index}.txt")))
}

/// Of 64 KiB: 256 MiB.
pub(crate) fn blocks(shrink: usize) -> usize {
    256 * 1024 * 1024 / BLOCK / shrink
}

/// How long each line is, without its end: from 0 to 126 bytes, and all together 1 GiB with
/// their ends.
pub(crate) fn lines(shrink: usize) -> impl Iterator<Item = usize> {
    (0..1024 * 1024 * 1024 / 64 / shrink).map(|index| index * 37 % 127)
}

pub(crate) fn entries(shrink: usize) -> usize {
    100_000 / shrink
}

/// Removed when it is dropped.
#[derive(Debug)]
pub struct Folder(TempDir);

impl Folder {
    /// Makes all of them in a folder in `parent`, with all counts divided by `shrink`.
    ///
    /// # Errors
    ///
    /// If one can't be made, or `parent` is a tmpfs.
    pub fn make(parent: &Path, shrink: usize) -> anyhow::Result<Self> {
        let folder = Self(folder_on_disk(parent)?);
        let making = || format!("making the files in {}", folder.path().display());
        folder.fill(shrink).with_context(making)?;
        Ok(folder)
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    fn fill(&self, shrink: usize) -> io::Result<()> {
        let at = |name| self.path().join(name);
        fs::create_dir(at(SMALL))?;
        for path in make_small(&at(SMALL), small(shrink).count())? {
            // What is not on the disk can't be dropped from the cache.
            File::open(path)?.sync_all()?;
        }
        make_large(&at(LARGE), blocks(shrink))?;
        let mut file = BufWriter::new(File::create(at(LINES))?);
        for length in lines(shrink) {
            writeln!(file, "{:length$}", "")?;
        }
        file.into_inner()?.sync_all()?;
        fs::create_dir(at(ENTRIES))?;
        for index in 0..entries(shrink) {
            File::create(at(ENTRIES).join(format!("{index}.entry")))?;
        }
        File::open(at(ENTRIES))?.sync_all()
    }
}

/// Has the page cache drop these files, and looks whether it did.
pub(crate) fn forget(paths: &[PathBuf]) -> anyhow::Result<()> {
    for path in paths {
        forget_one(&File::open(path)?)?;
    }
    let Some(last) = paths.last() else {
        return Ok(());
    };
    let file = File::open(last)?;
    let mut byte = [0];
    let mut buffers = [io::IoSliceMut::new(&mut byte)];
    let read = preadv2(&file, &mut buffers, 0, ReadWriteFlags::NOWAIT);
    ensure!(
        read == Err(Errno::AGAIN),
        "this file system keeps its files in the page cache"
    );
    // The look has made the kernel read it.
    forget_one(&file)
}

fn forget_one(file: &File) -> anyhow::Result<()> {
    file.sync_all()?;
    Ok(fadvise(file, 0, None, Advice::DontNeed)?)
}

/// Whether these are the contents of the small file of this index.
pub(crate) fn is_small(index: usize, contents: &[u8]) -> bool {
    contents.len() == benches::setting::SMALL && contents.last() == Some(&filler(index))
}
