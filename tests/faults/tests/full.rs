//! A full disk: each way of writing says so, names the file, and has written what it said
//! that it had; and goes on where it was when there is room again.
//!
//! Each test is a process with mounts of its own, which end with it.

use std::fs as std_fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::task::Poll;

use buzzer::fs::{self, File, OpenOptions};
use buzzer::io::{AsyncWriteExt, BufWriter};
use buzzer::runtime::{Builder, FileIo, Runtime};
use rustix::mount::{
    MountFlags, MountPropagationFlags, UnmountFlags, mount, mount_change, unmount,
};
use rustix::thread::{UnshareFlags, unshare_unsafe};

#[path = "../../support/child.rs"]
mod child;
mod support {
    pub mod needs;
}
use support::needs;

/// As much as fits on the disk, and less than what is written.
const ROOM: usize = 256 << 10;
const RECORD: usize = 5_000;

/// What the n-th record is.
fn record(n: usize) -> Vec<u8> {
    vec![b'a' + (n % 26) as u8; RECORD]
}

fn bytes(records: usize) -> Vec<u8> {
    (0..records).flat_map(record).collect()
}

/// Mounted for this process alone, until it ends or this is dropped.
struct Mounted(PathBuf);

impl Drop for Mounted {
    fn drop(&mut self) {
        let _ = unmount(&self.0, UnmountFlags::DETACH);
    }
}

/// From here on this thread's mounts, and those of the threads that it starts, are its own.
fn mounts_of_its_own() -> io::Result<()> {
    // SAFETY: no thread relies on sharing its directory or mounts with this one.
    unsafe { unshare_unsafe(UnshareFlags::NEWNS) }?;
    let private = MountPropagationFlags::PRIVATE | MountPropagationFlags::REC;
    mount_change("/", private)?;
    Ok(())
}

fn small_tmpfs(at: &Path) -> io::Result<Mounted> {
    let size = std::ffi::CString::new(format!("size={ROOM}"))?;
    mount("none", at, "tmpfs", MountFlags::empty(), &*size)?;
    Ok(Mounted(at.to_owned()))
}

/// A file system with a disk, which is a file: what is written waits in memory at first.
fn small_ext4(at: &Path) -> io::Result<Mounted> {
    const IMAGE: u64 = 2 << 20;
    let image = at.with_extension("image");
    std_fs::File::create(&image)?.set_len(IMAGE)?;
    let run = |command: &mut Command| {
        let output = command.output()?;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        match output.status.success() {
            true => Ok(()),
            false => Err(io::Error::other(said)),
        }
    };
    run(Command::new("mkfs.ext4")
        .args(["-q", "-O", "^has_journal"])
        .arg(&image))?;
    run(Command::new("mount")
        .args(["-o", "loop"])
        .arg(&image)
        .arg(at))?;
    Ok(Mounted(at.to_owned()))
}

type Mount = fn(&Path) -> io::Result<Mounted>;

/// Runs `body` on a small disk of each kind, in each way of doing file operations, and in a
/// process of its own.
fn on_small_disks(body: impl AsyncFn(&Path)) {
    // What it skips is said on our own standard error.
    if let Some(mut again) = child::again() {
        return child::passed(&again.stderr(Stdio::inherit()).output().unwrap());
    }
    if let Err(error) = mounts_of_its_own() {
        return needs::skip(format_args!("no mounts of our own: {error}"));
    }
    let kinds: [(&str, Mount); 2] = [("tmpfs", small_tmpfs), ("ext4", small_ext4)];
    for (kind, mount) in kinds {
        for way in [FileIo::default(), FileIo::Pool] {
            let dir = tempfile::tempdir().unwrap();
            let at = dir.path().join("disk");
            std_fs::create_dir(&at).unwrap();
            let mounted = match mount(&at) {
                Ok(mounted) => mounted,
                Err(error) => {
                    needs::skip(format_args!("no {kind} to be had: {error}"));
                    continue;
                }
            };
            runtime(way).block_on(body(&at));
            drop(mounted);
        }
    }
}

fn runtime(way: FileIo) -> Runtime {
    let mut builder = Builder::new_current_thread();
    builder.file_io(way).build().unwrap()
}

#[track_caller]
fn assert_says_full(error: &io::Error, path: &Path) {
    let text = error.to_string();
    assert_eq!(error.kind(), ErrorKind::StorageFull, "{text}");
    assert!(text.contains(&*path.to_string_lossy()), "{text}");
    assert_eq!(
        buzzer::io::raw_os_error(error),
        Some(libc::ENOSPC),
        "{text}"
    );
}

