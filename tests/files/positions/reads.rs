//! Reads: each way to read, and each answer.

use std::cell::Cell;
use std::path::Path;

use buzzer::fs::{self, File};

use super::{ALL, LOOKS, OF_LOOKS, OF_READS, READS, at_each_position, at_each_position_here};
use super::{errors, less, run};
use crate::answers::{Reply, Script, with_scripts};
use crate::child::in_children;
use crate::refused::{SIZES, check_reads, contents};

pub async fn read_all(dir: &Path, begin: &dyn Fn()) {
    let paths = SIZES.map(|size| dir.join(size.to_string()));
    for (path, size) in paths.iter().zip(SIZES) {
        std::fs::write(path, contents(size)).unwrap();
    }
    check_reads(&paths[2], &contents(SIZES[2]), begin).await;
    for (path, size) in paths.iter().zip(SIZES) {
        check_reads(path, &contents(size), &|| {}).await;
    }
}

#[test]
fn a_read_that_is_answered_otherwise_once_loses_nothing() {
    // All errors come in the next test.
    let errors = [libc::EAGAIN, libc::EIO, libc::EOPNOTSUPP].map(Reply::Fails);
    at_each_position(READS, less().chain(errors), read_all);
}

/// Each way to read by itself, so that each has a first call, one in the middle and a
/// last.
#[test]
fn each_way_to_read_meets_every_answer_at_every_position() {
    const SIZE: usize = 300_000;
    type Way = for<'a> fn(&'a Path, &'a mut File) -> futures::future::LocalBoxFuture<'a, Vec<u8>>;
    let ways: [Way; 5] = [
        |_, file| {
            Box::pin(async {
                let mut bytes = Vec::new();
                file.read_to_end(&mut bytes).await.unwrap();
                bytes
            })
        },
        |_, file| {
            Box::pin(async {
                let (mut bytes, mut some) = (Vec::new(), [0; 20_000]);
                while let count @ 1.. = file.read(&mut some).await.unwrap() {
                    bytes.extend_from_slice(&some[..count]);
                }
                bytes
            })
        },
        |_, file| {
            Box::pin(async {
                let (mut bytes, mut some) = (Vec::new(), [0; 20_000]);
                while let count @ 1.. = file.read_at(&mut some, bytes.len() as u64).await.unwrap() {
                    bytes.extend_from_slice(&some[..count]);
                }
                bytes
            })
        },
        |_, file| {
            Box::pin(async {
                let mut bytes = Vec::new();
                buzzer::io::copy(file, &mut bytes).await.unwrap();
                bytes
            })
        },
        |path, _| Box::pin(async move { fs::read(path).await.unwrap() }),
    ];
    in_children(&[0, 1, 2, 3, 4], |n: usize| {
        let size = if n == 4 { 100_000 } else { SIZE };
        let way = ways[n];
        let replies = less().chain(errors(OF_READS));
        at_each_position_here(READS, replies, async move |dir, begin| {
            let (path, expected) = (dir.join("file"), contents(size));
            std::fs::write(&path, &expected).unwrap();
            let mut file = File::open(&path).await.unwrap();
            begin();
            let bytes = way(&path, &mut file).await;
            assert!(bytes == expected, "{} bytes of {size}", bytes.len());
        });
    });
}

/// As a kernel of 5.9 to 5.11 does from some page on.
#[test]
fn every_read_from_some_call_on_that_is_said_to_be_at_the_end_loses_nothing() {
    with_scripts(ALL, || {
        for from in 1..=4 {
            let script = Script {
                from,
                ..Script::always(READS, Reply::Says(0))
            };
            run(async |dir| {
                let begun = Cell::new(None);
                read_all(dir, &|| begun.set(Some(script.begin()))).await;
            });
        }
    });
}

#[test]
fn reads_that_all_come_in_small_parts_lose_nothing() {
    with_scripts(ALL, || {
        run(async |dir| {
            let begun = Cell::new(None);
            let script = Script::always(READS, Reply::Moves(777));
            read_all(dir, &|| begun.set(Some(script.begin()))).await;
        });
    });
}

/// To a read the size of a file is a hint, and no error of it is one of the read.
#[test]
fn reads_whose_look_at_the_file_fails_once_lose_nothing() {
    at_each_position(LOOKS, errors(OF_LOOKS), async |dir, begin| {
        let (path, expected) = (dir.join("file"), contents(10_000));
        std::fs::write(&path, &expected).unwrap();
        begin();
        assert!(fs::read(&path).await.unwrap() == expected);
        let (mut file, mut bytes) = (File::open(&path).await.unwrap(), Vec::new());
        file.read_to_end(&mut bytes).await.unwrap();
        file.rewind().await.unwrap();
        let mut some = [0; 3_000];
        while let count @ 1.. = file.read(&mut some).await.unwrap() {
            bytes.extend_from_slice(&some[..count]);
        }
        assert!(bytes == expected.repeat(2));
    });
}
