//! The document's synchronous program, for any number of files: one after the
//! other, and then the other work.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::page::{Page, printable};
use crate::record::{Record, State};
use crate::stage::{Clock, Stage, show_path};
use crate::{FILE_TAKES, OTHER_WORK_TAKES, SHOWN_BYTES};

/// # Errors
/// Only those of printing: a file that can't be read is named and left out.
pub fn run(page: Page, paths: &[PathBuf], paused: bool) -> io::Result<Record> {
    let stage = Stage::new(
        page,
        match paused {
            true => Clock::Paused(Duration::ZERO.into()),
            false => Clock::Real(Instant::now()),
        },
    );
    stage.say("SYNC: Starting tasks.")?;
    // All of it could begin at once, were it not for the one in front.
    let lanes: Vec<_> = paths
        .iter()
        .map(|path| stage.lane(&show_path(path)))
        .collect();
    let other_work = stage.lane("other work");

    for (index, (path, lane)) in paths.iter().zip(lanes).enumerate() {
        stage.enter(lane, State::Runs);
        match read_file_sync(&stage, lane, path)? {
            Ok(content) => {
                let (number, content) = (index + 1, printable(&content));
                stage.say(&format!("SYNC: Got content{number}: '{content}'"))?;
            }
            Err(error) => stage.failed(lane, &format!("{}: {error}", path.display())),
        }
        stage.enter(lane, State::Away);
    }

    stage.enter(other_work, State::Runs);
    stage.say("SYNC: Doing other work...")?;
    stage.enter(other_work, State::Blocks);
    stage.block(OTHER_WORK_TAKES);
    stage.enter(other_work, State::Runs);
    stage.say("SYNC: Other work done.")?;
    stage.enter(other_work, State::Away);
    stage.finish(None)
}

/// The outer error is that of printing, the inner that of the file.
fn read_file_sync(stage: &Stage, lane: usize, path: &Path) -> io::Result<io::Result<Vec<u8>>> {
    stage.say(&format!("SYNC: Opening {}...", show_path(path)))?;
    stage.enter(lane, State::Blocks);
    stage.block(FILE_TAKES);
    let content = first_bytes(path);
    stage.enter(lane, State::Runs);
    if content.is_ok() {
        stage.say(&format!("SYNC: Finished reading {}.", show_path(path)))?;
    }
    Ok(content)
}

fn first_bytes(path: &Path) -> io::Result<Vec<u8>> {
    let mut content = Vec::new();
    let file = File::open(path)?;
    file.take(SHOWN_BYTES).read_to_end(&mut content)?;
    Ok(content)
}
