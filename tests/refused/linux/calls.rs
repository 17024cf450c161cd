//! The calls that a sandbox or an old kernel may refuse, and what is done then.

use libc::*;

/// A call that is refused in its turn.
#[derive(Clone, Copy, Debug)]
pub struct Call {
    pub name: &'static str,
    pub number: c_long,
    pub errors: &'static [&'static str],
    pub way: Way,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// There is another, told here, which is taken from the first refusal on.
    Once(&'static str),
    /// There is another, told here, which the standard library or libc takes. They ask
    /// as often as they like.
    EachTime(&'static str),
    /// There is none.
    None,
}

/// What a sandbox and an old kernel say.
const REFUSALS: &[&str] = &["EPERM", "ENOSYS", "EINVAL"];

/// And what they say besides, of calls that don't say so themselves, or where it comes to
/// the same.
const ALL_REFUSALS: &[&str] = &["EPERM", "ENOSYS", "EINVAL", "EACCES", "EOPNOTSUPP"];

/// Of calls whose makers take the rest for a fault of their own.
const NO_SUCH_CALL: &[&str] = &["ENOSYS"];
const NOT_TO_BE_HAD: &[&str] = &["EPERM", "ENOSYS"];
const MADE_WRONGLY: &[&str] = &["EPERM", "EINVAL"];

pub fn number_of(error: &str) -> i32 {
    match error {
        "EPERM" => EPERM,
        "ENOSYS" => ENOSYS,
        "EINVAL" => EINVAL,
        "EACCES" => EACCES,
        "EOPNOTSUPP" => EOPNOTSUPP,
        _ => unreachable!("{error}"),
    }
}

macro_rules! calls {
    ($($(#[$if:meta])? $number:ident $errors:ident $way:expr;)*) => {
        &[$($(#[$if])? Call {
            name: stringify!($number).split_at("SYS_".len()).1,
            number: $number,
            errors: $errors,
            way: $way,
        }),*]
    };
}

use Way::{EachTime, None as NoWay, Once};

/// Built for every Unix, the library has mio wake its loops, which has one way only.
const EVENTFD_S: Way = match cfg!(buzzer_portable) {
    true => NoWay,
    false => Once("a pipe"),
};

pub const CALLS: &[Call] = calls! {
    SYS_openat2 ALL_REFUSALS Once("a worker opens the file");
    SYS_preadv2 ALL_REFUSALS Once("a worker reads");
    SYS_pwritev2 ALL_REFUSALS Once("a worker writes");
    SYS_statx REFUSALS EachTime("the standard library calls fstat and the like");
    SYS_timerfd_create ALL_REFUSALS Once("the wait itself has a limit");
    SYS_timerfd_settime ALL_REFUSALS Once("the wait itself has a limit");
    SYS_eventfd2 ALL_REFUSALS EVENTFD_S;
    SYS_accept4 ALL_REFUSALS Once("accept, and then fcntl");
    SYS_recvmsg ALL_REFUSALS Once("recvfrom, until the stream is empty");
    SYS_pidfd_open ALL_REFUSALS Once("SIGCHLD tells of the end");
    SYS_tgkill REFUSALS Once("kill");
    SYS_copy_file_range REFUSALS EachTime("the standard library copies by sendfile, or reads and writes");
    SYS_sendfile REFUSALS EachTime("the standard library reads and writes");
    SYS_splice REFUSALS EachTime("the standard library reads and writes");
    SYS_sched_getaffinity ALL_REFUSALS EachTime("libc says less of a thread: an overflow of its stack is not told as one");
    SYS_prlimit64 ALL_REFUSALS EachTime("libc goes on without knowing the limit");
    SYS_prctl ALL_REFUSALS EachTime("threads have no names");
    SYS_madvise ALL_REFUSALS EachTime("an ended thread's stack keeps its memory");
    SYS_sigaltstack ALL_REFUSALS EachTime("an overflow of a stack is not told as one");
    SYS_rseq REFUSALS EachTime("libc goes on without");
    SYS_set_robust_list ALL_REFUSALS EachTime("libc goes on without");
    SYS_getrandom NOT_TO_BE_HAD EachTime("the standard library reads /dev/urandom");
    SYS_clone3 NO_SUCH_CALL EachTime("libc calls clone");

    SYS_clone3 MADE_WRONGLY NoWay;
    SYS_epoll_create1 REFUSALS NoWay;
    SYS_epoll_ctl REFUSALS NoWay;
    #[cfg(target_arch = "x86_64")]
    SYS_epoll_wait REFUSALS NoWay;
    #[cfg(target_arch = "aarch64")]
    SYS_epoll_pwait REFUSALS NoWay;
    SYS_pipe2 REFUSALS NoWay;
    SYS_socket REFUSALS NoWay;
    SYS_socketpair REFUSALS NoWay;
    SYS_bind REFUSALS NoWay;
    SYS_listen REFUSALS NoWay;
    SYS_connect REFUSALS NoWay;
    SYS_getsockname REFUSALS NoWay;
    SYS_getpeername REFUSALS NoWay;
    SYS_getsockopt REFUSALS NoWay;
    SYS_setsockopt REFUSALS NoWay;
    SYS_sendto REFUSALS NoWay;
    SYS_recvfrom REFUSALS NoWay;
    SYS_shutdown REFUSALS NoWay;
    SYS_kill REFUSALS NoWay;
    SYS_pwrite64 REFUSALS NoWay;
    SYS_lseek REFUSALS NoWay;
    SYS_ftruncate REFUSALS NoWay;
    SYS_fsync REFUSALS NoWay;
    SYS_getdents64 REFUSALS NoWay;
    #[cfg(target_arch = "x86_64")]
    SYS_readlink REFUSALS NoWay;
    #[cfg(target_arch = "aarch64")]
    SYS_readlinkat REFUSALS NoWay;
};

/// What every program is made of. Where one of these is refused, nobody expects a
/// program to run.
pub const EVERY_PROGRAM_S: &[c_long] = &[
    // Its beginning and its end, memory and threads.
    SYS_execve,
    #[cfg(target_arch = "x86_64")]
    SYS_arch_prctl,
    #[cfg(target_arch = "x86_64")]
    SYS_access,
    SYS_faccessat,
    SYS_set_tid_address,
    SYS_brk,
    SYS_mmap,
    SYS_mprotect,
    SYS_mremap,
    SYS_munmap,
    SYS_futex,
    SYS_sched_yield,
    SYS_getpid,
    SYS_getuid,
    SYS_geteuid,
    SYS_getgid,
    SYS_getegid,
    SYS_gettid,
    SYS_clone,
    SYS_exit,
    SYS_exit_group,
    // Signals and children.
    SYS_rt_sigaction,
    SYS_rt_sigprocmask,
    SYS_rt_sigreturn,
    SYS_restart_syscall,
    SYS_wait4,
    SYS_waitid,
    // Descriptors and sockets.
    #[cfg(target_arch = "x86_64")]
    SYS_poll,
    SYS_ppoll,
    SYS_openat,
    SYS_close,
    SYS_read,
    SYS_readv,
    SYS_pread64,
    SYS_write,
    SYS_fcntl,
    SYS_ioctl,
    SYS_fstat,
    SYS_newfstatat,
    SYS_accept,
    // Names.
    RENAMEAT,
    SYS_mkdirat,
    SYS_unlinkat,
    SYS_linkat,
    SYS_symlinkat,
    SYS_fchmod,
    SYS_fchmodat,
    #[cfg(target_arch = "x86_64")]
    SYS_mkdir,
    #[cfg(target_arch = "x86_64")]
    SYS_rmdir,
    #[cfg(target_arch = "x86_64")]
    SYS_unlink,
    #[cfg(target_arch = "x86_64")]
    SYS_symlink,
    #[cfg(target_arch = "x86_64")]
    SYS_chmod,
];

#[cfg(target_arch = "x86_64")]
const RENAMEAT: c_long = SYS_rename;
/// It has no name in the libc crate.
#[cfg(not(target_arch = "x86_64"))]
const RENAMEAT: c_long = 38;

/// The test's own: see `program/files.rs`, and `run.rs`.
pub const THE_TEST_S: &[c_long] = &[SYS_fadvise64, SYS_getcwd];
