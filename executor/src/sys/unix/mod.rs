//! What every Unix has: POSIX and mio, and no more.

// Linux's own way falls back on a part of it. And over mio's poll(2) a runtime has no
// descriptor, so nobody asks for what is told by one.
#![cfg_attr(
    any(
        all(target_os = "linux", not(buzzer_portable)),
        mio_unsupported_force_poll_poll
    ),
    allow(dead_code)
)]

mod alarm;
pub(crate) mod cached;
pub(crate) mod event;
pub(crate) mod pidfd;
pub(crate) mod privilege;
pub(crate) mod registry;
pub(crate) mod socket;
pub(crate) mod thread;
pub(crate) mod timer;
pub(crate) mod told;
pub(crate) mod unpark;
pub(crate) mod urgent;
