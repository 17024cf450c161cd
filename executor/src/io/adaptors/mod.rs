//! Readers and writers made of others.
//!
//! Owns what cuts one short, puts one behind another, makes one of two and two of one;
//! named and shaped like tokio's. What is wrong in one is told under the name of what it
//! is made of.

mod chain;
mod join;
mod split;
mod take;

pub use chain::Chain;
pub use join::{Join, join};
pub use split::{ReadHalf, WriteHalf, split};
pub use take::Take;
