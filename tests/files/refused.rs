//! Kernels and sandboxes that refuse the first try, or answer it wrongly: files are
//! read and written all the same.
//!
//! A filter (seccomp) answers in the kernel's place, on the one thread that asks for
//! it and on those that it starts, the workers. Where filters are not to be had,
//! the tests say so and pass.

use std::io::{self, SeekFrom};
use std::path::Path;

use buzzer::fs::{self, BufReader, File};
use buzzer::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use buzzer::runtime::FileIo;

use crate::{runtime, temp_dir};

/// Has each of `calls` (numbers of system calls) fail with `errno` from now on, on
/// this thread and those that it starts. With zero for `errno` it says zero.
fn answer(calls: &[libc::c_long], errno: i32) -> io::Result<()> {
    let statement = |code: u32, k: u32| libc::sock_filter {
        code: code as u16,
        jt: 0,
        jf: 0,
        k,
    };
    // The number of the call is the first that a filter is given.
    let mut filter = vec![statement(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, 0)];
    for call in calls {
        let mut is_other = statement(libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K, *call as u32);
        is_other.jf = 1;
        filter.push(is_other);
        let refuse = libc::SECCOMP_RET_ERRNO | errno as u32;
        filter.push(statement(libc::BPF_RET | libc::BPF_K, refuse));
    }
    filter.push(statement(
        libc::BPF_RET | libc::BPF_K,
        libc::SECCOMP_RET_ALLOW,
    ));
    let program = libc::sock_fprog {
        len: filter.len() as u16,
        filter: filter.as_mut_ptr(),
    };
    // SAFETY: the first call takes integers. The second reads the program, of the
    // length given; both are borrowed past the call.
    let code = unsafe {
        libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
        libc::prctl(
            libc::PR_SET_SECCOMP,
            libc::SECCOMP_MODE_FILTER,
            &raw const program,
        )
    };
    match code {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

/// Runs `body` on a thread of its own, in a directory of its own. `body` calls what
/// it is given from where on the calls are to be answered so.
fn answered(
    calls: &'static [libc::c_long],
    errno: i32,
    body: impl AsyncFn(&Path, &dyn Fn()) + Send + 'static,
) {
    let run = move || {
        let dir = temp_dir();
        let begin = || answer(calls, errno).unwrap();
        runtime(FileIo::Auto).block_on(body(dir.path(), &begin));
    };
    std::thread::spawn(run).join().unwrap();
}

fn can_filter() -> bool {
    let tried = std::thread::spawn(|| answer(&[], 0)).join().unwrap();
    if let Err(error) = &tried {
        eprintln!("skipped: this system has no filters for us ({error})");
    }
    tried.is_ok()
}

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
const SIZES: [usize; 3] = [10, 100_000, 300_000];

fn contents(size: usize) -> Vec<u8> {
    let line = b"a line of text\n";
    line.iter().copied().cycle().take(size).collect()
}

/// Reads the file at `path` in every way, from the ninth byte on where there is a
/// file: `begin` is called when the first eight have been read.
async fn check_reads(path: &Path, expected: &[u8], begin: &dyn Fn()) {
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
    if !can_filter() {
        return;
    }
    for errno in READ_ANSWERS {
        answered(&[libc::SYS_preadv2], errno, async |dir, begin| {
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
}

#[test]
fn an_empty_file_is_empty_whatever_is_said_of_a_read() {
    if !can_filter() {
        return;
    }
    for errno in READ_ANSWERS {
        answered(&[libc::SYS_preadv2], errno, async |dir, begin| {
            begin();
            let path = dir.join("empty");
            std::fs::write(&path, "").unwrap();
            assert_eq!(fs::read(&path).await.unwrap(), b"");
            let mut file = File::open(&path).await.unwrap();
            assert_eq!(file.read(&mut [0; 8]).await.unwrap(), 0);
            assert_eq!(file.read_to_end(&mut Vec::new()).await.unwrap(), 0);
        });
    }
}

/// Its size is said to be zero, and it is not empty.
#[test]
fn a_file_in_proc_is_read_when_the_try_is_refused() {
    if !can_filter() {
        return;
    }
    for errno in REFUSALS {
        answered(&[libc::SYS_preadv2], errno, async |_, begin| {
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
}

#[test]
fn a_write_that_is_refused_or_takes_nothing_is_a_workers() {
    if !can_filter() {
        return;
    }
    for errno in READ_ANSWERS {
        answered(&[libc::SYS_pwritev2], errno, async |dir, begin| {
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
}

#[test]
fn a_path_that_is_refused_is_a_workers() {
    if !can_filter() {
        return;
    }
    for errno in REFUSALS {
        answered(&[libc::SYS_openat2], errno, async |dir, begin| {
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
}

#[test]
fn all_three_calls_refused_at_once() {
    if !can_filter() {
        return;
    }
    const CALLS: [libc::c_long; 3] = [libc::SYS_openat2, libc::SYS_preadv2, libc::SYS_pwritev2];
    for errno in REFUSALS {
        answered(&CALLS, errno, async |dir, begin| {
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
}
