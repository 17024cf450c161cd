//! What may cross threads and what may not: decided when this compiles.

use std::rc::Rc;

use buzzer::io::{AsyncFd, AsyncReadExt, AsyncWriteExt, Interest};
use buzzer::net::{
    TcpListener, TcpSocket, TcpStream, UdpSocket, UnixDatagram, UnixListener, UnixStream, tcp, unix,
};
use buzzer::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command};
use buzzer::runtime::{Builder, EnterGuard, Handle, Runtime, ShutdownTimeout};
use buzzer::signal::unix::{Signal, SignalKind, signal};
use buzzer::task::{AbortHandle, JoinError, JoinHandle};
use buzzer::time::{Instant, Interval, Sleep, sleep, timeout};

fn is_send<T: Send>() {}
fn is_sync<T: Sync>() {}
fn is_unpin<T: Unpin>() {}
fn is_send_future<F: Future + Send>(_: F) {}

/// `is_not!(T: Trait)` compiles only if `T` has not the trait: with it, both
/// implementations of `Which` would fit, and the inference could not choose.
macro_rules! is_not {
    ($type:ty: $trait:ident) => {{
        trait Which<T> {
            fn choose() {}
        }
        struct HasTrait;
        impl<T: ?Sized> Which<()> for T {}
        impl<T: ?Sized + $trait> Which<HasTrait> for T {}
        <$type as Which<_>>::choose();
    }};
}

