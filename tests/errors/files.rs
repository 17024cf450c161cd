//! What is done to an open file, and to paths that are there or are not.

use std::io::{self, ErrorKind, SeekFrom};
use std::os::fd::OwnedFd;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use buzzer::fs::{self, File, OpenOptions};
use buzzer::runtime::{Builder, FileIo};
use libc::{EBADF, EINVAL, EISDIR, ELOOP, ENAMETOOLONG, ENOENT, ENOSPC, ENOTDIR, ESPIPE};

use crate::{finds, os, says, shown, std, temp_dir};

/// Runs `body` in a folder of its own, tried at once and on the pool.
pub fn both_ways(body: impl AsyncFn(&Path)) {
    for file_io in [FileIo::Auto, FileIo::Pool] {
        let folder = temp_dir();
        let mut builder = Builder::new_current_thread();
        let runtime = builder.file_io(file_io).build().unwrap();
        runtime.block_on(body(folder.path()));
    }
}

#[test]
fn a_path_with_nothing_at_it() {
    both_ways(async |folder| {
        let path = &folder.join("nothing");
        let p = shown(path);
        let missing = || os(ENOENT);
        says(
            "opened",
            File::open(path).await,
            format!("open {p}"),
            missing(),
        );
        says("read", fs::read(path).await, format!("read {p}"), missing());
        let text = fs::read_to_string(path).await;
        says("read the text of", text, format!("read {p}"), missing());
        let metadata = format!("metadata of {p}");
        says(
            "asked about",
            fs::metadata(path).await,
            &metadata,
            missing(),
        );
        let link = fs::symlink_metadata(path).await;
        says("asked about the link", link, &metadata, missing());
        let absolute = fs::canonicalize(path).await;
        says(
            "made absolute",
            absolute,
            format!("canonicalize {p}"),
            missing(),
        );
        let link = fs::read_link(path).await;
        says("read the link", link, format!("read link {p}"), missing());
        let removed = fs::remove_file(path).await;
        says("removed", removed, format!("remove {p}"), missing());
        let (removed, all) = (fs::remove_dir(path).await, fs::remove_dir_all(path).await);
        says(
            "removed the folder",
            removed,
            format!("remove directory {p}"),
            missing(),
        );
        says(
            "removed all in it",
            all,
            format!("remove directory {p}"),
            missing(),
        );
        let listed = fs::read_dir(path).await;
        says("listed", listed, format!("read directory {p}"), missing());
        let mode = std::fs::Permissions::from_mode(0o600);
        let set = fs::set_permissions(path, mode).await;
        says(
            "set permissions",
            set,
            format!("set permissions of {p}"),
            missing(),
        );
        assert!(!fs::try_exists(path).await.unwrap());
    });
}

#[test]
fn a_path_through_a_file_or_to_a_folder() {
    both_ways(async |folder| {
        let f = shown(folder);
        let file = folder.join("file");
        std::fs::write(&file, "").unwrap();
        let within = &file.join("within");
        let w = shown(within);
        says(
            "read",
            fs::read(within).await,
            format!("read {w}"),
            os(ENOTDIR),
        );
        let exists = fs::try_exists(within).await;
        says(
            "looked for",
            exists,
            format!("existence of {w}"),
            os(ENOTDIR),
        );
        let listed = fs::read_dir(&file).await;
        let reads = format!("read directory {}", shown(&file));
        says("listed a file", listed, reads, os(ENOTDIR));
        says(
            "read a folder",
            fs::read(folder).await,
            format!("read {f}"),
            os(EISDIR),
        );
        says(
            "wrote a folder",
            fs::write(folder, "x").await,
            format!("write {f}"),
            os(EISDIR),
        );
        says(
            "made a file of it",
            File::create(folder).await,
            format!("open {f}"),
            os(EISDIR),
        );
        let removed = fs::remove_file(folder).await;
        says(
            "removed it as a file",
            removed,
            format!("remove {f}"),
            os(EISDIR),
        );
        let mut opened = File::open(folder).await.unwrap();
        let read = opened.read(&mut [0]).await;
        says("read an open folder", read, format!("read {f}"), os(EISDIR));
        // One that is gone while it is listed.
        let mut entries = fs::read_dir(folder).await.unwrap();
        let entry = entries.next_entry().await.unwrap().unwrap();
        std::fs::remove_file(&file).unwrap();
        let gone = format!("metadata of {}", shown(&file));
        says(
            "asked about an entry",
            entry.metadata().await,
            gone,
            os(ENOENT),
        );
    });
}

