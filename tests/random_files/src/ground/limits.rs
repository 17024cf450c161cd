//! What a process may, so that more can go wrong.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use rustix::thread::{CapabilitySet, capabilities, set_capabilities};

/// The most bytes that a file may have, in this process.
pub const LARGEST: u64 = 400_000;

/// A write past the limit is an error, after a part; and permissions hold also for root.
/// What is started from here on has it so.
pub fn limit() {
    // SAFETY: no handler is installed; a signal that is ignored runs no code.
    unsafe { libc::signal(libc::SIGXFSZ, libc::SIG_IGN) };
    let limit = Rlimit {
        current: Some(LARGEST),
        ..getrlimit(Resource::Fsize)
    };
    setrlimit(Resource::Fsize, limit).expect("less may always be asked for");
    if let Ok(mut may) = capabilities(None) {
        may.effective -= CapabilitySet::DAC_OVERRIDE | CapabilitySet::DAC_READ_SEARCH;
        set_capabilities(None, may).expect("less may always be asked for");
    }
}
