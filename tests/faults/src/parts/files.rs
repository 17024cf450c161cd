//! Files, in every way that reads and writes them.

use std::fs::Permissions;
use std::io::SeekFrom;
use std::os::unix::fs::PermissionsExt;
use std::rc::Rc;
use std::time::UNIX_EPOCH;

use buzzer::fs::{self, File, OpenOptions};
use buzzer::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, BufWriter};
use rustix::fs::{Advice, fadvise};

use super::{Place, Said};

const LINE: &str = "a line of text\n";

pub async fn whole(place: Rc<Place>) -> Said {
    let path = place.path("whole");
    fs::write(&path, LINE).await?;
    place.holds(&path, 0, LINE);
    let text = fs::read_to_string(&path).await?;
    let bytes = fs::read(&path).await?;
    let status = fs::read_to_string("/proc/self/status").await?;
    Ok(format!(
        "{} {} {}",
        text == LINE,
        bytes.len(),
        status.starts_with("Name:")
    ))
}

pub async fn parts(place: Rc<Place>) -> Said {
    let path = place.path("parts");
    let mut file = OpenOptions::new()
        .create(true)
        .truncate(true)
        .read(true)
        .write(true)
        .open(&path)
        .await?;
    for n in 0..3 {
        file.write_all(LINE.as_bytes()).await?;
        place.holds(&path, n * LINE.len(), LINE);
    }
    file.write_at(b"B", 2 * LINE.len() as u64 + 14).await?;
    place.forget(&path);
    place.holds(&path, 0, LINE.repeat(2));
    file.sync_data().await?;
    file.sync_all().await?;
    let at = file.seek(SeekFrom::Start(30)).await?;
    let mut text = String::new();
    file.read_to_string(&mut text).await?;
    let mut first = [0; 6];
    let read = file.read_at(&mut first, 0).await?;
    let len = file.metadata().await?.len();
    file.set_modified(UNIX_EPOCH).await?;
    file.set_permissions(Permissions::from_mode(0o600)).await?;
    file.set_len(20).await?;
    place.forget(&path);
    place.holds(&path, 0, &LINE.repeat(2)[..20]);
    let mut again = file.try_clone().await?;
    let end = again.seek(SeekFrom::End(0)).await?;
    let first = String::from_utf8_lossy(&first[..read]);
    Ok(format!("from {at} {text:?}, first {first:?}, {len}, {end}"))
}

pub async fn appended(place: Rc<Place>) -> Said {
    let path = place.path("appended");
    for n in 0..3 {
        let mut how = OpenOptions::new();
        let mut file = how.append(true).create(true).open(&path).await?;
        file.write_all(LINE.as_bytes()).await?;
        place.holds(&path, n * LINE.len(), LINE);
    }
    let mut lines = BufReader::new(File::open(&path).await?).lines();
    let mut count = 0;
    while lines.next_line().await?.is_some() {
        count += 1;
    }
    Ok(format!("{count} lines"))
}

/// What a flush reports is with the system, and what comes after an error is not taken for
/// it.
pub async fn buffered(place: Rc<Place>) -> Said {
    let path = place.path("buffered");
    let mut writer = BufWriter::with_capacity(64, File::create(&path).await?);
    let mut written = 0;
    for _ in 0..5 {
        for _ in 0..10 {
            writer.write_all(LINE.as_bytes()).await?;
        }
        writer.flush().await?;
        place.holds(&path, written, LINE.repeat(10));
        written += 10 * LINE.len();
    }
    writer.write_all(b"the last").await?;
    writer.shutdown().await?;
    place.holds(&path, written, "the last");
    Ok(format!("{written} bytes"))
}

pub async fn uncached(place: Rc<Place>) -> Said {
    let path = place.path("uncached");
    let contents: Vec<u8> = (0..300_000_u32).map(|n| (n % 251) as u8).collect();
    fs::write(&path, &contents).await?;
    place.holds(&path, 0, &contents);
    let mut file = File::open(&path).await?;
    file.sync_all().await?;
    // Where it can't be had (files that are in memory anyway) it is read as well.
    let _ = fadvise(&file, 0, None, Advice::DontNeed);
    let mut first = [0; 6];
    let read = file.read_at(&mut first, 200_000).await?;
    let is_first = contents[200_000..].starts_with(&first[..read]);
    let _ = fadvise(&file, 0, None, Advice::DontNeed);
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).await?;
    let is_whole = bytes == contents;
    Ok(format!("whole: {is_whole}, from within: {is_first}"))
}

pub async fn copies(place: Rc<Place>) -> Said {
    let (from, to) = (place.path("from"), place.path("to"));
    let contents = LINE.repeat(20_000);
    fs::write(&from, &contents).await?;
    let count = fs::copy(&from, &to).await?;
    place.holds(&to, 0, &contents);
    let mut reader = File::open(&from).await?;
    let also = place.path("also");
    let mut writer = File::create(&also).await?;
    let streamed = buzzer::io::copy(&mut reader, &mut writer).await?;
    place.holds(&also, 0, &contents);
    // What has no size, and no part of a file to copy within the kernel.
    let status = fs::copy("/proc/self/status", place.path("status")).await?;
    Ok(format!("{count} {streamed} {}", status > 0))
}
