//! buzzer, by the name that other crates have for tokio.
//!
//! It owns nothing. docs/from-tokio.md says who needs it.

pub use buzzer::*;
