//! What can be waited for besides reading and writing, what changes the descriptor's
//! owner, and what is given back that can't be waited for.

#[cfg(target_os = "linux")]
#[path = "support/settle.rs"]
mod settle;
#[cfg(target_os = "linux")]
#[path = "support/system.rs"]
mod system;
#[cfg(target_os = "linux")]
#[path = "support/terminal.rs"]
mod terminal;

use std::fs::File;
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;

use buzzer::io::Interest;
use buzzer::io::unix::{AsyncFd, AsyncFdRegisterError};
use futures::FutureExt;

fn pair() -> (UnixStream, UnixStream) {
    let (here, there) = UnixStream::pair().unwrap();
    here.set_nonblocking(true).unwrap();
    (here, there)
}

#[cfg(target_os = "linux")]
mod urgent {
    use std::net::{TcpListener, TcpStream};

    use buzzer::io::Ready;
    use buzzer::spawn;
    use rustix::net::{RecvFlags, SendFlags, recv, send};

    use super::settle::settle;
    use super::*;

    fn connected() -> (TcpStream, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let there = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (here, _) = listener.accept().unwrap();
        here.set_nonblocking(true).unwrap();
        (here, there)
    }

    fn take_urgent(socket: &TcpStream) -> u8 {
        let mut byte = [0];
        assert_eq!(recv(socket, &mut byte, RecvFlags::OOB).unwrap().1, 1);
        byte[0]
    }

    #[test]
    fn an_urgent_byte_ends_the_wait_for_it_and_data_does_not() {
        buzzer::block_on(async {
            let (here, mut there) = connected();
            let here = AsyncFd::with_interest(here, Interest::PRIORITY | Interest::READABLE);
            let here = std::rc::Rc::new(here.unwrap());
            for byte in [b'!', b'?'] {
                let waiting = here.clone();
                let waits = spawn(async move {
                    let mut guard = waiting.ready(Interest::PRIORITY).await.unwrap();
                    assert_eq!(guard.ready(), Ready::PRIORITY);
                    guard.clear_ready();
                    take_urgent(guard.get_inner())
                });
                settle().await;
                there.write_all(b"one mocha").unwrap();
                let mut order = [0; 9];
                let mut read = |mut socket: &TcpStream| socket.read_exact(&mut order);
                here.async_io(Interest::READABLE, &mut read).await.unwrap();
                settle().await;
                assert!(!waits.is_finished(), "data is not urgent");
                send(&there, &[byte], SendFlags::OOB).unwrap();
                assert_eq!(waits.await.unwrap(), byte);
                let again = here.ready(Interest::PRIORITY).now_or_never();
                assert!(again.is_none(), "it was cleared");
            }
        });
    }

    #[test]
    fn urgent_data_from_before_the_first_wait_is_told_of_and_stays_until_it_is_cleared() {
        buzzer::block_on(async {
            let (here, there) = connected();
            let here = AsyncFd::with_interest(here, Interest::PRIORITY).unwrap();
            send(&there, b"!", SendFlags::OOB).unwrap();
            for _ in 0..2 {
                let guard = here.ready(Interest::PRIORITY).await.unwrap();
                assert!(guard.ready().is_priority());
            }
            let tried = here.try_io(Interest::PRIORITY, |socket| Ok(take_urgent(socket)));
            assert_eq!(tried.unwrap(), b'!');
            let would_block = || Err::<(), _>(ErrorKind::WouldBlock.into());
            let tried = here.try_io(Interest::PRIORITY, |_| would_block());
            assert_eq!(tried.unwrap_err().kind(), ErrorKind::WouldBlock);
            assert!(here.ready(Interest::PRIORITY).now_or_never().is_none());
        });
    }

    #[test]
    fn the_end_of_the_peer_ends_the_wait_for_urgent_data_each_time() {
        buzzer::block_on(async {
            let (here, there) = connected();
            let here = AsyncFd::with_interest(here, Interest::PRIORITY | Interest::READABLE);
            let here = here.unwrap();
            drop(there);
            for _ in 0..2 {
                let mut guard = here.ready(Interest::PRIORITY).await.unwrap();
                let ready = guard.ready();
                assert!(ready.is_read_closed() && !ready.is_priority(), "{ready:?}");
                guard.clear_ready();
            }
        });
    }
}

