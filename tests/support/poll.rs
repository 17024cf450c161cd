//! poll(2) on a runtime's descriptor: a foreign loop's way of waiting for it.

#![allow(dead_code, reason = "each test file uses a part of it")]

use std::os::fd::{AsRawFd, BorrowedFd};

use buzzer::runtime::Runtime;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

/// Asked for once, it is good for as long as the runtime lives.
pub fn descriptor_of(runtime: &Runtime) -> BorrowedFd<'_> {
    // SAFETY: The runtime keeps its descriptor open for as long as it lives, and it is
    // borrowed for as long as this.
    unsafe { BorrowedFd::borrow_raw(runtime.as_raw_fd()) }
}

fn poll_readable(descriptor: BorrowedFd<'_>, timeout: Option<&Timespec>) -> bool {
    let mut polled = [PollFd::new(&descriptor, PollFlags::IN)];
    // A signal may come: that of a child's end, where no pidfd tells.
    while poll(&mut polled, timeout) == Err(Errno::INTR) {}
    polled[0].revents().contains(PollFlags::IN)
}

/// Whether it is readable now.
pub fn is_readable(runtime: &Runtime) -> bool {
    let at_once = Timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    poll_readable(descriptor_of(runtime), Some(&at_once))
}

/// Sleeps until it is readable.
pub fn wait_until_readable(runtime: &Runtime) {
    wait_for(descriptor_of(runtime));
}

/// As [`wait_until_readable`], of a descriptor that was asked for before.
pub fn wait_for(descriptor: BorrowedFd<'_>) {
    while !poll_readable(descriptor, None) {}
}
