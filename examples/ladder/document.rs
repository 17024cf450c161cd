//! The two coroutines of the document, line by line. A stage gives what is its own: how
//! it waits, and how it reads.

use std::io;

use crate::{PATH, say};

/// Waits, and then reads the file.
pub async fn read_file(
    waits: impl Future<Output = ()>,
    reads: impl Future<Output = io::Result<String>>,
) -> io::Result<String> {
    say(format_args!(
        "Coroutine for {PATH} started, opening file..."
    ));
    waits.await;
    let content = reads.await?;
    say(format_args!("Finished reading {PATH}."));
    Ok(content)
}

/// Waits, and has worked meanwhile.
pub async fn other_work(waits: impl Future<Output = ()>) -> &'static str {
    say("Other async work started...");
    waits.await;
    say("Other async work done.");
    "Other work completed"
}

/// What both have come to.
pub fn tell(content: io::Result<String>, result: &str) -> io::Result<()> {
    say(format_args!("Got content1: '{:.10}'", content?));
    say(format_args!("Other work result: '{result}'"));
    Ok(())
}
