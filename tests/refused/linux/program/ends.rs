//! Processes that end before their runtimes do, and leave a trace all the same.
//!
//! Each is this program again, in the same sandbox.

use std::env;
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{ExitStatus, exit};

use buzzer::fs;
use buzzer::process::Command;
use buzzer::runtime::Runtime;
use buzzer::task::yield_now;
use buzzer::time::{Duration, sleep};

use super::Said;
use super::signals::raise;

/// Tells a process how it is to end.
pub const HOW: &str = "BUZZER_TEST_END";

const EXIT: &str = "exit";
const SIGTERM: &str = "SIGTERM";

pub async fn by_exit(dir: &Path) -> Said {
    let (status, trace) = end(dir, EXIT).await?;
    Ok(format!("{:?}, {trace}", status.code()))
}

pub async fn by_signal(dir: &Path) -> Said {
    let (status, trace) = end(dir, SIGTERM).await?;
    Ok(format!("{:?}, {trace}", status.signal()))
}

async fn end(dir: &Path, how: &str) -> io::Result<(ExitStatus, String)> {
    let file = dir.join(format!("{how}.json"));
    let status = Command::new(env::current_exe()?)
        .env(HOW, how)
        .env("BUZZER_TRACE", &file)
        .stdout(std::process::Stdio::null())
        .status()
        .await?;
    let trace: serde_json::Value = serde_json::from_str(&fs::read_to_string(&file).await?)?;
    let events = trace["traceEvents"].as_array().map_or(0, Vec::len);
    Ok((status, format!("a trace with events: {}", events > 0)))
}

pub fn run(how: &str) -> ! {
    let runtime = Runtime::new().unwrap();
    runtime.block_on(async {
        yield_now().await;
        sleep(Duration::from_micros(100)).await;
        match how {
            EXIT => exit(3),
            SIGTERM => raise(libc::SIGTERM).unwrap(),
            _ => unreachable!("{how}"),
        };
        sleep(Duration::from_secs(1_000)).await;
    });
    unreachable!("the process has ended")
}
