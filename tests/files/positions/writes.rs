//! Writes: at the position, at an offset, of several buffers.

use std::cell::Cell;
use std::io::{self, SeekFrom};
use std::path::Path;

use buzzer::fs::File;

use super::{ALL, OF_WRITES, WRITES, at_each_position, errors, less, run};
use crate::answers::{Reply, Script, with_scripts};
use crate::refused::contents;

pub async fn write_all(dir: &Path, begin: &dyn Fn()) {
    let (path, contents) = (dir.join("file"), contents(300_000));
    let mut file = File::create(&path).await.unwrap();
    begin();
    let first = file.write(&contents[..7_000]).await.unwrap();
    assert!((1..=7_000).contains(&first));
    file.write_all(&contents[first..100_000]).await.unwrap();
    assert_eq!(file.stream_position().await.unwrap(), 100_000);
    let mut at = 100_000;
    while at < contents.len() {
        at += file.write_at(&contents[at..], at as u64).await.unwrap();
    }
    file.flush().await.unwrap();
    assert!(std::fs::read(&path).unwrap() == contents);
    file.seek(SeekFrom::End(0)).await.unwrap();
    let buffers = [b"one ", b"more"].map(|text| io::IoSlice::new(text));
    let more = file.write_vectored(&buffers).await.unwrap();
    file.write_all(&b"one more"[more..]).await.unwrap();
    file.flush().await.unwrap();
    let written = std::fs::read(&path).unwrap();
    assert!(written == [&contents[..], b"one more"].concat());
}

#[test]
fn a_write_that_is_answered_otherwise_once_loses_nothing() {
    at_each_position(WRITES, less().chain(errors(OF_WRITES)), write_all);
}

/// Where the file system can write at once, and takes little.
#[test]
fn writes_that_all_go_in_small_parts_lose_nothing() {
    with_scripts(ALL, || {
        for reply in [Reply::Moves(777), Reply::Says(0)] {
            run(async |dir| {
                let begun = Cell::new(None);
                write_all(dir, &|| {
                    begun.set(Some(Script::always(WRITES, reply).begin()))
                })
                .await;
                let calls = begun.take().map_or(0, |begun| begun.calls());
                assert!(calls >= 4, "{calls}");
            });
        }
    });
}
