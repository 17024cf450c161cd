//! A socket that is ready, empty, ready again and closed; and what the reactor knew.
//!
//!     cargo run -p buzzer-chapters --bin readiness
//!     cargo run -p buzzer-chapters --bin readiness -- 100   with more room for a read

use std::{env, io};

use buzzer::io::{AsyncReadExt, AsyncWriteExt};
use buzzer::net::UnixStream;
use buzzer::runtime::Builder;
use buzzer::task;
use buzzer::time::{Duration, sleep};
use buzzer::trace::{Direction, Event, Recording};

async fn reader(mut socket: UnixStream, room: usize) -> io::Result<()> {
    let mut some = vec![0; room];
    loop {
        let length = socket.read(&mut some).await?;
        if length == 0 {
            println!("the end");
            return Ok(());
        }
        println!("read {length} of {room}");
    }
}

async fn two_letters(room: usize) -> io::Result<()> {
    let (mut ours, theirs) = UnixStream::pair()?;
    let named = task::Builder::new().name("reader");
    let reader = named.spawn(reader(theirs, room))?;
    let a_second = Duration::from_secs(1);
    sleep(a_second).await; // It finds nothing, and waits.
    ours.write_all(b"ten bytes.").await?;
    sleep(a_second).await; // It reads what is there, and waits again.
    ours.write_all(b"six...").await?;
    drop(ours);
    reader.await?
}

/// What the reactor was told of reading, and when it took it back.
fn show(recording: &Recording) {
    for record in recording.records() {
        let (source, direction, is) = match record.event {
            Event::SourceReady { source, direction } => (source, direction, "ready"),
            Event::SourceCleared { source, direction } => (source, direction, "empty"),
            _ => continue,
        };
        if direction == Direction::Read {
            println!("  {source:?} is {is}");
        }
    }
}

fn main() -> io::Result<()> {
    let room = match env::args().nth(1) {
        Some(number) => number.parse().map_err(io::Error::other)?,
        None => 4,
    };
    let runtime = Builder::new_current_thread()
        .start_paused(true)
        .record(10_000)
        .build()?;
    runtime.block_on(two_letters(room))?;
    println!("what the reactor knew:");
    show(&runtime.recording());
    Ok(())
}
