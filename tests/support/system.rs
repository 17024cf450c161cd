//! What the system can do that the library was built for, where a test has to know.

#![allow(dead_code, reason = "each test file uses a part of it")]

/// Whether the library goes Linux's own way. `--cfg buzzer_portable` has it go that of
/// every Unix.
pub const IS_LINUX_PROPER: bool = cfg!(all(target_os = "linux", not(buzzer_portable)));

/// Whether files are read from the kernel's caches at once. Elsewhere that is a worker's.
pub const TRIES_FILES: bool = IS_LINUX_PROPER;

/// Whether the dump is told what a descriptor is of, and where a socket connects to.
pub const TELLS_OF_DESCRIPTORS: bool = IS_LINUX_PROPER;

/// What the dump calls an eventfd.
pub const EVENTFD: &str = match TELLS_OF_DESCRIPTORS {
    true => "an eventfd",
    false => "an anonymous inode",
};

/// Whether mio waits by epoll, which refuses devices that never wait.
pub const SELECTOR_IS_EPOLL: bool = cfg!(all(
    target_os = "linux",
    not(mio_unsupported_force_poll_poll)
));

/// What a runtime makes descriptors of, in that order; as its errors call them.
pub const A_RUNTIME_TAKES: &[&str] = match () {
    () if cfg!(mio_unsupported_force_poll_poll) => &["the pipe that ends its sleeps"; 2],
    () if !cfg!(target_os = "linux") => &[
        "a kqueue",
        "what other threads wake the loop by",
        "a second descriptor of its selector",
    ],
    () if cfg!(buzzer_portable) => &[
        "an epoll descriptor",
        "the eventfd that other threads wake the loop by",
        "a second descriptor of its selector",
    ],
    () => &[
        "an epoll descriptor",
        "the eventfd that other threads wake the loop by",
        "the timerfd for its sleeps",
    ],
};

/// How many descriptors a listener for signals has: an eventfd, or the ends of a pipe.
pub const A_LISTENER_TAKES: usize = match IS_LINUX_PROPER {
    true => 1,
    false => 2,
};
