//! Operations whose futures are dropped half-way, by a timeout or an abort say.
//!
//! A FIFO makes "half-way" certain: a read of it waits until the test writes.

use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::pin::pin;
use std::task::Context;

use buzzer::fs::{self, File, OpenOptions};
use buzzer::runtime::{Builder, FileIo};

use crate::counting::Count;
use crate::foreign::Foreign;
use crate::{
    both_ways, fifo, kind, make_fifo, poll_once_and_drop, runtime, take_a_worker, temp_dir,
    times_open,
};

#[test]
fn what_a_dropped_read_has_read_comes_with_the_next() {
    both_ways(async |dir| {
        let mut other_end = fifo(&dir.join("fifo"));
        let mut file = File::open(dir.join("fifo")).await.unwrap();
        let mut buffer = [0; 100];
        assert!(poll_once_and_drop(file.read(&mut buffer)).await.is_none());
        other_end.write_all(b"kept").unwrap();
        assert_eq!(file.read(&mut buffer[..3]).await.unwrap(), 3);
        assert_eq!(&buffer[..3], b"kep");
        assert_eq!(file.read(&mut buffer).await.unwrap(), 1);
        assert_eq!(buffer[0], b't');
    });
}

/// A file whose first three bytes have been read, and the next three by a read
/// that was dropped. A first try is never half-way, so there all six are read
/// and three of them given back.
async fn six_read_three_wanted(path: &Path) -> File {
    std::fs::write(path, "0123456789").unwrap();
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .open(path)
        .await
        .unwrap();
    file.read_exact(&mut [0; 3]).await.unwrap();
    if poll_once_and_drop(file.read(&mut [0; 3])).await.is_some() {
        file.seek(SeekFrom::Current(-3)).await.unwrap();
    }
    file
}

#[test]
fn to_reads_a_dropped_read_has_not_happened() {
    both_ways(async |dir| {
        let path = &dir.join("file");
        let mut file = six_read_three_wanted(path).await;
        let mut text = String::new();
        file.read_to_string(&mut text).await.unwrap();
        assert_eq!(text, "3456789");

        let mut file = six_read_three_wanted(path).await;
        let mut bytes = Vec::new();
        // Dropped again, with and without a poll in between.
        poll_once_and_drop(file.read_to_end(&mut bytes)).await;
        drop(file.read_to_end(&mut bytes));
        file.read_to_end(&mut bytes).await.unwrap();
        assert_eq!(bytes, b"3456789");
    });
}

#[test]
fn to_writes_a_dropped_read_has_not_happened() {
    both_ways(async |dir| {
        let path = &dir.join("file");
        let mut file = six_read_three_wanted(path).await;
        file.write_all(b"x").await.unwrap();
        assert_eq!(file.stream_position().await.unwrap(), 4);
        assert_eq!(std::fs::read(path).unwrap(), b"012x456789");
    });
}

#[test]
fn to_seeks_a_dropped_read_has_not_happened() {
    both_ways(async |dir| {
        let path = &dir.join("file");
        let mut file = six_read_three_wanted(path).await;
        assert_eq!(file.stream_position().await.unwrap(), 3);
        let mut file = six_read_three_wanted(path).await;
        assert_eq!(file.seek(SeekFrom::Current(1)).await.unwrap(), 4);
        let mut file = six_read_three_wanted(path).await;
        assert_eq!(file.seek(SeekFrom::End(-1)).await.unwrap(), 9);
        let mut byte = [0];
        file.read_exact(&mut byte).await.unwrap();
        assert_eq!(&byte, b"9");
    });
}

