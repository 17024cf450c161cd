//! What this process has: descriptors and memory. Tests of one binary share them, so
//! only a test in a child of its own can count them exactly.
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::fs;
use std::os::fd::{AsRawFd, RawFd};

use buzzer::runtime::Runtime;

/// How many descriptors are open.
pub fn descriptors() -> usize {
    open().len()
}

/// Their numbers, in order.
pub fn open() -> Vec<RawFd> {
    let number = |name: &str| name.parse::<RawFd>().unwrap();
    let known = fs::File::open("/dev/null").unwrap();
    let mut open: Vec<RawFd> = fs::read_dir("/dev/fd")
        .unwrap()
        .map(|entry| number(entry.unwrap().file_name().to_str().unwrap()))
        .collect();
    assert!(
        open.contains(&known.as_raw_fd()),
        "/dev/fd tells of no more than {open:?}: FreeBSD has to mount fdescfs there"
    );
    drop(known);
    // That one and the listing's own are closed by now.
    open.retain(|&number| is_open(number));
    open.sort_unstable();
    open
}

pub fn is_open(number: RawFd) -> bool {
    // SAFETY: it takes integers, and a number that is not open is an error.
    unsafe { libc::fcntl(number, libc::F_GETFD) >= 0 }
}

pub fn is_closed_on_exec(number: RawFd) -> bool {
    // SAFETY: as above.
    let flags = unsafe { libc::fcntl(number, libc::F_GETFD) };
    assert!(flags >= 0, "{number} is not open");
    flags & libc::FD_CLOEXEC != 0
}

/// The memory that is resident, in KiB.
#[cfg(target_os = "linux")]
pub fn memory() -> usize {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let kib = line.and_then(|line| line.split_whitespace().nth(1));
    kib.expect("the kernel tells").parse().unwrap()
}

#[cfg(not(target_os = "linux"))]
pub fn memory() -> usize {
    let this = std::process::id().to_string();
    let mut ps = std::process::Command::new("ps");
    let said = ps.args(["-o", "rss=", "-p", &this]).output().unwrap();
    String::from_utf8(said.stdout)
        .unwrap()
        .trim()
        .parse()
        .unwrap()
}

/// The descriptors that the runtime's epoll watches. Only epoll lets its list be looked
/// at, so elsewhere there is none.
#[cfg(all(target_os = "linux", not(mio_unsupported_force_poll_poll)))]
pub fn watched(runtime: &Runtime) -> Option<Vec<RawFd>> {
    use std::os::fd::AsRawFd;

    let info = fs::read_to_string(format!("/proc/self/fdinfo/{}", runtime.as_raw_fd())).unwrap();
    let entries = info.lines().filter_map(|line| line.strip_prefix("tfd:"));
    let number = |entry: &str| entry.split_whitespace().next().unwrap().parse().unwrap();
    Some(entries.map(number).collect())
}

#[cfg(not(all(target_os = "linux", not(mio_unsupported_force_poll_poll))))]
pub fn watched(_runtime: &Runtime) -> Option<Vec<RawFd>> {
    None
}
