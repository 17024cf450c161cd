//! The same calls on std's file and on ours, at the edges: nothing to read or write,
//! offsets near the largest there is and behind it, files of every kind.

use std::fs::File as StdFile;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::FileExt;
use std::path::Path;

use buzzer::fs::File;

use crate::both_ways;

const MAX: u64 = i64::MAX as u64;

const OFFSETS: [u64; 13] = [
    0,
    5,
    10,
    4_096,
    MAX - 100_000,
    MAX - 8_192,
    MAX - 33,
    MAX - 32,
    MAX - 31,
    MAX - 1,
    MAX,
    MAX + 1,
    u64::MAX,
];

/// What came of a call: a number, or the system's.
type Outcome = Result<u64, (Option<i32>, io::ErrorKind)>;

fn outcome<T: TryInto<u64, Error: std::fmt::Debug>>(result: io::Result<T>) -> Outcome {
    match result {
        Ok(number) => Ok(number.try_into().unwrap()),
        Err(error) => Err((buzzer::io::raw_os_error(&error), error.kind())),
    }
}

fn done(result: io::Result<()>) -> Outcome {
    outcome(result.map(|()| 0_u64))
}

/// Ten bytes, on the disk.
fn on_disk(dir: &Path) -> std::path::PathBuf {
    let path = dir.join("file");
    // Some file systems bring to the disk what is emptied and written anew.
    _ = std::fs::remove_file(&path);
    std::fs::write(&path, "0123456789").unwrap();
    path
}

/// A file that has no place on a disk.
#[cfg(not(target_os = "macos"))]
fn in_memory() -> StdFile {
    let flags = rustix::fs::MemfdFlags::CLOEXEC;
    StdFile::from(rustix::fs::memfd_create("ten", flags).unwrap())
}

/// macOS has none that is read and written; this one has no name.
#[cfg(target_os = "macos")]
fn in_memory() -> StdFile {
    tempfile::tempfile().unwrap()
}

/// Each opens a file of its kind, the same anew each time. The one in memory has
/// offsets up to the largest that there is.
type Open = fn(&Path) -> StdFile;
const KINDS: [(&str, Open); 6] = [
    ("read and write", |dir| {
        let mut options = StdFile::options();
        options.read(true).write(true).open(on_disk(dir)).unwrap()
    }),
    ("read only", |dir| StdFile::open(on_disk(dir)).unwrap()),
    ("write only", |dir| {
        StdFile::options().write(true).open(on_disk(dir)).unwrap()
    }),
    ("append", |dir| {
        let mut options = StdFile::options();
        options.read(true).append(true).open(on_disk(dir)).unwrap()
    }),
    ("directory", |dir| StdFile::open(dir).unwrap()),
    ("in memory", |_| {
        let mut file = in_memory();
        file.write_all(b"0123456789").unwrap();
        file.rewind().unwrap();
        file
    }),
];

#[test]
fn reads_at_every_offset() {
    both_ways(async |dir| {
        for (kind, open) in KINDS {
            for offset in OFFSETS {
                for length in [0, 1, 32, 8_192] {
                    let mut bytes = vec![0; length];
                    let expected = outcome(open(dir).read_at(&mut bytes, offset));
                    let file = File::from_std(open(dir));
                    let got = outcome(file.read_at(&mut bytes, offset).await);
                    assert_eq!(got, expected, "{length} bytes at {offset}: {kind}");
                }
            }
        }
    });
}

#[test]
fn writes_at_every_offset() {
    both_ways(async |dir| {
        for (kind, open) in KINDS {
            for offset in OFFSETS {
                for length in [0, 1, 32] {
                    let bytes = vec![b'!'; length];
                    let std = open(dir);
                    let expected = outcome(std.write_at(&bytes, offset));
                    let length_of_stds = std.metadata().unwrap().len();
                    let file = File::from_std(open(dir));
                    let got = outcome(file.write_at(&bytes, offset).await);
                    assert_eq!(got, expected, "{length} bytes at {offset}: {kind}");
                    let length = file.metadata().await.unwrap().len();
                    assert_eq!(length, length_of_stds, "{offset}: {kind}");
                }
            }
        }
    });
}

