//! What is done to paths.

use super::permissions;
use crate::fault::Fault;
use crate::outcome::{Known, Outcome, kind};
use crate::places;
use crate::program::PathOp;
use buzzer::fs;
use std::future::poll_fn;
use std::io;
use std::os::unix::fs::DirEntryExt;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::task::Poll;

pub async fn apply(root: &Path, op: &PathOp, fault: Fault) -> Outcome {
    use PathOp::*;
    let at = |place| places::path(root, place);
    match *op {
        Read(place) => Outcome::of(fs::read(at(place)).await, Outcome::Bytes),
        ReadToString(place) => Outcome::of(fs::read_to_string(at(place)).await, Outcome::Text),
        Write(place, data) => Outcome::done(fs::write(at(place), data.bytes()).await),
        Copy(from, to) => {
            let copied = fs::copy(at(from), at(to)).await;
            if fault == Fault::CopyForgetsTheMode && copied.is_ok() {
                _ = fs::set_permissions(at(to), permissions(0o600)).await;
            }
            Outcome::number(copied)
        }
        Rename(from, to) => {
            if fault == Fault::RenameDoesNotReplace
                && matches!(fs::try_exists(at(to)).await, Ok(true))
            {
                return Outcome::done(Err(io::ErrorKind::AlreadyExists.into()));
            }
            Outcome::done(fs::rename(at(from), at(to)).await)
        }
        RemoveFile(place) => Outcome::done(fs::remove_file(at(place)).await),
        HardLink(from, to) => Outcome::done(fs::hard_link(at(from), at(to)).await),
        Symlink(text, to) => Outcome::done(fs::symlink(places::text(text), at(to)).await),
        ReadLink(place) => text(fs::read_link(at(place)).await),
        Metadata(place) => Outcome::known(fs::metadata(at(place)).await),
        SymlinkMetadata(place) => match fault {
            Fault::LinksAreFollowed => Outcome::known(fs::metadata(at(place)).await),
            _ => Outcome::known(fs::symlink_metadata(at(place)).await),
        },
        TryExists(place) => Outcome::of(fs::try_exists(at(place)).await, Outcome::Flag),
        Canonicalize(place) => {
            let within = |path: PathBuf| match path.strip_prefix(root) {
                Ok(within) => within.to_owned(),
                Err(_) => path,
            };
            text(fs::canonicalize(at(place)).await.map(within))
        }
        SetPermissions(place, mode) => {
            Outcome::done(fs::set_permissions(at(place), permissions(mode)).await)
        }
        CreateDir(place) => Outcome::done(fs::create_dir(at(place)).await),
        CreateDirAll(place) => Outcome::done(fs::create_dir_all(at(place)).await),
        BuildDir(place, recursive, mode) => {
            let mut builder = fs::DirBuilder::new();
            builder.recursive(recursive);
            if fault != Fault::ModesAreIgnored {
                builder.mode(mode);
            }
            Outcome::done(builder.create(at(place)).await)
        }
        RemoveDir(place) => Outcome::done(fs::remove_dir(at(place)).await),
        RemoveDirAll(place) => Outcome::done(fs::remove_dir_all(at(place)).await),
        List(place) => {
            let names = list(&at(place), fault).await;
            Outcome::of(names, Outcome::Names)
        }
        Fill(place, count) => {
            if let Err(error) = crate::tree::fill(&at(place), count) {
                return Outcome::done(Err(error));
            }
            Outcome::of(list(&at(place), fault).await, Outcome::Names)
        }
    }
}

pub fn text(path: io::Result<PathBuf>) -> Outcome {
    Outcome::of(path, |path| Outcome::Text(path.display().to_string()))
}

/// Every fifth entry is asked for by a call that is dropped after a poll, and the next one by
/// a poll without a call.
async fn list(path: &Path, fault: Fault) -> io::Result<Vec<String>> {
    let mut entries = fs::read_dir(path).await?;
    let (mut lines, mut seen) = (Vec::new(), Vec::new());
    loop {
        let polled = match lines.len() % 5 {
            0 => {
                let mut next = pin!(entries.next_entry());
                poll_fn(|cx| Poll::Ready(next.as_mut().poll(cx))).await
            }
            1 => Poll::Ready(poll_fn(|cx| entries.poll_next_entry(cx)).await),
            _ => Poll::Pending,
        };
        let entry = match polled {
            Poll::Ready(entry) => entry?,
            Poll::Pending => entries.next_entry().await?,
        };
        let Some(entry) = entry else { break };
        // Those of a long listing differ by their names only.
        let known = match lines.len() < 20 {
            true => entry
                .metadata()
                .await
                .map(|it| format!("{:?}", Known::of(&it))),
            false => Ok(String::new()),
        };
        let kind = kind(entry.file_type().await?);
        let known = known.map_err(|error| error.kind());
        assert_eq!(entry.path(), path.join(entry.file_name()));
        let of_another = u64::from(fault == Fault::NumbersAreOthers);
        seen.push((entry.file_name(), entry.ino() + of_another));
        lines.push((entry.file_name(), kind, known));
    }
    if fault == Fault::ListingsEndEarly && lines.len() > 64 {
        lines.truncate(64);
    }
    // The order is the file system's, of which std is asked.
    let order: Vec<_> = std::fs::read_dir(path)?
        .map(|entry| entry.map(|entry| (entry.file_name(), entry.ino())))
        .collect::<io::Result<_>>()?;
    if fault != Fault::ListingsEndEarly {
        assert!(
            seen == order,
            "{seen:?} was listed in the place of {order:?}"
        );
    }
    Ok(crate::tree::listed(lines))
}
