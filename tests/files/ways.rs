//! Which way an operation went: at once on the loop, or to a worker.

use std::cell::Cell;
use std::path::Path;
use std::process::Command;
use std::rc::Rc;

use buzzer::fs::{self, File};
use buzzer::runtime::FileIo;

use crate::system::TRIES_FILES;
use crate::{run, runtime, temp_dir};

/// Asserts that `body`, which does `count` operations that the cache can answer,
/// does all of them at once; and none when tries are forgone. Where the file
/// system may be one that can do nothing at once, only their number is certain. Where the
/// system answers no tries, those are done at once that ask no disk: `anywhere` of them.
#[track_caller]
fn assert_at_once(count: u64, anywhere: u64, body: impl AsyncFn(&Path)) {
    let (at_once, pooled) = run(FileIo::Auto, &body);
    assert_eq!(at_once + pooled, count);
    if !TRIES_FILES {
        assert_eq!(at_once, anywhere);
    } else if file_system_answers_from_the_cache() {
        assert_eq!((at_once, pooled), (count, 0));
    }
    assert_eq!(run(FileIo::Pool, &body), (0, count));
}

fn file_system_answers_from_the_cache() -> bool {
    let dir = temp_dir();
    let stat = Command::new("stat")
        .args(["-f", "-c", "%T"])
        .arg(dir.path())
        .output()
        .unwrap();
    ["ext2/ext3", "xfs", "btrfs"].contains(&String::from_utf8_lossy(&stat.stdout).trim())
}

#[test]
fn cached_files_are_read_at_once() {
    assert_at_once(6, 0, async |dir| {
        let path = dir.join("file");
        std::fs::write(&path, vec![7; 60_000]).unwrap();
        assert_eq!(fs::read(&path).await.unwrap().len(), 60_000);
        let mut file = File::open(&path).await.unwrap();
        assert_eq!(file.read(&mut [0; 10]).await.unwrap(), 10);
        assert_eq!(file.read_at(&mut [0; 10], 59_995).await.unwrap(), 5);
        let mut rest = Vec::new();
        // One operation with the rest, one with the end.
        file.read_to_end(&mut rest).await.unwrap();
        assert_eq!(rest.len(), 59_990);
    });
}

#[test]
fn positions_and_metadata_are_known_at_once() {
    // The last three are of a file that is open.
    assert_at_once(6, 3, async |dir| {
        let path = dir.join("file");
        std::fs::write(&path, "text").unwrap();
        fs::metadata(&path).await.unwrap();
        fs::symlink_metadata(&path).await.unwrap();
        fs::try_exists(&path).await.unwrap();
        let mut file = File::from_std(std::fs::File::open(&path).unwrap());
        file.seek(std::io::SeekFrom::End(0)).await.unwrap();
        file.stream_position().await.unwrap();
        file.metadata().await.unwrap();
    });
}

#[test]
fn what_is_known_to_be_missing_is_missing_at_once() {
    assert_at_once(3, 0, async |dir| {
        let path = dir.join("nothing");
        // Now the kernel remembers.
        std::fs::metadata(&path).unwrap_err();
        fs::read(&path).await.unwrap_err();
        File::open(&path).await.unwrap_err();
        assert!(!fs::try_exists(&path).await.unwrap());
    });
}

#[test]
fn a_large_file_is_one_hop_however_large() {
    for file_io in [FileIo::Auto, FileIo::Pool] {
        let counts = run(file_io, async |dir| {
            std::fs::write(dir.join("file"), vec![7; 5 << 20]).unwrap();
            assert_eq!(fs::read(dir.join("file")).await.unwrap().len(), 5 << 20);
            fs::write(dir.join("file"), vec![7; 5 << 20]).await.unwrap();
        });
        assert_eq!(counts, (0, 2));
    }
}

#[test]
fn lines_cost_no_hop_each() {
    let read = async |dir: &Path| {
        let line = "123456789\n";
        std::fs::write(dir.join("file"), line.repeat(10_000)).unwrap();
        let mut lines = File::open(dir.join("file")).await.unwrap().lines();
        let mut count = 0;
        while lines.next_line().await.unwrap().is_some() {
            count += 1;
        }
        assert_eq!(count, 10_000);
    };
    // The open; 100,000 bytes by 64 KiB or less; the end.
    assert_eq!(run(FileIo::Pool, read), (0, 4));
}

#[test]
fn entries_of_a_directory_cost_no_hop_each() {
    for file_io in [FileIo::Auto, FileIo::Pool] {
        let counts = run(file_io, async |dir| {
            for n in 0..7_000 {
                std::fs::write(dir.join(format!("{n}")), "").unwrap();
            }
            let mut entries = fs::read_dir(dir).await.unwrap();
            while entries.next_entry().await.unwrap().is_some() {}
        });
        // 64, 128, 256, 512, 1,024, twice 2,048, and the rest.
        assert_eq!(counts, (0, 8));
    }
}

