//! Public functions that are unsafe, since tokio's and std's of their names are: what
//! their callers promise.
//!
//! Owns the word in them, as `sys/` does in all else, so each is written here, for a type
//! above that takes it in. `io/` does.

/// A public method that is unsafe only by its signature: nothing in it relies on what
/// the caller promises.
macro_rules! unsafe_by_name {
    ($(#[$doc:meta])* pub fn $($rest:tt)*) => {
        $(#[$doc])*
        #[allow(unsafe_code)]
        pub unsafe fn $($rest)*
    };
}

pub(crate) use unsafe_by_name;
