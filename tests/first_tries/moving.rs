//! Reading and writing, receiving and sending.

use std::ffi::c_long;
use std::io::{self, ErrorKind, IoSlice, Read, Write};
use std::net::{TcpListener as StdListener, TcpStream as StdStream, UdpSocket as StdUdp};
use std::os::fd::{AsFd, AsRawFd};
use std::os::unix::net::{UnixDatagram as StdDatagram, UnixStream as StdUnixStream};
use std::process::Stdio;

use buzzer::io::{AsyncReadExt, AsyncWriteExt};
use buzzer::net::{TcpStream, UdpSocket, UnixDatagram, UnixStream};
use buzzer::process::{ChildStdin, ChildStdout};
use rustix::event::PollFlags;

use crate::answers::{Reply, Script, with_scripts};
use crate::{
    ANY_PORT, CALLS, OF_PIPES, OF_RECEIVES, OF_SENDS, ORDER, check, replies, run, wait_for,
};

/// Has a new source read what is there, the first time after `reply`, and then the rest.
async fn read_all<S: buzzer::io::AsyncRead + AsFd + Unpin>(
    mut source: S,
    call: c_long,
    reply: Reply,
) {
    wait_for(&source, PollFlags::IN);
    let mut bytes = [0; 64];
    let script = Script::once(call, 1, reply).of(source.as_fd().as_raw_fd());
    let begun = script.begin();
    let first = source.read(&mut bytes).await;
    assert!(begun.calls() > 0, "tried");
    drop(begun);
    let mut came = *first.as_ref().unwrap_or(&0);
    check(first, reply, ORDER.len());
    while came < ORDER.len() {
        let more = source.read(&mut bytes[came..]).await.unwrap();
        assert!(more > 0, "{reply:?}: the end after {came} bytes");
        came += more;
    }
    assert_eq!(&bytes[..came], ORDER);
}

/// Linux says in this one what is no byte of a message.
const OF_UNIX_STREAMS: c_long = match cfg!(buzzer_portable) {
    true => libc::SYS_recvfrom,
    false => libc::SYS_recvmsg,
};

#[test]
fn what_a_new_stream_reads_first() {
    with_scripts(CALLS, || {
        for reply in replies(OF_RECEIVES) {
            run(async {
                let listener = StdListener::bind(ANY_PORT).unwrap();
                let mut there = StdStream::connect(listener.local_addr().unwrap()).unwrap();
                let here = TcpStream::from_std(listener.accept().unwrap().0).unwrap();
                there.write_all(ORDER).unwrap();
                read_all(here, libc::SYS_recvfrom, reply).await;

                let (here, mut there) = StdUnixStream::pair().unwrap();
                there.write_all(ORDER).unwrap();
                let here = UnixStream::from_std(here).unwrap();
                read_all(here, OF_UNIX_STREAMS, reply).await;
            });
        }
    });
}

/// The children are none of the thread that has a filter: they would have it as well.
#[test]
fn what_a_new_pipe_reads_and_writes_first() {
    let replies: Vec<_> = replies(OF_PIPES).collect();
    let mut cats: Vec<_> = replies
        .iter()
        .map(|_| {
            let mut cat = std::process::Command::new("cat");
            cat.stdin(Stdio::piped()).stdout(Stdio::piped());
            cat.spawn().unwrap()
        })
        .collect();
    let pipes: Vec<_> = cats
        .iter_mut()
        .map(|cat| (cat.stdin.take().unwrap(), cat.stdout.take().unwrap()))
        .collect();
    with_scripts(CALLS, || {
        for (reply, (input, output)) in replies.into_iter().zip(pipes) {
            run(async {
                let input = ChildStdin::from_std(input).unwrap();
                write_all(input, libc::SYS_write, reply, |source| {
                    Box::pin(source.write(ORDER))
                })
                .await;
                let output = ChildStdout::from_std(output).unwrap();
                read_all(output, libc::SYS_read, reply).await;
            });
        }
    });
    for mut cat in cats {
        assert!(cat.wait().unwrap().success());
    }
}

type Writing<'a> = futures::future::LocalBoxFuture<'a, io::Result<usize>>;

/// Has a new source write, the first time after `reply`, and then the rest.
async fn write_all<S: buzzer::io::AsyncWrite + AsFd + Unpin>(
    mut source: S,
    call: c_long,
    reply: Reply,
    first: impl for<'a> FnOnce(&'a mut S) -> Writing<'a>,
) {
    let script = Script::once(call, 1, reply).of(source.as_fd().as_raw_fd());
    let begun = script.begin();
    let written = first(&mut source).await;
    assert!(begun.calls() > 0, "tried");
    drop(begun);
    let went = *written.as_ref().unwrap_or(&0);
    check(written, reply, ORDER.len());
    source.write_all(&ORDER[went..]).await.unwrap();
    source.shutdown().await.unwrap();
}