#[test]
fn an_error_ends_the_wait_for_errors_and_neither_data_nor_room_does() {
    buzzer::block_on(async {
        let (reads, writes) = io::pipe().unwrap();
        rustix::io::ioctl_fionbio(&writes, true).unwrap();
        let writes = AsyncFd::with_interest(writes, Interest::WRITABLE | Interest::ERROR).unwrap();
        writes.writable().await.unwrap().retain_ready();
        assert!(writes.ready(Interest::ERROR).now_or_never().is_none());
        drop(reads);
        let guard = writes.ready(Interest::ERROR).await.unwrap();
        assert!(guard.ready().is_error() && !guard.ready().is_writable());
    });
}

/// What has hung up from its beginning, or for a while.
#[cfg(target_os = "linux")]
mod hung_up {
    use std::fs::read_link;
    use std::net::TcpStream;
    use std::os::fd::{AsRawFd, OwnedFd};

    use buzzer::runtime::{Builder, Runtime};
    use buzzer::spawn;
    use buzzer::time::{Duration, timeout};
    use rustix::net::{AddressFamily, SocketType, bind, getsockname, listen, socket};

    use super::settle::settle;
    use super::terminal::terminal;
    use super::{system, *};

    fn paused() -> Runtime {
        let mut builder = Builder::new_current_thread();
        builder.start_paused(true).build().unwrap()
    }

    #[test]
    fn a_socket_that_neither_listens_nor_is_connected_says_so_and_can_listen_then() {
        let runtime = paused();
        runtime.block_on(async {
            let here = socket(AddressFamily::INET, SocketType::STREAM, None).unwrap();
            rustix::io::ioctl_fionbio(&here, true).unwrap();
            let here = AsyncFd::new(here).unwrap();
            let mut guard = here.readable().await.unwrap();
            let read = rustix::io::read(here.get_ref(), &mut [0; 8]);
            assert_eq!(read, Err(rustix::io::Errno::NOTCONN));
            guard.clear_ready();
            drop(guard);
            let before = runtime.metrics().turns();
            let long = timeout(Duration::from_secs(1), here.readable());
            // It was told, unless what is looked at are states.
            assert_eq!(long.await.is_err(), !system::BY_POLL);
            assert!(runtime.metrics().turns() - before <= 3);

            let any_port = std::net::SocketAddrV4::new(std::net::Ipv4Addr::LOCALHOST, 0);
            bind(here.get_ref(), &any_port).unwrap();
            listen(here.get_ref(), 1).unwrap();
            let address = getsockname(here.get_ref()).unwrap();
            let address = std::net::SocketAddr::try_from(address).unwrap();
            let accepts = spawn(async move {
                let accept = |fd: &OwnedFd| rustix::net::accept(fd).map_err(io::Error::from);
                here.async_io(Interest::READABLE, accept).await
            });
            settle().await;
            let _there = TcpStream::connect(address).unwrap();
            accepts.await.unwrap().unwrap();
        });
    }

    #[test]
    fn a_terminal_whose_program_has_gone_gives_what_it_wrote_then_an_error_and_serves_the_next() {
        let runtime = paused();
        runtime.block_on(async {
            let (typed, mut program) = terminal();
            let name = read_link(format!("/proc/self/fd/{}", program.as_raw_fd())).unwrap();
            rustix::io::ioctl_fionbio(&typed, true).unwrap();
            let typed = AsyncFd::new(typed).unwrap();
            let read = async || {
                let mut room = [0; 64];
                let read = |mut typed: &File| typed.read(&mut room);
                let count = typed.async_io(Interest::READABLE, read).await?;
                io::Result::Ok(room[..count].to_vec())
            };
            for order in ["mocha", "tea"] {
                program.write_all(order.as_bytes()).unwrap();
                drop(program);
                assert_eq!(read().await.unwrap(), order.as_bytes());
                let gone = read().await.unwrap_err();
                assert_eq!(gone.raw_os_error(), Some(libc::EIO));
                // Which nothing turns round for.
                let before = runtime.metrics().turns();
                settle().await;
                assert!(runtime.metrics().turns() - before <= 2);
                program = File::options().read(true).write(true).open(&name).unwrap();
            }
            // The error stays as a mark, and the program that is back makes none.
            let nothing = timeout(Duration::from_secs(1), read()).await;
            assert!(nothing.is_err());
            program.write_all(b"latte").unwrap();
            assert_eq!(read().await.unwrap(), b"latte");
        });
    }
}

