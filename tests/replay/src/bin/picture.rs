//! Makes README's picture: the replay of the document's program, at the step at which a
//! timer wakes the task that waited for it, while the others sleep.
//!
//!     cargo run -p buzzer-replay-tests --bin picture [FILE]
//!
//! It writes docs/replay.png if no file is named.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use buzzer_replay_tests::{DESK, Page, replay_of_async_read};

/// The first event that is a wake by a timer: kind 6, cause 3.
const STEP: &str = "((run) => run.kind.findIndex((kind, row) => kind === 6 && run.b[row] === 3) + 1)\
                    (JSON.parse(document.getElementById('run').textContent))";

fn main() -> Result<()> {
    let file = match env::args_os().nth(1) {
        Some(file) => PathBuf::from(file),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/replay.png"),
    };
    let page = Page::open(&replay_of_async_read()?, "", DESK)?;
    let step: usize = page.ask(STEP)?;
    page.ask::<String>(&format!("location.hash = '#step={step}'"))?;
    page.until(&format!("document.body.dataset.step === '{step}'"))?;
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(&file, page.picture()?).with_context(|| file.display().to_string())
}
