//! Bad input, and systems that fail.

use std::error::Error;
use std::io::{self, ErrorKind, SeekFrom};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use buzzer::fs::{self, File, OpenOptions};
use buzzer::runtime::{Builder, FileIo};

use crate::{both_ways, kind, runtime, temp_dir};

/// The operation and the path, as every error begins.
fn assert_names<T>(result: io::Result<T>, operation: &str, path: &Path) -> ErrorKind {
    let error = result.err().expect("an error");
    let text = error.to_string();
    assert!(
        text.starts_with(&format!("{operation} {}: ", path.display())),
        "{text}"
    );
    error.kind()
}

#[test]
fn a_missing_file_is_named_with_what_was_wanted_of_it() {
    both_ways(async |dir| {
        let path = &dir.join("nothing");
        let missing = ErrorKind::NotFound;
        assert_eq!(assert_names(File::open(path).await, "open", path), missing);
        assert_eq!(assert_names(fs::read(path).await, "read", path), missing);
        assert_eq!(
            assert_names(fs::read_to_string(path).await, "read", path),
            missing
        );
        assert_eq!(
            assert_names(fs::metadata(path).await, "metadata of", path),
            missing
        );
        assert_eq!(
            assert_names(fs::remove_file(path).await, "remove", path),
            missing
        );
        assert_eq!(
            assert_names(fs::read_dir(path).await, "read directory", path),
            missing
        );
        let within = &path.join("file");
        assert_eq!(
            assert_names(fs::write(within, "").await, "write", within),
            missing
        );
        let error = fs::rename(path, within).await.unwrap_err().to_string();
        let both = format!("rename {} -> {}: ", path.display(), within.display());
        assert!(error.starts_with(&both), "{error}");
    });
}

#[test]
fn an_error_keeps_the_kind_and_the_number_of_the_systems() {
    both_ways(async |dir| {
        let error = File::open(dir.join("nothing")).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound);
        assert_eq!(buzzer::io::raw_os_error(&error), Some(libc::ENOENT));
        // Its text ends with the system's, which a report of the sources would repeat.
        assert!(error.source().is_none(), "{error:?}");
    });
}

#[test]
fn a_directory_is_not_a_file() {
    both_ways(async |dir| {
        let is_dir = ErrorKind::IsADirectory;
        assert_eq!(assert_names(fs::read(dir).await, "read", dir), is_dir);
        assert_eq!(
            assert_names(fs::write(dir, "x").await, "write", dir),
            is_dir
        );
        assert_eq!(assert_names(File::create(dir).await, "open", dir), is_dir);
        // It may be opened, which is how it is synced, but not read.
        let mut opened = File::open(dir).await.unwrap();
        assert!(opened.metadata().await.unwrap().is_dir());
        opened.sync_all().await.unwrap();
        assert_eq!(
            assert_names(opened.read(&mut [0; 8]).await, "read", dir),
            is_dir
        );
        assert_eq!(
            assert_names(opened.read_to_end(&mut Vec::new()).await, "read", dir),
            is_dir
        );
    });
}

#[test]
fn a_file_is_not_a_directory() {
    both_ways(async |dir| {
        let file = dir.join("file");
        std::fs::write(&file, "").unwrap();
        let path = &file.join("within");
        let no_dir = ErrorKind::NotADirectory;
        assert_eq!(assert_names(fs::read(path).await, "read", path), no_dir);
        assert_eq!(
            assert_names(fs::read_dir(&file).await, "read directory", &file),
            no_dir
        );
    });
}

#[test]
#[cfg_attr(target_os = "macos", ignore = "it has no /dev/full")]
fn a_full_device_says_so_at_the_write() {
    both_ways(async |_| {
        let path = Path::new("/dev/full");
        let full = ErrorKind::StorageFull;
        assert_eq!(
            assert_names(fs::write(path, "x").await, "write", path),
            full
        );
        let mut file = OpenOptions::new().write(true).open(path).await.unwrap();
        assert_eq!(assert_names(file.write(b"x").await, "write", path), full);
        assert_eq!(
            assert_names(file.write_all(b"x").await, "write", path),
            full
        );
        assert_eq!(
            assert_names(file.write_at(b"x", 0).await, "write", path),
            full
        );
        // Each was told, so nothing is left to be told.
        file.flush().await.unwrap();
    });
}

#[test]
fn the_wrong_mode_is_an_error_at_the_operation() {
    both_ways(async |dir| {
        let path = &dir.join("file");
        let mut file = File::create(path).await.unwrap();
        assert_names(file.read(&mut [0; 8]).await, "read", path);
        let mut file = File::open(path).await.unwrap();
        assert_names(file.write(b"x").await, "write", path);
        assert_names(file.set_len(0).await, "set length of", path);
        assert_eq!(
            kind(File::create_new(path).await),
            Some(ErrorKind::AlreadyExists)
        );
        // No mode at all, and a combination that makes no sense.
        let invalid = Some(ErrorKind::InvalidInput);
        assert_eq!(kind(OpenOptions::new().open(path).await), invalid);
        let truncate = OpenOptions::new()
            .read(true)
            .truncate(true)
            .open(path)
            .await;
        assert_eq!(kind(truncate), invalid);
    });
}

