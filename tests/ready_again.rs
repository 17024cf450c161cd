//! What a leaf future says when it is polled after it was ready: a sleep is ready
//! again, whatever gives a value has given it and panics. None waits.

#[path = "support/caught.rs"]
mod caught;
#[path = "support/counting.rs"]
mod counting;
#[path = "support/paused.rs"]
mod paused;

use std::future::{Ready, pending, poll_fn, ready};
use std::io::{IoSlice, SeekFrom};
use std::os::unix::net::UnixStream as StdStream;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::process::Stdio;
use std::task::{Context, Poll, Waker};

use buzzer::fs::{self, File};
use buzzer::io::{
    AsyncBufReadExt, AsyncFd, AsyncReadExt, AsyncSeekExt, AsyncWriteExt, BufReader, Interest, copy,
    stdout,
};
use buzzer::net::{TcpListener, TcpStream, UdpSocket, UnixDatagram, UnixStream, lookup_host};
use buzzer::process::Command;
use buzzer::runtime::{Builder, FileIo, Handle, Runtime};
use buzzer::signal::unix::{SignalKind, signal};
use buzzer::task::{spawn_blocking, yield_now};
use buzzer::time::{Duration, Instant, advance, interval, sleep, sleep_until, timeout};
use buzzer::{gather, race, scope, spawn, try_gather};
use counting::Count;
use paused::paused;

const MOMENT: Duration = Duration::from_micros(100);

/// Polls once, as nobody who would poll again.
fn poll_once<F: Future + Unpin>(future: &mut F) -> Poll<F::Output> {
    pin!(future).poll(&mut Context::from_waker(Waker::noop()))
}

/// Takes the rest of this poll's budget, without a look at the clock: `past` is.
fn spend_the_budget(past: Instant) {
    while poll_once(&mut sleep_until(past)).is_ready() {}
}

/// Awaits `future`, and polls it once more: what the panic says, if it is one.
async fn polled_again<F: Future>(future: F) -> Poll<Option<String>> {
    let mut future = pin!(future);
    future.as_mut().await;
    let again = || {
        let polled = future
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()));
        polled.map(drop)
    };
    match catch_unwind(AssertUnwindSafe(again)) {
        Ok(polled) => polled.map(|()| None),
        Err(payload) => Poll::Ready(Some(caught::message(&*payload))),
    }
}

/// Awaits the future, and checks that it panics when it is polled again.
macro_rules! panics_again {
    ($($future:expr),+ $(,)?) => {
        $(match polled_again($future).await {
            Poll::Ready(Some(message)) => assert!(
                message.contains("`async fn` resumed after completion")
                    || message.contains("was polled after it gave its"),
                "{}: {message}",
                stringify!($future),
            ),
            other => panic!("{} is {other:?}, polled again", stringify!($future)),
        })+
    };
}

#[test]
fn a_sleep_is_ready_again_on_the_real_clock() {
    buzzer::block_on(async {
        for _ in 0..200 {
            let mut ended = pin!(sleep(MOMENT));
            ended.as_mut().await;
            for _ in 0..3 {
                assert!(poll_once(&mut ended.as_mut()).is_ready());
            }
            assert!(ended.is_elapsed());
            ended.await;
        }
    });
}

#[test]
fn a_sleep_is_ready_again_on_a_paused_clock_and_whatever_the_clock_does_then() {
    let runtime = paused();
    let mut ended = Box::pin(sleep(MOMENT));
    runtime.block_on(async {
        ended.as_mut().reset(Instant::now() + MOMENT);
        ended.as_mut().await;
        assert!(poll_once(&mut ended).is_ready());
        buzzer::time::resume();
        assert!(poll_once(&mut ended).is_ready());
    });
    // It is known to have ended, in other runtimes too, and in none.
    Runtime::new().unwrap().block_on(ended.as_mut());
    drop(runtime);
    assert!(poll_once(&mut ended).is_ready());
}

#[test]
fn a_sleep_that_was_ready_at_its_first_poll_is_ready_again() {
    buzzer::block_on(async {
        for mut ended in [sleep(Duration::ZERO), sleep_until(Instant::now())] {
            assert!(poll_once(&mut ended).is_ready());
            assert!(poll_once(&mut ended).is_ready());
        }
    });
}

