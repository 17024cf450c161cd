//! Calls whose error itself says that an old kernel does not have them, or that a sandbox
//! refuses them: they look at no file, and their arguments are always the same.
//!
//! Owns [`Refusal`], by which that is noticed once for the process. `call.rs` is for others.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether one call is refused.
pub(super) struct Refusal(AtomicBool);

impl Refusal {
    pub(super) const fn new() -> Self {
        Self(AtomicBool::new(false))
    }

    pub(super) fn is_noticed(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// Makes the call; `None` if it is refused, now or before. It must be one whose
    /// arguments the kernel can't have anything against.
    pub(super) fn unless_refused<T>(
        &self,
        call: impl FnOnce() -> io::Result<T>,
    ) -> Option<io::Result<T>> {
        if self.is_noticed() {
            return None;
        }
        match call() {
            Err(error) if is_refusal(&error) => {
                self.0.store(true, Ordering::Relaxed);
                None
            }
            made => Some(made),
        }
    }
}

/// Whether it says that there is no such call here; and not that there is no room.
fn is_refusal(error: &io::Error) -> bool {
    !matches!(
        error.raw_os_error(),
        Some(libc::EMFILE | libc::ENFILE | libc::ENOMEM | libc::ENOSPC | libc::EINTR)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_noticed_once_and_a_lack_of_room_is_none() {
        let call = Refusal::new();
        let fails_by = |number| move || Err::<(), _>(io::Error::from_raw_os_error(number));
        for number in [libc::EMFILE, libc::ENFILE, libc::ENOMEM] {
            let error = call.unless_refused(fails_by(number)).unwrap().unwrap_err();
            assert_eq!(error.raw_os_error(), Some(number));
        }
        assert!(call.unless_refused(|| Ok(())).unwrap().is_ok());
        for number in [libc::EPERM, libc::ENOSYS, libc::EINVAL] {
            let call = Refusal::new();
            assert!(call.unless_refused(fails_by(number)).is_none());
            assert!(call.unless_refused::<()>(|| unreachable!()).is_none());
        }
    }
}
