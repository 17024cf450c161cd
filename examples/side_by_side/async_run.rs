//! The document's asynchronous program, for any number of files: all of them
//! and the other work at once, on one thread.

use std::io;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;

use buzzer::fs::File;
use buzzer::runtime::Builder;
use buzzer::time::{Instant, sleep_until};
use buzzer::{gather, spawn};

use crate::page::{Page, printable};
use crate::record::Record;
use crate::stage::{Clock, Stage, show_path};
use crate::{FILE_TAKES, OTHER_WORK_TAKES, SHOWN_BYTES};

/// # Errors
/// Those of printing and of making a runtime: a file that can't be read is named
/// and left out.
pub fn run(page: Page, paths: &[PathBuf], paused: bool) -> io::Result<Record> {
    let runtime = Builder::new_current_thread().start_paused(paused).build()?;
    let record = runtime.block_on(async {
        let stage = Rc::new(Stage::new(page, Clock::Runtime(Instant::now())));
        let kept = program(&stage, paths).await?;
        stage.finish(Some(kept))
    })?;
    let pool_threads = runtime.metrics().num_blocking_threads();
    Ok(Record {
        pool_threads,
        ..record
    })
}

/// Returns how many bytes its tasks keep between two polls.
async fn program(stage: &Rc<Stage>, paths: &[PathBuf]) -> io::Result<usize> {
    stage.say("ASYNC: Starting tasks.")?;
    let mut kept = 0;
    let mut reads = Vec::new();
    for path in paths {
        let lane = stage.lane(&show_path(path));
        let task = read_file_async(Rc::clone(stage), lane, path.clone());
        kept += size_of_val(&task);
        reads.push(spawn(Rc::clone(stage).watch(lane, task)));
    }
    let lane = stage.lane("other work");
    let task = do_other_async_work(Rc::clone(stage), lane);
    kept += size_of_val(&task);
    let other_work = spawn(Rc::clone(stage).watch(lane, task));

    // They run from here on, all at once.
    let (contents, other_work_result) = gather!(gather(reads), other_work).await;
    for (index, content) in contents.into_iter().enumerate() {
        if let Some(content) = content?? {
            let (number, content) = (index + 1, printable(&content));
            stage.say(&format!("ASYNC: Got content{number}: '{content}'"))?;
        }
    }
    let other_work_result = other_work_result??;
    stage.say(&format!("ASYNC: Other work result: '{other_work_result}'"))?;
    let total = stage.now().as_secs_f64();
    stage.say(&format!("ASYNC: Total time: {total:.2}s"))?;
    Ok(kept)
}

/// The error is that of printing; the file's own is told, and gives `None`.
async fn read_file_async(
    stage: Rc<Stage>,
    lane: usize,
    path: PathBuf,
) -> io::Result<Option<Vec<u8>>> {
    let name = show_path(&path);
    stage.say(&format!(
        "ASYNC: Coroutine for {name} started, opening file..."
    ))?;
    sleep_watched(&stage, lane, FILE_TAKES).await;
    match first_bytes(&path).await {
        Ok(content) => {
            stage.say(&format!("ASYNC: Finished reading {name}."))?;
            Ok(Some(content))
        }
        Err(error) => {
            // buzzer's errors name the file themselves.
            stage.failed(lane, &error.to_string());
            Ok(None)
        }
    }
}

async fn do_other_async_work(stage: Rc<Stage>, lane: usize) -> io::Result<&'static str> {
    stage.say("ASYNC: Other async work started...")?;
    sleep_watched(&stage, lane, OTHER_WORK_TAKES).await;
    stage.say("ASYNC: Other async work done.")?;
    Ok("Other work completed")
}

/// A `sleep` that notes how late it was.
async fn sleep_watched(stage: &Stage, lane: usize, time: Duration) {
    let due = Instant::now() + time;
    sleep_until(due).await;
    stage.was_late(lane, due.elapsed());
}

async fn first_bytes(path: &Path) -> io::Result<Vec<u8>> {
    let mut file = File::open(path).await?;
    let mut content = vec![0; SHOWN_BYTES as usize];
    let mut length = 0;
    // A read may bring less than was asked for; nothing means the end.
    while length < content.len() {
        match file.read(&mut content[length..]).await? {
            0 => break,
            read => length += read,
        }
    }
    content.truncate(length);
    Ok(content)
}
