//! Reading, writing and seeking.

use std::io::{ErrorKind, IoSlice, Read, SeekFrom};

use buzzer::fs::{self, File, OpenOptions};
use buzzer::io::{AsyncWrite, AsyncWriteExt};

use crate::{both_ways, fifo, kind};

#[test]
fn what_is_written_is_what_is_read() {
    both_ways(async |dir| {
        let path = dir.join("greeting");
        let mut file = File::create(&path).await.unwrap();
        file.write_all(b"Hello Asynchronous World!").await.unwrap();

        // With the kernel already, before any flush or close.
        assert_eq!(std::fs::read(&path).unwrap(), b"Hello Asynchronous World!");

        let mut file = File::open(&path).await.unwrap();
        let mut ten = [0; 10];
        assert_eq!(file.read_exact(&mut ten).await.unwrap(), 10);
        assert_eq!(&ten, b"Hello Asyn");
        let mut some = [0; 100];
        assert_eq!(file.read(&mut some).await.unwrap(), 15);
        assert_eq!(&some[..15], b"chronous World!");
        assert_eq!(file.read(&mut some).await.unwrap(), 0);
        assert_eq!(file.read(&mut some).await.unwrap(), 0);
    });
}

#[test]
fn whole_files_of_every_size_around_the_limits() {
    both_ways(async |dir| {
        let path = dir.join("file");
        let limit = 128 * 1024;
        for size in [0, 1, 1024, limit - 1, limit, limit + 1, 5 << 20] {
            let contents: Vec<u8> = (0..size).map(|n| n as u8).collect();
            fs::write(&path, &contents).await.unwrap();
            assert!(
                fs::read(&path).await.unwrap() == contents,
                "read of {size} bytes"
            );
            let mut appended = vec![42];
            let mut file = File::open(&path).await.unwrap();
            assert_eq!(file.read_to_end(&mut appended).await.unwrap(), size);
            assert!(appended[1..] == contents, "read_to_end of {size} bytes");
        }
    });
}

#[test]
fn more_than_one_job_can_carry() {
    both_ways(async |dir| {
        let path = dir.join("large");
        let contents: Vec<u8> = (0..5_000_000u32).map(|n| (n / 7) as u8).collect();
        let mut file = File::create_new(&path).await.unwrap();
        let first = file.write(&contents).await.unwrap();
        assert!(first < contents.len(), "a write is bounded");
        file.write_all(&contents[first..]).await.unwrap();
        file.rewind().await.unwrap();
        let mut back = vec![0; contents.len()];
        let first = file.read(&mut back).await.unwrap();
        assert!(first < contents.len(), "a read is bounded");
        file.read_exact(&mut back[first..]).await.unwrap();
        assert!(back == contents);
    });
}

#[test]
fn several_buffers_are_written_in_one_call() {
    both_ways(async |dir| {
        let path = dir.join("file");
        let mut file = File::create(&path).await.unwrap();
        let parts = [&b""[..], b"one", b"", b" mocha"].map(IoSlice::new);
        assert_eq!(file.write_vectored(&parts).await.unwrap(), 9);
        assert_eq!(file.write_vectored(&parts[..1]).await.unwrap(), 0);
        assert_eq!(file.write_vectored(&[]).await.unwrap(), 0);
        let mut polled: Box<dyn AsyncWrite + Unpin> = Box::new(file);
        assert!(polled.is_write_vectored());
        assert_eq!(polled.write_vectored(&parts).await.unwrap(), 9);
        assert_eq!(polled.write_vectored(&parts[..1]).await.unwrap(), 0);
        polled.flush().await.unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"one mochaone mocha");
    });
}

/// More and longer ones than one call, one try or one job takes.
#[test]
fn buffers_of_every_number_and_length_are_written_as_far_as_is_said() {
    both_ways(async |dir| {
        let path = dir.join("file");
        let bytes: Vec<u8> = (0..5_000_000_u32).map(|n| (n / 7) as u8).collect();
        let limit = 128 * 1024;
        for (parts, length) in [
            (3_000, 1),
            (3, limit / 2),
            (2, limit - 1),
            (2, limit + 1),
            (3, 1 << 20),
            (2, bytes.len() / 2),
        ] {
            let whole = &bytes[..parts * length];
            let slices: Vec<_> = whole.chunks(length).map(IoSlice::new).collect();
            let mut file = File::create(&path).await.unwrap();
            let count = file.write_vectored(&slices).await.unwrap();
            // More than the first, if that is short.
            assert!(count > length.min(1000), "{count} of {parts} x {length}");
            file.write_all(&whole[count..]).await.unwrap();
            let written = std::fs::read(&path).unwrap();
            assert!(written == whole, "{count} of {parts} x {length}");
        }
    });
}

