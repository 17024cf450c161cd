//! Directories, links, metadata.

use std::collections::BTreeSet;
use std::fs::Permissions;
use std::io::ErrorKind;
use std::os::fd::AsRawFd;
use std::os::unix::fs::{MetadataExt, PermissionsExt};

use buzzer::fs::{self, DirBuilder, File, OpenOptions};
#[cfg(target_os = "linux")]
use buzzer::runtime::FileIo;

use crate::{both_ways, kind};

#[test]
fn directories_are_made_and_removed() {
    both_ways(async |dir| {
        let (a, b) = (dir.join("a"), dir.join("a/b"));
        assert_eq!(kind(fs::create_dir(&b).await), Some(ErrorKind::NotFound));
        fs::create_dir_all(&b).await.unwrap();
        fs::create_dir_all(&b).await.unwrap();
        assert_eq!(
            kind(fs::create_dir(&b).await),
            Some(ErrorKind::AlreadyExists)
        );
        assert_eq!(
            kind(fs::remove_dir(&a).await),
            Some(ErrorKind::DirectoryNotEmpty)
        );
        fs::write(b.join("file"), "").await.unwrap();
        fs::remove_dir_all(&a).await.unwrap();
        assert!(!a.exists());
        fs::create_dir(&a).await.unwrap();
        fs::remove_dir(&a).await.unwrap();
        assert!(!a.exists());
    });
}

#[test]
fn modes_are_those_asked_for() {
    both_ways(async |dir| {
        let path = dir.join("private/deep");
        DirBuilder::new()
            .mode(0o700)
            .recursive(true)
            .create(&path)
            .await
            .unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().mode() & 0o777, 0o700);
        let file = path.join("file");
        let mut options = OpenOptions::new();
        let mut file = options
            .write(true)
            .create(true)
            .mode(0o600)
            .open(&file)
            .await
            .unwrap();
        assert_eq!(file.metadata().await.unwrap().mode() & 0o777, 0o600);
        file.set_permissions(Permissions::from_mode(0o640))
            .await
            .unwrap();
        assert_eq!(file.metadata().await.unwrap().mode() & 0o777, 0o640);
        file.write_all(b"x").await.unwrap();
        fs::set_permissions(path.join("file"), Permissions::from_mode(0o400))
            .await
            .unwrap();
        assert_eq!(file.metadata().await.unwrap().mode() & 0o777, 0o400);
    });
}

#[test]
fn options_of_std_and_flags_of_ones_own() {
    both_ways(async |dir| {
        let path = dir.join("file");
        let mut std = std::fs::OpenOptions::new();
        std.write(true).create_new(true);
        OpenOptions::from(std)
            .open(&path)
            .await
            .unwrap()
            .write_all(b"text")
            .await
            .unwrap();
        fs::symlink(&path, dir.join("link")).await.unwrap();
        let mut options = File::options();
        options.read(true).custom_flags(libc::O_NOFOLLOW);
        options.open(&path).await.unwrap();
        options.open(dir.join("link")).await.unwrap_err();
    });
}

#[test]
fn a_listing_has_every_entry_once_and_knows_what_it_is() {
    both_ways(async |dir| {
        let mut expected = BTreeSet::new();
        for n in 0..150 {
            let name = format!("entry-{n}");
            match n % 3 {
                0 => std::fs::write(dir.join(&name), "four").unwrap(),
                1 => std::fs::create_dir(dir.join(&name)).unwrap(),
                _ => std::os::unix::fs::symlink("nowhere", dir.join(&name)).unwrap(),
            }
            expected.insert((dir.join(&name), n % 3));
        }
        let mut found = BTreeSet::new();
        let mut entries = fs::read_dir(dir).await.unwrap();
        while let Some(entry) = entries.next_entry().await.unwrap() {
            let file_type = entry.file_type().await.unwrap();
            let metadata = entry.metadata().await.unwrap();
            assert_eq!(metadata.file_type(), file_type);
            assert_eq!(metadata.ino(), entry.ino());
            assert_eq!(entry.path().file_name().unwrap(), entry.file_name());
            let n = match () {
                () if file_type.is_file() => 0,
                () if file_type.is_dir() => 1,
                () => 2,
            };
            assert!(found.insert((entry.path(), n)), "{entry:?} came twice");
        }
        assert_eq!(found, expected);
        assert!(
            entries.next_entry().await.unwrap().is_none(),
            "the end stays the end"
        );
    });
}

