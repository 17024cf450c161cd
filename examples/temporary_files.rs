//! Temporary files: made by the tempfile crate, used like any other.
//!
//!     cargo run --example temporary_files
//!
//! tempfile knows how to make files that nobody else can guess or open, and
//! removes them when they are dropped. It blocks, so it is called on a worker of
//! the blocking pool. Nothing is left behind.
//!
//! Next: own_future, what a wait is made of.

mod common;

use std::io;
use std::process::ExitCode;

use buzzer::fs::{self, File};
use buzzer::task::spawn_blocking;
use common::{ended, say};

/// A file that no directory knows: the kernel removes it when it is closed, even
/// if the program is killed.
async fn without_a_name() -> io::Result<()> {
    let std = spawn_blocking(tempfile::tempfile).await??;
    let mut scratch = File::from_std(std);
    scratch.write_all(b"Hello Asynchronous World!").await?;
    scratch.rewind().await?;
    let mut text = String::new();
    scratch.read_to_string(&mut text).await?;
    say(format_args!("Without a name: {text:?}"))
}

/// A file that another program can be told of. It is removed when `named` is
/// dropped, and stays if it is persisted instead.
async fn with_a_name() -> io::Result<()> {
    let named = spawn_blocking(tempfile::NamedTempFile::new).await??;
    let path = named.path().to_owned();
    fs::write(&path, "espresso\nlatte\ncortado\n").await?;

    let mut lines = File::open(&path).await?.lines();
    while let Some(line) = lines.next_line().await? {
        say(format_args!("With a name: one {line}"))?;
    }

    // `close` removes it like a drop, but tells if that fails.
    spawn_blocking(|| named.close()).await??;
    let there = fs::try_exists(&path).await?;
    say(format_args!("With a name: is it still there? {there}"))
}

/// A directory, for files that need names of their own.
async fn a_directory() -> io::Result<()> {
    let dir = spawn_blocking(tempfile::tempdir).await??;
    let path = dir.path().to_owned();
    let write = |name: &str| fs::write(path.join(name), format!("I am {name}"));
    buzzer::try_gather!(write("one"), write("two"), write("three")).await?;

    let mut names = Vec::new();
    let mut entries = fs::read_dir(&path).await?;
    while let Some(entry) = entries.next_entry().await? {
        names.push(entry.file_name());
    }
    names.sort();
    say(format_args!("A directory: {names:?}"))?;

    spawn_blocking(|| dir.close()).await??;
    let there = fs::try_exists(&path).await?;
    say(format_args!("A directory: is it still there? {there}"))
}

fn main() -> ExitCode {
    let result = buzzer::block_on(async {
        without_a_name().await?;
        with_a_name().await?;
        a_directory().await
    });
    ended(result)
}
