//! What makes something at a path, or takes two: what is missing is named.

use std::io::ErrorKind;

use buzzer::fs::{self, File};
use libc::{EEXIST, EISDIR, ENOENT, ENOTDIR, ENOTEMPTY};

use crate::files::both_ways;
use crate::{finds, os, says, shown};

#[test]
fn a_folder_on_the_way_that_is_missing() {
    both_ways(async |folder| {
        let missing = folder.join("no");
        let path = &missing.join("such").join("file");
        let p = format!("{}: {} is missing", shown(path), shown(&missing));
        says(
            "wrote",
            fs::write(path, "x").await,
            format!("write {p}"),
            os(ENOENT),
        );
        says(
            "made",
            File::create(path).await,
            format!("open {p}"),
            os(ENOENT),
        );
        says(
            "made",
            File::create_new(path).await,
            format!("open {p}"),
            os(ENOENT),
        );
        let made = fs::create_dir(path).await;
        says(
            "made a folder",
            made,
            format!("create directory {p}"),
            os(ENOENT),
        );
        let built = fs::DirBuilder::new().create(path).await;
        says(
            "built a folder",
            built,
            format!("create directory {p}"),
            os(ENOENT),
        );

        let from = &folder.join("from");
        std::fs::write(from, "").unwrap();
        let both = format!("{} -> {p}", shown(from));
        says(
            "renamed",
            fs::rename(from, path).await,
            format!("rename {both}"),
            os(ENOENT),
        );
        says(
            "copied",
            fs::copy(from, path).await,
            format!("copy {both}"),
            os(ENOENT),
        );
        says(
            "linked",
            fs::hard_link(from, path).await,
            format!("link {both}"),
            os(ENOENT),
        );
        // What a symbolic link points to need not be there.
        let link = fs::symlink("nowhere", path).await;
        says(
            "linked",
            link,
            format!("symlink nowhere -> {p}"),
            os(ENOENT),
        );
    });
}

#[test]
fn the_first_of_two_paths_that_is_missing() {
    both_ways(async |folder| {
        let (from, to) = (&folder.join("from"), &folder.join("to"));
        let f = shown(from);
        let both = format!("{f} -> {}: {f} is missing", shown(to));
        says(
            "renamed",
            fs::rename(from, to).await,
            format!("rename {both}"),
            os(ENOENT),
        );
        says(
            "copied",
            fs::copy(from, to).await,
            format!("copy {both}"),
            os(ENOENT),
        );
        says(
            "linked",
            fs::hard_link(from, to).await,
            format!("link {both}"),
            os(ENOENT),
        );
        let itself = fs::symlink("", to).await;
        says(
            "linked to none",
            itself,
            format!("symlink  -> {}", shown(to)),
            os(ENOENT),
        );
    });
}

#[test]
fn something_that_is_there_already_or_of_another_kind() {
    both_ways(async |folder| {
        let (one, other) = (&folder.join("one"), &folder.join("other"));
        std::fs::write(one, "1").unwrap();
        std::fs::create_dir(other).unwrap();
        std::fs::write(other.join("within"), "").unwrap();
        let (o, t) = (shown(one), shown(other));
        let both = format!("{o} -> {t}");
        says(
            "linked",
            fs::hard_link(one, other).await,
            format!("link {both}"),
            os(EEXIST),
        );
        says(
            "linked",
            fs::symlink(one, other).await,
            format!("symlink {both}"),
            os(EEXIST),
        );
        says(
            "renamed",
            fs::rename(one, other).await,
            format!("rename {both}"),
            os(EISDIR),
        );
        says(
            "copied",
            fs::copy(one, other).await,
            format!("copy {both}"),
            os(EISDIR),
        );
        let moved = fs::rename(other, one).await;
        says(
            "moved a folder",
            moved,
            format!("rename {t} -> {o}"),
            os(ENOTDIR),
        );
        let copied = fs::copy(other, one).await;
        let text = format!("copy {t} -> {o}: the source is no file, nor a link to one");
        finds("copied a folder", copied, text, ErrorKind::InvalidInput);
        let copied = fs::copy(one, one).await;
        let text = format!("copy {o} -> {o}: both are the same file");
        finds("copied onto itself", copied, text, ErrorKind::InvalidInput);
        let made = fs::create_dir(one).await;
        says("made", made, format!("create directory {o}"), os(EEXIST));
        let within = &one.join("within");
        let made = fs::create_dir_all(within).await;
        let text = format!("create directory {}", shown(within));
        says("made all", made, text, os(ENOTDIR));
        let removed = fs::remove_dir(other).await;
        says(
            "removed",
            removed,
            format!("remove directory {t}"),
            os(ENOTEMPTY),
        );
        let removed = fs::remove_dir(one).await;
        says(
            "removed",
            removed,
            format!("remove directory {o}"),
            os(ENOTDIR),
        );
    });
}
