//! What every Unix has: POSIX and mio, and no more.

// Where only Linux's own way is taken, and what is asked only by tests.
#![cfg_attr(all(target_os = "linux", not(buzzer_portable)), allow(dead_code))]

pub(crate) mod cached;
pub(crate) mod privilege;
pub(crate) mod socket;
pub(crate) mod thread;
pub(crate) mod told;
