//! Bytes that are no text: the error keeps what std's says of them, wherever they
//! were read.

use std::error::Error;
use std::io::{self, ErrorKind, Write};
use std::process::Stdio;
use std::str::Utf8Error;

use buzzer::fs::{self, File};
use buzzer::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, BufReader};
use buzzer::net::UnixStream;
use buzzer::process::Command;
use buzzer::runtime::{Builder, FileIo};

/// One line that is text and one that is not, at its sixth byte.
const BYTES: &[u8] = b"latte\nmocha\xff\nespresso\n";

/// Where the text ends, as the error's source knows.
#[track_caller]
fn text_ends_at<T>(result: io::Result<T>) -> usize {
    let error = result.err().expect("an error");
    assert_eq!(error.kind(), ErrorKind::InvalidData);
    let text = error.to_string();
    assert!(
        text.ends_with("stream did not contain valid UTF-8"),
        "{text}"
    );
    let mut source = error.source();
    while let Some(error) = source {
        if let Some(error) = error.downcast_ref::<Utf8Error>() {
            return error.valid_up_to();
        }
        source = error.source();
    }
    panic!("{error:?} has no source that says where");
}

/// Everything that reads text from a reader.
async fn check_reader(mut reader: impl AsyncRead + Unpin) {
    let mut text = String::from("kept");
    assert_eq!(text_ends_at(reader.read_to_string(&mut text).await), 11);
    assert_eq!(text, "kept");
}

async fn check_lines(reader: impl AsyncRead + Unpin) {
    let mut reader = BufReader::with_capacity(4, reader);
    let mut line = String::new();
    assert_eq!(reader.read_line(&mut line).await.unwrap(), 6);
    assert_eq!(text_ends_at(reader.read_line(&mut line).await), 5);
    assert_eq!(line, "latte\n");
    let mut lines = reader.lines();
    let line = lines.next_line().await.unwrap();
    assert_eq!(line.as_deref(), Some("espresso"));
}

#[test]
fn text_from_readers() {
    buzzer::block_on(async {
        check_reader(BYTES).await;
        check_lines(BYTES).await;
        let mut lines = BufReader::new(BYTES).lines();
        lines.next_line().await.unwrap();
        assert_eq!(text_ends_at(lines.next_line().await), 5);

        for is_by_line in [false, true] {
            let (here, there) = std::os::unix::net::UnixStream::pair().unwrap();
            (&here).write_all(BYTES).unwrap();
            drop(here);
            let there = UnixStream::from_std(there).unwrap();
            match is_by_line {
                true => check_lines(there).await,
                false => check_reader(there).await,
            }
        }
    });
}

#[test]
fn text_from_a_child() {
    buzzer::block_on(async {
        for is_by_line in [false, true] {
            let mut cat = Command::new("printf");
            cat.arg("latte\\nmocha\\377\\nespresso\\n")
                .stdout(Stdio::piped());
            let mut child = cat.spawn().unwrap();
            let stdout = child.stdout.take().unwrap();
            match is_by_line {
                true => check_lines(stdout).await,
                false => check_reader(stdout).await,
            }
            assert!(child.wait().await.unwrap().success());
        }
    });
}

#[test]
fn text_from_files() {
    for file_io in [FileIo::Auto, FileIo::Pool] {
        let runtime = Builder::new_current_thread().file_io(file_io).build();
        runtime.unwrap().block_on(async {
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("orders");
            std::fs::write(&path, BYTES).unwrap();
            let open = async || File::open(&path).await.unwrap();

            assert_eq!(text_ends_at(fs::read_to_string(&path).await), 11);
            let mut text = String::new();
            let read = open().await.read_to_string(&mut text).await;
            assert_eq!(text_ends_at(read), 11);
            let mut lines = open().await.lines();
            lines.next_line().await.unwrap();
            assert_eq!(text_ends_at(lines.next_line().await), 5);
            let mut reader = fs::BufReader::new(open().await);
            reader.read_line(&mut text).await.unwrap();
            assert_eq!(text_ends_at(reader.read_line(&mut text).await), 5);

            check_reader(open().await).await;
            check_lines(open().await).await;

            // More than a first try reads.
            let mut long = vec![b'.'; 200_000];
            long.extend_from_slice(b"\xff");
            std::fs::write(&path, long).unwrap();
            assert_eq!(text_ends_at(fs::read_to_string(&path).await), 200_000);
        });
    }
}
