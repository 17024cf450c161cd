//! Paths: what is there, what a link leads to, and what is not there.

use std::io::{self, ErrorKind};
use std::path::Path;

use buzzer::fs::{self, File};
use buzzer::runtime::FileIo;

use super::{ALL, LOOKS, OF_LOOKS, OF_OPENS, OPENS, at_each_position, errors};
use crate::answers::{Reply, Script, with_scripts};
use crate::{runtime, temp_dir};

/// A path that leads to a file, through a link as well, to a folder, and to nothing.
pub async fn find_all(dir: &Path, begin: &dyn Fn()) {
    let (file, link, missing) = (dir.join("file"), dir.join("link"), dir.join("missing"));
    std::fs::write(&file, "text").unwrap();
    std::os::unix::fs::symlink(&file, &link).unwrap();
    std::fs::metadata(&missing).unwrap_err();
    begin();
    for path in [&file, &link] {
        assert_eq!(fs::read(path).await.unwrap(), b"text");
        assert_eq!(fs::read_to_string(path).await.unwrap(), "text");
        assert_eq!(fs::metadata(path).await.unwrap().len(), 4);
        let is_link = fs::symlink_metadata(path).await.unwrap().is_symlink();
        assert_eq!(is_link, path == &link);
        assert!(fs::try_exists(path).await.unwrap());
        let mut opened = File::open(path).await.unwrap();
        let mut text = String::new();
        opened.read_to_string(&mut text).await.unwrap();
        assert_eq!(text, "text");
        let mut options = File::options();
        options.read(true).append(true).open(path).await.unwrap();
    }
    assert!(fs::metadata(dir).await.unwrap().is_dir());
    let opened = File::open(dir).await.unwrap();
    assert!(opened.metadata().await.unwrap().is_dir());

    let kind = |error: io::Error| error.kind();
    let not_found = ErrorKind::NotFound;
    assert_eq!(fs::read(&missing).await.map_err(kind), Err(not_found));
    assert_eq!(
        File::open(&missing).await.map_err(kind).err(),
        Some(not_found)
    );
    let metadata = fs::metadata(&missing).await.map_err(kind);
    assert_eq!(metadata.err(), Some(not_found));
    assert!(!fs::try_exists(&missing).await.unwrap());
    let within = fs::read(file.join("within")).await.map_err(kind);
    assert_eq!(within, Err(ErrorKind::NotADirectory));
    let to_write = File::options().write(true).open(dir).await.map_err(kind);
    assert_eq!(to_write.err(), Some(ErrorKind::IsADirectory));
}

#[test]
fn a_path_that_is_looked_up_otherwise_once_is_found_as_it_is() {
    // Zero would be the descriptor of the program's input.
    let replies = [Reply::Says(0)].into_iter().chain(errors(OF_OPENS));
    at_each_position(OPENS, replies, find_all);
}

/// Each by itself, where one call of the three that an operation makes is another one's.
#[test]
fn each_look_at_a_path_meets_every_answer() {
    with_scripts(ALL, || {
        let dir = temp_dir();
        let path = dir.path().join("file");
        std::fs::write(&path, "text").unwrap();
        let runtime = runtime(FileIo::Auto);
        for (call, replies) in [(OPENS, OF_OPENS), (LOOKS, OF_LOOKS)] {
            for errno in replies {
                let once = || Script::once(call, 1, Reply::Fails(*errno)).begin();
                runtime.block_on(async {
                    let begun = once();
                    assert_eq!(fs::metadata(&path).await.unwrap().len(), 4, "{errno}");
                    drop(begun);
                    let begun = once();
                    let mut file = File::open(&path).await.unwrap();
                    drop(begun);
                    assert_eq!(file.read(&mut [0; 8]).await.unwrap(), 4, "{errno}");
                    let begun = once();
                    assert_eq!(fs::read(&path).await.unwrap(), b"text", "{errno}");
                    drop(begun);
                });
            }
        }
    });
}
