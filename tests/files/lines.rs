//! Reading by lines.

use std::io::{ErrorKind, SeekFrom};
use std::path::Path;

use buzzer::fs::{BufReader, File};

use crate::{both_ways, kind};

async fn open(dir: &Path, contents: impl AsRef<[u8]>) -> File {
    let path = dir.join("lines");
    std::fs::write(&path, contents).unwrap();
    File::open(path).await.unwrap()
}

async fn lines_of(dir: &Path, contents: &str, capacity: usize) -> Vec<String> {
    let file = open(dir, contents).await;
    let mut lines = BufReader::with_capacity(capacity, file).lines();
    let mut all = Vec::new();
    while let Some(line) = lines.next_line().await.unwrap() {
        all.push(line);
    }
    assert_eq!(
        lines.next_line().await.unwrap(),
        None,
        "the end stays the end"
    );
    all
}

#[test]
fn lines_are_those_that_std_finds_whatever_the_buffer() {
    both_ways(async |dir| {
        for contents in [
            "",
            "\n",
            "\n\n",
            "one",
            "one\n",
            "one\ntwo",
            "one\r\ntwo\r\n",
            "one\rstill one\n\r\n",
            "a\n\nlong one that no small buffer holds\nshort\n",
            "übergrößen\nπ\n",
        ] {
            let expected: Vec<_> = contents.lines().map(str::to_owned).collect();
            for capacity in [0, 1, 2, 3, 7, 64] {
                let lines = lines_of(dir, contents, capacity).await;
                assert_eq!(lines, expected, "{contents:?} with {capacity}");
            }
        }
    });
}

#[test]
fn a_line_longer_than_the_buffer_is_one_line() {
    both_ways(async |dir| {
        let long = "x".repeat(300_000);
        let file = open(dir, format!("short\n{long}\nshort\n")).await;
        let mut lines = file.lines();
        let mut lengths = Vec::new();
        while let Some(line) = lines.next_line().await.unwrap() {
            lengths.push(line.len());
        }
        assert_eq!(lengths, [5, 300_000, 5]);
    });
}

#[test]
fn a_line_that_is_no_text_is_an_error_and_the_next_is_read() {
    both_ways(async |dir| {
        let mut lines = open(dir, b"good\nb\xffd\ngood again\n").await.lines();
        assert_eq!(lines.next_line().await.unwrap().as_deref(), Some("good"));
        let error = lines.next_line().await.unwrap_err();
        assert!(error.to_string().starts_with("read "), "{error}");
        assert_eq!(error.kind(), ErrorKind::InvalidData);
        assert_eq!(
            lines.next_line().await.unwrap().as_deref(),
            Some("good again")
        );
    });
}

#[test]
fn an_error_of_the_file_reaches_the_reader() {
    both_ways(async |dir| {
        let mut lines = File::open(dir).await.unwrap().lines();
        assert_eq!(kind(lines.next_line().await), Some(ErrorKind::IsADirectory));
    });
}

#[test]
fn pieces_up_to_any_byte_and_lines_with_their_ends() {
    both_ways(async |dir| {
        let mut reader = BufReader::with_capacity(4, open(dir, "a;bcdefg;h\nij").await);
        let mut piece = b"kept ".to_vec();
        assert_eq!(reader.read_until(b';', &mut piece).await.unwrap(), 2);
        assert_eq!(piece, b"kept a;");
        piece.clear();
        assert_eq!(reader.read_until(b';', &mut piece).await.unwrap(), 7);
        assert_eq!(piece, b"bcdefg;");
        let mut line = String::new();
        assert_eq!(reader.read_line(&mut line).await.unwrap(), 2);
        assert_eq!(reader.read_line(&mut line).await.unwrap(), 2);
        assert_eq!(line, "h\nij");
        assert_eq!(reader.read_line(&mut line).await.unwrap(), 0);
    });
}

#[test]
fn bytes_and_lines_can_be_mixed() {
    both_ways(async |dir| {
        let mut reader = BufReader::with_capacity(4, open(dir, "0123456789\nrest").await);
        assert_eq!(reader.fill_buf().await.unwrap(), b"0123");
        reader.consume(1);
        assert_eq!(reader.buffer(), b"123");
        let mut two = [0; 2];
        assert_eq!(reader.read(&mut two).await.unwrap(), 2);
        assert_eq!(&two, b"12");
        assert_eq!(reader.read(&mut []).await.unwrap(), 0);
        assert_eq!(reader.stream_position().await.unwrap(), 3);
        let mut line = String::new();
        reader.read_line(&mut line).await.unwrap();
        assert_eq!(line, "3456789\n");
        assert_eq!(reader.seek(SeekFrom::Current(-2)).await.unwrap(), 9);
        let mut large = [0; 100];
        assert_eq!(reader.read(&mut large).await.unwrap(), 6);
        assert_eq!(&large[..6], b"9\nrest");
        assert_eq!(reader.fill_buf().await.unwrap(), b"");
    });
}

#[test]
fn the_file_comes_back_with_what_was_not_asked_for() {
    both_ways(async |dir| {
        let mut lines = open(dir, "one\ntwo\nthree").await.lines();
        lines.next_line().await.unwrap();
        let mut file = lines.into_inner().into_inner();
        assert_eq!(file.stream_position().await.unwrap(), 4);

        let mut lines = BufReader::new(file).lines();
        assert_eq!(lines.next_line().await.unwrap().as_deref(), Some("two"));
        let mut rest = String::new();
        lines
            .into_inner()
            .into_inner()
            .read_to_string(&mut rest)
            .await
            .unwrap();
        assert_eq!(rest, "three");
    });
}
