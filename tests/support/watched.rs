//! What a runtime's selector watches, as the kernel tells.

use std::os::fd::RawFd;

use buzzer::runtime::Runtime;

/// The descriptors that the runtime's epoll watches. Only epoll lets its list be looked
/// at, so elsewhere there is none.
#[cfg(all(target_os = "linux", not(mio_unsupported_force_poll_poll)))]
pub fn watched(runtime: &Runtime) -> Option<Vec<RawFd>> {
    use std::os::fd::AsRawFd;

    let path = format!("/proc/self/fdinfo/{}", runtime.as_raw_fd());
    let info = std::fs::read_to_string(path).unwrap();
    let entries = info.lines().filter_map(|line| line.strip_prefix("tfd:"));
    let number = |entry: &str| entry.split_whitespace().next().unwrap().parse().unwrap();
    Some(entries.map(number).collect())
}

#[cfg(not(all(target_os = "linux", not(mio_unsupported_force_poll_poll))))]
pub fn watched(_runtime: &Runtime) -> Option<Vec<RawFd>> {
    None
}