#[test]
fn what_a_new_stream_writes_first() {
    with_scripts(CALLS, || {
        for reply in replies(OF_SENDS) {
            run(async {
                let listener = StdListener::bind(ANY_PORT).unwrap();
                let here = StdStream::connect(listener.local_addr().unwrap()).unwrap();
                let here = TcpStream::from_std(here).unwrap();
                let mut there = listener.accept().unwrap().0;
                write_all(here, libc::SYS_sendto, reply, |source| {
                    Box::pin(source.write(ORDER))
                })
                .await;
                let mut came = Vec::new();
                there.read_to_end(&mut came).unwrap();
                assert_eq!(came, ORDER, "{reply:?}");
            });
        }
    });
}

/// Buffers that are too long to be copied into one.
#[test]
fn what_a_new_stream_writes_first_of_several_buffers() {
    with_scripts(CALLS, || {
        for reply in replies(OF_SENDS) {
            run(async {
                let (one, other) = ([1; 2_000], [2; 2_000]);
                let whole = [one, other].concat();
                let (here, mut there) = StdUnixStream::pair().unwrap();
                let mut here = UnixStream::from_std(here).unwrap();
                let script = Script::once(libc::SYS_sendmsg, 1, reply).of(here.as_raw_fd());
                let begun = script.begin();
                let buffers = [IoSlice::new(&one), IoSlice::new(&other)];
                let written = here.write_vectored(&buffers).await;
                assert!(begun.calls() > 0, "tried");
                drop(begun);
                let went = *written.as_ref().unwrap_or(&0);
                check(written, reply, whole.len());
                here.write_all(&whole[went..]).await.unwrap();
                here.shutdown().await.unwrap();
                let mut came = Vec::new();
                there.read_to_end(&mut came).unwrap();
                assert_eq!(came, whole, "{reply:?}");
            });
        }
    });
}

/// A datagram of which a part is received is gone, so there is no less than all.
#[test]
fn what_a_new_datagram_socket_receives_and_sends_first() {
    with_scripts(CALLS, || {
        let errors = |all: &[i32]| {
            all.iter()
                .map(|errno| Reply::Fails(*errno))
                .collect::<Vec<_>>()
        };
        for reply in errors(OF_RECEIVES) {
            for is_udp in [true, false] {
                run(async {
                    let (udp, there) = (
                        StdUdp::bind(ANY_PORT).unwrap(),
                        StdDatagram::pair().unwrap(),
                    );
                    udp.connect(udp.local_addr().unwrap()).unwrap();
                    udp.send(ORDER).unwrap();
                    wait_for(&udp, PollFlags::IN);
                    let (unix, there) = there;
                    there.send(ORDER).unwrap();
                    let udp = UdpSocket::from_std(udp).unwrap();
                    let unix = UnixDatagram::from_std(unix).unwrap();
                    let fd = if is_udp {
                        udp.as_raw_fd()
                    } else {
                        unix.as_raw_fd()
                    };
                    let mut bytes = [0; 64];
                    let mut receive = async || match is_udp {
                        true => udp.recv(&mut bytes).await,
                        false => unix.recv(&mut bytes).await,
                    };
                    let begun = Script::once(libc::SYS_recvfrom, 1, reply).of(fd).begin();
                    let first = receive().await;
                    assert!(begun.calls() > 0, "tried");
                    drop(begun);
                    let came = first.is_ok();
                    check(first, reply, ORDER.len());
                    if !came {
                        assert_eq!(receive().await.unwrap(), ORDER.len(), "{reply:?}");
                    }
                });
            }
        }
        for reply in errors(OF_SENDS) {
            run(async {
                let (here, there) = StdDatagram::pair().unwrap();
                let here = UnixDatagram::from_std(here).unwrap();
                let script = Script::once(libc::SYS_sendto, 1, reply).of(here.as_raw_fd());
                let begun = script.begin();
                let first = here.send(ORDER).await;
                assert!(begun.calls() > 0, "tried");
                drop(begun);
                let went = first.is_ok();
                check(first, reply, ORDER.len());
                if !went {
                    assert_eq!(here.send(ORDER).await.unwrap(), ORDER.len(), "{reply:?}");
                }
                let mut came = [0; 64];
                assert_eq!(there.recv(&mut came).unwrap(), ORDER.len());
            });
        }
    });
}

#[test]
fn a_kind_of_error_is_kept() {
    // What `check` compares is the number; the kind goes with it.
    with_scripts(CALLS, || {
        run(async {
            let (here, _there) = StdUnixStream::pair().unwrap();
            let mut here = UnixStream::from_std(here).unwrap();
            let reply = Reply::Fails(libc::ECONNRESET);
            let _begun = Script::once(OF_UNIX_STREAMS, 1, reply).begin();
            let error = here.read(&mut [0; 8]).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::ConnectionReset);
        });
    });
}