#[test]
fn a_path_that_no_file_can_have() {
    both_ways(async |folder| {
        let zero = "zero\0byte";
        let because = || std(std::fs::read(zero));
        says(
            "opened",
            File::open(zero).await,
            "open zero\0byte",
            because(),
        );
        says("read", fs::read(zero).await, "read zero\0byte", because());
        says("opened none", File::open("").await, "open ", os(ENOENT));
        let long = &folder.join("x".repeat(300));
        let reads = format!("read {}", shown(long));
        says(
            "read too long a name",
            fs::read(long).await,
            reads,
            os(ENAMETOOLONG),
        );
        let ring = &folder.join("ring");
        std::os::unix::fs::symlink(ring, ring).unwrap();
        let reads = format!("read {}", shown(ring));
        says(
            "read a ring of links",
            fs::read(ring).await,
            reads,
            os(ELOOP),
        );
        let link = fs::read_link(folder).await;
        let reads = format!("read link {}", shown(folder));
        says("read what is no link", link, reads, os(EINVAL));
    });
}

#[test]
fn an_open_file_in_the_wrong_mode_or_at_the_wrong_place() {
    both_ways(async |folder| {
        let path = &folder.join("file");
        let p = shown(path);
        let mut file = File::create(path).await.unwrap();
        file.write_all(b"caf\xe9").await.unwrap();
        says(
            "read one for writing",
            file.read(&mut [0]).await,
            format!("read {p}"),
            os(EBADF),
        );
        says(
            "at a place",
            file.read_at(&mut [0], 0).await,
            format!("read {p}"),
            os(EBADF),
        );
        let before = file.seek(SeekFrom::Current(-9)).await;
        says(
            "sought too far back",
            before,
            format!("seek in {p}"),
            os(EINVAL),
        );
        let mut file = File::open(path).await.unwrap();
        says(
            "wrote one for reading",
            file.write(b"x").await,
            format!("write {p}"),
            os(EBADF),
        );
        says(
            "at a place",
            file.write_at(b"x", 0).await,
            format!("write {p}"),
            os(EBADF),
        );
        says(
            "set its length",
            file.set_len(0).await,
            format!("set length of {p}"),
            os(EINVAL),
        );
        let early = file.read_exact(&mut [0; 9]).await;
        let text = format!("read {p}: the end came after 4 of 9 bytes");
        finds("read past the end", early, text, ErrorKind::UnexpectedEof);
        file.rewind().await.unwrap();
        let no_text = format!("read {p}: stream did not contain valid UTF-8");
        let read = file.read_to_string(&mut String::new()).await;
        finds("read text of none", read, &no_text, ErrorKind::InvalidData);
        let read = fs::read_to_string(path).await;
        finds("all at once", read, &no_text, ErrorKind::InvalidData);
        let again = File::create_new(path).await;
        says(
            "made it again",
            again,
            format!("open {p}"),
            os(libc::EEXIST),
        );
        let modes = [
            OpenOptions::new(),
            OpenOptions::new().read(true).truncate(true).clone(),
        ];
        let stds = [
            std::fs::OpenOptions::new(),
            std::fs::OpenOptions::new()
                .read(true)
                .truncate(true)
                .clone(),
        ];
        for (ours, theirs) in modes.iter().zip(stds) {
            let because = std(theirs.open(path));
            says(
                "with no such mode",
                ours.open(path).await,
                format!("open {p}"),
                because,
            );
        }
    });
}

