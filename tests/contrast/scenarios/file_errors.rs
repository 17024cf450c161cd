//! File operations that go wrong: the kind of the error, and when it comes.

use super::*;
use std::os::unix::fs::PermissionsExt;
use tempfile::tempdir;

const NO_WRITE_BEHIND: &str = "buzzer's write ends when the kernel has the data; tokio's when it \
                               has been copied, and the error comes with a later operation";

pub fn a_path_that_does_not_exist() -> Transcript {
    run(async || {
        let dir = tempdir().unwrap();
        let path = dir.path().join("missing");
        say("open", fs::File::open(&path).await);
        say("read", fs::read(&path).await);
        say("read_to_string", fs::read_to_string(&path).await);
        say("write below it", fs::write(path.join("file"), "").await);
        say("metadata", fs::metadata(&path).await);
        say("rename", fs::rename(&path, dir.path().join("other")).await);
        say("copy", fs::copy(&path, dir.path().join("other")).await);
        say("remove_file", fs::remove_file(&path).await);
        say("remove_dir", fs::remove_dir(&path).await);
        say("read_dir", fs::read_dir(&path).await);
        say("canonicalize", fs::canonicalize(&path).await);
        say("try_exists", fs::try_exists(&path).await);
    })
}

pub fn a_directory_where_a_file_is_wanted() -> Transcript {
    run(async || {
        let dir = tempdir().unwrap();
        say("read", fs::read(dir.path()).await);
        say("write", fs::write(dir.path(), "").await);
        say("create", fs::File::create(dir.path()).await);
        say("remove_file", fs::remove_file(dir.path()).await);
        // A directory can be opened for reading; it is the read that fails.
        let mut opened = fs::File::open(dir.path()).await.unwrap();
        say("read when open", opened.read(&mut [0; 10]).await);
    })
}

pub fn a_file_where_a_directory_is_wanted() -> Transcript {
    run(async || {
        let dir = tempdir().unwrap();
        let path = dir.path().join("file");
        fs::write(&path, "").await.unwrap();
        say("read_dir", fs::read_dir(&path).await);
        say("open below it", fs::File::open(path.join("below")).await);
        say("remove_dir", fs::remove_dir(&path).await);
        say("create_dir", fs::create_dir(&path).await);
        say("create_dir_all", fs::create_dir_all(&path).await);
    })
}

pub fn what_exists_is_not_made_anew() -> Transcript {
    run(async || {
        let dir = tempdir().unwrap();
        let path = dir.path().join("file");
        let mut options = fs::OpenOptions::new();
        options.write(true).create_new(true);
        say("create_new", options.open(&path).await);
        say("create_new again", options.open(&path).await);
        say("create_dir", fs::create_dir(dir.path()).await);
        say("create_dir_all", fs::create_dir_all(dir.path()).await);
        say("hard_link", fs::hard_link(&path, &path).await);
        say("symlink", fs::symlink("file", &path).await);
        say(
            "remove_dir with a file in it",
            fs::remove_dir(dir.path()).await,
        );
    })
}

pub fn a_file_without_permission() -> Transcript {
    run(async || {
        let dir = tempdir().unwrap();
        let path = dir.path().join("secret");
        fs::write(&path, "secret").await.unwrap();
        let nobody = std::fs::Permissions::from_mode(0o000);
        fs::set_permissions(&path, nobody).await.unwrap();
        // Says "fine" where permissions do not bind, that is, as root.
        say("open", fs::File::open(&path).await);
        say("read", fs::read(&path).await);
    })
}

pub fn a_name_that_cannot_be() -> Transcript {
    run(async || {
        say("an empty path", fs::File::open("").await);
        say("a zero byte in it", fs::File::open("a\0b").await);
        let long = "x".repeat(256);
        say("256 bytes", fs::File::open(long).await);
        let dir = tempdir().unwrap();
        let circle = dir.path().join("circle");
        fs::symlink(&circle, &circle).await.unwrap();
        say("a link to itself", fs::metadata(&circle).await);
    })
}

pub fn options_that_contradict_each_other() -> Transcript {
    run(async || {
        let dir = tempdir().unwrap();
        let path = dir.path().join("file");
        let nothing = fs::OpenOptions::new();
        say("neither read nor write", nothing.open(&path).await);
        let mut both = fs::OpenOptions::new();
        both.append(true).truncate(true);
        say("append and truncate", both.open(&path).await);
    })
}

