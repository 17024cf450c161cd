//! Accepting and connecting.

use std::net::{TcpListener as StdListener, TcpStream as StdStream};
use std::os::fd::AsRawFd;
use std::os::unix::net::{UnixListener as StdUnixListener, UnixStream as StdUnixStream};

use buzzer::net::{TcpListener, TcpStream, UnixListener, UnixStream};

use crate::answers::{EVERY, Reply, Script, with_scripts};
use crate::{ACCEPTS, ANY_PORT, run};

/// accept(2), and what sandboxes say. A connection that has ended is passed over; one
/// that can't be taken now is taken later.
#[test]
fn what_a_new_listener_accepts_first() {
    const PASSED_OVER: &[i32] = &[
        libc::EAGAIN,
        libc::EINTR,
        libc::ECONNABORTED,
        libc::ENETDOWN,
        libc::EPROTO,
        libc::ENOPROTOOPT,
        libc::EHOSTDOWN,
        libc::ENONET,
        libc::EHOSTUNREACH,
        libc::ENETUNREACH,
    ];
    const TOLD: &[i32] = &[
        libc::EBADF,
        libc::EFAULT,
        libc::EMFILE,
        libc::ENFILE,
        libc::ENOBUFS,
        libc::ENOMEM,
        libc::ENOTSOCK,
        libc::EOPNOTSUPP,
    ];
    // What means that it is refused may have it done in another way.
    const REFUSED: &[i32] = &[libc::EINVAL, libc::ENOSYS, libc::EPERM];
    with_scripts(ACCEPTS, || {
        for errno in [PASSED_OVER, TOLD, REFUSED].concat() {
            for is_tcp in [true, false] {
                run(async {
                    let dir = tempfile::tempdir().unwrap();
                    let tcp = TcpListener::bind(ANY_PORT).await.unwrap();
                    let unix = UnixListener::bind(dir.path().join("bar")).unwrap();
                    let _client = StdStream::connect(tcp.local_addr().unwrap()).unwrap();
                    let _other = StdUnixStream::connect(dir.path().join("bar")).unwrap();
                    let fd = if is_tcp {
                        tcp.as_raw_fd()
                    } else {
                        unix.as_raw_fd()
                    };
                    let accept = async || match is_tcp {
                        true => tcp.accept().await.map(drop),
                        false => unix.accept().await.map(drop),
                    };
                    let script = Script::once(EVERY, 1, Reply::Fails(errno)).of(fd);
                    let begun = script.begin();
                    let first = accept().await;
                    assert!(begun.calls() > 0, "tried");
                    drop(begun);
                    match first {
                        Ok(()) => assert!(!TOLD.contains(&errno), "{errno}"),
                        Err(error) => {
                            assert!(!PASSED_OVER.contains(&errno), "{error}");
                            assert_eq!(buzzer::io::raw_os_error(&error), Some(errno));
                            accept().await.unwrap();
                        }
                    }
                });
            }
        }
    });
}

/// connect(2), and what sandboxes say. It does not wait, so no signal comes in between;
/// and what says "in progress" is asked again by the readiness to write.
#[test]
fn what_a_new_socket_is_told_that_connects() {
    const TOLD: &[i32] = &[
        libc::EACCES,
        libc::EADDRINUSE,
        libc::EADDRNOTAVAIL,
        libc::EAFNOSUPPORT,
        libc::EALREADY,
        libc::EBADF,
        libc::ECONNREFUSED,
        libc::EFAULT,
        libc::EINVAL,
        libc::EISCONN,
        libc::ENETUNREACH,
        libc::ENOENT,
        libc::ENOSYS,
        libc::ENOTSOCK,
        libc::EPERM,
        libc::EPROTOTYPE,
        libc::ETIMEDOUT,
    ];
    with_scripts(&[libc::SYS_connect], || {
        let (dir, listener) = (
            tempfile::tempdir().unwrap(),
            StdListener::bind(ANY_PORT).unwrap(),
        );
        let (tcp, unix) = (listener.local_addr().unwrap(), dir.path().join("bar"));
        let _listener = StdUnixListener::bind(&unix).unwrap();
        let once = |errno| Script::once(libc::SYS_connect, 1, Reply::Fails(errno)).begin();
        for errno in TOLD {
            run(async {
                let begun = once(*errno);
                let error = TcpStream::connect(tcp).await.unwrap_err();
                assert_eq!(buzzer::io::raw_os_error(&error), Some(*errno));
                drop(begun);
                TcpStream::connect(tcp).await.unwrap();
                listener.accept().unwrap();

                let begun = once(*errno);
                let error = UnixStream::connect(&unix).await.unwrap_err();
                assert_eq!(buzzer::io::raw_os_error(&error), Some(*errno));
                drop(begun);
            });
        }
        run(async {
            // There is no port left, ...
            let begun = once(libc::EAGAIN);
            let error = TcpStream::connect(tcp).await.unwrap_err();
            assert_eq!(buzzer::io::raw_os_error(&error), Some(libc::EAGAIN));
            drop(begun);
            // ... and here too many wait to be accepted.
            let begun = once(libc::EAGAIN);
            UnixStream::connect(&unix).await.unwrap();
            assert_eq!(begun.calls(), 2);
        });
    });
}
