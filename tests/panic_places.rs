//! A documented panic names the line that called, and not one of the library's.

use std::future::pending;
use std::net;
use std::os::fd::{AsFd, AsRawFd};
use std::pin::{Pin, pin};
use std::process::Stdio;
use std::task::{Context, Poll, Waker};

use buzzer::io::{self, AsyncFd, AsyncRead, AsyncWrite, AsyncWriteExt, Interest, ReadBuf};
use buzzer::net::{
    TcpListener, TcpSocket, TcpStream, UdpSocket, UnixDatagram, UnixListener, UnixStream,
};
use buzzer::process::Command;
use buzzer::runtime::{Builder, Handle, OnDeadlock, Runtime};
use buzzer::signal::unix::{SignalKind, signal};
use buzzer::task::{self, JoinHandle};
use buzzer::time::{self, Duration, interval, interval_at, sleep};

mod support {
    pub mod caught;
    pub mod place;
}
use support::place::panic_at;

const HOUR: Duration = Duration::from_secs(3_600);

/// Polls once with a waker that does nothing.
fn poll<F: Future + ?Sized>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// Fails if the panic of the code names another line than the code's own: one line
/// each, below the macro's.
macro_rules! panics_here {
    ($($code:expr;)+) => {
        let mut line = line!();
        $({
            line += 1;
            let (text, place) = panic_at(|| $code);
            assert_eq!(place, (file!().to_owned(), line), "{}: {text}", stringify!($code));
        })+
        let _ = line;
    };
}

/// Fails if the panic of what is awaited names another line than that of the `.await`,
/// which is the macro's.
macro_rules! awaits_here {
    ($($future:expr;)+) => {$({
        let expected = (file!().to_owned(), line!());
        let (text, place) = panic_at(|| poll(pin!(async { $future.await })).is_ready());
        assert_eq!(place, expected, "{}: {text}", stringify!($future));
    })+};
}

#[test]
fn what_needs_a_runtime() {
    let (fd, _writer) = std::io::pipe().unwrap();
    let listener = net::TcpListener::bind("127.0.0.1:0").unwrap();
    let stream = net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let udp = net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let socket = TcpSocket::new_v4().unwrap();
    let mut piped = std::process::Command::new("true");
    let mut piped = piped
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let (stdin, stdout) = (piped.stdin.take().unwrap(), piped.stdout.take().unwrap());
    piped.wait().unwrap();
    panics_here! {
        buzzer::spawn(async {});
        task::Builder::new().spawn(async {});
        task::spawn_blocking(|| {});
        task::id();
        Handle::current();
        time::pause();
        time::resume();
        AsyncFd::new(fd);
        AsyncFd::with_interest(0, Interest::READABLE);
        TcpListener::from_std(listener);
        TcpStream::from_std(stream);
        UdpSocket::from_std(udp);
        socket.listen(1);
        UnixListener::bind("\0buzzer-panic-places");
        UnixStream::pair();
        UnixDatagram::bind("\0buzzer-panic-places");
        UnixDatagram::unbound();
        UnixDatagram::pair();
        signal(SignalKind::hangup());
        Command::new("true").spawn();
        Command::new("true").status();
        Command::new("true").output();
        buzzer::process::ChildStdin::from_std(stdin);
        buzzer::process::ChildStdout::from_std(stdout);
    }
    awaits_here! {
        sleep(HOUR);
        interval(HOUR).tick();
        time::advance(HOUR);
        buzzer::gather([pending::<()>()]);
        buzzer::try_gather([pending::<Result<(), ()>>()]);
        buzzer::gather!(pending::<()>());
        buzzer::try_gather!(pending::<Result<(), ()>>());
        buzzer::race!(pending::<()>());
    }
}

