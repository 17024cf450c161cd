//! What doesn't fail, and why.
//!
//! Owns the calls and the errors that the sweep leaves out: each with its reason, and each
//! held against the manual (`tests/manual.rs`) or against what the program does.

use libc::*;

/// Errors that a call's page lists and that it doesn't have here.
#[derive(Clone, Copy, Debug)]
pub struct LeftOut {
    /// Empty for every call.
    pub calls: &'static [&'static str],
    pub errors: &'static [&'static str],
    pub why: &'static str,
}

macro_rules! left_out {
    ($([$($call:ident)*] [$($error:ident)*] $why:literal;)*) => {
        &[$(LeftOut {
            calls: &[$(stringify!($call)),*],
            errors: &[$(stringify!($error)),*],
            why: $why,
        }),*]
    };
}

pub const LEFT_OUT: &[LeftOut] = left_out! {
    [] [EFAULT] "only a pointer that is wrong gets it";
    [read pread64 write writev pwrite64 accept4 sendto sendmsg recvfrom recvmsg] [EAGAIN]
        "it says that an event will follow, and of a call that was never made none does";
    [connect] [EINPROGRESS] "as EAGAIN of the others";
    [connect] [EINTR] "a socket that doesn't block has no wait for it";
    [fcntl] [EACCES EAGAIN EDEADLK EINTR ENOLCK] "of locks, which are not asked for by this call";
    [fcntl] [EBUSY ENOTDIR] "of the size of a pipe, and of what becomes of a directory: not asked for";
    [flock] [EAGAIN] "an answer: another has it";
    [getdents64] [ENOENT] "an answer: the directory is gone and has no more";
    [unlinkat] [ENOENT] "an answer: the entry is gone";
    [readlink] [EINVAL] "an answer: this is no link";
    [shutdown] [ENOTCONN] "an answer: the other end is gone already";
    [timerfd_create] [EBADF ECANCELED] "of the page's other call";
    [timerfd_settime] [EMFILE ENFILE ENODEV ENOMEM EPERM] "of the page's other call";
    [clone3] [ERESTARTNOINTR] "the kernel's own word, by which it makes the call again";
    [wait4] [EINTR] "of a wait: the library asks who has ended, and what std waits for it asks again";
    [wait4] [EAGAIN] "of waitid(2) with a descriptor of the process";
    [wait4] [ESRCH] "of a number that no process has: the least that there is";
    [mmap] [EACCES EBADF ENFILE ENODEV EOVERFLOW ETXTBSY] "of a file: what is mapped is memory for threads";
    [mmap] [EEXIST] "of a place that is asked for, and none is";
};

/// Calls that the program may not make, so that none fails.
pub const MAY_BE_ABSENT: &[(&str, &str)] = &[(
    "fstat",
    "it is up to the C library whether it asks by newfstatat in its place",
)];

/// Calls that the program makes and that don't fail here: what every program is made of,
/// and what the kernel can't refuse. Some of them a sandbox may: tests/refused/ has these.
pub const EVERY_PROGRAM_S: &[c_long] = &[
    SYS_brk,
    SYS_munmap,
    SYS_mremap,
    SYS_futex,
    SYS_sched_yield,
    SYS_clock_nanosleep,
    SYS_exit,
    SYS_exit_group,
    SYS_gettid,
    SYS_getpid,
    SYS_getppid,
    SYS_getuid,
    SYS_geteuid,
    SYS_getgid,
    SYS_getegid,
    SYS_rseq,
    SYS_set_robust_list,
    SYS_set_tid_address,
    SYS_sigaltstack,
    SYS_prctl,
    SYS_prlimit64,
    SYS_sched_getaffinity,
    SYS_rt_sigreturn,
    SYS_restart_syscall,
    SYS_uname,
    SYS_getrandom,
    SYS_close,
];

/// The program's own: see `parts/`.
pub const THE_PROGRAM_S: &[c_long] = &[SYS_rt_sigqueueinfo, SYS_fadvise64, SYS_mknodat];