#[test]
fn interests_are_added_taken_away_and_shown_by_name() {
    let both = Interest::READABLE | Interest::ERROR;
    assert!(both.is_readable() && both.is_error() && !both.is_writable());
    assert_eq!(both.remove(Interest::READABLE), Some(Interest::ERROR));
    assert_eq!(format!("{both:?}"), "READABLE | ERROR");
    assert_eq!(format!("{:?}", Interest::WRITABLE), "WRITABLE");
}

#[test]
fn an_operation_may_change_the_owner_that_nobody_else_has() {
    buzzer::block_on(async {
        let (here, mut there) = pair();
        let mut here = AsyncFd::new(here).unwrap();
        there.write_all(b"one").unwrap();
        let mut order = [0; 64];
        let read = |socket: &mut UnixStream| socket.read(&mut order);
        assert_eq!(
            here.async_io_mut(Interest::READABLE, read).await.unwrap(),
            3
        );
        let mut guard = here.readable_mut().await.unwrap();
        let read = |fd: &mut AsyncFd<UnixStream>| fd.get_mut().read(&mut order);
        assert!(
            guard.try_io(read).is_err(),
            "it would block, and is cleared"
        );
        assert!(here.readable_mut().now_or_never().is_none());
        let tried = here.try_io_mut(Interest::READABLE, |socket| socket.read(&mut order));
        assert_eq!(tried.unwrap_err().kind(), ErrorKind::WouldBlock);
        there.write_all(b"mocha").unwrap();
        let mut guard = here.ready_mut(Interest::READABLE).await.unwrap();
        assert_eq!(guard.get_inner_mut().read(&mut order).unwrap(), 5);
        assert!(guard.get_mut().get_ref().take_error().unwrap().is_none());
        let mut guard = here.writable_mut().await.unwrap();
        assert!(guard.ready().is_writable());
        let wrote = guard.try_io(|fd| fd.get_mut().write(b"!")).unwrap();
        assert_eq!(wrote.unwrap(), 1);
    });
}

#[test]
fn polled_by_hand_the_guard_has_the_owner_alone() {
    buzzer::block_on(async {
        let (here, mut there) = pair();
        let mut here = AsyncFd::new(here).unwrap();
        there.write_all(b"!").unwrap();
        std::future::poll_fn(|cx| {
            here.poll_read_ready_mut(cx).map_ok(|mut guard| {
                assert_eq!(guard.get_inner_mut().read(&mut [0; 2]).unwrap(), 1);
                guard.clear_ready();
            })
        })
        .await
        .unwrap();
        std::future::poll_fn(|cx| {
            here.poll_write_ready_mut(cx).map_ok(|guard| {
                assert!(guard.ready().is_writable());
            })
        })
        .await
        .unwrap();
    });
}

#[test]
fn what_cannot_be_waited_for_is_given_back_with_the_reason() {
    buzzer::block_on(async {
        let folder = File::open("/").unwrap();
        let refused: AsyncFdRegisterError<File> = AsyncFd::try_new(folder).unwrap_err();
        assert!(refused.to_string().contains("a directory"), "{refused}");
        let (folder, error) = refused.into_parts();
        assert!(folder.metadata().unwrap().is_dir());
        assert_eq!(error.kind(), ErrorKind::PermissionDenied);
        let (here, _there) = pair();
        let second = here.try_clone().unwrap();
        // SAFETY: each has its descriptor until it is dropped.
        let first = unsafe { AsyncFd::register(here) }.unwrap();
        let same = rustix::fd::AsRawFd::as_raw_fd(&first);
        assert_ne!(same, rustix::fd::AsRawFd::as_raw_fd(&second));
        // SAFETY: as above.
        let other = unsafe { AsyncFd::register_with_interest(second, Interest::READABLE) };
        assert!(
            io::Error::from(AsyncFd::try_new(same).unwrap_err()).kind() == ErrorKind::AlreadyExists
        );
        drop(other);
    });
}
