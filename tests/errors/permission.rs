//! What a user may not do.

use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use buzzer::fs::{self, File};
use buzzer::runtime::{Builder, FileIo};
use libc::EACCES;

use crate::{os, says, shown};

/// Root may do everything, so for root the rows are those of a user who may not.
#[test]
fn a_file_that_may_not_be_read() {
    const FORBIDDEN: &str = "BUZZER_TEST_FORBIDDEN_ERRORS";
    let check = |path: &Path| {
        for file_io in [FileIo::Auto, FileIo::Pool] {
            let mut builder = Builder::new_current_thread();
            let runtime = builder.file_io(file_io).build().unwrap();
            runtime.block_on(async {
                let p = shown(path);
                let denied = || os(EACCES);
                says("read", fs::read(path).await, format!("read {p}"), denied());
                says(
                    "opened",
                    File::open(path).await,
                    format!("open {p}"),
                    denied(),
                );
                let within = &path.with_file_name("closed").join("within");
                let w = shown(within);
                let exists = fs::try_exists(within).await;
                says("looked for", exists, format!("existence of {w}"), denied());
                let made = fs::create_dir(within).await;
                says("made", made, format!("create directory {w}"), denied());
                let moved = fs::rename(path, within).await;
                says("moved", moved, format!("rename {p} -> {w}"), denied());
            });
        }
    };
    if let Some(path) = std::env::var_os(FORBIDDEN) {
        return check(&PathBuf::from(path));
    }
    // Where another user can get to, unlike the build's directory.
    let folder = tempfile::tempdir().unwrap();
    let mode = std::fs::Permissions::from_mode;
    std::fs::set_permissions(folder.path(), mode(0o755)).unwrap();
    let path = folder.path().join("forbidden");
    std::fs::write(&path, "secret").unwrap();
    std::fs::set_permissions(&path, mode(0)).unwrap();
    let closed = folder.path().join("closed");
    std::fs::create_dir(&closed).unwrap();
    std::fs::set_permissions(&closed, mode(0)).unwrap();
    if std::fs::File::open(&path).is_err() {
        return check(&path);
    }
    let nobody = 65534;
    // By a way that is open to nobody, too, where there is one.
    let this = match cfg!(target_os = "linux") {
        true => "/proc/self/exe".into(),
        false => std::env::current_exe().unwrap(),
    };
    let status = Command::new(this)
        .args(["--exact", "permission::a_file_that_may_not_be_read"])
        .env(FORBIDDEN, &path)
        .current_dir("/")
        .uid(nobody)
        .gid(nobody)
        .status();
    assert!(status.unwrap().success());
}