#[test]
fn an_entry_outlives_its_listing_and_its_neighbours() {
    both_ways(async |dir| {
        for length in 0..100 {
            std::fs::write(dir.join(length.to_string()), vec![0; length]).unwrap();
        }
        let mut kept = Vec::new();
        let mut entries = fs::read_dir(dir).await.unwrap();
        while let Some(entry) = entries.next_entry().await.unwrap() {
            kept.push(entry);
        }
        drop(entries);
        let mut index = 0;
        kept.retain(|_| {
            index += 1;
            index % 9 == 0
        });
        assert_eq!(kept.len(), 11);
        for entry in kept {
            let length = entry.metadata().await.unwrap().len();
            assert_eq!(entry.file_name(), *length.to_string());
            let shown = format!("{entry:?}");
            assert_eq!(shown.matches("DirEntry(").count(), 1, "{shown}");
        }
    });
}

#[test]
fn a_listing_of_nothing() {
    both_ways(async |dir| {
        let mut entries = fs::read_dir(dir).await.unwrap();
        assert!(entries.next_entry().await.unwrap().is_none());
    });
}

#[test]
fn links_are_followed_or_not() {
    both_ways(async |dir| {
        let (file, hard, soft, dangling) = (
            dir.join("file"),
            dir.join("hard"),
            dir.join("soft"),
            dir.join("dangling"),
        );
        fs::write(&file, "text").await.unwrap();
        fs::hard_link(&file, &hard).await.unwrap();
        fs::symlink("file", &soft).await.unwrap();
        fs::symlink("nowhere", &dangling).await.unwrap();

        assert_eq!(fs::read(&hard).await.unwrap(), b"text");
        assert_eq!(fs::read(&soft).await.unwrap(), b"text");
        let of = fs::metadata(&file).await.unwrap();
        assert_eq!((of.ino(), of.nlink(), of.len()), (of.ino(), 2, 4));
        assert_eq!(fs::metadata(&hard).await.unwrap().ino(), of.ino());
        assert_eq!(fs::metadata(&soft).await.unwrap().ino(), of.ino());
        assert!(fs::symlink_metadata(&soft).await.unwrap().is_symlink());
        assert_eq!(fs::read_link(&soft).await.unwrap().to_str(), Some("file"));
        let whole = file.canonicalize().unwrap();
        assert_eq!(fs::canonicalize(&soft).await.unwrap(), whole);
        assert!(fs::try_exists(&soft).await.unwrap());
        assert!(!fs::try_exists(&dangling).await.unwrap());
        assert!(fs::symlink_metadata(&dangling).await.unwrap().is_symlink());
        assert_eq!(
            kind(fs::read_link(&file).await),
            Some(ErrorKind::InvalidInput)
        );
    });
}

#[test]
fn files_are_renamed_and_copied_over_others() {
    both_ways(async |dir| {
        let (a, b) = (dir.join("a"), dir.join("b"));
        fs::write(&a, "new").await.unwrap();
        fs::write(&b, "old and longer").await.unwrap();
        assert_eq!(fs::copy(&a, &b).await.unwrap(), 3);
        assert_eq!(fs::read(&b).await.unwrap(), b"new");
        fs::write(&a, "newer").await.unwrap();
        fs::rename(&a, &b).await.unwrap();
        assert_eq!(fs::read(&b).await.unwrap(), b"newer");
        assert!(!fs::try_exists(&a).await.unwrap());
        fs::remove_file(&b).await.unwrap();
        assert_eq!(kind(fs::remove_file(&b).await), Some(ErrorKind::NotFound));
    });
}

/// Every name that a file has: its own, by ways around, a hard link, symbolic ones,
/// and that of an open descriptor.
#[test]
fn a_copy_of_a_file_onto_itself_is_refused_and_leaves_it() {
    both_ways(async |dir| {
        let path = dir.join("file");
        let contents = "all that there is";
        std::fs::write(&path, contents).unwrap();
        std::fs::create_dir(dir.join("within")).unwrap();
        std::fs::hard_link(&path, dir.join("hard")).unwrap();
        std::os::unix::fs::symlink("file", dir.join("soft")).unwrap();
        std::os::unix::fs::symlink("soft", dir.join("softer")).unwrap();
        std::os::unix::fs::symlink(dir, dir.join("dir")).unwrap();
        let open = std::fs::File::open(&path).unwrap();
        let names = [
            path.clone(),
            dir.join("within/../file"),
            dir.join("hard"),
            dir.join("soft"),
            dir.join("softer"),
            dir.join("dir/file"),
        ];
        // Elsewhere such a name leads to a device.
        let by_number = format!("/proc/self/fd/{}", open.as_raw_fd());
        let by_number = cfg!(target_os = "linux").then(|| by_number.into());
        let names: Vec<_> = names.into_iter().chain(by_number).collect();
        for from in &names {
            for to in &names {
                let error = fs::copy(from, to).await.unwrap_err();
                assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
                let expected = format!(
                    "copy {} -> {}: both are the same file",
                    from.display(),
                    to.display()
                );
                assert_eq!(error.to_string(), expected);
                assert_eq!(std::fs::read_to_string(&path).unwrap(), contents);
            }
        }
        // What gives a file another name does not touch what is in it.
        for name in &names[..3] {
            fs::rename(&path, name).await.unwrap();
            let exists = Some(ErrorKind::AlreadyExists);
            assert_eq!(kind(fs::hard_link(&path, name).await), exists);
            assert_eq!(kind(fs::symlink(&path, name).await), exists);
            assert_eq!(std::fs::read_to_string(&path).unwrap(), contents);
            assert_eq!(std::fs::read_to_string(name).unwrap(), contents);
        }
    });
}

