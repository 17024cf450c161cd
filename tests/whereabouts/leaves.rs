//! Every leaf future and operation of the library, to be used where it does not belong.

use std::future::pending;
use std::pin::{Pin, pin};
use std::process::Stdio;
use std::task::{Context, Poll, Waker};

use buzzer::io::{AsyncFd, AsyncReadExt, AsyncWriteExt, Interest};
use buzzer::net::{TcpListener, TcpStream, UdpSocket, UnixDatagram, UnixListener, UnixStream};
use buzzer::process::{Child, Command};
use buzzer::signal::unix::{SignalKind, signal};
use buzzer::time::{Duration, interval, sleep, timeout};

const HOUR: Duration = Duration::from_secs(3_600);

pub fn poll<F: Future + ?Sized>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// What is used again and again, wherever it is sent to.
pub type Use = Box<dyn FnMut() + Send>;

/// Used here and now it waits, and so it does wherever it may be used.
fn waits<F: Future + Send + 'static>(future: F) -> Use
where
    F::Output: Send,
{
    let mut future = Box::pin(future);
    assert!(poll(future.as_mut()).is_pending());
    Box::new(move || assert!(poll(future.as_mut()).is_pending()))
}

/// One that is used anew each time.
fn uses<T: Send + 'static>(thing: T, mut with: impl FnMut(&mut T) + Send + 'static) -> Use {
    let mut thing = thing;
    Box::new(move || with(&mut thing))
}

fn run<F: Future>(future: F) -> F::Output {
    match poll(pin!(future)) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("it was to be ready at once"),
    }
}

fn cat() -> Child {
    let mut cat = Command::new("cat");
    cat.stdin(Stdio::piped()).stdout(Stdio::piped());
    cat.stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap()
}

async fn tcp() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let there = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (other, _) = listener.accept().await.unwrap();
    (TcpStream::from_std(there).unwrap(), other)
}

