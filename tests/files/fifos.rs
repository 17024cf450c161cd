//! FIFOs: opening one waits for its other end, and what was written to it is lost
//! if its reader comes and goes.

use std::io::Write;
use std::os::fd::AsRawFd;
use std::pin::pin;
use std::thread;
use std::time::Duration;

use buzzer::fs::{self, File};
use buzzer::runtime::{Builder, FileIo};

use crate::{
    both_ways, fifo, make_fifo, open_to_write, poll_once_and_drop, runtime, take_a_worker, temp_dir,
};

#[test]
fn a_writer_that_waited_for_its_reader_loses_nothing() {
    both_ways(async |dir| {
        let path = dir.join("fifo");
        make_fifo(&path);
        let writer = thread::spawn({
            let path = path.clone();
            move || {
                // Returns when the reader is there; if that went away again, the
                // write would fail.
                let mut fifo = open_to_write(&path);
                fifo.write_all(b"first ").unwrap();
                fifo.write_all(b"last").unwrap();
            }
        });
        assert_eq!(fs::read(&path).await.unwrap(), b"first last");
        writer.join().unwrap();
    });
}

#[test]
fn a_reader_that_waits_for_its_writer_does_not_hold_the_loop() {
    both_ways(async |dir| {
        let path = dir.join("fifo");
        make_fifo(&path);
        let write = async {
            // Other operations go on meanwhile.
            fs::write(dir.join("file"), "other").await.unwrap();
            assert_eq!(fs::read(dir.join("file")).await.unwrap(), b"other");
            fs::write(&path, "late").await.unwrap();
        };
        let (text, ()) = buzzer::gather!(fs::read_to_string(&path), write).await;
        assert_eq!(text.unwrap(), "late");
    });
}

#[test]
fn an_open_waits_for_the_other_end() {
    both_ways(async |dir| {
        let path = dir.join("fifo");
        make_fifo(&path);
        let write = async {
            let mut file = fs::OpenOptions::new()
                .write(true)
                .open(&path)
                .await
                .unwrap();
            file.write_all(b"through").await.unwrap();
        };
        let read = async {
            let mut file = File::open(&path).await.unwrap();
            let mut text = String::new();
            file.read_to_string(&mut text).await.unwrap();
            text
        };
        let (text, ()) = buzzer::gather!(read, write).await;
        assert_eq!(text, "through");
    });
}

#[test]
fn a_writer_that_writes_nothing_ends_the_read() {
    both_ways(async |dir| {
        let path = dir.join("fifo");
        make_fifo(&path);
        let (bytes, written) = buzzer::gather!(fs::read(&path), fs::write(&path, "")).await;
        assert_eq!(bytes.unwrap(), b"");
        written.unwrap();
    });
}

#[test]
fn a_read_of_a_fifo_returns_what_is_there() {
    both_ways(async |dir| {
        let mut other_end = fifo(&dir.join("fifo"));
        let mut file = File::open(dir.join("fifo")).await.unwrap();
        other_end.write_all(b"some").unwrap();
        let mut buffer = [0; 100];
        assert_eq!(file.read(&mut buffer).await.unwrap(), 4);
        other_end.write_all(b"more").unwrap();
        assert_eq!(file.read(&mut buffer[..2]).await.unwrap(), 2);
        assert_eq!(&buffer[..2], b"mo");
    });
}

// As /dev/stdin leads to whatever pipe the standard input is.
#[test]
fn a_pipe_by_its_number_in_dev_is_read_like_the_pipe_that_it_is() {
    both_ways(async |_| {
        let (reader, mut writer) = std::io::pipe().unwrap();
        let path = format!("/dev/fd/{}", reader.as_raw_fd());
        writer.write_all(b"one mocha, ").unwrap();
        let mut file = File::open(&path).await.unwrap();
        let mut order = [0; 4];
        file.read_exact(&mut order).await.unwrap();
        assert_eq!(&order, b"one ");
        writer.write_all(b"one latte").unwrap();
        drop(writer);
        assert_eq!(fs::read(&path).await.unwrap(), b"mocha, one latte");
        assert_eq!(file.read(&mut order).await.unwrap(), 0);
    });
}

#[test]
fn an_open_without_an_other_end_takes_one_worker_and_is_named_at_shutdown() {
    for file_io in [FileIo::Auto, FileIo::Pool] {
        let dir = temp_dir();
        let path = dir.path().join("fifo");
        make_fifo(&path);
        let runtime = Builder::new_current_thread()
            .file_io(file_io)
            .max_blocking_threads(2)
            .build()
            .unwrap();
        let other_end = runtime.block_on(async {
            let mut read = pin!(fs::read(&path));
            let other_end = take_a_worker(&path, read.as_mut()).await;
            // The other worker does all these.
            for _ in 0..10 {
                fs::write(dir.path().join("file"), "x").await.unwrap();
            }
            other_end
        });
        let error = runtime.shutdown_timeout(Duration::ZERO).unwrap_err();
        assert!(error.to_string().contains("fs/whole.rs"), "{error}");
        // Lets the worker go.
        drop(other_end);
    }
}

#[test]
fn the_end_of_the_runtime_waits_for_what_a_fifo_was_to_be_written() {
    for file_io in [FileIo::Auto, FileIo::Pool] {
        let dir = temp_dir();
        let path = dir.path().join("fifo");
        make_fifo(&path);
        let reader = thread::spawn({
            let path = path.clone();
            move || std::fs::read(path).unwrap()
        });
        let runtime = runtime(file_io);
        // More than a FIFO holds, so the write waits for the reader again and
        // again.
        let contents = vec![7; 1 << 20];
        runtime.block_on(async {
            poll_once_and_drop(fs::write(&path, &contents)).await;
        });
        drop(runtime);
        assert!(reader.join().unwrap() == contents);
    }
}
