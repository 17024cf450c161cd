//! What a first try may be told, and at which call: each time files are read, written and
//! found as std does it.
//!
//! A script answers one call of an operation in the kernel's place: the first, one in the
//! middle, the last; with each error that the manual page of the call lists, with zero,
//! with less than there is.

use std::collections::BTreeSet;
use std::ffi::c_long;
use std::io::{self, ErrorKind, SeekFrom};
use std::path::Path;

use buzzer::fs::{self, File};
use buzzer::runtime::{FileIo, RuntimeMetrics};

use crate::answers::{Begun, Reply, Script, with_scripts};
use crate::child::{in_a_child, in_children};
use crate::refused::{SIZES, check_reads, contents};
use crate::{runtime, temp_dir};

const OPENS: c_long = libc::SYS_openat2;
const READS: c_long = libc::SYS_preadv2;
const WRITES: c_long = libc::SYS_pwritev2;
const LOOKS: c_long = libc::SYS_statx;
const ALL: &[c_long] = &[OPENS, READS, WRITES, LOOKS];

/// open(2) and openat2(2), and what sandboxes say. All but what means that the call was
/// interrupted are errors that a plain open may have as well.
const OF_OPENS: &[i32] = &[
    libc::E2BIG,
    libc::EACCES,
    libc::EAGAIN,
    libc::EBADF,
    libc::EBUSY,
    libc::EDQUOT,
    libc::EEXIST,
    libc::EFAULT,
    libc::EFBIG,
    libc::EINTR,
    libc::EINVAL,
    libc::EISDIR,
    libc::ELOOP,
    libc::EMFILE,
    libc::ENAMETOOLONG,
    libc::ENFILE,
    libc::ENODEV,
    libc::ENOENT,
    libc::ENOMEM,
    libc::ENOSPC,
    libc::ENOSYS,
    libc::ENOTDIR,
    libc::ENXIO,
    libc::EOPNOTSUPP,
    libc::EOVERFLOW,
    libc::EPERM,
    libc::EROFS,
    libc::ETXTBSY,
    libc::EXDEV,
];

/// read(2), pread(2), preadv2(2), and what sandboxes say.
const OF_READS: &[i32] = &[
    libc::EACCES,
    libc::EAGAIN,
    libc::EBADF,
    libc::EFAULT,
    libc::EINTR,
    libc::EINVAL,
    libc::EIO,
    libc::EISDIR,
    libc::ENOMEM,
    libc::ENOSYS,
    libc::ENXIO,
    libc::EOPNOTSUPP,
    libc::EOVERFLOW,
    libc::EPERM,
    libc::ESPIPE,
];

/// write(2), pwrite(2), pwritev2(2), and what sandboxes say.
const OF_WRITES: &[i32] = &[
    libc::EACCES,
    libc::EAGAIN,
    libc::EBADF,
    libc::EDESTADDRREQ,
    libc::EDQUOT,
    libc::EFAULT,
    libc::EFBIG,
    libc::EINTR,
    libc::EINVAL,
    libc::EIO,
    libc::ENOSPC,
    libc::ENOSYS,
    libc::ENXIO,
    libc::EOPNOTSUPP,
    libc::EOVERFLOW,
    libc::EPERM,
    libc::EPIPE,
    libc::ESPIPE,
];

/// statx(2), and what sandboxes say.
const OF_LOOKS: &[i32] = &[
    libc::EACCES,
    libc::EBADF,
    libc::EFAULT,
    libc::EINVAL,
    libc::ELOOP,
    libc::ENAMETOOLONG,
    libc::ENOENT,
    libc::ENOMEM,
    libc::ENOSYS,
    libc::ENOTDIR,
    libc::EPERM,
];

/// Runs `body` with tries, in a directory of its own.
fn run(body: impl AsyncFn(&Path)) -> RuntimeMetrics {
    let dir = temp_dir();
    let runtime = runtime(FileIo::Auto);
    runtime.block_on(body(dir.path()));
    runtime.metrics()
}

/// The positions that matter among so many calls: the first, one in the middle, the last.
fn positions(calls: u64) -> BTreeSet<u64> {
    assert!(calls > 0, "nothing was tried");
    [1, calls.div_ceil(2), calls].into()
}

/// Runs `body`, which calls what it is given from where on the calls count, with each of
/// `replies` to one call of each position.
fn at_each_position(
    call: c_long,
    replies: impl Iterator<Item = Reply> + Send + 'static,
    body: impl AsyncFn(&Path, &dyn Fn()) + Send + 'static,
) {
    // What a call is known to say is the process's.
    in_a_child(|| at_each_position_here(call, replies, body));
}

