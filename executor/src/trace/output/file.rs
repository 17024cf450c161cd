//! The file that a recording goes to.
//!
//! Owns its name, the claim to it, and its replacement: what has the name is empty at
//! first, and from then on a whole recording. It is written beside, and then takes the
//! name in one step, where the system lets it.

use std::ffi::OsString;
use std::fmt;
use std::fs::{self, File, TryLockError};
use std::io::{self, BufWriter, Seek as _, Write};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process;
use std::time::{Duration, Instant};

use crate::sys::descriptor::above_standard;
use crate::sys::folder::Folder;
use crate::trace::Recording;
use crate::trace::environment::Format;

/// Room between what makes the text and the system.
const BUFFER: usize = 64 * 1024;

/// Who writes for longer says so, and again as often.
const SILENT: Duration = Duration::from_secs(1);

pub(super) struct Target {
    path: PathBuf,
    /// What has the name. Locked, so that other processes see that it is somebody's.
    claimed: File,
    /// Where it really lies; `None` for a pipe or a device, which can't be replaced.
    lies: Option<Place>,
}

/// A name in a folder. The folder is held open: the program may go elsewhere.
struct Place {
    folder: Folder,
    name: OsString,
}

impl Target {
    /// Makes the file, or another beside it if a process that was started by this one,
    /// or that has started it, is about to write it: they have the same variable.
    pub(super) fn create(path: &Path) -> io::Result<Self> {
        let mut path = path.to_owned();
        let claimed = match claim(&path)? {
            Some(claimed) => claimed,
            None => {
                path = marked(&path, format_args!("pid{}", process::id()));
                open(&path)?
            }
        };
        let lies = match claimed.metadata()?.is_file() {
            true => {
                claimed.set_len(0)?;
                Some(Place::of(&path)?)
            }
            false => None,
        };
        Ok(Self {
            path,
            claimed,
            lies,
        })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether there is something to be opened once it is written.
    pub(super) fn can_be_opened(&self) -> bool {
        self.lies.is_some()
    }

    /// Writes it. What takes long is said by `say`.
    pub(super) fn write(
        &mut self,
        recording: &Recording,
        format: Format,
        say: Option<fn(fmt::Arguments<'_>)>,
    ) -> io::Result<()> {
        let path = &self.path;
        let fill = |file: &File| {
            let writer = Told {
                file,
                written: 0,
                pace: Pace::new(),
                tell: |megabytes| {
                    if let Some(say) = say {
                        let path = path.display();
                        say(format_args!("writing {path}: {megabytes} MB so far"));
                    }
                },
            };
            let mut writer = BufWriter::with_capacity(BUFFER, writer);
            match format {
                Format::Json => write!(writer, "{}", recording.timeline())?,
                Format::Html => write!(writer, "{}", recording.replay())?,
            }
            writer.flush()
        };
        let beside = self.lies.as_ref().map(|place| (place, place.beside()));
        if let Some((place, Ok(beside))) = beside {
            let like = self.claimed.metadata().map(|claimed| claimed.permissions());
            let filled = like
                .and_then(|like| beside.set_permissions(like))
                .and_then(|()| fill(&beside));
            let is_filled = filled.is_ok();
            let Err(error) = filled.and_then(|()| place.replace()) else {
                self.claimed = beside;
                return Ok(());
            };
            place.give_up();
            if !is_filled || !place.folder.has(&place.name, &self.claimed)? {
                return Err(error);
            }
        }
        // There is no room for another (no right to it, or the folder is gone), or it
        // can't take the name: a file may be mounted there, or be another user's.
        if self.lies.is_some() {
            self.claimed.set_len(0)?;
            self.claimed.rewind()?;
        }
        fill(&self.claimed)
    }
}

impl Place {
    /// Behind all links, so that they stay.
    fn of(path: &Path) -> io::Result<Self> {
        let path = fs::canonicalize(path)?;
        let folder = path.parent().unwrap_or(Path::new("/"));
        Ok(Self {
            folder: Folder::open(folder)?,
            name: path.file_name().unwrap_or_default().to_owned(),
        })
    }

    fn part(&self) -> OsString {
        let mut name = self.name.clone();
        name.push(".part");
        name
    }

    /// A new file beside it, locked. What a process has left that was killed while it
    /// wrote is replaced, and no link is followed.
    fn beside(&self) -> io::Result<File> {
        let part = self.part();
        if let Err(error) = self.folder.remove(&part)
            && error.kind() != io::ErrorKind::NotFound
        {
            return Err(error);
        }
        // Nobody else's before it has the mode of the one that it replaces.
        let beside = self.folder.create_new(&part)?;
        // A file system may have no locks; then a process that it has started may take
        // the name as well.
        let _ = beside.try_lock();
        Ok(beside)
    }

    fn replace(&self) -> io::Result<()> {
        self.folder.rename(&self.part(), &self.name)
    }

    fn give_up(&self) {
        // It fails if there is none.
        let _ = self.folder.remove(&self.part());
    }
}

/// Not emptied before it is known to be nobody's.
fn open(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.write(true).create(true).truncate(false);
    above_standard(options.open(path)?)
}

/// The file of this name, locked; `None` if it is somebody's.
fn claim(path: &Path) -> io::Result<Option<File>> {
    loop {
        let file = open(path)?;
        if let Err(TryLockError::WouldBlock) = file.try_lock() {
            return Ok(None);
        }
        // Its owner may have put another in its place before the lock.
        if is_named(&file, path)? {
            return Ok(Some(file));
        }
    }
}

/// Whether `path` leads to this file, and to no other that has come in its place.
fn is_named(file: &File, path: &Path) -> io::Result<bool> {
    let (ours, named) = (file.metadata()?, fs::metadata(path));
    Ok(named.is_ok_and(|named| (named.dev(), named.ino()) == (ours.dev(), ours.ino())))
}

/// The second runtime's file is `run-2.json`, if the first one's is `run.json`.
pub(super) fn numbered(path: &Path, number: u32) -> PathBuf {
    match number {
        2.. => marked(path, format_args!("{number}")),
        _ => path.to_owned(),
    }
}

/// `run.json` with its mark: `run-mark.json`.
fn marked(path: &Path, mark: fmt::Arguments<'_>) -> PathBuf {
    let mut name = path.file_stem().unwrap_or_default().to_owned();
    name.push(format!("-{mark}."));
    name.push(path.extension().unwrap_or_default());
    path.with_file_name(name)
}

/// Writes, and tells of it while it takes long.
struct Told<'a, T> {
    file: &'a File,
    written: u64,
    pace: Pace,
    tell: T,
}

impl<T: FnMut(u64)> Write for Told<'_, T> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.written += written as u64;
        if self.pace.is_due(Instant::now()) {
            (self.tell)(self.written / 1_000_000);
        }
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// When there is something to say: after each second.
struct Pace {
    said_at: Instant,
}

impl Pace {
    fn new() -> Self {
        let said_at = Instant::now();
        Self { said_at }
    }

