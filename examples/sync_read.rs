//! The synchronous program: it reads a file that takes two seconds to come, and
//! only then does its other work. The thread is blocked in every wait.
//!
//!     cargo run --example sync_read
//!
//! It prints the lines of the Python original, in the same order.
//!
//! Next: async_read, the same job without blocking.

mod common;

use std::fs::{self, File};
use std::io::{self, Read};
use std::process::ExitCode;
use std::time::Duration;
use std::{env, thread};

use common::{ended, say, usage};

/// How the program waits. It is `thread::sleep`, which blocks the thread and
/// which no paused clock can shorten; so a test hands in another.
type Sleep = fn(Duration);

fn read_file_sync(path: &str, sleep: Sleep) -> io::Result<String> {
    say(format_args!("SYNC: Opening {path}..."))?;
    sleep(Duration::from_secs(2)); // Stands for a slow disk or a network file system.
    let mut content = String::new();
    File::open(path)
        .and_then(|file| file.take(10).read_to_string(&mut content)) // Enough to show.
        .map_err(|error| named(path, error))?;
    say(format_args!("SYNC: Finished reading {path}."))?;
    Ok(content)
}

fn program(sleep: Sleep) -> io::Result<()> {
    let path = "dummy_sync.txt";
    fs::write(path, "Hello Synchronous World!").map_err(|error| named(path, error))?;

    let result = tasks(path, sleep);
    // The Python original leaves its file behind; your directory stays as it was.
    fs::remove_file(path).map_err(|error| named(path, error))?;
    result
}

fn tasks(path: &str, sleep: Sleep) -> io::Result<()> {
    say("SYNC: Starting tasks.")?;
    let content1 = read_file_sync(path, sleep)?; // Blocks here for 2 seconds.
    say(format_args!("SYNC: Got content1: '{content1}'"))?;

    // This comes only after the reading is completely done.
    say("SYNC: Doing other work...")?;
    sleep(Duration::from_secs(1));
    say("SYNC: Other work done.")
}

/// The error with the file's name, which the operating system leaves out.
fn named(path: &str, error: io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{path}: {error}"))
}

fn main() -> ExitCode {
    let sleep: Sleep = match env::args_os().nth(1) {
        None => thread::sleep,
        Some(flag) if flag == "--no-wait" => |_| (),
        Some(_) => return usage("[--no-wait]"),
    };
    ended(program(sleep))
}