#[test]
fn what_belongs_to_its_runtimes_thread_stays_there() {
    is_not!(Runtime: Send);
    is_not!(Runtime: Sync);
    is_not!(EnterGuard<'static>: Send);
    // An output that can't cross threads keeps its handle from doing so.
    is_not!(JoinHandle<Rc<()>>: Send);
    is_not!(JoinHandle<Rc<()>>: Sync);
    is_not!(buzzer::Scope<'static>: Send);
    is_not!(buzzer::ScopedJoinHandle<()>: Send);
}

#[test]
fn what_names_a_runtime_or_a_task_from_afar_crosses_threads() {
    is_send::<Handle>();
    is_sync::<Handle>();
    is_send::<Builder>();
    is_send::<JoinHandle<String>>();
    is_send::<AbortHandle>();
    is_sync::<AbortHandle>();
    // `?` turns these into boxed errors that are Send and Sync.
    is_send::<JoinError>();
    is_sync::<JoinError>();
    is_send::<ShutdownTimeout>();
    is_sync::<ShutdownTimeout>();
    is_send::<Instant>();
    is_send::<buzzer::task::Id>();
}

#[test]
fn the_leaf_futures_are_send_so_that_tasks_made_of_them_can_be_sent() {
    is_send::<Sleep>();
    is_send::<Interval>();
    let second = std::time::Duration::from_secs(1);
    let job = || -> JoinHandle<()> { unreachable!("only its type is asked") };
    let asked = || {
        is_send_future(sleep(second));
        is_send_future(timeout(second, sleep(second)));
        is_send_future(buzzer::task::yield_now());
        is_send_future(buzzer::gather([sleep(second)]));
        is_send_future(buzzer::gather!(sleep(second), job()));
        is_send_future(buzzer::try_gather!(job(), job()));
        is_send_future(buzzer::race!(sleep(second), sleep(second)));
        is_send_future(buzzer::fs::read("a file"));
    };
    let _: &dyn Fn() = &asked;
}

#[test]
fn handles_and_sleeps_can_be_polled_without_pinning_them() {
    is_unpin::<JoinHandle<std::marker::PhantomPinned>>();
    is_unpin::<Sleep>();
}

#[test]
fn sockets_and_their_halves_cross_threads() {
    fn both<T: Send + Sync + Unpin>() {}
    both::<TcpListener>();
    both::<TcpSocket>();
    both::<TcpStream>();
    both::<tcp::ReadHalf<'static>>();
    both::<tcp::WriteHalf<'static>>();
    both::<tcp::OwnedReadHalf>();
    both::<tcp::OwnedWriteHalf>();
    both::<tcp::ReuniteError>();
    both::<UdpSocket>();
    both::<UnixDatagram>();
    both::<UnixListener>();
    both::<UnixStream>();
    both::<unix::OwnedReadHalf>();
    both::<unix::OwnedWriteHalf>();
    both::<unix::ReuniteError>();
    both::<unix::SocketAddr>();
    both::<unix::UCred>();
    both::<AsyncFd<std::os::fd::OwnedFd>>();
}

#[test]
fn futures_of_sockets_are_send() {
    is_send_future(TcpStream::connect("localhost:1"));
    is_send_future(TcpListener::bind("localhost:1"));
    is_send_future(async {
        let (mut stream, _) = TcpListener::bind("localhost:1").await?.accept().await?;
        let mut buffer = [0; 8];
        stream.read(&mut buffer).await?;
        stream.write_all(&buffer).await
    });
    is_send_future(async {
        let (mut reader, mut writer) = TcpStream::connect("localhost:1").await?.into_split();
        reader.read(&mut [0; 8]).await?;
        writer.write(b"!").await?;
        reader
            .reunite(writer)
            .map_err(std::io::Error::other)?
            .readable()
            .await
    });
    is_send_future(async {
        let socket = UdpSocket::bind("localhost:1").await?;
        socket.connect("localhost:1").await?;
        socket.send_to(b"!", "localhost:1").await?;
        socket.recv_from(&mut [0; 8]).await
    });
    // Made within a runtime only, so that these are not called.
    let unix = || {
        is_send_future(UnixStream::connect("a path"));
        is_send_future(async {
            let (mut stream, _) = UnixListener::bind("a path")?.accept().await?;
            stream.async_io(Interest::READABLE, || Ok(())).await?;
            stream.write_vectored(&[]).await
        });
        is_send_future(async {
            let socket = UnixDatagram::unbound()?;
            socket.send_to(b"!", "a path").await?;
            socket.recv_from(&mut [0; 8]).await
        });
    };
    let _: &dyn Fn() = &unix;
}

#[test]
fn waits_that_have_a_descriptors_owner_alone_are_send_also_where_it_is_not_sync() {
    struct Owner(std::os::fd::OwnedFd, std::cell::Cell<u8>);
    impl std::os::fd::AsRawFd for Owner {
        fn as_raw_fd(&self) -> std::os::fd::RawFd {
            self.0.as_raw_fd()
        }
    }
    let asked = |fd: &mut AsyncFd<Owner>| {
        is_send_future(fd.readable_mut());
        is_send_future(fd.writable_mut());
        is_send_future(fd.ready_mut(Interest::READABLE));
        is_send_future(fd.async_io_mut(Interest::READABLE, |owner| Ok(owner.1.get())));
    };
    let _: &dyn Fn(&mut AsyncFd<Owner>) = &asked;
}

#[test]
fn listeners_for_signals_are_send_and_sync() {
    is_send::<Signal>();
    is_sync::<Signal>();
    is_send_future(buzzer::signal::ctrl_c());
    is_send_future(async { signal(SignalKind::hangup()).unwrap().recv().await });
}

#[test]
fn commands_children_and_their_pipes_are_send_and_sync() {
    is_send::<Command>();
    is_sync::<Command>();
    is_send::<Child>();
    is_sync::<Child>();
    is_send::<ChildStdin>();
    is_sync::<ChildStdin>();
    is_send::<ChildStdout>();
    is_sync::<ChildStdout>();
    is_send::<ChildStderr>();
    is_sync::<ChildStderr>();
    let asked = |mut command: Command, mut child: Child| {
        is_send_future(command.status());
        is_send_future(command.output());
        is_send_future(child.kill());
        is_send_future(child.wait());
        is_send_future(child.wait_with_output());
    };
    let _: &dyn Fn(_, _) = &asked;
}