#[test]
fn an_empty_buffer_is_done_without_asking_the_file() {
    both_ways(async |dir| {
        // A read of this would wait for ever, a write to that, opened to be read, fails.
        let mut waits = File::from_std(fifo(&dir.join("fifo")));
        assert_eq!(waits.read(&mut []).await.unwrap(), 0);
        assert_eq!(waits.read_exact(&mut []).await.unwrap(), 0);
        assert_eq!(waits.read_at(&mut [], 0).await.unwrap(), 0);
        let mut fails = File::open("/dev/null").await.unwrap();
        assert_eq!(fails.write(&[]).await.unwrap(), 0);
        assert_eq!(fails.write_at(&[], 0).await.unwrap(), 0);
        fails.write_all(&[]).await.unwrap();
    });
}

#[test]
fn appended_data_goes_to_the_end_wherever_that_has_moved() {
    both_ways(async |dir| {
        let path = dir.join("log");
        std::fs::write(&path, "one ").unwrap();
        let mut log = OpenOptions::new()
            .append(true)
            .read(true)
            .open(&path)
            .await
            .unwrap();
        std::fs::write(&path, "one two ").unwrap();
        log.write_all(b"three ").await.unwrap();
        log.rewind().await.unwrap();
        log.write_all(b"four").await.unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"one two three four");
    });
}

#[test]
fn a_file_removed_while_open_lives_on() {
    both_ways(async |dir| {
        let path = dir.join("file");
        std::fs::write(&path, "still ").unwrap();
        let mut file = OpenOptions::new()
            .read(true)
            .append(true)
            .open(&path)
            .await
            .unwrap();
        fs::remove_file(&path).await.unwrap();
        assert!(!fs::try_exists(&path).await.unwrap());
        file.write_all(b"here").await.unwrap();
        file.rewind().await.unwrap();
        let mut text = String::new();
        file.read_to_string(&mut text).await.unwrap();
        assert_eq!(text, "still here");
        assert_eq!(file.metadata().await.unwrap().len(), 10);
    });
}

#[test]
fn seeks_from_the_start_the_end_and_the_position() {
    both_ways(async |dir| {
        let path = dir.join("file");
        std::fs::write(&path, "0123456789").unwrap();
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .open(&path)
            .await
            .unwrap();
        assert_eq!(file.seek(SeekFrom::Start(3)).await.unwrap(), 3);
        assert_eq!(file.seek(SeekFrom::Current(2)).await.unwrap(), 5);
        assert_eq!(file.seek(SeekFrom::End(-1)).await.unwrap(), 9);
        assert_eq!(
            kind(file.seek(SeekFrom::Current(-10)).await),
            Some(ErrorKind::InvalidInput)
        );
        assert_eq!(file.stream_position().await.unwrap(), 9);
        file.write_all(b"nine").await.unwrap();
        assert_eq!(file.stream_position().await.unwrap(), 13);
        assert_eq!(std::fs::read(&path).unwrap(), b"012345678nine");
    });
}

#[test]
fn offsets_past_four_gibibytes() {
    both_ways(async |dir| {
        let path = dir.join("sparse");
        let mut file = File::create_new(&path).await.unwrap();
        let far = 5 << 30;
        file.set_len(far).await.unwrap();
        assert_eq!(file.seek(SeekFrom::End(0)).await.unwrap(), far);
        file.write_all(b"far").await.unwrap();
        let mut end = [0; 10];
        assert_eq!(file.read_at(&mut end, far - 1).await.unwrap(), 4);
        assert_eq!(&end[..4], b"\0far");
        file.seek(SeekFrom::Start(far + 1)).await.unwrap();
        assert_eq!(file.read(&mut end).await.unwrap(), 2);
        assert_eq!(file.metadata().await.unwrap().len(), far + 3);
    });
}