#[test]
fn what_is_used_outside_its_runtime() {
    let runtime = Runtime::new().unwrap();
    let inside = runtime.enter();
    let (reader, _writer) = std::io::pipe().unwrap();
    let fd = AsyncFd::new(reader).unwrap();
    let (mut stream, other) = UnixStream::pair().unwrap();
    let (mut read, mut write) = other.into_split();
    let socket = UdpSocket::from_std(net::UdpSocket::bind("127.0.0.1:0").unwrap()).unwrap();
    let (datagram, _other) = UnixDatagram::pair().unwrap();
    let listener = net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let listener = TcpListener::from_std(listener).unwrap();
    let mut slept = Box::pin(sleep(HOUR));
    assert!(poll(slept.as_mut()).is_pending());
    let mut ticks = interval_at(time::Instant::now() + HOUR, HOUR);
    assert!(poll(pin!(ticks.tick())).is_pending());
    let mut listens = signal(SignalKind::hangup()).unwrap();
    let mut gathers = Box::pin(buzzer::gather!(pending::<()>()));
    assert!(poll(gathers.as_mut()).is_pending());
    drop(inside);
    let cx = &mut Context::from_waker(Waker::noop());
    let (room, both) = (&mut [0; 8], Interest::READABLE | Interest::WRITABLE);
    panics_here! {
        fd.poll_read_ready(cx).is_ready();
        fd.poll_write_ready(cx).is_ready();
        fd.try_io(Interest::READABLE, |_| Ok(()));
        stream.poll_read_ready(cx).is_ready();
        stream.poll_write_ready(cx).is_ready();
        stream.try_read(room);
        stream.try_read_vectored(&mut []);
        stream.try_write(room);
        stream.try_write_vectored(&[]);
        stream.try_io(both, || Ok(()));
        stream.poll_peek(cx, &mut ReadBuf::new(room)).is_ready();
        Pin::new(&mut stream).poll_read(cx, &mut ReadBuf::new(room)).is_ready();
        Pin::new(&mut stream).poll_write(cx, room).is_ready();
        Pin::new(&mut stream).poll_write_vectored(cx, &[]).is_ready();
        read.poll_peek(cx, &mut ReadBuf::new(room)).is_ready();
        read.try_read(room);
        write.try_write(room);
        Pin::new(&mut read).poll_read(cx, &mut ReadBuf::new(room)).is_ready();
        Pin::new(&mut write).poll_write(cx, room).is_ready();
        socket.poll_recv_ready(cx).is_ready();
        socket.poll_send_ready(cx).is_ready();
        socket.poll_send(cx, room).is_ready();
        socket.try_send(room);
        socket.poll_recv(cx, &mut ReadBuf::new(room)).is_ready();
        socket.try_recv(room);
        socket.poll_recv_from(cx, &mut ReadBuf::new(room)).is_ready();
        socket.try_recv_from(room);
        socket.poll_send_to(cx, room, address).is_ready();
        socket.try_send_to(room, address);
        socket.poll_peek(cx, &mut ReadBuf::new(room)).is_ready();
        socket.try_peek(room);
        socket.poll_peek_from(cx, &mut ReadBuf::new(room)).is_ready();
        socket.try_peek_from(room);
        socket.poll_peek_sender(cx).is_ready();
        socket.try_peek_sender();
        socket.try_io(both, || Ok(()));
        datagram.poll_send_to(cx, room, "nobody").is_ready();
        datagram.try_send_to(room, "nobody");
        listener.poll_accept(cx).is_ready();
        slept.as_mut().poll(cx).is_ready();
        ticks.poll_tick(cx).is_ready();
        listens.poll_recv(cx).is_ready();
        gathers.as_mut().poll(cx).is_ready();
    }
    awaits_here! {
        ticks.tick();
    }
}

