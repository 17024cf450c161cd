//! The traits of other crates, for the types of this one.
//!
//! Each file is an optional feature and implements one crate's traits directly on
//! our types, so that no wrapper stands between a socket and the library that
//! uses it.
//!
//! | feature | crate | traits |
//! |---|---|---|
//! | `hyper` | hyper 1 | `hyper::rt::{Read, Write, Executor, Timer, Sleep}` |

#[cfg(feature = "hyper")]
pub mod hyper;
