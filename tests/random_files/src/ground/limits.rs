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
    may_not();
}

/// What is asked for with all rights: an overlay does with files below what who mounted it
/// may.
pub(super) fn with_all_rights<T>(then: impl FnOnce() -> T) -> T {
    if let Ok(mut may) = capabilities(None) {
        may.effective = may.permitted;
        set_capabilities(None, may).expect("what is permitted may be asked for");
    }
    let result = then();
    may_not();
    result
}

fn may_not() {
    if let Ok(mut may) = capabilities(None) {
        may.effective -= CapabilitySet::DAC_OVERRIDE | CapabilitySet::DAC_READ_SEARCH;
        set_capabilities(None, may).expect("less may always be asked for");
    }
}
