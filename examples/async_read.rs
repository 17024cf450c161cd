//! The asynchronous program: while it waits for the file it does its other
//! work, on the same thread. Two seconds in all instead of three.
//!
//!     cargo run --example async_read
//!     cargo run --example async_read -- --paused
//!     BUZZER_TRACE=story cargo run --example async_read -- --paused
//!     BUZZER_TRACE=run.html cargo run --example async_read
//!
//! It prints the lines of the Python original, in the same order. With --paused
//! the clock jumps to the next deadline whenever everyone waits: the same run,
//! the same total, in no time. (`sync_read` can't do that: only who hands the
//! waiting to the runtime lets the runtime shorten it.) The last two show how the
//! runtime does it: told line by line, and as a page to step through.
//!
//! Next: side_by_side, both programs drawn as timelines, with figures.

mod common;

use std::env;
use std::io;
use std::process::ExitCode;
use std::time::Duration;

use buzzer::fs::{self, File};
use buzzer::runtime::Builder;
use buzzer::time::{Instant, sleep};
use buzzer::{gather, task};
use common::{ended, say, usage};

async fn read_file_async(path: &'static str) -> io::Result<String> {
    say(format_args!(
        "ASYNC: Coroutine for {path} started, opening file..."
    ))?;
    // Stands for a slow disk, as before; but this one goes back to the loop,
    // which polls the others meanwhile.
    sleep(Duration::from_secs(2)).await;
    let content = first_ten_bytes(path).await?;
    say(format_args!("ASYNC: Finished reading {path}."))?;
    Ok(content)
}

async fn first_ten_bytes(path: &str) -> io::Result<String> {
    let mut file = File::open(path).await?;
    let mut first = [0; 10];
    let length = file.read(&mut first).await?;
    Ok(String::from_utf8_lossy(&first[..length]).into_owned())
}

async fn do_other_async_work() -> io::Result<&'static str> {
    say("ASYNC: Other async work started...")?;
    sleep(Duration::from_secs(1)).await;
    say("ASYNC: Other async work done.")?;
    Ok("Other work completed")
}

async fn program() -> io::Result<()> {
    let path = "dummy_async.txt";
    // If this fails, the error says which file and what was tried.
    fs::write(path, "Hello Asynchronous World!").await?;

    let result = tasks(path).await;
    // The Python original leaves its file behind; your directory stays as it was.
    fs::remove_file(path).await?;
    result
}

async fn tasks(path: &'static str) -> io::Result<()> {
    say("ASYNC: Starting tasks.")?;
    // Both are lined up now; neither has begun.
    let task1 = named("read the file").spawn(read_file_async(path))?;
    let task2 = named("other work").spawn(do_other_async_work())?;

    // Here they run, both at once. The outer `?` is for a task that panicked,
    // the inner for an error that it returned.
    let (content1, other_work_result) = gather!(task1, task2).await;
    say(format_args!("ASYNC: Got content1: '{}'", content1??))?;
    say(format_args!(
        "ASYNC: Other work result: '{}'",
        other_work_result??
    ))
}

/// `buzzer::spawn(future)` would do. With a name, those who watch the run know the task
/// again.
fn named(name: &str) -> task::Builder<'_> {
    task::Builder::new().name(name)
}

fn timed_program(paused: bool) -> io::Result<()> {
    // `buzzer::block_on(program())` would do, were it not for the paused clock.
    let runtime = Builder::new_current_thread().start_paused(paused).build()?;
    runtime.block_on(async {
        let start = Instant::now();
        program().await?;
        let total = start.elapsed().as_secs_f64();
        say(format_args!("ASYNC: Total time: {total:.2}s"))
    })
}

fn main() -> ExitCode {
    let paused = match env::args_os().nth(1) {
        None => false,
        Some(flag) if flag == "--paused" => true,
        Some(_) => return usage("[--paused]"),
    };
    ended(timed_program(paused))
}
