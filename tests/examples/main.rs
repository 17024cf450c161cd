//! Every example is run here as its user runs it: the built program, in a
//! directory of its own, judged by what it prints and how it exits.
//!
//! `cargo test` builds the examples, and these tests find them next to
//! themselves; one that is missing or older than its sources fails them. None of
//! them waits: the programs that would take seconds have a flag for it. Servers are
//! told to end; a test that needs to know how far one has come waits for what it
//! says. Expected output is in tests/golden/; that of `sync_read` and `async_read`
//! was written by the document's Python programs.

mod all;
mod chat;
mod names;
mod servers;
mod side_by_side;
mod small_programs;
mod story;
mod support;