#[test]
fn a_sleep_reset_after_it_was_ready_waits_for_the_new_deadline_and_is_then_ready_again() {
    paused().block_on(async {
        let mut again = pin!(sleep(MOMENT));
        for _ in 0..3 {
            again.as_mut().await;
            assert!(poll_once(&mut again.as_mut()).is_ready());
            let start = Instant::now();
            again.as_mut().reset(start + MOMENT);
            assert!(poll_once(&mut again.as_mut()).is_pending());
            again.as_mut().await;
            assert_eq!(start.elapsed(), MOMENT);
        }
    });
}

#[test]
fn a_sleep_that_was_ready_yields_when_the_budget_is_spent_and_is_ready_at_the_next_poll() {
    buzzer::block_on(async {
        let past = Instant::now();
        let mut ended = pin!(sleep(MOMENT));
        ended.as_mut().await;
        let (woken, waker) = Count::waker();
        spend_the_budget(past);
        let mut cx = Context::from_waker(&waker);
        assert!(ended.as_mut().poll(&mut cx).is_pending());
        assert_eq!(woken.get(), 1, "who is to poll again is told so at once");
        yield_now().await;
        assert!(ended.as_mut().poll(&mut cx).is_ready());
        // And who awaits it for ever keeps nobody from running.
        let other = spawn(async {});
        while !other.is_finished() {
            ended.as_mut().await;
        }
    });
}

#[test]
fn a_limit_that_has_come_while_its_future_was_out_of_budget_is_not_waited_for_again() {
    buzzer::block_on(async {
        let past = Instant::now();
        let mut limited = pin!(timeout(MOMENT, pending::<()>()));
        let (mut polls, mut came) = (0, None);
        let ended = poll_fn(|cx| {
            // At each poll the budget is spent before the limit is looked at.
            spend_the_budget(past);
            polls += 1;
            let polled = limited.as_mut().poll(cx);
            if polled.is_pending() && polls > 1 {
                came = Some(polls);
            }
            polled
        });
        ended.await.unwrap_err();
        assert_eq!(
            (polls, came),
            (3, Some(2)),
            "armed, come, looked at once more"
        );
    });
}

#[test]
fn handles_panic_when_polled_again_also_when_the_budget_is_spent() {
    buzzer::block_on(async {
        let past = Instant::now();
        let mut handles = [
            spawn(async {}),
            Handle::current().spawn(async {}),
            spawn_blocking(|| {}),
        ];
        for handle in &mut handles {
            handle.await.unwrap();
        }
        scope(async |s| {
            let mut scoped = s.spawn(async {});
            (&mut scoped).await.unwrap();
            spend_the_budget(past);
            for handle in &mut handles {
                let message = caught::panic_of(|| poll_once(handle));
                assert!(message.contains("was polled after it gave its result"));
            }
            let message = caught::panic_of(|| poll_once(&mut scoped));
            assert!(message.contains("was polled after it gave its result"));
        })
        .await;
    });
}

#[test]
fn tasks_and_groups_panic_when_they_are_polled_again() {
    buzzer::block_on(async {
        panics_again![
            spawn(async {}),
            Handle::current().spawn(async {}),
            spawn_blocking(|| {}),
            scope(async |s| s.spawn(async {}).await),
            yield_now(),
            gather([ready(1), ready(2)]),
            gather(Vec::<Ready<()>>::new()),
            gather!(ready(1), sleep(MOMENT)),
            try_gather([ready(Ok::<(), ()>(())), ready(Err(()))]),
            try_gather!(ready(Ok::<(), ()>(())), ready(Err::<(), ()>(()))),
            race!(ready(1), ready(2)),
        ];
    });
}

#[test]
fn what_waits_for_time_panics_when_it_is_polled_again() {
    paused().block_on(async {
        panics_again![
            timeout(MOMENT, ready(())),
            timeout(MOMENT, pending::<()>()),
            interval(MOMENT).tick(),
            advance(MOMENT),
        ];
    });
}