    fn is_due(&mut self, now: Instant) -> bool {
        let is_due = now - self.said_at >= SILENT;
        if is_due {
            self.said_at = now;
        }
        is_due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_takes_long_is_told_after_each_second() {
        let mut pace = Pace::new();
        let began = pace.said_at;
        let at = |millis| began + Duration::from_millis(millis);
        let due = [0, 999, 1_000, 1_001, 1_999, 2_000, 5_000, 5_500, 6_000];
        let said: Vec<_> = due
            .into_iter()
            .filter(|&millis| pace.is_due(at(millis)))
            .collect();
        assert_eq!(said, [1_000, 2_000, 5_000, 6_000]);
    }

    #[test]
    fn what_can_not_take_the_name_is_an_error_if_another_has_it_by_now() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run.json");
        let mut target = Target::create(&path).unwrap();
        fs::remove_file(&path).unwrap();
        fs::create_dir(&path).unwrap();
        let recording = Recording::of_held(crate::record::Recorder::of_nothing(0).share(1).copy());
        let error = target.write(&recording, Format::Json, None).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::IsADirectory);
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
    }

    #[test]
    fn the_progress_is_in_megabytes() {
        let folder = tempfile::tempdir().unwrap();
        let file = File::create(folder.path().join("run.json")).unwrap();
        let mut said = Vec::new();
        let mut pace = Pace::new();
        pace.said_at -= SILENT;
        let mut told = Told {
            file: &file,
            written: 0,
            pace,
            tell: |megabytes| said.push(megabytes),
        };
        told.write_all(&[0; 3_500_000]).unwrap();
        assert_eq!(said, [3]);
    }
}
