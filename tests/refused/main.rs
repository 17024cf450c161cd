//! Linux that says no: a program of many parts in a sandbox (seccomp), with one call
//! after the other refused by one error after the other.
//!
//! What has another way is refused once, and nothing is lost by it; the rest says in an
//! error what was refused. docs/refused.md has it all as a table, and is held against
//! what was seen: `WRITE_REFUSED=1 cargo test --test refused` writes it anew.
//!
//! The sandbox is there from the program's first call on, so no harness can be: it would
//! need threads where none are to be had. Where such sandboxes are not to be had, the
//! tests say so and pass.

#[cfg(target_os = "linux")]
mod linux;

fn main() {
    #[cfg(target_os = "linux")]
    linux::main();
}
