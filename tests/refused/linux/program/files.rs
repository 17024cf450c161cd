//! Files and directories.

use std::io::SeekFrom;
use std::path::Path;

use buzzer::fs::{self, File, OpenOptions};
use buzzer::io::{AsyncBufReadExt, BufReader};
use rustix::fs::{Advice, fadvise};

use super::Said;

const LINE: &str = "a line of text\n";

pub async fn whole(dir: &Path) -> Said {
    let path = dir.join("whole");
    fs::write(&path, LINE).await?;
    let text = fs::read_to_string(&path).await?;
    let bytes = fs::read(&path).await?;
    let status = fs::read_to_string("/proc/self/status").await?;
    let empty = dir.join("empty");
    File::create(&empty).await?;
    Ok(format!(
        "{} {} {} {}",
        text == LINE,
        bytes.len(),
        status.starts_with("Name:"),
        fs::read(&empty).await?.len()
    ))
}

pub async fn parts(dir: &Path) -> Said {
    let path = dir.join("parts");
    let mut file = File::create(&path).await?;
    for _ in 0..3 {
        file.write_all(LINE.as_bytes()).await?;
    }
    file.write_at(b"A", 0).await?;
    file.sync_all().await?;
    let mut file = OpenOptions::new()
        .append(true)
        .read(true)
        .open(&path)
        .await?;
    file.write_all(b"the last\n").await?;
    file.set_len(50).await?;
    let at = file.seek(SeekFrom::Start(30)).await?;
    let mut text = String::new();
    file.read_to_string(&mut text).await?;
    let mut first = [0; 6];
    file.read_at(&mut first, 0).await?;
    let mut lines = BufReader::new(File::open(&path).await?).lines();
    let mut count = 0;
    while lines.next_line().await?.is_some() {
        count += 1;
    }
    let first = String::from_utf8_lossy(&first);
    Ok(format!(
        "from {at} {text:?}, first {first:?}, {count} lines"
    ))
}

pub async fn uncached(dir: &Path) -> Said {
    let path = dir.join("uncached");
    let contents: Vec<u8> = (0..300_000_u32).map(|n| (n % 251) as u8).collect();
    fs::write(&path, &contents).await?;
    let mut whole = true;
    for _ in 0..2 {
        let mut file = File::open(&path).await?;
        file.sync_all().await?;
        // Where it can't be had (files that are in memory anyway) it is read as well.
        let _ = fadvise(&file, 0, None, Advice::DontNeed);
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).await?;
        whole &= bytes == contents;
    }
    Ok(format!("whole: {whole}"))
}

pub async fn paths(dir: &Path) -> Said {
    let path = dir.join("path");
    fs::write(&path, LINE).await?;
    let len = fs::metadata(&path).await?.len();
    let link = dir.join("link");
    fs::symlink(&path, &link).await?;
    let is_link = fs::symlink_metadata(&link).await?.is_symlink();
    let target = fs::read_link(&link).await? == path;
    let same = fs::canonicalize(&link).await? == fs::canonicalize(&path).await?;
    fs::hard_link(&path, dir.join("hard")).await?;
    fs::rename(dir.join("hard"), dir.join("renamed")).await?;
    let renamed = fs::try_exists(dir.join("renamed")).await?;
    let mut permissions = fs::metadata(&path).await?.permissions();
    permissions.set_readonly(true);
    fs::set_permissions(&path, permissions).await?;
    let readonly = fs::metadata(&path).await?.permissions().readonly();
    fs::remove_file(&path).await?;
    let gone = fs::metadata(&path).await.unwrap_err().kind();
    let missing = File::open(&path).await.unwrap_err().kind();
    let here = fs::try_exists(&path).await?;
    Ok(format!(
        "{len} {is_link} {target} {same} {renamed} {readonly} {gone:?} {missing:?} {here}"
    ))
}

pub async fn directories(dir: &Path) -> Said {
    let top = dir.join("top");
    fs::create_dir_all(top.join("a/b")).await?;
    fs::write(top.join("a/file"), LINE).await?;
    let mut names = Vec::new();
    let mut waiting = vec![top.clone()];
    while let Some(dir) = waiting.pop() {
        let mut entries = fs::read_dir(&dir).await?;
        while let Some(entry) = entries.next_entry().await? {
            if entry.file_type().await?.is_dir() {
                waiting.push(entry.path());
            }
            let size = entry.metadata().await?.is_file();
            names.push(format!("{}:{size}", entry.file_name().display()));
        }
    }
    names.sort();
    fs::remove_dir(top.join("a/b")).await?;
    fs::remove_dir_all(&top).await?;
    let here = fs::try_exists(&top).await?;
    Ok(format!("{}, left: {here}", names.join(" ")))
}

pub async fn copies(dir: &Path) -> Said {
    let (from, to) = (dir.join("from"), dir.join("to"));
    let contents = LINE.repeat(20_000);
    fs::write(&from, &contents).await?;
    let count = fs::copy(&from, &to).await?;
    let same = fs::read_to_string(&to).await? == contents;
    let mut reader = File::open(&from).await?;
    let mut writer = File::create(&to).await?;
    let streamed = buzzer::io::copy(&mut reader, &mut writer).await?;
    let still = fs::read_to_string(&to).await? == contents;
    // What has no size, and no part of a file to copy within the kernel.
    let status = fs::copy("/proc/self/status", &to).await?;
    Ok(format!("{count} {same} {streamed} {still} {}", status > 0))
}