fn at_each_position_here(
    call: c_long,
    replies: impl Iterator<Item = Reply> + Send + 'static,
    body: impl AsyncFn(&Path, &dyn Fn()) + Send + 'static,
) {
    with_scripts(ALL, move || {
        let run_with = |nth: u64, reply: Reply| {
            let begun = std::cell::Cell::new(None);
            let begin = || begun.set(Some(Script::once(call, nth, reply).begin()));
            run(async |dir| body(dir, &begin).await);
            begun.take().map_or(0, |begun: Begun| begun.calls())
        };
        // Once without.
        let calls = run_with(u64::MAX, Reply::Says(0));
        for reply in replies {
            for nth in positions(calls) {
                eprintln!("call {nth} of {calls}: {reply:?}");
                assert!(run_with(nth, reply) > 0, "it is tried all the same");
            }
        }
    });
}

fn errors(all: &'static [i32]) -> impl Iterator<Item = Reply> + Send {
    all.iter().map(|errno| Reply::Fails(*errno))
}

/// Nothing at all, one byte, and some.
fn less() -> impl Iterator<Item = Reply> + Send {
    [Reply::Says(0), Reply::Moves(1), Reply::Moves(5_000)].into_iter()
}

async fn read_all(dir: &Path, begin: &dyn Fn()) {
    let paths = SIZES.map(|size| dir.join(size.to_string()));
    for (path, size) in paths.iter().zip(SIZES) {
        std::fs::write(path, contents(size)).unwrap();
    }
    check_reads(&paths[2], &contents(SIZES[2]), begin).await;
    for (path, size) in paths.iter().zip(SIZES) {
        check_reads(path, &contents(size), &|| {}).await;
    }
}

#[test]
fn a_read_that_is_answered_otherwise_once_loses_nothing() {
    // All errors come in the next test.
    let errors = [libc::EAGAIN, libc::EIO, libc::EOPNOTSUPP].map(Reply::Fails);
    at_each_position(READS, less().chain(errors), read_all);
}

/// Each way to read by itself, so that each has a first call, one in the middle and a
/// last.
#[test]
fn each_way_to_read_meets_every_answer_at_every_position() {
    const SIZE: usize = 300_000;
    type Way = for<'a> fn(&'a Path, &'a mut File) -> futures::future::LocalBoxFuture<'a, Vec<u8>>;
    let ways: [Way; 5] = [
        |_, file| {
            Box::pin(async {
                let mut bytes = Vec::new();
                file.read_to_end(&mut bytes).await.unwrap();
                bytes
            })
        },
        |_, file| {
            Box::pin(async {
                let (mut bytes, mut some) = (Vec::new(), [0; 20_000]);
                while let count @ 1.. = file.read(&mut some).await.unwrap() {
                    bytes.extend_from_slice(&some[..count]);
                }
                bytes
            })
        },
        |_, file| {
            Box::pin(async {
                let (mut bytes, mut some) = (Vec::new(), [0; 20_000]);
                while let count @ 1.. = file.read_at(&mut some, bytes.len() as u64).await.unwrap() {
                    bytes.extend_from_slice(&some[..count]);
                }
                bytes
            })
        },
        |_, file| {
            Box::pin(async {
                let mut bytes = Vec::new();
                buzzer::io::copy(file, &mut bytes).await.unwrap();
                bytes
            })
        },
        |path, _| Box::pin(async move { fs::read(path).await.unwrap() }),
    ];
    in_children(&[0, 1, 2, 3, 4], |n: usize| {
        let size = if n == 4 { 100_000 } else { SIZE };
        let way = ways[n];
        let replies = less().chain(errors(OF_READS));
        at_each_position_here(READS, replies, async move |dir, begin| {
            let (path, expected) = (dir.join("file"), contents(size));
            std::fs::write(&path, &expected).unwrap();
            let mut file = File::open(&path).await.unwrap();
            begin();
            let bytes = way(&path, &mut file).await;
            assert!(bytes == expected, "{} bytes of {size}", bytes.len());
        });
    });
}

/// As a kernel of 5.9 to 5.11 does from some page on.
#[test]
fn every_read_from_some_call_on_that_is_said_to_be_at_the_end_loses_nothing() {
    with_scripts(ALL, || {
        for from in 1..=4 {
            let script = Script {
                from,
                ..Script::always(READS, Reply::Says(0))
            };
            run(async |dir| {
                let begun = std::cell::Cell::new(None);
                read_all(dir, &|| begun.set(Some(script.begin()))).await;
            });
        }
    });
}