/// Counted from behind the six, it would be before the least that can be counted.
#[test]
fn a_seek_too_far_back_past_a_dropped_read_is_the_systems_error() {
    both_ways(async |dir| {
        let mut file = six_read_three_wanted(&dir.join("file")).await;
        let error = file.seek(SeekFrom::Current(i64::MIN)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert_eq!(buzzer::io::raw_os_error(&error), Some(libc::EINVAL));
        assert_eq!(file.stream_position().await.unwrap(), 3);
    });
}

#[test]
fn to_lengths_a_dropped_read_has_not_happened() {
    both_ways(async |dir| {
        let mut file = six_read_three_wanted(&dir.join("file")).await;
        file.set_len(4).await.unwrap();
        let mut rest = String::new();
        file.read_to_string(&mut rest).await.unwrap();
        assert_eq!(rest, "3");
    });
}

#[test]
fn to_duplicates_and_std_a_dropped_read_has_not_happened() {
    both_ways(async |dir| {
        let path = &dir.join("file");
        let file = six_read_three_wanted(path).await;
        assert_eq!(
            file.try_clone()
                .await
                .unwrap()
                .stream_position()
                .await
                .unwrap(),
            3
        );
        let file = six_read_three_wanted(path).await;
        assert_eq!(file.into_std().await.stream_position().unwrap(), 3);
    });
}

#[test]
fn std_can_not_take_over_at_once_what_is_still_at_work() {
    both_ways(async |dir| {
        let mut other_end = fifo(&dir.join("fifo"));
        let mut file = File::open(dir.join("fifo")).await.unwrap();
        assert!(poll_once_and_drop(file.read(&mut [0; 4])).await.is_none());
        let file = file.try_into_std().unwrap_err();
        other_end.write_all(b"kept").unwrap();
        let mut other = file.into_std().await;
        other_end.write_all(b"more").unwrap();
        let mut buffer = [0; 4];
        other.read_exact(&mut buffer).unwrap();
        // What the worker took can't be given back to a FIFO.
        assert_eq!(&buffer, b"more");
    });
}

#[test]
fn a_dropped_write_is_written_before_anything_else_happens() {
    both_ways(async |dir| {
        let path = dir.join("file");
        let mut file = File::create_new(&path).await.unwrap();
        poll_once_and_drop(file.write(b"first ")).await;
        file.write_all(b"second ").await.unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"first second ");
        poll_once_and_drop(file.write_all(b"third ")).await;
        assert_eq!(file.metadata().await.unwrap().len(), 19);
        poll_once_and_drop(file.write_at(b"F", 0)).await;
        file.flush().await.unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"First second third ");
    });
}

#[test]
fn operations_wait_in_turn_for_a_dropped_write_that_takes_its_time() {
    both_ways(async |dir| {
        let mut other_end = fifo(&dir.join("fifo"));
        let mut options = OpenOptions::new();
        let mut file = options.write(true).open(dir.join("fifo")).await.unwrap();
        // More than a FIFO holds: it waits until the test reads.
        let contents = vec![7; 1 << 20];
        let write = poll_once_and_drop(file.write_all(&contents)).await;
        assert!(write.is_none());

        // Dropped while it waits for the write, it must not stand in the way.
        assert!(poll_once_and_drop(file.metadata()).await.is_none());
        let drain = buzzer::task::spawn_blocking(move || {
            let mut bytes = vec![0; 1 << 20];
            other_end.read_exact(&mut bytes).unwrap();
            bytes
        });
        // Of those that wait together, each must hear of the end.
        let (one, two, three, bytes) =
            buzzer::gather!(file.metadata(), file.metadata(), file.metadata(), drain).await;
        assert!(one.is_ok() && two.is_ok() && three.is_ok());
        assert!(bytes.unwrap() == contents);
        file.flush().await.unwrap();
    });
}

/// Begins a write that will fail, and drops it. The worker may have been quicker
/// than the drop: then its error was returned, and it must be done again, by a poll
/// with a budget of its own, as a spent one is "pending" before anything is handed over.
async fn drop_a_write_half_way(file: &mut File) {
    while poll_once_and_drop(file.write(b"lost")).await.is_some() {
        buzzer::task::yield_now().await;
    }
}

#[test]
#[cfg_attr(target_os = "macos", ignore = "it has no /dev/full")]
fn the_error_of_a_dropped_write_is_told_once_by_whatever_comes_next() {
    both_ways(async |_| {
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .open("/dev/full")
            .await
            .unwrap();
        let full = Some(ErrorKind::StorageFull);
        for next in 0..6 {
            drop_a_write_half_way(&mut file).await;
            let result = match next {
                0 => file.flush().await,
                1 => file.sync_all().await,
                2 => file.read(&mut [0; 4]).await.map(drop),
                3 => file.write(b"too").await.map(drop),
                4 => file.metadata().await.map(drop),
                _ => file.seek(SeekFrom::Start(0)).await.map(drop),
            };
            let error = result.unwrap_err();
            assert!(
                error.to_string().contains(" /dev/full: earlier write: "),
                "{error}"
            );
            assert_eq!(kind(Err::<(), _>(error)), full);
            file.flush().await.unwrap();
        }
        // Kept until then, so std can't have the file at once.
        drop_a_write_half_way(&mut file).await;
        let mut file = file.try_into_std().unwrap_err();
        assert_eq!(kind(file.flush().await), full);
        assert!(file.try_into_std().is_ok());
    });
}

#[test]
fn a_file_dropped_with_a_write_at_work_is_written_and_closed() {
    for file_io in [FileIo::Auto, FileIo::Pool] {
        let dir = temp_dir();
        let path = dir.path().join("file");
        let runtime = runtime(file_io);
        runtime.block_on(async {
            let mut file = File::create(&path).await.unwrap();
            poll_once_and_drop(file.write_all(b"not lost")).await;
        });
        // Waits for the worker.
        drop(runtime);
        assert_eq!(std::fs::read(&path).unwrap(), b"not lost");
        assert_eq!(times_open(&path), 0);
    }
}