/// Makes room by removing what fills the rest of the disk.
fn fill(dir: &Path, leave: usize) -> PathBuf {
    let path = dir.join("filler");
    // However large the disk: to its end, and back by what is to be left.
    let mut written = 0;
    let piece = [0; 4_096];
    let mut file = std_fs::File::create(&path).unwrap();
    while let Ok(count @ 1..) = io::Write::write(&mut file, &piece) {
        written += count;
    }
    file.set_len((written - leave) as u64).unwrap();
    let _ = file.sync_all();
    path
}

#[test]
fn what_was_reported_as_written_is_there_and_the_rest_comes_when_there_is_room() {
    on_small_disks(async |dir| {
        let path = dir.join("records");
        let mut file = File::create(&path).await.unwrap();
        let filler = fill(dir, 10 * RECORD);
        let mut whole = 0;
        let mut partly = 0;
        let error = 'full: loop {
            let next = record(whole);
            while partly < next.len() {
                match file.write(&next[partly..]).await {
                    Ok(0) => panic!("a write of nothing"),
                    Ok(count) => partly += count,
                    Err(error) => break 'full error,
                }
            }
            whole += 1;
            partly = 0;
        };
        assert_says_full(&error, &path);
        // Again, and nothing has become of it.
        let error = file.write(&record(whole)[partly..]).await.unwrap_err();
        assert_says_full(&error, &path);
        let there = whole * RECORD + partly;
        assert_eq!(std_fs::read(&path).unwrap(), bytes(whole + 1)[..there]);
        std_fs::remove_file(filler).unwrap();
        file.write_all(&record(whole)[partly..]).await.unwrap();
        file.sync_all().await.unwrap();
        assert_eq!(std_fs::read(&path).unwrap(), bytes(whole + 1));
    });
}

#[test]
fn a_flush_says_what_it_could_not_write_and_the_next_one_writes_it() {
    on_small_disks(async |dir| {
        let path = dir.join("buffered");
        let mut writer = BufWriter::with_capacity(20 * RECORD, File::create(&path).await.unwrap());
        let filler = fill(dir, 3 * RECORD);
        for n in 0..10 {
            writer.write_all(&record(n)).await.unwrap();
        }
        for _ in 0..2 {
            let error = writer.flush().await.unwrap_err();
            assert_says_full(&error, &path);
        }
        let there = std_fs::read(&path).unwrap();
        assert_eq!(there, bytes(10)[..there.len()]);
        let left = bytes(10).len() - there.len();
        assert_eq!(writer.buffer().len(), left, "nothing is twice or nowhere");
        std_fs::remove_file(filler).unwrap();
        writer.flush().await.unwrap();
        writer.shutdown().await.unwrap();
        assert_eq!(std_fs::read(&path).unwrap(), bytes(10));
    });
}

#[test]
fn whole_files_and_copies_say_which_of_them_does_not_fit() {
    on_small_disks(async |dir| {
        let elsewhere = tempfile::tempdir().unwrap();
        let from = elsewhere.path().join("from");
        std_fs::write(&from, bytes(40)).unwrap();
        let filler = fill(dir, 3 * RECORD);
        let to = dir.join("to");
        let error = fs::copy(&from, &to).await.unwrap_err();
        assert_says_full(&error, &to);
        let _ = std_fs::remove_file(&to);
        let error = fs::write(&to, bytes(40)).await.unwrap_err();
        assert_says_full(&error, &to);
        let _ = std_fs::remove_file(&to);
        let mut reader = File::open(&from).await.unwrap();
        let mut writer = File::create(&to).await.unwrap();
        let error = buzzer::io::copy(&mut reader, &mut writer)
            .await
            .unwrap_err();
        assert_says_full(&error, &to);
        let there = std_fs::read(&to).unwrap();
        assert_eq!(there, bytes(40)[..there.len()]);
        std_fs::remove_file(filler).unwrap();
        assert_eq!(fs::copy(&from, &to).await.unwrap(), bytes(40).len() as u64);
        assert_eq!(std_fs::read(&to).unwrap(), bytes(40));
    });
}

/// What nobody waited for is reported by the next operation on the file.
#[test]
fn the_error_of_a_write_that_was_dropped_comes_with_the_next() {
    on_small_disks(async |dir| {
        let path = dir.join("dropped");
        let mut file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&path)
            .await
            .unwrap();
        let filler = fill(dir, 0);
        let polled = {
            let contents = record(0);
            let mut write = std::pin::pin!(file.write_all(&contents));
            // Handed over, and then given up.
            std::future::poll_fn(|cx| Poll::Ready(write.as_mut().poll(cx))).await
        };
        let error = match polled {
            Poll::Pending => file.flush().await.unwrap_err(),
            // The worker was through by then.
            Poll::Ready(written) => written.unwrap_err(),
        };
        assert_says_full(&error, &path);
        std_fs::remove_file(filler).unwrap();
        file.write_all(&record(1)).await.unwrap();
        file.flush().await.unwrap();
        let there = std_fs::read(&path).unwrap();
        assert!(there.ends_with(&record(1)), "{}", there.len());
    });
}