/// That is the reason then, and not that it can't be written to: the program of a
/// process that runs, and what this user may only read.
#[test]
fn a_copy_of_a_file_onto_itself_that_can_not_be_written_to_is_refused_as_that() {
    both_ways(async |dir| {
        let read_only = dir.join("file");
        std::fs::write(&read_only, "all that there is").unwrap();
        std::fs::set_permissions(&read_only, Permissions::from_mode(0o400)).unwrap();
        for path in [read_only, std::env::current_exe().unwrap()] {
            let error = fs::copy(&path, &path).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
        }
    });
}

#[test]
fn a_copy_is_what_std_makes_of_it() {
    both_ways(async |dir| {
        let (from, to, link) = (dir.join("from"), dir.join("to"), dir.join("link"));
        let contents = "short ".repeat(50_000);
        std::fs::write(&from, &contents).unwrap();
        std::os::unix::fs::symlink(&to, &link).unwrap();
        for (mode, before) in [(0o640, None), (0o755, Some("x".repeat(400_000)))] {
            std::fs::set_permissions(&from, Permissions::from_mode(mode)).unwrap();
            if let Some(before) = before {
                std::fs::write(&to, before).unwrap();
            }
            // Through a link that leads to nothing, the first time.
            let copied = fs::copy(&from, &link).await.unwrap();
            assert_eq!(copied, contents.len() as u64);
            assert!(std::fs::read_to_string(&to).unwrap() == contents);
            assert_eq!(std::fs::metadata(&to).unwrap().mode() & 0o7777, mode);
            assert!(std::fs::symlink_metadata(&link).unwrap().is_symlink());
        }
        assert_eq!(fs::copy(&from, "/dev/null").await.unwrap(), 300_000);
        for (from, to) in [
            (&dir.join("missing"), &to),
            (&from, &dir.join("missing/file")),
            (&from, &dir.to_path_buf()),
            (&dir.to_path_buf(), &to),
            (&dir.to_path_buf(), &dir.to_path_buf()),
            (&"/dev/null".into(), &to),
        ] {
            let expected = std::fs::copy(from, to).unwrap_err();
            let error = fs::copy(from, to).await.unwrap_err();
            assert_eq!(error.kind(), expected.kind(), "{error}, {expected}");
            let number = expected.raw_os_error();
            assert_eq!(buzzer::io::raw_os_error(&error), number, "{error}");
        }
        assert!(std::fs::read_to_string(&to).unwrap() == contents);
    });
}

/// Only Linux lets a thread have one.
///
/// The first try is made on the loop's thread, and a job on a worker: both are in
/// the directory that the thread was in when it made the worker.
#[test]
#[cfg(target_os = "linux")]
fn workers_are_in_the_directory_of_the_thread_that_has_one_of_its_own() {
    let before = std::env::current_dir().unwrap();
    let there = || {
        // SAFETY: it takes an integer, and this thread is not to share the working
        // directory with the others any more.
        if unsafe { libc::unshare(libc::CLONE_FS) } != 0 {
            let error = std::io::Error::last_os_error();
            return eprintln!("skipped: no thread may leave the others here ({error})");
        }
        let dir = crate::temp_dir();
        std::env::set_current_dir(dir.path()).unwrap();
        for file_io in [FileIo::Auto, FileIo::Pool] {
            crate::runtime(file_io).block_on(async {
                fs::write("orders", "one mocha").await.unwrap();
                assert_eq!(fs::read("orders").await.unwrap(), b"one mocha");
                let mut file = File::open("orders").await.unwrap();
                assert_eq!(file.read(&mut [0; 9]).await.unwrap(), 9);
                fs::metadata("orders").await.unwrap();
                fs::remove_file("orders").await.unwrap();
                assert!(
                    fs::read_dir(".")
                        .await
                        .unwrap()
                        .next_entry()
                        .await
                        .unwrap()
                        .is_none()
                );
            });
        }
    };
    std::thread::spawn(there).join().unwrap();
    assert_eq!(std::env::current_dir().unwrap(), before);
}