/// Every leaf: what its panics call it, whether it belongs to the runtime that polled
/// it first (or that it was made in), and how it is made within one.
#[allow(clippy::type_complexity, reason = "a table")]
pub fn leaves() -> Vec<(&'static str, bool, fn() -> Use)> {
    const POLLED: bool = true;
    const MADE: bool = false;
    vec![
        ("a sleep", POLLED, || waits(sleep(HOUR))),
        ("a sleep", POLLED, || waits(timeout(HOUR, pending::<()>()))),
        ("a sleep", POLLED, || {
            waits(async {
                let mut ticks = interval(HOUR);
                ticks.tick().await;
                ticks.tick().await;
            })
        }),
        ("a gather, race or scope", POLLED, || {
            waits(buzzer::gather([pending::<()>()]))
        }),
        ("a gather, race or scope", POLLED, || {
            waits(buzzer::try_gather([pending::<Result<(), ()>>()]))
        }),
        ("a gather, race or scope", POLLED, || {
            waits(buzzer::gather!(pending::<()>(), pending::<u8>()))
        }),
        ("a gather, race or scope", POLLED, || {
            waits(buzzer::race!(pending::<()>(), pending::<()>()))
        }),
        ("an AsyncFd", MADE, || {
            let (reader, writer) = std::io::pipe().unwrap();
            let fd = AsyncFd::new(reader).unwrap();
            waits(async move {
                drop(fd.readable().await);
                drop(writer);
            })
        }),
        ("an AsyncFd", MADE, || {
            let (reader, writer) = std::io::pipe().unwrap();
            uses((AsyncFd::new(reader).unwrap(), writer), |(fd, _)| {
                fd.try_io(Interest::READABLE, |_| Ok(())).unwrap_err();
            })
        }),
        ("a TcpStream", MADE, || {
            waits(async {
                let (mut stream, _other) = tcp().await;
                stream.read(&mut [0]).await.unwrap();
            })
        }),
        ("a TcpStream", MADE, || {
            let (stream, other) = run_new(tcp);
            uses((stream, other), |(stream, _)| {
                stream.try_read(&mut [0]).unwrap_err();
            })
        }),
        ("a TcpStream", MADE, || {
            let (stream, other) = run_new(tcp);
            let (read, write) = stream.into_split();
            uses((read, write, other), |(read, ..)| {
                assert!(poll(pin!(read.peek(&mut [0]))).is_pending());
            })
        }),
        ("a TcpListener", MADE, || {
            waits(async {
                let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
                listener.accept().await.unwrap();
            })
        }),
        ("a UdpSocket", MADE, || {
            waits(async {
                let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
                socket.recv(&mut [0]).await.unwrap();
            })
        }),
        ("a UdpSocket", MADE, || {
            let socket = run_new(|| UdpSocket::bind("127.0.0.1:0")).unwrap();
            uses(socket, |socket| {
                socket.try_recv_from(&mut [0]).unwrap_err();
            })
        }),
        ("a UnixStream", MADE, || {
            uses(UnixStream::pair().unwrap(), |(here, _)| {
                assert!(poll(pin!(here.read(&mut [0]))).is_pending());
            })
        }),
        ("a UnixListener", MADE, || {
            let folder = tempfile::tempdir().unwrap();
            let listener = std::os::unix::net::UnixListener::bind(folder.path().join("bar"));
            let listener = listener.unwrap();
            let listener = UnixListener::from_std(listener).unwrap();
            waits(async move { listener.accept().await.map(drop) })
        }),
        ("a UnixDatagram", MADE, || {
            uses(UnixDatagram::pair().unwrap(), |(here, _)| {
                assert!(poll(pin!(here.recv(&mut [0]))).is_pending());
            })
        }),
        ("a Child", MADE, || {
            let mut cat = cat();
            let stdin = cat.stdin.take();
            uses((cat, stdin), |(cat, _)| {
                assert!(poll(pin!(cat.wait())).is_pending());
            })
        }),
        ("a ChildStdin", MADE, || {
            uses(cat(), |cat| {
                let stdin = cat.stdin.as_mut().unwrap();
                while poll(pin!(stdin.write(&[0; 4096]))).is_ready() {}
            })
        }),
        ("a ChildStdout", MADE, || {
            uses(cat(), |cat| {
                let stdout = cat.stdout.as_mut().unwrap();
                assert!(poll(pin!(stdout.read(&mut [0]))).is_pending());
            })
        }),
        ("a ChildStderr", MADE, || {
            uses(cat(), |cat| {
                let stderr = cat.stderr.as_mut().unwrap();
                assert!(poll(pin!(stderr.read(&mut [0]))).is_pending());
            })
        }),
        ("a Signal", MADE, || {
            uses(signal(SignalKind::user_defined1()).unwrap(), |signal| {
                assert!(poll(pin!(signal.recv())).is_pending());
            })
        }),
    ]
}

/// What `make` gives, which waits for nothing.
fn run_new<F: Future>(make: impl FnOnce() -> F) -> F::Output {
    run(make())
}

/// What needs any runtime: what its panics call it, and a use.
pub fn needing() -> Vec<(&'static str, fn())> {
    fn never<F: Future>(future: F) {
        let _ = poll(pin!(future));
    }
    vec![
        ("spawn", || drop(buzzer::spawn(async {}))),
        ("task::Builder::spawn", || {
            drop(buzzer::task::Builder::new().spawn(async {}));
        }),
        ("a sleep", || never(sleep(HOUR))),
        ("a sleep", || never(timeout(HOUR, pending::<()>()))),
        ("a sleep", || never(interval(HOUR).tick())),
        ("gather", || never(buzzer::gather([pending::<()>()]))),
        ("race!", || never(buzzer::race!(pending::<()>()))),
        ("scope", || never(buzzer::scope(async |_| {}))),
        ("a TcpStream", || {
            let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
            never(TcpStream::connect(listener.local_addr().unwrap()));
        }),
        ("a TcpListener", || never(TcpListener::bind("127.0.0.1:0"))),
        ("a UdpSocket", || never(UdpSocket::bind("127.0.0.1:0"))),
        ("a UnixStream", || drop(UnixStream::pair())),
        ("a UnixDatagram", || drop(UnixDatagram::unbound())),
        ("an AsyncFd", || {
            drop(AsyncFd::new(std::io::pipe().unwrap().0))
        }),
        ("a file operation", || never(buzzer::fs::read("/"))),
        ("Command::spawn", || drop(Command::new("true").spawn())),
        ("signal", || drop(signal(SignalKind::hangup()))),
        ("time::pause", buzzer::time::pause),
    ]
}
