//! What a first try may be told, and at which call: each time files are read, written and
//! found as std does it.
//!
//! A script answers one call of an operation in the kernel's place: the first, one in the
//! middle, the last; with each error that the manual page of the call lists, with zero,
//! with less than there is.

mod paths;
mod reads;
mod writes;

use std::cell::Cell;
use std::collections::BTreeSet;
use std::ffi::c_long;
use std::os::fd::AsRawFd;
use std::path::Path;

use buzzer::fs::File;
use buzzer::runtime::FileIo;

use self::paths::find_all;
use self::reads::read_all;
use self::writes::write_all;
use crate::answers::{Begun, Reply, Script, with_scripts};
use crate::child::{in_a_child, in_children};
use crate::refused::contents;
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

/// Runs `body` with tries, in a directory of its own; gives how many operations were sent to
/// a worker.
fn run(body: impl AsyncFn(&Path)) -> u64 {
    let dir = temp_dir();
    let runtime = runtime(FileIo::Auto);
    runtime.block_on(body(dir.path()));
    runtime.metrics().file_ops_pooled()
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
            let begun = Cell::new(None);
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
                let pooled = run(async |dir| {
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
                assert!(pooled > 0);
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
                let fd = cannot.as_raw_fd();
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
