//! A program that has closed its standard descriptors: no number below 3 is taken by
//! the library. Each of the eight combinations runs in a process of its own.

use std::fs::File;
use std::io::Write;
use std::os::fd::{AsRawFd, IntoRawFd, OwnedFd, RawFd};
use std::process::Stdio;

use buzzer::io::unix::AsyncFd;
use buzzer::io::{AsyncWriteExt, Interest};
use buzzer::net::{TcpListener, TcpStream, UdpSocket, UnixDatagram, UnixListener, UnixStream};
use buzzer::process::Command;
use buzzer::runtime::{Builder, Runtime};
use buzzer::signal::unix::{SignalKind, signal};
use own::is_open;

#[path = "support/child.rs"]
mod child;
#[path = "support/own.rs"]
mod own;

/// Tells a child which of the three it is to close.
const CLOSED: &str = "BUZZER_TEST_CLOSED";

/// Closes the standard descriptors of these numbers; puts them back when it is dropped,
/// so that the test can say how it went.
struct Closed(Vec<(RawFd, OwnedFd)>);

impl Closed {
    fn of(numbers: &[RawFd]) -> Self {
        let keep = |&number: &RawFd| {
            // SAFETY: fcntl takes three integers here.
            let kept = unsafe { libc::fcntl(number, libc::F_DUPFD_CLOEXEC, 100) };
            assert!(kept >= 100);
            // SAFETY: nobody else has the number, which was made above.
            let kept = unsafe { std::os::fd::FromRawFd::from_raw_fd(kept) };
            // SAFETY: close takes an integer. What had the number finds it closed,
            // which is what is tested.
            assert_eq!(unsafe { libc::close(number) }, 0);
            (number, kept)
        };
        Self(numbers.iter().map(keep).collect())
    }
}

impl Drop for Closed {
    fn drop(&mut self) {
        for (number, kept) in self.0.drain(..) {
            // SAFETY: dup2 takes two integers; nobody relies on the number being free.
            assert_eq!(unsafe { libc::dup2(kept.into_raw_fd(), number) }, number);
        }
    }
}

/// Those below 3 that are closed.
fn closed() -> Vec<RawFd> {
    (0..3).filter(|&number| !is_open(number)).collect()
}

/// Runs `body` with each combination closed. `body` is given what is.
fn with_each_closed(body: impl FnOnce(&[RawFd])) {
    if child::again().is_some() {
        for combination in 0..8_u8 {
            let mut again = child::again().unwrap();
            let output = again.env(CLOSED, combination.to_string()).output().unwrap();
            let stdout = String::from_utf8_lossy(&output.stdout);
            assert!(
                output.status.success() && stdout.contains("1 passed"),
                "{combination:03b}: {stdout}{}",
                String::from_utf8_lossy(&output.stderr)
            );
        }
        return;
    }
    let combination: u8 = std::env::var(CLOSED).unwrap().parse().unwrap();
    let numbers: Vec<RawFd> = (0..3).filter(|at| combination >> at & 1 != 0).collect();
    let closed_them = Closed::of(&numbers);
    body(&numbers);
    assert_eq!(closed(), numbers);
    drop(closed_them);
}

#[test]
fn a_runtime_takes_no_number_below_three_and_leaves_them_as_they_are() {
    with_each_closed(|numbers| {
        for _ in 0..2 {
            let runtime = Builder::new_current_thread()
                .dump_on_signal(SignalKind::user_defined1())
                .watchdog(std::time::Duration::from_secs(60))
                .build()
                .unwrap();
            #[cfg(not(mio_unsupported_force_poll_poll))]
            assert!(runtime.as_raw_fd() > 2);
            assert_eq!(closed(), numbers);
            runtime.block_on(buzzer::time::sleep(std::time::Duration::from_millis(1)));
            drop(runtime);
            assert_eq!(closed(), numbers);
        }
    });
}

#[test]
fn standard_input_is_registered_and_forgotten_like_any_descriptor() {
    if let Some(mut again) = child::again() {
        let (reader, mut writer) = std::io::pipe().unwrap();
        writer.write_all(b"ab").unwrap();
        return child::passed(&again.stdin(reader).output().unwrap());
    }
    buzzer::block_on(async {
        for letter in *b"ab" {
            let stdin = AsyncFd::new(std::io::stdin()).unwrap();
            let mut byte = [0];
            let read = |stdin: &std::io::Stdin| Ok(rustix::io::read(stdin, &mut byte)?);
            let read = stdin.async_io(Interest::READABLE, read).await;
            assert_eq!((read.unwrap(), byte), (1, [letter]));
        }
    });
}

