//! What a process has open: descriptors, sources that its selectors watch, threads.
//!
//! Owns the reading of /proc/self. Every command counts before and after.

use std::fs;
use std::sync::{Mutex, MutexGuard};

/// Taken by who looks at threads, and has descriptors open for it that are not of the run.
static LOOKS: Mutex<()> = Mutex::new(());

/// While this is kept, nothing is counted.
pub fn to_look() -> MutexGuard<'static, ()> {
    LOOKS.lock().unwrap()
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Opened {
    pub descriptors: usize,
    /// What all epoll descriptors together watch.
    pub watched: usize,
    pub threads: usize,
}

impl Opened {
    pub fn now() -> Self {
        let _nobody_looks = to_look();
        // The folder that is read is a descriptor, too.
        let descriptors = fs::read_dir("/proc/self/fd").unwrap().count() - 1;
        let infos = fs::read_dir("/proc/self/fdinfo").unwrap();
        let infos = infos.filter_map(|info| fs::read_to_string(info.unwrap().path()).ok());
        let watched = infos.map(|info| info.matches("tfd:").count()).sum();
        let threads = fs::read_dir("/proc/self/task").unwrap().count();
        Self {
            descriptors,
            watched,
            threads,
        }
    }
}

/// Lets this process have as many descriptors as it needs, if it may.
///
/// # Errors
///
/// How many it may have, if those are too few.
pub fn make_room(descriptors: u64) -> Result<(), u64> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    if limit.current.is_none_or(|current| current >= descriptors) {
        return Ok(());
    }
    let maximum = limit.maximum.map(|maximum| maximum.max(descriptors));
    let raised = [maximum, limit.maximum].into_iter().any(|maximum| {
        let current = Some(descriptors);
        setrlimit(Resource::Nofile, Rlimit { current, maximum }).is_ok()
    });
    match raised {
        true => Ok(()),
        false => Err(limit.maximum.unwrap_or(0)),
    }
}
