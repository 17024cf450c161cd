//! Files: reading, writing and finding them without holding the loop.
//!
//! Names and signatures are those of `tokio::fs`, with three differences.
//! [`File`] has its reading and writing methods itself, where tokio takes them
//! from extension traits; it is not buffered; and operations that need no disk
//! are done at once.
//!
//! # The two ways
//!
//! There is no readiness for files: a disk is always "ready", and a read of it
//! blocks all the same. So what may block is a job on a worker of the blocking
//! pool, which costs a hop there and back, some 30 µs. But most reads need no disk,
//! since the kernel has the data in memory, and takes one microsecond to hand it
//! out. So each operation is first tried at once, in a way in which the kernel
//! answers "not without waiting" instead of waiting (`openat2` with
//! `RESOLVE_CACHED`, `preadv2` and `pwritev2` with `RWF_NOWAIT`). Only what would
//! wait makes the hop, one at most. What goes wrong in a try makes the hop as well, so
//! that an error is that of the plain call.
//!
//! Only Linux has such calls. On other systems, and where an old kernel or a sandbox
//! refuses them, an operation is done at once where the table says "always", and is a
//! worker's otherwise.
//!
//! | operation | at once, if | otherwise |
//! |---|---|---|
//! | [`read`], [`read_to_string`] | the path and all bytes are cached, one to 128 KiB | one job reads the rest |
//! | [`File::open`] for reading or writing | the path is cached, and leads to a file or directory | one job |
//! | open with create or truncate | never | one job |
//! | [`File::read`], [`read_at`](File::read_at) | a first part is cached; at most 128 KiB, and the end unless the file is empty | one job, at most 2 MiB |
//! | [`File::write`], [`write_vectored`](File::write_vectored), [`write_at`](File::write_at) | the file system can (XFS and Btrfs can, ext4 and tmpfs can't) | one job, at most 2 MiB |
//! | [`File::seek`] | always, unless the position is shared with a [duplicate](File::try_clone) | one job |
//! | [`metadata`], [`symlink_metadata`], [`try_exists`] | the path is cached | one job |
//! | [`File::metadata`] | always | |
//! | [`BufReader`], [`Lines`] | from the buffer; filled like [`File::read`] | one job for 64 KiB |
//! | [`read_dir`] | never | one job for 64 entries, the next for twice as many, up to 2,048 |
//! | all others | never | one job |
//!
//! [`runtime::Builder::file_io`](crate::runtime::Builder::file_io) with
//! `FileIo::Pool` forgoes the first tries.
//! [`RuntimeMetrics`](crate::runtime::RuntimeMetrics) counts how many operations
//! went which way. Each operation costs a unit of its task's budget, so a loop over
//! cached reads lets other tasks run.
//!
//! What the first try can't know: on a network file system, or one that another
//! process serves (FUSE), opening a cached path or asking for its metadata may
//! still ask the server. Where such a server can be slow, choose `FileIo::Pool`.
//!
//! The drop of a [`File`] closes it, on the thread that drops it. There a close may ask
//! the server as well, and wait while it writes what is left to be written. So hand such
//! a file to a worker: [`into_std`](File::into_std) gives what
//! [`spawn_blocking`](crate::task::spawn_blocking) can drop.
//!
//! # A thread with a directory of its own
//!
//! What is done at once is done on the runtime's thread, and the rest on the pool's.
//! The threads of a process share their working directory, root, umask and mounts,
//! unless one of them leaves the others: by `unshare(CLONE_FS)` and a `chdir`, say, or
//! into a mount namespace. A relative path may then lead to one file at once and to
//! another on a worker, and which way it goes depends on what is cached. The same is
//! true of rights that one thread alone gives up.
//!
//! A worker begins with what the thread that starts it has. So do such a thing on the
//! runtime's thread, before its first job, and spawn no jobs from other threads
//! (through a [`Handle`](crate::runtime::Handle)): their workers begin with what those
//! have. Done later, it does not reach the workers that there are.
//!
//! # Errors
//!
//! An error names the operation and the path (the kind of file, if it was opened
//! elsewhere), and has the [kind](std::io::Error::kind) of the system's error. Where
//! something is to be made, or two paths are given, the one that is missing is named.
//! [`raw_os_error`](crate::io::raw_os_error) gives its number:
//!
//! ```
//! # buzzer::block_on(async {
//! let error = buzzer::fs::File::open("dummy.txt").await.unwrap_err();
//! assert_eq!(error.to_string(), "open dummy.txt: No such file or directory (os error 2)");
//! assert_eq!(error.kind(), std::io::ErrorKind::NotFound);
//! assert_eq!(buzzer::io::raw_os_error(&error), Some(2));
//! # });
//! ```
//!
//! # Dropped operations and the end
//!
//! A job that has begun can't be called back, so it ends even if nobody waits for
//! it any more. [`File`] says what becomes of the result; nothing is lost. Data
//! handed over to be written is written even if the runtime is dropped meanwhile,
//! which waits for it. A worker that waits for the other end of a FIFO is taken
//! until that end comes, and the end of the runtime waits for it too;
//! [`shutdown_timeout`](crate::runtime::Runtime::shutdown_timeout) doesn't, and
//! says which job it was.
//!
//! # Temporary files
//!
//! The `tempfile` crate makes them, and removes them when they are dropped. It
//! blocks, so it is called on a worker; what it has made is used like any file:
//!
//! ```
//! # buzzer::block_on(async {
//! use buzzer::fs::File;
//! use buzzer::task::spawn_blocking;
//!
//! // Without a name: gone when it is closed, even if the program is killed.
//! let scratch = spawn_blocking(tempfile::tempfile).await??;
//! let mut scratch = File::from_std(scratch);
//! scratch.write_all(b"Hello Asynchronous World!").await?;
//! scratch.rewind().await?;
//! let mut text = String::new();
//! scratch.read_to_string(&mut text).await?;
//! assert_eq!(text, "Hello Asynchronous World!");
//!
//! // A directory of our own, with names in it.
//! let dir = spawn_blocking(tempfile::tempdir).await??;
//! buzzer::fs::write(dir.path().join("dummy.txt"), &text).await?;
//! // Removing it blocks as well.
//! spawn_blocking(|| dir.close()).await??;
//! # std::io::Result::Ok(()) }).unwrap();
//! ```
//!
//! # Coming from aiofiles
//!
//! What each function of Python's aiofiles is here. Where a crate is named, call
//! it within [`spawn_blocking`](crate::task::spawn_blocking).
//!
//! | aiofiles | here |
//! |---|---|
//! | `open(path)`, mode `r` | [`File::open`] |
//! | modes `w`, `a`, `x`, with `+` | [`OpenOptions`] |
//! | `async with` | a block: the file is closed when dropped |
//! | `close()` | `drop(file)`; [`flush`](File::flush) first, to be told of a dropped write's error |
//! | `read()` | [`File::read_to_end`], [`File::read_to_string`], [`read`], [`read_to_string`] |
//! | `read(n)`, `read1`, `readinto` | [`File::read`], [`File::read_exact`] |
//! | `readall` | [`File::read_to_end`] |
//! | `peek` | [`BufReader::fill_buf`] |
//! | `readline` | [`BufReader::read_line`] |
//! | `async for line in file` | [`File::lines`] |
//! | `readlines` | [`File::lines`], pushed to a `Vec` |
//! | `write` | [`File::write_all`] |
//! | `writelines` | [`File::write_all`] for each, or once for `lines.concat()` |
//! | `seek`, `tell` | [`File::seek`], [`File::stream_position`] |
//! | `truncate` | [`File::set_len`] |
//! | `flush` | nothing is buffered; [`File::flush`] returns the error of a dropped write |
//! | `fileno` | [`AsRawFd::as_raw_fd`](std::os::fd::AsRawFd::as_raw_fd) |
//! | `isatty` | [`IsTerminal`](std::io::IsTerminal) of `file.as_fd()` |
//! | `readable`, `writable`, `mode`, `closed` | known from how it was opened; a closed file can't be named any more |
//! | `seekable` | `file.stream_position().await.is_ok()` |
//! | `detach`, `raw`, `buffer` | [`BufReader::into_inner`], [`File::into_std`] |
//! | `name` | the path it was opened with; errors show it |
//! | `encoding`, `errors`, `newlines`, `line_buffering` | text is UTF-8, lines end in `\n` or `\r\n`; else the `encoding_rs` crate |
//! | `stdin`, `stdin_bytes`, `stdout`, `stdout_bytes`, `stderr`, `stderr_bytes` | [`stdin`](crate::io::stdin), [`stdout`](crate::io::stdout), [`stderr`](crate::io::stderr) of `io` |
//! | `os.stat` | [`metadata`]; of a link itself, [`symlink_metadata`] |
//! | `os.statvfs` | `rustix::fs::statvfs` |
//! | `os.sendfile` | [`copy`] between files; to a socket `rustix::fs::sendfile` |
//! | `os.rename`, `os.replace` | [`rename`] |
//! | `os.renames` | [`create_dir_all`] of the new parent, [`rename`], [`remove_dir`] of the old parents while that succeeds |
//! | `os.remove`, `os.unlink` | [`remove_file`] |
//! | `os.mkdir`, `os.makedirs` | [`create_dir`], [`create_dir_all`], [`DirBuilder`] |
//! | `os.rmdir` | [`remove_dir`]; with all in it, [`remove_dir_all`] |
//! | `os.removedirs` | [`remove_dir`] of the path and its [`ancestors`](std::path::Path::ancestors) while that succeeds |
//! | `os.link`, `os.symlink`, `os.readlink` | [`hard_link`], [`symlink`], [`read_link`] |
//! | `os.listdir`, `os.scandir` | [`read_dir`] |
//! | `os.access` | [`try_exists`] for existence; else `rustix::fs::access`, or just open it |
//! | `os.getcwd` | [`std::env::current_dir`], which doesn't block |
//! | `os.path.abspath` | [`std::path::absolute`], which doesn't block; with links followed, [`canonicalize`] |
//! | `os.path.exists` | [`try_exists`] |
//! | `os.path.isfile`, `isdir` | `metadata(path).await.is_ok_and(\|m\| m.is_file())`, `m.is_dir()` |
//! | `os.path.islink` | `symlink_metadata(path).await.is_ok_and(\|m\| m.is_symlink())` |
//! | `os.path.getsize` | `metadata(path).await?.len()` |
//! | `os.path.getatime`, `getmtime`, `getctime` | [`accessed`](std::fs::Metadata::accessed), [`modified`](std::fs::Metadata::modified), [`ctime`](std::os::unix::fs::MetadataExt::ctime) of the metadata |
//! | `os.path.samefile`, `sameopenfile` | the metadata's [`dev`](std::os::unix::fs::MetadataExt::dev) and [`ino`](std::os::unix::fs::MetadataExt::ino) are equal |
//! | `os.path.ismount` | its metadata's `dev` is not that of its parent |
//! | `os.wrap` | [`spawn_blocking`](crate::task::spawn_blocking) |
//! | `tempfile.TemporaryFile`, `NamedTemporaryFile`, `SpooledTemporaryFile`, `TemporaryDirectory` | `tempfile::tempfile`, `NamedTempFile`, `SpooledTempFile`, `tempdir`, as above |
//!
//! # The files of this module
//!
//! `first_try.rs` has the rules of the first try, `worker.rs` the way to a worker.
//! `file/` is [`File`]; its `leftover.rs` looks after dropped operations.
//! `open_options.rs`, `buf_reader.rs`, `whole.rs`, `copy.rs`, `dir.rs`, `read_dir.rs` and
//! `paths.rs` are what their names say; `sys/errors.rs` words the errors.

mod buf_reader;
mod copy;
mod dir;
mod file;
mod first_try;
mod open_options;
mod paths;
mod read_dir;
mod whole;
mod worker;

pub use self::buf_reader::{BufReader, Lines};
pub use self::copy::copy;
pub use self::dir::{DirBuilder, create_dir, create_dir_all, remove_dir, remove_dir_all};
pub use self::file::File;
pub use self::open_options::OpenOptions;
pub use self::paths::{
    canonicalize, hard_link, metadata, read_link, remove_file, rename, set_permissions, symlink,
    symlink_metadata, try_exists,
};
pub use self::read_dir::{DirEntry, ReadDir, read_dir};
pub use self::whole::{read, read_to_string, write};
pub use std::fs::FileTimes;