#[test]
fn reads_and_writes_at_an_offset_leave_the_position() {
    both_ways(async |dir| {
        let path = dir.join("file");
        std::fs::write(&path, "0123456789").unwrap();
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .open(&path)
            .await
            .unwrap();
        file.seek(SeekFrom::Start(2)).await.unwrap();
        assert_eq!(file.write_at(b"ab", 8).await.unwrap(), 2);
        let mut two = [0; 2];
        assert_eq!(file.read_at(&mut two, 7).await.unwrap(), 2);
        assert_eq!(&two, b"7a");
        assert_eq!(file.read_at(&mut two, 10).await.unwrap(), 0);
        assert_eq!(file.stream_position().await.unwrap(), 2);
        // An offset that no file can have is refused, and not taken for "the
        // position", which is -1 to the kernel.
        for offset in [u64::MAX, i64::MAX as u64 + 1] {
            assert_eq!(
                kind(file.read_at(&mut two, offset).await),
                Some(ErrorKind::InvalidInput)
            );
            assert_eq!(
                kind(file.write_at(b"x", offset).await),
                Some(ErrorKind::InvalidInput)
            );
        }
        assert_eq!(std::fs::read(&path).unwrap(), b"01234567ab");
    });
}

#[test]
fn reads_at_offsets_of_one_file_run_side_by_side() {
    both_ways(async |dir| {
        let path = dir.join("file");
        let contents: Vec<u8> = (0..100).collect();
        std::fs::write(&path, &contents).unwrap();
        let file = &File::open(&path).await.unwrap();
        let reads = buzzer::gather((0..100).map(|n| async move {
            let mut byte = [0];
            file.read_at(&mut byte, n).await.unwrap();
            byte[0]
        }));
        assert_eq!(reads.await, contents);
    });
}

#[test]
fn a_length_set_cuts_and_extends_but_leaves_the_position() {
    both_ways(async |dir| {
        let path = dir.join("file");
        std::fs::write(&path, "0123456789").unwrap();
        let mut file = OpenOptions::new().write(true).open(&path).await.unwrap();
        file.seek(SeekFrom::Start(5)).await.unwrap();
        file.set_len(3).await.unwrap();
        file.write_all(b"x").await.unwrap();
        file.sync_all().await.unwrap();
        file.sync_data().await.unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"012\0\0x");
    });
}

#[test]
fn duplicates_share_the_position() {
    both_ways(async |dir| {
        let path = dir.join("file");
        std::fs::write(&path, "0123456789").unwrap();
        let mut one = File::open(&path).await.unwrap();
        let mut other = one.try_clone().await.unwrap();
        let mut buffer = [0; 4];
        one.read_exact(&mut buffer).await.unwrap();
        other.read_exact(&mut buffer).await.unwrap();
        assert_eq!(&buffer, b"4567");
        assert_eq!(one.stream_position().await.unwrap(), 8);
        drop(one);
        assert_eq!(other.read(&mut buffer).await.unwrap(), 2);
    });
}

#[test]
fn std_takes_over_where_the_program_is() {
    both_ways(async |dir| {
        let path = dir.join("file");
        std::fs::write(&path, "0123456789").unwrap();
        let mut file = File::from_std(std::fs::File::open(&path).unwrap());
        file.read_exact(&mut [0; 4]).await.unwrap();
        let mut rest = String::new();
        file.into_std().await.read_to_string(&mut rest).unwrap();
        assert_eq!(rest, "456789");

        let file = File::open(&path).await.unwrap();
        let mut std = file.try_into_std().unwrap();
        assert_eq!(std.read(&mut [0; 4]).unwrap(), 4);
    });
}

#[test]
#[cfg(target_os = "linux")] // Its /proc.
fn a_proc_file_is_read_whole_though_its_size_is_zero() {
    both_ways(async |_| {
        let path = "/proc/self/status";
        assert_eq!(fs::metadata(path).await.unwrap().len(), 0);
        assert!(fs::read_to_string(path).await.unwrap().contains("VmRSS"));
        let mut file = File::open(path).await.unwrap();
        let mut text = String::new();
        file.read_to_string(&mut text).await.unwrap();
        assert!(text.contains("VmRSS"));
    });
}

#[test]
fn devices_are_read_like_files() {
    both_ways(async |_| {
        assert_eq!(fs::read("/dev/null").await.unwrap(), b"");
        let mut zeroes = [1; 1000];
        let mut device = File::open("/dev/zero").await.unwrap();
        device.read_exact(&mut zeroes).await.unwrap();
        assert_eq!(zeroes, [0; 1000]);
    });
}