#[test]
fn what_waits_for_sockets_panics_when_it_is_polled_again() {
    buzzer::block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        panics_again![
            TcpListener::bind("127.0.0.1:0"),
            lookup_host("127.0.0.1:0"),
            TcpStream::connect(address),
            listener.accept(),
        ];
        let client = TcpStream::connect(address).await.unwrap();
        let (mut server, _) = listener.accept().await.unwrap();
        client.try_write(b"one mocha, one latte").unwrap();
        panics_again![
            server.readable(),
            server.writable(),
            server.ready(Interest::READABLE | Interest::WRITABLE),
            server.async_io(Interest::WRITABLE, || Ok(())),
            server.peek(&mut [0; 3]),
            server.read(&mut [0; 3]),
            server.write(b"!"),
            server.write_vectored(&[IoSlice::new(b"!")]),
            server.flush(),
            server.shutdown(),
        ];
        let (here, there) = (UdpSocket::bind(address), UdpSocket::bind("127.0.0.1:0"));
        let (here, there) = (here.await.unwrap(), there.await.unwrap());
        panics_again![
            there.connect(address),
            there.send_to(b"one", address),
            there.send(b"two"),
            here.recv(&mut [0; 8]),
            here.recv_from(&mut [0; 8]),
            here.writable(),
        ];
        let (one, other) = UnixDatagram::pair().unwrap();
        panics_again![one.send(b"one"), other.recv(&mut [0; 8])];
        let (mut one, mut other) = UnixStream::pair().unwrap();
        panics_again![
            one.write_all(b"one mocha"),
            other.read_exact(&mut [0; 9]),
            one.write_u32(4711),
            other.read_u32(),
            one.shutdown(),
            other.read_to_end(&mut Vec::new()),
            copy(&mut other, &mut one),
        ];
    });
}

#[test]
fn a_write_that_has_ended_does_not_write_again() {
    buzzer::block_on(async {
        let (mut here, mut there) = UnixStream::pair().unwrap();
        let mut write = Box::pin(here.write(b"one mocha"));
        assert_eq!(write.as_mut().await.unwrap(), 9);
        assert!(catch_unwind(AssertUnwindSafe(|| poll_once(&mut write))).is_err());
        drop(write);
        drop(here);
        let mut orders = String::new();
        there.read_to_string(&mut orders).await.unwrap();
        assert_eq!(orders, "one mocha");
    });
}

#[test]
fn what_waits_for_other_descriptors_panics_when_it_is_polled_again() {
    buzzer::block_on(async {
        let (here, _there) = StdStream::pair().unwrap();
        here.set_nonblocking(true).unwrap();
        let socket = AsyncFd::new(here).unwrap();
        panics_again![
            socket.writable(),
            socket.ready(Interest::WRITABLE),
            socket.async_io(Interest::WRITABLE, |_| Ok(())),
        ];
        let mut told = signal(SignalKind::user_defined2()).unwrap();
        rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::USR2)
            .unwrap();
        panics_again![told.recv()];
        let mut cat = Command::new("cat");
        cat.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut cat = cat.spawn().unwrap();
        let mut stdin = cat.stdin.take().unwrap();
        panics_again![
            stdin.write(b"one mocha"),
            stdin.shutdown(),
            cat.stdout.as_mut().unwrap().read(&mut [0; 9]),
            cat.wait(),
            // It gives the same again to who asks again.
            cat.wait(),
            cat.wait_with_output(),
            Command::new("true").status(),
            Command::new("true").output(),
            stdout().write(b""),
            stdout().flush(),
        ];
    });
}

#[test]
fn what_waits_for_files_panics_when_it_is_polled_again() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("order");
    for file_io in [FileIo::Auto, FileIo::Pool] {
        let runtime = Builder::new_current_thread().file_io(file_io).build();
        runtime.unwrap().block_on(async {
            panics_again![
                fs::write(&path, "one mocha\none latte\n"),
                fs::read(&path),
                fs::read_to_string(&path),
                fs::metadata(&path),
                fs::read_dir(directory.path()),
                File::open(&path),
            ];
            let mut entries = fs::read_dir(directory.path()).await.unwrap();
            panics_again![entries.next_entry(), entries.next_entry()];
            let mut options = File::options();
            let mut file = options.read(true).write(true).open(&path).await.unwrap();
            panics_again![
                file.read(&mut [0; 3]),
                file.write(b"!"),
                file.seek(SeekFrom::Start(0)),
                file.flush(),
                file.sync_all(),
                file.set_len(30),
                file.read_at(&mut [0; 3], 0),
                // By the traits.
                AsyncReadExt::read(&mut file, &mut [0; 3]),
                AsyncWriteExt::write(&mut file, b"!"),
                AsyncWriteExt::flush(&mut file),
                AsyncSeekExt::seek(&mut file, SeekFrom::Start(0)),
            ];
            let mut file = BufReader::new(file);
            panics_again![
                file.fill_buf(),
                file.read_line(&mut String::new()),
                file.read_until(b'l', &mut Vec::new()),
            ];
            let mut lines = file.lines();
            panics_again![lines.next_line()];
            while lines.next_line().await.unwrap().is_some() {}
            panics_again![
                lines.next_line(),
                lines.into_inner().into_inner().into_std()
            ];
        });
    }
}