pub fn the_end_of_the_file_comes_too_soon() -> Transcript {
    run(async || {
        let dir = tempdir().unwrap();
        let path = dir.path().join("short");
        fs::write(&path, "abc").await.unwrap();
        let mut file = fs::File::open(&path).await.unwrap();
        say("read_exact", file.read_exact(&mut [0; 10]).await);
    })
}

pub fn bytes_that_are_not_text() -> Transcript {
    run(async || {
        let dir = tempdir().unwrap();
        let path = dir.path().join("bytes");
        fs::write(&path, b"fine\n\xff\xfe\n").await.unwrap();
        say("whole", fs::read_to_string(&path).await);
        let mut file = fs::File::open(&path).await.unwrap();
        say("open", file.read_to_string(&mut String::new()).await);
        let mut lines = BufReader::new(fs::File::open(&path).await.unwrap()).lines();
        say("first line", lines.next_line().await);
        say("second line", lines.next_line().await);
    })
}

pub fn a_seek_before_the_start() -> Transcript {
    run(async || {
        let dir = tempdir().unwrap();
        let path = dir.path().join("file");
        fs::write(&path, "abc").await.unwrap();
        let mut file = fs::File::open(&path).await.unwrap();
        say("seek", file.seek(io::SeekFrom::End(-10)).await);
        say(
            "seek past the end",
            file.seek(io::SeekFrom::Start(100)).await,
        );
        note!("read {}", file.read(&mut [0; 10]).await.unwrap());
    })
}

pub fn a_full_disk_is_told_by_the_write_itself() -> Transcript {
    run(async || {
        let mut options = fs::OpenOptions::new();
        let mut full = options.write(true).open("/dev/full").await.unwrap();
        say("write", full.write(b"coffee").await);
        say("flush", full.flush().await);
        say("whole", fs::write("/dev/full", "coffee").await);
    })
    .differs(Difference {
        because: NO_WRITE_BEHIND,
        buzzer: &[
            "0 ms: write: StorageFull",
            "0 ms: flush: fine",
            "0 ms: whole: StorageFull",
        ],
        tokio: &[
            "0 ms: write: fine",
            "0 ms: flush: StorageFull",
            "0 ms: whole: StorageFull",
        ],
    })
}

pub fn a_write_to_a_file_opened_for_reading() -> Transcript {
    run(async || {
        let dir = tempdir().unwrap();
        let path = dir.path().join("file");
        fs::write(&path, "abc").await.unwrap();
        let mut file = fs::File::open(&path).await.unwrap();
        note!("the write fails: {}", file.write(b"x").await.is_err());
        note!("the flush fails: {}", file.flush().await.is_err());
    })
    .differs(Difference {
        because: NO_WRITE_BEHIND,
        buzzer: &[
            "0 ms: the write fails: true",
            "0 ms: the flush fails: false",
        ],
        tokio: &[
            "0 ms: the write fails: false",
            "0 ms: the flush fails: true",
        ],
    })
}

pub fn a_copy_of_a_file_onto_itself() -> Transcript {
    run(async || {
        let dir = tempdir().unwrap();
        let (path, link) = (dir.path().join("menu"), dir.path().join("link"));
        fs::write(&path, "tea").await.unwrap();
        fs::symlink(&path, &link).await.unwrap();
        say("copy", fs::copy(&path, &link).await);
        note!("{:?}", fs::read_to_string(&path).await.unwrap());
    })
    .differs(Difference {
        because: "buzzer refuses, as cp does; std, which tokio calls, empties the file",
        buzzer: &["0 ms: copy: InvalidInput", "0 ms: \"tea\""],
        tokio: &["0 ms: copy: fine", "0 ms: \"\""],
    })
}

pub fn the_text_of_an_error() -> Transcript {
    run(async || {
        let error = fs::read("/missing/menu").await.unwrap_err();
        note!("{error}");
        note!("the system's number: {:?}", error.raw_os_error());
    })
    .differs(Difference {
        because: "buzzer's errors name what they are about; of an io::Error with a text of its \
                  own, buzzer::io::raw_os_error gives the number",
        buzzer: &[
            "0 ms: read /missing/menu: No such file or directory (os error 2)",
            "0 ms: the system's number: None",
        ],
        tokio: &[
            "0 ms: No such file or directory (os error 2)",
            "0 ms: the system's number: Some(2)",
        ],
    })
}
