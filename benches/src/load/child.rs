//! What a program of ours that makes load says to the server's side, and waits for there.
//!
//! It prints [`READY`] when all is set up, and begins at the answer; it prints its figures,
//! and holds what it has open until its input is closed.

use std::io::{self, Read as _};

/// The line that asks whether to begin.
pub const READY: &str = "ready";

/// Says that all is set up; returns when it is to begin.
///
/// # Errors
///
/// If nobody is there to say so.
pub fn ready() -> io::Result<()> {
    println!("{READY}");
    let read = io::stdin().read_line(&mut String::new())?;
    match read {
        0 => Err(io::ErrorKind::UnexpectedEof.into()),
        _ => Ok(()),
    }
}

/// Says what it came to; returns when that is all.
///
/// # Errors
///
/// If the input breaks off.
pub fn came_to(figures: &[f64]) -> io::Result<()> {
    let figures: Vec<String> = figures.iter().map(f64::to_string).collect();
    println!("{}", figures.join(" "));
    io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}