#[test]
fn handles() {
    let runtime = Runtime::new().unwrap();
    let mut local = runtime.spawn(async {});
    let abort = local.abort_handle();
    let elsewhere = move || {
        panics_here! {
            local.is_finished();
            abort.is_finished();
            Pin::new(&mut local).poll(&mut Context::from_waker(Waker::noop())).is_ready();
        }
        awaits_here! {
            local;
        }
    };
    std::thread::spawn(elsewhere).join().unwrap();
    runtime.block_on(async {
        let twice: [JoinHandle<()>; 2] = [buzzer::spawn(async {}), task::spawn_blocking(|| {})];
        for mut handle in twice {
            (&mut handle).await.unwrap();
            awaits_here! {
                handle;
            }
        }
        buzzer::scope(async |scope| {
            let mut handle = scope.spawn(async {});
            (&mut handle).await.unwrap();
            awaits_here! {
                handle;
            }
        })
        .await;
        let mut gathered = Box::pin(buzzer::gather([async {}]));
        gathered.as_mut().await;
        let mut raced = Box::pin(buzzer::race!(async {}, pending::<()>()));
        raced.as_mut().await;
        let cx = &mut Context::from_waker(Waker::noop());
        panics_here! {
            gathered.as_mut().poll(cx).is_ready();
            raced.as_mut().poll(cx).is_ready();
        }
        let cancelled = buzzer::spawn(pending::<()>());
        cancelled.abort();
        let error = cancelled.await.unwrap_err();
        panics_here! {
            error.into_panic();
        }
    });
}

#[test]
fn settings_and_misuse() {
    let mut builder = Builder::new_current_thread();
    panics_here! {
        builder.event_interval(0);
        builder.max_blocking_threads(0);
        builder.max_blocking_queue(0);
        builder.record(0);
        builder.watchdog(Duration::ZERO);
        interval(Duration::ZERO);
        interval_at(time::Instant::now(), Duration::ZERO);
        ReadBuf::new(&mut [0; 1]).put_slice(b"two");
        ReadBuf::new(&mut [0; 1]).set_filled(2);
        ReadBuf::new(&mut [0; 1]).advance(2);
        ReadBuf::new(&mut [0; 1]).initialize_unfilled_to(2).len();
    }
    let runtime = Runtime::new().unwrap();
    runtime.block_on(async {
        panics_here! {
            buzzer::block_on(async {});
            runtime.block_on(async {});
            runtime.turn(None);
            task::id();
            time::resume();
        }
        awaits_here! {
            time::advance(HOUR);
        }
        time::pause();
        panics_here! {
            time::pause();
        }
        let mut cat = Command::new("cat").stdin(Stdio::piped()).spawn().unwrap();
        let mut stdin = cat.stdin.take().unwrap();
        stdin.shutdown().await.unwrap();
        panics_here! {
            stdin.as_fd();
            stdin.as_raw_fd();
        }
        cat.wait().await.unwrap();
    });
}

#[test]
fn what_is_made_of_readers_writers_and_files() {
    let halves = || io::split(io::empty());
    let ((here, _), (_, there)) = (halves(), halves());
    let mut file = buzzer::fs::File::from_std(tempfile::tempfile().unwrap());
    panics_here! {
        io::duplex(0);
        io::simplex(0);
        io::SimplexStream::new_unsplit(0);
        here.unsplit(there);
        file.set_max_buf_size(0);
    }
}

#[test]
fn task_locals() {
    buzzer::task_local! {
        static ORDER: u32;
    }
    panics_here! {
        ORDER.with(|_| ());
        ORDER.get();
        ORDER.sync_scope(1, || ORDER.with(|_| ORDER.sync_scope(2, || ())));
    }
}

#[test]
fn what_the_loop_finds_is_told_at_the_line_that_runs_it() {
    let runtime = Runtime::new().unwrap();
    let other = Runtime::new().unwrap();
    let stuck = Builder::new_current_thread()
        .on_deadlock(OnDeadlock::Panic)
        .build()
        .unwrap();
    let kept = async {
        let _guard = other.enter();
        task::yield_now().await;
    };
    panics_here! {
        runtime.block_on(kept);
        stuck.block_on(pending::<()>());
    }
}