#[test]
fn reads_that_all_come_in_small_parts_lose_nothing() {
    with_scripts(ALL, || {
        run(async |dir| {
            let begun = std::cell::Cell::new(None);
            let script = Script::always(READS, Reply::Moves(777));
            read_all(dir, &|| begun.set(Some(script.begin()))).await;
        });
    });
}

async fn write_all(dir: &Path, begin: &dyn Fn()) {
    let (path, contents) = (dir.join("file"), contents(300_000));
    let mut file = File::create(&path).await.unwrap();
    begin();
    let first = file.write(&contents[..7_000]).await.unwrap();
    assert!((1..=7_000).contains(&first));
    file.write_all(&contents[first..100_000]).await.unwrap();
    assert_eq!(file.stream_position().await.unwrap(), 100_000);
    let mut at = 100_000;
    while at < contents.len() {
        at += file.write_at(&contents[at..], at as u64).await.unwrap();
    }
    file.flush().await.unwrap();
    assert!(std::fs::read(&path).unwrap() == contents);
    file.seek(SeekFrom::End(0)).await.unwrap();
    let buffers = [b"one ", b"more"].map(|text| io::IoSlice::new(text));
    let more = file.write_vectored(&buffers).await.unwrap();
    file.write_all(&b"one more"[more..]).await.unwrap();
    file.flush().await.unwrap();
    let written = std::fs::read(&path).unwrap();
    assert!(written == [&contents[..], b"one more"].concat());
}

#[test]
fn a_write_that_is_answered_otherwise_once_loses_nothing() {
    at_each_position(WRITES, less().chain(errors(OF_WRITES)), write_all);
}

/// Where the file system can write at once, and takes little.
#[test]
fn writes_that_all_go_in_small_parts_lose_nothing() {
    with_scripts(ALL, || {
        for reply in [Reply::Moves(777), Reply::Says(0)] {
            run(async |dir| {
                let begun = std::cell::Cell::new(None);
                write_all(dir, &|| {
                    begun.set(Some(Script::always(WRITES, reply).begin()))
                })
                .await;
                let calls = begun.take().map_or(0, |begun| begun.calls());
                assert!(calls >= 4, "{calls}");
            });
        }
    });
}

/// A path that leads to a file, through a link as well, to a folder, and to nothing.
async fn find_all(dir: &Path, begin: &dyn Fn()) {
    let (file, link, missing) = (dir.join("file"), dir.join("link"), dir.join("missing"));
    std::fs::write(&file, "text").unwrap();
    std::os::unix::fs::symlink(&file, &link).unwrap();
    std::fs::metadata(&missing).unwrap_err();
    begin();
    for path in [&file, &link] {
        assert_eq!(fs::read(path).await.unwrap(), b"text");
        assert_eq!(fs::read_to_string(path).await.unwrap(), "text");
        assert_eq!(fs::metadata(path).await.unwrap().len(), 4);
        let is_link = fs::symlink_metadata(path).await.unwrap().is_symlink();
        assert_eq!(is_link, path == &link);
        assert!(fs::try_exists(path).await.unwrap());
        let mut opened = File::open(path).await.unwrap();
        let mut text = String::new();
        opened.read_to_string(&mut text).await.unwrap();
        assert_eq!(text, "text");
        let mut options = File::options();
        options.read(true).append(true).open(path).await.unwrap();
    }
    assert!(fs::metadata(dir).await.unwrap().is_dir());
    let opened = File::open(dir).await.unwrap();
    assert!(opened.metadata().await.unwrap().is_dir());

    let kind = |error: io::Error| error.kind();
    let not_found = ErrorKind::NotFound;
    assert_eq!(fs::read(&missing).await.map_err(kind), Err(not_found));
    assert_eq!(
        File::open(&missing).await.map_err(kind).err(),
        Some(not_found)
    );
    let metadata = fs::metadata(&missing).await.map_err(kind);
    assert_eq!(metadata.err(), Some(not_found));
    assert!(!fs::try_exists(&missing).await.unwrap());
    let within = fs::read(file.join("within")).await.map_err(kind);
    assert_eq!(within, Err(ErrorKind::NotADirectory));
    let to_write = File::options().write(true).open(dir).await.map_err(kind);
    assert_eq!(to_write.err(), Some(ErrorKind::IsADirectory));
}

#[test]
fn a_path_that_is_looked_up_otherwise_once_is_found_as_it_is() {
    // Zero would be the descriptor of the program's input.
    let replies = [Reply::Says(0)].into_iter().chain(errors(OF_OPENS));
    at_each_position(OPENS, replies, find_all);
}

