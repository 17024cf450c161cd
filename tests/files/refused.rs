//! Kernels and sandboxes that refuse the first try, or answer it wrongly: files are
//! read and written all the same.
//!
//! Here each call is refused from one moment on, for good. What one says once, and at
//! which call of several, is in `positions/`.

use std::cell::Cell;
use std::io::{self, SeekFrom};
use std::path::Path;

use buzzer::fs::{self, BufReader, File};
use buzzer::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use buzzer::runtime::FileIo;

use crate::answers::{EVERY, Reply, Script, with_scripts};
use crate::child::in_children;
use crate::{runtime, temp_dir};

/// Runs `body` with each of `replies` in a process of its own, which keeps for good that
/// a call is refused, and in a directory of its own. `body` calls what it is given from
/// where on the calls are to be answered so.
fn answered(
    call: libc::c_long,
    replies: &[i32],
    body: impl AsyncFn(&Path, &dyn Fn()) + Send + 'static,
) {
    in_children(replies, |errno| {
        let reply = match errno {
            0 => Reply::Says(0),
            errno => Reply::Fails(errno),
        };
        with_scripts(ALL, move || {
            let dir = temp_dir();
            let begun = Cell::new(None);
            let begin = || begun.set(Some(Script::always(call, reply).begin()));
            runtime(FileIo::Auto).block_on(body(dir.path(), &begin));
        });
    });
}

/// What files are tried with.
const ALL: &[libc::c_long] = &[libc::SYS_openat2, libc::SYS_preadv2, libc::SYS_pwritev2];

const REFUSALS: [i32; 6] = [
    libc::EPERM,
    libc::EACCES,
    libc::ENOSYS,
    libc::EINVAL,
    libc::EOPNOTSUPP,
    libc::EAGAIN,
];

/// Zero says that nothing was moved: of a read, that the file has ended.
const READ_ANSWERS: [i32; 7] = {
    let mut answers = [0; 7];
    answers.split_at_mut(1).1.copy_from_slice(&REFUSALS);
    answers
};

/// Two within what a try reads whole, and one that takes several.
pub const SIZES: [usize; 3] = [10, 100_000, 300_000];

pub fn contents(size: usize) -> Vec<u8> {
    let line = b"a line of text\n";
    line.iter().copied().cycle().take(size).collect()
}

/// Reads the file at `path` in every way, from the ninth byte on where there is a
/// file: `begin` is called when the first eight have been read.
pub async fn check_reads(path: &Path, expected: &[u8], begin: &dyn Fn()) {
    let open = async || {
        let mut file = File::open(path).await.unwrap();
        let mut first = [0; 8];
        file.read_exact(&mut first).await.unwrap();
        assert_eq!(&first[..], &expected[..8]);
        file
    };
    // Opened before the calls are answered so, and each used after.
    let mut files = Vec::new();
    for _ in 0..7 {
        files.push(open().await);
    }
    begin();
    let rest = &expected[8..];
    let mut next = || files.pop().expect("enough files");

    let mut bytes = Vec::new();
    next().read_to_end(&mut bytes).await.unwrap();
    assert!(bytes == rest, "read_to_end: {} bytes", bytes.len());

    let mut text = String::new();
    next().read_to_string(&mut text).await.unwrap();
    assert!(text.as_bytes() == rest, "read_to_string: {}", text.len());

    let mut bytes = vec![0; rest.len()];
    next().read_exact(&mut bytes).await.unwrap();
    assert!(bytes == rest, "read_exact");

    let (mut file, mut bytes, mut some) = (next(), Vec::new(), [0; 7_000]);
    loop {
        match file.read(&mut some).await.unwrap() {
            0 => break,
            count => bytes.extend_from_slice(&some[..count]),
        }
    }
    assert!(bytes == rest, "read: {} bytes", bytes.len());
    // The end stays the end, for one that is told where to read as well.
    assert_eq!(file.read(&mut some).await.unwrap(), 0);
    let size = expected.len() as u64;
    assert_eq!(file.read_at(&mut some, size).await.unwrap(), 0);
    assert_eq!(file.read_at(&mut some, size + 7).await.unwrap(), 0);
    let mut at = 0;
    while at < expected.len() {
        let count = file.read_at(&mut some, at as u64).await.unwrap();
        assert!(count > 0, "read_at {at}");
        assert!(some[..count] == expected[at..at + count], "read_at {at}");
        at += count;
    }

    let mut polled: Box<dyn AsyncRead + Unpin> = Box::new(next());
    let mut bytes = Vec::new();
    polled.read_to_end(&mut bytes).await.unwrap();
    assert!(bytes == rest, "polled: {} bytes", bytes.len());

    let (mut reader, mut bytes) = (BufReader::new(next()), Vec::new());
    while reader.read_until(b'\n', &mut bytes).await.unwrap() > 0 {}
    assert!(bytes == rest, "read_until: {} bytes", bytes.len());

    let mut bytes = Vec::new();
    buzzer::io::copy(&mut next(), &mut bytes).await.unwrap();
    assert!(bytes == rest, "copy: {} bytes", bytes.len());

    let bytes = fs::read(path).await.unwrap();
    assert!(bytes == expected, "fs::read: {} bytes", bytes.len());
    let text = fs::read_to_string(path).await.unwrap();
    assert!(text.as_bytes() == expected, "fs::read_to_string");
    let mut lines = File::open(path).await.unwrap().lines();
    let mut count = 0;
    while lines.next_line().await.unwrap().is_some() {
        count += 1;
    }
    assert_eq!(count, str::from_utf8(expected).unwrap().lines().count());
}