/// Who looks at a few is spared what would be fetched in vain.
#[test]
fn the_next_entries_are_fetched_while_the_program_looks_at_those_before() {
    for (looked_at, jobs) in [(64, 1), (65, 3), (192, 3), (193, 4)] {
        let counts = run(FileIo::Auto, async |dir| {
            for n in 0..1_000 {
                std::fs::write(dir.join(format!("{n}")), "").unwrap();
            }
            let mut entries = fs::read_dir(dir).await.unwrap();
            for _ in 0..looked_at {
                assert!(entries.next_entry().await.unwrap().is_some());
            }
        });
        assert_eq!(counts, (0, jobs), "after {looked_at} entries");
    }
}

/// The kernel locks a shared position while the duplicate reads, for as long as
/// that takes.
#[test]
fn a_shared_position_is_never_used_on_the_loop() {
    let counts = run(FileIo::Auto, async |dir| {
        std::fs::write(dir.join("file"), "0123456789").unwrap();
        let mut file = File::from_std(std::fs::File::open(dir.join("file")).unwrap());
        let mut other = file.try_clone().await.unwrap();
        file.read(&mut [0; 3]).await.unwrap();
        other.read(&mut [0; 3]).await.unwrap();
        assert_eq!(other.stream_position().await.unwrap(), 6);
    });
    assert_eq!(counts, (0, 3));
}

#[test]
fn a_loop_over_cached_reads_lets_other_tasks_run() {
    let dir = temp_dir();
    let path = dir.path().join("file");
    std::fs::write(&path, "text").unwrap();
    runtime(FileIo::Auto).block_on(async {
        let turns = Rc::new(Cell::new(0));
        let other = buzzer::spawn({
            let turns = turns.clone();
            async move {
                loop {
                    turns.set(turns.get() + 1);
                    buzzer::task::yield_now().await;
                }
            }
        });
        for _ in 0..1000 {
            fs::read(&path).await.unwrap();
        }
        other.abort();
        // A budget of 128 operations: seven times at least.
        assert!(turns.get() >= 7, "{} turns", turns.get());
    });
}

#[test]
fn a_line_reader_that_never_waits_lets_other_tasks_run() {
    let dir = temp_dir();
    let path = dir.path().join("file");
    std::fs::write(&path, "\n".repeat(1000)).unwrap();
    runtime(FileIo::Auto).block_on(async {
        let turns = Rc::new(Cell::new(0));
        let mut lines = File::open(&path).await.unwrap().lines();
        // From here on all is in the buffer.
        lines.next_line().await.unwrap();
        let other = buzzer::spawn({
            let turns = turns.clone();
            async move {
                loop {
                    turns.set(turns.get() + 1);
                    buzzer::task::yield_now().await;
                }
            }
        });
        for _ in 0..900 {
            lines.next_line().await.unwrap();
        }
        other.abort();
        assert!(turns.get() >= 7, "{} turns", turns.get());
    });
}

#[test]
fn operations_of_a_task_that_another_thread_spawned() {
    let dir = temp_dir();
    let path = dir.path().join("file");
    for file_io in [FileIo::Auto, FileIo::Pool] {
        let runtime = runtime(file_io);
        let (handle, path) = (runtime.handle().clone(), path.clone());
        // Only futures that are `Send` can be spawned so: this is about the
        // compiler as well.
        let task = std::thread::spawn(move || {
            handle.spawn(async move {
                fs::write(&path, "one\ntwo\n").await.unwrap();
                let mut file = File::options()
                    .read(true)
                    .write(true)
                    .open(&path)
                    .await
                    .unwrap();
                file.seek(std::io::SeekFrom::End(0)).await.unwrap();
                file.write_all(b"three").await.unwrap();
                file.set_len(12).await.unwrap();
                file.rewind().await.unwrap();
                let mut lines = file.lines();
                let mut last = None;
                while let Some(line) = lines.next_line().await.unwrap() {
                    last = Some(line);
                }
                let mut entries = fs::read_dir(path.parent().unwrap()).await.unwrap();
                assert!(entries.next_entry().await.unwrap().is_some());
                last
            })
        });
        let last = runtime.block_on(task.join().unwrap()).unwrap();
        assert_eq!(last.as_deref(), Some("thre"));
    }
}

#[test]
#[should_panic(expected = "a file operation")]
fn an_operation_outside_a_runtime_says_so() {
    _ = futures::executor::block_on(fs::read("dummy.txt"));
}
