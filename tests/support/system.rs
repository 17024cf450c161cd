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

/// Whether poll(2) takes the place of the system's selector. It can be asked of anything,
/// also of what is always ready. And it looks at states, not at changes: what the program
/// clears by hand though it is there is told again, and what comes while a source is marked
/// ready is told after the clear.
pub const BY_POLL: bool = cfg!(mio_unsupported_force_poll_poll);

/// Whether mio waits by epoll, which refuses devices that never wait.
pub const SELECTOR_IS_EPOLL: bool = cfg!(target_os = "linux") && !BY_POLL;

/// How many descriptors a runtime has open before its first deadline.
pub const OPEN_IN_A_RUNTIME: usize = match BY_POLL || IS_LINUX_PROPER {
    true => 2,
    false => 3,
};

/// How many it has for its deadlines, from the first on: a timerfd.
pub const OPEN_FOR_DEADLINES: usize = match IS_LINUX_PROPER {
    true => 1,
    false => 0,
};

/// How many a listener for signals has: an eventfd, or the ends of a pipe.
pub const A_LISTENER_TAKES: usize = match IS_LINUX_PROPER {
    true => 1,
    false => 2,
};

/// What a runtime makes descriptors for, one after the other, as its errors call it.
pub const DESCRIPTORS_OF_A_RUNTIME: &[&str] = match () {
    () if IS_LINUX_PROPER => &[
        "an epoll descriptor",
        "the eventfd that other threads wake the loop by",
    ],
    () if BY_POLL => &["the pipe that ends its sleeps"],
    () if cfg!(target_os = "linux") => &[
        "an epoll descriptor",
        "the eventfd that other threads wake the loop by",
        "a second descriptor of its selector",
    ],
    () => &[
        "a kqueue",
        "what other threads wake the loop by",
        "a second descriptor of its selector",
    ],
};