#[test]
fn a_read_that_is_refused_or_said_to_be_at_the_end_is_a_workers() {
    answered(libc::SYS_preadv2, &READ_ANSWERS, async |dir, begin| {
        let paths = SIZES.map(|size| dir.join(size.to_string()));
        for (path, size) in paths.iter().zip(SIZES) {
            std::fs::write(path, contents(size)).unwrap();
        }
        check_reads(&paths[2], &contents(SIZES[2]), begin).await;
        for (path, size) in paths.iter().zip(SIZES) {
            check_reads(path, &contents(size), &|| {}).await;
        }
    });
}

#[test]
fn an_empty_file_is_empty_whatever_is_said_of_a_read() {
    answered(libc::SYS_preadv2, &READ_ANSWERS, async |dir, begin| {
        begin();
        let path = dir.join("empty");
        std::fs::write(&path, "").unwrap();
        assert_eq!(fs::read(&path).await.unwrap(), b"");
        let mut file = File::open(&path).await.unwrap();
        assert_eq!(file.read(&mut [0; 8]).await.unwrap(), 0);
        assert_eq!(file.read_to_end(&mut Vec::new()).await.unwrap(), 0);
    });
}

/// Its size is said to be zero, and it is not empty.
#[test]
fn a_file_in_proc_is_read_whatever_is_said_of_the_try() {
    answered(libc::SYS_preadv2, &READ_ANSWERS, async |_, begin| {
        let path = "/proc/self/status";
        let mut file = File::open(path).await.unwrap();
        begin();
        let mut text = String::new();
        file.read_to_string(&mut text).await.unwrap();
        assert!(text.starts_with("Name:"), "{text}");
        let text = fs::read_to_string(path).await.unwrap();
        assert!(text.starts_with("Name:"), "{text}");
    });
}

#[test]
fn a_write_that_is_refused_or_takes_nothing_is_a_workers() {
    answered(libc::SYS_pwritev2, &READ_ANSWERS, async |dir, begin| {
        begin();
        let contents = contents(SIZES[2]);
        let path = dir.join("file");
        let mut file = File::create(&path).await.unwrap();
        assert_eq!(file.write(&contents[..7]).await.unwrap(), 7);
        file.write_all(&contents[7..100_000]).await.unwrap();
        assert_eq!(
            file.write_at(&contents[100_000..], 100_000).await.unwrap(),
            200_000
        );
        assert!(std::fs::read(&path).unwrap() == contents);

        let polled: &mut (dyn AsyncWrite + Unpin) = &mut file;
        polled.write_all(&contents[..7]).await.unwrap();
        polled.flush().await.unwrap();
        let written = std::fs::read(&path).unwrap();
        assert!(written[100_000..100_007] == contents[..7]);
        fs::write(&path, "tea").await.unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"tea");
    });
}

#[test]
fn a_path_that_is_refused_is_a_workers() {
    answered(libc::SYS_openat2, &REFUSALS, async |dir, begin| {
        begin();
        let path = dir.join("file");
        std::fs::write(&path, contents(SIZES[0])).unwrap();
        assert_eq!(fs::metadata(&path).await.unwrap().len(), 10);
        assert_eq!(fs::symlink_metadata(&path).await.unwrap().len(), 10);
        assert!(fs::try_exists(&path).await.unwrap());
        check_reads(&path, &contents(SIZES[0]), &|| {}).await;
        let mut file = File::options().append(true).open(&path).await.unwrap();
        file.write_all(b"!").await.unwrap();
        assert_eq!(file.seek(SeekFrom::Current(0)).await.unwrap(), 11);

        let missing = dir.join("missing");
        let error = fs::read(&missing).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
        let error = File::open(&missing).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
        assert!(!fs::try_exists(&missing).await.unwrap());
    });
}

#[test]
fn all_three_calls_refused_at_once() {
    answered(EVERY, &REFUSALS, async |dir, begin| {
        begin();
        let path = dir.join("file");
        fs::write(&path, "one\n").await.unwrap();
        let mut file = File::options().append(true).open(&path).await.unwrap();
        file.write_all(b"two\n").await.unwrap();
        let mut lines = File::open(&path).await.unwrap().lines();
        assert_eq!(lines.next_line().await.unwrap().as_deref(), Some("one"));
        assert_eq!(lines.next_line().await.unwrap().as_deref(), Some("two"));
        assert_eq!(lines.next_line().await.unwrap(), None);
    });
}
