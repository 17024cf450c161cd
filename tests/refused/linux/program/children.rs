//! Child processes.

use std::io::{self, ErrorKind};
use std::os::unix::process::ExitStatusExt;
use std::process::Stdio;

use buzzer::io::{AsyncReadExt, AsyncWriteExt};
use buzzer::process::Command;
use buzzer::time::{Duration, sleep};

use super::Said;

fn shell(line: &str) -> Command {
    let mut command = Command::new("/bin/sh");
    command.args(["-c", line]).stdin(Stdio::null());
    command
}

pub async fn status() -> Said {
    let mut codes = Vec::new();
    for line in ["exit 0", "exit 7"] {
        let status = shell(line).status().await?;
        codes.push(format!("{:?}", status.code()));
    }
    let mut later = shell("read line").stdin(Stdio::piped()).spawn()?;
    let before = later.try_wait()?.is_none();
    drop(later.stdin.take());
    let status = later.wait().await?;
    Ok(format!(
        "{}, later {before} {:?}",
        codes.join(" "),
        status.code()
    ))
}

pub async fn output() -> Said {
    let output = shell("echo tea; echo coffee >&2; exit 3").output().await?;
    let text = |bytes| String::from_utf8_lossy(bytes).trim_end().to_owned();
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    Ok(format!("{out}, {err}, {:?}", output.status.code()))
}

pub async fn pipes_both_ways() -> Said {
    let mut child = Command::new("cat")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let mut to = child.stdin.take().unwrap();
    let mut from = child.stdout.take().unwrap();
    let writer = buzzer::spawn(async move {
        to.write_all(&vec![b'x'; 200_000]).await?;
        to.shutdown().await
    });
    let mut bytes = Vec::new();
    from.read_to_end(&mut bytes).await?;
    writer.await??;
    let status = child.wait().await?;
    Ok(format!("{} came back, {:?}", bytes.len(), status.code()))
}

pub async fn kill() -> Said {
    let mut child = shell("exec sleep 1000").spawn()?;
    child.kill().await?;
    let status = child.wait().await?;
    Ok(format!("{:?}", status.signal()))
}

/// Nobody waits for it but the runtime: it ends when its pipe is closed, and is gone.
pub async fn dropped() -> Said {
    let child = shell("read line").stdin(Stdio::piped()).spawn()?;
    let id = child.id().expect("it was not waited for") as i32;
    drop(child);
    // SAFETY: signal 0 asks, and is sent to nobody.
    while unsafe { libc::kill(id, 0) } == 0 {
        sleep(Duration::from_millis(1)).await;
    }
    let gone = io::Error::last_os_error().raw_os_error() == Some(libc::ESRCH);
    Ok(format!("gone: {gone}"))
}

pub async fn missing() -> Said {
    let error = Command::new("/no/such/program").spawn().unwrap_err();
    match error.kind() {
        ErrorKind::NotFound => Ok(format!("not found, {error}")),
        _ => Err(error),
    }
}
