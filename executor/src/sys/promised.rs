//! Public functions that are unsafe, since tokio's and std's of their names are: what
//! their callers promise.
//!
//! Owns the word in them, as `sys/` does in all else, so each is written here, for a type
//! above that takes it in. `io/`, `net/`, `fs/` and `process/` do.

/// `FromRawFd` for what `$make` makes of an owned descriptor.
macro_rules! from_raw_fd {
    ($type:ty, $make:expr) => {
        #[allow(unsafe_code)]
        impl std::os::fd::FromRawFd for $type {
            unsafe fn from_raw_fd(fd: std::os::fd::RawFd) -> Self {
                // SAFETY: that it is open, and nobody else's, the caller promises.
                $make(unsafe { std::os::fd::OwnedFd::from_raw_fd(fd) })
            }
        }
    };
}

/// A public method that is unsafe only by its signature: nothing in it relies on what
/// the caller promises.
macro_rules! unsafe_by_name {
    ($(#[$doc:meta])* pub fn $($rest:tt)*) => {
        $(#[$doc])*
        #[allow(unsafe_code)]
        pub unsafe fn $($rest)*
    };
}

/// The method `pre_exec` of what has a command of std's in its field `std`. `$note` is
/// told.
macro_rules! pre_exec {
    ($(#[$doc:meta])* then $note:path) => {
        $(#[$doc])*
        #[allow(unsafe_code)]
        pub unsafe fn pre_exec<F>(&mut self, f: F) -> &mut Self
        where
            F: FnMut() -> std::io::Result<()> + Send + Sync + 'static,
        {
            // SAFETY: what `f` may do between fork and exec, the caller promises.
            unsafe { std::os::unix::process::CommandExt::pre_exec(&mut self.std, f) };
            $note(self);
            self
        }
    };
}

pub(crate) use {from_raw_fd, pre_exec, unsafe_by_name};
