//! What the programs of this member share.
//!
//! - [`server`] serves HTTP over buzzer's sockets
//! - [`bridge`] runs what insists on tokio on a thread of its own
//! - [`exit`] says how a program ends

pub mod bridge;
pub mod exit;
pub mod server;