#[test]
fn paths_that_no_file_can_have() {
    both_ways(async |dir| {
        let invalid = Some(ErrorKind::InvalidInput);
        assert_eq!(kind(fs::read("zero\0byte").await), invalid);
        assert_eq!(kind(File::open("zero\0byte").await), invalid);
        assert_eq!(kind(fs::metadata("zero\0byte").await), invalid);
        assert_eq!(kind(fs::read("").await), Some(ErrorKind::NotFound));
        let long = dir.join("x".repeat(300));
        assert_eq!(
            kind(fs::read(&long).await),
            Some(ErrorKind::InvalidFilename)
        );
        // Past what fits the stack, but allowed.
        let deep = dir.join("x".repeat(200)).join("y".repeat(200));
        fs::create_dir_all(&deep).await.unwrap();
        fs::write(deep.join("file"), "found").await.unwrap();
        assert_eq!(fs::read(deep.join("file")).await.unwrap(), b"found");
        let loops = dir.join("loop");
        fs::symlink(&loops, &loops).await.unwrap();
        assert_names(fs::read(&loops).await, "read", &loops);
    });
}

#[test]
fn an_end_that_comes_too_early() {
    both_ways(async |dir| {
        let path = &dir.join("file");
        std::fs::write(path, "short").unwrap();
        let mut file = File::open(path).await.unwrap();
        let result = file.read_exact(&mut [0; 6]).await;
        assert_eq!(assert_names(result, "read", path), ErrorKind::UnexpectedEof);
    });
}

#[test]
fn bytes_that_are_no_text() {
    both_ways(async |dir| {
        let path = &dir.join("file");
        std::fs::write(path, b"caf\xe9").unwrap();
        let no_text = ErrorKind::InvalidData;
        assert_eq!(
            assert_names(fs::read_to_string(path).await, "read", path),
            no_text
        );
        let mut text = String::from("before");
        let mut file = File::open(path).await.unwrap();
        assert_eq!(
            assert_names(file.read_to_string(&mut text).await, "read", path),
            no_text
        );
        assert_eq!(text, "before");
    });
}

#[test]
fn a_fifo_has_no_position() {
    both_ways(async |dir| {
        let mut fifo = File::from_std(crate::fifo(&dir.join("fifo")));
        assert_eq!(
            kind(fifo.seek(SeekFrom::Start(0)).await),
            Some(ErrorKind::NotSeekable)
        );
        let error = fifo.stream_position().await.unwrap_err().to_string();
        // Without a path, its kind is the name.
        assert!(error.starts_with("seek in a pipe: "), "{error}");
    });
}

/// Root may read everything, so for root the body runs in a process of a user
/// who may not.
#[test]
fn no_permission_is_an_error_that_names_the_file() {
    const FORBIDDEN: &str = "BUZZER_TEST_FORBIDDEN_FILE";
    let check = |path: &Path| {
        let body = async || {
            let denied = ErrorKind::PermissionDenied;
            assert_eq!(assert_names(fs::read(path).await, "read", path), denied);
            assert_eq!(assert_names(File::open(path).await, "open", path), denied);
            let write = OpenOptions::new().write(true).open(path).await;
            assert_eq!(assert_names(write, "open", path), denied);
            let within = &path.with_file_name("closed").join("within");
            let metadata = fs::metadata(within).await;
            assert_eq!(assert_names(metadata, "metadata of", within), denied);
            assert_eq!(kind(fs::try_exists(within).await), Some(denied));
        };
        runtime(FileIo::Auto).block_on(body());
        runtime(FileIo::Pool).block_on(body());
    };
    if let Some(path) = std::env::var_os(FORBIDDEN) {
        return check(&PathBuf::from(path));
    }
    // Where another user can get to, unlike the build's directory.
    let dir = tempfile::tempdir().unwrap();
    let mode = std::fs::Permissions::from_mode;
    std::fs::set_permissions(dir.path(), mode(0o755)).unwrap();
    let path = dir.path().join("forbidden");
    std::fs::write(&path, "secret").unwrap();
    std::fs::set_permissions(&path, mode(0)).unwrap();
    let closed = dir.path().join("closed");
    std::fs::create_dir(&closed).unwrap();
    std::fs::set_permissions(&closed, mode(0)).unwrap();
    if std::fs::File::open(&path).is_err() {
        return check(&path);
    }
    let nobody = 65534;
    // By a way that is open to nobody, too, where there is one.
    let this = match cfg!(target_os = "linux") {
        true => "/proc/self/exe".into(),
        false => std::env::current_exe().unwrap(),
    };
    let status = Command::new(this)
        .args([
            "--exact",
            "faults::no_permission_is_an_error_that_names_the_file",
        ])
        .env(FORBIDDEN, &path)
        .current_dir("/")
        .uid(nobody)
        .gid(nobody)
        .status();
    assert!(status.unwrap().success());
}

#[test]
fn without_a_thread_an_operation_fails_and_does_not_hang() {
    let dir = temp_dir();
    let path = &dir.path().join("file");
    let runtime = Builder::new_current_thread()
        .file_io(FileIo::Pool)
        .thread_stack_size(1 << 50)
        .build()
        .unwrap();
    runtime.block_on(async {
        assert_names(fs::write(path, "x").await, "write", path);
        assert_names(File::open(path).await, "open", path);
        let mut file = File::from_std(std::fs::File::create_new(path).unwrap());
        file.write(b"x").await.unwrap_err();
        file.read(&mut [0; 8]).await.unwrap_err();
        // Both have been told; nothing is left over.
        assert!(file.try_into_std().is_ok());
    });
}
