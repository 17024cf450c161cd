//! System calls that fail, one at a time, and what a program of many parts gets.
//!
//! The program is [`parts`]. [`run`] runs one part of it in a sandbox (seccomp's, which
//! tells of each call before it is made), and has the n-th call of a kind fail. [`calls`]
//! says which calls there are, with which errors, and what is expected then; [`judge`]
//! says whether that came. [`sweep`] does it for many, and [`page`] makes the table.
//!
//! strace can't do it: it counts by thread, and from the process's beginning, so that its
//! n-th call is another one in each run, or std's own.

#![cfg(target_os = "linux")]

pub mod calls;
pub mod closes;
pub mod judge;
pub mod left_out;
pub mod limited;
pub mod page;
pub mod parts;
pub mod run;
#[path = "../../support/sandbox.rs"]
mod sandbox;
pub mod sweep;
