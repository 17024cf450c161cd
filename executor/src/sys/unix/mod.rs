//! What every Unix has: POSIX and mio, and no more.

// Where only Linux's own way is taken, and what is asked only by tests.
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