#[test]
fn what_a_program_prints_where_nothing_is_goes_nowhere() {
    with_each_closed(|numbers| {
        let runtime = Runtime::new().unwrap();
        for &number in numbers {
            // SAFETY: one byte of a static is read.
            let written = unsafe { libc::write(number, b"x".as_ptr().cast(), 1) };
            let error = std::io::Error::last_os_error().raw_os_error();
            assert_eq!((written, error), (-1, Some(libc::EBADF)));
        }
        drop(runtime);
    });
}

#[test]
fn sockets_signals_files_and_children_take_none_either() {
    with_each_closed(|numbers| {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let runtime = Runtime::new().unwrap();
        runtime.block_on(async {
            let mut open: Vec<Box<dyn AsRawFd>> = Vec::new();
            let hangup = signal(SignalKind::hangup()).unwrap();
            let tcp = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let to_tcp = TcpStream::connect(tcp.local_addr().unwrap()).await.unwrap();
            let (at_tcp, _) = tcp.accept().await.unwrap();
            let unix = UnixListener::bind(folder.path().join("socket")).unwrap();
            let to_unix = UnixStream::connect(folder.path().join("socket")).await;
            let (at_unix, _) = unix.accept().await.unwrap();
            let (one, other) = UnixStream::pair().unwrap();
            let (send, receive) = UnixDatagram::pair().unwrap();
            assert_eq!(closed(), numbers);
            open.push(Box::new(tcp));
            open.push(Box::new(to_tcp));
            open.push(Box::new(at_tcp));
            open.push(Box::new(unix));
            open.push(Box::new(to_unix.unwrap()));
            open.push(Box::new(at_unix));
            open.push(Box::new(one));
            open.push(Box::new(other));
            open.push(Box::new(send));
            open.push(Box::new(receive));
            open.push(Box::new(UdpSocket::bind("127.0.0.1:0").await.unwrap()));
            open.push(Box::new(UnixDatagram::unbound().unwrap()));
            open.push(Box::new(
                UnixDatagram::bind(folder.path().join("datagrams")).unwrap(),
            ));
            open.push(Box::new(buzzer::fs::File::create(&path).await.unwrap()));
            open.push(Box::new(buzzer::fs::File::open(&path).await.unwrap()));
            assert!(open.iter().all(|one| one.as_raw_fd() > 2));
            assert_eq!(closed(), numbers);
            drop((open, hangup));
        });
        drop(runtime);
    });
}

#[test]
fn a_child_gets_its_pipes_and_nothing_else() {
    with_each_closed(|numbers| {
        Runtime::new().unwrap().block_on(async {
            let mut cat = Command::new("cat");
            cat.stdin(Stdio::piped()).stdout(Stdio::piped());
            let mut child = cat.stderr(Stdio::piped()).spawn().unwrap();
            assert_eq!(closed(), numbers);
            let mut stdin = child.stdin.take().unwrap();
            stdin.write_all(b"espresso").await.unwrap();
            drop(stdin);
            let output = child.wait_with_output().await.unwrap();
            assert_eq!(output.stdout, b"espresso");
            assert_eq!(output.stderr, b"");
            assert!(output.status.success());
            // One that cannot be run says so.
            assert!(Command::new("/no/such/program").output().await.is_err());
            // What is inherited is closed there as it is here.
            let list = "for n in 0 1 2; do test -e /dev/fd/$n || echo $n >> closed; done";
            let folder = tempfile::tempdir().unwrap();
            let mut lists = Command::new("sh");
            lists.args(["-c", list]).current_dir(&folder);
            assert!(lists.status().await.unwrap().success());
            let listed = std::fs::read_to_string(folder.path().join("closed"));
            let listed = listed.unwrap_or_default();
            let listed: Vec<RawFd> = listed.lines().map(|n| n.parse().unwrap()).collect();
            assert_eq!(listed, numbers);
        });
    });
}

#[test]
fn a_trace_takes_none_either() {
    let directory = tempfile::tempdir().unwrap();
    if child::again().is_none() {
        let numbers: Vec<RawFd> = vec![0, 1, 2];
        let closed_them = Closed::of(&numbers);
        let runtime = Runtime::new().unwrap();
        assert_eq!(closed(), numbers);
        runtime.block_on(buzzer::task::yield_now());
        drop(runtime);
        assert_eq!(closed(), numbers);
        drop(closed_them);
        return;
    }
    let file = directory.path().join("run.json");
    let mut again = child::again().unwrap();
    let output = again.env("BUZZER_TRACE", &file).output().unwrap();
    assert!(output.status.success());
    assert!(File::open(&file).unwrap().metadata().unwrap().len() > 0);
}