#[test]
fn reads_and_writes_behind_every_seek() {
    both_ways(async |dir| {
        for (kind, open) in KINDS {
            for offset in OFFSETS {
                for length in [0, 1, 32, 8_192] {
                    let mut std = open(dir);
                    let mut bytes = vec![b'!'; length];
                    let to = SeekFrom::Start(offset);
                    let expected = [
                        outcome(std.seek(to)),
                        outcome(std.read(&mut bytes)),
                        outcome(std.stream_position()),
                        outcome(std.seek(to)),
                        outcome(std.write(&bytes[..length.min(32)])),
                        outcome(std.stream_position()),
                    ];
                    let mut file = File::from_std(open(dir));
                    let got = [
                        outcome(file.seek(to).await),
                        outcome(file.read(&mut bytes).await),
                        outcome(file.stream_position().await),
                        outcome(file.seek(to).await),
                        outcome(file.write(&bytes[..length.min(32)]).await),
                        outcome(file.stream_position().await),
                    ];
                    assert_eq!(got, expected, "{length} bytes at {offset}: {kind}");
                }
            }
        }
    });
}

#[test]
fn reads_to_the_end_from_every_offset() {
    both_ways(async |dir| {
        for (kind, open) in KINDS {
            for offset in OFFSETS {
                let (mut std, mut file) = (open(dir), File::from_std(open(dir)));
                let to = SeekFrom::Start(offset);
                let (mut stds, mut bytes) = (Vec::new(), Vec::new());
                let expected = [
                    outcome(std.seek(to)),
                    outcome(std.read_to_end(&mut stds)),
                    outcome(std.stream_position()),
                ];
                let got = [
                    outcome(file.seek(to).await),
                    outcome(file.read_to_end(&mut bytes).await),
                    outcome(file.stream_position().await),
                ];
                assert_eq!(got, expected, "at {offset}: {kind}");
                assert_eq!(bytes, stds, "at {offset}: {kind}");
                let (ours, stds) = (bytes.capacity(), stds.capacity());
                let is_larger = got[1].is_ok() && ours > stds;
                assert!(!is_larger, "{ours}, not {stds} at {offset}: {kind}");
            }
        }
    });
}

#[test]
fn lengths_and_seeks_of_every_size() {
    both_ways(async |dir| {
        for (kind, open) in KINDS {
            for size in OFFSETS {
                let moves = [0, 1, -1, i64::MAX, i64::MIN, size as i64];
                let moves = moves.map(|by| [SeekFrom::Current(by), SeekFrom::End(by)]);
                let moves = moves.as_flattened();
                let mut std = open(dir);
                let mut expected = vec![done(std.set_len(size))];
                expected.push(outcome(std.metadata().map(|metadata| metadata.len())));
                expected.extend(moves.iter().map(|to| outcome(std.seek(*to))));
                let mut file = File::from_std(open(dir));
                let mut got = vec![done(file.set_len(size).await)];
                got.push(outcome(
                    file.metadata().await.map(|metadata| metadata.len()),
                ));
                for to in moves {
                    got.push(outcome(file.seek(*to).await));
                }
                assert_eq!(got, expected, "{size} bytes: {kind}");
            }
        }
    });
}

#[test]
fn an_offset_that_no_file_has_does_not_end_the_first_tries() {
    let tries = async |dir: &Path, wrong: bool| {
        let path = on_disk(dir);
        let file = File::open(&path).await.unwrap();
        if wrong {
            file.read_at(&mut [0; 4], MAX + 1).await.unwrap_err();
            file.read_at(&mut [0; 4], MAX).await.unwrap_err();
        }
        for _ in 0..5 {
            assert_eq!(file.read_at(&mut [0; 4], 3).await.unwrap(), 4);
        }
    };
    let at_once = |wrong| {
        let (at_once, _) = crate::run(buzzer::runtime::FileIo::Auto, async |dir| {
            tries(dir, wrong).await;
        });
        at_once
    };
    assert_eq!(at_once(true), at_once(false));
}

