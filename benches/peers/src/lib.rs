//! What the comparison is made of; `main.rs` runs it and explains the method.
//!
//! In reading order:
//!
//! - [`rows`]: what is measured, and in which unit
//! - [`peer`]: what a row needs of a runtime
//! - `runtimes/`: each of them, in a file of its own
//! - `system/`: files and children, for who has them
//! - `sockets/`: sockets, for who has them
//! - `work/`: the work of each row, written once for all
//! - [`folder`]: the files that are read
//! - [`load`]: the processes that ask a server, and what for
//! - [`sitting`]: rounds, each measure in a process of its own
//! - [`report`], [`chart`]: the table, the JSON and the picture
//!
//! To add a runtime: write its file in `runtimes/`, others in `system/` and `sockets/` if it
//! has those, and its line in `runtimes/mod.rs`. To add a row: append it to [`rows::Row`]; the
//! compiler then asks for its work.

pub mod chart;
pub mod folder;
pub mod load;
pub mod peer;
pub mod report;
pub mod rows;
pub mod runtimes;
pub mod sitting;
mod sockets;
pub mod system;
mod work;

pub use work::Figures;
