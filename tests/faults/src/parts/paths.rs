//! Names of files, and directories.

use std::rc::Rc;

use buzzer::fs::{self, File};

use super::{Place, Said};

pub async fn names(place: Rc<Place>) -> Said {
    let (path, link, hard) = (place.path("path"), place.path("link"), place.path("hard"));
    fs::write(&path, "text").await?;
    let len = fs::metadata(&path).await?.len();
    fs::symlink(&path, &link).await?;
    let is_link = fs::symlink_metadata(&link).await?.is_symlink();
    let target = fs::read_link(&link).await? == path;
    let same = fs::canonicalize(&link).await? == fs::canonicalize(&path).await?;
    fs::hard_link(&path, &hard).await?;
    let renamed = place.path("renamed");
    fs::rename(&hard, &renamed).await?;
    place.holds(&renamed, 0, "text");
    place.is_gone(&hard);
    let is_there = fs::try_exists(&renamed).await?;
    let mut permissions = fs::metadata(&path).await?.permissions();
    permissions.set_readonly(true);
    fs::set_permissions(&path, permissions).await?;
    let readonly = fs::metadata(&path).await?.permissions().readonly();
    fs::remove_file(&path).await?;
    place.is_gone(&path);
    let gone = fs::try_exists(&path).await?;
    let missing = match File::open(&path).await {
        Ok(_) => "there".to_owned(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => "missing".to_owned(),
        Err(error) => return Err(error),
    };
    Ok(format!(
        "{len} {is_link} {target} {same} {is_there} {readonly} {gone} {missing}"
    ))
}

pub async fn directories(place: Rc<Place>) -> Said {
    let top = place.path("top");
    fs::create_dir_all(top.join("a/b")).await?;
    fs::write(top.join("a/file"), "text").await?;
    let mut names = Vec::new();
    let mut waiting = vec![top.clone()];
    while let Some(dir) = waiting.pop() {
        let mut entries = fs::read_dir(&dir).await?;
        while let Some(entry) = entries.next_entry().await? {
            if entry.file_type().await?.is_dir() {
                waiting.push(entry.path());
            }
            let is_file = entry.metadata().await?.is_file();
            names.push(format!("{}:{is_file}", entry.file_name().display()));
        }
    }
    names.sort();
    fs::create_dir(top.join("c")).await?;
    fs::remove_dir(top.join("c")).await?;
    place.is_gone(&top.join("c"));
    fs::remove_dir_all(&top).await?;
    place.is_gone(&top);
    Ok(names.join(" "))
}