/// To a read the size of a file is a hint, and no error of it is one of the read.
#[test]
fn reads_whose_look_at_the_file_fails_once_lose_nothing() {
    at_each_position(LOOKS, errors(OF_LOOKS), async |dir, begin| {
        let (path, expected) = (dir.join("file"), contents(10_000));
        std::fs::write(&path, &expected).unwrap();
        begin();
        assert!(fs::read(&path).await.unwrap() == expected);
        let (mut file, mut bytes) = (File::open(&path).await.unwrap(), Vec::new());
        file.read_to_end(&mut bytes).await.unwrap();
        file.rewind().await.unwrap();
        let mut some = [0; 3_000];
        while let count @ 1.. = file.read(&mut some).await.unwrap() {
            bytes.extend_from_slice(&some[..count]);
        }
        assert!(bytes == expected.repeat(2));
    });
}

/// Each by itself, where one call of the three that an operation makes is another one's.
#[test]
fn each_look_at_a_path_meets_every_answer() {
    with_scripts(ALL, || {
        let dir = temp_dir();
        let path = dir.path().join("file");
        std::fs::write(&path, "text").unwrap();
        let runtime = runtime(FileIo::Auto);
        for (call, replies) in [(OPENS, OF_OPENS), (LOOKS, OF_LOOKS)] {
            for errno in replies {
                let once = || Script::once(call, 1, Reply::Fails(*errno)).begin();
                runtime.block_on(async {
                    let begun = once();
                    assert_eq!(fs::metadata(&path).await.unwrap().len(), 4, "{errno}");
                    drop(begun);
                    let begun = once();
                    let mut file = File::open(&path).await.unwrap();
                    drop(begun);
                    assert_eq!(file.read(&mut [0; 8]).await.unwrap(), 4, "{errno}");
                    let begun = once();
                    assert_eq!(fs::read(&path).await.unwrap(), b"text", "{errno}");
                    drop(begun);
                });
            }
        }
    });
}

/// What refuses a call refuses it for the whole process, so it is asked once more, to be
/// sure, and then no more.
#[test]
fn a_call_that_is_refused_is_made_twice_and_never_again() {
    let refusals = [
        libc::EPERM,
        libc::EACCES,
        libc::ENOSYS,
        libc::EINVAL,
        libc::EOPNOTSUPP,
    ];
    in_children(&refusals, |errno| {
        with_scripts(ALL, move || {
            for call in [OPENS, READS, WRITES] {
                // As when the sandbox is entered by a program that runs.
                run(async |dir| {
                    read_all(dir, &|| {}).await;
                    write_all(dir, &|| {}).await;
                });
                let begun = Script::always(call, Reply::Fails(errno)).begin();
                let metrics = run(async |dir| {
                    read_all(dir, &|| {}).await;
                    write_all(dir, &|| {}).await;
                    find_all(dir, &|| {}).await;
                });
                // EOPNOTSUPP is a file system's word too: once the kernel is known to
                // have the call, it is taken for that, and kept by the file.
                match errno {
                    libc::EOPNOTSUPP if call != OPENS => {}
                    _ => assert_eq!(begun.calls(), 2, "{call}: {errno}"),
                }
                assert!(metrics.file_ops_pooled() > 0);
            }
        });
    });
}

/// One file's file system can't read at once; the next one's can.
#[test]
fn a_file_system_that_cannot_is_no_reason_to_try_no_other_file() {
    for errno in [libc::EOPNOTSUPP, libc::ENOSYS, libc::EPERM] {
        with_scripts(ALL, move || {
            run(async |dir| {
                let (one, other) = (dir.join("one"), dir.join("other"));
                std::fs::write(&one, contents(10_000)).unwrap();
                std::fs::write(&other, contents(10_000)).unwrap();
                let mut cannot = File::open(&one).await.unwrap();
                let mut can = File::open(&other).await.unwrap();
                let fd = std::os::fd::AsRawFd::as_raw_fd(&cannot);
                let script = Script::always(READS, Reply::Fails(errno)).of(fd);
                let begun = script.begin();
                let mut some = [0; 100];
                for _ in 0..3 {
                    assert_eq!(cannot.read(&mut some).await.unwrap(), 100);
                }
                assert_eq!(begun.calls(), 1, "{errno}: kept by the file");
                drop(begun);
                let begun = Script::once(READS, u64::MAX, Reply::Says(0)).begin();
                for _ in 0..3 {
                    assert_eq!(can.read(&mut some).await.unwrap(), 100);
                }
                assert_eq!(begun.calls(), 3, "{errno}: the other is tried");
            });
        });
    }
}