#[test]
fn a_write_that_no_worker_has_begun_survives_the_end_of_the_runtime() {
    for file_io in [FileIo::Auto, FileIo::Pool] {
        let dir = temp_dir();
        let (whole, part, fifo) = (
            dir.path().join("whole"),
            dir.path().join("part"),
            dir.path().join("fifo"),
        );
        make_fifo(&fifo);
        let runtime = Builder::new_current_thread()
            .file_io(file_io)
            .max_blocking_threads(1)
            .build()
            .unwrap();
        let other_end = runtime.block_on(async {
            let mut file = File::create(&part).await.unwrap();
            let mut read = pin!(fs::read(&fifo));
            // The only one.
            let other_end = take_a_worker(&fifo, read.as_mut()).await;
            assert!(
                poll_once_and_drop(fs::write(&whole, "not lost"))
                    .await
                    .is_none()
            );
            poll_once_and_drop(file.write_all(b"not lost")).await;
            other_end
        });
        drop(other_end);
        drop(runtime);
        assert_eq!(std::fs::read(&whole).unwrap(), b"not lost");
        assert_eq!(std::fs::read(&part).unwrap(), b"not lost");
    }
}

#[test]
fn a_dropped_open_or_read_leaves_no_file_open() {
    for file_io in [FileIo::Auto, FileIo::Pool] {
        let dir = temp_dir();
        let path = dir.path().canonicalize().unwrap().join("file");
        std::fs::write(&path, vec![0; 1 << 20]).unwrap();
        let runtime = runtime(file_io);
        runtime.block_on(async {
            for _ in 0..20 {
                poll_once_and_drop(File::open(&path)).await;
                poll_once_and_drop(fs::read(&path)).await;
                let mut file = File::open(&path).await.unwrap();
                poll_once_and_drop(file.read(&mut [0; 100])).await;
                poll_once_and_drop(file.read_at(&mut [0; 100], 0)).await;
                poll_once_and_drop(file.try_clone()).await;
            }
        });
        drop(runtime);
        assert_eq!(times_open(&path), 0);
    }
}

#[test]
fn a_dropped_next_line_loses_nothing() {
    both_ways(async |dir| {
        let mut other_end = fifo(&dir.join("fifo"));
        let mut lines = File::open(dir.join("fifo")).await.unwrap().lines();
        other_end.write_all(b"one\ntw").unwrap();
        assert_eq!(lines.next_line().await.unwrap().as_deref(), Some("one"));
        // Has half a line when it is dropped, twice.
        assert!(poll_once_and_drop(lines.next_line()).await.is_none());
        other_end.write_all(b"o and").unwrap();
        assert!(poll_once_and_drop(lines.next_line()).await.is_none());
        other_end.write_all(b" a half\nthree\n").unwrap();
        assert_eq!(
            lines.next_line().await.unwrap().as_deref(),
            Some("two and a half")
        );
        assert_eq!(lines.next_line().await.unwrap().as_deref(), Some("three"));
    });
}

#[test]
fn a_dropped_next_entry_loses_nothing() {
    both_ways(async |dir| {
        let mut expected: Vec<_> = (0..200).map(|n| format!("{n}")).collect();
        for name in &expected {
            std::fs::write(dir.join(name), "").unwrap();
        }
        let mut entries = fs::read_dir(dir).await.unwrap();
        let mut names = Vec::new();
        loop {
            let entry = match poll_once_and_drop(entries.next_entry()).await {
                Some(entry) => entry,
                None => entries.next_entry().await,
            };
            match entry.unwrap() {
                Some(entry) => names.push(entry.file_name().into_string().unwrap()),
                None => break,
            }
        }
        names.sort();
        expected.sort();
        assert_eq!(names, expected);
    });
}

#[test]
fn a_waker_that_panics_takes_no_other_operations_wake_with_it() {
    both_ways(async |dir| {
        let mut other_end = fifo(&dir.join("fifo"));
        let mut file = File::open(dir.join("fifo")).await.unwrap();
        assert!(poll_once_and_drop(file.read(&mut [0; 4])).await.is_none());
        // The first settles the file, the others wait for that.
        let [mut first, mut second, mut third] = [(); 3].map(|()| Box::pin(file.metadata()));
        let (woken, counting) = Count::waker();
        let panics = Foreign::waker(|| panic!("a waker panics"), || {});
        assert!(poll_once_and_drop(first.as_mut()).await.is_none());
        for (waiting, waker) in [(&mut second, &panics), (&mut third, &counting)] {
            let cx = &mut Context::from_waker(waker);
            assert!(waiting.as_mut().poll(cx).is_pending());
        }
        other_end.write_all(b"data").unwrap();
        first.await.unwrap();
        assert_eq!(woken.get(), 1);
        second.await.unwrap();
        third.await.unwrap();
    });
}
