//! File operations that go well. Each scenario has a directory of its own,
//! which goes when the scenario ends.

use super::*;
use std::io::SeekFrom;
use std::os::unix::fs::PermissionsExt;
use std::panic::catch_unwind;
use tempfile::tempdir;

/// Creates a file that can be read and written, holding `content`.
async fn file_with(content: &str) -> fs::File {
    let file = tempfile::tempfile().unwrap();
    let mut file = fs::File::from_std(file);
    file.write_all(content.as_bytes()).await.unwrap();
    file.flush().await.unwrap();
    file.rewind().await.unwrap();
    file
}

async fn rest_of(file: &mut fs::File) -> String {
    let mut rest = String::new();
    file.read_to_string(&mut rest).await.unwrap();
    rest
}

pub fn whole_files_are_written_and_read() -> Transcript {
    run(async || {
        let dir = tempdir().unwrap();
        let path = dir.path().join("menu");
        fs::write(&path, "tea\ncoffee\n").await.unwrap();
        note!("{:?}", fs::read_to_string(&path).await.unwrap());
        fs::write(&path, b"milk").await.unwrap();
        note!("{:?}", fs::read(&path).await.unwrap());
    })
}

pub fn a_read_gives_what_is_there_then_nothing() -> Transcript {
    run(async || {
        let mut file = file_with("Hello World!").await;
        let mut buffer = [0; 8];
        for _ in 0..3 {
            let length = file.read(&mut buffer).await.unwrap();
            note!("{length}: {:?}", str::from_utf8(&buffer[..length]).unwrap());
        }
    })
}

pub fn buffers_of_no_length() -> Transcript {
    run(async || {
        let mut file = file_with("Hello").await;
        note!("read {}", file.read(&mut []).await.unwrap());
        note!("written {}", file.write(&[]).await.unwrap());
        note!("nothing was moved: {:?}", rest_of(&mut file).await);
    })
}

pub fn seeks_from_start_end_and_current() -> Transcript {
    run(async || {
        let mut file = file_with("0123456789").await;
        note!("at {}", file.seek(SeekFrom::Start(3)).await.unwrap());
        let mut two = [0; 2];
        file.read_exact(&mut two).await.unwrap();
        note!("read {:?}", str::from_utf8(&two).unwrap());
        note!("at {}", file.seek(SeekFrom::Current(2)).await.unwrap());
        note!("the rest is {:?}", rest_of(&mut file).await);
        note!("at {}", file.seek(SeekFrom::End(-1)).await.unwrap());
        note!("the rest is {:?}", rest_of(&mut file).await);
        note!("at {}", file.stream_position().await.unwrap());
    })
}

pub fn a_write_in_the_middle_replaces_what_was_there() -> Transcript {
    run(async || {
        let mut file = file_with("one two three").await;
        file.seek(SeekFrom::Start(4)).await.unwrap();
        file.write_all(b"TWO").await.unwrap();
        note!("the rest is {:?}", rest_of(&mut file).await);
        file.rewind().await.unwrap();
        note!("all of it is {:?}", rest_of(&mut file).await);
    })
}

pub fn reads_and_writes_alternate_at_one_position() -> Transcript {
    run(async || {
        let mut file = file_with("abcdef").await;
        let mut one = [0];
        for _ in 0..2 {
            file.read_exact(&mut one).await.unwrap();
            file.write_all(b"-").await.unwrap();
        }
        file.flush().await.unwrap();
        file.rewind().await.unwrap();
        note!("{:?}", rest_of(&mut file).await);
    })
}

pub fn appending_writes_to_the_end_wherever_it_stands() -> Transcript {
    run(async || {
        let dir = tempdir().unwrap();
        let path = dir.path().join("log");
        fs::write(&path, "first\n").await.unwrap();
        let mut options = fs::OpenOptions::new();
        let mut file = options.append(true).open(&path).await.unwrap();
        file.rewind().await.unwrap();
        file.write_all(b"second\n").await.unwrap();
        file.flush().await.unwrap();
        note!("{:?}", fs::read_to_string(&path).await.unwrap());
    })
}

pub fn lines_with_and_without_an_end() -> Transcript {
    run(async || {
        let mut lines = BufReader::new(file_with("one\n\nthree\r\nthe last").await).lines();
        while let Some(line) = lines.next_line().await.unwrap() {
            note!("{line:?}");
        }
    })
}

pub fn lines_through_a_buffer_of_no_capacity() -> Transcript {
    run(async || {
        let made = catch_unwind(|| BufReader::with_capacity(0, &b"tea\ncoffee\n"[..]));
        note!("it panics: {}", made.is_err());
        if let Ok(reader) = made {
            let mut lines = reader.lines();
            while let Some(line) = lines.next_line().await.unwrap() {
                note!("{line:?}");
            }
        }
    })
    .differs(Difference {
        because: "buzzer's buffer holds a byte then, and grows for a line",
        buzzer: &[
            "0 ms: it panics: false",
            "0 ms: \"tea\"",
            "0 ms: \"coffee\"",
        ],
        tokio: &["0 ms: it panics: true"],
    })
}

pub fn several_buffers_are_written_to_a_file() -> Transcript {
    run(async || {
        let mut file = file_with("").await;
        let parts: [&[u8]; 4] = [b"one", b"", b" large ", b"coffee"];
        let slices = parts.map(std::io::IoSlice::new);
        note!("written {}", file.write_vectored(&slices).await.unwrap());
        note!("written {}", file.write_vectored(&[]).await.unwrap());
        file.rewind().await.unwrap();
        note!("{:?}", rest_of(&mut file).await);
    })
}

