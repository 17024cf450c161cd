//! A sandbox: a filter (seccomp) of which this process is told each call that a child of
//! its own makes, to answer it in the kernel's place.
//!
//! The filter is on the child from before its program begins, and on all that this
//! starts, threads and processes alike. Its listener comes through the child's standard
//! error, which is a socket: a descriptor that both sides know without a call. What is sent
//! there by sendmsg(2) is the only call that is never told of, for nobody could answer it
//! yet.

use std::fs;
use std::io;
use std::mem::{MaybeUninit, offset_of};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::thread;
use std::time::Duration;

use libc::c_long;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, recvmsg, sendmsg,
};
use rustix::stdio::stderr;

/// A call that was told of.
#[derive(Clone, Copy, Debug)]
pub struct Call {
    pub number: c_long,
    /// Whose it is.
    pub process: u32,
    /// Of its threads, by which.
    #[allow(dead_code, reason = "not all who are told of a call ask")]
    pub thread: u32,
    /// Its first argument: mostly a descriptor.
    #[allow(dead_code, reason = "as above")]
    pub first: u64,
    #[allow(dead_code, reason = "as above")]
    pub second: u64,
}

/// Which calls the filter tells of.
#[derive(Clone, Copy, Debug)]
pub enum Told<'a> {
    These(&'a [c_long]),
    AllBut(&'a [c_long]),
}

/// Has `command` run in a sandbox, with its calls told to whoever holds the other end of
/// its standard error.
pub fn enter_when_run(command: &mut Command, told: Told<'_>) {
    let filter = filter(told);
    let enter = move || {
        let listener = install(&filter)?;
        let fds = [listener.as_fd()];
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut message = SendAncillaryBuffer::new(&mut space);
        message.push(SendAncillaryMessage::ScmRights(&fds));
        let byte = [io::IoSlice::new(b"!")];
        sendmsg(stderr(), &byte, &mut message, SendFlags::empty())?;
        Ok(())
    };
    // SAFETY: between fork and exec it makes system calls and takes no memory.
    unsafe { command.pre_exec(enter) };
}

/// Whether this system has such filters for us.
pub fn can_enter() -> bool {
    let tried = thread::spawn(|| install(&filter(Told::These(&[]))).map(drop));
    let tried = tried.join().unwrap();
    if let Err(error) = &tried {
        eprintln!("skipped: this system has no filters for us ({error})");
    }
    tried.is_ok()
}

fn filter(told: Told<'_>) -> Vec<libc::sock_filter> {
    let statement = |code: u32, k: u32| libc::sock_filter {
        code: code as u16,
        jt: 0,
        jf: 0,
        k,
    };
    let (allow, tell) = (libc::SECCOMP_RET_ALLOW, libc::SECCOMP_RET_USER_NOTIF);
    let (calls, listed, others) = match told {
        Told::These(calls) => (calls, tell, allow),
        Told::AllBut(calls) => (calls, allow, tell),
    };
    let load = |offset| statement(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, offset as u32);
    // Goes on with the next if what was loaded is this, and else passes over so many.
    let unless = |value: u32, pass_over| libc::sock_filter {
        jf: pass_over,
        ..statement(libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K, value)
    };
    let answer = |how| statement(libc::BPF_RET | libc::BPF_K, how);
    let number = load(offset_of!(libc::seccomp_data, nr));
    // A descriptor is in the lower half of its argument.
    let lower_half = match cfg!(target_endian = "big") {
        true => size_of::<u32>(),
        false => 0,
    };
    let mut filter = vec![
        number,
        unless(libc::SYS_sendmsg as u32, 4),
        load(offset_of!(libc::seccomp_data, args) + lower_half),
        unless(libc::STDERR_FILENO as u32, 1),
        answer(allow),
        number,
    ];
    for call in calls {
        filter.push(unless(*call as u32, 1));
        filter.push(answer(listed));
    }
    filter.push(answer(others));
    filter
}

/// Puts this thread, and all that it starts, under `filter`, for good.
fn install(filter: &[libc::sock_filter]) -> io::Result<OwnedFd> {
    let program = libc::sock_fprog {
        len: filter.len() as u16,
        // It is only read.
        filter: filter.as_ptr().cast_mut(),
    };
    // SAFETY: the first call takes integers. The second reads the program, of the length
    // given; both are borrowed past the call.
    let listener = unsafe {
        libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
        libc::syscall(
            libc::SYS_seccomp,
            libc::SECCOMP_SET_MODE_FILTER,
            libc::SECCOMP_FILTER_FLAG_NEW_LISTENER,
            &raw const program,
        )
    };
    match listener {
        0.. => {
            // SAFETY: it is new, and nobody else knows of it.
            Ok(unsafe { OwnedFd::from_raw_fd(listener as i32) })
        }
        _ => Err(io::Error::last_os_error()),
    }
}

/// The listener that a child hands over when it enters. `None` if it ends before.
pub fn listener_from(through: BorrowedFd<'_>) -> Option<OwnedFd> {
    let mut byte = [0];
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut message = RecvAncillaryBuffer::new(&mut space);
    let mut into = [io::IoSliceMut::new(&mut byte)];
    recvmsg(through, &mut into, &mut message, RecvFlags::CMSG_CLOEXEC).ok()?;
    message.drain().find_map(|message| match message {
        RecvAncillaryMessage::ScmRights(mut fds) => fds.next(),
        _ => None,
    })
}

/// Answers until nobody is left in the sandbox, or `is_over` says so: with the error that
/// `answer` gives, or `None` where the kernel is to do it. Gives the calls that got their
/// answer: one that a signal interrupts before is made, and answered, again.
pub fn answer(
    listener: &OwnedFd,
    mut answer: impl FnMut(Call) -> Option<i32>,
    is_over: impl Fn() -> bool,
) -> Vec<Call> {
    /// For the kernels before 5.9, which don't tell that nobody is left.
    const LOOK: Timespec = Timespec {
        tv_sec: 0,
        tv_nsec: Duration::from_millis(50).as_nanos() as _,
    };
    let mut answered = Vec::new();
    while !is_over() {
        let mut fds = [PollFd::new(listener, PollFlags::IN)];
        match poll(&mut fds, Some(&LOOK)) {
            Ok(0) | Err(Errno::INTR) => continue,
            result => assert_eq!(result, Ok(1)),
        }
        if !fds[0].revents().contains(PollFlags::IN) {
            break;
        }
        let Some((id, call)) = next_call(listener) else {
            continue;
        };
        if send_answer(listener, id, answer(call)) {
            answered.push(call);
        }
    }
    answered
}

/// `None` if who made it is gone, or was interrupted and will make it again.
fn next_call(listener: &OwnedFd) -> Option<(u64, Call)> {
    // SAFETY: it is made of integers, and the kernel asks that they be zero.
    let mut told: libc::seccomp_notif = unsafe { MaybeUninit::zeroed().assume_init() };
    let request = libc::SECCOMP_IOCTL_NOTIF_RECV;
    // SAFETY: the listener is open, and `told` is what it writes.
    match unsafe { libc::ioctl(listener.as_raw_fd(), request, &raw mut told) } {
        0 => {
            let number = told.data.nr.into();
            let process = process_of(told.pid)?;
            let thread = told.pid;
            let call = Call {
                number,
                process,
                thread,
                first: told.data.args[0],
                second: told.data.args[1],
            };
            Some((told.id, call))
        }
        _ => None,
    }
}

fn process_of(thread: u32) -> Option<u32> {
    let status = fs::read_to_string(format!("/proc/{thread}/status")).ok()?;
    let mut lines = status.lines();
    lines.find_map(|line| line.strip_prefix("Tgid:")?.trim().parse().ok())
}

/// Whether it was still waited for.
fn send_answer(listener: &OwnedFd, id: u64, error: Option<i32>) -> bool {
    let mut answer = libc::seccomp_notif_resp {
        id,
        val: 0,
        error: error.map_or(0, |errno| -errno),
        flags: match error {
            Some(_) => 0,
            None => libc::SECCOMP_USER_NOTIF_FLAG_CONTINUE as u32,
        },
    };
    let request = libc::SECCOMP_IOCTL_NOTIF_SEND;
    // SAFETY: the listener is open, and `answer` is what it reads.
    0 == unsafe { libc::ioctl(listener.as_raw_fd(), request, &raw mut answer) }
}
