//! Directories, links, metadata.

use std::collections::BTreeSet;
use std::fs::Permissions;
use std::io::ErrorKind;
use std::os::unix::fs::{MetadataExt, PermissionsExt};

use buzzer::fs::{self, DirBuilder, File, OpenOptions};

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