pub fn ten_thousand_lines() -> Transcript {
    run(async || {
        let text: String = (1..=10_000).map(|n| format!("line {n}\n")).collect();
        let mut lines = BufReader::new(file_with(&text).await).lines();
        let (mut count, mut last) = (0, String::new());
        while let Some(line) = lines.next_line().await.unwrap() {
            count += 1;
            last = line;
        }
        note!("{count} lines, the last is {last:?}");
    })
}

pub fn truncating_and_extending() -> Transcript {
    run(async || {
        let mut file = file_with("0123456789").await;
        file.set_len(4).await.unwrap();
        note!("{:?}", rest_of(&mut file).await);
        file.set_len(6).await.unwrap();
        note!("{:?}", rest_of(&mut file).await);
        note!("{} bytes", file.metadata().await.unwrap().len());
    })
}

pub fn a_cloned_file_shares_its_position() -> Transcript {
    run(async || {
        let mut file = file_with("abcdef").await;
        let mut clone = file.try_clone().await.unwrap();
        let mut three = [0; 3];
        file.read_exact(&mut three).await.unwrap();
        note!("the clone reads {:?}", rest_of(&mut clone).await);
    })
}

pub fn a_megabyte_there_and_back() -> Transcript {
    run(async || {
        let dir = tempdir().unwrap();
        let path = dir.path().join("large");
        let content: Vec<u8> = (0..1 << 20).map(|n: u32| (n % 251) as u8).collect();
        fs::write(&path, &content).await.unwrap();
        let mut file = fs::File::open(&path).await.unwrap();
        let mut read = Vec::new();
        let length = file.read_to_end(&mut read).await.unwrap();
        note!("{length} bytes, the same: {}", read == content);
    })
}

pub fn directories_are_made_listed_and_removed() -> Transcript {
    run(async || {
        let dir = tempdir().unwrap();
        let nested = dir.path().join("a/b/c");
        fs::create_dir_all(&nested).await.unwrap();
        for name in ["tea", "milk", "coffee"] {
            fs::write(nested.join(name), name).await.unwrap();
        }
        let mut names = Vec::new();
        let mut entries = fs::read_dir(&nested).await.unwrap();
        while let Some(entry) = entries.next_entry().await.unwrap() {
            let is_file = entry.file_type().await.unwrap().is_file();
            names.push((entry.file_name(), is_file));
        }
        names.sort();
        note!("{names:?}");
        fs::remove_dir_all(dir.path().join("a")).await.unwrap();
        note!("still there: {}", fs::try_exists(&nested).await.unwrap());
    })
}

pub fn files_are_copied_renamed_linked_and_removed() -> Transcript {
    run(async || {
        let dir = tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        fs::write(at("a"), "content").await.unwrap();
        note!("copied {} bytes", fs::copy(at("a"), at("b")).await.unwrap());
        fs::rename(at("b"), at("c")).await.unwrap();
        fs::hard_link(at("c"), at("d")).await.unwrap();
        fs::symlink("d", at("e")).await.unwrap();
        note!("e points to {:?}", fs::read_link(at("e")).await.unwrap());
        note!("e holds {:?}", fs::read_to_string(at("e")).await.unwrap());
        let link = fs::symlink_metadata(at("e")).await.unwrap();
        note!("e is a link: {}", link.is_symlink());
        let target = fs::canonicalize(at("e")).await.unwrap();
        note!("e is really {:?}", target.file_name().unwrap());
        fs::remove_file(at("d")).await.unwrap();
        note!(
            "e leads somewhere: {}",
            fs::try_exists(at("e")).await.unwrap()
        );
        note!("c holds {:?}", fs::read_to_string(at("c")).await.unwrap());
    })
}

pub fn permissions_are_set_and_seen() -> Transcript {
    run(async || {
        let dir = tempdir().unwrap();
        let path = dir.path().join("menu");
        fs::write(&path, "tea").await.unwrap();
        let permissions = std::fs::Permissions::from_mode(0o640);
        fs::set_permissions(&path, permissions).await.unwrap();
        let metadata = fs::metadata(&path).await.unwrap();
        note!(
            "{:o}, {} bytes",
            metadata.permissions().mode() & 0o777,
            metadata.len()
        );
    })
}

pub fn a_file_removed_while_open_can_still_be_read() -> Transcript {
    run(async || {
        let dir = tempdir().unwrap();
        let path = dir.path().join("menu");
        fs::write(&path, "tea").await.unwrap();
        let mut file = fs::File::open(&path).await.unwrap();
        fs::remove_file(&path).await.unwrap();
        note!("{:?}", rest_of(&mut file).await);
    })
}

pub fn a_file_of_unknown_length_is_read_to_its_end() -> Transcript {
    run(async || {
        // Files in /proc say that they are empty, and are not; devices have no length.
        let path = match cfg!(target_os = "linux") {
            true => "/proc/self/cmdline",
            false => "/dev/null",
        };
        let metadata = fs::metadata(path).await.unwrap();
        note!("it says {} bytes", metadata.len());
        let there = std::fs::read(path).unwrap();
        note!("same: {}", fs::read(path).await.unwrap() == there);
    })
}
