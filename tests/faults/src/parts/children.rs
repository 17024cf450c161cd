//! Child processes. Each ends with its input at the latest, and is killed if its handle is
//! dropped: what an error leaves is to be gone with the runtime.

use std::io::{self, ErrorKind};
use std::os::unix::process::ExitStatusExt;
use std::process::Stdio;
use std::rc::Rc;

use buzzer::fs;
use buzzer::io::{AsyncReadExt, AsyncWriteExt};
use buzzer::process::{Child, Command};

use super::{Place, Said};

fn shell(line: &str) -> Command {
    let mut command = Command::new("/bin/sh");
    command
        .args(["-c", line])
        .stdin(Stdio::null())
        .kill_on_drop(true);
    command
}

/// One that gives back what it is given.
pub(super) fn cat() -> io::Result<Child> {
    Command::new("/bin/cat")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
}

pub async fn status() -> Said {
    let mut codes = Vec::new();
    for line in ["exit 0", "exit 7"] {
        let status = shell(line).status().await?;
        codes.push(format!("{:?}", status.code()));
    }
    let mut later = shell("read line").stdin(Stdio::piped()).spawn()?;
    let before = later.try_wait()?.is_none();
    let stdin = later.stdin.take();
    // It is waited for before it can end.
    let closing = async {
        drop(stdin);
        Ok(())
    };
    let (status, ()) = buzzer::try_gather!(later.wait(), closing).await?;
    let (codes, code) = (codes.join(" "), status.code());
    Ok(format!("{codes}, later {before} {code:?}"))
}

pub async fn output() -> Said {
    let output = shell("echo tea; echo coffee >&2; exit 3").output().await?;
    let text = |bytes| String::from_utf8_lossy(bytes).trim_end().to_owned();
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    Ok(format!("{out}, {err}, {:?}", output.status.code()))
}

pub async fn both_pipes() -> Said {
    let mut child = cat()?;
    let mut to = child.stdin.take().expect("a pipe");
    let mut from = child.stdout.take().expect("a pipe");
    let sent: Vec<u8> = (0..200_000).map(|n| (n % 251) as u8).collect();
    let mut got = Vec::new();
    let writing = async {
        to.write_all(&sent).await?;
        to.shutdown().await?;
        drop(to);
        Ok(())
    };
    let reading = async {
        from.read_to_end(&mut got).await?;
        io::Result::Ok(())
    };
    buzzer::try_gather!(writing, reading).await?;
    let status = child.wait().await?;
    let same = got == sent;
    Ok(format!("the same came back: {same}, {:?}", status.code()))
}

pub async fn kill() -> Said {
    let mut child = shell("read line").stdin(Stdio::piped()).spawn()?;
    let stdin = child.stdin.take();
    child.kill().await?;
    let status = child.wait().await?;
    drop(stdin);
    Ok(format!("{:?}", status.signal()))
}

/// What can't be run is told why, which takes calls of its own.
pub async fn no_programs(place: Rc<Place>) -> Said {
    let text = place.path("text");
    fs::write(&text, "text").await?;
    let mut told = Vec::new();
    for (path, why) in [
        (text, ErrorKind::PermissionDenied),
        (place.path("missing"), ErrorKind::NotFound),
    ] {
        match Command::new(&path).status().await {
            Ok(status) => told.push(status.to_string()),
            Err(error) if error.kind() == why => told.push(why.to_string()),
            Err(error) => return Err(error),
        }
    }
    Ok(told.join(", "))
}