#[test]
#[cfg_attr(target_os = "macos", ignore = "it has no /dev/full")]
fn a_device_that_is_full_or_takes_no_sync() {
    both_ways(async |_| {
        let full = Path::new("/dev/full");
        says(
            "wrote",
            fs::write(full, "x").await,
            "write /dev/full",
            os(ENOSPC),
        );
        let mut file = OpenOptions::new().write(true).open(full).await.unwrap();
        says(
            "wrote",
            file.write(b"x").await,
            "write /dev/full",
            os(ENOSPC),
        );
        says(
            "wrote all",
            file.write_all(b"x").await,
            "write /dev/full",
            os(ENOSPC),
        );
        // Given up half-way, it is the next that is told.
        let given_up = crate::polled::poll_once(file.write(b"x")).await;
        if given_up.is_none() {
            let flushed = file.flush().await;
            says(
                "gave up",
                flushed,
                "flush /dev/full: earlier write",
                os(ENOSPC),
            );
        }
        let null = File::open("/dev/null").await.unwrap();
        says(
            "synced",
            null.sync_all().await,
            "sync /dev/null",
            os(EINVAL),
        );
        says(
            "synced",
            null.sync_data().await,
            "sync /dev/null",
            os(EINVAL),
        );
    });
}

#[test]
fn a_file_without_a_path_is_called_by_its_kind() {
    both_ways(async |folder| {
        let (reader, writer) = io::pipe().unwrap();
        let (mut reader, mut writer) = (
            File::from_std(OwnedFd::from(reader).into()),
            File::from_std(OwnedFd::from(writer).into()),
        );
        says(
            "sought",
            reader.stream_position().await,
            "seek in a pipe",
            os(ESPIPE),
        );
        says(
            "read",
            writer.read(&mut [0]).await,
            "read a pipe",
            os(EBADF),
        );
        says(
            "set",
            writer.set_len(0).await,
            "set length of a pipe",
            os(EINVAL),
        );
        let (socket, _other) = std::os::unix::net::UnixStream::pair().unwrap();
        let mut socket = File::from_std(OwnedFd::from(socket).into());
        says(
            "sought",
            socket.rewind().await,
            "seek in a socket",
            os(ESPIPE),
        );
        let mut opened = File::from_std(std::fs::File::open(folder).unwrap());
        says(
            "read",
            opened.read(&mut [0]).await,
            "read a directory",
            os(EISDIR),
        );
        let regular = std::fs::File::create(folder.join("file")).unwrap();
        let mut regular = File::from_std(regular);
        says(
            "read",
            regular.read(&mut [0]).await,
            "read a regular file",
            os(EBADF),
        );
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full");
        let mut full = File::from_std(full.unwrap());
        says(
            "wrote",
            full.write(b"x").await,
            "write a character device",
            os(ENOSPC),
        );
    });
}

#[test]
fn a_worker_that_cannot_be_started() {
    let folder = temp_dir();
    let path = &folder.path().join("file");
    let p = shown(path);
    let runtime = Builder::new_current_thread()
        .file_io(FileIo::Pool)
        .thread_stack_size(1 << 50)
        .build()
        .unwrap();
    runtime.block_on(async {
        let why =
            |job| format!("job j{job} could not be started: no thread could be started for it");
        let none = || os(libc::EAGAIN);
        let text = |what, job| format!("{what} {p}: {}", why(job));
        let mut failed = Vec::new();
        failed.push((fs::write(path, "x").await.map(drop), text("write", 1)));
        failed.push((File::open(path).await.map(drop), text("open", 2)));
        failed.push((File::create(path).await.map(drop), text("open", 3)));
        failed.push((fs::metadata(path).await.map(drop), text("metadata of", 4)));
        let both = format!("rename {p} -> {p}: {}", why(5));
        failed.push((fs::rename(path, path).await, both));
        for (result, text) in failed {
            // EAGAIN or ENOMEM, as the kernel sees it.
            let number = buzzer::io::raw_os_error(result.as_ref().unwrap_err());
            let cause = number.map_or_else(none, os);
            says("without a thread", result, text, cause);
        }
    });
}
