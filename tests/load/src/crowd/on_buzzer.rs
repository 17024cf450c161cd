//! The client of the crowd, on buzzer.

use buzzer as runtime;

#[path = "client.rs"]
mod client;
pub use client::call;