#[test]
fn memory_that_a_file_fits_into_is_not_grown() {
    both_ways(async |dir| {
        let path = dir.join("file");
        for size in [0, 1, 31, 32, 33, 10_000, 300_000] {
            std::fs::write(&path, vec![b'a'; size]).unwrap();
            for before in [0, 5] {
                let mut bytes = Vec::with_capacity(before + size);
                bytes.resize(before, b'b');
                let mut file = File::open(&path).await.unwrap();
                assert_eq!(file.read_to_end(&mut bytes).await.unwrap(), size);
                assert_eq!(bytes.capacity(), before + size);
                let mut text = String::with_capacity(size);
                file.rewind().await.unwrap();
                assert_eq!(file.read_to_string(&mut text).await.unwrap(), size);
                assert_eq!(text.capacity(), size);
            }
        }
    });
}

#[test]
fn times_are_set_and_listings_are_polled_by_hand() {
    both_ways(async |dir| {
        let path = dir.join("order");
        let file = File::create(&path).await.unwrap();
        let [read, changed] = [1_000_000, 2_000_000].map(|seconds| {
            let since = std::time::Duration::from_secs(seconds);
            std::time::SystemTime::UNIX_EPOCH + since
        });
        let times = buzzer::fs::FileTimes::new();
        let times = times.set_accessed(read).set_modified(read);
        file.set_times(times).await.unwrap();
        file.set_modified(changed).await.unwrap();
        let metadata = file.metadata().await.unwrap();
        assert_eq!(metadata.accessed().unwrap(), read);
        assert_eq!(metadata.modified().unwrap(), changed);
        let mut entries = buzzer::fs::read_dir(dir).await.unwrap();
        let mut names = Vec::new();
        let entry = async |entries: &mut buzzer::fs::ReadDir| {
            std::future::poll_fn(|cx| entries.poll_next_entry(cx)).await
        };
        while let Some(entry) = entry(&mut entries).await.unwrap() {
            names.push(entry.file_name());
        }
        let mut expected: Vec<_> = std::fs::read_dir(dir)
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        names.sort();
        expected.sort();
        assert_eq!(names, expected);
    });
}

#[test]
fn no_job_of_a_worker_moves_more_than_it_may() {
    both_ways(async |dir| {
        let path = dir.join("long");
        let mut file = File::options();
        let mut file = file
            .read(true)
            .write(true)
            .create(true)
            .open(&path)
            .await
            .unwrap();
        assert_eq!(file.max_buf_size(), 2 << 20);
        file.set_max_buf_size(3);
        assert_eq!(file.max_buf_size(), 3);
        assert_eq!(file.try_clone().await.unwrap().max_buf_size(), 3);
        let wrote = file.write(b"one mocha").await.unwrap();
        assert!(wrote == 3 || wrote == 9, "{wrote}");
        file.write_all(&b"one mocha"[wrote..]).await.unwrap();
        file.seek(SeekFrom::Start(0)).await.unwrap();
        let mut all = String::new();
        file.read_to_string(&mut all).await.unwrap();
        assert_eq!(all, "one mocha");
    });
}

#[test]
fn a_file_is_taken_over_by_its_number() {
    use std::os::fd::{FromRawFd, IntoRawFd};

    both_ways(async |dir| {
        let path = dir.join("numbered");
        std::fs::write(&path, "one mocha").unwrap();
        let number = std::fs::File::open(&path).unwrap().into_raw_fd();
        // SAFETY: it is open, and nobody else's.
        let mut file = unsafe { File::from_raw_fd(number) };
        let mut all = String::new();
        file.read_to_string(&mut all).await.unwrap();
        assert_eq!(all, "one mocha");
    });
}
