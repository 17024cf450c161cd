//! What a workload is given: how much to do, its files, and the programs that run
//! beside it. Made once by `main.rs`, shared by every round of every row.

use std::cell::OnceCell;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use tempfile::TempDir;

/// The size of one read of the large file.
pub const BLOCK: usize = 64 * 1024;
/// The size of one small file.
pub const SMALL: usize = 1024;

/// The number by which the kernel calls a tmpfs (`statfs(2)`).
const TMPFS_MAGIC: u64 = 0x0102_1994;

/// Shared by all workloads.
#[derive(Debug)]
pub struct Setting {
    /// Every count is divided by this: 1, or 10 for a quick look.
    pub shrink: usize,
    /// Where the files go; they are removed with the `Setting`.
    pub dir: PathBuf,
    /// The program `weigh`, see its head.
    pub weigh: PathBuf,
    /// The program `echo-load`, see its head.
    pub echo_load: PathBuf,
    /// Made when the first row asks for them: most selections need none.
    files: OnceCell<Files>,
}

/// The files that are read, all of them in the page cache.
#[derive(Debug)]
pub struct Files {
    /// Each is [`SMALL`] bytes long and filled with [`filler`] of its index.
    pub small: Arc<[PathBuf]>,
    /// Consists of [`BLOCK`]s, each filled with [`filler`] of its index.
    pub large: PathBuf,
    pub blocks: usize,
    _dir: TempDir,
}

/// What `weigh` has found, for each of what it held.
#[derive(Clone, Copy, Debug)]
pub struct Weight {
    /// Bytes asked of the allocator and not given back.
    pub live: f64,
    /// What the process grew by.
    pub resident: f64,
}

impl Setting {
    pub fn new(shrink: usize, dir: PathBuf, weigh: PathBuf, echo_load: PathBuf) -> Setting {
        Setting {
            shrink,
            dir,
            weigh,
            echo_load,
            files: OnceCell::new(),
        }
    }

    /// For a row that needs no files and no program beside it.
    pub fn without_files(shrink: usize) -> Setting {
        Setting::new(shrink, PathBuf::new(), PathBuf::new(), PathBuf::new())
    }

    /// A row's full count, or the part of it that a quick look does.
    pub fn times(&self, full: usize) -> usize {
        full / self.shrink
    }

    /// How long wrk is at it.
    pub fn wrk_time(&self) -> Duration {
        Duration::from_millis(self.times(2_000) as u64)
    }

    /// The files, read once more from end to end: an hour of other rows may
    /// have pushed them out of the page cache.
    pub fn files(&self) -> anyhow::Result<&Files> {
        let files = match self.files.get() {
            Some(files) => files,
            None => {
                let made = Files::make(&self.dir, self.times(5_000), self.times(4_096))
                    .with_context(|| format!("making the files in {}", self.dir.display()))?;
                self.files.get_or_init(|| made)
            }
        };
        for path in files.small.iter().chain([&files.large]) {
            warm(path)?;
        }
        Ok(files)
    }

    /// A million sleeping tasks of one peer.
    pub fn weigh_sleepers(&self, peer: &str) -> anyhow::Result<Weight> {
        self.weigh(peer, "sleepers", self.times(1_000_000))
    }

    /// Ten thousand idle connections to one peer.
    pub fn weigh_connections(&self, peer: &str) -> anyhow::Result<Weight> {
        self.weigh(peer, "connections", self.times(10_000))
    }

    /// So many of a kind, as the program `weigh` calls it.
    pub fn weigh(&self, peer: &str, held: &str, count: usize) -> anyhow::Result<Weight> {
        let output = Command::new(&self.weigh)
            .args([peer, held, &count.to_string()])
            .arg(&self.echo_load)
            .output()
            .with_context(|| format!("starting {}", self.weigh.display()))?;
        ensure!(
            output.status.success(),
            "{} failed: {}",
            self.weigh.display(),
            String::from_utf8_lossy(&output.stderr).trim()
        );
        let printed = String::from_utf8(output.stdout)?;
        let figures: Vec<f64> = printed
            .split_whitespace()
            .map(str::parse)
            .collect::<Result<_, _>>()?;
        let &[live, resident] = figures.as_slice() else {
            anyhow::bail!("weigh printed {printed:?} in place of two figures");
        };
        Ok(Weight {
            live: live / count as f64,
            resident: resident / count as f64,
        })
    }
}

impl Files {
    fn make(parent: &Path, small: usize, blocks: usize) -> anyhow::Result<Files> {
        let dir = folder_on_disk(parent)?;
        let large = dir.path().join("large");
        make_large(&large, blocks)?;
        Ok(Files {
            small: make_small(dir.path(), small)?.into(),
            large,
            blocks,
            _dir: dir,
        })
    }
}

/// A folder in `parent`, removed when it is dropped.
///
/// # Errors
///
/// If `parent` is a tmpfs. That has no page cache to miss, and answers a non-blocking read
/// differently: figures from there say nothing about files.
pub fn folder_on_disk(parent: &Path) -> anyhow::Result<TempDir> {
    ensure!(
        rustix::fs::statfs(parent)?.f_type as u64 != TMPFS_MAGIC,
        "{} is a tmpfs; give a directory on a disk with --dir",
        parent.display()
    );
    let mut builder = tempfile::Builder::new();
    Ok(builder.prefix("buzzer-bench-").tempdir_in(parent)?)
}

/// So many files of [`SMALL`] bytes, each filled with [`filler`] of its index.
///
/// # Errors
///
/// If one can't be made.
pub fn make_small(dir: &Path, count: usize) -> io::Result<Vec<PathBuf>> {
    let make = |index| {
        let path = dir.join(format!("{index}.txt"));
        fs::write(&path, [filler(index); SMALL]).map(|()| path)
    };
    (0..count).map(make).collect()
}

/// A file of so many [`BLOCK`]s, each filled with [`filler`] of its index.
///
/// # Errors
///
/// If it can't be made.
pub fn make_large(path: &Path, blocks: usize) -> io::Result<()> {
    let mut file = fs::File::create(path)?;
    for index in 0..blocks {
        file.write_all(&vec![filler(index); BLOCK])?;
    }
    // On disk now, so that no write-back runs while we measure.
    file.sync_all()
}

/// Has the page cache hold all of a file.
///
/// # Errors
///
/// If it can't be read.
pub fn warm(path: &Path) -> io::Result<()> {
    io::copy(&mut fs::File::open(path)?, &mut io::sink()).map(drop)
}

/// The byte that fills the file or block of this index. A prime number of
/// different ones, so that a file read in another's place is noticed.
pub fn filler(index: usize) -> u8 {
    (index % 251) as u8
}
