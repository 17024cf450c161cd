//! What the programs of this member share.

pub mod bridge;
pub mod exit;
